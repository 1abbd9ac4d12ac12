"""Functions that select cells of an array, or reorder them."""

from __future__ import annotations

import ast

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, given_at


def _flip(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    rank = np.ndim(call.args[0])
    axis = given_at(call, 1, "axis")
    axes = range(rank) if axis is None else [axis] if isinstance(axis, int) else axis
    turned = {at % rank for at in axes}
    parts = [build.slice_of(None, None, -1) if at in turned else ast.Slice() for at in range(rank)]
    return build.subscript_of(tree, parts)


def _flipped(axis: int) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        if tree is None:
            return None
        parts: list[Tree] = [*[ast.Slice()] * axis, build.slice_of(None, None, -1)]
        return build.subscript_of(tree, parts)

    return say


def _rot90(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    times = int(given_at(call, 1, "k", 1)) % 4
    if tree is None or np.ndim(call.args[0]) != 2 or "axes" in call.kwargs:
        return None
    turn = build.slice_of(None, None, -1)
    if times == 2:
        return build.subscript_of(tree, [turn, turn])
    if times == 1:
        return build.subscript_of(build.transpose_of(tree), [turn])
    return build.transpose_of(build.subscript_of(tree, [turn])) if times == 3 else tree


def _roll(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    shift, axis = given_at(call, 1, "shift"), given_at(call, 2, "axis")
    value = np.asarray(call.args[0])
    if tree is None or not isinstance(shift, int) or (axis is None and value.ndim != 1):
        return None
    along = int(axis or 0) % value.ndim
    at = -shift % value.shape[along]
    if at == 0:
        return tree
    whole = [ast.Slice()] * along
    parts: list[Tree] = [
        build.subscript_of(tree, [*whole, build.slice_of(at, None)]),
        build.subscript_of(tree, [*whole, build.slice_of(None, at)]),
    ]
    return build.call("concatenate", ast.List(parts, ast.Load()), axis=build.signed_number(along))


def _diag(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or given_at(call, 1, "k", 0) != 0:
        return None
    value = np.asarray(call.args[0])
    n = value.shape[0]
    count = build.call("arange", build.signed_number(n))
    if value.ndim == 1:
        return build.multiply(tree, build.call("one_hot", count, build.signed_number(n)))
    if value.ndim == 2 and value.shape[0] <= value.shape[1]:
        return build.subscript_of(tree, [count, count])
    return None


def _diagflat(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or given_at(call, 1, "k", 0) != 0:
        return None
    n = np.size(call.args[0])
    flat = tree if np.ndim(call.args[0]) == 1 else build.method(tree, "reshape", build.signed_number(-1))
    return build.multiply(
        flat, build.call("one_hot", build.call("arange", build.signed_number(n)), build.signed_number(n))
    )


def _triangle(lower: bool) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        value = np.asarray(call.args[0])
        k = int(given_at(call, 1, "k", 0))
        if tree is None or value.ndim < 2:
            return None
        rows = build.subscript_of(
            build.call("arange", build.signed_number(value.shape[-2])), [ast.Slice(), build.NEW_AXIS]
        )
        columns = build.call("arange", build.signed_number(value.shape[-1]))
        distance = (
            build.subtract(columns, rows)
            if k == 0
            else build.subtract(columns, build.add(rows, build.signed_number(k)))
        )
        inside = build.compare(distance, ast.LtE() if lower else ast.GtE(), ast.Constant(0))
        return build.call("where", inside, tree, ast.Constant(0))

    return say


def _take(call: CallMade) -> Tree | None:
    tree, index = call.tree(0), call.tree(1)
    axis = given_at(call, 2, "axis")
    if not tree or not index:
        return None
    if axis is None:
        flat = tree if np.ndim(call.args[0]) == 1 else build.method(tree, "reshape", build.signed_number(-1))
        return build.subscript_of(flat, [index])
    return build.subscript_of(tree, [*[ast.Slice()] * (int(axis) % np.ndim(call.args[0])), index])


def _along(call: CallMade, axis: int) -> tuple[Tree, Tree] | None:
    """The array with an axis moved to the end and, for each position that indices give along it, a row with a
    1 there; None if the indices have other axes.
    """
    tree, index = call.tree(0), call.tree(1)
    array = np.asarray(call.args[0])
    if not tree or not index or np.ndim(call.args[1]) != array.ndim:
        return None
    if axis != array.ndim - 1:
        tree, index = (
            build.call("swapaxes", each, build.signed_number(axis), build.signed_number(-1))
            for each in (tree, index)
        )
    return tree, build.call("one_hot", index, build.signed_number(array.shape[axis]))


def _only_column(index: Tree) -> Tree:
    """`index[:, 0]` of a tensor with one column; for `index[:, None]` that is `index`."""
    if isinstance(index, ast.Subscript) and isinstance(index.slice, ast.Tuple):
        parts = [ast.unparse(part) for part in index.slice.elts]
        if parts == [":", "None"]:
            return index.value
    return build.subscript_of(index, [ast.Slice(), build.signed_number(0)])


def _take_along_axis(call: CallMade) -> Tree | None:
    array, indices = np.asarray(call.args[0]), np.asarray(call.args[1])
    axis = given_at(call, 2, "axis", -1)
    if axis is None or array.ndim != indices.ndim:
        return None
    axis = int(axis) % array.ndim
    tree, index = call.tree(0), call.tree(1)
    if not tree or not index:
        return None
    if array.ndim == 1:
        return build.subscript_of(tree, [index])
    if array.ndim == 2 and axis == 1 and indices.shape == (array.shape[0], 1):
        rows = build.call("arange", build.signed_number(array.shape[0]))
        cells = build.subscript_of(tree, [rows, _only_column(index)])
        return build.subscript_of(cells, [ast.Slice(), build.NEW_AXIS])
    found = _along(call, axis)
    if found is None:
        return None
    tree, places = found
    each = build.subscript_of(tree, [*[ast.Slice()] * (array.ndim - 1), build.NEW_AXIS])
    picked = build.call("sum", build.multiply(each, places), axis=build.signed_number(array.ndim))
    if axis != array.ndim - 1:
        picked = build.call("swapaxes", picked, build.signed_number(axis), build.signed_number(-1))
    return picked


def put_along_axis(call: CallMade) -> Tree | None:
    """The whole array after `np.put_along_axis(array, indices, values, axis)` with a single value."""
    array = call.args[0]
    axis = given_at(call, 3, "axis")
    value = call.tree(2)
    if axis is None or not value or np.ndim(call.args[2]):
        return None
    axis = int(axis) % array.ndim
    whole, index = call.tree(0), call.tree(1)
    found = _along(call, axis)
    if found is None or whole is None or index is None:
        return None
    if array.ndim == 2 and axis == 1 and np.shape(call.args[1]) == (array.shape[0], 1):
        places = build.call("one_hot", _only_column(index), build.signed_number(array.shape[1]))
    else:
        places = build.call("max", found[1], axis=build.signed_number(array.ndim - 1))
    if axis != array.ndim - 1:
        places = build.call("swapaxes", places, build.signed_number(axis), build.signed_number(-1))
    if call.args[2] == 1 and not np.any(array):
        return places
    return build.call("where", build.compare(places, ast.Eq(), ast.Constant(1)), value, whole)


def _sliding_windows(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    rank, length = np.ndim(call.args[0]), given_at(call, 1, "window_shape")
    axis = given_at(call, 2, "axis")
    lengths = [length] if isinstance(length, int) else list(length)
    axes = list(range(rank)) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    return _windows(tree, [int(each) for each in lengths], [int(each) % rank for each in axes])


def _windows(tree: Tree, lengths: list[int], axes: list[int]) -> Tree:
    if len(lengths) == 1:
        return build.call("windows", tree, build.signed_number(lengths[0]), axis=build.signed_number(axes[0]))
    return build.call("windows", tree, build.tuple_of(lengths), axis=build.tuple_of(axes))


def _as_strided(call: CallMade) -> Tree | None:
    """`as_strided` for every n-th window of an array, with the positions within a window in the last axes."""
    tree = call.tree(0)
    array, result = np.asarray(call.args[0]), call.result
    rank = array.ndim
    if tree is None or not 0 < rank <= result.ndim:
        return None
    lengths, axes = [], []
    for size, step in zip(result.shape[rank:], result.strides[rank:]):
        fitting = [axis for axis in range(rank) if array.strides[axis] == step and axis not in axes]
        if not fitting:
            return None
        lengths.append(size)
        axes.append(fitting[0])
    windows = _windows(tree, lengths, axes) if axes else tree
    for axis, (size, step) in enumerate(zip(result.shape, result.strides[:rank])):
        stride = array.strides[axis]
        every = step // stride if size > 1 and stride else 1
        if every < 1 or (size > 1 and every * stride != step):
            return None
        last = (size - 1) * every + 1
        length = lengths[axes.index(axis)] if axis in axes else 1
        if every > 1 or last != array.shape[axis] - length + 1:
            # One axis at a time: the derivative of a slice with a step is known for one axis.
            part = build.slice_of(None, last, None if every == 1 else every)
            windows = build.subscript_of(windows, [*[ast.Slice()] * axis, part])
    return windows


def _difference(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or given_at(call, 1, "n", 1) != 1 or len(call.args) > 3 or "prepend" in call.kwargs:
        return None
    rank = np.ndim(call.args[0])
    lead = [ast.Slice()] * (int(given_at(call, 2, "axis", -1)) % rank)
    later = build.subscript_of(tree, [*lead, build.slice_of(1, None)])
    return build.subtract(later, build.subscript_of(tree, [*lead, build.slice_of(None, -1)]))


SELECTION: dict[str, CallRule] = {
    "flip": _flip,
    "flipud": _flipped(0),
    "fliplr": _flipped(1),
    "rot90": _rot90,
    "roll": _roll,
    "diag": _diag,
    "diagflat": _diagflat,
    "diagonal": _diag,
    "tril": _triangle(lower=True),
    "triu": _triangle(lower=False),
    "take": _take,
    "take_along_axis": _take_along_axis,
    "sliding_window_view": _sliding_windows,
    "as_strided": _as_strided,
    "diff": _difference,
}
