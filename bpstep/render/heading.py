"""The first line of a screen that replaces the panes."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len

from bpstep.render.canvas import Canvas, clip
from bpstep.render.theme import Theme
from bpstep.render.title import modes_width

_HINT_GAP = 3


class ScreenHeader(NamedTuple):
    """The first line of a list: its title, the keys that act, the modes that are on."""

    title: str
    hint: str = ""
    modes: tuple[str, ...] = ()


def draw_header(canvas: Canvas, theme: Theme, header: ScreenHeader) -> None:
    """Draw the first line of a list.

    If space is short, the hint is dropped first, then modes from the end; the first mode stays.
    """
    width = canvas.width
    canvas.put(0, 0, " " * width, "text on bar")
    modes = header.modes
    while len(modes) > 1 and modes_width(modes) + cell_len(header.title) + 2 > width:
        modes = modes[:-1]
    x = canvas.put(
        1,
        0,
        clip(header.title, max(width - 2 - modes_width(modes), 0), theme.glyphs.ellipsis),
        "bright on bar",
    )
    for mode in modes:
        x = canvas.put(x + 1, 0, f" {mode} ", "pointed")
    if x + _HINT_GAP + cell_len(header.hint) + 1 <= width:
        canvas.put(width - cell_len(header.hint) - 1, 0, header.hint, "quiet on bar")
