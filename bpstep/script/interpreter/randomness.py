"""The module-wide random generators: `np.random.rand`, `random.random`. Each run has its own."""

from __future__ import annotations

import random
from typing import Any

import numpy as np


class Randomness:
    """NumPy's and Python's module-wide generators, seeded with 0 unless the script sets a seed.

    `unseeded` has the generators that were used before they were seeded: such a script gives other numbers in
    each run by Python.
    """

    def __init__(self) -> None:
        self.numpy = np.random.RandomState(0)
        self.python = random.Random(0)
        self.unseeded: set[str] = set()
        self._seeded: set[str] = set()

    def seed(self, which: str) -> None:
        """Remember that a generator was seeded."""
        self._seeded.add(which)

    def drawn(self, which: str) -> None:
        """Remember that a generator was used."""
        if which not in self._seeded:
            self.unseeded.add(which)

    def state(self) -> tuple[Any, Any]:
        """The state of both generators."""
        return self.numpy.get_state(), self.python.getstate()

    def restore(self, state: tuple[Any, Any]) -> None:
        """Set both generators to a state."""
        self.numpy.set_state(state[0])
        self.python.setstate(state[1])
