"""The effect of h on a central difference: curvature shows if it is large, rounding if it is small."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bpstep.gradcheck.check import probe_of
from bpstep.gradcheck.differences import CellDerivative, Element, relative_error
from bpstep.program.program import gradient_of
from bpstep.session.session import Session

EXPONENTS = range(1, 13)
"""h = 1e-1 … 1e-12."""


@dataclass(frozen=True)
class StepSizePoint:
    """The difference for one h."""

    h: float
    numeric: float
    error: float
    """Relative to the larger of the computed and the numeric gradient."""
    crosses_kink: bool
    """True if a kink lies between the two ends."""


@dataclass(frozen=True)
class StepSizeSweep:
    """One element of a gradient for a sequence of h, the largest first."""

    name: str
    element: Element
    points: tuple[StepSizePoint, ...]

    @property
    def best(self) -> StepSizePoint:
        """The point with the best agreement."""
        return min(self.points, key=lambda point: point.error if math.isfinite(point.error) else math.inf)


def sweep_step_sizes(session: Session, name: str, element: Element) -> StepSizeSweep:
    """Compute the difference for an element of a parameter's gradient, in the iteration on screen, with every
    h.
    """
    probe = probe_of(session, session.frame.iteration)
    computed = float(gradient_of(probe.program, name, probe.tensors)[element.index])
    wanted = CellDerivative(name, element.index, probe.program.loss)
    points = []
    for exponent in EXPONENTS:
        h = float(f"1e-{exponent}")
        slope, bends = probe.difference(wanted, h)
        points.append(StepSizePoint(h, float(slope), relative_error(computed, float(slope)), bends))
    return StepSizeSweep(name, element, tuple(points))
