"""An equation's index form as lines: one cell, the shapes that are combined, the reason for a transpose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from bpstep.explain.index_form import MAX_FORM_WIDTH, IndexForm, index_form
from bpstep.explain.symbols import Span
from bpstep.program.program import Step
from bpstep.render import messages
from bpstep.render.canvas import spans_width, wrap, wrap_spans
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import cell_width, fill

_SHAPES_GAP = 4

_MAX_EQUATION_LINES = 2
"""A longer equation is left out; the shapes and the reason are shown without it."""

_FOLLOWED = r"= .*\[[^\]]*[a-z]"
"""Matches an equation with a letter in an index on its right side; without one, as in X[0], it says nothing
new.
"""

_MIN_WIDTH = 20
"""The fewest cells that an index form needs beside something else."""


@dataclass(frozen=True)
class IndexLines:
    """The lines of an index form, with the reason separate: a small pane may have room for only one part."""

    equation: list[list[Span]]
    """The equation with its shapes, beside it if there is room, else below."""
    reasons: tuple[str, ...] = ()
    briefs: tuple[str, ...] = ()
    """The first reason in fewer and fewer words."""
    width: int = 0

    def reason(self, most: int, more: str = "", elsewhere: str = "") -> list[list[Span]]:
        """The reasons on at most this many lines; if not all fit, as many as do and `more`.

        If not even the first fits, a brief one; `elsewhere` if that does not fit either.
        """
        for count in range(len(self.reasons), 0, -1):
            is_cut = count < len(self.reasons)
            if is_cut and not more:
                return []
            lines = wrap(" ".join([*self.reasons[:count], *[more] * is_cut]), self.width)
            if len(lines) <= most:
                return [[(text, "quiet")] for text in lines]
        for brief in self.briefs:
            for text in (f"{brief} {more}", brief) if len(self.reasons) > 1 else (brief,):
                if len(lines := wrap(text, self.width)) <= most:
                    return [[(text, "quiet")] for text in lines]
        return [[(elsewhere, "quiet")]] if self.reasons and elsewhere and most > 0 else []


def index_lines(frame: Frame, step: Step, theme: Theme, width: int) -> IndexLines:
    """The index form of an equation in lines of this width; empty if it has none."""
    found = _form(frame, step, theme)
    if found is None:
        return IndexLines([])
    lines = _equation_alone(found, theme, width)
    shapes = "; ".join(found.shapes)
    taken = spans_width(lines[-1]) if lines else width
    if shapes and taken + _SHAPES_GAP + len(shapes) <= width:
        lines[-1] += [(" " * _SHAPES_GAP, "text"), (shapes, "quiet")]
    else:
        lines += [[(text, "quiet")] for text in wrap(shapes, width)]
    return IndexLines(lines, found.reasons, found.briefs, width)


def reason_lines(frame: Frame, step: Step, theme: Theme, width: int) -> IndexLines:
    """The reasons of an index form alone."""
    found = _form(frame, step, theme)
    return IndexLines([]) if found is None else IndexLines([], found.reasons, found.briefs, width)


class _Room(NamedTuple):
    """Free cells to the right of lines: from `start` to before `end`, at the right end of each."""

    start: int
    end: int
    width: int

    @property
    def height(self) -> int:
        return self.end - self.start


class Beside(NamedTuple):
    """How much of an index form fits beside the other lines of the pane."""

    is_placed: bool
    """False if there is no room for the equation."""
    is_reasoned: bool
    """False if its reason is left out."""


def put_beside(
    frame: Frame, step: Step, theme: Theme, symbols: list[list[Span]], code: list[list[Span]], width: int
) -> Beside:
    """Puts the index form into the free cells to the right of other lines.

    The equation stands beside the symbols, with the reason and the shapes below it as far as there is room.
    Otherwise it stands beside the code, or beside symbols further down.
    """
    found = _form(frame, step, theme)
    if found is None or not re.search(_FOLLOWED, found.equation):
        return Beside(True, True)
    is_reasoned, more = not found.reasons, fill(messages.REASON_UNDER_WHY, ellipsis=theme.glyphs.ellipsis)
    rooms, length = _rooms(symbols, width), cell_width(found.equation)
    on_a_line = [room for room in rooms if length <= room.width]
    if on_a_line and not on_a_line[0].start:
        is_reasoned |= _fill_room(symbols, [[(found.equation, "text")]], found, on_a_line[0], width, more)
    elif spans_width(code[-1]) + _SHAPES_GAP + length <= width:
        code[-1] = [*code[-1], (" " * _SHAPES_GAP, "text"), (found.equation, "text")]
        for room in rooms:
            if _reason(found, room, 0, more):
                is_reasoned |= _fill_room(symbols, [], found, room, width, more)
                break
    else:
        for room in [*on_a_line, *rooms]:
            lines = _wrap_equation(found.equation, room.width, theme.glyphs.symbol_times)
            if len(lines) <= min(room.height, _MAX_EQUATION_LINES):
                is_reasoned |= _fill_room(symbols, lines, found, room, width, more)
                break
        else:
            return Beside(False, is_reasoned)
    return Beside(True, is_reasoned)


def _fill_room(
    symbols: list[list[Span]],
    equation: list[list[Span]],
    found: IndexForm,
    room: _Room,
    width: int,
    more: str,
) -> bool:
    """Puts the equation beside the symbols, and below it the reason and the shapes as far as there is room.

    False if there is no room for the reason.

    The shapes stand behind the equation where both have room on a line. A short block begins beside the
    symbols, not above them.
    """
    reason = _reason(found, room, len(equation), more)
    block = [*equation, *reason]
    shapes = "; ".join(found.shapes) if found.reasons else ""
    if shapes and len(equation) == 1 and cell_width(found.equation) + _SHAPES_GAP + len(shapes) <= room.width:
        block[0] = [*block[0], (" " * _SHAPES_GAP, "text"), (shapes, "quiet")]
    elif shapes and len(block) < room.height and len(shapes) <= room.width:
        block.append([(shapes, "quiet")])
    is_low = len(block) < room.height and not symbols[room.start]
    for at, line in enumerate(block, room.start + is_low):
        gap = width - room.width - spans_width(symbols[at])
        symbols[at] = [*symbols[at], (" " * gap, "text"), *line]
    return bool(reason)


def _reason(found: IndexForm, room: _Room, taken: int, more: str) -> list[list[Span]]:
    """The most useful reason in full, or a brief one, on the free lines of a room; empty if none fits.

    If there are others, `more` follows where it fits.
    """
    for reason in (*found.reasons[:1], *found.briefs):
        for end in (f" {more}", "") if len(found.reasons) > 1 else ("",):
            lines = wrap(f"{reason}{end}", room.width)
            if len(lines) <= room.height - taken:
                return [[(text, "quiet")] for text in lines]
    return []


def _rooms(lines: list[list[Span]], width: int) -> list[_Room]:
    """The free rectangles beside lines, the highest and tallest first; none lies above all of the text."""
    widths = [spans_width(line) for line in lines]
    first = next((at for at, taken in enumerate(widths) if taken), 0)
    spans = ((start, end) for start in range(len(lines)) for end in range(len(lines), start, -1))
    taken = ((start, end, max(widths[start:end])) for start, end in spans if end > first)
    found = (_Room(start, end, width - most - (_SHAPES_GAP if most else 0)) for start, end, most in taken)
    return [room for room in found if room.width >= _MIN_WIDTH]


def index_form_lines(
    frame: Frame, step: Step, theme: Theme, width: int, most: int, sums_only: bool = False
) -> list[list[Span]]:
    """The equation on at most this many lines, or on one with as many addends as fit.

    Empty if not even the first addend fits, and with `sums_only` if no cells are added up.
    """
    found = _form(frame, step, theme)
    if found is None or most < 1 or (sums_only and not found.is_sum):
        return []
    lines = _equation_alone(found, theme, width)
    if 0 < len(lines) <= most:
        return lines
    found = _form(frame, step, theme, width)
    return [[(found.equation, "text")]] if found is not None and found.equation else []


def _form(frame: Frame, step: Step, theme: Theme, max_width: int = MAX_FORM_WIDTH) -> IndexForm | None:
    if frame.is_unsolved_puzzle:
        return None
    return index_form(frame.program, step, theme.glyphs, frame.shapes, max_width)


def _equation_alone(found: IndexForm, theme: Theme, width: int) -> list[list[Span]]:
    """The equation in lines; empty if they would be too many."""
    lines = _wrap_equation(found.equation, width, theme.glyphs.symbol_times) if found.equation else []
    return lines if len(lines) <= _MAX_EQUATION_LINES else []


def _wrap_equation(equation: str, width: int, times: str) -> list[list[Span]]:
    """The equation in lines, broken beside + or − if each addend fits on a line, and within no condition."""
    blank = "\N{NO-BREAK SPACE}"
    conditions = re.sub(r"\] ([^\w\s.·*/+−-]+) (\S+\))", rf"]{blank}\1{blank}\2", equation)
    glued = re.sub(r"(Σ\S*|\bsum_\w+) ", rf"\1{blank}", conditions)
    for text in (glued.replace(f" {times} ", f"{blank}{times}{blank}"), conditions, equation):
        lines = wrap_spans([(text, "text")], width)
        if all(spans_width(line) <= width for line in lines):
            break
    return [[(text.replace(blank, " "), role) for text, role in line] for line in lines]
