"""The tensors as shaded cells: teal for positive numbers, red for negative, stronger for larger ones.

Each tensor has its own scale, from 0 to its largest magnitude. With enough colours, a line holds two rows. A
tensor that is larger than its space is shown by the means of blocks of cells. Of a tensor with more than two
axes one slice is shown; if it has the pane for itself, all of them, side by side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from bpstep.explain.numbers import format_short
from bpstep.lang.cells import Index
from bpstep.model.network import Array
from bpstep.render.canvas import Canvas
from bpstep.render.cursor import move_in_table
from bpstep.render.highlight import tensor_role
from bpstep.render.messages import HEAT_SCALE, HEAT_SCALE_OF_MEANS, SLICE_OF
from bpstep.render.tensors.picture_lines import lines_shown, tensor_name_runs
from bpstep.render.tensors.table_rows import (
    Scroll,
    label_width,
    scroll_of,
    shown_slice,
    tensor_order,
    tensor_shape_text,
)
from bpstep.render.theme import HEAT_LEVELS, Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame
from bpstep.text import fill

_MIN_IMAGE = 64
"""From this many cells, a square number, a sample is drawn as an image."""

_MASK = 1e8
"""A number this large, as -1e9 before a softmax, stands for infinity: beside it all others would
look like 0.
"""

_POSITIVE, _NEGATIVE = " .:+#", " -~=%"
"""The shades for terminals without colours."""

_SHADES = " ░▒▓█"


@dataclass(frozen=True)
class HeatPicture:
    """The drawn part of a tensor: rows of cells, each with its index."""

    values: Array
    """Two axes; NaN for cells that are not computed yet."""
    lead: Index
    """The leading indices of all cells."""
    shape: tuple[int, ...]
    """The axes of the other indices; the rows are consecutive in them."""
    is_image: bool = False
    """True if the picture must keep its proportions."""

    @property
    def rows(self) -> int:
        """How many rows of cells there are."""
        return int(self.values.shape[0])

    @property
    def columns(self) -> int:
        """How many cells a row has."""
        return int(self.values.shape[1])

    def index(self, row: int, column: int) -> Index:
        flat = row * self.columns + column
        return (*self.lead, *(int(at) for at in np.unravel_index(flat, self.shape))) if self.shape else ()

    def position(self, index: Index) -> tuple[int, int] | None:
        """The row and column of the cell with an index; None if it is not in the picture."""
        if index[: len(self.lead)] != self.lead:
            return None
        inner = index[len(self.lead) :]
        return divmod(int(np.ravel_multi_index(inner, self.shape)) if inner else 0, self.columns)


def heat_picture(frame: Frame, view: View, name: str, of_slice: Index | None = None) -> HeatPicture:
    """The cells of a tensor, or of a slice if it has more than two axes: the visible one unless another is
    given. A sample's image is an image.
    """
    shape = frame.shape(name)
    value = np.asarray(frame.tensors.get(name, np.full(shape, np.nan)), dtype=float)
    chosen = selection(frame, view)
    lead: Index = shown_slice(frame, chosen, name) if of_slice is None else of_slice
    rows = shape[-2:] if len(shape) >= 2 else (1, *shape) if shape else (1, 1)
    side = _image_side(frame, name)
    if side:
        row = chosen.index[0] if chosen.name == name else min(chosen.sample, shape[0] - 1)
        lead, rows = (row,), (side, side)
    cells = value[lead].reshape(rows)
    return HeatPicture(cells, lead, shape[len(lead) :], side > 0)


def _image_side(frame: Frame, name: str) -> int:
    """The side length of the images in the rows of a data tensor; 0 for any other tensor."""
    shape = frame.shape(name)
    if name not in frame.program.constants or len(shape) != 2 or shape[0] != len(frame.rows):
        return 0
    side = math.isqrt(shape[1])
    return side if shape[1] >= _MIN_IMAGE and side * side == shape[1] else 0


@dataclass(frozen=True)
class HeatGrid:
    """How a picture is mapped to cells of the screen."""

    picture: HeatPicture
    rows_a_line: int
    """1, or 2 if each half of a line is a row; the first half line is then blank."""
    cell_width: int
    row_edges: NDArray[np.intp]
    column_edges: NDArray[np.intp]
    """The beginnings of the blocks of rows and columns, and the end of the last."""
    cell_height: int = 1

    @property
    def lines(self) -> int:
        return -(-(len(self.row_edges) - 1 + self.is_halved) // self.rows_a_line) * self.cell_height

    @property
    def is_halved(self) -> bool:
        """True if each half of a line is a row."""
        return self.rows_a_line == 2

    @property
    def has_blocks(self) -> bool:
        """True if a cell of the screen represents several numbers."""
        cells = (len(self.row_edges) - 1) * (len(self.column_edges) - 1)
        return cells < self.picture.rows * self.picture.columns

    def rows_of_line(self, line: int) -> range:
        """The rows on a line; they may be above the first or below the last."""
        first = line // self.cell_height * self.rows_a_line - self.is_halved
        return range(first, first + self.rows_a_line)

    @cached_property
    def means(self) -> Array:
        """The mean of the numbers of each block."""
        with np.errstate(all="ignore"):
            sums = np.add.reduceat(self.picture.values, self.row_edges[:-1], axis=0)
            sums = np.add.reduceat(sums, self.column_edges[:-1], axis=1)
            means: Array = sums / np.outer(np.diff(self.row_edges), np.diff(self.column_edges))
        return means

    def mean(self, row: int, column: int) -> float | None:
        """The mean of the numbers there; None if there are none."""
        return float(self.means[row, column]) if 0 <= row < len(self.means) else None

    @cached_property
    def largest(self) -> float:
        """The largest magnitude that is drawn, ignoring masks; 0 if there is none."""
        return _largest(self.means)

    def first_index(self, row: int, column: int) -> Index:
        """The index of the first cell of a block."""
        return self.picture.index(int(self.row_edges[row]), int(self.column_edges[column]))

    def place(self, index: Index) -> tuple[int, int] | None:
        """The row and column of the block that contains a cell; None if it is not in the picture."""
        position = self.picture.position(index)
        if position is None:
            return None
        edges = zip((self.row_edges, self.column_edges), position)
        row, column = (int(np.searchsorted(starts, at, side="right")) - 1 for starts, at in edges)
        return row, column

    @property
    def width(self) -> int:
        """The width of a line in cells."""
        return (len(self.column_edges) - 1) * self.cell_width


def _largest(values: Array) -> float:
    sizes = np.abs(values)
    sizes = sizes[np.isfinite(sizes)]
    others = sizes[sizes < _MASK]
    return float(np.max(others if others.any() else sizes, initial=0.0))


def heat_grid(picture: HeatPicture, theme: Theme, width: int, max_lines: int) -> HeatGrid:
    """A picture in this many cells and lines: large cells if they fit, else small ones, else blocks."""
    if picture.rows <= max_lines and picture.columns * 2 <= width:
        rows_a_line, cell_width = 1, 2
    else:
        rows_a_line, cell_width = 2 if has_half_lines(theme) else 1, 1
    rows = min(picture.rows, max_lines * rows_a_line - (rows_a_line == 2))
    columns = min(picture.columns, max(width // cell_width, 1))
    if picture.is_image:
        share = min(rows / picture.rows, columns / picture.columns)
        rows, columns = (max(round(share * size), 1) for size in (picture.rows, picture.columns))
    return HeatGrid(
        picture,
        rows_a_line,
        cell_width,
        np.linspace(0, picture.rows, rows + 1).round().astype(np.intp),
        np.linspace(0, picture.columns, columns + 1).round().astype(np.intp),
    )


def shade(level: int, theme: Theme) -> str:
    """The character of a shade if a line holds one row; with colours, the colour shows the sign."""
    strength = -(-abs(level) * 4 // HEAT_LEVELS)
    if theme.ascii or theme.depth == "none":
        return (_NEGATIVE if level < 0 else _POSITIVE)[strength]
    return _SHADES[strength]


def has_half_lines(theme: Theme) -> bool:
    """True if a line can hold two rows: their colours are its foreground and its background."""
    return theme.depth == "full" and not theme.ascii


def _heat_lines(
    frame: Frame, view: View, theme: Theme, width: int, height: int
) -> list[tuple[str, HeatGrid, int]]:
    """All lines: the tensor, its picture, and which line of it."""
    room = width - _left(frame, theme)
    lines: list[tuple[str, HeatGrid, int]] = []
    for name in tensor_order(frame.program):
        grid = heat_grid(heat_picture(frame, view, name), theme, room, max(_MIN_LINES, height // 3))
        count = max(grid.lines, 2 if _needs_second_line(grid, room) else 1)
        # A line separates a picture from the next one.
        gap = grid.lines > 1
        lines += [(name, grid, at) for at in range(count + gap)]
    return lines


def _left(frame: Frame, theme: Theme) -> int:
    """The column where the pictures begin."""
    return 1 + label_width(frame, theme)


def heat_scroll(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Scroll:
    """Which lines of the shaded pictures are visible, and how many there are."""
    if view.shows_whole_tensor:
        tiles = _whole_tiles(frame, view, theme, width, height)
        return Scroll(tiles.top, tiles.shown, tiles.lines)
    names = [name for name, _, _ in _heat_lines(frame, view, theme, width, height)]
    return scroll_of(lines_shown(frame, view, names, height), len(names), height)


def draw_heat(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The pane: every tensor with its name, its shape, its picture and its scale.

    A click on a cell means ("slice", the tensor's name, the cell); a block stands for its first cell.
    """
    canvas = Canvas(width, height)
    lines = _heat_lines(frame, view, theme, width, height)
    above = ""
    for y, number in enumerate(lines_shown(frame, view, [name for name, _, _ in lines], height)):
        name, grid, at = lines[number]
        line = _HeatLine(canvas, frame, view, theme, name, grid, _left(frame, theme))
        line.draw(y, at, name != above)
        above = name
    return canvas


def draw_whole_heat(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The selected tensor alone, in the whole pane except its first line, which has the scale and names the
    selected slice if there are several.
    """
    canvas = Canvas(width, height)
    name = selection(frame, view).name
    tiles = _whole_tiles(frame, view, theme, width, height)
    if not tiles.labels:
        line = _HeatLine(canvas, frame, view, theme, name, tiles.grid, 1)
        canvas.put(1, 0, line.scale_text(), "quiet")
        for at in range(tiles.grid.lines):
            line.draw_cells(at + 1, at)
        return canvas
    first = tiles.top * tiles.per_line
    pictures = [
        heat_picture(frame, view, name, lead)
        for lead in tiles.slices[first : first + tiles.shown * tiles.per_line]
    ]
    grids = [replace(tiles.grid, picture=picture) for picture in pictures]
    common = _largest(np.concatenate([grid.means for grid in grids]))
    for at, grid in enumerate(grids):
        y, x = divmod(at, tiles.per_line)
        x, y = 1 + x * (tiles.width + _TILE_GAP), 1 + y * tiles.height
        line = _HeatLine(canvas, frame, view, theme, name, grid, x, common)
        is_chosen = line.selected is not None
        canvas.put(x, y, line.slice_name(), "text" if is_chosen else "quiet")
        canvas.add_hit(x, y, tiles.width, ("slice", name, grid.first_index(0, 0)))
        for below in range(grid.lines):
            line.draw_cells(y + 1 + below, below)
        if is_chosen:
            scale = line.scale_text()
            canvas.put(1, 0, f"{scale}  {line.slice_text(width - len(scale) - 3)}", "quiet")
    return canvas


@dataclass(frozen=True)
class _Tiles:
    """How the slices of a tensor that has the pane for itself are arranged: in lines, each slice below its
    indices.
    """

    grid: HeatGrid
    """The grid of the selected slice, which is that of every other."""
    slices: list[Index]
    """The leading indices of each; none for a tensor that is one picture."""
    per_line: int
    labels: int
    """The width of the longest label; 0 for a tensor that is one picture."""
    top: int
    """The first line of slices that is visible."""
    shown: int
    """How many lines of slices are visible."""

    @property
    def width(self) -> int:
        """The width of a slice."""
        return max(self.grid.width, self.labels)

    @property
    def height(self) -> int:
        """The height of a slice with its label."""
        return self.grid.lines + (self.labels > 0)

    @property
    def lines(self) -> int:
        """How many lines of slices there are."""
        return -(-len(self.slices) // self.per_line)


_TILE_GAP = 2


def _whole_tiles(frame: Frame, view: View, theme: Theme, width: int, height: int) -> _Tiles:
    """The slices with cells as large as possible; if not all fit, small ones around the selected slice."""
    chosen = selection(frame, view)
    picture = heat_picture(frame, view, chosen.name)
    leading = frame.shape(chosen.name)[: len(picture.lead)]
    slices = [] if picture.is_image else list(np.ndindex(*leading)) if leading else []
    room = width - 2, height - 1 - bool(slices)
    grid = heat_grid(picture, theme, *room)
    if not slices:
        return _Tiles(_enlarge(grid, *room), [()], 1, 0, 0, 1)
    labels = len(_slice_name(slices[-1], len(frame.shape(chosen.name))))
    most = room[1] // grid.lines if _has_large_cells(grid) else 1
    for times in range(max(min(most, _MAX_CELL_HEIGHT), 1), 0, -1):
        larger = _with_cells(grid, times)
        per_line = max((room[0] + _TILE_GAP) // (max(larger.width, labels) + _TILE_GAP), 1)
        tiles = _Tiles(larger, slices, per_line, labels, 0, max((height - 1) // (larger.lines + 1), 1))
        if larger.width <= room[0] and tiles.lines <= tiles.shown:
            return tiles
    line = slices.index(picture.lead) // tiles.per_line
    return replace(tiles, top=min(max(line - tiles.shown // 2, 0), tiles.lines - tiles.shown))


def _enlarge(grid: HeatGrid, width: int, max_lines: int) -> HeatGrid:
    """The grid with cells as large as possible, if they are large ones already."""
    if not _has_large_cells(grid):
        return grid
    return _with_cells(grid, max(min(max_lines // grid.lines, width // grid.width, _MAX_CELL_HEIGHT), 1))


def _has_large_cells(grid: HeatGrid) -> bool:
    return not grid.is_halved and not grid.has_blocks and grid.cell_width > 1


def _with_cells(grid: HeatGrid, times: int) -> HeatGrid:
    return replace(grid, cell_width=grid.cell_width * times, cell_height=times)


_MAX_CELL_HEIGHT = 4


def _slice_name(lead: Index, rank: int) -> str:
    """The indices of a slice: [0,1,:,:]."""
    return f"[{','.join([*map(str, lead), *[':'] * (rank - len(lead))])}]"


def _needs_second_line(grid: HeatGrid, width: int) -> bool:
    """True if the scale has no room beside the picture."""
    return grid.width + 1 + _SCALE_WIDTH > width


_SCALE_WIDTH = 9

_MIN_LINES = 4
"""The lines that a picture may take in every pane, however small."""


@dataclass(frozen=True)
class _HeatLine:
    """Draws the lines of a tensor."""

    canvas: Canvas
    frame: Frame
    view: View
    theme: Theme
    name: str
    grid: HeatGrid
    left: int
    common: float = 0.0
    """The scale that all slices share; 0 if each has its own."""

    def draw(self, y: int, at: int, with_name: bool) -> None:
        """One of its lines: name and shape on the first, the scale beside it or below."""
        role = tensor_role(self.frame, self.name)
        role = role or ("text" if self.name in self.frame.tensors else "coming")
        if with_name:
            named = tensor_name_runs(self.frame, self.view, self.theme, self.name, self.left - 2, role)
            self.canvas.put_runs(0, y, named)
            shape = tensor_shape_text(self.frame, self.name, self.theme.ascii)
            if cell_len(self.name) + 3 + len(shape) < self.left:
                self.canvas.put(self.left - 1 - len(shape), y, shape, "quiet")
        if at < self.grid.lines:
            self.draw_cells(y, at)
        beside = not _needs_second_line(self.grid, self.canvas.width - self.left)
        scale = self.scale_text()
        if beside and with_name:
            self.canvas.put(self.left + self.grid.width + 1, y, scale, "quiet")
        elif beside and at == 1 and self.grid.lines > 1:
            right = self.canvas.width - self.left - self.grid.width - 1
            self.canvas.put(self.left + self.grid.width + 1, y, self.slice_text(right), "quiet")
        elif not beside and at == 1:
            self.canvas.put(2, y, scale[: self.left - 3], "quiet")

    @property
    def scale(self) -> float:
        """The magnitude of the strongest shade: the largest that is drawn and is not a mask."""
        return self.common or self.grid.largest

    @cached_property
    def selected(self) -> tuple[int, int] | None:
        """The row and column of the selected cell; None if it is not here."""
        chosen = selection(self.frame, self.view)
        return self.grid.place(chosen.index) if chosen.name == self.name else None

    def scale_text(self) -> str:
        """The magnitude of the strongest shade, as text."""
        if self.name not in self.frame.tensors:
            return ""
        value = self.frame.tensors[self.name]
        if np.ndim(value) == 0:
            return format_short(float(value))
        template = HEAT_SCALE_OF_MEANS if self.grid.has_blocks else HEAT_SCALE
        sign = self.theme.pick("±", "+-")
        return fill(template, sign=sign, size=format_short(self.scale), mean=self.theme.pick("⌀", "m"))

    def slice_text(self, room: int) -> str:
        """The slice of a tensor with more than two axes, and which of how many; empty for any other."""
        lead, shape = self.grid.picture.lead, self.frame.shape(self.name)
        if not lead or len(shape) < 3:
            return ""
        number, count = int(np.ravel_multi_index(lead, shape[: len(lead)])), math.prod(shape[: len(lead)])
        told = f"{self.slice_name()}  {fill(SLICE_OF, number=number + 1, count=count)}"
        return told if len(told) <= room else self.slice_name()[:room]

    def slice_name(self) -> str:
        """The indices of the slice."""
        return _slice_name(self.grid.picture.lead, len(self.frame.shape(self.name)))

    def draw_cells(self, y: int, at: int) -> None:
        """A line of the picture."""
        rows = self.grid.rows_of_line(at)
        for column in range(len(self.grid.column_edges) - 1):
            x = self.left + column * self.grid.cell_width
            first = self.grid.first_index(max(rows[0], 0), column)
            text, role = self._cell(rows, column)
            self.canvas.put(x, y, text, role)
            self.canvas.add_hit(x, y, self.grid.cell_width, ("slice", self.name, first))

    def _cell(self, rows: range, column: int) -> tuple[str, str]:
        width = self.grid.cell_width
        if self.name not in self.frame.tensors:
            return self.theme.pick("·", ".").ljust(width), "coming"
        values = [self.grid.mean(row, column) for row in rows]
        if self.selected in [(row, column) for row in rows]:
            return self.theme.pick("◆", "@") * width, "selected"
        if any(value is not None and not math.isfinite(value) for value in values):
            return "?" * width, "alert"
        levels = [None if value is None else self._level(value) for value in values]
        if not has_half_lines(self.theme):
            return shade(levels[0] or 0, self.theme) * width, "minus" if (levels[0] or 0) < 0 else "plus"
        if len(levels) == 1:
            return " " * width, f"text on heat{levels[0] or 0:+d}"
        upper, lower = levels
        if upper is None:
            return "▄", f"heat{lower or 0:+d}"
        return "▀", f"heat{upper:+d}" + ("" if lower is None else f" on heat{lower:+d}")

    def _level(self, value: float) -> int:
        """The shade of a number: from -HEAT_LEVELS to HEAT_LEVELS, 0 if it is relatively tiny."""
        level = round(value / self.scale * HEAT_LEVELS) if self.scale else 0
        return min(max(level, -HEAT_LEVELS), HEAT_LEVELS)


def move_in_heat(frame: Frame, view: View, height: int, right: int, down: int) -> View:
    """The selection moved by cells of the picture; after its last row as in the table."""
    chosen = selection(frame, view)
    picture = heat_picture(frame, view, chosen.name)
    if not chosen.index or not _image_side(frame, chosen.name):
        return move_in_table(frame, view, height, right, down)
    position = picture.position(chosen.index)
    assert position is not None
    row, column = position[0] + down, min(max(position[1] + right, 0), picture.columns - 1)
    if not 0 <= row < picture.rows:
        return move_in_table(frame, view, height, 0, 1 if down > 0 else -1)
    return view.select(chosen.name, picture.index(row, column))
