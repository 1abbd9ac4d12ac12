"""Gives calls within a larger expression a statement of their own, so that a stepper can pause there.

`print(train(x))` becomes `@1 = train(x)` and `print(@1)`; a name with `@` cannot be a name of the script.
Only calls before which nothing with a possible effect is evaluated are moved.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
from collections.abc import Iterator

from bpstep.script.source import Source

_HARMLESS = (
    ast.Name,
    ast.Constant,
    ast.Attribute,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.keyword,
    ast.Starred,
    ast.Tuple,
    ast.List,
)
OPENED = (
    ast.Call,
    ast.Tuple,
    ast.List,
    ast.keyword,
    ast.Starred,
    ast.BinOp,
    ast.Subscript,
    ast.Attribute,
    ast.UnaryOp,
    ast.JoinedStr,
    ast.FormattedValue,
)
_COMPUTED = (ast.Call, ast.BinOp, ast.Subscript, ast.UnaryOp, ast.JoinedStr, ast.FormattedValue)


def with_calls_apart(source: Source, names: set[str]) -> Source:
    """The source with the calls of these functions and classes as statements of their own."""
    tree = _Apart(names).visit(copy.deepcopy(source.tree))
    return dataclasses.replace(source, tree=ast.fix_missing_locations(tree))


class _Apart(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.count = 0

    def _statement(self, node: ast.stmt) -> ast.stmt | list[ast.stmt]:
        value = getattr(node, "value", None)
        if not isinstance(value, ast.expr):
            return node
        call = self._inner_call(value)
        if call is None:
            return node
        self.count += 1
        name = f"@{self.count}"
        target = ast.copy_location(ast.Name(name, ast.Store()), call)
        apart = ast.copy_location(ast.Assign([target], call), node)
        _replace(node, call, ast.copy_location(ast.Name(name, ast.Load()), call))
        return [apart, node]

    visit_Expr = visit_Assign = visit_Return = _statement

    def _inner_call(self, value: ast.expr) -> ast.Call | None:
        for node, is_done in _in_order(value):
            if is_done:
                return None  # if it were moved before it, the call could change its value
            if isinstance(node, ast.Call) and _called(node) in self.names:
                return None if node is value else node
            if not isinstance(node, _COMPUTED) and not isinstance(node, _HARMLESS):
                return None
        return None


def _in_order(node: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """The parts of an expression in the order of evaluation: each when it begins, and computed ones also when
    they end.
    """
    yield node, False
    if isinstance(node, OPENED):
        for child in ast.iter_child_nodes(node):
            yield from _in_order(child)
    if isinstance(node, _COMPUTED):
        yield node, True


def _called(node: ast.Call) -> str | None:
    found = getattr(node.func, "attr", getattr(node.func, "id", None))
    return found if isinstance(found, str) else None


def _replace(root: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(root):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]
