"""`bpstep share CLASS`: open a class."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.classroom.credentials import access_rules, user_name
from bpstep.classroom.room import Room
from bpstep.classroom.sockets import check_class_name, is_held_by_others, open_class
from bpstep.classroom.state_file import ClassState, StateFile
from bpstep.cli import messages
from bpstep.cli.folders import classes_folder, sessions_folder
from bpstep.cli.open_session import OpenedSession, close_session, open_requested
from bpstep.cli.start import load_settings, require_terminal, start_position
from bpstep.errors import BpstepError
from bpstep.files import is_there
from bpstep.learn import puzzle
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.session import micro
from bpstep.storage import session_file
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill, fill_plural

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller
    from bpstep.ui.frontend import Frontend


def run(options: argparse.Namespace) -> int:
    """Open the class and the debugger. Every error is found before the screen changes."""
    name = check_class_name(options.name)
    settings = load_settings(options)
    allowed = access_rules(options.group, options.users)
    require_terminal(messages.CLASS_NEEDS_TERMINAL)
    shared = is_held_by_others(name)
    venue = open_class(name, allowed)
    try:
        state_file = StateFile(classes_folder(), name)
        kept = _class_to_resume(name, state_file, options)
        opened = open_requested(options, _open_network_or_puzzle)
        start = start_position(opened, settings, options) if kept is None else _class_position(kept, opened)
        if opened.position is None:
            opened.recorder.set_start(start)
        room = Room(opened.session, user_name(allowed.owner_uid))
        if kept is not None:
            room.resume(kept.caption, kept.pointed, kept.question, kept.answers)

        def make_frontend(controller: Controller) -> Frontend:
            from bpstep.tui.classroom import TeacherFrontend

            return TeacherFrontend(controller, room, venue, allowed, state_file)

        from bpstep.tui.startup import run_debugger

        try:
            message = _opening_message(name, room.teacher if shared else "", kept, opened, start)
            return run_debugger(opened.session, settings, start, opened.recorder, message, make_frontend)
        finally:
            close_session(opened)
    finally:
        venue.close()


def _open_network_or_puzzle(name: str) -> Network:
    """A network, or a puzzle: a class may look for its mistake together."""
    is_puzzle = any(listed.name == name for listed in puzzle.puzzle_texts())
    return puzzle.open_puzzle(name) if is_puzzle else builtin.open_network(name)


def _class_to_resume(name: str, state_file: StateFile, options: argparse.Namespace) -> ClassState | None:
    """The saved state of the class; the options are then set to resume it. None if its session is gone.

    BpstepError if another network or session is requested: opening that would delete the saved one.
    """
    kept = state_file.load()
    if kept is None or (kept.session and not is_there(session_file.path_of(sessions_folder(), kept.session))):
        return None
    names = {None, "", kept.session, kept.network} if kept.session else {None}
    if kept.network != Path(options.network).stem or options.resume not in names:
        raise BpstepError(fill(messages.CLASS_IN_PROGRESS, name=name, network=kept.network))
    if kept.session:
        options.resume, options.settings = kept.session, []
    return kept


def _class_position(kept: ClassState, opened: OpenedSession) -> CursorPosition:
    """Where the class stood, with as many operations of the next equation done."""
    try:
        return CursorPosition(kept.place.n, micro.check_operation(opened.session, kept.place.n, kept.place.k))
    except BpstepError:
        return CursorPosition(kept.place.n)


def _opening_message(
    name: str, teacher: str, kept: ClassState | None, opened: OpenedSession, start: CursorPosition
) -> str:
    """How pupils join, and where the class is; `teacher` is needed if others have a class of this name."""
    command = f"bpstep join {name}" + (f" --teacher {teacher}" if teacher else "")
    if kept is None:
        message = opened.message(start.n)
        template = messages.CLASS_OPEN_RESUMED if message else messages.CLASS_OPEN
        return fill(template, command=command, message=message)
    if kept.question.is_open:
        one, many = messages.CLASS_RESUMED_ONE_ANSWER, messages.CLASS_RESUMED_ANSWERS
        message = fill_plural(len(kept.answers), one, many, name=name, n=start.n)
    else:
        message = fill(messages.CLASS_RESUMED, name=name, n=start.n)
    return fill(messages.CLASS_JOIN_HINT, message=message, command=command) if teacher else message
