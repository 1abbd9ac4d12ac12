"""What to send to a terminal that shows one canvas so that it shows another.

A change of colours costs more bytes than a move of the cursor. So a patch is written colour by colour, each
in its places from top to bottom, and not line by line; and where a colour still to come will be written,
anything may stand until then, so that the cursor gets over it without a move.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bpstep.app.pens import Pen, Pens, common, in_order
from bpstep.app.writer import Writer
from bpstep.views.canvas import Canvas

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
