"""An open question on the screen: its words in the last line, what is typed there or over its cell."""

from __future__ import annotations

from bpstep.app.prompt import Prompt
from bpstep.app.typed import Typed
from bpstep.views.canvas import Canvas
from bpstep.views.layout import fits
from bpstep.views.telling import tell


def draw_question(canvas: Canvas, prompt: Prompt, typed: Typed, refused: str) -> None:
    """Draw what is typed, and above the last line the hint or why the last answer won't do."""
    if not fits(canvas.width, canvas.height):
        return
    tell(canvas, refused or prompt.hint, "alert on bar" if refused else "quiet on bar", above=1)
    x, y, width = _over_cell(canvas, prompt, typed) or _last_line(canvas, prompt)
    typed.draw(canvas, x, y, width)


def _last_line(canvas: Canvas, prompt: Prompt) -> tuple[int, int, int]:
    x = min(len(prompt.label) + 2, canvas.width - 12)
    return x, canvas.height - 1, canvas.width - x - 1


def _over_cell(canvas: Canvas, prompt: Prompt, typed: Typed) -> tuple[int, int, int] | None:
    """Over the number of the cell, and over as many whole cells beside it as the text needs."""
    if prompt.cell is None:
        return None
    target = ("cell", *prompt.cell)
    hit = next((hit for hit in canvas.hits if hit.target == target), None)
    if hit is None:
        return None
    wanted = max(len(prompt.initial), len(typed.text)) + 2
    # Where there is no room to the right, the cells to the left are covered, each of them whole.
    row = (other for other in canvas.hits if other.y == hit.y and other.x <= hit.x)
    starts = [other.x for other in row if isinstance(other.target, tuple) and other.target[0] == "cell"]
    x = max((x for x in starts if canvas.width - x >= wanted), default=min(starts))
    width = min(-(-wanted // hit.width) * hit.width, canvas.width - x)
    return x + 1, hit.y, width - 1
