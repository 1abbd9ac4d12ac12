"""The findings of a gradient check, in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from bpstep.engine.edits import Edit
from bpstep.explain.numbers import format_precise
from bpstep.gradcheck import messages
from bpstep.gradcheck.check import GradientReport, ParameterReport
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.step_size_sweep import StepSizeSweep
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.lang.cells import cell_name
from bpstep.model.network import Network
from bpstep.program.program import Phase
from bpstep.text import fill, fill_plural, one_line

Show = Callable[[float], str]
"""How numbers are printed."""

_MAX_EDITS = 3
"""The most entered cells that are named."""

_STEEP_RATIO = 30
"""If the error is this many times the least one, E has curvature: that error falls by 100 when h
falls by 10.
"""

_SOUND_ERROR = 1e-4
"""A right gradient comes closer than this to the difference with the best h."""


def verdict_sentences(report: GradientReport, network: Network, show: Show) -> list[str]:
    """All findings; in a puzzle no equation is named."""
    details = [
        sentence
        for each in ([] if network.puzzle else report.wrong_equations)
        for sentence in (each.equation, *equation_sentences(each, show))
    ]
    headline, *rest = summary_sentences(report, network, show)
    return [headline, *details, *rest]


def summary_sentences(report: GradientReport, network: Network, show: Show) -> list[str]:
    """Whether all is right, else which equations are wrong; then what was not checked, and why."""
    return [
        *(_puzzle_headline(report) if network.puzzle else _headline(report)),
        *([] if network.puzzle else _followers(report)),
        *_no_number(report),
        *(_not_checked(report, with_equations=not network.puzzle) if report.gradients_agree else ()),
        *report.data_problems,
        *_edited(report, show),
    ]


def equation_sentences(report: EquationReport, show: Show) -> list[str]:
    """A wrong equation's result and the right one, the single mistake that explains it, the right line."""
    replaced = [fill(messages.DIFFERENTIATES_REPLACED, equation=equation) for equation in report.replaced]
    return [_comparison(report, show), *replaced, *_right_line(report)]


def element_verdict(element: Element) -> str:
    """The verdict on an element, with the reason if it was not checked."""
    match element.verdict:
        case Verdict.AGREES:
            return fill(messages.AGREES_DERIVED if element.is_derived else messages.AGREES)
        case Verdict.DIFFERS:
            return fill(messages.DIFFERS)
        case Verdict.TOO_SMALL:
            return fill(messages.TOO_SMALL)
    return fill(_REASONS.get(element.reason, messages.WITHOUT_NUMBER))


def parameter_verdict(report: ParameterReport) -> str:
    """The verdict on a parameter, with the number of elements it applies to."""
    if report.size == 1:
        return element_verdict(report.worst)
    if report.failed:
        return fill(messages.FAILED_OF, failed=report.failed, checked=report.checked)
    agree = report.count(Verdict.AGREES)
    if not agree:
        return element_verdict(report.worst)
    if agree == report.size:
        template = messages.ALL_OF_DERIVED if report.worst.is_derived else messages.ALL_OF
        return fill(template, size=report.size)
    if report.kinks:
        one, many = messages.PART_OF_WITH_KINK, messages.PART_OF_WITH_KINKS
        return fill_plural(report.kinks, one, many, agree=agree, size=report.size)
    if report.ties:
        one, many = messages.PART_OF_WITH_TIE, messages.PART_OF_WITH_TIES
        return fill_plural(sum(report.ties.values()), one, many, agree=agree, size=report.size)
    return fill(messages.PART_OF, agree=agree, size=report.size)


_REASONS: dict[Reason | None, str] = {
    Reason.KINK: messages.AT_A_KINK,
    Reason.TIE: messages.AT_A_TIE,
    Reason.NO_NUMBER: messages.WITHOUT_NUMBER,
    Reason.STEP_LOST: messages.WEIGHT_TOO_LARGE,
}


def method_sentences(report: GradientReport, network: Network) -> Iterator[str]:
    """How the gradients were checked."""
    yield fill(messages.METHOD, h=power_of_ten(report.h))
    yield fill(messages.RULE_NOTE)
    yield fill(messages.DERIVED_NOTE)
    if network.update_order == "immediate":
        yield fill(messages.IMMEDIATE_ORDER)


def _headline(report: GradientReport) -> Iterator[str]:
    wrong = report.wrong_equations
    if wrong:
        names = ", ".join(each.name for each in wrong)
        yield fill_plural(len(wrong), messages.ONE_WRONG, messages.MANY_WRONG, name=names, names=names)
        here = [each for each in wrong if each.phase == Phase.BACKWARD and not each.only_drawn]
        unsure = any(part.count(Verdict.TOO_SMALL) for part in report.parameters)
        if report.gradients_agree and here and not unsure and _is_finite(report):
            yield fill(messages.MADE_UP if len(wrong) > 1 else messages.HARMLESS)
    elif not report.gradients_agree and _is_finite(report):
        yield fill(messages.NO_EQUATION_WRONG if report.edited else messages.UNEXPLAINED)
    elif _is_finite(report):
        yield _agreement(report)
        if _all_equations_agree(report) and not report.data_problems:
            yield fill(messages.EQUATIONS_AGREE)


def _puzzle_headline(report: GradientReport) -> Iterator[str]:
    if not report.gradients_agree:
        yield fill(messages.PUZZLE_GRADIENTS)
    elif report.wrong_equations and _is_finite(report):
        yield fill(messages.PUZZLE_EQUATIONS)
    elif _is_finite(report):
        yield _agreement(report)


def _followers(report: GradientReport) -> Iterator[str]:
    follow = report.following_equations
    if follow:
        names = ", ".join(each.name for each in follow)
        yield fill_plural(len(follow), messages.ONE_FOLLOWS, messages.MANY_FOLLOW, names=names)


def _agreement(report: GradientReport) -> str:
    """That what was compared agrees, without a claim about the rest."""
    count = sum(part.size for part in report.parameters)
    agree = _count(report, Verdict.AGREES)
    checked = sum(part.checked for part in report.parameters)
    if report.learns_nothing:
        return fill(messages.ALL_ZERO)
    if checked and all(part.is_zero for part in report.parameters) and agree == checked:
        return fill(messages.ALL_ZERO)
    if report.data_problems:
        return fill(messages.AGREE, agree=agree, count=count)
    if not agree:
        return fill(messages.NONE_AGREE)
    if agree < checked or not _all_equations_agree(report):
        return fill(messages.SOME_AGREE, agree=agree, count=count)
    return fill(messages.SAMPLE_AGREES if checked < count else messages.ALL_AGREE, agree=agree, count=count)


def _all_equations_agree(report: GradientReport) -> bool:
    return all(each.verdict is Verdict.AGREES for each in report.equations)


def _count(report: GradientReport, verdict: Verdict, reason: Reason | None = None) -> int:
    return sum(part.count(verdict, reason) for part in report.parameters)


def _not_checked(report: GradientReport, with_equations: bool) -> Iterator[str]:
    """What the verdict does not cover, and why."""
    for line in dict.fromkeys(line for part in report.parameters for line in part.ties):
        count = sum(part.ties.get(line, 0) for part in report.parameters)
        yield fill_plural(count, messages.TIE, messages.TIES, line=line)
    for verdict, reason, one, many in (
        (Verdict.NOT_CHECKED, Reason.KINK, messages.KINK, messages.KINKS),
        (Verdict.TOO_SMALL, None, messages.SMALL, messages.SMALLS),
        (Verdict.NOT_CHECKED, Reason.STEP_LOST, messages.STEP_LOST, messages.STEPS_LOST),
        (Verdict.NOT_CHECKED, Reason.NO_NUMBER, messages.NO_NUMBER, messages.NO_NUMBERS),
    ):
        count = _count(report, verdict, reason)
        if count and math.isfinite(report.loss):
            yield fill_plural(count, one, many)
    for verdict, reason, template in (
        (Verdict.TOO_SMALL, None, messages.EQUATION_SMALL),
        (Verdict.NOT_CHECKED, Reason.KINK, messages.EQUATION_KINK),
        (Verdict.NOT_CHECKED, Reason.TIE, messages.EQUATION_TIE),
        (Verdict.NOT_CHECKED, Reason.NO_NUMBER, messages.EQUATION_NO_NUMBER),
        (Verdict.NOT_CHECKED, Reason.STEP_LOST, messages.EQUATION_NO_NUMBER),
        (Verdict.NOT_CHECKED, Reason.INPUTS, messages.EQUATION_INPUTS),
    ):
        names = [each.name for each in report.equations if each.verdict is verdict and each.reason is reason]
        if names and with_equations:
            yield fill(template, names=", ".join(names))


def _is_finite(report: GradientReport) -> bool:
    return math.isfinite(report.loss) and all(part.is_finite for part in report.parameters)


def _no_number(report: GradientReport) -> Iterator[str]:
    """That the loss or a gradient is not finite, so that nothing can be compared."""
    if not math.isfinite(report.loss):
        if report.first_nonfinite:
            yield fill(messages.LOSS_NO_NUMBER_FROM, value=report.loss, name=report.first_nonfinite)
        else:
            yield fill(messages.LOSS_NO_NUMBER, value=report.loss)
        return
    for part in report.parameters:
        for each in part.elements:
            if not math.isfinite(each.computed):
                cell = cell_name(part.name, each.index)
                yield fill(messages.GRADIENT_NO_NUMBER, cell=cell, value=each.computed)
                return


def _comparison(report: EquationReport, show: Show) -> str:
    """The equation's result in its worst cell and the right one, with the mistake if it is known."""
    worst = report.worst
    # A small mistake should not disappear in the digits left out.
    show = show if show(worst.computed) != show(worst.numeric) else format_precise
    if report.only_drawn:
        plain, with_mistake = messages.DRAWN, messages.DRAWN_MISTAKE
    elif worst.is_derived:
        plain, with_mistake = messages.DERIVED, messages.DERIVED_MISTAKE
    elif len(report.elements) > 1:
        plain, with_mistake = messages.DIFFERENCE_CELL, messages.DIFFERENCE_CELL_MISTAKE
    else:
        plain, with_mistake = messages.DIFFERENCE, messages.DIFFERENCE_MISTAKE
    return fill(
        with_mistake if report.mistake else plain,
        cell=cell_name(report.name, worst.index),
        computed=show(worst.computed),
        expected=show(worst.numeric),
        mistake=report.mistake,
    )


def _right_line(report: EquationReport) -> list[str]:
    return [fill(messages.RIGHT_LINE, equation=report.right)] if report.right else []


def _edited(report: GradientReport, show: Show) -> Iterator[str]:
    """The cells that a person entered, if they matter."""
    edits: Sequence[Edit] = report.edited
    if not edits or (report.gradients_agree and not report.wrong_equations):
        return
    named = [f"{edit.cell} = {show(edit.value)}" for edit in edits[:_MAX_EDITS]]
    more = len(edits) - len(named)
    template = messages.ONE_EDITED if len(edits) == 1 else messages.MANY_EDITED
    cells = ", ".join(named)
    yield one_line(fill(messages.MORE_EDITED if more else template, cells=cells, more=more))


def power_of_ten(h: float) -> str:
    """A power of ten, in short form: 1e-5."""
    return f"1e{round(math.log10(h))}"


def is_sound(found: StepSizeSweep) -> bool:
    """True if some h brings the gradient and the difference together."""
    return found.best.error <= _SOUND_ERROR


def sweep_sentences(found: StepSizeSweep) -> list[str]:
    """What the errors of a sweep over h show."""
    if not math.isfinite(found.best.error):
        if found.element.reason is Reason.STEP_LOST:
            return [fill(messages.SWEEP_STEP_LOST)]
        return [fill(messages.SWEEP_NO_NUMBER)]
    if all(point.error == 0 for point in found.points):
        return [fill(messages.SWEEP_FLAT)]
    kinks = [point.h for point in found.points if point.crosses_kink]
    said = [fill(messages.SWEEP_KINK, h=power_of_ten(min(kinks)))] if kinks else []
    if not is_sound(found):
        if found.element.reason is Reason.TIE:
            return [*said, fill(messages.SWEEP_TIE, line=found.element.line)]
        return [*said, fill(messages.SWEEP_WRONG)]
    return [*said, *_error_growth_sentences(found)]


def _error_growth_sentences(found: StepSizeSweep) -> Iterator[str]:
    """Why the error grows on both sides of the best h."""
    best, first = found.best, next(point for point in found.points if not point.crosses_kink)
    if first.h > best.h and first.error > _STEEP_RATIO * best.error:
        yield fill(messages.SWEEP_BENDS)
    elif first.h == found.points[0].h:
        yield fill(messages.SWEEP_STRAIGHT)
    yield fill(messages.SWEEP_ROUNDING)
    yield fill(messages.SWEEP_VALLEY, best=power_of_ten(best.h), own=power_of_ten(found.element.h))
