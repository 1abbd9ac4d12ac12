"""A question in the last line, over a cell or an equation: what it says, what an answer does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bpstep.errors import BpstepError
from bpstep.program.diagram import Index
from bpstep.render.canvas import Canvas, Hit, Region, clip
from bpstep.render.formula.pane import EQUATION_TARGET
from bpstep.render.layout import fits
from bpstep.render.message import MAX_MESSAGE_LINES, draw_message
from bpstep.render.theme import Theme
from bpstep.ui.line_editor import LineEditor


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
    validate: Callable[[str], str] | None = None
    """Says, while one types, what is wrong with the text as it is; nothing where it would do."""


class PromptHost:
    """Asks one question at a time."""

    def __init__(self) -> None:
        self.prompt: Prompt | None = None
        self.editor = LineEditor()
        """What is typed as an answer to it."""
        self.input_error = ""
        """Why the answer, as typed so far or when it was given, won't do."""

    def show_message(self, message: str, alert: bool = False) -> None:
        """Put a sentence into the last line."""
        raise NotImplementedError

    def run_action(self, name: str, count: int = 1) -> None:
        """Do an action."""
        raise NotImplementedError

    def open_prompt(self, prompt: Prompt) -> None:
        """Open a question."""
        self.prompt, self.editor, self.input_error = prompt, LineEditor.from_suggestion(prompt.initial), ""
        # An equation is rather changed than typed anew.
        self.editor.is_suggestion = not prompt.equation
        self.show_message(prompt.label)

    def handle_prompt_key(self, key: str) -> None:
        """A key while a question is open."""
        if key == "escape":
            self.run_action("close")
        elif self.prompt is not None and len(key) == 1 and key in self.prompt.keys:
            self.submit(key)
        elif key == "enter":
            self.submit(self.editor.text)
        elif self.prompt is not None and self.prompt.keys:
            self.input_error = "y or n" if len(key) == 1 or key == "space" else ""
        else:
            self.editor.handle_key(key)
            self.validate_input()

    def validate_input(self) -> None:
        """Say what is wrong with what is typed so far, where the question has a judge."""
        if self.prompt is not None and self.prompt.validate is not None:
            self.input_error = self.prompt.validate(self.editor.text)

    def submit(self, text: str) -> None:
        """Answer the open question; where the answer won't do, the question stays and says why."""
        assert self.prompt is not None
        prompt, self.prompt = self.prompt, None
        self.show_message("")
        try:
            prompt.accept(text)
        except BpstepError as error:
            self.prompt, self.input_error = prompt, str(error)
            self.show_message(prompt.label)


def draw_prompt(canvas: Canvas, theme: Theme, prompt: Prompt, editor: LineEditor, error: str) -> None:
    """Draw the question, what is typed, and above it the hint or why the last answer won't do."""
    if not fits(canvas.width, canvas.height):
        return
    canvas.fill(Region(0, canvas.height - 1, canvas.width, 1), "bright on bar")
    canvas.put(
        1,
        canvas.height - 1,
        clip(theme.to_displayable(prompt.label), canvas.width - 2, theme.glyphs.ellipsis),
        "bright on bar",
    )
    note, role = error or prompt.hint, "alert on bar" if error else "quiet on bar"
    if prompt.equation:
        _draw_over_equation(canvas, theme, prompt, editor, note, role)
        return
    draw_message(canvas, note, role, theme, above=1)
    if not prompt.keys:
        editor.draw(
            canvas, *(_cell_input_area(canvas, prompt, editor) or _last_line_input_area(canvas, prompt))
        )


def _draw_over_equation(
    canvas: Canvas, theme: Theme, prompt: Prompt, editor: LineEditor, note: str, role: str
) -> None:
    """Over the lines of the equation as it is; where they are not on the screen, above the last line."""
    lines = [hit for hit in canvas.hits if hit.target == EQUATION_TARGET]
    below = canvas.height - 2 - lines[-1].y if lines else canvas.height
    draw_message(
        canvas, note, role, theme, above=1 if lines else 2, max_lines=min(max(below, 1), MAX_MESSAGE_LINES)
    )
    lines = lines or [Hit(1, canvas.height - 2, canvas.width - 2, EQUATION_TARGET)]
    strip = Canvas(sum(line.width for line in lines), 1)
    x = strip.put(0, 0, prompt.equation, "write")
    editor.draw(strip, x, 0, strip.width - x)
    start = 0
    for line in lines:
        end = start + line.width
        canvas.characters[line.y][line.x : line.x + line.width] = strip.characters[0][start:end]
        canvas.roles[line.y][line.x : line.x + line.width] = strip.roles[0][start:end]
        start = end


def _last_line_input_area(canvas: Canvas, prompt: Prompt) -> tuple[int, int, int]:
    x = min(len(prompt.label) + 2, canvas.width - 12)
    return x, canvas.height - 1, canvas.width - x - 1


def _cell_input_area(canvas: Canvas, prompt: Prompt, editor: LineEditor) -> tuple[int, int, int] | None:
    """Over the number of the cell, and over as many whole cells beside it as the text needs."""
    if prompt.cell is None:
        return None
    target = ("cell", *prompt.cell)
    hit = next((hit for hit in canvas.hits if hit.target == target), None)
    if hit is None:
        return None
    wanted = max(len(prompt.initial), len(editor.text)) + 2
    # Where there is no room to the right, the cells to the left are covered, each of them whole.
    row = (other for other in canvas.hits if other.y == hit.y and other.x <= hit.x)
    starts = [other.x for other in row if isinstance(other.target, tuple) and other.target[0] == "cell"]
    x = max((x for x in starts if canvas.width - x >= wanted), default=min(starts))
    width = min(-(-wanted // hit.width) * hit.width, canvas.width - x)
    return x + 1, hit.y, width - 1
