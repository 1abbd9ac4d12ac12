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
from itertools import pairwise

from bpstep.engine.micro.plan import Stage, is_move, operands
from bpstep.explain.symbols import Span
from bpstep.program.diagram import Index
from bpstep.render.canvas import clip
from bpstep.render.formula.worksheet_grid import Grid, Row
from bpstep.render.formula.worksheet_labels import LABEL, Labels

_NAMED = 3
"""So many operators that are folded are named."""

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
        """What is shown: rows, and in the place of others their first and the one past their last.

        First the row at work and those that it takes its numbers from, then what is nearest to them.
        """
        if self.total <= room:
            return list(range(self.total))
        kept = {self.now, *self.taken[: max(room - 1, 0)]}
        for at in self._nearest(room):
            if self._lines(kept | {at}) <= room:
                kept.add(at)
        folds = self._gaps(kept)
        # What comes later is best left unsaid, then what came before: between two rows it would mislead.
        folds.sort(key=lambda fold: (fold[1] == self.total, fold[0] == 0))
        lines: list[int | Folded] = [*kept]
        for first, last in folds[: room - len(kept)]:
            lines.append(first if last - first == 1 else (first, last))
        return sorted(lines, key=lambda line: line if isinstance(line, int) else line[0])

    def _nearest(self, room: int) -> Iterator[int]:
        """Rows around those that must be seen, the nearest first."""
        for by in range(1, 2 * room):
            for at in (self.now, *self.taken[:1]):
                yield from (near for near in (at - by, at + by) if 0 <= near < self.total)

    def _gaps(self, kept: set[int]) -> list[Folded]:
        """The rows between, before and after the kept ones."""
        edges = [-1, *sorted(kept), self.total]
        return [(one + 1, two) for one, two in pairwise(edges) if two - one > 1]

    def _lines(self, kept: set[int]) -> int:
        """How many lines the kept rows need, with one for each gap."""
        return len(kept) + len(self._gaps(kept))

    @cached_property
    def taken(self) -> list[int]:
        """The rows that the operation just done takes its numbers from, the last first."""
        operation = self.grid.inside.operation
        stage = operation.stage
        if stage.part == "sums" and isinstance(stage.node, ast.BinOp):
            term = self.now - stage.terms + operation.term
            return [term, term - 1] if operation.term == 1 else [term]
        if stage.part == "divide":
            return [self.now - 1]
        plan = self.grid.inside.work.plan
        made = [plan.stages_of(part) for part in _made(stage.node)]
        found = {self._last_row(list(stages.values())[-1]) for stages in made if stages}
        return sorted(found, reverse=True)

    def _last_row(self, stage: Stage) -> int:
        return sum(_rows(one) for one in self.stages[: self.stages.index(stage) + 1]) - 1

    def _told(self, first: int, last: int) -> str:
        """What is folded: above what is shown its lines, elsewhere terms are counted and operators named."""
        if first == 0:
            return f"{last:,} more line{'s' * (last > 1)} above"
        folded = list(self._folded(first, last))
        found = []
        if folded[0][0].part == "products":
            count = folded.pop(0)[1]
            found.append(f"{count:,} more term{'s' * (count > 1)}")
        names = [self.labels.label(Row(stage, 0)) for stage, _ in folded]
        more = len(names) - _NAMED
        if more > 1:
            names = [*names[:_NAMED], f"{more} more lines"]
        if names:
            found.append("then " + ", ".join(names))
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


def _made(node: ast.expr) -> Iterator[ast.expr]:
    """The operands of a node, and what those are made from that only move numbers."""
    for part in operands(node):
        yield part
        if is_move(part):
            yield from _made(part)


def _rows(stage: Stage) -> int:
    return stage.terms if stage.part == "products" else 1
