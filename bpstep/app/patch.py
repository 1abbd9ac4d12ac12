"""What to send to a terminal that shows one canvas so that it shows another.

A change of colours costs more bytes than a move of the cursor. So a patch is written colour by colour, each
in its places from top to bottom, and not line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


class Pen(NamedTuple):
    """How characters are written: codes as in ESC [ … m. No colour at all: any will do, as for blanks."""

    ground: str = "49"
    attributes: tuple[str, ...] = ()
    colour: str = "39"

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

    y: int
    x: int
    end: int
    pen: Pen


def patch(before: Canvas, after: Canvas, pens: Pens, near: int = NEAR) -> str:
    """The sequences that turn the one into the other; empty where they look the same.

    Both have the terminal's size. The terminal's own pen must be in force before, and is after.
    """
    runs = [run for y in range(after.height) for run in _runs(before, after, y, pens, near)]
    runs.sort(key=lambda run: run.pen)
    parts: list[str] = []
    now, line = Pen(), -1
    for run in runs:
        own = run.pen if run.pen.colour else run.pen._replace(colour=now.colour)
        # Absolute moves: a character that a terminal draws too wide shifts nothing behind it.
        parts.append(f"\x1b[{run.x + 1}G" if run.y == line else f"\x1b[{run.y + 1};{run.x + 1}H")
        parts += now.then(own), "".join(after.characters[run.y][run.x : run.end]).replace("\0", "")
        now, line = own, run.y
    return "".join([*parts, "\x1b[m"]) if parts else ""


def _runs(before: Canvas, after: Canvas, y: int, pens: Pens, near: int) -> list[_Run]:
    """What changes on a line, from left to right."""
    old, new = before.characters[y], after.characters[y]
    old_roles, roles = before.roles[y], after.roles[y]
    if old == new and old_roles == roles:
        return []
    runs: list[_Run] = []
    last = _Run(y, 0, -near - 1, Pen())
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
            last = _Run(y, x, x + 1, own)
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
