"""A run: the states of a network under one list of edits, and how far they were shown."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

from bpstep import position
from bpstep.edits import AnyEdit
from bpstep.frame import Frame
from bpstep.journal import Journal
from bpstep.network import Network
from bpstep.program import Program
from bpstep.tape import Tape


class Run:
    """One timeline of a session."""

    def __init__(self, network: Network, program: Program, edits: tuple[AnyEdit, ...] = ()) -> None:
        self.edits = edits
        self.tape = Tape(network, program, edits)
        self.furthest = 0

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

    def distance(self, n: int) -> int:
        """How many iterations have to be run to get to n."""
        return self.tape.distance(position.shown_iteration(n, self.tape.period))

    def approach(self, n: int) -> Iterator[float]:
        """Compute until n is at hand, yielding the part done about every hundredth of a second."""
        return self.tape.approach(position.shown_iteration(n, self.tape.period))

    def arrive(self, n: int) -> None:
        """Compute n, and take over what that finds."""
        index = position.shown_iteration(n, self.tape.period)
        iteration = self.tape.iteration(index)
        iteration.reach(n - index * self.tape.period)
        self.tape.note(iteration)

    def show(self, n: int) -> None:
        """Compute n, which is shown from now on."""
        self.arrive(n)
        self.furthest = max(self.furthest, n)

    def frame(self, n: int, journal: Journal, name: str = "") -> Frame:
        """The moment at n. `name` is the run's own, where there are two."""
        index = position.shown_iteration(n, self.tape.period)
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
        )

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
