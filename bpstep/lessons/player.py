"""Plays a lesson with a controller, action by action; the caller decides when the next one is due."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import assert_never

from bpstep import defaults
from bpstep.actions import BY_ID
from bpstep.errors import BpstepError, LessonFailed
from bpstep.files import file_error
from bpstep.lang.cells import matches_printed
from bpstep.lessons import messages
from bpstep.lessons.lesson import (
    ExpectValue,
    GoTo,
    Lesson,
    NameScreen,
    OpenNetwork,
    Resize,
    Say,
    SetAppearance,
    Wait,
)
from bpstep.lessons.lexer import Press
from bpstep.lessons.timing import TimedAction, timed_actions
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.render.canvas import Canvas
from bpstep.render.caption import CaptionTexts, PressedKeys, draw_with_caption, reserved_lines
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
"""The minimum cost of an iteration, in numbers: smaller networks take no less time."""

MAX_COMPUTED = 500_000 * _SMALL
"""How many numbers a lesson may compute in all."""


class Player:
    """A lesson being played, with the controller that its actions run on.

    Without `size` and `theme`, the lesson's own apply, never those of a terminal.
    """

    def __init__(
        self, lesson: Lesson, size: tuple[int, int] | None = None, theme: Theme | None = None
    ) -> None:
        self.lesson = lesson
        self.actions = timed_actions(lesson)
        self.position = 0
        """The number of actions done."""
        self._time = 0
        """Milliseconds since the start, as the controller's playback clock gives them."""
        self.caption = ""
        self.size = size or defaults.SIZE
        self._given_size, self._given_theme = size, theme
        self._presses = PressedKeys()
        self._shown_input = ""
        self._computed_before = 0
        """How many numbers were computed for the networks before this one."""
        self._last_press = Press(""), 0
        """The last key, and its line in the file."""
        self._caption_heights: dict[int, int] = {}
        self.controller = self._make_controller(builtin.open_network(defaults.NETWORK), theme or Theme())
        self._end_times = [0, *accumulate(timed.milliseconds for timed in self.actions)]

    @property
    def is_over(self) -> bool:
        """True after the last action."""
        return self.position == len(self.actions)

    @property
    def time(self) -> int:
        """Milliseconds that the actions so far take."""
        return self._end_times[self.position]

    @property
    def duration(self) -> int:
        """Milliseconds that all actions take."""
        return self._end_times[-1]

    def run_next(self) -> TimedAction:
        """Do the next action, finish the job that it starts, and return it.

        Raises as `start_next` does, and FileError if the lesson computes too much.
        """
        timed = self.start_next()
        while self.controller.job is not None:
            self._check_computed(timed)
            self.controller.advance_job()
        self._check_computed(timed)
        self.check_acted()
        return timed

    def start_next(self) -> TimedAction:
        """Do the next action and return it. A job that it starts is left to the controller, unfinished.

        LessonFailed if an `expect` fails or a key could not act, FileError if the action is impossible.
        """
        for _ in self.play_until():
            pass
        self.check_acted()
        timed = self.actions[self.position]
        self.position += 1
        try:
            self._run(timed)
            self.check_acted()
        except LessonFailed:
            raise
        except BpstepError as error:
            raise file_error(self.lesson.path, timed.line, str(error)) from None
        return timed

    def play_until(self, until: int | None = None) -> Iterator[int]:
        """Play the controller's automatic steps up to a time, by default the start of the next action.

        Yields the time in milliseconds at which each step was due, once it is done.
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

    def seek(self, position: int) -> Iterator[float]:
        """Do the first `position` actions; yields the fraction done, from 0 to 1, while a job runs."""
        while self.position < position:
            self.start_next()
            while self.controller.job is not None:
                self.controller.advance_job()
                yield self.position / position

    def new_player(self) -> Player:
        """Another player of the same lesson, at its start; they share no state."""
        return Player(self.lesson, self._given_size and self.size, self._given_theme)

    def use_ascii(self) -> None:
        """Draw with ASCII only, here and in the players that `new_player` makes."""
        self.controller.theme = replace(self.controller.theme, ascii=True, shows_wide=True)
        if self._given_theme is not None:
            self._given_theme = replace(self._given_theme, ascii=True, shows_wide=True)

    def resize(self, width: int, height: int) -> None:
        """Set the size of the screen, in columns and lines."""
        self.size = width, height
        self.fit_controller(self.controller)

    def fit_controller(self, controller: Controller) -> None:
        """Set the size of a controller to the part of the screen above the caption."""
        controller.size = (self.size[0], height_above_caption(self.size[1], self._caption_height))

    def draw(self, controller: Controller | None = None, hint: str = "") -> Canvas:
        """The current screen, by default of the lesson's own controller; `hint` is shown beside the
        caption.
        """
        shown = controller or self.controller
        caption = CaptionTexts(self.caption, self._shown_input, hint)
        return draw_with_caption(shown.draw(), self.size[1], self._caption_height, caption, shown.theme)

    @property
    def _caption_height(self) -> int:
        # In a terminal the line is reserved without captions too: it shows the hint about Space.
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

    def _run(self, timed: TimedAction) -> None:
        controller, statement = self.controller, timed.action
        match statement:
            case Press(key):
                self._show_keys(timed.is_first_of_line, statement)
                self._press_key(key, timed.line)
            case Say(text):
                self.caption = text
            case GoTo(position):
                self._shown_input = f"g {position}"
                controller.move(controller.session.resolve(position))
            case OpenNetwork(network):
                self._computed_before = self._computed
                self.controller = self._make_controller(network, controller.theme)
            case Resize(width, height):
                if self._given_size is None:
                    self.resize(width, height)
            case SetAppearance():
                if self._given_theme is None:
                    controller.theme = _with_appearance(controller.theme, statement)
            case ExpectValue():
                self._check(statement, timed.line)
            case Wait() | NameScreen():
                pass  # the first only takes time; whoever records the lesson names the screens
            case _:
                assert_never(statement)

    def _show_keys(self, begins: bool, press: Press) -> None:
        """Add a key to those shown; `begins` if it is the first of its line."""
        self._presses = PressedKeys() if begins else self._presses
        self._presses.add(press)
        self._shown_input = self._presses.to_text(self.controller.theme)

    def _press_key(self, key: str, line: int) -> None:
        name = input.handle_key(self.controller, key)
        self._last_press = Press(key), line
        if name and name != "redraw":
            raise BpstepError(fill(messages.KEY_NOT_ALLOWED, key=key, action=fill(BY_ID[name].title)))

    def check_acted(self) -> None:
        """LessonFailed if the last key could not act, or if its search found nothing."""
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
        """Numbers computed since the start; an iteration counts as at least _SMALL."""
        return (
            self._computed_before
            + sum(run.timeline.iterations_run for run in self.controller.session.runs.values()) * self._weight
        )

    @property
    def _weight(self) -> int:
        """How many numbers an iteration computes, at least _SMALL."""
        return max(sum(map(math.prod, self.controller.session.program.shapes.values())), _SMALL)

    def _check_computed(self, timed: TimedAction) -> None:
        if self._computed > MAX_COMPUTED:
            word = timed.action.position if isinstance(timed.action, GoTo) else self._shown_input
            limit, network = MAX_COMPUTED // self._weight, self.controller.session.network.name
            problem = fill(messages.TOO_FAR, word=quoted(word), limit=limit, network=network)
            raise file_error(self.lesson.path, timed.line, problem)

    def _check(self, expect: ExpectValue, line: int) -> None:
        value = _number(self.controller, expect)
        if not matches_printed(value, expect.value, expect.decimals):
            number = "" if value is None else f"{value:.{max(expect.decimals + 2, 4)}f}"
            template = messages.EXPECTED_NUMBER if number else messages.EXPECTED_NOT_COMPUTED
            problem = fill(template, text=expect.text, number=number)
            raise LessonFailed(str(file_error(self.lesson.path, line, problem)))


def _with_appearance(theme: Theme, appearance: SetAppearance) -> Theme:
    return replace(
        theme,
        name=appearance.theme or theme.name,
        depth=appearance.depth or theme.depth,
        ascii=appearance.ascii or theme.ascii,
    )


def _number(controller: Controller, expect: ExpectValue) -> float | None:
    """The displayed number in the cell that `expect` names; None if that cell is not computed yet."""
    shape = controller.frame.shape(expect.name)
    if any(at >= size for at, size in zip(expect.index, shape)):
        return None
    return displayed_value(controller.frame, expect.name, expect.index)
