"""The cells in a cell's arithmetic, each once, in order of appearance."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang.cells import Index
from bpstep.lang.functions import FUNCTIONS, argument_operands
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower, lower_index
from bpstep.lang.parser import reads
from bpstep.lang.shapes import Shape, axes_of, keepdims, shape_of
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_reshape,
    is_tensor_index,
    with_operands,
)


@dataclass(frozen=True)
class Operand:
    """A cell that is read, and the value of the addend it belongs to."""

    cell: Cell
    contribution: float | None = None
    """The value of the addend that begins with it; None within an addend, or without a sum."""


@dataclass(frozen=True)
class OmittedTerms:
    """Terms that are left out of a long sum."""

    count: int


_MAX_LOOKED_AT = 1000
"""How many terms and cells of a sum are searched for cells that stand there again."""

OperandIterator = Iterator[Operand | OmittedTerms]


def scalar_operands(node: Scalar, max_terms: int | None = None) -> OperandIterator:
    """The operands, computed on demand. A sum with more than two terms beyond `max_terms` is cut there."""
    seen: set[tuple[str, Index]] = set()
    left_out, contribution = 0, None
    candidates = _addends(node, 1.0, max_terms) if _is_sum(node) else _cells(node, max_terms)
    for found in candidates:
        if isinstance(found, OmittedTerms):
            # A softmax reads the same cells twice: it is enough to say once that there are more.
            if found.count != left_out:
                yield found
            left_out = found.count
            continue
        contribution = contribution if found.contribution is None else found.contribution
        if (key := (found.cell.name, found.cell.index)) not in seen:
            seen.add(key)
            yield replace(found, contribution=contribution)
            left_out, contribution = 0, None


def operands_with_totals(node: Scalar, max_terms: int | None) -> OperandIterator:
    """The operands, where an addend whose cells have all been named adds to the one that it begins with."""
    again = _added_again(node) if _is_sum(node) else {}
    for found in scalar_operands(node, max_terms):
        if isinstance(found, Operand) and (key := (found.cell.name, found.cell.index)) in again:
            more = again[key]
            yield replace(found, contribution=None if more is None else more + (found.contribution or 0.0))
        else:
            yield found


def _added_again(node: Scalar) -> Mapping[tuple[str, Index], float | None]:
    """What addends whose cells all stand in earlier ones add, by the cell that each begins with.

    None if the sum is too long to see all of them.
    """
    seen: set[tuple[str, Index]] = set()
    more: dict[tuple[str, Index], float] = {}
    first: tuple[str, Index] | None = None
    contribution = 0.0
    found = list(islice(_addends(node, 1.0, _MAX_LOOKED_AT), _MAX_LOOKED_AT + 1))
    for each in (*found, None):
        if each is None or (isinstance(each, Operand) and each.contribution is not None):
            if first is not None:
                more[first] = more.get(first, 0.0) + contribution
            first = None
        if not isinstance(each, Operand):
            continue
        key = each.cell.name, each.cell.index
        if each.contribution is not None:
            first, contribution = key, each.contribution
        if key not in seen:
            seen.add(key)
            first = None
    is_cut = len(found) > _MAX_LOOKED_AT or any(isinstance(each, OmittedTerms) for each in found)
    return dict.fromkeys(more) if is_cut else more


def _is_sum(node: Scalar) -> bool:
    """True if the arithmetic is a sum, or a multiple of one."""
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
    """The operands of a sum that is multiplied by `times`, each with the value of its addend."""
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


def dependent_cells(
    tree: ast.expr,
    name: str,
    index: Index,
    shapes: Mapping[str, Shape],
    tensors: Mapping[str, Any] | None = None,
) -> DependencyMask:
    """True for each cell of the expression's result that depends on the cell `index` of `name`.

    `tensors` has the values of indices; an index without a value may select any cell.
    """
    mask = np.zeros(shapes[name], bool)
    mask[index] = True
    evaluator = _DependencyEvaluator(name, mask, tensors or {}, shapes)
    return np.broadcast_to(evaluator.evaluate(tree), shape_of(tree, shapes))


@dataclass(frozen=True)
class _DependencyEvaluator:
    name: str
    mask: DependencyMask
    tensors: Mapping[str, Any]
    shapes: Mapping[str, Shape]

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
                return self._multiplied(node.left, node.right)
            case ast.BinOp():
                return self.evaluate(node.left) | self.evaluate(node.right)
            case ast.Compare():
                return self.evaluate(node.left) | self.evaluate(node.comparators[0])
            case ast.Attribute():
                return self.evaluate(node.value).T
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _multiplied(self, left: ast.expr, right: ast.expr) -> Any:
        """A cell of a matrix product depends on a row and a column."""
        one, other = self.evaluate(left), self.evaluate(right)
        ones = np.ones(one.shape), np.ones(other.shape)
        return (one.astype(float) @ ones[1] + ones[0] @ other.astype(float)) > 0

    def _subscript(self, node: ast.Subscript) -> Any:
        """The selected cells; a mark in an index marks everything that it selects."""
        indices = [part for part in index_parts(node) if is_tensor_index(part)]
        found = self.evaluate(node.value)
        if any(name not in self.tensors for part in indices for name in reads(part)):
            return np.full(shape_of(node, self.shapes), bool(found.any()))
        picked = found[tuple(map(self._index_part, index_parts(node)))]
        return picked | any(self.evaluate(part).any() for part in indices)

    def _index_part(self, part: ast.expr) -> Any:
        if is_tensor_index(part):
            return self._value(part)
        if isinstance(part, ast.Slice):
            return slice(*(end and int_literal(end) for end in (part.lower, part.upper, part.step)))
        return int_literal(part)

    def _value(self, node: ast.expr) -> Any:
        compiled = compile_lowered(lower_index(node, self.shapes))
        return evaluate(compiled, self.tensors, evaluation_scope())

    def _call(self, node: ast.Call) -> Any:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            return self.evaluate(node.func.value).reshape(shape_of(node, self.shapes))
        name = function_name(node)
        row = FUNCTIONS[name]
        if row.shape_only or not argument_operands(node):
            return np.zeros(shape_of(node, self.shapes), bool)
        parts = [self.evaluate(operand) for operand in argument_operands(node)]
        if row.reduces:
            return parts[0].any(axis=axes_of(node, parts[0].ndim), keepdims=keepdims(node))
        if row.moves or name == "overlap_add":
            return self._moved(node, parts) > 0
        match name:
            case "outer":
                return np.logical_or.outer(*map(np.ravel, parts))
            case "dot" | "matmul" if all(np.ndim(part) for part in parts):
                return self._multiplied(*node.args)
            case "einsum":
                return self._contracted(node, parts)
            case "one_hot":
                return np.broadcast_to(parts[0][..., None], shape_of(node, self.shapes))
            case "softmax" if parts[0].ndim:
                return np.broadcast_to(parts[0].any(axis=-1, keepdims=True), parts[0].shape)
        return np.logical_or.reduce(np.broadcast_arrays(*parts))

    def _moved(self, node: ast.Call, parts: list[Any]) -> Any:
        """The function's movement of numbers, applied to the marks as 1 and 0."""
        names = [f"_{at}" for at in range(len(parts))]
        known = {**self.shapes, **{name: part.shape for name, part in zip(names, parts)}}
        values = {**self.tensors, **{name: part.astype(float) for name, part in zip(names, parts)}}
        moved = lower(with_operands(node, [ast.Name(name, ast.Load()) for name in names]), known)
        return np.asarray(evaluate(compile_lowered(moved), values, evaluation_scope()))

    def _contracted(self, node: ast.Call, parts: list[Any]) -> Any:
        assert isinstance(node.args[0], ast.Constant)
        marks = 0.0
        for at in range(len(parts)):
            given = [part.astype(float) if k == at else np.ones(part.shape) for k, part in enumerate(parts)]
            marks = marks + np.einsum(str(node.args[0].value), *given)
        return np.asarray(marks) > 0
