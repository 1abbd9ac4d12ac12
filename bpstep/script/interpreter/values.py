"""The values of a script's names besides Python's and NumPy's own: functions, classes, modules.

A script's function is a `ScriptFunction`, which real Python code (`sorted(key=…)`) can call too; the call is
interpreted. A script's class is a real class made by the metaclass `ScriptClass`, whose methods are such
functions: operators, `len`, `for` and exceptions then dispatch as in Python.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from bpstep.script.interpreter.code import Code, Namespace, Variable
from bpstep.script.refusal import ScriptRefused


class Invoker(Protocol):
    """What a function of the script needs of its interpreter."""

    def invoke(self, function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        """Call a function of the script."""


class ScriptFunction:
    """A function or lambda of the script: its code, its defaults and the surrounding variables."""

    def __init__(
        self,
        interpreter: Invoker,
        code: Code,
        defaults: tuple[Any, ...],
        keyword_defaults: Namespace,
        shared: dict[str, Variable],
    ) -> None:
        self.interpreter = interpreter
        self.code = code
        self.defaults = defaults
        self.keyword_defaults = keyword_defaults
        self.shared = shared
        self.attributes: Namespace = {}
        self.__name__ = code.name
        self.__qualname__ = code.qualified_name
        self.__doc__ = code.doc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.interpreter.invoke(self, args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else BoundMethod(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__qualname__} at {id(self):#x}>"

    def __copy__(self) -> ScriptFunction:
        return self

    def __deepcopy__(self, memo: Any) -> ScriptFunction:
        return self


class BoundMethod:
    """A script's method with the instance that it was looked up on."""

    __slots__ = ("function", "instance")

    def __init__(self, function: ScriptFunction, instance: Any) -> None:
        self.function = function
        self.instance = instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function = self.function
        return function.interpreter.invoke(function, (self.instance, *args), kwargs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundMethod):
            return False
        return self.function is other.function and self.instance is other.instance

    def __hash__(self) -> int:
        return hash((id(self.function), id(self.instance)))

    def __repr__(self) -> str:
        return f"<bound method {self.function.__qualname__} of {self.instance!r}>"


class Builtin:
    """A function that bpstep provides for an allowed name."""

    __slots__ = ("bound", "name", "run")

    def __init__(
        self,
        name: str,
        run: Callable[..., Any],
        bound: tuple[Any, tuple[Any, ...], dict[str, Any]] | None = None,
    ) -> None:
        self.name = name
        self.run = run
        self.bound = bound
        """For a `partial`: the function that is called, with its first arguments."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<built-in function {self.name}>"

    def __copy__(self) -> Builtin:
        return self

    def __deepcopy__(self, memo: Any) -> Builtin:
        return self


class Forbidden:
    """A name that exists in Python and is refused as soon as it is used, with what to do instead."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise ScriptRefused(self.message)

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise ScriptRefused(self.message)

    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __matmul__ = _refuse
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = _refuse
    __rmatmul__ = __neg__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __getitem__ = __iter__ = __len__ = __array__ = __bool__ = __eq__ = __ne__ = _refuse
    __hash__ = object.__hash__


class Module:
    """A module: the script's own, from the same folder, or one of bpstep's allow lists.

    `refusals` gives the reason for missing names, for the message.
    """

    def __init__(self, name: str, attributes: Namespace, refusals: dict[str, str] | None = None) -> None:
        self.name = name
        self.attributes = attributes
        self.refusals = refusals or {}
        self.is_own = False

    def __repr__(self) -> str:
        return f"<module '{self.name}'>"

    def __copy__(self) -> Module:
        return self

    def __deepcopy__(self, memo: Any) -> Module:
        return self


class ScriptClass(type):
    """The metaclass of the script's classes."""

    __abstractmethods__: frozenset[str]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return type.__call__(cls, *args, **kwargs)


class ScriptEnumeration(enum.EnumMeta):
    """The metaclass of the script's enumerations with methods."""


SCRIPT_METACLASSES = frozenset((ScriptClass, ScriptEnumeration))


def is_script_instance(value: object) -> bool:
    """Whether `value` is an instance of a class of the script, or a member of an enumeration of it."""
    return type(type(value)) in SCRIPT_METACLASSES


class SuperProxy:
    """The result of `super()`: attributes of the classes after `owner` in the instance's order."""

    __slots__ = ("instance", "owner")

    def __init__(self, owner: type, instance: Any) -> None:
        self.owner = owner
        self.instance = instance


class Passive:
    """Stands for plots, progress bars and files written: it accepts every call and attribute, and does
    nothing.

    `count` is called for each call, so that skipped calls can be reported. `grid` is the shape of the axes
    that `subplots` returns: loops over them run as often as in Python.
    """

    def __init__(self, name: str, count: Callable[[str], None], grid: tuple[int, ...] = ()) -> None:
        self.name = name
        self.count = count
        self.grid = grid

    def attribute(self, name: str) -> Any:
        """The passive object for an attribute of this one; a grid has an array's shape, size and ndim."""
        if self.grid and name in ("shape", "size", "ndim"):
            return getattr(self._as_array(), name)
        grid = self.grid if name in _RESHAPING else ()
        if grid and name == "flat":
            grid = (math.prod(grid),)
        elif name == "T":
            grid = grid[::-1]
        return Passive(f"{self.name}.{name}", self.count, grid)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.count(self.name)
        called = self.name.rpartition(".")[2]
        if called == "subplots":
            return Passive("figure", self.count), Passive("axes", self.count, _grid_of(*args, **kwargs))
        return Passive(self.name, self.count, (math.prod(self.grid),) if self.grid else ())

    def _as_array(self) -> np.ndarray:
        return np.broadcast_to(np.False_, self.grid)

    def __getitem__(self, index: Any) -> Passive:
        if not self.grid:
            return self
        return Passive(self.name, self.count, self._as_array()[index].shape)

    def __setitem__(self, index: Any, value: Any) -> None:
        return

    def __iter__(self) -> Iterator[Any]:
        return iter([self[0]] * self.grid[0] if self.grid else ())

    def __len__(self) -> int:
        return self.grid[0] if self.grid else 0

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Passive:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def __copy__(self) -> Passive:
        return self

    def __deepcopy__(self, memo: Any) -> Passive:
        return self

    def _other(self, other: Any) -> Passive:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _other
    __or__ = __ror__ = __and__ = __pow__ = __floordiv__ = __mod__ = _other
    __iadd__ = __isub__ = __imul__ = _other
    __array_ufunc__ = None


_RESHAPING = frozenset({"flat", "T", "flatten", "ravel"})

_MAX_AXES = 10_000


def _grid_of(
    nrows: Any = 1, ncols: Any = 1, *args: Any, squeeze: Any = True, **kwargs: Any
) -> tuple[int, ...]:
    """The shape of the axes that `subplots` returns; empty for a single one."""
    if not isinstance(nrows, int | np.integer) or not isinstance(ncols, int | np.integer):
        return ()
    grid = int(nrows), int(ncols)
    if min(grid) < 1 or math.prod(grid) > _MAX_AXES:
        return ()
    return tuple(size for size in grid if size > 1) if squeeze else grid


class ProgressBar:
    """A progress bar around an iterable: yields its items, and is passive otherwise."""

    def __init__(self, items: Any, passive: Passive) -> None:
        self.items = items
        self.passive = passive

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


def is_special(name: str) -> bool:
    """Whether a name is one of Python's own, `__x__`."""
    return name.startswith("__") and name.endswith("__")
