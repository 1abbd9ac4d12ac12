"""Which values a tensor used as an index can have, known before anything runs: no step may fail on one."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.lang import messages
from bpstep.lang.shape_rules import axes_of, whole, wholes
from bpstep.lang.shapes import Shape, WholeShape, shape_of, shape_text, value_shape, whole_operands
from bpstep.lang.trees import (
    children,
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_tensor_index,
    short,
)
from bpstep.text import fill

Range = tuple[int, int]
"""The least and the greatest number."""


def whole_ranges(tensors: Mapping[str, Any]) -> dict[str, Range]:
    """The least and the greatest number of each tensor of whole numbers, and of each column of a matrix."""
    found: dict[str, Range] = {}
    for name, value in tensors.items():
        if isinstance(value_shape(value), WholeShape) and np.size(value):
            found[name] = int(np.min(value)), int(np.max(value))
            if np.ndim(value) == 2:
                ends = zip(np.min(value, axis=0).tolist(), np.max(value, axis=0).tolist())
                found |= {column_key(name, at): range_ for at, range_ in enumerate(ends)}
    return found


def column_key(name: str, column: int) -> str:
    """The key of a column's range among the ranges of tensors."""
    return f"{name}[:, {column}]"


def check_index_bounds(node: ast.expr, shapes: Mapping[str, Shape], ranges: Mapping[str, Range]) -> None:
    """ExpressionError if an index by a tensor may lie outside its axis, or a class outside `one_hot`'s
    columns.

    Only numbers whose range is known are checked.
    """
    if function_name(node) == "one_hot":
        assert isinstance(node, ast.Call)
        classes, count = node.args[0], shape_of(node, shapes)[-1]
        for number in index_range(classes, shapes, ranges) or ():
            if not -count <= number < count:
                slots = {"expression": short(node), "number": number, "count": count, "last": count - 1}
                raise ExpressionError(fill(messages.ONE_HOT_OUT_OF_RANGE, part=short(classes), **slots))
    if isinstance(node, ast.Subscript):
        shape = shape_of(node.value, shapes)
        parts = [part for part in index_parts(node) if not is_new_axis(part)]
        for part, size in zip(parts, shape):
            found = index_range(part, shapes, ranges) if is_tensor_index(part) else None
            for number in found or ():
                if not -size <= number < size:
                    slots = {"expression": short(node), "number": number, "shape": shape_text(shape)}
                    raise ExpressionError(fill(messages.INDEX_OUT_OF_RANGE, part=short(part), **slots))
    for child in children(node):
        check_index_bounds(child, shapes, ranges)


def index_range(node: ast.expr, shapes: Mapping[str, Shape], ranges: Mapping[str, Range]) -> Range | None:
    """The least and the greatest value of a node of whole numbers; None if unknown."""

    def inner(child: ast.expr) -> Shape:
        return shape_of(child, shapes)

    match node:
        case ast.Name():
            return ranges.get(node.id)
        case ast.UnaryOp():
            found = None if int_literal(node) is not None else index_range(node.operand, shapes, ranges)
            return _literal(node) if found is None else (-found[1], -found[0])
        case ast.BinOp():
            return _combined(
                node, index_range(node.left, shapes, ranges), index_range(node.right, shapes, ranges)
            )
        case ast.Subscript(value=ast.Name(name), slice=ast.Tuple([first, second])) if (
            not is_new_axis(first) and (column := int_literal(second)) is not None
        ):
            return ranges.get(column_key(name, column % shapes[name][1]), ranges.get(name))
        case ast.Attribute() | ast.Subscript():
            return index_range(node.value, shapes, ranges)
        case ast.Call(func=ast.Attribute(value=value)):
            return index_range(value, shapes, ranges)
        case ast.Call(func=ast.Name(id="arange")):
            numbers = range(*wholes(node.args, inner))
            return (min(numbers), max(numbers)) if numbers else None
        case ast.Call(func=ast.Name(id="argmax")):
            shape = inner(node.args[0])
            axes = axes_of(node, len(shape))
            return 0, (int(np.prod(shape)) if axes is None else shape[axes[0]]) - 1
        case ast.Call(func=ast.Name(id="size")):
            count = whole(node, inner)
            return None if count is None else (count, count)
        case ast.Call():
            operands = [index_range(operand, shapes, ranges) for operand in whole_operands(node) or ()]
            known = [operand for operand in operands if operand is not None]
            return _picked(node, known) if known and len(known) == len(operands) else None
    return _literal(node)


def _literal(node: ast.expr) -> Range | None:
    number = int_literal(node)
    return None if number is None else (number, number)


def _picked(node: ast.Call, operands: list[Range]) -> Range:
    """The range of a function that picks numbers of its operands, which have these ranges."""
    lows, highs = zip(*operands)
    match function_name(node):
        case "abs":
            low, high = operands[0]
            return max(low, -high, 0), max(high, -low)
        case "minimum":
            return min(lows), min(highs)
        case "maximum":
            return max(lows), max(highs)
        case "clip":
            return min(max(lows[:2]), lows[2]), min(max(highs[:2]), highs[2])
        case "pad":
            return min(lows[0], 0), max(highs[0], 0)
    return min(lows), max(highs)


def _combined(node: ast.BinOp, left: Range | None, right: Range | None) -> Range | None:
    if left is None or right is None:
        return None
    match node.op:
        case ast.Add():
            return left[0] + right[0], left[1] + right[1]
        case ast.Sub():
            return left[0] - right[1], left[1] - right[0]
        case ast.Mult():
            corners = [a * b for a in left for b in right]
            return min(corners), max(corners)
    return None
