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
"""How often a tenth of a second is waited for a terminal that another write holds."""

_LEAVE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Resets what Textual sets in a terminal: modes of keys, mouse and paste, the other screen, the cursor."""

_HANG_UP = 1
"""SIGHUP, also where there is no such signal."""


class ExitSignals:
    """Ends the application on signals, and the process where the application cannot end.

    What waits to be written is limited: where nobody reads it, the event loop waits and handles no signal.
    Python's own handlers run then, too, and a second thread ends the process if nothing else does.
    """

    def __init__(self, leave: Callable[[int], object]) -> None:
        """`leave` ends the application with an exit status; it is called in the event loop."""
        self._leave = leave
        self._number = 0
        """The signal that was the last to ask for the end."""
        self._terminal: list[Any] | None = None
        """The terminal's settings before the application changes them."""
        self._replaced: dict[int, Any] = {}
        self._ending = threading.Lock()
        """Held by whoever ends: once the second thread does, the application waits."""
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
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(self._leave, 128 + number)

        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(each) != signal.SIG_IGN:
                self._replaced[each] = signal.signal(each, end)

    def stop(self) -> None:
        """Restore the handlers that there were, and watch no longer."""
        with self._ending:
            self.ended.set()
        for number, handler in self._replaced.items():
            signal.signal(number, handler)
        self._replaced = {}

    def _end_where_nobody_can(self) -> None:
        """End the process once it was told to end, or the terminal was closed, some seconds ago."""
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
    """Restore a terminal that nobody reads now; whoever reads it later finds it as it was.

    What nobody has read is dropped: it would leave no room for what restores the terminal. `number` is a
    signal with a handler of Python's.
    """
    import termios

    terminal = os.dup(2 if os.isatty(2) else 1)  # where Textual writes
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.set_blocking(terminal, False)
    for _ in range(_TRIES):
        # A write that waits holds the terminal: a signal ends it, and the rest of its text goes nowhere.
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
    """Suspend on SIGTSTP and go on at SIGCONT, with these two; called in the event loop of the main thread.

    Textual's own handlers run between any two operations of the main thread, while a queue is locked that
    they need, and take a continued process for one that had given the terminal back: what they then restore
    at the end are Textual's own settings. SIGSTOP gives nothing back.
    """
    loop = asyncio.get_running_loop()

    def suspend() -> None:
        give_back()
        # The signal's own effect: without a shell that could continue it, the process is not stopped.
        for each in (signal.SIGTSTP, signal.SIGCONT):
            loop.remove_signal_handler(each)
        signal.raise_signal(signal.SIGTSTP)
        listen()
        go_on()

    def go_on() -> None:
        if _is_in_background():
            # `bg`: what it would write or set now would stop it anyway, half done.
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
