"""A list in place of the panes: a title, lines of which some can be selected, and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun
from bpstep.render.heading import ScreenHeader, draw_header
from bpstep.render.theme import Theme
from bpstep.text import fill

KeyLabels = tuple[tuple[str, str], ...]
"""Keys, each with one word for its action."""


@dataclass(frozen=True)
class ListLine:
    """A line of a list; it can be selected if it has a `value`."""

    runs: tuple[TextRun, ...] = ()
    value: object = None
    continues: bool = False
    """True for a continuation of the line before it."""

    @property
    def width(self) -> int:
        """Its width in cells."""
        return sum(cell_len(text) for text, _ in self.runs)


def text_line(text: str = "", role: str = "text", value: object = None) -> ListLine:
    """A line in one colour."""
    return ListLine(((text, role),), value)


def last_line_of(lines: Sequence[ListLine], at: int) -> int:
    """The last line of the entry that begins at line `at`."""
    end = at + 1
    while end < len(lines) and lines[end].continues:
        end += 1
    return end - 1


def visible_line_count(height: int) -> int:
    """How many lines of a list a screen shows at once."""
    return max(height - 2, 1)


@dataclass(frozen=True)
class ListPosition:
    """Which line of a list is the first on the screen, and which one is marked."""

    top: int
    chosen: int


def draw_list_screen(
    theme: Theme,
    size: tuple[int, int],
    header: ScreenHeader,
    lines: Sequence[ListLine],
    position: ListPosition,
    keys: KeyLabels = (),
) -> Canvas:
    """The screen. A click on a line means ("line", its number)."""
    (width, height), top, chosen = size, position.top, position.chosen
    canvas = Canvas(width, height)
    draw_header(canvas, theme, header)
    last = last_line_of(lines, chosen)
    for y, shown in enumerate(lines[top : top + visible_line_count(height)], 1):
        at = top + y - 1
        marked = chosen <= at <= last and (shown.value is not None or shown.continues)
        if marked:
            canvas.put(0, y, " " * width, "pointed")
        canvas.put_runs(2, y, [(text, "pointed" if marked else role) for text, role in shown.runs])
        if shown.width > width - 2:
            dots = theme.glyphs.ellipsis
            canvas.put(width - len(dots), y, dots, "pointed" if marked else "quiet")
        canvas.add_hit(0, y, width, ("line", top + y - 1))
    _draw_key_line(canvas, keys, len(lines) - top - visible_line_count(height))
    return canvas


def _draw_key_line(canvas: Canvas, keys: KeyLabels, below: int) -> None:
    """The keys of the list, and how many of its lines are below."""
    y = canvas.height - 1
    more = fill(messages.MORE_BELOW, count=below) if below > 0 else ""
    if not keys:
        canvas.put(2, y, more, "quiet")
        return
    canvas.put(0, y, " " * canvas.width, "text on bar")
    x = 1
    for key, label in keys:
        if x + cell_len(key) + 1 + cell_len(label) > canvas.width:
            continue
        x = canvas.put(x, y, key, "key on bar")
        x = canvas.put(x, y, f" {label}  ", "text on bar")
    if x + len(more) < canvas.width:
        canvas.put(canvas.width - len(more) - 1, y, more, "quiet on bar")
