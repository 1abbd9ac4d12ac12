"""Every tensor of the moment as a table: name, shape, cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bpstep.explain.parameters import edited_cells, is_parameter
from bpstep.program.diagram import Index
from bpstep.render.canvas import Canvas, clip
from bpstep.render.highlight import cell_role, displayed_value, is_partial, tensor_role
from bpstep.render.table_rows import (
    COLUMN_GAP,
    MARKER_WIDTH,
    TableRow,
    first_visible_line,
    label_width,
    shape_text,
    table_rows,
)
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, View, selection
from bpstep.session.frame import Frame


def draw_tensors(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The table."""
    canvas = Canvas(width, height)
    chosen = selection(frame, view)
    lines = table_rows(frame, chosen, height)
    top = first_visible_line(frame, view, lines, height)
    left = MARKER_WIDTH + label_width(frame)
    edited = edited_cells(frame)
    for y, line in enumerate(lines[top : top + height]):
        _TableLine(canvas, frame, theme, chosen, line, y, left, edited, view.pointed).draw()
    return canvas


@dataclass(frozen=True)
class _TableLine:
    canvas: Canvas
    frame: Frame
    theme: Theme
    chosen: Selection
    row: TableRow
    y: int
    left: int
    edited: set[tuple[str, Index]]
    pointed: tuple[str, Index | None] | None

    def draw(self) -> None:
        name = self.row.name
        role = tensor_role(self.frame, name)
        writes, reads = role == "write", role == "read"
        is_computed = name in self.frame.tensors
        if not role:
            role = (
                "coming" if not is_computed else "param" if is_parameter(self.frame.program, name) else "text"
            )
        name_role = "pointed" if self.pointed == (name, None) else role
        if self.row.at is None:
            self.canvas.put(MARKER_WIDTH + 1, self.y, self._describe_omitted(), "quiet")
            return
        shape = shape_text(self.frame, name, self.theme.ascii)
        shape_on_second_line = len(name) + 1 + len(shape) > self.left - MARKER_WIDTH
        end = 0
        if self.row.second and shape_on_second_line:
            end = self.canvas.put(MARKER_WIDTH + 1, self.y, shape, "quiet")
        if self.row.first:
            marker = self.theme.pick("▶", ">") if writes else self.theme.pick("›", "<") if reads else " "
            x = self.canvas.put(0, self.y, marker + name, name_role)
            parameter_mark = self.theme.pick("✎", "*") if is_parameter(self.frame.program, name) else " "
            transpose_mark = self.theme.pick("ᵀ", " T") if self.row.transposed else ""
            suffix = parameter_mark + ("" if shape_on_second_line else shape) + transpose_mark
            self.canvas.put(x, self.y, suffix, "quiet")
            end = x + len(suffix.rstrip())
        if self.row.numbered:
            self._draw_row_number(end)
        self._draw_cells(role, is_computed)

    def _describe_omitted(self) -> str:
        """Which rows are not shown."""
        above, below = (f"{count:,}" if count else "" for count in (self.row.above, self.row.below))
        rows = "row" if (self.row.above or self.row.below) == 1 else "rows"
        text = f"{above} {rows} above" if above else f"{below} {rows} below"
        text += f", {below} below" if above and below else ""
        return f"{self.theme.pick('⋮', ':')} {text}"

    def _draw_row_number(self, end: int) -> None:
        """Which row it is, where there is room: the sample as the network's title counts, else the index."""
        at = self.row.at or 0
        is_sample = self.frame.program.layouts[self.row.name].kind in ("node", "label")
        text = f"{at + 1}" if is_sample else f"[{at}]"
        if end + len(text) < self.left:
            self.canvas.put(self.left - len(text), self.y, text, "quiet")

    def _draw_cells(self, role: str, is_computed: bool) -> None:
        width = min(self.theme.format.width, self.canvas.width - self.left - COLUMN_GAP)
        column_width = width + COLUMN_GAP
        left = self.left
        count = self._column_count()
        fit = max(1, (self.canvas.width - left) // column_width)
        if fit < count:
            fit = max(1, (self.canvas.width - left - len(f" …+{count - 1}")) // column_width)
        start = self._first_column(fit, count)
        for at in range(start, min(start + fit, count)):
            index = self._index(at)
            x = left + (at - start) * column_width
            is_selected = self.chosen.name == self.row.name and self.chosen.index == index
            number = displayed_value(self.frame, self.row.name, index)
            if number is None:
                text, cell_role = self.theme.pick("·", ".").center(width), "coming"
            else:
                text, cell_role = self._cell_text_and_role(number, index, role)
                text = clip(text, width, self.theme.glyphs.ellipsis).rjust(width)
            self.canvas.put(x, self.y, " ")
            pointed = self.pointed == (self.row.name, index)
            if pointed or (self.row.name, index) in self.chosen.highlight.cells:
                cell_role = "pointed"
            self.canvas.put(x + COLUMN_GAP, self.y, text, "selected" if is_selected else cell_role)
            self.canvas.add_hit(x, self.y, column_width, ("cell", self.row.name, index))
            if pointed:
                self.canvas.put(x, self.y, self.theme.pick("▸", ">"), "pointed")
            if (self.row.name, index) in self.edited:
                self._draw_mark_before(x, text, self.theme.pick("✎", "*"), "bright")
            if number is not None and is_partial(self.frame, self.row.name, index):
                self._draw_mark_before(x, text, self.theme.pick("…", "~"), cell_role)
        if start > 0:
            self.canvas.put(left, self.y, self.theme.pick("‹", "<"), "quiet")
        if start + fit < count:
            x = left + fit * column_width
            more = f" {self.theme.glyphs.ellipsis}+{count - start - fit}"
            if x + len(more) > self.canvas.width:
                x, more = self.canvas.width - 1, self.theme.pick("…", ">")
            self.canvas.put(x, self.y, more, "quiet")

    def _draw_mark_before(self, x: int, text: str, mark: str, role: str) -> None:
        """A mark close to its own number."""
        self.canvas.put(x + COLUMN_GAP + len(text) - len(text.lstrip()) - 1, self.y, mark, role)

    def _cell_text_and_role(self, number: float, index: Index, role: str) -> tuple[str, str]:
        if self.frame.inside:
            role = cell_role(self.frame, self.row.name, index) or self._untouched_role(index)
        if not math.isfinite(number):
            role = "alert"
        elif role == "write" and self._is_unchanged(index, number):
            role = "text"
        return self.theme.number(number), role

    def _untouched_role(self, index: Index) -> str:
        """The role of a cell that the operation does not touch."""
        name = self.row.name
        if is_partial(self.frame, name, index):
            return "coming"
        return "param" if is_parameter(self.frame.program, name) else "text"

    def _is_unchanged(self, index: Index, number: float) -> bool:
        """True for a cell of an update that has the value it had before."""
        before = self.frame.before.get(self.row.name)
        return before is not None and float(before[index] if np.ndim(before) else before) == number

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
        return (at,) if rank == 1 else (self.row.at or 0, at)

    def _first_column(self, fit: int, count: int) -> int:
        """The first column: the selected tensor follows its cell."""
        own = self.chosen.name == self.row.name
        index = self.chosen.index if own else self.chosen.highlight.index(self.row.name)
        if not index:
            return 0
        column = index[0] if self.row.transposed else index[-1]
        return min(max(column - fit + 1, 0), max(count - fit, 0))
