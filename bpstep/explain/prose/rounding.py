"""Whether a number is nothing but the rounding of terms that cancel."""

from __future__ import annotations

import numpy as np

from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.prose.context import SentenceContext
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar

_ROUNDINGS = 8
"""Roundings that each number read may be off by: it is computed itself."""

_EPS = float(np.finfo(np.float64).eps)

_MOST_TERMS = 10_000
"""Terms that are added up for the comparison; a longer sum is not judged."""


def is_rounding(m: SentenceContext) -> bool:
    """True where the selected cell is as small as the rounding of what it is computed from.

    A number is small for two reasons. Where its terms are small too, it is as exact as they are; where large
    terms cancel, it is what rounding left of them. So the error is carried through the cell's arithmetic.
    """
    if m.value == 0 or not _may_be(m):
        return False
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    return _count(scalar) <= _MOST_TERMS and abs(m.value) <= _error(scalar)


def _may_be(m: SentenceContext) -> bool:
    """False where the number is too large beside the largest one read: most are, and this is quick."""
    sizes = [float(np.max(np.abs(m.frame.before[name]), initial=0)) for name in m.step.reads]
    return abs(m.value) <= 1e-8 * max((size for size in sizes if np.isfinite(size)), default=0.0)


def _count(node: Scalar) -> int:
    match node:
        case Apply():
            return sum(map(_count, node.arguments))
        case Fold():
            return node.count * _count(node.term(0)) if node.count else 0
    return 1


def _error(node: Scalar) -> float:
    """How much a number may be off, where every cell that it is made of is off by some roundings."""
    match node:
        case Cell():
            return _ROUNDINGS * _EPS * abs(node.value)
        case Number():
            return 0.0
        case Fold(kind="sum" | "mean"):
            total = sum(_error(node.term(k)) for k in range(node.count))
            return total / node.count if node.kind == "mean" else total
        case Fold():
            return max((_error(node.term(k)) for k in range(node.count)), default=0.0)
    errors = [_error(argument) for argument in node.arguments]
    values = [abs(argument.value) for argument in node.arguments]
    match node.operator:
        case "+" | "-" | "neg":
            return sum(errors)
        case "*":
            return errors[0] * values[1] + errors[1] * values[0]
        case "/" if values[1]:
            return (errors[0] + errors[1] * values[0] / values[1]) / values[1]
    # A power or a function: as exact as its operands.
    relative = sum(error / size for error, size in zip(errors, values) if size)
    return relative * abs(node.value)
