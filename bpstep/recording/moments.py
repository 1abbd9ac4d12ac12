"""A lesson played to its end: every screen that it shows, and when, on a clock that is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bpstep.app.player import Player
from bpstep.frame import Frame
from bpstep.lessons.beats import AT_THE_END
from bpstep.lessons.deeds import Deed, Lesson, Say, Snap
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
    """A screen worth a picture of its own: a line of a lesson or an equation is done."""

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
    player = Player(lesson)
    camera = _Camera(player)
    while not player.is_over:
        camera.follow()
        time, beat = player.time, player.step()
        camera.notice(beat.deed)
        if isinstance(beat.deed, Snap):
            camera.played.snaps[beat.deed.name] = Moment(time, player.draw(), player.desk.look)
        if beat.milliseconds:
            camera.take(time, isinstance(beat.deed, Say), beat.ends)
    camera.follow()
    camera.notice()
    camera.end()
    return camera.played


class _Camera:
    """Takes what a player shows, and notes what has begun since it took something last."""

    def __init__(self, player: Player) -> None:
        self.played = Played(player.lesson)
        self._player, self._frame = player, player.desk.frame
        self._begun: list[str] = []

    def follow(self) -> None:
        """The steps that the player's desk plays by itself."""
        for due in self._player.ticks():
            self.notice()
            self.take(due)

    def notice(self, deed: Deed | Press | None = None) -> None:
        """The caption that has come, the phase that has begun."""
        if isinstance(deed, Say) and deed.text:
            self._begun.append(deed.text)
        before, self._frame = self._frame, self._player.desk.frame
        self._begun += phase_begun(before, self._frame)

    def take(self, time: int, says: bool = False, always: bool = False) -> None:
        """The screen; as a scene of its own always, or where another equation has been done."""
        self._expose(time)
        desk, scenes = self._player.desk, self.played.scenes
        here, before = desk.frame, scenes[-1].frame if scenes else None
        if always or before is None or (before.n, before.network) != (here.n, here.network):
            scenes.append(Scene(desk.draw(), desk.look, here, self._player.caption, says))

    def end(self) -> None:
        """The last screen, and how long it stays."""
        self._expose(self._player.duration)
        self.played.duration = self._player.duration + AT_THE_END

    def _expose(self, time: int) -> None:
        canvas, look = self._player.draw(), self._player.desk.look
        self.played.moments.append(Moment(time, canvas, look, tuple(self._begun)))
        self._begun = []


def phase_begun(before: Frame, now: Frame) -> Iterator[str]:
    """The phase that one moment is in and another before it was not."""
    phase = (now.phase, now.iteration) if now.step else None
    if phase and phase != ((before.phase, before.iteration) if before.step else None):
        yield f"{now.phase}, iteration {now.iteration:,}"
