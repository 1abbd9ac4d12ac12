"""Calls of NumPy and of Python's mathematics, said as expressions in the language of `bpstep.lang`.

One row a function. A row may be wrong for arguments that it does not know: whoever uses it compares what the
expression gives with what the call gave, and takes the result as given where they differ.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from bpstep.script import trees
from bpstep.script.trees import Tree


class CallMade(Protocol):
    """A call that was made: what it was given and what it gave."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any

    def tree(self, position: int) -> Tree | None:
        """The expression of an argument by position."""

    def keyword_tree(self, name: str) -> Tree | None:
        """The expression of a keyword argument."""

    def item_trees(self, position: int) -> list[Tree] | None:
        """The expressions of the items of a list or tuple given as an argument."""

    def nested_tree(self, position: int) -> Tree | None:
        """The expression of nested lists of numbers and arrays as one array."""


CallRule = Callable[[CallMade], Tree | None]


def _given(call: CallMade, position: int, name: str, default: Any = None) -> Any:
    if name in call.kwargs:
        return call.kwargs[name]
    return call.args[position] if len(call.args) > position else default


def _only(call: CallMade, most: int, *keywords: str) -> bool:
    """True where nothing else is given than so many arguments and these keywords."""
    return len(call.args) <= most and all(name in (*keywords, "dtype", "out", "copy") for name in call.kwargs)


def _same(name: str, count: int = 1) -> CallRule:
    """A function that the language has by this name."""

    def say(call: CallMade) -> Tree | None:
        if not _only(call, count) or len(call.args) != count:
            return None
        found = [call.tree(at) for at in range(count)]
        return trees.call(name, *[tree for tree in found if tree is not None]) if all(found) else None

    return say


def _binary(operator: ast.operator) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        return trees.binary(left, operator, right) if left and right and _only(call, 2) else None

    return say


def _compare(operator: ast.cmpop) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        return trees.compare(left, operator, right) if left and right and _only(call, 2) else None

    return say


def product(left: Tree, right: Tree, a: Any, b: Any) -> Tree | None:
    """`np.dot(a, b)`: a matrix product, or a product with a single number."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return trees.multiply(left, right)
    if np.ndim(b) > 2:
        return None
    return trees.binary(left, ast.MatMult(), right)


def _dot(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    return product(left, right, *call.args) if left and right and _only(call, 2) else None


def _inner(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right or not _only(call, 2):
        return None
    ranks = [np.ndim(each) for each in call.args[:2]]
    if 0 in ranks:
        return trees.multiply(left, right)
    if ranks == [1, 1]:
        return trees.binary(left, ast.MatMult(), right)
    return trees.binary(left, ast.MatMult(), trees.transposed(right)) if ranks[1] == 2 else None


def _vdot(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right or not _only(call, 2):
        return None
    return trees.call("sum", trees.multiply(left, right))


def _axis_tree(axis: Any) -> Tree | None:
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        return trees.wholes(axis)
    return trees.whole(int(axis))


def _reduction(name: str, position_of_axis: int = 1) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        known = ("a", "axis", "keepdims", "dtype", "out", "ddof", "where", "initial")
        if tree is None or any(key not in known for key in call.kwargs) or len(call.args) > 3:
            return None
        if call.kwargs.get("ddof") or "where" in call.kwargs or "initial" in call.kwargs:
            return None
        axis = _given(call, position_of_axis, "axis")
        if np.ndim(call.args[0]) == 0:
            return tree if name in ("sum", "mean", "max", "min") else None
        kept = trees.TRUE if call.kwargs.get("keepdims") else None
        if kept is not None and axis is None:
            axis = tuple(range(np.ndim(call.args[0])))
        return trees.call(name, tree, axis=_axis_tree(axis), keepdims=kept)

    return say


def _argmin(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    negative = ast.UnaryOp(ast.USub(), tree)
    return trees.call("argmax", negative, axis=_axis_tree(_given(call, 1, "axis")))


def _average(call: CallMade) -> Tree | None:
    return None if "weights" in call.kwargs or len(call.args) > 2 else _reduction("mean")(call)


def _count_nonzero(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    not_zero = trees.compare(tree, ast.NotEq(), ast.Constant(0))
    return trees.call("sum", not_zero, axis=_axis_tree(_given(call, 1, "axis")))


def _norm(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    order = _given(call, 1, "ord")
    axis = _given(call, 2, "axis")
    along_axis = order in (1, 2) and axis is not None
    is_plain = order in (None, "fro") or (order == 2 and np.ndim(call.args[0]) == 1)
    if tree is None or not (along_axis or is_plain):
        return None
    kept = trees.TRUE if call.kwargs.get("keepdims") else None
    if kept is not None and axis is None:
        axis = tuple(range(np.ndim(call.args[0])))
    if order == 1:
        return trees.call("sum", trees.call("abs", tree), axis=_axis_tree(axis), keepdims=kept)
    squares = trees.binary(tree, ast.Pow(), ast.Constant(2))
    return trees.call("sqrt", trees.call("sum", squares, axis=_axis_tree(axis), keepdims=kept))


def _shape_tree(shape: Any) -> list[Tree]:
    sizes = [shape] if isinstance(shape, int | np.integer) else list(shape)
    return [trees.whole(int(size)) for size in sizes]


def _reshape(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or call.kwargs.get("order", "C") != "C":
        return None
    sizes = list(call.args[1:])
    if not sizes and ("shape" in call.kwargs or "newshape" in call.kwargs):
        sizes = [call.kwargs.get("shape", call.kwargs.get("newshape"))]
    if not sizes or "order" in call.kwargs:
        return None
    return trees.method(tree, "reshape", *_shape_tree(sizes[0] if len(sizes) == 1 else sizes))


def _resize(call: CallMade) -> Tree | None:
    """`np.resize(x, shape)`: all of x again and again, or its first numbers."""
    tree, shape = call.tree(0), np.shape(call.result)
    size = np.size(call.args[0])
    if tree is None or not shape or not size:
        return None
    flat = tree if np.ndim(call.args[0]) == 1 else trees.method(tree, "reshape", trees.whole(-1))
    if size >= math.prod(shape):
        if size > math.prod(shape):
            flat = trees.subscript(flat, [trees.slice_of(None, math.prod(shape))])
        return flat if len(shape) == 1 else trees.method(flat, "reshape", *map(trees.whole, shape))
    inner = next((at for at in range(len(shape)) if math.prod(shape[at:]) == size), None)
    if inner is None:
        return None
    part = (
        flat if len(shape) - inner == 1 else trees.method(flat, "reshape", *map(trees.whole, shape[inner:]))
    )
    return trees.multiply(part, trees.call("ones", trees.wholes(shape)))


def _reshaped_as_result(call: CallMade) -> Tree | None:
    """A call that only gives its argument another shape: ravel, squeeze, expand_dims, atleast_2d."""
    tree = call.tree(0)
    if tree is None or call.kwargs.get("order", "C") != "C" or not isinstance(call.result, np.ndarray):
        return None
    shape, before = call.result.shape, np.shape(call.args[0])
    if shape == before:
        return tree
    if call.result.ndim == 1 and call.result.size == np.size(call.args[0]):
        return trees.method(tree, "reshape", trees.whole(-1))
    return trees.method(tree, "reshape", *map(trees.whole, shape))


def _itself(call: CallMade) -> Tree | None:
    """A call that gives its argument's numbers: copy, asarray, float."""
    tree = call.tree(0)
    if tree is not None and np.shape(call.args[0]) != np.shape(call.result):
        return (
            trees.method(tree, "reshape", *map(trees.whole, np.shape(call.result)))
            if np.shape(call.result)
            else trees.subscript(tree, [trees.whole(0)] * np.ndim(call.args[0]))
        )
    return tree


def _item(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    if len(call.args) == 1:
        rank = np.ndim(call.args[0])
        return trees.subscript(tree, [trees.whole(0)] * rank) if rank else tree
    index = call.args[1:] if isinstance(call.args[1], int) else call.args[1]
    if len(index) != np.ndim(call.args[0]):
        index = np.unravel_index(int(index[0]), np.shape(call.args[0]))
    return trees.subscript(tree, [trees.whole(int(at)) for at in index])


def _astype(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or not isinstance(call.result, np.ndarray | np.generic):
        return None
    before = np.asarray(call.args[0])
    if call.result.dtype.kind in "iu" and before.dtype.kind == "f":
        return None
    if call.result.dtype.kind == "f" and before.dtype.kind == "b":
        return trees.multiply(tree, ast.Constant(1))
    return tree if np.array_equal(before, call.result, equal_nan=before.dtype.kind == "f") else None


def _transpose(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    axes = call.args[1:] if len(call.args) > 1 else call.kwargs.get("axes")
    if axes is not None and len(axes) == 1:
        axes = axes[0]
    if axes is None:
        return trees.transposed(tree)
    return trees.call("transpose", tree, trees.wholes(axes))


def _swapaxes(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or len(call.args) != 3:
        return None
    return trees.call("swapaxes", tree, trees.whole(int(call.args[1])), trees.whole(int(call.args[2])))


def _moveaxis(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    rank = np.ndim(call.args[0])
    numbers = np.moveaxis(np.empty(range(2, rank + 2)), *call.args[1:], **call.kwargs).shape
    return trees.call("transpose", tree, trees.wholes(size - 2 for size in numbers))


def _rollaxis(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    numbers = np.rollaxis(np.empty(range(2, np.ndim(call.args[0]) + 2)), *call.args[1:]).shape
    return trees.call("transpose", tree, trees.wholes(size - 2 for size in numbers))


def _joined(axis_of: Callable[[int], int], at_least: int = 1, columns: bool = False) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        items = call.item_trees(0)
        if not items:
            return None
        values = list(call.args[0])
        lifted: list[Tree] = []
        for tree, value in zip(items, values):
            rank = np.ndim(value)
            if columns and rank == 1:
                tree = trees.subscript(tree, [ast.Slice(), trees.NEW_AXIS])
            elif rank < at_least:
                tree = trees.method(tree, "reshape", *([trees.whole(1)] * (at_least - 1)), trees.whole(-1))
            lifted.append(tree)
        rank = max(np.ndim(values[0]), at_least)
        axis = axis_of(rank)
        given = _given(call, 1, "axis")
        if given is not None:
            axis = int(given)
        return trees.call("concatenate", ast.List(lifted, ast.Load()), axis=trees.whole(axis))

    return say


def _concatenate(call: CallMade) -> Tree | None:
    if "axis" in call.kwargs and call.kwargs["axis"] is None:
        return None
    if isinstance(call.args[0], np.ndarray):
        return None
    return _joined(lambda rank: 0)(call)


def _stack(call: CallMade) -> Tree | None:
    items = call.item_trees(0)
    if not items:
        return None
    axis = int(_given(call, 1, "axis", 0))
    return trees.call("stack", ast.List(items, ast.Load()), axis=trees.whole(axis))


def _append(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    axis = _given(call, 2, "axis")
    if not left or not right:
        return None
    parts = [left, right]
    if axis is None:
        parts = [trees.method(part, "reshape", trees.whole(-1)) for part in parts]
    return trees.call("concatenate", ast.List(parts, ast.Load()), axis=trees.whole(int(axis or 0)))


def _insert(call: CallMade) -> Tree | None:
    base, item = call.tree(0), call.tree(2)
    axis = _given(call, 3, "axis")
    if not base or not item or not isinstance(call.args[1], int) or np.ndim(call.args[2]):
        return None
    array = np.asarray(call.args[0])
    if axis is None and array.ndim != 1:
        return None
    along = int(axis or 0)
    at = call.args[1] if call.args[1] >= 0 else call.args[1] + array.shape[along]
    shape = list(array.shape)
    shape[along] = 1
    piece = trees.multiply(item, trees.call("ones", trees.wholes(shape)))
    whole = [ast.Slice()] * along
    first = trees.subscript(base, [*whole, trees.slice_of(None, at)])
    last = trees.subscript(base, [*whole, trees.slice_of(at, None)])
    parts: list[Tree] = [piece, base] if at == 0 else [first, piece, last]
    return trees.call("concatenate", ast.List(parts, ast.Load()), axis=trees.whole(along))


def _repeat(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    times = _given(call, 1, "repeats")
    if tree is None or not isinstance(times, int | np.integer):
        return None
    return trees.call("repeat", tree, trees.whole(int(times)), axis=_axis_tree(_given(call, 2, "axis")))


def _tile(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    reps: Any = call.args[1] if len(call.args) > 1 else call.kwargs.get("reps")
    counts = [int(reps)] if np.ndim(reps) == 0 else [int(each) for each in reps]
    value = np.asarray(call.args[0])
    rank = max(len(counts), value.ndim)
    if value.ndim < rank:
        tree = trees.method(tree, "reshape", *map(trees.whole, (1,) * (rank - value.ndim) + value.shape))
    counts = [1] * (rank - len(counts)) + counts
    for axis, count in enumerate(counts):
        if count > 1:
            if count > 100:
                return None
            copies = ast.List([tree] * count, ast.Load())
            tree = trees.call("concatenate", copies, axis=trees.whole(axis))
    return tree


def _broadcast_to(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    return trees.multiply(tree, trees.call("ones", trees.wholes(call.result.shape)))


def _full(call: CallMade) -> Tree | None:
    fill = call.tree(1) if len(call.args) > 1 else call.keyword_tree("fill_value")
    if fill is None or np.ndim(_given(call, 1, "fill_value")):
        return None
    if isinstance(fill, ast.Constant) and fill.value == 0:
        return trees.call("zeros", trees.wholes(call.result.shape))
    return trees.multiply(fill, trees.call("ones", trees.wholes(call.result.shape)))


def _filled(name: str) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        shape = call.result.shape
        return trees.call(name, trees.wholes(shape)) if shape else ast.Constant(0 if name == "zeros" else 1)

    return say


def _filled_like(name: str) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        if tree is None or "shape" in call.kwargs:
            return _filled(name.removesuffix("_like"))(call)
        return trees.call(name, tree)

    return say


def _eye(call: CallMade) -> Tree | None:
    rows, columns = call.result.shape
    if rows != columns or np.trace(call.result) != rows:
        return None
    return trees.call("one_hot", trees.call("arange", trees.whole(rows)), trees.whole(columns))


def _arange(call: CallMade) -> Tree | None:
    if not all(isinstance(value, int | np.integer) for value in call.args):
        return None
    return trees.call("arange", *[trees.whole(int(value)) for value in call.args])


def _where(call: CallMade) -> Tree | None:
    if len(call.args) != 3:
        return None
    found = [call.tree(at) for at in range(3)]
    return trees.call("where", *[tree for tree in found if tree]) if all(found) else None


def _clip(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    low = call.tree(1) if len(call.args) > 1 else call.keyword_tree("a_min") or call.keyword_tree("min")
    high = call.tree(2) if len(call.args) > 2 else call.keyword_tree("a_max") or call.keyword_tree("max")
    none_low = _given(call, 1, "a_min", call.kwargs.get("min")) is None
    none_high = _given(call, 2, "a_max", call.kwargs.get("max")) is None
    if tree is None:
        return None
    if none_low and high:
        return trees.call("minimum", tree, high)
    if none_high and low:
        return trees.call("maximum", tree, low)
    return trees.call("clip", tree, low, high) if low and high else None


def _einsum(call: CallMade) -> Tree | None:
    if not call.args or not isinstance(call.args[0], str):
        return None
    text = call.args[0].replace(" ", "")
    if "->" not in text:
        letters = sorted(set(text.replace(",", "")))
        text += "->" + "".join(letter for letter in letters if text.count(letter) == 1)
    found = [call.tree(at) for at in range(1, len(call.args))]
    if not all(found):
        return None
    return trees.call("einsum", ast.Constant(text), *[tree for tree in found if tree])


def _tensordot(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right:
        return None
    a, b = np.ndim(call.args[0]), np.ndim(call.args[1])
    axes = _given(call, 2, "axes", 2)
    if isinstance(axes, int | np.integer):
        first, second = list(range(a - int(axes), a)), list(range(int(axes)))
    else:
        first, second = ([one] if isinstance(one, int) else list(one) for one in axes)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    one = [next(letters) for _ in range(a)]
    two = [next(letters) for _ in range(b)]
    for x, y in zip(first, second):
        two[y % b] = one[x % a]
    summed = {one[x % a] for x in first}
    result = [letter for letter in (*one, *two) if letter not in summed]
    text = f"{''.join(one)},{''.join(two)}->{''.join(result)}"
    return trees.call("einsum", ast.Constant(text), left, right)


def _outer(call: CallMade) -> Tree | None:
    return _same("outer", 2)(call)


def _pad(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    mode = _given(call, 2, "mode", "constant")
    fill = call.kwargs.get("constant_values", 0)
    if tree is None or mode != "constant" or np.any(np.asarray(fill) != 0):
        return None
    value = np.asarray(call.args[0])
    widths = np.broadcast_to(np.asarray(_given(call, 1, "pad_width")), (value.ndim, 2))
    pairs: list[Tree] = [trees.wholes(pair) for pair in widths]
    return trees.call("pad", tree, ast.Tuple(pairs, ast.Load()))


def _flip(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    rank = np.ndim(call.args[0])
    axis = _given(call, 1, "axis")
    axes = range(rank) if axis is None else [axis] if isinstance(axis, int) else axis
    turned = {at % rank for at in axes}
    parts = [trees.slice_of(None, None, -1) if at in turned else ast.Slice() for at in range(rank)]
    return trees.subscript(tree, parts)


def _flipped(axis: int) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        if tree is None:
            return None
        parts: list[Tree] = [*[ast.Slice()] * axis, trees.slice_of(None, None, -1)]
        return trees.subscript(tree, parts)

    return say


def _rot90(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    times = int(_given(call, 1, "k", 1)) % 4
    if tree is None or np.ndim(call.args[0]) != 2 or "axes" in call.kwargs:
        return None
    turn = trees.slice_of(None, None, -1)
    if times == 2:
        return trees.subscript(tree, [turn, turn])
    if times == 1:
        return trees.subscript(trees.transposed(tree), [turn])
    return trees.transposed(trees.subscript(tree, [turn])) if times == 3 else tree


def _roll(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    shift, axis = _given(call, 1, "shift"), _given(call, 2, "axis")
    value = np.asarray(call.args[0])
    if tree is None or not isinstance(shift, int) or (axis is None and value.ndim != 1):
        return None
    along = int(axis or 0) % value.ndim
    at = -shift % value.shape[along]
    if at == 0:
        return tree
    whole = [ast.Slice()] * along
    parts: list[Tree] = [
        trees.subscript(tree, [*whole, trees.slice_of(at, None)]),
        trees.subscript(tree, [*whole, trees.slice_of(None, at)]),
    ]
    return trees.call("concatenate", ast.List(parts, ast.Load()), axis=trees.whole(along))


def _diag(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or _given(call, 1, "k", 0) != 0:
        return None
    value = np.asarray(call.args[0])
    n = value.shape[0]
    count = trees.call("arange", trees.whole(n))
    if value.ndim == 1:
        return trees.multiply(tree, trees.call("one_hot", count, trees.whole(n)))
    if value.ndim == 2 and value.shape[0] <= value.shape[1]:
        return trees.subscript(tree, [count, count])
    return None


def _diagflat(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or _given(call, 1, "k", 0) != 0:
        return None
    n = np.size(call.args[0])
    flat = tree if np.ndim(call.args[0]) == 1 else trees.method(tree, "reshape", trees.whole(-1))
    return trees.multiply(flat, trees.call("one_hot", trees.call("arange", trees.whole(n)), trees.whole(n)))


def _trace(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    value = np.asarray(call.args[0])
    if tree is None or len(call.args) > 1 or value.ndim != 2 or value.shape[0] > value.shape[1]:
        return None
    count = trees.call("arange", trees.whole(value.shape[0]))
    return trees.call("sum", trees.subscript(tree, [count, count]))


def _triangle(lower: bool) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        value = np.asarray(call.args[0])
        k = int(_given(call, 1, "k", 0))
        if tree is None or value.ndim < 2:
            return None
        rows = trees.subscript(
            trees.call("arange", trees.whole(value.shape[-2])), [ast.Slice(), trees.NEW_AXIS]
        )
        columns = trees.call("arange", trees.whole(value.shape[-1]))
        distance = (
            trees.subtract(columns, rows)
            if k == 0
            else trees.subtract(columns, trees.add(rows, trees.whole(k)))
        )
        inside = trees.compare(distance, ast.LtE() if lower else ast.GtE(), ast.Constant(0))
        return trees.call("where", inside, tree, ast.Constant(0))

    return say


def _logical(how: str) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        if not left or not right:
            return None
        return both(left, right) if how == "and" else either(left, right)

    return say


def both(left: Tree, right: Tree) -> Tree:
    """`left & right` of truth values."""
    return trees.multiply(left, right)


def either(left: Tree, right: Tree) -> Tree:
    """`left | right` of truth values."""
    return trees.call("where", left, ast.Constant(1), right)


def opposite(value: Tree) -> Tree:
    """`~value` of truth values."""
    return trees.compare(value, ast.Eq(), ast.Constant(0))


def _logical_not(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    return opposite(tree) if tree else None


def _of_one(build: Callable[[Tree], Tree]) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        return build(tree) if tree is not None and _only(call, 1) and len(call.args) == 1 else None

    return say


def _logarithm(base: float) -> Callable[[Tree], Tree]:
    return lambda tree: trees.divide(trees.call("log", tree), trees.call("log", ast.Constant(base)))


def _array(call: CallMade) -> Tree | None:
    if call.kwargs.get("ndmin"):
        return _reshaped_as_result(call)
    given = call.args[0] if call.args else call.kwargs.get("object")
    if isinstance(given, list | tuple):
        return call.nested_tree(0)
    return _astype(call) if isinstance(given, np.ndarray) else _itself(call)


def _cumsum(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    value = np.asarray(call.args[0])
    if tree is None or value.ndim != 1:
        return None
    n = trees.call("arange", trees.whole(value.size))
    below = trees.compare(n, ast.LtE(), trees.subscript(n, [ast.Slice(), trees.NEW_AXIS]))
    return trees.binary(below, ast.MatMult(), tree)


def _take(call: CallMade) -> Tree | None:
    tree, index = call.tree(0), call.tree(1)
    axis = _given(call, 2, "axis")
    if not tree or not index:
        return None
    if axis is None:
        flat = tree if np.ndim(call.args[0]) == 1 else trees.method(tree, "reshape", trees.whole(-1))
        return trees.subscript(flat, [index])
    return trees.subscript(tree, [*[ast.Slice()] * (int(axis) % np.ndim(call.args[0])), index])


def floored(left: Tree, right: Tree) -> Tree:
    """`left // right`."""
    return trees.call("floor", trees.divide(left, right))


def remainder(left: Tree, right: Tree) -> Tree:
    """`left % right`."""
    return trees.subtract(left, trees.multiply(floored(left, right), right))


def _floor_of(build: Callable[[Tree, Tree], Tree]) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        return build(left, right) if left and right and _only(call, 2) else None

    return say


def _ceiling(tree: Tree) -> Tree:
    return _negative(trees.call("floor", _negative(tree)))


def _along(call: CallMade, axis: int) -> tuple[Tree, Tree] | None:
    """The array with an axis as its last one and, for each place that indices name along it, a row with a 1
    there; None where the indices have other axes."""
    tree, index = call.tree(0), call.tree(1)
    array = np.asarray(call.args[0])
    if not tree or not index or np.ndim(call.args[1]) != array.ndim:
        return None
    if axis != array.ndim - 1:
        tree, index = (
            trees.call("swapaxes", each, trees.whole(axis), trees.whole(-1)) for each in (tree, index)
        )
    return tree, trees.call("one_hot", index, trees.whole(array.shape[axis]))


def _only_column(index: Tree) -> Tree:
    """`index[:, 0]` of a tensor with one column; of `index[:, None]` that is `index`."""
    if isinstance(index, ast.Subscript) and isinstance(index.slice, ast.Tuple):
        parts = [ast.unparse(part) for part in index.slice.elts]
        if parts == [":", "None"]:
            return index.value
    return trees.subscript(index, [ast.Slice(), trees.whole(0)])


def _take_along_axis(call: CallMade) -> Tree | None:
    array, indices = np.asarray(call.args[0]), np.asarray(call.args[1])
    axis = _given(call, 2, "axis", -1)
    if axis is None or array.ndim != indices.ndim:
        return None
    axis = int(axis) % array.ndim
    tree, index = call.tree(0), call.tree(1)
    if not tree or not index:
        return None
    if array.ndim == 1:
        return trees.subscript(tree, [index])
    if array.ndim == 2 and axis == 1 and indices.shape == (array.shape[0], 1):
        rows = trees.call("arange", trees.whole(array.shape[0]))
        cells = trees.subscript(tree, [rows, _only_column(index)])
        return trees.subscript(cells, [ast.Slice(), trees.NEW_AXIS])
    found = _along(call, axis)
    if found is None:
        return None
    tree, places = found
    each = trees.subscript(tree, [*[ast.Slice()] * (array.ndim - 1), trees.NEW_AXIS])
    picked = trees.call("sum", trees.multiply(each, places), axis=trees.whole(array.ndim))
    if axis != array.ndim - 1:
        picked = trees.call("swapaxes", picked, trees.whole(axis), trees.whole(-1))
    return picked


def put_along_axis(call: CallMade) -> Tree | None:
    """The whole array after `np.put_along_axis(array, indices, values, axis)`, of a single value."""
    array = call.args[0]
    axis = _given(call, 3, "axis")
    value = call.tree(2)
    if axis is None or not value or np.ndim(call.args[2]):
        return None
    axis = int(axis) % array.ndim
    whole, index = call.tree(0), call.tree(1)
    found = _along(call, axis)
    if found is None or whole is None or index is None:
        return None
    if array.ndim == 2 and axis == 1 and np.shape(call.args[1]) == (array.shape[0], 1):
        places = trees.call("one_hot", _only_column(index), trees.whole(array.shape[1]))
    else:
        places = trees.call("max", found[1], axis=trees.whole(array.ndim - 1))
    if axis != array.ndim - 1:
        places = trees.call("swapaxes", places, trees.whole(axis), trees.whole(-1))
    if call.args[2] == 1 and not np.any(array):
        return places
    return trees.call("where", trees.compare(places, ast.Eq(), ast.Constant(1)), value, whole)


def _sliding_windows(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    rank, length = np.ndim(call.args[0]), _given(call, 1, "window_shape")
    axis = _given(call, 2, "axis")
    lengths = [length] if isinstance(length, int) else list(length)
    axes = list(range(rank)) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    return _windows(tree, [int(each) for each in lengths], [int(each) % rank for each in axes])


def _windows(tree: Tree, lengths: list[int], axes: list[int]) -> Tree:
    if len(lengths) == 1:
        return trees.call("windows", tree, trees.whole(lengths[0]), axis=trees.whole(axes[0]))
    return trees.call("windows", tree, trees.wholes(lengths), axis=trees.wholes(axes))


def _as_strided(call: CallMade) -> Tree | None:
    """Strides that give every n-th window of an array, the places within a window last."""
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
            # One axis at a time: a slice with a step has a derivative along one.
            part = trees.slice_of(None, last, None if every == 1 else every)
            windows = trees.subscript(windows, [*[ast.Slice()] * axis, part])
    return windows


def _difference(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or _given(call, 1, "n", 1) != 1 or len(call.args) > 3 or "prepend" in call.kwargs:
        return None
    rank = np.ndim(call.args[0])
    lead = [ast.Slice()] * (int(_given(call, 2, "axis", -1)) % rank)
    later = trees.subscript(tree, [*lead, trees.slice_of(1, None)])
    return trees.subtract(later, trees.subscript(tree, [*lead, trees.slice_of(None, -1)]))


def _prod(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    value = np.asarray(call.args[0])
    if tree is None or _given(call, 1, "axis") is not None or not 0 < value.size <= 8 or value.ndim != 1:
        return None
    found: Tree = trees.subscript(tree, [trees.whole(0)])
    for at in range(1, value.size):
        found = trees.multiply(found, trees.subscript(tree, [trees.whole(at)]))
    return found


def _ptp(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    axis = _axis_tree(_given(call, 1, "axis"))
    return trees.subtract(trees.call("max", tree, axis=axis), trees.call("min", tree, axis=axis))


def _nan_to_num(call: CallMade) -> Tree | None:
    return call.tree(0) if np.all(np.isfinite(call.args[0])) else None


def _size(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    axis = _given(call, 1, "axis")
    if tree is None or np.ndim(call.args[0]) == 0:
        return None
    return trees.call("size", tree, *([] if axis is None else [trees.whole(int(axis))]))


def _length(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or not isinstance(call.args[0], np.ndarray):
        return None
    return trees.call("size", tree, trees.whole(0))


def _heaviside(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right:
        return None
    inner = trees.call("where", trees.compare(left, ast.Lt(), ast.Constant(0)), ast.Constant(0), right)
    return trees.call("where", trees.compare(left, ast.Gt(), ast.Constant(0)), ast.Constant(1), inner)


def _logaddexp(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right:
        return None
    gap = ast.UnaryOp(ast.USub(), trees.call("abs", trees.subtract(left, right)))
    return trees.add(trees.call("maximum", left, right), trees.call("log1p", trees.call("exp", gap)))


def _negative(tree: Tree) -> Tree:
    return ast.UnaryOp(ast.USub(), tree)


NUMPY: dict[str, CallRule] = {
    **{name: _same(name) for name in ("exp", "log", "sqrt", "tanh", "sign", "log1p", "expm1")},
    **{name: _same(name) for name in ("sin", "cos", "sinh", "cosh", "arctan", "floor")},
    **{name: _same("abs") for name in ("abs", "absolute", "fabs")},
    "square": _same("square"),
    "negative": _of_one(_negative),
    "positive": _of_one(lambda tree: tree),
    "reciprocal": _of_one(lambda tree: trees.divide(ast.Constant(1), tree)),
    "log2": _of_one(_logarithm(2)),
    "log10": _of_one(_logarithm(10)),
    "exp2": _of_one(lambda tree: trees.binary(ast.Constant(2), ast.Pow(), tree)),
    "cbrt": _of_one(
        lambda tree: trees.binary(tree, ast.Pow(), trees.divide(ast.Constant(1), ast.Constant(3)))
    ),
    "add": _binary(ast.Add()),
    "subtract": _binary(ast.Sub()),
    "multiply": _binary(ast.Mult()),
    "divide": _binary(ast.Div()),
    "true_divide": _binary(ast.Div()),
    "power": _binary(ast.Pow()),
    "pow": _binary(ast.Pow()),
    "float_power": _binary(ast.Pow()),
    "maximum": _same("maximum", 2),
    "minimum": _same("minimum", 2),
    "fmax": _same("maximum", 2),
    "fmin": _same("minimum", 2),
    "greater": _compare(ast.Gt()),
    "greater_equal": _compare(ast.GtE()),
    "less": _compare(ast.Lt()),
    "less_equal": _compare(ast.LtE()),
    "equal": _compare(ast.Eq()),
    "not_equal": _compare(ast.NotEq()),
    "logical_and": _logical("and"),
    "bitwise_and": _logical("and"),
    "logical_or": _logical("or"),
    "bitwise_or": _logical("or"),
    "logical_not": _logical_not,
    "invert": _logical_not,
    "floor_divide": _floor_of(floored),
    "remainder": _floor_of(remainder),
    "mod": _floor_of(remainder),
    "ceil": _of_one(_ceiling),
    "heaviside": _heaviside,
    "logaddexp": _logaddexp,
    "dot": _dot,
    "matmul": _binary(ast.MatMult()),
    "inner": _inner,
    "vdot": _vdot,
    "outer": _outer,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "max": _reduction("max"),
    "amax": _reduction("max"),
    "min": _reduction("min"),
    "amin": _reduction("min"),
    "var": _reduction("var"),
    "std": _reduction("std"),
    "any": _reduction("any"),
    "all": _reduction("all"),
    "argmax": _reduction("argmax"),
    "argmin": _argmin,
    "average": _average,
    "count_nonzero": _count_nonzero,
    "norm": _norm,
    "ptp": _ptp,
    "prod": _prod,
    "cumsum": _cumsum,
    "trace": _trace,
    "reshape": _reshape,
    "resize": _resize,
    "ravel": _reshaped_as_result,
    "flatten": _reshaped_as_result,
    "squeeze": _reshaped_as_result,
    "expand_dims": _reshaped_as_result,
    "atleast_1d": _reshaped_as_result,
    "atleast_2d": _reshaped_as_result,
    "atleast_3d": _reshaped_as_result,
    "transpose": _transpose,
    "permute_dims": _transpose,
    "swapaxes": _swapaxes,
    "moveaxis": _moveaxis,
    "rollaxis": _rollaxis,
    "concatenate": _concatenate,
    "concat": _concatenate,
    "vstack": _joined(lambda rank: 0, 2),
    "hstack": _joined(lambda rank: 0 if rank == 1 else 1),
    "column_stack": _joined(lambda rank: 1, 2, columns=True),
    "stack": _stack,
    "append": _append,
    "insert": _insert,
    "repeat": _repeat,
    "tile": _tile,
    "broadcast_to": _broadcast_to,
    "zeros": _filled("zeros"),
    "ones": _filled("ones"),
    "full": _full,
    "full_like": _full,
    "zeros_like": _filled_like("zeros_like"),
    "ones_like": _filled_like("ones_like"),
    "eye": _eye,
    "identity": _eye,
    "arange": _arange,
    "where": _where,
    "clip": _clip,
    "pad": _pad,
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
    "nan_to_num": _nan_to_num,
    "array": _array,
    "asarray": _array,
    "asanyarray": _array,
    "ascontiguousarray": _array,
    "asarray_chkfinite": _array,
    "copy": _itself,
    "astype": _astype,
    "item": _item,
    "size": _size,
}
"""By the name in NumPy; a method's array is its first argument."""


def _extreme(name: str) -> CallRule:
    """Python's max or min of the cells of an array; what it picks of numbers or of a list is that number."""
    reduction = _reduction(name)

    def say(call: CallMade) -> Tree | None:
        is_array = len(call.args) == 1 and not call.kwargs and isinstance(call.args[0], np.ndarray)
        return reduction(call) if is_array else None

    return say


PYTHON: dict[str, CallRule] = {
    "abs": _same("abs"),
    "max": _extreme("max"),
    "min": _extreme("min"),
    "len": _length,
    "pow": _binary(ast.Pow()),
    "float": _itself,
}
"""Python's own built-in functions."""

MATH: dict[str, CallRule] = {
    **{name: NUMPY[name] for name in ("exp", "log", "sqrt", "tanh", "fabs", "log1p", "expm1", "pow")},
    **{name: NUMPY[name] for name in ("sin", "cos", "sinh", "cosh", "log2", "log10", "exp2", "cbrt")},
    "atan": NUMPY["arctan"],
}
"""The functions of `math`."""

FLOAT_TYPES = (float, np.float64, np.float32, np.float16)
"""Types whose call gives its argument's number."""

SPLITTING = ("split", "array_split", "hsplit", "vsplit")
"""Functions that give a list of the parts of an array along an axis."""


def split_axis(name: str, call: CallMade) -> int:
    """The axis that a splitting function divides."""
    rank = np.ndim(call.args[0])
    if name in ("hsplit", "vsplit"):
        return 1 if name == "hsplit" and rank > 1 else 0
    return int(_given(call, 2, "axis", 0)) % rank


__all__ = [
    "MATH",
    "NUMPY",
    "PYTHON",
    "SPLITTING",
    "CallMade",
    "CallRule",
    "both",
    "either",
    "floored",
    "math",
    "opposite",
    "product",
    "put_along_axis",
    "remainder",
    "split_axis",
]
