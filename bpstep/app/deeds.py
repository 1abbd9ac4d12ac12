"""What each action does: one table from the modules that do them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.app import (
    breakpoints,
    changing,
    comparing,
    following,
    gradient,
    keeping,
    looking,
    moving,
    playing,
    predicting,
    puzzling,
    running,
    saving,
    teaching,
    watching,
    why,
)
from bpstep.app.helping import Helping
from bpstep.app.palette import Palette

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def show_help(desk: Desk, _count: int) -> None:
    """Show every key."""
    desk.panel = Helping()


def show_palette(desk: Desk, _count: int) -> None:
    """Every command by name."""
    desk.panel = Palette()


DEEDS: dict[str, Callable[[Desk, int], None]] = {
    **moving.DEEDS,
    **changing.DEEDS,
    **looking.DEEDS,
    **keeping.DEEDS,
    **comparing.DEEDS,
    **puzzling.DEEDS,
    **saving.DEEDS,
    **gradient.DEEDS,
    **predicting.DEEDS,
    **running.DEEDS,
    **playing.DEEDS,
    **watching.DEEDS,
    **breakpoints.DEEDS,
    **why.DEEDS,
    **teaching.DEEDS,
    **following.DEEDS,
    "help": show_help,
    "palette": show_palette,
}
