"""A long way, gone in portions so that the screen stays alive: how far it is, and how Escape leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_MESSAGE_INTERVAL = 0.1
"""Seconds between two sentences about how far one is: more often nobody can read."""

_MIN_ESTIMATE_SECONDS = 1.0
"""Seconds from which on the speed so far tells how long it still takes."""


class Job:
    """A long way. Each kind says how a portion is gone, and what is done at its end or where it is left."""

    label = ""
    """What is being done."""
    fraction = 0.0
    """The part that is done, where the end is known."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = self._message_time = clock()
        self._message = ""
        self._key_waiting = False

    def advance(self) -> bool:
        """Go a portion; False where the end is reached."""
        raise NotImplementedError

    def finish(self) -> None:
        """Be there."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Leave the way where one is."""
        raise NotImplementedError

    def progress_text(self) -> str:
        """How far one is."""
        return f"{self.label}: {self.fraction:4.0%}{self._remaining_text()}   Escape stops it"

    def progress_message(self) -> str:
        """The same, as often as it can be read."""
        if not self._message or self._clock() - self._message_time >= _MESSAGE_INTERVAL:
            waiting = "; other keys wait" if self._key_waiting else ""
            self._message_time, self._message = self._clock(), self.progress_text() + waiting
        return self._message

    def note_waiting_key(self) -> None:
        """A key was pressed that has to wait: from now on that is told, too."""
        self._key_waiting, self._message = True, ""

    @property
    def elapsed(self) -> float:
        """How long it takes already."""
        return self._clock() - self._started

    def _remaining_text(self) -> str:
        elapsed = self.elapsed
        return (
            f", {format_duration(elapsed * (1 / self.fraction - 1))} left"
            if self.fraction and elapsed >= _MIN_ESTIMATE_SECONDS
            else ""
        )


class IteratorJob(Job):
    """Something that yields the part that is done: the way to a position, or what takes as long."""

    def __init__(
        self,
        clock: Callable[[], float],
        steps: Iterator[float],
        label: str,
        on_done: Callable[[], None],
        on_cancel: Callable[[], None],
    ) -> None:
        super().__init__(clock)
        self.label = label
        self._steps, self._on_done, self._on_cancel = steps, on_done, on_cancel

    def advance(self) -> bool:
        """Do a portion."""
        fraction = next(self._steps, None)
        self.fraction = self.fraction if fraction is None else fraction
        return fraction is not None

    def finish(self) -> None:
        """Do what it was for."""
        self._on_done()

    def cancel(self) -> None:
        """Stop before it is done."""
        self._on_cancel()


def format_duration(seconds: float) -> str:
    """A time in the unit that suits it: 8 s, 5 min, 3 h, 12 days."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"
