"""`bpstep join CLASS`: be in a class. Nothing is written here, and nothing read that a pupil could write."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bpstep.classroom.calling import address, begin
from bpstep.classroom.messages import LONGEST_NAME, display_name
from bpstep.commands.starting import dressed, need_terminal
from bpstep.config import Settings
from bpstep.errors import BpstepError
from bpstep.session import Session
from bpstep.store import Moved

if TYPE_CHECKING:
    from bpstep.app.desk import Desk
    from bpstep.app.seat import Seat


def run(options: argparse.Namespace) -> int:
    """Connect, then follow on the whole screen."""
    where = address(options.name, options.teacher)
    settings = dressed(Settings(), options)
    need_terminal("a class", "bpstep show and bpstep trace")
    typed = _typed(options.display)
    name = display_name(typed)
    call, mirror = begin(where, name)
    assert mirror.welcome is not None
    session = Session(mirror.network)

    def sit(desk: Desk) -> Seat:
        from bpstep.app.joining import Joining

        return Joining(desk, where, call, mirror)

    from bpstep.app import run as debug

    return debug(session, settings, Moved(0), None, _said(typed, name, mirror.welcome.name), sit)


def _typed(given: str | None) -> str:
    """How the pupil wants to be called. BpstepError where nothing of it can be shown."""
    try:
        typed = input("your name in the class: ") if given is None else given
    except EOFError:
        typed = ""
    if not display_name(typed):
        raise BpstepError("a name is needed, so that the teacher sees who is there: --name NAME gives one")
    return " ".join(typed.split())


def _said(typed: str, name: str, called: str) -> str:
    """Why one is called otherwise than one has typed, where that is so."""
    if called != name:
        return f"there is a {name} already: you are called {called} here"
    if name == typed:
        return ""
    cut = len(name) < len(typed) and typed.startswith(name)
    why = f"names have {LONGEST_NAME} characters at most" if cut else "not all of it can be shown"
    return f"you are called {called} here: {why}"
