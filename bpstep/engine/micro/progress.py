"""What the cells of an equation's result have come to when some of its operations are done."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.micro.plan import Stage, called, is_fixed, is_move, is_reduction, operands
from bpstep.engine.micro.values import Work
from bpstep.lang.lowering import code, functions, lower, run
from bpstep.lang.shapes import axis_of


class Progress(NamedTuple):
    """For each cell the operation that was the last to work on it, counted from 0, and what that gave.

    -1: nothing was done for it yet, and its value means nothing. The same is kept of the operations for the
    very cell: what several cells have in common, as the largest of a row, is not what a cell has come to.
    """

    last: NDArray[np.int64]
    value: NDArray[np.float64]
    own: NDArray[np.int64]
    mine: NDArray[np.float64]


def progress(work: Work, done: int) -> Progress:
    """The cells of the equation's result when `done` operations are done."""
    with np.errstate(all="ignore"):
        return _Reader(work, done, {}).read(work.plan.tree)


@dataclass(frozen=True)
class _Reader:
    work: Work
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
            own = self._own(stage)
            found = own if found is None else _newer(found, own)
            # Where every cell was worked on, nothing that came before it shows any more.
            if self.done - stage.first >= (stage.cells if stage.part == "products" else stage.count):
                return found
        if found is not None and stages[0].first == 0:
            return found
        below = self._below(node)
        return below if found is None else _newer(found, below)

    def _below(self, node: ast.expr) -> Progress:
        """What the operands of a node have come to, laid out as its result is."""
        if isinstance(node, ast.Name) or is_fixed(node):
            return _nothing(self.work.value(node))
        if is_move(node):
            return self._moved(node)
        parts = [self.read(operand) for operand in operands(node)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return self._multiplied(parts[0], parts[1])
        if is_reduction(node):
            return self._reduced(node, parts[0])
        if called(node) == "outer":
            first, second = (_each(part, np.ravel) for part in parts)
            return _newer(_each(first, lambda array: array[:, None]), second)
        return reduce(_newer, parts)

    def _moved(self, node: ast.expr) -> Progress:
        """The same movement of both arrays."""
        parts = [self.read(operand) for operand in operands(node)]
        names = [f"_{at}" for at in range(len(parts))]
        moved = code(lower(_shallow(node, names), {name: p.last.shape for name, p in zip(names, parts)}))
        last, value, own, mine = (
            np.asarray(run(moved, {name: part[at] for name, part in zip(names, parts)}, functions()))
            for at in range(len(Progress._fields))
        )
        found = Progress(last, value, own, mine)
        return _shared(found) if called(node) == "repeat" else found

    def _multiplied(self, left: Progress, right: Progress) -> Progress:
        """Before the products: the newest of the factors of each cell."""
        row, column = _newest(left, -1), _newest(right, 0)
        tall = row.last.shape + (1,) * column.last.ndim
        return _newer(_each(row, lambda array: array.reshape(tall)), column)

    def _reduced(self, node: ast.expr, part: Progress) -> Progress:
        assert isinstance(node, ast.Call)
        axis = axis_of(node, part.last.ndim, None)
        shape = np.shape(self.work.value(node))
        if axis is None:
            part = _each(part, np.ravel)
        return _each(_newest(part, axis or 0), lambda array: array.reshape(shape))

    def _own(self, stage: Stage) -> Progress:
        """What a stage's own operations have given."""
        done = min(max(self.done - stage.first, 0), stage.count)
        if stage.part == "products":
            last, value = self._products(stage, done)
        elif stage.part == "sums":
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
            value[whole] = self.work.running(stage, whole)[1][rest]
        return last, value


def _shallow(node: ast.expr, names: list[str]) -> ast.expr:
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


def _nothing(value: Any) -> Progress:
    last, numbers = np.full(np.shape(value), -1), np.asarray(value, float)
    return Progress(last, numbers, last, numbers)


def _each(part: Progress, move: Callable[[Any], Any]) -> Progress:
    """The same done with every array; what is one array stays one."""
    last, value = move(part.last), move(part.value)
    if part.own is part.last:
        return Progress(last, value, last, value)
    return Progress(last, value, move(part.own), move(part.mine))


def _shared(part: Progress) -> Progress:
    """What is for no cell alone."""
    return part._replace(own=np.full(np.shape(part.last), -1))


def _newer(one: Progress, other: Progress) -> Progress:
    """Cell by cell the one that was worked on last; what is spread over several cells is for none alone."""
    size = np.broadcast(one.last, other.last).size
    one, other = (part if part.last.size == size else _shared(part) for part in (one, other))
    last = _later(one.last, one.value, other.last, other.value)
    if one.own is one.last and other.own is other.last:
        return Progress(*last, *last)
    return Progress(*last, *_later(one.own, one.mine, other.own, other.mine))


def _later(one: Any, value: Any, other: Any, others: Any) -> tuple[Any, Any]:
    first = one >= other
    return np.where(first, one, other), np.where(first, value, others)


def _newest(part: Progress, axis: int) -> Progress:
    """Along an axis the cell that was worked on last: one of several is not what they come to."""
    if not part.last.ndim:
        return part
    at = np.expand_dims(part.last.argmax(axis), axis)
    found = _each(part, lambda array: np.take_along_axis(array, at, axis).squeeze(axis))
    return found if part.last.shape[axis] == 1 else _shared(found)
