"""What is going on beside the walk through the equations: the flags of the first line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.ui.classroom import status, teacher
from bpstep.ui.commands import compare, play, predict, puzzle

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller


def _lesson_flag(controller: Controller) -> str:
    return controller.lesson_status


_POSITION_FLAGS: tuple[Callable[[Controller], str], ...] = (_lesson_flag, status.student_flag)

_ACTIVITY_FLAGS: tuple[Callable[[Controller], str], ...] = (
    *(teacher.class_flag, teacher.answers_flag, compare.run_flag),
    *(puzzle.puzzle_flag, predict.predict_flag, play.play_flag),
)
"""Each gives a word or two, or nothing. Where room is short those at the end are left out."""


def status_flags(controller: Controller, panel: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The flags now: where one is, what the open panel says of itself, what else is going on."""
    position, activity = (
        [flag(controller) for flag in flags] for flags in (_POSITION_FLAGS, _ACTIVITY_FLAGS)
    )
    return tuple(filter(None, (*position, *panel, *activity)))
