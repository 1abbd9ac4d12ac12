"""Elementwise functions, and truth values."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, given_at, same, takes_only


def by_operator(operator: ast.operator) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        return build.binary(left, operator, right) if left and right and takes_only(call, 2) else None

    return say


def _compare(operator: ast.cmpop) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        return build.compare(left, operator, right) if left and right and takes_only(call, 2) else None

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
    return build.multiply(left, right)


def either(left: Tree, right: Tree) -> Tree:
    """`left | right` of truth values."""
    return build.call("where", left, ast.Constant(1), right)


def opposite(value: Tree) -> Tree:
    """`~value` of truth values."""
    return build.compare(value, ast.Eq(), ast.Constant(0))


def _logical_not(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    return opposite(tree) if tree else None


def _of_one(rule: Callable[[Tree], Tree]) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        tree = call.tree(0)
        return rule(tree) if tree is not None and takes_only(call, 1) and len(call.args) == 1 else None

    return say


def _logarithm(base: float) -> Callable[[Tree], Tree]:
    return lambda tree: build.divide(build.call("log", tree), build.call("log", ast.Constant(base)))


def floored(left: Tree, right: Tree) -> Tree:
    """`left // right`."""
    return build.call("floor", build.divide(left, right))


def remainder(left: Tree, right: Tree) -> Tree:
    """`left % right`."""
    return build.subtract(left, build.multiply(floored(left, right), right))


def _floor_of(rule: Callable[[Tree, Tree], Tree]) -> CallRule:
    def say(call: CallMade) -> Tree | None:
        left, right = call.tree(0), call.tree(1)
        return rule(left, right) if left and right and takes_only(call, 2) else None

    return say


def _ceiling(tree: Tree) -> Tree:
    return _negative(build.call("floor", _negative(tree)))


def _negative(tree: Tree) -> Tree:
    return ast.UnaryOp(ast.USub(), tree)


def _heaviside(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right:
        return None
    inner = build.call("where", build.compare(left, ast.Lt(), ast.Constant(0)), ast.Constant(0), right)
    return build.call("where", build.compare(left, ast.Gt(), ast.Constant(0)), ast.Constant(1), inner)


def _logaddexp(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right:
        return None
    gap = ast.UnaryOp(ast.USub(), build.call("abs", build.subtract(left, right)))
    return build.add(build.call("maximum", left, right), build.call("log1p", build.call("exp", gap)))


def _where(call: CallMade) -> Tree | None:
    if len(call.args) != 3:
        return None
    found = [call.tree(at) for at in range(3)]
    return build.call("where", *[tree for tree in found if tree]) if all(found) else None


def _clip(call: CallMade) -> Tree | None:
    tree = call.tree(0)
    low = call.tree(1) if len(call.args) > 1 else call.keyword_tree("a_min") or call.keyword_tree("min")
    high = call.tree(2) if len(call.args) > 2 else call.keyword_tree("a_max") or call.keyword_tree("max")
    none_low = given_at(call, 1, "a_min", call.kwargs.get("min")) is None
    none_high = given_at(call, 2, "a_max", call.kwargs.get("max")) is None
    if tree is None:
        return None
    if none_low and high:
        return build.call("minimum", tree, high)
    if none_high and low:
        return build.call("maximum", tree, low)
    return build.call("clip", tree, low, high) if low and high else None


def _nan_to_num(call: CallMade) -> Tree | None:
    return call.tree(0) if np.all(np.isfinite(call.args[0])) else None


ELEMENTWISE: dict[str, CallRule] = {
    **{name: same(name) for name in ("exp", "log", "sqrt", "tanh", "sign", "log1p", "expm1")},
    **{name: same(name) for name in ("sin", "cos", "sinh", "cosh", "arctan", "floor")},
    **{name: same("abs") for name in ("abs", "absolute", "fabs")},
    "square": same("square"),
    "negative": _of_one(_negative),
    "positive": _of_one(lambda tree: tree),
    "reciprocal": _of_one(lambda tree: build.divide(ast.Constant(1), tree)),
    "log2": _of_one(_logarithm(2)),
    "log10": _of_one(_logarithm(10)),
    "exp2": _of_one(lambda tree: build.binary(ast.Constant(2), ast.Pow(), tree)),
    "cbrt": _of_one(
        lambda tree: build.binary(tree, ast.Pow(), build.divide(ast.Constant(1), ast.Constant(3)))
    ),
    "add": by_operator(ast.Add()),
    "subtract": by_operator(ast.Sub()),
    "multiply": by_operator(ast.Mult()),
    "divide": by_operator(ast.Div()),
    "true_divide": by_operator(ast.Div()),
    "power": by_operator(ast.Pow()),
    "pow": by_operator(ast.Pow()),
    "float_power": by_operator(ast.Pow()),
    "maximum": same("maximum", 2),
    "minimum": same("minimum", 2),
    "fmax": same("maximum", 2),
    "fmin": same("minimum", 2),
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
    "where": _where,
    "clip": _clip,
    "nan_to_num": _nan_to_num,
    "expit": same("sigmoid"),
}
