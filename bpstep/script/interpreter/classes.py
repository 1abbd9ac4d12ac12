"""The script's classes: real ones, whose methods are interpreted."""

from __future__ import annotations

import collections
import dataclasses
import enum
import inspect
from collections.abc import Callable
from typing import Any

from bpstep.script import messages
from bpstep.script.interpreter.code import Namespace, Variable
from bpstep.script.interpreter.constructors import CHECKED
from bpstep.script.interpreter.operations import BINARY_OPERATORS
from bpstep.script.interpreter.protocols import AttributeHost
from bpstep.script.interpreter.values import (
    Builtin,
    Forbidden,
    Passive,
    ScriptClass,
    ScriptEnumeration,
    ScriptFunction,
    is_special,
)
from bpstep.script.limits import check_members
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

VALUES = (str, int, float, tuple)
"""Kinds of values that cannot be changed: an instance of a class derived from one is made by `__new__`."""

BASES = (object, dict, list, collections.OrderedDict, collections.defaultdict, *VALUES)

SPECIAL = {
    *(f"__{prefix}{name}__" for name in BINARY_OPERATORS for prefix in ("", "r", "i")),
    *[
        "__init__",
        "__new__",
        "__call__",
        "__repr__",
        "__str__",
        "__format__",
        "__len__",
        "__bool__",
        "__hash__",
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__contains__",
        "__iter__",
        "__next__",
        "__reversed__",
        "__enter__",
        "__exit__",
        "__getattr__",
        "__setattr__",
        "__delattr__",
        "__neg__",
        "__pos__",
        "__abs__",
        "__invert__",
        "__int__",
        "__float__",
        "__index__",
        "__round__",
        "__missing__",
        "__copy__",
        "__deepcopy__",
        "__post_init__",
        "__slots__",
        "__module__",
        "__qualname__",
        "__doc__",
        "__annotations__",
        "__match_args__",
        "__version__",
        "__author__",
        "__set_name__",
        "__get__",
        "__set__",
        "__array_priority__",
        "__array_ufunc__",
        "__name__",
        "__dir__",
        "__unicode__",
        "__div__",
        "__rdiv__",
        "__nonzero__",
        "__class__",
        "__metaclass__",
        "__all__",
        "__floor__",
        "__ceil__",
        "__trunc__",
        "__complex__",
        "__init_subclass__",
    ],
}
IGNORED = (
    "__del__",
    "__reduce__",
    "__getstate__",
    "__setstate__",
    "__reduce_ex__",
    "__sizeof__",
    "__bytes__",
)
"""Special methods that are dropped: they serve pickles, sizes in memory, bytes and destruction."""


def is_of_python(name: str) -> bool:
    """Whether Python or NumPy calls or reads a special name by itself; others are ordinary attributes."""
    return name in _OF_PYTHON or name.startswith(("__array_", "__dataclass_", "__dlpack_"))


_KINDS = (object, type, int, float, complex, str, bytes, memoryview, list, dict, set, slice, property)
_OF_PYTHON = frozenset(name for kind in _KINDS for name in dir(kind)) | frozenset(
    f"__{name}__"
    for name in (
        "abstractmethods",
        "aenter",
        "aexit",
        "aiter",
        "anext",
        "args",
        "array",
        "await",
        "buffer",
        "builtins",
        "bytes",
        "class_getitem",
        "cuda_array_interface",
        "defaults",
        "dlpack",
        "file",
        "firstlineno",
        "fspath",
        "getinitargs",
        "getnewargs_ex",
        "globals",
        "instancecheck",
        "isabstractmethod",
        "kwdefaults",
        "length_hint",
        "loader",
        "mro_entries",
        "orig_bases",
        "origin",
        "package",
        "parameters",
        "path",
        "prepare",
        "release_buffer",
        "signature",
        "spec",
        "static_attributes",
        "subclasscheck",
        "subclasshook",
        "text_signature",
        "type_params",
        "weakref",
        "wrapped",
    )
)


class Abstract:
    """`abc.ABC`: a class derived from it has no instances while it lacks a method that it declares."""


class AbstractMeta(Passive):
    """`abc.ABCMeta`, the metaclass that says the same."""


class Subscripted(Passive):
    """`typing.Generic` and `typing.Protocol`: a class derived from them may have types in brackets."""


def make_class(
    interpreter: AttributeHost,
    name: str,
    bases: list[Any],
    keywords: dict[str | None, Any],
    names: Namespace,
    cell: Variable | None,
) -> Any:
    """The class of a class statement. ScriptRefused if its bases or special methods are not supported."""
    kept = [base for base in bases if not (base is Abstract or isinstance(base, Passive))]
    if any(base is NamedTuple for base in kept):
        return _named_tuple(name, names)
    if any(isinstance(base, enum.EnumMeta) for base in kept):
        return _enumeration(name, kept, names, cell)
    for key in keywords:
        if key not in ("metaclass", None):
            raise ScriptRefused(fill(messages.CLASS_KEYWORD, name=key))
    for base in kept:
        _check_base(base)
    for key in list(names):
        _check_special(names, key)
    for kind in VALUES:
        if any(issubclass(base, kind) and not hasattr(base, "_fields") for base in kept):
            _derive_from_value(kind, kept, names)
    if any(isinstance(base, Subscripted) for base in bases):
        names["__class_getitem__"] = classmethod(lambda cls, types: cls)
    made = ScriptClass(name, tuple(kept), names)
    if cell is not None:
        cell.value = made
    declares = Abstract in bases or isinstance(keywords.get("metaclass"), AbstractMeta)
    if declares or any(hasattr(base, "__abstractmethods__") for base in kept):
        made.__abstractmethods__ = _abstract_methods(made)
    if all(base is object or isinstance(base, ScriptClass) for base in made.__mro__):
        interpreter.simple_classes.add(made)
    return made


def _abstract_methods(made: ScriptClass) -> frozenset[str]:
    """The methods that a class declares or inherits and does not define; Python refuses its instances."""
    own = [name for name, item in made.__dict__.items() if getattr(item, "__isabstractmethod__", False)]
    inherited = [
        name
        for base in made.__bases__
        for name in getattr(base, "__abstractmethods__", ())
        if getattr(inspect.getattr_static(made, name), "__isabstractmethod__", False)
    ]
    return frozenset((*own, *inherited))


def _check_base(base: Any) -> None:
    if isinstance(base, Forbidden):
        raise ScriptRefused(base.message)
    if isinstance(base, ScriptClass) or base in BASES:
        return
    if isinstance(base, type) and issubclass(base, Exception):
        return
    if isinstance(base, type) and issubclass(base, tuple) and hasattr(base, "_fields"):
        return
    shown = base.__name__ if isinstance(base, type) else str(base)
    raise ScriptRefused(fill(messages.DERIVED_CLASS, kind=shown))


def _derive_from_value(kind: Any, bases: list[Any], names: Namespace) -> None:
    """Complete a class derived from a kind of value.

    ScriptRefused if it replaces a special method by which bpstep measures what Python is about to do.
    """
    for key in names:
        if key in kind.__dict__ and is_special(key) and key not in _REPLACEABLE | _REPLACEABLE_OF[kind]:
            raise ScriptRefused(fill(messages.REPLACED_METHOD, kind=kind.__name__, name=key))
    if kind in bases and "__new__" not in names:
        names["__new__"] = staticmethod(Builtin("__new__", new_value(kind)))


def new_value(kind: Any) -> Callable[..., Any]:
    """`str.__new__` and the like: the value is made as a call of the kind makes it, with its checks."""

    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(cls, type) or not issubclass(cls, kind):
            raise TypeError(f"{kind.__name__}.__new__(X): X is not a subtype of {kind.__name__}")
        value = CHECKED[kind](*args, **kwargs)
        return value if cls is kind else kind.__new__(cls, value)

    return new


_REPLACEABLE = frozenset(
    (
        *(f"__{prefix}{name}__" for name in BINARY_OPERATORS for prefix in ("", "r")),
        *("__new__", "__doc__", "__repr__", "__str__", "__format__"),
        *("__neg__", "__pos__", "__abs__", "__bool__", "__round__"),
    )
)
_COMPARISONS = frozenset(("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"))
_REPLACEABLE_OF: dict[type, frozenset[str]] = {
    str: _COMPARISONS,
    int: frozenset(("__eq__", "__ne__", "__hash__")),
    float: frozenset(dir(float)),
    tuple: _COMPARISONS | {"__contains__"},
}
"""The special methods that a class derived from a kind of value may replace, besides those of any kind."""


def _check_special(names: Namespace, key: str) -> None:
    if not (key.startswith("__") and key.endswith("__")):
        return
    if key in IGNORED:
        del names[key]
    elif key not in SPECIAL and is_of_python(key):
        raise ScriptRefused(fill(messages.SPECIAL_METHOD, name=key))
    elif key == "__new__" and isinstance(names[key], ScriptFunction):
        names[key] = staticmethod(names[key])
    elif key == "__init_subclass__" and isinstance(names[key], ScriptFunction):
        names[key] = classmethod(names[key])
    elif key == "__array_ufunc__" and names[key] is not None:
        raise ScriptRefused(fill(messages.SPECIAL_METHOD, name=key))
    elif key in ("__slots__", "__class__", "__metaclass__"):
        del names[key]
    elif isinstance(names[key], Builtin):
        names[key] = _method_of(names[key])


def _method_of(function: Builtin) -> Callable[..., Any]:
    """`__hash__ = float.__hash__`: the function gets the instance, as any method does."""
    return lambda *args, **kwargs: function.run(*args, **kwargs)


class NamedTuple:
    """`typing.NamedTuple` as the base of a class."""


def _named_tuple(name: str, names: Namespace) -> Any:
    fields = list(names.get("__annotations__", {}))
    defaults = [names[field] for field in fields if field in names]
    base = collections.namedtuple(name, fields, defaults=defaults or None)  # type: ignore[misc]
    methods = {key: item for key, item in names.items() if key not in fields}
    return ScriptClass(name, (base,), methods) if any(callable(item) for item in methods.values()) else base


def _enumeration(name: str, bases: list[Any], names: Namespace, cell: Variable | None) -> Any:
    """An enumeration: what its body defines besides functions and properties are its members."""
    for base in bases[:-1]:
        if base not in _MEMBER_KINDS:
            _check_base(base)
            raise ScriptRefused(fill(messages.DERIVED_CLASS, kind=base.__name__))
    for key in list(names):
        _check_special(names, key)
    check_members(len(names))
    for value in _MEMBER_KINDS:
        if any(issubclass(base, value) for base in bases):
            _derive_from_value(value, [], names)
    body = ScriptEnumeration.__prepare__(name, tuple(bases))
    for key, item in names.items():
        body[key] = item
    made = ScriptEnumeration(name, tuple(bases), body)
    if cell is not None:
        cell.value = made
    return made


_MEMBER_KINDS = (str, int, float)
"""The types whose values an enumeration's members may be: `class Activation(str, Enum)`."""


def dataclass_of(interpreter: AttributeHost, made: Any, options: Namespace) -> Any:
    """A class with the methods of a dataclass."""
    if not isinstance(made, ScriptClass):
        raise TypeError("dataclass() must be applied to a class")
    options = {key: item for key, item in options.items() if key in ("init", "repr", "eq", "order", "frozen")}
    found: Any = dataclasses.dataclass(**options)(made)
    return found
