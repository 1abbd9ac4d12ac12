"""The kinds of values in generated code without checks, and the kind of each operation's result."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.script.generated.code_trees import NotGenerated
from bpstep.script.limits import MAX_CELLS, MAX_WORK

FLOAT_CELLS = np.dtype(float)
TRUTH_CELLS = np.dtype(bool)

INT32_LIMIT = 2**31
"""With smaller whole numbers, arrays of floats give arrays of floats."""


@dataclass(frozen=True)
class ArrayKind:
    """An array of floats or truth values; with shape () a NumPy scalar."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any] = FLOAT_CELLS

    @property
    def cells(self) -> int:
        """The number of its cells."""
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether its cells are floats."""
        return self.dtype is FLOAT_CELLS


@dataclass(frozen=True)
class FloatKind:
    """One of Python's floats."""


@dataclass(frozen=True)
class WholeKind:
    """A whole number that stays the same."""

    value: int


Kind = ArrayKind | FloatKind | WholeKind
VariablePath = tuple[str, ...]
"""A variable by its name, or an attribute or item of one: its name, "." or "[]", and the attribute or key."""

_PLAIN = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
"""Comparisons that give truth values cell by cell."""
CELLWISE = frozenset(
    {"exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "square", "tanh", "sinh", "cosh", "sin"}
    | {"cos", "tan", "arctan", "abs", "absolute", "fabs", "negative", "sign", "floor", "ceil"}
)
"""Elementwise NumPy functions that give floats for floats."""
BINARY_FUNCTIONS: dict[str, type[ast.operator]] = {
    "add": ast.Add,
    "subtract": ast.Sub,
    "multiply": ast.Mult,
    "divide": ast.Div,
    "true_divide": ast.Div,
    "maximum": ast.Add,
    "minimum": ast.Add,
}
"""NumPy functions with two operands, with an operator whose result has the same shape."""


def elementwise_kind(operator: ast.operator, a: Kind, b: Kind) -> Kind:
    """The result of an operator. NotGenerated if it is unknown."""
    if not isinstance(operator, _PLAIN):
        raise NotGenerated
    if not isinstance(a, ArrayKind) and not isinstance(b, ArrayKind):
        return _of_numbers(operator, a, b)
    floats = [part for part in (a, b) if isinstance(part, ArrayKind) and part.is_float]
    if not floats:
        raise NotGenerated
    return ArrayKind(broadcast_shape(a, b))


def _of_numbers(operator: ast.operator, a: Kind, b: Kind) -> Kind:
    if isinstance(operator, ast.Pow):
        raise NotGenerated
    if isinstance(a, WholeKind) and isinstance(b, WholeKind) and not isinstance(operator, ast.Div):
        value = {ast.Add: a.value + b.value, ast.Sub: a.value - b.value}.get(
            type(operator), a.value * b.value
        )
        if abs(value) >= INT32_LIMIT:
            raise NotGenerated
        return WholeKind(value)
    return FloatKind()


def broadcast_shape(*kinds: Kind) -> tuple[int, ...]:
    """The shape that arrays have together. NotGenerated if they do not fit or are too large."""
    try:
        shape = np.broadcast_shapes(*[kind.shape for kind in kinds if isinstance(kind, ArrayKind)])
    except ValueError:
        raise NotGenerated from None
    if math.prod(shape) > MAX_CELLS:
        raise NotGenerated
    return shape


def matrix_product_kind(a: Kind, b: Kind) -> ArrayKind:
    """The result of @ on vectors and matrices. NotGenerated if they do not fit or are too large."""
    if not isinstance(a, ArrayKind) or not isinstance(b, ArrayKind) or not a.is_float or not b.is_float:
        raise NotGenerated
    if len(a.shape) not in (1, 2) or len(b.shape) not in (1, 2):
        raise NotGenerated
    inner = b.shape[-2] if len(b.shape) == 2 else b.shape[0]
    found = ArrayKind((*a.shape[:-1], *b.shape[:-2], *(b.shape[-1:] if len(b.shape) == 2 else ())))
    if a.shape[-1] != inner or found.cells > MAX_CELLS or found.cells * inner > MAX_WORK:
        raise NotGenerated
    return found


def reduced(kind: Kind, axis: Any, keepdims: Any) -> tuple[ArrayKind, int]:
    """The result of a sum along an axis, and how many numbers each of its sums has."""
    if not isinstance(kind, ArrayKind) or not kind.is_float or not kind.cells or not kind.shape:
        raise NotGenerated
    axes = len(kind.shape)
    if type(keepdims) is not bool or not (axis is None or (type(axis) is int and -axes <= axis < axes)):
        raise NotGenerated
    gone = set(range(axes)) if axis is None else {axis % axes}
    kept = [1 if at in gone else size for at, size in enumerate(kind.shape) if keepdims or at not in gone]
    return ArrayKind(tuple(kept)), math.prod(kind.shape[at] for at in gone)
