"""The network as a picture: layers of units, the edges between them, what the step touches lit."""

from __future__ import annotations

from itertools import pairwise

from bpstep.frame import Frame
from bpstep.views.canvas import Canvas
from bpstep.views.cards import Cards
from bpstep.views.columns import columns
from bpstep.views.edges import Gap
from bpstep.views.look import Look
from bpstep.views.view import View, selection


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
