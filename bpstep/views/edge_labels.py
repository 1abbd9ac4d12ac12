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
        for line in self.drawn:
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
        start, end = line.stroke.start / 4, line.stroke.end / 4
        for x in range(gap.width - length + 1):
            part = (x + length / 2) / gap.width
            middle = start + part * (end - start)
            for y in range(max(int(middle - _AWAY), 0), min(int(middle + _AWAY) + 1, gap.canvas.height)):
                covered = {(x + k, y) for k in range(length)}
                away = abs(y + 0.5 - middle)
                if away > _AWAY or covered & gap.taken:
                    continue
                cost = 2.0 * len(covered & self.lines) + away + 0.2 * abs(part - 0.5)
                # A number should not run into the cards on either side.
                cost += 0.7 * (x == 0 and _beside(gap.left, y))
                cost += 0.7 * (x + length == gap.width and _beside(gap.right, y))
                if best is None or cost < best[0]:
                    best = (cost, x, y)
        return (best[1], best[2]) if best is not None and best[0] < _WORST else None


def _beside(column: Column, y: int) -> bool:
    """True where a card stands on line y."""
    return any(slot.y <= y < slot.y + slot.height for slot in column.slots)


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
