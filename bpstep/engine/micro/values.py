"""The numbers of an equation's operations: what each takes and gives, and what each cell has come to so far.

Nothing is computed that is not asked for, and nothing is kept that is larger than the equation's own results
on the way. What NumPy gave for a part of the equation is the truth: the last of a running sum is that very
number, however NumPy added.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.plan import Stage, operands, plan_operations
from bpstep.lang.functions import called_function
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shapes import Shape, axis_of, keepdims
from bpstep.lang.trees import function_name
from bpstep.model.network import Array
from bpstep.program.diagram import Index
from bpstep.program.program import Step, Tensors

_ADD_REDUCE: Any = np.add.reduce


@dataclass(frozen=True)
class Operation:
    """One operation: what it takes, and what it gives."""

    stage: Stage
    cell: Index
    """The cell of the stage's result that it is for."""
    term: int
    """Which term of a sum it makes or adds, counted from 0; 0 where there is no sum."""
    operands: tuple[float, ...]
    value: float


class MicroValues:
    """An equation and the tensors it reads."""

    def __init__(self, step: Step, tensors: Tensors) -> None:
        self.step = step
        self.tensors = tensors
        self.shapes: dict[str, Shape] = {name: np.shape(tensors[name]) for name in step.reads}
        self.plan = plan_operations(step, self.shapes)
        self._scope = evaluation_scope()
        self._values: dict[str, Any] = {}
        self.last_operations: NDArray[np.int64] | None = None
        """For each cell of the result its last operation, once that was asked for."""
        self._running_totals: tuple[Stage, int, Array, Array] | None = None

    def value(self, node: ast.expr) -> Any:
        """What NumPy gives for a part of the equation."""
        key = self.plan.key(node)
        if key not in self._values:
            with np.errstate(all="ignore"):
                self._values[key] = evaluate(
                    compile_lowered(lower(node, self.shapes)), self.tensors, self._scope
                )
        return self._values[key]

    @cached_property
    def result(self) -> Any:
        """What the equation gives."""
        return self.value(self.plan.tree)

    def operation(self, at: int) -> Operation:
        """The operation `at`, counted from 0."""
        stage = self.plan.stage_at(at)
        if stage.kind == "products":
            return self._product(stage, *divmod(at - stage.first, stage.cells))
        if stage.kind == "sums":
            return self._addition(stage, *divmod(at - stage.first, stage.terms - 1))
        cell = _cell(at - stage.first, stage.shape)
        value = _number(self.value(stage.node), cell)
        if stage.kind == "divide":
            total = float(self.running_totals(stage, at - stage.first)[1][-1])
            return Operation(stage, cell, 0, (total, float(stage.terms)), value)
        taken = (value,) if stage.kind == "copy" else self._operand_values(stage, cell)
        return Operation(stage, cell, 0, taken, value)

    def product(self, stage: Stage, cell: Index, term: int) -> tuple[float, float, float]:
        """Both factors of a term of a matrix product's cell, and the term."""
        left, right = self._factors(stage)
        outer = np.ndim(left) - 1
        factors = left[(*cell[:outer], term)], right[(term, *cell[outer:])]
        with np.errstate(all="ignore"):
            term_value = (
                _number(self.value(stage.node), cell) if stage.terms == 1 else factors[0] * factors[1]
            )
        return float(factors[0]), float(factors[1]), float(term_value)

    def running_totals(self, stage: Stage, flat: int) -> tuple[Array, Array]:
        """The terms of a sum's cell, and what they come to from the first to each of them."""
        if self._running_totals is None or self._running_totals[:2] != (stage, flat):
            cell = _cell(flat, stage.shape)
            terms = self._terms(stage.node, cell)
            with np.errstate(all="ignore"):
                sums = _accumulator(stage.node).accumulate(terms).astype(float)
            sums[-1] = _number(self.totals(stage.node), cell)
            self._running_totals = (stage, flat, terms, sums)
        return self._running_totals[2:]

    def _product(self, stage: Stage, term: int, flat: int) -> Operation:
        cell = _cell(flat, stage.shape)
        left, right, term_value = self.product(stage, cell, term)
        return Operation(stage, cell, term, (left, right), term_value)

    def _addition(self, stage: Stage, flat: int, done: int) -> Operation:
        terms, sums = self.running_totals(stage, flat)
        taken = (float(sums[done]), float(terms[done + 1]))
        return Operation(stage, _cell(flat, stage.shape), done + 1, taken, float(sums[done + 1]))

    def _operand_values(self, stage: Stage, cell: Index) -> tuple[float, ...]:
        values = [self.value(node) for node in operands(stage.node)]
        if function_name(stage.node) == "outer":
            return tuple(float(np.ravel(value)[at]) for value, at in zip(values, cell))
        return tuple(_number(np.broadcast_to(value, stage.shape), cell) for value in values)

    def _factors(self, stage: Stage) -> tuple[Any, Any]:
        assert isinstance(stage.node, ast.BinOp)
        return self.value(stage.node.left), self.value(stage.node.right)

    def _terms(self, node: ast.expr, cell: Index) -> Array:
        """The terms of a cell of a matrix product or a reduction."""
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left), self.value(node.right)
            outer = np.ndim(left) - 1
            with np.errstate(all="ignore"):
                terms: Array = left[cell[:outer]] * right[(slice(None), *cell[outer:])]
            return terms
        assert isinstance(node, ast.Call)
        value = self.value(node.args[0])
        axis = axis_of(node, np.ndim(value), None)
        if axis is None:
            return np.ravel(value)
        rest = cell[:axis] + cell[axis + 1 :] if len(cell) == np.ndim(value) else cell
        along: Array = value[(*rest[:axis], slice(None), *rest[axis:])]
        return along

    def totals(self, node: ast.expr) -> Any:
        """What all terms of every cell come to, as NumPy adds them."""
        if function_name(node) != "mean":
            return self.value(node)
        assert isinstance(node, ast.Call)
        value = self.value(node.args[0])
        axis = axis_of(node, np.ndim(value), None)
        with np.errstate(all="ignore"):
            return _ADD_REDUCE(value, axis=axis, keepdims=keepdims(node))


def _accumulator(node: ast.expr) -> np.ufunc:
    """What adds a further term: a sum's addition, also in a matrix product, or the function's own."""
    function = called_function(node)
    return np.add if function is None else function.accumulator


def _cell(flat: int, shape: Shape) -> Index:
    return tuple(int(at) for at in np.unravel_index(flat, shape)) if shape else ()


def _number(value: Any, cell: Index) -> float:
    return float(value[cell] if cell else value)
