"""An equation's index form as lines: one cell, the shapes that are combined, the reason for a transpose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bpstep.explain.index_form import index_form
from bpstep.explain.symbols import Span
from bpstep.program.program import Step
from bpstep.render.canvas import wrap, wrap_spans
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame

_SHAPES_GAP = 4

_MAX_EQUATION_LINES = 2
"""A longer equation is left out; the shapes and the reason are shown without it."""


@dataclass(frozen=True)
class IndexLines:
    """The lines of an index form, with the reason separate: a small pane may have room for only one part."""

    equation: list[list[Span]]
    """The equation with its shapes, beside it if there is room, else below."""
    reasons: tuple[str, ...] = ()
    width: int = 0

    def reason(self, most: int, more: str = "", elsewhere: str = "") -> list[list[Span]]:
        """The reasons on at most this many lines; if not all fit, the first of them and `more`.

        `elsewhere` if not even the first fits.
        """
        for count in range(len(self.reasons), 0, -1):
            is_cut = count < len(self.reasons)
            if is_cut and not more:
                return []
            lines = wrap(" ".join([*self.reasons[:count], *[more] * is_cut]), self.width)
            if len(lines) <= most:
                return [[(text, "quiet")] for text in lines]
        return [[(elsewhere, "quiet")]] if self.reasons and elsewhere and most > 0 else []


def index_lines(frame: Frame, step: Step, theme: Theme, width: int) -> IndexLines:
    """The index form of an equation in lines of this width; empty if it has none."""
    found = None if frame.is_unsolved_puzzle else index_form(frame.program, step, theme.glyphs, frame.shapes)
    if found is None:
        return IndexLines([])
    lines = _wrap_equation(found.equation, width, theme.glyphs.symbol_times) if found.equation else []
    if len(lines) > _MAX_EQUATION_LINES:
        lines = []
    shapes = "; ".join(found.shapes)
    taken = sum(len(text) for text, _ in lines[-1]) if lines else width
    if shapes and taken + _SHAPES_GAP + len(shapes) <= width:
        lines[-1] += [(" " * _SHAPES_GAP, "text"), (shapes, "quiet")]
    else:
        lines += [[(text, "quiet")] for text in wrap(shapes, width)]
    return IndexLines(lines, found.reasons, width)


def _wrap_equation(equation: str, width: int, times: str) -> list[list[Span]]:
    """The equation in lines, broken beside + or − if each addend fits on a line."""
    blank = "\N{NO-BREAK SPACE}"
    glued = re.sub(r"(Σ\S*|\bsum_\w+) ", rf"\1{blank}", equation).replace(
        f" {times} ", f"{blank}{times}{blank}"
    )
    lines = wrap_spans([(glued, "text")], width)
    if any(sum(len(text) for text, _ in line) > width for line in lines):
        return wrap_spans([(equation, "text")], width)
    return [[(text.replace(blank, " "), role) for text, role in line] for line in lines]
