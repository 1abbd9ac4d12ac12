"""The partial values of an equation's result when some of its operations are done."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.plan import (
    Stage,
    StageKind,
    is_given,
    is_layout_change,
    is_reduction,
    number_operands,
    reads_no_numbers,
    reduced_axes,
    summed_lengths,
)
from bpstep.engine.micro.values import MicroValues, factor_views
from bpstep.lang.cells import Index
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shape_rules import axes_as_written, subscripts
from bpstep.lang.trees import function_name, index_parts, is_tensor_index, with_operands


class Progress(NamedTuple):
    """For each cell, the last operation that changed it, counted from 0, and the value then.

    -1: no operation has touched it yet, and its value means nothing. The same is kept for operations that
    belong to this cell alone: an intermediate result that several cells share, as the largest of a row, is no
    partial value of a cell.
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
        """The progress of a part of the equation."""
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
            # Where every cell has been changed, nothing earlier is visible any more.
            if self.done - stage.first >= (stage.cells if stage.kind == StageKind.PRODUCTS else stage.count):
                return found
        if found is not None and stages[0].first == 0:
            return found
        below = self._operands(node)
        return below if found is None else _later_cells(found, below)

    def _operands(self, node: ast.expr) -> Progress:
        """The progress of a node's operands, laid out as its result is."""
        if isinstance(node, ast.Name) or reads_no_numbers(node) or is_given(node):
            return _untouched(self.work.value(node))
        if is_layout_change(node):
            return self._moved(node)
        parts = [self.read(operand) for operand in number_operands(node)]
        name = function_name(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return self._multiplied(parts[0], parts[1])
        if is_reduction(node):
            return self._reduced(node, parts[0])
        if name == "einsum":
            return self._contracted(node, parts)
        if name == "overlap_add":
            return self._added_windows(node, parts[0])
        if name == "outer":
            first, second = (_map_arrays(part, np.ravel) for part in parts)
            return _later_cells(_map_arrays(first, lambda array: array[:, None]), second)
        return reduce(_later_cells, parts)

    def _moved(self, node: ast.expr) -> Progress:
        """Both arrays with their cells moved alike; a cell to which nothing is moved counts as untouched."""
        moved_operands = [node.value] if isinstance(node, ast.Subscript) else number_operands(node)
        parts = [self.read(operand) for operand in moved_operands]
        names = [f"_{at}" for at in range(len(parts))]
        shapes = {**self.work.shapes, **{name: p.value.shape for name, p in zip(names, parts)}}
        replaced = with_operands(node, [ast.Name(name, ast.Load()) for name in names])
        moved = compile_lowered(lower(replaced, shapes))

        read = {name: self.work.tensors[name] for name in self.work.step.reads}

        def move(field: str, offset: int) -> Any:
            arrays = {name: getattr(part, field) + offset for name, part in zip(names, parts)}
            result = evaluate(moved, {**read, **arrays}, evaluation_scope())
            return np.asarray(result) - offset

        # In a border of zeros, -1 marks cells as untouched.
        last, own = move("last_operation", 1), move("own_last_operation", 1)
        found = Progress(last, move("value", 0), own, move("own_value", 0))
        return _without_own(found) if _repeats(node) else found

    def _multiplied(self, left: Progress, right: Progress) -> Progress:
        """Before the products: the latest of the factors of each cell."""
        matrices = left.value.ndim > 1 and right.value.ndim > 1
        row = _latest_along(left, -1)
        column = _latest_along(right, -2 if right.value.ndim > 1 else 0)
        if matrices:
            row = _map_arrays(row, lambda array: array[..., :, None])
            column = _map_arrays(column, lambda array: array[..., None, :])
        return _later_cells(row, column)

    def _contracted(self, node: ast.expr, parts: list[Progress]) -> Progress:
        """Before the products of an einsum: the latest of the factors along the indices that are summed."""
        assert isinstance(node, ast.Call)
        shape = np.shape(self.work.value(node))
        lengths = summed_lengths(node, lambda operand: np.shape(self.work.value(operand)))

        def laid_out(at: int, array: Any) -> Any:
            arrays = [array if k == at else part.value for k, part in enumerate(parts)]
            return factor_views(node, arrays, (*shape, *lengths))[at].reshape(*shape, -1)

        found = [_map_arrays(part, partial(laid_out, at)) for at, part in enumerate(parts)]
        return reduce(_later_cells, [_latest_along(part, -1) for part in found])

    def _added_windows(self, node: ast.expr, part: Progress) -> Progress:
        """For each place, the number in a window that was changed last."""
        assert isinstance(node, ast.Call)
        shape = np.shape(self.work.value(node))
        axes = axes_as_written(node, len(shape)) or ()
        found = _untouched(np.zeros(shape))
        for within in np.ndindex(*part.value.shape[len(shape) :]):
            starts = dict(zip(axes, within))
            sizes = part.value.shape[: len(shape)]
            places = tuple(
                slice(starts.get(axis, 0), starts.get(axis, 0) + size) for axis, size in enumerate(sizes)
            )

            def placed(array: Any, empty: float, at: Index = within, to: Any = places) -> Any:
                spread = np.full(shape, empty, array.dtype)
                spread[to] = array[(..., *at)]
                return spread

            one = Progress(
                placed(part.last_operation, -1),
                placed(part.value, 0),
                placed(part.own_last_operation, -1),
                placed(part.own_value, 0),
            )
            found = _later_cells(found, one)
        return _without_own(found)

    def _reduced(self, node: ast.expr, part: Progress) -> Progress:
        assert isinstance(node, ast.Call)
        axes = reduced_axes(node, part.value.ndim)
        shape = np.shape(self.work.value(node))

        def laid_out(array: Any) -> Any:
            moved = np.moveaxis(array, axes, range(-len(axes), 0))
            return moved.reshape(*moved.shape[: array.ndim - len(axes)], -1)

        latest = _latest_along(_map_arrays(part, laid_out), -1)
        if function_name(node) == "einsum":
            (letters,), result = subscripts(node)
            kept = [letter for letter in letters if letter in result]
            order = [kept.index(letter) for letter in result]
            return _map_arrays(latest, lambda array: np.transpose(array, order))
        return _map_arrays(latest, lambda array: array.reshape(shape))

    def _stage_progress(self, stage: Stage) -> Progress:
        """The progress that a stage's own operations have made."""
        done = min(max(self.done - stage.first, 0), stage.count)
        if stage.kind == StageKind.PRODUCTS:
            last, value = self._products(stage, done)
        elif stage.kind == StageKind.SUMS:
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
        """One term of the sum, for every cell at once."""
        views, lengths = self.work.factors(stage.node)
        place = np.unravel_index(term, lengths)
        return np.ravel(reduce(operator.mul, [view[(..., *place)] for view in views]))

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


def _repeats(node: ast.expr) -> bool:
    """True if a movement may put one cell in several places."""
    if isinstance(node, ast.Subscript):
        return any(map(is_tensor_index, index_parts(node)))
    return function_name(node) in ("repeat", "windows")


def _untouched(value: Any) -> Progress:
    last, numbers = np.full(np.shape(value), -1), np.asarray(value, float)
    return Progress(last, numbers, last, numbers)


def _map_arrays(part: Progress, move: Callable[[Any], Any]) -> Progress:
    """Apply a function to every array; arrays that are the same object stay the same object."""
    last, value = move(part.last_operation), move(part.value)
    if part.own_last_operation is part.last_operation:
        return Progress(last, value, last, value)
    return Progress(last, value, move(part.own_last_operation), move(part.own_value))


def _without_own(part: Progress) -> Progress:
    """The progress without anything that belongs to one cell alone."""
    return part._replace(own_last_operation=np.full(np.shape(part.last_operation), -1))


def _later_cells(one: Progress, other: Progress) -> Progress:
    """Cell by cell, the one changed last; what is broadcast to several cells belongs to none alone."""
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
    """Along an axis, the cell changed last: one of several is not their common value."""
    if not part.last_operation.ndim:
        return part
    at = np.expand_dims(part.last_operation.argmax(axis), axis)
    found = _map_arrays(part, lambda array: np.take_along_axis(array, at, axis).squeeze(axis))
    return found if part.last_operation.shape[axis] == 1 else _without_own(found)
