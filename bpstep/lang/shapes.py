"""The shape of an expression, worked out from the shapes of its tensors before anything is allocated."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping

from bpstep.errors import ExpressionError
from bpstep.lang import messages
from bpstep.lang.functions import called_function
from bpstep.lang.parser import index_parts, int_literal, is_reshape, keyword, reshape_sizes
from bpstep.text import fill, fill_plural

Shape = tuple[int, ...]

MAX_CELLS = 2**25
"""No intermediate result may have more cells: 256 MB."""

MAX_PRODUCTS = 2**34
"""No matrix product may need more multiplications: some seconds."""


def shape_of(node: ast.expr, shapes: Mapping[str, Shape]) -> Shape:
    """The result's shape; ExpressionError where NumPy would refuse it, or where it would be too large."""
    shape = _shape(node, shapes)
    if math.prod(shape) > MAX_CELLS:
        shown = _clip(shape_text(shape))
        raise ExpressionError(
            fill(messages.SHAPE_TOO_LARGE, expression=_short(node), shape=shown, limit=MAX_CELLS)
        )
    return shape


def _shape(node: ast.expr, shapes: Mapping[str, Shape]) -> Shape:
    match node:
        case ast.Name():
            return shapes[node.id]
        case ast.Constant():
            return ()
        case ast.UnaryOp():
            return shape_of(node.operand, shapes)
        case ast.Attribute():
            return shape_of(node.value, shapes)[::-1]
        case ast.BinOp(op=ast.MatMult()):
            return _matmul(node, shape_of(node.left, shapes), shape_of(node.right, shapes))
        case ast.BinOp():
            return broadcast(node, shape_of(node.left, shapes), shape_of(node.right, shapes))
        case ast.Compare():
            return broadcast(node, shape_of(node.left, shapes), shape_of(node.comparators[0], shapes))
        case ast.Subscript():
            return _subscript(node, shape_of(node.value, shapes))
        case ast.Call():
            return _call(node, shapes)
    raise AssertionError(f"{type(node).__name__} passed the grammar")


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
            listed = ", ".join(map(shape_text, shapes))
            raise ExpressionError(fill(messages.SHAPES_DO_NOT_FIT, expression=_short(node), shapes=listed))
        result.append(wide.pop() if wide else 1)
    return tuple(result)


def _matmul(node: ast.expr, left: Shape, right: Shape) -> Shape:
    slots = {"expression": _short(node), "left": shape_text(left), "right": shape_text(right)}
    if not (1 <= len(left) <= 2 and 1 <= len(right) <= 2) or left[-1] != right[0]:
        raise ExpressionError(fill(messages.MATMUL_SHAPES, **slots))
    if math.prod(left) * math.prod(right[1:]) > MAX_PRODUCTS:
        raise ExpressionError(fill(messages.MATMUL_TOO_LARGE, **slots))
    return left[:-1] + right[1:]


def _subscript(node: ast.Subscript, shape: Shape) -> Shape:
    parts = index_parts(node)
    if len(parts) > len(shape):
        raise ExpressionError(
            fill(
                messages.TOO_MANY_INDICES, expression=_short(node), count=len(parts), shape=shape_text(shape)
            )
        )
    result = []
    for part, size in zip(parts, shape):
        if isinstance(part, ast.Slice):
            result.append(len(range(*slice_bounds(part, size))))
            continue
        at = int_literal(part)
        assert at is not None
        if not -size <= at < size:
            shown, whole = _clip(str(at)), shape_text(shape)
            raise ExpressionError(
                fill(messages.NO_SUCH_INDEX, expression=_short(node), index=shown, shape=whole)
            )
    return (*result, *shape[len(parts) :])


def slice_bounds(part: ast.Slice, size: int) -> tuple[int, int, int]:
    """Start, stop and step of a slice along an axis of `size`."""
    ends = [None if end is None else int_literal(end) for end in (part.lower, part.upper, part.step)]
    if ends[2] == 0:
        raise ExpressionError(fill(messages.ZERO_SLICE_STEP))
    return slice(*ends).indices(size)


def axis_of(node: ast.Call, rank: int, default: int | None) -> int | None:
    """The axis that a call names, counted from 0; `default` where it names none."""
    given = keyword(node, "axis")
    if given is None:
        return default
    axis = int_literal(given)
    assert axis is not None
    if not -rank <= axis < rank:
        one, many = messages.NO_SUCH_AXIS_ONE, messages.NO_SUCH_AXIS_MANY
        raise ExpressionError(fill_plural(rank, one, many, expression=_short(node), axis=_clip(str(axis))))
    return axis % rank


def keepdims(node: ast.Call) -> bool:
    """True where a reduction keeps the axes it goes over."""
    given = keyword(node, "keepdims")
    return isinstance(given, ast.Constant) and given.value is True


def _call(node: ast.Call, shapes: Mapping[str, Shape]) -> Shape:
    if is_reshape(node):
        assert isinstance(node.func, ast.Attribute)
        return _reshape(node, shape_of(node.func.value, shapes))
    assert isinstance(node.func, ast.Name)
    function = called_function(node)
    kind = function.kind if function else "elementwise"
    if kind == "concatenate":
        assert isinstance(node.args[0], ast.List)
        return _concatenate(node, [shape_of(item, shapes) for item in node.args[0].elts])
    arguments = [shape_of(item, shapes) for item in node.args if kind != "repeat" or item is node.args[0]]
    match kind:
        case "reduction":
            return _reduction(node, arguments[0])
        case "repeat":
            return _repeat(node, arguments[0])
        case "outer":
            return (math.prod(arguments[0]), math.prod(arguments[1]))
    if node.func.id == "softmax" and arguments[0][-1:] == (0,):
        raise ExpressionError(fill(messages.NOTHING_TO_REDUCE, expression=_short(node), function="softmax"))
    return broadcast(node, *arguments)


def _reduction(node: ast.Call, shape: Shape) -> Shape:
    axis = axis_of(node, len(shape), None)
    reduced_axes = range(len(shape)) if axis is None else [axis]
    assert isinstance(node.func, ast.Name)
    if node.func.id in ("max", "min", "mean") and not all(shape[a] for a in reduced_axes):
        raise ExpressionError(
            fill(messages.NOTHING_TO_REDUCE, expression=_short(node), function=node.func.id)
        )
    if keepdims(node):
        return tuple(1 if a in reduced_axes else size for a, size in enumerate(shape))
    return tuple(size for a, size in enumerate(shape) if a not in reduced_axes)


def _repeat(node: ast.Call, shape: Shape) -> Shape:
    times = int_literal(node.args[1])
    assert times is not None
    axis = axis_of(node, len(shape), None)
    if axis is None:
        return (math.prod(shape) * times,)
    return (*shape[:axis], shape[axis] * times, *shape[axis + 1 :])


def _concatenate(node: ast.Call, parts: list[Shape]) -> Shape:
    first = parts[0]
    if not first:
        raise ExpressionError(fill(messages.CONCATENATED_NUMBERS, expression=_short(node)))
    axis = axis_of(node, len(first), 0) or 0
    for part in parts[1:]:
        if len(part) != len(first) or part[:axis] + part[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            listed = f"{shape_text(first)}, {shape_text(part)}"
            raise ExpressionError(fill(messages.SHAPES_DO_NOT_FIT, expression=_short(node), shapes=listed))
    return (*first[:axis], sum(part[axis] for part in parts), *first[axis + 1 :])


def _reshape(node: ast.Call, shape: Shape) -> Shape:
    sizes = [int_literal(size) or 0 for size in reshape_sizes(node)]
    cells, known = math.prod(shape), math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and known > 0 and cells % known == 0:
        sizes[sizes.index(-1)] = cells // known
    if min(sizes, default=0) < 0 or math.prod(sizes) != cells:
        one, many = messages.RESHAPE_DOES_NOT_FIT_ONE, messages.RESHAPE_DOES_NOT_FIT_MANY
        shown = shape_text(shape)
        raise ExpressionError(fill_plural(cells, one, many, expression=_short(node), shape=shown))
    return tuple(sizes)


def _short(node: ast.expr) -> str:
    return _clip(ast.unparse(node))


def _clip(written: str) -> str:
    return written if len(written) <= 40 else written[:39] + "…"
