"""`bpstep sessions`: earlier sessions that can be resumed."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from bpstep.cli import messages
from bpstep.cli.folders import sessions_folder
from bpstep.errors import BpstepError, FileError
from bpstep.session.events import Journal
from bpstep.storage import session_file
from bpstep.storage.atomic_write import write_lines
from bpstep.storage.cleanup import delete_session, existing_session_path
from bpstep.storage.session_file import SavedSession
from bpstep.text import fill, fill_plural, one_line

_UNITS = (
    (messages.DAY_AGO, messages.DAYS_AGO, 86_400),
    (messages.HOUR_AGO, messages.HOURS_AGO, 3_600),
    (messages.MINUTE_AGO, messages.MINUTES_AGO, 60),
)
"""The templates for one and for several of a unit of time, and its length in seconds."""


def run(options: argparse.Namespace) -> int:
    """Print every session, the one saved last first; or delete some, and print those."""
    folder, names = sessions_folder(), list(dict.fromkeys(options.delete))
    write_lines(delete_sessions(folder, names, time.time()) if names else list_sessions(folder, time.time()))
    return 0


def delete_sessions(folder: Path, names: list[str], now: float) -> Iterator[str]:
    """Delete sessions; a line for each. BpstepError, with none deleted, if a name is not a session's."""
    for path in [existing_session_path(folder, name) for name in names]:
        description = "  ".join(filter(None, _session_row(path, now)))
        delete_session(folder, path.name)
        yield fill(messages.DELETED, session=description)


def list_sessions(folder: Path, now: float) -> Iterator[str]:
    """A line for each session: name, network, position, what was done, how long ago."""
    rows = [_session_row(path, now) for path in session_file.session_files(folder)]
    if not rows:
        yield fill(messages.NO_SESSIONS)
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    for *first, last in rows:
        yield "  ".join([*(f"{text:<{width}}" for text, width in zip(first, widths)), last])


def _session_row(path: Path, now: float) -> tuple[str, str, str, str]:
    ago = _format_age(now - os.lstat(path).st_mtime)
    name = one_line(path.name.removesuffix(session_file.SESSION_SUFFIX))
    try:
        saved = session_file.read_session(path)
    except FileError as error:
        return name, "?", "", fill(messages.SESSION_UNREADABLE, age=ago, reason=error.message)
    done = ago
    for change in reversed(_describe_changes(saved)):
        done = fill(messages.SEVERAL_DONE, first=change, rest=done)
    if saved.damage is not None:
        done = fill(messages.SESSION_DAMAGED, done=done, line=saved.damage.line)
    return name, saved.header.network, fill(messages.SESSION_POSITION, n=saved.position.n), done


def _describe_changes(saved: SavedSession) -> list[str]:
    """How many edits are in force in the selected run, and whether there are two runs."""
    journal = Journal()
    for event in saved.events:
        try:
            journal.add(event)
        except BpstepError:
            break  # when it is resumed, it is read only up to here
    counted = (
        (len(journal.edits), messages.ONE_EDIT, messages.EDITS),
        (len(journal.runs.changes) - 1, messages.ONE_FORK, messages.FORKS),
    )
    return [fill_plural(count, one, many) for count, one, many in counted if count]


def _format_age(seconds: float) -> str:
    for one, many, length in _UNITS:
        count = int(seconds // length)
        if count >= 1:
            return fill_plural(count, one, many)
    return fill(messages.JUST_NOW)
