"""Which layers and units of a network fit into a diagram, and their positions."""

from __future__ import annotations

from rich.cells import cell_len

from bpstep.explain.prose.units import data_names
from bpstep.frozen import frozen
from bpstep.program.diagram import Edge, Node
from bpstep.render.view_state import Selection
from bpstep.session.frame import Frame

CARD_WIDTH = 8

TARGET_CARD_HEIGHT = 4
"""The lines of an output's card with its target below its output."""

_MIN_GAP = 5

_COMFORTABLE_GAP = 14
"""Between layers that keep this many cells for their edges, cards widen for the names of the data."""


@frozen
class Slot:
    """A unit's card: its first line and its height."""

    unit: int
    y: int
    height: int

    @property
    def middle(self) -> float:
        """The middle of the card, in quarters of a line from the top."""
        return (self.y + self.height / 2) * 4 - 0.5


@frozen
class Column:
    """A layer: the position of its cards, its units, and how many are hidden above and below."""

    layer: int
    x: int
    width: int
    slots: tuple[Slot, ...]
    above: int = 0
    below: int = 0

    def below_output(self, height: int, has_target: bool = True) -> tuple[int | None, int | None]:
        """The lines below the output: of the target, with its number one further, and of the loss.

        The loss is one line away if there is room, so that a number beside the last card has space.
        """
        if not self.slots or self.below:
            return None, None
        y = self.slots[-1].y + self.slots[-1].height
        label = y if has_target and len(self.slots) == 1 and y + 1 < height else None
        if label is not None:
            y += 3 if y + 3 < height else 2
        return label, y if y < height else None

    def slot(self, unit: int) -> Slot | None:
        """The card of a unit; None if it is hidden."""
        return next((slot for slot in self.slots if slot.unit == unit), None)


def layout_columns(frame: Frame, chosen: Selection, width: int, height: int) -> list[Column]:
    """The layers that fit, around the step's layer, or around that of the selection."""
    diagram = frame.program.diagram
    assert diagram is not None
    sizes = diagram.sizes
    max_layers = max(2, min(len(sizes), (width + _MIN_GAP) // (CARD_WIDTH + _MIN_GAP)))
    first = _first_layer(frame, chosen, len(sizes), max_layers)
    cards = _card_widths(frame, range(first, first + max_layers), width)
    gaps = [(width - sum(cards) + at) // (max_layers - 1) for at in range(max_layers - 1)]
    columns: list[Column] = []
    x = 0
    for layer, card in enumerate(cards, first):
        has_target = layer == len(sizes) - 1 and bool(diagram.label)
        slots, above, below = _layout_slots(chosen, layer, sizes[layer], height, has_target)
        columns.append(Column(layer, x, card, slots, above, below))
        x += card + (gaps[len(columns) - 1] if len(columns) < max_layers else 0)
    return columns


def _card_widths(frame: Frame, layers: range, width: int) -> list[int]:
    """The width of each layer's cards: inputs have no sign before their number, and the names of the data
    get what the edges can do without.
    """
    diagram = frame.program.diagram
    assert diagram is not None
    widths = [CARD_WIDTH - (layer == 0) for layer in layers]
    spare = max(width - sum(widths) - _COMFORTABLE_GAP * (len(widths) - 1), 0)
    missing = {
        at: 1 + max(map(cell_len, names)) - widths[at]
        for at, layer in enumerate(layers)
        if (names := data_names(frame.network, layer, diagram.depth))
    }
    for served, at in enumerate(sorted(missing, key=missing.__getitem__)):
        share = max(min(missing[at], spare // (len(missing) - served)), 0)
        widths[at] += share
        spare -= share
    return widths


def _first_layer(frame: Frame, chosen: Selection, count: int, max_layers: int) -> int:
    layer = _layer_of_step(frame)
    first = layer - 1 - (max_layers - 2) // 2
    place = chosen.place
    if place is not None:
        low = place.layer - isinstance(place, Edge)
        first = min(max(first, place.layer - max_layers + 1), low)
    return min(max(first, 0), count - max_layers)


def _layer_of_step(frame: Frame) -> int:
    """The layer of the step."""
    step, diagram = frame.current_step, frame.program.diagram
    if step is None or diagram is None:
        return 1
    return step.role.layer or diagram.layouts[step.name].layer or diagram.layer_with(step.role.by) or 1


def _layout_slots(
    chosen: Selection, layer: int, units: int, height: int, has_target: bool
) -> tuple[tuple[Slot, ...], int, int]:
    if has_target and units > 1 and units * TARGET_CARD_HEIGHT < height:
        # The line below the last card is the loss's.
        cards = _spread_evenly(range(units), TARGET_CARD_HEIGHT, height)
        if cards[-1].y + TARGET_CARD_HEIGHT == height:
            cards = _spread_evenly(range(units), TARGET_CARD_HEIGHT, height - 1)
        return tuple(cards), 0, 0
    for lines in (2, 1) if layer == 0 else (3, 2, 1):
        if units * lines <= height:
            return tuple(_spread_evenly(range(units), lines, height)), 0, 0
    shown = height - 2
    start = min(max(_selected_unit(chosen, layer) - shown // 2, 0), units - shown)
    above, below = start, units - start - shown
    slots = tuple(Slot(start + at, at + 1, 1) for at in range(shown))
    return slots, above, below


def _selected_unit(chosen: Selection, layer: int) -> int:
    """The selected unit of a layer."""
    place = chosen.place
    if isinstance(place, Node) and place.layer == layer:
        return place.unit
    if isinstance(place, Edge) and layer in (place.layer, place.layer - 1):
        return place.target if place.layer == layer else place.source
    return 0


def _spread_evenly(units: range, lines: int, height: int) -> list[Slot]:
    """Cards spread evenly over the height."""
    found = []
    for at, unit in enumerate(units):
        middle = (at + 0.5) * height / len(units)
        found.append(Slot(unit, min(max(round(middle - lines / 2), 0), height - lines), lines))
    return found
