"""A question in the last line, over a cell or an equation: what it says, what an answer does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bpstep.errors import BpstepError
from bpstep.program.diagram import Index
from bpstep.render.canvas import Canvas, Hit, Region, clip
from bpstep.render.formula.pane import EQUATION
from bpstep.render.layout import fits
from bpstep.render.message import MOST, tell
from bpstep.render.theme import Look
from bpstep.ui.line_editor import Typed


@dataclass(frozen=True)
class Prompt:
    """Something to be typed.

    `accept` takes the text; it raises BpstepError where the text won't do, and the prompt stays open.
    """

    label: str
    accept: Callable[[str], None]
    initial: str = ""
    hint: str = ""
    cell: tuple[str, Index] | None = None
    """The cell that the input lies over; the last line where there is none."""
    keys: str = ""
    """Characters each of which is an answer by itself, without Enter."""
    equation: str = ""
    """What stands before the input, `delta_Y = `, where it lies over the equation in the formula pane."""
    judge: Callable[[str], str] | None = None
    """Says, while one types, what is wrong with the text as it is; nothing where it would do."""


class Questions:
    """Asks one question at a time."""

    def __init__(self) -> None:
        self.prompt: Prompt | None = None
        self.typed = Typed()
        """What is typed as an answer to it."""
        self.refused = ""
        """Why the answer, as typed so far or when it was given, won't do."""

    def say(self, message: str, alert: bool = False) -> None:
        """Put a sentence into the last line."""
        raise NotImplementedError

    def act(self, name: str, count: int = 1) -> None:
        """Do an action."""
        raise NotImplementedError

    def ask(self, prompt: Prompt) -> None:
        """Open a question."""
        self.prompt, self.typed, self.refused = prompt, Typed.begin(prompt.initial), ""
        # An equation is rather changed than typed anew.
        self.typed.fresh = not prompt.equation
        self.say(prompt.label)

    def press(self, key: str) -> None:
        """A key while a question is open."""
        if key == "escape":
            self.act("close")
        elif self.prompt is not None and len(key) == 1 and key in self.prompt.keys:
            self.answer(key)
        elif key == "enter":
            self.answer(self.typed.text)
        elif self.prompt is not None and self.prompt.keys:
            self.refused = "y or n" if len(key) == 1 or key == "space" else ""
        else:
            self.typed.press(key)
            self.judge()

    def judge(self) -> None:
        """Say what is wrong with what is typed so far, where the question has a judge."""
        if self.prompt is not None and self.prompt.judge is not None:
            self.refused = self.prompt.judge(self.typed.text)

    def answer(self, text: str) -> None:
        """Answer the open question; where the answer won't do, the question stays and says why."""
        assert self.prompt is not None
        question, self.prompt = self.prompt, None
        self.say("")
        try:
            question.accept(text)
        except BpstepError as error:
            self.prompt, self.refused = question, str(error)
            self.say(question.label)


def draw_question(canvas: Canvas, look: Look, prompt: Prompt, typed: Typed, refused: str) -> None:
    """Draw the question, what is typed, and above it the hint or why the last answer won't do."""
    if not fits(canvas.width, canvas.height):
        return
    canvas.fill(Region(0, canvas.height - 1, canvas.width, 1), "bright on bar")
    canvas.put(
        1,
        canvas.height - 1,
        clip(look.plain(prompt.label), canvas.width - 2, look.glyphs.dots),
        "bright on bar",
    )
    told, role = refused or prompt.hint, "alert on bar" if refused else "quiet on bar"
    if prompt.equation:
        _draw_equation(canvas, look, prompt, typed, told, role)
        return
    tell(canvas, told, role, look, above=1)
    if not prompt.keys:
        typed.draw(canvas, *(_over_cell(canvas, prompt, typed) or _last_line(canvas, prompt)))


def _draw_equation(canvas: Canvas, look: Look, prompt: Prompt, typed: Typed, told: str, role: str) -> None:
    """Over the lines of the equation as it is; where they are not on the screen, above the last line."""
    lines = [hit for hit in canvas.hits if hit.target == EQUATION]
    below = canvas.height - 2 - lines[-1].y if lines else canvas.height
    tell(canvas, told, role, look, above=1 if lines else 2, most=min(max(below, 1), MOST))
    lines = lines or [Hit(1, canvas.height - 2, canvas.width - 2, EQUATION)]
    strip = Canvas(sum(line.width for line in lines), 1)
    x = strip.put(0, 0, prompt.equation, "write")
    typed.draw(strip, x, 0, strip.width - x)
    start = 0
    for line in lines:
        end = start + line.width
        canvas.characters[line.y][line.x : line.x + line.width] = strip.characters[0][start:end]
        canvas.roles[line.y][line.x : line.x + line.width] = strip.roles[0][start:end]
        start = end


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
