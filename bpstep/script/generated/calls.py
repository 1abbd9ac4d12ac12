"""What generated code calls for operations that need more than Python's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bpstep.script.interpreter.code import Code
from bpstep.script.interpreter.interpreter import Interpreter, bind
from bpstep.script.interpreter.methods import METHODS
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.operations import get_item
from bpstep.script.interpreter.values import Builtin, ScriptFunction
from bpstep.script.limits import MAX_CELLS, Budget, check_broadcast, check_items, checked_range
from bpstep.script.refusal import CATCHABLE

_MAX_AT_ONCE = 64
"""How many items a comprehension processes between two checks of the time."""

PLAIN_CONTAINERS = frozenset((list, dict, tuple))
FLOATS = frozenset((float, np.float64, np.float32))
FLOATS_AND_ARRAYS = FLOATS | {np.ndarray}
SCALARS = FLOATS | {int}
PLACES = frozenset((int, slice, type(None)))
"""Parts of an index that select no more cells than the array has."""


def parameters_of(code: Code) -> tuple[str, ...]:
    """The parameters of a generated function, all by position."""
    found = [*code.positional, *code.keyword_only]
    return (*found, *(name for name in (code.star, code.double_star) if name is not None))


def too_deep() -> None:
    raise RecursionError("maximum recursion depth exceeded")


def fail(call: Callable[..., Any], value: Any) -> None:
    error = value
    if isinstance(error, type) and issubclass(error, Exception):
        error = call(error, (), {})
    if not isinstance(error, CATCHABLE):
        raise TypeError("exceptions must derive from BaseException")
    raise error


def failed_assertion(*message: Any) -> None:
    raise AssertionError(*message)


def unpack(unpacked: Callable[[Any, int, None], Any], wanted: int, value: Any) -> Any:
    if type(value) is tuple and len(value) == wanted:
        return value
    return unpacked(value, wanted, None)


def join_text(pieces: list[str]) -> str:
    check_items(sum(map(len, pieces)))
    return "".join(pieces)


def formatted(
    formatted: Callable[[Any, str], str], convert: Callable[[Any], str] | None, value: Any, spec: str
) -> str:
    item = check_nested(value)
    return formatted(item if convert is None else convert(item), spec)


def counted(budget: Budget, items: Any) -> Any:
    """The items of a comprehension, with checks of the time."""
    if type(items) in (list, tuple, range) and len(items) <= _MAX_AT_ONCE:
        budget.ticks -= len(items)
        if budget.ticks < 0:
            budget.check()
        return items
    return budget.counted(iter(items))


def item_of(value: Any, index: Any) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        if type(index) is int or type(index) is slice:
            return value[index]
        if type(index) is tuple and PLACES.issuperset(map(type, index)):
            return value[index]
    elif kind in PLAIN_CONTAINERS and type(index) is not tuple:
        return value[index]
    return get_item(value, index)


def callable_of(interpreter: Interpreter, function: Any) -> Callable[..., Any]:
    """A function that calls any value of the script with given arguments."""
    kind = type(function)
    if kind is Builtin:
        run: Callable[..., Any] = function.run
        return run
    if kind is ScriptFunction and function.code.generated is not None:
        return partial(_call_generated, function)
    if kind is type:
        make = interpreter.constructors.get(function)
        if make is not None:
            return make
    if kind in interpreter.simple_classes:
        member = _member_of(kind, "__call__")
        if type(member) is ScriptFunction and member.code.generated is not None:
            return partial(_call_generated, member, function)
    return lambda *args, **kwargs: interpreter.call(function, args, kwargs)


def _call_generated(function: ScriptFunction, *args: Any, **kwargs: Any) -> Any:
    code = function.code
    assert code.generated is not None
    if not kwargs and len(args) == code.arity:
        return code.generated(*args)
    variables = bind(function, args, kwargs)
    return code.generated(*[variables[name] for name in parameters_of(code)])


def spread(apply: Callable[..., Any]) -> Callable[..., Any]:
    return lambda owner, *args, **kwargs: apply(owner, args, kwargs)


def bound_method(interpreter: Interpreter, name: str, owner: Any) -> Callable[..., Any]:
    apply = interpreter.attributes.method_caller(name)
    return lambda *args, **kwargs: apply(owner, args, kwargs)


def _member_of(kind: type, name: str) -> Any:
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def method_of(name: str, apply: Callable[..., Any], simple: set[type]) -> Callable[..., Any]:
    """A function that looks up a method of a value by name and calls it."""
    by_kind = {kind: methods[name] for kind, methods in METHODS.items() if name in methods}

    def call(owner: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(owner)
        if kind in simple:
            member = kind.__dict__.get(name) or _member_of(kind, name)
            if (
                type(member) is ScriptFunction
                and name not in owner.__dict__
                and member.code.generated is not None
            ):
                if not kwargs and len(args) + 1 == member.code.arity:
                    return member.code.generated(owner, *args)
                return _call_generated(member, owner, *args, **kwargs)
        elif kind in by_kind:
            return by_kind[kind](owner, *args, **kwargs)
        return apply(owner, args, kwargs)

    return call


def of_cells(function: Any) -> Callable[..., Any]:
    """A NumPy function over the cells of one operand; a very long range is refused."""

    def call(x: Any, **kwargs: Any) -> Any:
        return function(checked_range(x) if type(x) is range else x, **kwargs)

    return call


def broadcasting(function: Any) -> Callable[..., Any]:
    """A NumPy function over cells; the size of its result is checked."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 2:
            a, b = args
            if type(a) is not np.ndarray or type(b) is not np.ndarray:
                if type(a) not in FLOATS_AND_ARRAYS or type(b) not in FLOATS_AND_ARRAYS:
                    check_broadcast(a, b)
            elif a.size * b.size > MAX_CELLS:
                check_broadcast(a, b)
        elif len(args) > 1:
            check_broadcast(*args)
        return function(*args, **kwargs)

    return call
