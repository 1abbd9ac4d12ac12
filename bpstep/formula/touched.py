"""Which cells of an equation's result read a given cell: the equation run on marks in place of numbers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpstep.home import Index
from bpstep.language.functions import FUNCTIONS
from bpstep.language.grammar import index_parts, integer, is_reshape
from bpstep.language.shapes import Shape, axis_of, bounds, keepdims, shape_of

Marks = NDArray[np.bool_]


def touched(tree: ast.expr, name: str, index: Index, shapes: Mapping[str, Shape]) -> Marks:
    """True for each cell of the expression's result whose arithmetic has the cell `index` of `name` in it."""
    mark = np.zeros(shapes[name], bool)
    mark[index] = True
    return np.broadcast_to(_Marker(name, mark, shapes).run(tree), shape_of(tree, shapes))


class _Marker:
    def __init__(self, name: str, mark: Marks, shapes: Mapping[str, Shape]) -> None:
        self.name = name
        self.mark = mark
        self.shapes = shapes

    def run(self, node: ast.expr) -> Any:
        """The marks of a result, in its shape."""
        match node:
            case ast.Name():
                return self.mark if node.id == self.name else np.zeros(self.shapes[node.id], bool)
            case ast.Constant():
                return np.zeros((), bool)
            case ast.UnaryOp():
                return self.run(node.operand)
            case ast.BinOp(op=ast.MatMult()):
                rows, columns = self.run(node.left).any(axis=-1), self.run(node.right).any(axis=0)
                return np.logical_or.outer(rows, columns)
            case ast.BinOp():
                return self.run(node.left) | self.run(node.right)
            case ast.Compare():
                return self.run(node.left) | self.run(node.comparators[0])
            case ast.Attribute():
                return self.run(node.value).T
            case ast.Subscript():
                return self.run(node.value)[_parts(node, shape_of(node.value, self.shapes))]
            case ast.Call():
                return self._call(node)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _call(self, node: ast.Call) -> Any:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            return self.run(node.func.value).reshape(shape_of(node, self.shapes))
        assert isinstance(node.func, ast.Name)
        name, first = node.func.id, node.args[0]
        rank = len(shape_of(first, self.shapes)) if not isinstance(first, ast.List) else 0
        match FUNCTIONS[name].kind if name in FUNCTIONS else name:
            case "reduction":
                return self.run(first).any(axis=axis_of(node, rank, None), keepdims=keepdims(node))
            case "repeat":
                return np.repeat(self.run(first), integer(node.args[1]) or 0, axis_of(node, rank, None))
            case "concatenate":
                assert isinstance(first, ast.List)
                parts = [self.run(part) for part in first.elts]
                return np.concatenate(parts, axis_of(node, parts[0].ndim, 0) or 0)
            case "outer":
                return np.logical_or.outer(*(np.ravel(self.run(side)) for side in node.args))
            case "softmax" if rank:
                inside = self.run(first)
                return np.broadcast_to(inside.any(axis=-1, keepdims=True), inside.shape)
        if name in ("ones_like", "zeros_like"):
            return np.zeros(shape_of(node, self.shapes), bool)
        return np.logical_or.reduce(np.broadcast_arrays(*map(self.run, node.args)))


def _parts(node: ast.Subscript, shape: Shape) -> tuple[Any, ...]:
    return tuple(
        slice(*_ends(*bounds(part, size))) if isinstance(part, ast.Slice) else integer(part)
        for part, size in zip(index_parts(node), shape)
    )


def _ends(start: int, stop: int, step: int) -> tuple[int, int | None, int]:
    """Where a slice ends; counting down to the first cell it has no end that is a number."""
    return start, stop if stop >= 0 else None, step
