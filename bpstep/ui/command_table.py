"""What each action does: one table from the modules that do them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.ui.classroom import student, teacher
from bpstep.ui.commands import (
    breakpoints,
    compare,
    edit,
    gradcheck,
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
from bpstep.ui.panels import HelpPanel, Palette

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller


def show_help(controller: Controller, _count: int) -> None:
    """Show every key."""
    controller.panel = HelpPanel()


def show_palette(controller: Controller, _count: int) -> None:
    """Every command by name."""
    controller.panel = Palette()


COMMANDS: dict[str, Callable[[Controller, int], None]] = {
    **navigate.COMMANDS,
    **edit.COMMANDS,
    **view.COMMANDS,
    **save.SESSION_COMMANDS,
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
    "help": show_help,
    "palette": show_palette,
}
