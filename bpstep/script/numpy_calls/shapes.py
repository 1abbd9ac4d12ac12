"""Functions that change the shape, the order of axes or the type of the same numbers."""

from __future__ import annotations

import ast
import math

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, shape_tree


def _reshape(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or call.kwargs.get("order", "C") != "C":
        return None
    sizes = list(call.args[1:])
    if not sizes and ("shape" in call.kwargs or "newshape" in call.kwargs):
        sizes = [call.kwargs.get("shape", call.kwargs.get("newshape"))]
    if not sizes or "order" in call.kwargs:
        return None
    return build.method(tree, "reshape", *shape_tree(sizes[0] if len(sizes) == 1 else sizes))


def _resize(call: CallMade) -> Tree | None:
    """`np.resize(x, shape)`: the numbers of x, repeated or cut to fill the shape."""
    tree, shape = call.tree(0), np.shape(call.result)
    size = np.size(call.args[0])
    if tree is None or not shape or not size:
        return None
    flat = tree if np.ndim(call.args[0]) == 1 else build.method(tree, "reshape", build.signed_number(-1))
    if size >= math.prod(shape):
        if size > math.prod(shape):
            flat = build.subscript_of(flat, [build.slice_of(None, math.prod(shape))])
        return flat if len(shape) == 1 else build.method(flat, "reshape", *map(build.signed_number, shape))
    inner = next((at for at in range(len(shape)) if math.prod(shape[at:]) == size), None)
    if inner is None:
        return None
    part = (
        flat
        if len(shape) - inner == 1
        else build.method(flat, "reshape", *map(build.signed_number, shape[inner:]))
    )
    return build.multiply(part, build.call("ones", build.tuple_of(shape)))


def reshaped_as_result(call: CallMade) -> Tree | None:
    """A call that only changes its argument's shape: ravel, squeeze, expand_dims, atleast_2d."""
    tree = call.tree(0)
    if tree is None or call.kwargs.get("order", "C") != "C" or not isinstance(call.result, np.ndarray):
        return None
    shape, before = call.result.shape, np.shape(call.args[0])
    if shape == before:
        return tree
    if call.result.ndim == 1 and call.result.size == np.size(call.args[0]):
        return build.method(tree, "reshape", build.signed_number(-1))
    return build.method(tree, "reshape", *map(build.signed_number, shape))


def itself(call: CallMade) -> Tree | None:
    """A call that returns its argument's numbers: copy, asarray, float."""
    tree = call.tree(0)
    if tree is not None and np.shape(call.args[0]) != np.shape(call.result):
        return (
            build.method(tree, "reshape", *map(build.signed_number, np.shape(call.result)))
            if np.shape(call.result)
            else build.subscript_of(tree, [build.signed_number(0)] * np.ndim(call.args[0]))
        )
    return tree


def _item(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    if len(call.args) == 1:
        rank = np.ndim(call.args[0])
        return build.subscript_of(tree, [build.signed_number(0)] * rank) if rank else tree
    index = call.args[1:] if isinstance(call.args[1], int) else call.args[1]
    if len(index) != np.ndim(call.args[0]):
        index = np.unravel_index(int(index[0]), np.shape(call.args[0]))
    return build.subscript_of(tree, [build.signed_number(int(at)) for at in index])


def astype(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or not isinstance(call.result, np.ndarray | np.generic):
        return None
    before = np.asarray(call.args[0])
    if call.result.dtype.kind in "iu" and before.dtype.kind == "f":
        return None
    if call.result.dtype.kind == "f" and before.dtype.kind == "b":
        return build.multiply(tree, ast.Constant(1))
    return tree if np.array_equal(before, call.result, equal_nan=before.dtype.kind == "f") else None


def _transpose(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    axes = call.args[1:] if len(call.args) > 1 else call.kwargs.get("axes")
    if axes is not None and len(axes) == 1:
        axes = axes[0]
    if axes is None:
        return build.transpose_of(tree)
    return build.call("transpose", tree, build.tuple_of(axes))


def _swapaxes(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or len(call.args) != 3:
        return None
    return build.call(
        "swapaxes", tree, build.signed_number(int(call.args[1])), build.signed_number(int(call.args[2]))
    )


def _moveaxis(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    rank = np.ndim(call.args[0])
    numbers = np.moveaxis(np.empty(range(2, rank + 2)), *call.args[1:], **call.kwargs).shape
    return build.call("transpose", tree, build.tuple_of(size - 2 for size in numbers))


def _rollaxis(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    numbers = np.rollaxis(np.empty(range(2, np.ndim(call.args[0]) + 2)), *call.args[1:]).shape
    return build.call("transpose", tree, build.tuple_of(size - 2 for size in numbers))


SHAPES: dict[str, CallRule] = {
    "reshape": _reshape,
    "resize": _resize,
    "ravel": reshaped_as_result,
    "flatten": reshaped_as_result,
    "squeeze": reshaped_as_result,
    "expand_dims": reshaped_as_result,
    "atleast_1d": reshaped_as_result,
    "atleast_2d": reshaped_as_result,
    "atleast_3d": reshaped_as_result,
    "transpose": _transpose,
    "permute_dims": _transpose,
    "swapaxes": _swapaxes,
    "moveaxis": _moveaxis,
    "rollaxis": _rollaxis,
    "copy": itself,
    "deepcopy": itself,
    "astype": astype,
    "item": _item,
}
