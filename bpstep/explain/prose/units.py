"""What units, edges and phases are called on the screen and in sentences."""

from __future__ import annotations

from bpstep.model.network import Network
from bpstep.program.diagram import Edge, Node, NodeOrEdge
from bpstep.text import one_line

MAX_NAME = 24
"""Characters of a column's name that are shown."""


def unit_name(network: Network, layer: int, at: int, sizes: tuple[int, ...] = ()) -> str:
    """A unit's name: that of its column of the data, cut where it is long, or one counted from 1.

    Counted they are x1, h2 (with several hidden layers h3.2), y or y1. `sizes` are the units of every layer
    where the network is given by its forward pass.
    """
    sizes = sizes or network.sizes
    depth = len(sizes) - 1
    if layer == 0:
        return _column_name(network.input_names[at]) if network.input_names else f"x{at + 1}"
    if layer == depth:
        if network.label_names:
            return _column_name(network.label_names[at])
        return "y" if sizes[-1] == 1 else f"y{at + 1}"
    return f"h{at + 1}" if depth == 2 else f"h{layer}.{at + 1}"


def _column_name(name: str) -> str:
    """A column's name as a sentence can hold it."""
    shown = one_line(name)
    return shown if len(shown) <= MAX_NAME else f"{shown[: MAX_NAME - 3]}..."


def place_name(network: Network, place: NodeOrEdge, arrow: str = "→", sizes: tuple[int, ...] = ()) -> str:
    """A node's name, or an edge as source→target."""
    if isinstance(place, Node):
        return unit_name(network, place.layer, place.unit, sizes)
    assert isinstance(place, Edge)
    source = unit_name(network, place.layer - 1, place.source, sizes)
    return f"{source}{arrow}{unit_name(network, place.layer, place.target, sizes)}"
