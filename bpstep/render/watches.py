"""What is watched: a few lines at the foot of the tensors, and the lines of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.explain.numbers import short
from bpstep.render.canvas import Canvas, Run, clip
from bpstep.render.theme import Look
from bpstep.render.timeline import bar, sampled
from bpstep.session.watches import Reading

_MOST, _FEW = 4, 3

_LEAST = 4
"""Lines that the table of tensors keeps."""

_NUMBER = 7


def height(readings: Sequence[Reading], room: int) -> int:
    """Lines that the watches take of a pane with so many, the line above them left out."""
    most = _MOST if room >= 16 else _FEW
    return max(min(len(readings), most, room - _LEAST - 1), 0)


def watches(readings: Sequence[Reading], look: Look, width: int, count: int) -> Canvas:
    """The first of them: what is watched, its value, how it changed, its history."""
    canvas = Canvas(width, count)
    shown = readings[:count]
    name = min(max((cell_len(reading.watch.text) for reading in shown), default=0), width // 2 - 4)
    for y, reading in enumerate(shown):
        canvas.put(1, y, clip(reading.watch.text, name, look.glyphs.dots), "text")
        x = canvas.put(name + 2, y, now(reading, look), "bright")
        x = canvas.put(x + 1, y, sign(reading, look), "quiet")
        canvas.runs(x + 1, y, curve(reading, look, width - x - 2))
    return canvas


def now(reading: Reading, look: Look) -> str:
    """Its value."""
    return number(reading.now, look)


def number(value: float | None, look: Look) -> str:
    """A number in its column, or the sign for what is not computed."""
    return f"{look.pick('·', '.') if value is None else short(value):>{_NUMBER}}"


def sign(reading: Reading, look: Look) -> str:
    """Whether it is more or less than one iteration before."""
    if reading.now is None or reading.before is None:
        return " "
    if reading.now > reading.before:
        return look.pick("↑", "+")
    return look.pick("↓", "-") if reading.now < reading.before else "="


@dataclass(frozen=True)
class Span:
    """The lowest and the highest finite number of a history."""

    low: float
    high: float


def span(reading: Reading) -> Span | None:
    """None where there is no finite number."""
    finite = [value for _, value in reading.history if abs(value) < float("inf")]
    return Span(min(finite), max(finite)) if finite else None


def curve(reading: Reading, look: Look, room: int) -> list[Run]:
    """The history as bars from its lowest to its highest number, thinned out where there is little room."""
    ends = span(reading) or Span(0.0, 0.0)
    at, values = [at for at, _ in reading.history], [value for _, value in reading.history]
    picked = sampled(at, values, room) if room > 1 else []
    return [("".join(bar(look, value, ends.low, ends.high) for _, value in picked), "known")]
