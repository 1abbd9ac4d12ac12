"""An equation in symbols: one walk over its tree that lays out fractions, sums and powers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bpstep.formula.box import Box, fraction, row, word
from bpstep.formula.glyphs import Glyphs
from bpstep.formula.notation import Derivative, notation
from bpstep.language.grammar import index_parts, is_reshape, keyword
from bpstep.maths import ACTIVATIONS
from bpstep.program import Program, Step

_BINDING = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.MatMult: 2, ast.Div: 2, ast.Pow: 4}
_COMPARISONS = {
    ast.Lt: ("<", "<"),
    ast.LtE: ("≤", "<="),
    ast.Gt: (">", ">"),
    ast.GtE: ("≥", ">="),
    ast.Eq: ("=", "=="),
    ast.NotEq: ("≠", "!="),
}
_GREEK = {"sigmoid": "σ"}


@dataclass(frozen=True)
class Symbols:
    """Writes the equations of a program. `roles` colours tensors by name."""

    program: Program
    glyphs: Glyphs
    roles: Mapping[str, str]

    def equation(self, step: Step) -> Box:
        """left = right, over at most three lines."""
        left = self.name(step.name, stacked=True)
        parts = [left, word(" = "), self.write(step.tree, stacked=True)]
        definition = self.definition(step)
        return row([*parts, word(" = "), definition] if definition else parts)

    def definition(self, step: Step) -> Box | None:
        """What an activation is, written out at its argument, where the equation is just that."""
        call = step.tree
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return None
        name = call.func.id
        if name not in ACTIVATIONS or name in ("identity", "tanh") or not isinstance(call.args[0], ast.Name):
            return None
        if name == "softmax":
            return self._softmax(call.args[0])
        body = ast.parse(ACTIVATIONS[name].definition, mode="eval").body
        return _Definition(self.program, self.glyphs, self.roles, call.args[0]).write(body, stacked=True)

    def name(self, name: str, stacked: bool) -> Box:
        """A tensor."""
        written, role = notation(name, self.program), self.roles.get(name, "text")
        if isinstance(written, Derivative) and stacked:
            top = self.glyphs.partial + self.glyphs.symbol(written.of)
            bottom = self.glyphs.partial + self.glyphs.symbol(written.by)
            return fraction(word(top, role), word(bottom, role), role, self.glyphs.bar)
        return word(self.glyphs.inline(written), role)

    def write(self, node: ast.expr, stacked: bool, binding: int = 0) -> Box:
        """An expression. `stacked`: a division may stand over a bar; `binding` is that of what is around."""
        match node:
            case ast.Name():
                return self.name(node.id, stacked)
            case ast.Constant():
                return word(f"{node.value:g}" if isinstance(node.value, int | float) else str(node.value))
            case ast.UnaryOp():
                inner = row([word(self.glyphs.minus), self.write(node.operand, stacked, 3)])
                return _bracketed(inner, binding > 1)
            case ast.Compare():
                sign = self.glyphs.pick(*_COMPARISONS[type(node.ops[0])])
                sides = [self.write(side, False, 1) for side in (node.left, node.comparators[0])]
                return _bracketed(row([sides[0], word(f" {sign} "), sides[1]]), binding > 0)
            case ast.BinOp():
                return self._operation(node, stacked, binding)
            case ast.Attribute():
                return row([self.write(node.value, stacked, 5), word(self.glyphs.pick("ᵀ", ".T"))])
            case ast.Subscript():
                inside = ",".join(ast.unparse(part) for part in index_parts(node))
                return row([self.write(node.value, stacked, 5), word(f"[{inside}]")])
            case ast.Call():
                return self._call(node, stacked)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _operation(self, node: ast.BinOp, stacked: bool, binding: int) -> Box:
        own = _BINDING[type(node.op)]
        if isinstance(node.op, ast.Pow):
            exponent = self.write(node.right, False, 5)
            text = "".join(part for part, _ in exponent.lines[0])
            raised = word(self.glyphs.power(text if text.isalnum() else f"({text})"))
            return _bracketed(row([self.write(node.left, False, 5), raised]), binding > own)
        if isinstance(node.op, ast.Div) and stacked and not _is_ratio(node):
            bar = self.glyphs.bar
            return fraction(self.write(node.left, False), self.write(node.right, False), bar=bar)
        left = self.write(node.left, stacked, own)
        right = self.write(
            node.right, stacked, own + (not isinstance(node.op, ast.Add | ast.Mult | ast.MatMult))
        )
        sign = {
            ast.Add: " + ",
            ast.Sub: f" {self.glyphs.minus} ",
            ast.Mult: f" {self.glyphs.times} ",
            ast.MatMult: self.glyphs.pick(" ", " @ "),
            ast.Div: "/",
        }[type(node.op)]
        return _bracketed(row([left, word(sign), right]), binding > own)

    def _call(self, node: ast.Call, stacked: bool) -> Box:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            # A reshape lays the same numbers out anew, which symbols do not show.
            return self.write(node.func.value, stacked, 2)
        assert isinstance(node.func, ast.Name)
        special = _SPECIAL.get(node.func.id)
        if special is not None:
            return special(self, node, stacked)
        name = _GREEK.get(node.func.id, node.func.id)
        inner = self.write(node.args[0], False) if len(node.args) == 1 else self._listed(node.args)
        return row([word(name if not self.glyphs.ascii else node.func.id), _bracketed(inner, True)])

    def _listed(self, nodes: list[ast.expr]) -> Box:
        parts = [word(", ")] * (2 * len(nodes) - 1)
        parts[::2] = [self.write(node, False) for node in nodes]
        return row(parts)

    def _sum(self, node: ast.Call, stacked: bool) -> Box:
        axis = keyword(node, "axis")
        over = "" if axis is None else " over samples " if ast.unparse(axis) == "0" else " over units "
        sign = self.glyphs.pick("Σ ", "sum ")
        return row([word(sign.rstrip() + (over or " ")), self.write(node.args[0], stacked, 2)])

    def _exp(self, node: ast.Call, stacked: bool) -> Box:
        inner = self.write(node.args[0], False)
        text = "".join(part for part, _ in inner.lines[0])
        return row([word("e^"), _bracketed(inner, not text.isalnum())])

    def _sqrt(self, node: ast.Call, stacked: bool) -> Box:
        return row([word(self.glyphs.pick("√", "sqrt")), _bracketed(self.write(node.args[0], False), True)])

    def _where(self, node: ast.Call, stacked: bool) -> Box:
        condition, yes, no = (self.write(part, False) for part in node.args)
        return row([yes, word(" if "), condition, word(", else "), no])

    def _ones(self, node: ast.Call, stacked: bool) -> Box:
        return word("1")

    def _zeros(self, node: ast.Call, stacked: bool) -> Box:
        return word("0")

    def _repeat(self, node: ast.Call, stacked: bool) -> Box:
        times = ast.unparse(node.args[1])
        return row([self.write(node.args[0], stacked), word(f", {times} times")])

    def _concatenate(self, node: ast.Call, stacked: bool) -> Box:
        assert isinstance(node.args[0], ast.List)
        inner = [self.write(item, stacked) for item in node.args[0].elts]
        joined: list[Box] = [word("[")]
        for item in inner:
            joined += [item, word("; ")]
        return row([*joined[:-1], word("]")])

    def _softmax(self, argument: ast.expr) -> Box:
        inner = self.write(argument, False)
        power = row([word("e^"), inner])
        return fraction(power, row([word(self.glyphs.pick("Σ ", "sum ")), power]), bar=self.glyphs.bar)


class _Definition(Symbols):
    """An activation's row of the table, with its `x` written as the tensor it is applied to."""

    def __init__(
        self, program: Program, glyphs: Glyphs, roles: Mapping[str, str], argument: ast.Name
    ) -> None:
        super().__init__(program, glyphs, roles)
        object.__setattr__(self, "_argument", argument.id)

    def name(self, name: str, stacked: bool) -> Box:
        """`x` is the argument."""
        return super().name(self.__dict__["_argument"], stacked)


_Writer = Callable[[Symbols, ast.Call, bool], Box]
_SPECIAL: dict[str, _Writer] = {
    "sum": Symbols._sum,
    "exp": Symbols._exp,
    "sqrt": Symbols._sqrt,
    "where": Symbols._where,
    "ones_like": Symbols._ones,
    "zeros_like": Symbols._zeros,
    "repeat": Symbols._repeat,
    "concatenate": Symbols._concatenate,
}


def _bracketed(box: Box, wanted: bool) -> Box:
    return row([word("("), box, word(")")]) if wanted else box


def _is_ratio(node: ast.BinOp) -> bool:
    """True for 1/2, which needs no bar."""
    return isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)
