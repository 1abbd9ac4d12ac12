"""Files that somebody else may have written: only plain ones are opened, only so large, only UTF-8.

And the folders of what bpstep writes by itself, which nobody else can look into.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bpstep.errors import FileError
from bpstep.text import is_plain, one_line

MAX_NUMBERS = 2**26
"""Numbers that a network may have in its data, weights and activations together: half a gigabyte."""


def file_error(path: Path, line: int | None, message: str) -> FileError:
    """The error to raise for a place in a file; path and message are made safe to print on one line."""
    shown = str(path)
    return FileError(path if is_plain(shown) else one_line(shown), line, one_line(message))


def read_bytes(path: Path, limit: int) -> bytes:
    """A plain file's content. FileError where it is none, cannot be read or is larger than `limit` bytes."""
    with _os_errors_as_file_errors(path):
        _check_plain_file(path, limit)
        return path.read_bytes()


@contextmanager
def opened(path: Path, limit: int) -> Iterator[TextIO]:
    """A plain file's text, line ends as they stand; a byte order mark is passed over.

    Raises FileError, here or while the text is read, where it is no plain file, cannot be read, is larger
    than `limit` bytes or is not UTF-8.
    """
    with _os_errors_as_file_errors(path):
        _check_plain_file(path, limit)
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file


@contextmanager
def _os_errors_as_file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise file_error(path, None, f"{reason[0].lower()}{reason[1:]}") from None
    except UnicodeDecodeError:
        raise file_error(path, None, "this is not a text in UTF-8") from None


def _check_plain_file(path: Path, limit: int) -> None:
    if "\0" in str(path):
        raise file_error(path, None, "a file's name cannot hold a NUL character")
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise file_error(path, None, "this is a directory, a file was expected")
    # A pipe would wait for ever and a device such as /dev/zero has no end.
    if not stat.S_ISREG(status.st_mode):
        raise file_error(path, None, "this is a device or a pipe, a plain file was expected")
    if status.st_size > limit:
        raise file_error(path, None, f"the file has {status.st_size:,} bytes, at most {limit:,} are read")


def private_folder(folder: Path) -> None:
    """Make a folder of bpstep's state, and the one it is in, for the user alone. OSError where that fails."""
    for each in (folder.parent, folder):
        each.mkdir(0o700, parents=True, exist_ok=True)
