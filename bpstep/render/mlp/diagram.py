"""The network as a picture: layers of units, the edges between them, what the step touches lit."""

from __future__ import annotations

from itertools import pairwise

from bpstep.render.canvas import Canvas
from bpstep.render.mlp.cards import Cards
from bpstep.render.mlp.columns import columns
from bpstep.render.mlp.edges import Gap
from bpstep.render.theme import Look
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame


def diagram(frame: Frame, view: View, look: Look, width: int, height: int) -> Canvas:
    """The pane."""
    canvas = Canvas(width, height)
    chosen = selection(frame, view)
    found = columns(frame, chosen, width, height)
    for left, right in pairwise(found):
        Gap(canvas, frame, look, chosen, view, left, right).draw()
    cards = Cards(canvas, frame, look, chosen)
    for column in found:
        cards.draw(column)
    return canvas
