"""An expression that a person typed over the tensors of a program, checked as an equation is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import field
from types import CodeType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from bpstep.deferred import deferred
from bpstep.errors import ExpressionError
from bpstep.frozen import frozen
from bpstep.lang import lowering, parser
from bpstep.lang.cost import check_cost
from bpstep.lang.shapes import Shape, check_indices, shape_of
from bpstep.program import messages
from bpstep.program.program import Program
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.lang import products
else:
    products = deferred("bpstep.lang.products")


@frozen
class Expression:
    """A checked expression. It can be computed once all its tensors are known, see `update_sites`."""

    text: str
    shape: Shape
    """The shape of its value, in a batch of the usual size."""
    reads: tuple[str, ...]
    tree: ast.expr = field(compare=False, repr=False)
    lowered: ast.expr = field(compare=False, repr=False)
    code: CodeType = field(compare=False, repr=False)


_expressions: WeakKeyDictionary[Program, dict[str, Expression]] = WeakKeyDictionary()
"""Parsed expressions for each program, by their text: each run needs the conditions of all
breakpoints again.
"""

_MAX_EXPRESSIONS = 100


def parse_expression(program: Program, text: str) -> Expression:
    """The expression in a text. ExpressionError says what is not allowed or does not fit."""
    known = _expressions.setdefault(program, {})
    if text not in known:
        found = _parse(program, text)
        if len(known) >= _MAX_EXPRESSIONS:
            known.clear()
        known[text] = found
    return known[text]


def _parse(program: Program, text: str) -> Expression:
    written = " ".join(text.split())
    text = products.canonical_dots(written, program.shapes)
    tree = parser.parse(text, program.tensors)
    shapes = [shape_of(tree, sizes) for sizes in program.batch_shapes]
    check_indices(tree, program.shapes)
    check_cost(tree, program.shapes)
    lowered = lowering.lower(tree, program.shapes)
    return Expression(text, shapes[0], parser.reads(tree), tree, lowered, lowering.compile_lowered(lowered))


def evaluate_expression(found: Expression, tensors: Mapping[str, Any]) -> Any:
    """Its value for these tensors; IndexError if a computed index is outside its axis."""
    with np.errstate(all="ignore"):
        return lowering.evaluate(found.code, tensors, lowering.evaluation_scope())


def update_sites(program: Program, reads: Iterable[str]) -> tuple[int, ...]:
    """The equations, counted from 0, after which an expression of these tensors has a new value.

    These are the equations that write one of them, from where all the others are known, in the iteration or
    from the previous one. An expression of constants is new at the start of an iteration: its first equation.
    """
    names = list(reads)
    written = sorted(program.step_indices[name] for name in names if name in program.step_indices)
    first = max((program.step_indices[name] for name in names if not _at_start(program, name)), default=0)
    return tuple(site for site in written if site >= first) or (0,)


def check_read_after(program: Program, reads: Iterable[str], equation: str) -> None:
    """Refuse, with ExpressionError, to read a tensor after an equation if it is only computed later."""
    for name in reads:
        if not _at_start(program, name) and program.step_indices[name] > program.step_indices[equation]:
            raise ExpressionError(fill(messages.NOT_COMPUTED_YET, name=name, equation=equation))


def _at_start(program: Program, name: str) -> bool:
    return name in program.initial
