"""Playing: the steps by themselves, so many a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bpstep.actions import BY_ID
from bpstep.errors import BpstepError
from bpstep.explain.prose.stop_reason import stop_reason
from bpstep.session import micro
from bpstep.session.search import SearchForward

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller


class Speed(NamedTuple):
    """Steps a second, of single equations or of whole iterations."""

    rate: float
    whole_iterations: bool = False

    @property
    def text(self) -> str:
        """As the first line shows it: 1/4 a second, 4/s, 8 iterations/s."""
        if self.rate < 1:
            return f"1/{1 / self.rate:.0f} a second"
        return f"{self.rate:.0f} {'iterations' if self.whole_iterations else ''}/s".replace(" /", "/")


SPEEDS = (
    *(Speed(rate) for rate in (1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64)),
    *(Speed(rate, whole_iterations=True) for rate in (8, 16, 32, 64)),
)

_DEFAULT_SPEED = 4

_MIN_WAIT = 0.005

_MAX_CATCH_UP = 0.5
"""Seconds whose steps are made up for at once where a screen was slow; what is older is let go."""

_KEEP_PLAYING = ("play", "faster", "slower")

_PAUSING_GROUPS = ("Time", "Running", "Editing")
"""The groups of actions that move or change something, and so end playing."""


class Playback:
    """Whether the steps go by themselves, and how fast."""

    def __init__(self) -> None:
        self.is_on = False
        self.speed_index = _DEFAULT_SPEED
        self.by_operations = False
        """True where playing began inside an equation: its operations are the steps."""
        self._started = 0.0
        self._steps_done = 0

    @property
    def speed(self) -> Speed:
        """The speed now."""
        return SPEEDS[self.speed_index]

    def restart(self, now: float) -> None:
        """Count from now on."""
        self._started, self._steps_done = now, 0

    def seconds_to_next(self, now: float) -> float:
        """Seconds until the next step is due."""
        return max(self._started + (self._steps_done + 1) / self.speed.rate - now, _MIN_WAIT)

    def take_due_steps(self, now: float) -> int:
        """How many steps are due, which count as done then."""
        if now - self._started - self._steps_done / self.speed.rate > _MAX_CATCH_UP + 1 / self.speed.rate:
            self._started = now - (self._steps_done + 1) / self.speed.rate
        due = int((now - self._started) * self.speed.rate + 1e-9) - self._steps_done
        self._steps_done += due
        return due


def play_flag(controller: Controller) -> str:
    """The flag of the first line."""
    return f"playing {controller.playback.speed.text}" if controller.playback.is_on else ""


def toggle_playback(controller: Controller, _count: int) -> None:
    """Begin, or pause."""
    playback = controller.playback
    if playback.is_on:
        stop_playback(controller)
        controller.show_message("paused")
        return
    if controller.predict_mode.is_on:
        raise BpstepError("predict mode asks before each step: p ends it, then it can play")
    playback.is_on, playback.by_operations = True, controller.session.k > 0
    playback.restart(controller.playback_clock())
    controller.show_message("")


def stop_playback(controller: Controller) -> None:
    """Let nothing go by itself."""
    controller.playback.is_on = False


def stop_if_moved(controller: Controller, name: str) -> None:
    """An action that moves or changes something ends playing; so does Escape."""
    if name not in _KEEP_PLAYING and (BY_ID[name].group in _PAUSING_GROUPS or name == "close"):
        stop_playback(controller)


def change_speed(controller: Controller, by: int) -> None:
    """Another speed."""
    playback = controller.playback
    at = min(max(playback.speed_index + by, 0), len(SPEEDS) - 1)
    if at == playback.speed_index:
        controller.show_message(f"{playback.speed.text} is the {'fastest' if by > 0 else 'slowest'}")
        return
    playback.speed_index = at
    playback.restart(controller.playback_clock())
    controller.show_message(f"{playback.speed.text}" + ("" if playback.is_on else ": space plays"))


def play_due_steps(controller: Controller) -> None:
    """Do the steps that are due, all at once: a slow screen shows fewer moments, none late."""
    playback = controller.playback
    if controller.prompt is not None or controller.panel is not None or controller.job is not None:
        playback.restart(controller.playback_clock())
    elif due := playback.take_due_steps(controller.playback_clock()):
        try:
            _advance(controller, due)
        except BpstepError as error:
            stop_playback(controller)
            controller.show_message(str(error), alert=True)


def _advance(controller: Controller, due: int) -> None:
    """So many steps on, or to the first of them where a breakpoint stops."""
    session, n, k = controller.session, controller.session.n, 0
    if controller.playback.by_operations:
        n, k = micro.position_after(session, due)
    else:
        n += due * (session.period if controller.playback.speed.whole_iterations else 1)
    points = [point for point in controller.frame.breakpoints if point.enabled]
    search = SearchForward(session, points, n)
    if points and n > session.n:
        for _ in search.run():
            pass
    if search.n is None:
        session.goto(n, k)
    else:
        session.goto(search.n)
        stop_playback(controller)
        controller.show_message(
            "; ".join(stop_reason(controller.frame, point) for point in search.stopped_by)
        )
    controller.view = controller.view.after_move()


COMMANDS = {
    "play": toggle_playback,
    "faster": lambda controller, count: change_speed(controller, count),
    "slower": lambda controller, count: change_speed(controller, -count),
}
