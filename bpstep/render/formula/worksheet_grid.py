"""The cells of a worksheet: which of a stage's are shown, and their contents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bpstep.engine.micro.plan import Stage, StageKind, is_contraction, number_operands
from bpstep.engine.micro.state import PartialStep
from bpstep.lang.cells import Index
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame


@dataclass(frozen=True)
class WorksheetRow:
    """A row of the worksheet: its stage, and the term if it is one of a product."""

    stage: Stage
    term: int

    @property
    def first(self) -> int:
        """How many operations come before it."""
        before = self.term * self.stage.cells if self.stage.kind == StageKind.PRODUCTS else 0
        return self.stage.first + before


@dataclass(frozen=True)
class WorksheetGrid:
    """Finds the cells around the operation just done."""

    frame: Frame
    inside: PartialStep
    theme: Theme
    width: int

    @property
    def column_width(self) -> int:
        return self.theme.format.width + 2

    def columns(self, stage: Stage, left: int) -> tuple[int, int]:
        """The visible columns of a row, around the current one."""
        count = self.column_count(stage)
        fit = max((self.width - left - 1) // self.column_width, 1)
        if fit < count:
            fit = max((self.width - left - 10) // self.column_width, 1)
        at = self.current_cell(stage)[self.axis(stage)] if stage.shape else 0
        start = min(max(at - fit // 2, 0), max(count - fit, 0))
        return start, min(start + fit, count)

    def current_cell(self, stage: Stage) -> Index:
        """The cell of a stage's result that corresponds to the current one."""
        operation = self.inside.operation
        cell = operation.cell
        if stage is not operation.stage and operation.stage.kind == StageKind.SUMS:
            cell = self._added_cell(stage) or cell
        if len(cell) < len(stage.shape):
            cell = cell + (0,) * (len(stage.shape) - len(cell))
        cell = cell[len(cell) - len(stage.shape) :]
        return tuple(min(at, size - 1) for at, size in zip(cell, stage.shape))

    def _added_cell(self, stage: Stage) -> Index | None:
        """The cell of an operand that a sum has just added."""
        operation = self.inside.operation
        sum_stage = operation.stage
        if is_contraction(sum_stage.node) or stage.first > sum_stage.first or not stage.shape:
            return None
        inner = np.shape(self.inside.values.value(number_operands(sum_stage.node)[0]))
        if stage.shape != inner:
            return None
        if sum_stage.terms == math.prod(inner):
            return tuple(int(at) for at in np.unravel_index(operation.term, inner))
        at = sum_stage.terms == inner[-1]
        rest = operation.cell[: len(inner) - 1]
        return (*rest, operation.term) if at else (operation.term, *operation.cell[-1:])

    def axis(self, stage: Stage) -> int:
        """The axis of a stage's result that is laid out in columns: the last, except for a column vector."""
        rank = len(stage.shape)
        is_column = rank == 2 and stage.shape[1] == 1 and self.inside.shape[-1:] in ((), (1,))
        return 0 if is_column and not self._has_rows else rank - 1

    @cached_property
    def _has_rows(self) -> bool:
        """True if an intermediate result has several columns: one row of it is shown at a time."""
        stages = self.inside.values.plan.stages
        return any(len(stage.shape) == 2 and stage.shape[1] > 1 for stage in stages if stage.count)

    def column_count(self, stage: Stage) -> int:
        """How many cells are side by side."""
        return stage.shape[self.axis(stage)] if stage.shape else 1

    def cell_in_column(self, stage: Stage, column: int) -> Index:
        """The cell in a column of the visible row."""
        found = list(self.current_cell(stage))
        if found:
            found[self.axis(stage)] = column
        return tuple(found)

    def value(self, row: WorksheetRow, cell: Index) -> tuple[float | None, bool]:
        """The value of a cell, None if there is none yet, and whether it was just written."""
        stage, work, k = row.stage, self.inside.values, self.inside.k
        flat = int(np.ravel_multi_index(cell, stage.shape)) if stage.shape else 0
        operations_per_cell = stage.terms - 1 if stage.kind == StageKind.SUMS else 1
        done = k - row.first - flat * operations_per_cell
        if done <= 0:
            return None, False
        if stage.kind == StageKind.PRODUCTS:
            return work.product(stage, cell, row.term)[-1], done == 1
        if stage.kind == StageKind.SUMS and done <= operations_per_cell:
            return float(work.running_totals(stage, flat)[1][done]), flat == self._flat_index(stage)
        value = work.totals(stage.node) if stage.kind == StageKind.SUMS else work.value(stage.node)
        return float(value[cell] if stage.shape else value), done == operations_per_cell

    def _flat_index(self, stage: Stage) -> int:
        cell = self.inside.operation.cell
        return int(np.ravel_multi_index(cell, stage.shape)) if stage.shape else 0

    def is_operand(self, row: WorksheetRow, cell: Index) -> bool:
        """True for an intermediate result that the operation just done read."""
        operation = self.inside.operation
        stage = operation.stage
        if row.stage is stage or stage.kind == StageKind.PRODUCTS:
            return False
        if stage.kind == StageKind.SUMS and is_contraction(stage.node):
            return row.stage.node is stage.node and cell == operation.cell and self._is_term(row)
        keys = [self.inside.values.plan.key(node) for node in number_operands(stage.node)]
        if self.inside.values.plan.key(row.stage.node) not in keys or row.stage.kind == StageKind.PRODUCTS:
            return False
        return cell == self.current_cell(row.stage)

    def _is_term(self, row: WorksheetRow) -> bool:
        operation = self.inside.operation
        return row.term == operation.term or (operation.term == 1 and row.term == 0)
