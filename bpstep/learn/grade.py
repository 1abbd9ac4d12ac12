"""Grading a predicted number: right to the printed digits, or what the difference suggests."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.cell_mistakes import MAX_TERMS, cells_read, round_cells
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.mistakes import Mistake
from bpstep.explain.notation import Glyphs
from bpstep.explain.scalar import Apply, Cell, Fold, Scalar
from bpstep.lang.cells import Index, cell_name
from bpstep.lang.parser import parse
from bpstep.lang.shapes import shape_of
from bpstep.learn import messages
from bpstep.learn.next_step import NextStep
from bpstep.program.program import RoleKind
from bpstep.text import fill, fill_plural, quoted

_NUMBER = re.compile(r"[+-]?(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?", re.ASCII)

_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)

# Python's own ways to write whole numbers: here they are typing mistakes, such as 1_0 for 1.0.
_PYTHON_INTEGER = re.compile(r"(?<![\w.])\d+_|(?<![\w.])0[xob]", re.ASCII | re.IGNORECASE)
_PRINTED_OPERATORS = str.maketrans({"−": "-", "×": "*", "·": "*", "÷": "/"})

_MIN_DIGITS = 2
"""How many significant digits an answer needs if it is less exact than the screen."""

_MAX_MISTAKES, _MAX_MISTAKES_FEW_DIGITS = 400, 8
"""How many mistakes are tried; fewer for fewer digits, because two digits match something by chance."""

_MAX_UNIT_EXPONENT = 300
"""The largest power of ten of a typed number's last digit."""

_MAX_NAME_LENGTH = 56

_MAX_SEARCHED_CELLS = 1_000
"""The most cells of a tensor that are searched for the typed number."""


@dataclass(frozen=True)
class Prediction:
    """A typed number.

    `unit` is the value of one in its last digit, 0 for arithmetic; `digits` are significant.
    """

    value: float
    unit: float = 0.0
    digits: int = 99


@dataclass(frozen=True)
class Grade:
    """Whether an answer is right, and what it suggests if it is not; empty if nothing fits."""

    is_correct: bool
    suggestion: str = ""


def parse_prediction(text: str) -> Prediction:
    """The typed number: a number, nan, inf, or arithmetic on numbers. BpstepError for anything else."""
    text = _normalise(text.strip())
    if text.lower() in ("nan", "inf", "-inf", "+inf"):
        return Prediction(float(text))
    match = _NUMBER.fullmatch(text)
    if match is None or not match[1] + match[2]:
        return Prediction(_evaluate(text))
    whole, decimals, exponent = match[1], match[2], int(match[3] or 0)
    unit = 10.0 ** min(exponent - len(decimals), _MAX_UNIT_EXPONENT)
    return Prediction(float(text), unit, len((whole + decimals).lstrip("0")))


def parse_value(text: str) -> float:
    """A finite number, typed as one or as arithmetic on numbers. BpstepError for anything else."""
    with suppress(BpstepError):
        value = parse_prediction(text).value
        if math.isfinite(value):
            return value
    raise BpstepError(fill(messages.NOT_A_VALUE, text=quoted(text.strip())))


def _normalise(text: str) -> str:
    """The text in the characters of arithmetic: it may use those of printed formulas, and a decimal comma."""
    text = text.translate(_PRINTED_OPERATORS)
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def _evaluate(text: str) -> float:
    try:
        tree = parse(text, ())
        if not shape_of(tree, {}) and not _PYTHON_INTEGER.search(text):
            return expand_cell(tree, (), {}).value
    except BpstepError:
        pass  # whatever it is, it is not the requested number
    raise BpstepError(fill(messages.NOT_A_PREDICTION, text=quoted(text)))


def grade(
    prediction: Prediction,
    expected: NextStep,
    index: Index,
    format_number: Callable[[float], str],
    glyphs: Glyphs,
) -> Grade:
    """Grade an answer for one cell of the next result.

    Right is an answer that agrees with the number as `format_number` prints it, or to the typed decimals, if
    at least two digits are significant; an answer computed from the numbers as shown is right, too.
    """
    return _Grader(prediction, expected, index, format_number, glyphs).grade()


def is_prediction_correct(
    prediction: Prediction, expected: NextStep, index: Index, format_number: Callable[[float], str]
) -> bool:
    """Whether `grade` calls an answer right."""
    return _Grader(prediction, expected, index, format_number, Glyphs()).is_correct


@dataclass(frozen=True)
class _Grader:
    prediction: Prediction
    expected: NextStep
    index: Index
    format_number: Callable[[float], str]
    glyphs: Glyphs

    def grade(self) -> Grade:
        value = self.expected.value(self.index)
        if self.is_correct or not _are_finite(value, self.prediction.value):
            return Grade(self.is_correct)
        return Grade(False, next(self._suggestions(value), ""))

    @cached_property
    def is_correct(self) -> bool:
        value = self.expected.value(self.index)
        if not _are_finite(value, self.prediction.value):
            return _is_equal(value, self.prediction.value)
        if self._matches(value):
            return True
        from_printed = round_cells(
            self.expected.arithmetic(self.index), lambda number: float(self.format_number(number))
        ).value
        return _is_close(from_printed, value) and self._matches(from_printed)

    def _matches(self, value: float) -> bool:
        """Whether the answer is this value, to the digits that are typed or printed."""
        if not math.isfinite(value):
            return False
        typed = self.prediction.unit if self.prediction.digits >= _MIN_DIGITS else 0.0
        allowed = max(typed, parse_prediction(self.format_number(value)).unit) / 2
        return abs(self.prediction.value - value) <= allowed * (1 + 1e-9)

    def _suggestions(self, value: float) -> Iterator[str]:
        """What the answer may have been computed from, the likeliest first."""
        if self._matches(-value):
            yield fill(messages.WRONG_SIGN)
        if (
            self.prediction.digits < _MIN_DIGITS
            and abs(self.prediction.value - value) <= self.prediction.unit / 2
        ):
            yield fill(messages.TOO_COARSE, digits=_MIN_DIGITS)
        yield from self._matching_operands()
        yield from self._mistakes()
        yield from self._matching_cells()
        yield from self._matching_tensors()
        yield from self._shifted_point(value)
        if abs(self.prediction.value - value) <= 0.01 * abs(value):
            yield fill(messages.ROUNDED)

    def _matching_operands(self) -> Iterator[str]:
        """The answer is a number that the equation reads; not if it is 0, as many are by chance."""
        step, arithmetic = self.expected.step, self.expected.arithmetic(self.index)
        for cell in cells_read(arithmetic):
            if cell.value and self._matches(cell.value):
                template = Mistake.THAT_IS.template
                if _is_term(cell, arithmetic):
                    yield Mistake.ONLY_TERM.named(part=cell_name(cell.name, cell.index)).sentence
                elif cell.name == step.name:
                    template = messages.OLD_VALUE
                elif step.role.kind == RoleKind.ACTIVATION:
                    template = messages.READ_NET
                yield fill(template, name=cell_name(cell.name, cell.index))

    def _mistakes(self) -> Iterator[str]:
        has_enough_digits = self.prediction.digits > _MIN_DIGITS
        max_mistakes = _MAX_MISTAKES if has_enough_digits else _MAX_MISTAKES_FEW_DIGITS
        candidates = self.expected.mistakes(self.index, self._describe)
        found = [mistake for each in candidates for mistake in islice(each, max_mistakes)]
        for negated in (False, True)[: 1 + has_enough_digits]:
            for mistake, node in found:
                if self._matches(-node.value if negated else node.value):
                    yield (mistake.and_sign() if negated else mistake).sentence

    def _describe(self, node: Scalar) -> str:
        """A part of the arithmetic by the names of its cells."""
        writer = Arithmetic(self.glyphs, self.format_number, {}, max_terms=2, name_cell=cell_name)
        text = "".join(text for text, _ in writer.write(node))
        if len(text) > _MAX_NAME_LENGTH:
            text = text[: _MAX_NAME_LENGTH - len(self.glyphs.ellipsis)] + self.glyphs.ellipsis
        return f"({text})" if isinstance(node, Apply) and node.operator in ("+", "-") else text

    def _matching_cells(self) -> Iterator[str]:
        """The answer is another cell of the same result."""
        for found in self._indices_of_value(self.expected.result):
            yield fill(messages.OTHER_CELL, cell=cell_name(self.expected.step.name, found))

    def _matching_tensors(self) -> Iterator[str]:
        """The answer is a number of another tensor, with enough digits to identify it."""
        if self.prediction.digits <= _MIN_DIGITS:
            return
        role = self.expected.step.role
        for name in reversed(tuple(self.expected.before)):
            for found in self._indices_of_value(self.expected.before[name]):
                is_own_activation = role.kind == RoleKind.FACTOR_ACTIVATION and name == role.of
                template = messages.NOT_THE_SLOPE if is_own_activation else Mistake.THAT_IS.template
                yield fill(template, name=cell_name(name, found))

    def _indices_of_value(self, tensor: Any) -> Iterator[Index]:
        """The cells of a tensor with the typed number; the requested cell first, if it matches."""
        if np.size(tensor) > _MAX_SEARCHED_CELLS:
            return
        places = [
            at for at in np.ndindex(np.shape(tensor)) if self._matches(float(tensor[at] if at else tensor))
        ]
        yield from sorted(places, key=lambda at: at != self.index)

    def _shifted_point(self, value: float) -> Iterator[str]:
        """The answer has the right digits with the decimal point in another place."""
        ratio = self.prediction.value / value if value else 0.0
        power = round(math.log10(ratio)) if 0 < ratio < math.inf else 0
        unshifted = self.prediction.value / 10.0**power
        allowed = (
            max(self.prediction.unit / 10.0**power, parse_prediction(self.format_number(value)).unit) / 2
        )
        if power and abs(unshifted - value) <= allowed * (1 + 1e-9):
            right = messages.POINT_RIGHT_ONE, messages.POINT_RIGHT_MANY
            left = messages.POINT_LEFT_ONE, messages.POINT_LEFT_MANY
            yield fill_plural(abs(power), *(right if power > 0 else left))


def _is_term(cell: Cell, arithmetic: Scalar) -> bool:
    """True if the arithmetic is a sum with this cell as one of its terms, or 1 times it: a one-hot row."""
    if not isinstance(arithmetic, Fold) or arithmetic.kind != "sum" or arithmetic.count < 2:
        return False
    terms = [arithmetic.term(at) for at in range(min(arithmetic.count, MAX_TERMS))]
    return any(cell in cells_read(term) and term.value == cell.value for term in terms)


def _are_finite(*numbers: float) -> bool:
    return all(map(math.isfinite, numbers))


def _is_close(from_printed: float, value: float) -> bool:
    """The rounded numbers have to lead close to the exact result; else they do not excuse it."""
    return abs(from_printed - value) <= 0.01 * abs(value)


def _is_equal(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
