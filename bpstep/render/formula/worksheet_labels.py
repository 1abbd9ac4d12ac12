"""The labels beside and above the cells of a worksheet."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from bpstep.engine.micro.plan import Stage, StageKind, is_layout_change, number_operands, reads_no_numbers
from bpstep.engine.micro.values import MicroValues
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.numbers import format_brief
from bpstep.explain.prose.units import place_name, unit_name
from bpstep.explain.scalar import Cell, Fold, Scalar, factors_of
from bpstep.explain.symbols import Span
from bpstep.lang.cells import Index
from bpstep.lang.trees import function_name, index_parts, is_new_axis, is_reshape, is_whole_slice
from bpstep.program.diagram import Edge, LayoutKind, Node, TensorLayout
from bpstep.render import messages
from bpstep.render.canvas import clip
from bpstep.render.formula.worksheet_grid import WorksheetGrid, WorksheetRow
from bpstep.render.theme import Theme
from bpstep.text import fill, padded

MAX_LABEL_WIDTH = 30
"""The maximum width of a row's label."""

_MAX_OPERATOR_WIDTH = 28
"""The maximum width of an operator's label."""

_DEPTHS = (3, 2, 1)
"""How deep its operands are written, if there is room."""


@dataclass(frozen=True)
class WorksheetLabels:
    """Names the rows and columns of a grid."""

    grid: WorksheetGrid

    def headings(self, left: int) -> list[Span]:
        """The names of the columns."""
        stage = self.grid.inside.operation.stage
        start, end = self.grid.columns(stage, left)
        spans: list[Span] = [(padded(self.sample_label, left), "quiet")]
        for at in range(start, end):
            name = self._column_label(stage, self.grid.cell_in_column(stage, at))
            spans.append((" " * (self.grid.column_width - cell_len(name)) + name, "quiet"))
        return spans

    @property
    def sample_label(self) -> str:
        """The sample whose numbers these are."""
        stage = self.grid.inside.operation.stage
        per_sample = len(stage.shape) == 2 and stage.shape[0] == len(self.grid.frame.rows) > 1
        if (
            not per_sample
            or self._layout.kind not in (LayoutKind.NODE, LayoutKind.LOSS)
            or self._are_samples(stage)
        ):
            return ""
        return fill(messages.SAMPLE, sample=self.grid.current_cell(stage)[0] + 1)

    def _are_samples(self, stage: Stage) -> bool:
        """True where a column is a sample, not a unit."""
        per_sample = len(stage.shape) == 2 and stage.shape[0] == len(self.grid.frame.rows) > 1
        return (
            per_sample
            and self._layout.kind in (LayoutKind.NODE, LayoutKind.LOSS)
            and self.grid.axis(stage) == 0
        )

    @property
    def _layout(self) -> TensorLayout:
        return self.grid.frame.program.layouts[self.grid.inside.step.name]

    def _column_label(self, stage: Stage, cell: Index) -> str:
        if self._are_samples(stage):
            longest = fill(messages.SAMPLE, sample=stage.shape[0])
            fits = cell_len(longest) < self.grid.column_width
            return fill(messages.SAMPLE if fits else messages.SAMPLE_SHORT, sample=cell[0] + 1)
        network, width = self.grid.frame.network, self.grid.column_width - 1
        dots = self.grid.theme.glyphs.ellipsis
        found = self._layout.place_of(cell) if stage.shape == self.grid.inside.shape else None
        if self._layout.kind == LayoutKind.LOSS and stage.shape[-1:] == (network.sizes[-1],):
            return clip(unit_name(network, len(network.layers), cell[-1]), width, dots)
        arrow = self.grid.theme.pick("→", ">")
        if isinstance(found, Node | Edge):
            whole = place_name(network, found, arrow)
            if cell_len(whole) <= width or isinstance(found, Node):
                return clip(whole, width, dots)
            room = width - cell_len(arrow)
            if self.grid.axis(stage) == 0:
                return f"{clip(unit_name(network, found.layer - 1, found.source), room, dots)}{arrow}"
            return f"{arrow}{clip(unit_name(network, found.layer, found.target), room, dots)}"
        return f"[{cell[self.grid.axis(stage)]}]" if cell else ""

    def label(self, row: WorksheetRow) -> str:
        """A row's operator with its operands."""
        stage = row.stage
        if stage.kind == StageKind.PRODUCTS:
            return self._product_label(row)
        if stage.kind == StageKind.COPY:
            return self.grid.inside.values.plan.text
        if stage.kind == StageKind.DIVIDE:
            return f"/ {stage.terms}"
        if stage.kind == StageKind.SUMS:
            return self._sum_label(stage)
        return self._operator_label(stage)

    def _sum_label(self, stage: Stage) -> str:
        """sum; max(net_2), if its operand is not the previous row."""
        name = function_name(stage.node)
        name = name if name not in ("", "mean") else "sum"
        if not function_name(stage.node):
            return name
        inner = number_operands(stage.node)[0]
        if self._is_previous_row(inner, stage):
            return name
        return self._fit_label(lambda short: f"{name}({short.nested.write(inner)})")

    def _product_label(self, row: WorksheetRow) -> str:
        """X[1] × W[1,:], the factors of a term for the row of cells that is shown."""
        column_count = min(self.grid.column_count(row.stage), 2)
        found = [
            self._factors(row, self.grid.cell_in_column(row.stage, column)) for column in range(column_count)
        ]
        sides = [self._factor_label(side[0], side[-1]) for side in zip(*found)]
        return f" {self._times} ".join(sides)

    def _factors(self, row: WorksheetRow, cell: Index) -> tuple[Scalar, ...]:
        found = expand_cell(row.stage.node, cell, self.grid.inside.values.tensors)
        assert isinstance(found, Fold)
        term = found.term(row.term)
        return tuple(factors_of(term, len(number_operands(row.stage.node))))

    @property
    def _times(self) -> str:
        return self.grid.theme.glyphs.number_times

    def _factor_label(self, factor: Scalar, next_to_it: Scalar) -> str:
        """A factor of two columns, with a colon for what differs from column to column."""
        if not isinstance(factor, Cell) or not isinstance(next_to_it, Cell):
            return self.grid.theme.glyphs.ellipsis
        pairs = zip(factor.index, next_to_it.index)
        index = ",".join(str(one) if one == other else ":" for one, other in pairs)
        return f"{factor.name}[{index}]" if index else factor.name

    def _operator_label(self, stage: Stage) -> str:
        """An operator with its operands, intermediate results shortened; a continued one is left out."""
        node = stage.node
        if isinstance(node, ast.BinOp) and self._is_previous_row(node.left, stage):
            return self._fit_label(lambda short: short.operator_and_right(node))
        return self._fit_label(lambda short: short.write(node))

    def _is_previous_row(self, node: ast.expr, stage: Stage) -> bool:
        """True for an operand that is the previous row."""
        plan = self.grid.inside.values.plan
        at = plan.stages.index(stage)
        return at > 0 and plan.key(plan.stages[at - 1].node) == plan.key(node)

    def _fit_label(self, write: Callable[[ShortExpression], str]) -> str:
        """The operator with as much of its operands as fits."""
        texts = [write(ShortExpression(self.grid.inside.values, self.grid.theme, depth)) for depth in _DEPTHS]
        return next((text for text in texts if cell_len(text) <= _MAX_OPERATOR_WIDTH), texts[-1])


def _unshaped(node: ast.expr) -> ast.expr:
    """An expression without reshapes around it."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
            return _unshaped(inner)
        case ast.Subscript(value=inner) if all(
            is_new_axis(part) or is_whole_slice(part) for part in index_parts(node)
        ):
            return _unshaped(inner)
    return node


_MAX_CONSTANT_WIDTH = 6
"""The longest constant, in characters, that is written as it is; a longer one is written as its value."""

_MAX_TEXT_WIDTH = 18
"""The longest operand of a movement or comparison, in characters, that is written as it is."""

_SIGNS = {ast.Add: ("+", "+"), ast.Sub: ("−", "-"), ast.Mult: ("×", "*"), ast.Div: ("/", "/")}

_PRECEDENCE = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}


@dataclass(frozen=True)
class ShortExpression:
    """Writes operators down to a depth: 1 / (1 + exp) at depth 2, 1 / … at depth 1."""

    work: MicroValues
    theme: Theme
    depth: int

    def write(self, node: ast.expr) -> str:
        """A part of the equation."""
        if reads_no_numbers(node):
            return self._constant(node)
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.BinOp):
            return self._binary(node) if self.depth else self._ellipsis
        if isinstance(node, ast.UnaryOp):
            return self.theme.glyphs.minus + self.nested.operand(node.operand, 3, False)
        text = self._source_text(node)
        if isinstance(node, ast.Compare) and len(text) > _MAX_TEXT_WIDTH:
            return self._comparison(node)
        if is_layout_change(node) or isinstance(node, ast.Compare):
            return text if len(text) <= _MAX_TEXT_WIDTH else self._ellipsis
        inner = ", ".join(self.nested.write(part) for part in number_operands(node)) if self.depth else ""
        return f"{function_name(node)}({inner})" if inner else function_name(node)

    @property
    def nested(self) -> ShortExpression:
        """The writer for the operands, which may write one operator less."""
        return ShortExpression(self.work, self.theme, max(self.depth - 1, 0))

    def sign(self, node: ast.BinOp) -> str:
        """A binary operator, except a power."""
        return self.theme.pick(*_SIGNS[type(node.op)])

    def operator_and_right(self, node: ast.BinOp) -> str:
        """An operator and its right operand."""
        if isinstance(node.op, ast.Pow):
            return self._ellipsis + self.theme.glyphs.power(self.nested.write(node.right))
        return f"{self.sign(node)} {self._right(node)}"

    def operand(self, node: ast.expr, precedence: int, is_right: bool) -> str:
        """An operand beside an operator with this precedence, in parentheses if needed."""
        text = self.write(node)
        own = _PRECEDENCE.get(type(node.op), 4) if isinstance(node, ast.BinOp) else 4
        needs_brackets = own < precedence or (own == precedence and is_right)
        return f"({text})" if needs_brackets and text != self._ellipsis else text

    def _binary(self, node: ast.BinOp) -> str:
        if isinstance(node.op, ast.Pow):
            power = self.theme.glyphs.power(self.nested.write(node.right))
            return self.nested.operand(node.left, 4, True) + power
        if isinstance(node.op, ast.MatMult):
            return self._ellipsis
        left = self.nested.operand(node.left, _PRECEDENCE[type(node.op)], False)
        return f"{left} {self.sign(node)} {self._right(node)}"

    def _right(self, node: ast.BinOp) -> str:
        strict = isinstance(node.op, ast.Sub | ast.Div)
        return self.nested.operand(node.right, _PRECEDENCE[type(node.op)], strict)

    def _comparison(self, node: ast.Compare) -> str:
        """A long comparison by the tensors that it compares; dots if there are none."""
        sides = [_unshaped(side) for side in (node.left, node.comparators[0])]
        if not all(isinstance(side, ast.Name | ast.Constant) for side in sides):
            return self._ellipsis
        text = ast.unparse(ast.Compare(sides[0], node.ops, sides[1:]))
        return text if len(text) <= _MAX_TEXT_WIDTH else self._ellipsis

    def _constant(self, node: ast.expr) -> str:
        text, value = self._source_text(node), self.work.value(node)
        return text if np.ndim(value) or len(text) <= _MAX_CONSTANT_WIDTH else format_brief(float(value))

    @property
    def _ellipsis(self) -> str:
        return self.theme.glyphs.ellipsis

    def _source_text(self, node: ast.expr) -> str:
        return self.work.plan.text[node.col_offset : node.end_col_offset]
