"""One iteration, computed equation by equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from bpstep.engine.checkpoints import State
from bpstep.engine.edits import Overrides
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.program.program import Program, Step


class Iteration:
    """One iteration computed equation by equation, as far as it was needed."""

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
        """The loss of the iteration before; None in the first."""
        self.program = program
        self.start = start
        """Every tensor at its start."""
        self.values: list[Any] = []
        """The result of each equation, in order; None if it did not run."""
        self._first_nonfinite = next(
            ((0, name) for name, value in start.items() if not is_finite(value)), None
        )
        self._overrides = overrides
        self._tensors = dict(start)
        self.not_run: dict[str, bool] = {}
        """The equations done that did not run here: True if the tensor has the value they would give."""
        self.closed: frozenset[int] = frozenset()
        """The equations, counted from 0, that did not run: what they read may be missing."""

    def compute(self, done: int) -> None:
        """Compute until `done` equations are done."""
        scope = evaluation_scope()
        with np.errstate(all="ignore"):
            for step in self.program.steps[len(self.values) : done]:
                value = self._result(step, scope)
                n = self.index * len(self.program) + len(self.values) + 1
                if value is not None:
                    value = self._overrides.edited_value(n, step.name, value)
                if np.ndim(value):
                    value.setflags(write=False)
                self._tensors[step.name] = value
                self.values.append(value)
                if value is not None and self._first_nonfinite is None and not is_finite(value):
                    self._first_nonfinite = (len(self.values), step.name)

    def _result(self, step: Step, scope: dict[str, Any]) -> Any:
        """The next equation's result; None if it is not known."""
        return evaluate(step.code, self._tensors, scope)

    @property
    def loss(self) -> float | None:
        """The loss, if there is one and its equation is done; else None."""
        at = self.program.loss_index
        is_computed = at is not None and at < len(self.values)
        return self.program.loss_of(self._tensors) if is_computed else None

    def first_nonfinite(self, done: int) -> str:
        """The first tensor with NaN or infinity when `done` equations are done; empty if there is none."""
        return self._first_nonfinite[1] if self._first_nonfinite and self._first_nonfinite[0] <= done else ""

    def tensors(self, done: int) -> dict[str, Any]:
        """Every tensor that is known when `done` equations are done."""
        self.compute(done)
        found = dict(self.start)
        for step, value in zip(self.program.steps[:done], self.values):
            if value is not None:
                found[step.name] = value
        return found

    def final_state(self) -> State:
        """The state that the whole iteration passes on to the next."""
        tensors = self.tensors(len(self.program))
        return (*(tensors[name] for name in self.program.carried), tensors.get(self.program.loss))


def is_finite(value: Any) -> bool:
    """True if no cell is NaN or infinity."""
    return bool(np.isfinite(value).all())
