"""Where the selection goes: through the cells of the table, through the nodes and edges of the picture."""

from __future__ import annotations

from collections.abc import Callable

from bpstep.program.diagram import Edge, Index, Node, Place
from bpstep.render.table_rows import order, rows
from bpstep.render.view_state import Selection, View, fitted, selection
from bpstep.session.frame import Frame


def in_table(frame: Frame, view: View, height: int, right: int, down: int) -> View:
    """The selection moved by so many columns and rows; past a tensor's last row comes the next tensor."""
    chosen = selection(frame, view)
    turned = _turned(frame, chosen, height)
    index = _along(frame.shape(chosen.name), chosen.index, right, turned)
    name = chosen.name
    for _ in range(abs(down)):
        before = name, index
        name, index = _vertical(frame, name, index, 1 if down > 0 else -1, turned)
        if (name, index) == before:
            break
    return view.select(name, index)


def to_edge(frame: Frame, view: View, last: bool) -> View:
    """The first or last cell of the row."""
    chosen = selection(frame, view)
    shape = frame.shape(chosen.name)
    if not shape:
        return view.select(chosen.name, ())
    return view.select(chosen.name, (*chosen.index[:-1], shape[-1] - 1 if last else 0))


def _turned(frame: Frame, chosen: Selection, height: int) -> set[str]:
    """The tensors whose column is laid out as a line."""
    return {row.name for row in rows(frame, chosen, height) if row.turned}


def _along(shape: tuple[int, ...], index: Index, right: int, turned: set[str] | bool) -> Index:
    if not shape or not right:
        return index
    axis = 0 if turned and shape[-1] == 1 and len(shape) == 2 else len(shape) - 1
    at = min(max(index[axis] + right, 0), shape[axis] - 1)
    return (*index[:axis], at, *index[axis + 1 :])


def _vertical(frame: Frame, name: str, index: Index, down: int, turned: set[str]) -> tuple[str, Index]:
    shape = frame.shape(name)
    if len(shape) == 2 and name not in turned and 0 <= index[0] + down < shape[0]:
        return name, (index[0] + down, index[1])
    names = order(frame.program)
    at = names.index(name) + down
    if not 0 <= at < len(names):
        return name, index
    column = (index[0] if name in turned else index[-1]) if index else 0
    after = frame.shape(names[at])
    if names[at] in turned:
        return names[at], fitted((column, 0), after)
    row = 0 if down > 0 else (after[0] - 1 if len(after) == 2 else 0)
    return names[at], fitted((row, column), after)


def in_network(frame: Frame, view: View, right: int, down: int) -> View:
    """The selection moved in the picture: up and down among nodes or edges, sideways between them."""
    chosen = selection(frame, view)
    place = chosen.place or Node(len(frame.network.layers), 0)
    place = _repeated(frame, place, right, _sideways)
    return at_place(frame, view, _repeated(frame, place, down, _beside))


def _repeated(frame: Frame, place: Place, count: int, move: Callable[[Frame, Place, int], Place]) -> Place:
    """A place moved so many times, or until it stays."""
    for _ in range(abs(count)):
        before, place = place, move(frame, place, 1 if count > 0 else -1)
        if place == before:
            break
    return place


def _sideways(frame: Frame, place: Place, right: int) -> Place:
    sizes = frame.network.sizes
    if isinstance(place, Edge):
        return Node(place.layer, place.target) if right > 0 else Node(place.layer - 1, place.source)
    if right > 0:
        if place.layer == len(sizes) - 1:
            return place
        return Edge(place.layer + 1, place.unit, min(place.unit, sizes[place.layer + 1] - 1))
    if place.layer == 0:
        return place
    return Edge(place.layer, min(place.unit, sizes[place.layer - 1] - 1), place.unit)


def _beside(frame: Frame, place: Place, down: int) -> Place:
    sizes = frame.network.sizes
    if isinstance(place, Node):
        return Node(place.layer, min(max(place.unit + down, 0), sizes[place.layer] - 1))
    width = sizes[place.layer]
    flat = min(max(place.source * width + place.target + down, 0), sizes[place.layer - 1] * width - 1)
    return Edge(place.layer, flat // width, flat % width)


def at_place(frame: Frame, view: View, place: Place) -> View:
    """The view with the cell selected that a node or edge stands for at this step."""
    sample = selection(frame, view).sample
    for name in _candidates(frame, place):
        home = frame.program.homes[name]
        if home.kind == "bias":
            continue
        index = home.index(place, len(frame.shape(name)), sample)
        if index is not None:
            return view.select(name, fitted(index, frame.shape(name)))
    return view


def _candidates(frame: Frame, place: Place) -> list[str]:
    """The tensors that may stand for a place: what the step touches first, then outputs and weights."""
    program = frame.program
    touched = [frame.at_work.name, *frame.at_work.reads] if frame.at_work else []
    outs = [step.name for step in program.steps if step.role.kind == "activation"]
    return [*touched, *(program.initial if isinstance(place, Edge) else ("X", *outs))]
