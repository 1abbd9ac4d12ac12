"""The numbers of an equation's operations: the operands and result of each, and the partial value of each
cell.

Nothing is computed that is not asked for, and no intermediate array is larger than the equation's own
results. NumPy's value of a part of the equation is the truth: a running sum ends in that very number, in
whatever order NumPy added.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.plan import (
    Stage,
    StageKind,
    is_contraction,
    number_operands,
    plan_operations,
    reduced_axes,
    summed_lengths,
)
from bpstep.lang.cell_recipes import ApplyRecipe, FoldRecipe, Recipe, Take
from bpstep.lang.cells import Index, index_of_place
from bpstep.lang.functions import called_function, recipe
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shape_rules import subscripts
from bpstep.lang.shapes import Shape, axes_of, keepdims, value_shape
from bpstep.lang.trees import function_name
from bpstep.model.network import Array
from bpstep.program.program import Step, Tensors

_ADD_REDUCE: Any = np.add.reduce


@dataclass(frozen=True)
class Operation:
    """One operation: its operands and its result."""

    stage: Stage
    cell: Index
    """The cell of the stage's result that it computes."""
    term: int
    """Which term of a sum it computes or adds, counted from 0; 0 if there is no sum."""
    operands: tuple[float, ...]
    value: float


class MicroValues:
    """An equation and the tensors it reads."""

    def __init__(self, step: Step, tensors: Tensors) -> None:
        self.step = step
        self.tensors = tensors
        self.shapes: dict[str, Shape] = {name: value_shape(tensors[name]) for name in step.reads}
        self.plan = plan_operations(step, self.shapes)
        self._scope = evaluation_scope()
        self._values: dict[str, Any] = {}
        self._factors: dict[str, tuple[list[Any], Shape]] = {}
        self.last_operations: NDArray[np.int64] | None = None
        """For each cell of the result its last operation; None until it was asked for."""
        self._running_totals: tuple[Stage, int, Array, Array] | None = None

    def value(self, node: ast.expr) -> Any:
        """NumPy's value of a part of the equation."""
        key = self.plan.key(node)
        if key not in self._values:
            with np.errstate(all="ignore"):
                self._values[key] = evaluate(
                    compile_lowered(lower(node, self.shapes)), self.tensors, self._scope
                )
        return self._values[key]

    @cached_property
    def result(self) -> Any:
        """The equation's result."""
        return self.value(self.plan.tree)

    def operation(self, at: int) -> Operation:
        """A single operation by its number, counted from 0."""
        stage = self.plan.stage_at(at)
        if stage.kind == StageKind.PRODUCTS:
            return self._product(stage, *divmod(at - stage.first, stage.cells))
        if stage.kind == StageKind.SUMS:
            return self._addition(stage, *divmod(at - stage.first, stage.terms - 1))
        cell = index_of_place(at - stage.first, stage.shape)
        value = _number(self.value(stage.node), cell)
        if stage.kind == StageKind.DIVIDE:
            total = float(self.running_totals(stage, at - stage.first)[1][-1])
            return Operation(stage, cell, 0, (total, float(stage.terms)), value)
        taken = (value,) if stage.kind == StageKind.COPY else self._operand_values(stage, cell)
        return Operation(stage, cell, 0, taken, value)

    def product(self, stage: Stage, cell: Index, term: int) -> tuple[float, ...]:
        """The factors of a term of a matrix product's or einsum's cell, and the term."""
        views, lengths = self.factors(stage.node)
        factors = [view[(*cell, *index_of_place(term, lengths))] for view in views]
        with np.errstate(all="ignore"):
            value = (
                _number(self.value(stage.node), cell) if stage.terms == 1 else reduce(operator.mul, factors)
            )
        return (*map(float, factors), float(value))

    def factors(self, node: ast.expr) -> tuple[list[Any], Shape]:
        """The factors of every term of a contraction, and how many terms there are along each summed index.

        Each factor has the axes of the result, then the summed ones; nothing is copied.
        """
        key = self.plan.key(node)
        if key not in self._factors:
            lengths = summed_lengths(node, lambda operand: np.shape(self.value(operand)))
            values = [np.asarray(self.value(operand)) for operand in number_operands(node)]
            shape = (*np.shape(self.value(node)), *lengths)
            self._factors[key] = factor_views(node, values, shape), lengths
        return self._factors[key]

    def running_totals(self, stage: Stage, flat: int) -> tuple[Array, Array]:
        """The terms of a sum's cell, and the partial sum up to each of them."""
        if self._running_totals is None or self._running_totals[:2] != (stage, flat):
            cell = index_of_place(flat, stage.shape)
            terms = self._terms(stage.node, cell)
            with np.errstate(all="ignore"):
                sums = _accumulated(stage.node, terms)
            sums[-1] = _number(self.totals(stage.node), cell)
            self._running_totals = (stage, flat, terms, sums)
        return self._running_totals[2:]

    def _product(self, stage: Stage, term: int, flat: int) -> Operation:
        cell = index_of_place(flat, stage.shape)
        *factors, term_value = self.product(stage, cell, term)
        return Operation(stage, cell, term, tuple(factors), term_value)

    def _addition(self, stage: Stage, flat: int, done: int) -> Operation:
        terms, sums = self.running_totals(stage, flat)
        taken = (float(sums[done]), float(terms[done + 1]))
        return Operation(stage, index_of_place(flat, stage.shape), done + 1, taken, float(sums[done + 1]))

    def _operand_values(self, stage: Stage, cell: Index) -> tuple[float, ...]:
        node = stage.node
        if function_name(node) in ("outer", "einsum", "overlap_add"):
            found = recipe(node, cell, lambda part: np.shape(self.value(part)), self._number_at)
            return tuple(_number(self.value(take.operand), take.index) for take in taken_cells(found))
        values = [self.value(part) for part in number_operands(node)]
        return tuple(_number(np.broadcast_to(value, stage.shape), cell) for value in values)

    def _number_at(self, node: ast.expr, cell: Index) -> float:
        return _number(self.value(node), cell)

    def _terms(self, node: ast.expr, cell: Index) -> Array:
        """The terms of a cell of a contraction or a reduction."""
        if is_contraction(node):
            views, _ = self.factors(node)
            with np.errstate(all="ignore"):
                terms: Array = np.ravel(reduce(operator.mul, [view[cell] for view in views]))
            return terms
        assert isinstance(node, ast.Call)
        value = np.asarray(self.value(number_operands(node)[0]))
        axes = reduced_axes(node, value.ndim)
        rest = cell
        if len(cell) == value.ndim:
            rest = tuple(at for axis, at in enumerate(cell) if axis not in axes)
        along: Array = np.ravel(np.moveaxis(value, axes, range(-len(axes), 0))[self._reordered(node, rest)])
        return along

    @staticmethod
    def _reordered(node: ast.Call, cell: Index) -> Index:
        """The cell in the order of the operand's axes: einsum may permute them."""
        if function_name(node) != "einsum":
            return cell
        (letters,), result = subscripts(node)
        places = dict(zip(result, cell))
        return tuple(places[letter] for letter in letters if letter in places)

    def totals(self, node: ast.expr) -> Any:
        """The sum of all terms of every cell, as NumPy adds them."""
        if function_name(node) != "mean":
            return self.value(node)
        assert isinstance(node, ast.Call)
        value = self.value(node.args[0])
        with np.errstate(all="ignore"):
            return _ADD_REDUCE(value, axis=axes_of(node, np.ndim(value)), keepdims=keepdims(node))


def factor_views(node: ast.expr, values: list[Any], shape: Shape) -> list[Any]:
    """The operands of a contraction, each with the axes of the result, then the summed ones."""
    if isinstance(node, ast.Call):
        parts, result = subscripts(node)
        order = [*result, *(letter for letter in dict.fromkeys("".join(parts)) if letter not in result)]
        return [_spread(value, letters, order, shape) for value, letters in zip(values, parts)]
    left, right = values
    across = left[..., None, :] if left.ndim > 1 and right.ndim > 1 else left
    down = np.swapaxes(right, -1, -2) if right.ndim > 1 else right
    down = down[..., None, :, :] if left.ndim > 1 and right.ndim > 1 else down
    return [np.broadcast_to(across, shape), np.broadcast_to(down, shape)]


def _spread(value: Any, letters: str, order: list[str], shape: Shape) -> Any:
    own = [letter for letter in order if letter in letters]
    turned = np.transpose(value, [letters.index(letter) for letter in own])
    places = tuple(slice(None) if letter in letters else None for letter in order)
    return np.broadcast_to(turned[places], shape)


def taken_cells(found: Recipe) -> list[Take]:
    """The cells that a recipe reads, in order."""
    match found:
        case Take():
            return [found]
        case ApplyRecipe():
            return [cell for part in found.arguments for cell in taken_cells(part)]
        case FoldRecipe():
            return [cell for k in range(found.count) for cell in taken_cells(found.term(k))]
    return []


def _accumulated(node: ast.expr, terms: Array) -> Array:
    """The partial sum up to each of the terms."""
    function = called_function(node)
    if function is not None and function_name(node) == "argmax":
        largest = np.maximum.accumulate(terms)
        is_new = np.append(True, ~(largest[1:] == largest[:-1]) & ~np.isnan(largest[:-1]))
        return np.maximum.accumulate(np.where(is_new, np.arange(len(terms)), 0)).astype(float)
    add = np.add if function is None else function.accumulator
    sums: Array = add.accumulate(terms).astype(float)
    return sums


def _number(value: Any, cell: Index) -> float:
    return float(value[cell] if cell else value)
