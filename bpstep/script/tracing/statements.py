"""What statements do with the values of a recorded pass: name, return, print and decide by them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script.interpreter import printed
from bpstep.script.interpreter.code import Variable
from bpstep.script.tracing.values import TracedValues, hint


class TracedStatements(TracedValues):
    """Assignments to names, returned values, formatted values and conditions."""

    def store(self, node: ast.AST, name: str) -> Callable[[Any, Variable | None], Any] | None:
        place = self.place
        shown = name.partition("@")[0]
        is_loop_target = isinstance(place.statement, ast.For) and _stands_in(place.statement.target, node)
        path = place.path_of(name)
        hidden = not shown
        drawn_from, given = _drawn_from(place.statement, node), _value_of_name(place.statement, node)

        def keep(value: Any, variable: Variable | None) -> Any:
            recorder = self.active
            if recorder is not None and not hidden:
                at = path if variable is None else recorder.paths.of_variable(shown, variable)
                numbers = recorder.whole_numbers
                numbers.name(
                    at, value, numbers.take(drawn_from, value) or self.origin_of(given, value, place)
                )
                return recorder.assign(value, at, place, is_loop_target)
            return value

        return keep

    def collected(self, node: ast.expr) -> Callable[[list[Any]], None] | None:
        place = self.place

        def keep(items: list[Any]) -> None:
            recorder = self.active
            if recorder is not None:
                at, item = len(items) - 1, items[-1]
                recorder.whole_numbers.put(items, at, item, self.origin_of(node, item, place))

        return keep

    def formatted(self, node: ast.FormattedValue, before: str) -> Callable[[Any], None] | None:
        place = self.place

        def look(value: Any) -> None:
            if self.active is not None:
                self.active.show_number(value, printed.label(before, hint(printed.shown(node.value))), place)

        return look

    def returned(self, node: ast.Return) -> Callable[[Any], None] | None:
        place = self.place
        # A single expression is put in place of the call.
        is_opened = self.is_opened or isinstance(node.value, ast.Dict | ast.Tuple | ast.List)

        def look(value: Any) -> None:
            if self.active is not None:
                self.active.returned(value, place, is_opened)

        return look

    def truth(self, node: ast.AST) -> Callable[[Any], bool] | None:
        place = self.place
        assert isinstance(node, ast.expr)

        def decide(value: Any) -> bool:
            recorder = self.active
            if recorder is not None and isinstance(value, np.ndarray | np.generic | bool | float):
                tree = self.tree_of(node, value, place)
                if tree is not None and not isinstance(tree, ast.Constant):
                    recorder.guards.append((tree, bool(value)))
            return bool(value)

        return decide


def _drawn_from(statement: ast.stmt, node: ast.AST) -> set[int]:
    """The `id` of each node in what a loop or comprehension with a variable iterates over.

    The variable that counts in a loop over `enumerate` draws nothing.
    """
    if not isinstance(node, ast.Name):
        return set()
    is_loop = isinstance(statement, ast.For) and _stands_in(statement.target, node)
    loops = (
        [statement]
        if is_loop
        else [part for part in ast.walk(statement) if isinstance(part, ast.comprehension)]
    )
    for loop in loops:
        assert isinstance(loop, ast.For | ast.comprehension)
        if _stands_in(loop.target, node):
            counts = isinstance(loop.iter, ast.Call) and getattr(loop.iter.func, "id", "") == "enumerate"
            is_count = counts and isinstance(loop.target, ast.Tuple) and loop.target.elts[0] is node
            return set() if is_count else set(map(id, ast.walk(loop.iter)))
    return set()


def _value_of_name(statement: ast.stmt, node: ast.AST) -> ast.expr | None:
    """What an assignment stores in a single variable."""
    return statement.value if isinstance(statement, ast.Assign) and node in statement.targets else None


def _stands_in(target: ast.expr, node: ast.AST) -> bool:
    return any(part is node for part in ast.walk(target))
