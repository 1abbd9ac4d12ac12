"""`bpstep join CLASS`: take part in a class. Nothing is written here, and no file of the pupil's is read."""

from __future__ import annotations

import argparse
import secrets
from typing import TYPE_CHECKING

from bpstep.classroom.client import join_class, parse_address
from bpstep.classroom.protocol import MAX_NAME_LENGTH, Hello, display_name
from bpstep.classroom.sockets import connect_to_class
from bpstep.cli import messages
from bpstep.cli.start import apply_options, require_terminal
from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill
from bpstep.ui.config import Settings

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller
    from bpstep.ui.frontend import Frontend

_TRIES = 3


def run(options: argparse.Namespace) -> int:
    """Connect, then follow on the whole screen."""
    class_address = parse_address(options.name, options.teacher)
    settings = apply_options(Settings(), options)
    require_terminal(messages.CLASS_NEEDS_TERMINAL)
    if options.display is None and not class_address.host:
        connect_to_class(
            class_address.name, class_address.teacher
        ).close()  # nobody should type a name for a class that does not exist
    typed = _ask_name() if options.display is None else _check_name(options.display)
    hello = Hello(display_name(typed), secrets.token_hex(16))
    class_address, connection, replica = join_class(class_address, hello)
    assert replica.welcome is not None
    session = Session(replica.network)

    def make_frontend(controller: Controller) -> Frontend:
        from bpstep.tui.classroom import PupilFrontend

        return PupilFrontend(controller, class_address, connection, replica, hello)

    from bpstep.tui.startup import run_debugger

    return run_debugger(
        session,
        settings,
        CursorPosition(0),
        None,
        _name_note(typed, hello.name, replica.welcome.name),
        make_frontend,
    )


def _check_name(name: str) -> str:
    """The name given on the command line. BpstepError if nothing visible is left of it."""
    if not display_name(name):
        raise BpstepError(fill(messages.MISSING_NAME))
    return " ".join(name.split())


def _ask_name() -> str:
    """Ask the pupil for a name; an empty one is asked for again. BpstepError if they give none."""
    for _ in range(_TRIES):
        try:
            typed = input(fill(messages.NAME_PROMPT))
        except EOFError:
            print()
            break
        if display_name(typed):
            return " ".join(typed.split())
        print(fill(messages.NAME_NEEDED))
    raise BpstepError(fill(messages.NO_NAME))


def _name_note(typed: str, name: str, assigned: str) -> str:
    """Why the pupil's name differs from what they typed, if it does."""
    if assigned != name:
        return fill(messages.NAME_TAKEN, name=name, assigned=assigned)
    if name == typed:
        return ""
    cut = len(name) < len(typed) and typed.startswith(name)
    template = messages.NAME_CUT if cut else messages.NAME_CLEANED
    return fill(template, assigned=assigned, limit=MAX_NAME_LENGTH)
