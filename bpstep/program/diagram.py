"""Where a tensor stands in the diagram of the network, and which node or edge each of its cells is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from bpstep.frozen import frozen
from bpstep.lang.cells import Index


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


class LayoutKind(StrEnum):
    """What the cells of a tensor belong to in the diagram."""

    NODE = "node"
    """Values of units, one row for each sample."""
    BIAS = "bias"
    """Values of units, the same for every sample."""
    EDGE = "edge"
    """Weights, and what has their shape."""
    LABEL = "label"
    """Targets of the output units: drawn beside them."""
    LOSS = "loss"
    """The loss, which belongs to no unit."""
    NONE = "none"
    """Rates and counters: not in the diagram."""


@frozen
class TensorLayout:
    """The nodes of a layer, or the edges into it."""

    kind: LayoutKind
    layer: int = 0
    transposed: bool = False
    """An edge tensor laid out (units, inputs): a transposed weight matrix."""
    source_row: int | None = None
    """An edge tensor with the edges of this one source only: w1 has row 0."""

    def place_of(self, index: Index) -> NodeOrEdge | None:
        """The node or edge of a cell; None for a tensor that has none."""
        if self.kind in (LayoutKind.NODE, LayoutKind.BIAS):
            return Node(self.layer, index[-1])
        if self.kind != LayoutKind.EDGE:
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
            if self.kind not in (LayoutKind.NODE, LayoutKind.BIAS) or place.layer != self.layer:
                return None
            return (place.unit,) if rank == 1 else (sample, place.unit)
        if self.kind != LayoutKind.EDGE or place.layer != self.layer:
            return None
        if self.source_row is not None:
            if place.source != self.source_row:
                return None
            return (place.target,) if rank == 1 else (0, place.target)
        if rank == 1:
            return (place.source,)
        return (place.target, place.source) if self.transposed else (place.source, place.target)
