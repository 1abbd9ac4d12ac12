"""The numbers of the edges that matter now, beside their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bpstep.formula.arithmetic import reading
from bpstep.formula.numbers import short
from bpstep.formula.scalar import Apply, Cell, Fold, Scalar
from bpstep.home import Edge, Index
from bpstep.views.braille import Stroke
from bpstep.views.columns import Column
from bpstep.views.formula import result_index

if TYPE_CHECKING:
    from bpstep.views.edges import Gap

_FEW = 4
"""So many edges that are written all have their number."""
_AWAY = 2.5
"""Lines that a number may stand away from its edge."""
_TOUCHING = 1.5
"""What it costs a number to touch a card."""
_WORST = 6.0
"""A place that costs more than this is worse than no number."""


@dataclass(frozen=True)
class Drawn:
    """An edge with its line, its role and its weight."""

    edge: Edge
    role: str
    stroke: Stroke
    value: float


@dataclass(frozen=True)
class Labels:
    """Puts numbers into a gap; `lines` are the cells that edges run through."""

    gap: Gap
    drawn: list[Drawn]
    lines: set[tuple[int, int]]

    def draw(self) -> None:
        """The numbers of the edges in the selected cell's arithmetic."""
        gap, wanted = self.gap, self._wanted()
        # What matters most takes its place first.
        for line in reversed(self.drawn):
            if line.edge not in wanted:
                continue
            text = self._text(line)
            spot = self._spot(line, len(text))
            if spot is None:
                continue
            role = "selected" if gap.chosen.place == line.edge else gap.shade(line.role)
            gap.canvas.put(gap.x + spot[0], spot[1], text, role)
            gap.canvas.hit(gap.x + spot[0], spot[1], len(text), ("place", line.edge))
            gap.taken.update((spot[0] + k, spot[1]) for k in range(len(text)))

    def _wanted(self) -> set[Edge]:
        gap = self.gap
        found = {line.edge for line in self.drawn if line.role == "selected"}
        written = {line.edge for line in self.drawn if line.role == "write"}
        if len(written) <= _FEW:
            found |= written
        step, homes = gap.frame.step, gap.frame.program.homes
        if step is None or not gap.touched:
            return found
        index = result_index(gap.frame, gap.view)
        for cell in _leaves(reading(step, index, gap.frame.before), 8):
            place = homes[cell.name].place(cell.index) if homes[cell.name].kind == "edge" else None
            if isinstance(place, Edge) and place.layer == gap.layer:
                found.add(place)
        return found

    def _text(self, line: Drawn) -> str:
        """The number of an edge in the tensor that lights it; else its weight."""
        gap = self.gap
        names = [name for name, _ in gap.touched]
        if gap.chosen.place == line.edge and gap.chosen.name not in names:
            names = [gap.chosen.name, *names]
        for name in names:
            value = gap.frame.tensors.get(name)
            index = None if value is None else gap.frame.program.homes[name].index(line.edge, np.ndim(value))
            if value is not None and index is not None:
                return self._number(name, float(value[index]), index)
        return gap.look.number(line.value)

    def _number(self, name: str, value: float, index: Index) -> str:
        """A value; for an update what it changed, since the new value often looks like the old one."""
        step = self.gap.frame.step
        if step is None or step.role.kind != "update" or step.name != name:
            return self.gap.look.number(value)
        change = value - float(self.gap.frame.before[name][index])
        return short(change) if change <= 0 else f"+{short(change)}"

    def _spot(self, line: Drawn, length: int) -> tuple[int, int] | None:
        """Where a number stands close to its line and covers as little as possible."""
        gap = self.gap
        best: tuple[float, int, int] | None = None
        for x in range(gap.width - length + 1):
            for y in range(gap.canvas.height):
                covered = {(x + k, y) for k in range(length)}
                away = self._away(line, x, y, length)
                if away > _AWAY or covered & gap.taken:
                    continue
                cost = 2.0 * len(covered & self.lines) + away + 0.2 * abs((x + length / 2) / gap.width - 0.5)
                # A number should not run into what stands on either side.
                cost += _TOUCHING * (x == 0 and _numbered(gap.left, y))
                cost += _TOUCHING * (x + length == gap.width and self._ends(y))
                if best is None or cost < best[0]:
                    best = (cost, x, y)
        if best is None or (best[0] > _WORST and line.role != "selected"):
            return None
        return best[1], best[2]

    def _away(self, line: Drawn, x: int, y: int, length: int) -> float:
        """How far from its line a number stands: the middle of it; any part of the one that is selected.

        Where lines meet it would be unclear which of several numbers is whose.
        """
        start, end = line.stroke.start / 4, line.stroke.end / 4
        places = range(length) if line.role == "selected" else [(length - 1) / 2]
        return min(abs(y + 0.5 - start - (x + k + 0.5) / self.gap.width * (end - start)) for k in places)

    def _ends(self, y: int) -> bool:
        """True where a number, or the loss, stands to the right on line y."""
        last = self.gap.right.layer == len(self.gap.frame.network.layers)
        return _numbered(self.gap.right, y) or (
            last and y == self.gap.right.below_output(self.gap.canvas.height)[1]
        )


def _numbered(column: Column, y: int) -> bool:
    """True where a card has a number on line y: its first line is its name, if it has more than one."""
    return any(slot.y + (slot.height > 1) <= y < slot.y + slot.height for slot in column.slots)


def _leaves(node: Scalar, most: int) -> list[Cell]:
    """The first cells in a scalar's arithmetic."""
    if isinstance(node, Cell):
        return [node]
    parts: list[Scalar] = []
    if isinstance(node, Apply):
        parts = list(node.arguments)
    elif isinstance(node, Fold):
        parts = [node.term(k) for k in range(min(node.count, most))]
    found: list[Cell] = []
    for part in parts:
        found += _leaves(part, most)
        if len(found) >= 4 * most:
            break
    return found
