"""The flags of the first line: what is going on beside the walk through the equations."""

from __future__ import annotations

from collections.abc import Callable

from bpstep.ui.controller import Controller


def _lesson_flag(controller: Controller) -> str:
    return controller.lesson_status


def _student_flag(controller: Controller) -> str:
    return controller.student.status_text if controller.student is not None else ""


def _class_flag(controller: Controller) -> str:
    """How many of those who are in the class follow."""
    room = controller.room
    if room is None:
        return ""
    hidden = controller.panel is not None and controller.panel.is_private
    return f"class {room.following}/{len(room.pupils)}{': only you see this' if hidden else ''}"


def _answers_flag(controller: Controller) -> str:
    """How many have answered the open question."""
    room = controller.room
    return f"answers {len(room.answers)}" if room is not None and room.question.is_open else ""


def _run_flag(controller: Controller) -> str:
    """Which of two runs is shown."""
    return f"run {controller.session.branch_name}" if controller.session.branch_name else ""


def _puzzle_flag(controller: Controller) -> str:
    if not controller.session.network.puzzle:
        return ""
    return "solved" if controller.puzzle_state.solved else "puzzle"


def _predict_flag(controller: Controller) -> str:
    state = controller.predict_mode
    return f"predict {state.score}".rstrip() if state.is_on else ""


def _play_flag(controller: Controller) -> str:
    return f"playing {controller.playback.speed.text}" if controller.playback.is_on else ""


_POSITION_FLAGS: tuple[Callable[[Controller], str], ...] = (_lesson_flag, _student_flag)

_ACTIVITY_FLAGS: tuple[Callable[[Controller], str], ...] = (
    *(_class_flag, _answers_flag, _run_flag),
    *(_puzzle_flag, _predict_flag, _play_flag),
)
"""Each gives a word or two, or nothing. Where room is short those at the end are left out."""


def status_flags(controller: Controller, panel: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The flags now: where one is, what the open panel says of itself, what else is going on."""
    position, activity = (
        [flag(controller) for flag in flags] for flags in (_POSITION_FLAGS, _ACTIVITY_FLAGS)
    )
    return tuple(filter(None, (*position, *panel, *activity)))
