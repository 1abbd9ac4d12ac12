"""`bpstep sessions`: what was done before and can be resumed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from bpstep.cli.folders import sessions_folder
from bpstep.errors import BpstepError, FileError
from bpstep.session.events import Journal
from bpstep.storage import session_file
from bpstep.storage.atomic_write import write
from bpstep.storage.cleanup import delete, found
from bpstep.storage.session_file import Saved
from bpstep.text import one_line

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def run(options: argparse.Namespace) -> int:
    """Print every session, the one saved last first; or delete some, and print those."""
    folder, names = sessions_folder(), list(dict.fromkeys(options.delete))
    write(deleted(folder, names, time.time()) if names else listed(folder, time.time()))
    return 0


def deleted(folder: Path, names: list[str], now: float) -> Iterator[str]:
    """Delete sessions; a line for each. BpstepError, with none deleted, where a name is no session's."""
    for path in [found(folder, name) for name in names]:
        told = "  ".join(filter(None, _row(path, now)))
        delete(folder, path.name)
        yield f"deleted: {told}"


def listed(folder: Path, now: float) -> Iterator[str]:
    """A line for each session: name, network, position, what was done, how long ago."""
    rows = [_row(path, now) for path in session_file.sessions(folder)]
    if not rows:
        yield "no session is kept yet: bpstep keeps one as soon as something is done"
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    for *first, last in rows:
        yield "  ".join([*(f"{text:<{width}}" for text, width in zip(first, widths)), last])


def _row(path: Path, now: float) -> tuple[str, str, str, str]:
    ago = _ago(now - path.stat().st_mtime)
    name = one_line(path.name.removesuffix(session_file.SUFFIX))
    try:
        saved = session_file.read(path)
    except FileError as error:
        return name, "?", "", f"{ago}; can't be read: {error.message}"
    damaged = "" if saved.damage is None else f"; line {saved.damage.line} is damaged"
    return name, saved.header.network, f"n = {saved.place.n:,}", f"{_done(saved)}{ago}{damaged}"


def _done(saved: Saved) -> str:
    """How much of what was done is in force: edits of the run one is in, and whether there are two."""
    journal = Journal()
    for event in saved.events:
        try:
            journal.add(event)
        except BpstepError:
            break  # it is read up to here when it is resumed
    counted = ((len(journal.edits), "edit"), (len(journal.runs.changes) - 1, "fork"))
    return "".join(f"{count} {noun}{'' if count == 1 else 's'}, " for count, noun in counted if count)


def _ago(seconds: float) -> str:
    for unit, length in _UNITS:
        count = int(seconds // length)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
