"""A prompt: its label, its text, and what happens with the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bpstep.errors import BpstepError
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.render.canvas import Canvas, Hit, Region, clip
from bpstep.render.formula.pane import EQUATION_TARGET
from bpstep.render.layout import fits
from bpstep.render.status_message import MAX_MESSAGE_LINES, draw_message
from bpstep.render.theme import Theme
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.line_editor import LineEditor


@frozen
class Prompt:
    """A request for text.

    `accept` receives the text; if it raises BpstepError, the prompt stays open and shows the error.
    """

    label: str
    accept: Callable[[str], None]
    initial: str = ""
    hint: str = ""
    hint_typed: str = ""
    """The hint once the text has changed; empty to keep the first hint."""
    cell: tuple[str, Index] | None = None
    """The cell that the input covers; None for the last line."""
    keys: str = ""
    """Characters that answer the prompt without Enter."""
    equation: str = ""
    """The text before the input, `delta_Y = `, if it covers the equation in the formula pane."""
    validate: Callable[[str], str] | None = None
    """Returns the error of the text typed so far; empty if there is none."""
    complete: Callable[[str], Sequence[str]] | None = None
    """Returns all texts to which Tab can complete the text typed so far."""
    history: list[str] | None = None
    """Texts accepted earlier, the latest last: up and down recall them."""
    intercept: Callable[[str, str], bool] | None = None
    """Called for each key with the text typed so far; True if it has handled the key."""


def error_of(parse: Callable[[str], object]) -> Callable[[str], str]:
    """A `validate` that gives the BpstepError of `parse`; an empty text has none."""

    def validate(text: str) -> str:
        try:
            if text.strip():
                parse(text)
        except BpstepError as error:
            return str(error)
        return ""

    return validate


class PromptHost:
    """Shows one prompt at a time."""

    def __init__(self) -> None:
        self.prompt: Prompt | None = None
        self.editor = LineEditor()
        """The text typed so far."""
        self.input_error = ""
        """Why the text is not accepted, as typed so far or when it was submitted."""
        self.completions = ""
        """The texts among which Tab could not decide; shown in place of the hint."""
        self._history_index = 0
        self.refusal = ""
        """Why the last key could not act, or what it did not find; empty if it acted."""

    def refuse(self, message: str, alert: bool = False) -> None:
        """Show why a key cannot act, or that nothing was found."""
        self.refusal = message
        self.show_message(message, alert)

    def show_message(self, message: str, alert: bool = False) -> None:
        """Show a message in the last line."""
        raise NotImplementedError

    def run_action(self, name: str, count: int = 1) -> None:
        raise NotImplementedError

    def open_prompt(self, prompt: Prompt) -> None:
        self.prompt, self.editor, self.input_error = prompt, LineEditor.from_suggestion(prompt.initial), ""
        # An equation is usually changed, not replaced.
        self.editor.is_suggestion = not prompt.equation
        self.completions, self._history_index = "", len(prompt.history or ())
        self.show_message(prompt.label)

    def handle_prompt_key(self, key: str) -> None:
        """Handle a key while a prompt is open."""
        prompt = self.prompt
        assert prompt is not None
        self.completions = ""
        if key == "escape":
            self.run_action("close")
        elif len(key) == 1 and key in prompt.keys:
            self.submit(key)
        elif key == "enter":
            self.submit(self.editor.text)
        elif prompt.keys:
            self.input_error = fill(messages.ANSWER_Y_OR_N) if len(key) == 1 or key == "space" else ""
            self.refusal = self.input_error
        elif prompt.intercept is None or not prompt.intercept(key, self.editor.text):
            self._edit(prompt, key)

    def _edit(self, prompt: Prompt, key: str) -> None:
        """Change the text: by completion, from the history, or as the editor does."""
        if key == "tab" and prompt.complete is not None:
            self._complete(prompt.complete(self.editor.text))
        elif key in ("up", "down") and prompt.history:
            last = len(prompt.history)
            self._history_index = max(min(self._history_index + (1 if key == "down" else -1), last), 0)
            self._replace_text([*prompt.history, ""][self._history_index])
        else:
            self.editor.handle_key(key)
        self.validate_input()

    def _complete(self, texts: Sequence[str]) -> None:
        """Type what all completions have in common; list them if there are several."""
        if texts:
            common = _common_prefix(texts)
            self._replace_text(common if len(common) >= len(self.editor.text) else self.editor.text)
        self.completions = "  ".join(texts) if len(texts) > 1 else ""

    def _replace_text(self, text: str) -> None:
        self.editor = LineEditor(text, len(text), is_suggestion=False)

    def validate_input(self) -> None:
        """Show what is wrong with the text typed so far, if the prompt can tell."""
        if self.prompt is not None and self.prompt.validate is not None:
            self.input_error = self.prompt.validate(self.editor.text)

    def submit(self, text: str) -> None:
        """Accept the text; if it is refused, the prompt stays and says why."""
        assert self.prompt is not None
        prompt, self.prompt = self.prompt, None
        self.show_message("")
        try:
            prompt.accept(text)
        except BpstepError as error:
            self.prompt, self.input_error = prompt, str(error)
            self.refusal = self.input_error
            self.show_message(prompt.label)
            return
        if prompt.history is not None and text.strip():
            prompt.history[:] = [*(old for old in prompt.history if old != text.strip()), text.strip()]


def _common_prefix(texts: Sequence[str]) -> str:
    """The beginning that all texts share."""
    first, last = min(texts), max(texts)
    end = 0
    while end < min(len(first), len(last)) and first[end] == last[end]:
        end += 1
    return first[:end]


def draw_prompt(
    canvas: Canvas, theme: Theme, prompt: Prompt, editor: LineEditor, error: str, completions: str
) -> None:
    """Draw the label and the text, and above them the error, the completions or the hint."""
    if not fits(canvas.width, canvas.height):
        return
    canvas.fill(Region(0, canvas.height - 1, canvas.width, 1), "bright on bar")
    canvas.put(
        1,
        canvas.height - 1,
        clip(theme.to_displayable(prompt.label), canvas.width - 2, theme.glyphs.ellipsis),
        "bright on bar",
    )
    hint = prompt.hint_typed if prompt.hint_typed and editor.text != prompt.initial else prompt.hint
    note, role = error or completions or hint, "alert on bar" if error else "quiet on bar"
    if prompt.equation:
        _draw_over_equation(canvas, theme, prompt, editor, note, role)
        return
    draw_message(canvas, note, role, theme, above=1)
    if not prompt.keys:
        area = _cell_input_area(canvas, prompt, editor) or _last_line_input_area(canvas, prompt)
        editor.draw(canvas, *area, theme.glyphs.ellipsis)


def _draw_over_equation(
    canvas: Canvas, theme: Theme, prompt: Prompt, editor: LineEditor, note: str, role: str
) -> None:
    """Draw the input over the equation; if that is not on the screen, above the last line."""
    lines = [hit for hit in canvas.hits if hit.target == EQUATION_TARGET]
    below = canvas.height - 2 - lines[-1].y if lines else canvas.height
    draw_message(
        canvas, note, role, theme, above=1 if lines else 2, max_lines=min(max(below, 1), MAX_MESSAGE_LINES)
    )
    lines = lines or [Hit(1, canvas.height - 2, canvas.width - 2, EQUATION_TARGET)]
    strip = Canvas(sum(line.width for line in lines), 1)
    x = strip.put(0, 0, prompt.equation, "write")
    editor.draw(strip, x, 0, strip.width - x, theme.glyphs.ellipsis)
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
    """The area of the cell, and of as many whole cells beside it as the text needs."""
    if prompt.cell is None:
        return None
    target = ("cell", *prompt.cell)
    hit = next((hit for hit in canvas.hits if hit.target == target), None)
    if hit is None:
        return None
    wanted = max(len(prompt.initial), len(editor.text)) + 2
    # If there is no room to the right, the cells to the left are covered, each of them whole.
    row = (other for other in canvas.hits if other.y == hit.y and other.x <= hit.x)
    starts = [other.x for other in row if isinstance(other.target, tuple) and other.target[0] == "cell"]
    x = max((x for x in starts if canvas.width - x >= wanted), default=min(starts))
    width = min(-(-wanted // hit.width) * hit.width, canvas.width - x)
    return x + 1, hit.y, width - 1
