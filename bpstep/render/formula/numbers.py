"""The arithmetic of a cell of the step's result, as far as it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from bpstep.explain.arithmetic import Arithmetic, cell_arithmetic
from bpstep.explain.elementwise import expand_briefly
from bpstep.explain.numbers import format_precise, format_sensitive
from bpstep.explain.parameters import edited_cells
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar, joined_sum
from bpstep.explain.symbols import Span
from bpstep.lang.cells import Index, cell_name
from bpstep.program.program import Phase, RoleKind, Step
from bpstep.render import highlight, messages
from bpstep.render.canvas import cut_lines, fill_runs, spans_width, wrap_products
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill

_MAX_TERMS = 12
"""The most terms of a sum that are written."""


class SumLength(NamedTuple):
    """How much of the sums in a cell's arithmetic is written."""

    terms: int
    """The most terms of each sum."""
    is_joined: bool = False
    """True if a sum of sums is written as one sum."""

    def shorten(self, shown: Scalar) -> Scalar:
        """The arithmetic whose sums have at most these terms."""
        return joined_sum(shown) if self.is_joined else shown


@dataclass(frozen=True)
class ArithmeticLines:
    """Writes lines such as [0] = -0.3803 × 0.2357 × 0.5597 = -0.0502."""

    frame: Frame
    step: Step
    index: Index
    theme: Theme
    width: int
    prefix: str = ""
    """What precedes the arithmetic in place of the index."""
    pointed: tuple[str, Index] | None = None
    """The cell that is pointed at."""

    def selected(self, most: int = 0) -> list[list[Span]]:
        """The selected cell's arithmetic, on one line if that shows some of its terms, else on two.

        With `most`, arithmetic that is too long for that many lines is cut before its result.
        """
        wanted = most or 2
        tried: list[list[list[Span]]] = []
        for length in self.lengths:
            is_last_resort = length.terms == 1 or length.is_joined
            fitting = (lines for lines in tried if len(lines) <= wanted)
            if is_last_resort and (found := next(fitting, None)):
                return found
            tried.append(self.at(length))
            if len(tried[-1]) == 1:
                return tried[-1]
        if found := next((lines for lines in tried if len(lines) <= wanted), None):
            return found
        spans = self._spans(SumLength(1))
        return self._cut_before_result(spans, most) if most else tried[-1]

    @property
    def lengths(self) -> Iterator[SumLength]:
        """The lengths of the sums that are tried, the longest first.

        If one term of each sum is still too long, a sum of sums becomes one sum.
        """
        for is_joined in (False, True):
            shown = SumLength(1, is_joined).shorten(self._scalars[1])
            most = max(min(_longest_sum(shown), _MAX_TERMS), 2)
            yield from (SumLength(terms, is_joined) for terms in range(most, 0, -1))

    def at(self, length: SumLength, most: int = 0) -> list[list[Span]]:
        """The selected cell's arithmetic with sums of this length, on as many lines as it takes.

        No product is broken if that takes at most `most` lines.
        """
        return wrap_products(self._spans(length), self.width, self.theme.glyphs.number_times, most=most)

    def whole(self, most: int) -> list[list[Span]]:
        """The arithmetic with every term, on at most this many lines; empty if it is too long."""
        if _longest_sum(self._scalars[1]) > _MAX_TERMS:
            return []
        lines = self.at(SumLength(_MAX_TERMS))
        return lines if len(lines) <= most else []

    def extended(self, lines: list[list[Span]], free: int) -> list[list[Span]]:
        """The given lines of the selected cell's arithmetic, with more terms on up to `free` more lines."""
        is_cut = any(self.theme.glyphs.ellipsis in text for line in lines for text, _ in line)
        if free < 1 or not is_cut:
            return lines
        most = len(lines) + free
        low, high = 1, min(_longest_sum(self._scalars[1]), most * self.width)
        while low < high:
            terms = (low + high + 1) // 2
            longer = self.at(SumLength(terms), most)
            if len(longer) <= most:
                low, lines = terms, longer
            else:
                high = terms - 1
        return lines

    def _spans(self, length: SumLength) -> list[Span]:
        scalar, shown = self._scalars
        return self._arithmetic_spans(self.index, scalar, length.shorten(shown), length.terms, True)

    @cached_property
    def _scalars(self) -> tuple[Scalar, Scalar]:
        """The cell's arithmetic, and the same as a line shows it."""
        return (
            cell_arithmetic(self.step, self.index, self.frame.before),
            expand_briefly(self.step.tree, self.index, self.frame.before),
        )

    def _cut_before_result(self, spans: list[Span], most: int) -> list[list[Span]]:
        """The first lines of the arithmetic, dots, and the result."""
        start = max((at for at, (text, _) in enumerate(spans) if text == " = "), default=len(spans))
        result = [(f" {self.theme.glyphs.ellipsis}", "quiet"), *spans[start:]]
        return cut_lines(
            wrap_products(spans[:start], self.width, self.theme.glyphs.number_times), most, self.width, result
        )

    def _rounding(self, cell: Cell) -> str:
        """The sign for a cell that is 0 apart from rounding, as in its table; empty for any other."""
        is_rounding = highlight.is_rounded_zero(self.frame, self.theme, cell.name, cell.index, cell.value)
        return highlight.rounding_sign(self.theme) if is_rounding else ""

    def _arithmetic_spans(
        self, index: Index, scalar: Scalar, shown: Scalar, terms: int, selected: bool
    ) -> list[Span]:
        """`scalar` is the cell's arithmetic, `shown` the same as a line shows it."""
        exact = self.step.phase == Phase.UPDATE and self.step.role.kind == RoleKind.UPDATE
        format_number = format_precise if exact else self.theme.number
        roles = dict.fromkeys(self.step.reads if selected else (), "read")
        sensitive = None if exact or self.theme.format_index else format_sensitive
        writer = Arithmetic(
            self.theme.glyphs,
            format_number,
            roles,
            terms,
            pointed=self.pointed,
            replaced=None if exact else self._rounding,
            format_sensitive=sensitive,
        )
        value = self.frame.tensors[self.step.name]
        current = float(value[index] if index else value)
        edited = (self.step.name, index) in edited_cells(self.frame)
        result = scalar.value if edited else current
        written = format_number(result)
        if not exact and not edited:
            written = self._rounding(Cell(self.step.name, index, result)) or written
        prefix = self.prefix or (f"[{','.join(map(str, index))}] = " if index else "= ")
        body = writer.write(shown)
        spans = [(prefix.rjust(cell_len(self.step.name) + 3), "write" if selected else "quiet"), *body]
        room = self.width - spans_width(spans) - len(" = ") - 11
        values = replace(writer, show_calls=False).write(shown)
        if values != body and len(values) > 1 and spans_width(values) <= room:
            spans += [(" = ", "text"), *values]
        reason = writer.reason(scalar)
        chosen = writer.chosen(scalar)
        if isinstance(chosen, Cell) and not self.prefix and not reason:
            # For a number that is only moved: where it comes from.
            spans = [spans[0], (_cell_text(chosen), "read" if selected else "quiet"), (" = ", "text")]
        elif isinstance(chosen, Cell) or _is_literal(chosen):
            spans = spans[:1]
        else:
            spans.append((" = ", "text"))
        spans.append((written, "selected" if selected and not edited else "quiet"))
        spans += fill_runs(messages.SINCE, "text", reason=reason) if reason else []
        if edited:
            edit_mark = self.theme.pick("✎", fill(messages.EDITED_TO))
            spans += [
                (f"  {edit_mark} ", "text"),
                (format_number(current), "selected" if selected else "quiet"),
            ]
        if selected:
            return spans
        return [(text, "quiet") for text, _ in spans]

    def neighbours(self, most: int) -> list[list[Span]]:
        """The arithmetic of the cells next to the selected one, on as many lines as there is room for."""
        value = self.frame.tensors[self.step.name]
        found: list[list[Span]] = []
        for index in _neighbour_cells(np.shape(value), self.index):
            if len(found) >= most:
                break
            scalar = cell_arithmetic(self.step, index, self.frame.before)
            shown = expand_briefly(self.step.tree, index, self.frame.before)
            for length in self.lengths:
                spans = self._arithmetic_spans(index, scalar, length.shorten(shown), length.terms, False)
                if spans_width(spans) <= self.width:
                    found.append(spans)
                    break
        return found


def _longest_sum(node: Scalar) -> int:
    """How many terms the longest sum has."""
    match node:
        case Apply(arguments=arguments):
            return max(map(_longest_sum, arguments))
        case Fold(count=count):
            return max(count, _longest_sum(node.term(0)) if count else 0)
    return 0


def _is_literal(node: Scalar) -> bool:
    """True for a number as it stands in the equation, with or without a sign."""
    match node:
        case Number() | Apply(operator="neg", arguments=(Number(),)):
            return True
    return False


def _cell_text(cell: Cell) -> str:
    return cell_name(cell.name, cell.index) if cell.index else cell.name


def _neighbour_cells(shape: tuple[int, ...], index: Index) -> list[Index]:
    """A few cells near the selected one: of its row, or of its column if a row is one cell."""
    if not shape:
        return []
    axis = len(shape) - 1 if shape[-1] > 1 else 0
    start = max(min(index[axis] - 1, shape[axis] - 6), 0)
    cells = [(*index[:axis], at, *index[axis + 1 :]) for at in range(start, min(start + 7, shape[axis]))]
    return [cell for cell in cells if cell != index]
