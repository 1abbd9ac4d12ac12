"""Where a tensor lives in the picture of the network, and which node or edge each of its cells is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Index = tuple[int, ...]


class Node(NamedTuple):
    """Unit `unit` of layer `layer`; layer 0 are the inputs."""

    layer: int
    unit: int


class Edge(NamedTuple):
    """The connection into layer `layer`, from unit `source` of the layer before to its unit `target`."""

    layer: int
    source: int
    target: int


NodeOrEdge = Node | Edge


@dataclass(frozen=True)
class TensorLayout:
    """The nodes of a layer, or the edges into it.

    `kind` is "node" (values of units), "bias" (of units too), "edge" (weights and what has their shape),
    "loss" (E, which belongs to no unit) or "none" (rates and counters).
    """

    kind: str
    layer: int = 0
    transposed: bool = False
    """An edge tensor laid out (units, inputs): a transposed weight matrix."""
    source_row: int | None = None
    """An edge tensor with the edges of this one source only: w1 has row 0."""

    def place_of(self, index: Index) -> NodeOrEdge | None:
        """The node or edge of a cell; None for a tensor that has none."""
        if self.kind in ("node", "bias"):
            return Node(self.layer, index[-1])
        if self.kind != "edge":
            return None
        if self.source_row is not None:
            return Edge(self.layer, self.source_row, index[-1])
        if len(index) == 1:
            return Edge(self.layer, index[0], 0)
        source, target = index[::-1] if self.transposed else index
        return Edge(self.layer, source, target)

    def index_of(self, place: NodeOrEdge, rank: int, sample: int = 0) -> Index | None:
        """The cell of a node or edge in a tensor with `rank` axes; None where it has none there."""
        if isinstance(place, Node):
            if self.kind not in ("node", "bias") or place.layer != self.layer:
                return None
            return (place.unit,) if rank == 1 else (sample, place.unit)
        if self.kind != "edge" or place.layer != self.layer:
            return None
        if self.source_row is not None:
            if place.source != self.source_row:
                return None
            return (place.target,) if rank == 1 else (0, place.target)
        if rank == 1:
            return (place.source,)
        return (place.target, place.source) if self.transposed else (place.source, place.target)
