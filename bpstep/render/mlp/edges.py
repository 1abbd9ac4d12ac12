"""The edges between two layers: lines, signs, arrowheads, and the numbers of the most important ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bpstep.deferred import deferred
from bpstep.explain.numbers import format_count, format_short
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.program.diagram import Edge, LayoutKind, Node
from bpstep.program.program import Phase, RoleKind
from bpstep.render.braille import (
    CellPosition,
    Stroke,
    ascii_line,
    braille_character,
    braille_dots,
    middle_cells,
)
from bpstep.render.canvas import Canvas
from bpstep.render.formula.pane import result_index
from bpstep.render.highlight import cell_role, displayed_value
from bpstep.render.messages import EDGES_SHOWN, EDGES_SHOWN_SHORT
from bpstep.render.mlp.columns import Column, Slot
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, View
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.explain import arithmetic, scalar
else:
    arithmetic = deferred("bpstep.explain.arithmetic")
    scalar = deferred("bpstep.explain.scalar")

_MAX_WRITTEN_LABELS = 4
"""With at most this many edges written, all have their number."""

_MAX_DISTANCE = 2.5
"""How many lines a number may be away from its edge."""

_DISTANCE_MARGIN = 0.3
"""How much closer a number may be to another line and still clearly belong to its own."""

_TOUCHING_COST = 1.5
"""The cost of a number that touches the card to its right, whose number begins after a sign or a blank."""

_MAX_COST = 6.0
"""A position with a higher cost is worse than no number."""


_MIDDLE = (0.2, 0.8)
"""The part of the gap in which lines should be separate."""

_MIN_AVERAGE_SHARE = 0.4
"""All edges are drawn if on average this share of a line's cells belongs to no other line."""

_MIN_OWN_SHARE = 0.55
"""Otherwise this share of each line's cells has to belong to no other line."""

_MIN_CELLS_PER_EDGE = 3
"""With fewer cells in the gap per edge, drawing them all is not even tried."""

_ROOM_FOR_SENTENCE = 16
"""In a gap of this width the number of edges is written in words, else as two numbers."""


@frozen
class DrawnEdge:
    """An edge with its line, its role and its weight."""

    edge: Edge
    role: str
    stroke: Stroke
    value: float


@frozen
class EdgeLabels:
    """Puts numbers into a gap; `lines` are the cells that edges pass through."""

    layer_edges: LayerEdges
    drawn: list[DrawnEdge]
    lines: set[tuple[int, int]]

    def draw(self) -> None:
        """The numbers of the edges in the selected cell's arithmetic."""
        layer_edges, wanted = self.layer_edges, self._labelled_edges()
        # The most important one takes its place first.
        for drawn_edge in reversed(self.drawn):
            if drawn_edge.edge not in wanted:
                continue
            marked = layer_edges.chosen.pointed == drawn_edge.edge
            text = layer_edges.theme.pick("▸", ">") * marked + self._label_text(drawn_edge)
            position = self._best_position(drawn_edge, len(text))
            if position is None:
                continue
            role = (
                "selected"
                if layer_edges.chosen.place == drawn_edge.edge
                else layer_edges.line_role(drawn_edge.role)
            )
            role = "pointed" if marked else role
            layer_edges.canvas.put(layer_edges.x + position[0], position[1], text, role)
            layer_edges.canvas.add_hit(
                layer_edges.x + position[0], position[1], len(text), ("place", drawn_edge.edge)
            )
            layer_edges.occupied.update((position[0] + k, position[1]) for k in range(len(text)))

    def _labelled_edges(self) -> set[Edge]:
        layer_edges = self.layer_edges
        found = {line.edge for line in self.drawn if line.role in ("selected", "known")}
        written = {line.edge for line in self.drawn if line.role == "write"}
        if len(written) <= _MAX_WRITTEN_LABELS:
            found |= written
        step, layouts = layer_edges.frame.current_step, layer_edges.frame.program.picture_layouts
        if step is None or not layer_edges.touched or step.name in layer_edges.frame.not_run:
            return found
        if layer_edges.frame.inside:
            return found | {line.edge for line in self.drawn if line.role == "read"}
        index = result_index(layer_edges.frame, layer_edges.view)
        for cell in _first_cells(arithmetic.cell_arithmetic(step, index, layer_edges.frame.before), 8):
            place = (
                layouts[cell.name].place_of(cell.index)
                if layouts[cell.name].kind == LayoutKind.EDGE
                else None
            )
            if isinstance(place, Edge) and place.layer == layer_edges.layer:
                found.add(place)
        return found

    def _label_text(self, line: DrawnEdge) -> str:
        """The number of an edge in the tensor that highlights it; else its weight."""
        layer_edges = self.layer_edges
        names = [name for name, _ in layer_edges.touched]
        if layer_edges.chosen.place == line.edge and layer_edges.chosen.name not in names:
            names = [layer_edges.chosen.name, *names]
        if layer_edges.chosen.pointed == line.edge and layer_edges.view.pointed is not None:
            names = [layer_edges.view.pointed[0], *names]
        for name in names:
            index = layer_edges.frame.program.picture_layouts[name].index_of(
                line.edge, len(layer_edges.frame.shape(name))
            )
            value = None if index is None else displayed_value(layer_edges.frame, name, index)
            if value is not None and index is not None:
                return self._number(name, value, index)
        return self._format_to_width(line.value)

    def _format_to_width(self, value: float) -> str:
        """A number in the chosen format if it fits into the gap, else in the shortest."""
        text = self.layer_edges.theme.number(value)
        return text if len(text) < self.layer_edges.width else format_short(value)

    def _number(self, name: str, value: float, index: Index) -> str:
        """A value; for an update its change, since the new value often looks like the old one."""
        step = self.layer_edges.frame.step
        if step is None or step.role.kind != RoleKind.UPDATE or step.name != name:
            return self._format_to_width(value)
        change = value - float(self.layer_edges.frame.before[name][index])
        return format_short(change) if change <= 0 else f"+{format_short(change)}"

    def _best_position(self, line: DrawnEdge, length: int) -> tuple[int, int] | None:
        """The position of a number close to its line, closer than to others, that covers as little as
        possible.

        The number of the selected edge always has a position.
        """
        positions = sorted(self._candidate_positions(line, length))
        for cost, x, y in positions:
            if cost <= _MAX_COST and self._is_nearest(line, x, y, length):
                return x, y
        wanted = line.role == "selected" or self.layer_edges.frame.inside is not None
        return positions[0][1:] if positions and wanted else None

    def _candidate_positions(self, line: DrawnEdge, length: int) -> Iterator[tuple[float, int, int]]:
        """The possible positions of a number, with their costs."""
        layer_edges = self.layer_edges
        for x in range(layer_edges.width - length + 1):
            for y in range(layer_edges.canvas.height):
                covered = {(x + k, y) for k in range(length)}
                distance = _distance(
                    line, x, y, length, layer_edges.width, to_nearest_part=line.role == "selected"
                )
                if (
                    distance > _MAX_DISTANCE
                    or (covered | {(x - 1, y), (x + length, y)}) & layer_edges.occupied
                ):
                    continue
                cost = (
                    2.0 * len(covered & self.lines)
                    + distance
                    + 0.2 * abs((x + length / 2) / layer_edges.width - 0.5)
                )
                # Beside the number of a card, or the loss, it would be read as a part of it.
                is_at_end = x + length == layer_edges.width
                joins = (x == 0 and _has_number(layer_edges.left, y)) or (is_at_end and self._is_loss(y))
                cost += 2 * _MAX_COST * joins
                cost += _TOUCHING_COST * (is_at_end and _has_number(layer_edges.right, y))
                yield cost, x, y

    def _is_nearest(self, line: DrawnEdge, x: int, y: int, length: int) -> bool:
        """True if a number cannot be mistaken for another edge's."""
        own = _distance(line, x, y, length, self.layer_edges.width)
        others = (
            _distance(other, x, y, length, self.layer_edges.width)
            for other in self.drawn
            if other is not line
        )
        return own <= min(others, default=own) + _DISTANCE_MARGIN

    def _is_loss(self, y: int) -> bool:
        """True if the loss is to the right on line y."""
        layer_edges, diagram = self.layer_edges, self.layer_edges.frame.program.diagram
        assert diagram is not None
        return (
            layer_edges.right.layer == diagram.depth
            and y == layer_edges.right.below_output(layer_edges.canvas.height, bool(diagram.label))[1]
        )


def _distance(
    line: DrawnEdge, x: int, y: int, length: int, width: int, to_nearest_part: bool = False
) -> float:
    """How far the middle of a number is from its line, or with `to_nearest_part` its nearest part."""
    start, end = line.stroke.start / 4, line.stroke.end / 4
    places = range(length) if to_nearest_part else [(length - 1) / 2]
    return min(abs(y + 0.5 - start - (x + k + 0.5) / width * (end - start)) for k in places)


def _has_number(column: Column, y: int) -> bool:
    """True if a card has a number on line y: its first line is its name, if it has more than one."""
    return any(slot.y + (slot.height > 1) <= y < slot.y + slot.height for slot in column.slots)


def _has_card(column: Column, y: int) -> bool:
    return any(slot.y <= y < slot.y + slot.height for slot in column.slots)


def _first_cells(node: scalar.Scalar, max_terms: int) -> list[scalar.Cell]:
    """The first cells in a scalar's arithmetic."""
    if isinstance(node, scalar.Cell):
        return [node]
    parts: list[scalar.Scalar] = []
    if isinstance(node, scalar.Apply):
        parts = list(node.arguments)
    elif isinstance(node, scalar.Fold):
        parts = [node.term(k) for k in range(min(node.count, max_terms))]
    found: list[scalar.Cell] = []
    for part in parts:
        found += _first_cells(part, max_terms)
        if len(found) >= 4 * max_terms:
            break
    return found


_DRAWING_ORDER = {"plus": 0, "minus": 0, "read": 1, "write": 2, "known": 3, "selected": 4}


@dataclass
class LayerEdges:
    """Draws the edges between a column and the next."""

    canvas: Canvas
    frame: Frame
    theme: Theme
    chosen: Selection
    view: View
    left: Column
    right: Column
    occupied: set[CellPosition] = field(default_factory=set)
    """The cells, counted from the gap's left, with a sign, an arrowhead or a number."""

    def draw(self) -> None:
        """Lines, then signs and arrowheads, then the numbers of the most important edges."""
        drawn = sorted(self._drawn_edges(), key=lambda line: _DRAWING_ORDER[line.role])
        cells = [self._cells(line) for line in drawn]
        self._draw_lines(drawn, cells)
        if len(drawn) < self.edge_count:
            self._draw_count(len(drawn), set().union(*cells))
        self._draw_signs(drawn, cells)
        self._draw_arrowheads(drawn)
        EdgeLabels(self, drawn, set().union(*cells)).draw()

    def _draw_lines(self, drawn: list[DrawnEdge], cells: list[Mapping[CellPosition, int | str]]) -> None:
        bits: dict[CellPosition, int] = {}
        shown: dict[CellPosition, tuple[DrawnEdge, str]] = {}
        for line, marks in zip(drawn, cells):
            for place, mark in marks.items():
                if isinstance(mark, int):
                    bits[place] = bits.get(place, 0) | mark
                    mark = braille_character(bits[place])
                shown[place] = line, mark
        left = self.x
        for (x, y), (line, mark) in shown.items():
            self.canvas.put(left + x, y, mark, self.line_role(line.role))
            self.canvas.add_hit(left + x, y, 1, ("place", line.edge))

    def _draw_count(self, shown: int, lines: set[CellPosition]) -> None:
        """How many edges are drawn, and of how many, beside no card, on the line where this covers least."""
        template = EDGES_SHOWN if self.width >= _ROOM_FOR_SENTENCE else EDGES_SHOWN_SHORT
        text = fill(template, shown=shown, count=format_count(self.edge_count))[: self.width]
        x = (self.width - len(text)) // 2
        is_at_end = x + len(text) == self.width

        def cost(y: int) -> tuple[int, int]:
            # A card's first cell is empty or has a sign, its last one a digit.
            touched = 2 * (not x and _has_card(self.left, y)) + (is_at_end and _has_card(self.right, y))
            return touched, sum((x + k, y) in lines for k in range(len(text)))

        y = min(range(self.canvas.height - 1, -1, -1), key=cost)
        self.canvas.put(self.x + x, y, text, "quiet")
        self.occupied.update((x + k, y) for k in range(len(text)))

    @property
    def x(self) -> int:
        """The first cell between the cards."""
        return self.left.x + self.left.width

    @property
    def width(self) -> int:
        """The number of cells between the cards."""
        return self.right.x - self.x

    @property
    def layer(self) -> int:
        """The layer whose weights these are."""
        return self.right.layer

    @cached_property
    def weights(self) -> np.ndarray:
        program = self.frame.program
        name = program.unit_diagram.layers[self.layer].weights
        found: np.ndarray = self.frame.tensors[name]
        if found.ndim == 1:
            return found[:, np.newaxis]  # of a single unit
        return found.T if program.picture_layouts[name].transposed else found

    @cached_property
    def touched(self) -> list[tuple[str, str]]:
        """The edge tensors of this layer that the step touches, with their roles; the written one first."""
        step = self.frame.current_step
        if step is None:
            return []
        layouts = self.frame.program.picture_layouts
        names = [(step.name, "write"), *((name, "read") for name in step.reads if name != step.name)]
        return [
            (n, role)
            for n, role in names
            if layouts[n].kind == LayoutKind.EDGE and layouts[n].layer == self.layer
        ]

    @cached_property
    def edge_count(self) -> int:
        """The number of edges of this layer, drawn or not."""
        return int(self.weights.size)

    def _drawn_edges(self) -> list[DrawnEdge]:
        pairs = {Edge(self.layer, a.unit, b.unit): (a, b) for a in self.left.slots for b in self.right.slots}
        top = float(np.max(np.abs(self.weights))) if self.weights.size else 0.0
        found = []
        for edge, (left, right) in pairs.items():
            value = float(self.weights[edge.source, edge.target])
            size = abs(value) / top if top > 0 and np.isfinite(value) else 0.0
            weight = 1 if size < 0.4 else 2 if size < 0.8 or self.width < 12 else 3
            stroke = self._stroke(left, right, weight, value < 0)
            found.append(DrawnEdge(edge, self._role(edge, value), stroke, value))
        return self._distinct(found)

    def _distinct(self, edges: list[DrawnEdge]) -> list[DrawnEdge]:
        """All edges, if each can be followed; else those of the selected unit, and the strongest.

        Of the others, the strongest is drawn, and each that leaves the lines drawn before it separate.
        """
        lines = _SeparateLines(self.width)
        if len(edges) * _MIN_CELLS_PER_EDGE <= self.width * self.canvas.height:
            for line in edges:
                lines.add(self._cells(line))
            if lines.can_be_followed:
                return edges
        lines, kept = _SeparateLines(self.width), set[Edge]()
        strongest = max(edges, key=lambda line: _strength(line.value), default=None)
        for line in sorted(edges, key=lambda line: (-self._nearness(line.edge), -_strength(line.value))):
            cells = self._cells(line)
            lines.add(cells)
            if self._nearness(line.edge) or line is strongest or lines.are_apart:
                kept.add(line.edge)
            else:
                lines.remove(cells)
        return [line for line in edges if line.edge in kept]

    def _nearness(self, edge: Edge) -> int:
        """3 for the edge pointed at, 2 for the selected one, 1 for one that shares an end with it."""
        place = self.chosen.place
        if edge in (self.chosen.pointed, *self.chosen.highlight.places):
            return 3
        if isinstance(place, Node):
            return int(place in (Node(edge.layer, edge.target), Node(edge.layer - 1, edge.source)))
        if not isinstance(place, Edge):
            return 0
        return 2 if place == edge else int((place.layer, place.target) == (edge.layer, edge.target))

    def _role(self, edge: Edge, value: float) -> str:
        if edge in (self.chosen.place, self.chosen.pointed):
            return "selected"
        if edge in self.chosen.highlight.places:
            return "known"
        layouts = self.frame.program.picture_layouts
        for name, role in self.touched:
            if layouts[name].source_row not in (None, edge.source):
                continue
            if self.frame.inside is None:
                return role
            index = layouts[name].index_of(edge, len(self.frame.shape(name)))
            if index is not None and (now := cell_role(self.frame, name, index)):
                return now
        return "minus" if value < 0 else "plus"

    def line_role(self, role: str) -> str:
        """The role that a line is drawn in."""
        return "write" if role == "selected" else role

    def _stroke(self, a: Slot, b: Slot, weight: int, negative: bool) -> Stroke:
        start, end = a.middle, b.middle
        # Lines from above or below meet the card there, so that they stay separate.
        offset = 0.0 if abs(end - start) < 4 else 3.0 if end > start else -3.0
        start += offset if a.height > 1 else 0
        end -= offset if b.height > 1 else 0
        return Stroke(start, end, weight, negative)

    def _cells(self, line: DrawnEdge) -> Mapping[CellPosition, int | str]:
        return (ascii_line if self.theme.ascii else braille_dots)(line.stroke, self.width)

    def _draw_signs(self, drawn: list[DrawnEdge], cells: list[Mapping[CellPosition, int | str]]) -> None:
        """A sign on each edge, where no other edge passes."""
        count = Counter(place for marks in cells for place in marks)
        for line, own in zip(drawn, cells):
            others = {place for place, lines in count.items() if lines > (place in own)} | self.occupied
            middle = middle_cells(line.stroke, self.width)
            free_cells = [place for place in middle if place not in others and 0 < place[0] < self.width - 1]
            if not free_cells:
                continue
            position = min(
                free_cells,
                key=lambda place: (_neighbour_count(place, others), abs(place[0] - self.width * 0.4)),
            )
            sign = self._sign(line.value)
            self.canvas.put(self.x + position[0], position[1], sign, self.line_role(line.role))
            self.occupied.add(position)

    def _sign(self, value: float) -> str:
        if np.isnan(value):
            return "?"
        return "0" if value == 0 else self.theme.pick("−", "-") if value < 0 else "+"

    def _draw_arrowheads(self, drawn: list[DrawnEdge]) -> None:
        """Arrowheads on the highlighted edges, in the direction in which the numbers flow."""
        phase = self.frame.phase
        for line in drawn:
            if line.role in ("plus", "minus") or phase not in (Phase.FORWARD, Phase.BACKWARD):
                continue
            forward = phase == Phase.FORWARD
            y = int((line.stroke.end if forward else line.stroke.start) / 4)
            arrowhead = self.theme.pick("▸", ">") if forward else self.theme.pick("◂", "<")
            self.canvas.put(
                self.x + (self.width - 1 if forward else 0), y, arrowhead, self.line_role(line.role)
            )
            self.occupied.add((self.width - 1 if forward else 0, y))


def _strength(weight: float) -> float:
    """The order of edges by strength. A weight that is not a number comes first: it should be seen."""
    return abs(weight) if np.isfinite(weight) else float("inf")


class _SeparateLines:
    """Lines in a gap, and the share of each in cells that no other line uses.

    Near the cards lines meet, so only the middle of the gap counts.
    """

    def __init__(self, width: int) -> None:
        self._first, self._last = width * _MIDDLE[0], width * _MIDDLE[1]
        self._users: dict[CellPosition, list[int]] = {}
        self._own: list[int] = []
        self._sizes: list[int] = []

    @property
    def can_be_followed(self) -> bool:
        """True if each line has a cell of its own, and on average enough of them."""
        shares = self._own_shares()
        return not shares or (min(shares) > 0 and sum(shares) >= _MIN_AVERAGE_SHARE * len(shares))

    @property
    def are_apart(self) -> bool:
        """True if each line has most of its cells for itself."""
        return min(self._own_shares(), default=1.0) >= _MIN_OWN_SHARE

    def _own_shares(self) -> list[float]:
        return [own / size for own, size in zip(self._own, self._sizes) if size]

    def add(self, cells: Mapping[CellPosition, int | str]) -> None:
        """Take one more line."""
        number = len(self._own)
        middle = self._middle(cells)
        self._own.append(0)
        self._sizes.append(len(middle))
        for cell in middle:
            users = self._users.setdefault(cell, [])
            if len(users) == 1:
                self._own[users[0]] -= 1
            self._own[number] += not users
            users.append(number)

    def remove(self, cells: Mapping[CellPosition, int | str]) -> None:
        """Undo the last `add`."""
        for cell in self._middle(cells):
            users = self._users[cell]
            users.pop()
            if len(users) == 1:
                self._own[users[0]] += 1
        self._own.pop()
        self._sizes.pop()

    def _middle(self, cells: Mapping[CellPosition, int | str]) -> list[CellPosition]:
        return [cell for cell in cells if self._first <= cell[0] + 0.5 <= self._last]


def _neighbour_count(cell: CellPosition, others: set[CellPosition]) -> int:
    """How many neighbours of a cell are on other lines."""
    x, y = cell
    return sum((x + dx, y + dy) in others for dx in (-1, 0, 1) for dy in (-1, 0, 1))
