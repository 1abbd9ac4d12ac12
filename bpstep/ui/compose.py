"""Puts a controller together: which function each action calls, and the flags of the first line.

The commands import `Controller`, and `Controller` gets them as arguments, so that neither module needs the
other: this one knows both. A module of commands is imported when its first command is called, because the
first frame needs none of them, and importing all takes a third of the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.controller import Command, Controller
from bpstep.ui.status import status_flags

_MODULES = {
    "ui.commands.navigate": (
        "next back into into_back finish finish_back next_phase previous_phase next_iteration "
        "previous_iteration start restart furthest go mark go_mark"
    ),
    "ui.commands.edit": "edit edit_equation undo redo drop_edits",
    "ui.commands.view": (
        "left right up down page_up page_down home end next_pane previous_pane network tensors formula zoom "
        "number_format close"
    ),
    "ui.commands.search": "find find_next find_previous",
    "ui.commands.copy": "copy",
    "ui.commands.listing": "listing",
    "ui.commands.plane": "plane",
    "ui.commands.printed": "printed",
    "ui.commands.compare": "fork switch compare close_run",
    "ui.commands.puzzle": "hint",
    "ui.commands.save": "save save_session",
    "ui.commands.check": "gradient_check",
    "ui.commands.predict": "predict",
    "ui.commands.run": "continue continue_back to_write to_change",
    "ui.commands.play": "play faster slower",
    "ui.commands.watches": "watch watches",
    "ui.commands.breakpoints": "breakpoint breakpoints",
    "ui.commands.why": "why",
    "ui.classroom.teacher": "pupils point caption ask reveal",
    "ui.classroom.pupil": "follow",
    "ui.commands.evaluate": "evaluate",
    "ui.commands.help": "help palette",
}
"""The actions that each module has functions for."""


class _Commands(Mapping[str, Command]):
    """The function of each action, except those that only a terminal can do."""

    def __init__(self) -> None:
        self._modules = {action: module for module, actions in _MODULES.items() for action in actions.split()}

    def __getitem__(self, action: str) -> Command:
        commands: Mapping[str, Command] = import_module(f"bpstep.{self._modules[action]}").COMMANDS
        return commands[action]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


COMMANDS = _Commands()


def make_controller(
    session: Session, theme: Theme, keys: dict[str, tuple[str, ...]] | None = None
) -> Controller:
    """A controller of a session with every command; `keys` assigns other keys to some actions."""
    return Controller(session, theme, COMMANDS, status_flags, keys)
