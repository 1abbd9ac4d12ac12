"""The state of the network at any n, recomputed in bounded memory.

The timeline is only a cache: its state at n is a function of (network, edits, n). It keeps the states at some
iterations, runs the compiled iteration from the nearest of them, and goes equation by equation only through
the iteration on screen and through those with edited results.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from copy import copy
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bpstep.deferred import deferred
from bpstep.engine.batches import BatchFeed
from bpstep.engine.checkpoints import Checkpoints, RecentStates, State
from bpstep.engine.edits import EditEvent, Overrides
from bpstep.engine.iteration import Iteration
from bpstep.engine.loss_history import LossHistory
from bpstep.model.network import Network
from bpstep.program.program import Program

if TYPE_CHECKING:
    from bpstep.engine import compiler
else:
    compiler = deferred("bpstep.engine.compiler")

_SPARSE_THRESHOLD = 500
"""From this many iterations on, keeping every state would take longer than recomputing one."""

_TIME_SLICE = 0.012
"""Seconds of work after which a long run yields."""


class IterationWatcher(Protocol):
    """Inspects iterations while they run."""

    @property
    def found(self) -> bool:
        """True once it has found what it looks for."""

    def advance(self, program: Program, drawn: bool, loss: float | None) -> compiler.CompiledIteration:
        """A compiled iteration that is abandoned where it has to be inspected; `loss` is the previous one."""

    def inspect(self, iteration: Iteration) -> None:
        """Inspect an iteration equation by equation."""


class Timeline(Protocol):
    """The states at any iteration, under the edits in force: computed from a network, or by a script."""

    network: Network
    base: Program
    """The equations, without edits; every iteration has the same number of them, with the same names."""
    period: int
    """How many equations there are."""
    losses: LossHistory
    iterations_run: int
    """How many iterations were run, counting repetitions."""

    def copy(self) -> Timeline:
        """A timeline with the same states; later edits of one do not affect the other."""

    def set_edits(self, edits: Iterable[EditEvent], since: int) -> None:
        """Put other edits in force; everything written at or after n = `since` is dropped."""

    def program(self, index: int) -> Program:
        """The equations in force in an iteration."""

    def rows(self, index: int) -> tuple[int, ...]:
        """The rows of the data that an iteration sees."""

    @property
    def draws_samples(self) -> bool:
        """True if each iteration draws its own samples."""

    @property
    def initial(self) -> dict[str, Any]:
        """Every tensor at n = 0."""

    def iteration(self, index: int) -> Iteration:
        """An iteration to look at. Runs as far as needed; for a long run, call `compute_until` first."""

    def peek(self, index: int) -> Iteration:
        """As `iteration`, for looking at many: none is cached."""

    def is_cached(self, index: int) -> bool:
        """True if this iteration is cached."""

    def closed(self, index: int) -> frozenset[int]:
        """See `Iteration.closed`: for iterations that are quickly available; empty for others."""

    def record(self, iteration: Iteration) -> None:
        """Take over the results of stepping through an iteration: its loss, and the next one's start."""

    def compute_until(self, index: int) -> Iterator[float]:
        """Run until the start of iteration `index` is known, yielding the part done now and then."""

    def run_watched(self, start: int, goal: int, watch: IterationWatcher) -> Iterator[int]:
        """Run from iteration `start` up to `goal`, exclusive, with `watch`, until it finds something.

        Yields the current iteration now and then, and at the end the one where it was found, or `goal`.
        """

    def distance(self, index: int) -> int:
        """How many iterations have to run before iteration `index` is available."""


class NetworkTimeline:
    """The states of a network under its edits."""

    def __init__(self, network: Network, program: Program, edits: Iterable[EditEvent] = ()) -> None:
        self.network = network
        self.base = program
        self.period = len(program)
        self.losses = LossHistory()
        self.iterations_run = 0
        """How many iterations were run, counting repetitions."""
        self._compiled: dict[int, tuple[Program, compiler.CompiledIteration]] = {}
        self._iterations: OrderedDict[int, Iteration] = OrderedDict()
        self._recent = RecentStates()
        self._apply(edits)
        self._checkpoints = Checkpoints(self._first())

    def copy(self) -> NetworkTimeline:
        """A timeline with the same states; later edits of one do not affect the other."""
        found = copy(self)
        found.losses, found.iterations_run = self.losses.copy(), 0
        found._iterations = self._iterations.copy()
        found._recent, found._checkpoints = self._recent.copy(), self._checkpoints.copy()
        return found

    def set_edits(self, edits: Iterable[EditEvent], since: int) -> None:
        """Put other edits in force; everything written at or after n = `since` is dropped."""
        self._apply(edits)
        before = max(0, (since - 1) // self.period)
        if since <= 0:
            self._checkpoints.replace_first(self._first())
            self._recent.drop_after(-1)
        else:
            self._checkpoints.drop_after(before)
            self._recent.drop_after(before)
        self.losses.drop_from(before)
        for index in [index for index in self._iterations if index >= before]:
            del self._iterations[index]

    def program(self, index: int) -> Program:
        """The equations in force in an iteration."""
        return self._overrides.program(index)

    def rows(self, index: int) -> tuple[int, ...]:
        """The rows of the data that an iteration sees."""
        return tuple(self.batch_feed.rows(index).tolist())

    @property
    def draws_samples(self) -> bool:
        """True if each iteration draws its own samples."""
        return self.batch_feed.draws_samples

    def iteration(self, index: int) -> Iteration:
        """An iteration to look at. Runs as far as needed; for a long run, call `compute_until` first."""
        self._iterations[index] = self.peek(index)
        self._iterations.move_to_end(index)
        while len(self._iterations) > 3:
            self._iterations.popitem(last=False)
        return self._iterations[index]

    def peek(self, index: int) -> Iteration:
        """As `iteration`, for looking at many: none is cached."""
        if index in self._iterations:
            return self._iterations[index]
        for _ in self.compute_until(index):
            pass
        state = self._nearest_state(index)[1]
        program = self._overrides.program(index)
        start = {**self.batch_feed.constants(index), **dict(zip(program.carried, state))}
        ordered = {name: start[name] for name in program.initial}
        for value in ordered.values():
            if np.ndim(value):
                value.setflags(write=False)
        return Iteration(index, program, ordered, self._overrides, state[-1])

    def is_cached(self, index: int) -> bool:
        """True if this iteration is cached."""
        return index in self._iterations

    def closed(self, index: int) -> frozenset[int]:
        """A network runs all of its equations: empty."""
        return frozenset()

    def record(self, iteration: Iteration) -> None:
        """Take over the results of stepping through an iteration: its loss, and the next one's start."""
        loss = iteration.loss
        if loss is not None:
            self.losses.add(iteration.index, [loss])
        if len(iteration.values) == self.period:
            self._keep(iteration.index + 1, iteration.final_state())

    def compute_until(self, index: int) -> Iterator[float]:
        """Run until the start of iteration `index` is known, yielding the part done now and then.

        Edits made meanwhile are followed: the run starts again from the states that they leave.
        """
        at, state = self._nearest_state(index)
        begin, edits = at, self._overrides
        while at < index:
            at, state = self._run(at, state, index)
            yield (at - begin) / (index - begin)
            if edits is not self._overrides:
                at, state = self._nearest_state(index)
                begin, edits = at, self._overrides
        self._recent.add(index, state)

    def run_watched(self, start: int, goal: int, watch: IterationWatcher) -> Iterator[int]:
        """Run from iteration `start` up to `goal`, exclusive, with `watch`, until it finds something.

        Yields the current iteration now and then, and at the end the one where it was found, or `goal`. A
        caller that edits meanwhile must start again.
        """
        for _ in self.compute_until(start):
            yield start
        at, state = self._nearest_state(start)
        while at < goal and not watch.found:
            at, state = self._run(at, state, goal, watch)
            self._recent.add(at, state)
            yield at

    def distance(self, index: int) -> int:
        """How many iterations have to run before iteration `index` is available."""
        return 0 if index in self._iterations else index - self._nearest_state(index)[0]

    def _apply(self, edits: Iterable[EditEvent]) -> None:
        self._overrides = Overrides(self.base, edits)
        self._compiled = {key: kept for key, kept in self._compiled.items() if kept[0] is self.base}
        self.batch_feed = BatchFeed(self.network, self.base, self._overrides)

    def _first(self) -> State:
        initial = self.base.initial
        return (*(self._overrides.edited_value(0, name, initial[name]) for name in self.base.carried), None)

    @property
    def initial(self) -> dict[str, Any]:
        """Every tensor at n = 0."""
        return {**self.batch_feed.constants(0), **dict(zip(self.base.carried, self._first()))}

    def _nearest_state(self, index: int) -> tuple[int, State]:
        kept, recent = self._checkpoints.nearest(index), self._recent.nearest(index)
        return recent if recent is not None and recent[0] > kept[0] else kept

    def _keep(self, index: int, state: State) -> None:
        self._checkpoints.add(index, state)
        self._recent.add(index, state)

    def _run(
        self, at: int, state: State, goal: int, watch: IterationWatcher | None = None
    ) -> tuple[int, State]:
        """Run for a moment, at least one iteration, but not past `goal` or what `watch` has found."""
        with np.errstate(all="ignore"):
            return self._run_slice(at, state, goal, watch)

    def _run_slice(
        self, at: int, state: State, goal: int, watch: IterationWatcher | None
    ) -> tuple[int, State]:
        until, begin = time.perf_counter() + _TIME_SLICE, at
        near = goal - self._recent.capacity(state)
        span = 1
        while True:
            if self._overrides.has_edited_results(at):
                at, state = self._stepwise(at, state, watch)
            else:
                # Close to the goal every state is kept, so that stepping back from it costs nothing.
                limit = at + 1 if at >= near else min(near, at + span)
                at, state = self._compiled_run(at, state, min(limit, self._next_checkpoint(at, goal)), watch)
                span *= 2
            if at >= near:
                self._recent.add(at, state)
            self._checkpoints.add(at, state)
            if at == goal or (watch and watch.found) or time.perf_counter() >= until:
                self.iterations_run += at - begin
                return at, state

    def _next_checkpoint(self, at: int, goal: int) -> int:
        """The next checkpoint, or an earlier iteration where edits begin.

        In a long run, some checkpoints are skipped.
        """
        stride = max(self._checkpoints.stride, 16 if goal - at > _SPARSE_THRESHOLD else 1)
        turn = self._overrides.next_change(at)
        checkpoint = at - at % stride + stride
        return checkpoint if turn is None else min(checkpoint, turn)

    def _stepwise(self, at: int, state: State, watch: IterationWatcher | None) -> tuple[int, State]:
        """One iteration equation by equation; the same iteration again if `watch` finds in it what it looks
        for.
        """
        program = self._overrides.program(at)
        start = {**self.batch_feed.constants(at), **dict(zip(program.carried, state))}
        iteration = Iteration(at, program, start, self._overrides, state[-1])
        if watch is not None:
            watch.inspect(iteration)
            if watch.found:
                return at, state
        end = iteration.final_state()
        self.losses.add(at, end[-1:])
        return at + 1, end

    def _compiled_run(
        self, at: int, state: State, goal: int, watch: IterationWatcher | None
    ) -> tuple[int, State]:
        program = self._overrides.program(at)
        carried = dict(zip(program.carried, state))
        constants = self.batch_feed.constants(at)
        arguments = [carried[name] if name in carried else constants[name] for name in program.initial]
        iterations: Any = range(at, goal)
        if self.batch_feed.draws_samples:
            iterations = map(self.batch_feed.samples, iterations)
        advance = (
            self._advance(program)
            if watch is None
            else watch.advance(program, self.batch_feed.draws_samples, state[-1])
        )
        found: list[float] = []
        carried_on = advance(iterations, found.append, *arguments)
        self.losses.add(at, found)
        reached, state = at + len(found), (*carried_on, found[-1] if found else state[-1])
        return (reached, state) if reached == goal else self._stepwise(reached, state, watch)

    def _advance(self, program: Program) -> compiler.CompiledIteration:
        known = self._compiled.get(id(program))
        if known is None:
            known = self._compiled[id(program)] = (
                program,
                compiler.compile_iteration(program, self.batch_feed.draws_samples),
            )
        return known[1]
