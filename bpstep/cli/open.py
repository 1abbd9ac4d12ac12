"""From a command's NETWORK and --set options to a session."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from bpstep.cli.main import say
from bpstep.errors import BpstepError
from bpstep.lang.cells import Setting, parse_setting, whole_index
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.session.session import Session
from bpstep.storage import session_file


def open_session(
    options: argparse.Namespace, find: Callable[[str], Network] = builtin.find
) -> tuple[Session, list[Setting]]:
    """The network that is asked for with its edits made, and the edits themselves.

    `find` gives the network of a name. BpstepError where the one or the other does not hold.
    """
    name = options.network
    if builtin.means_file(name) and session_file.is_session(Path(name)):
        raise BpstepError(f"{name}: this is a session, no network: bpstep --resume {as_file(name)} opens it")
    network = find(name)
    for warning in network.warnings:
        say("warning", warning)
    session = Session(network)
    return session, make_settings(session, options)


def as_file(name: str) -> str:
    """As --resume takes it for a file."""
    return name if os.sep in name else os.path.join(os.curdir, name)


def make_settings(session: Session, options: argparse.Namespace) -> list[Setting]:
    """Make the edits of --set in a session that stands at n = 0."""
    return [_set(session, text) for text in options.settings]


def _set(session: Session, text: str) -> Setting:
    try:
        name, index, value = parse_setting(text)
        index = whole_index(index, session.program.shapes.get(name, (0,)))
        session.edit(name, index, value)
    except BpstepError as error:
        raise BpstepError(f"--set: {error}") from None
    return name, index, value
