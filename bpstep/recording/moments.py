"""A lesson played to its end: every screen that it shows, and when, on a clock that is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bpstep.app.player import Player
from bpstep.frame import Frame
from bpstep.lessons.beats import AT_THE_END, Beat
from bpstep.lessons.deeds import Lesson, Say, Snap
from bpstep.lessons.keys import Press
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look


@dataclass(frozen=True)
class Moment:
    """A screen, from a time on."""

    time: int
    """Milliseconds since the start."""
    canvas: Canvas
    look: Look
    markers: tuple[str, ...] = ()
    """What begins here: a caption, a phase."""


@dataclass(frozen=True)
class Scene:
    """A screen worth a picture of its own: a key or a line of keys is done, or a caption has come."""

    plain: Canvas
    """Without the caption."""
    look: Look
    frame: Frame
    caption: str
    says: bool
    """True where the caption is new."""


@dataclass
class Played:
    """All that came of playing a lesson."""

    lesson: Lesson
    moments: list[Moment] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)
    snaps: dict[str, Moment] = field(default_factory=dict)
    duration: int = 0
    """Milliseconds, with the time that the last screen stays."""

    @property
    def last(self) -> Moment:
        """The last screen."""
        return self.moments[-1]


def play(lesson: Lesson) -> Played:
    """Play a lesson. LessonFailed or FileError, with nothing to show, where it can't be played to its end."""
    player, played = Player(lesson), Played(lesson)
    markers: list[str] = []
    before = player.desk.frame
    while not player.is_over:
        for tick in player.ticks():
            played.moments.append(_now(player, tick))
        time, beat = player.time, player.step()
        markers += _markers(beat, before, player.desk.frame)
        before = player.desk.frame
        if isinstance(beat.deed, Snap):
            played.snaps[beat.deed.name] = _now(player, time)
        if beat.milliseconds:
            played.moments.append(_now(player, time, markers))
            markers = []
            played.scenes += _scene(player, beat, played.scenes)
    for tick in player.ticks():
        played.moments.append(_now(player, tick))
    played.moments.append(_now(player, player.duration, markers))
    played.duration = player.duration + AT_THE_END
    return played


def _now(player: Player, time: int, markers: list[str] | None = None) -> Moment:
    return Moment(time, player.draw(), player.desk.look, tuple(markers or ()))


def _markers(beat: Beat, before: Frame, now: Frame) -> Iterator[str]:
    """The caption that has come, the phase that has begun."""
    if isinstance(beat.deed, Say) and beat.deed.text:
        yield beat.deed.text
    yield from phase_begun(before, now)


def phase_begun(before: Frame, now: Frame) -> Iterator[str]:
    """The phase that one moment is in and another before it was not."""
    phase = (now.phase, now.iteration) if now.step else None
    if phase and phase != ((before.phase, before.iteration) if before.step else None):
        yield f"{now.phase}, iteration {now.iteration:,}"


def _scene(player: Player, beat: Beat, earlier: list[Scene]) -> Iterator[Scene]:
    desk = player.desk
    says = isinstance(beat.deed, Say)
    moved = (
        not earlier or earlier[-1].frame.n != desk.frame.n or earlier[-1].frame.network != desk.frame.network
    )
    if says or beat.ends or (moved and isinstance(beat.deed, Press)):
        yield Scene(desk.draw(), desk.look, desk.frame, player.caption, says)
