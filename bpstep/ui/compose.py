"""Puts a controller together: which function each action calls, and the flags of the first line.

The commands import `Controller`, and `Controller` gets them as arguments, so that neither module needs
the other: this one knows both.
"""

from __future__ import annotations

from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.classroom import student, teacher
from bpstep.ui.commands import (
    breakpoints,
    compare,
    edit,
    gradcheck,
    help,
    navigate,
    play,
    predict,
    puzzle,
    run,
    save,
    view,
    watches,
    why,
)
from bpstep.ui.controller import Command, Controller
from bpstep.ui.status import status_flags

COMMANDS: dict[str, Command] = {
    **navigate.COMMANDS,
    **edit.COMMANDS,
    **view.COMMANDS,
    **compare.COMMANDS,
    **puzzle.COMMANDS,
    **save.COMMANDS,
    **gradcheck.COMMANDS,
    **predict.COMMANDS,
    **run.COMMANDS,
    **play.COMMANDS,
    **watches.COMMANDS,
    **breakpoints.COMMANDS,
    **why.COMMANDS,
    **teacher.COMMANDS,
    **student.COMMANDS,
    **help.COMMANDS,
}
"""The function of each action; the actions that only a terminal can do are not among them."""


def make_controller(
    session: Session, theme: Theme, keys: dict[str, tuple[str, ...]] | None = None
) -> Controller:
    """A controller of a session with every command; `keys` gives other keys to some actions."""
    return Controller(session, theme, COMMANDS, status_flags, keys)
