"""One cell's arithmetic as a line: the numbers in the places of the names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bpstep.formula.box import Span
from bpstep.formula.glyphs import Glyphs
from bpstep.formula.scalar import Apply, Cell, Fold, Number, Scalar, expand, scalar
from bpstep.home import Index
from bpstep.language.functions import INLINED
from bpstep.program import Step, Tensors

_BINDING = {"+": 1, "-": 1, "neg": 3, "*": 2, "/": 2, "**": 4}


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

    def write(self, node: Scalar, binding: int = 0, after_sign: bool = False) -> list[Span]:
        """The spans of a scalar; `binding` is that of what is around it."""
        match node:
            case Cell():
                text = self.names(node.name, node.index) if self.names else self.show(node.value)
                return [(_signed(text, after_sign or binding > 2), self.roles.get(node.name, "text"))]
            case Number():
                return [(_signed(f"{node.value:g}", after_sign or binding > 2), "text")]
            case Fold():
                return self._fold(node, binding)
            case Apply():
                return self._apply(node, binding, after_sign)

    def _apply(self, node: Apply, binding: int, after_sign: bool) -> list[Span]:
        own = _BINDING.get(node.operator)
        if own is None:
            return self._function(node, binding, after_sign)
        if node.operator == "neg":
            return _bracketed(
                [(self.glyphs.minus, "text"), *self.write(node.arguments[0], 3, True)], binding > 1
            )
        left, right = node.arguments
        if node.operator == "**":
            power = self.write(right, 5)
            text = "".join(part for part, _ in power)
            raised = (self.glyphs.power(text), "text")
            return _bracketed([*self.write(left, 5), raised], binding > own)
        sign = {"+": "+", "-": self.glyphs.minus, "*": self.glyphs.by, "/": "/"}[node.operator]
        tight = node.operator in "-/"
        spans = [
            *self.write(left, own, after_sign),
            (f" {sign} ", "text"),
            *self.write(right, own + tight, node.operator in "+-"),
        ]
        return _bracketed(spans, binding > own)

    def _function(self, node: Apply, binding: int, after_sign: bool) -> list[Span]:
        if node.operator == "where":
            condition, yes, no = node.arguments
            chosen = self.write(yes if condition.value else no, 0)
            is_true = "" if condition.value else "not "
            return [*chosen, (f" since {is_true}", "text"), *self.write(condition)]
        if node.operator in ("<", "<=", ">", ">=", "==", "!="):
            left, right = node.arguments
            spans = [*self.write(left, 1), (f" {node.operator} ", "text"), *self.write(right, 1)]
            return _bracketed(spans, binding > 0)
        if not self.calls:
            return [(_signed(self.show(node.value), after_sign or binding > 2), "text")]
        if node.operator == "exp":
            return [("e^", "text"), *_bracketed(self.write(node.arguments[0], 0), True)]
        name = {
            "sigmoid": self.glyphs.pick("σ", "sigmoid"),
            "sqrt": self.glyphs.pick("√", "sqrt"),
            "log": "ln",
        }
        return [
            (name.get(node.operator, node.operator), "text"),
            *_bracketed(self.write(node.arguments[0]), True),
        ]

    def _fold(self, node: Fold, binding: int) -> list[Span]:
        if node.kind not in ("sum", "mean") and binding:
            # Within a longer line the greatest of many says more by its number than by its list.
            return [(_signed(self.show(node.value), True), "text")]
        shown = node.count if node.count <= self.terms else max(self.terms - 1, 1)
        plus = " + " if node.kind in ("sum", "mean") else ", "
        inner = 1 if node.kind == "sum" else 0
        spans: list[Span] = []
        for k in range(shown):
            spans += [(plus, "text")] * (k > 0) + self.write(node.term(k), inner, k > 0 and plus == " + ")
        if shown < node.count:
            rest = node.count - shown
            spans.append((f"{plus}{self.glyphs.dots} {rest:,} more terms", "quiet"))
        if node.kind == "sum":
            return _bracketed(spans, binding > 1 and node.count > 1)
        if node.kind == "mean":
            return (
                [*_bracketed(spans, node.count > 1), (f" / {node.count}", "text")]
                if node.count > 1
                else spans
            )
        return [(node.kind, "text"), *_bracketed(spans, True)]


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
