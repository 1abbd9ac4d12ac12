"""What stands beside and above the cells of a worksheet."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from bpstep.cells import cell_name
from bpstep.formula.box import Span
from bpstep.formula.cellwise import scalar
from bpstep.formula.numbers import brief
from bpstep.formula.scalar import Apply, Cell, Fold, Scalar
from bpstep.formula.units import place, unit
from bpstep.home import Edge, Home, Index, Node
from bpstep.operations.plan import Stage
from bpstep.operations.tree import called, is_fixed, operands
from bpstep.views.canvas import clip
from bpstep.views.sheet_grid import Grid, Row

LABEL = 30
"""The widest that a row's label gets."""
_FIXED = 6
"""Characters of a constant that is written as it stands; a longer one is written as its value."""
_SIGNS = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "/"}
_PLAIN = {"−": "-", "×": "*"}


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
        if not each or self._home.kind not in ("node", "loss"):
            return ""
        return f"sample {self.grid.anchor(stage)[0] + 1}"

    @property
    def _home(self) -> Home:
        return self.grid.frame.program.homes[self.grid.inside.step.name]

    def _column(self, stage: Stage, cell: Index) -> str:
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
            name = called(stage.node)
            return name if name not in ("", "mean") else "sum"
        return self._operator(stage.node)

    def _product(self, row: Row) -> str:
        """X[1] × W[1,:], the factors of a term for the row of cells that is shown."""
        found = scalar(row.stage.node, self.grid.anchor(row.stage), self.grid.inside.work.tensors)
        assert isinstance(found, Fold)
        term = found.term(row.term)
        assert isinstance(term, Apply)
        left, right = term.arguments
        columns = (
            row.stage.shape
            and self.grid.axis(row.stage) == len(row.stage.shape) - 1
            and row.stage.shape[-1] > 1
            and len(self._right(row.stage)) > 1
        )
        return f"{self._factor(left, False)} {self._by} {self._factor(right, bool(columns))}"

    def _right(self, stage: Stage) -> tuple[int, ...]:
        return np.shape(self.grid.inside.work.value(operands(stage.node)[1]))

    @property
    def _by(self) -> str:
        return self.grid.look.glyphs.by

    def _factor(self, factor: Scalar, columns: bool) -> str:
        if not isinstance(factor, Cell):
            return self.grid.look.glyphs.dots
        if not columns:
            return cell_name(factor.name, factor.index)
        return f"{factor.name}[{','.join(map(str, factor.index[:-1]))},:]"

    def _operator(self, node: ast.expr) -> str:
        """An operator with its operands, dots for results on the way; one that goes on is left out."""
        name = called(node)
        parts = [self._operand(part) for part in operands(node)]
        if name:
            return f"{name}({', '.join(parts)})"
        if isinstance(node, ast.UnaryOp):
            return f"{self.grid.look.glyphs.minus}{parts[0]}"
        if isinstance(node, ast.Compare):
            return self._text(node) if len(self._text(node)) < LABEL else "compare"
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.Pow):
            return parts[0] + self.grid.look.glyphs.power(parts[1])
        sign = _SIGNS[type(node.op)]
        sign = self.grid.look.pick(sign, _PLAIN.get(sign, sign))
        return f"{sign} {parts[1]}" if parts[0] == self._dots else f"{parts[0]} {sign} {parts[1]}"

    @property
    def _dots(self) -> str:
        return self.grid.look.glyphs.dots

    def _operand(self, node: ast.expr) -> str:
        made = not is_fixed(node) and self.grid.inside.work.plan.stages_of(node)
        text = self._text(node)
        if is_fixed(node) and not np.ndim(self.grid.inside.work.value(node)) and len(text) > _FIXED:
            return brief(float(self.grid.inside.work.value(node)))
        return self._dots if made or len(text) > LABEL - 12 else text

    def _text(self, node: ast.expr) -> str:
        return self.grid.inside.work.plan.text[node.col_offset : node.end_col_offset]
