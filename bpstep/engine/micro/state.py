"""A moment inside an equation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.progress import Progress, progress
from bpstep.engine.micro.values import Operation, Work
from bpstep.program.diagram import Index
from bpstep.program.program import Step


@dataclass(frozen=True, eq=False)
class Inside:
    """The equation at work with k of its operations done, 0 < k < `of`."""

    work: Work
    k: int

    @property
    def step(self) -> Step:
        """The equation."""
        return self.work.step

    @property
    def of(self) -> int:
        """How many operations it has."""
        return self.work.plan.total

    @cached_property
    def operation(self) -> Operation:
        """The operation just done."""
        return self.work.operation(self.k - 1)

    @cached_property
    def progress(self) -> Progress:
        """What every cell of the result has come to."""
        return progress(self.work, self.k)

    @property
    def shape(self) -> tuple[int, ...]:
        """The result's shape."""
        return self.progress.last.shape

    def partial(self, index: Index) -> float | None:
        """What a cell of the result has come to; None where nothing was done for that very cell yet."""
        if self.is_finished(index):
            return float(self.progress.value[index])
        return float(self.progress.mine[index]) if self.progress.own[index] >= 0 else None

    def is_now(self, index: Index) -> bool:
        """True for a cell that has come to what it shows by the operation just done."""
        own = self.progress.last if self.is_finished(index) else self.progress.own
        return bool(own[index] == self.k - 1)

    @cached_property
    def finished(self) -> NDArray[np.bool_]:
        """True for every cell whose last operation is done."""
        if self.work.ends is None:
            self.work.ends = progress(self.work, self.of).last
        return np.asarray(self.progress.last == self.work.ends)

    def is_finished(self, index: Index) -> bool:
        """True for a cell whose last operation is done."""
        return bool(self.finished[index])

    @cached_property
    def cell(self) -> Index:
        """The first cell of the result that the operation just done was for."""
        now = np.argmax(self.progress.last == self.k - 1)
        return tuple(int(at) for at in np.unravel_index(now, self.shape)) if self.shape else ()
