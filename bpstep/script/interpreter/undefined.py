"""The names that a script reads but never defines."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection

from bpstep.script.interpreter.scope import Analyser, Renamer, Scope


def undefined_names(tree: ast.Module, defined: Collection[str]) -> dict[str, int]:
    """The undefined names, each with the first line that reads it, in the order of lines.

    `defined` are names that exist besides those that the module assigns.
    """
    finder = _Finder()
    module = finder.scope
    finder.analyse(Renamer().visit(copy.deepcopy(tree)))
    # If it is bound anywhere in the module, it may be defined by then.
    there = {*defined, *module.bound}
    for scope in finder.scopes.values():
        there |= scope.as_global & scope.bound
    found: dict[str, int] = {}
    for scope, name, line in sorted(finder.read, key=lambda each: each[2]):
        if _is_global(scope, name) and name not in there:
            found.setdefault(name, line)
    return found


def _is_global(scope: Scope, name: str) -> bool:
    if scope.kind == "class" and name in scope.bound:
        return False
    return name not in scope.shared and scope.where(name) in ("global", "class")


class _Finder(Analyser):
    """Finds where names are read, too."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[Scope, str, int]] = []

    def visit_Name(self, node: ast.Name) -> None:
        super().visit_Name(node)
        if isinstance(node.ctx, ast.Load):
            self.read.append((self.scope, self._name(node.id), node.lineno))
