"""Two curves in one plot: A in one stroke, B dashed; where both are the same, A's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bpstep.compare import Curve
from bpstep.formula.numbers import short
from bpstep.views.braille import DOTS, character
from bpstep.views.canvas import Canvas, Run, wrap
from bpstep.views.look import Look

MARGIN = 9
"""Cells on the left for the numbers of the axis."""
ROLES = {"A": "read", "B": "write"}
_DECADES = 100
"""From this ratio of the greatest loss to the least on, powers of ten are drawn at equal distances."""


def plot(curves: tuple[Curve, Curve], forked: int, look: Look, width: int, height: int) -> Canvas:
    """The losses over the iterations; `forked` is the iteration in which B began."""
    canvas = Canvas(width, height)
    values = [value for _, losses in curves for value in losses if math.isfinite(value)]
    last = max((at[-1] for at, _ in curves if at), default=0)
    if not values or not last:
        told = wrap("E is plotted here when both runs have done two iterations.", width)
        for y, text in enumerate(told):
            canvas.put(0, y, text, "quiet")
        return canvas
    low, high = min(values), max(values)
    scale = _Scale(low, high, last, width - MARGIN - 3, height - 1)
    for name, curve in zip("BA", curves[::-1]):
        _draw(canvas, curve, name, scale, look)
    _axes(canvas, scale, forked, look)
    return canvas


class _Scale:
    """From iterations and losses to the plot's cells."""

    def __init__(self, low: float, high: float, last: int, width: int, height: int) -> None:
        self.low, self.high, self.last = low, high, last
        self.width, self.height = max(width, 2), max(height, 2)
        self.is_log = low > 0 and high / low >= _DECADES

    def x(self, iteration: float, fine: int) -> int:
        """The column, in parts of a cell so fine."""
        return round(iteration / self.last * (self.width * fine - 1))

    def y(self, loss: float, fine: int) -> int:
        """The line from above, in parts of a cell so fine."""
        return round((1 - self._part(loss)) * (self.height * fine - 1))

    def _part(self, loss: float) -> float:
        if self.high <= self.low:
            return 0.5
        if self.is_log:
            return math.log(loss / self.low) / math.log(self.high / self.low)
        return (loss - self.low) / (self.high - self.low)


def _draw(canvas: Canvas, curve: Curve, name: str, scale: _Scale, look: Look) -> None:
    across, down = (1, 1) if look.ascii else (2, 4)
    dots: dict[tuple[int, int], int] = {}
    for x, y in _line(curve, scale, across, down):
        if name == "B" and not look.ascii and x % 4 >= 2:
            continue
        cell = (x // across, y // down)
        dots[cell] = dots.get(cell, 0) | DOTS[x % 2][y % 4]
    for (x, y), bits in dots.items():
        canvas.put(MARGIN + x, y, name if look.ascii else character(bits), ROLES[name])
    _end(canvas, curve, name, scale)


def _end(canvas: Canvas, curve: Curve, name: str, scale: _Scale) -> None:
    """The curve's letter behind its end; B's gives way where A's will stand."""
    finite = [(at, value) for at, value in zip(*curve) if math.isfinite(value)]
    if finite:
        at, value = finite[-1]
        right = MARGIN + scale.x(at, 1) + 1
        canvas.put(right + (name == "B"), scale.y(value, 1), name, ROLES[name])


def _line(curve: Curve, scale: _Scale, across: int, down: int) -> Iterator[tuple[int, int]]:
    """The points of the line through all losses; where one is not finite the line is broken."""
    before: tuple[int, int] | None = None
    for iteration, loss in zip(*curve):
        if not math.isfinite(loss):
            before = None
            continue
        point = (scale.x(iteration, across), scale.y(loss, down))
        yield from _between(before or point, point)
        before = point


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for k in range(steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * k / steps),
            round(start[1] + (end[1] - start[1]) * k / steps),
        )


def _axes(canvas: Canvas, scale: _Scale, forked: int, look: Look) -> None:
    rows: Sequence[tuple[int, str]] = ((0, short(scale.high)), (scale.height - 1, short(scale.low)))
    for y in range(scale.height):
        canvas.put(MARGIN - 1, y, look.pick("│", "|"), "frame")
    for y, text in rows:
        canvas.put(0, y, f"{text:>7}", "text")
    canvas.put(0, scale.height // 2, " E, log" if scale.is_log else "      E", "quiet")
    y = scale.height
    canvas.put(MARGIN - 1, y, "0", "quiet")
    label = f"iteration {scale.last:,}"
    right = MARGIN + scale.width - len(label)
    sign = look.pick("▲", "^")
    x = MARGIN + scale.x(min(forked, scale.last), 1)
    text = f"{sign} fork"
    if x > right - len(text) - 2:
        # Near the right edge the words are left of their place, and what would lie under them gives way.
        text = f"fork {sign}"
        x -= len(text) - 1
        right = min(right, x - len(label) - 2)
    canvas.put(right, y, label, "quiet")
    canvas.put(x, y, text, "bright")


def lines(canvas: Canvas) -> list[tuple[Run, ...]]:
    """A canvas as lines of a list."""
    return [tuple(canvas.line(y)) for y in range(canvas.height)]
