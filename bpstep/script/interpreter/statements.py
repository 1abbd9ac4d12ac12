"""Statements of the syntax tree as closures: each takes a frame and returns None or why control leaves the
block.

For stepping (generators, the debugged loop) the parts of each compound statement are kept: see
`statement_parts`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from bpstep.script import messages
from bpstep.script.interpreter.code import (
    BREAK,
    CONTINUE,
    RETURN,
    Block,
    CallFrame,
    Code,
    Evaluator,
    Namespace,
    Runner,
    Store,
    Variable,
)
from bpstep.script.interpreter.expressions import ExpressionCompiler
from bpstep.script.interpreter.matching import pattern
from bpstep.script.interpreter.statement_parts import (
    CallParts,
    ForParts,
    Handler,
    IfParts,
    StatementParts,
    TryParts,
    WhileParts,
    WithParts,
    YieldParts,
)
from bpstep.script.interpreter.values import Forbidden
from bpstep.script.interpreter.variables import unbound
from bpstep.script.refusal import CATCHABLE, ScriptRefused
from bpstep.text import fill


class StatementCompiler(ExpressionCompiler):
    """Compiles the statements of one module."""

    is_tried = False
    """True in a `try` that catches the failing of imports."""

    def block(self, statements: list[ast.stmt]) -> Block:
        """Statements in order."""
        runners = [self.statement(statement) for statement in statements]
        lines = [statement.lineno for statement in statements]
        return Block(runners, lines, self._in_order(runners, lines))

    def optional(self, statements: list[ast.stmt]) -> Block | None:
        """Statements in order, or None if there are none."""
        return self.block(statements) if statements else None

    def _in_order(self, runners: list[Runner], lines: list[int]) -> Runner:
        note = self.interpreter.note
        where = dict(zip(runners, lines))
        if len(runners) == 1:
            only, line = runners[0], lines[0]

            def run_one(f: CallFrame) -> Any:
                try:
                    return only(f)
                except BaseException as error:
                    note(error, line)
                    raise

            return run_one

        def run(f: CallFrame) -> Any:
            runner = None
            try:
                for runner in runners:
                    signal = runner(f)
                    if signal is not None:
                        return signal
            except BaseException as error:
                if runner is not None:
                    note(error, where[runner])
                raise
            return None

        return run

    def statement(self, node: ast.stmt) -> Runner:
        """The closure that runs a statement. ScriptRefused if its kind is not supported."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise ScriptRefused(fill(messages.STATEMENT, name=type(node).__name__), node.lineno)
        runner: Runner = method(node)
        return runner

    def _kept(self, runner: Runner, parts: StatementParts) -> Runner:
        self.interpreter.parts[runner] = parts
        return runner

    # Simple statements

    def _Expr(self, node: ast.Expr) -> Runner:
        if isinstance(node.value, ast.Constant):
            return _pass_over()
        if isinstance(node.value, ast.Yield | ast.YieldFrom):
            return self._yielding(node, node.value, lambda f, value: None)
        value = self.expression(node.value)

        def run(f: CallFrame) -> Any:
            value(f)

        return self._calling(node, node.value, run, lambda f, result: None)

    def _calling(
        self, node: ast.stmt, value: ast.expr, runner: Runner, finish: Callable[[CallFrame, Any], Any]
    ) -> Runner:
        if not isinstance(value, ast.Call) or self._special_call(value) is not None:
            return runner
        function = self.expression(value.func)
        return self._kept(
            runner, CallParts(node, function, self.arguments(value), self.keywords(value), finish)
        )

    def _yielding(
        self, node: ast.stmt, value: ast.Yield | ast.YieldFrom, finish: Callable[[CallFrame, Any], None]
    ) -> Runner:
        given = self.expression(value.value) if value.value is not None else (lambda f: None)

        def run(f: CallFrame) -> Any:
            raise ScriptRefused(fill(messages.YIELD_OUTSIDE), node.lineno)

        return self._kept(run, YieldParts(node, given, finish, isinstance(value, ast.YieldFrom)))

    def _Yield(self, node: ast.Yield) -> Evaluator:
        raise ScriptRefused(fill(messages.YIELD_INSIDE), node.lineno)

    _YieldFrom = _Await = _Yield

    def _Assign(self, node: ast.Assign) -> Runner:
        stores = [self.target(target) for target in node.targets]

        def finish(f: CallFrame, result: Any) -> None:
            for store in stores:
                store(f, result)

        if isinstance(node.value, ast.Yield | ast.YieldFrom):
            return self._yielding(node, node.value, finish)
        value = self.expression(node.value)
        only = stores[0]
        if len(stores) > 1:

            def run(f: CallFrame) -> Any:
                finish(f, value(f))

        elif isinstance(node.targets[0], ast.Name) and self._is_plain(node.targets[0], node):
            name = self.name(node.targets[0].id)

            def run(f: CallFrame) -> Any:
                f.variables[name] = value(f)

        else:

            def run(f: CallFrame) -> Any:
                only(f, value(f))

        return self._calling(node, node.value, run, finish)

    def _is_plain(self, target: ast.Name, node: ast.stmt) -> bool:
        name = self.name(target.id)
        where = self.scope.where(name)
        in_frame = where in ("local", "class") or (where == "global" and self.scope.kind == "module")
        return in_frame and self.operations.store(target, name) is None

    def _AnnAssign(self, node: ast.AnnAssign) -> Runner:
        steps: list[Runner] = []
        if node.value is not None:
            steps.append(self._Assign(ast.copy_location(ast.Assign([node.target], node.value), node)))
        if self.scope.kind == "class" and isinstance(node.target, ast.Name):
            annotation, name = self.expression(node.annotation), node.target.id

            def annotate(f: CallFrame) -> Any:
                try:
                    written = annotation(f)
                except NameError:
                    written = object
                f.variables.setdefault("__annotations__", {})[name] = written

            steps.append(annotate)

        def run(f: CallFrame) -> Any:
            for step in steps:
                step(f)

        return run

    def _AugAssign(self, node: ast.AugAssign) -> Runner:
        operation = self.operations.in_place(node, type(node.op))
        value = self.expression(node.value)
        target = node.target
        bounded = self.interpreter.bounded
        if isinstance(target, ast.Name):
            load, store = self.load(target.id), self.target(target)
            return lambda f: store(f, operation(load(f), bounded(value(f))))
        owner = self.expression(target.value)
        if isinstance(target, ast.Attribute):
            name = self.name(target.attr)
            get, put = (
                self.operations.get_attribute(target, name),
                self.operations.set_attribute(target, name),
            )

            def run(f: CallFrame) -> Any:
                instance = owner(f)
                put(instance, operation(get(instance), bounded(value(f))))

            return run
        index = self.expression(target.slice)
        get_item, set_item = self.operations.get_item(target), self.operations.set_item(target)

        def run_item(f: CallFrame) -> Any:
            instance = owner(f)
            key = index(f)
            set_item(instance, key, operation(get_item(instance, key), bounded(value(f))))

        return run_item

    def _Pass(self, node: ast.Pass) -> Runner:
        return _pass_over()

    def _Global(self, node: ast.Global | ast.Nonlocal) -> Runner:
        return _pass_over()

    _Nonlocal = _Global

    def _Break(self, node: ast.Break) -> Runner:
        return lambda f: BREAK

    def _Continue(self, node: ast.Continue) -> Runner:
        return lambda f: CONTINUE

    def _Return(self, node: ast.Return) -> Runner:
        if node.value is None:
            return lambda f: RETURN
        value = self.expression(node.value)
        look = self.operations.returned(node)

        def run(f: CallFrame) -> Any:
            f.result = value(f)
            if look is not None:
                look(f.result)
            return RETURN

        def finish(f: CallFrame, result: Any) -> Any:
            f.result = result
            return RETURN

        return self._calling(node, node.value, run, finish)

    def _Assert(self, node: ast.Assert) -> Runner:
        test = self.test(node.test)
        message = self.expression(node.msg) if node.msg else None

        def run(f: CallFrame) -> Any:
            if not test(f):
                raise AssertionError(*([message(f)] if message else []))

        return run

    def _Raise(self, node: ast.Raise) -> Runner:
        if node.exc is None:
            handled = self.interpreter.handled

            def again(f: CallFrame) -> Any:
                if not handled:
                    raise RuntimeError("No active exception to reraise")
                raise handled[-1]

            return again
        value = self.expression(node.exc)
        cause = None if node.cause is None else self.expression(node.cause)

        def run(f: CallFrame) -> Any:
            error = self._exception(value(f), "exceptions must derive from BaseException")
            if cause is None:
                raise error
            given = cause(f)
            if given is None:
                raise error from None
            raise error from self._exception(given, "exception causes must derive from BaseException")

        return run

    def _exception(self, given: Any, refusal: str) -> BaseException:
        """An exception; a class of exceptions is called without arguments."""
        if isinstance(given, type) and issubclass(given, Exception):
            given = self.interpreter.call(given, (), {})
        if not isinstance(given, CATCHABLE):
            raise TypeError(refusal)
        return given

    def _Delete(self, node: ast.Delete) -> Runner:
        steps = [self._deletion(target) for target in node.targets]

        def run(f: CallFrame) -> Any:
            for step in steps:
                step(f)

        return run

    def _deletion(self, node: ast.expr) -> Runner:
        if isinstance(node, ast.Tuple | ast.List):
            steps = [self._deletion(item) for item in node.elts]
            return lambda f: [step(f) for step in steps] and None
        if isinstance(node, ast.Name):
            return self._forgetting(node.id, must_exist=True)
        if isinstance(node, ast.Attribute):
            owner, name, attributes = (
                self.expression(node.value),
                self.name(node.attr),
                self.interpreter.attributes,
            )
            return lambda f: attributes.delete(owner(f), name)
        assert isinstance(node, ast.Subscript)
        value, index = self.expression(node.value), self.expression(node.slice)
        delete = self.interpreter.delete_item
        return lambda f: delete(value(f), index(f))

    def _forgetting(self, written: str, must_exist: bool) -> Runner:
        name = self.name(written)
        where = self.scope.where(name)
        namespace = self.namespace

        def run(f: CallFrame) -> Any:
            if where == "shared":
                found = hasattr(f.shared[name], "value")
                if found:
                    del f.shared[name].value
            else:
                names = namespace if where == "global" else f.variables
                found = name in names
                names.pop(name, None)
            if must_exist and not found:
                is_own = where in ("local", "shared")
                raise unbound(name) if is_own else NameError(f"name '{name}' is not defined", name=name)

        return run

    # Imports

    def _Import(self, node: ast.Import) -> Runner:
        modules = self.interpreter.modules
        is_tried = self.is_tried
        steps: list[tuple[str, Store, bool]] = []
        for alias in node.names:
            as_written = alias.asname or alias.name.split(".")[0]
            steps.append((alias.name, self.variable(node, as_written), alias.asname is not None))

        def run(f: CallFrame) -> Any:
            for name, store, whole in steps:
                module = modules.load(name, is_tried)
                found = module if whole else modules.load(name.split(".")[0], is_tried)
                store(f, self._imported(found, f, node))

        return run

    def _imported(self, found: Any, f: CallFrame, node: ast.stmt) -> Any:
        """What an import gives; one that is not available says where it comes from when it is used."""
        if not isinstance(found, Forbidden):
            return found
        place = self.interpreter.source_at(f.code).named_place(node.lineno)
        return Forbidden(fill(messages.IMPORTED, reason=found.message, place=place))

    def _ImportFrom(self, node: ast.ImportFrom) -> Runner:
        modules, module_name = self.interpreter.modules, node.module or ""
        if module_name == "__future__":
            return _pass_over()
        level, is_tried = node.level, self.is_tried
        package = self.namespace.get("__name__", "")
        if node.names[0].name == "*":

            def run_all(f: CallFrame) -> Any:
                f.variables.update(modules.everything(module_name, level, package))

            return run_all
        steps = [(alias.name, self.variable(node, alias.asname or alias.name)) for alias in node.names]

        def run(f: CallFrame) -> Any:
            for name, store in steps:
                found = modules.member(module_name, name, level, package, is_tried)
                store(f, self._imported(found, f, node))

        return run

    # Definitions

    def fill(self, code: Code, node: ast.FunctionDef | ast.Lambda) -> None:
        """Compile a function's body into `code`."""
        if isinstance(node, ast.Lambda):
            super().fill(code, node)
            return
        code.doc = ast.get_docstring(node)
        code.is_generator = _yields(node)
        code.block = self.block(node.body)

    def _FunctionDef(self, node: ast.FunctionDef) -> Runner:
        make = self.function(node, node.name)
        store = self.variable(node, node.name)
        decorators = [(self.expression(part), part.lineno) for part in node.decorator_list]
        decorate = self.interpreter.decorated

        def run(f: CallFrame) -> Any:
            found = [decorator(f) for decorator, _ in decorators]
            function: Any = make(f)
            for decorator in reversed(found):
                function = decorate(decorator, function)
            store(f, function)

        return run

    def _ClassDef(self, node: ast.ClassDef) -> Runner:
        bases = [self.expression(base) for base in node.bases]
        keywords = [(keyword.arg, self.expression(keyword.value)) for keyword in node.keywords]
        decorators = [self.expression(part) for part in node.decorator_list]
        store = self.variable(node, node.name)
        outer, qualifier = self.scope, self.qualifier
        self.scope, self.qualifier = self.scopes[node], f"{qualifier}{node.name}."
        body = self.block(node.body)
        own = [name for name in self.scope.shared if name == "__class__" or "@" in name]
        self.scope, self.qualifier = outer, qualifier
        interpreter, doc = self.interpreter, ast.get_docstring(node)
        qualified = qualifier + node.name
        module = self.namespace.get("__name__", "__main__")

        def run(f: CallFrame) -> Any:
            parents = [base(f) for base in bases]
            named = {key: value(f) for key, value in keywords}
            found = [decorator(f) for decorator in decorators]
            names: Namespace = {"__module__": module, "__qualname__": qualified, "__doc__": doc}
            inner = CallFrame(None, names, {**f.shared, **{name: Variable() for name in own}})
            body.run(inner)
            made: Any = interpreter.make_class(
                node.name, parents, named, names, inner.shared.get("__class__")
            )
            for decorator in reversed(found):
                made = interpreter.decorated(decorator, made)
            store(f, made)

        return run

    # Control flow

    def _If(self, node: ast.If) -> Runner:
        test = self.test(node.test)
        body, orelse = self.block(node.body), self.optional(node.orelse)
        yes = body.run
        if orelse is None:

            def run(f: CallFrame) -> Any:
                return yes(f) if test(f) else None

        else:
            no = orelse.run

            def run(f: CallFrame) -> Any:
                return yes(f) if test(f) else no(f)

        return self._kept(run, IfParts(node, test, body, orelse))

    def _For(self, node: ast.For) -> Runner:
        items, store = self.iterated(node.iter), self.target(node.target)
        body, orelse = self.block(node.body), self.optional(node.orelse)
        run_body = body.run
        interpreter, budget = self.interpreter, self.interpreter.budget

        def run(f: CallFrame) -> Any:
            count = 0
            for item in items(f):
                budget.ticks -= 1
                if budget.ticks < 0:
                    budget.check()
                store(f, item)
                body_now = run_body
                if interpreter.watch is not None:
                    body_now = interpreter.watch(node, f, count, run_body) or run_body
                    count += 1
                signal = body_now(f)
                if signal is not None:
                    if signal is BREAK:
                        return None
                    if signal is not CONTINUE:
                        return signal
            return orelse.run(f) if orelse is not None else None

        return self._kept(run, ForParts(node, items, store, body, orelse))

    def _While(self, node: ast.While) -> Runner:
        test = self.test(node.test)
        body, orelse = self.block(node.body), self.optional(node.orelse)
        run_body = body.run
        interpreter, budget = self.interpreter, self.interpreter.budget

        def run(f: CallFrame) -> Any:
            count = 0
            while test(f):
                budget.ticks -= 1
                if budget.ticks < 0:
                    budget.check()
                body_now = run_body
                if interpreter.watch is not None:
                    body_now = interpreter.watch(node, f, count, run_body) or run_body
                    count += 1
                signal = body_now(f)
                if signal is not None:
                    if signal is BREAK:
                        return None
                    if signal is not CONTINUE:
                        return signal
            return orelse.run(f) if orelse is not None else None

        return self._kept(run, WhileParts(node, test, body, orelse))

    def _Match(self, node: ast.Match) -> Runner:
        subject = self.expression(node.subject)
        cases = [
            (
                pattern(self, case.pattern),
                self.test(case.guard) if case.guard is not None else None,
                self.block(case.body),
            )
            for case in node.cases
        ]

        def run(f: CallFrame) -> Any:
            value = subject(f)
            for fits, guard, body in cases:
                if fits(f, value) and (guard is None or guard(f)):
                    return body.run(f)
            return None

        return run

    def _With(self, node: ast.With) -> Runner:
        if len(node.items) > 1:
            inner = ast.copy_location(ast.With(node.items[1:], node.body), node)
            return self._With(ast.copy_location(ast.With(node.items[:1], [inner]), node))
        item = node.items[0]
        manager = self.expression(item.context_expr)
        store = self.target(item.optional_vars) if item.optional_vars is not None else None
        body = self.block(node.body)
        enter, leave = self.interpreter.enter, self.interpreter.leave

        def run(f: CallFrame) -> Any:
            context = manager(f)
            entered = enter(context)
            try:
                if store is not None:
                    store(f, entered)
                signal = body.run(f)
            except CATCHABLE as error:
                if not leave(context, error):
                    raise
                return None
            leave(context, None)
            return signal

        return self._kept(run, WithParts(node, manager, store, body))

    def _Try(self, node: ast.Try) -> Runner:
        outer, self.is_tried = self.is_tried, self.is_tried or any(map(_catches_imports, node.handlers))
        body = self.block(node.body)
        self.is_tried = outer
        parts = TryParts(
            node,
            body,
            tuple(self._handler(handler) for handler in node.handlers),
            self.optional(node.orelse),
            self.optional(node.finalbody),
        )
        guarded = self._guarded(parts)
        final = parts.final
        if final is None:
            return self._kept(guarded, parts)

        def run(f: CallFrame) -> Any:
            try:
                signal = guarded(f)
                result = f.result
            except CATCHABLE:
                signal = final.run(f)
                if signal is not None:
                    return signal
                raise
            ended = final.run(f)
            if ended is not None:
                return ended
            f.result = result
            return signal

        return self._kept(run, parts)

    def _guarded(self, parts: TryParts) -> Runner:
        interpreter = self.interpreter

        def run(f: CallFrame) -> Any:
            try:
                signal = parts.body.run(f)
            except CATCHABLE as error:
                handler = chosen(parts.handlers, f, error)
                if handler is None:
                    raise
                interpreter.handled.append(error)
                try:
                    return handle(handler, f, error)
                finally:
                    interpreter.handled.pop()
            if signal is None and parts.orelse is not None:
                return parts.orelse.run(f)
            return signal

        return run

    def _handler(self, node: ast.ExceptHandler) -> Handler:
        kind = self.expression(node.type) if node.type is not None else None
        store = self.variable(node, node.name) if node.name else None
        forget = self._forgetting(node.name, must_exist=False) if node.name else None
        return Handler(kind, store, forget, self.block(node.body))

    def _TryStar(self, node: ast.stmt) -> Runner:
        raise ScriptRefused(fill(messages.EXCEPT_STAR), node.lineno)

    def _AsyncFor(self, node: ast.stmt) -> Runner:
        raise ScriptRefused(fill(messages.ASYNC_STATEMENTS), node.lineno)

    _AsyncWith = _AsyncFunctionDef = _AsyncFor


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return not names.isdisjoint(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


def chosen(handlers: tuple[Handler, ...], frame: CallFrame, error: BaseException) -> Handler | None:
    """The handler that catches an error, if any."""
    for handler in handlers:
        if handler.kind is None:
            return handler
        kinds = handler.kind(frame)
        for kind in kinds if isinstance(kinds, tuple) else (kinds,):
            if not isinstance(kind, type) or not issubclass(kind, BaseException):
                raise TypeError("catching classes that do not inherit from BaseException is not allowed")
            if isinstance(error, kind):
                return handler
    return None


def handle(handler: Handler, frame: CallFrame, error: BaseException) -> Any:
    """Run the body of the handler that caught an error."""
    if handler.store is not None:
        handler.store(frame, error)
    try:
        return handler.body.run(frame)
    finally:
        if handler.forget is not None:
            handler.forget(frame)


def _pass_over() -> Runner:
    # A new closure each time: a block finds a statement's line by its closure.
    return lambda f: None


def _yields(node: ast.FunctionDef) -> bool:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(part, ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.GeneratorExp):
            waiting.extend(ast.iter_child_nodes(part))
    return False
