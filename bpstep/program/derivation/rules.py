"""The table of derivatives: what each operation gives its operands, as source text.

In a row `g` is the gradient of the result, `y` the result, and the letters `x`, `a`, `b` … are the operands.
A row without text gives nothing: the result does not change where the operand moves a little.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS, Function


@dataclass(frozen=True)
class SlopeRule:
    """The derivative of an elementwise function of one argument."""

    by_argument: str = ""
    """In terms of `x`; empty where `by_result` serves always."""
    by_result: str = ""
    """In terms of `y` (and `x`): shorter, and nothing is computed twice."""
    kinked: bool = False
    """True where the slope is a choice by sign: written by the argument where that has a name."""


def _slope(row: Function) -> SlopeRule:
    is_choice = row.derivative.startswith("where(")
    return SlopeRule(row.derivative, row.slope, kinked=is_choice and bool(row.slope))


SLOPES: dict[str, SlopeRule] = {
    name: _slope(row)
    for name, row in FUNCTIONS.items()
    if row.takes == ("array",) and row.derivative not in ("", "0")
}
"""The derivatives of the functions of one argument, from the table of the language."""

SMOOTH = ("gelu",)
"""Activations that no network file can name yet."""

BINARY_RULES: dict[str, tuple[str, str]] = {
    "+": ("g", "g"),
    "-": ("g", "-g"),
    "*": ("g * b", "g * a"),
    "/": ("g / b", "-g * y / b"),
    "**": ("g * b * a**(b - 1)", "g * y * log(a)"),
}

FLAT = tuple(
    name
    for name, row in FUNCTIONS.items()
    if not row.back and row.derivative in ("", "0") and name != "softmax"
)
"""Functions whose result does not change where an operand moves a little."""


@lru_cache(maxsize=512)
def parsed(rule: str) -> ast.expr:
    """The tree of a row's text."""
    return ast.parse(rule, mode="eval").body


def factor_text(function: str, argument: str) -> str:
    """The derivative of an activation at a tensor, as its table writes it; empty for other functions."""
    row = ACTIVATIONS.get(function)
    derivative = row.derivative if row else SLOPES[function].by_argument if function in SMOOTH else ""
    return re.sub(r"\bx\b", argument, derivative)
