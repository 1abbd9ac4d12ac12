"""The shape of any expression of the extended language, from the shapes of its tensors.

What it adds to `bpstep.lang.shapes`: indices by tensors and `None`, axes as tuples, matrix products of more
than two axes, and the functions of `functions`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

from bpstep.errors import ExpressionError, UnknownName
from bpstep.lang.shapes import Shape, broadcast, keepdims, shape_text, slice_bounds
from bpstep.lang.trees import index_parts, int_literal, keyword

MAX_AXES = 6
"""Four axes hold any batch of images; windows and blocks of it need two more for a moment."""


def shape_of(node: ast.expr, shapes: Mapping[str, Shape], met: dict[int, Shape] | None = None) -> Shape:
    """The result's shape; ExpressionError where NumPy would refuse it. `met` collects those of all parts."""
    found = _shape(node, shapes, met)
    if len(found) > MAX_AXES:
        raise ExpressionError(f"{short(node)} would have {len(found)} axes, {MAX_AXES} at most")
    if met is not None:
        met[id(node)] = found
    return found


def _shape(node: ast.expr, shapes: Mapping[str, Shape], met: dict[int, Shape] | None) -> Shape:
    def inner(child: ast.expr) -> Shape:
        return shape_of(child, shapes, met)

    match node:
        case ast.Name():
            if node.id not in shapes:
                raise UnknownName(node.id, f"no tensor {node.id} exists here")
            return shapes[node.id]
        case ast.Constant():
            return ()
        case ast.UnaryOp():
            return inner(node.operand)
        case ast.Attribute():
            return inner(node.value)[::-1]
        case ast.BinOp(op=ast.MatMult()):
            return matmul(node, inner(node.left), inner(node.right))
        case ast.BinOp():
            return broadcast(node, inner(node.left), inner(node.right))
        case ast.Compare():
            return broadcast(node, inner(node.left), inner(node.comparators[0]))
        case ast.Subscript():
            return subscript(node, inner(node.value), inner)
        case ast.Call(func=ast.Attribute(attr="reshape")):
            assert isinstance(node.func, ast.Attribute)
            return reshape(node, inner(node.func.value), wholes(node.args, shapes))
        case ast.Call(func=ast.Name(id=name)):
            rule = SHAPES.get(name)
            if rule is not None:
                return rule(node, inner, shapes)
            return broadcast(node, *map(inner, node.args))
    raise ExpressionError(f"{short(node)} is not allowed in an equation")


def short(node: ast.AST) -> str:
    """A node's text for a message."""
    written = ast.unparse(node)
    return written if len(written) <= 40 else written[:39] + "…"


def whole(node: ast.expr | None, shapes: Mapping[str, Shape]) -> int | None:
    """The whole number that a node stands for: 3, -1, size(X, 0); None for anything else."""
    match node:
        case None:
            return None
        case ast.Call(func=ast.Name(id="size")):
            met = shape_of(node.args[0], shapes)
            axis = whole(node.args[1], shapes) if len(node.args) > 1 else None
            return math.prod(met) if axis is None else met[axis]
        case ast.BinOp(op=ast.Mult() | ast.FloorDiv() | ast.Add() | ast.Sub()):
            left, right = whole(node.left, shapes), whole(node.right, shapes)
            if left is None or right is None:
                return None
            steps: dict[type[ast.operator], Callable[[int, int], int]] = {
                ast.Mult: lambda a, b: a * b,
                ast.Add: lambda a, b: a + b,
                ast.Sub: lambda a, b: a - b,
                ast.FloorDiv: lambda a, b: a // (b or 1),
            }
            return steps[type(node.op)](left, right)
    return int_literal(node)


def wholes(nodes: list[ast.expr], shapes: Mapping[str, Shape]) -> list[int]:
    """The whole numbers of (2, 3), of [2, 3] or of ((2, 3))."""
    if len(nodes) == 1 and isinstance(nodes[0], ast.List | ast.Tuple):
        nodes = nodes[0].elts
    found = [whole(node, shapes) for node in nodes]
    if None in found:
        raise ExpressionError(f"{', '.join(map(short, nodes))}: expected whole numbers")
    return [at for at in found if at is not None]


def axes_of(node: ast.Call, rank: int) -> tuple[int, ...] | None:
    """The axes that a call names, counted from 0 and in order; None where it names none."""
    axes = axes_as_written(node, rank)
    return None if axes is None else tuple(sorted(axes))


def axes_as_written(node: ast.Call, rank: int) -> tuple[int, ...] | None:
    """The same in the order of the call, which pairs them with the lengths of windows."""
    given = keyword(node, "axis")
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return None
    listed = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
    found = []
    for item in listed:
        axis = int_literal(item)
        if axis is None or not -rank <= axis < rank:
            raise ExpressionError(f"{short(node)}: no axis {short(item)} where there are {rank}")
        found.append(axis % rank)
    if len(set(found)) < len(found):
        raise ExpressionError(f"{short(node)}: an axis is named twice")
    return tuple(found)


def matmul(node: ast.expr, left: Shape, right: Shape) -> Shape:
    """The shape of left @ right, with NumPy's rules for one axis and for more than two."""
    fits = left and right and left[-1] == right[max(len(right) - 2, 0)]
    if not fits:
        raise ExpressionError(f"{short(node)}: {shape_text(left)} @ {shape_text(right)} do not fit together")
    if len(left) == 1 or len(right) == 1:
        return left[:-1] + (right[:-2] + right[-1:] if len(right) > 1 else ())
    return (*broadcast(node, left[:-2], right[:-2]), left[-2], right[-1])


def subscript(node: ast.Subscript, shape: Shape, inner: Callable[[ast.expr], Shape]) -> Shape:
    """The shape of value[…]: whole numbers, slices, None, and whole-number tensors side by side."""
    parts = index_parts(node)
    taken = sum(not is_new_axis(part) for part in parts)
    if taken > len(shape):
        raise ExpressionError(f"{short(node)}: {taken} indices into {shape_text(shape)}")
    result: list[int] = []
    sizes = iter(shape)
    tensors: list[Shape] = []
    place = 0
    for part in parts:
        if is_new_axis(part):
            result.append(1)
            continue
        size = next(sizes)
        if isinstance(part, ast.Slice):
            result.append(len(range(*slice_bounds(part, size))))
        elif int_literal(part) is not None:
            at = int_literal(part) or 0
            if not -size <= at < size:
                raise ExpressionError(f"{short(node)}: no index {at} in {shape_text(shape)}")
        else:
            if not tensors:
                place = len(result)
            elif place != len(result):
                raise ExpressionError(f"{short(node)}: indices by tensors stand side by side")
            tensors.append(inner(part))
    if tensors:
        result[place:place] = broadcast(node, *tensors)
    return (*result, *sizes)


def is_new_axis(part: ast.expr) -> bool:
    """True for None between brackets."""
    return isinstance(part, ast.Constant) and part.value is None


def reshape(node: ast.Call, shape: Shape, sizes: list[int]) -> Shape:
    """The shape that .reshape asks for."""
    cells, known = math.prod(shape), math.prod(size for size in sizes if size != -1)
    sizes = list(sizes)
    if sizes.count(-1) == 1 and known > 0 and cells % known == 0:
        sizes[sizes.index(-1)] = cells // known
    if min(sizes, default=0) < 0 or math.prod(sizes) != cells:
        raise ExpressionError(f"{short(node)}: {shape_text(shape)} has {cells} cells and does not fit")
    return tuple(sizes)


Inner = Callable[[ast.expr], Shape]
ShapeRule = Callable[[ast.Call, Inner, Mapping[str, Shape]], Shape]


def _reduction(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    shape = inner(node.args[0])
    axes = axes_of(node, len(shape))
    gone = range(len(shape)) if axes is None else axes
    assert isinstance(node.func, ast.Name)
    if node.func.id not in ("sum", "any", "all") and not all(shape[a] for a in gone):
        raise ExpressionError(f"{short(node)}: there is no {node.func.id} of nothing")
    if keepdims(node):
        return tuple(1 if a in gone else size for a, size in enumerate(shape))
    return tuple(size for a, size in enumerate(shape) if a not in gone)


def _repeat(node: ast.Call, inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    shape = inner(node.args[0])
    times = whole(node.args[1], shapes)
    if times is None or times < 1:
        raise ExpressionError("repeat takes a whole number of times, 1 or more: repeat(a, 3)")
    axes = axes_of(node, len(shape))
    if axes is None:
        return (math.prod(shape) * times,)
    return (*shape[: axes[0]], shape[axes[0]] * times, *shape[axes[0] + 1 :])


def items(node: ast.Call) -> list[ast.expr]:
    """The tensors that are joined: concatenate([a, b])."""
    if not node.args or not isinstance(node.args[0], ast.List | ast.Tuple) or not node.args[0].elts:
        assert isinstance(node.func, ast.Name)
        raise ExpressionError(f"{node.func.id} takes a list: {node.func.id}([a, b])")
    return node.args[0].elts


def _concatenate(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    parts = [inner(item) for item in items(node)]
    first = parts[0]
    if not first:
        raise ExpressionError(f"{short(node)}: single numbers can't be concatenated")
    axis = (axes_of(node, len(first)) or (0,))[0]
    for part in parts[1:]:
        if len(part) != len(first) or part[:axis] + part[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ExpressionError(
                f"{short(node)}: {shape_text(first)} and {shape_text(part)} do not fit together"
            )
    return (*first[:axis], sum(part[axis] for part in parts), *first[axis + 1 :])


def _stack(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    parts = [inner(item) for item in items(node)]
    for part in parts[1:]:
        if part != parts[0]:
            raise ExpressionError(
                f"{short(node)}: {shape_text(parts[0])} and {shape_text(part)} do not fit together"
            )
    axis = (axes_of(node, len(parts[0]) + 1) or (0,))[0]
    return (*parts[0][:axis], len(parts), *parts[0][axis:])


def _outer(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    return (math.prod(inner(node.args[0])), math.prod(inner(node.args[1])))


def _dot(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    left, right = inner(node.args[0]), inner(node.args[1])
    if not left or not right:
        return left or right
    if len(right) > 2:
        raise ExpressionError(f"{short(node)}: the second argument of dot has at most two axes, use @")
    return matmul(node, left, right)


def _matmul(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    return matmul(node, inner(node.args[0]), inner(node.args[1]))


def _one_hot(node: ast.Call, inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    count = whole(node.args[1], shapes)
    if count is None or count < 1:
        raise ExpressionError("one_hot takes a number of classes: one_hot(labels, 10)")
    return (*inner(node.args[0]), count)


def _arange(node: ast.Call, _inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    return (len(range(*wholes(node.args, shapes))),)


def _size(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    rank = len(inner(node.args[0]))
    axis = int_literal(node.args[1]) if len(node.args) > 1 else 0
    if axis is None or (len(node.args) > 1 and not -rank <= axis < rank):
        raise ExpressionError(f"{short(node)}: no such axis where there are {rank}")
    return ()


def _swapaxes(node: ast.Call, inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    sizes = list(inner(node.args[0]))
    a, b = wholes(node.args[1:], shapes)
    if not (-len(sizes) <= a < len(sizes) and -len(sizes) <= b < len(sizes)):
        raise ExpressionError(f"{short(node)}: no such axes where there are {len(sizes)}")
    sizes[a], sizes[b] = sizes[b], sizes[a]
    return tuple(sizes)


def _transpose(node: ast.Call, inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    shape = inner(node.args[0])
    return tuple(shape[axis] for axis in permutation(node, len(shape), shapes))


def permutation(node: ast.Call, rank: int, shapes: Mapping[str, Shape]) -> list[int]:
    """The order of the axes that transpose(x, (1, 0, 2)) asks for; all turned round where it names none."""
    given: ast.expr | None = keyword(node, "axes") or (node.args[1] if len(node.args) > 1 else None)
    if given is None:
        return list(range(rank))[::-1]
    order = [axis % rank if rank else axis for axis in wholes([given], shapes)]
    if sorted(order) != list(range(rank)):
        raise ExpressionError(f"{short(node)}: expected each of {rank} axes once")
    return order


def pad_widths(node: ast.Call, rank: int, shapes: Mapping[str, Shape]) -> list[tuple[int, int]]:
    """The zeros before and after each axis: pad(x, ((0, 0), (1, 1))), pad(x, 1)."""
    given = node.args[1]
    alone = whole(given, shapes)
    if alone is not None:
        return [(alone, alone)] * rank
    pairs = given.elts if isinstance(given, ast.Tuple | ast.List) else []
    found = []
    for pair in pairs:
        ends = wholes([pair], shapes)
        found.append((ends[0], ends[-1]))
    if len(found) != rank or any(min(ends) < 0 for ends in found):
        raise ExpressionError(f"{short(node)}: expected a pair for each of {rank} axes")
    return found


def _pad(node: ast.Call, inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    shape = inner(node.args[0])
    widths = pad_widths(node, len(shape), shapes)
    return tuple(before + size + after for size, (before, after) in zip(shape, widths))


def window_axes(node: ast.Call, rank: int, shapes: Mapping[str, Shape]) -> tuple[list[int], list[int]]:
    """The axes that windows(x, (3, 3), axis=(1, 2)) slides along, and the windows' lengths."""
    lengths = wholes(node.args[1:2], shapes)
    axes = axes_as_written(node, rank)
    slid = list(range(rank)) if axes is None else list(axes)
    if len(lengths) != len(slid):
        raise ExpressionError(f"{short(node)}: expected a length for each axis")
    return slid, lengths


def _windows(node: ast.Call, inner: Inner, shapes: Mapping[str, Shape]) -> Shape:
    shape = list(inner(node.args[0]))
    axes, lengths = window_axes(node, len(shape), shapes)
    for axis, length in zip(axes, lengths):
        if not 1 <= length <= shape[axis]:
            raise ExpressionError(f"{short(node)}: no window of {length} in {shape_text(tuple(shape))}")
        shape[axis] -= length - 1
    return (*shape, *lengths)


def _overlap_add(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    shape = inner(node.args[0])
    given = keyword(node, "axis")
    count = len(given.elts) if isinstance(given, ast.Tuple | ast.List) else 1
    rank = len(shape) - count
    axes = axes_as_written(node, rank)
    if axes is None or rank < 1:
        raise ExpressionError(f"{short(node)}: expected axis=… of the windows")
    result = list(shape[:rank])
    for axis, length in zip(axes, shape[rank:]):
        result[axis] += length - 1
    return tuple(result)


def subscripts(node: ast.Call) -> tuple[list[str], str]:
    """The letters of einsum("ij,jk->ik", a, b): those of each operand, and of the result."""
    first = node.args[0] if node.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        raise ExpressionError('einsum takes its indices first: einsum("ij,jk->ik", a, b)')
    left, arrow, result = first.value.replace(" ", "").partition("->")
    parts = left.split(",")
    letters = set(left) - {","}
    if not arrow or len(parts) != len(node.args) - 1 or not (letters | set(result)) <= set(_LETTERS):
        raise ExpressionError('einsum takes its indices as "ij,jk->ik", one group a tensor')
    if not set(result) <= letters or any(len(set(part)) < len(part) for part in [*parts, result]):
        raise ExpressionError("einsum takes each index once a tensor, and those of the result from them")
    return parts, result


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _einsum(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    parts, result = subscripts(node)
    sizes: dict[str, int] = {}
    for letters, operand in zip(parts, node.args[1:]):
        shape = inner(operand)
        if len(shape) != len(letters):
            raise ExpressionError(f"{short(node)}: {letters} does not fit {shape_text(shape)}")
        for letter, size in zip(letters, shape):
            if sizes.setdefault(letter, size) != size:
                raise ExpressionError(f"{short(node)}: {letter} is {sizes[letter]} and {size}")
    return tuple(sizes[letter] for letter in result)


def _clip(node: ast.Call, inner: Inner, _shapes: Mapping[str, Shape]) -> Shape:
    return broadcast(node, *map(inner, node.args))


SHAPES: dict[str, ShapeRule] = {
    **dict.fromkeys(("sum", "mean", "max", "min", "any", "all", "var", "std", "argmax"), _reduction),
    "repeat": _repeat,
    "concatenate": _concatenate,
    "stack": _stack,
    "outer": _outer,
    "dot": _dot,
    "matmul": _matmul,
    "one_hot": _one_hot,
    "arange": _arange,
    "size": _size,
    "swapaxes": _swapaxes,
    "transpose": _transpose,
    "pad": _pad,
    "windows": _windows,
    "overlap_add": _overlap_add,
    "einsum": _einsum,
    "clip": _clip,
}
