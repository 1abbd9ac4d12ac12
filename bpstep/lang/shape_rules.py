"""The shape of each kind of operation, from the shapes of its operands.

A rule takes the node and a function that returns the shape of an operand. `bpstep.lang.functions` assigns the
rules to functions, `bpstep.lang.shapes` applies them to a whole tree.
"""

from __future__ import annotations

import ast
import math
import string
from collections.abc import Callable, Sequence

from bpstep.errors import ExpressionError
from bpstep.lang import messages
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_tensor_index,
    keepdims,
    keyword,
    listed_items,
    reshape_sizes,
    short,
    shortened,
)
from bpstep.text import fill, fill_plural

Shape = tuple[int, ...]
Inner = Callable[[ast.expr], Shape]
"""Returns the shape of an operand."""
ShapeRule = Callable[[ast.Call, Inner], Shape]

MAX_PRODUCTS = 2**34
"""The most multiplications of a matrix product or an einsum: some seconds."""

NEVER_EMPTY = ("max", "min", "mean", "argmax", "var", "std")
"""Reductions that have no sensible value for zero cells."""


def shape_text(shape: Shape) -> str:
    """A shape as people write it: 2×3; a scalar is 'one number'."""
    return "×".join(map(str, shape)) or fill(messages.ONE_NUMBER)


def broadcast(node: ast.expr, *shapes: Shape) -> Shape:
    """NumPy's broadcasting rule; the error names the expression and the shapes."""
    rank = max(map(len, shapes))
    result = []
    for sizes in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes)):
        wide = {size for size in sizes if size != 1}
        if len(wide) > 1:
            raise _do_not_fit(node, *shapes)
        result.append(wide.pop() if wide else 1)
    return tuple(result)


def _do_not_fit(node: ast.expr, *shapes: Shape) -> ExpressionError:
    listed = ", ".join(map(shape_text, shapes))
    return ExpressionError(fill(messages.SHAPES_DO_NOT_FIT, expression=short(node), shapes=listed))


def whole(node: ast.expr | None, inner: Inner) -> int | None:
    """The whole number that a node stands for: 3, -1, size(X, 0), 2 * size(X, 0); None for anything else."""
    match node:
        case None:
            return None
        case ast.Call(func=ast.Name(id="size")):
            shape = inner(node.args[0])
            axis = whole(node.args[1], inner) if len(node.args) > 1 else None
            if axis is not None and -len(shape) <= axis < len(shape):
                return shape[axis]
            return math.prod(shape) if len(node.args) == 1 else None
        case ast.BinOp(op=ast.Mult() | ast.Add() | ast.Sub()):
            left, right = whole(node.left, inner), whole(node.right, inner)
            if left is None or right is None:
                return None
            if isinstance(node.op, ast.Mult):
                return left * right
            return left - right if isinstance(node.op, ast.Sub) else left + right
    return int_literal(node)


def wholes(nodes: Sequence[ast.expr], inner: Inner) -> list[int]:
    """The whole numbers that arguments stand for, each by itself or all in one list or tuple.

    ExpressionError if one of them is not a whole number.
    """
    if len(nodes) == 1 and isinstance(nodes[0], ast.List | ast.Tuple):
        nodes = nodes[0].elts
    found = [whole(node, inner) for node in nodes]
    if None in found:
        listed = shortened(", ".join(map(ast.unparse, nodes)))
        raise ExpressionError(fill(messages.NOT_WHOLE_NUMBERS, expression=listed))
    return [at for at in found if at is not None]


def axes_of(node: ast.Call, rank: int) -> tuple[int, ...] | None:
    """The axes that a call names, counted from 0 and in ascending order; None if it names none."""
    axes = axes_as_written(node, rank)
    return None if axes is None else tuple(sorted(axes))


def axes_as_written(node: ast.Call, rank: int) -> tuple[int, ...] | None:
    """The same in the order of the call, which pairs them with the lengths of windows."""
    given = keyword(node, "axis")
    if given is None:
        return None
    listed = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
    found = []
    for item in listed:
        axis = int_literal(item)
        assert axis is not None
        found.append(checked_axis(node, axis, rank))
    if len(set(found)) < len(found):
        raise ExpressionError(fill(messages.AXIS_TWICE, expression=short(node)))
    return tuple(found)


def checked_axis(node: ast.expr, axis: int, rank: int) -> int:
    """An axis counted from 0. ExpressionError if there is no such axis."""
    if not -rank <= axis < rank:
        one, many = messages.NO_SUCH_AXIS_ONE, messages.NO_SUCH_AXIS_MANY
        raise ExpressionError(fill_plural(rank, one, many, expression=short(node), axis=shortened(str(axis))))
    return axis % rank


def axis_of(node: ast.Call, rank: int, default: int | None) -> int | None:
    """The single axis that a call names, counted from 0; `default` if it names none."""
    axes = axes_of(node, rank)
    return default if axes is None else axes[0]


def matmul(node: ast.expr, left: Shape, right: Shape) -> Shape:
    """The shape of left @ right, with NumPy's rules for one axis and for more than two."""
    slots = {"expression": short(node), "left": shape_text(left), "right": shape_text(right)}
    if not left or not right or left[-1] != right[max(len(right) - 2, 0)]:
        raise ExpressionError(fill(messages.MATMUL_SHAPES, **slots))
    if len(left) == 1 or len(right) == 1:
        result = left[:-1] + (right[:-2] + right[-1:] if len(right) > 1 else ())
    else:
        result = (*broadcast(node, left[:-2], right[:-2]), left[-2], right[-1])
    if math.prod(result) * left[-1] > MAX_PRODUCTS:
        raise ExpressionError(fill(messages.MATMUL_TOO_LARGE, **slots))
    return result


def slice_bounds(part: ast.Slice, size: int) -> tuple[int, int, int]:
    """Start, stop and step of a slice along an axis of `size`."""
    ends = [None if end is None else int_literal(end) for end in (part.lower, part.upper, part.step)]
    if ends[2] == 0:
        raise ExpressionError(fill(messages.ZERO_SLICE_STEP))
    return slice(*ends).indices(size)


def subscript(node: ast.Subscript, shape: Shape, inner: Inner) -> Shape:
    """The shape of value[…] for whole numbers, slices, None, and tensors of whole numbers side by side."""
    parts = index_parts(node)
    taken = sum(not is_new_axis(part) for part in parts)
    if taken > len(shape):
        slots = {"expression": short(node), "count": taken, "shape": shape_text(shape)}
        raise ExpressionError(fill(messages.TOO_MANY_INDICES, **slots))
    result: list[int] = []
    sizes = iter(shape)
    tensors: list[Shape] = []
    place = 0
    advanced = any(map(is_tensor_index, parts))
    for part in parts:
        if is_new_axis(part):
            result.append(1)
            continue
        size = next(sizes)
        if isinstance(part, ast.Slice):
            result.append(len(range(*slice_bounds(part, size))))
            continue
        _check_index(node, part, size, shape)
        if advanced:
            # Beside tensors, a number counts as one: NumPy broadcasts it with them.
            if tensors and place != len(result):
                raise ExpressionError(fill(messages.INDICES_APART, expression=short(node)))
            place = len(result)
            tensors.append(inner(part) if is_tensor_index(part) else ())
    if tensors:
        result[place:place] = broadcast(node, *tensors)
    return (*result, *sizes)


def _check_index(node: ast.Subscript, part: ast.expr, size: int, shape: Shape) -> None:
    at = int_literal(part)
    if at is not None and not -size <= at < size:
        shown, found = shortened(str(at)), shape_text(shape)
        raise ExpressionError(fill(messages.NO_SUCH_INDEX, expression=short(node), index=shown, shape=found))


def reshape(node: ast.Call, shape: Shape, inner: Inner) -> Shape:
    """The shape that .reshape asks for."""
    sizes = wholes(reshape_sizes(node), inner)
    cells, known = math.prod(shape), math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and known > 0:
        sizes[sizes.index(-1)] = cells // known
    if min(sizes, default=0) < 0 or math.prod(sizes) != cells:
        one, many = messages.RESHAPE_DOES_NOT_FIT_ONE, messages.RESHAPE_DOES_NOT_FIT_MANY
        raise ExpressionError(fill_plural(cells, one, many, expression=short(node), shape=shape_text(shape)))
    return tuple(sizes)


def reduction(node: ast.Call, inner: Inner) -> Shape:
    """The operand's shape without the axes that are reduced, or with 1 in their place if they are kept."""
    shape = inner(node.args[0])
    axes = axes_of(node, len(shape))
    reduced = range(len(shape)) if axes is None else axes
    name = function_name(node)
    if name == "argmax" and axes is not None and len(axes) > 1:
        raise ExpressionError(fill(messages.ONE_AXIS, name=name))
    if name in NEVER_EMPTY and not all(shape[axis] for axis in reduced):
        raise ExpressionError(fill(messages.NOTHING_TO_REDUCE, expression=short(node), function=name))
    if keepdims(node):
        return tuple(1 if axis in reduced else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in reduced)


def softmax(node: ast.Call, inner: Inner) -> Shape:
    """The operand's shape: softmax runs along the last axis and keeps it."""
    shape = inner(node.args[0])
    if shape[-1:] == (0,):
        raise ExpressionError(fill(messages.NOTHING_TO_REDUCE, expression=short(node), function="softmax"))
    return shape


def repeat(node: ast.Call, inner: Inner) -> Shape:
    """The operand's shape with one axis longer, or one row of all cells if no axis is named."""
    shape = inner(node.args[0])
    times = whole(node.args[1], inner)
    if times is None or times < 1:
        raise ExpressionError(fill(messages.REPEAT_ARGUMENT))
    axis = axis_of(node, len(shape), None)
    if axis is None:
        return (math.prod(shape) * times,)
    return (*shape[:axis], shape[axis] * times, *shape[axis + 1 :])


def concatenate(node: ast.Call, inner: Inner) -> Shape:
    """The shape of the first array, with the lengths of all along the axis added up."""
    parts = [inner(item) for item in listed_items(node)]
    first = parts[0]
    if not first:
        raise ExpressionError(fill(messages.CONCATENATED_NUMBERS, expression=short(node)))
    axis = axis_of(node, len(first), 0) or 0
    for part in parts[1:]:
        if len(part) != len(first) or part[:axis] + part[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise _do_not_fit(node, first, part)
    return (*first[:axis], sum(part[axis] for part in parts), *first[axis + 1 :])


def stack(node: ast.Call, inner: Inner) -> Shape:
    """The shape of one array, with a new axis for the arrays."""
    parts = [inner(item) for item in listed_items(node)]
    for part in parts[1:]:
        if part != parts[0]:
            raise _do_not_fit(node, parts[0], part)
    axis = axis_of(node, len(parts[0]) + 1, 0) or 0
    return (*parts[0][:axis], len(parts), *parts[0][axis:])


def outer(node: ast.Call, inner: Inner) -> Shape:
    """A row for each cell of the first operand, a column for each cell of the second."""
    return (math.prod(inner(node.args[0])), math.prod(inner(node.args[1])))


def dot(node: ast.Call, inner: Inner) -> Shape:
    """The shape of a matrix product, or of a product with a scalar."""
    left, right = inner(node.args[0]), inner(node.args[1])
    if not left or not right:
        return left or right
    if len(right) > 2:
        raise ExpressionError(fill(messages.DOT_OF_STACKS, expression=short(node)))
    return matmul(node, left, right)


def matmul_call(node: ast.Call, inner: Inner) -> Shape:
    """matmul(a, b), which is a @ b."""
    return matmul(node, inner(node.args[0]), inner(node.args[1]))


def one_hot(node: ast.Call, inner: Inner) -> Shape:
    """A new last axis with a cell for each class."""
    count = whole(node.args[1], inner)
    if count is None or count < 1:
        raise ExpressionError(fill(messages.ONE_HOT_ARGUMENT))
    return (*inner(node.args[0]), count)


def arange(node: ast.Call, inner: Inner) -> Shape:
    """One axis, with as many cells as the range has whole numbers."""
    bounds = wholes(node.args, inner)
    if bounds[2:] == [0]:
        raise ExpressionError(fill(messages.ZERO_STEP, expression=short(node)))
    return (len(range(*bounds)),)


def filled(node: ast.Call, inner: Inner) -> Shape:
    """The shape that zeros((2, 3)) asks for."""
    sizes = wholes(node.args, inner)
    if min(sizes, default=0) < 0:
        raise ExpressionError(fill(messages.NOT_WHOLE_NUMBERS, expression=short(node)))
    return tuple(sizes)


def size(node: ast.Call, inner: Inner) -> Shape:
    """A scalar; ExpressionError if the operand has no such axis."""
    shape = inner(node.args[0])
    if len(node.args) > 1:
        checked_axis(node, wholes(node.args[1:], inner)[0], len(shape))
    return ()


def swapped_axes(node: ast.Call, rank: int, inner: Inner) -> tuple[int, int]:
    """The two axes that swapaxes exchanges, counted from 0."""
    a, b = wholes(node.args[1:], inner)
    return checked_axis(node, a, rank), checked_axis(node, b, rank)


def swapaxes(node: ast.Call, inner: Inner) -> Shape:
    """The operand's shape with two sizes exchanged."""
    sizes = list(inner(node.args[0]))
    a, b = swapped_axes(node, len(sizes), inner)
    sizes[a], sizes[b] = sizes[b], sizes[a]
    return tuple(sizes)


def permutation(node: ast.Call, rank: int, inner: Inner) -> list[int]:
    """The order of the axes in transpose(x, (1, 0, 2)); reversed if none is given."""
    given = keyword(node, "axes") or (node.args[1] if len(node.args) > 1 else None)
    if given is None:
        return list(range(rank))[::-1]
    order = [checked_axis(node, axis, rank) for axis in wholes([given], inner)]
    if sorted(order) != list(range(rank)):
        one, many = messages.EVERY_AXIS_ONE, messages.EVERY_AXIS_MANY
        raise ExpressionError(fill_plural(rank, one, many, expression=short(node)))
    return order


def turns_matrices(node: ast.Call, rank: int, inner: Inner) -> bool:
    """True if swapaxes or transpose only transposes a matrix, or each matrix of a stack."""
    if function_name(node) == "swapaxes":
        return sorted(swapped_axes(node, rank, inner)) == [rank - 2, rank - 1]
    order = permutation(node, rank, inner)
    return order == [*range(rank - 2), rank - 1, rank - 2]


def transpose(node: ast.Call, inner: Inner) -> Shape:
    """The operand's shape with the sizes in another order."""
    shape = inner(node.args[0])
    return tuple(shape[axis] for axis in permutation(node, len(shape), inner))


def pad_widths(node: ast.Call, rank: int, inner: Inner) -> list[tuple[int, int]]:
    """The zeros before and after each axis: pad(x, ((0, 0), (1, 1))), pad(x, 1)."""
    given = node.args[1]
    alone = whole(given, inner)
    if alone is not None:
        found = [(alone, alone)] * rank
    else:
        pairs = given.elts if isinstance(given, ast.Tuple | ast.List) else []
        ends = [wholes([pair], inner) for pair in pairs]
        found = [(pair[0], pair[1]) for pair in ends if len(pair) == 2]
        if len(found) < len(pairs):
            found = []
    if len(found) != rank or any(min(ends) < 0 for ends in found):
        one, many = messages.PAD_WIDTHS_ONE, messages.PAD_WIDTHS_MANY
        raise ExpressionError(fill_plural(rank, one, many, expression=short(node)))
    return found


def pad(node: ast.Call, inner: Inner) -> Shape:
    """The operand's shape, each axis longer by its padding."""
    shape = inner(node.args[0])
    widths = pad_widths(node, len(shape), inner)
    return tuple(before + size + after for size, (before, after) in zip(shape, widths))


def window_axes(node: ast.Call, rank: int, inner: Inner) -> tuple[list[int], list[int]]:
    """The axes of windows(x, (3, 3), axis=(1, 2)), and the windows' lengths."""
    lengths = wholes(node.args[1:2], inner)
    axes = axes_as_written(node, rank)
    slid = list(range(rank)) if axes is None else list(axes)
    if len(lengths) != len(slid):
        one, many = messages.WINDOW_LENGTHS_ONE, messages.WINDOW_LENGTHS_MANY
        raise ExpressionError(fill_plural(len(slid), one, many, expression=short(node)))
    return slid, lengths


def windows(node: ast.Call, inner: Inner) -> Shape:
    """First the number of windows along each axis, then their lengths."""
    whole_shape = inner(node.args[0])
    shape = list(whole_shape)
    axes, lengths = window_axes(node, len(shape), inner)
    for axis, length in zip(axes, lengths):
        if not 1 <= length <= shape[axis]:
            slots = {"expression": short(node), "length": length, "shape": shape_text(whole_shape)}
            raise ExpressionError(fill(messages.NO_SUCH_WINDOW, **slots))
        shape[axis] -= length - 1
    return (*shape, *lengths)


def overlap_add(node: ast.Call, inner: Inner) -> Shape:
    """The shape of the array that the windows were taken from."""
    shape = inner(node.args[0])
    given = keyword(node, "axis")
    count = len(given.elts) if isinstance(given, ast.Tuple | ast.List) else 1
    rank = len(shape) - count
    if given is None or rank < 1:
        raise ExpressionError(fill(messages.OVERLAP_ADD_AXIS, expression=short(node)))
    axes = axes_as_written(node, rank) or ()
    result = list(shape[:rank])
    for axis, length in zip(axes, shape[rank:]):
        result[axis] += length - 1
    return tuple(result)


def subscripts(node: ast.Call) -> tuple[list[str], str]:
    """The letters of einsum("ij,jk->ik", a, b): those of each operand, and of the result."""
    first = node.args[0] if node.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        raise ExpressionError(fill(messages.EINSUM_INDICES_FIRST))
    left, arrow, result = first.value.replace(" ", "").partition("->")
    parts = left.split(",")
    letters = set(left) - {","}
    if not arrow or len(parts) != len(node.args) - 1 or not (letters | set(result)) <= _LETTERS:
        raise ExpressionError(fill(messages.EINSUM_INDICES))
    if not set(result) <= letters or any(len(set(part)) < len(part) for part in [*parts, result]):
        raise ExpressionError(fill(messages.EINSUM_INDEX_TWICE))
    return parts, result


_LETTERS = set(string.ascii_letters)


def index_sizes(node: ast.Call, inner: Inner) -> dict[str, int]:
    """The length of the axis that each index of an einsum runs along, by the index's letter."""
    parts, _ = subscripts(node)
    sizes: dict[str, int] = {}
    for letters, operand in zip(parts, node.args[1:]):
        shape = inner(operand)
        if len(shape) != len(letters):
            slots = {"expression": short(node), "indices": letters, "shape": shape_text(shape)}
            raise ExpressionError(fill(messages.EINSUM_RANK, **slots))
        for letter, length in zip(letters, shape):
            if sizes.setdefault(letter, length) != length:
                one, two = sizes[letter], length
                raise ExpressionError(
                    fill(messages.EINSUM_SIZES, expression=short(node), index=letter, one=one, two=two)
                )
    return sizes


def einsum(node: ast.Call, inner: Inner) -> Shape:
    """The sizes of the result's indices."""
    sizes = index_sizes(node, inner)
    if math.prod(sizes.values()) > MAX_PRODUCTS:
        raise ExpressionError(fill(messages.EINSUM_TOO_LARGE, expression=short(node)))
    return tuple(sizes[letter] for letter in subscripts(node)[1])
