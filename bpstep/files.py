"""Reading files that somebody else may have written: plain files only, of limited size, in UTF-8.

And the private folders of what bpstep writes by itself.
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

# What a person reads about a file that cannot be read: templates.
_CANNOT_READ = "it cannot be read"
_NOT_UTF8 = "the text is not UTF-8; save the file in that encoding"
_NUL_IN_NAME = "a file name cannot hold a NUL character"
_IS_A_DIRECTORY = "expected a file, got a directory"
_NOT_A_PLAIN_FILE = "expected a plain file, got a device or a pipe"
_FILE_TOO_LARGE = "the file has {size:,} bytes; at most {limit:,} are read"

_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""How a file is opened, so that neither a pipe without a writer nor a terminal can hold whoever opens it."""

MAX_NUMBERS = 2**26
"""Numbers that a network may have in its data, weights and activations together: half a gigabyte."""


def file_error(path: Path, line: int | None, message: str) -> FileError:
    """The error to raise for a place in a file; path and message are made safe to print on one line."""
    shown = str(path)
    return FileError(path if is_plain(shown) else one_line(shown), line, one_line(message))


def read_bytes(path: Path, limit: int) -> bytes:
    """A plain file's content. FileError where it is none, cannot be read or is larger than `limit` bytes."""
    with _os_errors_as_file_errors(path), _plain(path, limit) as file:
        content = file.read(limit + 1)
        # What is not on a disk, like the files of /proc, can hold more than it says.
        if len(content) > limit:
            raise _too_large(path, len(content), limit)
        return content


def first_line(path: Path, limit: int) -> bytes:
    """A plain file's first line, as far as `limit` bytes. FileError where it is none or cannot be read."""
    with _os_errors_as_file_errors(path), _plain(path, limit) as file:
        return file.readline(limit)


@contextmanager
def opened(path: Path, limit: int) -> Iterator[TextIO]:
    """A plain file's text, line ends as they stand; a byte order mark is passed over.

    Raises FileError, here or while the text is read, where it is no plain file, cannot be read, is larger
    than `limit` bytes or is not UTF-8.
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
    """A plain file, open to be read; opening it waits for nobody."""
    if "\0" in str(path):
        raise file_error(path, None, fill(_NUL_IN_NAME))
    # Before, because opening a device can do something; and after, because it can be another file by then.
    _check_plain_file(path, os.stat(path), limit)
    handle = os.open(path, os.O_RDONLY | _AT_ONCE)
    with open(handle, "rb") as file:
        _check_plain_file(path, os.fstat(handle), limit)
        yield file


def _check_plain_file(path: Path, status: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise file_error(path, None, fill(_IS_A_DIRECTORY))
    # A pipe would wait for ever and a device such as /dev/zero has no end.
    if not stat.S_ISREG(status.st_mode):
        raise file_error(path, None, fill(_NOT_A_PLAIN_FILE))
    if status.st_size > limit:
        raise _too_large(path, status.st_size, limit)


def _too_large(path: Path, size: int, limit: int) -> FileError:
    return file_error(path, None, fill(_FILE_TOO_LARGE, size=size, limit=limit))


def is_there(path: Path) -> bool:
    """Whether something has this name, or may have: where that can't be found out, reading it tells why."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def real_path(path: Path) -> Path:
    """The file that a name means, links followed as far as they lead. It need not be there."""
    try:
        return Path(os.path.realpath(path))
    except OSError:  # the folder that one is in has been removed
        return path


def private_folder(folder: Path) -> None:
    """Make a folder of bpstep's state, and the one it is in, for the user alone. OSError where that fails."""
    for each in (folder.parent, folder):
        each.mkdir(0o700, parents=True, exist_ok=True)
