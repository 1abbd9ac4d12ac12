"""A run: the states of a network under one list of edits, and how far they were shown."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

from bpstep.engine.edits import AnyEdit
from bpstep.engine.iteration import Iteration
from bpstep.engine.micro.state import Inside
from bpstep.engine.micro.values import Work
from bpstep.engine.timeline import Tape
from bpstep.model.network import Network
from bpstep.program import position
from bpstep.program.program import Program
from bpstep.session.events import Journal
from bpstep.session.frame import Frame


class Run:
    """One timeline of a session."""

    def __init__(self, network: Network, program: Program, edits: tuple[AnyEdit, ...] = ()) -> None:
        self.edits = edits
        self.tape = Tape(network, program, edits)
        self.furthest = 0
        self._work: tuple[Iteration, int, Work] | None = None

    def copy(self) -> Run:
        """The same run, to go its own way from here on."""
        found = copy(self)
        found.tape = self.tape.copy()
        return found

    def change(self, edits: tuple[AnyEdit, ...]) -> None:
        """Put other edits in force. Nothing is computed."""
        since = _first_difference(self.edits, edits)
        self.edits = edits
        if since is not None:
            self.tape.set_edits(edits, since)

    def distance(self, n: int, k: int = 0) -> int:
        """How many iterations have to be run to get to (n, k)."""
        return self.tape.distance(self._iteration(n, k))

    def approach(self, n: int, k: int = 0) -> Iterator[float]:
        """Compute until (n, k) is at hand, yielding the part done about every hundredth of a second."""
        return self.tape.approach(self._iteration(n, k))

    def arrive(self, n: int, k: int = 0) -> Iteration:
        """Compute (n, k), and take over what that finds; gives the iteration that is seen there."""
        iteration = self.tape.iteration(self._iteration(n, k))
        iteration.reach(n - iteration.index * self.tape.period)
        self.tape.note(iteration)
        return iteration

    def show(self, n: int, k: int = 0) -> int:
        """Compute (n, k), which is shown from now on. Gives k; 0 where the equation has no such operation."""
        iteration = self.arrive(n, k)
        self.furthest = max(self.furthest, n)
        if k and not 0 < k < self._opened(iteration, n % self.tape.period).plan.total:
            return self.show(n)
        return k

    def frame(self, n: int, journal: Journal, name: str = "", k: int = 0) -> Frame:
        """The moment at n, or inside the next equation. `name` is the run's own, where there are two."""
        index = self._iteration(n, k)
        done = n - index * self.tape.period
        iteration = self.tape.iteration(index)
        return Frame(
            n=n,
            iteration=index,
            done=done,
            step=iteration.program.steps[done - 1] if done else None,
            tensors=iteration.tensors(done),
            before=iteration.tensors(max(done - 1, 0)),
            program=iteration.program,
            network=self.tape.network,
            rows=tuple(self.tape.feed.rows(index).tolist()),
            edits=self.edits,
            marks=dict(journal.marks),
            breakpoints=tuple(journal.breakpoints.at.values()),
            losses=self.tape.losses.until(self._shown_losses()),
            previous_loss=iteration.previous_loss,
            furthest=self.furthest,
            first_nonfinite=iteration.nonfinite(done),
            run=name,
            inside=Inside(self._opened(iteration, done), k) if k else None,
        )

    def _iteration(self, n: int, k: int) -> int:
        return position.shown_iteration(n, self.tape.period, k)

    def _opened(self, iteration: Iteration, done: int) -> Work:
        """The equation after the first `done` of an iteration; its numbers are kept while one is inside."""
        if self._work is None or self._work[:2] != (iteration, done):
            work = Work(iteration.program.steps[done], iteration.tensors(done))
            self._work = (iteration, done, work)
        return self._work[2]

    def _shown_losses(self) -> int:
        """The last iteration whose loss was shown: what was only computed ahead is nobody's past yet."""
        tape = self.tape
        index = position.shown_iteration(self.furthest, tape.period)
        return index if self.furthest - index * tape.period > tape.base.names["E"] else index - 1


def _first_difference(before: tuple[AnyEdit, ...], after: tuple[AnyEdit, ...]) -> int | None:
    """The earliest write that one list of edits has and the other has not; None where they are equal."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    changed = (*before[same:], *after[same:])
    return min((edit.at for edit in changed), default=None)
