"""Keeps a session in its file: whatever is new is written at once, and before the screen shows it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.files import private_folder
from bpstep.netfile.digest import is_large
from bpstep.session.session import Session
from bpstep.storage.atomic_write import write
from bpstep.storage.session_file import SUFFIX, Moved, header_line, path_of, plain_name, record_line

try:
    import fcntl
except ImportError:  # Windows: two bpsteps have two files there as well, only --resume can't tell
    fcntl = None  # type: ignore[assignment]

_RIGHTS = 0o600

_MOST_NAMES = 100_000


class Recorder:
    """The file of one session; it is made when there is something to write.

    Where it can't be written, work goes on: what is missing is in the journal, and is written as soon as that
    is possible again.
    """

    def __init__(self, session: Session, folder: Path, origin: str = "") -> None:
        self.session = session
        self.folder = folder
        self.trouble = ""
        """Why nothing can be written now."""
        self.name = ""
        """The session's name, once there is a file."""
        self._origin = origin
        self._header = ""
        self._handle: int | None = None
        self._length = 0
        """The bytes of the file that hold whole lines."""
        self._events = 0
        """How many events are written."""
        self._place = self.place
        """The position written last."""
        self._shown = len(session.journal.events), self._place
        self.news = ""
        """What the person should be told about it."""
        self.made: Callable[[], object] = lambda: None
        """What is done when a file was made and written."""

    @property
    def place(self) -> Moved:
        """Where the cursor is."""
        return Moved(self.session.n, self.session.k)

    def begin(self, place: Moved) -> None:
        """What is there now, at the place where the session opens, is not worth a file of its own."""
        self._place = place
        self._shown = len(self.session.journal.events), place

    def go_on(self, path: Path, handle: int, length: int, place: Moved) -> None:
        """Go on in a file that holds the session as it is."""
        self._handle, self._length = handle, length
        self._events, self._place = len(self.session.journal.events), place
        self.name = path.name.removesuffix(SUFFIX)

    def save(self, arrived: bool = True) -> None:
        """Write what is new; on the way to a position, which is not `arrived` at, that is no news."""
        before = self.trouble
        try:
            self._save(self.place if arrived else self._place)
            self.trouble = ""
        except OSError as error:
            self.trouble = _reason(error)
        if self.trouble and not before:
            self.news = f"the session is not being saved: {self.trouble}; work goes on"
        elif before and not self.trouble:
            self.news = "the session is being saved again"

    def save_copy(self, name: str) -> None:
        """Write the session as it is now under a name beside the others. BpstepError where that can't be."""
        path = path_of(self.folder, name)
        try:
            private_folder(self.folder)
        except OSError as error:
            raise BpstepError(f"{self.folder}: {_reason(error)}") from None
        origin = self._origin if is_large(self.session.network) else ""
        write(copy_lines(self.session, origin), str(path))
        path.chmod(_RIGHTS)

    def close(self) -> None:
        """Leave the file; one that nothing could be written into is taken away."""
        if self._handle is None:
            return
        if not self._length:
            (self.folder / f"{self.name}{SUFFIX}").unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = None

    def _save(self, place: Moved) -> None:
        events = self.session.journal.events
        if self._handle is None:
            if (len(events), place) == self._shown:
                return
            self._create()
        elif (len(events), place) == (self._events, self._place) and not self.trouble:
            return
        elif not os.fstat(self._handle).st_nlink:
            self._leave_deleted()
        is_new = not self._length
        if not is_new:
            lines = [record_line(event) for event in events[self._events :]]
            lines += [record_line(place)] if place != self._place else []
        else:
            lines = [self._first_line(), *_all_lines(self.session, place)]
        self._write("".join(f"{line}\n" for line in lines).encode())
        self._events, self._place = len(events), place
        if is_new:
            self.made()

    def _first_line(self) -> str:
        """Made once: on a full disk every move tries to write it."""
        self._header = self._header or header_line(self.session.network, self._origin)
        return self._header

    def _leave_deleted(self) -> None:
        """Somebody has removed the file: what is in memory goes into another."""
        assert self._handle is not None
        os.close(self._handle)
        self._handle, self._length, self._events = None, 0, 0
        self._create()

    def _create(self) -> None:
        """Make the file, under the first name that is free."""
        private_folder(self.folder)
        base = plain_name(self.session.network.name)
        for number in range(1, _MOST_NAMES):
            name = f"{base}-{number}"
            try:
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
                self._handle = os.open(self.folder / f"{name}{SUFFIX}", flags, _RIGHTS)
            except FileExistsError:
                continue
            self.name, self._events = name, 0
            lock(self._handle)
            return

    def _write(self, data: bytes) -> None:
        """All of it or nothing: a part that was written before the disk was full is cut off again."""
        assert self._handle is not None
        if self.trouble:
            os.ftruncate(self._handle, self._length)
        try:
            written = os.write(self._handle, data)
            while written < len(data):
                written += os.write(self._handle, data[written:])
        except OSError:
            self._cut()
            raise
        self._length += len(data)

    def _cut(self) -> None:
        try:
            os.ftruncate(self._handle or 0, self._length)
        except OSError:
            return  # tried again before the next write


def copy_lines(session: Session, origin: str = "") -> list[str]:
    """A whole session file of what a session is now; without `origin` its network is in it, however large."""
    return [header_line(session.network, origin), *_all_lines(session, Moved(session.n, session.k))]


def _all_lines(session: Session, place: Moved) -> list[str]:
    """Every line but the first; of the positions the greatest and the last."""
    furthest = Moved(session.furthest)
    moves = [furthest] if furthest.n > place.n else []
    return [record_line(record) for record in (*session.journal.events, *moves, place)]


def _reason(error: OSError) -> str:
    reason = error.strerror or "it can't be written"
    return reason[0].lower() + reason[1:]


def lock(handle: int) -> bool:
    """Take a session's file for this bpstep alone; false where another has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
