"""Products of arrays."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.numpy_calls.call import CallMade, CallRule, given_at, same, takes_only
from bpstep.script.numpy_calls.elementwise import by_operator


def product(left: Tree, right: Tree, a: Any, b: Any) -> Tree | None:
    """`np.dot(a, b)`: a matrix product, or a product with a scalar."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return build.multiply(left, right)
    if np.ndim(b) > 2:
        return None
    return build.binary(left, ast.MatMult(), right)


def _dot(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    return product(left, right, *call.args) if left and right and takes_only(call, 2) else None


def _inner(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right or not takes_only(call, 2):
        return None
    ranks = [np.ndim(each) for each in call.args[:2]]
    if 0 in ranks:
        return build.multiply(left, right)
    if ranks[1] == 1:
        return build.binary(left, ast.MatMult(), right)
    return build.binary(left, ast.MatMult(), build.transpose_of(right)) if ranks[1] == 2 else None


def _vdot(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right or not takes_only(call, 2):
        return None
    return build.call("sum", build.multiply(left, right))


def _outer(call: CallMade) -> Tree | None:
    return same("outer", 2)(call)


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
    return build.call("einsum", ast.Constant(text), *[tree for tree in found if tree])


def _tensordot(call: CallMade) -> Tree | None:
    left, right = call.tree(0), call.tree(1)
    if not left or not right:
        return None
    a, b = np.ndim(call.args[0]), np.ndim(call.args[1])
    axes = given_at(call, 2, "axes", 2)
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
    return build.call("einsum", ast.Constant(text), left, right)


PRODUCTS: dict[str, CallRule] = {
    "dot": _dot,
    "matmul": by_operator(ast.MatMult()),
    "inner": _inner,
    "vdot": _vdot,
    "outer": _outer,
    "einsum": _einsum,
    "tensordot": _tensordot,
}
