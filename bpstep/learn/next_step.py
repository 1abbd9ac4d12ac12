"""What comes next in a session: an equation, or an operation inside one, and what it will give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.engine.micro.state import Inside
from bpstep.engine.micro.values import Work
from bpstep.explain.arithmetic import reading
from bpstep.explain.elementwise import scalar
from bpstep.explain.micro_line import CHOICES, operator_of, taken
from bpstep.explain.mistakes import Slip, Words, slips
from bpstep.explain.scalar import Apply, Cell, Fold, Scalar
from bpstep.program import position
from bpstep.program.diagram import Index
from bpstep.program.program import Step, Tensors
from bpstep.session.session import Session


@dataclass(frozen=True)
class Coming:
    """An equation about to be done, and what it will give."""

    step: Step
    before: Tensors
    result: Any

    def value(self, index: Index) -> float:
        """The number that is asked for."""
        return float(self.result[index] if index else self.result)

    def arithmetic(self, index: Index) -> Scalar:
        """What it is computed from."""
        return scalar(self.step.tree, index, self.before)

    def slips(self, index: Index, words: Words) -> Iterator[Iterator[Slip]]:
        """The mistakes that may be made in it."""
        yield slips(self.arithmetic(index), words)
        if self.step.role.kind == "activation":
            yield slips(reading(self.step, index, self.before), words)


@dataclass(frozen=True)
class ComingOperation(Coming):
    """An operation about to be done inside an equation; its result is one number."""

    inside: Inside
    """The moment after it."""

    def value(self, _index: Index) -> float:
        """The number that is asked for."""
        return self.inside.operation.value

    def arithmetic(self, _index: Index) -> Scalar:
        """One operation, on cells and on results on the way."""
        pairs = zip(taken(self.inside), self.inside.operation.operands)
        parts = tuple(Cell("the sum so far", (), value) if part is None else part for part, value in pairs)
        operator = operator_of(self.inside)
        if operator in CHOICES:
            return Fold(operator, len(parts), lambda at: parts[at])
        return Apply(operator, parts) if operator else parts[0]

    def slips(self, index: Index, words: Words) -> Iterator[Iterator[Slip]]:
        """The mistakes that may be made in it."""
        yield slips(self.arithmetic(index), words)


def coming(session: Session) -> Coming:
    """The equation after the cursor."""
    n = session.n + 1
    index = position.shown_iteration(n, session.period)
    iteration = session.run.tape.iteration(index)
    done = n - index * session.period
    step = iteration.program.steps[done - 1]
    return Coming(step, iteration.tensors(done - 1), iteration.tensors(done)[step.name])


def coming_operation(session: Session) -> ComingOperation:
    """The operation after the cursor, of the equation one is inside or of the next."""
    at = coming(session)
    inside = Inside(Work(at.step, at.before), session.k + 1)
    return ComingOperation(at.step, at.before, np.float64(inside.operation.value), inside)
