"""Where the selection moves: through the cells of the table, or the nodes and edges of the diagram."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.lang.cells import Index
from bpstep.program.diagram import Edge, LayoutKind, Node, NodeOrEdge
from bpstep.render.rails import has_rails
from bpstep.render.rails.cursor import move_on_rails
from bpstep.render.tensors.table_rows import row_count, shown_slice, table_rows, tensor_order
from bpstep.render.view_state import Selection, View, clamp_index, selection
from bpstep.session.frame import Frame


def move_in_table(frame: Frame, view: View, height: int, right: int, down: int) -> View:
    """The selection moved by columns and rows; after a tensor's last row comes the next tensor."""
    chosen = selection(frame, view)
    transposed = _transposed_tensors(frame, chosen, height)
    index = _move_column(frame.shape(chosen.name), chosen.index, right, transposed)
    name = chosen.name
    for _ in range(abs(down)):
        before = name, index
        name, index = _move_row(frame, chosen, (name, index), 1 if down > 0 else -1, transposed)
        if (name, index) == before:
            break
    return view.select(name, index)


def move_to_row_end(frame: Frame, view: View, last: bool) -> View:
    """The first or last cell of the row."""
    chosen = selection(frame, view)
    shape = frame.shape(chosen.name)
    if not shape:
        return view.select(chosen.name, ())
    return view.select(chosen.name, (*chosen.index[:-1], shape[-1] - 1 if last else 0))


def _transposed_tensors(frame: Frame, chosen: Selection, height: int) -> set[str]:
    """The tensors whose column is displayed as a line."""
    return {row.name for row in table_rows(frame, chosen, height) if row.transposed}


def _move_column(shape: tuple[int, ...], index: Index, right: int, transposed: set[str] | bool) -> Index:
    if not shape or not right:
        return index
    axis = 0 if transposed and shape[-1] == 1 and len(shape) == 2 else len(shape) - 1
    at = min(max(index[axis] + right, 0), shape[axis] - 1)
    return (*index[:axis], at, *index[axis + 1 :])


def _move_row(
    frame: Frame, chosen: Selection, cell: tuple[str, Index], down: int, transposed: set[str]
) -> tuple[str, Index]:
    """The cell above or below another; after a slice's last row comes the next slice."""
    name, index = cell
    shape = frame.shape(name)
    if len(shape) >= 2 and name not in transposed:
        row = int(np.ravel_multi_index(index[:-1], shape[:-1])) + down
        if 0 <= row < np.prod(shape[:-1]):
            return name, (*(int(at) for at in np.unravel_index(row, shape[:-1])), index[-1])
    names = tensor_order(frame.program)
    at = names.index(name) + down
    if not 0 <= at < len(names):
        return name, index
    column = (index[0] if name in transposed else index[-1]) if index else 0
    after = frame.shape(names[at])
    if names[at] in transposed:
        return names[at], clamp_index((column, 0), after)
    row = 0 if down > 0 else row_count(after) - 1
    lead = shown_slice(frame, chosen, names[at])
    return names[at], clamp_index((*lead, row, column), after)


def move_in_network(frame: Frame, view: View, right: int, down: int) -> View:
    """The selection moved in the diagram: up and down among nodes or edges, sideways between them."""
    if has_rails(frame.program):
        return move_on_rails(frame, view, right, down)
    chosen = selection(frame, view)
    place = chosen.place or Node(len(_sizes(frame)) - 1, 0)
    place = _move_repeatedly(frame, place, right, _move_sideways)
    return select_place(frame, view, _move_repeatedly(frame, place, down, _move_vertically))


def _sizes(frame: Frame) -> tuple[int, ...]:
    return frame.program.unit_diagram.sizes


def _move_repeatedly(
    frame: Frame, place: NodeOrEdge, count: int, move: Callable[[Frame, NodeOrEdge, int], NodeOrEdge]
) -> NodeOrEdge:
    """A place moved several times, or until it stays."""
    for _ in range(abs(count)):
        before, place = place, move(frame, place, 1 if count > 0 else -1)
        if place == before:
            break
    return place


def _move_sideways(frame: Frame, place: NodeOrEdge, right: int) -> NodeOrEdge:
    sizes = _sizes(frame)
    if isinstance(place, Edge):
        return Node(place.layer, place.target) if right > 0 else Node(place.layer - 1, place.source)
    if right > 0:
        if place.layer == len(sizes) - 1:
            return place
        return Edge(place.layer + 1, place.unit, min(place.unit, sizes[place.layer + 1] - 1))
    if place.layer == 0:
        return place
    return Edge(place.layer, min(place.unit, sizes[place.layer - 1] - 1), place.unit)


def _move_vertically(frame: Frame, place: NodeOrEdge, down: int) -> NodeOrEdge:
    sizes = _sizes(frame)
    if isinstance(place, Node):
        return Node(place.layer, min(max(place.unit + down, 0), sizes[place.layer] - 1))
    width = sizes[place.layer]
    flat = min(max(place.source * width + place.target + down, 0), sizes[place.layer - 1] * width - 1)
    return Edge(place.layer, flat // width, flat % width)


def select_place(frame: Frame, view: View, place: NodeOrEdge) -> View:
    """The view with the cell selected that a node or edge represents at this step."""
    sample = selection(frame, view).sample
    for name in _candidates(frame, place):
        layout = frame.program.picture_layouts[name]
        if layout.kind == LayoutKind.BIAS:
            continue
        index = layout.index_of(place, len(frame.shape(name)), sample)
        if index is not None:
            return view.select(name, clamp_index(index, frame.shape(name)))
    return view


def _candidates(frame: Frame, place: NodeOrEdge) -> list[str]:
    """The tensors that may represent a place: first those that the step touches, then outputs and weights."""
    program = frame.program
    touched = [frame.current_step.name, *frame.current_step.reads] if frame.current_step else []
    outputs = [layer.output for layer in program.unit_diagram.layers]
    return [*touched, *(program.initial if isinstance(place, Edge) else outputs)]
