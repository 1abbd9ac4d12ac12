"""The arithmetic of one cell of an operation's result: the cells it reads, and how it combines them.

A recipe covers one operation; its reader continues with the operands whose cells it reads.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

import numpy as np

from bpstep.frozen import frozen
from bpstep.lang import shape_rules
from bpstep.lang.cells import Index, index_of_place
from bpstep.lang.shape_rules import Inner, Shape, slice_bounds, whole, wholes
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_tensor_index,
    keepdims,
    listed_items,
)


@frozen
class Take:
    """A cell of an operand."""

    operand: ast.expr
    index: Index


@frozen
class Given:
    """A number that depends on no tensor."""

    value: float


@frozen
class ApplyRecipe:
    """An operator or elementwise function on a few numbers."""

    operator: str
    arguments: tuple[Recipe, ...]


@frozen
class FoldRecipe:
    """Many terms under sum, mean, max, min, any, all or argmax; terms are made on demand."""

    kind: str
    count: int
    term: Callable[[int], Recipe]


Recipe = Take | Given | ApplyRecipe | FoldRecipe
CellRule = Callable[[ast.Call, Index, Inner], Recipe]
NumberAt = Callable[[ast.expr, Index], float]
"""The number in a cell of an operand: only an index by a tensor needs one."""


def _spots(shape: Shape, index: Index) -> Index:
    """The index of an operand's cell that broadcasting pairs with a result's cell."""
    tail = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else at for at, size in zip(tail, shape))


def _ravel(index: Index, shape: Shape) -> int:
    return int(np.ravel_multi_index(index, shape)) if shape else 0


def folded(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """A reduction over axes."""
    operand = node.args[0]
    shape = inner(operand)
    axes = shape_rules.axes_of(node, len(shape))
    gone = tuple(range(len(shape))) if axes is None else axes
    if keepdims(node):
        index = tuple(at for axis, at in enumerate(index) if axis not in gone)
    lengths = tuple(shape[axis] for axis in gone)

    def term(k: int) -> Recipe:
        within, rest = iter(index_of_place(k, lengths)), iter(index)
        return Take(operand, tuple(next(within if axis in gone else rest) for axis in range(len(shape))))

    return FoldRecipe(function_name(node), math.prod(lengths), term)


def matmul_cell(left: ast.expr, right: ast.expr, index: Index, inner: Inner) -> Recipe:
    """A cell of left @ right, of any number of axes."""
    a, b = inner(left), inner(right)
    row = index[:-1] if len(b) > 1 else index
    lead = index[: len(index) - (len(a) > 1) - (len(b) > 1)]

    def term(k: int) -> Recipe:
        first = (*_spots(a[:-2], lead), row[-1], k) if len(a) > 1 else (k,)
        second = (*_spots(b[:-2], lead), k, index[-1]) if len(b) > 1 else (k,)
        return ApplyRecipe("*", (Take(left, first), Take(right, second)))

    return FoldRecipe("sum", a[-1], term)


def outer(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """One cell times another."""
    return ApplyRecipe(
        "*", tuple(Take(side, index_of_place(at, inner(side))) for side, at in zip(node.args, index))
    )


def einsum(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """A sum of products over the indices that the result lacks."""
    parts, result = shape_rules.subscripts(node)
    lengths: dict[str, int] = {}
    for letters, operand in zip(parts, node.args[1:]):
        lengths.update(zip(letters, inner(operand)))
    summed = [letter for letter in lengths if letter not in result]
    along = tuple(lengths[letter] for letter in summed)
    fixed = dict(zip(result, index))

    def term(k: int) -> Recipe:
        at = {**fixed, **dict(zip(summed, index_of_place(k, along)))}
        cells: tuple[Recipe, ...] = tuple(
            Take(operand, tuple(at[letter] for letter in letters))
            for letters, operand in zip(parts, node.args[1:])
        )
        return _chained("*", cells)

    return FoldRecipe("sum", math.prod(along), term) if summed else term(0)


def repeat(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The cell that is repeated."""
    operand = node.args[0]
    shape = inner(operand)
    times = whole(node.args[1], inner) or 1
    axes = shape_rules.axes_of(node, len(shape))
    if axes is None:
        return Take(operand, index_of_place(index[0] // times, shape))
    axis = axes[0]
    return Take(operand, (*index[:axis], index[axis] // times, *index[axis + 1 :]))


def concatenate(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The cell of the part that contains it."""
    parts = listed_items(node)
    axis = (shape_rules.axes_of(node, len(inner(parts[0]))) or (0,))[0]
    at = index[axis]
    for part in parts:
        size = inner(part)[axis]
        if at < size:
            return Take(part, (*index[:axis], at, *index[axis + 1 :]))
        at -= size
    raise IndexError(index)


def stack(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The cell of one of the parts."""
    parts = listed_items(node)
    axis = (shape_rules.axes_of(node, len(inner(parts[0])) + 1) or (0,))[0]
    return Take(parts[index[axis]], index[:axis] + index[axis + 1 :])


def swapaxes(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The cell at the exchanged indices."""
    a, b = shape_rules.swapped_axes(node, len(index), inner)
    found = list(index)
    found[a], found[b] = found[b], found[a]
    return Take(node.args[0], tuple(found))


def transpose(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The cell at the indices in their old order."""
    order = shape_rules.permutation(node, len(index), inner)
    return Take(node.args[0], tuple(index[order.index(axis)] for axis in range(len(index))))


def pad(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """A cell, or 0 in the border."""
    shape = inner(node.args[0])
    widths = shape_rules.pad_widths(node, len(shape), inner)
    found = tuple(at - before for at, (before, _) in zip(index, widths))
    if all(0 <= at < size for at, size in zip(found, shape)):
        return Take(node.args[0], found)
    return Given(0.0)


def windows(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The cell at the position in the window."""
    rank = len(inner(node.args[0]))
    axes, _ = shape_rules.window_axes(node, rank, inner)
    found = list(index[:rank])
    for axis, at in zip(axes, index[rank:]):
        found[axis] += at
    return Take(node.args[0], tuple(found))


def overlap_add(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The sum of all windows' numbers at this position."""
    shape = inner(node.args[0])
    rank = len(index)
    axes = shape_rules.axes_as_written(node, rank) or ()
    lengths = shape[rank:]
    found = []
    for k in range(math.prod(lengths)):
        within = index_of_place(k, lengths)
        start = list(index)
        for axis, at in zip(axes, within):
            start[axis] -= at
        if all(0 <= at < size for at, size in zip(start, shape)):
            found.append(Take(node.args[0], (*start, *within)))
    return FoldRecipe("sum", len(found), lambda k: found[k])


def one_hot(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """1 in the position of a class; as in an index, a negative number counts from the end."""
    number, at = Take(node.args[0], index[:-1]), float(index[-1])
    count = float(inner(node)[-1])
    place = ApplyRecipe(
        "where", (ApplyRecipe("<", (number, Given(0.0))), ApplyRecipe("+", (number, Given(count))), number)
    )
    return ApplyRecipe("where", (ApplyRecipe("==", (place, Given(at))), Given(1.0), Given(0.0)))


def arange(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """The whole number at this position of the range."""
    return Given(float(range(*wholes(node.args, inner))[index[0]]))


def size(node: ast.Call, _index: Index, inner: Inner) -> Recipe:
    """The number of cells that is counted."""
    return Given(float(whole(node, inner) or 0))


def filled(value: float) -> CellRule:
    """The rule of a function that fills an array with one number."""
    return lambda node, index, inner: Given(value)


def _chained(operator: str, parts: tuple[Recipe, ...]) -> Recipe:
    """An operator between several parts: a * b * c."""
    found = parts[0]
    for part in parts[1:]:
        found = ApplyRecipe(operator, (found, part))
    return found


def subscript(node: ast.Subscript, index: Index, inner: Inner, number: NumberAt) -> Take:
    """The cell that value[…] selects; for a tensor between the brackets, the cell that its number gives."""
    parts = index_parts(node)
    shape = inner(node.value)
    tensors = [part for part in parts if is_tensor_index(part)]
    blocks = [inner(part) for part in tensors]
    block_rank = max(map(len, blocks), default=0)
    block: Index = ()
    taken_block = False
    rest, sizes = list(index), iter(shape)
    found: list[int] = []
    for part in parts:
        if is_new_axis(part):
            rest.pop(0)
            continue
        size = next(sizes)
        if isinstance(part, ast.Slice):
            found.append(range(*slice_bounds(part, size))[rest.pop(0)])
            continue
        if tensors and not taken_block:
            block, rest, taken_block = tuple(rest[:block_rank]), rest[block_rank:], True
        at = int_literal(part)
        if at is None:
            at = int(number(part, _spots(inner(part), block)))
        found.append(at % size)
    return Take(node.value, (*found, *rest))


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def operator_recipe(node: ast.expr, index: Index, inner: Inner, number: NumberAt) -> Recipe:
    """The arithmetic of one cell of anything but a function call."""
    match node:
        case ast.Constant():
            return Given(float(node.value))  # type: ignore[arg-type]
        case ast.UnaryOp():
            return ApplyRecipe("neg", (Take(node.operand, index),))
        case ast.BinOp(op=ast.MatMult()):
            return matmul_cell(node.left, node.right, index, inner)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return elementwise(_OPERATORS[type(op)], (left, right), index, inner)
        case ast.Attribute():
            return Take(node.value, index[::-1])
        case ast.Subscript():
            return subscript(node, index, inner, number)
        case ast.Call(func=ast.Attribute(value=value)):
            return Take(value, index_of_place(_ravel(index, inner(node)), inner(value)))
    raise AssertionError(f"{type(node).__name__} passed the grammar")


def elementwise(operator: str, sides: tuple[ast.expr, ...], index: Index, inner: Inner) -> ApplyRecipe:
    """An operator or function on the cells that broadcasting pairs."""
    return ApplyRecipe(operator, tuple(Take(side, _spots(inner(side), index)) for side in sides))
