"""The selected tensor alone and whole: every cell that fits into the pane, with row and column numbers.

A matrix keeps its rows, and so do the slices of a tensor with more axes, one below the other. A vector,
including a matrix with one row or one column, is broken into lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from bpstep.explain.parameters import edited_cells
from bpstep.lang.cells import Index
from bpstep.render.canvas import Canvas, clip_names
from bpstep.render.messages import TENSOR_TITLE
from bpstep.render.tensors.table import CellPainter
from bpstep.render.tensors.table_rows import (
    COLUMN_GAP,
    TableRow,
    column_headings,
    name_text,
    row_number,
    tensor_order,
    tensor_shape_text,
)
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, clamp_index, selection
from bpstep.session.frame import Frame
from bpstep.text import fill

_MARGIN = 1

_ROUND_LENGTHS = (10, 8, 5, 4)
"""A vector is broken into lines of one of these lengths, so that its indices are easy to count."""


@dataclass(frozen=True)
class TensorGrid:
    """How the cells of a tensor are arranged in lines and columns."""

    name: str
    shape: tuple[int, ...]
    labels: int
    """The width of the numbers before the lines."""
    columns: int
    """How many columns the pane shows at once."""

    @property
    def size(self) -> int:
        """The number of cells of a vector."""
        return max(self.shape, default=1)

    @property
    def is_matrix(self) -> bool:
        """True if lines and columns are the tensor's own."""
        return _has_rows(self.shape)

    @property
    def line_count(self) -> int:
        """Lines of the whole tensor."""
        return math.prod(self.shape[:-1]) if self.is_matrix else -(-self.size // self.columns)

    @property
    def column_count(self) -> int:
        """Columns of the whole tensor."""
        return self.shape[-1] if self.is_matrix else min(self.size, self.columns)

    def position(self, index: Index) -> tuple[int, int]:
        """The line and column of a cell."""
        if self.is_matrix:
            return int(np.ravel_multi_index(index[:-1], self.shape[:-1])), index[-1]
        return divmod(self._flat(index), self.columns)

    def index(self, line: int, column: int) -> Index | None:
        """The cell at a line and column; None after a vector's last."""
        if self.is_matrix:
            return (*self.row_index(line), column)
        at = line * self.columns + column
        return self._vector_index(at) if at < self.size else None

    def row_index(self, line: int) -> Index:
        """All indices but the last of the cells on a line of a matrix."""
        return tuple(int(at) for at in np.unravel_index(line, self.shape[:-1]))

    def _flat(self, index: Index) -> int:
        return max(index, default=0)

    def _vector_index(self, at: int) -> Index:
        if len(self.shape) < 2:
            return (at,) if self.shape else ()
        return (at, 0) if self.shape[1] == 1 else (0, at)

    def move(self, index: Index, right: int, down: int) -> Index | None:
        """The cell this many columns and lines further; None if the tensor ends above or below."""
        if self.is_matrix:
            line, column = self.position(index)
            line += down
            column = min(max(column + right, 0), self.column_count - 1)
            return (*self.row_index(line), column) if 0 <= line < self.line_count else None
        line, _ = self.position(index)
        if down and not 0 <= line + down < self.line_count:
            return None
        at = self._flat(index) + right + down * self.columns
        return self._vector_index(min(max(at, 0), self.size - 1))


def tensor_grid(frame: Frame, theme: Theme, name: str, width: int) -> TensorGrid:
    """The arrangement of a tensor in a pane of this width."""
    shape = frame.shape(name)
    is_matrix = _has_rows(shape)
    last = tuple(size - 1 for size in shape[:-1]) if is_matrix else (max(shape, default=1) - 1,)
    labels = len(_line_label(frame, name, last)) if shape else 0
    fit = max((width - _MARGIN - labels) // (theme.format.width + COLUMN_GAP), 1)
    if not is_matrix:
        fit = next((length for length in _ROUND_LENGTHS if length <= fit), fit)
    return TensorGrid(name, shape, labels, fit)


def _has_rows(shape: tuple[int, ...]) -> bool:
    """True for a tensor whose lines are its own rows; any other is a vector or a scalar."""
    return len(shape) > 2 or (len(shape) == 2 and min(shape) > 1)


def _line_label(frame: Frame, name: str, first: Index) -> str:
    """The label of a line: a matrix's row, else the index of the line's first cell."""
    is_row = len(first) == 1 and _has_rows(frame.shape(name))
    return row_number(frame, TableRow(name, first[0], False)) if is_row else f"[{','.join(map(str, first))}]"


def whole_tensor_title(frame: Frame, view: View, theme: Theme) -> str:
    """The name and shape of the tensor shown."""
    name = selection(frame, view).name
    shape = tensor_shape_text(frame, name, theme.ascii)
    return fill(TENSOR_TITLE, name=name_text(frame, theme, name), shape=shape).rstrip()


def scrolled_lines(frame: Frame, view: View, theme: Theme, width: int, height: int) -> tuple[int, int, int]:
    """The first visible line, how many are visible, and how many there are."""
    chosen = selection(frame, view)
    grid = tensor_grid(frame, theme, chosen.name, width)
    shown = max(height - grid.is_matrix, 1)
    line, _ = grid.position(chosen.index)
    return _start(line, shown, grid.line_count), shown, grid.line_count


def _start(at: int, shown: int, count: int) -> int:
    """The first of `shown` lines or columns that has `at` in the middle, as far as possible."""
    return min(max(at - shown // 2, 0), max(count - shown, 0))


def draw_whole_tensor(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    chosen = selection(frame, view)
    grid = tensor_grid(frame, theme, chosen.name, width)
    top, shown, _ = scrolled_lines(frame, view, theme, width, height)
    first = _start(grid.position(chosen.index)[1], grid.columns, grid.column_count)
    columns = range(first, min(first + grid.columns, grid.column_count))
    left, step = _MARGIN + grid.labels, theme.format.width + COLUMN_GAP
    head = int(grid.is_matrix)
    if grid.is_matrix:
        names = column_headings(frame, chosen.name) or tuple(f"[{column}]" for column in range(columns.stop))
        shown_names = clip_names(names, theme.format.width, theme.glyphs.ellipsis)
        for column in columns:
            name = shown_names[column]
            canvas.put(left + (column - first + 1) * step - cell_len(name), 0, name, "quiet")
        if first > 0:
            canvas.put(left, 0, theme.pick("‹", "<"), "quiet")
        if columns.stop < grid.column_count:
            canvas.put(width - 1, 0, theme.pick("›", ">"), "quiet")
    cells = CellPainter(canvas, frame, theme, chosen, edited_cells(frame), view.pointed)
    for line in range(top, min(top + shown, grid.line_count)):
        y = head + line - top
        if grid.shape:
            first_cell = grid.row_index(line) if grid.is_matrix else (line * grid.columns,)
            label = _line_label(frame, chosen.name, first_cell)
            canvas.put(left - cell_len(label), y, label, "quiet")
        for column in columns:
            index = grid.index(line, column)
            if index is not None:
                cells.draw(left + (column - first) * step, y, theme.format.width, chosen.name, index)
    return canvas


def move_in_whole_tensor(frame: Frame, view: View, theme: Theme, width: int, right: int, down: int) -> View:
    """The selection moved by columns and lines; after a tensor's end comes the next tensor."""
    chosen = selection(frame, view)
    name, index = chosen.name, chosen.index
    for _ in range(abs(right) + abs(down)):
        grid = tensor_grid(frame, theme, name, width)
        moved = grid.move(index, (right > 0) - (right < 0), (down > 0) - (down < 0))
        if moved is None:
            name, index = _neighbour(frame, name, index, 1 if down > 0 else -1)
        else:
            index = moved
    return view.select(name, index)


def _neighbour(frame: Frame, name: str, index: Index, by: int) -> tuple[str, Index]:
    """The next tensor's first cell, or the last of the previous one; the same cell at either end."""
    names = tensor_order(frame.program)
    at = names.index(name) + by
    if not 0 <= at < len(names):
        return name, index
    shape = frame.shape(names[at])
    return names[at], clamp_index((0,) * len(shape) if by > 0 else tuple(shape), shape)
