"""The script's own functions in a recorded pass.

The lines of a function are opened; a function that is one expression is put in place of its call.
"""

from __future__ import annotations

import ast
import copy
from functools import lru_cache
from typing import Any

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.equations.equations import Opened
from bpstep.script.equations.items import StatementContext, is_traced
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.values import ScriptFunction
from bpstep.script.tracing.sites import CallSite
from bpstep.script.tracing.values import TracedValues, single_expression


class TracedFunctions(TracedValues):
    """Calls of the script's own functions."""

    def invoke(self, function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        """Call a function of the script: its lines are opened, or its single expression is put in place of
        the call.
        """
        recorder = self.active
        pending, self.pending = self.pending, None
        if recorder is None or pending is None:
            return Interpreter.invoke(self.host, function, args, kwargs)
        place = pending.place
        macro = self._macro(function, args, pending)
        self._name_arguments(function, args, kwargs, pending, macro is not None)
        shown = function.code.qualified_name.replace(".<locals>", "")
        depth = len(recorder.calls)
        line = place.statement.lineno
        file, there = place.source.place(line)
        recorder.calls.append(Opened(shown, line, file, there or line))
        try:
            result = Interpreter.invoke(self.host, function, args, kwargs)
        finally:
            del recorder.calls[depth:]
        node = function.code.node
        body, source = single_expression(node), self.sources.get(id(function.code))
        is_given = any(result is each for each in (*args, *kwargs.values()))
        if body is not None and is_traced(result) and not is_given:
            known = recorder.found(result)
            if known is not None and known.tree is not None and known.item is None:
                if macro is not None:
                    known.tree = macro
                if id(known.tree) not in recorder.called:
                    whole = ast.copy_location(ast.Expr(body), body)
                    statement = node.body[-1] if isinstance(node, ast.FunctionDef) else whole
                    written = StatementContext(source or place.source, statement, shown, place.path_of)
                    recorder.called[id(known.tree)] = shown, written
                recorder.kept.append(known.tree)
        return result

    def _macro(self, function: ScriptFunction, args: tuple[Any, ...], site: CallSite) -> Tree | None:
        """The call of a function that the script defines in the same way as the language does."""
        code = function.code
        body = single_expression(code.node)
        if body is None or len(args) != 1 or len(code.positional) != 1 or not is_traced(args[0]):
            return None
        found = _definition_name(body, code.positional[0])
        if found is None:
            return None
        tree = self.tree_of(site.nodes[-1] if site.nodes else None, args[0], site.place)
        return build.call(found, tree) if tree is not None else None

    def _name_arguments(
        self,
        function: ScriptFunction,
        args: tuple[Any, ...],
        kwargs: Namespace,
        site: CallSite,
        is_macro: bool,
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        code, place = function.code, site.place
        body = single_expression(code.node)
        if is_macro or code.is_generator:
            return
        scope = code.qualified_name.removesuffix(".<locals>")
        given = [*zip(code.positional, args), *kwargs.items()]
        # A method gets its instance first, which no node of the call gives.
        nodes = [*[None] * (len(args) - len(site.nodes)), *site.nodes, *map(site.keywords.get, kwargs)]
        for (name, value), node in zip(given, nodes):
            recorder.whole_numbers.name((scope, name), value, self.origin_of(node, value, place))
            if not is_traced(value):
                continue
            known = recorder.found(value)
            if known is None or known.tree is None or known.item is not None or known.mask is not None:
                continue
            if isinstance(known.tree, ast.Name | ast.Constant):
                continue
            if body is not None and _uses(body, name) < 2:
                continue
            recorder.assign(value, (scope, name), place)


@lru_cache(maxsize=1024)
def _uses(body: ast.expr, name: str) -> int:
    return sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(body))


class _Plain(ast.NodeTransformer):
    def __init__(self, argument: str) -> None:
        self._argument = argument

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name("x" if node.id == self._argument else node.id, ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy", "math"):
            return ast.Name(node.attr, ast.Load())
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, float) and value == int(value) and abs(value) < 10**6:
            return ast.Constant(int(value))
        return node


@lru_cache(maxsize=1024)
def _definition_name(body: ast.expr, argument: str) -> str | None:
    """The name of the language's function that a script's expression defines."""
    plain = ast.unparse(_Plain(argument).visit(copy.deepcopy(body)))
    return _DEFINITIONS.get(plain)


_DEFINITIONS = {"1 / (1 + exp(-x))": "sigmoid", "log(1 + exp(x))": "softplus", "1 / (exp(-x) + 1)": "sigmoid"}
