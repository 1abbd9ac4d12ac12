"""What to send to a terminal that shows one canvas so that it shows another.

A change of colours costs more bytes than a move of the cursor. So a patch is written colour by colour, each
in its places from top to bottom, and not line by line; and where a colour still to come will be written,
anything may stand until then, so that the cursor gets over it without a move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS
from rich.style import Style

from bpstep.views.canvas import Canvas

_ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"),
               ("reverse", "7"), ("strike", "9"))  # fmt: skip
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}
_SEEN_ON_BLANKS = {"4", "7", "9"}
NEAR = 3
"""So many cells that stay are written again where they lie between two that change: a move costs as much."""
FAR = 5
"""Bytes of a move along a line."""


class Pen(NamedTuple):
    """How characters are written: codes as in ESC [ … m. No colour at all: any will do, as for blanks."""

    ground: str = "49"
    attributes: tuple[str, ...] = ()
    colour: str = "39"

    def after(self, now: Pen) -> Pen:
        """This pen after another: where any colour will do, in the one that is in force."""
        return self if self.colour else self._replace(colour=now.colour)

    def then(self, other: Pen) -> str:
        """The sequence after which another pen writes."""
        lost = {_OFF[code] for code in self.attributes if code not in other.attributes}
        # What ends one attribute may end another: 22 ends both bold and dim.
        kept = () if lost else self.attributes
        codes = [*sorted(lost), *(code for code in other.attributes if code not in kept)]
        codes += [new for old, new in zip(self[::2], other[::2]) if old != new]
        return f"\x1b[{';'.join(codes)}m" if codes else ""


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


@dataclass
class _Run:
    """Neighbouring cells of a line that are written with one pen."""

    x: int
    end: int
    pen: Pen
    done: bool = False
    """True for blanks that another pen has written on its way."""


def patch(before: Canvas, after: Canvas, pens: Pens, near: int = NEAR) -> str:
    """The sequences that turn the one into the other; empty where they look the same.

    Both have the terminal's size. The terminal's own pen must be in force before, and is after.
    """
    lines = [_Line(_runs(before, after, y, pens, near), after, y, pens) for y in range(after.height)]
    order = _order({run.pen for line in lines for run in line.runs})
    parts: list[str] = []
    now, last = Pen(), -2
    for at, pen in enumerate(order):
        own, later = pen.after(now), frozenset(order[at + 1 :])
        for y, line in enumerate(lines):
            for x, text in line.strokes(pen, later):
                begun = line.over(0, x, pen, later) if y == last + 1 else None
                parts += _move(x, y, last) if begun is None else "\r\n", now.then(own), begun or "", text
                now, last = own, y
    return "".join([*parts, "\x1b[m"]) if parts else ""


def _order(pens: set[Pen]) -> list[Pen]:
    """Each pen beside one that is much like it; blanks after all that may write them on their way."""
    order: list[Pen] = []
    now = Pen()
    while pens:
        grounds = {pen.ground for pen in pens if pen.colour}
        waits = {pen for pen in pens if not pen.colour and pen.ground in grounds}
        best = min(pens - waits, key=lambda pen: (len(now.then(pen.after(now))), pen))
        order.append(best)
        now, pens = best.after(now), pens - {best}
    return order


def _move(x: int, y: int, last: int) -> str:
    """To a place, from the line that was written last."""
    # Absolute: a character that a terminal draws too wide shifts nothing behind it.
    if y == last:
        return f"\x1b[{x + 1}G"
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"


class _Line:
    """What changes on a line, and what stands there afterwards."""

    def __init__(self, runs: list[_Run], after: Canvas, y: int, pens: Pens) -> None:
        self.runs = runs
        self._characters, self._roles, self._pens = after.characters[y], after.roles[y], pens
        self._covered = {x: run for run in runs for x in range(run.x, run.end)}

    def strokes(self, pen: Pen, later: AbstractSet[Pen]) -> Iterator[tuple[int, str]]:
        """Where to write what with a pen before those that come later."""
        start, end, text = 0, 0, ""
        for run in self.runs:
            if run.pen != pen or run.done:
                continue
            over = self.over(end, run.x, pen, later) if text else None
            if over is None and text:
                yield start, text
            if over is None:
                start, text, over = run.x, "", ""
            text += over + "".join(self._characters[run.x : run.end]).replace("\0", "")
            end = run.end
        if text:
            yield start, text

    def over(self, start: int, end: int, pen: Pen, later: AbstractSet[Pen]) -> str | None:
        """What can be written in place of a move; None where that may not be or costs more."""
        if end - start > FAR:
            return None
        text = ""
        passed: list[_Run] = []
        for x in range(start, end):
            run = self._covered.get(x)
            if (run is None or run.done) and self._stays(x, pen):
                text += self._characters[x]
            elif run is not None and not run.done and run.pen in later:
                text += " "
                passed.append(run)
            else:
                return None
        if len(text.encode()) > FAR:
            return None
        for run in passed:
            run.done = _common([pen, run.pen]) == pen
        return text

    def _stays(self, x: int, pen: Pen) -> bool:
        """Whether a cell that has not changed may be written again with this pen."""
        character = self._characters[x]
        own = self._pens[self._roles[x]][character == " "]
        return character != "\0" and _common([pen, own]) == pen


def _runs(before: Canvas, after: Canvas, y: int, pens: Pens, near: int) -> list[_Run]:
    """What changes on a line, from left to right."""
    old, new = before.characters[y], after.characters[y]
    old_roles, roles = before.roles[y], after.roles[y]
    if old == new and old_roles == roles:
        return []
    runs: list[_Run] = []
    last = _Run(0, -near - 1, Pen())
    for x, (was, now, old_role, role) in enumerate(zip(old, new, old_roles, roles)):
        if was == now and (old_role == role or pens[old_role][now == " "] == pens[role][now == " "]):
            continue
        own = pens[role][now == " "]
        if x == last.end and own == last.pen:
            last.end += 1
            continue
        joined = None
        if x - last.end <= near:
            between = zip(new[last.end : x], roles[last.end : x])
            joined = _common([last.pen, own, *(pens[kept][cell == " "] for cell, kept in between)])
        if joined is None:
            last = _Run(x, x + 1, own)
            runs.append(last)
        else:
            last.end, last.pen = x + 1, joined
    return runs


def _common(pens: Sequence[Pen]) -> Pen | None:
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
