"""Every tensor of the moment as a table: name, shape, cells."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from bpstep.explain.parameters import edited_cells, is_parameter
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.render.canvas import Canvas, clip, clip_names
from bpstep.render.highlight import (
    cell_role,
    displayed_value,
    is_partial,
    number_text,
    tensor_role,
)
from bpstep.render.messages import (
    ROW_ABOVE,
    ROW_ABOVE_AND_BELOW,
    ROW_BELOW,
    ROWS_ABOVE,
    ROWS_ABOVE_AND_BELOW,
    ROWS_BELOW,
    SLICE_OF,
)
from bpstep.render.tensors.table_rows import (
    COLUMN_GAP,
    MARKER_WIDTH,
    MORE_COLUMNS_WIDTH,
    NUMBERED_FROM,
    TableRow,
    column_headings,
    column_of_selection,
    fit_shape,
    is_numbered,
    label_width,
    name_text,
    names_apart,
    row_number,
    shown_slice,
    slice_count,
    table_rows,
    tensor_shape_text,
    transpose_mark,
    visible_lines,
)
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, View, clamp_index, selection
from bpstep.session.frame import Frame
from bpstep.text import fill, fill_plural


def draw_tensors(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    chosen = selection(frame, view)
    apart = names_apart(frame, theme, width)
    lines = table_rows(frame, chosen, height, apart)
    left = MARKER_WIDTH + label_width(frame, theme, apart)
    cells = CellPainter(canvas, frame, theme, chosen, edited_cells(frame), view.pointed)
    for y, line in enumerate(visible_lines(frame, view, lines, height)):
        _TableLine(cells, line, y, left, line.name in apart).draw()
    return canvas


@frozen
class CellPainter:
    """Draws single cells of tensors: the number, its role, and the marks beside it."""

    canvas: Canvas
    frame: Frame
    theme: Theme
    chosen: Selection
    edited: set[tuple[str, Index]]
    pointed: tuple[str, Index | None] | None

    def name_role(self, name: str) -> str:
        """The role of a tensor's name, and of its numbers outside of an equation."""
        if role := tensor_role(self.frame, name):
            return role
        if name not in self.frame.tensors:
            return "coming"
        return "param" if is_parameter(self.frame.program, name) else "text"

    def draw(self, x: int, y: int, width: int, name: str, index: Index) -> None:
        """A cell of this width, after the blank at x."""
        is_selected = self.chosen.name == name and self.chosen.index == index
        number = displayed_value(self.frame, name, index)
        if number is None:
            text, role = self.theme.pick("·", ".").center(width), "coming"
        else:
            text, role = self._text_and_role(name, index, number)
            text = clip(text, width, self.theme.glyphs.ellipsis).rjust(width)
        self.canvas.put(x, y, " ")
        pointed = self.pointed == (name, index)
        if pointed or (name, index) in self.chosen.highlight.cells:
            role = "pointed"
        self.canvas.put(x + COLUMN_GAP, y, text, "selected" if is_selected else role)
        self.canvas.add_hit(x, y, width + COLUMN_GAP, ("cell", name, index))
        if pointed:
            self.canvas.put(x, y, self.theme.pick("▸", ">"), "pointed")
        if (name, index) in self.edited:
            self._draw_mark_before(x, y, text, self.theme.pick("✎", "*"), "bright")
        if number is not None and is_partial(self.frame, name, index):
            self._draw_mark_before(x, y, text, self.theme.pick("…", "~"), role)

    def _draw_mark_before(self, x: int, y: int, text: str, mark: str, role: str) -> None:
        """A mark directly before its own number."""
        self.canvas.put(x + COLUMN_GAP + len(text) - len(text.lstrip()) - 1, y, mark, role)

    def _text_and_role(self, name: str, index: Index, number: float) -> tuple[str, str]:
        role = self.name_role(name)
        if self.frame.inside:
            role = cell_role(self.frame, name, index) or self._untouched_role(name, index)
        if not math.isfinite(number):
            role = "alert"
        elif role == "write" and self._is_unchanged(name, index, number):
            role = "text"
        return number_text(self.frame, self.theme, name, index, number), role

    def _untouched_role(self, name: str, index: Index) -> str:
        """The role of a cell that the operation does not touch."""
        if is_partial(self.frame, name, index):
            return "coming"
        return "param" if is_parameter(self.frame.program, name) else "text"

    def _is_unchanged(self, name: str, index: Index, number: float) -> bool:
        """True for a cell of an update whose value did not change."""
        before = self.frame.before.get(name)
        return before is not None and float(before[index] if np.ndim(before) else before) == number


class _Columns(NamedTuple):
    """Which columns of a tensor are visible, and their positions."""

    left: int
    width: int
    """The width of a number."""
    total: int
    """The number of all columns, visible or not."""
    shown: range

    def x_of(self, at: int) -> int:
        """The position of the blank before a column."""
        return self.left + (at - self.shown.start) * (self.width + COLUMN_GAP)


@frozen
class _TableLine:
    cells: CellPainter
    row: TableRow
    y: int
    left: int
    is_apart: bool
    """True if the tensor's name has a line of its own."""

    @property
    def canvas(self) -> Canvas:
        return self.cells.canvas

    @property
    def frame(self) -> Frame:
        return self.cells.frame

    @property
    def theme(self) -> Theme:
        return self.cells.theme

    @property
    def chosen(self) -> Selection:
        """What is selected."""
        return self.cells.chosen

    def draw(self) -> None:
        name = self.row.name
        touched = tensor_role(self.frame, name)
        name_role = "pointed" if self.cells.pointed == (name, None) else self.cells.name_role(name)
        if self.row.is_omission:
            self.canvas.put(MARKER_WIDTH + 1, self.y, self._describe_omitted(), "quiet")
            return
        number = row_number(self.frame, self.row) if is_numbered(self.frame, self.row) else ""
        self.canvas.put(self.left - len(number), self.y, number, "quiet")
        room = self.left - MARKER_WIDTH - (len(number) + 1 if number else 0)
        name_room = self.left - MARKER_WIDTH if column_headings(self.frame, name) else room
        name_room = self.canvas.width if self.is_apart else name_room
        label = name_text(self.frame, self.theme, name)
        shape = tensor_shape_text(self.frame, name, self.theme.ascii)
        shape += transpose_mark(self.theme) if self.row.transposed else ""
        shape_on_second_line = self._is_shape_below(cell_len(label) + 1 + len(shape), name_room, len(shape))
        if self.row.second and shape_on_second_line:
            dots = self.theme.glyphs.ellipsis
            self.canvas.put(MARKER_WIDTH + 1, self.y, fit_shape(shape, max(room - 1, 0), dots), "quiet")
        if self.row.first:
            x = self.canvas.put(0, self.y, self.theme.mark(touched) + name, name_role)
            self.canvas.put(x, self.y, label.removeprefix(name), "quiet")
            if not shape_on_second_line:
                x = self.canvas.put(MARKER_WIDTH + cell_len(label) + 1, self.y, shape, "quiet")
            if self.row.slices:
                self._draw_slices(max(x, self.left))
        if self.row.heading:
            if not self.is_apart:
                self._draw_headings()
        elif not self.row.slices:
            self._draw_cells()

    def _is_shape_below(self, beside: int, room: int, width: int) -> bool:
        """True if the shape, of this width, stands below the name: on one line both, `beside` cells wide, do
        not fit, or, with slices, leave no room for which one is shown.
        """
        sizes = self.frame.shape(self.row.name)
        if len(sizes) < 3:
            return beside > room
        index, count = f"[{','.join('0' * (len(sizes) - 2))},:,:]", slice_count(sizes)
        slices = COLUMN_GAP + len(f"‹ {index} ›  {fill(SLICE_OF, number=count, count=count)}")
        numbers = len(f" [{sizes[-2]}]") if sizes[-2] >= NUMBERED_FROM else 0
        is_crowded = max(MARKER_WIDTH + beside, self.left) + slices > self.canvas.width
        return is_crowded and width < self.left - MARKER_WIDTH - numbers

    def _draw_slices(self, left: int) -> None:
        """Which slice the rows below show, with arrows to its neighbours."""
        name, shape = self.row.name, self.frame.shape(self.row.name)
        lead = shown_slice(self.frame, self.chosen, name)
        number, count = int(np.ravel_multi_index(lead, shape[:-2])), slice_count(shape)
        x = left + COLUMN_GAP
        x = self._draw_slice_arrow(x, self.theme.pick("‹", "<"), number - 1) + 1
        x = self.canvas.put(x, self.y, f"[{','.join(map(str, lead))},:,:]", self.cells.name_role(name)) + 1
        x = self._draw_slice_arrow(x, self.theme.pick("›", ">"), number + 1) + 2
        text = fill(SLICE_OF, number=number + 1, count=count)
        if x + len(text) <= self.canvas.width:
            self.canvas.put(x, self.y, text, "quiet")

    def _draw_slice_arrow(self, x: int, arrow: str, number: int) -> int:
        shape = self.frame.shape(self.row.name)
        if not 0 <= number < slice_count(shape):
            return x + len(arrow)
        lead = tuple(int(at) for at in np.unravel_index(number, shape[:-2]))
        index = (*lead, *clamp_index(self.chosen.index[-2:], shape[-2:]))
        self.canvas.add_hit(x, self.y, len(arrow), ("slice", self.row.name, index))
        return self.canvas.put(x, self.y, arrow, "key")

    def _describe_omitted(self) -> str:
        """Which rows are not shown."""
        above, below = self.row.above, self.row.below
        if above and below:
            text = fill_plural(above, ROW_ABOVE_AND_BELOW, ROWS_ABOVE_AND_BELOW, above=above, below=below)
        elif above:
            text = fill_plural(above, ROW_ABOVE, ROWS_ABOVE)
        else:
            text = fill_plural(below, ROW_BELOW, ROWS_BELOW)
        return f"{self.theme.pick('⋮', ':')} {text}"

    def _draw_headings(self) -> None:
        """The names of the columns, each above its numbers."""
        columns = self._columns()
        names = column_headings(self.frame, self.row.name)
        shown = clip_names(names, columns.width, self.theme.glyphs.ellipsis)
        for at in columns.shown:
            left = columns.x_of(at) + COLUMN_GAP + columns.width - cell_len(shown[at])
            self.canvas.put(left, self.y, shown[at], "quiet")

    def _draw_cells(self) -> None:
        columns = self._columns()
        for at in columns.shown:
            self.cells.draw(columns.x_of(at), self.y, columns.width, self.row.name, self._index(at))
        if columns.shown.start > 0:
            self.canvas.put(self.left, self.y, self.theme.pick("‹", "<"), "quiet")
        if columns.shown.stop < columns.total:
            x = columns.x_of(columns.shown.stop)
            more = f" {self.theme.glyphs.ellipsis}+{columns.total - columns.shown.stop}"
            if x + len(more) > self.canvas.width:
                more = " " + self.theme.pick("…", ">")
            self.canvas.put(x, self.y, more, "quiet")

    def _columns(self) -> _Columns:
        """The columns of numbers that fit beside the name, and where each begins."""
        width = min(self.theme.format.width, self.canvas.width - self.left - COLUMN_GAP)
        left = self.left
        count = self._column_count()
        if count > 1 and left + width + COLUMN_GAP + MORE_COLUMNS_WIDTH > self.canvas.width:
            # The sign for further columns must not cover the number.
            width = max(self.canvas.width - left - COLUMN_GAP - MORE_COLUMNS_WIDTH, 1)
        column_width = width + COLUMN_GAP
        fit = max(1, (self.canvas.width - left) // column_width)
        if fit < count:
            fit = max(1, (self.canvas.width - left - len(f" …+{count - 1}")) // column_width)
        start = self._first_column(fit, count)
        return _Columns(left, width, count, range(start, min(start + fit, count)))

    def _column_count(self) -> int:
        shape = self.frame.shape(self.row.name)
        if not shape:
            return 1
        return shape[0] if self.row.transposed else shape[-1]

    def _index(self, at: int) -> Index:
        rank = len(self.frame.shape(self.row.name))
        if rank == 0:
            return ()
        if self.row.transposed:
            return (at, 0)
        if rank == 1:
            return (at,)
        return (*shown_slice(self.frame, self.chosen, self.row.name), self.row.at or 0, at)

    def _first_column(self, fit: int, count: int) -> int:
        """The first column: the selected tensor follows its cell, and others as `table_rows` says."""
        column = column_of_selection(self.frame, self.chosen, self.row.name, self.row.transposed)
        return min(max(column - fit + 1, 0), max(count - fit, 0))
