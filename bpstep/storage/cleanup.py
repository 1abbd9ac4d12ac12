"""Removing sessions: one that a person names, and old ones with only moves."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.storage import messages, session_file
from bpstep.storage.recorder import lock_file
from bpstep.storage.session_file import SESSION_SUFFIX, make_file_stem
from bpstep.text import fill, quoted

MAX_UNCHANGED = 3
"""How many sessions of a network with only moves are kept."""


def is_automatic_name(network: str, name: str) -> bool:
    """True for a name that bpstep gives to a session of this network, if no person names it."""
    return re.fullmatch(rf"{re.escape(make_file_stem(network))}-\d+", name) is not None


def remove_unchanged(folder: Path, network: str, origin: str, protected: Collection[str] = ()) -> list[str]:
    """Remove all but the last few sessions of a network that contain only moves; return their names.

    Never one with an event, one that a person has named, one that is damaged or open, or one of `protected`.
    A file that cannot be read or removed stays.
    """
    removed: list[str] = []
    unchanged = 0
    for path in _listed(folder):
        name = path.name.removesuffix(SESSION_SUFFIX)
        if not is_automatic_name(network, name) or not _is_unchanged(path, network, origin):
            continue
        unchanged += 1
        if unchanged > MAX_UNCHANGED and name not in protected:
            with suppress(OSError):
                removed += [name] if _remove_unless_locked(path) else []
    return removed


def _listed(folder: Path) -> list[Path]:
    try:
        return session_file.session_files(folder)
    except BpstepError:
        return []


def delete_session(folder: Path, name: str) -> None:
    """Remove a session. BpstepError if none has this name, or if it is open."""
    path = existing_session_path(folder, name)
    try:
        if not _remove_unless_locked(path):
            raise BpstepError(fill(messages.SESSION_IS_OPEN, name=quoted(name)))
    except OSError as error:
        reason = error.strerror or fill(messages.UNKNOWN_REMOVE_ERROR)
        raise BpstepError(fill(messages.CANNOT_REMOVE, path=path, reason=reason)) from None


def existing_session_path(folder: Path, name: str) -> Path:
    """The file of the session with this name. BpstepError if there is none."""
    path = session_file.path_of(folder, name.removesuffix(SESSION_SUFFIX))
    if not os.path.lexists(path):
        raise BpstepError(fill(messages.NO_SUCH_SESSION, name=quoted(name)))
    return path


def _is_unchanged(path: Path, network: str, origin: str) -> bool:
    """True for a complete session of this network with only moves."""
    try:
        header = session_file.header_of(path)
        if (header.network, header.origin) != (network, origin):
            return False
        saved = session_file.read_session(path)
    except (BpstepError, OSError):
        return False
    return not saved.events and saved.damage is None


def _remove_unless_locked(path: Path) -> bool:
    """Remove a file unless another bpstep has it open; False if so."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        path.unlink()
        return True
    is_free = lock_file(descriptor)
    os.close(descriptor)
    if is_free:
        path.unlink()  # another bpstep that opens it in between continues in another file
    return is_free
