"""Plays a lesson on a desk, beat by beat. Knows no clock: who plays it says when the next beat comes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from bpstep import defaults
from bpstep.errors import BpstepError, LessonFailed
from bpstep.files import file_error
from bpstep.lang.cells import agrees
from bpstep.lessons.lexer import Press
from bpstep.lessons.script import Dress, Expect, Go, Lesson, Open, Resize, Say
from bpstep.lessons.timing import Beat, beats
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.render.bars import Presses, captioned, lines_kept
from bpstep.render.canvas import Canvas
from bpstep.render.highlight import shown
from bpstep.render.layout import room_above
from bpstep.render.theme import Look
from bpstep.session.session import Session
from bpstep.text import quoted
from bpstep.ui import input
from bpstep.ui.commands import play
from bpstep.ui.commands.puzzle import story
from bpstep.ui.controller import Desk

_SMALL = 1000
"""An iteration of a network with fewer numbers takes no less time."""

MOST_NUMBERS = 500_000 * _SMALL
"""Numbers that a lesson may have computed on the way to where it goes."""


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
        self.size = size or defaults.SIZE
        self._given_size, self._given_look = size, look
        self._presses = Presses()
        self._shown = ""
        self._before = 0
        """What was computed for the networks before this one."""
        self._heights: dict[int, int] = {}
        self.desk = self._opened(builtin.find(defaults.NETWORK), look or Look())
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
        """Do the next beat to its end and give it. As `begin`; FileError where it computes too much, too."""
        beat = self.begin()
        while self.desk.running is not None:
            self._check_computed(beat)
            self.desk.go_on()
        self._check_computed(beat)
        return beat

    def begin(self) -> Beat:
        """Do the next beat and give it; a long way that it begins is the desk's then, to be gone in portions.

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
            play.tick(self.desk)
            yield due
        self._now = max(self._now, end)

    def play_to(self, at: int) -> Player:
        """Do all beats before `at`; gives the player."""
        while self.at < at:
            self.step()
        return self

    def way_to(self, at: int) -> Iterator[float]:
        """Do all beats before `at`, yielding the part done while that takes long."""
        while self.at < at:
            self.begin()
            while self.desk.running is not None:
                self.desk.go_on()
                yield self.at / at

    def again(self) -> Player:
        """Another player of the same lesson, at its start: what is done there does not touch this one."""
        return Player(self.lesson, self._given_size and self.size, self._given_look)

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
        width, always = self.size[0], self._given_size is not None
        if width not in self._heights:
            self._heights[width] = lines_kept(self.lesson.captions, width, always)
        return self._heights[width]

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
            case Open(network):
                self._before = self._computed
                self.desk = self._opened(network, desk.look)
            case Resize(width, height) if self._given_size is None:
                self.resize(width, height)
            case Dress() if self._given_look is None:
                desk.look = _dressed(desk.look, deed)
            case Expect():
                self._check(deed, beat.line)

    def _show(self, begins: bool, press: Press) -> None:
        """The keys of the line so far."""
        self._presses = Presses() if begins else self._presses
        self._presses.add(press)
        self._shown = self._presses.shown(self.desk.look)

    def _press(self, key: str) -> None:
        name = input.hear(self.desk, key)
        if name and name != "redraw":
            raise BpstepError(f"the key {key} calls {name}, which a lesson can't do")

    @property
    def _computed(self) -> int:
        """Numbers that were computed, as if there were no smaller networks than _SMALL."""
        return self._before + sum(run.tape.ran for run in self.desk.session.runs.values()) * self._weight

    @property
    def _weight(self) -> int:
        """Numbers that an iteration computes."""
        return max(sum(map(math.prod, self.desk.session.program.shapes.values())), _SMALL)

    def _check_computed(self, beat: Beat) -> None:
        if self._computed > MOST_NUMBERS:
            most = f"{MOST_NUMBERS // self._weight:,} iterations of {self.desk.session.network.name}"
            word = beat.deed.position if isinstance(beat.deed, Go) else self._shown
            told = f"{quoted(word)} leads further than a lesson may compute, {most} in all"
            raise file_error(self.lesson.path, beat.line, told)

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


def _number(desk: Desk, expect: Expect) -> float | None:
    """The number on the screen where one is expected; None where there is none now."""
    shape = desk.frame.shape(expect.name)
    if any(at >= size for at, size in zip(expect.index, shape)):
        return None
    return shown(desk.frame, expect.name, expect.index)
