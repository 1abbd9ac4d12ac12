"""Whether the steps are played one after the other, and how fast."""

from __future__ import annotations

from typing import NamedTuple

from bpstep.actions import BY_ID
from bpstep.text import fill
from bpstep.ui import messages


class Speed(NamedTuple):
    """Steps per second, of single equations or of whole iterations."""

    rate: float
    whole_iterations: bool = False

    @property
    def text(self) -> str:
        """In the form of the first line: 1/4 per second, 4/s, 8 iterations/s."""
        if self.rate < 1:
            return fill(messages.SPEED_SLOW, seconds=1 / self.rate)
        template = messages.SPEED_ITERATIONS if self.whole_iterations else messages.SPEED_STEPS
        return fill(template, rate=self.rate)


SPEEDS = (
    *(Speed(rate) for rate in (1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64)),
    *(Speed(rate, whole_iterations=True) for rate in (8, 16, 32, 64)),
)

_DEFAULT_SPEED = 4

_MIN_WAIT = 0.005

_MAX_CATCH_UP = 0.5
"""How many seconds of steps a slow screen catches up at once; older steps are skipped."""

_KEEP_PLAYING = ("play", "faster", "slower")

_PAUSING_GROUPS = ("Time", "Running", "Editing")
"""The groups of actions that move or change something, and so stop playback."""


class Playback:
    """Whether steps are played, and when the next one is due."""

    def __init__(self) -> None:
        self.is_on = False
        self.speed_index = _DEFAULT_SPEED
        self.by_operations = False
        """True if playback began inside an equation: a step is one of its operations."""
        self._started = 0.0
        self._steps_done = 0

    @property
    def speed(self) -> Speed:
        return SPEEDS[self.speed_index]

    def restart(self, now: float) -> None:
        """Count the due steps from `now` on."""
        self._started, self._steps_done = now, 0

    def seconds_to_next(self, now: float) -> float:
        """Seconds until the next step is due."""
        return max(self._started + (self._steps_done + 1) / self.speed.rate - now, _MIN_WAIT)

    def take_due_steps(self, now: float) -> int:
        """How many steps are due; they count as done."""
        if now - self._started - self._steps_done / self.speed.rate > _MAX_CATCH_UP + 1 / self.speed.rate:
            self._started = now - (self._steps_done + 1) / self.speed.rate
        due = int((now - self._started) * self.speed.rate + 1e-9) - self._steps_done
        self._steps_done += due
        return due

    def stop(self) -> None:
        """Stop playing."""
        self.is_on = False

    def stop_before(self, action: str) -> None:
        """Stop if an action moves or changes something; Escape stops, too."""
        if action not in _KEEP_PLAYING and (BY_ID[action].group in _PAUSING_GROUPS or action == "close"):
            self.stop()
