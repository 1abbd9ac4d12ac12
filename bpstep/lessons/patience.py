"""How long a lesson may read or compute before there is something to see."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bpstep.errors import TookTooLong

LONGEST = 5.0
"""Seconds of the processor's time, so that a busy machine refuses no more than an idle one."""

_LOOKED_AT = 0.25
"""Seconds between two looks at the clock."""


class Patience:
    """The time since something was seen; none passes while it rests."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._since: float | None = None
        self.begin()

    def begin(self) -> None:
        """Begin to count, from nothing."""
        self._since = time.thread_time()

    def rest(self) -> None:
        """Count no longer: what comes is no work of the lesson's."""
        self._since = None

    def look(self, _signal: int, _frame: FrameType | None) -> None:
        """TookTooLong where it is over."""
        if self._since is None or time.thread_time() - self._since <= self._longest:
            return
        # Where this gets lost, as in a destructor, it comes again; until then, whoever cleans up has time.
        self.begin()
        raise TookTooLong


@contextmanager
def limited(longest: float | None = None) -> Iterator[Patience]:
    """Within it TookTooLong comes wherever the main thread is, once it has computed for `longest` seconds.

    A timer of the system does it, since neither reading a file nor one equation of a large network can look
    at the clock. Elsewhere than in a main thread, and on a system without timers, there is no limit.
    """
    patience = Patience(LONGEST if longest is None else longest)
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield patience
        return
    before = signal.signal(signal.SIGALRM, patience.look)
    signal.setitimer(signal.ITIMER_REAL, _LOOKED_AT, _LOOKED_AT)
    try:
        yield patience
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
