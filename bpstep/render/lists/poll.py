"""A question to the class and its answers: a bar for each value."""

from __future__ import annotations

from rich.cells import cell_len

from bpstep.classroom.polls import OTHERS_LABEL, Bars
from bpstep.classroom.protocol import Question
from bpstep.lang.cells import cell_name
from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun, clip, equation_spans, fill_runs, wrap_spans
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill, fill_plural

_MAX_BAR_WIDTH = 40

_MIN_LABEL_WIDTH = 8


def draw_poll(
    frame: Frame, question: Question, bars: Bars, note: str, theme: Theme, size: tuple[int, int]
) -> Canvas:
    """The lines: a rule, the question, its equation, as many bars as fit, the note."""
    width, height = size
    canvas = Canvas(width, height)
    canvas.put(0, 0, theme.pick("─", "-") * width, "focus")
    canvas.put(1, 0, f" {fill(messages.POLL_TITLE)} ", "focus")
    canvas.put_runs(1, 1, _question_runs(question))
    y = 2
    at = frame.program.step_indices.get(question.name)
    if at is not None:
        for runs in wrap_spans(equation_spans(frame.program.steps[at]), width - 4)[:2]:
            canvas.put_runs(3, y, runs)
            y += 1
    _draw_bars(canvas, bars, theme, y, height - 1 - y)
    canvas.put(1, height - 1, clip(note, width - 2, theme.glyphs.ellipsis), "quiet")
    return canvas


def _question_runs(question: Question) -> list[TextRun]:
    named = cell_name(question.name, question.index)
    if not question.value:
        return fill_runs(messages.POLL_QUESTION, "bright", cell=[(named, "selected")])
    found = fill_runs(
        messages.POLL_RESULT, "text", cell=[(named, "write")], value=[(question.value, "selected")]
    )
    return [*found, (f"   {_correct_count_text(question.bars)}", "known")] if question.bars else found


def _correct_count_text(bars: Bars) -> str:
    """How many answers are right."""
    right = sum(count for _, count, right in bars if right)
    return fill(messages.ANSWERS_RIGHT, right=right, count=sum(count for _, count, _ in bars))


def _draw_bars(canvas: Canvas, bars: Bars, theme: Theme, top: int, room: int) -> None:
    if not bars or room < 1:
        return
    shown = bars if len(bars) <= room else _most_relevant(bars, room - 1)
    shown = tuple(
        (fill(label) if label == OTHERS_LABEL else label, count, right) for label, count, right in shown
    )
    labels = max(_MIN_LABEL_WIDTH, *(cell_len(label) for label, _, _ in shown))
    most = max(count for _, count, _ in bars)
    longest = max(min(canvas.width - labels - 22, _MAX_BAR_WIDTH), 4)
    for y, (label, count, right) in enumerate(shown, top):
        length = max(round(count * longest / most), 1)
        x = canvas.put(1, y, label.rjust(labels), "known" if right else "text")
        x = canvas.put(x + 1, y, theme.pick("█", "#") * length, "known" if right else "read")
        x = canvas.put(x + 1, y, str(count), "bright")
        canvas.put(x + 1, y, fill(messages.POLL_RIGHT) if right else "", "known")
    if len(shown) < len(bars):
        rest = sum(count for _, count, _ in bars) - sum(count for _, count, _ in shown)
        one, many, dots = messages.POLL_MORE_VALUE, messages.POLL_MORE_VALUES, theme.glyphs.ellipsis
        text = fill_plural(len(bars) - len(shown), one, many, given=rest, ellipsis=dots)
        canvas.put(1, top + len(shown), text, "quiet")


def _most_relevant(bars: Bars, room: int) -> Bars:
    """As many as fit, in their order: right ones are kept first, then the most frequent."""
    best = sorted(bars, key=lambda bar: (not bar[2], -bar[1]))[:room]
    return tuple(bar for bar in bars if bar in best)
