"""A lesson played: every screen that it shows, and when, on a clock that is counted. None is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bpstep.files import file_error
from bpstep.lessons.lexer import Press, typed
from bpstep.lessons.player import Player
from bpstep.lessons.script import Deed, Go, Lesson, Say, Snap
from bpstep.lessons.timing import AT_THE_END, Beat, duration
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Look
from bpstep.session.frame import Frame

MOST_CELLS = 10**8
"""Cells that the screens of a recording may have in all."""


@dataclass(frozen=True)
class Moment:
    """A screen, from a time on."""

    time: int
    """Milliseconds since the start."""
    canvas: Canvas
    look: Look
    line: int = 0
    """Of the lesson, counted from 1."""
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
    kept: bool
    """True where the lesson gives the screen a name."""
    presses: tuple[Press, ...]
    """The keys since the scene before."""


class Played:
    """A lesson to be recorded. Whoever asks for its screens gets them one after the other, as it is played.

    LessonFailed or FileError come where it can't be played on, FileError with the line where there are more
    screens than `most` cells.
    """

    def __init__(self, lesson: Lesson, most: int = MOST_CELLS) -> None:
        self.lesson = lesson
        self.duration = duration(lesson) + AT_THE_END
        """Milliseconds, with the time that the last screen stays."""
        self._most = most

    def within(self, most: int) -> Played:
        """The same where so many cells are kept."""
        return Played(self.lesson, min(most, self._most))

    def moments(self) -> Iterator[Moment]:
        """Every screen, with its caption."""
        player = Player(self.lesson)
        camera = _Camera(player, self._most)
        for time, beat in _played(player):
            camera.notice(beat.deed if beat else None)
            if beat is None or beat.milliseconds:
                yield camera.take(time)
        camera.notice()
        yield camera.take(player.duration)

    def scenes(self) -> Iterator[Scene]:
        """The screens for a page."""
        player = Player(self.lesson)
        camera, before = _Camera(player, self._most), None
        presses: list[Press] = []
        for _, beat in _played(player):
            desk, deed = player.desk, beat.deed if beat else None
            presses += _pressed(deed)
            says, kept = isinstance(deed, Say), isinstance(deed, Snap)
            if beat is not None and not (beat.milliseconds or kept):
                continue
            here = desk.frame.n, desk.frame.network
            if (beat is not None and beat.ends) or here != before:
                camera.count()
                frame, caption = desk.frame, player.caption
                yield Scene(desk.draw(), desk.look, frame, caption, says, kept, tuple(presses))
                before, presses = here, []

    def screen(self, snap: str | None = None) -> Moment:
        """The last screen, or the one of a name that the lesson has, once it is played to its end."""
        player = Player(self.lesson)
        found: Moment | None = None
        for time, beat in _played(player):
            if beat is not None and snap is not None and beat.deed == Snap(snap):
                found = _now(player, time)
        return found or _now(player, player.duration)


def _played(player: Player) -> Iterator[tuple[int, Beat | None]]:
    """Play to the end: the time of each thing done, and the beat that did it, None where none did."""
    while not player.is_over:
        for due in player.ticks():
            yield due, None
        time = player.time
        yield time, player.step()
    for due in player.ticks():
        yield due, None


def _pressed(deed: Deed | Press | None) -> Iterator[Press]:
    """The keys that do what a lesson does."""
    match deed:
        case Press():
            yield deed
        case Go(position):
            yield from (Press("g"), *typed(position), Press("enter"))


class _Camera:
    """Takes what a player shows, and notes what has begun since it took something last."""

    def __init__(self, player: Player, most: int) -> None:
        self._player, self._frame = player, player.desk.frame
        self._left = most
        self._begun: list[str] = []

    def notice(self, deed: Deed | Press | None = None) -> None:
        """The caption that has come, the phase that has begun."""
        if isinstance(deed, Say) and deed.text:
            self._begun.append(deed.text)
        before, self._frame = self._frame, self._player.desk.frame
        self._begun += phase_begun(before, self._frame)

    def take(self, time: int) -> Moment:
        """The screen."""
        self.count()
        begun, self._begun = self._begun, []
        return _now(self._player, time, begun)

    def count(self) -> None:
        """There is a screen more. FileError where that is one too many."""
        width, height = self._player.size
        self._left -= width * height
        if self._left < 0:
            told = f"up to here there are more screens of {width}x{height} than this recording can hold"
            path, line = self._player.lesson.path, _line(self._player)
            raise file_error(path, line, f"{told}: fewer keys, or a smaller size")


def _now(player: Player, time: int, begun: Sequence[str] = ()) -> Moment:
    return Moment(time, player.draw(), player.desk.look, _line(player), tuple(begun))


def _line(player: Player) -> int:
    """The line of the beat done last."""
    return player.beats[max(player.at - 1, 0)].line


def phase_begun(before: Frame, now: Frame) -> Iterator[str]:
    """The phase that one moment is in and another before it was not."""
    phase = (now.phase, now.iteration) if now.step else None
    if phase and phase != ((before.phase, before.iteration) if before.step else None):
        yield f"{now.phase}, iteration {now.iteration:,}"
