"""A lesson played: every screen that it shows, with its time on a virtual clock. None is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bpstep.errors import TookTooLong, TookTooMuch
from bpstep.files import file_error
from bpstep.lessons.lesson import GoTo, Lesson, LessonAction, NameScreen, Say
from bpstep.lessons.lexer import Press, type_text
from bpstep.lessons.limits import MAX_MEGABYTES, MAX_SECONDS, WorkLimit, limited
from bpstep.lessons.player import Player
from bpstep.lessons.timing import END_DURATION, TimedAction, duration
from bpstep.recording import messages
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill

_MAX_CELLS = 10**8
"""The most cells of all screens of a recording together."""


@dataclass(frozen=True)
class TimedScreen:
    """A screen, shown from a certain time on."""

    time: int
    """Milliseconds since the start."""
    canvas: Canvas
    theme: Theme
    line: int = 0
    """The line in the lesson, counted from 1."""
    markers: tuple[str, ...] = ()
    """What begins here: a caption, a phase."""


@dataclass(frozen=True)
class Scene:
    """A screen worth its own picture: after a line of a lesson, or after an equation."""

    canvas: Canvas
    """Without the caption."""
    theme: Theme
    frame: Frame
    caption: str
    has_new_caption: bool
    """True if the caption is new."""
    is_named: bool
    """True if the lesson names the screen."""
    presses: tuple[Press, ...]
    """The keys since the previous scene."""


class Capture:
    """A lesson to be recorded.

    Its screens come one after the other, as it is played. LessonFailed or FileError if it can't be played on,
    FileError with the line if the screens have more than `max_cells` cells.
    """

    def __init__(self, lesson: Lesson, max_cells: int = _MAX_CELLS) -> None:
        self.lesson = lesson
        self.duration = duration(lesson) + END_DURATION
        """Milliseconds, including the time of the last screen."""
        self._max_cells = max_cells

    def within(self, max_cells: int) -> Capture:
        """The capture with a limit of cells that is no higher than its own."""
        return Capture(self.lesson, min(max_cells, self._max_cells))

    def screens(self) -> Iterator[TimedScreen]:
        """Every screen, with its caption."""
        player = Player(self.lesson)
        capture = _ScreenCapture(player, self._max_cells)
        with _limited_player(player) as limit:
            for time, timed in _play(player):
                capture.note_markers(timed.action if timed else None)
                if timed is None or timed.milliseconds:
                    moment = capture.capture(time)
                    limit.stop()
                    yield moment
                    limit.begin()
            capture.note_markers()
            moment = capture.capture(player.duration)
        yield moment

    def scenes(self) -> Iterator[Scene]:
        """The screens for a page."""
        player = Player(self.lesson)
        with _limited_player(player) as limit:
            for scene in self._scenes(player):
                limit.stop()
                yield scene
                limit.begin()

    def _scenes(self, player: Player) -> Iterator[Scene]:
        capture, before = _ScreenCapture(player, self._max_cells), None
        presses: list[Press] = []
        for _, timed in _play(player):
            controller, action = player.controller, timed.action if timed else None
            presses += _pressed(action)
            says, kept = isinstance(action, Say), isinstance(action, NameScreen)
            if timed is not None and not (timed.milliseconds or kept):
                continue
            here = controller.frame.n, controller.frame.network
            if (timed is not None and timed.is_last_of_line) or here != before:
                capture.count()
                frame, caption = controller.frame, player.caption
                yield Scene(controller.draw(), controller.theme, frame, caption, says, kept, tuple(presses))
                before, presses = here, []

    def screen(self, snap: str | None = None) -> TimedScreen:
        """The last screen, or the one that the lesson names so, after playing it to its end."""
        player = Player(self.lesson)
        found: TimedScreen | None = None
        with _limited_player(player) as limit:
            for time, timed in _play(player):
                if timed is not None and snap is not None and timed.action == NameScreen(snap):
                    found = _capture_screen(player, time)
                limit.begin()
            return found or _capture_screen(player, player.duration)


@contextmanager
def _limited_player(player: Player) -> Iterator[WorkLimit]:
    """Limit what a lesson computes between two screens: FileError with the line if it exceeds that."""
    try:
        with limited() as limit:
            yield limit
    except TookTooMuch:
        problem = fill(messages.TOO_MUCH, limit=MAX_MEGABYTES)
        raise file_error(player.lesson.path, _line(player), problem) from None
    except TookTooLong:
        problem = fill(messages.TOO_LONG, limit=MAX_SECONDS)
        raise file_error(player.lesson.path, _line(player), problem) from None


def _play(player: Player) -> Iterator[tuple[int, TimedAction | None]]:
    """Play to the end; yields the time of each change with its action, None for an automatic step."""
    while not player.is_over:
        for due in player.play_until():
            yield due, None
        time = player.time
        yield time, player.run_next()
    for due in player.play_until():
        yield due, None


def _pressed(action: LessonAction | Press | None) -> Iterator[Press]:
    """The keys that correspond to a lesson's action."""
    match action:
        case Press():
            yield action
        case GoTo(position):
            yield from (Press("g"), *type_text(position), Press("enter"))


class _ScreenCapture:
    """Takes a player's screens, and notes what has begun since the previous one."""

    def __init__(self, player: Player, most: int) -> None:
        self._player, self._frame = player, player.controller.frame
        self._cells_left = most
        self._markers: list[str] = []

    def note_markers(self, action: LessonAction | Press | None = None) -> None:
        """Note a new caption and a new phase."""
        if isinstance(action, Say) and action.text:
            self._markers.append(action.text)
        before, self._frame = self._frame, self._player.controller.frame
        self._markers += new_phase(before, self._frame)

    def capture(self, time: int) -> TimedScreen:
        self.count()
        begun, self._markers = self._markers, []
        return _capture_screen(self._player, time, begun)

    def count(self) -> None:
        """Count one more screen. FileError if that is one too many."""
        width, height = self._player.size
        self._cells_left -= width * height
        if self._cells_left < 0:
            problem = fill(messages.TOO_MANY_SCREENS, width=width, height=height)
            raise file_error(self._player.lesson.path, _line(self._player), problem)


def _capture_screen(player: Player, time: int, begun: Sequence[str] = ()) -> TimedScreen:
    return TimedScreen(time, player.draw(), player.controller.theme, _line(player), tuple(begun))


def _line(player: Player) -> int:
    """The line of the last action."""
    return player.actions[max(player.position - 1, 0)].line


def new_phase(before: Frame, now: Frame) -> Iterator[str]:
    """The phase of a moment, if another moment before it was in a different one."""
    phase = (now.phase, now.iteration) if now.step else None
    if phase and phase != ((before.phase, before.iteration) if before.step else None):
        yield fill(messages.PHASE, phase=fill(now.phase), iteration=now.iteration)
