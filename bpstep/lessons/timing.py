"""A lesson as beats: one thing after the other, each with its time, which is counted, not measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpstep.lessons.lexer import Press
from bpstep.lessons.script import GoTo, Keys, Lesson, LessonAction, Say, Wait

KEY_DURATION = 600

TYPED_DURATION = 150
"""Milliseconds that a key stays, and a character of a text."""

_NOTICE_DURATION, _CHARACTER_DURATION = 1500, 80
"""Milliseconds to notice that there is a caption, and to read one of its characters."""

END_DURATION = 3000
"""Milliseconds that the last screen stays."""


class TimedAction(NamedTuple):
    """One thing done, and how many milliseconds pass until the next."""

    line: int
    action: LessonAction | Press
    milliseconds: int
    is_first_of_line: bool
    """True where it is the first of its line."""
    is_last_of_line: bool
    """True where it is the last."""


def timed_actions(lesson: Lesson) -> tuple[TimedAction, ...]:
    """Everything that happens, in order."""
    return tuple(_timed_actions(lesson))


def _timed_actions(lesson: Lesson) -> Iterator[TimedAction]:
    for line, action in ((each.line, each.action) for each in lesson.statements):
        if not isinstance(action, Keys):
            yield TimedAction(line, action, _statement_duration(action), True, True)
            continue
        last = len(action.presses) - 1
        for at, press in enumerate(action.presses):
            duration_ms = TYPED_DURATION if press.typed and at < last else KEY_DURATION
            yield TimedAction(line, press, duration_ms, at == 0, at == last)


def _statement_duration(action: LessonAction) -> int:
    match action:
        case Say(""):
            return 0
        case Say(text):
            return round(_NOTICE_DURATION + _CHARACTER_DURATION * len(text), -2)
        case Wait(milliseconds):
            return milliseconds
        case GoTo():
            return KEY_DURATION
    return 0


def duration(lesson: Lesson) -> int:
    """Milliseconds from the first beat to after the last."""
    return sum(beat.milliseconds for beat in _timed_actions(lesson))


def clock_text(milliseconds: int) -> str:
    """Minutes and seconds: 2:10."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02}"
