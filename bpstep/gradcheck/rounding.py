"""How much roundings matter: equations evaluated with each rounding changed at random.

A result that is the small difference of large numbers, or a logarithm of a number near 1, is less exact than
its size suggests. Several such evaluations show by how much.
"""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

import numpy as np

from bpstep.lang import lowering
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.program.program import Step, Tensors

_EPS = float(np.finfo(np.float64).eps)


class Roundings:
    """Evaluates equations with changed roundings, always the same for one `seed`.

    Several instances share a `cache`, so that each equation is compiled once.
    """

    def __init__(self, seed: int, cache: dict[Step, CodeType]) -> None:
        self.random = np.random.default_rng([1, seed])
        self._cache = cache
        self._scope = {**evaluation_scope(), "_jitter": self._jitter}

    def evaluate(self, step: Step, tensors: Tensors) -> Any:
        """The value of an equation, with each operand and result off by a rounding."""
        if step not in self._cache:
            self._cache[step] = lowering.compile_lowered(_jittered(step.lowered))
        return evaluate(self._cache[step], tensors, self._scope)

    def _jitter(self, value: Any) -> Any:
        if np.asarray(value).dtype != np.float64:
            return value
        return value * (1 + _EPS * self.random.uniform(-1, 1, np.shape(value)))


def _jittered(lowered: ast.expr) -> ast.expr:
    """A tree in which every operand and result passes through `_jitter`, except in comparisons."""
    return _Jitter().visit(ast.parse(ast.unparse(lowered), mode="eval").body)  # type: ignore[no-any-return]


class _Jitter(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _call(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return _call(ast.BinOp(self.visit(node.left), node.op, self.visit(node.right)))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Attribute):
            function = ast.Attribute(self.visit(function.value), function.attr, ast.Load())
        return _call(ast.Call(function, [self.visit(item) for item in node.args], node.keywords))


def _call(node: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("_jitter", ast.Load()), [node], [])
