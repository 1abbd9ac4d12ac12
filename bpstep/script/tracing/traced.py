"""The traced form of a script: its statements compiled once more, with operations that are recorded."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bpstep.script.equations.items import SHARED_SCOPE, StatementContext, ValuePath
from bpstep.script.equations.recorder import PassRecorder
from bpstep.script.interpreter.code import Block, Code, Namespace, Runner
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.scope import Analyser, Scope, mangled
from bpstep.script.interpreter.statement_parts import ForParts, StatementParts, WhileParts
from bpstep.script.interpreter.statements import StatementCompiler
from bpstep.script.source import Source
from bpstep.script.tracing.operations import TracingOperations
from bpstep.script.tracing.values import single_expression


class Traced:
    """The traced form of a script's main module and of the modules of its folder."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.operations = TracingOperations(interpreter)
        self.bodies: dict[int, tuple[Code, Block | None, Any]] = {}
        """The traced body of each function, by the `id` of its code: a function within an expression may be
        compiled more than once, but is exchanged once.
        """
        self.loops: dict[int, Block] = {}
        """The traced body of each loop, by the `id` of its node."""
        self._compiled = 0

    def update(self) -> None:
        """Compile the modules that the interpreter has compiled since."""
        for source, namespace in self.interpreter.units[self._compiled :]:
            self._compiled += 1
            scopes = Analyser().analyse(source.tree)
            name = namespace.get("__name__", "__main__")
            module = "" if name == "__main__" else name
            compiler = TracingCompiler(self, source, namespace, module, scopes)
            compiler.scope = scopes[source.tree]
            if source.tree.body:
                compiler.block(source.tree.body)

    @contextmanager
    def recording(self, recorder: PassRecorder) -> Iterator[None]:
        """Run the traced forms in place of the usual ones."""
        operations, interpreter = self.operations, self.interpreter
        outer = operations.recorder
        operations.recorder = recorder
        self._exchange()
        interpreter.__dict__["invoke"] = operations.invoke
        try:
            yield
        finally:
            del interpreter.__dict__["invoke"]
            self._exchange()
            operations.recorder = outer

    def _exchange(self) -> None:
        for key, (code, block, value) in self.bodies.items():
            self.bodies[key] = code, code.block, code.value
            code.block, code.value = block, value


class TracingCompiler(StatementCompiler):
    """Compiles a module's statements with operations that are recorded."""

    def __init__(
        self,
        traced: Traced,
        source: Source,
        namespace: Namespace,
        module: str,
        scopes: dict[ast.AST, Scope],
    ) -> None:
        super().__init__(traced.interpreter, namespace, scopes, traced.operations)
        self._traced = traced
        self._source = source
        self._module = module
        self._statement: ast.stmt = ast.Pass(lineno=1)
        traced.operations.current_place = self.place

    def statement(self, node: ast.stmt) -> Runner:
        outer, self._statement = self._statement, node
        try:
            return super().statement(node)
        finally:
            self._statement = outer

    def code(self, node: ast.FunctionDef | ast.Lambda, name: str) -> Code:
        operations = self._traced.operations
        outer, operations.is_opened = operations.is_opened, single_expression(node) is None
        try:
            made = super().code(node, name)
        finally:
            operations.is_opened = outer
        original = self._traced.interpreter.codes.get(id(node))
        if original is None:
            return made
        operations.sources[id(original)] = self._source
        self._traced.bodies[id(original)] = original, made.block, made.value
        return original

    def _kept(self, runner: Runner, parts: StatementParts) -> Runner:
        if isinstance(parts, ForParts | WhileParts):
            self._traced.loops[id(parts.node)] = parts.body
        return super()._kept(runner, parts)

    def place(self) -> StatementContext:
        """The place of the code that is being compiled."""
        scope, module = self.scope, self._module
        function = self.qualifier.removesuffix("<locals>.").removesuffix(".")
        local = function if scope.kind == "function" else module

        def path_of(written: str) -> ValuePath:
            name = mangled(written, scope.class_name)
            where = scope.where(name)
            shown = name.partition("@")[0]
            if where == "shared":
                return (SHARED_SCOPE, shown)
            return (module if where == "global" or scope.kind == "module" else local, shown)

        return StatementContext(self._source, self._statement, local, path_of)
