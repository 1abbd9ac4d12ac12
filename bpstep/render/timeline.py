"""The line that shows where in the iteration one is, and the losses so far."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bpstep.engine.edits import Edit
from bpstep.explain.numbers import short
from bpstep.program.position import shown_iteration
from bpstep.render.canvas import Canvas, Run
from bpstep.render.theme import Look
from bpstep.session.frame import Frame

_BARS = "▁▂▃▄▅▆▇█"

_PLAIN_BARS = "_.-=+*#@"

_SHORT = {"forward": "fwd", "loss": "loss", "backward": "bwd", "update": "upd"}

_LEAST, _MOST = 26, 70
"""Cells that the losses take."""


def timeline(frame: Frame, look: Look, width: int, pointed: str = "") -> Canvas:
    """One line: the equations by phase on the left, the losses on the right.

    The equation `pointed` is marked as one that somebody points at.
    """
    canvas = Canvas(width, 1)
    end = _phases(canvas, frame, look, width - _LEAST, pointed)
    x = max(end + 2, width - _MOST)
    _losses(canvas, frame, look, x, width - x - 1)
    return canvas


def _phases(canvas: Canvas, frame: Frame, look: Look, width: int, pointed: str) -> int:
    """Draw the equations and give the x after the last."""
    runs = frame.program.phase_runs()
    labels, per = _scale(runs, frame.period, width)
    x = 1
    for label, (_, first, end) in zip(labels, runs):
        now = first < _now(frame) <= end
        if label:
            x = canvas.put(x, 0, label + " ", "bright" if now else "quiet")
        for at in range(first, end, per):
            last = min(at + per, end)
            character, role = _mark(frame, look, at, last)
            if pointed in [step.name for step in frame.program.steps[at:last]]:
                character, role = character if role == "write" else look.pick("▸", ">"), "pointed"
            canvas.put(x, 0, character, role)
            canvas.hit(x, 0, 1, ("step", last))
            x += 1
        x += 1
    return x - 1


def _scale(runs: list[tuple[str, int, int]], period: int, width: int) -> tuple[list[str], int]:
    """The phases' names as long as they fit, and how many equations one character stands for."""
    whole = [phase for phase, _, _ in runs]
    none = [""] * len(runs)
    for per in range(1, period + 1):
        cells = sum(-(-(end - first) // per) for _, first, end in runs) + len(runs)
        for labels in (whole, [_SHORT[phase] for phase in whole], [phase[0] for phase in whole], none):
            if cells + sum(len(label) + 1 for label in labels if label) <= width:
                return labels, per
    return none, period


def _mark(frame: Frame, look: Look, at: int, end: int) -> tuple[str, str]:
    """The character for the equations from `at` to `end`, counted from 0."""
    steps = range(frame.start + at + 1, frame.start + end + 1)
    names = [step.name for step in frame.program.steps[at:end]]
    if at < _now(frame) <= end:
        return (look.pick("◇", "%") if frame.inside else look.pick("◆", "@")), "write"
    if any(n in steps for n in _results(frame)) or (at == 0 and _edits_before(frame)):
        return look.pick("✎", "*"), "bright"
    if point := breakpoint_sign(frame, look, names):
        return point
    if any(n in steps for n in frame.marks.values()):
        return look.pick("⚑", "m"), "bright"
    if any(step.source != step.derived for step in frame.program.steps[at:end]):
        return look.pick("≠", "!"), "bright"
    return (look.pick("━", "="), "known") if end <= frame.done else (look.pick("─", "-"), "coming")


def _results(frame: Frame) -> list[int]:
    """The n of each result that was edited. Constants and equations are edited for a whole iteration."""
    constants = frame.program.constants
    return [edit.at for edit in frame.edits if isinstance(edit, Edit) and edit.name not in constants]


def _now(frame: Frame) -> int:
    """The equation at work, counted from 1; 0 at the start."""
    return frame.done + (frame.inside is not None)


def breakpoint_sign(frame: Frame, look: Look, names: Iterable[str]) -> Run | None:
    """The sign of the breakpoints on equations with these names; None where there are none."""
    points = [point for point in frame.breakpoints if point.equation in names]
    if not points:
        return None
    on = any(point.enabled for point in points)
    return (look.pick("●", "o"), "bright") if on else (look.pick("○", "."), "quiet")


def _edits_before(frame: Frame) -> bool:
    """True where the state that the iteration starts from was edited just before it."""
    return any(edit.at == frame.start and isinstance(edit, Edit) for edit in frame.edits)


def _losses(canvas: Canvas, frame: Frame, look: Look, x: int, width: int) -> None:
    """The curve between its first and its last value; the moment's iteration is marked."""
    at, values = frame.losses
    if not values:
        return
    x = canvas.put(x, 0, "E ", "quiet")
    x = canvas.put(x, 0, f"{short(values[0]):>7} ", "text")
    if len(values) < 2:
        return
    picked = sampled(at, values, width - 18)
    finite = [value for _, value in picked if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    now = shown_iteration(frame.n, frame.period)
    cursor = max((k for k, (iteration, _) in enumerate(picked) if iteration <= now), default=-1)
    for k, (_, value) in enumerate(picked):
        canvas.put(x + k, 0, bar(look, value, low, high), "write" if k == cursor else "quiet")
    canvas.put(x + len(picked), 0, f" {short(values[-1])}", "text")


def bar(look: Look, value: float, low: float, high: float) -> str:
    """A number as a bar: one of eight heights between the lowest and the highest."""
    if not math.isfinite(value):
        return "!"
    level = 0 if high <= low else round((value - low) / (high - low) * 7)
    return (_PLAIN_BARS if look.ascii else _BARS)[level]


def sampled(at: list[int], values: list[float], room: int) -> list[tuple[int, float]]:
    """At most `room` of the points, evenly by place, the first and last among them."""
    if len(values) <= room:
        return list(zip(at, values))
    picks = [round(k * (len(values) - 1) / (room - 1)) for k in range(room)]
    return [(at[k], values[k]) for k in picks]
