"""One cell's arithmetic as a line, with numbers in place of the names."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bpstep.explain import messages
from bpstep.explain.elementwise import expand_activation_cell, expand_cell
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_literal
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.explain.symbols import Span
from bpstep.lang.cells import Index
from bpstep.lang.functions import FUNCTIONS, INLINED
from bpstep.program.program import Step, Tensors
from bpstep.text import fill_plural

_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
"""How tightly an operator binds its operands."""

_LOWEST, _TERM, _FACTOR, _ATOM = 0, 1, 2, 5
"""What surrounds an expression: nothing or a comma, a sum, a product, an operator that binds tightest."""

COMPARISON_SIGNS = {
    "<": ("<", "<"),
    "<=": ("≤", "<="),
    ">": (">", ">"),
    ">=": ("≥", ">="),
    "==": ("=", "=="),
    "!=": ("≠", "!="),
}

_OPPOSITE_COMPARISON = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


_LOOKED_AT = 48
"""How many terms of a long sum are searched for some that are not 0."""


@dataclass(frozen=True)
class Arithmetic:
    """Writes scalars with numbers put in.

    `format_number` prints a number; `max_terms` is how many terms of a sum are written, with an ellipsis for
    the rest; `roles` colours cells by their tensor's name. `name_cell` writes cells by name in place of their
    numbers.
    """

    glyphs: Glyphs
    format_number: Callable[[float], str]
    roles: Mapping[str, str]
    max_terms: int = 4
    show_calls: bool = True
    """False: a function of numbers is written as its value."""
    name_cell: Callable[[str, Index], str] | None = None
    pointed: tuple[str, Index] | None = None
    """A cell that is highlighted wherever it appears."""
    replaced: Callable[[Cell], str] | None = None
    """What is written for a cell in place of its number; empty for the number itself."""
    format_sensitive: Callable[[float], str] | None = None
    """Prints divisors and arguments of logarithms; None to print them as other numbers."""

    def write(self, node: Scalar, precedence: int = _LOWEST, after_operator: bool = False) -> list[Span]:
        """The spans of a scalar; `precedence` is that of its surroundings, `after_operator` if an operator
        precedes.

        A negative number after an operator is put in parentheses.
        """
        match node:
            case Cell():
                text = self._cell_text(node)
                role = self.roles.get(node.name, "text")
                role = "pointed" if (node.name, node.index) == self.pointed else role
                return [(_bracket_negative(text, after_operator or precedence > _FACTOR), role)]
            case Number():
                return [
                    (
                        _bracket_negative(format_literal(node.value), after_operator or precedence > _FACTOR),
                        "text",
                    )
                ]
            case Fold():
                return self._fold(node, precedence, after_operator)
            case Apply():
                return self._apply(node, precedence, after_operator)

    def _cell_text(self, cell: Cell) -> str:
        if self.name_cell is not None:
            return self.name_cell(cell.name, cell.index)
        return (self.replaced(cell) if self.replaced else "") or self.format_number(cell.value)

    def _apply(self, node: Apply, precedence: int, after_operator: bool) -> list[Span]:
        if node.operator == "neg":
            inner = self.write(node.arguments[0], _PRECEDENCE["neg"], True)
            return _bracket_spans([(self.glyphs.minus, "text"), *inner], precedence > _TERM or after_operator)
        if node.operator == "**":
            base, power = (self.write(argument, _ATOM) for argument in node.arguments)
            raised = (self.glyphs.power("".join(text for text, _ in power)), "text")
            return _bracket_spans([*base, raised], precedence > _PRECEDENCE["**"])
        if node.operator in _PRECEDENCE:
            return self._infix(node, precedence, after_operator)
        if node.operator in COMPARISON_SIGNS:
            return _bracket_spans(self._comparison(node, node.operator), precedence > _LOWEST)
        if node.operator == "where":
            condition, yes, no = node.arguments
            return self.write(yes if condition.value else no, precedence, after_operator)
        return self._function(node, precedence, after_operator)

    def _infix(self, node: Apply, precedence: int, after_operator: bool) -> list[Span]:
        own = _PRECEDENCE[node.operator]
        needs_brackets = precedence > own
        left, right = node.arguments
        sign = {"+": "+", "-": self.glyphs.minus, "*": self.glyphs.number_times, "/": "/"}[node.operator]
        # A sign before a product or quotient applies to all of it.
        signed = isinstance(left, Apply) and left.operator == "neg" and own == _PRECEDENCE["*"]
        spans = [
            *self.write(left, _TERM if signed else own, after_operator and not needs_brackets),
            (f" {sign} ", "text"),
            *self._written_with(node.operator, right, own + (node.operator in "-/"), True),
        ]
        return _bracket_spans(spans, needs_brackets)

    def _written_with(self, operator: str, node: Scalar, precedence: int, after_operator: bool) -> list[Span]:
        """An operand of an operator: a single number gets more digits if the last ones matter."""
        writer = self
        if operator in ("/", "log") and isinstance(node, Cell) and self.format_sensitive is not None:
            writer = replace(self, format_number=self.format_sensitive)
        return writer.write(node, precedence, after_operator)

    def _comparison(self, node: Apply, operator: str) -> list[Span]:
        left, right = (self.write(side, _TERM) for side in node.arguments)
        return [*left, (f" {self.glyphs.pick(*COMPARISON_SIGNS[operator])} ", "text"), *right]

    def chosen(self, node: Scalar) -> Scalar:
        """The branch that a condition chose, and the term of a sum of one; any other scalar unchanged."""
        if isinstance(node, Fold) and node.count == 1:
            return self.chosen(node.term(0))
        if isinstance(node, Apply) and node.operator == "where":
            condition, yes, no = node.arguments
            return self.chosen(yes if condition.value else no)
        return node

    def reason(self, node: Scalar) -> list[Span]:
        """Why a conditional equation chose this branch: -0.3 ≤ 0. Empty for any other."""
        chooses = isinstance(node, Apply) and node.operator == "where"
        return self.verdict(node.arguments[0]) if chooses and isinstance(node, Apply) else []

    def verdict(self, condition: Scalar) -> list[Span]:
        """The result of a condition, with the relation that holds: 0.3 ≥ 0 for the condition 0.3 < 0."""
        compared = isinstance(condition, Apply) and condition.operator in COMPARISON_SIGNS
        if not compared:
            sign = self.glyphs.pick("≠", "!=") if condition.value else self.glyphs.pick("=", "==")
            return [*self.write(condition, _TERM), (f" {sign} 0", "text")]
        assert isinstance(condition, Apply)
        if condition.value:
            return self._comparison(condition, condition.operator)
        if any(math.isnan(side.value) for side in condition.arguments):
            # Nothing compares with NaN: the opposite relation would be false, too.
            return [("not ", "text"), *self._comparison(condition, condition.operator)]
        return self._comparison(condition, _OPPOSITE_COMPARISON[condition.operator])

    def _function(self, node: Apply, precedence: int, after_operator: bool) -> list[Span]:
        if not self.show_calls:
            return [
                (
                    _bracket_negative(self.format_number(node.value), after_operator or precedence > _FACTOR),
                    "text",
                )
            ]
        if node.operator == "log1p":
            return self.write(Apply("log", (Apply("+", (Number(1.0), *node.arguments)),)), precedence)
        if node.operator == "expm1":
            power = Apply("-", (Apply("exp", node.arguments), Number(1.0)))
            return self.write(power, precedence, after_operator)
        listed: list[Span] = []
        for argument in node.arguments:
            written = self._written_with(node.operator, argument, _LOWEST, False)
            listed += [(", ", "text")] * bool(listed) + written
        inner = _bracket_spans(listed, True)
        if node.operator == "exp":
            return _bracket_spans([("e^", "text"), *inner], precedence > _PRECEDENCE["**"])
        row = FUNCTIONS[node.operator]
        return [(self.glyphs.pick(row.symbol, row.plain) or node.operator, "text"), *inner]

    def _fold(self, node: Fold, precedence: int, after_operator: bool) -> list[Span]:
        if node.kind == "sum" and node.count and isinstance(node.term(0), Number):
            # A sum of ones is how an equation counts its samples.
            return [(format_literal(node.value), "text")]
        if node.kind not in ("sum", "mean"):
            return [(node.kind, "text"), *_bracket_spans(self._terms(node, ", ", _LOWEST, False), True)]
        if node.count == 0:
            return [("0", "text")]
        if node.count == 1:
            return self.write(node.term(0), precedence, after_operator)
        if node.kind == "sum":
            needs_brackets = precedence > _TERM
            return _bracket_spans(
                self._terms(node, " + ", _TERM, after_operator and not needs_brackets), needs_brackets
            )
        sum_of_all = _bracket_spans(self._terms(node, " + ", _TERM, False), True)
        return _bracket_spans([*sum_of_all, (f" / {node.count}", "text")], precedence > _FACTOR)

    def _terms(self, node: Fold, between: str, precedence: int, after_operator: bool) -> list[Span]:
        """The terms; of too many only some, and how many others there are."""
        spans: list[Span] = []
        terms = self._shown_terms(node)
        for k in terms:
            signed = between == " + " if spans else after_operator
            term = node.term(k)
            is_sum = isinstance(term, Fold) and term.kind == "sum" and term.count > 1
            # Terms left out of a sum within a sum would look as if they were left out of the whole.
            binding = _FACTOR if is_sum and precedence == _TERM else precedence
            spans += [(between, "text")] * bool(spans) + self.write(term, binding, signed)
        rest = node.count - len(terms)
        if rest:
            more = fill_plural(rest, messages.MORE_TERM, messages.MORE_TERMS, ellipsis=self.glyphs.ellipsis)
            spans.append((f"{between}{more}", "quiet"))
        return spans

    def _shown_terms(self, node: Fold) -> list[int]:
        """The terms that are written: if there are too many, the first that are not 0.

        Terms that are 0 are written only if all are: they would stand between the others, so that fewer terms
        of the same sum, as on a line of names above a line of numbers, would not be the first of these.
        """
        if node.count <= self.max_terms:
            return list(range(node.count))
        most = max(self.max_terms - 1, 1)
        if node.kind not in ("sum", "mean"):
            return list(range(most))
        looked_at = range(min(node.count, _LOOKED_AT))
        return [k for k in looked_at if node.term(k).value != 0][:most] or list(range(most))


def cell_arithmetic(step: Step, index: Index, before: Tensors) -> Scalar:
    """The arithmetic of one cell of an equation's result; an activation is written out by its definition."""
    call = step.tree
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in INLINED:
        return expand_activation_cell(call, index, before)
    return expand_cell(step.tree, index, before)


def _bracket_negative(text: str, bracket: bool) -> str:
    return f"({text})" if bracket and text.startswith("-") else text


def _bracket_spans(spans: list[Span], needs_brackets: bool) -> list[Span]:
    return [("(", "text"), *spans, (")", "text")] if needs_brackets else spans
