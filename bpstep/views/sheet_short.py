"""A part of an equation in a few characters: what lies deep in it is a function's name, or dots."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from bpstep.formula.numbers import brief
from bpstep.operations.tree import called, is_fixed, is_move, operands
from bpstep.operations.work import Work
from bpstep.views.look import Look

_FIXED = 6
"""Characters of a constant that is written as it stands; a longer one is written as its value."""
_TEXT = 18
"""Characters of what is moved, and of a comparison, that are written as they stand."""
_SIGNS = {ast.Add: ("+", "+"), ast.Sub: ("−", "-"), ast.Mult: ("×", "*"), ast.Div: ("/", "/")}
_BINDING = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}


@dataclass(frozen=True)
class Short:
    """Writes operators down to a depth: 1 / (1 + exp) at depth 2, 1 / … at depth 1."""

    work: Work
    look: Look
    depth: int

    def write(self, node: ast.expr) -> str:
        """A part of the equation."""
        if is_fixed(node):
            return self._fixed(node)
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.BinOp):
            return self._binary(node) if self.depth else self._dots
        if isinstance(node, ast.UnaryOp):
            return self.look.glyphs.minus + self.deeper.operand(node.operand, 3, False)
        text = self._text(node)
        if is_move(node) or isinstance(node, ast.Compare):
            return text if len(text) <= _TEXT else self._dots
        inner = ", ".join(self.deeper.write(part) for part in operands(node)) if self.depth else ""
        return f"{called(node)}({inner})" if inner else called(node)

    @property
    def deeper(self) -> Short:
        """The same for what is one operator deeper."""
        return Short(self.work, self.look, max(self.depth - 1, 0))

    def sign(self, node: ast.BinOp) -> str:
        """A binary operator, but a power."""
        return self.look.pick(*_SIGNS[type(node.op)])

    def after(self, node: ast.BinOp) -> str:
        """An operator and what stands after it."""
        if isinstance(node.op, ast.Pow):
            return self._dots + self.look.glyphs.power(self.deeper.write(node.right))
        return f"{self.sign(node)} {self._right(node)}"

    def operand(self, node: ast.expr, binding: int, is_right: bool) -> str:
        """What stands beside an operator that binds so much, in brackets where they are needed."""
        text = self.write(node)
        own = _BINDING.get(type(node.op), 4) if isinstance(node, ast.BinOp) else 4
        loose = own < binding or (own == binding and is_right)
        return f"({text})" if loose and text != self._dots else text

    def _binary(self, node: ast.BinOp) -> str:
        if isinstance(node.op, ast.Pow):
            power = self.look.glyphs.power(self.deeper.write(node.right))
            return self.deeper.operand(node.left, 4, True) + power
        if isinstance(node.op, ast.MatMult):
            return self._dots
        left = self.deeper.operand(node.left, _BINDING[type(node.op)], False)
        return f"{left} {self.sign(node)} {self._right(node)}"

    def _right(self, node: ast.BinOp) -> str:
        strict = isinstance(node.op, ast.Sub | ast.Div)
        return self.deeper.operand(node.right, _BINDING[type(node.op)], strict)

    def _fixed(self, node: ast.expr) -> str:
        text, value = self._text(node), self.work.value(node)
        return text if np.ndim(value) or len(text) <= _FIXED else brief(float(value))

    @property
    def _dots(self) -> str:
        return self.look.glyphs.dots

    def _text(self, node: ast.expr) -> str:
        return self.work.plan.text[node.col_offset : node.end_col_offset]
