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

        def keep(value: Any, variable: Variable | None) -> Any:
            recorder = self.active
            if recorder is not None and not hidden:
                at = path if variable is None else recorder.paths.of_variable(shown, variable)
                return recorder.assign(value, at, place, is_loop_target)
            return value

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


def _stands_in(target: ast.expr, node: ast.AST) -> bool:
    return any(part is node for part in ast.walk(target))
