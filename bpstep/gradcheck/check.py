"""The gradient check of an iteration: every parameter, and the equation that is to blame."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from bpstep.engine.edits import Edit, Overrides
from bpstep.gradcheck.culprit import WrongEquation, search_wrong_equation
from bpstep.gradcheck.differences import (
    DEFAULT_STEP,
    Derivative,
    DifferenceProbe,
    Element,
    cells_to_check,
    compare_element,
)
from bpstep.program import position
from bpstep.program.program import gradient
from bpstep.session.session import Session

Result = TypeVar("Result")


@dataclass(frozen=True)
class GradientReport:
    """What the check found for every parameter that is updated."""

    iteration: int
    h: float
    loss: float
    parameters: tuple[ParameterReport, ...]
    culprit: WrongEquation | None
    """The first equation of the backward pass that is not the derivative it stands for."""
    edited: tuple[Edit, ...]
    """The results of the iteration that a person put in, so that no equation answers for them."""

    @property
    def ok(self) -> bool:
        """True where every gradient is right."""
        return all(report.ok for report in self.parameters)

    @property
    def worst_first(self) -> tuple[ParameterReport, ...]:
        """The parameters, those whose gradients agree least first."""
        return tuple(sorted(self.parameters, key=lambda report: (report.ok, -report.worst.excess)))


def check_gradients(
    session: Session, n: int | None = None, h: float = DEFAULT_STEP, every: bool = False
) -> GradientReport:
    """Check the gradients of the iteration shown at n, the session's cursor by default.

    They are those of the parameters at its start. Of a large parameter a sample of elements, always the
    same, is checked unless `every`.
    """
    return run_to_end(check_gradients_stepwise(session, n, h, every))


def check_gradients_stepwise(
    session: Session, n: int | None = None, h: float = DEFAULT_STEP, every: bool = False
) -> Generator[float, None, GradientReport]:
    """The same in small portions, yielding the part done."""
    iteration = _iteration(session, n)
    edited = _edited(session, iteration)
    probe = probe_of(session, iteration)
    # To blame are equations as they are, without what somebody put in for their results.
    unedited_probe = probe_of(session, iteration, without_edits=True) if edited else probe
    reports = []
    names = probe.program.parameters
    for at, name in enumerate(names):
        reports.append(
            (
                yield from _scale_progress(
                    check_parameter(probe, name, h, every), 0.8 * at / len(names), 0.8 / len(names)
                )
            )
        )
    known = {} if edited else {report.name: report.elements for report in reports}
    culprit = yield from _scale_progress(search_wrong_equation(unedited_probe, h, known), 0.8, 0.2)
    return GradientReport(iteration, h, float(probe.tensors["E"]), tuple(reports), culprit, edited)


def check_parameter_stepwise(
    session: Session, name: str, n: int | None = None, h: float = DEFAULT_STEP
) -> Generator[float, None, ParameterReport]:
    """Check every element of one parameter, yielding the part done."""
    return check_parameter(probe_of(session, _iteration(session, n)), name, h, every=True)


def run_to_end(work: Generator[float, None, Result]) -> Result:
    """What a generator of this package comes to in the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: Result = end.value
            return found


def probe_of(session: Session, iteration: int, without_edits: bool = False) -> DifferenceProbe:
    """A probe of an iteration under the session's edits; `bare`: without those of its results."""
    shown = session.timeline.iteration(iteration)
    if without_edits:
        return DifferenceProbe(shown.program, shown.tensors(0))
    overrides = Overrides(session.program, session.journal.edits)
    start, program = iteration * session.period, shown.program
    return DifferenceProbe(
        program,
        shown.tensors(0),
        lambda name, value: overrides.edited_value(start + program.step_indices[name] + 1, name, value),
    )


def _iteration(session: Session, n: int | None) -> int:
    return position.shown_iteration(session.n if n is None else n, session.period)


def _edited(session: Session, iteration: int) -> tuple[Edit, ...]:
    """The edits of results before the updates; of two of one cell the later."""
    start, steps = iteration * session.period, session.program.steps
    found = {}
    for edit in session.journal.edits:
        if not isinstance(edit, Edit) or edit.name in session.program.constants:
            continue
        if start < edit.at <= start + len(steps) and steps[edit.at - start - 1].phase != "update":
            found[edit.at, edit.index] = edit
    return tuple(found[key] for key in sorted(found))


def _scale_progress(
    work: Generator[float, None, Result], begin: float, share: float
) -> Generator[float, None, Result]:
    """The same work as a share of a larger one."""
    while True:
        try:
            part = next(work)
        except StopIteration as end:
            found: Result = end.value
            return found
        yield begin + share * part


@dataclass(frozen=True)
class ParameterReport:
    """What the check found for one parameter."""

    name: str
    size: int
    elements: tuple[Element, ...]
    """Those that were checked, in the order of their cells."""

    @property
    def checked(self) -> int:
        """How many were checked."""
        return len(self.elements)

    @cached_property
    def worst(self) -> Element:
        """The element that agrees least; a failed one where there is any."""
        return self.worst_first[0]

    @cached_property
    def worst_first(self) -> tuple[Element, ...]:
        """The elements, those that agree least first; those without a verdict last."""
        order = ("FAILED", "ok", "kink")
        return tuple(sorted(self.elements, key=lambda each: (order.index(each.verdict), -each.excess)))

    @property
    def failed(self) -> int:
        """How many failed."""
        return sum(element.verdict == "FAILED" for element in self.elements)

    @property
    def kinks(self) -> int:
        """How many stand at a kink."""
        return sum(element.verdict == "kink" for element in self.elements)

    @property
    def ok(self) -> bool:
        """True where no element failed."""
        return not self.failed


def check_parameter(
    probe: DifferenceProbe, name: str, h: float = DEFAULT_STEP, every: bool = False
) -> Generator[float, None, ParameterReport]:
    """Check a parameter, yielding the part done after each element."""
    computed = gradient(probe.program, name, probe.tensors)
    cells = cells_to_check(probe, computed, every)
    elements = []
    for index in cells:
        elements.append(compare_element(probe, index, float(computed[index]), Derivative(name, index), h))
        yield len(elements) / len(cells)
    return ParameterReport(name, computed.size, tuple(elements))
