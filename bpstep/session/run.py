"""A run: the states of a network under one list of edits, and how much of it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.engine.edits import EditEvent
from bpstep.engine.iteration import Iteration
from bpstep.program import position
from bpstep.program.program import Program, Step
from bpstep.session.events import Journal
from bpstep.session.frame import Frame
from bpstep.session.origin import SessionOrigin

if TYPE_CHECKING:
    from bpstep.engine.micro import state as micro_state
    from bpstep.engine.micro import values as micro_values
else:
    micro_state = deferred("bpstep.engine.micro.state")
    micro_values = deferred("bpstep.engine.micro.values")


class Run:
    """One of the runs of a session: its edits, and the timeline of the states that they lead to."""

    def __init__(self, origin: SessionOrigin, edits: tuple[EditEvent, ...] = ()) -> None:
        self._base = origin
        self.origin, self.edits = origin.under(edits)
        """What is stepped through; for a script, with its edited lines."""
        self.timeline = self.origin.timeline(self.edits)
        self.furthest = 0
        self._micro_values: tuple[Iteration, int, micro_values.MicroValues] | None = None

    def copy(self) -> Run:
        """The same run, independent from here on."""
        found = copy(self)
        found.timeline = self.timeline.copy()
        return found

    def set_edits(self, edits: tuple[EditEvent, ...]) -> None:
        """Put other edits in force. Nothing is computed, except the start if lines of a script change."""
        before, previous = self.origin, self.edits
        self.origin, self.edits = self._base.under(edits)
        if self.origin is not before:
            self.timeline = self.origin.timeline(self.edits)
            self.furthest = same_moment(self.furthest, before.program, self.origin.program)
            self._micro_values = None
            return
        since = _first_difference(previous, self.edits)
        if since is not None:
            self.timeline.set_edits(self.edits, since)

    def distance(self, n: int, k: int = 0) -> int:
        """How many iterations have to run to reach (n, k)."""
        return self.timeline.distance(self._iteration(n, k))

    def compute(self, n: int, k: int = 0) -> Iterator[float]:
        """Compute until (n, k) is available, yielding the part done about every hundredth of a second."""
        return self.timeline.compute_until(self._iteration(n, k))

    def compute_moment(self, n: int, k: int = 0) -> Iteration:
        """Compute (n, k), and keep its results; returns the iteration."""
        iteration = self.timeline.iteration(self._iteration(n, k))
        iteration.compute(n - iteration.index * self.timeline.period)
        self.timeline.record(iteration)
        return iteration

    def show(self, n: int, k: int = 0) -> int:
        """Compute (n, k) and count it as shown. Returns k; 0 if the equation has no such operation."""
        iteration = self.compute_moment(n, k)
        self.furthest = max(self.furthest, n)
        done = n % self.timeline.period
        if k and (done in iteration.closed or not 0 < k < self._open_step(iteration, done).plan.total):
            return self.show(n)
        return k

    def frame(self, n: int, journal: Journal, name: str = "", k: int = 0) -> Frame:
        """The moment at n, or within the next equation. `name` is the run's name if there are two."""
        index = self._iteration(n, k)
        done = n - index * self.timeline.period
        iteration = self.timeline.iteration(index)
        return Frame(
            n=n,
            iteration=index,
            done=done,
            step=iteration.program.steps[done - 1] if done else None,
            tensors=iteration.tensors(done),
            before=iteration.tensors(max(done - 1, 0)),
            program=iteration.program.at(done + (k > 0)),
            network=self.timeline.network,
            rows=self.timeline.rows(index),
            edits=self.edits,
            marks=dict(journal.marks),
            breakpoints=tuple(journal.breakpoints.by_id.values()),
            losses=self.timeline.losses.until(self._shown_losses()),
            previous_loss=iteration.previous_loss,
            furthest=self.furthest,
            first_nonfinite=iteration.first_nonfinite(done),
            not_run=iteration.not_run,
            run=name,
            inside=micro_state.PartialStep(self._open_step(iteration, done), k) if k else None,
        )

    def _iteration(self, n: int, k: int) -> int:
        return position.shown_iteration(n, self.timeline.period, k)

    def _open_step(self, iteration: Iteration, done: int) -> micro_values.MicroValues:
        """The equation after the first `done` of an iteration; its numbers are kept while the cursor is in
        it.
        """
        if self._micro_values is None or self._micro_values[:2] != (iteration, done):
            work = micro_values.MicroValues(iteration.program.steps[done], iteration.tensors(done))
            self._micro_values = (iteration, done, work)
        return self._micro_values[2]

    def _shown_losses(self) -> int:
        """The last iteration whose loss was shown: computing ahead does not count."""
        timeline = self.timeline
        index = position.shown_iteration(self.furthest, timeline.period)
        loss = timeline.base.loss_index
        return index if loss is not None and self.furthest - index * timeline.period > loss else index - 1


def same_moment(n: int, before: Program, after: Program) -> int:
    """The n after the same line, or after the last one before it, in the same iteration of another program.

    The two are programs of one script, before and after an edit of a line.
    """
    if not n:
        return 0
    iteration, done = divmod(n - 1, len(before))
    found = 0
    for step in reversed(before.steps[: done + 1]):
        found = _same_step(step, after)
        if found:
            break
    return iteration * len(after) + found


def _same_step(step: Step, program: Program) -> int:
    """The number of an equation in another program, counted from 1: by its name, else by its line; or 0."""
    if step.name in program.step_indices:
        return program.step_indices[step.name] + 1
    if step.origin is None:
        return 0
    lines = [each.origin.line if each.origin is not None else 0 for each in program.steps]
    return max((at for at, line in enumerate(lines, 1) if line == step.origin.line), default=0)


def _first_difference(before: tuple[EditEvent, ...], after: tuple[EditEvent, ...]) -> int | None:
    """The earliest write that only one of two lists of edits has; None if they are equal."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    changed = (*before[same:], *after[same:])
    return min((edit.at for edit in changed), default=None)
