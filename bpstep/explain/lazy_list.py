"""A list whose items are made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazily(Generic[T]):
    """The items of an iterable by their place, made as far as they were asked for."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._made: list[T] = []

    def reach(self, count: int) -> int:
        """Make the first `count` items, and give how many of them there are."""
        while len(self._made) < count:
            for item in self._items:
                self._made.append(item)
                break
            else:
                break
        return min(len(self._made), count)

    def window(self, start: int, count: int) -> list[T]:
        """Some items in a row, fewer at the end."""
        self.reach(start + count)
        return self._made[start : start + count]

    def get(self, at: int) -> T | None:
        """One item; None where there is none."""
        return self._made[at] if self.reach(at + 1) > at else None
