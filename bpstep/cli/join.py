"""`bpstep join CLASS`: be in a class. Nothing is written here, and nothing read that a pupil could write."""

from __future__ import annotations

import argparse
import secrets
from typing import TYPE_CHECKING

from bpstep.classroom.client import address, begin
from bpstep.classroom.messages import LONGEST_NAME, Hello, display_name
from bpstep.classroom.sockets import connect
from bpstep.cli.start import dressed, need_terminal
from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.storage.session_file import Moved
from bpstep.ui.config import Settings

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk
    from bpstep.ui.frontend import Seat

_NEEDED = "a name is needed, so that the teacher sees who is there"

_TRIES = 3


def run(options: argparse.Namespace) -> int:
    """Connect, then follow on the whole screen."""
    where = address(options.name, options.teacher)
    settings = dressed(Settings(), options)
    need_terminal("a class", "bpstep show and bpstep trace")
    if options.display is None and not where.host:
        connect(where.name, where.teacher).close()  # nobody types a name for a class that is not there
    typed = _asked() if options.display is None else _given(options.display)
    hello = Hello(display_name(typed), secrets.token_hex(16))
    where, call, mirror = begin(where, hello)
    assert mirror.welcome is not None
    session = Session(mirror.network)

    def sit(desk: Desk) -> Seat:
        from bpstep.tui.classroom import Joining

        return Joining(desk, where, call, mirror, hello)

    from bpstep.tui import run as debug

    return debug(session, settings, Moved(0), None, _said(typed, hello.name, mirror.welcome.name), sit)


def _given(name: str) -> str:
    """The name that the command gives. BpstepError where nothing of it can be shown."""
    if not display_name(name):
        raise BpstepError(f"{_NEEDED}: --name NAME gives one")
    return " ".join(name.split())


def _asked() -> str:
    """How the pupil wants to be called; a slip of the keys is no end. BpstepError where they give no name."""
    for _ in range(_TRIES):
        try:
            typed = input("your name in the class: ")
        except EOFError:
            print()
            break
        if display_name(typed):
            return " ".join(typed.split())
        print(f"{_NEEDED}; ctrl+d leaves")
    raise BpstepError("no name was given")


def _said(typed: str, name: str, called: str) -> str:
    """Why one is called otherwise than one has typed, where that is so."""
    if called != name:
        return f"there is a {name} already: you are called {called} here"
    if name == typed:
        return ""
    cut = len(name) < len(typed) and typed.startswith(name)
    why = f"names have {LONGEST_NAME} characters at most" if cut else "not all of it can be shown"
    return f"you are called {called} here: {why}"
