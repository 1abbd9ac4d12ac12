"""One operation inside an equation: its operands, the cells it reads, its operator, and its printed line.

The line is like X[1] × W[1,0] = 0.5 × 0.2 = 0.1000. Its numbers have as many digits as needed for the printed
operands to give the printed result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, reduce

import numpy as np

from bpstep.engine.micro.plan import StageKind, number_operands
from bpstep.engine.micro.state import PartialStep
from bpstep.explain import messages
from bpstep.explain.arithmetic import COMPARISON_SIGNS, Arithmetic
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.numbers import format_brief, format_literal, format_precise, format_short
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar, chained, factors_of
from bpstep.explain.symbols import Span
from bpstep.lang.cells import cell_name
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.trees import function_name, only_repeats
from bpstep.program.program import RoleKind
from bpstep.text import fill

_MAX_EXTRA_DIGITS = 9

_OPERATORS: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}


@lru_cache(maxsize=4)
def extra_digits(inside: PartialStep) -> int:
    """How many digits more than usual the operation's numbers need, so that the printed line is correct.

    The last of nine digits of a parameter's new number may be off by one. 0 if no number of digits helps.
    """
    operation = inside.operation
    for extra in range(_MAX_EXTRA_DIGITS):
        taken = [float(format_brief(value, extra)) for value in operation.operands]
        recomputed = _recompute(operator_of(inside), taken, operation.value)
        if is_final_parameter_value(inside):
            text = format_precise(operation.value)
            if abs(recomputed - float(text)) <= 1.01 * 10.0 ** -len(text.partition("e")[0].partition(".")[2]):
                return extra
        elif format_short(recomputed, extra) == format_short(operation.value, extra):
            return extra
    return 0


@lru_cache(maxsize=4)
def is_final_parameter_value(inside: PartialStep) -> bool:
    """True if the operation gives a parameter's new number, which is printed with nine digits."""
    return inside.step.role.kind == RoleKind.UPDATE and inside.is_finished(inside.cell)


def _recompute(sign: str, operands: list[float], value: float) -> float:
    """The operation's result for the numbers as printed; for unknown operators its own value."""
    if sign not in _OPERATORS:
        return value
    with np.errstate(all="ignore"):
        return float(reduce(_OPERATORS[sign], map(np.float64, operands)))


SELECTING_REDUCTIONS = ("max", "min", "any", "all", "argmax")
"""The reductions other than sums."""

_MAX_SYMBOLS_LENGTH = 34
"""The longest intermediate result, in characters, that is written by its names."""


@lru_cache(maxsize=4)
def operation_operands(inside: PartialStep) -> tuple[Scalar | None, ...]:
    """The operation's operands, as arithmetic on cells; None for a partial sum."""
    operation = inside.operation
    stage, work = operation.stage, inside.values
    found = expand_cell(stage.node, operation.cell, work.tensors)
    if stage.kind == StageKind.COPY:
        return (found,)
    if only_repeats(stage.node):
        return (found, Number(operation.operands[1]))
    if stage.kind == StageKind.DIVIDE:
        return (None, Number(operation.operands[1]))
    if stage.kind == StageKind.EACH and not isinstance(found, Apply):
        return tuple(_added_parts(found))
    if isinstance(found, Fold):
        term = found.term(operation.term)
        if stage.kind == StageKind.PRODUCTS:
            return tuple(factors_of(term, len(number_operands(stage.node))))
        first = operation.term == 1 and found.kind != "argmax"
        return (found.term(0) if first else None, term)
    assert isinstance(found, Apply)
    is_product = function_name(stage.node) == "einsum"
    return tuple(factors_of(found, len(number_operands(stage.node)))) if is_product else found.arguments


def _added_parts(found: Scalar) -> list[Scalar]:
    """The operands of a sum in one operation: the numbers of windows over one place."""
    return [found.term(k) for k in range(found.count)] if isinstance(found, Fold) else [found]


@lru_cache(maxsize=4)
def operation_cells(inside: PartialStep) -> tuple[Cell, ...]:
    """The cells that the operation reads; for intermediate results, the cells that they are computed from."""
    found = operation_operands(inside)
    direct = tuple(item for item in found if isinstance(item, Cell))
    # A sum reads a product through its factors.
    return direct or tuple(cell for item in found[-2:] for cell in _cells_in(item))


def _cells_in(node: Scalar | None) -> list[Cell]:
    if isinstance(node, Cell):
        return [node]
    if isinstance(node, Apply):
        return [cell for part in node.arguments for cell in _cells_in(part)]
    return []


def _text(spans: list[Span]) -> str:
    return "".join(text for text, _ in spans)


def operator_of(inside: PartialStep) -> str:
    """The operation's sign, or the function's name; empty if a number is only copied."""
    stage = inside.operation.stage
    part = {StageKind.COPY: "", StageKind.PRODUCTS: "*", StageKind.DIVIDE: "/"}.get(stage.kind)
    if part is not None:
        return part
    if stage.kind == StageKind.SUMS:
        name = function_name(stage.node)
        return name if name in SELECTING_REDUCTIONS else "+"
    if only_repeats(stage.node):
        return "*"
    found = expand_cell(stage.node, inside.operation.cell, inside.values.tensors)
    return found.operator if isinstance(found, Apply) else "+"


@dataclass(frozen=True)
class OperationLine:
    """Writes X[1] × W[1,0] = 0.5 × 0.2 = 0.1000."""

    inside: PartialStep
    writer: Arithmetic
    format_result: Callable[[float], str]
    """Prints the result."""

    def symbolic(self) -> list[Span]:
        """The operation in names: X[1] × W[1,0]."""
        symbolic_writer = replace(self.writer, name_cell=cell_name)
        return [
            *self._operation_spans(tuple(operation_operands(self.inside)), symbolic_writer),
            *self._reason(symbolic_writer),
        ]

    def question(self) -> tuple[str, str]:
        """The operation in names and numbers, without its result; "" if the numbers give it away."""
        operator, symbolic_writer = operator_of(self.inside), replace(self.writer, name_cell=cell_name)
        if operator == "where":
            return self.inside.values.plan.key(self.inside.operation.stage.node), ""
        numbers = tuple(Cell("", (), value) for value in self.inside.operation.operands)
        symbols = _text(self._operation_spans(tuple(operation_operands(self.inside)), symbolic_writer))
        return symbols, _text(self._operation_spans(numbers, self.writer)) if operator else ""

    def spans(self) -> list[Span]:
        """Names, numbers and result; without names if there are none.

        The numbers are left out where only a sign changes: they are those of the result.
        """
        operation = self.inside.operation
        numbers = [Cell("", (), value) for value in operation.operands]
        symbolic_writer = replace(self.writer, name_cell=cell_name)
        symbols = self._operation_spans(tuple(operation_operands(self.inside)), symbolic_writer)
        result = (self.format_result(operation.value), "selected")
        equals: Span = (" = ", "text")
        operator = operator_of(self.inside)
        if operator in COMPARISON_SIGNS:
            arrow: Span = (f" {self.writer.glyphs.pick('→', '->')} ", "text")
            verdict = self.writer.verdict(Apply(operator, tuple(numbers)))
            answer = (format_literal(operation.value), "selected")
            return [*symbols, ("? ", "text"), *verdict, arrow, answer]
        if operator == "where":
            taken = [] if _text(symbols) == format_literal(operation.value) else [*symbols, equals]
            return [*taken, result, *self._reason(symbolic_writer)]
        values = self._operation_spans(tuple(numbers), self.writer)
        shown = [] if symbols == values else [*symbols, equals]
        if operator == "neg" and operation.value <= 0:
            return [*symbols, equals, result]
        if operation.stage.kind == StageKind.COPY:
            return [*symbols, equals, result]
        return [*shown, *values, equals, result]

    def _operation_spans(self, parts: tuple[Scalar | None, ...], writer: Arithmetic) -> list[Span]:
        """The operation on its operands."""
        operator = operator_of(self.inside)
        if operator == "where":
            return self._part_spans(parts[1 if self.inside.operation.operands[0] else 2], writer)
        if operator in SELECTING_REDUCTIONS:
            inner = [*self._part_spans(parts[0], writer), (", ", "text"), *self._part_spans(parts[1], writer)]
            return [(operator, "text"), ("(", "text"), *inner, (")", "text")]
        known = [self._abbreviated(part, writer) for part in parts]
        return writer.write(chained(operator, known)) if operator else writer.write(known[0])

    def _reason(self, symbolic_writer: Arithmetic) -> list[Span]:
        """Why a condition chose its branch; nothing for other operations."""
        if operator_of(self.inside) != "where":
            return []
        condition = operation_operands(self.inside)[0]
        assert condition is not None
        reason = symbolic_writer.reason(Apply("where", (condition, Number(0.0), Number(0.0))))
        before, after = fill(messages.SINCE, condition="\0").split("\0")
        return [(before, "text"), *reason, *([(after, "text")] if after else [])]

    def _part_spans(self, part: Scalar | None, writer: Arithmetic) -> list[Span]:
        return writer.write(self._abbreviated(part, writer))

    def _abbreviated(self, part: Scalar | None, writer: Arithmetic) -> Scalar:
        """The operand, with a word in place of an intermediate result that is too long to write."""
        if part is None:
            divides = self.inside.operation.stage.kind == StageKind.DIVIDE
            told = messages.THE_SUM if divides else messages.SUM_SO_FAR if self._is_sum() else messages.SO_FAR
            return Cell(fill(told), (), 0.0)
        if sum(len(text) for text, _ in writer.write(part)) > _MAX_SYMBOLS_LENGTH:
            return Cell(self._short_name(part), (), 0.0)
        return part

    def _short_name(self, part: Scalar) -> str:
        """The function that gives a result, or dots if an operator does."""
        glyphs = self.writer.glyphs
        if isinstance(part, Fold):
            return part.kind
        if isinstance(part, Apply) and part.operator == "exp":
            return f"e^({glyphs.ellipsis})"
        if isinstance(part, Apply) and part.operator in FUNCTIONS and part.operator != "where":
            row = FUNCTIONS[part.operator]
            return f"{glyphs.pick(row.symbol, row.plain) or part.operator}({glyphs.ellipsis})"
        return glyphs.ellipsis

    def _is_sum(self) -> bool:
        return function_name(self.inside.operation.stage.node) not in SELECTING_REDUCTIONS
