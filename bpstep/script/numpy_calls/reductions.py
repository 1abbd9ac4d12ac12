"""Functions that reduce many numbers to one, and running sums."""

from __future__ import annotations

import ast

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, axis_tree, given_at


def _reduction(name: str, position_of_axis: int = 1) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        known = ("a", "axis", "keepdims", "dtype", "out", "ddof", "where", "initial")
        if tree is None or any(key not in known for key in call.kwargs) or len(call.args) > 3:
            return None
        if call.kwargs.get("ddof") or "where" in call.kwargs or "initial" in call.kwargs:
            return None
        axis = given_at(call, position_of_axis, "axis")
        if np.ndim(call.args[0]) == 0:
            return tree if name in ("sum", "mean", "max", "min") else None
        kept = build.TRUE if call.kwargs.get("keepdims") else None
        if kept is not None and axis is None:
            axis = tuple(range(np.ndim(call.args[0])))
        return build.call(name, tree, axis=axis_tree(axis), keepdims=kept)

    return say


def _argmin(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    negative = ast.UnaryOp(ast.USub(), tree)
    return build.call("argmax", negative, axis=axis_tree(given_at(call, 1, "axis")))


def _average(call: CallMade) -> Tree | None:
    return None if "weights" in call.kwargs or len(call.args) > 2 else _reduction("mean")(call)


def _count_nonzero(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    not_zero = build.compare(tree, ast.NotEq(), ast.Constant(0))
    return build.call("sum", not_zero, axis=axis_tree(given_at(call, 1, "axis")))


def _norm(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    order = given_at(call, 1, "ord")
    axis = given_at(call, 2, "axis")
    along_axis = order in (1, 2) and axis is not None
    is_plain = order in (None, "fro") or (order == 2 and np.ndim(call.args[0]) == 1)
    if tree is None or not (along_axis or is_plain):
        return None
    kept = build.TRUE if call.kwargs.get("keepdims") else None
    if kept is not None and axis is None:
        axis = tuple(range(np.ndim(call.args[0])))
    if order == 1:
        return build.call("sum", build.call("abs", tree), axis=axis_tree(axis), keepdims=kept)
    squares = build.binary(tree, ast.Pow(), ast.Constant(2))
    return build.call("sqrt", build.call("sum", squares, axis=axis_tree(axis), keepdims=kept))


def _ptp(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None:
        return None
    axis = axis_tree(given_at(call, 1, "axis"))
    return build.subtract(build.call("max", tree, axis=axis), build.call("min", tree, axis=axis))


def _prod(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    value = np.asarray(call.args[0])
    if tree is None or given_at(call, 1, "axis") is not None or not 0 < value.size <= 8 or value.ndim != 1:
        return None
    found: Tree = build.subscript_of(tree, [build.signed_number(0)])
    for at in range(1, value.size):
        found = build.multiply(found, build.subscript_of(tree, [build.signed_number(at)]))
    return found


def _cumsum(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    value = np.asarray(call.args[0])
    if tree is None or value.ndim != 1:
        return None
    n = build.call("arange", build.signed_number(value.size))
    below = build.compare(n, ast.LtE(), build.subscript_of(n, [ast.Slice(), build.NEW_AXIS]))
    return build.binary(below, ast.MatMult(), tree)


def _trace(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    value = np.asarray(call.args[0])
    if tree is None or len(call.args) > 1 or value.ndim != 2 or value.shape[0] > value.shape[1]:
        return None
    count = build.call("arange", build.signed_number(value.shape[0]))
    return build.call("sum", build.subscript_of(tree, [count, count]))


def _size(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    axis = given_at(call, 1, "axis")
    if tree is None or np.ndim(call.args[0]) == 0:
        return None
    return build.call("size", tree, *([] if axis is None else [build.signed_number(int(axis))]))


def length(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    if tree is None or not isinstance(call.args[0], np.ndarray):
        return None
    return build.call("size", tree, build.signed_number(0))


def extreme(name: str) -> CallRule:
    """Python's max or min: a reduction of an array, or the one that was selected of several numbers or of a
    list.
    """
    reduction = _reduction(name)

    def say(call: CallMade) -> Tree | None:
        is_array = len(call.args) == 1 and not call.kwargs and isinstance(call.args[0], np.ndarray)
        return reduction(call) if is_array else None

    return say


REDUCTIONS: dict[str, CallRule] = {
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
    "size": _size,
}
