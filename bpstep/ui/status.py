"""The flags of the first line: what is going on besides stepping through the equations."""

from __future__ import annotations

from collections.abc import Callable

from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller


def _lesson_flag(controller: Controller) -> str:
    return controller.lesson_status


def _pupil_flag(controller: Controller) -> str:
    return controller.pupil.status_text if controller.pupil is not None else ""


def _class_flag(controller: Controller) -> str:
    """How many pupils follow, of those who are in the class."""
    room = controller.room
    if room is None:
        return ""
    hidden = controller.panel is not None and controller.panel.is_private
    template = messages.FLAG_CLASS_HIDDEN if hidden else messages.FLAG_CLASS
    return fill(template, following=room.following, count=len(room.pupils))


def _answers_flag(controller: Controller) -> str:
    """How many pupils have answered the open question."""
    room = controller.room
    if room is None or not room.question.is_open:
        return ""
    return fill(messages.FLAG_ANSWERS, count=len(room.answers))


def _run_flag(controller: Controller) -> str:
    """Which of two runs is shown."""
    run = controller.session.run_name
    return fill(messages.FLAG_RUN, run=run) if run else ""


def _puzzle_flag(controller: Controller) -> str:
    if not controller.session.network.puzzle:
        return ""
    return fill(messages.FLAG_SOLVED if controller.puzzle_state.solved else messages.FLAG_PUZZLE)


def _predict_flag(controller: Controller) -> str:
    state = controller.predict_mode
    if not state.is_on:
        return ""
    if not state.score:
        return fill(messages.FLAG_PREDICT)
    return fill(messages.FLAG_PREDICT_SCORE, score=state.score)


def _play_flag(controller: Controller) -> str:
    playback = controller.playback
    return fill(messages.FLAG_PLAYING, speed=playback.speed.text) if playback.is_on else ""


_POSITION_FLAGS: tuple[Callable[[Controller], str], ...] = (_lesson_flag, _pupil_flag)

_ACTIVITY_FLAGS: tuple[Callable[[Controller], str], ...] = (
    *(_class_flag, _answers_flag, _run_flag),
    *(_puzzle_flag, _predict_flag, _play_flag),
)
"""Each returns a word or two, or nothing. If space is short, the last ones are omitted."""


def status_flags(controller: Controller, panel: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The flags now: lesson or class, those of the open panel, then other activities."""
    position, activity = (
        [flag(controller) for flag in flags] for flags in (_POSITION_FLAGS, _ACTIVITY_FLAGS)
    )
    return tuple(filter(None, (*position, *panel, *activity)))
