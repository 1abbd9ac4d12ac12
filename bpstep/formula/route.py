"""Where a path of the chain rule runs through the network: the units it passes, and the sample."""

from __future__ import annotations

from bpstep.formula.paths import Path
from bpstep.formula.units import unit
from bpstep.home import Edge, Home, Node, Place
from bpstep.network import Network


def places(path: Path, homes: dict[str, Home]) -> list[Place]:
    """The nodes and edges of a path's cells."""
    cells = [cell for factor in path.factors for cell in factor.cells]
    found = [homes[cell.name].place(cell.index) for cell in cells if homes[cell.name].kind != "none"]
    return [place for place in found if place is not None]


def route(path: Path, homes: dict[str, Home], network: Network, arrow: str = "→") -> str:
    """The units from the input's side to the output's: x1→h2→y."""
    passed: dict[int, dict[int, None]] = {}
    for place in places(path, homes):
        for layer, at in _ends(place):
            passed.setdefault(layer, {})[at] = None
    return arrow.join(",".join(unit(network, layer, at) for at in passed[layer]) for layer in sorted(passed))


def walked(path: Path, homes: dict[str, Home]) -> list[Place]:
    """The nodes and edges of a path, those between its units too."""
    found = places(path, homes)
    units = {node.layer: node.unit for place in found for node in _ends(place)}
    between = [Edge(layer + 1, at, units[layer + 1]) for layer, at in units.items() if layer + 1 in units]
    return [*found, *between]


def _ends(place: Place) -> list[Node]:
    if isinstance(place, Edge):
        return [Node(place.layer - 1, place.source), Node(place.layer, place.target)]
    return [place]


def sample(path: Path, homes: dict[str, Home]) -> int | None:
    """The sample that a path belongs to, counted from 0; None where its cells have none."""
    for factor in path.factors:
        for cell in factor.cells:
            if homes[cell.name].kind == "node" and len(cell.index) == 2:
                return cell.index[0]
    return None
