"""`bpstep join CLASS`: be in a class. Nothing is written here, and nothing read that a pupil could write."""

from __future__ import annotations

import argparse
import secrets
from typing import TYPE_CHECKING

from bpstep.classroom.client import join_class, parse_address
from bpstep.classroom.messages import MAX_NAME_LENGTH, Hello, display_name
from bpstep.classroom.sockets import connect_to_class
from bpstep.cli.start import apply_options, require_terminal
from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.ui.config import Settings

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller
    from bpstep.ui.frontend import Frontend

_NAME_REQUIRED = "a name is needed, so that the teacher sees who is there"

_TRIES = 3


def run(options: argparse.Namespace) -> int:
    """Connect, then follow on the whole screen."""
    class_address = parse_address(options.name, options.teacher)
    settings = apply_options(Settings(), options)
    require_terminal("a class", "bpstep show and bpstep trace")
    if options.display is None and not class_address.host:
        connect_to_class(
            class_address.name, class_address.teacher
        ).close()  # nobody types a name for a class that is not there
    typed = _ask_name() if options.display is None else _check_name(options.display)
    hello = Hello(display_name(typed), secrets.token_hex(16))
    class_address, connection, replica = join_class(class_address, hello)
    assert replica.welcome is not None
    session = Session(replica.network)

    def make_frontend(controller: Controller) -> Frontend:
        from bpstep.tui.classroom import StudentFrontend

        return StudentFrontend(controller, class_address, connection, replica, hello)

    from bpstep.tui import run as debug

    return debug(
        session,
        settings,
        CursorPosition(0),
        None,
        _name_note(typed, hello.name, replica.welcome.name),
        make_frontend,
    )


def _check_name(name: str) -> str:
    """The name that the command gives. BpstepError where nothing of it can be shown."""
    if not display_name(name):
        raise BpstepError(f"{_NAME_REQUIRED}: --name NAME gives one")
    return " ".join(name.split())


def _ask_name() -> str:
    """How the pupil wants to be called; a slip of the keys is no end. BpstepError where they give no name."""
    for _ in range(_TRIES):
        try:
            typed = input("your name in the class: ")
        except EOFError:
            print()
            break
        if display_name(typed):
            return " ".join(typed.split())
        print(f"{_NAME_REQUIRED}; ctrl+d leaves")
    raise BpstepError("no name was given")


def _name_note(typed: str, name: str, assigned: str) -> str:
    """Why one is called otherwise than one has typed, where that is so."""
    if assigned != name:
        return f"there is a {name} already: you are called {assigned} here"
    if name == typed:
        return ""
    cut = len(name) < len(typed) and typed.startswith(name)
    reason = f"names have {MAX_NAME_LENGTH} characters at most" if cut else "not all of it can be shown"
    return f"you are called {assigned} here: {reason}"
