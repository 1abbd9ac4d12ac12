"""What the first line says to a pupil: who is followed, where the teacher is, whether something is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller

_MAX_NAME_WIDTH = 12
"""Cells of a teacher's name."""


def student_flag(controller: Controller) -> str:
    """The flag of the first line: whether the pupil follows, and where the teacher is."""
    student = controller.student
    if student is None:
        return ""
    if student.replica.over:
        return "the class is over"
    if student.teacher_is_offline:
        return "on your own; teacher away" if student.is_independent else "teacher away, reconnecting"
    teacher, position = student.teacher[:_MAX_NAME_WIDTH], f"n = {student.n:,}"
    has_question = student.poll_reply.has_hidden_question
    if student.is_independent:
        return f"on your own; {teacher}{' asks' if has_question else ''} at {position}"
    if student.is_behind:
        return (
            f"{teacher} asks; Escape follows {position}"
            if has_question
            else f"Escape follows {teacher} {position}"
        )
    return f"following {teacher} {position}"


def priority_actions(controller: Controller) -> tuple[str, ...]:
    """The action that matters most to whoever is on their own: the way back."""
    return ("follow",) if controller.student is not None and controller.student.is_independent else ()
