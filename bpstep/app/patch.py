"""What to send to a terminal that shows one canvas so that it shows another.

A change of colours costs more bytes than a move of the cursor. So a patch is written colour by colour, each
in its places from top to bottom, and not line by line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import COLOR_SYSTEMS
from rich.style import Style

from bpstep.views.canvas import Canvas

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}
_SEEN_ON_BLANKS = {"4", "7", "9"}
_NEAR = 3
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


def pen(style: Style, colours: str | None) -> Pen:
    """The pen of a style in one of Rich's colour systems."""
    drawn = style.render("x", color_system=COLOR_SYSTEMS[colours] if colours else None)
    codes = drawn[2 : drawn.index("m")].split(";") if drawn.startswith("\x1b[") else []
    ground, attributes, colour = "49", [], "39"
    while codes:
        code = codes.pop(0)
        if code in ("38", "48"):
            rest = 2 if codes[0] == "5" else 4
            code, codes = ";".join([code, *codes[:rest]]), codes[rest:]
        if code.startswith(("3", "9")) and len(code) > 1:
            colour = code
        elif len(code) > 1:
            ground = code
        else:
            attributes.append(code)
    return Pen(ground, tuple(attributes), colour)


@dataclass
class _Run:
    """Neighbouring cells of a line that are written with one pen."""

    y: int
    x: int
    end: int
    pen: Pen


def patch(before: Canvas, after: Canvas, pen_of: Callable[[str], Pen]) -> str:
    """The sequences that turn the one into the other; empty where they look the same.

    Both have the terminal's size. The terminal's own pen must be in force before, and is after.
    """
    runs = [run for y in range(after.height) for run in _runs(before, after, y, pen_of)]
    runs.sort(key=lambda run: (run.pen, run.y, run.x))
    parts: list[str] = []
    now, line = Pen(), -1
    for run in runs:
        own = run.pen if run.pen.colour else run.pen._replace(colour=now.colour)
        # Absolute moves: a character that a terminal draws too wide shifts nothing behind it.
        parts.append(f"\x1b[{run.x + 1}G" if run.y == line else f"\x1b[{run.y + 1};{run.x + 1}H")
        parts += now.then(own), "".join(after.characters[run.y][run.x : run.end]).replace("\0", "")
        now, line = own, run.y
    return "".join([*parts, "\x1b[m"]) if parts else ""


def _runs(before: Canvas, after: Canvas, y: int, pen_of: Callable[[str], Pen]) -> list[_Run]:
    """What changes on a line."""
    old, new = before.characters[y], after.characters[y]
    old_roles, roles = before.roles[y], after.roles[y]
    if old == new and old_roles == roles:
        return []
    pens = [_seen(character, pen_of(role)) for character, role in zip(new, roles)]
    runs: list[_Run] = []
    for x, own in enumerate(pens):
        if old[x] == new[x] and (old_roles[x] == roles[x] or _seen(old[x], pen_of(old_roles[x])) == own):
            continue
        if runs and x - runs[-1].end <= _NEAR:
            common = _common([runs[-1].pen, *pens[runs[-1].end : x + 1]])
            if common is not None:
                runs[-1].end, runs[-1].pen = x + 1, common
                continue
        runs.append(_Run(y, x, x + 1, own))
    return runs


def _seen(character: str, own: Pen) -> Pen:
    """The pen as far as it shows: a blank has a ground, and no colour."""
    if character != " " or not _SEEN_ON_BLANKS.isdisjoint(own.attributes):
        return own
    return Pen(own.ground, (), "")


def _common(pens: list[Pen]) -> Pen | None:
    """The one pen that all these cells can be written with; None where there is none."""
    if len({each.ground for each in pens}) > 1:
        return None
    coloured = {each for each in pens if each.colour}
    if not coloured:
        return pens[0]
    found = coloured.pop()
    blanks = not all(each.colour for each in pens)
    if coloured or (blanks and not _SEEN_ON_BLANKS.isdisjoint(found.attributes)):
        return None
    return found
