"""How fast somebody may go: so many at once, and so many a second in the long run."""

from __future__ import annotations


class Bucket:
    """Holds `most` tokens and gets `rate` a second; each thing done takes one."""

    def __init__(self, most: float, rate: float, now: float) -> None:
        self._most, self._rate = most, rate
        self._left, self._seen = most, now

    def take(self, now: float) -> bool:
        """Take a token; false where there is none."""
        self._left = min(self._left + (now - self._seen) * self._rate, self._most)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
