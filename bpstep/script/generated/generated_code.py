"""The generated functions of one script and of the modules of its folder."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from bpstep.script.generated.code_trees import NotGenerated
from bpstep.script.generated.unchecked_writer import deletes, names_stored
from bpstep.script.generated.writer import Writer
from bpstep.script.interpreter.code import CallFrame, Code, Namespace
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.scope import Analyser, Scope
from bpstep.script.interpreter.statements import StatementCompiler


class GeneratedCode:
    """The generated functions of one interpreter's script and modules."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self._units = 0
        self._scopes: dict[int, tuple[Scope, Namespace]] = {}
        self._all_scopes: dict[int, dict[ast.AST, Scope]] = {}

    def update(self) -> None:
        """Generate the functions of the modules that the interpreter has compiled since."""
        for source, namespace in self.interpreter.units[self._units :]:
            self._units += 1
            scopes = Analyser().analyse(source.tree)
            self._all_scopes[id(namespace)] = scopes
            for node, scope in scopes.items():
                self._scopes[id(node)] = scope, namespace
                code = self.interpreter.codes.get(id(node))
                if code is not None and isinstance(node, ast.FunctionDef | ast.Lambda):
                    self._generate_function(code, node, scope, namespace)

    def body_of(self, loop: ast.For | ast.While, frame: CallFrame) -> Callable[[CallFrame], Any] | None:
        """A function that runs the body of a loop at once, in the loop's frame; None if that is left to the
        closures.
        """
        closures = None
        if frame.code is None:
            namespace = self.interpreter.namespace
            scopes = self._all_scopes[id(namespace)]
            scope = scopes[self.interpreter.units[0][0].tree]
            closures = StatementCompiler(self.interpreter, namespace, scopes, self.interpreter.operations)
            closures.scope = scope
        else:
            scope, namespace = self._scopes[id(frame.code.node)]
        try:
            writer = Writer(self.interpreter, namespace, scope, closures)
            if not deletes(loop):
                writer.watch_kinds(names_stored(loop), frame, self._scope_in(namespace))
            return writer.body(loop.body)
        except NotGenerated:
            return None

    def _scope_in(self, namespace: Namespace) -> Callable[[ast.AST], Scope | None]:
        """A function that gives the scope of a function in the module with this namespace."""

        def scope_of(node: ast.AST) -> Scope | None:
            scope, where = self._scopes.get(id(node), (None, None))
            return scope if where is namespace else None

        return scope_of

    def _generate_function(
        self, code: Code, node: ast.FunctionDef | ast.Lambda, scope: Scope, namespace: Namespace
    ) -> None:
        if code.is_generator:
            return
        try:
            writer = Writer(self.interpreter, namespace, scope)
            code.generated = writer.function(code, node)
        except NotGenerated:
            return
        code.arity = len(code.positional) if code.simple else -1
