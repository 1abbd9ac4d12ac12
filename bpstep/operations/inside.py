"""A moment inside an equation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bpstep.home import Index
from bpstep.operations.progress import Progress, progress
from bpstep.operations.work import Operation, Work
from bpstep.program import Step


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
        """What a cell of the result has come to; None where nothing was done for it yet."""
        return float(self.progress.value[index]) if self.progress.last[index] >= 0 else None

    def is_now(self, index: Index) -> bool:
        """True for a cell that the operation just done was for."""
        return bool(self.progress.last[index] == self.k - 1)

    def is_finished(self, index: Index) -> bool:
        """True for a cell whose last operation is done."""
        if self.work.ends is None:
            self.work.ends = progress(self.work, self.of).last
        return bool(self.progress.last[index] == self.work.ends[index])

    @cached_property
    def cell(self) -> Index:
        """The first cell of the result that the operation just done was for."""
        now = np.argmax(self.progress.last == self.k - 1)
        return tuple(int(at) for at in np.unravel_index(now, self.shape)) if self.shape else ()
