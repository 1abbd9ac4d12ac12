"""Messages longer than the footer, and the screen during a recomputation."""

from __future__ import annotations

from bpstep.render import messages
from bpstep.render.canvas import Canvas, Region, clip, wrap
from bpstep.render.layout import fits
from bpstep.render.theme import Theme
from bpstep.text import fill

MAX_MESSAGE_LINES = 5
"""Lines that a text may take."""


def draw_message(
    canvas: Canvas, text: str, role: str, theme: Theme, above: int = 0, max_lines: int = MAX_MESSAGE_LINES
) -> None:
    """Put a text on as many lines as it needs, the lowest `above` the last line of the screen.

    If it needs more lines than `max_lines`, it ends in dots.
    """
    if not fits(canvas.width, canvas.height):
        return
    lines = message_lines(text, canvas.width, theme, max_lines)
    top = canvas.height - above - len(lines)
    canvas.fill(Region(0, top, canvas.width, len(lines)), role)
    for y, line in enumerate(lines, top):
        canvas.put(1, y, line, role)


def message_lines(text: str, width: int, theme: Theme, max_lines: int = MAX_MESSAGE_LINES) -> list[str]:
    """The lines of a text on a screen of this width."""
    room = width - 2
    lines = wrap(theme.to_displayable(text), room)
    if len(lines) > max_lines:
        lines[max_lines - 1 :] = [
            clip(f"{lines[max_lines - 1]} {lines[max_lines]}", room, theme.glyphs.ellipsis)
        ]
    return lines


def draw_progress_screen(label: str, fraction: float, theme: Theme, width: int, height: int) -> Canvas:
    """The screen while the consequences of a change are computed: the progress, and no old numbers."""
    canvas = Canvas(width, height)
    room = max(min(50, width - 4), 1)
    done = round(fraction * room)
    bar = theme.pick("━", "=") * done, theme.pick("─", "-") * (room - done)
    top, left = max(height // 2 - 2, 0), max((width - room) // 2, 0)
    title = fill(messages.JOB_TITLE, label=label, fraction=fraction)
    canvas.put(left, top, clip(title, room, theme.glyphs.ellipsis), "bright")
    canvas.put_runs(left, top + 2, zip(bar, ("known", "coming")))
    canvas.put(left, top + 4, clip(fill(messages.JOB_STOP), room, theme.glyphs.ellipsis), "quiet")
    return canvas
