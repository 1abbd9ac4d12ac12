"""Every tensor of the moment as a table: name, shape, cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bpstep.edits import Edit
from bpstep.formula.notation import symbol
from bpstep.frame import Frame
from bpstep.home import Index
from bpstep.program import Program
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look
from bpstep.views.view import Selection, View, selection

_MARKER = 1
_GAP = 1
_MOVE = 1.5
"""What scrolling costs, counted in read tensors that are out of sight."""


@dataclass(frozen=True)
class Row:
    """One line: a row of a tensor. `at` is None for a line that says how many rows are left out."""

    name: str
    at: int | None
    first: bool
    second: bool = False
    hidden: int = 0
    turned: bool = False
    """A column of one cell a row, laid out as a line."""


@lru_cache(maxsize=32)
def order(program: Program) -> tuple[str, ...]:
    """The tensors in the order in which the equations meet them, those that none reads last."""
    met = dict.fromkeys(name for step in program.steps for name in (*step.reads, step.name))
    return (*met, *(name for name in program.tensors if name not in met))


def label_width(frame: Frame) -> int:
    """Cells for the longest name, with its shape where the tensor has one line only."""
    return max(
        len(name) + 1 + (0 if _is_tall(frame, name) else len(_shape(frame, name)))
        for name in order(frame.program)
    )


def _is_tall(frame: Frame, name: str) -> bool:
    """True for a tensor that always has a second line, where its shape may stand."""
    shape = frame.shape(name)
    return len(shape) == 2 and min(shape) > 1


def wanted_width(frame: Frame, look: Look) -> int:
    """The width that shows every column of every tensor, as far as that is sensible."""
    columns = max((frame.program.shapes[name] or (1,))[-1] for name in frame.program.tensors)
    return _MARKER + label_width(frame) + min(columns, 12) * (look.format.width + _GAP) + 2


def rows(frame: Frame, chosen: Selection, height: int) -> list[Row]:
    """All lines of the table. Where the pane has fewer, columns are turned and long tensors cut."""
    shapes = (frame.shape(name) for name in order(frame.program))
    if sum(shape[0] if len(shape) == 2 else 1 for shape in shapes) <= height:
        return _rows(frame, chosen, height, False)
    return _rows(frame, chosen, max(3, height // 3), True)


def _rows(frame: Frame, chosen: Selection, most: int, turn: bool) -> list[Row]:
    found: list[Row] = []
    for name in order(frame.program):
        shape = frame.shape(name)
        count = shape[0] if len(shape) == 2 else 1
        if turn and len(shape) == 2 and shape[1] == 1 and count > 1:
            found.append(Row(name, 0, True, turned=True))
        elif count <= most:
            found += [Row(name, at, at == 0, at == 1) for at in range(count)]
        else:
            found += _window(frame, chosen, name, count, most)
    return found


def _window(frame: Frame, chosen: Selection, name: str, count: int, most: int) -> list[Row]:
    """The rows of a long tensor around the selected row or sample, and how many there are beside them."""
    home = frame.program.homes[name]
    row = chosen.index[0] if chosen.name == name and chosen.index else 0
    if chosen.name != name and home.kind in ("node", "label"):
        row = chosen.sample
    shown = most - 1
    start = min(max(row - shown + 1, 0), count - shown)
    found = [Row(name, at, at == start, at == start + 1) for at in range(start, start + shown)]
    return [*found, Row(name, None, False, hidden=count - shown)]


def offset(frame: Frame, lines: list[Row], height: int) -> int:
    """How far the table is scrolled at a step: a function of the step, that moves as seldom as it can."""
    if len(lines) <= height or frame.step is None:
        return 0
    places: dict[str, tuple[int, int]] = {}
    for y, line in enumerate(lines):
        places[line.name] = (places.get(line.name, (y, y))[0], y)
    return _offsets(frame.program, tuple(places.items()), len(lines), height)[frame.done - 1]


@lru_cache(maxsize=32)
def _offsets(
    program: Program, places: tuple[tuple[str, tuple[int, int]], ...], count: int, height: int
) -> list[int]:
    """The cheapest way through the steps: a read tensor out of sight costs, and so does a move."""
    where = dict(places)
    tops = range(count - height + 1)

    def missing(name: str, top: int) -> bool:
        first, last = where[name]
        return not (top <= first and last < top + height)

    costs, came = [0.0] * len(tops), []
    for step in program.steps:
        cheapest = min(tops, key=costs.__getitem__)
        before = [top if costs[top] <= costs[cheapest] + _MOVE else cheapest for top in tops]
        costs = [
            costs[origin]
            + _MOVE * (origin != top)
            + sum(missing(name, top) for name in step.reads)
            + 100 * missing(step.name, top)
            for top, origin in zip(tops, before)
        ]
        came.append(before)
    path = [min(tops, key=costs.__getitem__)]
    for before in reversed(came[1:]):
        path.append(before[path[-1]])
    return path[::-1]


def tensors(frame: Frame, view: View, look: Look, width: int, height: int) -> Canvas:
    """The table."""
    canvas = Canvas(width, height)
    chosen = selection(frame, view)
    lines = rows(frame, chosen, height)
    top = scrolled(frame, view, lines, height)
    left = _MARKER + label_width(frame)
    edited = edited_cells(frame)
    for y, line in enumerate(lines[top : top + height]):
        _Line(canvas, frame, look, chosen, line, y, left, edited).draw()
    return canvas


def scrolled(frame: Frame, view: View, lines: list[Row], height: int) -> int:
    """The first line shown: that of the step, moved as little as shows the cell that a person selected."""
    top = offset(frame, lines, height)
    selected = _selected_line(lines, selection(frame, view))
    if view.name and selected is not None:
        return min(max(top, selected - height + 1), selected)
    return top


def _selected_line(lines: list[Row], chosen: Selection) -> int | None:
    row = chosen.index[0] if len(chosen.index) == 2 else 0
    for y, line in enumerate(lines):
        if line.name == chosen.name and (line.at == row or line.turned):
            return y
    return None


@dataclass(frozen=True)
class _Line:
    canvas: Canvas
    frame: Frame
    look: Look
    chosen: Selection
    row: Row
    y: int
    left: int
    edited: set[tuple[str, Index]]

    def draw(self) -> None:
        name, step = self.row.name, self.frame.step
        writes = step is not None and step.name == name
        reads = step is not None and name in step.reads and not writes
        present = name in self.frame.tensors
        role = "write" if writes else "read" if reads else "coming"
        if present and not (writes or reads):
            role = "param" if is_parameter(self.frame.program, name) else "text"
        if self.row.at is None:
            dots = f"{self.look.pick('⋮', ':')} {self.row.hidden:,} more rows"
            self.canvas.put(_MARKER + 1, self.y, dots, "quiet")
            return
        shape = _shape(self.frame, name, self.look.ascii)
        apart = len(name) + 1 + len(shape) > self.left - _MARKER
        if self.row.second and apart:
            self.canvas.put(_MARKER + 1, self.y, shape, "quiet")
        if self.row.first:
            marker = self.look.pick("▶", ">") if writes else self.look.pick("›", "<") if reads else " "
            x = self.canvas.put(0, self.y, marker + name, role)
            pen = self.look.pick("✎", "e") if is_parameter(self.frame.program, name) else " "
            self.canvas.put(x, self.y, pen + ("" if apart else shape), "quiet")
        self._cells(role, present)

    def _cells(self, role: str, present: bool) -> None:
        each = self.look.format.width + _GAP
        left = self.left
        count = self._columns()
        fit = max(1, (self.canvas.width - left) // each)
        if fit < count:
            fit = max(1, (self.canvas.width - left - len(f" …+{count - 1}")) // each)
        start = self._start(fit, count)
        value = self.frame.tensors.get(self.row.name)
        for at in range(start, min(start + fit, count)):
            index = self._index(at)
            x = left + (at - start) * each
            here = self.chosen.name == self.row.name and self.chosen.index == index
            text, cell_role = (
                self._cell(value, index, role) if present else (self.look.pick("·", "."), "coming")
            )
            text = text.rjust(self.look.format.width) if present else text.center(self.look.format.width)
            self.canvas.put(x, self.y, " ")
            self.canvas.put(x + _GAP, self.y, text, "selected" if here else cell_role)
            self.canvas.hit(x, self.y, each, ("cell", self.row.name, index))
            if (self.row.name, index) in self.edited:
                self.canvas.put(x, self.y, self.look.pick("✎", "e"), "bright")
        if start > 0:
            self.canvas.put(left, self.y, self.look.pick("‹", "<"), "quiet")
        if start + fit < count:
            more = f"{self.look.glyphs.dots}+{count - start - fit}"
            self.canvas.put(left + fit * each + 1, self.y, more, "quiet")

    def _cell(self, value: object, index: Index, role: str) -> tuple[str, str]:
        number = float(value[index] if np.ndim(value) else value)  # type: ignore[index,arg-type]
        if not math.isfinite(number):
            role = "alert"
        elif role == "write" and self._kept(index, number):
            role = "text"
        return self.look.number(number), role

    def _kept(self, index: Index, number: float) -> bool:
        """True for a cell of an update that has the value it had before."""
        before = self.frame.before.get(self.row.name)
        return before is not None and float(before[index] if np.ndim(before) else before) == number

    def _columns(self) -> int:
        shape = self.frame.shape(self.row.name)
        if not shape:
            return 1
        return shape[0] if self.row.turned else shape[-1]

    def _index(self, at: int) -> Index:
        rank = len(self.frame.shape(self.row.name))
        if rank == 0:
            return ()
        if self.row.turned:
            return (at, 0)
        return (at,) if rank == 1 else (self.row.at or 0, at)

    def _start(self, fit: int, count: int) -> int:
        """The first column: the selected tensor follows its cell."""
        if self.chosen.name != self.row.name or not self.chosen.index:
            return 0
        column = self.chosen.index[0] if self.row.turned else self.chosen.index[-1]
        return min(max(column - fit + 1, 0), max(count - fit, 0))


def is_parameter(program: Program, name: str) -> bool:
    """True for weights and biases, whether they are updated or held."""
    home = program.homes[name]
    return name in program.initial and home.kind in ("edge", "bias") and not symbol(name).slot


def edited_cells(frame: Frame) -> set[tuple[str, Index]]:
    """The cells on the screen whose value a person gave."""
    if not frame.edits:
        return set()
    found: set[tuple[str, Index]] = set()
    for edit in frame.edits:
        if not isinstance(edit, Edit) or edit.name not in frame.tensors:
            continue
        if edit.name not in frame.program.constants:
            if edit.at == frame.write_of(edit.name):
                found.add((edit.name, edit.index))
        elif edit.at <= frame.start:
            found |= _shown_constant(frame, edit)
    return found


def _shown_constant(frame: Frame, edit: Edit) -> set[tuple[str, Index]]:
    if edit.name not in ("X", "labelY"):
        return {(edit.name, edit.index)}
    row, column = edit.index
    if row not in frame.rows:
        return set()
    single = len(frame.shape(edit.name)) == 1
    return {(edit.name, (column,) if single else (frame.rows.index(row), column))}


def _shape(frame: Frame, name: str, plain: bool = False) -> str:
    shape = frame.shape(name)
    return ("x" if plain else "×").join(map(str, shape)) if shape else ""
