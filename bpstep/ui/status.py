"""What is going on beside the walk through the equations: the flags of the first line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.ui.classroom import status, teacher
from bpstep.ui.commands import compare, play, predict, puzzle

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


def _about(desk: Desk) -> str:
    return desk.about


_PLACE: tuple[Callable[[Desk], str], ...] = (_about, status.flag)

_DOING: tuple[Callable[[Desk], str], ...] = (
    *(teacher.flag, teacher.answers_flag, compare.flag),
    *(puzzle.flag, predict.flag, play.flag),
)
"""Each gives a word or two, or nothing. Where room is short those at the end are left out."""


def modes(desk: Desk, panel: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The flags now: where one is, what the open panel says of itself, what else is going on."""
    place, doing = ([flag(desk) for flag in flags] for flags in (_PLACE, _DOING))
    return tuple(filter(None, (*place, *panel, *doing)))
