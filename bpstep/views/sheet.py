"""The worksheet of an equation: a row for each of its parts, with the cells that are done.

A matrix product has a row for each of its terms and one for their sums, every other operator has one. Rows
and columns are addressed, never listed: only those are made that there is room for, around the operation
just done.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bpstep.formula.box import Span
from bpstep.home import Index
from bpstep.operations.plan import Stage
from bpstep.views.canvas import clip
from bpstep.views.sheet_grid import Grid, Row
from bpstep.views.sheet_labels import LABEL, Labels

Folded = tuple[int, int]
"""Rows that are not shown: the first and the one past the last."""


@dataclass(frozen=True)
class Sheet:
    """Writes the worksheet of the equation one is inside."""

    grid: Grid

    @property
    def labels(self) -> Labels:
        """What stands beside and above its cells."""
        return Labels(self.grid)

    def lines(self, height: int) -> list[list[Span]]:
        """At most `height` lines, the names of the columns above them where there is room."""
        if height < 1:
            return []
        head = height >= 4 or height > self.total
        found = self._window(height - head)
        labels = {at: self.labels.label(self._row(at)) for at in found if isinstance(at, int)}
        left = min(max(*map(len, labels.values()), len(self.labels.whose), 1), LABEL)
        lines = [self.labels.head(left)] if head else []
        for at in found:
            if isinstance(at, int):
                lines.append(self._line(self._row(at), labels[at], left))
            else:
                text = f"{self.grid.look.glyphs.dots} {self._told(*at)}"
                lines.append([(clip(text, self.grid.width, self.grid.look.glyphs.dots), "quiet")])
        return lines

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in order."""
        return self.grid.inside.work.plan.stages

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(map(_rows, self.stages))

    @cached_property
    def now(self) -> int:
        """The row of the operation just done."""
        operation = self.grid.inside.operation
        before = sum(_rows(stage) for stage in self.stages[: self.stages.index(operation.stage)])
        return before + (operation.term if operation.stage.part == "products" else 0)

    def _row(self, at: int) -> Row:
        for stage in self.stages:
            if at < _rows(stage):
                return Row(stage, at)
            at -= _rows(stage)
        raise IndexError(at)

    def _window(self, room: int) -> list[int | Folded]:
        """What is shown: rows, and in the place of others their first and the one past their last."""
        if self.total <= room:
            return list(range(self.total))
        if room < 3:
            return [self.now]
        if room == 3 and self.now:
            after: list[int | Folded] = [(self.now + 1, self.total)] if self.now + 1 < self.total else []
            return [*range(self.now - 2 + len(after), self.now + 1), *after]
        if self.term is not None and self.now - self.term > room - 3:
            return self._apart(room)
        if self.now < room - 2:
            return [*range(room - 1), (room - 1, self.total)]
        first = self.total - (room - 1)
        if self.now < first + 1:
            first = self.now - (room - 3) // 2
            return [(0, first), *range(first, first + room - 2), (first + room - 2, self.total)]
        return [(0, first), *range(first, self.total)]

    def _apart(self, room: int) -> list[int | Folded]:
        """The term that a long sum has just added, and the sum far below it."""
        assert self.term is not None
        first = max(self.term - (room - 4), 0) if room > 3 else self.term
        last = max(self.term + 1, min(first + room - 3, self.now))
        after: list[int | Folded] = [(self.now + 1, self.total)] if self.now + 1 < self.total else []
        if self.now + 2 == self.total:
            after = [self.now + 1]
        rows: list[int | Folded] = list(range(first, last))
        return [*rows, (last, self.now), self.now, *(after if room > 3 else [])]

    @cached_property
    def term(self) -> int | None:
        """The row of the product that a sum has just added."""
        operation = self.grid.inside.operation
        if operation.stage.part != "sums" or not isinstance(operation.stage.node, ast.BinOp):
            return None
        return self.now - operation.stage.terms + operation.term

    def _told(self, first: int, last: int) -> str:
        """What is folded: above what is shown its lines, elsewhere terms are counted and operators named."""
        if first == 0:
            return f"{last:,} more line{'s' * (last > 1)} above"
        found = []
        for stage, count in self._folded(first, last):
            if stage.part == "products":
                found.append(f"{count:,} more term{'s' * (count > 1)}")
            else:
                found.append(self.labels.label(Row(stage, 0)))
        return ", ".join(found)

    def _folded(self, first: int, last: int) -> Iterator[tuple[Stage, int]]:
        """The stages of these rows, and how many of theirs there are."""
        start = 0
        for stage in self.stages:
            count = min(last, start + _rows(stage)) - max(first, start)
            if count > 0:
                yield stage, count
            start += _rows(stage)

    def _line(self, row: Row, label: str, left: int) -> list[Span]:
        label = clip(label, left, self.grid.look.glyphs.dots)
        begun = self.grid.inside.k > row.first
        spans: list[Span] = [(label.ljust(left), "text" if begun else "coming")]
        start, end = self.grid.columns(row.stage, left)
        for at in range(start, end):
            spans += self._cell(row, self.grid.at(row.stage, at))
        count = self.grid.across(row.stage)
        if end - start < count:
            spans.append((f" {self.grid.look.glyphs.dots} of {count:,}", "quiet"))
        return spans

    def _cell(self, row: Row, cell: Index) -> list[Span]:
        value, now = self.grid.value(row, cell)
        if value is None:
            dot = self.grid.look.pick("·", ".")
            return [("  " + dot.rjust(self.grid.each - 5).ljust(self.grid.each - 2), "coming")]
        text = clip(self.grid.look.number(value), self.grid.each - 2, self.grid.look.glyphs.dots)
        pad = " " * (self.grid.each - 1 - len(text))
        if now:
            return [(pad, "text"), (self.grid.look.pick("▸", ">"), "write"), (text, "selected")]
        return [(pad + " ", "text"), (text, "read" if self.grid.is_taken(row, cell) else "text")]


def _rows(stage: Stage) -> int:
    return stage.terms if stage.part == "products" else 1
