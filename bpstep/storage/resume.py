"""Opening a session again: by its name, by its network, or from a file that somebody else has sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bpstep.errors import BpstepError, FileError
from bpstep.files import file_error, is_there, real_path
from bpstep.session.events import RUN_NAMES, CloseRun, Fork, ReopenRun
from bpstep.session.session import Session
from bpstep.storage import messages, session_file
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.recorder import Recorder, lock_file
from bpstep.storage.session_file import SESSION_SUFFIX, SavedSession
from bpstep.text import fill, fill_plural, quoted


@dataclass(frozen=True)
class Resumed:
    """A session opened again. Nothing is computed yet, it is at n = 0."""

    session: Session
    recorder: Recorder
    position: CursorPosition
    """Where it was left."""
    name: str
    origin: str
    """The network file that it is from, as in its first line."""
    notes: tuple[str, ...]
    """Further notes for the person."""

    def message(self, n: int) -> str:
        """That the session is resumed, with notes about it."""
        count = len(self.session.journal.edits)
        many = messages.RESUMED_EDITS if count else messages.RESUMED_NO_EDITS
        resumed = fill_plural(count, messages.RESUMED_ONE_EDIT, many, name=self.name, n=n)
        return "; ".join((resumed, *self.notes))


def find_resumable(folder: Path, name: str, network: str, origin: str) -> Path:
    """The file of the requested session. BpstepError if there is none.

    `name` is a session's name, a file, possibly without its ending, or a network's name, which means its last
    session; if it is empty, the last session of `network`. A network is identified by its name and by its
    file, which is empty for a built-in one.
    """
    if not name:
        found = _last_session(folder, network, origin)
        if found is None:
            raise BpstepError(fill(messages.NOTHING_TO_RESUME, network=network))
        return found
    if os.sep in name or name.endswith(SESSION_SUFFIX):
        path, with_suffix = Path(name), Path(name + SESSION_SUFFIX)
        return with_suffix if not is_there(path) and is_there(with_suffix) else path
    path = session_file.path_of(folder, name)
    if is_there(path):
        return path
    found = _last_session(folder, name, "")
    if found is None:
        raise BpstepError(fill(messages.NO_SUCH_SESSION, name=quoted(name)))
    return found


def last_resumable(folder: Path, network: str, origin: str) -> str:
    """The name of the last session of a network; empty if there is none or it is open elsewhere."""
    try:
        path = _last_session(folder, network, origin)
        descriptor = None if path is None else _open_for_writing(path)
    except BpstepError:
        return ""
    if path is None or descriptor is None:
        return ""
    is_free = lock_file(descriptor)
    os.close(descriptor)
    return path.name.removesuffix(SESSION_SUFFIX) if is_free else ""


def _last_session(folder: Path, network: str, origin: str) -> Path | None:
    for path in session_file.session_files(folder):
        try:
            header = session_file.header_of(path)
        except (FileError, OSError):
            continue
        if (header.network, header.origin) == (network, origin):
            return path
    return None


def resume(path: Path, folder: Path) -> Resumed:
    """Open a session again, and continue in its file if that is our own, not open and complete.

    Otherwise it continues in a file of its own and the opened one stays as it is. FileError if it contains no
    session, or if it is somebody else's and a line of it is invalid.
    """
    own = real_path(path).parent == real_path(folder)
    descriptor = _open_for_writing(path) if own else None
    free = descriptor is not None and lock_file(descriptor)
    try:
        saved = session_file.read_session(path)
        session = Session(saved.network(own))
        position, damage = _replay(session, saved)
        if damage is not None and not own:
            raise damage
    except BaseException:
        if descriptor is not None:
            os.close(descriptor)
        raise
    recorder = Recorder(session, folder, saved.header.origin)
    if descriptor is not None and free and damage is None:
        if saved.is_truncated:
            os.ftruncate(descriptor, saved.size)
        recorder.continue_file(path, descriptor, saved.size, position)
    else:
        if descriptor is not None:
            os.close(descriptor)
        recorder.set_start(position)
    return Resumed(
        session,
        recorder,
        position,
        saved.name,
        saved.header.origin,
        tuple(_resume_notes(saved, own, free, damage)),
    )


def _open_for_writing(path: Path) -> int | None:
    """A handle for appending; None if that is not allowed."""
    try:
        return os.open(path, os.O_RDWR | os.O_APPEND)
    except OSError:
        return None


def _replay(session: Session, saved: SavedSession) -> tuple[CursorPosition, FileError | None]:
    """Apply all records. Returns the last position, and what is wrong with an invalid line."""
    furthest = dict.fromkeys(RUN_NAMES, 0)
    runs, position, damage = session.journal.runs, CursorPosition(0), saved.damage
    closed: list[dict[str, int]] = []
    for line, record in saved.records:
        try:
            before, count = furthest[runs.current], len(runs.closed)
            if isinstance(record, CursorPosition):
                position = record
            else:
                session.append(record)
        except BpstepError as error:
            damage = file_error(saved.path, line, str(error))
            break
        if len(runs.closed) > count:
            closed.append(furthest)
        match record:
            case Fork():
                furthest = dict.fromkeys(RUN_NAMES, before)
            case CloseRun():
                kept = RUN_NAMES[1 - RUN_NAMES.index(record.run)]
                furthest = dict.fromkeys(RUN_NAMES, furthest[kept])
            case ReopenRun():
                furthest = closed.pop()
        furthest[runs.current] = max(furthest[runs.current], position.n)
    session.rebuild_runs()
    for name, run in session.runs.items():
        run.furthest = furthest[name]
    session.goto(0)
    return position, damage


def _resume_notes(saved: SavedSession, own: bool, free: bool, damage: FileError | None) -> Iterator[str]:
    if saved.is_truncated:
        yield fill(messages.LAST_LINE_CUT)
    if damage is not None:
        yield fill(messages.LINE_DAMAGED, line=damage.line)
    elif not own:
        yield fill(messages.KEPT_AS_OWN)
    elif not free:
        yield fill(messages.OPEN_ELSEWHERE)
