"""Long computations, run in portions so that the screen stays responsive, with progress, and stoppable."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpstep.text import fill
from bpstep.ui import messages

_MESSAGE_INTERVAL = 0.1
"""Seconds between two progress messages: nobody can read them faster."""

_MIN_ESTIMATE_SECONDS = 1.0
"""Seconds after which the remaining time is estimated from the speed so far."""


class Job:
    """A long computation. Each kind defines a portion, what follows the last one, and what stopping does."""

    label = ""
    """What is being done."""
    fraction = 0.0
    """The part that is done, if the total is known."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = self._message_time = clock()
        self._message = ""
        self._key_waiting = False

    def advance(self) -> bool:
        """Do a portion; False once everything is done."""
        raise NotImplementedError

    def finish(self) -> None:
        """Use the result."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Stop before the end."""
        raise NotImplementedError

    def progress_text(self) -> str:
        remaining = self._remaining_time()
        if remaining:
            template = messages.JOB_PROGRESS_REMAINING
            return fill(template, label=self.label, fraction=self.fraction, remaining=remaining)
        return fill(messages.JOB_PROGRESS, label=self.label, fraction=self.fraction)

    def progress_message(self) -> str:
        """The progress text, renewed only as often as it can be read."""
        if not self._message or self._clock() - self._message_time >= _MESSAGE_INTERVAL:
            progress = self.progress_text()
            self._message_time = self._clock()
            self._message = fill(messages.KEYS_WAIT, progress=progress) if self._key_waiting else progress
        return self._message

    @property
    def latest_message(self) -> str:
        """The progress message as it was last shown; empty before the first."""
        return self._message

    def note_waiting_key(self) -> None:
        """Note that a key has to wait; the progress message says so from now on."""
        self._key_waiting, self._message = True, ""

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    def _remaining_time(self) -> str:
        if not self.fraction or self.elapsed < _MIN_ESTIMATE_SECONDS:
            return ""
        return format_duration(self.elapsed * (1 / self.fraction - 1))


class IteratorJob(Job):
    """A computation given as an iterator that yields the part done."""

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
        fraction = next(self._steps, None)
        self.fraction = self.fraction if fraction is None else fraction
        return fraction is not None

    def finish(self) -> None:
        """Pass the result on."""
        self._on_done()

    def cancel(self) -> None:
        """Stop before it is done."""
        self._on_cancel()


def format_duration(seconds: float) -> str:
    """A time in a suitable unit: 8 s, 5 min, 3 h, 12 days."""
    units = ((86_400, messages.DAYS), (3_600, messages.HOURS), (60, messages.MINUTES))
    for size, template in units:
        if seconds >= 2 * size:
            return fill(template, count=seconds / size)
    return fill(messages.SECONDS, count=seconds)
