"""What stands beside and above the cells of a worksheet."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.formula.box import Span
from bpstep.formula.cellwise import scalar
from bpstep.formula.scalar import Apply, Cell, Fold, Scalar
from bpstep.formula.units import place, unit
from bpstep.home import Edge, Home, Index, Node
from bpstep.operations.plan import Stage
from bpstep.operations.tree import called, operands
from bpstep.views.canvas import clip
from bpstep.views.sheet_grid import Grid, Row
from bpstep.views.sheet_short import Short

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
