"""The lines of the table of tensors, and how far they are scrolled."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from bpstep.explain.parameters import is_parameter
from bpstep.explain.prose.units import column_names
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.program.diagram import LayoutKind
from bpstep.program.program import Program, Step
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, View, selection
from bpstep.session.frame import Frame

MARKER_WIDTH = 1
"""The cells before a name, for the tensor's role in the step."""

COLUMN_GAP = 1
"""Cells between two columns."""

_SCROLL_COST = 1.5
"""The cost of scrolling, counted in read tensors that are not visible."""

_WINDOW_COST = 6
"""The cost of showing hidden read tensors in place of other lines, counted likewise."""


@frozen
class TableRow:
    """One line: a row of a tensor. `at` is None for a line that counts omitted rows.

    Of a tensor with more than two axes the rows of one slice are shown, below a line that names it. If the
    columns have names, a line of them precedes the rows.
    """

    name: str
    at: int | None
    first: bool
    second: bool = False
    above: int = 0
    below: int = 0
    """The omitted rows, if `at` is None."""
    transposed: bool = False
    """True for a column displayed as a line."""
    slices: bool = False
    """True for the line that names the visible slice of a tensor with more than two axes."""
    heading: bool = False
    """True for the line with the names of the columns, or with a long name alone."""

    @property
    def is_omission(self) -> bool:
        """True for a line that counts omitted rows."""
        return self.at is None and not self.slices and not self.heading


@lru_cache(maxsize=32)
def tensor_order(program: Program) -> tuple[str, ...]:
    """The tensors in the order in which the equations use them; those that none reads come last."""
    in_order = dict.fromkeys(name for step in program.steps for name in (*step.reads, step.name))
    return (*in_order, *(name for name in program.tensors if name not in in_order))


MORE_COLUMNS_WIDTH = 2
"""The width of the sign for further columns, if their number does not fit."""

NUMBERED_FROM = 4
"""From this many rows on, a tensor has a number before each."""


def is_numbered(frame: Frame, row: TableRow) -> bool:
    """True if row numbers are shown, however far the table is scrolled."""
    shape = frame.shape(row.name)
    return row.at is not None and not row.transposed and row_count(shape) >= NUMBERED_FROM


def row_count(shape: tuple[int, ...]) -> int:
    """How many rows a tensor, or a slice of it along its last two axes, has in the table."""
    return shape[-2] if len(shape) >= 2 else 1


def slice_count(shape: tuple[int, ...]) -> int:
    """How many slices along its last two axes a tensor has."""
    return int(np.prod(shape[:-2])) if len(shape) > 2 else 1


def shown_slice(frame: Frame, chosen: Selection, name: str) -> Index:
    """The leading indices of a tensor's visible rows: () if it has at most two axes.

    They are those of its selected cell. Another tensor follows the selected one along leading axes of the
    same length, and along the samples, so that both show the same ones.
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
    """A row's number: for a sample as in the network's title, else the index."""
    assert row.at is not None
    layout = frame.program.picture_layouts[row.name]
    is_sample = layout.has_samples(len(frame.shape(row.name))) and not layout.samples_last
    return f"{row.at + 1}" if is_sample else f"[{row.at}]"


def name_text(frame: Frame, theme: Theme, name: str) -> str:
    """A tensor's name, followed by the sign of a parameter."""
    return name + (f" {theme.pick('✎', '*')}" if is_parameter(frame.program, name) else "")


_LONG_NAME = 14
"""The shape is omitted for a tensor with so long a name if it would need more cells than all others."""


def label_width(frame: Frame, theme: Theme, apart: frozenset[str] = frozenset()) -> int:
    """The width of the longest name, with what follows it on its line, and a blank.

    Names that stand `apart`, on a line of their own, need none.
    """
    widths = _label_widths(frame, theme)
    return max(widths[name] - cell_len(name) * (name in apart) for name in tensor_order(frame.program))


def names_apart(frame: Frame, theme: Theme, width: int) -> frozenset[str]:
    """The names that stand on a line of their own at this width.

    They are the long ones that would leave only a few columns for every tensor.
    """
    columns = _most_columns(frame)
    long_names = frozenset(name for name in tensor_order(frame.program) if cell_len(name) > _LONG_NAME)
    beside, below = (
        min(columns_that_fit(width - MARKER_WIDTH - label_width(frame, theme, apart), columns, theme), 3)
        for apart in (frozenset[str](), long_names)
    )
    return long_names if below > beside else frozenset()


def columns_that_fit(room: int, columns: int, theme: Theme) -> int:
    """How many of this many columns fit, beside the sign for more; at least one."""
    column = min(theme.format.width, room - COLUMN_GAP) + COLUMN_GAP
    fit = room // max(column, 1)
    if fit < columns:
        fit = (room - len(f" …+{columns - 1}")) // max(column, 1)
    return max(fit, 1)


class _KnownWidths(NamedTuple):
    frame: weakref.ref[Frame]
    ascii: bool
    widths: dict[str, int]


_latest_widths: list[_KnownWidths] = []
"""The widths for the last frame: a screen needs them several times."""


def _label_widths(frame: Frame, theme: Theme) -> dict[str, int]:
    known = _latest_widths[0] if _latest_widths else None
    if known is not None and known.frame() is frame and known.ascii == theme.ascii:
        return known.widths
    widths = {name: _label_width(frame, theme, name) for name in tensor_order(frame.program)}
    _latest_widths[:] = [_KnownWidths(weakref.ref(frame), theme.ascii, widths)]
    return widths


def _label_width(frame: Frame, theme: Theme, name: str) -> int:
    shape = frame.shape(name)
    text = tensor_shape_text(frame, name)
    label = cell_len(name_text(frame, theme, name)) + 1
    has_one_line = len(shape) < 2 or (len(shape) == 2 and min(shape) == 1)
    if has_one_line and cell_len(name) >= _LONG_NAME:
        return label
    if has_one_line:
        is_column = len(shape) == 2 and shape[1] == 1 and shape[0] > 1
        return label + len(text) + len(transpose_mark(theme)) * is_column
    # The shape of a tensor with more lines fits on the second, or beside the visible slice.
    last = TableRow(name, row_count(shape) - 1, False)
    return label + (len(row_number(frame, last)) if is_numbered(frame, last) else 0)


def transpose_mark(theme: Theme) -> str:
    """The mark after the shape of a column displayed as a line."""
    return theme.pick(" ᵀ", " T")


def min_width(frame: Frame, theme: Theme) -> int:
    """The width that shows one column of every tensor, whatever its number, and the sign for more."""
    more = MORE_COLUMNS_WIDTH if _most_columns(frame) > 1 else 0
    return MARKER_WIDTH + label_width(frame, theme) + COLUMN_GAP + theme.format.width + more


def width_of_columns(frame: Frame, theme: Theme, count: int) -> int:
    """The width that shows this many columns of every tensor, or all, and the count of the others."""
    columns = _most_columns(frame)
    more = len(f" {theme.glyphs.ellipsis}+{columns - count}") if columns > count else 0
    shown = min(count, columns) * (theme.format.width + COLUMN_GAP)
    return MARKER_WIDTH + label_width(frame, theme) + shown + more


def width_of_whole_columns(frame: Frame, theme: Theme, most: int) -> int:
    """The width, at most this many cells, that ends with a column: no smaller one shows as many."""
    columns = min(_most_columns(frame), most // (theme.format.width + COLUMN_GAP))
    widths = [width_of_columns(frame, theme, count) for count in range(1, columns + 1)]
    return max((width for width in widths if width <= most), default=most)


def usual_columns(frame: Frame) -> int:
    """This many columns show half of all tensors whole; all of them, if that takes only one more."""
    columns = sorted((frame.program.shapes[name] or (1,))[-1] for name in frame.program.tensors)
    half, most = columns[len(columns) // 2], columns[-1]
    return most if most == half + 1 else half


def _most_columns(frame: Frame) -> int:
    return max((frame.program.shapes[name] or (1,))[-1] for name in frame.program.tensors)


def preferred_width(frame: Frame, theme: Theme) -> int:
    """The width that shows every column of every tensor, up to a sensible limit."""
    columns = min(_most_columns(frame), 12)
    return MARKER_WIDTH + label_width(frame, theme) + columns * (theme.format.width + COLUMN_GAP) + 2


def table_rows(
    frame: Frame, chosen: Selection, height: int, apart: frozenset[str] = frozenset()
) -> list[TableRow]:
    """All lines of the table. If the pane has fewer, columns are displayed as lines and long tensors are cut.

    The names that are `apart` stand on a line of their own.
    """
    names = tensor_order(frame.program)
    shapes = (frame.shape(name) for name in names)
    headings = sum(name in apart or bool(column_headings(frame, name)) for name in names)
    if headings + sum(row_count(shape) + (len(shape) > 2) for shape in shapes) <= height:
        return _make_rows(frame, chosen, height, False, apart)
    return _make_rows(frame, chosen, max(3, height // 3), True, apart)


def _make_rows(
    frame: Frame, chosen: Selection, max_rows: int, transpose: bool, apart: frozenset[str]
) -> list[TableRow]:
    found: list[TableRow] = []
    for name in tensor_order(frame.program):
        shape = frame.shape(name)
        count = row_count(shape)
        has_slices = len(shape) > 2
        has_names = bool(column_headings(frame, name))
        has_heading = has_names or name in apart
        room = max_rows - has_names
        if has_slices:
            found.append(TableRow(name, None, True, slices=True))
        elif has_heading:
            found.append(TableRow(name, None, True, heading=True))
        if transpose and len(shape) == 2 and shape[1] == 1 and count > 1:
            found.append(TableRow(name, 0, not has_heading, transposed=True))
        elif count <= room:
            rows = [TableRow(name, at, at == 0, at == 1) for at in range(count)]
            found += _below_name(rows, has_slices, has_heading)
        else:
            rows = _rows_around_selection(frame, chosen, name, count, room)
            found += _below_name(rows, has_slices, has_heading)
    return found


def _below_name(rows: list[TableRow], has_slices: bool, has_heading: bool) -> list[TableRow]:
    """The rows of a tensor below the line with its name, if it has one."""
    if not has_slices and not has_heading:
        return rows
    return [replace(row, first=False, second=not at) for at, row in enumerate(rows)]


def column_headings(frame: Frame, name: str) -> tuple[str, ...]:
    """The names above a tensor's columns; none if these have no names."""
    return column_names(frame.network, frame.program, name)


def _rows_around_selection(
    frame: Frame, chosen: Selection, name: str, count: int, max_rows: int
) -> list[TableRow]:
    """The rows of a long tensor around the selected row or sample, and how many others there are."""
    row = _row_of_selection(frame, chosen, name)
    shown = max_rows - 1
    start = min(max(row - shown + 1, 0), count - shown)
    end = start + shown
    found = [TableRow(name, at, at == start, at == start + 1) for at in range(start, end)]
    return [*found, TableRow(name, None, False, above=start, below=count - end)]


def _row_of_selection(frame: Frame, chosen: Selection, name: str) -> int:
    """The row of a tensor that corresponds to the selected cell: its own, the same sample's, else
    the first.
    """
    layouts = frame.program.layouts
    index = chosen.index if chosen.name == name else chosen.highlight.index(name)
    if index is not None:
        return index[-2] if len(index) > 1 else 0
    if layouts[name].kind in (LayoutKind.NODE, LayoutKind.LABEL):
        return chosen.sample
    shape, other = frame.shape(name), frame.shape(chosen.name)
    without_units = layouts[name].kind == layouts[chosen.name].kind == LayoutKind.NONE
    return chosen.index[-2] if without_units and shape[-2:-1] == other[-2:-1] != () else 0


def column_of_selection(frame: Frame, chosen: Selection, name: str, transposed: bool) -> int:
    """The column of a tensor that corresponds to the selected cell.

    It is its own; the same sample's in a column displayed as a line; without units, the same one of a tensor
    with as many; else the first.
    """
    index = chosen.index if chosen.name == name else chosen.highlight.index(name)
    if index:
        return index[0] if transposed else index[-1]
    layouts, shape, other = frame.program.layouts, frame.shape(name), frame.shape(chosen.name)
    if transposed and layouts[name].kind in (LayoutKind.NODE, LayoutKind.LABEL):
        return chosen.sample
    without_units = layouts[name].kind == layouts[chosen.name].kind == LayoutKind.NONE
    axis = 0 if transposed else -1
    is_alike = bool(shape and other) and shape[axis] == other[axis]
    return chosen.index[axis] if without_units and is_alike else 0


def _table_tops(frame: Frame, lines: list[TableRow], height: int) -> list[int]:
    """The first visible line at each step, before operands are moved into view."""
    places = _line_ranges(lines)
    starts = tuple(first for first, _ in places.values())
    return scroll_offsets(frame.program, tuple(places.items()), len(lines), height, starts, True)


def _line_ranges(lines: list[TableRow]) -> dict[str, tuple[int, int]]:
    """The first and the last line of each tensor."""
    places: dict[str, tuple[int, int]] = {}
    for y, line in enumerate(lines):
        places[line.name] = (places.get(line.name, (y, y))[0], y)
    return places


@lru_cache(maxsize=32)
def scroll_offsets(
    program: Program,
    places: tuple[tuple[str, tuple[int, int]], ...],
    count: int,
    height: int,
    starts: tuple[int, ...] = (),
    has_operands: bool = False,
) -> list[int]:
    """The first visible line at each step, with `height` visible lines.

    It minimises the cost over all steps: a hidden read tensor has a cost, and so has a move. `places` are the
    first and the last line of each tensor that has any. `starts` are the lines that may come first; any if it
    is empty. With `has_operands` everything that a step touches is shown in place of other lines anyway: then
    the lines begin at the top and move as seldom as possible.
    """
    line_ranges = dict(places)
    tops = _possible_tops(starts, count, height) if starts else list(range(count - height + 1))

    def is_hidden(name: str, top: int) -> bool:
        if name not in line_ranges:
            return False
        first, last = line_ranges[name]
        return not (top <= first and last < top + height)

    move = _WINDOW_COST if has_operands else _SCROLL_COST
    out_of_sight = 1 if has_operands else 100
    costs: dict[int, float] = {top: move * (has_operands and top != tops[0]) for top in tops}
    best_previous: list[dict[int, int]] = []
    for step in program.steps:
        cheapest = min(tops, key=costs.__getitem__)
        before = {top: top if costs[top] < costs[cheapest] + move else cheapest for top in tops}
        costs = {
            top: costs[previous]
            + move * (previous != top)
            + sum(is_hidden(name, top) for name in step.reads)
            + out_of_sight * is_hidden(step.name, top)
            for top, previous in before.items()
        }
        best_previous.append(before)
    path = [min(tops, key=costs.__getitem__)]
    for before in reversed(best_previous[1:]):
        path.append(before[path[-1]])
    return path[::-1]


def _possible_tops(starts: tuple[int, ...], count: int, height: int) -> list[int]:
    """The lines that may come first, up to the one from which the rest fits."""
    last = min((top for top in starts if top >= count - height), default=count - height)
    return [top for top in starts if top < last] + [last]


def first_visible_line(frame: Frame, view: View, lines: list[TableRow], height: int) -> int:
    """The first visible line: that of the step, scrolled as little as shows the selected cell."""
    top = 0
    if len(lines) > height and frame.current_step is not None:
        top = _table_tops(frame, lines, height)[frame.done - (frame.inside is None)]
    selected = _selected_line(lines, selection(frame, view))
    if view.keep_selection_visible and selected is not None:
        # Its name is on the tensor's first line.
        first = next(y for y, line in enumerate(lines) if line.name == lines[selected].name)
        lowest = max(top, selected - height + 1)
        highest = first if selected - first < height else selected
        starts = [start for start, _ in _line_ranges(lines).values() if lowest <= start <= highest]
        return min(starts, default=min(lowest, highest))
    return top


def _selected_line(lines: list[TableRow], chosen: Selection) -> int | None:
    row = chosen.index[-2] if len(chosen.index) >= 2 else 0
    for y, line in enumerate(lines):
        if line.name == chosen.name and (line.at == row or line.transposed):
            return y
    return None


def shown_lines(frame: Frame, view: View, lines: list[TableRow], height: int) -> list[int]:
    """Which lines are visible, from top to bottom.

    They are consecutive, unless that hides what the step reads: then tensors that the step does not touch are
    left out, at the end where the hidden ones are, so that most lines keep their place; and they stay out for
    the next step, if possible. A selected cell is visible, too.
    """
    chosen = selection(frame, view)
    shown = list(range(min(height, len(lines))))
    step = frame.current_step
    if step is not None and len(lines) > height:
        tops = _table_tops(frame, lines, height)
        at = frame.done - (frame.inside is None)
        window = list(range(tops[at], min(tops[at] + height, len(lines))))
        shown = _with_operands(frame, chosen, lines, window, height, step)
        if at and tops[at - 1] == tops[at]:
            before = _with_operands(frame, chosen, lines, window, height, frame.program.steps[at - 1])
            if all(y in before for tensor in _touched_lines(frame, chosen, lines, step) for y in tensor):
                shown = before
    selected = _selected_line(lines, chosen)
    if view.keep_selection_visible and selected is not None and selected not in shown:
        top = first_visible_line(frame, view, lines, height)
        shown = list(range(top, min(top + height, len(lines))))
    return shown


def _touched_lines(frame: Frame, chosen: Selection, lines: list[TableRow], step: Step) -> list[list[int]]:
    """The least that has to be visible of each tensor that a step writes and reads."""
    ranges = _line_ranges(lines)
    touched = (name for name in dict.fromkeys((step.name, *step.reads)) if name in ranges)
    return [_needed_lines(frame, chosen, lines, ranges[name]) for name in touched]


def _with_operands(
    frame: Frame, chosen: Selection, lines: list[TableRow], window: list[int], height: int, step: Step
) -> list[int]:
    """The lines of a window, or others if it hides what the step reads."""
    needed = _touched_lines(frame, chosen, lines, step)
    if all(y in window for tensor in needed for y in tensor):
        return window
    ranges = _line_ranges(lines)
    touched = [lines[tensor[0]].name for tensor in needed]
    shown: set[int] = set()
    for tensor in needed:
        if len(shown) + len(tensor) <= height:
            shown.update(tensor)

    def add(name: str, candidates: Sequence[int]) -> None:
        added = [y for y in candidates if y not in shown][: height - len(shown)]
        first = ranges[name][0]
        # The lines of a slice's index and of the column names are useless without rows, and rows without
        # these.
        has_rows = first in shown or any(lines[y].at is not None for y in added)
        shown.update(added if has_rows and (first in shown or first in added) else [])

    for name in touched:
        add(name, range(ranges[name][0], ranges[name][1] + 1))
    beside = [y for y in window if lines[y].name not in touched]
    surplus = max(len(shown) + len(beside) - height, 0)
    at_top = min(sum(y < window[0] for y in shown), surplus)
    for kept in (beside[at_top : len(beside) - surplus + at_top], beside):
        for name in dict.fromkeys(lines[y].name for y in kept):
            add(name, [y for y in kept if lines[y].name == name])
    return sorted(shown)


def _needed_lines(frame: Frame, chosen: Selection, lines: list[TableRow], ends: tuple[int, int]) -> list[int]:
    """The least that has to be visible of a tensor: the row of the selected cell, and the lines above its
    rows.
    """
    first, last = ends
    name = lines[first].name
    row = _row_of_selection(frame, chosen, name)
    rows = [y for y in range(first, last + 1) if lines[y].at is not None]
    own = next((y for y in rows if lines[y].at == row or lines[y].transposed), rows[0])
    above = [first] if lines[first].at is None else []
    is_counted = row_count(frame.shape(name)) >= NUMBERED_FROM
    # A row without a number is identified by those above it.
    return [*above, *([own] if is_counted else [y for y in rows if y <= own])]


def visible_lines(frame: Frame, view: View, lines: list[TableRow], height: int) -> list[TableRow]:
    """The visible lines: the first one of each tensor has its name, even if the tensor begins further up."""
    shown = [lines[y] for y in shown_lines(frame, view, lines, height)]
    for y, line in enumerate(shown):
        begins = y == 0 or shown[y - 1].name != line.name
        if begins and line.at is not None and not line.first:
            shown[y] = replace(line, first=True, second=False)
            if y + 1 < len(shown) and shown[y + 1].name == line.name and shown[y + 1].at is not None:
                shown[y + 1] = replace(shown[y + 1], second=True)
    return shown


def gaps(shown: Sequence[int]) -> tuple[int, ...]:
    """Where lines are left out between visible ones: the positions of the lines that follow."""
    return tuple(y for y in range(1, len(shown)) if shown[y] != shown[y - 1] + 1)


class Scroll(NamedTuple):
    """Which lines of the pane are visible."""

    first: int
    shown: int
    total: int
    """How many there are, without those left out between two visible ones."""
    after_gaps: tuple[int, ...] = ()
    """The visible lines before which others are left out."""


def scroll_of(shown: Sequence[int], total: int, height: int) -> Scroll:
    """The scroll state of a pane that shows these lines of `total`."""
    return Scroll(shown[0], height, shown[0] + height + total - 1 - shown[-1], gaps(shown))


def tensor_shape_text(frame: Frame, name: str, ascii_only: bool = False) -> str:
    """A tensor's shape as 2×3; empty for a scalar."""
    shape = frame.shape(name)
    return ("x" if ascii_only else "×").join(map(str, shape)) if shape else ""


def fit_shape(shape: str, room: int, dots: str) -> str:
    """A shape in this width, with dots for sizes that do not fit: a cut size would be another one."""
    if len(shape) <= room:
        return shape
    for end in range(len(shape) - 1, -1, -1):
        is_whole = end == 0 or not shape[end - 1].isdigit()
        if is_whole and end + len(dots) <= room:
            return shape[:end] + dots
    return ""
