"""The lines of the table of tensors: which there are, and how far they are scrolled."""

from __future__ import annotations

import weakref
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from bpstep.explain.parameters import is_parameter
from bpstep.explain.prose.units import column_names
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.program.program import Program
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, View, selection
from bpstep.session.frame import Frame

MARKER_WIDTH = 1
"""Cells before a name, for what the step does with the tensor."""

COLUMN_GAP = 1
"""Cells between two columns."""

_SCROLL_COST = 1.5
"""What scrolling costs, counted in read tensors that are out of sight."""


@frozen
class TableRow:
    """One line: a row of a tensor. `at` is None for a line that says how many rows are left out.

    Of a tensor with more than two axes the rows of one slice are shown, under a line that says which. Where
    the columns have names, the rows stand under a line of them.
    """

    name: str
    at: int | None
    first: bool
    second: bool = False
    above: int = 0
    below: int = 0
    """The rows that are left out, where `at` is None."""
    transposed: bool = False
    """A column of one cell a row, laid out as a line."""
    slices: bool = False
    """The line that says which slice of a tensor with more than two axes is shown."""
    heading: bool = False
    """The line with the names of the columns."""

    @property
    def is_omission(self) -> bool:
        """True for a line that says how many rows are left out."""
        return self.at is None and not self.slices and not self.heading


@lru_cache(maxsize=32)
def tensor_order(program: Program) -> tuple[str, ...]:
    """The tensors in the order in which the equations meet them, those that none reads last."""
    in_order = dict.fromkeys(name for step in program.steps for name in (*step.reads, step.name))
    return (*in_order, *(name for name in program.tensors if name not in in_order))


MORE_COLUMNS_WIDTH = 2
"""Cells of the sign that there are further columns, where there is no room for their number."""

NUMBERED_FROM = 4
"""A tensor of so many rows has a number before each of them."""


def is_numbered(frame: Frame, row: TableRow) -> bool:
    """True where the number of a row stands before it, however far the table is scrolled."""
    shape = frame.shape(row.name)
    return row.at is not None and not row.transposed and row_count(shape) >= NUMBERED_FROM


def row_count(shape: tuple[int, ...]) -> int:
    """How many rows a tensor, or a slice of it along its last two axes, has in the table."""
    return shape[-2] if len(shape) >= 2 else 1


def slice_count(shape: tuple[int, ...]) -> int:
    """How many slices along its last two axes a tensor has."""
    return int(np.prod(shape[:-2])) if len(shape) > 2 else 1


def shown_slice(frame: Frame, chosen: Selection, name: str) -> Index:
    """The leading indices of the rows that are shown of a tensor: () where it has at most two axes.

    They are those of its selected cell. Another tensor follows the selected one along leading axes of the
    same size, and along the samples, so that both show the same ones.
    """
    shape = frame.shape(name)[:-2]
    if not shape:
        return ()
    index = chosen.index if chosen.name == name else chosen.highlight.index(name)
    if index is not None:
        return index[:-2]
    other = frame.shape(chosen.name)
    followed = other[:-2] if len(other) > 2 else other[:1] if other[:1] == (len(frame.rows),) else ()
    sizes = zip_longest(shape, followed[: len(shape)])
    return tuple(chosen.index[axis] if size == same else 0 for axis, (size, same) in enumerate(sizes))


def row_number(frame: Frame, row: TableRow) -> str:
    """A row's number: of a sample as the network's title counts it, else the index."""
    assert row.at is not None
    is_sample = frame.program.layouts[row.name].kind in ("node", "label")
    return f"{row.at + 1}" if is_sample else f"[{row.at}]"


def name_text(frame: Frame, theme: Theme, name: str) -> str:
    """A tensor's name, behind it the sign of a parameter."""
    return name + (f" {theme.pick('✎', '*')}" if is_parameter(frame.program, name) else "")


_LONG_NAME = 14
"""The shape of a tensor with so long a name is left out where it would need more cells than all others."""


def label_width(frame: Frame, theme: Theme) -> int:
    """Cells for the longest name, with what stands behind it on its line, and a blank."""
    known = _latest_width[0] if _latest_width else None
    if known is not None and known.frame() is frame and known.ascii == theme.ascii:
        return known.width
    width = max(_label_width(frame, theme, name) for name in tensor_order(frame.program))
    _latest_width[:] = [_KnownWidth(weakref.ref(frame), theme.ascii, width)]
    return width


class _KnownWidth(NamedTuple):
    frame: weakref.ref[Frame]
    ascii: bool
    width: int


_latest_width: list[_KnownWidth] = []
"""The width for the frame drawn last: a screen asks for it several times."""


def _label_width(frame: Frame, theme: Theme, name: str) -> int:
    shape = frame.shape(name)
    text = shape_text(frame, name)
    label = len(name_text(frame, theme, name)) + 1
    has_one_line = len(shape) < 2 or (len(shape) == 2 and min(shape) == 1)
    if has_one_line and len(name) >= _LONG_NAME:
        return label
    if has_one_line:
        is_column = len(shape) == 2 and shape[1] == 1 and shape[0] > 1
        return label + len(text) + len(transpose_mark(theme)) * is_column
    # The shape of a tensor with more lines has room on the second, or beside the slice that is shown.
    last = TableRow(name, row_count(shape) - 1, False)
    return label + (len(row_number(frame, last)) if is_numbered(frame, last) else 0)


def transpose_mark(theme: Theme) -> str:
    """Behind the shape of a column that is laid out as a line."""
    return theme.pick(" ᵀ", " T")


def min_width(frame: Frame, theme: Theme) -> int:
    """The width that shows one column of every tensor, whatever its number, and that there are more."""
    more = MORE_COLUMNS_WIDTH if _most_columns(frame) > 1 else 0
    return MARKER_WIDTH + label_width(frame, theme) + COLUMN_GAP + theme.format.width + more


def width_of_columns(frame: Frame, theme: Theme, count: int) -> int:
    """The width that shows so many columns of every tensor, or all, and how many more there are."""
    columns = _most_columns(frame)
    more = len(f" {theme.glyphs.ellipsis}+{columns - count}") if columns > count else 0
    shown = min(count, columns) * (theme.format.width + COLUMN_GAP)
    return MARKER_WIDTH + label_width(frame, theme) + shown + more


def _most_columns(frame: Frame) -> int:
    return max((frame.program.shapes[name] or (1,))[-1] for name in frame.program.tensors)


def preferred_width(frame: Frame, theme: Theme) -> int:
    """The width that shows every column of every tensor, as far as that is sensible."""
    columns = min(_most_columns(frame), 12)
    return MARKER_WIDTH + label_width(frame, theme) + columns * (theme.format.width + COLUMN_GAP) + 2


def table_rows(frame: Frame, chosen: Selection, height: int) -> list[TableRow]:
    """All lines of the table. Where the pane has fewer, columns are turned and long tensors cut."""
    names = tensor_order(frame.program)
    shapes = (frame.shape(name) for name in names)
    headings = sum(bool(column_headings(frame, name)) for name in names)
    if headings + sum(row_count(shape) + (len(shape) > 2) for shape in shapes) <= height:
        return _make_rows(frame, chosen, height, False)
    return _make_rows(frame, chosen, max(3, height // 3), True)


def _make_rows(frame: Frame, chosen: Selection, max_rows: int, transpose: bool) -> list[TableRow]:
    found: list[TableRow] = []
    for name in tensor_order(frame.program):
        shape = frame.shape(name)
        count = row_count(shape)
        has_slices = len(shape) > 2
        has_heading = bool(column_headings(frame, name))
        room = max_rows - has_heading
        if has_slices:
            found.append(TableRow(name, None, True, slices=True))
        elif has_heading:
            found.append(TableRow(name, None, True, heading=True))
        if transpose and len(shape) == 2 and shape[1] == 1 and count > 1:
            found.append(TableRow(name, 0, True, transposed=True))
        elif count <= room:
            rows = [TableRow(name, at, at == 0, at == 1) for at in range(count)]
            found += _below_name(rows, has_slices, has_heading)
        else:
            rows = _rows_around_selection(frame, chosen, name, count, room)
            found += _below_name(rows, has_slices, has_heading)
    return found


def _below_name(rows: list[TableRow], has_slices: bool, has_heading: bool) -> list[TableRow]:
    """The rows of a tensor whose name stands in a line above them, where there is one."""
    if not has_slices and not has_heading:
        return rows
    return [replace(row, first=False, second=has_heading and not at) for at, row in enumerate(rows)]


def column_headings(frame: Frame, name: str) -> tuple[str, ...]:
    """The names that stand above a tensor's columns; none where these have no names."""
    return column_names(frame.network, frame.program, name)


def _rows_around_selection(
    frame: Frame, chosen: Selection, name: str, count: int, max_rows: int
) -> list[TableRow]:
    """The rows of a long tensor around the selected row or sample, and how many there are beside them."""
    layout = frame.program.layouts[name]
    index = chosen.index if chosen.name == name else chosen.highlight.index(name)
    row = index[-2] if index and len(index) > 1 else 0
    if index is None and layout.kind in ("node", "label"):
        row = chosen.sample
    shown = max_rows - 1
    start = min(max(row - shown + 1, 0), count - shown)
    end = start + shown
    found = [TableRow(name, at, at == start, at == start + 1) for at in range(start, end)]
    return [*found, TableRow(name, None, False, above=start, below=count - end)]


def scroll_offset(frame: Frame, lines: list[TableRow], height: int) -> int:
    """How far the table is scrolled at a step: a function of the step, that moves as seldom as it can."""
    if len(lines) <= height or frame.current_step is None:
        return 0
    places: dict[str, tuple[int, int]] = {}
    for y, line in enumerate(lines):
        places[line.name] = (places.get(line.name, (y, y))[0], y)
    return scroll_offsets(frame.program, tuple(places.items()), len(lines), height)[
        frame.done - (frame.inside is None)
    ]


@lru_cache(maxsize=32)
def scroll_offsets(
    program: Program, places: tuple[tuple[str, tuple[int, int]], ...], count: int, height: int
) -> list[int]:
    """The first line shown at each step of so many, `height` of them at a time.

    The cheapest way through the steps: a read tensor out of sight costs, and so does a move. `places` are the
    first and the last line of each tensor that has any.
    """
    line_ranges = dict(places)
    tops = range(count - height + 1)

    def is_hidden(name: str, top: int) -> bool:
        if name not in line_ranges:
            return False
        first, last = line_ranges[name]
        return not (top <= first and last < top + height)

    costs, best_previous = [0.0] * len(tops), []
    for step in program.steps:
        cheapest = min(tops, key=costs.__getitem__)
        before = [top if costs[top] <= costs[cheapest] + _SCROLL_COST else cheapest for top in tops]
        costs = [
            costs[previous]
            + _SCROLL_COST * (previous != top)
            + sum(is_hidden(name, top) for name in step.reads)
            + 100 * is_hidden(step.name, top)
            for top, previous in zip(tops, before)
        ]
        best_previous.append(before)
    path = [min(tops, key=costs.__getitem__)]
    for before in reversed(best_previous[1:]):
        path.append(before[path[-1]])
    return path[::-1]


def first_visible_line(frame: Frame, view: View, lines: list[TableRow], height: int) -> int:
    """The first line shown: that of the step, moved as little as shows the cell that a person selected."""
    top = scroll_offset(frame, lines, height)
    selected = _selected_line(lines, selection(frame, view))
    if view.keep_selection_visible and selected is not None:
        # Its name stands in the tensor's first line.
        first = next(y for y, line in enumerate(lines) if line.name == lines[selected].name)
        return min(max(top, selected - height + 1), first if selected - first < height else selected)
    return top


def _selected_line(lines: list[TableRow], chosen: Selection) -> int | None:
    row = chosen.index[-2] if len(chosen.index) >= 2 else 0
    for y, line in enumerate(lines):
        if line.name == chosen.name and (line.at == row or line.transposed):
            return y
    return None


def visible_lines(frame: Frame, view: View, lines: list[TableRow], height: int) -> list[TableRow]:
    """The lines shown: the first has its tensor's name, also where that tensor begins further up."""
    top = first_visible_line(frame, view, lines, height)
    shown = lines[top : top + height]
    if shown and shown[0].at is not None and not shown[0].first:
        shown[0] = replace(shown[0], first=True, second=False)
        if len(shown) > 1 and shown[1].name == shown[0].name and shown[1].at is not None:
            shown[1] = replace(shown[1], second=True)
    return shown


def shape_text(frame: Frame, name: str, ascii_only: bool = False) -> str:
    """A tensor's shape as 2×3; nothing for a single number."""
    shape = frame.shape(name)
    return ("x" if ascii_only else "×").join(map(str, shape)) if shape else ""


def fit_shape(shape: str, room: int, dots: str) -> str:
    """A shape in so many cells, with dots for the sizes that have no room: a size that is cut is another."""
    if len(shape) <= room:
        return shape
    for end in range(len(shape) - 1, -1, -1):
        is_whole = end == 0 or not shape[end - 1].isdigit()
        if is_whole and end + len(dots) <= room:
            return shape[:end] + dots
    return ""
