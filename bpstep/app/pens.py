"""How characters are written: the colours and attributes of a role, as codes in ESC [ … m."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS
from rich.style import Style

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
