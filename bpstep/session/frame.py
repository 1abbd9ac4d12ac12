"""One moment, frozen: everything that a view may know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bpstep.engine.edits import EditEvent
from bpstep.frozen import frozen
from bpstep.model.network import Network
from bpstep.program.program import Program, Step
from bpstep.session.breakpoints import Breakpoint

if TYPE_CHECKING:
    from bpstep.engine.micro.state import PartialStep


@frozen
class Frame:
    """The moment after n equations.

    `tensors` holds what is computed, by name; `before` the same just before the last step, so that a formula
    can be shown with the numbers it read. Both are read-only.
    """

    n: int
    iteration: int
    """The iteration of the equation just done."""
    done: int
    """How many of its equations are done: 0 at n = 0 and within its first equation, else 1 to P."""
    step: Step | None
    """The equation just done; None at n = 0."""
    tensors: Mapping[str, Any]
    before: Mapping[str, Any]
    program: Program
    network: Network
    rows: tuple[int, ...]
    """The rows of the data that the iteration sees."""
    edits: tuple[EditEvent, ...]
    marks: Mapping[str, int]
    breakpoints: tuple[Breakpoint, ...]
    losses: tuple[list[int], list[float]]
    """Iterations whose loss was shown, and their losses."""
    previous_loss: float | None
    """E of the iteration before; None in the first."""
    furthest: int
    """The greatest n shown so far."""
    first_nonfinite: str
    """The first tensor in this iteration with NaN or infinity; empty if there is none."""
    not_run: Mapping[str, bool]
    """The equations of this iteration that did not run in it, such as a line of a script under a condition:
    True if the value is what the equation would give, False if it is an older one, if any.
    """
    run: str = ""
    """Which of two runs this is, "A" or "B"; empty if there is one."""
    inside: PartialStep | None = None
    """The next equation, if some of its operations are done; None between two equations.

    Within the first equation of an iteration the moment belongs to that iteration, with nothing done in it.
    """

    solved: bool = False
    """True in a puzzle if every equation in force is right: nothing has to be hidden then."""

    @property
    def is_unsolved_puzzle(self) -> bool:
        """True in a puzzle as long as no equation may be distinguished from the others."""
        return self.network.puzzle and not self.solved

    @cached_property
    def replaced(self) -> frozenset[str]:
        """The equations that are not the derived ones; none in a solved puzzle, where they compute
        the same.
        """
        if self.solved:
            return frozenset()
        return frozenset(step.name for step in self.program.steps if step.source != step.derived)

    @property
    def current_step(self) -> Step | None:
        """The current equation if the cursor is within one, else the one just done; None at n = 0."""
        return self.inside.step if self.inside else self.step

    @property
    def current_number(self) -> int:
        """The current equation, counted from 1; 0 at the start."""
        return self.done + (self.inside is not None)

    @property
    def phase(self) -> str:
        """The phase of the current equation; at n = 0 the one that follows."""
        return (self.current_step or self.program.steps[0]).phase

    @property
    def period(self) -> int:
        """P, the number of equations of an iteration."""
        return len(self.program)

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape now; if it is not computed yet, the one it will have."""
        value = self.tensors.get(name)
        return self.shapes[name] if value is None else np.shape(value)

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shapes of all tensors in a batch of this many samples."""
        sizes = self.network.batch_sizes
        kind = sizes.index(len(self.rows)) if len(self.rows) in sizes else 0
        return self.program.batch_shapes[min(kind, len(self.program.batch_shapes) - 1)]

    @cached_property
    def samples(self) -> int:
        """How many samples the iteration sees, each with its numbers in the diagram of units."""
        diagram = self.program.diagram
        if diagram is None or self.network.script is None:
            return len(self.rows)
        shape = self.shape(diagram.layers[0].output)
        return diagram.layouts[diagram.layers[0].output].sample_of(shape) if len(shape) == 2 else 1

    def last_write_of(self, name: str) -> int:
        """The n of a tensor's last write so far; for a constant, the start of the iteration."""
        if name not in self.program.step_indices:
            return self.start
        write = self.start + self.program.step_indices[name] + 1
        return write if write <= self.n else max(write - self.period, 0)

    @property
    def start(self) -> int:
        """The n at which this iteration starts."""
        return self.iteration * self.period
