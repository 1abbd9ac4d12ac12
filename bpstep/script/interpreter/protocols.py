"""What the modules of this package need of the interpreter, which imports them all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from bpstep.script.interpreter.code import CallFrame, Code, Namespace, Runner, Variable
from bpstep.script.interpreter.files import Files
from bpstep.script.interpreter.output import Output
from bpstep.script.interpreter.randomness import Randomness
from bpstep.script.interpreter.statement_parts import StatementParts
from bpstep.script.interpreter.values import Invoker, Module, Passive
from bpstep.script.limits import Budget, Limits
from bpstep.script.source import Source

CallFunction = Callable[[Any, tuple[Any, ...], Namespace], Any]
LoopWatch = Callable[[ast.For | ast.While, CallFrame, int, Runner], Runner | None]
"""Called for each iteration of each loop before its body runs: with the loop, the frame, the iterations done.

It returns what runs in the body's place.
"""


class AttributeAccess(Protocol):
    """Attributes of values by name, as far as a script may use them."""

    def getter(self, name: str) -> Callable[[Any], Any]:
        """A function that reads the attribute of a value."""

    def setter(self, name: str) -> Callable[[Any, Any], None]:
        """A function that sets the attribute of a value."""

    def method_caller(self, name: str) -> CallFunction:
        """A function that looks up a method of a value and calls it."""

    def get(self, value: Any, name: str) -> Any:
        """The attribute of a value."""

    def set(self, value: Any, name: str, item: Any) -> None:
        """Set the attribute of a value."""

    def delete(self, value: Any, name: str) -> None:
        """Delete the attribute of a value."""

    def has(self, value: Any, name: str) -> bool:
        """Whether a value has an attribute."""


class Imports(Protocol):
    """What `import` finds."""

    loaded: dict[str, Module]
    folders: list[Path]
    outside: list[str]

    def load(self, name: str, is_tried: bool = False) -> Any:
        """The module of a dotted name."""

    def member(self, module_name: str, name: str, level: int, package: str, is_tried: bool = False) -> Any:
        """What `from module import name` gives."""

    def everything(self, module_name: str, level: int, package: str) -> Namespace:
        """What `from module import *` binds."""

    def submodule(self, module: Module, name: str) -> Any:
        """A module inside a package, if there is one."""

    def surely_lacks(self, module_name: str, name: str) -> bool:
        """Whether the real module has no such name."""


class Caller(Protocol):
    """Calls any value of the script."""

    def call(self, function: Any, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        """Call a value. ScriptRefused if scripts may not call it."""


class AttributeHost(Caller, Protocol):
    """What attribute access and the creation of classes need."""

    simple_classes: set[type]

    @property
    def modules(self) -> Imports:
        """What `import` finds."""


class CallHost(Caller, Protocol):
    """What calls and attributes in expressions need."""

    @property
    def attributes(self) -> AttributeAccess:
        """Attributes by name."""


class Control(Protocol):
    """What running statements one by one needs."""

    limits: Limits
    budget: Budget
    parts: dict[Runner, StatementParts]
    stack: list[CallFrame]
    handled: list[BaseException]

    def note(self, error: BaseException, line: int) -> None:
        """Remember the innermost line that an error came from."""

    def enter(self, context: Any) -> Any:
        """Enter the context of a `with` statement."""

    def leave(self, context: Any, error: BaseException | None) -> bool:
        """Leave the context of a `with` statement; returns whether it swallows the error."""


class Library(CallHost, AttributeHost, Protocol):
    """What the functions that bpstep provides need."""

    source: Source
    budget: Budget
    files: Files
    output: Output
    randomness: Randomness
    builtins: Namespace
    constructors: dict[Any, Callable[..., Any]]

    def count_passed_over(self, name: str) -> None:
        """Count a call that has no effect here."""

    def passive(self, name: str) -> Passive:
        """A value that accepts every call and does nothing."""


class ModuleHost(Library, Protocol):
    """What importing modules needs."""

    watch: LoopWatch | None

    def module_namespace(self, name: str, source: Source) -> Namespace:
        """The names that a module begins with."""

    def run_module(self, source: Source, namespace: Namespace) -> None:
        """Run a module of the script's folder."""


class Runtime(Invoker, Control, Library, Protocol):
    """What compiled statements and expressions need."""

    namespace: Namespace
    watch: LoopWatch | None
    codes: dict[int, Code]
    """Every compiled function, by the `id` of its node."""

    def make_class(
        self,
        name: str,
        bases: list[Any],
        keywords: dict[str | None, Any],
        names: Namespace,
        cell: Variable | None,
    ) -> Any:
        """The class of a class statement."""

    def source_at(self, code: Code | None) -> Source:
        """The file of a function, or of the running statements outside functions."""

    def decorated(self, decorator: Any, made: Any) -> Any:
        """A function or class with a decorator applied."""

    def unpacked(self, value: Any, count: int, star: int | None) -> Any:
        """The values that `a, b = value` assigns to its targets."""

    def bounded(self, value: Any) -> Any:
        """`value`, unless it is a range too long to be processed at once."""

    def formatted(self, value: Any, spec: str) -> str:
        """`format(value, spec)`."""

    def delete_item(self, value: Any, index: Any) -> None:
        """`del value[index]`."""
