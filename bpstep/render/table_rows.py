"""The lines of the table of tensors: which there are, and how far they are scrolled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bpstep.program.program import Program
from bpstep.render.theme import Look
from bpstep.render.view_state import Selection, View, selection
from bpstep.session.frame import Frame

MARKER = 1
"""Cells before a name, for what the step does with the tensor."""

GAP = 1
"""Cells between two columns."""

_MOVE = 1.5
"""What scrolling costs, counted in read tensors that are out of sight."""


@dataclass(frozen=True)
class Row:
    """One line: a row of a tensor. `at` is None for a line that says how many rows are left out."""

    name: str
    at: int | None
    first: bool
    second: bool = False
    above: int = 0
    below: int = 0
    """The rows that are left out, where `at` is None."""
    numbered: bool = False
    """True where others are left out: which row it is has to be told."""
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
        len(name) + 1 + (0 if _is_tall(frame, name) else len(shape_text(frame, name)))
        for name in order(frame.program)
    )


def _is_tall(frame: Frame, name: str) -> bool:
    """True for a tensor that always has a second line, where its shape may stand."""
    shape = frame.shape(name)
    return len(shape) == 2 and min(shape) > 1


def least_width(frame: Frame, look: Look) -> int:
    """The width that shows one column of every tensor, whatever its number."""
    return MARKER + label_width(frame) + GAP + look.format.width


def wanted_width(frame: Frame, look: Look) -> int:
    """The width that shows every column of every tensor, as far as that is sensible."""
    columns = max((frame.program.shapes[name] or (1,))[-1] for name in frame.program.tensors)
    return MARKER + label_width(frame) + min(columns, 12) * (look.format.width + GAP) + 2


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
    index = chosen.index if chosen.name == name else chosen.lit.index(name)
    row = index[0] if index else 0
    if index is None and home.kind in ("node", "label"):
        row = chosen.sample
    shown = most - 1
    start = min(max(row - shown + 1, 0), count - shown)
    end = start + shown
    found = [Row(name, at, at == start, at == start + 1, numbered=True) for at in range(start, end)]
    return [*found, Row(name, None, False, above=start, below=count - end)]


def offset(frame: Frame, lines: list[Row], height: int) -> int:
    """How far the table is scrolled at a step: a function of the step, that moves as seldom as it can."""
    if len(lines) <= height or frame.at_work is None:
        return 0
    places: dict[str, tuple[int, int]] = {}
    for y, line in enumerate(lines):
        places[line.name] = (places.get(line.name, (y, y))[0], y)
    return _offsets(frame.program, tuple(places.items()), len(lines), height)[
        frame.done - (frame.inside is None)
    ]


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


def scrolled(frame: Frame, view: View, lines: list[Row], height: int) -> int:
    """The first line shown: that of the step, moved as little as shows the cell that a person selected."""
    top = offset(frame, lines, height)
    selected = _selected_line(lines, selection(frame, view))
    if view.looking and selected is not None:
        # Its name stands in the tensor's first line.
        first = next(y for y, line in enumerate(lines) if line.name == lines[selected].name)
        return min(max(top, selected - height + 1), first if selected - first < height else selected)
    return top


def _selected_line(lines: list[Row], chosen: Selection) -> int | None:
    row = chosen.index[0] if len(chosen.index) == 2 else 0
    for y, line in enumerate(lines):
        if line.name == chosen.name and (line.at == row or line.turned):
            return y
    return None


def shape_text(frame: Frame, name: str, plain: bool = False) -> str:
    """A tensor's shape as 2×3; nothing for a single number."""
    shape = frame.shape(name)
    return ("x" if plain else "×").join(map(str, shape)) if shape else ""
