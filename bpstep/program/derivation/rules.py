"""The table of derivatives: what each operation passes to its operands, as source text.

In a row `g` is the gradient of the result, `y` the result, and the letters `x`, `a`, `b` … are the operands.
A row without text passes nothing: the result does not change when the operand changes a little.
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
    """In terms of `x`."""
    by_result: str = ""
    """In terms of `y`, if that is shorter, so that nothing is computed twice; else empty."""
    kinked: bool = False
    """True if the slope depends on a sign: written in terms of the argument if that has a name."""


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
"""Functions whose result does not change when an operand changes a little."""


@lru_cache(maxsize=512)
def parsed(rule: str) -> ast.expr:
    """The parsed text of a row."""
    return ast.parse(rule, mode="eval").body


def factor_text(function: str, argument: str) -> str:
    """The derivative of an activation at a tensor, as in its table; empty for other functions."""
    row = ACTIVATIONS.get(function)
    derivative = row.derivative if row else SLOPES[function].by_argument if function in SMOOTH else ""
    return re.sub(r"\bx\b", argument, derivative)
