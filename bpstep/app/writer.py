"""The shortest way of a terminal's cursor to a place, and with which pen it writes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpstep.app.pens import PLAIN, Pen

_TAB = 8

Over = Callable[[int, int], str | None]
"""What to write from one column to another to get there; None where that may not be."""


class Writer:
    """Writes, and knows where the cursor is and which pen is in force.

    By itself it says what every terminal understands, begins wherever the cursor is, and ends as plain as it
    began. With a saved pen it writes a recording, for an xterm as terminfo describes it: tabs are eight
    columns wide, and what is erased has the pen's ground. The cursor, in the upper left corner, and the pen
    have just been saved; and as all that is written is shown one after the other, nothing need be ended.
    """

    def __init__(self, width: int, saved: Pen | None = None) -> None:
        self.saved, self.pen = saved, saved or PLAIN
        self._width = width
        self._x, self._y = 0, 0 if saved else -1
        self._parts: list[str] = []

    @property
    def erases(self) -> bool:
        """Whether blanks can be made by erasing."""
        return self.saved is not None

    def data(self) -> str:
        """All that was written since it was asked for last."""
        if self._parts and not self.saved:
            self._parts.append("\x1b[m")
        data = "".join(self._parts)
        self._parts = []
        return data

    def put(self, text: str, x: int) -> None:
        """Write text, after which the cursor is in a column."""
        self._parts.append(text)
        self._x = x

    def go(self, x: int, y: int, pen: Pen, over: Over) -> int:
        """Go to a place with a pen. Gives the column from which on cells were written to get there."""
        if pen == self.saved != self.pen:
            # Saved again: some readers of recordings forget it.
            self._parts.append("\x1b8\x1b7")
            self._x, self._y, self.pen = 0, 0, pen
        move, text = min(self._ways(x, y, over), key=lambda way: len(way[0]) + len(way[1].encode()))
        self._parts += move, self.pen.then(pen), text
        self._x, self._y, self.pen = x, y, pen
        return x - len(text)

    def _ways(self, x: int, y: int, over: Over) -> Iterator[tuple[str, str]]:
        """Moves, and what to write after each."""
        # Absolute: a character that a terminal draws too wide shifts nothing behind it.
        yield f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H", ""
        down = y - self._y
        if self._y < 0 or (down < 0 and not self.saved):
            return
        if down >= 0:
            yield "\n" * down + f"\x1b[{x + 1}G", ""
        for lead, start in self._lines(down):
            for move, text in self._along(start, x, over):
                yield lead + move, text

    def _lines(self, down: int) -> Iterator[tuple[str, int]]:
        """How to get to another line, and in which column one is there."""
        number = abs(down) if abs(down) > 1 else ""
        # Behind the last column terminals disagree about where the cursor is.
        inside = self._x < self._width
        if down == 0 and inside:
            yield "", self._x
        if down > 0:
            yield "\r" + "\n" * down, 0
        if down > 0 and self.saved:
            yield f"\x1b[{number}E", 0
        if down > 0 and self.saved and inside:
            # A form feed is a line feed of which no terminal driver makes a new line.
            yield min("\f" * down, f"\x1b[{number}B", key=len), self._x
        if down < 0:
            yield f"\x1b[{number}F", 0
        if down < 0 and inside:
            yield f"\x1b[{number}A", self._x

    def _along(self, start: int, x: int, over: Over) -> Iterator[tuple[str, str]]:
        """Moves along a line, and what to write after each."""
        stop = max(x // _TAB * _TAB, start) if self.saved else start
        tabs = "\t" * (stop // _TAB - start // _TAB)
        text = over(stop, x)
        if text is not None:
            yield tabs, text
        if self.saved and x != start:
            number = abs(x - start) if abs(x - start) > 1 else ""
            yield f"\x1b[{number}{'C' if x > start else 'D'}", ""
            if x < start:
                yield "\b" * (start - x), ""
            elif stop // _TAB * _TAB + _TAB < self._width:
                yield tabs + "\t" + "\b" * (stop // _TAB * _TAB + _TAB - x), ""
