"""The operators of a recorded pass: arithmetic, in place too, comparisons and masks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.equations.items import StatementContext, is_table, is_traced
from bpstep.script.interpreter import printed
from bpstep.script.interpreter.operations import (
    BINARY_OPERATIONS,
    COMPARE,
    IN_PLACE,
    UNARY,
)
from bpstep.script.numpy_calls import elementwise
from bpstep.script.tracing.values import TracedValues, item_nodes
from bpstep.text import fill

GRAMMAR = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)

COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)

_SIGNS: dict[type[ast.operator], str] = {
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}


class TracedOperators(TracedValues):
    """The results of operators, as expressions of their operands."""

    def binary(self, node: ast.expr, kind: type[ast.operator]) -> Callable[[Any, Any], Any]:
        plain, place = BINARY_OPERATIONS[kind], self.place
        assert isinstance(node, ast.BinOp)
        right = node.right

        def run(a: Any, b: Any) -> Any:
            result = plain(a, b)
            if self.active is None:
                return result
            if isinstance(result, np.ndarray | np.generic | float | int):
                self._record_binary(node, place, a, b, result)
            elif is_table(result):
                if self.is_known(a) or self.is_known(b):
                    self.active.tables[id(result)] = result
            elif kind is ast.Mod and isinstance(a, str):
                is_several = isinstance(b, tuple)
                nodes = item_nodes(right, len(b)) if is_several else [right]
                self.show_all(b if is_several else (b,), nodes, printed.percent_texts(a), place)
            return result

        return run

    def _record_binary(self, node: ast.BinOp, place: StatementContext, a: Any, b: Any, result: Any) -> None:
        left, right, mask = self._operands((node.left, node.right), (a, b), place)
        kind = type(node.op)
        tree = self._operation(kind, left, right, a, b)
        if tree is not None:
            self.keep(node, result, tree, mask=mask)
        elif mask is not None:
            self.keep(node, result, None, fill(messages.MIXED_CELLS))
        elif is_traced(result) and (self.is_known(a) or self.is_known(b)):
            is_plain = not is_table(a) and not is_table(b)
            template = messages.NOT_IN_LANGUAGE_OPERATOR if is_plain else messages.TABLE_NOT_FOLLOWED
            self.keep(node, result, None, fill(template, sign=_SIGNS.get(kind, "?")))

    def _operands(
        self, nodes: tuple[ast.expr, ast.expr], values: tuple[Any, Any], place: StatementContext
    ) -> tuple[Tree | None, Tree | None, tuple[Any, Tree] | None]:
        """The expressions of two operands; the mask if one consists of the cells that a mask selects."""
        (left, right), (a, b), mask = nodes, values, self.mask_of(values)
        if mask is None:
            return self.operand(left, a, place), self.operand(right, b, place), None
        return self.unmasked(left, a, place, mask), self.unmasked(right, b, place, mask), mask

    def _operation(
        self, kind: type[ast.operator], left: Tree | None, right: Tree | None, a: Any, b: Any
    ) -> Tree | None:
        if left is None or right is None:
            return None
        if kind in GRAMMAR:
            if kind is ast.Mult and np.matrix in (type(a), type(b)) and np.ndim(a) and np.ndim(b):
                return build.binary(left, ast.MatMult(), right)
            return build.binary(left, kind(), right)
        if kind is ast.FloorDiv:
            return elementwise.floored(left, right)
        if kind is ast.Mod:
            return elementwise.remainder(left, right)
        if kind is ast.BitAnd and _is_truth(a) and _is_truth(b):
            return elementwise.both(left, right)
        if kind is ast.BitOr and _is_truth(a) and _is_truth(b):
            return elementwise.either(left, right)
        return None

    def in_place(self, node: ast.stmt, kind: type[ast.operator]) -> Callable[[Any, Any], Any]:
        plain, place = IN_PLACE[kind], self.place
        assert isinstance(node, ast.AugAssign)
        target, value_node = node.target, node.value

        def run(a: Any, b: Any) -> Any:
            recorder = self.active
            if recorder is None or not isinstance(a, np.ndarray | np.generic | float | int):
                result = plain(a, b)
                if recorder is not None and isinstance(a, list):
                    self.name_inside(a, place)
                return result
            left, right, mask = self._operands((target, value_node), (a, b), place)
            known = recorder.found(a)
            tree = self._operation(kind, left, right, a, b)
            result = plain(a, b)
            if result is a and isinstance(a, np.ndarray) and known is not None:
                if mask is not None:
                    known.tree, known.opaque = tree, "" if tree is not None else fill(messages.MIXED_MASKS)
                else:
                    path = self.path_of_target(node.target, place)
                    recorder.written(known, tree, path, place)
            elif tree is not None:
                self.keep(target, result, tree)
                self.keep(value_node, result, tree)
            elif is_traced(result):
                self.keep(
                    target,
                    result,
                    None,
                    fill(messages.NOT_IN_LANGUAGE_OPERATOR, sign=_SIGNS.get(kind, "?") + "="),
                )
            return result

        return run

    def unary(self, node: ast.expr, kind: type[ast.unaryop]) -> Callable[[Any], Any]:
        plain, place = UNARY[kind], self.place
        assert isinstance(node, ast.UnaryOp)
        operand = node.operand

        def run(a: Any) -> Any:
            result = plain(a)
            if self.active is not None and isinstance(result, np.ndarray | np.generic | float | int):
                known = self.known(a) if isinstance(a, np.ndarray) else None
                mask = known.mask if known is not None else None
                inner = known.tree if known is not None and mask else self.tree_of(operand, a, place)
                tree: Tree | None = None
                if inner is not None and kind is ast.USub:
                    tree = ast.UnaryOp(ast.USub(), inner)
                elif inner is not None and kind is ast.UAdd:
                    tree = inner
                elif inner is not None and kind is ast.Invert and _is_truth(a):
                    tree = elementwise.opposite(inner)
                if tree is not None:
                    self.keep(node, result, tree, mask=mask)
                elif is_traced(result) and self.is_known(a):
                    self.keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_THIS_OPERATOR))
            return result

        return run

    def compare(self, node: ast.expr, kind: type[ast.cmpop]) -> Callable[[Any, Any], Any]:
        plain, place = COMPARE[kind], self.place
        assert isinstance(node, ast.Compare)
        nodes = [node.left, *node.comparators] if len(node.ops) == 1 else [None, None]
        left, right = nodes[0], nodes[1]

        def run(a: Any, b: Any) -> Any:
            result = plain(a, b)
            if self.active is not None and isinstance(result, np.ndarray | np.bool_ | bool):
                if isinstance(result, bool) and not (is_traced(a) or is_traced(b)):
                    return result
                one, two = self.operand(left, a, place), self.operand(right, b, place)
                if one is not None and two is not None and kind in COMPARISONS:
                    self.keep(node, result, build.compare(one, kind(), two))
                elif self.is_known(a) or self.is_known(b):
                    self.keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_COMPARISON))
            return result

        return run


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.dtype == bool)
