"""Attributes and methods by allow list: what a script may read, set and call on each kind of value."""

from __future__ import annotations

import enum
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.classes import VALUES, is_of_python, new_value
from bpstep.script.interpreter.methods import METHODS, READABLE, SETTABLE, SPECIAL_METHODS, Bound, from_keys
from bpstep.script.interpreter.protocols import AttributeHost
from bpstep.script.interpreter.values import (
    SCRIPT_METACLASSES,
    BoundMethod,
    Builtin,
    Forbidden,
    Module,
    Passive,
    ProgressBar,
    ScriptClass,
    ScriptEnumeration,
    ScriptFunction,
    SuperProxy,
    is_script_instance,
    is_special,
)
from bpstep.script.limits import check_made
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

_Apply = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]

_BUILTIN = "builtin_function_or_method"
_PYTHON_NAMES = {Builtin: _BUILTIN, Bound: _BUILTIN, BoundMethod: "method"}
"""Python's names for the types that bpstep replaces."""

Get = Callable[[Any], Any]

OF_CLASSES = ("__name__", "__doc__", "__qualname__", "__module__", "__annotations__", "__bases__", "__mro__")


def is_inner(name: str) -> bool:
    """Whether a name belongs to Python's inner objects: frames, code, coroutines."""
    return name.startswith(("gi_", "f_", "tb_", "co_", "cr_", "ag_", "func_", "im_"))


def _new(base: Any, cls: Any, *args: Any, **kwargs: Any) -> Any:
    """`super().__new__`: only a named tuple is made of the arguments."""
    return base.__new__(cls, *args, **kwargs) if issubclass(base, tuple) else base.__new__(cls)


_DESCRIPTORS = (types.MethodDescriptorType, types.BuiltinMethodType, types.GetSetDescriptorType)


def _check_not_of_enum(kind: type, name: str) -> None:
    """Refuse what Python itself keeps in an enumeration: `_member_map_` and the functions beside it."""
    is_inside = name.startswith("_") and name.endswith("_") and name not in ("_value_", "_name_")
    if is_inside and isinstance(kind, ScriptEnumeration):
        raise ScriptRefused(fill(messages.MEMBER, owner=kind.__name__, name=name))


class Attributes:
    """Reads, sets, deletes and calls attributes by name."""

    def __init__(self, interpreter: AttributeHost) -> None:
        self.interpreter = interpreter

    def getter(self, name: str) -> Get:
        """A function that reads the attribute of a value."""
        name = str.__str__(name)  # not a text of the script's own kind, which may hide what it is
        if is_special(name):
            return lambda value: self._special(value, name)

        simple = self.interpreter.simple_classes

        def get(value: Any) -> Any:
            kind = type(value)
            if kind is Module:
                try:
                    return value.attributes[name]
                except KeyError:
                    return self._missing_member(value, name)
            if kind in simple:
                return getattr(value, name)
            return self._other(value, kind, name)

        return get

    def get(self, value: Any, name: str) -> Any:
        """The attribute of a value, with a name known only at run time."""
        if not isinstance(name, str):
            raise TypeError("attribute name must be string")
        return self.getter(name)(value)

    def method_caller(self, name: str) -> _Apply:
        """A function that looks up a method of a value and calls it."""
        name = str.__str__(name)
        get, call = self.getter(name), self.interpreter.call
        if is_special(name):
            return lambda value, args, kwargs: call(get(value), args, kwargs)

        def apply(value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            methods = METHODS.get(type(value))
            if methods is not None:
                method = methods.get(name)
                if method is not None:
                    return check_made(method(value, *args, **kwargs))
            return call(get(value), args, kwargs)

        return apply

    def setter(self, name: str) -> Callable[[Any, Any], None]:
        """A function that sets the attribute of a value."""
        name = str.__str__(name)
        special = is_special(name)

        def put(value: Any, item: Any) -> None:
            kind = type(value)
            if not special and type(kind) in SCRIPT_METACLASSES:
                setattr(value, name, item)
            else:
                self._set_other(value, kind, name, item)

        return put

    def set(self, value: Any, name: str, item: Any) -> None:
        """Set the attribute of a value, with a name known only at run time."""
        if not isinstance(name, str):
            raise TypeError("attribute name must be string")
        self.setter(name)(value, item)

    def delete(self, value: Any, name: str) -> None:
        """`del value.name`."""
        name = str.__str__(name)
        if is_special(name) or not (is_script_instance(value) or isinstance(value, ScriptClass)):
            raise ScriptRefused(fill(messages.DELETE_ATTRIBUTE, name=name))
        delattr(value, name)

    def has(self, value: Any, name: str) -> bool:
        """`hasattr(value, name)`."""
        try:
            self.get(value, name)
        except AttributeError:
            return False
        return True

    def _other(self, value: Any, kind: type, name: str) -> Any:
        if kind is ScriptFunction:
            return self._of_function(value, name)
        if kind is SuperProxy:
            return self._inherited(value, name)
        if kind is Passive:
            return value.attribute(name)
        if kind is ProgressBar:
            return value.passive.attribute(name)
        if type(kind) in SCRIPT_METACLASSES:
            return self._of_instance(value, kind, name)
        if isinstance(value, type):
            return self._of_class(value, name)
        if name in READABLE.get(kind, ()):
            return getattr(value, name)
        method = METHODS.get(kind, {}).get(name)
        if method is not None:
            return method if type(method) is Passive else Bound(name, value, method)
        return self._of_other_kinds(value, kind, name)

    def _of_other_kinds(self, value: Any, kind: type, name: str) -> Any:
        if isinstance(value, tuple) and name in getattr(kind, "_fields", ()):
            return getattr(value, name)
        if isinstance(value, tuple) and name in ("_asdict", "_replace", "_fields", "index", "count"):
            found = getattr(value, name)
            return Builtin(name, found) if callable(found) else found
        if kind.__name__ == "DataFrame" and kind in READABLE and name in value.columns:
            return value[name]
        if isinstance(value, BaseException) and name in (
            "args",
            "errno",
            "strerror",
            "filename",
            "name",
            "code",
            "value",
        ):
            return getattr(value, name)
        if isinstance(value, Forbidden):
            raise ScriptRefused(value.message)
        for known in kind.__mro__[1:]:
            if name in READABLE.get(known, ()):
                return getattr(value, name)
            if name in METHODS.get(known, {}):
                return Bound(name, value, METHODS[known][name])
        return self._unknown(value, kind, name)

    def _unknown(self, value: Any, kind: type, name: str) -> Any:
        shown = _PYTHON_NAMES.get(kind, kind.__name__)
        if kind in METHODS and not is_inner(name) and hasattr(kind, name):
            raise ScriptRefused(fill(messages.ATTRIBUTE_OF, name=name, kind=shown))
        if kind in METHODS or not hasattr(kind, name):
            raise AttributeError(f"'{shown}' object has no attribute '{name}'", name=name)
        raise ScriptRefused(fill(messages.ATTRIBUTE_OF, name=name, kind=shown))

    def _of_function(self, value: ScriptFunction, name: str) -> Any:
        try:
            return value.attributes[name]
        except KeyError:
            raise AttributeError(f"'function' object has no attribute '{name}'") from None

    def _of_instance(self, value: Any, kind: type, name: str) -> Any:
        found = getattr(value, name)
        _check_not_of_enum(kind, name)
        if isinstance(value, tuple) and name in ("_asdict", "_replace"):
            return Builtin(name, found)
        if isinstance(found, types.BuiltinMethodType | types.MethodWrapperType):
            for base in kind.__mro__:
                method = METHODS.get(base, {}).get(name)
                if method is not None:
                    return Bound(name, value, method)
            raise ScriptRefused(fill(messages.METHOD_OF, name=name, kind=kind.__name__))
        return found

    def _of_class(self, value: type, name: str) -> Any:
        if type(value) in SCRIPT_METACLASSES:
            found = getattr(value, name)
            _check_not_of_enum(value, name)
            if isinstance(found, _DESCRIPTORS):
                raise ScriptRefused(fill(messages.MEMBER, owner=value.__name__, name=name))
            return found
        if issubclass(value, tuple) and name in ("_make", "_fields"):
            found = getattr(value, name)
            return Builtin(name, found) if callable(found) else found
        if isinstance(value, enum.EnumMeta) and name in value.__members__:
            return value.__members__[name]
        if issubclass(value, dict) and name == "fromkeys":
            return Builtin("fromkeys", functools.partial(from_keys, value))
        method = METHODS.get(value, {}).get(name)
        if method is not None:
            return Builtin(name, method)
        if hasattr(value, name):
            raise ScriptRefused(fill(messages.MEMBER, owner=value.__name__, name=name))
        raise AttributeError(f"type object '{value.__name__}' has no attribute '{name}'")

    def _inherited(self, proxy: SuperProxy, name: str) -> Any:
        instance = proxy.instance
        kind = instance if isinstance(instance, type) else type(instance)
        order = kind.__mro__
        for base in order[order.index(proxy.owner) + 1 :]:
            if name in base.__dict__:
                return self._from_base(base, name, instance, kind)
        raise AttributeError(f"'super' object has no attribute '{name}'", name=name)

    def _from_base(self, base: Any, name: str, instance: Any, kind: type) -> Any:
        if type(base) in SCRIPT_METACLASSES:
            found = base.__dict__[name]
            if isinstance(found, ScriptFunction) and isinstance(instance, type):
                return found  # a class method calls a plain one, or __new__
            get = getattr(type(found), "__get__", None)
            bound_to = None if isinstance(instance, type) else instance
            return found if get is None else get(found, bound_to, kind)
        if name == "__init__":
            return self._base_init(base, instance)
        if name == "__new__":
            return Builtin(name, new_value(base) if base in VALUES else functools.partial(_new, base))
        if name == "__setattr__":
            return Builtin("__setattr__", lambda key, item: self._plainly_set(instance, key, item))
        method = METHODS.get(base, {}).get(name) or SPECIAL_METHODS.get(base, {}).get(name)
        if method is not None:
            return Bound(name, instance, method)
        if name == "__repr__" or name == "__str__":
            return Builtin(name, lambda: getattr(base, name)(instance))
        raise ScriptRefused(fill(messages.SUPER_MEMBER, name=name, kind=base.__name__))

    def _base_init(self, base: Any, instance: Any) -> Builtin:
        def init(*args: Any, **kwargs: Any) -> None:
            if base is object:
                return
            base.__init__(instance, *args, **kwargs)

        return Builtin("__init__", init)

    def _plainly_set(self, instance: Any, name: str, item: Any) -> None:
        if is_special(name) or not is_script_instance(instance):
            raise ScriptRefused(fill(messages.SET_ATTRIBUTE, name=name))
        object.__setattr__(instance, name, item)

    def _special(self, value: Any, name: str) -> Any:
        kind = type(value)
        if kind is Module:
            if name in value.attributes:
                return value.attributes[name]
            if name == "__name__":
                return value.name
            return self._missing_member(value, name)
        if kind is SuperProxy:
            return self._inherited(value, name)
        if kind is Passive:
            return value.attribute(name)
        if isinstance(value, ScriptFunction | BoundMethod | Builtin):
            return self._special_of_function(value, name)
        if isinstance(value, types.MethodType) and isinstance(value.__func__, ScriptFunction):
            # A class method, from Python 3.13 on.
            return self._special_of_function(value.__func__, name)
        if name == "__class__":
            return kind
        if isinstance(value, type):
            return self._special_of_class(value, name)
        if type(kind) in SCRIPT_METACLASSES:
            return self._special_of_instance(value, kind, name)
        if name == "__cause__" and isinstance(value, BaseException):
            return value.__cause__
        method = SPECIAL_METHODS.get(kind, {}).get(name)
        if method is not None:
            return Bound(name, value, method)
        if not hasattr(value, name):
            raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'", name=name)
        raise ScriptRefused(fill(messages.ATTRIBUTE, name=name))

    def _special_of_function(self, value: Any, name: str) -> Any:
        if isinstance(value, BoundMethod):
            value = value.function
        if name == "__name__":
            return value.name if isinstance(value, Builtin) else value.__name__
        if isinstance(value, ScriptFunction) and name == "__doc__":
            return value.__doc__
        if isinstance(value, ScriptFunction) and name == "__qualname__":
            return value.__qualname__
        if isinstance(value, ScriptFunction) and name in value.attributes:
            return value.attributes[name]
        if isinstance(value, ScriptFunction) and name == "__call__":
            return value
        raise ScriptRefused(fill(messages.ATTRIBUTE_OF_FUNCTION, name=name))

    def _special_of_class(self, value: type, name: str) -> Any:
        if name in OF_CLASSES:
            return getattr(value, name)
        if isinstance(value, ScriptClass):
            for base in value.__mro__:
                is_own = isinstance(base, ScriptClass) and name in base.__dict__
                if is_own and (isinstance(base.__dict__[name], ScriptFunction) or not is_of_python(name)):
                    return base.__dict__[name]
        if name == "__init__":
            return Builtin(
                name, lambda instance, *args, **kwargs: self._explicit_init(value, instance, args, kwargs)
            )
        if name == "__setattr__" and value is object:
            return Builtin(name, self._plainly_set)
        if name == "__new__" and (value is object or isinstance(value, ScriptClass)):
            return Builtin(name, self._explicit_new)
        if name == "__new__" and value in VALUES:
            return Builtin(name, new_value(value))
        if name == "__members__" and isinstance(value, enum.EnumMeta):
            return dict(value.__members__)
        if name in SPECIAL_METHODS.get(value, {}):
            return Builtin(name, SPECIAL_METHODS[value][name])
        if name == "__dict__" and isinstance(value, ScriptClass):
            return {key: item for key, item in value.__dict__.items() if not is_special(key)}
        raise ScriptRefused(fill(messages.MEMBER, owner=value.__name__, name=name))

    def _explicit_init(self, base: type, instance: Any, args: Any, kwargs: Any) -> None:
        if not is_script_instance(instance):
            raise ScriptRefused(fill(messages.MEMBER_HERE, owner=base.__name__, name="__init__"))
        found = next((cls for cls in base.__mro__ if "__init__" in cls.__dict__), object)
        if found is not object:
            found.__init__(instance, *args, **kwargs)  # type: ignore[misc]

    def _explicit_new(self, cls: Any, *args: Any, **kwargs: Any) -> Any:
        if type(cls) not in SCRIPT_METACLASSES:
            raise ScriptRefused(fill(messages.NEW))
        made: Any = cls
        return object.__new__(made)

    def _special_of_instance(self, value: Any, kind: type, name: str) -> Any:
        if name == "__dict__":
            return value.__dict__
        if name in ("__doc__", "__module__"):
            return getattr(kind, name)
        for base in kind.__mro__:
            own = base.__dict__.get(name) if type(base) in SCRIPT_METACLASSES else None
            if isinstance(own, ScriptFunction) or (own is not None and isinstance(base, ScriptClass)):
                return getattr(value, name)
            method = SPECIAL_METHODS.get(base, {}).get(name)
            if method is not None:
                return Bound(name, value, method)
        if not hasattr(value, name):
            raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'", name=name)
        raise ScriptRefused(fill(messages.ATTRIBUTE, name=name))

    def _set_other(self, value: Any, kind: type, name: str, item: Any) -> None:
        if kind is ScriptFunction:
            value.attributes[name] = item
            if name == "__name__":
                value.__name__ = item
        elif kind is Passive or kind is ProgressBar:
            pass
        elif isinstance(value, ScriptClass) and not is_special(name):
            setattr(value, name, item)
        elif kind is Module and value.is_own:
            value.attributes[name] = item
        elif name in SETTABLE.get(kind, ()):
            if kind is np.ndarray and name == "dtype" and np.dtype(item).hasobject:
                raise ScriptRefused(fill(messages.SET_DTYPE_TO_OBJECT))
            setattr(value, name, item)
        elif is_script_instance(value) and name == "__dict__" and isinstance(item, dict):
            value.__dict__ = item
        elif kind in READABLE or kind in METHODS:
            if not hasattr(value, name):
                raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'", name=name)
            raise ScriptRefused(fill(messages.SET_ATTRIBUTE_OF, name=name, kind=kind.__name__))
        else:
            raise ScriptRefused(fill(messages.SET_ATTRIBUTE, name=name))

    def _missing_member(self, module: Module, name: str) -> Any:
        submodule = self.interpreter.modules.submodule(module, name)
        if submodule is not None:
            return submodule
        if name in module.refusals:
            raise ScriptRefused(module.refusals[name])
        if module.is_own or self.interpreter.modules.surely_lacks(module.name, name):
            raise AttributeError(f"module '{module.name}' has no attribute '{name}'", name=name)
        raise ScriptRefused(fill(messages.MEMBER, owner=module.name, name=name))
