"""Where a class is: a socket in a folder of the teacher's, and the rights that say who may come in.

    /tmp/bpstep-1000            the teacher's, by number; others may pass through and not look around
    /tmp/bpstep-1000/algebra    the class's: open to the teacher, to a group, or to pass through
    /tmp/bpstep-1000/algebra/socket

/tmp because every user of a host sees the same one, also those that ssh has let in a moment ago. It is
sticky: nobody can take away or replace what is another's. Whoever comes checks that folder and socket belong
to the user whose number the folder has; whoever opens a class checks that the folder is really theirs, and
where somebody has put something in its place takes one beside it, whose name nobody can guess before.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bpstep.classroom import messages
from bpstep.classroom.credentials import AccessRules, peer_credentials, user_name
from bpstep.errors import BpstepError
from bpstep.text import fill, quoted

try:
    import fcntl
except ImportError:  # Windows has no Unix sockets in Python either
    fcntl = None  # type: ignore[assignment]

ROOT = Path("/tmp")

_CLASS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,31}")

_FOLDER = re.compile(r"bpstep-(0|[1-9][0-9]{0,9})(?:-[0-9a-f]{8})?")

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

BACKLOG = 512
"""How many connections may wait to be accepted: a whole class may connect at once."""

_CONNECT_TIMEOUT, _RETRY_INTERVAL = 5.0, 0.05
"""Seconds that a client keeps trying while the queue is full, and between two attempts."""


def check_class_name(name: str) -> str:
    """The name, if it can name a class; else BpstepError."""
    if not _CLASS.fullmatch(name):
        raise BpstepError(fill(messages.BAD_CLASS_NAME, name=quoted(name)))
    return name


@dataclass
class ClassSocket:
    """An open class: the socket that pupils connect to, and the lock that shows it is in use."""

    path: Path
    socket: socket.socket
    lock: int

    def close(self) -> None:
        """Delete everything but the teacher's own folder."""
        self.socket.close()
        for name in ("socket", "lock"):
            (self.path / name).unlink(missing_ok=True)
        os.close(self.lock)
        with suppress(OSError):  # another process holds the class already
            self.path.rmdir()


def open_class(name: str, audience: AccessRules) -> ClassSocket:
    """Open a class with these access rules. BpstepError if it is open already, or if the folder is not safe.

    A socket left by a teacher's process that was killed is replaced. Other teachers may open a class of this
    name.
    """
    _check_platform()
    check_class_name(name)
    _check_root()
    path = _make_private_folder(_teachers_folder() / name, 0o700)
    lock = _lock(path, name)
    try:
        return ClassSocket(path, _listen(path, audience), lock)
    except OSError as error:
        os.close(lock)
        raise BpstepError(fill(messages.NOT_OPENED, path=path, reason=error.strerror or error)) from None


def is_held_by_others(name: str) -> bool:
    """Whether another teacher has a class of this name here, so that pupils have to name the teacher."""
    found = _open_connections(check_class_name(name), "")
    owners = {peer_credentials(each) for each in found}
    for each in found:
        each.close()
    return any(there is None or there.uid != os.geteuid() for there in owners)


def connect_to_class(name: str, teacher: str = "") -> socket.socket:
    """A connection to a class of this name, of the given teacher if one is given.

    BpstepError if there is none, if it is not open to this user, or if several teachers have one.
    """
    _check_platform()
    check_class_name(name)
    found = _open_connections(name, teacher)
    if len(found) == 1:
        return found[0]
    holders = sorted(map(_owner_name, found))
    for each in found:
        each.close()
    if found:
        raise BpstepError(fill(messages.SEVERAL_CLASSES, teachers=", ".join(holders), name=name))
    template = messages.NO_CLASS_OF if teacher else messages.NO_CLASS
    raise BpstepError(fill(template, name=name, teacher=quoted(teacher)))


def _check_platform() -> None:
    if fcntl is None or not hasattr(socket, "AF_UNIX"):
        raise BpstepError(fill(messages.NEEDS_SOCKETS))


def _check_root() -> None:
    mode = os.stat(ROOT).st_mode
    if mode & _OTHERS_WRITE and not mode & stat.S_ISVTX:
        raise BpstepError(fill(messages.NOT_STICKY, path=ROOT))


def _teachers_folder() -> Path:
    """This user's folder: the existing one, else the usual one, else one beside whatever is in its place."""
    usual = ROOT / f"bpstep-{os.geteuid()}"
    for folder, owner in _folders():
        if owner == os.geteuid():
            return _make_private_folder(folder, 0o711)
    try:
        return _make_private_folder(usual, 0o711)
    except BpstepError:
        return _make_private_folder(usual.with_name(f"{usual.name}-{secrets.token_hex(4)}"), 0o711)


def _make_private_folder(path: Path, mode: int) -> Path:
    """A folder that really belongs to this user, created if it is missing."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise BpstepError(fill(messages.FOLDER_ERROR, path=path, reason=error.strerror)) from None
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise BpstepError(fill(messages.NOT_YOUR_FOLDER, path=path))
    os.chmod(path, mode)
    return path


def _lock(path: Path, name: str) -> int:
    """Lock the class; the lock ends with the process, however that ends."""
    try:
        handle = os.open(path / "lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BpstepError(fill(messages.NOT_OPENED, path=path, reason=error.strerror or error)) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise BpstepError(fill(messages.ALREADY_HELD, name=name)) from None
    return handle


def _listen(path: Path, audience: AccessRules) -> socket.socket:
    """Listen; the folder opens to others once the socket has its rights."""
    place = path / "socket"
    place.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.bind(str(place))
        if audience.group is not None:
            os.chown(place, -1, audience.group)
            os.chown(path, -1, audience.group)
        os.chmod(place, audience.socket_mode)
        os.chmod(path, audience.folder_mode)
        found.listen(BACKLOG)
        found.setblocking(False)
    except OSError:
        found.close()
        raise
    return found


def _open_connections(name: str, teacher: str) -> list[socket.socket]:
    """A connection to each open class of this name that this user may enter."""
    found = []
    for folder, owner in _folders():
        if teacher in ("", str(owner), user_name(owner)):
            connection = _try_connect(folder / name, owner)
            if connection is not None:
                found.append(connection)
    return found


def _folders() -> list[tuple[Path, int]]:
    """The folders of teachers whose owners can be trusted, with the owners; only the first of each owner."""
    found: dict[int, Path] = {}
    for entry in sorted(os.listdir(ROOT)) if ROOT.is_dir() else ():
        match = _FOLDER.fullmatch(entry)
        if match and _is_owners(ROOT / entry, int(match[1]), stat.S_ISDIR):
            found.setdefault(int(match[1]), ROOT / entry)
    return [(path, owner) for owner, path in found.items()]


def _try_connect(path: Path, owner: int) -> socket.socket | None:
    place = path / "socket"
    if not _is_owners(path, owner, stat.S_ISDIR) or not _is_owners(place, owner, stat.S_ISSOCK, 0):
        return None
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    found.settimeout(_CONNECT_TIMEOUT)
    try:
        _connect_with_retry(found, str(place))
    except OSError:  # nobody listens, or this user may not
        found.close()
        return None
    there = peer_credentials(found)
    if there is not None and there.uid != owner:
        found.close()
        return None
    return found


def _connect_with_retry(connection: socket.socket, place: str) -> None:
    """Connect; if the queue is full, try again for a while. OSError if that does not help."""
    end = time.monotonic() + _CONNECT_TIMEOUT
    while True:
        try:
            return connection.connect(place)
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY_INTERVAL)


def _is_owners(
    path: Path, owner: int, is_kind: Callable[[int], bool], forbidden: int = _OTHERS_WRITE
) -> bool:
    """Whether this path exists, is not a link, and only its owner can write to it."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return is_kind(status.st_mode) and status.st_uid == owner and not status.st_mode & forbidden


def _owner_name(connection: socket.socket) -> str:
    there = peer_credentials(connection)
    return user_name(there.uid) if there is not None else fill(messages.UNKNOWN_OWNER)
