"""The states that a timeline keeps at some iterations, in bounded memory: what survives an iteration."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from copy import copy
from typing import Any

from numpy import ndarray

State = tuple[Any, ...]
"""The carried tensors at the start of an iteration, and last the loss of the iteration before."""

_MAX_CHECKPOINTS = 4096

_ARRAY_OVERHEAD = 128
"""The memory that an array takes besides its numbers, in bytes."""


def state_size(state: State) -> int:
    """How many bytes a state takes."""
    total = _ARRAY_OVERHEAD * len(state)
    for tensor in state:
        if isinstance(tensor, ndarray):
            # A view keeps the whole array alive that it points into.
            whole = tensor.base
            total += tensor.nbytes if whole is None else max(tensor.nbytes, getattr(whole, "nbytes", 0))
    return total


class Checkpoints:
    """States at iterations that are multiples of `stride`.

    When there are too many, the stride doubles and every other state is dropped, so that all but the last two
    stay within `budget` bytes at any length.
    """

    def __init__(self, first: State, budget: int = 40_000_000) -> None:
        self.stride = 1
        self._budget = budget
        self._at = [0]
        self._states = {0: first}

    def copy(self) -> Checkpoints:
        """The same states, independent of these from then on."""
        found = copy(self)
        found._at, found._states = self._at.copy(), self._states.copy()
        return found

    def add(self, iteration: int, state: State) -> None:
        """Keep a state, if its iteration is one that is kept."""
        if iteration % self.stride or iteration in self._states:
            return
        self._states[iteration] = state
        self._at.insert(bisect_right(self._at, iteration), iteration)
        while len(self._at) > max(2, min(_MAX_CHECKPOINTS, self._budget // state_size(state))):
            self.stride *= 2
            self._keep([at for at in self._at if at % self.stride == 0])

    def nearest(self, iteration: int) -> tuple[int, State]:
        """The last state kept at or before an iteration."""
        at = self._at[bisect_right(self._at, iteration) - 1]
        return at, self._states[at]

    def drop_after(self, iteration: int) -> None:
        """Drop every state after this iteration; the first one stays."""
        self._keep(self._at[: max(1, bisect_right(self._at, iteration))])

    def replace_first(self, state: State) -> None:
        """Replace the initial state; all later ones are dropped."""
        self._at, self._states = [0], {0: state}

    def _keep(self, kept: list[int]) -> None:
        self._at = kept
        self._states = {at: self._states[at] for at in kept}


class RecentStates:
    """The latest states, for stepping back over the start of an iteration."""

    def __init__(self, budget: int = 8_000_000) -> None:
        self._budget = budget
        self._states: OrderedDict[int, State] = OrderedDict()

    def copy(self) -> RecentStates:
        """The same states, independent of these from then on."""
        found = copy(self)
        found._states = self._states.copy()
        return found

    def capacity(self, state: State) -> int:
        """How many of the last states before its goal a run adds; up to twice as many are held."""
        return max(4, min(64, self._budget // state_size(state)))

    def add(self, iteration: int, state: State) -> None:
        """Keep a state, and drop the oldest if there are too many."""
        self._states[iteration] = state
        self._states.move_to_end(iteration)
        while len(self._states) > 2 * self.capacity(state):
            self._states.popitem(last=False)

    def nearest(self, iteration: int) -> tuple[int, State] | None:
        """The last state at or before an iteration, if any."""
        at = max((at for at in self._states if at <= iteration), default=None)
        return None if at is None else (at, self._states[at])

    def drop_after(self, iteration: int) -> None:
        """Drop every state after this iteration."""
        for at in [at for at in self._states if at > iteration]:
            del self._states[at]
