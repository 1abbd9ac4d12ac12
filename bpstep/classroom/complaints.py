"""What the log says of those who were put out: of each user a little, and how much more there was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

MOST = 20
"""Lines about one user between two sums."""


class Complaints:
    """Lines for a log. Whoever causes many of them can't use it to hide what was there before."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._counts: Counter[str] = Counter()

    def add(self, who: str, what: str) -> None:
        """Write a line about a user; the sum counts it where there are too many."""
        self._counts[who] += 1
        if self._counts[who] <= MOST:
            self._write(f"{who}{what}")

    def sum_up(self) -> None:
        """Write how many lines were left out, and begin anew."""
        for who, count in self._counts.items():
            if count > MOST:
                self._write(f"{who}: and {count - MOST:,} more")
        self._counts.clear()
