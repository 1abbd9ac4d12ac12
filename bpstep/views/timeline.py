"""The line that shows where in the iteration one is, and the losses so far."""

from __future__ import annotations

import math

from bpstep.formula.numbers import short
from bpstep.frame import Frame
from bpstep.position import shown_iteration
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look

_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*#@"


def timeline(frame: Frame, look: Look, width: int) -> Canvas:
    """One line: the equations by phase on the left, the losses on the right."""
    canvas = Canvas(width, 1)
    right = min(max(width // 3, 24), 60)
    _phases(canvas, frame, look, width - right - 2)
    _losses(canvas, frame, look, width - right, right - 1)
    return canvas


def _phases(canvas: Canvas, frame: Frame, look: Look, width: int) -> None:
    runs = frame.program.phase_runs()
    labels, per = _scale(runs, frame.period, width)
    x = 1
    for label, (_, first, end) in zip(labels, runs):
        now = first < frame.done <= end
        if label:
            x = canvas.put(x, 0, label + " ", "bright" if now else "quiet")
        for at in range(first, end, per):
            last = min(at + per, end)
            character, role = _mark(frame, look, at, last)
            canvas.put(x, 0, character, role)
            canvas.hit(x, 0, 1, ("step", last))
            x += 1
        x += 1


def _scale(runs: list[tuple[str, int, int]], period: int, width: int) -> tuple[list[str], int]:
    """The phases' names as long as they fit, and how many equations one character stands for."""
    whole = [phase for phase, _, _ in runs]
    for labels in (whole, [phase[:4] for phase in whole], [phase[0] for phase in whole], [""] * len(runs)):
        taken = sum(len(label) + 2 if label else 1 for label in labels) + 1
        if period + taken <= width:
            return labels, 1
    taken = sum(3 for _ in runs) + 1
    if taken < width // 2:
        return [phase[0] for phase in whole], max(1, math.ceil(period / (width - taken - len(runs))))
    return [""] * len(runs), max(1, math.ceil(period / max(width - 2 * len(runs), 1)))


def _mark(frame: Frame, look: Look, at: int, end: int) -> tuple[str, str]:
    """The character for the equations from `at` to `end`, counted from 0."""
    steps = range(frame.start + at + 1, frame.start + end + 1)
    if at < frame.done <= end:
        return look.pick("◆", "@"), "write"
    if any(edit.at in steps for edit in frame.edits) or (at == 0 and _edits_before(frame)):
        return look.pick("✎", "e"), "bright"
    if any(n in steps for n in frame.marks.values()):
        return look.pick("⚑", "m"), "bright"
    if any(step.source != step.derived for step in frame.program.steps[at:end]):
        return look.pick("≠", "!"), "bright"
    return (look.pick("━", "="), "known") if end <= frame.done else (look.pick("─", "-"), "coming")


def _edits_before(frame: Frame) -> bool:
    """True where the state that the iteration starts from was edited just before it."""
    return any(edit.at == frame.start for edit in frame.edits)


def _losses(canvas: Canvas, frame: Frame, look: Look, x: int, width: int) -> None:
    at, values = frame.losses
    if not values:
        canvas.put(x, 0, "loss", "quiet")
        return
    first, last = short(values[0]), short(values[-1])
    x = canvas.put(x, 0, "loss ", "quiet")
    x = canvas.put(x, 0, f"{first:>7} ", "text")
    room = width - 5 - 8 - 8
    picked = sampled(at, values, room)
    bars = _PLAIN_BARS if look.ascii else _BARS
    finite = [value for _, value in picked if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    now = shown_iteration(frame.n, frame.period)
    cursor = max((k for k, (iteration, _) in enumerate(picked) if iteration <= now), default=-1)
    for k, (_, value) in enumerate(picked):
        level = 0 if high <= low or not math.isfinite(value) else round((value - low) / (high - low) * 7)
        character = bars[level] if math.isfinite(value) else "!"
        canvas.put(x + k, 0, character, "write" if k == cursor else "quiet")
    if len(values) > 1:
        canvas.put(x + len(picked), 0, f" {last}", "text")


def sampled(at: list[int], values: list[float], room: int) -> list[tuple[int, float]]:
    """At most `room` of the points, evenly by place, the first and last among them."""
    if len(values) <= room:
        return list(zip(at, values))
    picks = [round(k * (len(values) - 1) / (room - 1)) for k in range(room)]
    return [(at[k], values[k]) for k in picks]
