"""Records a session in its file: every change is written at once, before the screen shows it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.files import private_folder
from bpstep.session.session import Session
from bpstep.storage import messages
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.netfile import digest
    from bpstep.storage import atomic_write, session_file
else:
    digest = deferred("bpstep.netfile.digest")
    session_file = deferred("bpstep.storage.session_file")
    atomic_write = deferred("bpstep.storage.atomic_write")

try:
    import fcntl
except ImportError:  # Windows: two bpsteps have two files, but --resume cannot tell whether one is open
    fcntl = None  # type: ignore[assignment]

_FILE_MODE = 0o600

_MAX_NAMES = 100_000


class Recorder:
    """The file of one session, created when there is something to write.

    If it can't be written, work continues: what is missing is in the journal, and is written as soon as that
    is possible again.
    """

    def __init__(self, session: Session, folder: Path, origin: str = "") -> None:
        self.session = session
        self.folder = folder
        self.write_error = ""
        """Why nothing can be written now."""
        self.name = ""
        """The session's name, once it has a file."""
        self._origin = origin
        self._header = ""
        self._descriptor: int | None = None
        self._written_bytes = 0
        """How many bytes of the file are whole lines."""
        self._written_events = 0
        """How many events are written."""
        self._written_position = self.position
        """The position written last."""
        self._initial_state = len(session.journal.events), self._written_position
        self.notice = ""
        """The note about it for the person."""
        self.on_created: Callable[[], object] = lambda: None
        """Called after a file was created and written."""

    @property
    def position(self) -> CursorPosition:
        """Where the cursor is."""
        return CursorPosition(self.session.n, self.session.k)

    @property
    def is_kept(self) -> bool:
        """True if there is a file with something in it."""
        return bool(self.name and self._written_bytes)

    def set_start(self, position: CursorPosition) -> None:
        """The state at the position where the session opens is not worth a file of its own."""
        self._written_position = position
        self._initial_state = len(self.session.journal.events), position

    def continue_file(self, path: Path, descriptor: int, length: int, position: CursorPosition) -> None:
        """Continue in a file that contains the session as it is."""
        self._descriptor, self._written_bytes = descriptor, length
        self._written_events, self._written_position = len(self.session.journal.events), position
        self.name = path.name.removesuffix(session_file.SESSION_SUFFIX)

    def save(self, settled: bool = True) -> None:
        """Write what is new; a position that is not `settled`, on the way to another, is not."""
        before = self.write_error
        try:
            self._save(self.position if settled else self._written_position)
            self.write_error = ""
        except OSError as error:
            self.write_error = _reason(error)
        if self.write_error and not before:
            self.notice = fill(messages.NOT_SAVED, reason=self.write_error)
        elif before and not self.write_error:
            self.notice = fill(messages.SAVED_AGAIN)

    def save_copy(self, name: str) -> None:
        """Write the current session under another name beside the others.

        BpstepError if that is impossible.
        """
        path = session_file.path_of(self.folder, name)
        try:
            private_folder(self.folder)
        except OSError as error:
            raise BpstepError(
                fill(messages.FOLDER_ERROR, folder=self.folder, reason=_reason(error))
            ) from None
        origin = self._origin if digest.is_large(self.session.network) else ""
        atomic_write.write_lines(session_lines(self.session, origin), str(path))
        path.chmod(_FILE_MODE)

    def close(self) -> None:
        """Close the file; remove it if nothing could be written to it."""
        if self._descriptor is None:
            return
        if not self._written_bytes:
            (self.folder / f"{self.name}{session_file.SESSION_SUFFIX}").unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def _save(self, position: CursorPosition) -> None:
        events = self.session.journal.events
        if self._descriptor is None:
            if (len(events), position) == self._initial_state:
                return
            self._create()
        elif (len(events), position) == (
            self._written_events,
            self._written_position,
        ) and not self.write_error:
            return
        elif not os.fstat(self._descriptor).st_nlink:
            self._replace_deleted_file()
        is_new = not self._written_bytes
        if not is_new:
            lines = [session_file.record_line(event) for event in events[self._written_events :]]
            lines += [session_file.record_line(position)] if position != self._written_position else []
        else:
            lines = [self._first_line(), *_all_lines(self.session, position)]
        is_lasting = is_new or len(events) > self._written_events
        self._write("".join(f"{line}\n" for line in lines).encode(), is_lasting)
        self._written_events, self._written_position = len(events), position
        if is_new:
            atomic_write.sync_folder(self.folder)
            self.on_created()

    def _first_line(self) -> str:
        """Computed once: on a full disk every move tries to write it."""
        self._header = self._header or session_file.header_line(self.session.network, self._origin)
        return self._header

    def _replace_deleted_file(self) -> None:
        """The file has been removed: what is in memory goes into another one."""
        assert self._descriptor is not None
        os.close(self._descriptor)
        self._descriptor, self._written_bytes, self._written_events = None, 0, 0
        self._create()

    def _create(self) -> None:
        """Create the file, under the first name after those that there are.

        The names of removed sessions are not used again: a command that resumes one never opens another.
        """
        private_folder(self.folder)
        base = session_file.make_file_stem(self.session.network.name)
        last = session_file.last_number(self.folder, base)
        for number in range(last + 1, last + _MAX_NAMES):
            name = f"{base}-{number}"
            try:
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
                self._descriptor = os.open(
                    self.folder / f"{name}{session_file.SESSION_SUFFIX}", flags, _FILE_MODE
                )
            except FileExistsError:
                continue
            self.name, self._written_events = name, 0
            lock_file(self._descriptor)
            return

    def _write(self, data: bytes, lasts: bool) -> None:
        """All of it or nothing: a part written before the disk was full is cut off again.

        With `lasts`, the data are on the disk afterwards, so that a power cut loses only the last cursor
        positions.
        """
        assert self._descriptor is not None
        if self.write_error:
            os.ftruncate(self._descriptor, self._written_bytes)
        try:
            written = os.write(self._descriptor, data)
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
            if lasts:
                os.fsync(self._descriptor)
        except OSError:
            self._truncate()
            raise
        self._written_bytes += len(data)

    def _truncate(self) -> None:
        try:
            os.ftruncate(self._descriptor or 0, self._written_bytes)
        except OSError:
            return  # tried again before the next write


def session_lines(session: Session, origin: str = "") -> list[str]:
    """A whole session file of the current session; without `origin` it contains its network,
    however large.
    """
    return [
        session_file.header_line(session.network, origin),
        *_all_lines(session, CursorPosition(session.n, session.k)),
    ]


def _all_lines(session: Session, position: CursorPosition) -> list[str]:
    """Every line but the first; of the positions only the greatest and the last."""
    furthest = CursorPosition(session.furthest)
    moves = [furthest] if furthest.n > position.n else []
    return [session_file.record_line(record) for record in (*session.journal.events, *moves, position)]


def _reason(error: OSError) -> str:
    reason = error.strerror or fill(messages.UNKNOWN_WRITE_ERROR)
    return reason[0].lower() + reason[1:]


def lock_file(descriptor: int) -> bool:
    """Lock a session's file for this bpstep; False if another has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
