"""What the cells of an equation's result have come to when some of its operations are done."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.plan import (
    Stage,
    is_constant,
    is_layout_change,
    is_reduction,
    operands,
)
from bpstep.engine.micro.values import MicroValues
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shapes import axis_of
from bpstep.lang.trees import function_name


class Progress(NamedTuple):
    """For each cell the operation that was the last to work on it, counted from 0, and what that gave.

    -1: nothing was done for it yet, and its value means nothing. The same is kept of the operations for the
    very cell: what several cells have in common, as the largest of a row, is not what a cell has come to.
    """

    last_operation: NDArray[np.int64]
    value: NDArray[np.float64]
    own_last_operation: NDArray[np.int64]
    own_value: NDArray[np.float64]


def progress_at(work: MicroValues, done: int) -> Progress:
    """The cells of the equation's result when `done` operations are done."""
    with np.errstate(all="ignore"):
        return _Reader(work, done, {}).read(work.plan.tree)


@dataclass(frozen=True)
class _Reader:
    work: MicroValues
    done: int
    known: dict[str, Progress]

    def read(self, node: ast.expr) -> Progress:
        """What a part of the equation has come to."""
        key = self.work.plan.key(node)
        if key not in self.known:
            self.known[key] = self._read(node)
        return self.known[key]

    def _read(self, node: ast.expr) -> Progress:
        stages = [stage for stage in self.work.plan.stages_of(node).values() if self.done > stage.first]
        found: Progress | None = None
        for stage in reversed(stages):
            own = self._stage_progress(stage)
            found = own if found is None else _later_cells(found, own)
            # Where every cell was worked on, nothing that came before it shows any more.
            if self.done - stage.first >= (stage.cells if stage.kind == "products" else stage.count):
                return found
        if found is not None and stages[0].first == 0:
            return found
        below = self._operands(node)
        return below if found is None else _later_cells(found, below)

    def _operands(self, node: ast.expr) -> Progress:
        """What the operands of a node have come to, laid out as its result is."""
        if isinstance(node, ast.Name) or is_constant(node):
            return _untouched(self.work.value(node))
        if is_layout_change(node):
            return self._moved(node)
        parts = [self.read(operand) for operand in operands(node)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return self._multiplied(parts[0], parts[1])
        if is_reduction(node):
            return self._reduced(node, parts[0])
        if function_name(node) == "outer":
            first, second = (_map_arrays(part, np.ravel) for part in parts)
            return _later_cells(_map_arrays(first, lambda array: array[:, None]), second)
        return reduce(_later_cells, parts)

    def _moved(self, node: ast.expr) -> Progress:
        """The same movement of both arrays."""
        parts = [self.read(operand) for operand in operands(node)]
        names = [f"_{at}" for at in range(len(parts))]
        moved = compile_lowered(
            lower(
                _with_operand_names(node, names),
                {name: p.last_operation.shape for name, p in zip(names, parts)},
            )
        )
        last, value, own, mine = (
            np.asarray(
                evaluate(moved, {name: part[at] for name, part in zip(names, parts)}, evaluation_scope())
            )
            for at in range(len(Progress._fields))
        )
        found = Progress(last, value, own, mine)
        return _without_own(found) if function_name(node) == "repeat" else found

    def _multiplied(self, left: Progress, right: Progress) -> Progress:
        """Before the products: the newest of the factors of each cell."""
        row, column = _latest_along(left, -1), _latest_along(right, 0)
        tall = row.last_operation.shape + (1,) * column.last_operation.ndim
        return _later_cells(_map_arrays(row, lambda array: array.reshape(tall)), column)

    def _reduced(self, node: ast.expr, part: Progress) -> Progress:
        assert isinstance(node, ast.Call)
        axis = axis_of(node, part.last_operation.ndim, None)
        shape = np.shape(self.work.value(node))
        if axis is None:
            part = _map_arrays(part, np.ravel)
        return _map_arrays(_latest_along(part, axis or 0), lambda array: array.reshape(shape))

    def _stage_progress(self, stage: Stage) -> Progress:
        """What a stage's own operations have given."""
        done = min(max(self.done - stage.first, 0), stage.count)
        if stage.kind == "products":
            last, value = self._products(stage, done)
        elif stage.kind == "sums":
            last, value = self._sums(stage, done)
        else:
            at = np.arange(stage.cells)
            last, value = np.where(at < done, stage.first + at, -1), np.ravel(self.work.value(stage.node))
        last, value = last.reshape(stage.shape), value.reshape(stage.shape)
        return Progress(last, value, last, value)

    def _products(self, stage: Stage, done: int) -> tuple[Any, Any]:
        rounds, rest = divmod(done, stage.cells)
        at = np.arange(stage.cells)
        terms = rounds - 1 + (at < rest)
        last = np.where(terms < 0, -1, stage.first + terms * stage.cells + at)
        if stage.terms == 1:
            return last, np.ravel(self.work.value(stage.node))
        now = self._term(stage, rounds) if rest else None
        before = self._term(stage, rounds - 1) if rounds else now
        if before is None:
            return last, np.zeros(stage.cells)
        return last, before if now is None else np.where(at < rest, now, before)

    def _term(self, stage: Stage, term: int) -> Any:
        """The same term of every cell."""
        assert isinstance(stage.node, ast.BinOp)
        left, right = self.work.value(stage.node.left), self.work.value(stage.node.right)
        return np.ravel(np.multiply.outer(left[..., term], right[term]))

    def _sums(self, stage: Stage, done: int) -> tuple[Any, Any]:
        each = stage.terms - 1
        whole, rest = divmod(done, each)
        at = np.arange(stage.cells)
        last = np.where(at < whole, stage.first + (at + 1) * each - 1, -1)
        value = np.ravel(self.work.totals(stage.node)).astype(float)
        if rest:
            last[whole] = stage.first + done - 1
            value[whole] = self.work.running_totals(stage, whole)[1][rest]
        return last, value


def _with_operand_names(node: ast.expr, names: list[str]) -> ast.expr:
    """A movement with names in the place of what it moves."""
    inner: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    match node:
        case ast.Attribute():
            return ast.Attribute(inner[0], node.attr, ast.Load())
        case ast.Subscript():
            return ast.Subscript(inner[0], node.slice, ast.Load())
        case ast.Call(func=ast.Attribute(attr=name)):
            return ast.Call(ast.Attribute(inner[0], name, ast.Load()), node.args, node.keywords)
        case ast.Call(args=[ast.List()]):
            return ast.Call(node.func, [ast.List(inner, ast.Load())], node.keywords)
        case ast.Call():
            return ast.Call(node.func, [inner[0], *node.args[1:]], node.keywords)
    raise AssertionError(ast.dump(node))


def _untouched(value: Any) -> Progress:
    last, numbers = np.full(np.shape(value), -1), np.asarray(value, float)
    return Progress(last, numbers, last, numbers)


def _map_arrays(part: Progress, move: Callable[[Any], Any]) -> Progress:
    """The same done with every array; what is one array stays one."""
    last, value = move(part.last_operation), move(part.value)
    if part.own_last_operation is part.last_operation:
        return Progress(last, value, last, value)
    return Progress(last, value, move(part.own_last_operation), move(part.own_value))


def _without_own(part: Progress) -> Progress:
    """What is for no cell alone."""
    return part._replace(own_last_operation=np.full(np.shape(part.last_operation), -1))


def _later_cells(one: Progress, other: Progress) -> Progress:
    """Cell by cell the one that was worked on last; what is spread over several cells is for none alone."""
    size = np.broadcast(one.last_operation, other.last_operation).size
    one, other = (part if part.last_operation.size == size else _without_own(part) for part in (one, other))
    last = _select_later(one.last_operation, one.value, other.last_operation, other.value)
    if one.own_last_operation is one.last_operation and other.own_last_operation is other.last_operation:
        return Progress(*last, *last)
    return Progress(
        *last,
        *_select_later(one.own_last_operation, one.own_value, other.own_last_operation, other.own_value),
    )


def _select_later(one: Any, value: Any, other: Any, others: Any) -> tuple[Any, Any]:
    first = one >= other
    return np.where(first, one, other), np.where(first, value, others)


def _latest_along(part: Progress, axis: int) -> Progress:
    """Along an axis the cell that was worked on last: one of several is not what they come to."""
    if not part.last_operation.ndim:
        return part
    at = np.expand_dims(part.last_operation.argmax(axis), axis)
    found = _map_arrays(part, lambda array: np.take_along_axis(array, at, axis).squeeze(axis))
    return found if part.last_operation.shape[axis] == 1 else _without_own(found)
