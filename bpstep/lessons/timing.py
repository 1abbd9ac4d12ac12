"""A lesson as beats: one thing after the other, each with its time, which is counted, not measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpstep.lessons.lexer import Press
from bpstep.lessons.script import Deed, Go, Keys, Lesson, Say, Wait

KEY = 600

TYPED = 150
"""Milliseconds that a key stays, and a character of a text."""

_TO_SEE, _A_CHARACTER = 1500, 80
"""Milliseconds to notice that there is a caption, and to read one of its characters."""

AT_THE_END = 3000
"""Milliseconds that the last screen stays."""


class Beat(NamedTuple):
    """One thing done, and how many milliseconds pass until the next."""

    line: int
    deed: Deed | Press
    milliseconds: int
    begins: bool
    """True where it is the first of its line."""
    ends: bool
    """True where it is the last."""


def beats(lesson: Lesson) -> tuple[Beat, ...]:
    """Everything that happens, in order."""
    return tuple(_beats(lesson))


def _beats(lesson: Lesson) -> Iterator[Beat]:
    for line, deed in ((each.line, each.deed) for each in lesson.statements):
        if not isinstance(deed, Keys):
            yield Beat(line, deed, _stays(deed), True, True)
            continue
        last = len(deed.presses) - 1
        for at, press in enumerate(deed.presses):
            stays = TYPED if press.typed and at < last else KEY
            yield Beat(line, press, stays, at == 0, at == last)


def _stays(deed: Deed) -> int:
    match deed:
        case Say(""):
            return 0
        case Say(text):
            return round(_TO_SEE + _A_CHARACTER * len(text), -2)
        case Wait(milliseconds):
            return milliseconds
        case Go():
            return KEY
    return 0


def duration(lesson: Lesson) -> int:
    """Milliseconds from the first beat to after the last."""
    return sum(beat.milliseconds for beat in _beats(lesson))


def clock(milliseconds: int) -> str:
    """Minutes and seconds: 2:10."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02}"
