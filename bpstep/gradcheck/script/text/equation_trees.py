"""The trees of a script's equations: their parts, and how they are told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from bpstep.explain.mistakes import shortened_part
from bpstep.lang.substitution import rebuilt
from bpstep.lang.trees import children, function_name, number_literal
from bpstep.script.equations import build

OLD_PREFIX = "\0"
"""No name of a script begins with it."""

FUNCTION_NAMES = {
    *("exp", "tanh", "sigmoid", "relu", "where", "maximum"),
    *("sqrt", "square", "power", "ones_like", "step", "log"),
}
"""Functions whose names are not tensors."""


def nodes_of(tree: ast.expr) -> Iterator[ast.expr]:
    """The expressions of a tree that are values, the outermost first, without the names of functions."""
    level = [tree]
    while level:
        yield from level
        level = [inner for node in level for inner in _value_children(node)]


def _value_children(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        inner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        # The operands of concatenate and stack stand in a list, which is not a value.
        items = [part for item in node.args for part in (item.elts if isinstance(item, ast.List) else [item])]
        return [*inner, *(item for item in items if not isinstance(item, ast.Constant))]
    if isinstance(node, ast.Subscript):
        return [node.value]
    return [child for child in children(node) if not isinstance(child, ast.Constant)]


def changed_part(tree: ast.expr, changed: ast.expr) -> tuple[ast.expr, ast.expr]:
    """The smallest part of a tree outside of which a changed one is the same, and what that has in its
    place."""
    kept = {id(node) for node in ast.walk(changed)}
    while True:
        inner = [child for child in _value_children(tree) if id(child) not in kept]
        if len(inner) != 1 or type(changed) is not type(tree):
            return tree, changed
        others = _value_children(changed)
        at = [id(child) for child in _value_children(tree)].index(id(inner[0]))
        if len(others) != len(_value_children(tree)):
            return tree, changed
        tree, changed = inner[0], others[at]


def names_in(tree: ast.expr) -> set[str]:
    """The tensors that an expression reads."""
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)} - FUNCTION_NAMES - {"sum"}


def keeps_conditions(tree: ast.expr, changed: ast.expr) -> bool:
    """Whether a changed equation compares what it compared before."""
    return [tree_text(each) for each in ast.walk(tree) if isinstance(each, ast.Compare)] == [
        tree_text(each) for each in ast.walk(changed) if isinstance(each, ast.Compare)
    ]


def is_rearranged(tree: ast.expr) -> bool:
    """Whether an expression is a tensor in another shape or transposed, and nothing is computed."""
    called = tree.func if isinstance(tree, ast.Call) else tree
    return isinstance(called, ast.Attribute) and called.attr in ("T", "reshape")


def tidied(tree: ast.expr) -> ast.expr:
    """A derived expression as one would write it: without factors of 1, with signs and numbers put together.

    What is added to it spreads a factor of ones.
    """

    def change(node: ast.AST) -> ast.AST | None:
        match node:
            case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult() as op, right=right):
                one, other = tidied(left), tidied(right)
                for factor, rest in ((one, other), (other, one)):
                    is_one = function_name(factor) == "ones_like" or number_literal(factor) == 1
                    if is_one and isinstance(op, ast.Mult):
                        return rest
                    if isinstance(factor, ast.UnaryOp) and isinstance(factor.op, ast.USub):
                        pair = (factor.operand, rest) if factor is one else (rest, factor.operand)
                        return tidied(ast.UnaryOp(ast.USub(), ast.BinOp(pair[0], op, pair[1])))
                numbers = number_literal(one), number_literal(other)
                if None not in numbers:
                    return build.signed_number(numbers[0] * numbers[1])  # type: ignore[operator]
                return ast.BinOp(one, op, other)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = tidied(operand)
                is_turned = isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub)
                return inner.operand if is_turned else ast.UnaryOp(ast.USub(), inner)  # type: ignore[attr-defined]
            case ast.Attribute(attr="T", value=ast.Attribute(attr="T", value=inner)):
                return tidied(inner)
        return None

    found: ast.expr = rebuilt(tree, change)
    return found


def base_name(name: str) -> str:
    """A tensor's name without the line and the number of the time that distinguish its values."""
    return name.split(":")[0]


def run_of(name: str) -> str:
    """Which run of its line gives a value, as 2 for dz:12:2; empty where the line runs once."""
    return name.rpartition(":")[2] if name.count(":") > 1 else ""


def entry_role(name: str) -> str:
    """A tensor's name without what distinguishes the times and entries for which a line runs."""
    return re.sub(r"\[-?\d+\]", "[]", base_name(name))


def short_text(node: ast.AST) -> str:
    """A part of an equation as written, shortened if it is long."""
    return shortened_part(tree_text(node))


@lru_cache(maxsize=2048)
def tree_text(node: ast.AST) -> str:
    """An expression as a line of text."""
    return ast.unparse(ast.fix_missing_locations(node)).replace(" ** ", "**").replace(OLD_PREFIX, "")
