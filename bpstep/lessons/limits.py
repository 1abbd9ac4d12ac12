"""How long a lesson may read or compute before anything is shown, and how much memory it may use."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bpstep.errors import TookTooLong, TookTooMuch
from bpstep.script.limits import resident_bytes

MAX_SECONDS = 5.0
"""Seconds of processor time, so that a busy machine refuses no more than an idle one."""

MAX_MEGABYTES = 300
"""How many megabytes the process may grow."""

_CHECK_INTERVAL = 0.25
"""Seconds between two checks of the limits."""


class WorkLimit:
    """The time since something was shown, excluding pauses, and the memory used since this was created."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._most = resident_bytes() + MAX_MEGABYTES * 2**20
        self._since: float | None = None
        self.begin()

    def begin(self) -> None:
        """Start measuring from zero."""
        self._since = time.thread_time()

    def stop(self) -> None:
        """Stop measuring: the work that follows is not the lesson's."""
        self._since = None

    def check(self, _signal: int, _frame: FrameType | None) -> None:
        """Signal handler: TookTooLong after too much time, TookTooMuch after too much memory."""
        if self._since is None:
            return
        too_much = resident_bytes() > self._most
        if not too_much and time.thread_time() - self._since <= self._max_seconds:
            return
        # An exception raised in a destructor is lost: it is raised again after another full interval.
        self.begin()
        raise TookTooMuch if too_much else TookTooLong


@contextmanager
def limited(max_seconds: float | None = None) -> Iterator[WorkLimit]:
    """Raise TookTooLong in the block once the main thread has computed for `max_seconds` seconds.

    Raises TookTooMuch once the process has grown too much. A timer signal checks both, since neither reading
    a file nor one equation of a large network can check them itself. Outside the main thread, and on a system
    without timer signals, there is no limit.
    """
    limit = WorkLimit(MAX_SECONDS if max_seconds is None else max_seconds)
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield limit
        return
    before = signal.signal(signal.SIGALRM, limit.check)
    signal.setitimer(signal.ITIMER_REAL, _CHECK_INTERVAL, _CHECK_INTERVAL)
    try:
        yield limit
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
