"""What h does to a central difference: bending shows where it is large, rounding where it is small."""

from __future__ import annotations

from dataclasses import dataclass

from bpstep.check.elements import relative_error
from bpstep.home import Index
from bpstep.probe import Probe
from bpstep.program import gradient

EXPONENTS = range(1, 13)
"""h = 1e-1 … 1e-12."""


@dataclass(frozen=True)
class Point:
    """The difference with one h."""

    h: float
    numeric: float
    error: float
    """Relative to the larger of the computed and the numeric gradient."""
    bends: bool
    """True where a kink lies between the two ends."""


@dataclass(frozen=True)
class Sweep:
    """One element of a gradient with one h after the other, the largest first."""

    name: str
    index: Index
    computed: float
    points: tuple[Point, ...]


def sweep(probe: Probe, name: str, index: Index) -> Sweep:
    """Compare an element of a parameter's gradient at every h."""
    computed = float(gradient(probe.program, name, probe.tensors)[index])
    points = []
    for exponent in EXPONENTS:
        h = float(f"1e-{exponent}")
        slope, bends = probe.difference("E", name, index, h)
        points.append(Point(h, float(slope), relative_error(computed, float(slope)), bends))
    return Sweep(name, index, computed, tuple(points))
