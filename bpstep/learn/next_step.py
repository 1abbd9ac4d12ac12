"""The next step of a session: an equation, or an operation inside one, and its result."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from bpstep.engine.micro.state import PartialStep
from bpstep.engine.micro.values import MicroValues
from bpstep.explain import messages as explain_messages
from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.cell_mistakes import (
    CellMistake,
    DescribeScalar,
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


_MAX_CELLS, _MAX_MISTAKES = 8, 20
"""How many cells are looked at for one that tells mistakes apart, and how many mistakes in each."""

_ROUNDING = 1e-12
"""A cell this small beside the largest is 0 but for rounding."""


def telling_cell(next_step: NextStep) -> Index:
    """The cell whose value says most about how it was computed.

    A cell that is 0 is passed over, and so is one in which a mistake changes nothing: a term of 0 left out, a
    transpose forgotten on the diagonal.
    """
    sizes = np.abs(np.asarray(next_step.result))
    best: Index = (0,) * sizes.ndim
    fewest = _MAX_MISTAKES + 1
    for cell in np.argwhere(sizes > _ROUNDING * np.max(sizes, initial=0))[:_MAX_CELLS]:
        index = tuple(int(at) for at in cell)
        hidden = _hidden_mistakes(next_step, index)
        if hidden < fewest:
            best, fewest = index, hidden
        if not hidden:
            break
    return best


def _hidden_mistakes(next_step: NextStep, index: Index) -> int:
    """How many mistakes do not show in a cell."""
    tree, value = next_step.step.tree, next_step.value(index)
    found = chain(
        equation_mistakes(tree, index, next_step.before),
        mistakes(next_step.arithmetic(index), lambda _: ""),
    )
    return sum(bool(np.isclose(each.value, value)) for _, each in islice(found, _MAX_MISTAKES))


def next_step(session: Session) -> NextStep:
    """The equation after the cursor."""
    n = session.n + 1
    index = position.shown_iteration(n, session.period)
    iteration = session.branch.timeline.iteration(index)
    done = n - index * session.period
    step = iteration.program.steps[done - 1]
    return NextStep(step, iteration.tensors(done - 1), iteration.tensors(done)[step.name])


def next_operation(session: Session) -> NextOperation:
    """The next operation, in the current equation or in the next one."""
    step = next_step(session)
    inside = PartialStep(MicroValues(step.step, step.before), session.k + 1)
    return NextOperation(step.step, step.before, np.float64(inside.operation.value), inside)
