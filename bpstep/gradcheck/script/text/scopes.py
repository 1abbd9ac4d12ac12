"""Which names a line of a script can read, and what a caller calls the result of a function."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from bpstep.script.equations.equations import Opened, ScriptEquation

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Scopes:
    """The names in a script's text, by line; if the text cannot be parsed, every name counts as readable."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        self._lines = lines

    @cached_property
    def _tree(self) -> ast.Module | None:
        try:
            return ast.parse("\n".join(self._lines)) if self._lines else None
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """All statements."""
        nodes = ast.walk(self._tree) if self._tree is not None else ()
        return [node for node in nodes if isinstance(node, ast.stmt)]

    @cached_property
    def _functions(self) -> list[tuple[_Function, set[str]]]:
        """Every function with the names that it assigns, including its parameters."""
        nodes = ast.walk(self._tree) if self._tree is not None else ()
        return [(node, _names_set(node)) for node in nodes if isinstance(node, _Function)]

    @cached_property
    def _of_module(self) -> set[str]:
        inner = {id(node) for function, _ in self._functions for node in ast.walk(function)}
        inner -= {id(function) for function, _ in self._functions}
        found = _names_set(self._tree, inner) if self._tree is not None else set()
        return found | set(dir(builtins))

    def sees(self, name: str, line: int) -> bool:
        """Whether a line can read a variable."""
        if self._tree is None or name in self._of_module:
            return True
        around = (
            names
            for node, names in self._functions
            if node.lineno <= line <= (node.end_lineno or node.lineno)
        )
        return any(name in names for names in around)

    def is_local(self, name: str, line: int) -> bool:
        """Whether the function around a line assigns a name itself."""
        return any(
            name in names
            for node, names in self._functions
            if node.lineno <= line <= (node.end_lineno or node.lineno)
        )

    def is_around(self, line: int, inner: int) -> bool:
        """Whether the function around a line defines the one around another line: a closure reads its
        names."""
        own, other = self._innermost(line), self._innermost(inner)
        return own is not None and own is not other and own in self._around(inner)

    def _around(self, line: int) -> list[_Function]:
        return [
            node for node, _ in self._functions if node.lineno <= line <= (node.end_lineno or node.lineno)
        ]

    def _innermost(self, line: int) -> _Function | None:
        return max(self._around(line), key=lambda node: node.lineno, default=None)

    def loops_around(self, line: int) -> list[ast.For | ast.comprehension]:
        """The loops whose bodies contain a line, and the comprehensions on it."""
        nodes = list(ast.walk(self._tree)) if self._tree is not None else []
        found: list[ast.For | ast.comprehension] = [
            node
            for node in nodes
            if isinstance(node, ast.For) and node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)
        ]
        for node in nodes:
            if isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp) and node.lineno == line:
                found += node.generators
        return found

    def can_stand(self, statement: str, equation: ScriptEquation) -> bool:
        """Whether a statement in place of an equation's own reads only names available there."""
        try:
            nodes = list(ast.walk(ast.parse(statement)))
        except (SyntaxError, ValueError):
            return False
        return all(self.sees(node.id, equation.line) for node in nodes if isinstance(node, ast.Name))

    def name_of_result(self, equation: ScriptEquation, opened: Opened) -> Iterator[str]:
        """What the statement of a call names the result of the function that contains an equation.

        `A2` of `A2 = sigmoid(Z2)` for an equation in `sigmoid`. Empty if it names none, as the result of
        `sigmoid` in `A2 = W @ sigmoid(Z2)`.
        """
        statement = self._assignments.get(opened.line)
        is_other = statement is None or _is_within(statement.value, opened.name.split(".")[-1])
        target = None if statement is None or is_other else statement.targets[0]
        if isinstance(target, ast.Tuple):
            target = self._item(target, opened.name.split(".")[-1], equation.name.split(":")[0])
        if isinstance(target, ast.Name | ast.Attribute):
            yield ast.unparse(target)

    def returns(self, function: str, names: Collection[str]) -> bool:
        """Whether a function returns the value of one of some names, alone or with others."""
        for node, _ in self._functions:
            for each in ast.walk(node) if getattr(node, "name", "") == function else ():
                value = each.value if isinstance(each, ast.Return) else None
                for item in value.elts if isinstance(value, ast.Tuple) else (value,):
                    own = item.id if isinstance(item, ast.Name) else getattr(item, "attr", "")
                    if own and own in names:
                        return True
        return False

    def is_return(self, line: int) -> bool:
        """Whether a line has a `return` statement."""
        return line in self._returning

    @cached_property
    def _returning(self) -> set[int]:
        nodes = ast.walk(self._tree) if self._tree is not None else ()
        return {node.lineno for node in nodes if isinstance(node, ast.Return)}

    def _item(self, target: ast.Tuple, function: str, name: str) -> ast.expr | None:
        """The one of several targets that receives the value a function returns under a name of its own.

        `O` of `H, O = forward(X)` if that ends with `return hidden, out`, for `out`.
        """
        for node, _ in self._functions:
            for each in ast.walk(node) if getattr(node, "name", "") == function else ():
                if not isinstance(each, ast.Return) or not isinstance(each.value, ast.Tuple):
                    continue
                returned = [ast.unparse(item) for item in each.value.elts]
                if name in returned and len(returned) == len(target.elts):
                    return target.elts[returned.index(name)]
        return None

    @cached_property
    def _assignments(self) -> dict[int, ast.Assign]:
        """The statements that assign a call's result to one or several names, by line."""
        return {
            node.lineno: node
            for node in (ast.walk(self._tree) if self._tree is not None else ())
            if isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name | ast.Attribute | ast.Tuple)
            and isinstance(node.value, ast.Call)
        }


def _names_set(scope: ast.AST, without: set[int] | frozenset[int] = frozenset()) -> set[str]:
    """The names that a piece of code binds: by assignments, loops, imports, definitions and parameters."""
    found: set[str] = set()
    for node in ast.walk(scope):
        if id(node) in without:
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.split(".")[0])
            case ast.ExceptHandler(name=str() as name):
                found.add(name)
    return found


def _is_within(value: ast.expr, function: str) -> bool:
    """Whether the result of a function, or of one of several calls of it, may be only an operand."""
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
    if function == "__call__":
        return len(calls) > 1 or value not in calls
    called = [node for node in calls if ast.unparse(node.func).split(".")[-1] == function]
    return len(called) > 1 or (bool(called) and value not in called)
