"""From a command's NETWORK and --set options to a session."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from bpstep.cli.main import print_message
from bpstep.errors import BpstepError
from bpstep.lang.cells import CellAssignment, complete_index, parse_assignment
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.session.session import Session
from bpstep.storage import session_file


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
    network = open_network(name)
    for warning in network.warnings:
        print_message("warning", warning)
    session = Session(network)
    return session, apply_settings(session, options)


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
