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
from bpstep.ui.panels import Helping, Palette

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


def show_help(desk: Desk, _count: int) -> None:
    """Show every key."""
    desk.panel = Helping()


def show_palette(desk: Desk, _count: int) -> None:
    """Every command by name."""
    desk.panel = Palette()


DEEDS: dict[str, Callable[[Desk, int], None]] = {
    **navigate.DEEDS,
    **edit.DEEDS,
    **view.DEEDS,
    **save.SESSION_DEEDS,
    **compare.DEEDS,
    **puzzle.DEEDS,
    **save.DEEDS,
    **gradcheck.DEEDS,
    **predict.DEEDS,
    **run.DEEDS,
    **play.DEEDS,
    **watches.DEEDS,
    **breakpoints.DEEDS,
    **why.DEEDS,
    **teacher.DEEDS,
    **student.DEEDS,
    "help": show_help,
    "palette": show_palette,
}
