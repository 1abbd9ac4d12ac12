"""The terminal's output, by Textual's public way: a driver that the application chooses itself.

Textual repaints whole lines. bpstep writes only the cells that changed, through the same driver, so that
both kinds of output stay in order.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.driver import Driver

_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
"""Written around an update, if the terminal can show it at once (DEC private mode 2026)."""

_WINDOWS_CHUNK = 8192
"""The most characters per write on Windows, where longer writes may be lost."""


_UNREADABLE = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)
"""The errors of Textual's parser for unexpected terminal input, including UnicodeDecodeError."""

_AMBIGUOUS = "∂─"
"""Characters that some East Asian terminals show in two columns each."""

_ASK_ROW = 2
"""Where they are tested. In the first line the answer would look like F3 with a modifier key."""

_ASK_WIDTH = f"\x1b[{_ASK_ROW};1H{_AMBIGUOUS}\x1b[6n\x1b[{_ASK_ROW};1H\x1b[K\x1b[H"
"""Writes them, asks for the cursor's position, and erases them; the first frame covers the place anyway."""


def shows_wide(column: int, row: int) -> bool:
    """True if the answer to the question, counted from 0, shows that a character took two columns."""
    return row == _ASK_ROW - 1 and column > len(_AMBIGUOUS)


@contextmanager
def _screen_on_standard_output() -> Iterator[None]:
    """While errors go to a file, make a driver that uses standard output for the screen.

    Textual's drivers for POSIX write to standard error, whatever it is.
    """
    errors = sys.__stderr__
    if errors is None or not errors.isatty():
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    try:
        yield
    finally:
        sys.__stderr__ = errors  # type: ignore[misc]


class TerminalOutput:
    """Writes to the terminal while the application has it; without one, in tests, it writes nothing."""

    def __init__(self, asks_width: bool = False) -> None:
        self._asks_width = asks_width
        """True if the terminal is asked, once, how wide it shows the characters of formulas."""
        self.is_synchronized = False
        """True if the terminal has said that it shows an update at once."""
        self._driver: Driver | None = None
        """The driver while the application has the terminal."""
        self._suspended: Driver | None = None
        """The driver while the shell has the terminal."""

    def driver_class(self, base: type[Driver]) -> type[Driver]:
        """A driver class that behaves as `base` and registers its instance with this output."""
        output = self

        class OutputDriver(base):  # type: ignore[valid-type, misc]
            """Tells the output when the application has the terminal."""

            def __init__(self, *arguments: Any, **named: Any) -> None:
                with _screen_on_standard_output():
                    super().__init__(*arguments, **named)

            def start_application_mode(self, *arguments: Any, **named: Any) -> Any:
                """Start writing."""
                result = super().start_application_mode(*arguments, **named)
                if output._asks_width and not self.is_headless and not self.is_web:
                    output._asks_width = False
                    self.write(_ASK_WIDTH)
                    self.flush()
                output._driver = self
                return result

            def stop_application_mode(self, *arguments: Any, **named: Any) -> Any:
                """Stop writing: the terminal belongs to the shell again."""
                output._driver = None
                return super().stop_application_mode(*arguments, **named)

            def run_input_thread(self) -> None:
                """Read the terminal's input to its end.

                Textual stops at bytes that are not UTF-8, as a terminal with another encoding sends, and at
                some sequences that are not keys. What was read together with them is dropped, and reading
                continues.
                """
                while True:
                    try:
                        super().run_input_thread()
                    except _UNREADABLE:
                        continue
                    return

        return OutputDriver

    @property
    def can_suspend(self) -> bool:
        """Whether the terminal can be given back for a while."""
        return self._driver is not None and self._driver.can_suspend

    def give_back(self) -> None:
        """Give the terminal back for a while, with its original settings."""
        if self._driver is not None:
            self._suspended = self._driver
            self._driver.suspend_application_mode()

    def take(self) -> None:
        """Take the terminal again; the application has to redraw."""
        if self._suspended is not None:
            driver, self._suspended = self._suspended, None
            driver.resume_application_mode()

    def write(self, text: str) -> None:
        """Write control sequences and text at once."""
        driver = self._driver
        if driver is None:
            return
        if self.is_synchronized:
            text = f"{_SYNC_START}{text}{_SYNC_END}"
        step = _WINDOWS_CHUNK if os.name == "nt" else max(len(text), 1)
        for start in range(0, len(text), step):
            driver.write(text[start : start + step])
        driver.flush()
