"""Sentences that need more than the last line, and the screen while everything is computed anew."""

from __future__ import annotations

from bpstep.render.canvas import Canvas, Region, clip, wrap
from bpstep.render.layout import fits
from bpstep.render.theme import Look

MOST = 5
"""Lines that a text may take."""


def tell(canvas: Canvas, text: str, role: str, look: Look, above: int = 0, most: int = MOST) -> None:
    """Put a text on as many lines as it needs, the lowest of them `above` the last line of the screen.

    Dots stand at the end of one that needs more lines than `most`.
    """
    if not fits(canvas.width, canvas.height):
        return
    lines = told(text, canvas.width, look, most)
    top = canvas.height - above - len(lines)
    canvas.fill(Region(0, top, canvas.width, len(lines)), role)
    for y, line in enumerate(lines, top):
        canvas.put(1, y, line, role)


def told(text: str, width: int, look: Look, most: int = MOST) -> list[str]:
    """The lines that a text takes on a screen of this width."""
    room = width - 2
    lines = wrap(look.plain(text), room)
    if len(lines) > most:
        lines[most - 1 :] = [clip(f"{lines[most - 1]} {lines[most]}", room, look.glyphs.dots)]
    return lines


def waiting(words: str, part: float, look: Look, width: int, height: int) -> Canvas:
    """The screen while what follows from a change is computed: how far that is, and no number of before."""
    canvas = Canvas(width, height)
    room = max(min(50, width - 4), 1)
    done = round(part * room)
    bar = look.pick("━", "=") * done, look.pick("─", "-") * (room - done)
    top, left = max(height // 2 - 2, 0), max((width - room) // 2, 0)
    canvas.put(left, top, clip(f"{words}: {part:4.0%}", room, look.glyphs.dots), "bright")
    canvas.runs(left, top + 2, zip(bar, ("known", "coming")))
    canvas.put(left, top + 4, clip("Escape stops it where it has come", room, look.glyphs.dots), "quiet")
    return canvas
