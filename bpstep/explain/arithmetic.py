"""One cell's arithmetic as a line: the numbers in the places of the names."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bpstep.explain.elementwise import expand, scalar
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import written
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.explain.symbols import Span
from bpstep.lang.functions import INLINED
from bpstep.program.diagram import Index
from bpstep.program.program import Step, Tensors

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
"""How tightly an operator holds its operands together."""

_LOOSE, _TERM, _FACTOR, _ATOM = 0, 1, 2, 5
"""What is around a piece: nothing or a comma, a sum, a product, an operator that binds tighter than all."""

_COMPARISONS = {
    "<": ("<", "<"),
    "<=": ("≤", "<="),
    ">": (">", ">"),
    ">=": ("≥", ">="),
    "==": ("=", "=="),
    "!=": ("≠", "!="),
}

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class Arithmetic:
    """Writes scalars with numbers put in.

    `show` prints a number; `terms` is how many terms of a long sum are written before the rest is counted;
    `roles` colours cells by their tensor's name. `names` writes cells by name in place of their numbers.
    """

    glyphs: Glyphs
    show: Callable[[float], str]
    roles: Mapping[str, str]
    terms: int = 4
    calls: bool = True
    """False: a function of numbers is written as its value."""
    names: Callable[[str, Index], str] | None = None
    pointed: tuple[str, Index] | None = None
    """A cell that is pointed at wherever it stands."""

    def write(self, node: Scalar, binding: int = _LOOSE, after_sign: bool = False) -> list[Span]:
        """The spans of a scalar; `binding` is that of what is around it, `after_sign`: an operator precedes.

        A negative number after an operator stands in brackets.
        """
        match node:
            case Cell():
                text = self.names(node.name, node.index) if self.names else self.show(node.value)
                role = self.roles.get(node.name, "text")
                role = "pointed" if (node.name, node.index) == self.pointed else role
                return [(_signed(text, after_sign or binding > _FACTOR), role)]
            case Number():
                return [(_signed(written(node.value), after_sign or binding > _FACTOR), "text")]
            case Fold():
                return self._fold(node, binding, after_sign)
            case Apply():
                return self._apply(node, binding, after_sign)

    def _apply(self, node: Apply, binding: int, after_sign: bool) -> list[Span]:
        if node.operator == "neg":
            inner = self.write(node.arguments[0], _BINDING["neg"], True)
            return _bracketed([(self.glyphs.minus, "text"), *inner], binding > _TERM or after_sign)
        if node.operator == "**":
            base, power = (self.write(argument, _ATOM) for argument in node.arguments)
            raised = (self.glyphs.power("".join(text for text, _ in power)), "text")
            return _bracketed([*base, raised], binding > _BINDING["**"])
        if node.operator in _BINDING:
            return self._infix(node, binding, after_sign)
        if node.operator in _COMPARISONS:
            return _bracketed(self._comparison(node, node.operator), binding > _LOOSE)
        if node.operator == "where":
            condition, yes, no = node.arguments
            return self.write(yes if condition.value else no, binding, after_sign)
        return self._function(node, binding, after_sign)

    def _infix(self, node: Apply, binding: int, after_sign: bool) -> list[Span]:
        own = _BINDING[node.operator]
        wanted = binding > own
        left, right = node.arguments
        sign = {"+": "+", "-": self.glyphs.minus, "*": self.glyphs.by, "/": "/"}[node.operator]
        spans = [
            *self.write(left, own, after_sign and not wanted),
            (f" {sign} ", "text"),
            *self.write(right, own + (node.operator in "-/"), True),
        ]
        return _bracketed(spans, wanted)

    def _comparison(self, node: Apply, operator: str) -> list[Span]:
        left, right = (self.write(side, _TERM) for side in node.arguments)
        return [*left, (f" {self.glyphs.pick(*_COMPARISONS[operator])} ", "text"), *right]

    def reason(self, node: Scalar) -> list[Span]:
        """Why a conditional equation chose what is written: -0.3 ≤ 0. Empty for any other."""
        chooses = isinstance(node, Apply) and node.operator == "where"
        return self._reason(node.arguments[0]) if chooses and isinstance(node, Apply) else []

    def _reason(self, condition: Scalar) -> list[Span]:
        compared = isinstance(condition, Apply) and condition.operator in _COMPARISONS
        if not compared:
            sign = self.glyphs.pick("≠", "!=") if condition.value else self.glyphs.pick("=", "==")
            return [*self.write(condition, _TERM), (f" {sign} 0", "text")]
        assert isinstance(condition, Apply)
        if condition.value:
            return self._comparison(condition, condition.operator)
        if any(math.isnan(side.value) for side in condition.arguments):
            # Nothing compares with NaN: the opposite would be as false.
            return [("not ", "text"), *self._comparison(condition, condition.operator)]
        return self._comparison(condition, _OPPOSITE[condition.operator])

    def _function(self, node: Apply, binding: int, after_sign: bool) -> list[Span]:
        if not self.calls:
            return [(_signed(self.show(node.value), after_sign or binding > _FACTOR), "text")]
        inner = _bracketed(self.write(node.arguments[0]), True)
        if node.operator == "exp":
            return _bracketed([("e^", "text"), *inner], binding > _BINDING["**"])
        names = {
            "sigmoid": self.glyphs.pick("σ", "sigmoid"),
            "sqrt": self.glyphs.pick("√", "sqrt"),
            "log": "ln",
        }
        return [(names.get(node.operator, node.operator), "text"), *inner]

    def _fold(self, node: Fold, binding: int, after_sign: bool) -> list[Span]:
        if node.kind == "sum" and node.count and isinstance(node.term(0), Number):
            # A sum of ones is how an equation counts its samples.
            return [(written(node.value), "text")]
        if node.kind not in ("sum", "mean"):
            return [(node.kind, "text"), *_bracketed(self._terms(node, ", ", _LOOSE, False), True)]
        if node.count == 0:
            return [("0", "text")]
        if node.count == 1:
            return self.write(node.term(0), binding, after_sign)
        if node.kind == "sum":
            wanted = binding > _TERM
            return _bracketed(self._terms(node, " + ", _TERM, after_sign and not wanted), wanted)
        sum_of_all = _bracketed(self._terms(node, " + ", _TERM, False), True)
        return _bracketed([*sum_of_all, (f" / {node.count}", "text")], binding > _FACTOR)

    def _terms(self, node: Fold, between: str, binding: int, after_sign: bool) -> list[Span]:
        """The terms, the last of them counted where there are too many."""
        shown = node.count if node.count <= self.terms else max(self.terms - 1, 1)
        spans: list[Span] = []
        for k in range(shown):
            signed = after_sign if k == 0 else between == " + "
            spans += [(between, "text")] * (k > 0) + self.write(node.term(k), binding, signed)
        rest = node.count - shown
        if rest:
            spans.append((f"{between}{self.glyphs.dots} {rest:,} more term{'s' * (rest > 1)}", "quiet"))
        return spans


def reading(step: Step, index: Index, before: Tensors) -> Scalar:
    """The arithmetic of one cell of an equation's result; an activation is written out by its definition."""
    call = step.tree
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in INLINED:
        return expand(call, index, before)
    return scalar(step.tree, index, before)


def _signed(text: str, bracket: bool) -> str:
    return f"({text})" if bracket and text.startswith("-") else text


def _bracketed(spans: list[Span], wanted: bool) -> list[Span]:
    return [("(", "text"), *spans, (")", "text")] if wanted else spans
