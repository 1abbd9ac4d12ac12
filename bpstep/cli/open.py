"""From a command's NETWORK and --set options to a session."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable
from pathlib import Path

from bpstep.cli import messages
from bpstep.cli.main import COMMAND_NAMES, print_message
from bpstep.errors import BpstepError
from bpstep.lang.cells import CellAssignment, complete_index, parse_assignment
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.session.session import Session
from bpstep.storage import session_file
from bpstep.text import MAX_QUOTE_LENGTH, fill, is_plain, quoted


def open_session(
    options: argparse.Namespace, open_network: Callable[[str], Network] = builtin.open_network
) -> tuple[Session, list[CellAssignment]]:
    """The network that is asked for with its edits made, and the edits themselves.

    `find` gives the network of a name. BpstepError where the one or the other does not hold.
    """
    name = options.network
    if builtin.is_file_argument(name) and session_file.is_session(Path(name)):
        raise BpstepError(
            f"{name}: this is a session, no network: bpstep --resume {as_file_path(name)} opens it"
        )
    if message := _mistaken_network(name, options.command):
        raise BpstepError(message)
    network = open_network(name)
    for warning in network.warnings:
        print_message("warning", warning)
    session = Session(network)
    return session, apply_settings(session, options)


def _mistaken_network(name: str, command: str) -> str:
    """What a person meant by a name that is no network's; empty where there is nothing to suggest."""
    if name in builtin.builtin_names():
        return ""
    if not builtin.is_file_argument(name):
        if is_plain(name) and os.path.isfile(f"{name}.toml"):
            return fill(messages.NETWORK_FILE_MEANT, name=quoted(name), file=f"{name}.toml")
        meant = difflib.get_close_matches(name, COMMAND_NAMES, 1) if len(name) < MAX_QUOTE_LENGTH else []
        # A built-in network that is as close is the likelier wish where a network is expected.
        if command == "debug" and meant and not difflib.get_close_matches(name, builtin.builtin_names(), 1):
            return fill(messages.COMMAND_MEANT, name=quoted(name), command=meant[0])
    elif name.lower().endswith(".csv"):
        return fill(messages.CSV_IS_NO_NETWORK, name=quoted(name))
    elif name.endswith(".lesson"):
        return fill(messages.LESSON_IS_NO_NETWORK, name=quoted(name), path=as_file_path(name))
    return ""


def as_file_path(name: str) -> str:
    """As --resume takes it for a file."""
    return name if os.sep in name else os.path.join(os.curdir, name)


def apply_settings(session: Session, options: argparse.Namespace) -> list[CellAssignment]:
    """Make the edits of --set in a session that stands at n = 0."""
    return [_apply_setting(session, text) for text in options.settings]


def _apply_setting(session: Session, text: str) -> CellAssignment:
    try:
        name, index, value = parse_assignment(text)
        index = complete_index(index, session.program.shapes.get(name, (0,)))
        session.edit(name, index, value)
    except BpstepError as error:
        raise BpstepError(f"--set: {error}") from None
    return name, index, value
