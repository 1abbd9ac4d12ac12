"""Sessions that are kept: a new one that will be, and one that is opened again."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bpstep import defaults
from bpstep.classroom.state_file import kept_sessions
from bpstep.cli.folders import classes_folder, sessions_folder
from bpstep.cli.open import as_file, make_settings, open_session
from bpstep.errors import BpstepError
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.netfile.digest import digest
from bpstep.session.session import Session
from bpstep.storage import resume, session_file
from bpstep.storage.cleanup import tidy
from bpstep.storage.recorder import Recorder
from bpstep.storage.session_file import Moved


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
    if options.resume is None and name and builtin.means_file(name) and session_file.is_session(Path(name)):
        options.resume = as_file(name)
        options.network = defaults.NETWORK
    return open_new(options, find) if options.resume is None else open_again(options)


def open_new(options: argparse.Namespace, find: Callable[[str], Network]) -> Opened:
    """A session of the network that is asked for."""
    session, _ = open_session(options, find)
    origin = _origin(options.network)
    return Opened(session, _tidying(Recorder(session, sessions_folder(), origin), origin))


def open_again(options: argparse.Namespace) -> Opened:
    """The session that --resume asks for, with the edits of --set made last."""
    folder = sessions_folder()
    path = resume.find(folder, options.resume, Path(options.network).stem, _origin(options.network))
    found = resume.resume(path, folder)
    network = found.session.network.name
    if options.network != defaults.NETWORK and Path(options.network).stem != network:
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
        if not builtin.means_file(name) or digest(builtin.find(name)) == digest(network):
            return ""
    except BpstepError:
        return ""  # the session does without the file
    return f"; {Path(name).name} has changed, here it is as it was"


def _origin(network: str) -> str:
    """The file that a network is from; empty for one that is built in."""
    return str(Path(network).resolve()) if builtin.means_file(network) else ""
