"""The screen that answers why: the panes at the moment of the write, and below them the answer."""

from __future__ import annotations

from rich.cells import cell_len

from bpstep.frame import Frame
from bpstep.views.canvas import Canvas, Run
from bpstep.views.layout import formula_height
from bpstep.views.look import Look
from bpstep.views.screen import Lower, arrange, screen
from bpstep.views.view import View

_MORE = 3
"""Lines that an answer has more than the formula."""


def lower(height: int) -> int:
    """The lines wanted for an answer on a screen of this height."""
    return formula_height(height) + _MORE


def answer_screen(
    frame: Frame, view: View, look: Look, size: tuple[int, int], pane: Lower, trail: list[str], told: str
) -> Canvas:
    """The screen. `trail` are the cells asked about with what joins them, the last one the present one."""
    canvas = screen(frame, view, look, *size, pane)
    where = arrange(frame, view, look, *size)
    region = where.panes["formula"]
    y = region.y - 1
    canvas.put(0, y, look.pick("─", "-") * size[0], "focus")
    if where.divider is not None:
        canvas.put(where.divider, y, look.pick("┴", "+"), "focus")
    x = canvas.put(1, y, " why ", "focus") + 1
    told = f" {told} "
    room = size[0] - x - cell_len(told) - 2
    canvas.put(size[0] - cell_len(told) - 1, y, told, "quiet")
    canvas.runs(x, y, _trail(trail, room, look))
    return canvas


def _trail(trail: list[str], room: int, look: Look) -> list[Run]:
    """The end of the trail, as far as there is room."""
    for first in range(0, len(trail), 2):
        before = [look.glyphs.dots, trail[first - 1]] if first else []
        shown = [*before, *trail[first:]]
        if sum(map(cell_len, shown)) + 2 <= room:
            break
    return [(" ", "text"), *((text, "quiet") for text in shown[:-1]), (shown[-1], "write"), (" ", "text")]


def keys_line(canvas: Canvas, keys: list[tuple[str, str]]) -> None:
    """The keys of the answer, in place of the usual last line."""
    y = canvas.height - 1
    canvas.put(0, y, " " * canvas.width, "text on bar")
    x = 1
    for key, label in keys:
        if x + cell_len(key) + cell_len(label) + 2 > canvas.width:
            break
        x = canvas.put(x, y, key, "key on bar")
        x = canvas.put(x, y, f" {label}  ", "text on bar")
