"""Frozen dataclasses that are cheap to define; the classes of the first frame are made with it.

`dataclass(frozen=True)` writes and compiles six methods for each class, used or not: for the seventy classes
of the first frame that is a tenth of the start. Here all classes share their methods except `__init__`, which
is written when the first instance is made. The instances behave as those of a frozen dataclass: `replace`,
`fields` and patterns accept them, and they are compared and hashed by their fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

Class = TypeVar("Class")

_VALUES = "_compared_values"
"""The attribute of a class with the function that gives what its instances are compared by."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Class]) -> type[Class]:
    """Make a class a frozen dataclass. Its own methods stay; its bases must not be dataclasses."""
    # Without methods: those are what takes time.
    dataclass(init=False, repr=False, eq=False)(cls)
    compared = [each.name for each in fields(cls) if each.compare]  # type: ignore[arg-type]
    setattr(cls, _VALUES, staticmethod(_getter(compared)))
    shared: dict[str, Callable[..., Any]] = {"__repr__": _repr, "__eq__": _equal, "__hash__": _hash}
    shared |= {"__setattr__": _refuse_set, "__delattr__": _refuse_delete, "__init__": _first_init(cls)}
    for name, method in shared.items():
        if name not in vars(cls):
            setattr(cls, name, method)
    return cls


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that returns these attributes of an instance, always as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    # For a single name, attrgetter returns the bare value; tuples treat identical objects as equal, so a
    # tuple is needed.
    return lambda instance: tuple(getattr(instance, name) for name in names)


def _first_init(cls: type) -> Callable[..., None]:
    """An `__init__` that replaces itself with the written one, and calls that."""

    def __init__(self: object, *values: object, **named: object) -> None:
        written = _write_init(cls)
        setattr(cls, "__init__", written)  # noqa: B010 - mypy takes no assignment to a method
        written(self, *values, **named)

    return __init__


def _write_init(cls: type) -> Callable[..., None]:
    """The `__init__` of a frozen dataclass."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    parameters, lines = ["self"], []
    for each in fields(cls):
        value = each.name
        if each.default is not MISSING:
            names[f"_default_{each.name}"] = each.default
        if each.default_factory is not MISSING:
            names[f"_make_{each.name}"] = each.default_factory
            value = f"_make_{each.name}() if {each.name} is _missing else {each.name}"
        if each.init:
            parameters.append(each.name + _default(each))
            lines.append(f"    _set(self, {each.name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *lines, "    return None"]), names)
    written: Callable[..., None] = names["__init__"]
    written.__qualname__ = f"{cls.__qualname__}.__init__"
    return written


def _default(each: Field[Any]) -> str:
    """The default that follows a parameter's name."""
    if each.default_factory is not MISSING:
        return "=_missing"
    return "" if each.default is MISSING else f"=_default_{each.name}"


def _repr(self: object) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _equal(self: Any, other: Any) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    values: Callable[[Any], tuple[Any, ...]] = self._compared_values
    return bool(values(self) == values(other))


def _hash(self: Any) -> int:
    return hash(self._compared_values(self))


def _refuse_set(_self: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
