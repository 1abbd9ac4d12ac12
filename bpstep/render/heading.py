"""The first line of a screen that takes the place of the panes."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len

from bpstep.render.canvas import Canvas, clip
from bpstep.render.theme import Look

_GAP = 3


class Head(NamedTuple):
    """What it says: what this is, what is going on beside, which keys act."""

    title: str
    hint: str = ""
    modes: tuple[str, ...] = ()


def draw_head(canvas: Canvas, look: Look, head: Head) -> None:
    """Draw it. Where room is short the hint gives way first, then modes from the end; the first stays."""
    width = canvas.width
    canvas.put(0, 0, " " * width, "text on bar")
    modes = head.modes
    while len(modes) > 1 and _taken(modes) + cell_len(head.title) + 2 > width:
        modes = modes[:-1]
    x = canvas.put(
        1, 0, clip(head.title, max(width - 2 - _taken(modes), 0), look.glyphs.dots), "bright on bar"
    )
    for mode in modes:
        x = canvas.put(x + 1, 0, f" {mode} ", "pointed")
    if x + _GAP + cell_len(head.hint) + 1 <= width:
        canvas.put(width - cell_len(head.hint) - 1, 0, head.hint, "quiet on bar")


def _taken(modes: tuple[str, ...]) -> int:
    return sum(cell_len(mode) + 3 for mode in modes)
