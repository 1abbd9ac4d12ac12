"""Writing results: to standard output, or to a file that is either complete or absent."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from bpstep.errors import BpstepError
from bpstep.storage import messages
from bpstep.text import fill, one_line

Content = str | bytes | Iterable[str]
"""The content of a file; lines are written one by one as they come."""


def write_lines(lines: Iterable[str], path: str | None = None) -> None:
    """Write the lines to the file, or to standard output. BpstepError if that fails."""
    if path is None:
        _print(lines)
        return
    try:
        _save(lines, path)
    except (OSError, ValueError) as error:
        raise _cannot_write(path, error) from None


def refuse_missing_folder(path: str) -> None:
    """Refuse a file in a missing folder, before its content is computed: a BpstepError."""
    try:
        os.stat(os.path.join(Path(path).parent, "."))
    except (OSError, ValueError) as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path | str | None, error: Exception) -> BpstepError:
    reason = getattr(error, "strerror", None) or str(error)
    return BpstepError(fill(messages.CANNOT_WRITE, path=one_line(str(path)), reason=reason))


def write_all(files: Iterable[tuple[Path, Content]]) -> None:
    """Write files, each complete, and none if one can't be written or computed. BpstepError says which."""
    staged: list[tuple[Path, Path]] = []
    path = None
    try:
        for path, content in files:
            target = Path(os.path.realpath(path))
            if target.exists() and not target.is_file():
                raise OSError(0, fill(messages.NOT_A_PLAIN_FILE))
            handle, temporary = tempfile.mkstemp(prefix=".bpstep-", dir=target.parent)
            staged.append((Path(temporary), target))
            with open(handle, "wb") as file:
                file.writelines(_bytes(content))
                _sync(file)
            _copy_permissions(Path(temporary), target)
        for made, target in staged:
            os.replace(made, target)
        for folder in {target.parent for _, target in staged}:
            sync_folder(folder)
    except (OSError, ValueError) as error:
        raise _cannot_write(path, error) from None
    finally:
        for made, _ in staged:
            made.unlink(missing_ok=True)


def _bytes(content: Content) -> Iterator[bytes]:
    match content:
        case bytes():
            yield content
        case str():
            yield content.encode()
        case _:
            yield from (f"{line}\n".encode() for line in content)


def _print(lines: Iterable[str]) -> None:
    if sys.stdout is None:
        raise BpstepError(fill(messages.OUTPUT_CLOSED))
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as error:
        # Python would try once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise BpstepError(fill(messages.OUTPUT_ERROR, reason=error.strerror)) from None


def _save(lines: Iterable[str], path: str) -> None:
    if os.path.exists(path) and not os.path.isfile(path):
        # A device or a pipe is written to and never replaced; a folder is an error. Checked by its own name:
        # the targets of /dev/stdout and the shell's >(…) have none.
        _write_lines(os.open(path, os.O_WRONLY), lines)
        return
    target = Path(os.path.realpath(path))
    handle, temporary = tempfile.mkstemp(prefix=".bpstep-", dir=target.parent)
    try:
        _write_lines(handle, lines, lasts=True)
        _copy_permissions(Path(temporary), target)
        os.replace(temporary, target)
        sync_folder(target.parent)
    except BaseException:
        os.unlink(temporary)
        raise


def _write_lines(handle: int, lines: Iterable[str], lasts: bool = False) -> None:
    with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        if lasts:
            _sync(file)


def _sync(file: IO[Any]) -> None:
    """Write it to the disk before it replaces another file: otherwise a power cut may lose both."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write a folder's new names to the disk, if the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _copy_permissions(temporary: Path, target: Path) -> None:
    """Give the file the permissions of the one that it replaces, else those of any new file."""
    if target.exists():
        shutil.copymode(target, temporary)
        return
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)
