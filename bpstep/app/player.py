"""Plays a lesson on a desk, beat by beat. Knows no clock: who plays it says when the next beat comes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from bpstep import library, usual
from bpstep.app import hearing, playing
from bpstep.app.desk import Desk
from bpstep.app.puzzling import story
from bpstep.cells import agrees
from bpstep.errors import BpstepError, LessonFailed
from bpstep.files import file_error
from bpstep.lessons.beats import Beat, beats
from bpstep.lessons.deeds import Dress, Expect, Go, Lesson, Open, Resize, Say
from bpstep.lessons.keys import Press
from bpstep.network import Network
from bpstep.session import Session
from bpstep.views.canvas import Canvas
from bpstep.views.caption import captioned, keys_shown, lines_kept
from bpstep.views.layout import room_above
from bpstep.views.lighting import shown
from bpstep.views.look import Look


class Player:
    """A lesson being played.

    Its size and colours are the lesson's own where no others are given, never those of a terminal.
    """

    def __init__(self, lesson: Lesson, size: tuple[int, int] | None = None, look: Look | None = None) -> None:
        self.lesson = lesson
        self.beats = beats(lesson)
        self.at = 0
        """Beats done."""
        self._now = 0
        """Milliseconds, as the desk's clock has them."""
        self.caption = ""
        self.size = size or usual.SIZE
        self._given_size, self._given_look = size, look
        self._presses: list[Press] = []
        self._shown = ""
        self.desk = self._opened(library.find(usual.NETWORK), look or Look())
        self._elapsed = [0, *accumulate(beat.milliseconds for beat in self.beats)]

    @property
    def is_over(self) -> bool:
        """True after the last beat."""
        return self.at == len(self.beats)

    @property
    def time(self) -> int:
        """Milliseconds that the beats done take."""
        return self._elapsed[self.at]

    @property
    def duration(self) -> int:
        """Milliseconds that all beats take."""
        return self._elapsed[-1]

    def step(self) -> Beat:
        """Do the next beat and give it.

        LessonFailed where an `expect` fails, FileError where it can't be done.
        """
        for _ in self.ticks():
            pass
        beat = self.beats[self.at]
        self.at += 1
        try:
            self._do(beat)
        except LessonFailed:
            raise
        except BpstepError as error:
            raise file_error(self.lesson.path, beat.line, str(error)) from None
        return beat

    def ticks(self, until: int | None = None) -> Iterator[int]:
        """The steps that the desk plays by itself until a time, by default that of the next beat.

        Each is done when it is asked for; given is the time when it is due.
        """
        end = self.time if until is None else until
        while self.desk.playing.on:
            due = self._now + max(math.ceil(self.desk.playing.wait(self._now / 1000) * 1000 - 1e-3), 1)
            if due > end:
                break
            self._now = due
            playing.tick(self.desk)
            yield due
        self._now = max(self._now, end)

    def play_to(self, at: int) -> Player:
        """Do all beats before `at`; gives the player."""
        while self.at < at:
            self.step()
        return self

    def again(self, at: int) -> Player:
        """Another player of the same lesson, played to `at`: what is done there does not touch this one."""
        size = self._given_size and self.size
        return Player(self.lesson, size, self._given_look).play_to(at)

    def resize(self, width: int, height: int) -> None:
        """Another size of the screen."""
        self.size = width, height
        self.fit(self.desk)

    def fit(self, desk: Desk) -> None:
        """Give a desk the room above the caption."""
        desk.size = (self.size[0], room_above(self.size[1], self._lines))

    def draw(self, desk: Desk | None = None, hint: str = "") -> Canvas:
        """The screen now, by default with the lesson's own desk; `hint` stands beside the caption."""
        shown = desk or self.desk
        said = self.caption, self._shown, hint
        return captioned(shown.draw(), self.size[1], self._lines, *said, shown.look)

    @property
    def _lines(self) -> int:
        # Who watches at a terminal is told of Space even where nothing else is told.
        return lines_kept(self.lesson.captions, self.size[0], self._given_size is not None)

    def _opened(self, network: Network, look: Look) -> Desk:
        desk = Desk(Session(network), look)
        desk.sealed = True
        desk.say(story(desk.session))
        desk.clock = lambda: self._now / 1000
        self.fit(desk)
        return desk

    def _do(self, beat: Beat) -> None:
        desk, deed = self.desk, beat.deed
        match deed:
            case Press(key):
                self._show(beat.begins, deed)
                self._press(key)
            case Say(text):
                self.caption = text
            case Go(position):
                self._shown = f"g {position}"
                desk.move(desk.session.resolve(position))
                _drain(desk)
            case Open(network):
                self.desk = self._opened(network, desk.look)
            case Resize(width, height) if self._given_size is None:
                self.resize(width, height)
            case Dress() if self._given_look is None:
                desk.look = _dressed(desk.look, deed)
            case Expect():
                self._check(deed, beat.line)

    def _show(self, begins: bool, press: Press) -> None:
        """The keys of the line so far."""
        self._presses = [press] if begins else [*self._presses, press]
        self._shown = keys_shown(self._presses, self.desk.look)

    def _press(self, key: str) -> None:
        desk = self.desk
        name = hearing.hear(desk, key)
        if name and name != "redraw":
            raise BpstepError(f"the key {key} calls {name}, which a lesson can't do")
        _drain(desk)
        # What a lesson copies does not get into anybody's clipboard.
        desk.copied = None

    def _check(self, expect: Expect, line: int) -> None:
        value = _number(self.desk, expect)
        if not agrees(value, expect.value, expect.decimals):
            found = "not computed" if value is None else f"{value:.{max(expect.decimals + 2, 4)}f}"
            error = file_error(self.lesson.path, line, f"expected {expect.text}, found {found}")
            raise LessonFailed(str(error))


def _dressed(look: Look, dress: Dress) -> Look:
    return replace(
        look,
        theme=dress.theme or look.theme,
        depth=dress.depth or look.depth,
        ascii=dress.ascii or look.ascii,
    )


def _drain(desk: Desk) -> None:
    """Go a long way to its end."""
    while desk.running is not None:
        desk.go_on()


def _number(desk: Desk, expect: Expect) -> float | None:
    """The number on the screen where one is expected; None where there is none now."""
    shape = desk.frame.shape(expect.name)
    if any(at >= size for at, size in zip(expect.index, shape)):
        return None
    return shown(desk.frame, expect.name, expect.index)
