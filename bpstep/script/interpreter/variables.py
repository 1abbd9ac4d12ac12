"""Variables as closures: one takes a frame and gives the value, the other stores one."""

from __future__ import annotations

import ast
from typing import Any

from bpstep.script.interpreter.code import CallFrame, Evaluator, Namespace, Store
from bpstep.script.interpreter.operations import Operations
from bpstep.script.interpreter.protocols import Runtime
from bpstep.script.interpreter.scope import Scope, mangled


class VariableCompiler:
    """Compiles reading and storing of the variables of one module. `scope` is that of the function being
    compiled.
    """

    def __init__(
        self,
        interpreter: Runtime,
        namespace: Namespace,
        scopes: dict[ast.AST, Scope],
        operations: Operations,
    ) -> None:
        self.interpreter = interpreter
        self.namespace = namespace
        self.scopes = scopes
        self.operations = operations
        self.scope: Scope = Scope("module", None, None)
        self.qualifier = ""

    def name(self, name: str) -> str:
        """The name as stored; private names of a class include the class's name."""
        return mangled(name, self.scope.class_name)

    def load(self, written: str) -> Evaluator:
        """Reads a variable."""
        name = self.name(written)
        where = self.scope.where(name)
        if where == "local":
            return _local(name)
        if where == "shared":
            return _shared(name, self.scope.kind == "class" or name not in self.scope.shared)
        reader = self._global(name)
        if where == "global":
            return reader

        def in_class(f: CallFrame) -> Any:
            try:
                return f.variables[name]
            except KeyError:
                return reader(f)

        return in_class

    def _global(self, name: str) -> Evaluator:
        namespace = self.namespace
        builtins = self.interpreter.builtins

        def read(f: CallFrame) -> Any:
            try:
                return namespace[name]
            except KeyError:
                try:
                    return builtins[name]
                except KeyError:
                    raise NameError(f"name '{name}' is not defined", name=name) from None

        return read

    def variable(self, node: ast.AST, written: str) -> Store:
        """Stores a value in a variable."""
        name = self.name(written)
        where = self.scope.where(name)
        convert = self.operations.store(node, name)
        if where == "shared":

            def store_shared(f: CallFrame, value: Any) -> None:
                variable = f.shared[name]
                variable.value = value if convert is None else convert(value, variable)

            return store_shared
        namespace = self.namespace if where == "global" else None
        if convert is not None:
            kept = convert

            def converting(f: CallFrame, value: Any) -> None:
                (f.variables if namespace is None else namespace)[name] = kept(value, None)

            return converting

        if namespace is not None:
            in_module = namespace

            def store_global(f: CallFrame, value: Any) -> None:
                in_module[name] = value

            return store_global

        def store(f: CallFrame, value: Any) -> None:
            f.variables[name] = value

        return store


def visible(frame: CallFrame) -> Namespace:
    """A call's variables by name, as `locals()` gives them."""
    names = {name: value for name, value in frame.variables.items() if "@" not in name}
    for name, variable in frame.shared.items():
        if hasattr(variable, "value") and "@" not in name:
            names[name] = variable.value
    return names


def _local(name: str) -> Evaluator:
    def read(f: CallFrame) -> Any:
        try:
            return f.variables[name]
        except KeyError:
            raise unbound(name) from None

    return read


def unbound(name: str) -> UnboundLocalError:
    """The error of a function's variable that has no value."""
    return UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")


def _shared(name: str, from_outside: bool) -> Evaluator:
    def read(f: CallFrame) -> Any:
        try:
            return f.shared[name].value
        except AttributeError:
            if from_outside:
                message = f"cannot access free variable '{name}' where it is not associated with a value"
                raise NameError(message + " in enclosing scope", name=name) from None
            raise unbound(name) from None

    return read
