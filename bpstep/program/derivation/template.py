"""A rule's text evaluated with algebra in place of numbers: `g * (1 - y**2)` becomes a product."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from bpstep.lang.shape_rules import Shape
from bpstep.lang.trees import int_literal
from bpstep.program.derivation.algebra import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Atom,
    Product,
    choice,
    joint_shape,
    number,
    of,
)
from bpstep.program.derivation.reading import EquationReader
from bpstep.program.derivation.structure import level
from bpstep.program.derivation.sums_of_products import added, group


@dataclass(frozen=True)
class Template:
    """The text of a rule for one node. A letter stands for a product, or for a node of the forward text."""

    reader: EquationReader
    node: ast.expr
    letters: Mapping[str, Product | ast.expr]

    def read(self, rule: ast.expr) -> Product:
        """The value of a part of the rule."""
        match rule:
            case ast.Name(id=letter):
                found = self.letters[letter]
                return found if isinstance(found, Product) else self.reader.product(found)
            case ast.Constant(value=int() | float()):
                return number(Fraction(repr(rule.value)), decimal=isinstance(rule.value, float))
            case ast.UnaryOp():
                return -self.read(rule.operand)
            case ast.BinOp(op=ast.Mult()):
                return self.read(rule.left) * self.read(rule.right)
            case ast.BinOp(op=ast.Div()):
                return self.read(rule.left) / self.read(rule.right)
            case ast.BinOp(op=ast.Pow()):
                return self._power(rule)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                right = self.read(rule.right)
                terms = added([self.read(rule.left), -right if isinstance(rule.op, ast.Sub) else right])
                return terms[0] if len(terms) == 1 else of(group(terms))
            case ast.Call(func=ast.Name(id="where")):
                condition, yes, no = rule.args
                shape = self.reader.shape(self.node)
                return of(choice(self._text(condition), self.read(yes), self.read(no), shape))
            case ast.Call(func=ast.Name(id=called)):
                inside = ", ".join(self._text(argument) for argument in rule.args)
                shape = joint_shape(self._shape(argument) for argument in rule.args)
                return of(Atom(f"{called}({inside})", ATOM, shape))
        raise AssertionError(ast.unparse(rule))

    def _power(self, rule: ast.BinOp) -> Product:
        exponent = int_literal(rule.right)
        if exponent is not None:
            return self.read(rule.left).power(Fraction(exponent))
        base = self.letters[rule.left.id]  # type: ignore[attr-defined]
        assert isinstance(base, ast.expr)
        text = f"{self.reader.raw(base).within(ATOM)}**({self._text(rule.right)})"
        shape = joint_shape([self.reader.shape(base), self._shape(rule.right)])
        return of(Atom(text, POWER, shape))

    def _shape(self, rule: ast.expr) -> Shape:
        names = [node.id for node in ast.walk(rule) if isinstance(node, ast.Name) and node.id in self.letters]
        found = [self.letters[letter] for letter in names]
        return joint_shape(one.shape if isinstance(one, Product) else self.reader.shape(one) for one in found)

    def _text(self, rule: ast.expr) -> str:
        """A part of the rule, with its letters replaced by the forward text."""
        match rule:
            case ast.Name(id=letter):
                found = self.letters[letter]
                return found.text if isinstance(found, Product) else self.reader.raw(found).text
            case ast.Compare(left=left, comparators=[right]):
                sign = {ast.Gt: ">", ast.Lt: "<", ast.Eq: "=="}[type(rule.ops[0])]
                return f"{self._within(left, SUM)} {sign} {self._within(right, SUM)}"
            case ast.BinOp(left=left, op=op, right=right):
                first, sign, second = _OPERATORS[type(op)]
                return f"{self._within(left, first)}{sign}{self._within(right, second)}"
        text = ast.unparse(rule).replace(" ** ", "**")
        letters = "|".join(self.letters)
        return re.sub(rf"\b({letters})\b", lambda found: self._within(ast.Name(found[0]), ATOM), text)

    def _within(self, rule: ast.expr, tight: int) -> str:
        if isinstance(rule, ast.Name):
            found = self.letters[rule.id]
            atom = found.atom if isinstance(found, Product) else self.reader.raw(found)
            return atom.within(tight)
        text = self._text(rule)
        return f"({text})" if level(rule) < tight else text


_OPERATORS: dict[type[ast.operator], tuple[int, str, int]] = {
    ast.Add: (SUM, " + ", PRODUCT),
    ast.Sub: (SUM, " - ", PRODUCT),
    ast.Mult: (PRODUCT, " * ", SIGN),
    ast.Div: (PRODUCT, " / ", SIGN),
    ast.Pow: (ATOM, "**", ATOM),
}
"""An operator, and how tightly its left and its right operand have to bind to need no parentheses."""
