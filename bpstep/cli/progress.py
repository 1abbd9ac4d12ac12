"""Progress on standard error, for commands without a screen."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator

from bpstep.cli import messages
from bpstep.errors import BpstepError
from bpstep.gradcheck.progress import Result, run_to_end
from bpstep.session.session import Session
from bpstep.text import fill

_QUIET_SECONDS, _INTERVAL = 1.0, 0.2
"""Work that ends sooner shows nothing; after that, the line changes at most this often."""

_MAX_MINUTES = 60
"""A position that takes longer to reach is a typing error, such as a digit too many."""

_ESTIMATE_AFTER = 2.0
"""Seconds of processor time from which the time that a position takes is estimated."""

_CLEAR = "\r\x1b[K"


def run_with_progress(
    work: Generator[float, None, Result], label: str, clock: Callable[[], float] = time.monotonic
) -> Result:
    """What the work returns; if standard error is a terminal, a line there shows the progress.

    `work` yields the part done, between 0 and 1. The line disappears when the work ends or is stopped.
    """
    shown, due = False, clock() + _QUIET_SECONDS

    def show(part: float) -> None:
        nonlocal shown, due
        if clock() >= due:
            shown, due = True, clock() + _INTERVAL
            _write(_CLEAR + fill(messages.PROGRESS, what=label, percent=100 * part))

    if not _has_terminal():
        return run_to_end(work)
    try:
        return run_to_end(work, show)
    finally:
        if shown:
            _write(_CLEAR)


def go_to(session: Session, n: int) -> None:
    """Put the cursor at n. BpstepError soon if that would take more than an hour."""
    run_with_progress(limit_time(session.seek(n), n), fill(messages.COMPUTING, n=n))


def limit_time(
    work: Iterator[float], n: int, clock: Callable[[], float] = time.thread_time
) -> Generator[float, None, None]:
    """The same work, which computes n. BpstepError soon if it would take more than an hour."""
    begin = clock()
    for part in work:
        spent = clock() - begin
        minutes = round(spent / part / 60) if part and spent > _ESTIMATE_AFTER else 0
        if minutes > _MAX_MINUTES:
            raise BpstepError(fill(messages.TOO_LONG, n=n, minutes=minutes, limit=_MAX_MINUTES))
        yield part


def _has_terminal() -> bool:
    # An escape sequence erases the line; a dumb terminal would print it.
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
