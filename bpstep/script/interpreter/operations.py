"""What an operation of a script does: Python's operators with checks before anything large is created.

The compiler asks an `Operations` for a function at each place where the script operates on values. These
functions are plain Python operators if nothing more has to be done; to record the operations of an iteration,
the compiler gets a subclass whose functions record them.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy import ndarray

from bpstep.script import messages
from bpstep.script.interpreter.code import Variable
from bpstep.script.interpreter.nesting import CONTAINERS, check_nested
from bpstep.script.interpreter.protocols import CallHost
from bpstep.script.interpreter.values import Passive
from bpstep.script.limits import (
    COUNTED,
    MAX_BITS,
    MAX_CELLS,
    check_bits,
    check_broadcast,
    check_cells,
    check_items,
    check_made,
    check_work,
    checked_range,
    nested_cells,
)
from bpstep.script.refusal import OutOfBounds
from bpstep.text import fill

Binary = Callable[[Any, Any], Any]

SEQUENCES = (str, bytes, list, tuple, deque, bytearray)
ARRAY_LIKE = frozenset((ndarray, range))
INTEGER_LIMIT = 1 << MAX_BITS

BINARY_OPERATORS = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul"),
    *("lshift", "rshift", "and", "or", "xor"),
)
"""The operators of two operands by the names of their methods, as `add` of `__add__` and `__radd__`."""


def arrays_fit(a: Any, b: Any) -> None:
    """Raise OutOfBounds if two operands would be broadcast to too large an array.

    The same for a very long range and an array, because NumPy would turn the range into an array first.
    """
    if type(a) is ndarray and type(b) is ndarray:
        if a.size * b.size > MAX_CELLS or a.size > COUNTED or b.size > COUNTED:
            check_broadcast(a, b)
    else:
        checked_range(a)
        checked_range(b)
        array, other = (a, b) if type(a) is ndarray else (b, a)
        if type(array) is ndarray:
            if isinstance(other, list | tuple) and array.size * nested_cells(other) > MAX_CELLS:
                check_broadcast(array, np.asarray(other))
            elif array.size > COUNTED:
                check_cells(array.size)


def _checked(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        if type(a) in ARRAY_LIKE or type(b) is ndarray:
            arrays_fit(a, b)
        return plain(a, b)

    return run


def _adding(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        kind = type(a)
        if kind in ARRAY_LIKE or type(b) is ndarray:
            arrays_fit(a, b)
        elif kind is not float and isinstance(a, SEQUENCES):
            check_items(len(a) + (len(b) if hasattr(b, "__len__") else 0))
        return plain(a, b)

    return run


def _multiplying(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        kind = type(a)
        if kind in ARRAY_LIKE or type(b) is ndarray:
            arrays_fit(a, b)
        elif kind is int or kind is bool:
            if type(b) is int:
                result = plain(a, b)
                if not -INTEGER_LIMIT < result < INTEGER_LIMIT:
                    check_bits(result.bit_length())
                return result
            if isinstance(b, SEQUENCES):
                _check_repeated(b, a)
        elif kind is not float and isinstance(a, SEQUENCES) and isinstance(b, int | np.integer):
            _check_repeated(a, b)
        elif isinstance(a, int | np.integer) and isinstance(b, SEQUENCES):
            _check_repeated(b, a)
        elif isinstance(a, int) and isinstance(b, int):
            check_bits(int.bit_length(a) + int.bit_length(b))
        return plain(a, b)

    return run


def _check_repeated(items: Any, count: Any) -> None:
    """Raise OutOfBounds if a sequence repeated is too long; a class of the script may hide its length."""
    kind: Any = next(kind for kind in SEQUENCES if isinstance(items, kind))
    check_items(kind.__len__(items) * max(int(count), 0))


def _raising(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        if isinstance(a, int) and isinstance(b, int):
            if b > 1:
                check_bits(int.bit_length(a) * b)
        else:
            arrays_fit(a, b)
        return plain(a, b)

    return run


def _shifting(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        if isinstance(a, int) and isinstance(b, int):
            if b > 0:
                check_bits(int.bit_length(a) + b)
        else:
            arrays_fit(a, b)
        return plain(a, b)

    return run


def _remaining(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        if isinstance(a, str | bytes):
            check_percent_format(a, b)
        else:
            arrays_fit(a, b)
        return plain(a, b)

    return run


def _matrix(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        if type(a) is ndarray and type(b) is ndarray:
            if a.size * b.size > MAX_CELLS:
                check_product(a, b, is_matched=True)
        else:
            arrays_fit(a, b)
        return plain(a, b)

    return run


def check_product(a: Any, b: Any, is_matched: bool = False) -> None:
    """Raise OutOfBounds if the matrix product of two arrays is too large or takes too long.

    `is_matched` if axes before the last two are broadcast, as `@` does, and not combined each with each.
    """
    if not isinstance(a, ndarray):
        a = np.asarray(a)
    if not isinstance(b, ndarray):
        b = np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        check_cells(max(a.size, b.size))
        return
    columns = b.shape[-1:] if b.ndim > 1 else ()
    cells = math.prod((*a.shape[:-1], *b.shape[:-2], *columns))
    if is_matched and a.ndim > 2 and b.ndim > 2:
        try:
            batches = math.prod(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]))
        except ValueError:
            return  # NumPy itself reports shapes that do not fit
        cells = math.prod((batches, a.shape[-2], *columns))
    check_cells(cells)
    check_work(cells * a.shape[-1])


MAX_CHARACTERS = 10_000
"""The most characters that one format may produce."""

_WIDTH = re.compile(r"\d{5,}")
"""A width in a format that is not below MAX_CHARACTERS."""


def check_format(spec: str) -> None:
    """Raise OutOfBounds if a format produces a very wide text."""
    if _WIDTH.search(spec):
        raise OutOfBounds(fill(messages.TOO_WIDE, limit=MAX_CHARACTERS))


def check_percent_format(text: Any, values: Any) -> None:
    """Raise OutOfBounds if `text % values` would be a very wide text."""
    shown = text if isinstance(text, str) else text.decode("latin-1")
    check_format(shown)
    if (
        "*" in shown
        and isinstance(values, tuple)
        and any(isinstance(value, int) and abs(value) > MAX_CHARACTERS for value in values)
    ):
        raise OutOfBounds(fill(messages.TOO_WIDE, limit=MAX_CHARACTERS))


BINARY_OPERATIONS: dict[type[ast.operator], Binary] = {
    ast.Add: _adding(operator.add),
    ast.Sub: _checked(operator.sub),
    ast.Mult: _multiplying(operator.mul),
    ast.Div: _checked(operator.truediv),
    ast.FloorDiv: _checked(operator.floordiv),
    ast.Mod: _remaining(operator.mod),
    ast.Pow: _raising(operator.pow),
    ast.LShift: _shifting(operator.lshift),
    ast.RShift: _checked(operator.rshift),
    ast.BitAnd: _checked(operator.and_),
    ast.BitOr: _checked(operator.or_),
    ast.BitXor: _checked(operator.xor),
    ast.MatMult: _matrix(operator.matmul),
}

IN_PLACE: dict[type[ast.operator], Binary] = {
    ast.Add: _adding(operator.iadd),
    ast.Sub: _checked(operator.isub),
    ast.Mult: _multiplying(operator.imul),
    ast.Div: _checked(operator.itruediv),
    ast.FloorDiv: _checked(operator.ifloordiv),
    ast.Mod: _remaining(operator.imod),
    ast.Pow: _raising(operator.ipow),
    ast.LShift: _shifting(operator.ilshift),
    ast.RShift: _checked(operator.irshift),
    ast.BitAnd: _checked(operator.iand),
    ast.BitOr: _checked(operator.ior),
    ast.BitXor: _checked(operator.ixor),
    ast.MatMult: _matrix(operator.imatmul),
}


def special_method(kind: Any, name: str) -> Binary:
    """`kind.__add__` and the like, for `super().__add__(other)`, with the checks of the operator."""
    method = getattr(kind, name)
    if not name.startswith("__r") or name in ("__rshift__",):
        return _GUARDS.get(name.strip("_"), _checked)(method)
    guarded = _GUARDS.get(name.strip("_")[1:], _checked)(lambda a, b: method(b, a))
    return lambda value, other: guarded(other, value)


_GUARDS: dict[str, Callable[[Binary], Binary]] = {
    "add": _adding,
    "mul": _multiplying,
    "mod": _remaining,
    "pow": _raising,
    "lshift": _shifting,
}

UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: lambda value: check_made(operator.pos(value)),
    ast.USub: lambda value: check_made(operator.neg(value)),
    ast.Invert: lambda value: check_made(operator.invert(value)),
    ast.Not: operator.not_,
}


def contains(item: Any, container: Any) -> bool:
    """`item in container`."""
    if type(container) is range and not isinstance(item, int | np.integer):
        check_items(len(container))
    elif isinstance(item, CONTAINERS):
        check_nested(item)
    return item in container


def _comparing(plain: Binary) -> Binary:
    def run(a: Any, b: Any) -> Any:
        if type(a) in ARRAY_LIKE:
            arrays_fit(a, b)
        elif isinstance(a, CONTAINERS):
            check_nested(a)
        return plain(a, b)

    return run


COMPARE: dict[type[ast.cmpop], Binary] = {
    ast.Eq: _comparing(operator.eq),
    ast.NotEq: _comparing(operator.ne),
    ast.Lt: _comparing(operator.lt),
    ast.LtE: _comparing(operator.le),
    ast.Gt: _comparing(operator.gt),
    ast.GtE: _comparing(operator.ge),
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: contains,
    ast.NotIn: lambda item, container: not contains(item, container),
}


def get_item(value: Any, index: Any) -> Any:
    """`value[index]`; a type with types in brackets, as in annotations, is the type."""
    kind = type(value)
    if kind is ndarray:
        if type(index) is not int and type(index) is not slice:
            check_picked(value, index)
            return check_made(value[index])
        return value[index]
    if type(index) is tuple:
        check_nested(index)
    if isinstance(value, type) and kind is type:
        if value is type or hasattr(value, "__class_getitem__"):
            return value
        raise TypeError(f"type '{value.__name__}' is not subscriptable")
    return value[index]


def check_picked(array: ndarray[Any, Any], index: Any) -> None:
    """Raise OutOfBounds if selecting by index arrays would make too large an array."""
    parts = index if isinstance(index, tuple) else (index,)
    picked = 1
    used = 0
    for part in parts:
        if isinstance(part, ndarray) and part.dtype != bool:
            picked *= part.size
            used += 1
        elif isinstance(checked_range(part), list | range):
            picked *= max(len(part), 1)
            used += 1
    if not used or picked * max(array.size, 1) <= MAX_CELLS:
        return
    arrays = [np.asarray(part) for part in parts if isinstance(part, ndarray | list | range)]
    try:
        cells = int(np.prod(np.broadcast_shapes(*(part.shape for part in arrays)), dtype=float))
    except ValueError:
        return
    first = array.shape[0] if array.ndim else 1
    rest = array.size // max(first, 1) if used == 1 else _not_picked(array, parts)
    check_cells(cells * max(rest, 1))


def _not_picked(array: ndarray[Any, Any], parts: tuple[Any, ...]) -> int:
    rest = array.size
    for size, part in zip(array.shape, parts):
        if isinstance(part, ndarray | list | range | int):
            rest //= max(size, 1)
    return rest


def set_item(value: Any, index: Any, item: Any) -> None:
    """`value[index] = item`."""
    if type(item) is range:
        check_items(len(item))
    if type(index) is tuple and type(value) is not ndarray:
        check_nested(index)
    value[index] = item


class Operations:
    """The functions for each place of the script. A subclass may record what they do; see the module."""

    is_plain = True
    """Whether the compiler may use Python's operators in place of these functions; False if they record."""

    def __init__(self, interpreter: CallHost) -> None:
        self.interpreter = interpreter

    def binary(self, node: ast.expr, kind: type[ast.operator]) -> Binary:
        """`a + b` and the like."""
        return BINARY_OPERATIONS[kind]

    def in_place(self, node: ast.stmt, kind: type[ast.operator]) -> Binary:
        """What `a += b` stores in a."""
        return IN_PLACE[kind]

    def unary(self, node: ast.expr, kind: type[ast.unaryop]) -> Callable[[Any], Any]:
        """`-a` and the like."""
        return UNARY[kind]

    def compare(self, node: ast.expr, kind: type[ast.cmpop]) -> Binary:
        """`a < b` and the like."""
        return COMPARE[kind]

    def get_item(self, node: ast.expr) -> Binary:
        """`a[i]`."""
        return get_item

    def set_item(self, node: ast.AST) -> Callable[[Any, Any, Any], None]:
        """`a[i] = b`."""
        return set_item

    def items(self, node: ast.expr) -> Callable[[Any], Iterable[Any]] | None:
        """What a loop over the value of an expression iterates over; None for the value itself."""
        return None

    def collected(self, node: ast.expr) -> Callable[[list[Any]], None] | None:
        """Receives the list of a comprehension whenever it gets the value of an expression as its last item;
        None if nothing does."""
        return None

    def truth(self, node: ast.AST) -> Callable[[Any], bool] | None:
        """What decides a branch; None for Python's own truth value."""
        return None

    def returned(self, node: ast.Return) -> Callable[[Any], None] | None:
        """Receives the value of the `return` statement being compiled; None if nothing does."""
        return None

    def call(self, node: ast.AST) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]:
        """`f(…)` of a value, its positional and its keyword arguments."""
        return self.interpreter.call

    def method(self, node: ast.AST, name: str) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]:
        """`value.name(…)`, looked up and called at once."""
        return self.interpreter.attributes.method_caller(name)

    def get_attribute(self, node: ast.AST, name: str) -> Callable[[Any], Any]:
        """`value.name`."""
        return self.interpreter.attributes.getter(name)

    def set_attribute(self, node: ast.AST, name: str) -> Callable[[Any, Any], None]:
        """`value.name = item`."""
        return self.interpreter.attributes.setter(name)

    def formatted(self, node: ast.FormattedValue, before: str) -> Callable[[Any], None] | None:
        """Receives a value in an f-string, after the text `before`; None if nothing does."""
        return None

    def store(self, node: ast.AST, name: str) -> Callable[[Any, Variable | None], Any] | None:
        """What is stored when the script binds a name to a value; None for the value itself.

        The function also gets the variable if functions share it.
        """
        return None


def refuse_passive_length(value: Any, count: int) -> Any:
    """The values that `a, b = value` unpacks; a plot's result stands for as many as needed."""
    return [value] * count if isinstance(value, Passive) and not value.grid else value
