"""What the first line says to a pupil: who is followed, where the teacher is, whether something is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_LONGEST = 12
"""Cells of a teacher's name."""


def flag(desk: Desk) -> str:
    """The flag of the first line: whether the pupil follows, and where the teacher is."""
    at = desk.following
    if at is None:
        return ""
    if at.mirror.over:
        return "the class is over"
    if at.away:
        return "on your own; teacher away" if at.own else "teacher away, reconnecting"
    teacher, place = at.teacher[:_LONGEST], f"n = {at.n:,}"
    asks = at.reply.is_unseen
    if at.own:
        return f"on your own; {teacher}{' asks' if asks else ''} at {place}"
    if at.is_behind:
        return f"{teacher} asks; Escape follows {place}" if asks else f"Escape follows {teacher} {place}"
    return f"following {teacher} {place}"


def first_keys(desk: Desk) -> tuple[str, ...]:
    """The action that matters most to whoever is on their own: the way back."""
    return ("follow",) if desk.following is not None and desk.following.own else ()
