"""Marks: positions that a person gave a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """The position n has a name; None takes the name away."""

    name: str
    n: int | None


class Marks:
    """The marks that are set, the one set last at the end."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}

    def take(self, event: object) -> None:
        """Follow an event if it is about marks."""
        if isinstance(event, Mark):
            self.at.pop(event.name, None)
            if event.n is not None:
                self.at[event.name] = event.n
