"""`bpstep share CLASS`: hold a class."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.classroom.credentials import audience, user_name
from bpstep.classroom.room import Room
from bpstep.classroom.sockets import check_class_name, is_held_by_others, open_class
from bpstep.classroom.state_file import Kept, Register
from bpstep.cli.folders import classes_folder, sessions_folder
from bpstep.cli.open_session import Opened, open_asked
from bpstep.cli.start import need_terminal, settings_of, start_of
from bpstep.errors import BpstepError
from bpstep.learn import puzzle
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.session import micro
from bpstep.storage import session_file
from bpstep.storage.session_file import Moved

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk
    from bpstep.ui.frontend import Seat


def run(options: argparse.Namespace) -> int:
    """Open the class and the debugger. All that may be wrong is found before the screen changes."""
    name = check_class_name(options.name)
    settings = settings_of(options)
    who = audience(options.group, options.users)
    need_terminal("a class", "bpstep show and bpstep trace")
    shared = is_held_by_others(name)
    venue = open_class(name, who)
    try:
        register = Register(classes_folder(), name)
        kept = _kept(name, register, options)
        opened = open_asked(options, _find)
        start = start_of(opened, settings, options) if kept is None else _place(kept, opened)
        if opened.place is None:
            opened.recorder.begin(start)
        room = Room(opened.session, user_name(who.owner))
        if kept is not None:
            room.resume(kept.caption, kept.pointed, kept.question, kept.answers)

        def sit(desk: Desk) -> Seat:
            from bpstep.tui.classroom import Hosting

            return Hosting(desk, room, venue, who, register)

        from bpstep.tui import run as debug

        try:
            said = _said(name, f" --teacher {room.teacher}" if shared else "", kept, opened, start)
            return debug(opened.session, settings, start, opened.recorder, said, sit)
        finally:
            opened.recorder.close()
    finally:
        venue.close()


def _find(name: str) -> Network:
    """A network, or a puzzle: a class may look for its mistake together."""
    is_puzzle = any(riddle.name == name for riddle in puzzle.riddles())
    return puzzle.find(name) if is_puzzle else builtin.find(name)


def _kept(name: str, register: Register, options: argparse.Namespace) -> Kept | None:
    """What there is of the class to go on with; the options then ask for that, and for nothing done anew.

    There is nothing where its session is gone. BpstepError where another network or another session is asked
    for: beginning with that would be the end of what is kept.
    """
    kept = register.kept()
    if kept is None or (kept.session and not session_file.path_of(sessions_folder(), kept.session).exists()):
        return None
    names = {None, "", kept.session, kept.network} if kept.session else {None}
    if kept.network != Path(options.network).stem or options.resume not in names:
        raise BpstepError(
            f"the class {name} was not ended and is about {kept.network}: "
            f"bpstep share {name} {kept.network} goes on with it, q there ends it"
        )
    if kept.session:
        options.resume, options.settings = kept.session, []
    return kept


def _place(kept: Kept, opened: Opened) -> Moved:
    """Where the class stood, with as much of the next equation done as it has."""
    try:
        return Moved(kept.place.n, micro.checked(opened.session, kept.place.n, kept.place.k))
    except BpstepError:
        return Moved(kept.place.n)


def _said(name: str, whose: str, kept: Kept | None, opened: Opened, start: Moved) -> str:
    """How pupils come in, and where the class is; `whose` they have to say where others have such a class."""
    if kept is None:
        return (
            f"the class is open: bpstep join {name}{whose} brings pupils in. {opened.said(start.n)}".strip()
        )
    count = len(kept.answers)
    answers = f", {count} answer{'' if count == 1 else 's'}" if kept.question.is_open else ""
    how = f"; bpstep join {name}{whose} brings pupils in" if whose else ""
    return f"the class {name} goes on at n = {start.n:,}{answers}{how}"
