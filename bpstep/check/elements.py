"""One derivative, as an equation has it and by central difference.

The difference itself is inexact: rounding costs about eps·|E|/h, bending costs a share of h². So the verdict
allows for the rounding, and where the difference still changes as h shrinks, a smaller h decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bpstep.home import Index
from bpstep.network import Array
from bpstep.probe import Probe

H = 1e-5
_SMALLEST_H = 1e-8
RULE = "|a - n| <= 1e-7 max(|a|, |n|) + 10 eps max(1, |E|) / h"
"""When a computed gradient a and a numeric one n agree; eps is float64's."""

_SAMPLE = 200
_LEAST = 20
_WORK = 10**9
"""Multiplications that the elements of one tensor may take together before fewer of them are checked."""


@dataclass(frozen=True)
class Derivative:
    """Which derivative: that of a cell of `of` by a cell of `by`."""

    by: str
    by_index: Index
    of: str = "E"
    of_index: Index = ()


@dataclass(frozen=True)
class Element:
    """One element of a gradient, as computed and by central difference."""

    index: Index
    computed: float
    numeric: float
    verdict: str
    """ok, FAILED, or kink: no derivative there to compare with."""
    excess: float
    """The difference in units of what the rule allows."""
    h: float = H
    """The change with which it was decided."""
    lost: bool = False
    """True where that change is lost in rounding, so large is what it was added to."""

    @property
    def is_compared(self) -> bool:
        """True where there was a difference to compare with."""
        return math.isfinite(self.numeric)

    @property
    def relative_error(self) -> float:
        """The difference relative to the larger of the two; 0 where they are equal, NaN where one is."""
        return relative_error(self.computed, self.numeric)


def relative_error(a: float, b: float) -> float:
    """The difference relative to the larger of the two; 0 where they are equal, NaN where one is."""
    apart, largest = abs(a - b), max(abs(a), abs(b))
    return apart / largest if apart and largest else apart


def compare(probe: Probe, index: Index, computed: float, wanted: Derivative, h: float = H) -> Element:
    """Compare one element, with a smaller h where the difference has not settled yet."""
    scale = max(1.0, abs(_cell(probe.tensors[wanted.of], wanted.of_index)))
    previous = math.nan
    while True:
        slope, bends = probe.difference(wanted.of, wanted.by, wanted.by_index, h)
        numeric = _cell(slope, wanted.of_index)
        allowed = _allowed(scale, computed, numeric, h)
        ok = abs(computed - numeric) <= allowed
        settled = abs(numeric - previous) <= _allowed(scale, numeric, previous, h) and not bends
        finite = math.isfinite(numeric) and math.isfinite(computed)
        if ok or settled or not finite or h <= _SMALLEST_H:
            break
        previous, h = numeric, h / 10
    verdict = "ok" if ok else "kink" if bends and math.isfinite(computed) else "FAILED"
    changed = _cell(probe.tensors[wanted.by], wanted.by_index)
    lost = math.isfinite(changed) and changed - h == changed + h
    excess = abs(computed - numeric) / allowed
    excess = excess if math.isfinite(excess) else math.inf
    return Element(index, computed, numeric, verdict, excess, h, lost)


def chosen(probe: Probe, values: Array, every: bool = False) -> list[Index]:
    """The cells to check: all, or a sample, always the same, and one that is no number where there is one."""
    count = min(values.size, max(_LEAST, min(_SAMPLE, _WORK // _work(probe))))
    if every or count == values.size:
        return list(np.ndindex(values.shape))
    flat = set(np.random.default_rng([0, values.size]).choice(values.size, count, replace=False).tolist())
    flat |= set(np.flatnonzero(~np.isfinite(values))[:1].tolist())
    return [tuple(int(axis) for axis in np.unravel_index(at, values.shape)) for at in sorted(flat)]


def _work(probe: Probe) -> int:
    """About how many multiplications two runs of the forward equations take."""
    shapes = probe.program.shapes
    weights = sum(math.prod(shapes[name]) for name in probe.program.parameters)
    return 2 * math.prod(shapes["X"][:-1]) * weights


def _cell(value: Array, index: Index) -> float:
    return float(value[index] if index else value)


def _allowed(scale: float, a: float, b: float, h: float) -> float:
    """What two estimates of a slope of something as large as `scale` may differ by."""
    noise = 10 * np.finfo(np.float64).eps * scale / h
    return float(1e-7 * max(abs(a), abs(b)) + noise)
