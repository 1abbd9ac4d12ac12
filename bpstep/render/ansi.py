"""What to send to a terminal that shows one canvas so that it shows another.

A change of colours costs more bytes than a move of the cursor. So a patch is written colour by colour, each
in its places from top to bottom, and not line by line; and where a colour still to come will be written,
anything may stand until then, so that the cursor gets over it without a move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS
from rich.style import Style

from bpstep.render.canvas import Canvas

_NEAR = 2
"""So many cells that stay are written again where they lie between two that change: a move costs as much."""

_FAR = 7
"""More cells are never written to get over them: no move costs as much."""

_BACK = 4
"""Bytes that it takes to get over what was erased."""


@dataclass
class _Run:
    """Neighbouring cells of a line that are written with one pen."""

    x: int
    end: int
    pen: Pen
    done: bool = False
    """True for blanks that another pen has written on its way."""


def patch(before: Canvas, after: Canvas, pens: Pens, writer: Writer | None = None) -> str:
    """The sequences that turn the one into the other; empty where they look the same.

    Both have the terminal's size. Without a writer the terminal's own pen must be in force before, and is
    after; with one, the pen that it has written with last.
    """
    writer = writer or Writer(after.width)
    found = ((y, _runs(before, after, y, pens)) for y in range(after.height))
    lines = [_Line(runs, after, y, pens) for y, runs in found if runs]
    used = frozenset(run.pen for line in lines for run in line.runs)
    order = in_order(used, writer.pen, writer.saved)
    for at, pen in enumerate(order):
        later = frozenset(order[at + 1 :])
        for line in lines:
            line.write(pen, later, writer)
    return writer.data()


class _Line:
    """What changes on a line, and what stands there afterwards."""

    def __init__(self, runs: list[_Run], after: Canvas, y: int, pens: Pens) -> None:
        self.runs, self._y = runs, y
        self._characters, self._roles, self._pens = after.characters[y], after.roles[y], pens
        self._covered = {x: run for run in runs for x in range(run.x, run.end)}

    def write(self, pen: Pen, later: AbstractSet[Pen], writer: Writer) -> None:
        """Write all that is to be written with a pen before those that come later."""

        def over(start: int, end: int) -> str | None:
            return self._over(start, end, pen, later)

        for run in self.runs:
            if run.pen == pen and not run.done:
                start = writer.go(run.x, self._y, pen.after(writer.pen), over)
                self._pass(start, run)
                self._put(run, writer)

    def _put(self, run: _Run, writer: Writer) -> None:
        """Write a run; blanks at its end are erased where that costs less."""
        text = "".join(self._characters[run.x : run.end]).replace("\0", "")
        kept = text.rstrip(" ")
        x = run.end - len(text) + len(kept)
        erase = self._erase(run, x, writer.pen) if x < run.end and writer.erases else ""
        if erase:
            writer.put(kept + erase, x)
        else:
            writer.put(text, run.end)

    def _erase(self, run: _Run, x: int, pen: Pen) -> str:
        """The sequence that erases a run from a column on; empty where blanks cost less."""
        if pen.is_seen_on_blanks:
            return ""
        rest = [each for each in self.runs if each.end > x and not each.done]
        if sum(each.end - max(each.x, x) for each in rest) > 3 and self._is_clear(x, pen.ground):
            for each in rest:
                each.done = True
            return "\x1b[K"
        follows = any(each.pen == run.pen for each in rest if each is not run)
        erase = f"\x1b[{run.end - x}X"
        return erase if run.end - x > len(erase) + follows * _BACK else ""

    def _is_clear(self, x: int, ground: str) -> bool:
        """Whether a line has blanks of one ground only from a column on."""
        clear = Pen(ground, (), "")
        cells = zip(self._characters[x:], self._roles[x:])
        return all(cell == " " and self._pens[role][1] == clear for cell, role in cells)

    def _over(self, start: int, end: int, pen: Pen, later: AbstractSet[Pen]) -> str | None:
        """What can be written in place of a move; None where that may not be."""
        if not 0 <= end - start <= _FAR:
            return None
        text = ""
        for x in range(start, end):
            run = self._covered.get(x)
            if run is not None and not run.done:
                if run.pen not in later:
                    return None
                text += " "
            elif self._stays(x, pen):
                text += self._characters[x]
            else:
                return None
        return text

    def _pass(self, start: int, run: _Run) -> None:
        """Blanks that were written on the way to a run are done."""
        for each in self.runs:
            if start <= each.x and each.end <= run.x and not each.pen.colour:
                each.done = each.done or common([run.pen, each.pen]) == run.pen

    def _stays(self, x: int, pen: Pen) -> bool:
        """Whether a cell that has not changed may be written again with this pen."""
        character = self._characters[x]
        own = self._pens[self._roles[x]][character == " "]
        return character != "\0" and common([pen, own]) == pen


def _runs(before: Canvas, after: Canvas, y: int, pens: Pens) -> list[_Run]:
    """What changes on a line, from left to right."""
    old, new = before.characters[y], after.characters[y]
    old_roles, roles = before.roles[y], after.roles[y]
    if old == new and old_roles == roles:
        return []
    runs: list[_Run] = []
    last = _Run(0, -_NEAR - 1, Pen())
    for x, (was, now, old_role, role) in enumerate(zip(old, new, old_roles, roles)):
        if was == now and (old_role == role or pens[old_role][now == " "] == pens[role][now == " "]):
            continue
        own = pens[role][now == " "]
        if x == last.end and own == last.pen:
            last.end += 1
            continue
        joined = None
        if x - last.end <= _NEAR:
            between = zip(new[last.end : x], roles[last.end : x])
            joined = common([last.pen, own, *(pens[kept][cell == " "] for cell, kept in between)])
        if joined is None:
            last = _Run(x, x + 1, own)
            runs.append(last)
        else:
            last.end, last.pen = x + 1, joined
    return runs


_ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"),
               ("reverse", "7"), ("strike", "9"))  # fmt: skip

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}

_SEEN_ON_BLANKS = {"4", "7", "9"}


class Pen(NamedTuple):
    """How characters are written: codes as in ESC [ … m. No colour at all: any will do, as for blanks."""

    ground: str = "49"
    attributes: tuple[str, ...] = ()
    colour: str = "39"

    def after(self, now: Pen) -> Pen:
        """This pen after another: where any colour will do, in the one that is in force."""
        if self.colour:
            return self
        unseen = tuple(code for code in now.attributes if code not in _SEEN_ON_BLANKS)
        return Pen(self.ground, unseen, now.colour)

    @property
    def is_seen_on_blanks(self) -> bool:
        """Whether a blank that it writes differs from one that is erased."""
        return not _SEEN_ON_BLANKS.isdisjoint(self.attributes)

    def then(self, other: Pen) -> str:
        """The sequence after which another pen writes."""
        lost = {_OFF[code] for code in self.attributes if code not in other.attributes}
        # What ends one attribute may end another: 22 ends both bold and dim.
        kept = () if lost else self.attributes
        codes = [*sorted(lost), *(code for code in other.attributes if code not in kept)]
        codes += [new for old, new in zip(self[::2], other[::2]) if old != new]
        return f"\x1b[{';'.join(codes)}m" if codes else ""

    def changes(self, other: Pen, saved: Pen | None = None) -> int:
        """How many bytes it takes to go on with another pen; with a saved one the cursor goes home."""
        return 4 if other == saved != self else len(self.then(other.after(self)))


PLAIN = Pen()
"""The terminal's own."""


class Pens(dict[str, tuple[Pen, Pen]]):
    """The pens by role: that of characters, and that of blanks, which have a ground and no colour."""

    def __init__(self, style: Callable[[str], Style], colours: str | None) -> None:
        super().__init__()
        self._style = style
        self._system = COLOR_SYSTEMS[colours or "truecolor"]  # as Textual takes it

    def __missing__(self, role: str) -> tuple[Pen, Pen]:
        pen = _pen(self._style(role), self._system)
        seen = not _SEEN_ON_BLANKS.isdisjoint(pen.attributes)
        self[role] = pen, pen if seen else Pen(pen.ground, (), "")
        return self[role]


def _pen(style: Style, system: ColorSystem) -> Pen:
    """The pen of a style. Rich's own rendering keeps the codes of the first number of colours it meets."""
    attributes = tuple(code for name, code in _ATTRIBUTES if getattr(style, name))
    return Pen(
        _codes(style.bgcolor, system, False) or "49", attributes, _codes(style.color, system, True) or "39"
    )


def _codes(colour: Color | None, system: ColorSystem, foreground: bool) -> str:
    return "" if colour is None else ";".join(colour.downgrade(system).get_ansi_codes(foreground))


def common(pens: Sequence[Pen]) -> Pen | None:
    """The one pen that all these cells can be written with; None where there is none."""
    if any(each.ground != pens[0].ground for each in pens):
        return None
    coloured = {each for each in pens if each.colour}
    if not coloured:
        return pens[0]
    found = coloured.pop()
    if coloured or not all(each.colour or _SEEN_ON_BLANKS.isdisjoint(found.attributes) for each in pens):
        return None
    return found


@lru_cache(maxsize=512)
def in_order(pens: frozenset[Pen], now: Pen, saved: Pen | None = None) -> tuple[Pen, ...]:
    """Each pen beside one that is much like it; blanks after all that may write them on their way."""
    # What is far from most others is taken while it is near.
    far = {pen: sum(each.changes(pen) for each in pens) for pen in pens}
    order: list[Pen] = []
    while pens:
        grounds = {pen.ground for pen in pens if pen.colour}
        ready = [pen for pen in pens if pen.colour or pen.ground not in grounds]
        best = min(ready, key=lambda pen: (2 * len(far) * now.changes(pen, saved) - far[pen], pen))
        order.append(best)
        now, pens = best.after(now), pens - {best}
    return tuple(order)


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
