"""Opening a session again: by its name, by its network, or from a file that somebody else has sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bpstep.errors import BpstepError, FileError
from bpstep.files import file_error
from bpstep.session.events import RUNS, Fork
from bpstep.session.session import Session
from bpstep.storage import session_file
from bpstep.storage.recorder import Recorder, lock
from bpstep.storage.session_file import SUFFIX, Moved, Saved
from bpstep.text import quoted


@dataclass(frozen=True)
class Resumed:
    """A session opened again. Nothing is computed yet, it stands at n = 0."""

    session: Session
    recorder: Recorder
    place: Moved
    """Where it was left."""
    name: str
    origin: str
    """The network file that it is from, as its first line has it."""
    notes: tuple[str, ...]
    """What the person should know beside that it goes on."""

    def said(self, n: int) -> str:
        """That it goes on, and what is to be known about it."""
        count = len(self.session.journal.edits)
        edits = f"{count or 'no'} edit{'' if count == 1 else 's'}"
        return "; ".join((f"{self.name} goes on at n = {n:,}, with {edits}", *self.notes))


def find(folder: Path, name: str, network: str, origin: str) -> Path:
    """The file of the session that is asked for. BpstepError where there is none.

    `name` is a session's name, a file, also without its ending, or a network's name, which means its last
    session; where it is empty it is the last session of `network`. A network is known by its name and
    by the file that it is from, which is empty for one that is built in.
    """
    if not name:
        found = _last(folder, network, origin)
        if found is None:
            raise BpstepError(
                f"there is no session of {network} to resume: bpstep sessions lists what there is"
            )
        return found
    if os.sep in name or name.endswith(SUFFIX):
        path, ended = Path(name), Path(name + SUFFIX)
        return ended if not path.exists() and ended.exists() else path
    path = session_file.path_of(folder, name)
    if path.exists():
        return path
    found = _last(folder, name, "")
    if found is None:
        raise BpstepError(f"no session is called {quoted(name)}: bpstep sessions lists them")
    return found


def _last(folder: Path, network: str, origin: str) -> Path | None:
    for path in session_file.sessions(folder):
        try:
            header = session_file.header_of(path)
        except (FileError, OSError):
            continue
        if (header.network, header.origin) == (network, origin):
            return path
    return None


def resume(path: Path, folder: Path) -> Resumed:
    """Open a session again, and go on in its file where that is one of ours, free and whole.

    Else it goes on in a file of its own and the one opened stays as it is. FileError where there is no
    session in it, or where it is somebody else's and a line of it is wrong.
    """
    own = path.resolve().parent == folder.resolve()
    handle = _opened(path) if own else None
    free = handle is not None and lock(handle)
    try:
        saved = session_file.read(path)
        session = Session(saved.network())
        place, damage = _replay(session, saved)
        if damage is not None and not own:
            raise damage
    except BaseException:
        if handle is not None:
            os.close(handle)
        raise
    recorder = Recorder(session, folder, saved.header.origin)
    if handle is not None and free and damage is None:
        if saved.torn:
            os.ftruncate(handle, saved.size)
        recorder.go_on(path, handle, saved.size, place)
    else:
        if handle is not None:
            os.close(handle)
        recorder.begin(place)
    return Resumed(
        session, recorder, place, saved.name, saved.header.origin, tuple(_notes(saved, own, free, damage))
    )


def _opened(path: Path) -> int | None:
    """A handle to go on writing; None where that is not allowed."""
    try:
        return os.open(path, os.O_RDWR | os.O_APPEND)
    except OSError:
        return None


def _replay(session: Session, saved: Saved) -> tuple[Moved, FileError | None]:
    """Do all that was done. Gives the last position, and what is wrong with a line that can't be followed."""
    furthest = dict.fromkeys(RUNS, 0)
    runs, place, damage = session.journal.runs, Moved(0), saved.damage
    for line, record in saved.records:
        try:
            before = furthest[runs.current]
            if isinstance(record, Moved):
                place = record
            else:
                session.take(record)
        except BpstepError as error:
            damage = file_error(saved.path, line, str(error))
            break
        if isinstance(record, Fork):
            furthest = dict.fromkeys(RUNS, before)
        furthest[runs.current] = max(furthest[runs.current], place.n)
    session.rebuild()
    for name, run in session.runs.items():
        run.furthest = furthest[name]
    session.goto(0)
    return place, damage


def _notes(saved: Saved, own: bool, free: bool, damage: FileError | None) -> Iterator[str]:
    if saved.torn:
        yield "its last line was cut off and is left out"
    if damage is not None:
        yield f"line {damage.line} is damaged, what is before it goes on in a file of its own"
    elif not own:
        yield "what you do is kept in a session of your own"
    elif not free:
        yield "another bpstep has it open, this is a copy of its own"
