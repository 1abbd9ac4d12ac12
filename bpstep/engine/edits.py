"""Edits: what a person changed, as plain data, and which of them hold at a given moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.program.program import Program
from bpstep.text import fill

_EQUATION = "equation {name}"


@frozen
class Edit:
    """One cell of one write replaced.

    `at` is the n of the write: 0 for an initial value, i·P for what counts as written at the start of
    iteration i. For X and labelY the index is (row of the data, column), in whatever batch it was edited.
    """

    at: int
    name: str
    index: Index
    value: float

    @property
    def cell(self) -> str:
        """The cell's name as people write it: W[0,1]."""
        return f"{self.name}[{','.join(map(str, self.index))}]" if self.index else self.name


@frozen
class EditEquation:
    """The equation `name` has the right-hand side `source`, from iteration at // P on."""

    at: int
    name: str
    source: str

    @property
    def cell(self) -> str:
        """What was edited, in words."""
        return fill(_EQUATION, name=self.name)


@frozen
class EditLine:
    """A line of a script is replaced, from its first iteration on.

    `text` stands in place of `count` lines from `line` on, counted through all cells of a notebook. `file` is
    the path of an imported file in the script's folder; empty for the script's own file.
    """

    line: int
    count: int
    text: str
    file: str = ""

    @property
    def at(self) -> int:
        """0: all iterations are computed anew."""
        return 0


EditEvent = Edit | EditEquation | EditLine


class Overrides:
    """The edits in force, sorted by what they replace. Of two edits of one cell, the later one wins."""

    def __init__(self, program: Program, edits: Iterable[EditEvent] = ()) -> None:
        self.period = len(program)
        self._writes: dict[int, dict[str, dict[Index, float]]] = {}
        self._constants: dict[int, dict[str, dict[Index, float]]] = {}
        equations: dict[int, dict[str, str]] = {}
        for edit in edits:
            if isinstance(edit, EditLine):
                continue  # the program is already that of the edited script
            if isinstance(edit, EditEquation):
                equations.setdefault(edit.at // self.period, {})[edit.name] = edit.source
            elif edit.name in program.constants:
                at = self._constants.setdefault(edit.at // self.period, {})
                at.setdefault(edit.name, {})[edit.index] = edit.value
            else:
                self._writes.setdefault(edit.at, {}).setdefault(edit.name, {})[edit.index] = edit.value
        self._equations = [(0, {}), *sorted(equations.items())]
        self._programs: dict[int, Program] = {0: program}
        self._edited_iterations = {(at - 1) // self.period for at in self._writes if at > 0}
        self._changes = sorted(self._edited_iterations | set(self._constants) | set(equations))

    def program(self, iteration: int) -> Program:
        """The program in force in an iteration."""
        turn = sum(start <= iteration for start, _ in self._equations) - 1
        if turn not in self._programs:
            sources: dict[str, str] = {}
            for _, replaced in self._equations[: turn + 1]:
                sources |= replaced
            self._programs[turn] = self._programs[0].with_equations(sources)
        return self._programs[turn]

    def has_edited_results(self, iteration: int) -> bool:
        """True where an equation's result is edited, so that the iteration goes step by step."""
        return iteration in self._edited_iterations

    def next_change(self, iteration: int) -> int | None:
        """The first iteration after this one where anything edited begins."""
        return next((turn for turn in self._changes if turn > iteration), None)

    def edited_value(self, n: int, name: str, value: Any) -> Any:
        """The value written at n, with its edits."""
        cells = self._writes.get(n, {}).get(name)
        return with_cells(value, cells) if cells else value

    def constant(self, name: str, iteration: int) -> dict[Index, float]:
        """The edited cells of a constant that hold in an iteration."""
        held: dict[Index, float] = {}
        for start in sorted(self._constants):
            if start <= iteration:
                held |= self._constants[start].get(name, {})
        return held


def with_cells(value: Any, cells: Mapping[Index, float]) -> Any:
    """A copy of a tensor with some cells replaced, laid out in memory as the tensor was."""
    if not np.ndim(value):
        return np.float64(cells[()])
    copy = value.copy(order="K")
    for index, number in cells.items():
        copy[index] = number
    copy.setflags(write=False)
    return copy
