"""Runs a script over its syntax tree: calls, classes, and what statements need besides expressions."""

from __future__ import annotations

import ast
import enum
import functools
import sys
import types
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.attributes import Attributes
from bpstep.script.interpreter.builtin_names import python_names
from bpstep.script.interpreter.classes import make_class
from bpstep.script.interpreter.code import RETURN, Block, CallFrame, Code, Namespace, Runner, Variable
from bpstep.script.interpreter.constructors import constructors
from bpstep.script.interpreter.files import Files
from bpstep.script.interpreter.generator import Generator
from bpstep.script.interpreter.hoisting import with_calls_apart
from bpstep.script.interpreter.importing import Modules
from bpstep.script.interpreter.methods import Bound
from bpstep.script.interpreter.operations import Operations, check_format, refuse_passive_length
from bpstep.script.interpreter.output import Output
from bpstep.script.interpreter.protocols import LoopWatch
from bpstep.script.interpreter.randomness import Randomness
from bpstep.script.interpreter.scope import Analyser, Renamer
from bpstep.script.interpreter.statement_parts import StatementParts
from bpstep.script.interpreter.statements import StatementCompiler
from bpstep.script.interpreter.undefined import undefined_names
from bpstep.script.interpreter.values import (
    SCRIPT_METACLASSES,
    BoundMethod,
    Builtin,
    Forbidden,
    Passive,
    ScriptClass,
    ScriptFunction,
    is_script_instance,
)
from bpstep.script.limits import Budget, Limits, check_broadcast, check_made, checked_range
from bpstep.script.refusal import CATCHABLE, ScriptError, ScriptRefused
from bpstep.script.source import Source, read_source
from bpstep.text import fill

CALLABLE_KINDS = (functools.partial, np.vectorize, np.poly1d, np.polynomial.Polynomial)
_MAX_NAMES = 12
PYTHON_DEPTH = 40_000
"""How deep Python's own frames may nest in a run; a call of the script takes some ten of them."""


class Interpreter:
    """One script, ready to run. Its state is the module's `namespace` and everything reachable from it."""

    def __init__(
        self,
        source: Source,
        limits: Limits | None = None,
        read: tuple[Path, ...] = (),
        cancelled: Callable[[], bool] | None = None,
        operations: Callable[[Interpreter], Operations] = Operations,
        apart: Collection[str] = (),
    ) -> None:
        self.source = source
        self.apart = frozenset(apart)
        """The functions and classes whose calls are statements of their own, for a stepper to pause in."""
        self.limits = limits or Limits()
        self.budget = Budget(self.limits, cancelled)
        self.output = Output(self.limits.output)
        self.randomness = Randomness()
        self.passed_over: dict[str, int] = {}
        folder = source.path.parent.absolute()
        self.files = Files(folder, read, self.count_passed_over, self.budget.check, source.is_closed)
        self.parts: dict[Runner, StatementParts] = {}
        self.codes: dict[int, Code] = {}
        self.units: list[tuple[Source, Namespace]] = []
        """The modules that were compiled, the script's own first, with their variables."""
        self.stack: list[CallFrame] = []
        self.handled: list[BaseException] = []
        self.watch: LoopWatch | None = None
        self.simple_classes: set[type] = set()
        self.attributes = Attributes(self)
        self.modules = Modules(self)
        self.constructors = constructors(self)
        self.builtins = python_names(self)
        self.operations = operations(self)
        self._noted: BaseException | None = None
        self._noted_line: int | None = None
        self._sources: list[Source] = [source]
        self._noted_source = source
        self.namespace = self.module_namespace("__main__", source)
        self.main = CallFrame(None, self.namespace, {})
        self._block: Block | None = None
        self._print_options = np.get_printoptions()
        self._float_errors: dict[str, Any] = {"divide": "ignore", "over": "ignore", "invalid": "ignore"}

    @classmethod
    def open(cls, path: Path, limits: Limits | None = None, read: tuple[Path, ...] = ()) -> Interpreter:
        """The interpreter of a script or notebook. ScriptError if it can't be read."""
        return cls(read_source(path), limits, read)

    # Running

    @property
    def block(self) -> Block:
        """The module's statements. ScriptError if the kind of one is not supported."""
        if self._block is None:
            with self.running():
                self._block = self.compiled(self.source, self.namespace)
        return self._block

    def run(self) -> None:
        """Run the whole script. ScriptError if it can't be run to its end."""
        block = self.block
        with self.running():
            block.run(self.main)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The context in which anything of the script runs: limits, warnings, and errors as one line."""
        self.budget.restart()
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, PYTHON_DEPTH))
        depth = len(self.stack)
        try:
            with ExitStack() as stack:
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                stack.enter_context(self._numpy_settings())
                yield
        except ScriptError:
            raise
        except SystemExit:
            pass  # exit() ends a script normally
        except (ScriptRefused, *CATCHABLE) as error:
            raise self._told(error) from None
        finally:
            sys.setrecursionlimit(before)
            del self.stack[depth:]

    @contextmanager
    def _numpy_settings(self) -> Iterator[None]:
        with np.errstate(**self._float_errors), np.printoptions(**self._print_options):
            try:
                yield
            finally:
                self._float_errors = dict(np.geterr())
                self._print_options = np.get_printoptions()

    def _told(self, error: BaseException) -> ScriptError:
        line = self._noted_line if self._noted is error else None
        source = self._noted_source
        if isinstance(error, ScriptRefused):
            return source.error(error.line or line, error.message, error.kind)
        if isinstance(error, RecursionError):
            return source.error(line, fill(messages.TOO_DEEP), "limit")
        if isinstance(error, MemoryError):
            return source.error(line, fill(messages.OUT_OF_MEMORY), "limit")
        message = " ".join(str(error).split())
        if len(message) > 300:
            message = message[:299] + "…"
        shown = f"{type(error).__name__}: {message}" if message else type(error).__name__
        if isinstance(error, NameError) and getattr(error, "name", None) in PYTHON_2_NAMES:
            shown = fill(messages.PYTHON_2_ERROR, error=shown)
        elif isinstance(error, NameError):
            shown = self._with_other_names(shown, error, source)
        return source.error(line, shown, "raised")

    def _with_other_names(self, shown: str, error: NameError, source: Source) -> str:
        """The same error with all other undefined names of the file, so that they can be fixed together."""
        namespace = next((names for unit, names in self.units if unit is source), self.namespace)
        found = undefined_names(source.tree, {*namespace, *self.builtins})
        others = []
        for name, line in found.items():
            _, there = source.place(line)
            cell = source.cell_of(line)
            template = messages.NAME_IN_CELL if cell else messages.NAME_IN_LINE
            if name != error.name:
                others.append(fill(template, name=name, line=there, cell=cell))
        if not others:
            return shown
        return fill(messages.ALSO_UNDEFINED, error=shown, names=", ".join(others[:_MAX_NAMES]))

    def is_noted(self, error: BaseException | None) -> bool:
        """Whether this is the last error whose line was remembered."""
        return error is not None and self._noted is error

    def note(self, error: BaseException, line: int) -> None:
        """Remember the innermost line that an error came from."""
        if self._noted is not error:
            self._noted = error
            self._noted_line = line
            self._noted_source = self._sources[-1] if not self.stack else self._source_of(line)

    def _source_of(self, line: int) -> Source:
        for frame in reversed(self.stack):
            if frame.code is not None:
                return self.modules.source_of.get(id(frame.code.node), self.source)
        return self._sources[-1]

    def source_at(self, code: Code | None) -> Source:
        """The module of a function; None stands for statements outside functions."""
        if code is None:
            return self._sources[-1]
        return self.modules.source_of.get(id(code.node), self.source)

    def compiled(self, source: Source, namespace: Namespace) -> Block:
        """The statements of a module as a compiled block."""
        self._sources.append(source)
        self.units.append((source, namespace))
        try:
            tree = Renamer().visit(source.tree)
            if self.apart:
                tree = with_calls_apart(tree, self.apart)
            scopes = Analyser().analyse(tree)
            compiler = StatementCompiler(self, namespace, scopes, self.operations)
            compiler.scope = scopes[tree]
            if source is not self.source:
                for node in scopes:
                    self.modules.source_of[id(node)] = source
            block = (
                compiler.block(tree.body) if tree.body else compiler.block([ast.Pass(lineno=1, col_offset=0)])
            )
        except ScriptRefused as refused:
            raise source.error(refused.line, refused.message, refused.kind) from None
        self._sources.pop()
        return block

    def run_module(self, source: Source, namespace: Namespace) -> None:
        """Run a module of the script's folder, its names put in `namespace`."""
        block = self.compiled(source, namespace)
        self._sources.append(source)
        outer, self.stack = self.stack, []
        try:
            block.run(CallFrame(None, namespace, {}))
        finally:
            self.stack = outer
        self._sources.pop()

    def module_namespace(self, name: str, source: Source) -> Namespace:
        """The names that a module begins with."""
        doc = ast.get_docstring(source.tree)
        return {"__name__": name, "__file__": str(source.path.absolute()), "__doc__": doc}

    @property
    def globals(self) -> Namespace:
        """The module's own variables by name."""
        hidden = ("__name__", "__file__", "__doc__", "__builtins__")
        return {key: item for key, item in self.namespace.items() if "@" not in key and key not in hidden}

    # Calls

    def call(self, function: Any, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        """Call any value of the script. ScriptRefused if scripts may not call it."""
        kind = type(function)
        if kind is ScriptFunction:
            return self.invoke(function, args, kwargs)
        if kind is Builtin:
            return check_made(function.run(*args, **kwargs))
        if kind is BoundMethod:
            return self.invoke(function.function, (function.instance, *args), kwargs)
        if kind is np.ufunc:
            if len(args) > 1:
                check_broadcast(*args)
            elif args:
                checked_range(args[0])
            return check_made(function(*args, **kwargs))
        if kind is Bound or kind is ScriptClass or kind is Passive or type(kind) in SCRIPT_METACLASSES:
            return function(*args, **kwargs)
        return self._call_other(function, kind, args, kwargs)

    def _call_other(self, function: Any, kind: type, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        if isinstance(function, type):
            make = self.constructors.get(function)
            if make is not None:
                return make(*args, **kwargs)
            if issubclass(function, CATCHABLE):
                return function(*args, **kwargs)
            if issubclass(function, tuple) and hasattr(function, "_fields"):
                return function(*args, **kwargs)
            if isinstance(function, enum.EnumMeta) and len(args) == 1:
                return function(args[0])
            raise ScriptRefused(fill(messages.CALL, name=function.__name__))
        if kind is types.MethodType:
            return self.call(function.__func__, (function.__self__, *args), kwargs)
        if isinstance(function, staticmethod) or kind is functools._lru_cache_wrapper:
            return function(*args, **kwargs)
        if isinstance(function, Passive) and kind.__call__ is not Passive.__call__:
            return function(*args, **kwargs)
        if isinstance(function, CALLABLE_KINDS):
            return function(*args, **kwargs)
        if isinstance(function, types.FunctionType) and function.__name__ in DATACLASS_METHODS:
            return function(*args, **kwargs)
        if isinstance(function, Forbidden):
            raise ScriptRefused(function.message)
        if callable(function):
            raise ScriptRefused(fill(messages.CALL_KIND, kind=kind.__name__))
        raise TypeError(f"'{kind.__name__}' object is not callable")

    def invoke(self, function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        """Call a function of the script."""
        frame = self.frame_for(function, args, kwargs)
        code = function.code
        if code.is_generator:
            return Generator(self, frame)
        budget, stack = self.budget, self.stack
        budget.ticks -= 1
        if budget.ticks < 0:
            budget.check()
        if len(stack) >= self.limits.depth:
            raise RecursionError("maximum recursion depth exceeded")
        stack.append(frame)
        try:
            if code.value is not None:
                return code.value(frame)
            assert code.block is not None
            if code.block.run(frame) is RETURN:
                return frame.result
            return None
        finally:
            stack.pop()

    def frame_for(self, function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace) -> CallFrame:
        """The frame of a call with its arguments bound."""
        code = function.code
        if code.simple and not kwargs and len(args) == len(code.positional):
            variables = dict(zip(code.positional, args))
        else:
            variables = bind(function, args, kwargs)
        shared = function.shared
        if code.shared:
            shared = {**shared, **{name: Variable() for name in code.shared}}
            for name in code.shared_parameters:
                shared[name].value = variables.pop(name)
        return CallFrame(code, variables, shared)

    # What statements need

    def make_class(
        self,
        name: str,
        bases: list[Any],
        keywords: dict[str | None, Any],
        names: Namespace,
        cell: Variable | None,
    ) -> Any:
        """The class of a class statement."""
        return make_class(self, name, bases, keywords, names, cell)

    def decorated(self, decorator: Any, made: Any) -> Any:
        """A function or class with a decorator applied."""
        if decorator is property or decorator is staticmethod or decorator is classmethod:
            return decorator(made)
        return self.call(decorator, (made,), {})

    def unpacked(self, value: Any, count: int, star: int | None) -> Any:
        """The values that `a, b = value` assigns to its targets, as many as there are targets."""
        kind = type(value)
        if kind is not tuple and kind is not list:
            value = refuse_passive_length(value, count)
            if not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
                raise TypeError(f"cannot unpack non-iterable {kind.__name__} object")
            value = _first(iter(value), count + 1) if star is None else list(self.bounded(value))
        found = len(value)
        if star is None and found == count:
            return value
        if star is not None and found >= count - 1:
            return list(value)
        if found > count:
            raise ValueError(f"too many values to unpack (expected {count})")
        at_least = "at least " if star is not None else ""
        wanted = count - 1 if star is not None else count
        raise ValueError(f"not enough values to unpack (expected {at_least}{wanted}, got {found})")

    def bounded(self, value: Any) -> Any:
        """`value`, unless it is a range too long to be processed at once."""
        return checked_range(value)

    def formatted(self, value: Any, spec: str) -> str:
        """`format(value, spec)`."""
        if spec:
            check_format(spec)
        return format(value, spec)

    def delete_item(self, value: Any, index: Any) -> None:
        """`del value[index]`."""
        del value[index]

    def enter(self, context: Any) -> Any:
        """Enter the context of a `with` statement."""
        if (
            isinstance(context, AbstractContextManager)
            or is_script_instance(context)
            or isinstance(context, Passive)
        ):
            return context.__enter__()
        if hasattr(type(context), "__enter__") and hasattr(type(context), "__exit__"):
            return context.__enter__()
        raise TypeError(f"'{type(context).__name__}' object does not support the context manager protocol")

    def leave(self, context: Any, error: BaseException | None) -> bool:
        """Leave the context of a `with` statement; returns whether it swallows the error."""
        if error is None:
            context.__exit__(None, None, None)
            return False
        return bool(context.__exit__(type(error), error, None))

    def count_passed_over(self, name: str) -> None:
        """Count a call that has no effect here: a plot, a progress bar, a file written."""
        self.passed_over[name] = self.passed_over.get(name, 0) + 1

    def passive(self, name: str) -> Passive:
        """A value that accepts every call and does nothing."""
        return Passive(name, self.count_passed_over)


PYTHON_2_NAMES = ("xrange", "raw_input", "unicode", "unichr", "long", "reduce", "basestring", "cPickle")
DATACLASS_METHODS = ("__init__", "__repr__", "__eq__", "__lt__")
"""Python's own functions that a dataclass has; no other plain function is ever a value of a script."""


def bind(function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace) -> Namespace:
    """The parameters of a function with a call's arguments, including defaults. TypeError as in Python."""
    code = function.code
    names = code.positional
    variables = dict(zip(names, args))
    name = f"{code.qualified_name}()"
    if len(args) > len(names) and code.star is None:
        raise TypeError(_too_many(name, function, len(args)))
    if code.star is not None:
        variables[code.star] = tuple(args[len(names) :])
    extra: Namespace = {}
    by_keyword = names[code.positional_only :]
    for key, value in kwargs.items():
        if key in by_keyword or key in code.keyword_only:
            if key in variables:
                raise TypeError(f"{name} got multiple values for argument '{key}'")
            variables[key] = value
        elif code.double_star is not None:
            extra[key] = value
        elif key in names:
            firm = ", ".join(each for each in names[: code.positional_only] if each in kwargs)
            raise TypeError(
                f"{name} got some positional-only arguments passed as keyword arguments: '{firm}'"
            )
        else:
            raise TypeError(f"{name} got an unexpected keyword argument '{key}'")
    for kind, missing in zip(("positional", "keyword-only"), _fill_defaults(function, variables)):
        if missing:
            raise TypeError(f"{name} missing {_listed(missing, kind)}")
    if code.double_star is not None:
        variables[code.double_star] = extra
    return variables


def _fill_defaults(function: ScriptFunction, variables: Namespace) -> tuple[list[str], list[str]]:
    code = function.code
    first_default = len(code.positional) - len(function.defaults)
    missing: list[str] = []
    for position, name in enumerate(code.positional):
        if name not in variables:
            if position >= first_default:
                variables[name] = function.defaults[position - first_default]
            else:
                missing.append(name)
    missing_keywords = []
    for name in code.keyword_only:
        if name not in variables:
            if name in function.keyword_defaults:
                variables[name] = function.keyword_defaults[name]
            else:
                missing_keywords.append(name)
    return missing, missing_keywords


def _listed(names: list[str], kind: str) -> str:
    shown = [f"'{name}'" for name in names]
    if len(shown) == 1:
        return f"1 required {kind} argument: {shown[0]}"
    joined = " and ".join(shown) if len(shown) == 2 else f"{', '.join(shown[:-1])}, and {shown[-1]}"
    return f"{len(shown)} required {kind} arguments: {joined}"


def _too_many(name: str, function: ScriptFunction, given: int) -> str:
    takes = len(function.code.positional)
    least = takes - len(function.defaults)
    if least != takes:
        return f"{name} takes from {least} to {takes} positional arguments but {given} were given"
    were = "was" if given == 1 else "were"
    return f"{name} takes {takes} positional argument{'s' if takes != 1 else ''} but {given} {were} given"


def _first(items: Iterator[Any], count: int) -> list[Any]:
    found = []
    for item in items:
        found.append(item)
        if len(found) == count:
            break
    return found
