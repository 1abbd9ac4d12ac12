"""The connections between two layers: sign by colour, dash and sign glyph, size by weight of line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bpstep.formula.arithmetic import reading
from bpstep.formula.numbers import short
from bpstep.formula.scalar import Apply, Cell, Fold, Scalar
from bpstep.frame import Frame
from bpstep.home import Edge, Index, Node
from bpstep.views.braille import Stroke, character, dots, plain
from bpstep.views.canvas import Canvas
from bpstep.views.columns import Column, Slot
from bpstep.views.formula import result_index
from bpstep.views.look import Look
from bpstep.views.view import Selection, View

_RANKS = {"plus": 0, "minus": 0, "read": 1, "write": 2, "selected": 3}


@dataclass(frozen=True)
class _Drawn:
    edge: Edge
    role: str
    stroke: Stroke
    value: float


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

    def draw(self) -> None:
        """Lines, then signs and arrowheads, then the numbers of the edges that matter now."""
        drawn = sorted(self._edges(), key=lambda line: _RANKS[line.role])
        cells = [self._cells(line) for line in drawn]
        bits: dict[tuple[int, int], int] = {}
        for line, marks in zip(drawn, cells):
            for (x, y), mark in marks.items():
                if isinstance(mark, int):
                    bits[x, y] = bits.get((x, y), 0) | mark
                    mark = character(bits[x, y])
                self.canvas.put(self.x + x, y, mark, self._shade(line.role))
                self.canvas.hit(self.x + x, y, 1, ("place", line.edge))
        self._signs(drawn, [set(marks) for marks in cells])
        self._heads(drawn)
        self._labels(drawn, [set(marks) for marks in cells])

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
        step = self.frame.step
        if step is None:
            return []
        homes = self.frame.program.homes
        names = [(step.name, "write"), *((name, "read") for name in step.reads if name != step.name)]
        return [(n, role) for n, role in names if homes[n].kind == "edge" and homes[n].layer == self.layer]

    def _edges(self) -> list[_Drawn]:
        pairs = {Edge(self.layer, a.unit, b.unit): (a, b) for a in self.left.slots for b in self.right.slots}
        shown = self._shown(list(pairs))
        top = float(np.max(np.abs(self.weights))) if self.weights.size else 0.0
        found = []
        for edge in shown:
            value = float(self.weights[edge.source, edge.target])
            size = abs(value) / top if top > 0 and np.isfinite(value) else 0.0
            weight = 1 if size < 0.4 else 2 if size < 0.8 or self.width < 12 else 3
            stroke = self._stroke(*pairs[edge], weight, value < 0)
            found.append(_Drawn(edge, self._role(edge, value), stroke, value))
        return found

    def _shown(self, edges: list[Edge]) -> list[Edge]:
        """The edges that the gap has room for: those at the selection first, then the heaviest."""
        room = max(9, self.width * self.canvas.height // 24)
        if len(edges) <= room:
            return edges
        ranked = sorted(edges, key=lambda e: (-self._nearness(e), -abs(self.weights[e.source, e.target])))
        return ranked[: max(room, 1)]

    def _nearness(self, edge: Edge) -> int:
        """2 for the selected edge, 1 for one that shares an end with what is selected."""
        place = self.chosen.place
        if isinstance(place, Node):
            return int(place in (Node(edge.layer, edge.target), Node(edge.layer - 1, edge.source)))
        return 2 if place == edge else int(isinstance(place, Edge) and place.target == edge.target)

    def _role(self, edge: Edge, value: float) -> str:
        if self.chosen.place == edge:
            return "selected"
        homes = self.frame.program.homes
        for name, role in self.touched:
            if homes[name].row in (None, edge.source):
                return role
        return "minus" if value < 0 else "plus"

    def _shade(self, role: str) -> str:
        return "write" if role == "selected" else role

    def _stroke(self, a: Slot, b: Slot, weight: int, negative: bool) -> Stroke:
        start, end = a.middle, b.middle
        # Lines that come in from above or below meet the card there, so that they stay apart.
        bend = 0.0 if abs(end - start) < 4 else 3.0 if end > start else -3.0
        start += bend if a.height > 1 else 0
        end -= bend if b.height > 1 else 0
        return Stroke(start, end, weight, negative)

    def _cells(self, line: _Drawn) -> dict[tuple[int, int], int | str]:
        if self.look.ascii:
            return dict(plain(line.stroke, self.width))
        return dict(dots(line.stroke, self.width))

    def _signs(self, drawn: list[_Drawn], cells: list[set[tuple[int, int]]]) -> None:
        """A sign on each edge, where no other edge runs."""
        self.taken: set[tuple[int, int]] = set()
        for at, line in enumerate(drawn):
            others = set().union(*(marks for k, marks in enumerate(cells) if k != at)) | self.taken
            free = [cell for cell in self._path(line) if cell not in others and 0 < cell[0] < self.width - 1]
            if not free:
                continue
            spot = min(free, key=lambda cell: (_crowd(cell, others), abs(cell[0] - self.width * 0.4)))
            sign = self._sign(line.value)
            self.canvas.put(self.x + spot[0], spot[1], sign, self._shade(line.role))
            self.taken.add(spot)

    def _sign(self, value: float) -> str:
        if np.isnan(value):
            return "?"
        return "0" if value == 0 else self.look.pick("−", "-") if value < 0 else "+"

    def _path(self, line: _Drawn) -> list[tuple[int, int]]:
        """The cells in the middle of a line."""
        start, end = line.stroke.start / 4, line.stroke.end / 4
        steps = max(self.width, int(abs(end - start)) + 1) * 2
        points = ((k / (steps - 1)) for k in range(steps))
        found = ((int(part * (self.width - 0.01)), int(start + part * (end - start))) for part in points)
        return list(dict.fromkeys(found))

    def _heads(self, drawn: list[_Drawn]) -> None:
        """Arrowheads on the lit edges, in the direction in which the numbers flow."""
        phase = self.frame.phase
        for line in drawn:
            if line.role in ("plus", "minus") or phase not in ("forward", "backward"):
                continue
            forward = phase == "forward"
            y = int((line.stroke.end if forward else line.stroke.start) / 4)
            head = self.look.pick("▸", ">") if forward else self.look.pick("◂", "<")
            self.canvas.put(self.x + (self.width - 1 if forward else 0), y, head, self._shade(line.role))
            self.taken.add((self.width - 1 if forward else 0, y))

    def _labels(self, drawn: list[_Drawn], cells: list[set[tuple[int, int]]]) -> None:
        """The numbers of the edges in the selected cell's arithmetic, beside their lines."""
        wanted = self._wanted(drawn)
        everything = set().union(*cells) if cells else set()
        for line in drawn:
            if line.edge not in wanted:
                continue
            text = self._value(line)
            if not text:
                continue
            spot = self._spot(line, len(text), everything)
            if spot is None:
                continue
            role = "selected" if self._is_selected(line.edge) else self._shade(line.role)
            self.canvas.put(self.x + spot[0], spot[1], text, role)
            self.canvas.hit(self.x + spot[0], spot[1], len(text), ("place", line.edge))
            self.taken |= {(spot[0] + k, spot[1]) for k in range(len(text))}

    def _is_selected(self, edge: Edge) -> bool:
        return self.chosen.place == edge

    def _wanted(self, drawn: list[_Drawn]) -> set[Edge]:
        found = {line.edge for line in drawn if line.role == "selected"}
        written = {line.edge for line in drawn if line.role == "write"}
        if len(written) <= 4:
            found |= written
        if self.frame.step is None or not self.touched:
            return found
        index = result_index(self.frame, self.view)
        homes = self.frame.program.homes
        for cell in _leaves(reading(self.frame.step, index, self.frame.before), 8):
            place = homes[cell.name].place(cell.index) if homes[cell.name].kind == "edge" else None
            if isinstance(place, Edge) and place.layer == self.layer:
                found.add(place)
        return found

    def _value(self, line: _Drawn) -> str:
        """The number of an edge in the tensor that lights it; else its weight."""
        homes = self.frame.program.homes
        names = [name for name, _ in self.touched]
        if self.chosen.place == line.edge and self.chosen.name not in names:
            names = [self.chosen.name, *names]
        for name in names:
            value = self.frame.tensors.get(name)
            index = None if value is None else homes[name].index(line.edge, np.ndim(value))
            if value is not None and index is not None:
                return self._number(name, float(value[index]), index)
        return self.look.number(line.value)

    def _number(self, name: str, value: float, index: Index) -> str:
        """A value; for an update what it changed, since the new value often looks like the old one."""
        step = self.frame.step
        if step is None or step.role.kind != "update" or step.name != name:
            return self.look.number(value)
        change = value - float(self.frame.before[name][index])
        return short(change) if change <= 0 else f"+{short(change)}"

    def _spot(self, line: _Drawn, length: int, lines: set[tuple[int, int]]) -> tuple[int, int] | None:
        """Where a number stands close to its line and covers as little as possible."""
        best: tuple[float, int, int] | None = None
        start, end = line.stroke.start / 4, line.stroke.end / 4
        for x in range(self.width - length + 1):
            part = (x + length / 2) / self.width
            middle = start + part * (end - start)
            for y in range(self.canvas.height):
                covered = {(x + k, y) for k in range(length)}
                if covered & self.taken:
                    continue
                away = abs(y + 0.5 - middle)
                if away > 2.5:
                    continue
                cost = 2.0 * len(covered & lines) + away + 0.2 * abs(part - 0.5)
                # A number should not run into the cards on either side.
                cost += 0.7 * (x == 0 and _beside(self.left, y))
                cost += 0.7 * (x + length == self.width and _beside(self.right, y))
                if best is None or cost < best[0]:
                    best = (cost, x, y)
        return (best[1], best[2]) if best is not None and best[0] < 6 else None


def _beside(column: Column, y: int) -> bool:
    """True where a card stands on line y."""
    return any(slot.y <= y < slot.y + slot.height for slot in column.slots)


def _crowd(cell: tuple[int, int], others: set[tuple[int, int]]) -> int:
    """How many neighbours of a cell other lines run through."""
    x, y = cell
    return sum((x + dx, y + dy) in others for dx in (-1, 0, 1) for dy in (-1, 0, 1))


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
