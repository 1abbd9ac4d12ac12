"""Signals: the debugger ends or is suspended in order, and gives the terminal back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from bpstep.tui.terminal import is_closed

_PATIENCE = 5
"""Seconds after which nothing else can still be ending the process."""

_TRIES = 20
"""How many tenths of a second to wait for a terminal that another write holds."""

_LEAVE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Resets what Textual sets in a terminal: modes of keys, mouse and paste, the alternate screen, the
cursor.
"""

_HANG_UP = 1
"""The number of SIGHUP, which some systems lack."""


class ExitSignals:
    """Ends the application on signals, and the process if the application cannot end.

    The terminal's output buffer is limited: if nobody reads it, the event loop blocks and handles no signal.
    Python's own handlers still run, and a second thread ends the process if nothing else does.
    """

    def __init__(self, leave: Callable[[int], object]) -> None:
        """`leave` ends the application with an exit status; it is called in the event loop."""
        self._leave = leave
        self._number = 0
        """The signal that last asked for the end."""
        self._terminal: list[Any] | None = None
        """The terminal's settings before the application changes them."""
        self._replaced: dict[int, Any] = {}
        self._ending = threading.Lock()
        """Held by whichever thread ends the process: once the second thread does, the application waits."""
        self.ended = threading.Event()
        """Set once the terminal was given back."""

    def keep_terminal(self) -> None:
        """Keep the terminal's settings; called before the application changes them."""
        try:
            import termios
        except ImportError:  # Windows
            return
        with suppress(termios.error, OSError):
            self._terminal = termios.tcgetattr(_terminal_number())

    def watch(self) -> None:
        """Begin; called in the event loop of the main thread. Ignored signals stay ignored."""
        threading.Thread(target=self._end_where_nobody_can, daemon=True).start()
        if os.name == "nt":
            return
        loop = asyncio.get_running_loop()

        def end(number: int, _: FrameType | None) -> None:
            self._number = number
            with suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(self._leave, 128 + number)

        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            if signal.getsignal(each) != signal.SIG_IGN:
                self._replaced[each] = signal.signal(each, end)

    def stop(self) -> None:
        """Restore the previous handlers, and stop watching."""
        with self._ending:
            self.ended.set()
        for number, handler in self._replaced.items():
            signal.signal(number, handler)
        self._replaced = {}

    def _end_where_nobody_can(self) -> None:
        """End the process if it was asked to end, or the terminal was closed, some seconds ago."""
        closed = told = 0
        while closed < _PATIENCE and told < _PATIENCE:
            if self.ended.wait(1):
                return
            closed = closed + 1 if is_closed(_terminal_number()) else 0
            told = told + 1 if self._number else 0
        with self._ending:
            if self.ended.is_set():
                return
            if self._number and self._terminal is not None and not closed:
                _give_back_unread(self._terminal, self._number)
            os._exit(128 + (self._number or _HANG_UP))


def _terminal_number() -> int:
    return sys.__stdin__.fileno() if sys.__stdin__ else 0


def _give_back_unread(settings: list[Any], number: int) -> None:
    """Restore a terminal that nobody reads now, for a later reader.

    Unread output is dropped: it would leave no room for the reset. `number` is a signal with a handler of
    Python's.
    """
    import termios

    terminal = os.dup(2 if os.isatty(2) else 1)  # where Textual writes
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.set_blocking(terminal, False)
    for _ in range(_TRIES):
        # A blocked write holds the terminal: a signal interrupts it, and the rest of its text is dropped.
        for each in threading.enumerate():
            if each.ident is not None:
                with suppress(ProcessLookupError):
                    signal.pthread_kill(each.ident, number)
        time.sleep(0.1)
        with suppress(OSError, termios.error):
            termios.tcflush(terminal, termios.TCOFLUSH)
            os.write(terminal, _LEAVE.encode())
            break
    os.set_blocking(terminal, True)
    with suppress(termios.error):
        termios.tcsetattr(terminal, termios.TCSANOW, settings)


def suspend_on_signals(give_back: Callable[[], None], take: Callable[[], None]) -> None:
    """Suspend on SIGTSTP and continue at SIGCONT, with these two; called in the event loop of the main
    thread.

    Textual's own handlers run between any two operations of the main thread, while a queue that they need is
    locked, and treat a continued process as one that had given the terminal back: at the end they then
    restore Textual's own settings. SIGSTOP gives nothing back.
    """
    loop = asyncio.get_running_loop()

    def suspend() -> None:
        give_back()
        # The signal's default action: without a shell that could continue it, the process is not stopped.
        for each in (signal.SIGTSTP, signal.SIGCONT):
            loop.remove_signal_handler(each)
        signal.raise_signal(signal.SIGTSTP)
        listen()
        go_on()

    def go_on() -> None:
        if _is_in_background():
            # `bg`: any output or setting would stop it anyway, half done.
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        give_back()
        take()

    def listen() -> None:
        loop.add_signal_handler(signal.SIGTSTP, suspend)
        loop.add_signal_handler(signal.SIGCONT, go_on)

    listen()


def _is_in_background() -> bool:
    try:
        return os.tcgetpgrp(_terminal_number()) != os.getpgrp()
    except OSError:  # no terminal, or none any more
        return False
