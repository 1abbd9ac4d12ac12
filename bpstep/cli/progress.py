"""Progress on standard error, for commands without a screen."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

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
    if not _has_terminal():
        return run_to_end(work)
    line = _ProgressLine(label, clock)
    try:
        return run_to_end(work, line.show)
    finally:
        line.clear()


def lines_with_progress(lines: Iterable[str], parts: Iterable[float], label: str) -> Iterator[str]:
    """The same lines, with progress as above; `parts` are the parts done after each of them."""
    line = _ProgressLine(label) if _has_terminal() else None
    try:
        for text, part in zip(lines, parts):
            yield text
            if line is not None:
                line.show(part)
    finally:
        if line is not None:
            line.clear()


class _ProgressLine:
    """The line on standard error; there is none in the first second."""

    def __init__(self, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._clock = clock
        self._due = clock() + _QUIET_SECONDS
        self._is_shown = False

    def show(self, part: float) -> None:
        if self._clock() >= self._due:
            self._is_shown, self._due = True, self._clock() + _INTERVAL
            _write(_CLEAR + fill(messages.PROGRESS, what=self._label, percent=100 * part))

    def clear(self) -> None:
        if self._is_shown:
            _write(_CLEAR)


def go_to(session: Session, n: int) -> None:
    """Put the cursor at n. BpstepError soon if that would take more than an hour."""
    run_with_progress(limit_time(session.seek(n), n), fill(messages.COMPUTING, n=n))


def limit_time(
    work: Iterator[float],
    n: int,
    clock: Callable[[], float] = time.thread_time,
    template: str = messages.TOO_LONG,
) -> Generator[float, None, Any]:
    """The same work, which computes n. BpstepError soon, by the template, if it would take over an hour."""
    begin = clock()
    while True:
        try:
            part = next(work)
        except StopIteration as end:
            return end.value
        spent = clock() - begin
        minutes = round(spent / part / 60) if part and spent > _ESTIMATE_AFTER else 0
        if minutes > _MAX_MINUTES:
            raise BpstepError(fill(template, n=n, minutes=minutes, limit=_MAX_MINUTES))
        yield part


def _has_terminal() -> bool:
    # An escape sequence erases the line; a dumb terminal would print it.
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
