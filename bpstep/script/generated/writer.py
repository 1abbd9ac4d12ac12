"""Writes one function of a script, or the body of a loop, as Python code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from bpstep.script.generated import calls
from bpstep.script.generated.calls import parameters_of
from bpstep.script.generated.code_trees import (
    PREFIX,
    Expr,
    arguments_of,
    checked_name,
    expression_from,
    name_of,
    statements_from,
    to_store,
    with_line,
)
from bpstep.script.generated.statement_writer import StatementWriter
from bpstep.script.generated.unchecked_writer import NameAccess, UncheckedWriter
from bpstep.script.interpreter.code import CallFrame, Code
from bpstep.script.interpreter.scope import Scope


class Writer(StatementWriter):
    """Writes one function or body. `scope` is that of the names in it."""

    def watch_kinds(
        self, changing: set[str], frame: CallFrame, scope_of: Callable[[ast.AST], Scope | None]
    ) -> None:
        """Omit the checks of statements on current arrays, as long as these stay arrays.

        `changing` is what the loop stores, `frame` that of the loop.
        """

        def value(name: str) -> Any:
            if self.where(name) == "local":
                return frame.variables.get(name)
            return self.namespace.get(name, self.interpreter.builtins.get(name))

        names = NameAccess(
            self.load,
            self.stored_name,
            self.where,
            self.keep,
            self.temporary,
            value,
            scope_of,
            self.interpreter.simple_classes,
        )
        self.unchecked_writer = UncheckedWriter(names, changing)

    def function(self, code: Code, node: ast.FunctionDef | ast.Lambda) -> Callable[..., Any]:
        """A function or lambda of the script, its parameters by position in the order of `parameters_of`."""
        names = [checked_name(name) for name in parameters_of(code)]
        statements: list[ast.stmt] = (
            node.body if isinstance(node, ast.FunctionDef) else [ast.Return(node.body)]
        )
        if isinstance(node, ast.Lambda):
            ast.copy_location(statements[0], node.body)
        self._watch_instance(code, node)
        body = self.block(statements)
        first = list(self._entry(node.lineno))
        budget, interpreter = self.interpreter.budget, self.interpreter
        setup = statements_from(
            "B.ticks -= 1\nif B.ticks < 0:\n    CHECK()\nif LEN(STACK) >= DEPTH:\n    DEEP()\nPUSH(FRAME)",
            B=self.keep(budget, "budget"),
            CHECK=self.keep(budget.check, "check"),
            LEN=self.keep(len, "len"),
            STACK=self.keep(interpreter.stack, "stack"),
            DEPTH=ast.Constant(interpreter.limits.depth),
            DEEP=self.keep(calls.too_deep, "deep"),
            PUSH=self.keep(interpreter.stack.append, "push"),
            FRAME=self.keep(CallFrame(code, {}, {}), "frame"),
        )
        guarded = self._guarded(
            [*first, *body], statements_from("POP()", POP=self.keep(interpreter.stack.pop, "pop"))
        )
        return self._made(names, with_line([*setup, *guarded], node.lineno))

    def body(self, statements: list[ast.stmt]) -> Callable[[CallFrame], Any]:
        """A loop's body, run in the frame of the loop; returns None or why control leaves it."""
        self.is_body = True
        inner = self.block(statements)
        frame = ast.Name(f"{PREFIX}f", ast.Load())
        is_local = self.scope.kind == "function"
        own = {name for name in self.stored | self.loaded if self.where(name) == "local"}
        names = sorted(own) if is_local else []
        before, after = [], []
        for name in names:
            held = self._held_in(name, frame)
            missing = ast.Tuple([self.keep(KeyError, "key"), self.keep(AttributeError, "unset")], ast.Load())
            before += statements_from(
                "try:\n    NAME = HELD\nexcept MISSING:\n    pass",
                NAME=name_of(name),
                HELD=held,
                MISSING=missing,
            )
            if name in self.stored:
                unbound = self.keep(UnboundLocalError, "unbound")
                kept = statements_from(
                    "try:\n    NAME = VALUE\nexcept UNBOUND:\n    pass", VALUE=name_of(name), UNBOUND=unbound
                )
                (tried,) = kept
                assert isinstance(tried, ast.Try)
                tried.body = [ast.Assign([to_store(held)], name_of(name))]
                after += kept
        line = statements[0].lineno
        whole = with_line([*before, *self._guarded(inner, after)], line)
        return self._made([f"{PREFIX}f"], whole)

    def _held_in(self, name: str, frame: ast.Name) -> Expr:
        """Where a variable of a frame is stored."""
        where = "shared" if name in self.scope.shared else "variables"
        held = expression_from(f"FRAME.{where}[KEY]", FRAME=frame, KEY=ast.Constant(name))
        return ast.Attribute(held, "value", ast.Load()) if name in self.scope.shared else held

    def _guarded(self, body: list[ast.stmt], final: list[ast.stmt]) -> list[ast.stmt]:
        """The body, with the line of an error recorded."""
        guarded = statements_from(
            "try:\n    BODY\nexcept ANY as ERROR:\n    NOTE(ERROR, ERROR.__traceback__.tb_lineno)\n    raise",
            ANY=self.keep(BaseException, "any"),
            NOTE=self.keep(self.interpreter.note, "note"),
            ERROR=name_of(f"{PREFIX}e"),
        )
        (tried,) = guarded
        assert isinstance(tried, ast.Try)
        tried.handlers[0].name = f"{PREFIX}e"
        tried.body = body or [ast.Pass()]
        tried.finalbody = final
        return guarded

    def _made(self, parameters: list[str], body: list[ast.stmt]) -> Callable[..., Any]:
        declared = sorted(name for name in self.stored if self.scope.where(name) == "global")
        head: list[ast.stmt] = [ast.Global(declared)] if declared else []
        run = ast.FunctionDef(f"{PREFIX}run", arguments_of(parameters), [*head, *body], [], None)
        make = ast.FunctionDef(
            f"{PREFIX}make",
            arguments_of(list(self.helpers)),
            [run, ast.Return(ast.Name(f"{PREFIX}run", ast.Load()))],
            [],
            None,
        )
        for each in (run, make):
            each.type_params = []  # type: ignore[attr-defined]
        module = ast.Module(with_line([make], 1), [])
        compiled = compile(module, f"<{self.scope.kind}>", "exec", dont_inherit=True)
        code = next(part for part in compiled.co_consts if isinstance(part, CodeType))
        return self._bound(code)

    def _bound(self, code: CodeType) -> Callable[..., Any]:
        """The function with the script's module as its globals, and the script's built-in names as Python's.

        Python takes the built-in names from the globals when a function is created.
        """
        namespace, own = self.namespace, "__builtins__"
        outer = namespace.get(own, self)
        namespace[own] = self.interpreter.builtins
        try:
            found: Callable[..., Any] = FunctionType(code, namespace)(**self.helpers)
        finally:
            if outer is self:
                del namespace[own]
            else:
                namespace[own] = outer
        return found

    def _watch_instance(self, code: Code, node: ast.FunctionDef | ast.Lambda) -> None:
        """Check a method's own instance only once, if the method does not rebind its name."""
        if not code.positional:
            return
        first = code.positional[0]
        bound = any(
            isinstance(part, ast.Name) and part.id == first and not isinstance(part.ctx, ast.Load)
            for part in ast.walk(node)
        )
        used = any(
            isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == first
            for part in ast.walk(node)
        )
        if used and not bound:
            self.instances[first] = f"{PREFIX}is_instance"

    def _entry(self, line: int) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for name, known in self.instances.items():
            found += statements_from(
                f"{known} = TYPE(OWNER) in SIMPLE", OWNER=name_of(name), **self.instance_parts()
            )
        return with_line(found, line)
