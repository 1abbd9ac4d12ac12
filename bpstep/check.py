"""The gradient check, and the published values of a network file.

A gradient that the program computes is compared with the central difference of E. The difference itself is
inexact: rounding E costs about eps·|E|/h, bending costs a share of h². So the verdict allows for the
rounding, and where the difference still changes as h shrinks, a smaller h decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bpstep import position
from bpstep.cells import parse_cell, whole_index
from bpstep.edits import Overrides
from bpstep.errors import BpstepError
from bpstep.home import Index
from bpstep.network import Array, Expect
from bpstep.probe import Probe
from bpstep.program import gradient
from bpstep.session import Session

H = 1e-5
_SMALLEST_H = 1e-8
RULE = "|a - n| <= 1e-7 max(|a|, |n|) + 10 eps max(1, |E|) / h"
"""When a computed gradient a and a numeric one n agree; eps is float64's."""

_SAMPLE = 200
_LEAST = 20
_WORK = 10**9
"""Multiplications that the elements of one parameter may take together before fewer of them are checked."""


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

    @property
    def relative_error(self) -> float:
        """The difference relative to the larger of the two; 0 where they are equal, NaN where one is."""
        apart = abs(self.computed - self.numeric)
        largest = max(abs(self.computed), abs(self.numeric))
        return apart / largest if apart and largest else apart


@dataclass(frozen=True)
class ParameterReport:
    """What the check found for one parameter."""

    name: str
    size: int
    checked: int
    worst: Element
    """The element that agrees least; a failed one where there is any."""
    failed: int
    kinks: int

    @property
    def ok(self) -> bool:
        """True where no element failed."""
        return not self.failed


@dataclass(frozen=True)
class GradientReport:
    """What the check found for every parameter that is updated."""

    iteration: int
    h: float
    loss: float
    parameters: tuple[ParameterReport, ...]

    @property
    def ok(self) -> bool:
        """True where every gradient is right."""
        return all(report.ok for report in self.parameters)


def gradient_check(
    session: Session, n: int | None = None, h: float = H, every: bool = False
) -> GradientReport:
    """Check the gradients of the iteration shown at n, the session's cursor by default.

    They are those of the parameters at its start. Of a large parameter a sample of elements, always the
    same, is checked unless `every`.
    """
    iteration = position.shown_iteration(session.n if n is None else n, session.period)
    probe = _probe(session, iteration)
    reports = tuple(_parameter(probe, name, h, every) for name in probe.program.parameters)
    return GradientReport(iteration, h, float(probe.tensors["E"]), reports)


@dataclass(frozen=True)
class ExpectReport:
    """A published value and what was computed."""

    expect: Expect
    value: float | None
    """None where there is no such value at that position."""
    ok: bool


def check_expects(session: Session) -> Iterator[ExpectReport]:
    """Compare every `[[expect]]`."""
    for expect in session.network.expects:
        value = _found(session, expect)
        bound = 0.5 * 10.0**-expect.decimals + 1e-12
        yield ExpectReport(expect, value, value is not None and abs(value - expect.value) <= bound)


def _probe(session: Session, iteration: int) -> Probe:
    shown = session.tape.iteration(iteration)
    overrides = Overrides(session.program, session.journal.edits)
    start, program = iteration * session.period, shown.program
    return Probe(
        program,
        shown.tensors(0),
        lambda name, value: overrides.written(start + program.names[name] + 1, name, value),
    )


def _parameter(probe: Probe, name: str, h: float, every: bool) -> ParameterReport:
    computed = gradient(probe.program, name, probe.tensors)
    chosen = _chosen(probe, computed, every)
    elements = [_element(probe, name, computed, index, h) for index in chosen]
    failed = [element for element in elements if element.verdict == "FAILED"]
    judged = [element for element in elements if element.verdict != "kink"]
    worst = max(failed or judged or elements, key=lambda element: element.excess)
    return ParameterReport(
        name, computed.size, len(elements), worst, len(failed), len(elements) - len(judged)
    )


def _chosen(probe: Probe, computed: Array, every: bool) -> list[Index]:
    """The elements to check: all, or a sample and every one that is no number."""
    count = min(computed.size, max(_LEAST, min(_SAMPLE, _WORK // _work(probe))))
    if every or count == computed.size:
        return list(np.ndindex(computed.shape))
    flat = set(np.random.default_rng([0, computed.size]).choice(computed.size, count, replace=False).tolist())
    flat |= set(np.flatnonzero(~np.isfinite(computed))[:1].tolist())
    return [tuple(int(axis) for axis in np.unravel_index(at, computed.shape)) for at in sorted(flat)]


def _work(probe: Probe) -> int:
    """About how many multiplications two runs of the forward equations take."""
    shapes = probe.program.shapes
    weights = sum(math.prod(shapes[name]) for name in probe.program.parameters)
    return 2 * math.prod(shapes["X"][:-1]) * weights


def _element(probe: Probe, name: str, computed: Array, index: Index, h: float) -> Element:
    """Compare one element, with a smaller h where the difference has not settled yet."""
    a = float(computed[index])
    previous = math.nan
    while True:
        slope, bends = probe.difference("E", name, index, h)
        numeric = float(slope)
        allowed = _allowed(probe, a, numeric, h)
        ok = abs(a - numeric) <= allowed
        settled = abs(numeric - previous) <= _allowed(probe, numeric, previous, h) and not bends
        if ok or settled or not math.isfinite(numeric) or not math.isfinite(a) or h <= _SMALLEST_H:
            break
        previous, h = numeric, h / 10
    verdict = "ok" if ok else "kink" if bends and math.isfinite(a) else "FAILED"
    excess = abs(a - numeric) / allowed
    return Element(index, a, numeric, verdict, excess if math.isfinite(excess) else math.inf)


def _allowed(probe: Probe, a: float, b: float, h: float) -> float:
    """What two estimates of a slope may differ by."""
    noise = 10 * np.finfo(np.float64).eps * max(1.0, abs(float(probe.tensors["E"]))) / h
    return float(1e-7 * max(abs(a), abs(b)) + noise)


def _found(session: Session, expect: Expect) -> float | None:
    try:
        n = position.resolve(expect.at, session.program)
        name, index = parse_cell(expect.name)
    except BpstepError as error:
        raise BpstepError(f"expected value of {expect.name}: {error}") from None
    iteration = position.shown_iteration(n, session.period)
    tensor = session.tape.iteration(iteration).tensors(n - iteration * session.period).get(name)
    if tensor is None:
        return None
    index = whole_index(index, np.shape(tensor))
    if len(index) != np.ndim(tensor) or any(at >= size for at, size in zip(index, np.shape(tensor))):
        return None
    return float(np.asarray(tensor)[index])
