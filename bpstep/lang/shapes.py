"""The shape of an expression, worked out from the shapes of its tensors before anything is allocated."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError, UnknownName
from bpstep.lang import messages, shape_rules
from bpstep.lang.functions import argument_operands, called_function
from bpstep.lang.shape_rules import (
    Shape,
    axes_as_written,
    axes_of,
    axis_of,
    broadcast,
    shape_text,
    slice_bounds,
)
from bpstep.lang.trees import (
    children,
    function_name,
    index_parts,
    int_literal,
    is_reshape,
    is_tensor_index,
    keepdims,
    short,
    shortened,
)
from bpstep.text import fill

__all__ = [
    "Shape",
    "WholeShape",
    "WrittenShape",
    "axes_as_written",
    "axes_of",
    "axis_of",
    "broadcast",
    "check_indices",
    "indexes_by",
    "is_whole",
    "keepdims",
    "result_shape",
    "shape_of",
    "shape_text",
    "slice_bounds",
    "value_shape",
    "whole_names",
    "whole_operands",
]

_MAX_CELLS = 2**25
"""The most cells of an intermediate result: 256 MB."""

_MAX_AXES = 6
"""Four axes hold any batch of images; its windows and blocks need two more."""


class WholeShape(tuple[int, ...]):
    """The shape of a tensor of whole numbers, which can be an index. It equals the plain shape."""


class WrittenShape(tuple[int, ...]):
    """The shape of a tensor whose numbers are written whole numbers, as in `where(y > 0, 1, 0)`.

    It is stored as float64, as every mask is, and becomes an integer where it is an index. It equals the
    plain shape.
    """


def value_shape(value: Any) -> Shape:
    """The shape of a tensor's value; a WholeShape if its type is an integer."""
    shape = np.shape(value)
    kind = value.dtype.kind if isinstance(value, np.ndarray) else np.asarray(value).dtype.kind
    return WholeShape(shape) if kind in "iu" else shape


def shape_of(node: ast.expr, shapes: Mapping[str, Shape], met: dict[int, Shape] | None = None) -> Shape:
    """The result's shape; ExpressionError if NumPy would refuse it, or if it would be too large.

    `met` collects the shapes of all parts, by the `id` of their nodes.
    """
    shape = _shape(node, shapes, met)
    if len(shape) > _MAX_AXES:
        raise ExpressionError(
            fill(messages.TOO_MANY_AXES, expression=short(node), count=len(shape), limit=_MAX_AXES)
        )
    if math.prod(shape) > _MAX_CELLS:
        shown = shortened(shape_text(shape))
        raise ExpressionError(
            fill(messages.SHAPE_TOO_LARGE, expression=short(node), shape=shown, limit=_MAX_CELLS)
        )
    if met is not None:
        met[id(node)] = shape
    return shape


def _shape(node: ast.expr, shapes: Mapping[str, Shape], met: dict[int, Shape] | None) -> Shape:
    def inner(child: ast.expr) -> Shape:
        return shape_of(child, shapes, met)

    match node:
        case ast.Name():
            if node.id not in shapes:
                raise UnknownName(node.id, fill(messages.UNKNOWN_TENSOR_HERE, name=node.id))
            return shapes[node.id]
        case ast.Constant():
            return ()
        case ast.UnaryOp():
            return inner(node.operand)
        case ast.Attribute():
            return inner(node.value)[::-1]
        case ast.BinOp(op=ast.MatMult()):
            return shape_rules.matmul(node, inner(node.left), inner(node.right))
        case ast.BinOp():
            return broadcast(node, inner(node.left), inner(node.right))
        case ast.Compare():
            return broadcast(node, inner(node.left), inner(node.comparators[0]))
        case ast.Subscript():
            return shape_rules.subscript(node, inner(node.value), inner)
        case ast.Call():
            return _call(node, inner)
    raise AssertionError(f"{type(node).__name__} passed the grammar")


def _call(node: ast.Call, inner: shape_rules.Inner) -> Shape:
    if is_reshape(node):
        assert isinstance(node.func, ast.Attribute)
        return shape_rules.reshape(node, inner(node.func.value), inner)
    function = called_function(node)
    if function is not None and function.shape is not None:
        return function.shape(node, inner)
    return broadcast(node, *map(inner, node.args))


_WRITTEN_LIMIT = 2**31
"""Written whole numbers from here on are taken as float64."""


def result_shape(node: ast.expr, shapes: Mapping[str, Shape]) -> Shape:
    """The shape of an equation's result; a WholeShape or a WrittenShape if its numbers can be indices."""
    shape = shape_of(node, shapes)
    if is_whole(node, shapes):
        return WholeShape(shape)
    return WrittenShape(shape) if shape and _is_index(node, shapes) else shape


def is_whole(node: ast.expr, shapes: Mapping[str, Shape]) -> bool:
    """True if the result is certain to be whole numbers that can be an index."""
    if isinstance(node, ast.Name):
        return isinstance(shapes.get(node.id), WholeShape)
    if not (operands := whole_operands(node)):
        return operands is not None
    return any(is_whole(operand, shapes) for operand in operands) and _is_index(node, shapes)


def _is_index(node: ast.expr, shapes: Mapping[str, Shape]) -> bool:
    """As `is_whole`, but a written number counts as a whole number, too, if no int64 overflows by it."""
    if (number := int_literal(node)) is not None or function_name(node) == "size":
        return number is None or abs(number) < _WRITTEN_LIMIT
    if isinstance(node, ast.Name):
        return isinstance(shapes.get(node.id), WholeShape | WrittenShape)
    operands = whole_operands(node)
    return operands is not None and all(_is_index(operand, shapes) for operand in operands)


def whole_operands(node: ast.expr) -> list[ast.expr] | None:
    """The operands that have to be whole numbers for the result to be; None if it may be a fraction even so.

    None also for a tensor and for the size of one, which is a plain number.
    """
    match node:
        case ast.UnaryOp():
            return [node.operand]
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
            return [node.left, node.right]
        case ast.Attribute() | ast.Subscript():
            return [node.value]
        case ast.Call(func=ast.Attribute(value=value)):
            return [value]
        case ast.Call():
            function = called_function(node)
            if function is not None and function.picks:
                conditions = [node.args[at] for at in function.conditions]
                return [operand for operand in argument_operands(node) if operand not in conditions]
            return [] if function is not None and function.integer and function_name(node) != "size" else None
    return None


def whole_names(node: ast.expr) -> Iterator[str]:
    """The tensors that have to be whole numbers for the result to be."""
    if isinstance(node, ast.Name):
        yield node.id
    for operand in whole_operands(node) or ():
        yield from whole_names(operand)


def indexes_by(tree: ast.expr, name: str) -> bool:
    """True if an index somewhere in the tree is computed from a tensor."""
    return any(
        name in whole_names(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for part in filter(is_tensor_index, index_parts(node))
    )


def check_indices(node: ast.expr, shapes: Mapping[str, Shape]) -> None:
    """Refuse, with ExpressionError, an index by a tensor whose numbers may not be whole.

    The shapes of tensors of whole numbers are WholeShapes.
    """
    if isinstance(node, ast.Subscript):
        for part in filter(is_tensor_index, index_parts(node)):
            if not _is_index(part, shapes):
                raise ExpressionError(fill(messages.NOT_WHOLE, index=shortened(ast.unparse(part))))
    for child in children(node):
        check_indices(child, shapes)
