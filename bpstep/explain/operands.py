"""The cells that a cell's arithmetic is made of, each once, in the order in which they stand there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.parser import index_parts, integer, is_reshape
from bpstep.lang.shapes import Shape, axis_of, bounds, keepdims, shape_of
from bpstep.program.diagram import Index


@dataclass(frozen=True)
class Operand:
    """A cell that is read, and what it has a part in."""

    cell: Cell
    adds: float | None = None
    """What the addend that begins with it comes to; None within an addend, and where there is no sum."""


@dataclass(frozen=True)
class More:
    """Terms of a long sum that are left out."""

    count: int


Found = Iterator[Operand | More]


def operands(node: Scalar, most: int | None = None) -> Found:
    """The operands, made as they are asked for. Of a sum with more than two terms beyond `most`: `most`."""
    seen: set[tuple[str, Index]] = set()
    left_out, adds = 0, None
    walk = _addends(node, 1.0, most) if _is_sum(node) else _cells(node, most)
    for found in walk:
        if isinstance(found, More):
            # A softmax goes over the same cells twice: it is enough to say once that there are more.
            if found.count != left_out:
                yield found
            left_out = found.count
            continue
        adds = adds if found.adds is None else found.adds
        if (key := (found.cell.name, found.cell.index)) not in seen:
            seen.add(key)
            yield replace(found, adds=adds)
            left_out, adds = 0, None


def _is_sum(node: Scalar) -> bool:
    """True where the arithmetic is a sum, perhaps a multiple of one."""
    match node:
        case Fold(kind="sum" | "mean"):
            return node.count > 1
        case Apply(operator="+" | "-"):
            return True
        case Apply(operator="*", arguments=(Number(), inner)) | Apply(operator="neg", arguments=(inner,)):
            return _is_sum(inner)
        case Apply(operator="/", arguments=(inner, Number())):
            return _is_sum(inner)
    return False


def _addends(node: Scalar, times: float, most: int | None) -> Found:
    """The operands of a sum that is multiplied by `times`, each with what its addend comes to."""
    match node:
        case Fold(kind="sum" | "mean") if node.count > 1:
            each = times / node.count if node.kind == "mean" else times
            yield from _terms(node, most, lambda term: _addends(term, each, most))
        case Apply(operator="+" | "-", arguments=(left, right)):
            yield from _addends(left, times, most)
            yield from _addends(right, times if node.operator == "+" else -times, most)
        case Apply(operator="*", arguments=(Number() as factor, inner)) if _is_sum(inner):
            yield from _addends(inner, times * factor.value, most)
        case Apply(operator="/", arguments=(inner, Number() as divisor)) if _is_sum(inner) and divisor.value:
            yield from _addends(inner, times / divisor.value, most)
        case Apply(operator="neg", arguments=(inner,)):
            yield from _addends(inner, -times, most)
        case _:
            adds: float | None = times * node.value
            for found in _cells(node, most):
                yield replace(found, adds=adds) if isinstance(found, Operand) else found
                adds = None


def _cells(node: Scalar, most: int | None) -> Found:
    match node:
        case Cell():
            yield Operand(node)
        case Apply():
            for argument in node.arguments:
                yield from _cells(argument, most)
        case Fold():
            yield from _terms(node, most, lambda term: _cells(term, most))


def _terms(node: Fold, most: int | None, inside: Callable[[Scalar], Found]) -> Found:
    shown = node.count if most is None or node.count <= most + 2 else most
    any_cell = False
    for k in range(shown):
        for found in inside(node.term(k)):
            any_cell = True
            yield found
    if shown < node.count and any_cell:
        yield More(node.count - shown)


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
