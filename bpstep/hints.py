"""Hints that a puzzle gave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hint:
    """A hint was given: the first, second or third of its puzzle."""

    level: int


class Hints:
    """How far the hints have come."""

    def __init__(self) -> None:
        self.given = 0

    def take(self, event: object) -> None:
        """Follow a hint."""
        if isinstance(event, Hint):
            self.given = max(self.given, event.level)
