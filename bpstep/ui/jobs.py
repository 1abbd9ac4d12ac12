"""A long way, gone in portions so that the screen stays alive: how far it is, and how Escape leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_EVERY = 0.1
"""Seconds between two sentences about how far one is: more often nobody can read."""

_SURE = 1.0
"""Seconds from which on the speed so far tells how long it still takes."""


class Travel:
    """A long way. Each kind says how a portion is gone, and what is done at its end or where it is left."""

    words = ""
    """What is being done."""
    part = 0.0
    """The part that is done, where the end is known."""

    def __init__(self, desk: Desk) -> None:
        self._clock = desk.stopwatch
        self._began = self._said = desk.stopwatch()
        self._sentence = ""
        self._holds = False

    def step(self) -> bool:
        """Go a portion; False where the end is reached."""
        raise NotImplementedError

    def arrive(self, desk: Desk) -> None:
        """Be there."""
        raise NotImplementedError

    def stop(self, desk: Desk) -> None:
        """Leave the way where one is."""
        raise NotImplementedError

    def progress(self) -> str:
        """How far one is."""
        return f"{self.words}: {self.part:4.0%}{self._left()}   Escape stops it"

    def told(self) -> str:
        """The same, as often as it can be read."""
        if not self._sentence or self._clock() - self._said >= _EVERY:
            others = "; other keys wait" if self._holds else ""
            self._said, self._sentence = self._clock(), self.progress() + others
        return self._sentence

    def hold(self) -> None:
        """A key was pressed that has to wait: from now on that is told, too."""
        self._holds, self._sentence = True, ""

    @property
    def seconds(self) -> float:
        """How long it takes already."""
        return self._clock() - self._began

    def _left(self) -> str:
        gone = self.seconds
        return f", {lasting(gone * (1 / self.part - 1))} left" if self.part and gone >= _SURE else ""


class Work(Travel):
    """Something that yields the part that is done: the way to a position, or what takes as long."""

    def __init__(self, desk: Desk, steps: Iterator[float], words: str, then: Callable[[], None]) -> None:
        super().__init__(desk)
        self.words = words
        self._steps, self._then = steps, then

    def step(self) -> bool:
        """Do a portion."""
        part = next(self._steps, None)
        self.part = self.part if part is None else part
        return part is not None

    def arrive(self, _desk: Desk) -> None:
        """Do what it was for."""
        self._then()

    def stop(self, desk: Desk) -> None:
        """Stay. Where the present state was being computed anew, stop as far as that has come."""
        if desk.session.is_current:
            desk.say("stopped: nothing has moved")
        else:
            desk.say(f"stopped at n = {desk.session.settle():,}, as far as it is computed anew")


def lasting(seconds: float) -> str:
    """A time in the unit that suits it: 8 s, 5 min, 3 h, 12 days."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"
