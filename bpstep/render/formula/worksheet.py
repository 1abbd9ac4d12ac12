"""The worksheet of an equation: a row for each of its parts, with the cells that are done.

A matrix product has a row for each of its terms and one for their sums, every other operator has one. Rows
and columns are addressed, never listed: only those around the operation just done are made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from bpstep.engine.micro.plan import Stage, StageKind, is_contraction, is_layout_change, number_operands
from bpstep.explain.symbols import Span
from bpstep.lang.cells import Index
from bpstep.render import messages
from bpstep.render.canvas import clip
from bpstep.render.formula.worksheet_grid import WorksheetGrid, WorksheetRow
from bpstep.render.formula.worksheet_labels import MAX_LABEL_WIDTH, WorksheetLabels
from bpstep.text import cell_width, fill, fill_plural, padded

_MAX_NAMED = 3
"""The most hidden operators that are named."""

OmittedRows = tuple[int, int]
"""A range of rows that are not shown: the first and the one past the last."""


@dataclass(frozen=True)
class Worksheet:
    """Writes the worksheet of the current equation."""

    grid: WorksheetGrid

    @property
    def labels(self) -> WorksheetLabels:
        """The labels beside and above its cells."""
        return WorksheetLabels(self.grid)

    def lines(self, height: int) -> list[list[Span]]:
        """At most `height` lines, with column names above them if there is room."""
        if height < 1:
            return []
        head = height >= 4 or height > self.total
        found = self._visible_rows(height - head)
        labels = {at: self.labels.label(self._row(at)) for at in found if isinstance(at, int)}
        left = min(
            max(*map(cell_width, labels.values()), cell_width(self.labels.sample_label), 1),
            self._max_label_width,
        )
        lines = [self.labels.headings(left)] if head else []
        for at in found:
            if isinstance(at, int):
                lines.append(self._row_spans(self._row(at), labels[at], left))
            else:
                text = f"{self.grid.theme.glyphs.ellipsis} {self._describe_omitted(*at)}"
                lines.append([(clip(text, self.grid.width, self.grid.theme.glyphs.ellipsis), "quiet")])
        return lines

    @cached_property
    def _max_label_width(self) -> int:
        """The maximum width of a row's label: more than usual beside few columns."""
        stages = self.grid.inside.values.plan.stages
        columns = max(self.grid.column_count(stage) for stage in stages)
        spare = self.grid.width - columns * self.grid.column_width - 2
        return max(min(spare, self.grid.width // 2), MAX_LABEL_WIDTH)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        return self.grid.inside.values.plan.stages

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(map(_row_count, self.stages))

    @cached_property
    def current_row(self) -> int:
        """The row of the operation just done."""
        operation = self.grid.inside.operation
        before = sum(_row_count(stage) for stage in self.stages[: self.stages.index(operation.stage)])
        return before + (operation.term if operation.stage.kind == StageKind.PRODUCTS else 0)

    def _row(self, at: int) -> WorksheetRow:
        for stage in self.stages:
            if at < _row_count(stage):
                return WorksheetRow(stage, at)
            at -= _row_count(stage)
        raise IndexError(at)

    def _visible_rows(self, room: int) -> list[int | OmittedRows]:
        """What is shown: rows, and the ranges of hidden rows between them.

        First the current row and those of its operands, then the nearest ones.
        """
        if self.total <= room:
            return list(range(self.total))
        visible = {self.current_row, *self.operand_rows[: max(room - 1, 0)]}
        for at in self._nearest_rows(room):
            if self._line_count(visible | {at}) <= room:
                visible.add(at)
        omitted = self._omitted_ranges(visible)
        # Later rows are hidden first, then earlier ones: a gap between two rows would mislead.
        omitted.sort(key=lambda fold: (fold[1] == self.total, fold[0] == 0))
        lines: list[int | OmittedRows] = [*visible]
        for first, last in omitted[: room - len(visible)]:
            lines.append(first if last - first == 1 else (first, last))
        return sorted(lines, key=lambda line: line if isinstance(line, int) else line[0])

    def _nearest_rows(self, room: int) -> Iterator[int]:
        """Rows around those that must be visible, the nearest first."""
        for by in range(1, 2 * room):
            for at in (self.current_row, *self.operand_rows[:1]):
                yield from (near for near in (at - by, at + by) if 0 <= near < self.total)

    def _omitted_ranges(self, visible: set[int]) -> list[OmittedRows]:
        """The ranges between, before and after the kept rows."""
        edges = [-1, *sorted(visible), self.total]
        return [(one + 1, two) for one, two in pairwise(edges) if two - one > 1]

    def _line_count(self, visible: set[int]) -> int:
        """How many lines the kept rows need, with one for each gap."""
        return len(visible) + len(self._omitted_ranges(visible))

    @cached_property
    def operand_rows(self) -> list[int]:
        """The rows of the last operation's operands, the last first."""
        operation = self.grid.inside.operation
        stage = operation.stage
        if stage.kind == StageKind.SUMS and is_contraction(stage.node):
            term = self.current_row - stage.terms + operation.term
            return [term, term - 1] if operation.term == 1 else [term]
        if stage.kind == StageKind.DIVIDE:
            return [self.current_row - 1]
        plan = self.grid.inside.values.plan
        operand_stages = [plan.stages_of(part) for part in _operand_nodes(stage.node)]
        found = {self._last_row(list(stages.values())[-1]) for stages in operand_stages if stages}
        return sorted(found, reverse=True)

    def _last_row(self, stage: Stage) -> int:
        return sum(_row_count(one) for one in self.stages[: self.stages.index(stage) + 1]) - 1

    def _describe_omitted(self, first: int, last: int) -> str:
        """What is hidden: above the visible rows a count of lines, elsewhere counts of terms and names of
        operators.
        """
        if first == 0:
            return fill_plural(last, messages.LINE_ABOVE, messages.LINES_ABOVE)
        omitted = list(self._omitted_stages(first, last))
        terms = ""
        if omitted[0][0].kind == "products":
            count = omitted.pop(0)[1]
            terms = fill_plural(count, messages.MORE_TERM, messages.MORE_TERMS)
        names = [self.labels.label(WorksheetRow(stage, 0)) for stage, _ in omitted]
        more = len(names) - _MAX_NAMED
        if more > 1:
            names = [*names[:_MAX_NAMED], fill(messages.MORE_LINES, count=more)]
        if not names:
            return terms
        template = messages.TERMS_THEN_ROWS if terms else messages.THEN_ROWS
        return fill(template, terms=terms, rows=", ".join(names))

    def _omitted_stages(self, first: int, last: int) -> Iterator[tuple[Stage, int]]:
        """The stages of these rows, and how many of their rows there are."""
        start = 0
        for stage in self.stages:
            count = min(last, start + _row_count(stage)) - max(first, start)
            if count > 0:
                yield stage, count
            start += _row_count(stage)

    def _row_spans(self, row: WorksheetRow, label: str, left: int) -> list[Span]:
        label = clip(label, left, self.grid.theme.glyphs.ellipsis)
        has_begun = self.grid.inside.k > row.first
        spans: list[Span] = [(padded(label, left), "text" if has_begun else "coming")]
        start, end = self.grid.columns(row.stage, left)
        for at in range(start, end):
            spans += self._cell_spans(row, self.grid.cell_in_column(row.stage, at))
        count = self.grid.column_count(row.stage)
        if end - start < count:
            of = fill(messages.COLUMNS_OF, ellipsis=self.grid.theme.glyphs.ellipsis, count=count)
            spans.append((of, "quiet"))
        return spans

    def _cell_spans(self, row: WorksheetRow, cell: Index) -> list[Span]:
        value, is_latest = self.grid.value(row, cell)
        if value is None:
            dot = self.grid.theme.pick("·", ".")
            return [
                ("  " + dot.rjust(self.grid.column_width - 5).ljust(self.grid.column_width - 2), "coming")
            ]
        text = clip(
            self.grid.theme.number(value), self.grid.column_width - 2, self.grid.theme.glyphs.ellipsis
        )
        pad = " " * (self.grid.column_width - 1 - len(text))
        if is_latest:
            return [(pad, "text"), (self.grid.theme.pick("▸", ">"), "write"), (text, "selected")]
        return [(pad + " ", "text"), (text, "read" if self.grid.is_operand(row, cell) else "text")]


def _operand_nodes(node: ast.expr) -> Iterator[ast.expr]:
    """The operands of a node, including those of nodes that only move numbers."""
    for part in number_operands(node):
        yield part
        if is_layout_change(part):
            yield from _operand_nodes(part)


def _row_count(stage: Stage) -> int:
    return stage.terms if stage.kind == StageKind.PRODUCTS else 1
