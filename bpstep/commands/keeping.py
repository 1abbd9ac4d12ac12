"""Sessions that are kept: a new one that will be, and one that is opened again."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bpstep import library, resuming, store, usual
from bpstep.classroom.register import kept_sessions
from bpstep.commands.folders import classes_folder, sessions_folder
from bpstep.commands.opening import as_file, make_settings, open_session
from bpstep.errors import BpstepError
from bpstep.network import Network
from bpstep.recorder import Recorder
from bpstep.reference import digest
from bpstep.session import Session
from bpstep.store import Moved
from bpstep.tidying import tidy


@dataclass(frozen=True)
class Opened:
    """A session, what keeps it, where it was left (None for a new one), and what to say of it at n."""

    session: Session
    recorder: Recorder
    place: Moved | None = None
    said: Callable[[int], str] = field(default=lambda n: "")


def open_asked(options: argparse.Namespace, find: Callable[[str], Network]) -> Opened:
    """What is asked for: a session to go on with, by --resume or by its file, or a new one."""
    name = options.network
    if options.resume is None and name and library.means_file(name) and store.is_session(Path(name)):
        options.resume = as_file(name)
        options.network = usual.NETWORK
    return open_new(options, find) if options.resume is None else open_again(options)


def open_new(options: argparse.Namespace, find: Callable[[str], Network]) -> Opened:
    """A session of the network that is asked for."""
    session, _ = open_session(options, find)
    origin = _origin(options.network)
    return Opened(session, _tidying(Recorder(session, sessions_folder(), origin), origin))


def open_again(options: argparse.Namespace) -> Opened:
    """The session that --resume asks for, with the edits of --set made last."""
    folder = sessions_folder()
    path = resuming.find(folder, options.resume, Path(options.network).stem, _origin(options.network))
    found = resuming.resume(path, folder)
    network = found.session.network.name
    if options.network != usual.NETWORK and Path(options.network).stem != network:
        found.recorder.close()
        raise BpstepError(f"{path.stem} is a session of {network}, not of {options.network}")
    make_settings(found.session, options)
    notes = _notes(options.network, found.session.network)
    _tidying(found.recorder, found.origin)
    return Opened(found.session, found.recorder, found.place, lambda n: found.said(n) + notes)


def _tidying(recorder: Recorder, origin: str) -> Recorder:
    """Let it take old sessions of its network away, in which nothing was done, when it makes another."""
    folder, network = recorder.folder, recorder.session.network.name
    recorder.made = lambda: tidy(folder, network, origin, kept_sessions(classes_folder()))
    return recorder


def _notes(name: str, network: Network) -> str:
    """That the network's file is not what it was, where that is so."""
    try:
        if not library.means_file(name) or digest(library.find(name)) == digest(network):
            return ""
    except BpstepError:
        return ""  # the session does without the file
    return f"; {Path(name).name} has changed, here it is as it was"


def _origin(network: str) -> str:
    """The file that a network is from; empty for one that is built in."""
    return str(Path(network).resolve()) if library.means_file(network) else ""
