"""A list whose items are computed on demand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class LazyList(Generic[T]):
    """The items of an iterable by position, computed as far as they were asked for."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._computed: list[T] = []

    def compute_up_to(self, count: int) -> int:
        """Compute the first `count` items, and return how many of them there are."""
        while len(self._computed) < count:
            for item in self._items:
                self._computed.append(item)
                break
            else:
                break
        return min(len(self._computed), count)

    def window(self, start: int, count: int) -> list[T]:
        """Consecutive items, fewer at the end."""
        self.compute_up_to(start + count)
        return self._computed[start : start + count]

    def get(self, index: int) -> T | None:
        """One item; None if there is none."""
        return self._computed[index] if self.compute_up_to(index + 1) > index else None
