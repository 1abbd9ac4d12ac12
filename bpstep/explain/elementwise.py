"""One cell of an equation as arithmetic on single numbers.

The same walk over the tree that the other readings make, carrying the index of a cell: matrix products
and sums become sums of terms, and what only moves cells about (transposing, reshaping, joining) vanishes.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang.functions import FUNCTIONS, INLINED
from bpstep.lang.macros import ACTIVATIONS
from bpstep.lang.shapes import Shape, axis_of, keepdims, shape_of, slice_bounds
from bpstep.lang.trees import index_parts, int_literal, is_reshape
from bpstep.program.diagram import Index
from bpstep.program.program import Tensors

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}

_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def expand_cell(tree: ast.expr, index: Index, tensors: Tensors) -> Scalar:
    """The arithmetic of one cell of an expression's result, on the numbers in `tensors`."""
    return _make_expander(tensors).expand(tree, index)


def expand_activation_cell(call: ast.Call, index: Index, tensors: Tensors) -> Scalar:
    """The same for a call of an activation, with its definition in the place of its name."""
    return _make_expander(tensors).expand_definition(call, index)


@dataclass(frozen=True)
class _CellExpander:
    tensors: Tensors
    shapes: Mapping[str, Shape]
    argument: tuple[ast.expr, _CellExpander] | None = None
    """What `x` stands for inside a definition: an expression, and the reader of the text around it."""

    def shape(self, node: ast.expr) -> Shape:
        return shape_of(node, self.shapes)

    def expand(self, node: ast.expr, index: Index) -> Scalar:
        match node:
            case ast.Name():
                return self._name(node.id, index)
            case ast.Constant():
                return Number(float(node.value))  # type: ignore[arg-type]
            case ast.UnaryOp():
                return Apply("neg", (self.expand(node.operand, index),))
            case ast.BinOp(op=ast.MatMult()):
                return self._product(node, index)
            case ast.BinOp():
                return self._elementwise(_OPERATORS[type(node.op)], [node.left, node.right], index)
            case ast.Compare():
                sides = [node.left, node.comparators[0]]
                return self._elementwise(_COMPARISONS[type(node.ops[0])], sides, index)
            case ast.Attribute():
                return self.expand(node.value, index[::-1])
            case ast.Subscript():
                return self.expand(node.value, self._subscript_index(node, index))
            case ast.Call():
                return self._call(node, index)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def expand_definition(self, call: ast.Call, index: Index) -> Scalar:
        assert isinstance(call.func, ast.Name)
        body = ast.parse(ACTIVATIONS[call.func.id].definition, mode="eval").body
        argument = call.args[0]
        if call.func.id == "softmax" and not self.shape(argument):
            # The definition names an axis, which a single number lacks: nothing to share with.
            value = self.expand(argument, ())
            return Apply("exp", (Apply("-", (value, value)),))
        inner = _CellExpander(self.tensors, {"x": self.shape(argument)}, (argument, self))
        return inner.expand(body, index)

    def _name(self, name: str, index: Index) -> Scalar:
        if self.argument is not None:
            return self.argument[1].expand(self.argument[0], index)
        value = self.tensors[name]
        return Cell(name, index, float(value[index] if index else value))

    def _elementwise(self, operator: str, nodes: list[ast.expr], index: Index) -> Scalar:
        return Apply(operator, tuple(self.expand(node, self._broadcast_index(node, index)) for node in nodes))

    def _broadcast_index(self, node: ast.expr, index: Index) -> Index:
        """The index of an operand's cell that broadcasting pairs with a result's cell."""
        shape = self.shape(node)
        tail = index[len(index) - len(shape) :]
        return tuple(0 if size == 1 else at for at, size in zip(tail, shape))

    def _product(self, node: ast.BinOp, index: Index) -> Scalar:
        left, right = self.shape(node.left), self.shape(node.right)
        outer = index[: len(left) - 1]
        inner = index[len(left) - 1 :]

        def term(k: int) -> Scalar:
            return Apply("*", (self.expand(node.left, (*outer, k)), self.expand(node.right, (k, *inner))))

        return Fold("sum", right[0], term)

    def _subscript_index(self, node: ast.Subscript, index: Index) -> Index:
        found: list[int] = []
        rest = list(index)
        shape = self.shape(node.value)
        for part, size in zip(index_parts(node), shape):
            if isinstance(part, ast.Slice):
                found.append(range(*slice_bounds(part, size))[rest.pop(0)])
            else:
                found.append((int_literal(part) or 0) % size)
        return (*found, *rest)

    def _call(self, node: ast.Call, index: Index) -> Scalar:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            inside, outside = self.shape(node.func.value), self.shape(node)
            return self.expand(node.func.value, _reshaped_index(index, outside, inside))
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if FUNCTIONS[name].reduces and name not in INLINED:
            return self._reduction(node, index)
        match name:
            case "repeat":
                return self._repeat(node, index)
            case "concatenate":
                return self._concatenate(node, index)
            case "outer":
                sides = zip(node.args, index)
                return Apply(
                    "*", tuple(self.expand(side, _unravel(k, self.shape(side))) for side, k in sides)
                )
        if name in ("ones_like", "zeros_like"):
            return Number(float(name == "ones_like"))
        if name in INLINED and name != "sigmoid":
            return self.expand_definition(node, index)
        return self._elementwise(name, node.args, index)

    def _reduction(self, node: ast.Call, index: Index) -> Scalar:
        assert isinstance(node.func, ast.Name)
        argument = node.args[0]
        shape = self.shape(argument)
        axis = axis_of(node, len(shape), None)
        if axis is None:
            return Fold(node.func.id, math.prod(shape), lambda k: self.expand(argument, _unravel(k, shape)))
        rest = index[:axis] + index[axis + 1 :] if keepdims(node) else index
        return Fold(
            node.func.id, shape[axis], lambda k: self.expand(argument, (*rest[:axis], k, *rest[axis:]))
        )

    def _repeat(self, node: ast.Call, index: Index) -> Scalar:
        times = int_literal(node.args[1]) or 1
        shape = self.shape(node.args[0])
        axis = axis_of(node, len(shape), None)
        if axis is None:
            return self.expand(node.args[0], _unravel(index[0] // times, shape))
        return self.expand(node.args[0], (*index[:axis], index[axis] // times, *index[axis + 1 :]))

    def _concatenate(self, node: ast.Call, index: Index) -> Scalar:
        assert isinstance(node.args[0], ast.List)
        parts = node.args[0].elts
        axis = axis_of(node, len(self.shape(parts[0])), 0) or 0
        at = index[axis]
        for part in parts:
            size = self.shape(part)[axis]
            if at < size:
                return self.expand(part, (*index[:axis], at, *index[axis + 1 :]))
            at -= size
        raise IndexError(index)


def _make_expander(tensors: Tensors) -> _CellExpander:
    return _CellExpander(tensors, {name: np.shape(value) for name, value in tensors.items()})


def _unravel(flat: int, shape: Shape) -> Index:
    return tuple(int(at) for at in np.unravel_index(flat, shape)) if shape else ()


def _reshaped_index(index: Index, outside: Shape, inside: Shape) -> Index:
    """The index that a cell has in another layout of the same cells."""
    flat = int(np.ravel_multi_index(index, outside)) if outside else 0
    return _unravel(flat, inside)
