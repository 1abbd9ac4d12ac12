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
from bpstep.lang.shapes import Shape, axes_of, axis_of, keepdims, shape_of, slice_bounds
from bpstep.lang.trees import index_parts, int_literal, is_reshape
from bpstep.program.diagram import Index


@dataclass(frozen=True)
class Operand:
    """A cell that is read, and what it has a part in."""

    cell: Cell
    contribution: float | None = None
    """What the addend that begins with it comes to; None within an addend, and where there is no sum."""


@dataclass(frozen=True)
class OmittedTerms:
    """Terms of a long sum that are left out."""

    count: int


OperandIterator = Iterator[Operand | OmittedTerms]


def operands(node: Scalar, max_terms: int | None = None) -> OperandIterator:
    """The operands, made as they are asked for. Of a sum with more than two terms beyond `most`: `most`."""
    seen: set[tuple[str, Index]] = set()
    left_out, contribution = 0, None
    candidates = _addends(node, 1.0, max_terms) if _is_sum(node) else _cells(node, max_terms)
    for found in candidates:
        if isinstance(found, OmittedTerms):
            # A softmax goes over the same cells twice: it is enough to say once that there are more.
            if found.count != left_out:
                yield found
            left_out = found.count
            continue
        contribution = contribution if found.contribution is None else found.contribution
        if (key := (found.cell.name, found.cell.index)) not in seen:
            seen.add(key)
            yield replace(found, contribution=contribution)
            left_out, contribution = 0, None


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


def _addends(node: Scalar, times: float, max_terms: int | None) -> OperandIterator:
    """The operands of a sum that is multiplied by `times`, each with what its addend comes to."""
    match node:
        case Fold(kind="sum" | "mean") if node.count > 1:
            each = times / node.count if node.kind == "mean" else times
            yield from _terms(node, max_terms, lambda term: _addends(term, each, max_terms))
        case Apply(operator="+" | "-", arguments=(left, right)):
            yield from _addends(left, times, max_terms)
            yield from _addends(right, times if node.operator == "+" else -times, max_terms)
        case Apply(operator="*", arguments=(Number() as factor, inner)) if _is_sum(inner):
            yield from _addends(inner, times * factor.value, max_terms)
        case Apply(operator="/", arguments=(inner, Number() as divisor)) if _is_sum(inner) and divisor.value:
            yield from _addends(inner, times / divisor.value, max_terms)
        case Apply(operator="neg", arguments=(inner,)):
            yield from _addends(inner, -times, max_terms)
        case _:
            contribution: float | None = times * node.value
            for found in _cells(node, max_terms):
                yield replace(found, contribution=contribution) if isinstance(found, Operand) else found
                contribution = None


def _cells(node: Scalar, max_terms: int | None) -> OperandIterator:
    match node:
        case Cell():
            yield Operand(node)
        case Apply():
            for argument in node.arguments:
                yield from _cells(argument, max_terms)
        case Fold():
            yield from _terms(node, max_terms, lambda term: _cells(term, max_terms))


def _terms(
    node: Fold, max_terms: int | None, operands_of: Callable[[Scalar], OperandIterator]
) -> OperandIterator:
    shown = node.count if max_terms is None or node.count <= max_terms + 2 else max_terms
    any_cell = False
    for k in range(shown):
        for found in operands_of(node.term(k)):
            any_cell = True
            yield found
    if shown < node.count and any_cell:
        yield OmittedTerms(node.count - shown)


DependencyMask = NDArray[np.bool_]


def dependent_cells(tree: ast.expr, name: str, index: Index, shapes: Mapping[str, Shape]) -> DependencyMask:
    """True for each cell of the expression's result whose arithmetic has the cell `index` of `name` in it."""
    mask = np.zeros(shapes[name], bool)
    mask[index] = True
    return np.broadcast_to(_DependencyEvaluator(name, mask, shapes).evaluate(tree), shape_of(tree, shapes))


class _DependencyEvaluator:
    def __init__(self, name: str, mask: DependencyMask, shapes: Mapping[str, Shape]) -> None:
        self.name = name
        self.mask = mask
        self.shapes = shapes

    def evaluate(self, node: ast.expr) -> Any:
        """The marks of a result, in its shape."""
        match node:
            case ast.Name():
                return self.mask if node.id == self.name else np.zeros(self.shapes[node.id], bool)
            case ast.Constant():
                return np.zeros((), bool)
            case ast.UnaryOp():
                return self.evaluate(node.operand)
            case ast.BinOp(op=ast.MatMult()):
                rows, columns = self.evaluate(node.left).any(axis=-1), self.evaluate(node.right).any(axis=0)
                return np.logical_or.outer(rows, columns)
            case ast.BinOp():
                return self.evaluate(node.left) | self.evaluate(node.right)
            case ast.Compare():
                return self.evaluate(node.left) | self.evaluate(node.comparators[0])
            case ast.Attribute():
                return self.evaluate(node.value).T
            case ast.Subscript():
                return self.evaluate(node.value)[_index_parts(node, shape_of(node.value, self.shapes))]
            case ast.Call():
                return self._call(node)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _call(self, node: ast.Call) -> Any:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            return self.evaluate(node.func.value).reshape(shape_of(node, self.shapes))
        assert isinstance(node.func, ast.Name)
        name, first = node.func.id, node.args[0]
        rank = len(shape_of(first, self.shapes)) if not isinstance(first, ast.List) else 0
        if FUNCTIONS[name].reduces:
            return self.evaluate(first).any(axis=axes_of(node, rank), keepdims=keepdims(node))
        match name:
            case "repeat":
                return np.repeat(
                    self.evaluate(first), int_literal(node.args[1]) or 0, axis_of(node, rank, None)
                )
            case "concatenate":
                assert isinstance(first, ast.List)
                parts = [self.evaluate(part) for part in first.elts]
                return np.concatenate(parts, axis_of(node, parts[0].ndim, 0) or 0)
            case "outer":
                return np.logical_or.outer(*(np.ravel(self.evaluate(side)) for side in node.args))
            case "softmax" if rank:
                inside = self.evaluate(first)
                return np.broadcast_to(inside.any(axis=-1, keepdims=True), inside.shape)
        if name in ("ones_like", "zeros_like"):
            return np.zeros(shape_of(node, self.shapes), bool)
        return np.logical_or.reduce(np.broadcast_arrays(*map(self.evaluate, node.args)))


def _index_parts(node: ast.Subscript, shape: Shape) -> tuple[Any, ...]:
    return tuple(
        slice(*_slice_bounds(*slice_bounds(part, size))) if isinstance(part, ast.Slice) else int_literal(part)
        for part, size in zip(index_parts(node), shape)
    )


def _slice_bounds(start: int, stop: int, step: int) -> tuple[int, int | None, int]:
    """Where a slice ends; counting down to the first cell it has no end that is a number."""
    return start, stop if stop >= 0 else None, step
