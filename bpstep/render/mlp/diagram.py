"""The network as a diagram: layers of units, the edges between them, with the step's tensors highlighted."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.render.canvas import Canvas
from bpstep.render.mlp.cards import Cards
from bpstep.render.mlp.columns import layout_columns
from bpstep.render.mlp.edges import LayerEdges
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, View, selection
from bpstep.session.frame import Frame

if TYPE_CHECKING:
    from bpstep.render.mlp import column_tensors
else:
    column_tensors = deferred("bpstep.render.mlp.column_tensors")


def draw_diagram(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The units and edges; below them, unless their names are the usual ones, the tensors of each column."""
    chosen = selection(frame, view)
    if frame.program.diagram is None or not frame.program.diagram.is_labelled:
        return _draw_units(frame, view, theme, chosen, width, height)
    names = column_tensors.ColumnTensors(
        frame, theme, chosen, tuple(layout_columns(frame, chosen, width, height))
    )
    lines = names.height(height)
    canvas = Canvas(width, height)
    canvas.paste(_draw_units(frame, view, theme, chosen, width, height - lines), 0, 0)
    names.draw(canvas, height - lines)
    return canvas


def _draw_units(frame: Frame, view: View, theme: Theme, chosen: Selection, width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    drawn_columns = layout_columns(frame, chosen, width, height)
    for left, right in pairwise(drawn_columns):
        LayerEdges(canvas, frame, theme, chosen, view, left, right).draw()
    cards = Cards(canvas, frame, theme, chosen)
    for column in drawn_columns:
        cards.draw(column)
    return canvas
