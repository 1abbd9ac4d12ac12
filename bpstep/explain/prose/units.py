"""The names of units, edges and phases on the screen and in sentences."""

from __future__ import annotations

from functools import lru_cache

from bpstep.model.network import Network
from bpstep.program.diagram import Edge, LayoutKind, Node, NodeOrEdge
from bpstep.program.program import Program
from bpstep.text import one_line

_MAX_NAME = 24
"""The most characters of a column's name that are shown."""


def unit_name(network: Network, layer: int, at: int, sizes: tuple[int, ...] = ()) -> str:
    """A unit's name: that of its column of the data, shortened if long, or one counted from 1.

    The counted names are x1, h2 (with several hidden layers h3.2), y or y1. `sizes` are the units of every
    layer for a network given by its forward pass.
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
    """A column's name in a form that fits into a sentence."""
    shown = one_line(name)
    return shown if len(shown) <= _MAX_NAME else f"{shown[: _MAX_NAME - 3]}..."


def data_names(network: Network, layer: int, depth: int) -> tuple[str, ...]:
    """The names that the data give to the units of a layer, in a form for sentences; () if there are none."""
    return _shown_names(network.input_names if layer == 0 else network.label_names if layer == depth else ())


def column_names(network: Network, program: Program, name: str) -> tuple[str, ...]:
    """The names of a tensor's columns, for tensors of inputs or outputs; () if these have no names.

    These are the names in the data, including those of classes; they also label the weights that lead to
    these units. A single column has none: it is the whole tensor.
    """
    if not network.input_names and not network.label_names:
        return ()
    layout, shape = program.picture_layouts[name], program.shapes[name]
    is_named = layout.kind in _NAMED_KINDS and not layout.samples_last and not layout.transposed
    if len(shape) != 2 or not (is_named or (program.diagram is None and name in _OUTPUTS)):
        return ()
    depth = program.diagram.depth if program.diagram is not None else 1
    is_output = layout.kind in (LayoutKind.LABEL, LayoutKind.NONE)
    names = data_names(network, depth if is_output else layout.layer, depth)
    return names if len(names) == shape[-1] > 1 else ()


_OUTPUTS = ("labelY", "Y", "delta_Y")
"""Targets and outputs of a network that is not a chain of layers, by their usual names."""


@lru_cache(maxsize=8)
def _shown_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_column_name, names))


_NAMED_KINDS = (LayoutKind.NODE, LayoutKind.LABEL, LayoutKind.EDGE)


def place_name(network: Network, place: NodeOrEdge, arrow: str = "→", sizes: tuple[int, ...] = ()) -> str:
    """A node's name, or an edge as source→target."""
    if isinstance(place, Node):
        return unit_name(network, place.layer, place.unit, sizes)
    assert isinstance(place, Edge)
    source = unit_name(network, place.layer - 1, place.source, sizes)
    return f"{source}{arrow}{unit_name(network, place.layer, place.target, sizes)}"
