"""A session: a network, what was done to it, and a cursor in its time. Everything above the core uses it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.engine.timeline import Timeline
from bpstep.errors import BpstepError
from bpstep.lang import messages as lang_messages
from bpstep.lang.cells import Index
from bpstep.lang.parser import listed
from bpstep.lang.shapes import shape_text
from bpstep.model.network import Network
from bpstep.program import messages as program_messages
from bpstep.program import position
from bpstep.program.program import Program
from bpstep.session import messages
from bpstep.session.events import (
    RUN_NAMES,
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
from bpstep.session.run import Run, same_moment
from bpstep.session.validate import validate
from bpstep.text import fill


class Session:
    """Steps through a network's time and edits it.

    `frame` is the current moment. Moving and editing compute what they need at once; `seek` does the same in
    small portions, for a screen that has to stay responsive.
    """

    def __init__(self, network: Network, edits: Iterable[tuple[str, Index, float]] = ()) -> None:
        self.origin = origin_of(network)
        self._has_line_edits = False
        self.runs: dict[str, Run] = {}
        """All timelines: "A", and after a fork "B"."""
        self._closed_runs: dict[str, Run] = {}
        """Both timelines before a run was last closed; none if the session was just opened."""
        self.journal = Journal()
        self.rebuild_runs()
        self.n = 0
        self.k = 0
        """How many operations of the equation after n are done; 0 between two equations."""
        self._set_cursor(0)
        for name, index, value in edits:
            self.edit(name, index, value)

    @property
    def network(self) -> Network:
        """The network; for a script, with the lines that are edited in this run."""
        return self.current_run.origin.network

    @property
    def program(self) -> Program:
        """The equations of an iteration, without edits except those of a script's lines."""
        return self.current_run.origin.program

    @property
    def period(self) -> int:
        """How many equations an iteration has."""
        return len(self.program)

    @property
    def current_run(self) -> Run:
        """The current run."""
        return self.runs[self.journal.runs.current]

    @property
    def timeline(self) -> Timeline:
        """The tensors at every position of the current run."""
        return self.current_run.timeline

    @property
    def furthest(self) -> int:
        """The greatest n of this run shown so far."""
        return self.current_run.furthest

    @cached_property
    def frame(self) -> Frame:
        """The moment at the cursor."""
        return self.current_run.frame(self.n, self.journal, self.run_name, self.k)

    def frame_at(self, n: int) -> Frame:
        """The moment after n equations, seen from the cursor, which does not move."""
        found = self.current_run.frame(n, self.journal, self.run_name)
        # Of the cached iterations, the cursor's own is dropped last.
        self.timeline.iteration(position.shown_iteration(self.n, self.period, self.k))
        return found

    @property
    def program_at_cursor(self) -> Program:
        """The equations in force in the iteration at the cursor, even if its state is not computed yet."""
        return self.current_run.timeline.program(position.shown_iteration(self.n, self.period, self.k))

    @property
    def run_name(self) -> str:
        """Which of two runs is current; empty if there is one."""
        return self.journal.runs.current if len(self.runs) > 1 else ""

    def seek(self, n: int, k: int = 0) -> Iterator[float]:
        """Go to n, yielding the part done about every hundredth of a second.

        With k, into the equation after n, with k of its operations done; to n if it has fewer. The cursor
        moves when the generator ends; if that is dropped before, the cursor stays.
        """
        yield from self.current_run.compute(n, k)
        self._set_cursor(n, k)

    @property
    def is_current(self) -> bool:
        """True if the state at the cursor is known; False after a change until it is recomputed."""
        return self.current_run.distance(self.n, self.k) == 0

    def go_to_known(self) -> int:
        """Put the cursor where the state is known, after a change whose computation was cancelled;
        returns n.
        """
        shown = position.shown_iteration(self.n, self.period, self.k)
        known = shown - self.current_run.distance(self.n, self.k)
        n = known * self.period
        # Its end shows the previous iteration, which may be expensive; its own first equation is available.
        self._set_cursor(n + 1 if self.distance(n) else n)
        return self.n

    def distance(self, n: int) -> int:
        """How many iterations have to run to reach n."""
        return self.current_run.distance(n)

    def goto(self, where: int | str, k: int = 0) -> None:
        """Go to a position: n, or one that a person typed. k is as for `seek`."""
        n = where if isinstance(where, int) else self.resolve(where)
        if n < 0:
            raise BpstepError(fill(program_messages.N_BEFORE_THE_START, n=n))
        for _ in self.seek(n, k):
            pass

    def resolve(self, text: str) -> int:
        """A position as people type it, as n."""
        return position.parse_position(text, self.program, self.n, self.journal.marks)

    def step(self, count: int = 1) -> None:
        """`count` equations forward, or back if it is negative; not before the start."""
        self.goto(max(self.n + count, 0))

    def phase_start(self, count: int) -> int:
        """The n of the count-th phase start after the cursor, or before it if `count` is negative."""
        return self._start(count, position.phase_starts(self.program))

    def iteration_start(self, count: int) -> int:
        """The n of the count-th start of an iteration after the cursor; before it if `count` is negative."""
        return self._start(count, [0])

    def edit(self, name: str, index: Index, value: float) -> None:
        """Replace a cell; everything that depends on it follows. BpstepError if that is impossible."""
        self.record(self.edit_event(name, index, value))
        self.goto(self.n, self.k)

    def undo(self) -> Change:
        """Undo the last change, and return it."""
        change = self.journal.last_change
        self.record(Undo())
        self.goto(self.n, self.k)
        assert change is not None
        return change

    def redo(self) -> Change:
        """Redo the change undone last, and return it."""
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
        """Go to the other run, to the same n, and return its name. BpstepError if there is no other."""
        name = self.journal.runs.other
        self.record(Switch(name))
        self.goto(self.n, self.k)
        return name

    def mark(self, name: str) -> None:
        """Give the cursor's position a name. BpstepError if the name is itself a position."""
        self.record(Mark(name.strip(), self.n))

    def record(self, event: Event) -> None:
        """Record an event without computing anything: `seek` or `goto` must follow a change.

        BpstepError, with nothing changed, if there is nothing to undo or redo or an equation is wrong.
        """
        here, before = self.current_run, self.program
        self.append(event)
        self._follow_runs(event, here)
        self.current_run.set_edits(self.journal.edits)
        if self.program is not before:
            self.n, self.k = same_moment(self.n, before, self.program), 0
        self.__dict__.pop("frame", None)

    def _follow_runs(self, event: Event, here: Run) -> None:
        """Update the runs from the journal after an event about runs; `here` was shown before it."""
        match event:
            case Fork():
                if len(self.runs) == len(RUN_NAMES):
                    self._closed_runs = self.runs
                self.runs = dict(zip(RUN_NAMES, (here, here.copy())))
            case CloseRun():
                self._closed_runs = self.runs
                kept = next(run for name, run in self.runs.items() if name != event.run)
                self.runs = {RUN_NAMES[0]: kept}
            case ReopenRun() if self._closed_runs:
                self.runs, self._closed_runs = self._closed_runs, {}
                for name, run in self.runs.items():
                    run.set_edits(self.journal.runs.changes[name].edits)
            case ReopenRun():
                self.rebuild_runs()

    def append(self, event: Event) -> None:
        """Append one of many events; after the last, `rebuild_runs` makes the runs from them."""
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
        """What is stepped through after all events, even while the runs are not rebuilt yet."""
        return self.origin.under(self.journal.edits)[0] if self._has_line_edits else self.origin

    def rebuild_runs(self) -> None:
        """Rebuild every run from the journal. Nothing is computed."""
        changes = self.journal.runs.changes
        self.runs = {name: Run(self.origin, changes[name].edits) for name in changes}
        self.__dict__.pop("frame", None)

    def edit_event(self, name: str, index: Index, value: float) -> Edit:
        """The edit of a cell as seen from the cursor: which write it replaces.

        BpstepError if there is none.
        """
        if name not in self.program.shapes:
            names = listed(self.program.tensors)
            raise BpstepError(fill(lang_messages.UNKNOWN_TENSOR, name=name, names=names))
        if name not in self.frame.tensors:
            step = self.program.step_indices[name] + 1
            raise BpstepError(fill(messages.NOT_COMPUTED, name=name, step=step))
        if not math.isfinite(value):
            raise BpstepError(fill(messages.NOT_FINITE, value=value, name=name))
        shape = np.shape(self.frame.tensors[name])
        if len(index) != len(shape) or not all(0 <= at < size for at, size in zip(index, shape)):
            like = f"{name}[{','.join('0' * len(shape))}]" if shape else name
            slots = {"index": list(index), "shape": shape_text(shape), "example": like}
            template = messages.NO_SUCH_CELL if index else messages.WHICH_CELL
            raise BpstepError(fill(template, name=name, **slots))
        return Edit(self.frame.last_write_of(name), name, self._stored(name, index), float(value))

    def _set_cursor(self, n: int, k: int = 0) -> None:
        self.k = self.current_run.show(n, k)
        self.n = n
        self.__dict__.pop("frame", None)

    def _start(self, count: int, starts: list[int]) -> int:
        next_position = position.next_start if count > 0 else position.previous_start
        # After the first move n is at a start, and a full cycle of starts is one period.
        rounds, rest = divmod(max(abs(count) - 1, 0), len(starts))
        # Within an equation, its own beginning is before the cursor.
        here = self.n + (self.k > 0 and count < 0)
        n = next_position(here, self.period, starts) if count else self.n
        n = max(n + (rounds if count > 0 else -rounds) * self.period, 0)
        for _ in range(rest):
            n = next_position(n, self.period, starts)
        return n

    def _stored(self, name: str, index: Index) -> Index:
        """An edit of the data names the sample's own row, not its position in this batch."""
        index = tuple(map(int, index))
        if name not in self.program.data:
            return index
        if len(index) < self.network.data[name].ndim:
            return (self.frame.rows[0], *index)
        return (self.frame.rows[index[0]], *index[1:])
