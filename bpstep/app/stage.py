"""The one widget that shows a canvas, and writes to the terminal only what changed of it."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from bpstep.views.canvas import Canvas, Run
from bpstep.views.look import Look

_JOIN = 6
"""Changed places on a line that are closer than this are written in one go: moving the cursor costs more."""


class Stage(Widget, can_focus=True):
    """Shows the last canvas given to `show`."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.canvas = Canvas(0, 0)
        self._cuts: dict[int, list[tuple[int, int]]] = {}

    def show(self, canvas: Canvas) -> None:
        """Show another canvas; only the cells that differ are painted."""
        before, self.canvas = self.canvas, canvas
        self._cuts = {}
        if (before.width, before.height) != (canvas.width, canvas.height):
            self.refresh()
            return
        regions = []
        for y in range(canvas.height):
            spans = changed_spans(before, canvas, y)
            if spans:
                self._cuts[y] = spans
                regions += [Region(start, y, end - start, 1) for start, end in spans]
        if regions:
            self.refresh(*regions)

    def repaint(self, look: Look | None = None) -> None:
        """Paint everything, with another look where one is given."""
        self.look = look or self.look
        self._cuts = {}
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of the canvas. It is cut where changes begin and end, since segments are written whole."""
        if y >= self.canvas.height:
            return Strip.blank(self.size.width)
        style = self.look.style
        runs = self.canvas.line(y)
        spans = self._cuts.get(y)
        if spans:
            runs = cut(runs, [edge for span in spans for edge in span])
        return Strip([Segment(text, style(role)) for text, role in runs], self.canvas.width)


def changed_spans(before: Canvas, after: Canvas, y: int) -> list[tuple[int, int]]:
    """Where a line differs: (first cell, one past the last), in order."""
    old, new = before.characters[y], after.characters[y]
    old_roles, new_roles = before.roles[y], after.roles[y]
    if old == new and old_roles == new_roles:
        return []
    spans: list[tuple[int, int]] = []
    for x in range(after.width):
        if old[x] == new[x] and old_roles[x] == new_roles[x]:
            continue
        # The empty cell behind a wide character is painted with the character.
        start = x - 1 if new[x] == "\0" else x
        end = x + 2 if old[x] == "\0" or new[x + 1 : x + 2] == ["\0"] else x + 1
        if spans and start - spans[-1][1] < _JOIN:
            spans[-1] = (spans[-1][0], min(end, after.width))
        else:
            spans.append((start, min(end, after.width)))
    return spans


def cut(runs: list[Run], edges: list[int]) -> list[Run]:
    """Runs split at these cells."""
    from rich.cells import cell_len

    found: list[Run] = []
    x = 0
    for text, role in runs:
        if cell_len(text) != len(text):
            found.append((text, role))
            x += cell_len(text)
            continue
        start = 0
        for edge in edges:
            if x + start < edge < x + len(text):
                found.append((text[start : edge - x], role))
                start = edge - x
        found.append((text[start:], role))
        x += len(text)
    return found
