"""The gradient check of an iteration: every parameter, and every equation that is wrong by itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bpstep.engine.edits import Edit, Overrides
from bpstep.gradcheck.differences import (
    DEFAULT_STEP,
    TOLERANCE,
    CellDerivative,
    DifferenceProbe,
    Element,
    cells_to_check,
    compare_element,
    compare_with_derived,
)
from bpstep.gradcheck.equations import EquationReport, differing, judge_equations
from bpstep.gradcheck.progress import run_to_end, scale_progress
from bpstep.gradcheck.reference import Reference
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.model.data_problems import DataProblem, data_problems
from bpstep.program import position
from bpstep.program.program import Phase, Program, Tensors, gradient_of
from bpstep.session.session import Session

_WORST_FIRST = (Verdict.DIFFERS, Verdict.AGREES, Verdict.TOO_SMALL, Verdict.NOT_CHECKED)
"""The order in lists: those without a verdict come last."""


@dataclass(frozen=True)
class GradientReport:
    """The findings of the check: for every updated parameter and for every equation after the loss."""

    iteration: int
    h: float
    loss: float
    parameters: tuple[ParameterReport, ...]
    equations: tuple[EquationReport, ...]
    """The equations of the backward pass and the updates, in order."""
    edited: tuple[Edit, ...] = ()
    """The results in this iteration that a person entered, so that no equation computes them."""
    data_problems: tuple[str, ...] = ()
    """Sentences about labels and outputs that are probably not meant."""
    learns_nothing: bool = False
    """True if labels or outputs that are probably not meant leave nothing to learn."""
    first_nonfinite: str = ""
    """The first result before the loss that is not finite; empty if all are."""

    @property
    def gradients_agree(self) -> bool:
        """True if no gradient differs."""
        return all(report.ok for report in self.parameters)

    @property
    def ok(self) -> bool:
        """True if nothing is wrong, as far as it could be checked."""
        return (
            self.gradients_agree
            and math.isfinite(self.loss)
            and all(report.is_finite for report in self.parameters)
            and not self.wrong_equations
            and not self.learns_nothing
        )

    @property
    def wrong_equations(self) -> tuple[EquationReport, ...]:
        """The equations that are wrong by themselves, in order."""
        return tuple(report for report in self.equations if report.is_wrong)

    @property
    def following_equations(self) -> tuple[EquationReport, ...]:
        """The equations that are right but give wrong values, because they read wrong ones."""
        return tuple(report for report in self.equations if report.follows)

    @property
    def worst_first(self) -> tuple[ParameterReport, ...]:
        """The parameters, the ones with the largest differences first."""
        order = _WORST_FIRST.index
        return tuple(
            sorted(self.parameters, key=lambda report: (order(report.verdict), -report.worst.excess))
        )


def check_gradients(
    session: Session, n: int | None = None, h: float = DEFAULT_STEP, every: bool = False
) -> GradientReport:
    """Check the gradients of the iteration shown at n, by default the session's cursor.

    They are the gradients with respect to the parameters at its start. Of a large parameter, a fixed sample
    of elements is checked unless `every`.
    """
    return run_to_end(check_gradients_stepwise(session, n, h, every))


def check_gradients_stepwise(
    session: Session, n: int | None = None, h: float = DEFAULT_STEP, every: bool = False
) -> Generator[float, None, GradientReport]:
    """Check the gradients as `check_gradients` does, in small portions, yielding the part done."""
    iteration = _iteration(session, n)
    edited = _edited(session, iteration)
    probe = probe_of(session, iteration)
    # Equations are judged as they are, without values that a person entered in place of their results.
    unedited_probe = probe_of(session, iteration, without_edits=True) if edited else probe
    reference = Reference(session.network, probe.program)
    reports = []
    names = probe.program.parameters
    for at, name in enumerate(names):
        work = check_parameter(probe, name, h, every)
        reports.append((yield from scale_progress(work, at / len(names) * 0.7, 0.7 / len(names))))
    known = {} if edited else {report.name: report.elements for report in reports}
    start = session.timeline.iteration(iteration).tensors(0)
    work_left = judge_equations(reference, unedited_probe, start, h, known)
    equations = yield from scale_progress(work_left, 0.7, 0.3)
    is_wrong = any(each.is_wrong for each in equations)
    if not edited and reference.all_known:
        reports = _decide_by_derivation(reports, reference, probe, start, is_wrong)
    problems = _data_problems(session, probe.tensors, iteration)
    learns_nothing = any(problem.learns_nothing for problem in problems)
    learns_nothing |= bool(problems) and all(report.is_zero for report in reports)
    return GradientReport(
        iteration,
        h,
        float(probe.tensors[probe.program.loss]),
        tuple(reports),
        equations,
        edited,
        tuple(problem.sentence for problem in problems),
        learns_nothing,
        _first_nonfinite(probe.program, probe.tensors),
    )


def _first_nonfinite(program: Program, tensors: Tensors) -> str:
    """The first result before the loss that is not finite; empty if all are."""
    before = (step.name for step in program.steps[: program.step_indices[program.loss]])
    return next((name for name in before if not np.isfinite(tensors[name]).all()), "")


def _data_problems(session: Session, tensors: Tensors, iteration: int) -> tuple[DataProblem, ...]:
    """What is probably not meant in the samples of an iteration."""
    if session.network.forward is not None:
        return ()
    labels = np.atleast_2d(tensors["labelY"])
    return data_problems(session.network, labels, session.timeline.rows(iteration))


def _decide_by_derivation(
    reports: list[ParameterReport],
    reference: Reference,
    probe: DifferenceProbe,
    start: Tensors,
    is_wrong: bool,
) -> list[ParameterReport]:
    """The reports, with derived gradients deciding the elements that are too small for differences.

    If an equation is wrong, they also decide the elements that agree only because a difference is coarse.
    """
    if not is_wrong and not any(report.count(Verdict.TOO_SMALL) for report in reports):
        return reports
    gradients = reference.gradients(start)
    decided = []
    for report in reports:
        computed = gradient_of(probe.program, report.name, probe.tensors)
        right, noise = gradients[report.name]
        differs = differing(computed, right, noise, TOLERANCE)
        elements = []
        for each in report.elements:
            is_coarse = each.verdict is Verdict.AGREES and each.relative_error > TOLERANCE
            if each.verdict is Verdict.TOO_SMALL or (is_coarse and differs[each.index]):
                each = compare_with_derived(each, float(right[each.index]), bool(differs[each.index]))
            elements.append(each)
        decided.append(replace(report, elements=tuple(elements)))
    return decided


def check_parameter_stepwise(
    session: Session, name: str, n: int | None = None, h: float = DEFAULT_STEP
) -> Generator[float, None, ParameterReport]:
    """Check every element of one parameter, yielding the part done."""
    return check_parameter(probe_of(session, _iteration(session, n)), name, h, every=True)


def probe_of(session: Session, iteration: int, without_edits: bool = False) -> DifferenceProbe:
    """A probe of an iteration under the session's edits, with or without those of results."""
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
    """The edits of results before the updates; of two edits of one cell the later one."""
    start, steps = iteration * session.period, session.program.steps
    found = {}
    for edit in session.journal.edits:
        if not isinstance(edit, Edit) or edit.name in session.program.constants:
            continue
        if start < edit.at <= start + len(steps) and steps[edit.at - start - 1].phase != Phase.UPDATE:
            found[edit.at, edit.index] = edit
    return tuple(found[key] for key in sorted(found))


@dataclass(frozen=True)
class ParameterReport:
    """The findings for one parameter."""

    name: str
    size: int
    elements: tuple[Element, ...]
    """The elements that were checked, in the order of their cells."""

    @property
    def checked(self) -> int:
        """How many were checked."""
        return len(self.elements)

    @cached_property
    def worst(self) -> Element:
        """The element with the largest difference; a failed one if there is any."""
        return self.worst_first[0]

    @cached_property
    def worst_first(self) -> tuple[Element, ...]:
        """The elements, those with the largest differences first; those without a verdict last."""
        order = _WORST_FIRST.index
        return tuple(sorted(self.elements, key=lambda each: (order(each.verdict), -each.excess)))

    def count(self, verdict: Verdict, reason: Reason | None = None) -> int:
        """How many elements have this verdict, for this reason if one is given."""
        return sum(
            each.verdict is verdict and (reason is None or each.reason is reason) for each in self.elements
        )

    @property
    def failed(self) -> int:
        return self.count(Verdict.DIFFERS)

    @property
    def kinks(self) -> int:
        """How many are at a kink."""
        return self.count(Verdict.NOT_CHECKED, Reason.KINK)

    @property
    def ties(self) -> dict[str, int]:
        """How many have no verdict because of a tie, by the equation that has it."""
        return dict(Counter(each.line for each in self.elements if each.reason is Reason.TIE))

    @property
    def verdict(self) -> Verdict:
        """The verdict on the parameter: differs if any element does, else agrees if any does."""
        return self.worst.verdict

    @property
    def ok(self) -> bool:
        """True if no element differs."""
        return not self.failed

    @property
    def is_finite(self) -> bool:
        """True if every checked element is finite."""
        return all(math.isfinite(each.computed) for each in self.elements)

    @property
    def is_zero(self) -> bool:
        """True if every checked element is 0."""
        return all(each.computed == 0 for each in self.elements)


def check_parameter(
    probe: DifferenceProbe, name: str, h: float, every: bool
) -> Generator[float, None, ParameterReport]:
    """Check a parameter, yielding the part done after each element."""
    computed = gradient_of(probe.program, name, probe.tensors)
    cells = cells_to_check(probe, computed, every)
    elements = []
    for index in cells:
        elements.append(
            compare_element(
                probe, index, float(computed[index]), CellDerivative(name, index, probe.program.loss), h
            )
        )
        yield len(elements) / len(cells)
    return ParameterReport(name, computed.size, tuple(elements))
