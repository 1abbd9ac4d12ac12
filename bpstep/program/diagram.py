"""Where a tensor belongs in the diagram of the network, and the node or edge of each of its cells."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from bpstep.frozen import frozen
from bpstep.lang.cells import Index


class Node(NamedTuple):
    """Unit `unit` of layer `layer`; layer 0 is the inputs."""

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
    """Values of units, a row for each sample, or a column (`samples_last`)."""
    BIAS = "bias"
    """Values of units, the same for every sample."""
    EDGE = "edge"
    """Weights, and tensors of their shape."""
    LABEL = "label"
    """Targets of the output units: drawn beside them."""
    LOSS = "loss"
    """The loss, which belongs to no unit."""
    NONE = "none"
    """Rates, counters and everything else that is not in the diagram."""


@frozen
class TensorLayout:
    """The nodes of a layer, or the edges into it."""

    kind: LayoutKind
    layer: int = 0
    transposed: bool = False
    """An edge tensor with shape (units, inputs): a transposed weight matrix."""
    source_row: int | None = None
    """An edge tensor with the edges of only this source: w1 has row 0."""
    samples_last: bool = False
    """Values of units with shape (units, samples): a column per sample."""
    only_unit: bool = False
    """Values of a layer's only unit without an axis for it: a scalar, or one per sample."""

    def place_of(self, index: Index) -> NodeOrEdge | None:
        """The node or edge of a cell; None if the tensor has none."""
        if self.only_unit:
            return Node(self.layer, 0)
        if self.kind in (LayoutKind.NODE, LayoutKind.BIAS):
            return Node(self.layer, index[0] if self.samples_last else index[-1])
        if self.kind != LayoutKind.EDGE:
            return None
        if self.source_row is not None:
            return Edge(self.layer, self.source_row, index[-1])
        if len(index) == 1:
            return Edge(self.layer, index[0], 0)
        source, target = index[::-1] if self.transposed else index
        return Edge(self.layer, source, target)

    def index_of(self, place: NodeOrEdge, rank: int, sample: int = 0) -> Index | None:
        """The cell of a node or edge in a tensor with `rank` axes; None if it has none there."""
        if isinstance(place, Node):
            if self.kind not in (LayoutKind.NODE, LayoutKind.BIAS) or place.layer != self.layer:
                return None
            return self.unit_index(place.unit, rank, sample)
        if self.kind != LayoutKind.EDGE or place.layer != self.layer:
            return None
        if self.source_row is not None:
            if place.source != self.source_row:
                return None
            return (place.target,) if rank == 1 else (0, place.target)
        if rank == 1:
            return (place.source,)
        return (place.target, place.source) if self.transposed else (place.source, place.target)

    def unit_index(self, unit: int, rank: int, sample: int = 0) -> Index:
        """The cell of a unit in a tensor with `rank` axes, for one sample."""
        if self.only_unit:
            return (sample,)[:rank]
        if rank == 1:
            return (unit,)
        return (unit, sample) if self.samples_last else (sample, unit)

    def has_samples(self, rank: int) -> bool:
        """Whether a tensor of units with `rank` axes has an axis of samples."""
        is_of_units = self.kind in (LayoutKind.NODE, LayoutKind.LABEL)
        return is_of_units and rank == (1 if self.only_unit else 2)

    def sample_of(self, index: Index) -> int:
        """The sample that a cell belongs to, in a tensor of all samples."""
        return index[-1] if self.samples_last else index[0]


@frozen
class DiagramLayer:
    """A column of units; the first are the inputs."""

    output: str
    """The tensor that the next layer reads."""
    units: int
    weights: str = ""
    """The weights of the edges into it; empty for the inputs."""
    net: str = ""
    """The net input that it begins with; empty for the inputs, and for a layer whose output it is."""
    parts: tuple[str, ...] = ()
    """Its tensors in the order of computation: net input, mean, variance, activation."""
    labels: tuple[str, ...] = ()
    """The parts with the parameters that they read, each before its first reader."""


@frozen
class Diagram:
    """A network as columns of units, each with its tensors, joined by edges."""

    layers: tuple[DiagramLayer, ...]
    """The inputs first."""
    loss: str
    label: str
    """The targets drawn beside the outputs; empty if there are none."""
    layouts: Mapping[str, TensorLayout]
    """The layout of every tensor."""
    tail: tuple[str, ...] = ()
    """What is computed from the outputs; the loss is the last."""
    target: str = ""
    """The targets of the outputs, as an expression of tensors: the label, or classes as rows; empty if
    unknown.
    """
    is_labelled: bool = False
    """True if each column lists its own tensors: their names are not the usual ones."""

    def layer_with(self, name: str) -> int:
        """The layer whose column lists the name of a tensor, the last for the tail; 0 if none does."""
        if name in self.tail:
            return self.depth
        return next((at for at, layer in enumerate(self.layers) if name in layer.labels), 0)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer: (2, 3, 1)."""
        return tuple(layer.units for layer in self.layers)

    @property
    def depth(self) -> int:
        """The number of the last layer."""
        return len(self.layers) - 1
