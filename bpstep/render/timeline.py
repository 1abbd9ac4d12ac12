"""The line that shows the position within the iteration, and the losses so far."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.engine.edits import Edit
from bpstep.explain.numbers import format_short
from bpstep.program.position import shown_iteration
from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun
from bpstep.render.theme import Theme
from bpstep.render.title import loss_label
from bpstep.session.breakpoints import sites
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.session import scores
else:
    scores = deferred("bpstep.session.scores")

_BARS = "▁▂▃▄▅▆▇█"

_ASCII_BARS = "_.-=+*#@"

_MIN_LOSS_WIDTH, _MAX_LOSS_WIDTH = 26, 70
"""The cells for the losses."""

_MIN_CURVE_WIDTH = 10
"""The cells for them without their numbers."""

_MIN_WIDTH_WITH_SCORES, _MIN_WIDTH_WITH_BOTH, _MIN_WIDTH_WITH_ALL = 60, 80, 100
"""The widths from which the line has the score on the test samples, that on the training samples as well, and
the numbers of the curve beside both.
"""

_MAX_WORK = 300_000_000
"""The most multiplications for the scores of an iteration: about a tenth of a second."""


def draw_timeline(frame: Frame, theme: Theme, width: int, pointed: str = "") -> Canvas:
    """One line: the equations by phase on the left, the losses on the right.

    The equation `pointed` is marked as one that the teacher points at.
    """
    canvas = Canvas(width, 1)
    scored = _scores_text(frame, width)
    room = width - len(scored)
    with_numbers = not scored or width >= _MIN_WIDTH_WITH_ALL
    losses = _MIN_LOSS_WIDTH if with_numbers else _MIN_CURVE_WIDTH
    end = _draw_phases(canvas, frame, theme, room - losses, pointed)
    x = max(end + 2, room - _MAX_LOSS_WIDTH)
    _draw_losses(canvas, frame, theme, x, room - x - 1, with_numbers)
    canvas.put(room, 0, scored, "text")
    return canvas


def _scores_text(frame: Frame, width: int) -> str:
    """Loss and accuracy on training and test samples; less if space is short."""
    if width < _MIN_WIDTH_WITH_SCORES or frame.network.held_out is None:
        return ""
    found = scores.scores(frame) if scores.work(frame.network) <= _MAX_WORK else None
    if found is None:
        return ""
    training, test = messages.SCORE_TRAINING, messages.SCORE_TEST
    if found.test.accuracy is not None:
        training, test = messages.SCORE_TRAINING_RIGHT, messages.SCORE_TEST_RIGHT
    is_brief = width < _MIN_WIDTH_WITH_ALL
    parts = [_score_text(training, found.training, is_brief), _score_text(test, found.test, is_brief)]
    return "".join(f"{part}  " for part in parts[width < _MIN_WIDTH_WITH_BOTH :])


def _score_text(template: str, score: scores.Score, is_brief: bool) -> str:
    right = "" if score.accuracy is None else f"{100 * score.accuracy:.0f}%"
    # Two digits leave room for the curve and the names of the phases.
    is_brief = is_brief and 0.001 <= score.loss < 99.5
    loss = f"{score.loss:#.2g}".rstrip(".") if is_brief else format_short(score.loss)
    return fill(template, loss=loss, right=right)


def _draw_phases(canvas: Canvas, frame: Frame, theme: Theme, width: int, pointed: str) -> int:
    """Draw the equations and return the x after the last."""
    runs = frame.program.phase_runs()
    labels, steps_per_cell = _fit_labels(runs, frame.period, width)
    x = 1
    for label, (_, first, end) in zip(labels, runs):
        now = first < frame.current_number <= end
        if label:
            x = canvas.put(x, 0, label + " ", "bright" if now else "quiet")
        for at in range(first, end, steps_per_cell):
            last = min(at + steps_per_cell, end)
            character, role = _step_mark(frame, theme, at, last)
            if pointed in [step.name for step in frame.program.steps[at:last]]:
                character, role = character if role == "write" else theme.pick("▸", ">"), "pointed"
            canvas.put(x, 0, character, role)
            canvas.add_hit(x, 0, 1, ("step", last))
            x += 1
        x += 1
    return x - 1


def _fit_labels(runs: Sequence[tuple[str, int, int]], period: int, width: int) -> tuple[list[str], int]:
    """The phases' names as long as they fit, and how many equations one character stands for."""
    phases = [phase for phase, _, _ in runs]
    whole = [fill(phase) for phase in phases]
    none = [""] * len(runs)
    named = (whole, [fill(messages.SHORT_PHASES[phase]) for phase in phases], [phase[0] for phase in whole])
    bare = next((k for k in range(1, period) if _timeline_width(runs, k, none) <= width), period)
    # Names are worth the cells of twice as many equations: without them the phases can't be told apart.
    for names in (named[:2], named[2:]):
        for steps_per_cell in range(bare, 2 * bare + 1):
            for labels in names:
                if _timeline_width(runs, steps_per_cell, labels) <= width:
                    return labels, steps_per_cell
    return none, bare


def _timeline_width(runs: Sequence[tuple[str, int, int]], steps_per_cell: int, labels: list[str]) -> int:
    """The width of the equations, with the names of their phases."""
    cells = sum(-(-(end - first) // steps_per_cell) for _, first, end in runs) + len(runs)
    return cells + sum(len(label) + 1 for label in labels if label)


def _step_mark(frame: Frame, theme: Theme, at: int, end: int) -> tuple[str, str]:
    """The character for the equations from `at` to `end`, counted from 0."""
    steps = range(frame.start + at + 1, frame.start + end + 1)
    names = [step.name for step in frame.program.steps[at:end]]
    if at < frame.current_number <= end:
        return (theme.pick("◇", "%") if frame.inside else theme.pick("◆", "@")), "write"
    if any(n in steps for n in _edited_results(frame)) or (at == 0 and _is_start_edited(frame)):
        return theme.pick("✎", "*"), "bright"
    if point := breakpoint_sign(frame, theme, names):
        return point
    if any(n in steps for n in frame.marks.values()):
        return theme.pick("⚑", "m"), "bright"
    if any(step.source != step.derived for step in frame.program.steps[at:end]):
        return theme.pick("≠", "!"), "bright"
    return (theme.pick("━", "="), "known") if end <= frame.done else (theme.pick("─", "-"), "coming")


def _edited_results(frame: Frame) -> list[int]:
    """The n of each edited result. Edits of constants and equations apply to a whole iteration."""
    constants = frame.program.constants
    return [edit.at for edit in frame.edits if isinstance(edit, Edit) and edit.name not in constants]


def breakpoint_sign(frame: Frame, theme: Theme, names: Iterable[str]) -> TextRun | None:
    """The sign of the breakpoints on equations with these names; None if there are none."""
    program = frame.program
    at = {program.step_indices[name] for name in names if name in program.step_indices}
    points = [point for point in frame.breakpoints if at.intersection(sites(program, point))]
    if not points:
        return None
    on = any(point.enabled for point in points)
    return (theme.pick("●", "o"), "bright") if on else (theme.pick("○", "."), "quiet")


def _is_start_edited(frame: Frame) -> bool:
    """True if the state at the iteration's start was edited just before it."""
    return any(edit.at == frame.start and isinstance(edit, Edit) for edit in frame.edits)


def _draw_losses(canvas: Canvas, frame: Frame, theme: Theme, x: int, width: int, with_numbers: bool) -> None:
    """The curve between its first and its last value; the current iteration is marked."""
    at, values = frame.losses
    if not values:
        return
    if len(values) < 2 and not with_numbers:
        return  # no curve yet and no number: the label would stand alone
    label = f"{loss_label(frame)} "
    x = canvas.put(x, 0, label, "quiet")
    if with_numbers:
        x = canvas.put(x, 0, f"{format_short(values[0]):>7} ", "text")
    if len(values) < 2:
        return
    picked = sample_points(at, values, width - len(label) - (16 if with_numbers else 1))
    finite = [value for _, value in picked if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    now = shown_iteration(frame.n, frame.period)
    cursor = max((k for k, (iteration, _) in enumerate(picked) if iteration <= now), default=-1)
    for k, (_, value) in enumerate(picked):
        canvas.put(x + k, 0, bar_character(theme, value, low, high), "write" if k == cursor else "quiet")
    if with_numbers:
        canvas.put(x + len(picked), 0, f" {format_short(values[-1])}", "text")


def bar_character(theme: Theme, value: float, low: float, high: float, heights: int = len(_BARS)) -> str:
    """A number as a bar: one of up to eight heights between the lowest and the highest.

    With fewer than eight heights a bar never fills its line, so that lines of bars do not touch.
    """
    if not math.isfinite(value):
        return "!"
    level = 0 if high <= low else round((value - low) / (high - low) * (heights - 1))
    return (_ASCII_BARS if theme.ascii else _BARS)[level]


def sample_points(at: list[int], values: list[float], room: int) -> list[tuple[int, float]]:
    """At most `room` of the points, evenly spaced by index, including the first and the last."""
    if len(values) <= room:
        return list(zip(at, values))
    picks = [round(k * (len(values) - 1) / (room - 1)) for k in range(room)]
    return [(at[k], values[k]) for k in picks]
