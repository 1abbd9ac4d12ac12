"""Arithmetic on single numbers, as data: how one cell of an equation is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from bpstep.lang.cells import Index
from bpstep.lang.functions import FUNCTIONS, namespace


@dataclass(frozen=True)
class Cell:
    """A tensor's cell, with its number."""

    name: str
    index: Index
    value: float


@dataclass(frozen=True)
class Number:
    """A number that is written in the equation."""

    value: float


@dataclass(frozen=True)
class Apply:
    """An operator, "+", "-", "*", "/", "**", "neg", "<" …, or a named function, on a few numbers."""

    operator: str
    arguments: tuple[Scalar, ...]

    @cached_property
    def value(self) -> float:
        with np.errstate(all="ignore"):
            return float(_COMPUTE[self.operator](*(np.float64(item.value) for item in self.arguments)))


@dataclass(frozen=True)
class Fold:
    """Many terms under "sum", "mean", "max", "min", "any", "all" or "argmax"; terms are made on demand."""

    kind: str
    count: int
    term: Callable[[int], Scalar] = field(compare=False)

    def __post_init__(self) -> None:
        # A line is tried at several lengths, and the terms of a softmax contain folds of their own.
        object.__setattr__(self, "term", cache(self.term))

    @cached_property
    def value(self) -> float:
        values = np.array([self.term(k).value for k in range(self.count)])
        with np.errstate(all="ignore"):
            run = FUNCTIONS[self.kind].run
            assert run is not None
            return float(run(values))


Scalar = Cell | Number | Apply | Fold


def chained(operator: str, parts: Sequence[Scalar]) -> Scalar:
    """An operator between several parts, from the left; for a function's name, a call on them."""
    if operator not in _CHAINED or len(parts) < 3:
        return Apply(operator, tuple(parts)) if len(parts) > 1 or operator not in _CHAINED else parts[0]
    return Apply(operator, (chained(operator, parts[:-1]), parts[-1]))


_CHAINED = ("+", "*")


def joined_sum(node: Scalar) -> Scalar:
    """A sum of sums as one sum of all their terms; any other scalar unchanged."""
    terms = _joined_terms(node)
    if not any(isinstance(part, Fold) for part, _ in terms) or len(terms) < 2:
        return node
    return Fold("sum", len(terms), lambda k: _term_at(*terms[k]))


def _joined_terms(node: Scalar) -> list[tuple[Scalar, int]]:
    """Each term of a sum of sums, as the part that has it and its number there."""
    if isinstance(node, Apply) and node.operator == "+":
        return [term for argument in node.arguments for term in _joined_terms(argument)]
    if isinstance(node, Fold) and node.kind == "sum":
        return [(node, k) for k in range(node.count)]
    return [(node, 0)]


def _term_at(part: Scalar, k: int) -> Scalar:
    return part.term(k) if isinstance(part, Fold) and part.kind == "sum" else part


def factors_of(product: Scalar, count: int) -> list[Scalar]:
    """The factors of a product of `count` operands, which may be products themselves."""
    if count == 1:
        return [product]
    assert isinstance(product, Apply)
    return [*factors_of(product.arguments[0], count - 1), product.arguments[1]]


_COMPUTE: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    # The only activation that appears in the definitions of others.
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    **namespace(),
}
