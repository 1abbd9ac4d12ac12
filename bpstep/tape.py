"""The state of the network at any n, recomputed in bounded memory.

The tape is a cache and nothing else: what it gives at n is a function of (network, edits, n). It keeps what
survives an iteration at some iterations, runs the compiled iteration from the nearest of them, and goes
equation by equation only through the iteration that is looked at and through those with edited results.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any

import numpy as np

from bpstep.checkpoints import Checkpoints, Recent, State
from bpstep.compiled import Advance, compile_iteration
from bpstep.edits import AnyEdit, Overrides
from bpstep.feed import Feed
from bpstep.language.lowering import functions, run
from bpstep.losses import Losses
from bpstep.network import Network
from bpstep.program import Program

_LONG = 500
"""Iterations from which on keeping every state would take longer than computing one anew."""
_CHUNK = 0.012
"""Seconds of work between two moments at which a long run lets others have their turn."""


class Iteration:
    """One iteration computed equation by equation, as far as it was asked for."""

    def __init__(
        self,
        index: int,
        program: Program,
        start: dict[str, Any],
        overrides: Overrides,
        previous_loss: float | None = None,
    ) -> None:
        self.index = index
        self.previous_loss = previous_loss
        """E of the iteration before; None in the first."""
        self.program = program
        self.start = start
        """Every tensor at its start."""
        self.values: list[Any] = []
        """What each equation gave, in order."""
        self._spoilt = next(((0, name) for name, value in start.items() if not _finite(value)), None)
        self._overrides = overrides
        self._tensors = dict(start)

    def reach(self, done: int) -> None:
        """Compute until `done` equations are done."""
        scope = functions()
        with np.errstate(all="ignore"):
            for step in self.program.steps[len(self.values) : done]:
                value = run(step.code, self._tensors, scope)
                n = self.index * len(self.program) + len(self.values) + 1
                value = self._overrides.written(n, step.name, value)
                if np.ndim(value):
                    value.setflags(write=False)
                self._tensors[step.name] = value
                self.values.append(value)
                if self._spoilt is None and not _finite(value):
                    self._spoilt = (len(self.values), step.name)

    def nonfinite(self, done: int) -> str:
        """The first tensor with NaN or infinity when `done` equations are done; empty where there is none."""
        return self._spoilt[1] if self._spoilt and self._spoilt[0] <= done else ""

    def tensors(self, done: int) -> dict[str, Any]:
        """Every tensor that is computed when `done` equations are done."""
        self.reach(done)
        found = dict(self.start)
        for step, value in zip(self.program.steps[:done], self.values):
            found[step.name] = value
        return found


class Tape:
    """The states of a network under its edits."""

    def __init__(self, network: Network, program: Program, edits: Iterable[AnyEdit] = ()) -> None:
        self.network = network
        self.base = program
        self.period = len(program)
        self.losses = Losses()
        self._compiled: dict[int, tuple[Program, Advance]] = {}
        self._iterations: OrderedDict[int, Iteration] = OrderedDict()
        self._recent = Recent()
        self._apply(edits)
        self._checkpoints = Checkpoints(self._first())

    def copy(self) -> Tape:
        """A tape that knows the same states; other edits of the one leave the other as it is."""
        found = copy(self)
        found.losses = self.losses.copy()
        found._iterations = self._iterations.copy()
        found._recent, found._checkpoints = self._recent.copy(), self._checkpoints.copy()
        return found

    def set_edits(self, edits: Iterable[AnyEdit], since: int) -> None:
        """Put other edits in force; everything written at or after n = `since` is forgotten."""
        self._apply(edits)
        before = max(0, (since - 1) // self.period)
        if since <= 0:
            self._checkpoints.replace_first(self._first())
            self._recent.forget(-1)
        else:
            self._checkpoints.forget(before)
            self._recent.forget(before)
        self.losses.forget(before)
        for index in [index for index in self._iterations if index >= before]:
            del self._iterations[index]

    def program(self, index: int) -> Program:
        """The equations in force in an iteration."""
        return self._overrides.program(index)

    def iteration(self, index: int) -> Iteration:
        """An iteration to look at. Runs as far as needed; for a long way call `approach` first."""
        if index in self._iterations:
            self._iterations.move_to_end(index)
            return self._iterations[index]
        for _ in self.approach(index):
            pass
        state = self._known(index)[1]
        program = self._overrides.program(index)
        start = {**self.feed.constants(index), **dict(zip(program.carried, state))}
        ordered = {name: start[name] for name in program.initial}
        for value in ordered.values():
            if np.ndim(value):
                value.setflags(write=False)
        found = Iteration(index, program, ordered, self._overrides, state[-1])
        self._iterations[index] = found
        while len(self._iterations) > 3:
            self._iterations.popitem(last=False)
        return found

    def note(self, iteration: Iteration) -> None:
        """Take over what stepping through an iteration has found: its loss, and the next one's start."""
        loss = iteration.program.names["E"]
        if len(iteration.values) > loss:
            self.losses.add(iteration.index, [iteration.values[loss]])
        if len(iteration.values) == self.period:
            self._keep(iteration.index + 1, _end(iteration))

    def approach(self, index: int) -> Iterator[float]:
        """Run until the start of iteration `index` is known, yielding the part done now and then.

        Edits made in between are followed: the way begins again where they leave something known.
        """
        at, state = self._known(index)
        begin, edits = at, self._overrides
        while at < index:
            at, state = self._run(at, state, index)
            yield (at - begin) / (index - begin)
            if edits is not self._overrides:
                at, state = self._known(index)
                begin, edits = at, self._overrides
        self._recent.offer(index, state)

    def distance(self, index: int) -> int:
        """How many iterations have to be run before iteration `index` can be looked at."""
        return 0 if index in self._iterations else index - self._known(index)[0]

    def _apply(self, edits: Iterable[AnyEdit]) -> None:
        self._overrides = Overrides(self.base, edits)
        self._compiled = {key: kept for key, kept in self._compiled.items() if kept[0] is self.base}
        self.feed = Feed(self.network, self.base, self._overrides)

    def _first(self) -> State:
        initial = self.base.initial
        return (*(self._overrides.written(0, name, initial[name]) for name in self.base.carried), None)

    def _known(self, index: int) -> tuple[int, State]:
        kept, recent = self._checkpoints.nearest(index), self._recent.nearest(index)
        return recent if recent is not None and recent[0] > kept[0] else kept

    def _keep(self, index: int, state: State) -> None:
        self._checkpoints.offer(index, state)
        self._recent.offer(index, state)

    def _run(self, at: int, state: State, goal: int) -> tuple[int, State]:
        """Go on for a moment, and at least a little, not past `goal`."""
        until = time.perf_counter() + _CHUNK
        near = goal - self._recent.width(state)
        span = 1
        while True:
            if self._overrides.is_special(at):
                at, state = at + 1, self._stepwise(at, state)
            else:
                # Close to the goal every state is kept, so that stepping back from it costs nothing.
                limit = at + 1 if at >= near else min(near, at + span)
                at, state = self._compiled_run(at, state, min(limit, self._stop(at, goal)))
                span *= 2
            if at >= near:
                self._recent.offer(at, state)
            self._checkpoints.offer(at, state)
            if at == goal or time.perf_counter() >= until:
                return at, state

    def _stop(self, at: int, goal: int) -> int:
        """The next checkpoint, or a place before it where edits begin. On a long way not each one is kept."""
        stride = max(self._checkpoints.stride, 16 if goal - at > _LONG else 1)
        turn = self._overrides.next_turn(at)
        checkpoint = at - at % stride + stride
        return checkpoint if turn is None else min(checkpoint, turn)

    def _stepwise(self, at: int, state: State) -> State:
        program = self._overrides.program(at)
        start = {**self.feed.constants(at), **dict(zip(program.carried, state))}
        end = _end(Iteration(at, program, start, self._overrides))
        self.losses.add(at, end[-1:])
        return end

    def _compiled_run(self, at: int, state: State, goal: int) -> tuple[int, State]:
        program = self._overrides.program(at)
        carried = dict(zip(program.carried, state))
        constants = self.feed.constants(at)
        arguments = [carried[name] if name in carried else constants[name] for name in program.initial]
        rounds: Any = range(at, goal)
        if self.feed.drawn:
            rounds = map(self.feed.samples, rounds)
        found: list[float] = []
        with np.errstate(all="ignore"):
            carried_on = self._advance(program)(rounds, found.append, *arguments)
        self.losses.add(at, found)
        return goal, (*carried_on, found[-1])

    def _advance(self, program: Program) -> Advance:
        known = self._compiled.get(id(program))
        if known is None:
            known = self._compiled[id(program)] = (program, compile_iteration(program, self.feed.drawn))
        return known[1]


def _end(iteration: Iteration) -> State:
    """The state that a whole iteration leaves to the next."""
    tensors = iteration.tensors(len(iteration.program))
    return (*(tensors[name] for name in iteration.program.carried), tensors["E"])


def _finite(value: Any) -> bool:
    return bool(np.isfinite(value).all())
