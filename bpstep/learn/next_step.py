"""The next step of a session: an equation, or an operation inside one, and its result."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from bpstep.engine.micro.state import PartialStep
from bpstep.engine.micro.values import MicroValues
from bpstep.explain import messages as explain_messages
from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.cell_mistakes import (
    CellMistake,
    DescribeScalar,
    cells_read,
    equation_mistakes,
    mistakes,
    tensor_mistakes,
)
from bpstep.explain.elementwise import expand_briefly, expand_cell
from bpstep.explain.micro_line import SELECTING_REDUCTIONS, operation_operands, operator_of
from bpstep.explain.scalar import Apply, Cell, Fold, Scalar
from bpstep.lang.cells import Index
from bpstep.lang.functions import INLINED
from bpstep.lang.trees import function_name
from bpstep.program import position
from bpstep.program.program import RoleKind, Step, Tensors
from bpstep.session.session import Session
from bpstep.text import fill


@dataclass(frozen=True)
class NextStep:
    """The next equation, and its result."""

    step: Step
    before: Tensors
    result: Any

    def value(self, index: Index) -> float:
        """The requested number."""
        return float(self.result[index] if index else self.result)

    def arithmetic(self, index: Index) -> Scalar:
        """The arithmetic that gives it."""
        return expand_cell(self.step.tree, index, self.before)

    def mistakes(self, index: Index, describe: DescribeScalar) -> Iterator[Iterator[CellMistake]]:
        """The mistakes that people may make in it."""
        yield equation_mistakes(self.step.tree, index, self.before)
        if any(function_name(node) in INLINED for node in ast.walk(self.step.tree)):
            # As people compute it: without float64's precautions, and inner parts of a function as numbers.
            yield mistakes(expand_briefly(self.step.tree, index, self.before), describe)
        yield mistakes(self.arithmetic(index), describe)
        if self.step.role.kind == RoleKind.ACTIVATION:
            yield mistakes(cell_arithmetic(self.step, index, self.before), describe)
        yield tensor_mistakes(self.step.tree, index, self.before)


@dataclass(frozen=True)
class NextOperation(NextStep):
    """The next operation inside an equation; its result is one number."""

    inside: PartialStep
    """The moment after it."""

    def value(self, _index: Index) -> float:
        """The requested number."""
        return self.inside.operation.value

    def arithmetic(self, _index: Index) -> Scalar:
        """One operation, on cells and on intermediate results."""
        pairs = zip(operation_operands(self.inside), self.inside.operation.operands)
        parts = tuple(
            Cell(fill(explain_messages.SUM_SO_FAR), (), value) if part is None else part
            for part, value in pairs
        )
        operator = operator_of(self.inside)
        if operator in SELECTING_REDUCTIONS:
            return Fold(operator, len(parts), lambda at: parts[at])
        return Apply(operator, parts) if operator else parts[0]

    def mistakes(self, index: Index, describe: DescribeScalar) -> Iterator[Iterator[CellMistake]]:
        """The mistakes that people may make in it."""
        yield mistakes(self.arithmetic(index), describe)


_MAX_CELLS, _MAX_MISTAKES = 23, 20
"""How many cells are looked at for one that tells mistakes apart, and how many mistakes in each."""

_ROUNDING = 1e-12
"""A cell this small beside the largest is 0 but for rounding."""


def telling_cell(next_step: NextStep) -> Index:
    """The cell whose value says most about how it was computed.

    A cell that is 0 is passed over. Of cells spread over the others, it is the one in which most mistakes
    show: a term of 0 left out changes nothing, and a transpose forgotten in the first row of a triangular
    matrix leads to a number that is read there anyway.
    """
    sizes = np.abs(np.asarray(next_step.result))
    cells = np.argwhere(sizes > _ROUNDING * np.max(sizes, initial=0))
    if not len(cells):
        first: Index = (0,) * sizes.ndim
        return first
    count = min(len(cells), _MAX_CELLS)
    indices: list[Index] = [tuple(map(int, cells[k * len(cells) // count])) for k in range(count)]
    found: list[_Information] = []
    for index in indices:
        found.append(_Information.of(next_step, index))
        if not found[-1].hidden:
            break
    best = max(range(len(found)), key=lambda at: found[at].order)
    return indices[best]


@dataclass(frozen=True)
class _Information:
    """How much a cell tells: how many mistakes in the whole equation show in it, how many in its arithmetic,
    how many do not, and how many of the numbers that it reads are 0.

    A mistake shows if it leads to a number that is neither the right one nor one that the cell reads.
    """

    in_equation: int
    in_arithmetic: int
    hidden: int
    zeros: int

    @classmethod
    def of(cls, next_step: NextStep, index: Index) -> _Information:
        """Look at a cell."""
        arithmetic = next_step.arithmetic(index)
        read = [cell.value for cell in cells_read(arithmetic)]
        known = np.array([next_step.value(index), *read])
        equations = equation_mistakes(next_step.step.tree, index, next_step.before)
        shows = [
            [not np.isclose(each.value, known).any() for _, each in islice(found, _MAX_MISTAKES)]
            for found in (equations, mistakes(arithmetic, lambda _: ""))
        ]
        whole, cell = (sum(each) for each in shows)
        return cls(whole, cell, sum(map(len, shows)) - whole - cell, read.count(0.0))

    @property
    def order(self) -> tuple[int, int, int]:
        """More for a cell that tells more."""
        return self.in_equation, self.in_arithmetic, -self.zeros


def next_step(session: Session) -> NextStep:
    """The equation after the cursor."""
    n = session.n + 1
    index = position.shown_iteration(n, session.period)
    iteration = session.current_run.timeline.iteration(index)
    done = n - index * session.period
    step = iteration.program.steps[done - 1]
    return NextStep(step, iteration.tensors(done - 1), iteration.tensors(done)[step.name])


def next_operation(session: Session) -> NextOperation:
    """The next operation, in the current equation or in the next one."""
    step = next_step(session)
    inside = PartialStep(MicroValues(step.step, step.before), session.k + 1)
    return NextOperation(step.step, step.before, np.float64(inside.operation.value), inside)
