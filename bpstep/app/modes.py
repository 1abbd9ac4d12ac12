"""What is going on beside the walk through the equations: the flags of the first line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.app import comparing, playing, predicting, puzzling, teaching, whereabouts

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def _about(desk: Desk) -> str:
    return desk.about


_FLAGS: tuple[Callable[[Desk], str], ...] = (
    *(_about, whereabouts.flag, whereabouts.asked_flag, teaching.flag, teaching.answers_flag),
    *(comparing.flag, puzzling.flag, predicting.flag, playing.flag),
)
"""Each gives a word or two, or nothing. Where room is short those at the end are left out."""


def modes(desk: Desk) -> tuple[str, ...]:
    """The flags now."""
    return tuple(filter(None, (flag(desk) for flag in _FLAGS)))
