"""Mistakes that the numbers alone show: a result that is a multiple of the right one, or a constant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.model.network import Array

OF_SQUARES = 2
"""As a factor it may come from the derivative of a square: two samples are no reason for it."""

_RATIO_TOLERANCE = 1e-5
"""Ratios that differ by no more than this, relatively, are equal; smaller numbers determine no ratio."""

_FACTOR_TOLERANCE = 3e-5


def ratio_mistake(
    given: Array,
    right: Array,
    counts: Sequence[int],
    batch_sizes: Sequence[int] = (),
    is_change: bool = False,
) -> NamedMistake | None:
    """A mistake seen in the numbers alone: a constant factor or a constant result; None if there is none.

    `counts` are the numbers of samples that the equation has in its text. That a factor is one of the other
    `batch_sizes` may be a coincidence, so the sentence claims no reason. With `is_change` the numbers are the
    changes of a tensor by its update, not its values.
    """
    if not given.size or not np.isfinite(given).all() or not np.isfinite(right).all():
        return None
    if (given == given[0]).all() and (given.size > 1 or given[0] == 0):
        return Mistake.CONSTANT.named(value=f"{given[0] + 0.0:g}")
    found = ratio(given, right)
    if not found:
        return None
    if is_same_factor(found, -1):
        return Mistake.SIGN.named()
    size, wrong_sign = abs(found), found < 0
    for count in counts:
        for factor, plain, negative in (
            (count, Mistake.TIMES_SAMPLES, Mistake.TIMES_SAMPLES_AND_SIGN),
            (1 / count, Mistake.DIVIDED_BY_SAMPLES, Mistake.DIVIDED_BY_SAMPLES_AND_SIGN),
        ):
            if count > 1 and factor != OF_SQUARES and is_same_factor(size, factor):
                return (negative if wrong_sign else plain).named(count=count)
    nice = any(is_same_factor(size, k) or is_same_factor(size, 1 / k) for k in range(2, 11))
    if given.size == 1 and not nice:
        return None
    if is_change:
        return _change_mistake(found)
    for count in batch_sizes:
        if count > 1 and (is_same_factor(size, count) or is_same_factor(size, 1 / count)):
            return factor_mistake(found, count)
    return factor_mistake(found)


_MAX_DIVISOR = 10_000
"""The largest denominator of a factor that is written as a fraction: 1/32."""


def factor_mistake(factor: float, count: int = 0) -> NamedMistake:
    """A result as a multiple or a fraction of the right one; `count` is a number of samples with the same
    value.
    """
    part, wrong_sign = _fraction(abs(factor)), factor < 0
    if part:
        return _PARTS[bool(count), wrong_sign].named(part=part, count=count)
    return _TIMES[bool(count), wrong_sign].named(factor=f"{abs(factor):.7g}", count=count)


def _change_mistake(factor: float) -> NamedMistake:
    """The same for the change by an update."""
    part = _fraction(abs(factor))
    if part:
        return (Mistake.CHANGE_PART_AND_SIGN if factor < 0 else Mistake.CHANGE_PART).named(part=part)
    mistake = Mistake.CHANGE_TIMES_AND_SIGN if factor < 0 else Mistake.CHANGE_TIMES
    return mistake.named(factor=f"{abs(factor):.7g}")


def _fraction(size: float) -> str:
    """One divided by a whole number, as 1/32; empty for any other factor."""
    divisor = round(1 / size) if size * _MAX_DIVISOR > 1 else 0
    return f"1/{divisor}" if divisor > 1 and is_same_factor(size, 1 / divisor) else ""


_TIMES = {
    (False, False): Mistake.TIMES,
    (False, True): Mistake.TIMES_AND_SIGN,
    (True, False): Mistake.TIMES_NEAR_SAMPLES,
    (True, True): Mistake.TIMES_NEAR_SAMPLES_AND_SIGN,
}
"""The mistake of a factor: by whether it equals a number of samples, and whether it is negative."""

_PARTS = {
    (False, False): Mistake.PART,
    (False, True): Mistake.PART_AND_SIGN,
    (True, False): Mistake.PART_NEAR_SAMPLES,
    (True, True): Mistake.PART_NEAR_SAMPLES_AND_SIGN,
}
"""The same for a factor that is one divided by a whole number."""


def ratio(given: Array, right: Array) -> float:
    """The ratio of the given result to the right one, if it is the same for every cell, else 0."""
    largest = float(np.max(np.abs(right)))
    informative = np.abs(right) > _RATIO_TOLERANCE * largest
    if not informative.any() or (np.abs(given[~informative]) > _RATIO_TOLERANCE * largest).any():
        return 0.0
    ratios = given[informative] / right[informative]
    alike = np.ptp(ratios) <= _RATIO_TOLERANCE * np.max(np.abs(ratios))
    return float(ratios[0]) if alike else 0.0


def is_same_factor(a: float, b: float) -> bool:
    return abs(a - b) <= _FACTOR_TOLERANCE * abs(b)
