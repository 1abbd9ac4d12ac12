"""Trees of generated code, written as text in which some names stand for other expressions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from bpstep.script.interpreter.scope import Scope

Expr = ast.expr

PREFIX = "__0"
"""The prefix of the generated code's own names; a script with such a name is left to the closures."""


class NotGenerated(Exception):
    """A part of a function is of a kind that is left to the closures."""


def method_for(writer: object, node: ast.AST) -> Callable[[Any], Any]:
    """The method of a writer for the kind of a node. NotGenerated if it has none."""
    method: Callable[[Any], Any] | None = getattr(writer, f"_{type(node).__name__}", None)
    if method is None:
        raise NotGenerated
    return method


def checked_name(name: str, is_attribute: bool = False) -> str:
    if name.startswith(PREFIX) or not name.isidentifier() or (name == "__debug__" and not is_attribute):
        raise NotGenerated
    return name


def is_kept_by(scope: Scope, name: str) -> bool:
    """Whether an inner function keeps a variable of a scope; a generator expression only reads it and does
    not count.
    """
    return any(
        name in child.free and (not child.is_generator or is_kept_by(child, name)) for child in scope.children
    )


def to_store(held: Expr) -> Expr:
    held = copy.copy(held)
    held.ctx = ast.Store()  # type: ignore[attr-defined]
    return held


def name_of(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def assign(name: Expr, value: Expr) -> ast.stmt:
    assert isinstance(name, ast.Name)
    return ast.Assign([ast.Name(name.id, ast.Store())], value)


def arguments_of(names: list[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])


def is_float(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is float


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) < 1000


def may_bind(node: ast.expr) -> bool:
    """Whether evaluating an expression could rebind a variable."""
    return not isinstance(node, ast.Name | ast.Constant)


@lru_cache(maxsize=256)
def _parsed(text: str) -> ast.Module:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            node.__dict__.pop(name, None)
    return tree


def _filled(node: ast.AST, parts: dict[str, Expr]) -> ast.AST:
    """A copy of a tree with other expressions in place of some names."""
    kind = type(node)
    if kind is ast.Name:
        assert isinstance(node, ast.Name)
        part = parts.get(node.id)
        if part is None:
            return ast.Name(node.id, node.ctx)
        if isinstance(node.ctx, ast.Store) and isinstance(part, ast.Name):
            return ast.Name(part.id, ast.Store())
        return part
    if not kind._fields:
        return node
    return kind(*[_filled_field(getattr(node, name, None), parts) for name in kind._fields])


def _filled_field(value: Any, parts: dict[str, Expr]) -> Any:
    if isinstance(value, ast.AST):
        return _filled(value, parts)
    return [_filled_field(item, parts) for item in value] if type(value) is list else value


def statements_from(text: str, **parts: Expr) -> list[ast.stmt]:
    """Statements from text in which some names stand for other expressions."""
    found: list[ast.stmt] = _filled_field(_parsed(text).body, parts)
    return found


def expression_from(text: str, **parts: Expr) -> Expr:
    """An expression from text in which some names stand for other expressions."""
    (statement,) = statements_from(text, **parts)
    assert isinstance(statement, ast.Expr)
    return statement.value


def with_line(statements: list[ast.stmt], line: int) -> list[ast.stmt]:
    """Statements with this line wherever a part has none."""
    for statement in statements:
        _put_at(statement, line)
    return statements


def _put_at(node: Any, line: int) -> None:
    kind = type(node)
    if "lineno" in kind._attributes:
        own = node.__dict__
        if "lineno" not in own:
            own["lineno"] = own["end_lineno"] = line
            own["col_offset"] = own["end_col_offset"] = 0
        elif isinstance(node, ast.stmt):
            return  # its parts have lines already
    for name in kind._fields:
        part = getattr(node, name, None)
        if type(part) is list:
            for item in part:
                if isinstance(item, ast.AST):
                    _put_at(item, line)
        elif isinstance(part, ast.AST) and type(part)._fields:
            _put_at(part, line)
