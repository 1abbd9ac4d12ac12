"""What units, edges and phases are called on the screen and in sentences."""

from __future__ import annotations

from bpstep.model.network import Network
from bpstep.program.diagram import Edge, Node, NodeOrEdge


def unit_name(network: Network, layer: int, at: int) -> str:
    """A unit's name, counted from 1: x1, h2 (with several hidden layers h3.2), y or y1."""
    depth = len(network.layers)
    if layer == 0:
        return f"x{at + 1}"
    if layer == depth:
        return "y" if network.sizes[-1] == 1 else f"y{at + 1}"
    return f"h{at + 1}" if depth == 2 else f"h{layer}.{at + 1}"


def place_name(network: Network, place: NodeOrEdge, arrow: str = "→") -> str:
    """A node's name, or an edge as source→target."""
    if isinstance(place, Node):
        return unit_name(network, place.layer, place.unit)
    assert isinstance(place, Edge)
    source = unit_name(network, place.layer - 1, place.source)
    return f"{source}{arrow}{unit_name(network, place.layer, place.target)}"
