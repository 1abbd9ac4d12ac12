"""The numbers of the edges that matter now, beside their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bpstep.explain.arithmetic import reading
from bpstep.explain.numbers import short
from bpstep.explain.scalar import Apply, Cell, Fold, Scalar
from bpstep.program.diagram import Edge, Index, Node
from bpstep.render.braille import Place, Stroke, character, dots, path, plain
from bpstep.render.canvas import Canvas
from bpstep.render.formula.pane import result_index
from bpstep.render.highlight import light_cell, shown
from bpstep.render.mlp.columns import Column, Slot
from bpstep.render.theme import Look
from bpstep.render.view_state import Selection, View
from bpstep.session.frame import Frame

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


_RANKS = {"plus": 0, "minus": 0, "read": 1, "write": 2, "known": 3, "selected": 4}


@dataclass
class Gap:
    """Draws the edges between a column and the next."""

    canvas: Canvas
    frame: Frame
    look: Look
    chosen: Selection
    view: View
    left: Column
    right: Column
    taken: set[Place] = field(default_factory=set)
    """The cells, counted from the gap's left, that hold a sign, an arrowhead or a number."""

    def draw(self) -> None:
        """Lines, then signs and arrowheads, then the numbers of the edges that matter now."""
        drawn = sorted(self._edges(), key=lambda line: _RANKS[line.role])
        cells = [self._cells(line) for line in drawn]
        self._lines(drawn, cells)
        self._signs(drawn, cells)
        self._heads(drawn)
        Labels(self, drawn, set().union(*cells)).draw()

    def _lines(self, drawn: list[Drawn], cells: list[Mapping[Place, int | str]]) -> None:
        bits: dict[Place, int] = {}
        shown: dict[Place, tuple[Drawn, str]] = {}
        for line, marks in zip(drawn, cells):
            for place, mark in marks.items():
                if isinstance(mark, int):
                    bits[place] = bits.get(place, 0) | mark
                    mark = character(bits[place])
                shown[place] = line, mark
        left = self.x
        for (x, y), (line, mark) in shown.items():
            self.canvas.put(left + x, y, mark, self.shade(line.role))
            self.canvas.hit(left + x, y, 1, ("place", line.edge))

    @property
    def x(self) -> int:
        """The first cell between the cards."""
        return self.left.x + self.left.width

    @property
    def width(self) -> int:
        """Cells between the cards."""
        return self.right.x - self.x

    @property
    def layer(self) -> int:
        """The layer whose weights these are."""
        return self.right.layer

    @cached_property
    def weights(self) -> np.ndarray:
        """The weights now."""
        program = self.frame.program
        home = next(
            name
            for name in program.initial
            if program.homes[name].kind == "edge" and program.homes[name].layer == self.layer
        )
        found: np.ndarray = self.frame.tensors[home]
        return found

    @cached_property
    def touched(self) -> list[tuple[str, str]]:
        """The edge tensors of this layer that the step touches, with their roles; the written one first."""
        step = self.frame.at_work
        if step is None:
            return []
        homes = self.frame.program.homes
        names = [(step.name, "write"), *((name, "read") for name in step.reads if name != step.name)]
        return [(n, role) for n, role in names if homes[n].kind == "edge" and homes[n].layer == self.layer]

    def _edges(self) -> list[Drawn]:
        pairs = {Edge(self.layer, a.unit, b.unit): (a, b) for a in self.left.slots for b in self.right.slots}
        shown = self._shown(list(pairs))
        top = float(np.max(np.abs(self.weights))) if self.weights.size else 0.0
        found = []
        for edge in shown:
            value = float(self.weights[edge.source, edge.target])
            size = abs(value) / top if top > 0 and np.isfinite(value) else 0.0
            weight = 1 if size < 0.4 else 2 if size < 0.8 or self.width < 12 else 3
            stroke = self._stroke(*pairs[edge], weight, value < 0)
            found.append(Drawn(edge, self._role(edge, value), stroke, value))
        return found

    def _shown(self, edges: list[Edge]) -> list[Edge]:
        """The edges that the gap has room for: those at the selection first, then the heaviest."""
        room = max(9, self.width * self.canvas.height // 24)
        if len(edges) <= room:
            return edges
        ranked = sorted(edges, key=lambda e: (-self._nearness(e), -abs(self.weights[e.source, e.target])))
        return ranked[: max(room, 1)]

    def _nearness(self, edge: Edge) -> int:
        """3 for an edge that is pointed at, 2 for the selected one, 1 for one that shares an end with it."""
        place = self.chosen.place
        if edge in (self.chosen.pointed, *self.chosen.lit.places):
            return 3
        if isinstance(place, Node):
            return int(place in (Node(edge.layer, edge.target), Node(edge.layer - 1, edge.source)))
        return 2 if place == edge else int(isinstance(place, Edge) and place.target == edge.target)

    def _role(self, edge: Edge, value: float) -> str:
        if edge in (self.chosen.place, self.chosen.pointed):
            return "selected"
        if edge in self.chosen.lit.places:
            return "known"
        homes = self.frame.program.homes
        for name, role in self.touched:
            if homes[name].row not in (None, edge.source):
                continue
            if self.frame.inside is None:
                return role
            index = homes[name].index(edge, len(self.frame.shape(name)))
            if index is not None and (now := light_cell(self.frame, name, index)):
                return now
        return "minus" if value < 0 else "plus"

    def shade(self, role: str) -> str:
        """The role that a line is drawn in."""
        return "write" if role == "selected" else role

    def _stroke(self, a: Slot, b: Slot, weight: int, negative: bool) -> Stroke:
        start, end = a.middle, b.middle
        # Lines that come in from above or below meet the card there, so that they stay apart.
        bend = 0.0 if abs(end - start) < 4 else 3.0 if end > start else -3.0
        start += bend if a.height > 1 else 0
        end -= bend if b.height > 1 else 0
        return Stroke(start, end, weight, negative)

    def _cells(self, line: Drawn) -> Mapping[Place, int | str]:
        return (plain if self.look.ascii else dots)(line.stroke, self.width)

    def _signs(self, drawn: list[Drawn], cells: list[Mapping[Place, int | str]]) -> None:
        """A sign on each edge, where no other edge runs."""
        count = Counter(place for marks in cells for place in marks)
        for line, own in zip(drawn, cells):
            others = {place for place, lines in count.items() if lines > (place in own)} | self.taken
            middle = path(line.stroke, self.width)
            free = [place for place in middle if place not in others and 0 < place[0] < self.width - 1]
            if not free:
                continue
            spot = min(free, key=lambda place: (_crowd(place, others), abs(place[0] - self.width * 0.4)))
            sign = self._sign(line.value)
            self.canvas.put(self.x + spot[0], spot[1], sign, self.shade(line.role))
            self.taken.add(spot)

    def _sign(self, value: float) -> str:
        if np.isnan(value):
            return "?"
        return "0" if value == 0 else self.look.pick("−", "-") if value < 0 else "+"

    def _heads(self, drawn: list[Drawn]) -> None:
        """Arrowheads on the lit edges, in the direction in which the numbers flow."""
        phase = self.frame.phase
        for line in drawn:
            if line.role in ("plus", "minus") or phase not in ("forward", "backward"):
                continue
            forward = phase == "forward"
            y = int((line.stroke.end if forward else line.stroke.start) / 4)
            head = self.look.pick("▸", ">") if forward else self.look.pick("◂", "<")
            self.canvas.put(self.x + (self.width - 1 if forward else 0), y, head, self.shade(line.role))
            self.taken.add((self.width - 1 if forward else 0, y))


def _crowd(cell: Place, others: set[Place]) -> int:
    """How many neighbours of a cell other lines run through."""
    x, y = cell
    return sum((x + dx, y + dy) in others for dx in (-1, 0, 1) for dy in (-1, 0, 1))
