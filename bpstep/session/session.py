"""A session: a network, what was done to it, and a cursor in its time. All that is above the core goes
through it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.engine.timeline import Timeline
from bpstep.errors import BpstepError
from bpstep.lang.cells import Index
from bpstep.lang.parser import listed
from bpstep.lang.shapes import shape_text
from bpstep.model.network import Network
from bpstep.program import position
from bpstep.program.program import Program
from bpstep.session import messages
from bpstep.session.branch import Branch, same_moment
from bpstep.session.events import (
    BRANCH_NAMES,
    Change,
    CloseRun,
    DropEdits,
    Event,
    Fork,
    Journal,
    Mark,
    Redo,
    ReopenRun,
    Switch,
    Undo,
)
from bpstep.session.frame import Frame
from bpstep.session.origin import SessionOrigin, origin_of
from bpstep.session.validate import validate
from bpstep.text import fill


class Session:
    """Walk a network's time and edit it. `frame` is what there is to see.

    Moving and editing compute what they need at once; `seek` does the same in small portions, for a screen
    that must stay alive.
    """

    def __init__(self, network: Network, edits: Iterable[tuple[str, Index, float]] = ()) -> None:
        self.origin = origin_of(network)
        self._has_line_edits = False
        self.branches: dict[str, Branch] = {}
        """Every timeline there is: "A", and where one has forked "B"."""
        self._closed_branches: dict[str, Branch] = {}
        """Both timelines before a run was last closed; none are kept where the session was just opened."""
        self.journal = Journal()
        self.rebuild_branches()
        self.n = 0
        self.k = 0
        """How many operations of the equation after n are done; 0 between two equations."""
        self._set_cursor(0)
        for name, index, value in edits:
            self.edit(name, index, value)

    @property
    def network(self) -> Network:
        """The network, of a script with the lines that are edited in this run."""
        return self.branch.origin.network

    @property
    def program(self) -> Program:
        """The equations of an iteration, without edits but those of a script's lines."""
        return self.branch.origin.program

    @property
    def period(self) -> int:
        """How many equations an iteration has."""
        return len(self.program)

    @property
    def branch(self) -> Branch:
        """The run that one is in."""
        return self.branches[self.journal.branches.current]

    @property
    def timeline(self) -> Timeline:
        """The states of the run that one is in."""
        return self.branch.timeline

    @property
    def furthest(self) -> int:
        """The greatest n of this run ever shown."""
        return self.branch.furthest

    @cached_property
    def frame(self) -> Frame:
        """The moment at the cursor."""
        return self.branch.frame(self.n, self.journal, self.branch_name, self.k)

    def frame_at(self, n: int) -> Frame:
        """The moment after n equations, seen from the cursor, which stays where it is."""
        found = self.branch.frame(n, self.journal, self.branch_name)
        # Of the iterations that are at hand, the cursor's own is forgotten last.
        self.timeline.iteration(position.shown_iteration(self.n, self.period, self.k))
        return found

    @property
    def program_at_cursor(self) -> Program:
        """The equations in force in the iteration at the cursor, also where its state is not computed yet."""
        return self.branch.timeline.program(position.shown_iteration(self.n, self.period))

    @property
    def branch_name(self) -> str:
        """Which of two runs one is in; empty where there is one."""
        return self.journal.branches.current if len(self.branches) > 1 else ""

    def seek(self, n: int, k: int = 0) -> Iterator[float]:
        """Go to n, yielding the part of the way done about every hundredth of a second.

        With k, inside the equation after n to where k of its operations are done; to n where it has fewer.
        The cursor moves when the generator ends; one that is dropped before leaves it where it was.
        """
        yield from self.branch.compute(n, k)
        self._set_cursor(n, k)

    @property
    def is_current(self) -> bool:
        """True where the state at the cursor is known; false after a change until it is computed anew."""
        return self.branch.distance(self.n, self.k) == 0

    def go_to_known(self) -> int:
        """Put the cursor where the state is known after a change whose computing was broken off; gives n."""
        known = position.shown_iteration(self.n, self.period, self.k) - self.branch.distance(self.n, self.k)
        n = known * self.period
        # Its end shows the iteration before, which may be a long way off; its own first equation is at hand.
        self._set_cursor(n + 1 if self.distance(n) else n)
        return self.n

    def distance(self, n: int) -> int:
        """How many iterations have to be run to get to n."""
        return self.branch.distance(n)

    def goto(self, where: int | str, k: int = 0) -> None:
        """Go to a position: n, or a position as a person types it. k is as for `seek`."""
        n = where if isinstance(where, int) else self.resolve(where)
        if n < 0:
            raise BpstepError(fill(messages.N_BEFORE_THE_START, n=n))
        for _ in self.seek(n, k):
            pass

    def resolve(self, text: str) -> int:
        """The n that a typed position means."""
        return position.parse_position(text, self.program, self.n, self.journal.marks)

    def step(self, count: int = 1) -> None:
        """`count` equations on, or back where it is negative; not before the start."""
        self.goto(max(self.n + count, 0))

    def phase_start(self, count: int) -> int:
        """The n of the count-th phase start after the cursor, before it where `count` is negative."""
        return self._start(count, position.phase_starts(self.program))

    def iteration_start(self, count: int) -> int:
        """The same for the starts of iterations."""
        return self._start(count, [0])

    def edit(self, name: str, index: Index, value: float) -> None:
        """Replace a cell; everything computed from it follows. BpstepError where that can't be."""
        self.record(self.edit_event(name, index, value))
        self.goto(self.n, self.k)

    def undo(self) -> Change:
        """Take back the change made last, and give it."""
        change = self.journal.last_change
        self.record(Undo())
        self.goto(self.n, self.k)
        assert change is not None
        return change

    def redo(self) -> Change:
        """Make the change undone last again, and give it."""
        change = self.journal.last_undone
        self.record(Redo())
        self.goto(self.n, self.k)
        assert change is not None
        return change

    def drop_edits(self) -> None:
        """Drop every edit and go back to n = 0."""
        self.record(DropEdits())
        self.goto(0)

    def fork(self) -> None:
        """Keep this run as A and go on at the same n as B, which begins with the same edits."""
        self.record(Fork(self.n))
        self.goto(self.n, self.k)

    def switch(self) -> str:
        """Go to the other run, to the same n, and give its name. BpstepError where there is no other."""
        name = self.journal.branches.other
        self.record(Switch(name))
        self.goto(self.n, self.k)
        return name

    def mark(self, name: str) -> None:
        """Give the cursor's position a name. BpstepError where the name is a position of its own."""
        self.record(Mark(name.strip(), self.n))

    def record(self, event: Event) -> None:
        """Take an event over without computing anything: `seek` or `goto` must follow a change.

        BpstepError, with nothing changed, where there is nothing to undo or redo or an equation is wrong.
        """
        here, before = self.branch, self.program
        self.append(event)
        self._follow_runs(event, here)
        self.branch.set_edits(self.journal.edits)
        if self.program is not before:
            self.n, self.k = same_moment(self.n, before, self.program), 0
        self.__dict__.pop("frame", None)

    def _follow_runs(self, event: Event, here: Branch) -> None:
        """Make the branches those of the journal after an event about runs; `here` was shown before it."""
        match event:
            case Fork():
                if len(self.branches) == len(BRANCH_NAMES):
                    self._closed_branches = self.branches
                self.branches = dict(zip(BRANCH_NAMES, (here, here.copy())))
            case CloseRun():
                self._closed_branches = self.branches
                kept = next(branch for name, branch in self.branches.items() if name != event.run)
                self.branches = {BRANCH_NAMES[0]: kept}
            case ReopenRun() if self._closed_branches:
                self.branches, self._closed_branches = self._closed_branches, {}
                for name, branch in self.branches.items():
                    branch.set_edits(self.journal.branches.changes[name].edits)
            case ReopenRun():
                self.rebuild_branches()

    def append(self, event: Event) -> None:
        """Take over one of many events; after the last, `rebuild_branches` makes the runs they add up to."""
        before = self._origin_in_force()
        validate(event, before.network, before.program)
        if isinstance(event, EditLine | EditEquation):
            self.origin.under((*self.journal.edits, event))
            self._has_line_edits = self._has_line_edits or isinstance(event, EditLine)
        self.journal.add(event)
        after = self._origin_in_force()
        if after is not before:
            for name, n in self.journal.marks.items():
                self.journal.marks[name] = same_moment(n, before.program, after.program)

    def _origin_in_force(self) -> SessionOrigin:
        """What is stepped through after all events, also while the runs are not made of them yet."""
        return self.origin.under(self.journal.edits)[0] if self._has_line_edits else self.origin

    def rebuild_branches(self) -> None:
        """Make every run anew from the journal. Nothing is computed."""
        changes = self.journal.branches.changes
        self.branches = {name: Branch(self.origin, changes[name].edits) for name in changes}
        self.__dict__.pop("frame", None)

    def edit_event(self, name: str, index: Index, value: float) -> Edit:
        """The edit of a cell as seen from the cursor: which write it replaces. BpstepError where none."""
        if name not in self.program.shapes:
            names = listed(self.program.tensors)
            raise BpstepError(fill(messages.UNKNOWN_TENSOR, name=name, names=names))
        if name not in self.frame.tensors:
            step = self.program.step_indices[name] + 1
            raise BpstepError(fill(messages.NOT_COMPUTED, name=name, step=step))
        if not math.isfinite(value):
            raise BpstepError(fill(messages.NOT_FINITE, value=value, name=name))
        shape = np.shape(self.frame.tensors[name])
        if len(index) != len(shape) or not all(0 <= at < size for at, size in zip(index, shape)):
            like = f"{name}[{','.join('0' * len(shape))}]" if shape else name
            slots = {"index": list(index), "shape": shape_text(shape), "example": like}
            raise BpstepError(fill(messages.NO_SUCH_CELL, name=name, **slots))
        return Edit(self.frame.last_write_of(name), name, self._stored(name, index), float(value))

    def _set_cursor(self, n: int, k: int = 0) -> None:
        self.k = self.branch.show(n, k)
        self.n = n
        self.__dict__.pop("frame", None)

    def _start(self, count: int, starts: list[int]) -> int:
        next_position = position.next_start if count > 0 else position.previous_start
        # After the first move n is at a start, and a whole round of starts is one period.
        rounds, rest = divmod(max(abs(count) - 1, 0), len(starts))
        # Inside an equation its own beginning lies before the cursor.
        here = self.n + (self.k > 0 and count < 0)
        n = next_position(here, self.period, starts) if count else self.n
        n = max(n + (rounds if count > 0 else -rounds) * self.period, 0)
        for _ in range(rest):
            n = next_position(n, self.period, starts)
        return n

    def _stored(self, name: str, index: Index) -> Index:
        """An edit of the data names the sample's own row, not its place in this batch."""
        index = tuple(map(int, index))
        if name not in self.program.data:
            return index
        if len(index) < self.network.data[name].ndim:
            return (self.frame.rows[0], *index)
        return (self.frame.rows[index[0]], *index[1:])
