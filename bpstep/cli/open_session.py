"""Saved sessions: a new one that will be saved, and one that is resumed."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep import defaults
from bpstep.cli import messages
from bpstep.cli.folders import classes_folder, sessions_folder
from bpstep.cli.main import print_line
from bpstep.cli.open import apply_settings, as_file_path, open_session, refuse_options
from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.files import is_there, real_path
from bpstep.frozen import frozen
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.recorder import Recorder
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.netfile import digest as network_digest
    from bpstep.script import source
    from bpstep.storage import cleanup, resume, session_file
else:
    source = deferred("bpstep.script.source")
    network_digest = deferred("bpstep.netfile.digest")
    resume = deferred("bpstep.storage.resume")
    session_file = deferred("bpstep.storage.session_file")
    cleanup = deferred("bpstep.storage.cleanup")


@frozen
class OpenedSession:
    """A session, its recorder, where it was left (None for a new one), and what to say about it at n."""

    session: Session
    recorder: Recorder
    position: CursorPosition | None = None
    message: Callable[[int], str] = field(default=lambda n: "")


def open_requested(options: argparse.Namespace, open_network: Callable[[str], Network]) -> OpenedSession:
    """The session of the command line: a resumed one, by --resume or by its file, or a new one."""
    name = options.network
    if (
        options.resume is None
        and name
        and builtin.is_file_argument(name)
        and session_file.is_session(Path(name))
    ):
        options.resume = as_file_path(name)
        options.network = defaults.NETWORK
    return open_new(options, open_network) if options.resume is None else reopen(options)


def open_new(options: argparse.Namespace, open_network: Callable[[str], Network]) -> OpenedSession:
    """A session of the network of the command line."""
    session = open_session(options, open_network)
    origin = _source_file(options.network)
    return OpenedSession(session, _with_cleanup(Recorder(session, sessions_folder(), origin), origin))


def reopen(options: argparse.Namespace) -> OpenedSession:
    """The session that --resume names, with the edits of --set applied last."""
    refuse_options(options, messages.NOT_FOR_A_SESSION)
    folder = sessions_folder()
    path = resume.find_resumable(
        folder, options.resume, Path(options.network).stem, _source_file(options.network)
    )
    resumed = resume.resume(path, folder)
    network = resumed.session.network.name
    if options.network != defaults.NETWORK and Path(options.network).stem != network:
        resumed.recorder.close()
        raise BpstepError(
            fill(messages.OTHER_NETWORK, session=path.stem, network=network, other=options.network)
        )
    apply_settings(resumed.session, options.settings)
    file = options.network if builtin.is_file_argument(options.network) else resumed.origin
    missing, changed = _missing_and_changed(file, resumed.session.network) if file else ("", "")

    def message(n: int) -> str:
        told = resumed.message(n)
        if missing:
            return fill(messages.FILE_MISSING, message=told, file=missing)
        return fill(messages.FILE_CHANGED, message=told, file=changed) if changed else told

    _with_cleanup(resumed.recorder, resumed.origin)
    return OpenedSession(resumed.session, resumed.recorder, resumed.position, message)


def resumable_note(options: argparse.Namespace, opened: OpenedSession) -> str:
    """The note that there is a session to resume, for a new one; it does not displace a puzzle's story."""
    network = opened.session.network
    folder = sessions_folder()
    if opened.position is not None or network.puzzle or not is_there(folder):
        return ""
    name = resume.last_resumable(folder, network.name, _source_file(options.network))
    return fill(messages.RESUMABLE, name=shlex.quote(name)) if name else ""


def close_session(opened: OpenedSession) -> None:
    """Close the session's file, and say on standard error how to resume what was saved."""
    opened.recorder.close()
    if opened.recorder.is_kept:
        print_line(fill(messages.SESSION_KEPT, name=shlex.quote(opened.recorder.name)))


def _with_cleanup(recorder: Recorder, origin: str) -> Recorder:
    """Let the recorder delete its network's old sessions that contain only moves, when it creates another."""
    folder, network = recorder.folder, recorder.session.network.name
    recorder.on_created = lambda: cleanup.remove_unchanged(folder, network, origin, _sessions_of_classes())
    return recorder


def _sessions_of_classes() -> set[str]:
    from bpstep.classroom.state_file import sessions_in_use  # the first frame needs no class

    return sessions_in_use(classes_folder())


def _missing_and_changed(name: str, network: Network) -> tuple[str, str]:
    """The file that is missing and the file that has changed: the network's or script's own, or an imported
    one; empty if none is or has."""
    path = Path(name)
    if not builtin.is_file_argument(name):
        return "", ""
    script = network.script
    texts = () if script is None else ((path.name, script.raw), *script.imported)
    files = [path.name, *(file for file, _ in texts)]
    missing = next((file for file in files if not (path.parent / file).exists()), "")
    if script is not None:
        return missing, next((file for file, text in texts if _differs(path.parent / file, text)), "")
    try:
        is_same = network_digest.digest(builtin.open_network(name)) == network_digest.digest(network)
    except BpstepError:
        return missing, ""  # the session works without the file
    return missing, "" if is_same else path.name


def _differs(path: Path, text: str) -> bool:
    """Whether a script's file holds another text than this; False if it can't be read."""
    try:
        return source.read_source(path).raw != text
    except BpstepError:
        return False


def _source_file(network: str) -> str:
    """The file that a network comes from; empty if it is built in."""
    return str(real_path(Path(network))) if builtin.is_file_argument(network) else ""
