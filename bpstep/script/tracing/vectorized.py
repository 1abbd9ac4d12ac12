"""The whole-array expression of a function that `np.vectorize` applies to each cell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.interpreter.values import ScriptFunction
from bpstep.script.numpy_calls.call import CallRule
from bpstep.script.numpy_calls.elementwise import both, either, opposite
from bpstep.script.numpy_calls.tables import NUMPY

FindRule = Callable[[Any], CallRule | None]
"""How a call of a provided function is expressed; None for another value."""

_MAX_DEPTH = 8
"""How deep the script's functions may call each other."""

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)

_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)

_EXTREMES = {"max": "maximum", "min": "minimum"}


class _Unsaid(Exception):
    """Raised if the language has no expression."""


class _ElementCall:
    """A call within the function, of which only the expressions of its arguments are known."""

    def __init__(self, args: Sequence[Tree]) -> None:
        self.args: tuple[Any, ...] = tuple(args)
        self.kwargs: dict[str, Any] = {}
        self.result: Any = None

    def tree(self, position: int) -> Tree | None:
        return self.args[position] if position < len(self.args) else None

    def keyword_tree(self, name: str) -> Tree | None:
        return None

    def item_trees(self, position: int) -> list[Tree] | None:
        return None

    def nested_tree(self, position: int) -> Tree | None:
        return None


def whole_array_tree(
    function: Any, args: Sequence[Tree], names: Mapping[str, Any], find_rule: FindRule
) -> Tree | None:
    """The expression of `np.vectorize(function)(*args)`, with `where` for a choice by a condition.

    None if the function does more than return an expression of its arguments and of numbers. `names` are the
    variables of its module.
    """
    try:
        return _Body(names, find_rule).applied(function, args, 0)
    except _Unsaid:
        return None


class _Body:
    def __init__(self, names: Mapping[str, Any], find_rule: FindRule) -> None:
        self._names = names
        self._find_rule = find_rule

    def applied(self, function: Any, args: Sequence[Tree], depth: int) -> Tree:
        """A call of the script's function or of a provided one."""
        if type(function) is ScriptFunction:
            code = function.code
            if (
                depth > _MAX_DEPTH
                or not code.simple
                or len(args) != len(code.positional)
                or code.is_generator
            ):
                raise _Unsaid
            scope = _Scope(self, function, dict(zip(code.positional, args)), depth)
            if isinstance(code.node, ast.Lambda):
                return scope.tree(code.node.body)
            if isinstance(code.node, ast.FunctionDef):
                return scope.returned(code.node.body)
            raise _Unsaid
        extreme = _EXTREMES.get(getattr(function, "name", ""))
        rule = NUMPY[extreme] if extreme else self._find_rule(function)
        found = rule(_ElementCall(args)) if rule is not None else None
        if found is None:
            raise _Unsaid
        return found

    def global_value(self, name: str) -> Any:
        """A variable of the module."""
        return self._names.get(name)


class _Scope:
    """One call of a function: the values of its parameters."""

    def __init__(self, body: _Body, function: ScriptFunction, given: dict[str, Tree], depth: int) -> None:
        self._body = body
        self._function = function
        self._given = given
        self._depth = depth

    def returned(self, statements: Sequence[ast.stmt]) -> Tree:
        """The returned expression: `return`, and `if` with a `return` in both branches; names assigned
        before.
        """
        for at, statement in enumerate(statements):
            match statement:
                case ast.Return(ast.expr() as value):
                    return self.tree(value)
                case ast.Expr(ast.Constant()):
                    continue
                case ast.Assign([ast.Name(id=name)], value):
                    self._given = {**self._given, name: self.tree(value)}
                case ast.If(test, then, otherwise):
                    rest = [*otherwise, *statements[at + 1 :]]
                    held = self._given
                    first = self.returned(then)
                    self._given = held
                    return build.call("where", self.tree(test), first, self.returned(rest))
                case _:
                    raise _Unsaid
        raise _Unsaid

    def tree(self, node: ast.expr) -> Tree:
        """An expression over the arrays that the parameters stand for."""
        match node:
            case ast.Name(id=name) if name in self._given:
                return self._given[name]
            case ast.Constant() | ast.Name() | ast.Attribute():
                return self._number(node)
            case ast.BinOp(left, operator, right) if isinstance(operator, _OPERATORS):
                return build.binary(self.tree(left), operator, self.tree(right))
            case ast.UnaryOp(ast.USub(), operand):
                return ast.UnaryOp(ast.USub(), self.tree(operand))
            case ast.UnaryOp(ast.Not(), operand):
                return opposite(self.tree(operand))
            case ast.Compare(left, [comparison], [right]) if isinstance(comparison, _COMPARISONS):
                return build.compare(self.tree(left), comparison, self.tree(right))
            case ast.BoolOp(how, [first, *others]):
                join = both if isinstance(how, ast.And) else either
                found = self.tree(first)
                for other in others:
                    found = join(found, self.tree(other))
                return found
            case ast.IfExp(test, then, otherwise):
                return build.call("where", self.tree(test), self.tree(then), self.tree(otherwise))
            case ast.Call(function, args, []):
                given = [self.tree(each) for each in args]
                return self._body.applied(self._value(function), given, self._depth + 1)
        raise _Unsaid

    def _number(self, node: ast.expr) -> Tree:
        value = node.value if isinstance(node, ast.Constant) else self._value(node)
        found = build.numeral(value) if isinstance(value, int | float | np.number) else None
        if found is None:
            raise _Unsaid
        return found

    def _value(self, node: ast.expr) -> Any:
        """The value of a name or of a module's attribute."""
        match node:
            case ast.Name(id=name):
                shared = self._function.shared.get(name)
                return self._body.global_value(name) if shared is None else getattr(shared, "value", None)
            case ast.Attribute(owner, attribute):
                return getattr(self._value(owner), "attributes", {}).get(attribute)
        raise _Unsaid
