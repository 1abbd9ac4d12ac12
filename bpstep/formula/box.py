"""Two-dimensional text: fractions over a bar, laid out side by side on a common line.

Everything in a formula is one cell a character, so that its length is its width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[str, str]
"""Text and the role that colours it."""


@dataclass(frozen=True)
class Box:
    """Lines of spans, all of one width; `base` is the line that runs on to its neighbours."""

    lines: tuple[tuple[Span, ...], ...]
    base: int = 0

    @property
    def width(self) -> int:
        """Cells of every line."""
        return sum(len(text) for text, _ in self.lines[0])

    @property
    def height(self) -> int:
        """Number of lines."""
        return len(self.lines)


def word(text: str, role: str = "text") -> Box:
    """One line of text."""
    return Box((((text, role),),))


def row(boxes: Sequence[Box]) -> Box:
    """Boxes side by side, their base lines in line."""
    above = max(box.base for box in boxes)
    below = max(box.height - box.base for box in boxes)
    lines: list[tuple[Span, ...]] = []
    for y in range(above + below):
        spans: list[Span] = []
        for box in boxes:
            at = y - above + box.base
            spans += box.lines[at] if 0 <= at < box.height else ((" " * box.width, "text"),)
        lines.append(tuple(spans))
    return Box(tuple(lines), above)


def fraction(top: Box, bottom: Box, role: str = "text", bar: str = "─") -> Box:
    """One box over another with a bar between."""
    width = max(top.width, bottom.width)
    lines = (*centred(top, width).lines, ((bar * width, role),), *centred(bottom, width).lines)
    return Box(lines, top.height)


def centred(box: Box, width: int) -> Box:
    """The box in the middle of `width` cells."""
    left = (width - box.width) // 2
    right = width - box.width - left
    pad = tuple(((" " * left, "text"), *line, (" " * right, "text")) for line in box.lines)
    return Box(pad, box.base)
