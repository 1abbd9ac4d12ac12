"""The loss of every computed iteration, thinned out to a bounded number of points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

_MAX_POINTS = 2048


class LossHistory:
    """E by iteration. When there are too many points, every other one is dropped."""

    def __init__(self) -> None:
        self.stride = 1
        self._at: list[int] = []
        self._values: list[float] = []

    def copy(self) -> LossHistory:
        """The same points, independent of these from then on."""
        found = LossHistory()
        found.stride, found._at, found._values = self.stride, self._at.copy(), self._values.copy()
        return found

    def add(self, start: int, values: Sequence[float]) -> None:
        """Add the losses of the iterations from `start` on."""
        first = -start % self.stride
        if len(values) == 1 and self._at and start > self._at[-1]:
            if not first:
                self._at.append(start)
                self._values.append(float(values[0]))
        else:
            end = start + len(values)
            low, high = bisect_left(self._at, start), bisect_left(self._at, end)
            self._at[low:high] = range(start + first, end, self.stride)
            self._values[low:high] = [float(value) for value in values[first :: self.stride]]
        while len(self._at) > _MAX_POINTS:
            self.stride *= 2
            kept = [k for k, at in enumerate(self._at) if at % self.stride == 0]
            self._at = [self._at[k] for k in kept]
            self._values = [self._values[k] for k in kept]

    def drop_from(self, iteration: int) -> None:
        """Drop the losses from this iteration on."""
        low = bisect_left(self._at, iteration)
        del self._at[low:], self._values[low:]

    def until(self, iteration: int) -> tuple[list[int], list[float]]:
        """Iterations and losses, up to and with this iteration."""
        high = bisect_right(self._at, iteration)
        return self._at[:high], self._values[:high]

    def points(self) -> tuple[list[int], list[float]]:
        """All iterations that are known, and their losses."""
        return list(self._at), list(self._values)
