"""Small builders of expressions' syntax trees, in the language of `bpstep.lang`."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Tree = ast.expr


def name(identifier: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(identifier, ast.Load())


def numeral(value: Any) -> Tree | None:
    """A number as written; None if the language has no numeral for it: NaN, infinity, complex."""
    if isinstance(value, bool | np.bool_):
        return ast.Constant(int(value))
    if isinstance(value, int | np.integer):
        plain: int | float = int(value)
        if abs(plain) > 10**15:
            return None
    elif isinstance(value, float | np.floating):
        plain = float(value)
        if not math.isfinite(plain):
            return None
    else:
        return None
    if plain < 0 or (plain == 0 and math.copysign(1, plain) < 0):
        return ast.UnaryOp(ast.USub(), ast.Constant(-plain))
    return ast.Constant(plain)


def call(function: str, *args: Tree, **keywords: Tree | None) -> ast.Call:
    """A call by name; keywords that are None are omitted."""
    given = [ast.keyword(key, value) for key, value in keywords.items() if value is not None]
    return ast.Call(name(function), list(args), given)


def method(value: Tree, attribute: str, *args: Tree) -> ast.Call:
    """`value.attribute(…)`."""
    return ast.Call(ast.Attribute(value, attribute, ast.Load()), list(args), [])


def binary(left: Tree, operator: ast.operator, right: Tree) -> ast.BinOp:
    """`left op right`."""
    return ast.BinOp(left, operator, right)


def add(left: Tree, right: Tree) -> ast.BinOp:
    """`left + right`."""
    return ast.BinOp(left, ast.Add(), right)


def subtract(left: Tree, right: Tree) -> ast.BinOp:
    """`left - right`."""
    return ast.BinOp(left, ast.Sub(), right)


def multiply(left: Tree, right: Tree) -> ast.BinOp:
    """`left * right`."""
    return ast.BinOp(left, ast.Mult(), right)


def divide(left: Tree, right: Tree) -> ast.BinOp:
    """`left / right`."""
    return ast.BinOp(left, ast.Div(), right)


def compare(left: Tree, operator: ast.cmpop, right: Tree) -> ast.Compare:
    """`left == right` and the like."""
    return ast.Compare(left, [operator], [right])


def transpose_of(value: Tree) -> ast.Attribute:
    """`value.T`."""
    return ast.Attribute(value, "T", ast.Load())


def subscript_of(value: Tree, parts: Sequence[Tree]) -> ast.Subscript:
    """`value[…]`."""
    index = parts[0] if len(parts) == 1 else ast.Tuple(list(parts), ast.Load())
    return ast.Subscript(value, index, ast.Load())


def signed_number(value: float) -> Tree:
    """A number as it is written, with its sign."""
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def tuple_of(values: Iterable[int]) -> ast.Tuple:
    """`(2, 3)`."""
    return ast.Tuple([signed_number(int(value)) for value in values], ast.Load())


def slice_of(lower: int | None, upper: int | None, step: int | None = None) -> ast.Slice:
    """`lower:upper:step`."""
    ends = [None if end is None else signed_number(int(end)) for end in (lower, upper, step)]
    return ast.Slice(*ends)


NEW_AXIS = ast.Constant(None)
TRUE = ast.Constant(True)


def with_new_axes(value: Tree, before: int, kept: int, after: int) -> Tree:
    """A value of `kept` axes with axes of length 1 before and after them."""
    if not before and not after:
        return value
    parts: list[Tree] = [*[NEW_AXIS] * before, *[ast.Slice()] * kept, *[NEW_AXIS] * after]
    if not after:
        parts = parts[:before] or parts
        if kept:
            parts = list([NEW_AXIS] * before)
    return subscript_of(value, parts)


def size_of(tree: Tree, limit: int = 10_000) -> int:
    """How many nodes a tree has, counted up to a limit."""
    count = 0
    waiting: list[ast.AST] = [tree]
    while waiting and count < limit:
        node = waiting.pop()
        count += 1
        waiting.extend(ast.iter_child_nodes(node))
    return count
