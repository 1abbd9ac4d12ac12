"""The numbers of the edges that matter now, beside their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpstep.formula.arithmetic import reading
from bpstep.formula.numbers import short
from bpstep.formula.scalar import Apply, Cell, Fold, Scalar
from bpstep.home import Edge, Index
from bpstep.views.braille import Stroke
from bpstep.views.columns import Column
from bpstep.views.formula import result_index
from bpstep.views.lighting import shown

if TYPE_CHECKING:
    from bpstep.views.edges import Gap

_FEW = 4
"""So many edges that are written all have their number."""
_AWAY = 2.5
"""Lines that a number may stand away from its edge."""
_UNCLEAR = 0.3
"""So much closer to another line a number may be and still be its own line's."""
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
            marked = gap.chosen.pointed == line.edge
            text = gap.look.pick("▸", ">") * marked + self._text(line)
            spot = self._spot(line, len(text))
            if spot is None:
                continue
            role = "selected" if gap.chosen.place == line.edge else gap.shade(line.role)
            role = "pointed" if marked else role
            gap.canvas.put(gap.x + spot[0], spot[1], text, role)
            gap.canvas.hit(gap.x + spot[0], spot[1], len(text), ("place", line.edge))
            gap.taken.update((spot[0] + k, spot[1]) for k in range(len(text)))

    def _wanted(self) -> set[Edge]:
        gap = self.gap
        found = {line.edge for line in self.drawn if line.role in ("selected", "known")}
        written = {line.edge for line in self.drawn if line.role == "write"}
        if len(written) <= _FEW:
            found |= written
        step, homes = gap.frame.at_work, gap.frame.program.homes
        if step is None or not gap.touched:
            return found
        if gap.frame.inside:
            return found | {line.edge for line in self.drawn if line.role == "read"}
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
        if gap.chosen.pointed == line.edge and gap.view.pointed is not None:
            names = [gap.view.pointed[0], *names]
        for name in names:
            index = gap.frame.program.homes[name].index(line.edge, len(gap.frame.shape(name)))
            value = None if index is None else shown(gap.frame, name, index)
            if value is not None and index is not None:
                return self._number(name, value, index)
        return self._fitting(line.value)

    def _fitting(self, value: float) -> str:
        """A number in the chosen format where the gap has room for it, else in the shortest."""
        text = self.gap.look.number(value)
        return text if len(text) < self.gap.width else short(value)

    def _number(self, name: str, value: float, index: Index) -> str:
        """A value; for an update what it changed, since the new value often looks like the old one."""
        step = self.gap.frame.step
        if step is None or step.role.kind != "update" or step.name != name:
            return self._fitting(value)
        change = value - float(self.gap.frame.before[name][index])
        return short(change) if change <= 0 else f"+{short(change)}"

    def _spot(self, line: Drawn, length: int) -> tuple[int, int] | None:
        """Where a number stands close to its line, closer than to others, and covers as little as possible.

        The number of the selected edge has a place in any case.
        """
        spots = sorted(self._spots(line, length))
        for cost, x, y in spots:
            if cost <= _WORST and self._is_nearest(line, x, y, length):
                return x, y
        wanted = line.role == "selected" or self.gap.frame.inside is not None
        return spots[0][1:] if spots and wanted else None

    def _spots(self, line: Drawn, length: int) -> Iterator[tuple[float, int, int]]:
        """The places for a number, with what they cost."""
        gap = self.gap
        for x in range(gap.width - length + 1):
            for y in range(gap.canvas.height):
                covered = {(x + k, y) for k in range(length)}
                away = _away(line, x, y, length, gap.width, anywhere=line.role == "selected")
                if away > _AWAY or (covered | {(x - 1, y), (x + length, y)}) & gap.taken:
                    continue
                cost = 2.0 * len(covered & self.lines) + away + 0.2 * abs((x + length / 2) / gap.width - 0.5)
                # A number should not run into what stands on either side.
                cost += _TOUCHING * (x == 0 and _numbered(gap.left, y))
                cost += _TOUCHING * (x + length == gap.width and self._ends(y))
                yield cost, x, y

    def _is_nearest(self, line: Drawn, x: int, y: int, length: int) -> bool:
        """True where a number could not be taken for another edge's."""
        own = _away(line, x, y, length, self.gap.width)
        others = (_away(other, x, y, length, self.gap.width) for other in self.drawn if other is not line)
        return own <= min(others, default=own) + _UNCLEAR

    def _ends(self, y: int) -> bool:
        """True where a number, or the loss, stands to the right on line y."""
        last = self.gap.right.layer == len(self.gap.frame.network.layers)
        return _numbered(self.gap.right, y) or (
            last and y == self.gap.right.below_output(self.gap.canvas.height)[1]
        )


def _away(line: Drawn, x: int, y: int, length: int, width: int, anywhere: bool = False) -> float:
    """How far from its line the middle of a number stands, or `anywhere` its nearest part."""
    start, end = line.stroke.start / 4, line.stroke.end / 4
    places = range(length) if anywhere else [(length - 1) / 2]
    return min(abs(y + 0.5 - start - (x + k + 0.5) / width * (end - start)) for k in places)


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
