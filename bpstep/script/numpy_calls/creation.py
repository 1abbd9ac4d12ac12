"""Functions that make an array from numbers, from a shape, or from lists."""

from __future__ import annotations

import ast

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, given_at
from bpstep.script.numpy_calls.shapes import astype, itself, reshaped_as_result


def _full(call: CallMade) -> Tree | None:
    fill = call.tree(1) if len(call.args) > 1 else call.keyword_tree("fill_value")
    if fill is None or np.ndim(given_at(call, 1, "fill_value")):
        return None
    if isinstance(fill, ast.Constant) and fill.value == 0:
        return build.call("zeros", build.tuple_of(call.result.shape))
    return build.multiply(fill, build.call("ones", build.tuple_of(call.result.shape)))


def _filled(name: str) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        shape = call.result.shape
        return build.call(name, build.tuple_of(shape)) if shape else ast.Constant(0 if name == "zeros" else 1)

    return say


def _filled_like(name: str) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        if tree is None or "shape" in call.kwargs:
            return _filled(name.removesuffix("_like"))(call)
        return build.call(name, tree)

    return say


def _eye(call: CallMade) -> Tree | None:
    rows, columns = call.result.shape
    if rows != columns or np.trace(call.result) != rows:
        return None
    return build.call(
        "one_hot", build.call("arange", build.signed_number(rows)), build.signed_number(columns)
    )


def _arange(call: CallMade) -> Tree | None:
    if not all(isinstance(value, int | np.integer) for value in call.args):
        return None
    return build.call("arange", *[build.signed_number(int(value)) for value in call.args])


def _array(call: CallMade) -> Tree | None:
    if call.kwargs.get("ndmin"):
        return reshaped_as_result(call)
    given = call.args[0] if call.args else call.kwargs.get("object")
    if isinstance(given, list | tuple):
        return call.nested_tree(0)
    return astype(call) if isinstance(given, np.ndarray) else itself(call)


CREATION: dict[str, CallRule] = {
    "zeros": _filled("zeros"),
    "ones": _filled("ones"),
    "full": _full,
    "full_like": _full,
    "zeros_like": _filled_like("zeros_like"),
    "ones_like": _filled_like("ones_like"),
    "eye": _eye,
    "identity": _eye,
    "arange": _arange,
    "array": _array,
    "asarray": _array,
    "asanyarray": _array,
    "asmatrix": _array,
    "ascontiguousarray": _array,
    "asarray_chkfinite": _array,
}
