"""A moment inside an equation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.plan import StageKind
from bpstep.engine.micro.progress import Progress, progress_at
from bpstep.engine.micro.values import MicroValues, Operation
from bpstep.lang.cells import Index
from bpstep.program.program import Step


class Term(NamedTuple):
    """One product of a sum whose terms are not added up yet."""

    number: int
    """Counted from 1."""
    total: int
    """How many terms the sum has."""
    sum_so_far: float
    """The sum of this term and those before it."""


@dataclass(frozen=True, eq=False)
class PartialStep:
    """The next equation with k of its operations done, 0 < k < `total`."""

    values: MicroValues
    k: int

    @property
    def step(self) -> Step:
        return self.values.step

    @property
    def total(self) -> int:
        """How many operations it has."""
        return self.values.plan.total

    @cached_property
    def operation(self) -> Operation:
        """The operation just done."""
        return self.values.operation(self.k - 1)

    @cached_property
    def progress(self) -> Progress:
        """The progress of every cell of the result."""
        return progress_at(self.values, self.k)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.progress.last_operation.shape

    def partial_value(self, index: Index) -> float | None:
        """The partial value of a cell of the result; None if no operation has touched this very cell."""
        if self.is_finished(index):
            return float(self.progress.value[index])
        return float(self.progress.own_value[index]) if self.progress.own_last_operation[index] >= 0 else None

    def term(self, index: Index) -> Term | None:
        """The term that `partial_value` gives for a cell; None if it is not a term of a sum."""
        at = int(self.progress.own_last_operation[index])
        if self.is_finished(index) or at < 0:
            return None
        operation = self.values.operation(at)
        stage = operation.stage
        if stage.kind != StageKind.PRODUCTS or stage.terms == 1:
            return None
        flat = int(np.ravel_multi_index(operation.cell, stage.shape)) if stage.shape else 0
        sums = self.values.running_totals(stage, flat)[1]
        return Term(operation.term + 1, stage.terms, float(sums[operation.term]))

    def is_latest(self, index: Index) -> bool:
        """True for a cell whose shown value comes from the operation just done."""
        own = self.progress.last_operation if self.is_finished(index) else self.progress.own_last_operation
        return bool(own[index] == self.k - 1)

    @cached_property
    def finished(self) -> NDArray[np.bool_]:
        """True for every cell whose last operation is done."""
        if self.values.last_operations is None:
            self.values.last_operations = progress_at(self.values, self.total).last_operation
        return np.asarray(self.progress.last_operation == self.values.last_operations)

    def is_finished(self, index: Index) -> bool:
        """True for a cell whose last operation is done."""
        return bool(self.finished[index])

    @cached_property
    def cell(self) -> Index:
        """The first cell of the result that the operation just done was for."""
        now = np.argmax(self.progress.last_operation == self.k - 1)
        return tuple(int(at) for at in np.unravel_index(now, self.shape)) if self.shape else ()
