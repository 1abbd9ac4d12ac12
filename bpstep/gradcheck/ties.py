"""Ties: several equal cells that are all the maximum or minimum of `max` or `min`.

If they become different as a number changes, the loss may have a kink, where its slope depends on which of
them is taken. If they stay equal, such as those over a blank background that change together with a bias,
the loss is smooth.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from types import CodeType
from typing import Any

import numpy as np

from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shape_rules import axes_of
from bpstep.lang.shapes import Shape
from bpstep.lang.trees import function_name
from bpstep.program.program import Step, Tensors

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


class Choice(Enum):
    """Which of the tied cells are taken for the maximum or minimum, whatever becomes of them."""

    EVEN = auto()
    """All to the same share, as in the derivation."""
    FIRST = auto()
    LAST = auto()


class HeldTies:
    """Evaluates equations with the cells that are a maximum or minimum `here`, also where others become it.

    A loss computed so has a slope at a tie.
    """

    def __init__(self, choice: Choice, here: Tensors) -> None:
        self._choice, self._here = choice, here
        self._codes: dict[str, CodeType] = {}
        self._tied: list[np.ndarray] = []
        self._scope = {**evaluation_scope(), _HELD: self._held}

    def evaluate(self, step: Step, tensors: Tensors) -> Any:
        """The value of an equation."""
        if step.name not in self._codes:
            if not any(_extremes(step)):
                self._codes[step.name] = step.code
                return evaluate(step.code, tensors, self._scope)
            tree = _Hold(len(self._tied)).visit(ast.parse(ast.unparse(step.lowered), mode="eval").body)
            self._codes[step.name] = compile_lowered(tree)
            evaluate(self._codes[step.name], self._here, self._scope)
        return evaluate(self._codes[step.name], tensors, self._scope)

    def _held(self, at: int, function: str, values: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """The maximum or minimum number `at`; the first evaluation, on the numbers here, finds its cells."""
        values = np.asarray(values)
        if at == len(self._tied):
            tied = values == _EXTREMES[function](values, axis=axis, keepdims=True)
            self._tied.append(self._chosen(tied, axis))
        return np.mean(values, axis=axis, keepdims=keepdims, where=self._tied[at])

    def _chosen(self, tied: np.ndarray, axis: Any) -> np.ndarray:
        """The tied cells, or the first or last of them in the order of the cells."""
        if self._choice is Choice.EVEN:
            return tied
        order = np.arange(tied.size).reshape(tied.shape)
        order = np.where(tied, order if self._choice is Choice.LAST else tied.size - order, -1)
        chosen: np.ndarray = order == np.max(order, axis=axis, keepdims=True)
        return chosen


_HELD = "_held"


class _Hold(ast.NodeTransformer):
    """Numbers the maxima and minima of an equation from `at` on, in the order in which they are computed."""

    def __init__(self, at: int) -> None:
        self._at = at

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = function_name(node)
        if name not in _EXTREMES:
            return node
        numbered = ast.Constant(self._at), ast.Constant(name)
        self._at += 1
        return ast.Call(ast.Name(_HELD, ast.Load()), [*numbered, *node.args], node.keywords)
