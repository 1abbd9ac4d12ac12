"""Substitution: an expression's tree with some of its parts replaced."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any


def replaced(tree: ast.expr, target: ast.AST, changed: ast.expr) -> ast.expr:
    """The tree with one node replaced; everything beside it is shared."""
    found: ast.expr = _with_one_replaced(tree, target, changed)
    return found


def _with_one_replaced(tree: Any, target: ast.AST, changed: ast.AST) -> Any:
    """The same for any part of a tree. The search ends where the node is found: very many trees are made."""
    if tree is target:
        return changed
    if isinstance(tree, list):
        for at, item in enumerate(tree):
            inner = _with_one_replaced(item, target, changed)
            if inner is not item:
                return [*tree[:at], inner, *tree[at + 1 :]]
        return tree
    if not isinstance(tree, ast.AST):
        return tree
    for field in tree._fields:
        value = getattr(tree, field, None)
        if isinstance(value, ast.AST | list):
            inner = _with_one_replaced(value, target, changed)
            if inner is not value:
                return type(tree)(**{**dict(ast.iter_fields(tree)), field: inner})
    return tree


def with_name(tree: ast.expr, name: str, wanted: ast.expr) -> ast.expr:
    """The tree with another expression wherever a tensor is read, each time as a node of its own."""

    def change(node: ast.AST) -> ast.AST | None:
        return copy.copy(wanted) if isinstance(node, ast.Name) and node.id == name else None

    found: ast.expr = rebuilt(tree, change)
    return found


def rebuilt(tree: Any, change: Callable[[ast.AST], ast.AST | None]) -> Any:
    """The tree with some nodes changed; a part without changes is the same object."""
    if isinstance(tree, list):
        items = [rebuilt(item, change) for item in tree]
        return tree if all(a is b for a, b in zip(items, tree)) else items
    if not isinstance(tree, ast.AST):
        return tree
    changed = change(tree)
    if changed is not None:
        return changed
    fields = dict(ast.iter_fields(tree))
    inner = {field: rebuilt(value, change) for field, value in fields.items()}
    if all(inner[field] is fields[field] for field in fields):
        return tree
    return type(tree)(**inner)
