"""What a gradient check comes to, in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from bpstep.engine.edits import Edit
from bpstep.explain.numbers import format_precise
from bpstep.gradcheck.check import GradientReport
from bpstep.gradcheck.culprit import WrongEquation
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.step_size import StepSizeSweep
from bpstep.lang.cells import cell_name
from bpstep.model.network import Network
from bpstep.text import one_line

Show = Callable[[float], str]
"""How a number is printed."""

UPDATES_UNCHECKED = "An update is no derivative: a wrong one is not seen by this check."

IMMEDIATE_ORDER_NOTE = (
    "Updates are left out: in the immediate order some gradients see weights already updated."
)

_FACTOR_TOLERANCE = 3e-5

_STEEP_RATIO = 30
"""An error so many times the least one shows that E bends: that falls by 100 where h falls by 10."""

_SOUND_ERROR = 1e-4
"""A gradient that is right comes closer than this to the difference with the best h."""


def verdict_sentences(report: GradientReport, network: Network, show: Show) -> list[str]:
    """Sentences: whether all is right, else which equation is to blame, or which edits.

    In a puzzle no equation is told.
    """
    culprit, edited = report.culprit, _edited(report.edited, show)
    if network.puzzle:
        wrong = "Not every gradient is right. Which equation is to blame is for you to find."
        if not any(each.is_compared for each in _failed(report)):
            wrong = _nothing_to_compare(report)
        return [_all_agree(report) if report.ok else wrong, *([f"And {edited}."] if edited else [])]
    if report.ok and culprit is None:
        return [_all_agree(report)]
    if report.ok:
        assert culprit is not None
        return [
            f"{_all_agree(report)} Yet {culprit.name} is not {_derivative(culprit)}: "
            f"{_difference_sentence(culprit, network, show)}. What follows makes up for it."
        ]
    if culprit is not None:
        first = f"The first wrong equation is {culprit.name}: {_difference_sentence(culprit, network, show)}."
        return [first, f"And {edited}."] if edited else [first]
    if edited:
        return [f"No equation is wrong: {edited}, and no equation answers for that."]
    return [_nothing_to_compare(report)]


def _failed(report: GradientReport) -> list[Element]:
    return [each for part in report.parameters for each in part.elements if each.verdict == "FAILED"]


def _nothing_to_compare(report: GradientReport) -> str:
    """Why elements that failed had nothing to be compared with."""
    end = "there is no difference to compare with"
    if not math.isfinite(report.loss):
        return f"E is {report.loss}: {end}."
    for part in report.parameters:
        for each in part.elements:
            if each.is_step_lost and not each.is_compared:
                name = cell_name(part.name, each.index)
                return (
                    f"{name} is so large that a change of {power_of_ten(each.h)} is lost in rounding: {end}."
                )
    return f"A small change of a weight makes E no number: {end}."


def _all_agree(report: GradientReport) -> str:
    checked, size, kinks = (
        sum(getattr(parameter, what) for parameter in report.parameters)
        for what in ("checked", "size", "kinks")
    )
    agree = checked - kinks
    if not agree:
        return "Every element stands at a kink, where there is no derivative: there is nothing to compare."
    which = f"all {agree:,} elements" if agree == size else f"the {agree:,} elements compared"
    stand = "stands" if kinks == 1 else "stand"
    rest = f" ({kinks:,} {stand} at a kink, where there is no derivative)" if kinks else ""
    return f"Nothing is wrong: {which} of the gradients agree{rest}."


def _derivative(culprit: WrongEquation) -> str:
    return f"d{culprit.of}/d{culprit.by}"


def _difference_sentence(culprit: WrongEquation, network: Network, show: Show) -> str:
    """What the two say of the worst cell, and what that looks like."""
    worst = culprit.worst
    where = f"{cell_name(culprit.name, worst.index)} is " if len(culprit.elements) > 1 else ""
    # A small mistake is not hidden by the places that are left out.
    show = show if show(worst.computed) != show(worst.numeric) else format_precise
    text = f"{where}by the equation {show(worst.computed)}, by the difference {show(worst.numeric)}"
    mistake = _likely_mistake(culprit, network.batch_sizes)
    return f"{text}: {mistake}" if mistake else text


def _likely_mistake(culprit: WrongEquation, batches: Sequence[int]) -> str:
    """What kind of mistake it looks like; empty where it looks like none in particular."""
    ratio = culprit.ratio
    first, *others = (each.computed for each in culprit.elements)
    if not ratio:
        constant = (others or first == 0) and all(each == first for each in others)
        return f"it is {first:g} everywhere" if constant else ""
    if _is_close(ratio, -1):
        return "the sign"
    size = abs(ratio)
    for count in batches:
        if count > 1 and (_is_close(size, count) or _is_close(size, 1 / count)):
            whole = f"{count} times" if _is_close(size, count) else f"1/{count} of"
            return f"{whole} what it should be, and there are {count} samples{_sign_note(ratio)}"
    nice = any(_is_close(size, k) or _is_close(size, 1 / k) for k in range(2, 11))
    if not others and not nice:
        return ""
    return f"{size:.7g} times what it should be{_sign_note(ratio)}"


def _sign_note(ratio: float) -> str:
    return ", with the sign wrong" if ratio < 0 else ""


def _is_close(a: float, b: float) -> bool:
    return abs(a - b) <= _FACTOR_TOLERANCE * abs(b)


def _edited(edits: Sequence[Edit], show: Show) -> str:
    """The cells that a person put in."""
    if not edits:
        return ""
    named = [f"{edit.cell} = {show(edit.value)}" for edit in edits[:3]]
    more = [f"{len(edits) - 3} more"] if len(edits) > 3 else []
    verb = "was" if len(edits) == 1 else "were"
    return one_line(f"{' and '.join((*named, *more))} {verb} put in by hand")


def power_of_ten(h: float) -> str:
    """A power of ten, short: 1e-5."""
    return f"1e{round(math.log10(h))}"


def is_sound(found: StepSizeSweep) -> bool:
    """True where some h brings the gradient and the difference together."""
    return found.best.error <= _SOUND_ERROR


def sweep_sentences(found: StepSizeSweep) -> list[str]:
    """What the errors of a sweep over h show."""
    if not math.isfinite(found.best.error):
        if found.element.is_step_lost:
            return ["Beside so large a number every h is lost in rounding: there is nothing to compare."]
        return ["The gradient or E is no number here: there is nothing to compare."]
    if all(point.error == 0 for point in found.points):
        return ["The two agree to the last bit at every h: E does not change with this weight."]
    kinks = [point.h for point in found.points if point.crosses_kink]
    between = "a kink lies between the two ends, and their difference is no slope."
    said = [f"Large h: down to {power_of_ten(min(kinks))} {between}"] if kinks else []
    if not is_sound(found):
        return [*said, "No h brings the two together: the difference is not to blame, the gradient is wrong."]
    return [*said, *_error_growth_sentences(found)]


def _error_growth_sentences(found: StepSizeSweep) -> Iterator[str]:
    """Why the error grows to both sides of the best h."""
    best, first = found.best, next(point for point in found.points if not point.crosses_kink)
    if first.h > best.h and first.error > _STEEP_RATIO * best.error:
        yield "Large h: E bends between w - h and w + h. The error falls as h^2, by 100 for each line."
    elif first.h == found.points[0].h:
        yield "Large h: E hardly bends along this weight, so that a large h does no harm."
    yield "Small h: E(w + h) and E(w - h) share their leading digits. What rounding leaves grows as eps/h."
    ours = f"the check takes {power_of_ten(found.element.h)}"
    yield f"Between them lies the valley, its floor here at h = {power_of_ten(best.h)}; {ours}."
