"""What a person says a cell will be, judged: right as far as printed, or what the difference suggests."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.elementwise import scalar
from bpstep.explain.mistakes import cells, rounded
from bpstep.explain.notation import Glyphs
from bpstep.explain.scalar import Apply, Scalar
from bpstep.lang.cells import cell_name
from bpstep.lang.parser import parse
from bpstep.lang.shapes import shape_of
from bpstep.learn.next_step import Coming
from bpstep.program.diagram import Index
from bpstep.text import quoted

_NUMBER = re.compile(r"[+-]?(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?", re.ASCII)

_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)

_PRINTED = str.maketrans({"−": "-", "×": "*", "·": "*", "÷": "/"})

_LEAST = 2
"""Significant digits that an answer has to have where it is not as exact as the screen."""

_MOST_SLIPS, _FEW_SLIPS = 400, 8
"""Slips that are tried; with fewer digits fewer, because two digits fit something by chance."""

_LARGEST_UNIT = 300
"""The power of ten that the last digit of what was typed may count."""

_LONGEST = 40

_SEARCHED = 1_000
"""Cells of a tensor that is gone through for the number that was typed."""


@dataclass(frozen=True)
class Answer:
    """A number as typed. `unit` is what its last digit counts, 0 for arithmetic; `digits` are significant."""

    value: float
    unit: float = 0.0
    digits: int = 99


@dataclass(frozen=True)
class Judgement:
    """Whether an answer is right, and what it suggests where it is not; empty where nothing fits."""

    right: bool
    suggests: str = ""


def answer(text: str) -> Answer:
    """What was typed: a number, nan, inf, or arithmetic on numbers. BpstepError where it is none of these."""
    text = _spelled(text.strip())
    if text.lower() in ("nan", "inf", "-inf", "+inf"):
        return Answer(float(text))
    match = _NUMBER.fullmatch(text)
    if match is None or not match[1] + match[2]:
        return Answer(_computed(text))
    whole, decimals, exponent = match[1], match[2], int(match[3] or 0)
    unit = 10.0 ** min(exponent - len(decimals), _LARGEST_UNIT)
    return Answer(float(text), unit, len((whole + decimals).lstrip("0")))


def _spelled(text: str) -> str:
    """The text in the characters of arithmetic: as formulas are printed, and with a comma for the point."""
    text = text.translate(_PRINTED)
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def _computed(text: str) -> float:
    try:
        tree = parse(text, ())
        if not shape_of(tree, {}):
            return scalar(tree, (), {}).value
    except BpstepError:
        pass  # whatever it is, it is not what was asked for
    raise BpstepError(f"{quoted(text)} is no number and no arithmetic on numbers, like 0.4*0.1 + 0.2")


def judge(given: Answer, at: Coming, index: Index, show: Callable[[float], str], glyphs: Glyphs) -> Judgement:
    """Judge an answer for one cell of what comes.

    Right is what agrees with the number as `show` prints it, or to the decimals that were typed, of which at
    least two digits have to be significant; computed from the numbers as they are shown it is right, too.
    """
    return _Judge(given, at, index, show, glyphs).judgement()


def is_right(given: Answer, at: Coming, index: Index, show: Callable[[float], str]) -> bool:
    """Whether `judge` calls an answer right."""
    return _Judge(given, at, index, show, Glyphs()).is_right


@dataclass(frozen=True)
class _Judge:
    given: Answer
    at: Coming
    index: Index
    show: Callable[[float], str]
    glyphs: Glyphs

    def judgement(self) -> Judgement:
        value = self.at.value(self.index)
        if self.is_right or not _are_finite(value, self.given.value):
            return Judgement(self.is_right)
        return Judgement(False, next(self._suggestions(value), ""))

    @cached_property
    def is_right(self) -> bool:
        value = self.at.value(self.index)
        if not _are_finite(value, self.given.value):
            return _same(value, self.given.value)
        if self._fits(value):
            return True
        by_hand = rounded(self.at.arithmetic(self.index), lambda number: float(self.show(number))).value
        return _near(by_hand, value) and self._fits(by_hand)

    def _fits(self, value: float) -> bool:
        """Whether the answer is this value, as exact as it is typed or printed."""
        if not math.isfinite(value):
            return False
        typed = self.given.unit if self.given.digits >= _LEAST else 0.0
        allowed = max(typed, answer(self.show(value)).unit) / 2
        return abs(self.given.value - value) <= allowed * (1 + 1e-9)

    def _suggestions(self, value: float) -> Iterator[str]:
        """What the answer may come from, the likeliest first."""
        if value and self._fits(-value):
            yield "the sign is the other way round"
        if self.given.digits < _LEAST and abs(self.given.value - value) <= self.given.unit / 2:
            yield f"too coarse: give {_LEAST} digits or more"
        yield from self._operands()
        yield from self._slips()
        yield from self._neighbours()
        yield from self._others()
        yield from self._shifted(value)
        if abs(self.given.value - value) <= 0.01 * abs(value):
            yield "close, but something was rounded on the way"

    def _operands(self) -> Iterator[str]:
        """The answer is a number that the equation reads."""
        step = self.at.step
        for cell in cells(self.at.arithmetic(self.index)):
            if self._fits(cell.value):
                before = {"activation": "before the activation"}.get(step.role.kind, "")
                if cell.name == step.name:
                    before = "before this step"
                yield f"that is {cell_name(cell.name, cell.index)}{', ' + before if before else ''}"

    def _slips(self) -> Iterator[str]:
        sure = self.given.digits > _LEAST
        most = _MOST_SLIPS if sure else _FEW_SLIPS
        made = self.at.slips(self.index, self._words)
        found = [slip for each in made for slip in islice(each, most)]
        for turned, more in ((False, ""), (True, ", and the sign is turned"))[: 1 + sure]:
            for said, node in found:
                if self._fits(-node.value if turned else node.value):
                    yield said + more

    def _words(self, node: Scalar) -> str:
        """A part of the arithmetic by the names of its cells."""
        writer = Arithmetic(self.glyphs, self.show, {}, terms=2, names=cell_name)
        text = "".join(text for text, _ in writer.write(node))
        if len(text) > _LONGEST:
            text = text[: _LONGEST - len(self.glyphs.dots)] + self.glyphs.dots
        return f"({text})" if isinstance(node, Apply) and node.operator in ("+", "-") else text

    def _neighbours(self) -> Iterator[str]:
        """The answer is another cell of the same result."""
        for found in self._found(self.at.result):
            yield f"that is {cell_name(self.at.step.name, found)}, another cell"

    def _others(self) -> Iterator[str]:
        """The answer is a number of another tensor, with enough digits to tell."""
        if self.given.digits <= _LEAST:
            return
        role = self.at.step.role
        for name in reversed(tuple(self.at.before)):
            for found in self._found(self.at.before[name]):
                told = role.kind == "factor_activation" and name == role.of
                slope = ", the activation itself and not its slope" if told else ""
                yield f"that is {cell_name(name, found)}{slope}"

    def _found(self, tensor: Any) -> Iterator[Index]:
        """Where a tensor has the number that was typed; the cell asked for first, if it is among them."""
        if np.size(tensor) > _SEARCHED:
            return
        places = [
            at for at in np.ndindex(np.shape(tensor)) if self._fits(float(tensor[at] if at else tensor))
        ]
        yield from sorted(places, key=lambda at: at != self.index)

    def _shifted(self, value: float) -> Iterator[str]:
        """The answer has the right digits with the point in another place."""
        ratio = self.given.value / value if value else 0.0
        power = round(math.log10(ratio)) if 0 < ratio < math.inf else 0
        unshifted = self.given.value / 10.0**power
        allowed = max(self.given.unit / 10.0**power, answer(self.show(value)).unit) / 2
        if power and abs(unshifted - value) <= allowed * (1 + 1e-9):
            places = f"{abs(power)} place{'s' * (abs(power) > 1)}"
            yield f"the point is {places} too far to the {'right' if power > 0 else 'left'}"


def _are_finite(*numbers: float) -> bool:
    return all(map(math.isfinite, numbers))


def _near(by_hand: float, value: float) -> bool:
    """Numbers as they are shown lead close to the number itself; else they are no excuse."""
    return abs(by_hand - value) <= 0.01 * abs(value)


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
