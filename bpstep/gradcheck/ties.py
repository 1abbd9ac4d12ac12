"""Ties: several equal cells that are all the maximum or minimum of `max` or `min`.

If they become different as a number changes, the loss has a kink. If they stay equal, such as those over a
blank background that change together with a bias, the loss is smooth.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shape_rules import axes_of
from bpstep.lang.shapes import Shape
from bpstep.lang.trees import function_name
from bpstep.program.program import Step

_EXTREMES = {"max": np.max, "min": np.min}

_ROUNDING = 40 * np.finfo(np.float64).eps
"""Cells that differ by no more than this, relative to their size, may differ by rounding alone."""


def has_tie(
    step: Step, shapes: Mapping[str, Shape], here: Mapping[str, Any], *ends: Mapping[str, Any]
) -> bool:
    """True if cells of an equation that tie for a maximum or minimum `here` differ at one of the ends."""
    scope = evaluation_scope()
    with np.errstate(all="ignore"):
        for node in _extremes(step):
            code = compile_lowered(lower(copy.deepcopy(node.args[0]), shapes))
            tied = _equal_to_extreme(node, np.asarray(evaluate(code, here, scope)))
            for end in ends:
                values = np.asarray(evaluate(code, end, scope))
                apart = _largest_of(tied, values, axes_of(node, values.ndim)) - values
                if np.any(tied & (apart > _ROUNDING * np.maximum(1.0, np.abs(values)))):
                    return True
    return False


def _extremes(step: Step) -> Iterator[ast.Call]:
    for node in ast.walk(step.tree):
        if isinstance(node, ast.Call) and function_name(node) in _EXTREMES:
            yield node


def _equal_to_extreme(node: ast.Call, values: np.ndarray) -> np.ndarray:
    """Which cells are the maximum or minimum."""
    found: np.ndarray = values == _EXTREMES[function_name(node)](
        values, axis=axes_of(node, values.ndim), keepdims=True
    )
    return found


def _largest_of(chosen: np.ndarray, values: np.ndarray, axes: tuple[int, ...] | None) -> Any:
    """The maximum of the selected cells along the axes."""
    return np.max(values, axis=axes, keepdims=True, initial=-np.inf, where=chosen)
