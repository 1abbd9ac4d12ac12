"""Plays a lesson on a desk, beat by beat. Knows no clock: who plays it says when the next beat comes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from bpstep import defaults
from bpstep.actions import BY_ID
from bpstep.errors import BpstepError, LessonFailed
from bpstep.files import file_error
from bpstep.lang.cells import matches_printed
from bpstep.lessons import messages
from bpstep.lessons.lexer import Press
from bpstep.lessons.script import ExpectValue, GoTo, Lesson, OpenNetwork, Resize, Say, SetAppearance
from bpstep.lessons.timing import TimedAction, timed_actions
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.render.bars import PressedKeys, draw_with_caption, reserved_lines
from bpstep.render.canvas import Canvas
from bpstep.render.highlight import displayed_value
from bpstep.render.layout import height_above_caption
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.text import fill, quoted
from bpstep.ui import input
from bpstep.ui.commands import play
from bpstep.ui.compose import make_controller
from bpstep.ui.controller import Controller
from bpstep.ui.puzzle_state import story_message

_SMALL = 1000
"""An iteration of a network with fewer numbers takes no less time."""

MOST_NUMBERS = 500_000 * _SMALL
"""Numbers that a lesson may have computed on the way to where it goes."""


class Player:
    """A lesson being played.

    Its size and colours are the lesson's own where no others are given, never those of a terminal.
    """

    def __init__(
        self, lesson: Lesson, size: tuple[int, int] | None = None, theme: Theme | None = None
    ) -> None:
        self.lesson = lesson
        self.beats = timed_actions(lesson)
        self.position = 0
        """Beats done."""
        self._time = 0
        """Milliseconds, as the desk's clock has them."""
        self.caption = ""
        self.size = size or defaults.SIZE
        self._given_size, self._given_look = size, theme
        self._presses = PressedKeys()
        self._shown_input = ""
        self._computed_before = 0
        """What was computed for the networks before this one."""
        self._last_press = Press(""), 0
        """The last key, with its line."""
        self._caption_heights: dict[int, int] = {}
        self.controller = self._make_controller(builtin.open_network(defaults.NETWORK), theme or Theme())
        self._end_times = [0, *accumulate(beat.milliseconds for beat in self.beats)]

    @property
    def is_over(self) -> bool:
        """True after the last beat."""
        return self.position == len(self.beats)

    @property
    def time(self) -> int:
        """Milliseconds that the beats done take."""
        return self._end_times[self.position]

    @property
    def duration(self) -> int:
        """Milliseconds that all beats take."""
        return self._end_times[-1]

    def run_next(self) -> TimedAction:
        """Do the next beat to its end and give it. As `begin`; FileError where it computes too much, too."""
        beat = self.start_next()
        while self.controller.job is not None:
            self._check_computed(beat)
            self.controller.advance_job()
        self._check_computed(beat)
        self.check_acted()
        return beat

    def start_next(self) -> TimedAction:
        """Do the next beat and give it; a long way that it begins is the desk's then, to be gone in portions.

        LessonFailed where an `expect` fails or a key could not act, FileError where it can't be done.
        """
        for _ in self.play_until():
            pass
        self.check_acted()
        beat = self.beats[self.position]
        self.position += 1
        try:
            self._run(beat)
            self.check_acted()
        except LessonFailed:
            raise
        except BpstepError as error:
            raise file_error(self.lesson.path, beat.line, str(error)) from None
        return beat

    def play_until(self, until: int | None = None) -> Iterator[int]:
        """The steps that the desk plays by itself until a time, by default that of the next beat.

        Each is done when it is asked for; given is the time when it is due.
        """
        end = self.time if until is None else until
        while self.controller.playback.is_on:
            due = self._time + max(
                math.ceil(self.controller.playback.seconds_to_next(self._time / 1000) * 1000 - 1e-3), 1
            )
            if due > end:
                break
            self._time = due
            play.play_due_steps(self.controller)
            yield due
        self._time = max(self._time, end)

    def play_to(self, position: int) -> Player:
        """Do all beats before `at`; gives the player."""
        while self.position < position:
            self.run_next()
        return self

    def seek(self, position: int) -> Iterator[float]:
        """Do all beats before `at`, yielding the part done while that takes long."""
        while self.position < position:
            self.start_next()
            while self.controller.job is not None:
                self.controller.advance_job()
                yield self.position / position

    def new_player(self) -> Player:
        """Another player of the same lesson, at its start: what is done there does not touch this one."""
        return Player(self.lesson, self._given_size and self.size, self._given_look)

    def use_ascii(self) -> None:
        """Draw with ASCII, as the players that are made of this one do."""
        self.controller.theme = replace(self.controller.theme, ascii=True)
        if self._given_look is not None:
            self._given_look = replace(self._given_look, ascii=True)

    def resize(self, width: int, height: int) -> None:
        """Another size of the screen."""
        self.size = width, height
        self.fit_controller(self.controller)

    def fit_controller(self, controller: Controller) -> None:
        """Give a desk the room above the caption."""
        controller.size = (self.size[0], height_above_caption(self.size[1], self._caption_height))

    def draw(self, controller: Controller | None = None, hint: str = "") -> Canvas:
        """The screen now, by default with the lesson's own desk; `hint` stands beside the caption."""
        shown = controller or self.controller
        texts = self.caption, self._shown_input, hint
        return draw_with_caption(shown.draw(), self.size[1], self._caption_height, *texts, shown.theme)

    @property
    def _caption_height(self) -> int:
        # Who watches at a terminal is told of Space even where nothing else is told.
        width, always = self.size[0], self._given_size is not None
        if width not in self._caption_heights:
            self._caption_heights[width] = reserved_lines(self.lesson.captions, width, always)
        return self._caption_heights[width]

    def _make_controller(self, network: Network, theme: Theme) -> Controller:
        controller = make_controller(Session(network), theme)
        controller.is_read_only = True
        controller.show_message(story_message(controller.session))
        controller.playback_clock = lambda: self._time / 1000
        self.fit_controller(controller)
        return controller

    def _run(self, beat: TimedAction) -> None:
        controller, statement = self.controller, beat.action
        match statement:
            case Press(key):
                self._show_keys(beat.is_first_of_line, statement)
                self._press_key(key, beat.line)
            case Say(text):
                self.caption = text
            case GoTo(position):
                self._shown_input = f"g {position}"
                controller.move(controller.session.resolve(position))
            case OpenNetwork(network):
                self._computed_before = self._computed
                self.controller = self._make_controller(network, controller.theme)
            case Resize(width, height) if self._given_size is None:
                self.resize(width, height)
            case SetAppearance() if self._given_look is None:
                controller.theme = _with_appearance(controller.theme, statement)
            case ExpectValue():
                self._check(statement, beat.line)

    def _show_keys(self, begins: bool, press: Press) -> None:
        """The keys of the line so far."""
        self._presses = PressedKeys() if begins else self._presses
        self._presses.add(press)
        self._shown_input = self._presses.to_text(self.controller.theme)

    def _press_key(self, key: str, line: int) -> None:
        name = input.handle_key(self.controller, key)
        self._last_press = Press(key), line
        if name and name != "redraw":
            raise BpstepError(fill(messages.KEY_NOT_ALLOWED, key=key, action=fill(BY_ID[name].title)))

    def check_acted(self) -> None:
        """LessonFailed where the last key could not act, or what it searched for was not found."""
        if self.controller.job is not None or not self.controller.refusal:
            return
        press, line = self._last_press
        keys = PressedKeys()
        keys.add(press)
        shown = keys.to_text(self.controller.theme)
        reason, self.controller.refusal = self.controller.refusal, ""
        problem = fill(messages.KEY_DID_NOTHING, key=shown, reason=reason)
        raise LessonFailed(str(file_error(self.lesson.path, line, problem)))

    @property
    def _computed(self) -> int:
        """Numbers that were computed, as if there were no smaller networks than _SMALL."""
        return (
            self._computed_before
            + sum(run.timeline.iterations_run for run in self.controller.session.branches.values())
            * self._weight
        )

    @property
    def _weight(self) -> int:
        """Numbers that an iteration computes."""
        return max(sum(map(math.prod, self.controller.session.program.shapes.values())), _SMALL)

    def _check_computed(self, beat: TimedAction) -> None:
        if self._computed > MOST_NUMBERS:
            word = beat.action.position if isinstance(beat.action, GoTo) else self._shown_input
            limit, network = MOST_NUMBERS // self._weight, self.controller.session.network.name
            problem = fill(messages.TOO_FAR, word=quoted(word), limit=limit, network=network)
            raise file_error(self.lesson.path, beat.line, problem)

    def _check(self, expect: ExpectValue, line: int) -> None:
        value = _number(self.controller, expect)
        if not matches_printed(value, expect.value, expect.decimals):
            number = "" if value is None else f"{value:.{max(expect.decimals + 2, 4)}f}"
            template = messages.EXPECTED_NUMBER if number else messages.EXPECTED_NOT_COMPUTED
            problem = fill(template, text=expect.text, number=number)
            raise LessonFailed(str(file_error(self.lesson.path, line, problem)))


def _with_appearance(theme: Theme, dress: SetAppearance) -> Theme:
    return replace(
        theme,
        name=dress.theme or theme.name,
        depth=dress.depth or theme.depth,
        ascii=dress.ascii or theme.ascii,
    )


def _number(controller: Controller, expect: ExpectValue) -> float | None:
    """The number on the screen where one is expected; None where there is none now."""
    shape = controller.frame.shape(expect.name)
    if any(at >= size for at, size in zip(expect.index, shape)):
        return None
    return displayed_value(controller.frame, expect.name, expect.index)
