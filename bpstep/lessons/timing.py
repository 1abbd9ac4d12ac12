"""A lesson as a sequence of actions, each with a duration that is computed, not measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from bpstep.lessons.lesson import (
    ExpectValue,
    GoTo,
    Lesson,
    NameScreen,
    OpenNetwork,
    PressKeys,
    Resize,
    Say,
    SetAppearance,
    SingleAction,
    Wait,
)
from bpstep.lessons.lexer import Press

KEY_DURATION = 600
"""Milliseconds that a key is shown."""

TYPED_DURATION = 150
"""Milliseconds that a character of a typed text is shown."""

_NOTICE_DURATION, _CHARACTER_DURATION = 1500, 80
"""Milliseconds to notice a caption, and to read one of its characters."""

END_DURATION = 3000
"""Milliseconds that the last screen is shown."""


class TimedAction(NamedTuple):
    """An action of a line, or one of its keys, and the milliseconds until the next action."""

    line: int
    action: SingleAction | Press
    milliseconds: int
    is_first_of_line: bool
    """True for the first action of a line."""
    is_last_of_line: bool
    """True for the last action of a line."""


def timed_actions(lesson: Lesson) -> tuple[TimedAction, ...]:
    """All actions of a lesson in order, a line of keys split into its keys."""
    return tuple(_timed_actions(lesson))


def _timed_actions(lesson: Lesson) -> Iterator[TimedAction]:
    for line, action in ((each.line, each.action) for each in lesson.statements):
        if not isinstance(action, PressKeys):
            yield TimedAction(line, action, _statement_duration(action), True, True)
            continue
        last = len(action.presses) - 1
        for at, press in enumerate(action.presses):
            duration_ms = TYPED_DURATION if press.typed and at < last else KEY_DURATION
            yield TimedAction(line, press, duration_ms, at == 0, at == last)


def _statement_duration(action: SingleAction) -> int:
    match action:
        case Say(""):
            return 0
        case Say(text):
            return round(_NOTICE_DURATION + _CHARACTER_DURATION * len(text), -2)
        case Wait(milliseconds):
            return milliseconds
        case GoTo():
            return KEY_DURATION
        case OpenNetwork() | Resize() | SetAppearance() | ExpectValue() | NameScreen():
            return 0
        case _:
            assert_never(action)


def duration(lesson: Lesson) -> int:
    """Milliseconds that all actions take."""
    return sum(timed.milliseconds for timed in _timed_actions(lesson))


def clock_text(milliseconds: int) -> str:
    """A duration as minutes and seconds, like 2:10."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02}"
