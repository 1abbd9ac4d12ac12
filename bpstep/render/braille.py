"""Lines between layers: dots of 2×4 per cell, or plain characters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bpstep.frozen import frozen

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))

CellPosition = tuple[int, int]
"""A cell, x and y from the gap's upper left corner."""


@frozen
class Stroke:
    """A line from the left edge to the right edge of a gap.

    `start` and `end` are heights in quarters of a cell; `weight` is 1, 2 or 3; a negative one is dashed.
    """

    start: float
    end: float
    weight: int
    negative: bool


# From step to step most strokes stay the same.
@lru_cache(maxsize=1024)
def braille_dots(stroke: Stroke, width: int) -> Mapping[CellPosition, int]:
    """The braille bits of a stroke by cell (x, y), over `width` cells."""
    bits_by_cell: dict[CellPosition, int] = {}
    columns = 2 * width
    steep = abs(stroke.end - stroke.start) / max(columns - 1, 1)
    steps = max(columns, int(abs(stroke.end - stroke.start)) + 1)
    for k in range(steps):
        if stroke.negative and k % 5 >= 3:
            continue
        fraction = k / max(steps - 1, 1)
        x, y = fraction * (columns - 1), stroke.start + fraction * (stroke.end - stroke.start)
        for extra in range(stroke.weight):
            offset = (extra + 1) // 2 * (1 if extra % 2 else -1)
            px, py = (round(x), round(y) + offset) if steep < 2 else (round(x) + offset, round(y))
            if 0 <= px < columns and py >= 0:
                cell = (px // 2, py // 4)
                bits_by_cell[cell] = bits_by_cell.get(cell, 0) | DOTS[px % 2][py % 4]
    return bits_by_cell


def braille_character(bits: int) -> str:
    """The braille character with these dots."""
    return chr(0x2800 + bits)


@lru_cache(maxsize=1024)
def ascii_line(stroke: Stroke, width: int) -> Mapping[CellPosition, str]:
    """The same stroke in ASCII: one character per cell, by slope; heavy ones as #, light ones dotted."""
    start, end = stroke.start / 4, stroke.end / 4
    found: dict[CellPosition, str] = {}
    steps = max(width, int(abs(end - start)) + 1)
    for k in range(steps):
        fraction = k / max(steps - 1, 1)
        cell = (min(round(fraction * (width - 1)), width - 1), int(start + fraction * (end - start)))
        found[cell] = _slope(stroke, (end - start) / max(width, 1))
    return found


def _slope(stroke: Stroke, slope: float) -> str:
    if stroke.weight == 3:
        return "#"
    if stroke.weight == 1:
        return "."
    if abs(slope) < 0.25:
        return "-"
    return "\\" if slope > 0 else "/"


@lru_cache(maxsize=1024)
def middle_cells(stroke: Stroke, width: int) -> tuple[CellPosition, ...]:
    """The cells in the middle of a stroke, from left to right."""
    start, end = stroke.start / 4, stroke.end / 4
    steps = max(width, int(abs(end - start)) + 1) * 2
    points = ((k / (steps - 1)) for k in range(steps))
    found = ((int(fraction * (width - 0.01)), int(start + fraction * (end - start))) for fraction in points)
    return tuple(dict.fromkeys(found))
