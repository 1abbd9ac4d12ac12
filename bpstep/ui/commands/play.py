"""Playing: the steps by themselves, so many a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bpstep.actions import BY_ID
from bpstep.errors import BpstepError
from bpstep.explain.prose.stop_reason import stopped
from bpstep.session import micro
from bpstep.session.search import Forward

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


class Speed(NamedTuple):
    """Steps a second, of single equations or of whole iterations."""

    rate: float
    whole: bool = False

    @property
    def text(self) -> str:
        """As the first line shows it: 1/4 a second, 4/s, 8 iterations/s."""
        if self.rate < 1:
            return f"1/{1 / self.rate:.0f} a second"
        return f"{self.rate:.0f} {'iterations' if self.whole else ''}/s".replace(" /", "/")


SPEEDS = (
    *(Speed(rate) for rate in (1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64)),
    *(Speed(rate, whole=True) for rate in (8, 16, 32, 64)),
)

_USUAL = 4

_SOON = 0.005

_LONGEST = 0.5
"""Seconds whose steps are made up for at once where a screen was slow; what is older is let go."""

_GO_ON = ("play", "faster", "slower")

_PAUSING = ("Time", "Running", "Editing")
"""The groups of actions that move or change something, and so end playing."""


class Playing:
    """Whether the steps go by themselves, and how fast."""

    def __init__(self) -> None:
        self.on = False
        self.speed_at = _USUAL
        self.inside = False
        """True where playing began inside an equation: its operations are the steps."""
        self._since = 0.0
        self._done = 0

    @property
    def speed(self) -> Speed:
        """The speed now."""
        return SPEEDS[self.speed_at]

    def begin(self, now: float) -> None:
        """Count from now on."""
        self._since, self._done = now, 0

    def wait(self, now: float) -> float:
        """Seconds until the next step is due."""
        return max(self._since + (self._done + 1) / self.speed.rate - now, _SOON)

    def due(self, now: float) -> int:
        """How many steps are due, which count as done then."""
        if now - self._since - self._done / self.speed.rate > _LONGEST + 1 / self.speed.rate:
            self._since = now - (self._done + 1) / self.speed.rate
        due = int((now - self._since) * self.speed.rate + 1e-9) - self._done
        self._done += due
        return due


def flag(desk: Desk) -> str:
    """The flag of the first line."""
    return f"playing {desk.playing.speed.text}" if desk.playing.on else ""


def play(desk: Desk, _count: int) -> None:
    """Begin, or pause."""
    playing = desk.playing
    if playing.on:
        pause(desk)
        desk.say("paused")
        return
    if desk.predicting.on:
        raise BpstepError("predict mode asks before each step: p ends it, then it can play")
    playing.on, playing.inside = True, desk.session.k > 0
    playing.begin(desk.clock())
    desk.say("")


def pause(desk: Desk) -> None:
    """Let nothing go by itself."""
    desk.playing.on = False


def heard(desk: Desk, name: str) -> None:
    """An action that moves or changes something ends playing; so does Escape."""
    if name not in _GO_ON and (BY_ID[name].group in _PAUSING or name == "close"):
        pause(desk)


def faster(desk: Desk, by: int) -> None:
    """Another speed."""
    playing = desk.playing
    at = min(max(playing.speed_at + by, 0), len(SPEEDS) - 1)
    if at == playing.speed_at:
        desk.say(f"{playing.speed.text} is the {'fastest' if by > 0 else 'slowest'}")
        return
    playing.speed_at = at
    playing.begin(desk.clock())
    desk.say(f"{playing.speed.text}" + ("" if playing.on else ": space plays"))


def tick(desk: Desk) -> None:
    """Do the steps that are due, all at once: a slow screen shows fewer moments, none late."""
    playing = desk.playing
    if desk.prompt is not None or desk.panel is not None or desk.running is not None:
        playing.begin(desk.clock())
    elif due := playing.due(desk.clock()):
        try:
            _go(desk, due)
        except BpstepError as error:
            pause(desk)
            desk.say(str(error), alert=True)


def _go(desk: Desk, due: int) -> None:
    """So many steps on, or to the first of them where a breakpoint stops."""
    session, n, k = desk.session, desk.session.n, 0
    if desk.playing.inside:
        n, k = micro.after(session, due)
    else:
        n += due * (session.period if desk.playing.speed.whole else 1)
    points = [point for point in desk.frame.breakpoints if point.enabled]
    way = Forward(session, points, n)
    if points and n > session.n:
        for _ in way.run():
            pass
    if way.n is None:
        session.goto(n, k)
    else:
        session.goto(way.n)
        pause(desk)
        desk.say("; ".join(stopped(desk.frame, point) for point in way.stopped_by))
    desk.view = desk.view.arrived()


DEEDS = {
    "play": play,
    "faster": lambda desk, count: faster(desk, count),
    "slower": lambda desk, count: faster(desk, -count),
}
