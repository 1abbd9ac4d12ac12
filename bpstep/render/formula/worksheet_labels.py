"""What stands beside and above the cells of a worksheet."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from bpstep.engine.micro.plan import Stage, called, is_fixed, is_move, operands
from bpstep.engine.micro.values import Work
from bpstep.explain.elementwise import scalar
from bpstep.explain.numbers import brief
from bpstep.explain.prose.units import place, unit
from bpstep.explain.scalar import Apply, Cell, Fold, Scalar
from bpstep.explain.symbols import Span
from bpstep.program.diagram import Edge, Home, Index, Node
from bpstep.render.canvas import clip
from bpstep.render.formula.worksheet_grid import Grid, Row
from bpstep.render.theme import Look

LABEL = 30
"""The widest that a row's label gets."""

_WIDE = 28
"""The widest that the label of an operator gets."""

_DEPTHS = (3, 2, 1)
"""How deep its operands are written, as far as there is room."""


@dataclass(frozen=True)
class Labels:
    """Names the rows and columns of a grid."""

    grid: Grid

    def head(self, left: int) -> list[Span]:
        """The names of the columns."""
        stage = self.grid.inside.operation.stage
        start, end = self.grid.columns(stage, left)
        spans: list[Span] = [(self.whose.ljust(left), "quiet")]
        for at in range(start, end):
            name = self._column(stage, self.grid.at(stage, at))
            spans.append((name.rjust(self.grid.each), "quiet"))
        return spans

    @property
    def whose(self) -> str:
        """The sample whose numbers these are."""
        stage = self.grid.inside.operation.stage
        each = len(stage.shape) == 2 and stage.shape[0] == len(self.grid.frame.rows) > 1
        if not each or self._home.kind not in ("node", "loss") or self._are_samples(stage):
            return ""
        return f"sample {self.grid.anchor(stage)[0] + 1}"

    def _are_samples(self, stage: Stage) -> bool:
        """True where a column is a sample, not a unit."""
        per_sample = len(stage.shape) == 2 and stage.shape[0] == len(self.grid.frame.rows) > 1
        return per_sample and self._home.kind in ("node", "loss") and self.grid.axis(stage) == 0

    @property
    def _home(self) -> Home:
        return self.grid.frame.program.homes[self.grid.inside.step.name]

    def _column(self, stage: Stage, cell: Index) -> str:
        if self._are_samples(stage):
            longest = f"sample {stage.shape[0]}"
            return f"{'sample ' if len(longest) < self.grid.each else 's'}{cell[0] + 1}"
        network = self.grid.frame.network
        found = self._home.place(cell) if stage.shape == self.grid.inside.shape else None
        if self._home.kind == "loss" and stage.shape[-1:] == (network.sizes[-1],):
            return unit(network, len(network.layers), cell[-1])
        arrow = self.grid.look.pick("→", ">")
        if isinstance(found, Node | Edge):
            whole = place(network, found, arrow)
            if len(whole) < self.grid.each or isinstance(found, Node):
                return whole
            source, target = whole.split(arrow)
            return f"{source}{arrow}" if self.grid.axis(stage) == 0 else f"{arrow}{target}"
        return f"[{cell[self.grid.axis(stage)]}]" if cell else ""

    def label(self, row: Row) -> str:
        """A row's operator with its operands."""
        stage = row.stage
        if stage.part == "products":
            return self._product(row)
        if stage.part == "copy":
            return clip(self.grid.inside.work.plan.text, LABEL, self.grid.look.glyphs.dots)
        if stage.part == "divide":
            return f"/ {stage.terms}"
        if stage.part == "sums":
            return self._sum(stage)
        return self._operator(stage)

    def _sum(self, stage: Stage) -> str:
        """sum; max(net_2), where it is not about the line before."""
        name = called(stage.node)
        name = name if name not in ("", "mean") else "sum"
        if not called(stage.node):
            return name
        inner = operands(stage.node)[0]
        if self._goes_on(inner, stage):
            return name
        return self._fitted(lambda short: f"{name}({short.deeper.write(inner)})")

    def _product(self, row: Row) -> str:
        """X[1] × W[1,:], the factors of a term for the row of cells that is shown."""
        across = min(self.grid.across(row.stage), 2)
        found = [self._factors(row, self.grid.at(row.stage, column)) for column in range(across)]
        sides = [self._factor(side[0], side[-1]) for side in zip(*found)]
        return f"{sides[0]} {self._by} {sides[1]}"

    def _factors(self, row: Row, cell: Index) -> tuple[Scalar, ...]:
        found = scalar(row.stage.node, cell, self.grid.inside.work.tensors)
        assert isinstance(found, Fold)
        term = found.term(row.term)
        assert isinstance(term, Apply)
        return term.arguments

    @property
    def _by(self) -> str:
        return self.grid.look.glyphs.by

    def _factor(self, factor: Scalar, next_to_it: Scalar) -> str:
        """A factor of two columns, with a colon for what differs from column to column."""
        if not isinstance(factor, Cell) or not isinstance(next_to_it, Cell):
            return self.grid.look.glyphs.dots
        pairs = zip(factor.index, next_to_it.index)
        index = ",".join(str(one) if one == other else ":" for one, other in pairs)
        return f"{factor.name}[{index}]" if index else factor.name

    def _operator(self, stage: Stage) -> str:
        """An operator with its operands, results on the way shortened; one that goes on is left out."""
        node = stage.node
        if isinstance(node, ast.BinOp) and self._goes_on(node.left, stage):
            return self._fitted(lambda short: short.after(node))
        return self._fitted(lambda short: short.write(node))

    def _goes_on(self, node: ast.expr, stage: Stage) -> bool:
        """True for an operand that is the line before."""
        plan = self.grid.inside.work.plan
        at = plan.stages.index(stage)
        return at > 0 and plan.key(plan.stages[at - 1].node) == plan.key(node)

    def _fitted(self, write: Callable[[Short], str]) -> str:
        """What is written with as much of its operands as a label has room for."""
        texts = [write(Short(self.grid.inside.work, self.grid.look, depth)) for depth in _DEPTHS]
        return next((text for text in texts if cell_len(text) <= _WIDE), texts[-1])


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
