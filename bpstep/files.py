"""Reading files of unknown origin: regular files only, of limited size, in UTF-8.

Also the private folders for what bpstep itself writes.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from bpstep.errors import FileError
from bpstep.text import fill, is_plain, one_line

# Errors about files that cannot be read: templates.
_CANNOT_READ = "it cannot be read"
_NOT_UTF8 = "the text is not UTF-8; save the file in that encoding"
_NUL_IN_NAME = "a file name cannot hold a NUL character"
_IS_A_DIRECTORY = "expected a file, got a directory"
_NOT_A_PLAIN_FILE = "expected a plain file, got a device or a pipe"
_FILE_TOO_LARGE = "the file has {size:,} bytes; at most {limit:,} are read"

_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""Flags for opening a file, so that neither a pipe without a writer nor a terminal blocks bpstep."""

MAX_NUMBERS = 2**26
"""The most numbers of a network in data, weights and activations together: half a gigabyte."""


def file_error(path: Path, line: int | None, message: str) -> FileError:
    """The error for a place in a file; path and message are made safe to print on one line."""
    shown = str(path)
    return FileError(path if is_plain(shown) else one_line(shown), line, one_line(message))


def read_bytes(path: Path, limit: int) -> bytes:
    """A regular file's content. FileError if it is none, cannot be read or is larger than `limit` bytes."""
    with _os_errors_as_file_errors(path), _plain(path, limit) as file:
        content = file.read(limit + 1)
        # Files that are not on a disk, like those of /proc, can hold more than their size says.
        if len(content) > limit:
            raise _too_large(path, len(content), limit)
        return content


def first_line(path: Path, limit: int) -> bytes:
    """A regular file's first line, up to `limit` bytes. FileError if it is none or cannot be read."""
    with _os_errors_as_file_errors(path), _plain(path, limit) as file:
        return file.readline(limit)


@contextmanager
def opened(path: Path, limit: int) -> Iterator[TextIO]:
    """A regular file's text, with its line ends; a byte order mark is skipped.

    FileError, here or while the text is read, if it is not a regular file, cannot be read, is larger than
    `limit` bytes or is not UTF-8.
    """
    with (
        _os_errors_as_file_errors(path),
        _plain(path, limit) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text,
    ):
        yield text


@contextmanager
def _os_errors_as_file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or fill(_CANNOT_READ)
        raise file_error(path, None, f"{reason[0].lower()}{reason[1:]}") from None
    except UnicodeDecodeError:
        raise file_error(path, None, fill(_NOT_UTF8)) from None


@contextmanager
def _plain(path: Path, limit: int) -> Iterator[BinaryIO]:
    """A regular file, open for reading; opening it never blocks."""
    if "\0" in str(path):
        raise file_error(path, None, fill(_NUL_IN_NAME))
    # Checked before, because opening a device can have effects, and after, because the file may have been
    # replaced.
    _check_plain_file(path, os.stat(path), limit)
    handle = os.open(path, os.O_RDONLY | _AT_ONCE)
    with open(handle, "rb") as file:
        _check_plain_file(path, os.fstat(handle), limit)
        yield file


def _check_plain_file(path: Path, status: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise file_error(path, None, fill(_IS_A_DIRECTORY))
    # A pipe would block for ever, and a device such as /dev/zero has no end.
    if not stat.S_ISREG(status.st_mode):
        raise file_error(path, None, fill(_NOT_A_PLAIN_FILE))
    if status.st_size > limit:
        raise _too_large(path, status.st_size, limit)


def _too_large(path: Path, size: int, limit: int) -> FileError:
    return file_error(path, None, fill(_FILE_TOO_LARGE, size=size, limit=limit))


def is_there(path: Path) -> bool:
    """Whether something has this name, or may have: if that can't be found out, reading it reports why."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def real_path(path: Path) -> Path:
    """The file that a name refers to, with links followed as far as possible. It may not exist."""
    try:
        return Path(os.path.realpath(path))
    except OSError:  # the working folder has been removed
        return path


def private_folder(folder: Path) -> None:
    """Create a folder for bpstep's state, and its parent, accessible to the user only.

    OSError if that fails.
    """
    for each in (folder.parent, folder):
        each.mkdir(0o700, parents=True, exist_ok=True)
