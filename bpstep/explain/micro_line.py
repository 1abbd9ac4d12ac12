"""How many digits the numbers of an operation need, so that what is printed comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bpstep.engine.micro.plan import called
from bpstep.engine.micro.state import Inside
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.elementwise import scalar
from bpstep.explain.numbers import brief, precise, short
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.explain.symbols import Span
from bpstep.lang.cells import cell_name

_FINEST = 9

_SIGNS: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}


@lru_cache(maxsize=4)
def more_digits(inside: Inside) -> int:
    """How many digits more than usual the operation's numbers need, so that what is printed adds up.

    Of a parameter's new number the last of nine digits may be one off. 0 where no number of digits helps.
    """
    operation = inside.operation
    for more in range(_FINEST):
        taken = [float(brief(value, more)) for value in operation.operands]
        again = _again(operator_of(inside), taken, operation.value)
        if renews(inside):
            text = precise(operation.value)
            if abs(again - float(text)) <= 1.01 * 10.0 ** -len(text.partition("e")[0].partition(".")[2]):
                return more
        elif short(again, more) == short(operation.value, more):
            return more
    return 0


@lru_cache(maxsize=4)
def renews(inside: Inside) -> bool:
    """True where the operation gives a parameter's new number, which is printed to nine digits."""
    return inside.step.role.kind == "update" and inside.is_finished(inside.cell)


def _again(sign: str, taken: list[float], value: float) -> float:
    """What an operator gives for the numbers as they are printed; any other its own value."""
    if sign not in _SIGNS:
        return value
    with np.errstate(all="ignore"):
        return float(_SIGNS[sign](*map(np.float64, taken)))


CHOICES = ("max", "min", "any", "all")
"""The reductions that do not add."""

_LONGEST = 34
"""Characters of a result on the way that is still written by its names."""


@lru_cache(maxsize=4)
def taken(inside: Inside) -> tuple[Scalar | None, ...]:
    """What the operation takes, as arithmetic on cells; None for a sum as far as it has come."""
    operation = inside.operation
    stage, work = operation.stage, inside.work
    found = scalar(stage.node, operation.cell, work.tensors)
    if stage.part == "copy":
        return (found,)
    if stage.part == "divide":
        return (None, Number(operation.operands[1]))
    if isinstance(found, Fold):
        term = found.term(operation.term)
        if stage.part == "products":
            assert isinstance(term, Apply)
            return term.arguments
        return (found.term(0) if operation.term == 1 else None, term)
    assert isinstance(found, Apply)
    return found.arguments


@lru_cache(maxsize=4)
def cells(inside: Inside) -> tuple[Cell, ...]:
    """The cells that the operation reads: where it takes results on the way, those that these are made of."""
    found = taken(inside)
    direct = tuple(item for item in found if isinstance(item, Cell))
    # A sum takes a product: its factors are what is added.
    return direct or tuple(cell for item in found[-2:] for cell in _leaves(item))


def _leaves(node: Scalar | None) -> list[Cell]:
    if isinstance(node, Cell):
        return [node]
    if isinstance(node, Apply):
        return [cell for part in node.arguments for cell in _leaves(part)]
    return []


def _text(spans: list[Span]) -> str:
    return "".join(text for text, _ in spans)


def operator_of(inside: Inside) -> str:
    """The operation's sign, or the function's name; empty where a number is only taken over."""
    stage = inside.operation.stage
    part = {"copy": "", "products": "*", "divide": "/"}.get(stage.part)
    if part is not None:
        return part
    if stage.part == "sums":
        name = called(stage.node)
        return name if name in CHOICES else "+"
    found = scalar(stage.node, inside.operation.cell, inside.work.tensors)
    assert isinstance(found, Apply)
    return found.operator


def names(inside: Inside) -> set[str]:
    """The tensors of these cells."""
    return {cell.name for cell in cells(inside)}


@dataclass(frozen=True)
class OperationLine:
    """Writes X[1] × W[1,0] = 0.5 × 0.2 = 0.1000."""

    inside: Inside
    writer: Arithmetic
    show: Callable[[float], str]
    """Prints the result."""

    def named(self) -> list[Span]:
        """What is done, in names: X[1] × W[1,0]."""
        named = replace(self.writer, names=cell_name)
        return [*self._joined(tuple(taken(self.inside)), named), *self._reason(named)]

    def question(self) -> tuple[str, str]:
        """What is done, in names and in numbers, without its result; "" where the numbers tell it."""
        operator, named = operator_of(self.inside), replace(self.writer, names=cell_name)
        if operator == "where":
            return self.inside.work.plan.key(self.inside.operation.stage.node), ""
        numbers = tuple(Cell("", (), value) for value in self.inside.operation.operands)
        symbols = _text(self._joined(tuple(taken(self.inside)), named))
        return symbols, _text(self._joined(numbers, self.writer)) if operator else ""

    def spans(self) -> list[Span]:
        """Names, numbers and result; the names are left out where there are none.

        The numbers of a sign that is turned are: they are the result once more.
        """
        operation = self.inside.operation
        numbers = [Cell("", (), value) for value in operation.operands]
        named = replace(self.writer, names=cell_name)
        symbols = self._joined(tuple(taken(self.inside)), named)
        values = self._joined(tuple(numbers), self.writer)
        result = (self.show(operation.value), "selected")
        equals: Span = (" = ", "text")
        shown = [] if symbols == values else [*symbols, equals]
        if operator_of(self.inside) == "neg" and operation.value <= 0:
            return [*symbols, equals, result]
        if operation.stage.part == "copy":
            return [*symbols, equals, result]
        return [*shown, *values, equals, result, *self._reason(named)]

    def _joined(self, parts: tuple[Scalar | None, ...], writer: Arithmetic) -> list[Span]:
        """The operation on its operands."""
        operator = operator_of(self.inside)
        if operator == "where":
            return self._part(parts[1 if self.inside.operation.operands[0] else 2], writer)
        if operator in ("max", "min", "any", "all"):
            inner = [*self._part(parts[0], writer), (", ", "text"), *self._part(parts[1], writer)]
            return [(operator, "text"), ("(", "text"), *inner, (")", "text")]
        known = [self._held(part, writer) for part in parts]
        return writer.write(Apply(operator, tuple(known))) if operator else writer.write(known[0])

    def _reason(self, named: Arithmetic) -> list[Span]:
        """Why a choice fell as it did."""
        if operator_of(self.inside) != "where":
            return []
        condition = taken(self.inside)[0]
        assert condition is not None
        reason = named.reason(Apply("where", (condition, Number(0.0), Number(0.0))))
        return [(", since ", "text"), *reason]

    def _part(self, part: Scalar | None, writer: Arithmetic) -> list[Span]:
        return writer.write(self._held(part, writer))

    def _held(self, part: Scalar | None, writer: Arithmetic) -> Scalar:
        """A result on the way that is too long to be written has a word in its place."""
        if part is None:
            return Cell("the sum so far" if self._adds() else "so far", (), 0.0)
        if sum(len(text) for text, _ in writer.write(part)) > _LONGEST:
            return Cell(self.writer.glyphs.dots, (), 0.0)
        return part

    def _adds(self) -> bool:
        return called(self.inside.operation.stage.node) not in CHOICES
