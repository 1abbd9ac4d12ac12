"""The actions that list the keys and the commands."""

from __future__ import annotations

from bpstep.ui.controller import Controller
from bpstep.ui.help_panels import HelpPanel
from bpstep.ui.panels import Palette


def show_help(controller: Controller, _count: int) -> None:
    """Show the signs, the keys and the manual."""
    controller.panel = HelpPanel()


def show_palette(controller: Controller, _count: int) -> None:
    """List every command by name."""
    controller.panel = Palette()


COMMANDS = {"help": show_help, "palette": show_palette}
