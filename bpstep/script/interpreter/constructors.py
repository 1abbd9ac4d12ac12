"""Calls of types: `float(x)`, `list(x)`, `np.float32(x)`, `np.ndarray(shape)`, each checked before
it runs.
"""

from __future__ import annotations

import collections
import datetime
import enum
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.methods import SCALAR_KINDS
from bpstep.script.interpreter.modules.exact_numbers import Decimal, Fraction
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.protocols import Library
from bpstep.script.limits import (
    check_bits,
    check_cells,
    check_items,
    check_members,
    check_shape,
    checked_range,
    nested_cells,
)
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

Make = Callable[..., Any]


def _of_items(kind: Make) -> Make:
    def make(*args: Any, **kwargs: Any) -> Any:
        for given in args:
            if type(given) is range:
                check_items(len(given))
            elif isinstance(given, np.ndarray):
                check_items(len(given) if given.ndim else 1)
        return kind(*args, **kwargs)

    return make


def _text(*args: Any, **kwargs: Any) -> str:
    for given in args[:1]:
        check_nested(given)
    return str(*args, **kwargs)


def _integer(*args: Any, **kwargs: Any) -> int:
    if len(args) == 2 and isinstance(args[0], str):
        check_bits(len(args[0]) * 4)
    return int(*args, **kwargs)


def _bytes(*args: Any, **kwargs: Any) -> bytes:
    for given in args[:1]:
        if isinstance(given, int):
            check_items(given)
        elif type(given) is range:
            check_items(len(given))
    return bytes(*args, **kwargs)


def _hashed(kind: Make) -> Make:
    def make(*args: Any) -> Any:
        if args and type(args[0]) is range:
            check_items(len(args[0]))
        if args and isinstance(args[0], list | tuple):
            check_nested(args[0])
        return kind(*args)

    return make


def _ndarray(shape: Any, dtype: Any = float, *args: Any, **kwargs: Any) -> Any:
    if args or kwargs:
        raise ScriptRefused(fill(messages.ARRAY_WITH_BUFFER))
    check_shape(shape)
    return np.zeros(shape, dtype)


def _scalar(kind: type) -> Make:
    def make(*args: Any, **kwargs: Any) -> Any:
        for given in args[:1]:
            check_cells(nested_cells(given))
        return kind(*args, **kwargs)

    return make


def _dtype(*args: Any, **kwargs: Any) -> Any:
    return np.dtype(*args, **kwargs)


CHECKED: dict[type, Make] = {int: _integer, float: float, str: _text, tuple: _of_items(tuple)}
"""What makes a value of each kind that scripts may derive a class from and whose values cannot be changed."""


def constructors(interpreter: Library) -> dict[Any, Make]:
    """The function that runs a call of each type."""

    def kind_of(*args: Any) -> Any:
        if len(args) != 1:
            raise ScriptRefused(fill(messages.THREE_TYPE_ARGUMENTS))
        return type(args[0])

    made: dict[Any, Make] = {
        **CHECKED,
        complex: complex,
        bool: bool,
        bytes: _bytes,
        bytearray: lambda *args: bytearray(_bytes(*args)),
        list: _of_items(list),
        dict: dict,
        set: _hashed(set),
        frozenset: _hashed(frozenset),
        range: range,
        slice: slice,
        type: kind_of,
        object: object,
        property: property,
        staticmethod: staticmethod,
        classmethod: classmethod,
        np.ndarray: _ndarray,
        np.dtype: _dtype,
        np.vectorize: np.vectorize,
        np.poly1d: np.poly1d,
        np.finfo: np.finfo,
        np.iinfo: np.iinfo,
        np.nditer: np.nditer,
        np.matrix: _scalar(np.matrix),
        np.random.RandomState: interpreter_random(interpreter),
        np.random.Generator: np.random.Generator,
        np.random.PCG64: _seeded_bits(np.random.PCG64, interpreter),
        np.random.MT19937: _seeded_bits(np.random.MT19937, interpreter),
        np.random.SeedSequence: np.random.SeedSequence,
        collections.OrderedDict: collections.OrderedDict,
        collections.defaultdict: collections.defaultdict,
        collections.Counter: _of_items(collections.Counter),
        collections.deque: _of_items(collections.deque),
        datetime.timedelta: datetime.timedelta,
        datetime.datetime: datetime.datetime,
        enum.Enum: _enumeration,
        Fraction: Fraction,
        Decimal: Decimal,
    }
    for kind in SCALAR_KINDS:
        made.setdefault(kind, _scalar(kind))
    return made


def _enumeration(name: str, names: Any, **options: Any) -> Any:
    """`Enum("Colour", names)`: the names may be a text with spaces or commas between them."""
    members = names.replace(",", " ").split() if isinstance(names, str) else names
    members = members if isinstance(members, dict) else list(checked_range(members))
    check_members(len(members))
    return enum.Enum(name, members, **options)


def interpreter_random(interpreter: Library) -> Make:
    """`np.random.RandomState(seed)`, with seed 0 if none is given."""

    def make(seed: Any = None) -> Any:
        if seed is None:
            interpreter.randomness.drawn("np.random.RandomState()")
            seed = 0
        return np.random.RandomState(seed)

    return make


def _seeded_bits(kind: Any, interpreter: Library) -> Make:
    def make(seed: Any = None) -> Any:
        if seed is None:
            interpreter.randomness.drawn(f"np.random.{kind.__name__}()")
            seed = 0
        return kind(seed)

    return make
