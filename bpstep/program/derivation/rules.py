"""The table of derivatives: what each operation gives its operands, as source text.

In a row `g` is the gradient of the result, `y` the result, and the letters `x`, `a`, `b` … are the operands.
A row without text gives nothing: the result does not change where the operand moves a little.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

from bpstep.lang.macros import ACTIVATIONS


@dataclass(frozen=True)
class Slope:
    """The derivative of an elementwise function of one argument."""

    by_argument: str = ""
    """In terms of `x`; empty where `by_result` serves always."""
    by_result: str = ""
    """In terms of `y` (and `x`): shorter, and nothing is computed twice."""
    kinked: bool = False
    """True where the slope is a choice by sign: written by the argument where that has a name."""


SLOPES: dict[str, Slope] = {
    "exp": Slope(by_result="y"),
    "log": Slope("1 / x"),
    "sqrt": Slope(by_result="1 / (2 * y)"),
    "abs": Slope("sign(x)"),
    "square": Slope("2 * x"),
    "log1p": Slope("1 / (1 + x)"),
    "expm1": Slope("exp(x)"),
    "sigmoid": Slope(by_result="y * (1 - y)"),
    "tanh": Slope(by_result="1 - y**2"),
    "relu": Slope("where(x > 0, 1, 0)", "where(y > 0, 1, 0)", kinked=True),
    "leaky_relu": Slope("where(x > 0, 1, 0.01)", "where(y > 0, 1, 0.01)", kinked=True),
    "elu": Slope("where(x > 0, 1, exp(x))", "where(y > 0, 1, y + 1)", kinked=True),
    "softplus": Slope("sigmoid(x)"),
    "silu": Slope("sigmoid(x) * (1 + x * (1 - sigmoid(x)))"),
    "identity": Slope("1"),
    "gelu": Slope(
        "sigmoid(1.5957691216057308 * (x + 0.044715 * x**3)) * (1 + 1.5957691216057308 * x"
        " * (1 + 0.134145 * x**2) * (1 - sigmoid(1.5957691216057308 * (x + 0.044715 * x**3))))"
    ),
}

SMOOTH = ("gelu",)
"""Activations that no network file can name yet."""

BINARY: dict[str, tuple[str, str]] = {
    "+": ("g", "g"),
    "-": ("g", "-g"),
    "*": ("g * b", "g * a"),
    "/": ("g / b", "-g * y / b"),
    "**": ("g * b * a**(b - 1)", "g * y * log(a)"),
}

SOFTMAX = "y * (g - sum(g * y, axis=-1, keepdims=True))"

FLAT = ("sign", "step", "argmax", "one_hot", "arange", "size", "ones_like", "zeros_like", "any", "all")
"""Functions whose result does not change where an operand moves a little."""

MASKED = ("where", "maximum", "minimum", "clip")
"""Functions that let a gradient through or not, cell by cell."""


@lru_cache(maxsize=512)
def parsed(rule: str) -> ast.expr:
    """The tree of a row's text."""
    return ast.parse(rule, mode="eval").body


def factor_text(function: str, argument: str) -> str:
    """The derivative of an activation at a tensor, as its table writes it; empty for other functions."""
    row = ACTIVATIONS.get(function)
    derivative = row.derivative if row else SLOPES[function].by_argument if function in SMOOTH else ""
    return re.sub(r"\bx\b", argument, derivative)
