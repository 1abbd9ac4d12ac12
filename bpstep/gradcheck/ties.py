"""Ties: several equal cells that are all the maximum or minimum of `max` or `min`.

Cells that stay equal as a parameter changes, such as those over a blank background, leave the loss smooth, so
there is no visible kink. But `max` has no derivative by each of them alone, and the chain rule needs that.
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


def has_tie(
    step: Step, shapes: Mapping[str, Shape], here: Mapping[str, Any], *ends: Mapping[str, Any]
) -> bool:
    """True if cells of an equation tie for a maximum or minimum, and one of them changes."""
    scope = evaluation_scope()
    with np.errstate(all="ignore"):
        for node in _extremes(step):
            code = compile_lowered(lower(copy.deepcopy(node.args[0]), shapes))
            values = np.asarray(evaluate(code, here, scope))
            tied = _tied(node, values)
            if any(np.any(tied & (evaluate(code, end, scope) != values)) for end in ends):
                return True
    return False


def _extremes(step: Step) -> Iterator[ast.Call]:
    for node in ast.walk(step.tree):
        if isinstance(node, ast.Call) and function_name(node) in _EXTREMES:
            yield node


def _tied(node: ast.Call, values: np.ndarray) -> np.ndarray:
    """Which cells are among several maxima or minima."""
    axes = axes_of(node, values.ndim)
    equal = values == _EXTREMES[function_name(node)](values, axis=axes, keepdims=True)
    found: np.ndarray = equal & (equal.sum(axis=axes, keepdims=True) > 1)
    return found
