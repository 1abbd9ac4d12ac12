"""The connections between two layers: sign by colour, dash and sign glyph, size by weight of line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bpstep.frame import Frame
from bpstep.home import Edge, Node
from bpstep.views.braille import Place, Stroke, character, dots, path, plain
from bpstep.views.canvas import Canvas
from bpstep.views.columns import Column, Slot
from bpstep.views.edge_labels import Drawn, Labels
from bpstep.views.lighting import light_cell
from bpstep.views.look import Look
from bpstep.views.view import Selection, View

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
