"""What the first line says to a pupil: who is followed, where the teacher is, whether something is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def flag(desk: Desk) -> str:
    """The flag of the first line: whether the pupil follows, and where the teacher is."""
    at = desk.following
    if at is None:
        return ""
    if at.mirror.over:
        return "the class is over"
    if at.away:
        return "on your own; teacher away" if at.own else "teacher away, reconnecting"
    teacher = at.teacher[:12]
    return f"on your own; {teacher} at n = {at.n:,}" if at.own else f"following {teacher} n = {at.n:,}"


def asked_flag(desk: Desk) -> str:
    """Says that there is a question, to those who don't see it."""
    at = desk.following
    return "question: o" if at is not None and at.own and at.mirror.question.is_open else ""
