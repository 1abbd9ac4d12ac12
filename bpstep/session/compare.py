"""Two runs at the same moment: which cells of which tensors differ, which equations, and both losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.edits import EditEvent
from bpstep.lang.cells import Index
from bpstep.program.program import Program
from bpstep.session.frame import Frame
from bpstep.session.run import Run, same_moment

if TYPE_CHECKING:
    from bpstep.session.session import Session

Curve = tuple[list[int], list[float]]
"""Iterations, and the loss of each."""


@dataclass(frozen=True)
class TensorDifference:
    """A tensor in both runs; None if it is not computed yet."""

    name: str
    a: Any
    b: Any

    @property
    def is_computed(self) -> bool:
        """True if there is something to compare."""
        return self.a is not None and self.b is not None and np.shape(self.a) == np.shape(self.b)

    @cached_property
    def differing(self) -> NDArray[np.bool_]:
        """True for each cell that differs; NaN equals NaN."""
        both_nan = np.isnan(self.a) & np.isnan(self.b)
        return np.asarray((self.a != self.b) & ~both_nan)

    @cached_property
    def count(self) -> int:
        """How many cells differ."""
        return int(np.count_nonzero(self.differing)) if self.is_computed else 0

    @cached_property
    def largest(self) -> Index:
        """The cell with the largest difference; one that is finite in only one run comes first."""
        with np.errstate(all="ignore"):
            size = np.abs(np.subtract(self.b, self.a))
        found = np.where(self.differing, np.where(np.isnan(size), np.inf, size), -1.0)
        return tuple(int(at) for at in np.unravel_index(int(np.argmax(found)), found.shape))

    def values(self, index: Index) -> tuple[float, float]:
        """A cell's number in A and in B."""
        a, b = (float(tensor[index] if np.ndim(tensor) else tensor) for tensor in (self.a, self.b))
        return a, b


@dataclass(frozen=True)
class Comparison:
    """Runs A and B at n. Nothing is computed for it."""

    a: Frame
    b: Frame
    forked: int
    """The n at which B began."""
    loss: TensorDifference | None
    """None in a script that computes none."""
    parameters: tuple[TensorDifference, ...]
    gradients: tuple[TensorDifference, ...]
    others: tuple[TensorDifference, ...]
    """The other tensors that differ at this moment."""
    equations: tuple[tuple[str, str, str], ...]
    """The equations that differ: name, right-hand side in A, in B; empty if one run has none."""
    edits: tuple[tuple[EditEvent, ...], tuple[EditEvent, ...]]
    """The edits that apply only in A, and only in B."""
    curves: tuple[Curve, Curve]
    """The losses of A and of B, as far as both were shown."""

    @property
    def losses(self) -> tuple[TensorDifference, ...]:
        """The loss, if there is one."""
        return () if self.loss is None else (self.loss,)


def other_run(session: Session) -> tuple[Run, int]:
    """The run that is not shown, and the n of the cursor's moment in it."""
    other = session.runs[session.journal.runs.other]
    return other, _moment_of(session, other)


def compute_other_run(session: Session) -> Iterator[float]:
    """Compute the run that is not shown up to n, yielding the part done now and then."""
    other, n = other_run(session)
    yield from other.compute(n)
    other.show(n)


def _moment_of(session: Session, run: Run) -> int:
    """The n of the cursor's moment in a run, whose script may have another line."""
    return same_moment(session.n, session.program, run.origin.program)


def compare_runs(session: Session) -> Comparison:
    """Both runs at n. BpstepError if there is only one run."""
    runs = session.journal.runs
    assert runs.other
    a, b = (run.frame(_moment_of(session, run), session.journal, name) for name, run in session.runs.items())
    parameters = a.program.parameters
    gradients = [name for each in parameters for name in a.program.gradients[each]]
    main = (a.program.loss, *parameters, *gradients)
    others = (_difference(a, b, name) for name in a.program.tensors if name not in main)
    return Comparison(
        a=a,
        b=b,
        forked=runs.forked_at,
        loss=_difference(a, b, a.program.loss) if a.program.loss else None,
        parameters=tuple(_difference(a, b, name) for name in parameters),
        gradients=tuple(_difference(a, b, name) for name in gradients),
        others=tuple(each for each in others if each.count),
        equations=tuple(_different_equations(a.program, b.program)),
        edits=(_edits_of_one(a, b), _edits_of_one(b, a)),
        curves=_common_range(a.losses, b.losses),
    )


def _different_equations(a: Program, b: Program) -> Iterator[tuple[str, str, str]]:
    sources = [{step.name: step.source for step in program.steps} for program in (a, b)]
    for name in dict.fromkeys((*sources[0], *sources[1])):
        one, other = sources[0].get(name, ""), sources[1].get(name, "")
        if one != other:
            yield name, one, other


def _difference(a: Frame, b: Frame, name: str) -> TensorDifference:
    return TensorDifference(name, a.tensors.get(name), b.tensors.get(name))


def _edits_of_one(one: Frame, other: Frame) -> tuple[EditEvent, ...]:
    """The edits that only one run has; both have those from before the fork."""
    return tuple(edit for edit in one.edits if edit not in set(other.edits))


def _common_range(a: Curve, b: Curve) -> tuple[Curve, Curve]:
    """Two curves, cut off where the shorter one ends."""
    end = min(curve[0][-1] if curve[0] else -1 for curve in (a, b))
    first, second = (
        ([at for at in curve[0] if at <= end], [v for at, v in zip(*curve) if at <= end]) for curve in (a, b)
    )
    return first, second
