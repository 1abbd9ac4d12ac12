"""Whether a number is only the rounding error of terms that cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.prose.context import SentenceContext
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang.cells import Index
from bpstep.program.program import Step

_ROUNDINGS = 8
"""How many roundings each number read may be off by: it was computed, too."""

_EPS = float(np.finfo(np.float64).eps)

_MAX_TERMS = 10_000
"""The most terms that are summed for the comparison; a longer sum is not judged."""


_MAX_CELLS = 24
"""The most cells of a tensor that are judged."""


def is_rounding(m: SentenceContext) -> bool:
    """True if the selected cell is as small as the rounding error of its operands.

    A number can be small for two reasons. If its terms are small too, it is as exact as they are; if large
    terms cancel, it is rounding error. So the error is propagated through the cell's arithmetic.
    """
    return _may_be(m.step, m.value, m.frame.before) and _is_rounding(m.step, m.index, m.value, m.frame.before)


def is_rounding_everywhere(step: Step, tensors: Mapping[str, Any]) -> bool:
    """True for a computed tensor that is 0 apart from rounding, judged by a sample of its cells."""
    value = np.asarray(tensors[step.name], dtype=float)
    if any(name not in tensors for name in step.reads):
        return False
    if not np.any(value) or not _may_be(step, float(np.max(np.abs(value))), tensors):
        return False
    cells = np.argwhere(value)
    chosen = cells[:: -(-len(cells) // _MAX_CELLS)]
    indices = (tuple(map(int, index)) for index in chosen)
    return all(_is_rounding(step, index, float(value[index]), tensors) for index in indices)


def is_rounding_at(step: Step, index: Index, tensors: Mapping[str, Any]) -> bool:
    """True for a cell of a computed tensor that is 0 apart from rounding."""
    if any(name not in tensors for name in step.reads):
        return False
    value = float(np.asarray(tensors[step.name])[index])
    return _may_be(step, value, tensors) and _is_rounding(step, index, value, tensors)


def _is_rounding(step: Step, index: Index, value: float, tensors: Mapping[str, Any]) -> bool:
    scalar = cell_arithmetic(step, index, tensors)
    return _count(scalar) <= _MAX_TERMS and abs(value) <= _error(scalar)


def _may_be(step: Step, value: float, tensors: Mapping[str, Any]) -> bool:
    """False for 0, and for a number too large beside the largest one read: a quick test that settles most."""
    if value == 0:
        return False
    sizes = [float(np.max(np.abs(tensors[name]), initial=0)) for name in step.reads]
    return abs(value) <= 1e-8 * max((size for size in sizes if np.isfinite(size)), default=0.0)


def _count(node: Scalar) -> int:
    match node:
        case Apply():
            return sum(map(_count, node.arguments))
        case Fold():
            return node.count * _count(node.term(0)) if node.count else 0
    return 1


def _error(node: Scalar) -> float:
    """The possible error of a number, if every cell it depends on is off by some roundings."""
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
    # A power or a function is as exact as its operands.
    relative = sum(error / size for error, size in zip(errors, values) if size)
    return relative * abs(node.value)
