"""The provenance of a cell: the equation, edit or initial value that its number comes from.

From there lead the cells that the equation reads, with the writes that these come from; the equations that
read the cell; and the sentences that describe a write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.edits import Edit
from bpstep.errors import BpstepError
from bpstep.explain import messages
from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.chain_paths import Paths
from bpstep.explain.operands import OmittedTerms, Operand, dependent_cells, operands_with_totals
from bpstep.explain.parameters import edited_cells, is_parameter
from bpstep.explain.scalar import Scalar
from bpstep.lang.cells import Index, cell_name
from bpstep.program.diagram import LayoutKind
from bpstep.program.program import Program, RoleKind, Step
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.text import fill


@dataclass(frozen=True)
class ProvenanceQuery:
    """A cell with the value of the write at n = `at`, seen from the moment `viewed_from`."""

    name: str
    index: Index
    at: int
    viewed_from: int
    value: float

    @property
    def cell(self) -> str:
        """The cell's name."""
        return cell_name(self.name, self.index)


@dataclass(frozen=True)
class OperandSource:
    """An operand, the write it comes from, and the description of that write."""

    operand: Operand
    at: int
    description: str


@dataclass(frozen=True)
class Reader:
    """An equation that reads the cell next: the n after it, and a cell of its result that depends on the
    cell.
    """

    step: Step
    n: int
    description: str
    index: Index | None = None
    """None if it is not done yet."""
    value: float = 0.0


@dataclass(frozen=True)
class OmittedCells:
    """Cells of a reader's result that are not listed."""

    step: Step
    count: int


ProvenanceRow = OperandSource | OmittedTerms | Reader | OmittedCells


def write_that_was_read(program: Program, n: int, name: str) -> int:
    """The n of the write that the equation at n read; for a constant, the start."""
    start, done = divmod(n - 1, len(program))
    start *= len(program)
    if name not in program.step_indices:
        return start
    at = program.step_indices[name] + 1
    return start + at if at <= done else max(start - len(program) + at, 0)


_INITIAL = {
    LayoutKind.EDGE: messages.INITIAL_WEIGHT,
    LayoutKind.BIAS: messages.INITIAL_BIAS,
    LayoutKind.NONE: messages.INITIAL_PARAMETER,
}

_INITIAL_HELD = {
    LayoutKind.EDGE: messages.INITIAL_WEIGHT_HELD,
    LayoutKind.BIAS: messages.INITIAL_BIAS_HELD,
}


def describe_write(frame: Frame, name: str, index: Index, at: int) -> str:
    """A write as described at a given moment: step 6, step 15 of iteration 4, initial weight, given."""
    program = frame.program
    if name in program.step_indices:
        return describe_step(frame, at) if at > 0 else _describe_initial(program, name)
    if is_parameter(program, name):
        return fill(_INITIAL_HELD[program.layouts[name].kind])
    if name in program.data and frame.network.samples > 1:
        row = frame.rows[index[0] if len(index) == frame.network.data[name].ndim else 0]
        return fill(messages.GIVEN_ROW, row=row + 1, count=frame.network.samples)
    return fill(messages.GIVEN)


def _describe_initial(program: Program, name: str) -> str:
    if not is_parameter(program, name):
        is_zero = not np.any(program.initial[name])
        return fill(messages.ZERO_AT_START if is_zero else messages.INITIAL_PARAMETER)
    return fill(_INITIAL[program.layouts[name].kind])


def describe_step(frame: Frame, n: int) -> str:
    """The step that ends at n, with its iteration unless it is the frame's."""
    iteration, at = divmod(n - 1, frame.period)
    template = messages.STEP if iteration == frame.iteration else messages.STEP_OF_ITERATION
    return fill(template, step=at + 1, iteration=iteration)


def is_edited(frame: Frame, name: str, index: Index, at: int) -> bool:
    """True if the cell's value after the write at n = `at` was entered by a person."""
    if name in frame.program.constants:
        return (name, index) in edited_cells(frame)
    return any(
        isinstance(edit, Edit) and (edit.at, edit.name, edit.index) == (at, name, index)
        for edit in frame.edits
    )


MAX_LISTED = 4
"""How many terms of a long sum, and cells of a reader, are listed before the rest is only counted."""

ALL_TERMS = "terms"
"""The entry that opens the list of all terms; a reader's name opens that of all its cells."""


def provenance_query(session: Session, name: str, index: Index) -> ProvenanceQuery:
    """The question about a cell at the cursor. BpstepError if it is not computed yet."""
    frame = session.frame
    value = frame.tensors.get(name)
    if value is None and name in frame.not_run:
        raise BpstepError(fill(messages.NEVER_RAN, name=name, iteration=frame.iteration))
    if value is None:
        step = frame.program.step_indices[name] + 1
        raise BpstepError(fill(messages.NOT_COMPUTED, name=name, step=step))
    return ProvenanceQuery(name, index, frame.last_write_of(name), frame.n, _number(value, index))


@dataclass(frozen=True)
class Provenance:
    """The provenance of one cell, computed on demand."""

    session: Session
    question: ProvenanceQuery

    @property
    def n(self) -> int:
        """The moment right after the write; if no equation wrote it, the moment of the question."""
        return self.question.at if self.is_written else self.question.viewed_from

    @cached_property
    def frame(self) -> Frame:
        return self.session.frame_at(self.n)

    @property
    def is_written(self) -> bool:
        """True if an equation wrote the cell; False for data, rates and initial values."""
        return self.question.at > 0 and self.question.name in self.session.program.step_indices

    @property
    def step(self) -> Step | None:
        """The equation that wrote it; None if it did not run and the value is an older one."""
        if not self.is_written or self.frame.not_run.get(self.question.name) is False:
            return None
        return self.frame.step

    @cached_property
    def scalar(self) -> Scalar | None:
        """Its arithmetic, on the numbers that the equation read."""
        if self.step is None:
            return None
        return cell_arithmetic(self.step, self.question.index, self.frame.before)

    @cached_property
    def edited(self) -> bool:
        """True if a person entered the value."""
        return is_edited(self.frame, self.question.name, self.question.index, self.question.at)

    @property
    def description(self) -> str:
        """A description of where it was written."""
        return self._describe(self.question.name, self.question.index, self.question.at)

    def _describe(self, name: str, index: Index, at: int) -> str:
        text = describe_write(self.frame, name, index, at)
        return fill(messages.EDITED, write=text) if is_edited(self.frame, name, index, at) else text

    def sources(self, expanded: Collection[str]) -> Iterator[OperandSource | OmittedTerms]:
        """The operands; of long sums the first terms, or all if they are `expanded`."""
        if self.scalar is None:
            return
        for found in operands_with_totals(self.scalar, None if ALL_TERMS in expanded else MAX_LISTED):
            if isinstance(found, OmittedTerms):
                yield found
                continue
            cell = found.cell
            at = write_that_was_read(self.session.program, self.frame.n, cell.name)
            yield OperandSource(found, at, self._describe(cell.name, cell.index, at))

    def readers(self, expanded: Collection[str]) -> Iterator[Reader | OmittedCells]:
        """The equations that read the cell until it is written again."""
        for n, step in _reading_steps(self.session, self.question):
            done = n <= self.session.n
            frame = self.session.frame_at(n) if done else self.frame
            shapes = {name: frame.shape(name) for name in step.reads}
            marks = dependent_cells(step.tree, self.question.name, self.question.index, shapes, frame.tensors)
            if done:
                yield from self._cells(frame, step, np.argwhere(marks), expanded)
            elif marks.any():
                yield Reader(step, n, fill(messages.NOT_DONE_YET, step=describe_step(self.frame, n)))

    def _cells(
        self, frame: Frame, step: Step, found: NDArray[np.intp], expanded: Collection[str]
    ) -> Iterator[Reader | OmittedCells]:
        """The cells of a reader's result that depend on the cell."""
        shown = len(found) if step.name in expanded or len(found) <= MAX_LISTED + 1 else MAX_LISTED
        for row in found[:shown]:
            index = tuple(row.tolist())
            value = _number(frame.tensors[step.name], index)
            yield Reader(step, frame.n, describe_step(self.frame, frame.n), index, value)
        if shown < len(found):
            yield OmittedCells(step, len(found) - shown)

    def rows(self, expanded: Collection[str]) -> Iterator[ProvenanceRow]:
        """The lines of the answer in order: the operands of the cell, then the equations that read it."""
        yield from self.sources(expanded)
        yield from self.readers(expanded)

    def query_of_row(self, row: OperandSource | Reader) -> ProvenanceQuery:
        """The question that a row leads to. BpstepError if the reader is not done yet."""
        if isinstance(row, OperandSource):
            cell = row.operand.cell
            return ProvenanceQuery(cell.name, cell.index, row.at, self.n, cell.value)
        if row.index is None:
            raise BpstepError(fill(messages.READER_NOT_DONE, name=row.step.name, n=row.n))
        return ProvenanceQuery(row.step.name, row.index, row.n, row.n, row.value)

    @cached_property
    def paths(self) -> Paths | None:
        """The paths of the gradient that the cell is, or that it was updated with."""
        cell = self._gradient()
        if cell is None:
            return None
        iteration = self.session.timeline.iteration(self.frame.iteration)
        start = self.frame.start
        atomic = {
            edit.name
            for edit in self.frame.edits
            if isinstance(edit, Edit) and start < edit.at <= start + self.frame.period
        }
        # In a chain of layers, paths are listed by their units, in order.
        largest_first = not self.frame.network.layers
        return Paths(self.frame.program, iteration.tensors, *cell, atomic, largest_first)

    def _gradient(self) -> tuple[str, Index] | None:
        if self.step is None or self.scalar is None:
            return None
        if self.step.role.of == self.frame.program.loss:
            return self.question.name, self.question.index
        if self.step.role.kind not in (RoleKind.UPDATE, RoleKind.SLOT):
            return None
        program, layouts = self.frame.program, self.frame.program.layouts
        place = layouts[self.question.name].place_of(self.question.index)
        for name in program.gradients.get(self.step.role.by, ()):
            index = None if place is None else layouts[name].index_of(place, len(self.frame.shape(name)))
            if place is None and self.frame.shape(name) == self.frame.shape(self.question.name):
                index = self.question.index
            if index is not None and name in self.frame.tensors:
                return name, index
        return None


def _reading_steps(session: Session, question: ProvenanceQuery) -> Iterator[tuple[int, Step]]:
    """(n after it, equation) of every reader until the tensor is written again, in order."""
    period = session.period
    name, program = question.name, session.program
    carried = name in program.carried
    iteration, done = divmod(question.at, period)
    if question.at and name in program.step_indices and not done:
        iteration, done = iteration - 1, period
    if not question.at and carried:
        # An initial value counts as left by an iteration before the first.
        iteration, done = -1, program.step_indices[name] + 1
    step_ranges = [(iteration, done, period)]
    if carried:
        step_ranges.append((iteration + 1, 0, program.step_indices[name] + 1))
    for iteration, first, end in step_ranges:
        steps = session.timeline.program(max(iteration, 0)).steps[first:end] if iteration >= 0 else ()
        closed = session.timeline.closed(iteration) if steps else ()
        for at, step in enumerate(steps, first):
            if name in step.reads and at not in closed:
                yield iteration * period + at + 1, step


def _number(value: object, index: Index) -> float:
    return float(value[index] if index else value)  # type: ignore[index,arg-type]
