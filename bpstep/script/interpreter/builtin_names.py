"""Python's built-in names that scripts may use."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.protocols import Runtime
from bpstep.script.interpreter.values import (
    SCRIPT_METACLASSES,
    BoundMethod,
    Builtin,
    Forbidden,
    Module,
    Passive,
    ScriptClass,
    ScriptFunction,
    SuperProxy,
    is_script_instance,
)
from bpstep.script.interpreter.variables import visible
from bpstep.script.limits import check_bits, check_items, check_work, checked_range
from bpstep.script.refusal import CATCHABLE, ScriptRefused
from bpstep.text import fill

_TYPES = (
    int,
    float,
    complex,
    bool,
    str,
    bytes,
    bytearray,
    list,
    tuple,
    dict,
    set,
    frozenset,
    range,
    slice,
    type,
    object,
    property,
    staticmethod,
    classmethod,
)

FORBIDDEN = {
    "eval": messages.EVAL,
    "exec": messages.EXEC,
    "compile": messages.COMPILE,
    "__import__": messages.IMPORT_FUNCTION,
    "breakpoint": messages.BREAKPOINT,
    "memoryview": messages.MEMORYVIEW,
    "help": messages.HELP,
}


def python_names(interpreter: Runtime) -> Namespace:
    """Python's built-in names that a script may use, with what each stands for."""
    names: Namespace = {kind.__name__: kind for kind in _TYPES}
    for name in dir(builtins):
        item = getattr(builtins, name)
        if isinstance(item, type) and issubclass(item, CATCHABLE):
            names[name] = item
    names["BaseException"] = BaseException
    names["NotImplemented"] = NotImplemented
    names["Ellipsis"] = Ellipsis
    names["__debug__"] = True
    names["_"] = None
    del names["_"]
    names.update({name: Forbidden(fill(message)) for name, message in FORBIDDEN.items()})
    functions = _functions() | _of_attributes(interpreter) | _of_interpreter(interpreter)
    names.update({name: Builtin(name, run) for name, run in functions.items()})
    return names


def _consuming(run: Callable[..., Any]) -> Callable[..., Any]:
    def consume(*args: Any, **kwargs: Any) -> Any:
        for given in args:
            if type(given) is range:
                check_items(len(given))
        return run(*args, **kwargs)

    return consume


def _power(base: Any, exponent: Any, *modulus: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 1 and not modulus:
        check_bits(int.bit_length(base) * exponent)
    elif modulus and all(isinstance(each, int) for each in (base, exponent, *modulus)):
        # Each bit of the exponent takes a product of two numbers as long as the modulus.
        check_work(int.bit_length(exponent) * int.bit_length(modulus[0]) ** 2)
    return pow(base, exponent, *modulus)


def _rounded(number: Any, *digits: Any) -> Any:
    if isinstance(number, int) and digits and isinstance(digits[0], int):
        check_bits(-4 * digits[0])  # Python computes 10**-digits
    return round(number, *digits)


def _sum(items: Any, /, start: Any = 0) -> Any:
    if isinstance(start, list | tuple) and isinstance(items, list | tuple):
        check_items(sum(len(item) for item in items if isinstance(item, list | tuple)))
    return sum(checked_range(items), start)


def _nested(run: Callable[..., Any]) -> Callable[..., Any]:
    def checked(value: Any, *args: Any) -> Any:
        return run(check_nested(value), *args)

    return checked


def _isinstance(value: Any, kinds: Any, /) -> bool:
    if isinstance(kinds, Builtin | Passive | Module):
        return False
    if isinstance(kinds, tuple):
        return any(_isinstance(value, kind) for kind in kinds)
    if isinstance(value, ScriptFunction | BoundMethod | Builtin) and kinds is not object:
        return False
    return isinstance(value, kinds)


def _callable(value: Any, /) -> bool:
    return callable(value) and not isinstance(value, Forbidden)


def _id(value: Any, /) -> int:
    return id(value)


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        "abs": abs,
        "all": _consuming(all),
        "any": _consuming(any),
        "ascii": _nested(ascii),
        "bin": bin,
        "callable": _callable,
        "chr": chr,
        "divmod": divmod,
        "hash": _nested(hash),
        "hex": hex,
        "id": _id,
        "isinstance": _isinstance,
        "issubclass": issubclass,
        "len": len,
        "max": _consuming(max),
        "min": _consuming(min),
        "next": next,
        "oct": oct,
        "ord": ord,
        "pow": _power,
        "repr": _nested(repr),
        "round": _rounded,
        "sorted": _consuming(sorted),
        "sum": _sum,
    }


def _of_attributes(interpreter: Runtime) -> dict[str, Callable[..., Any]]:
    attributes = interpreter.attributes

    def get(value: Any, name: Any, *default: Any) -> Any:
        try:
            return attributes.get(value, name)
        except AttributeError:
            if default:
                return default[0]
            raise

    def names_of(*values: Any) -> Any:
        value = values[0] if values else None
        if is_script_instance(value) or isinstance(value, ScriptClass):
            return dir(value)
        if isinstance(value, Module):
            return sorted(value.attributes)
        raise ScriptRefused(fill(messages.DIR))

    def variables(value: Any) -> Any:
        if is_script_instance(value):
            return value.__dict__
        if isinstance(value, Module) and value.is_own:
            return value.attributes
        raise TypeError("vars() argument must have __dict__ attribute")

    return {
        "delattr": attributes.delete,
        "dir": names_of,
        "getattr": get,
        "hasattr": attributes.has,
        "setattr": attributes.set,
        "vars": variables,
    }


def _of_interpreter(interpreter: Runtime) -> dict[str, Callable[..., Any]]:
    call, bounded = interpreter.call, interpreter.budget.bounded

    def as_function(function: Any) -> Any:
        # What Python itself calls must be one of the values that a script may call.
        if isinstance(function, ScriptFunction | BoundMethod) or function is None:
            return function
        return functools.partial(_called, call, function)

    def mapped(function: Any, *items: Any) -> Any:
        return map(as_function(function), *map(bounded, items))

    def filtered(function: Any, items: Any) -> Any:
        return filter(as_function(function), bounded(items))

    def iterate(items: Any, *sentinel: Any) -> Any:
        if sentinel:
            return _until(interpreter, as_function(items), sentinel[0])
        return iter(bounded(items))

    def backwards(items: Any) -> Any:
        return iter(bounded(items[::-1])) if type(items) is range else reversed(items)

    def superclass(owner: Any, instance: Any) -> Any:
        if type(owner) not in SCRIPT_METACLASSES:
            raise TypeError("super() argument 1 must be a type")
        kind = instance if isinstance(instance, type) else type(instance)
        if owner not in kind.__mro__:
            raise TypeError("super(type, obj): obj must be an instance or subtype of type")
        return SuperProxy(owner, instance)

    def ask(prompt: Any = "") -> Any:
        raise ScriptRefused(fill(messages.INPUT))

    def leave(*code: Any) -> Any:
        raise SystemExit(*code)

    def frame_names() -> Any:
        return visible(interpreter.stack[-1]) if interpreter.stack else interpreter.namespace

    return {
        "enumerate": lambda items, start=0: enumerate(bounded(items), start),
        "reversed": backwards,
        "zip": lambda *items, strict=False: zip(*map(bounded, items), strict=strict),
        "exit": leave,
        "filter": filtered,
        "format": lambda value, spec="": interpreter.formatted(check_nested(value), spec),
        "globals": lambda: interpreter.namespace,
        "input": ask,
        "iter": iterate,
        "locals": frame_names,
        "map": mapped,
        "open": interpreter.files.open,
        "print": interpreter.output.show,
        "quit": leave,
        "super": superclass,
        "display": interpreter.passive("display"),
        "get_ipython": interpreter.passive("get_ipython"),
    }


def _called(call: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    return call(function, args, kwargs)


def _until(interpreter: Runtime, function: Any, sentinel: Any) -> Any:
    while True:
        interpreter.budget.ticks -= 1
        if interpreter.budget.ticks < 0:
            interpreter.budget.check()
        value = function()
        if value == sentinel:
            return
        yield value


__all__ = ["math", "np", "python_names"]
