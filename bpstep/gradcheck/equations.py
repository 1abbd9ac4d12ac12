"""Which equations are wrong by themselves: each is judged with its own inputs taken as given.

A gradient equation is compared with central differences and, if it was replaced, with the derived equation; a
replaced update is compared with the optimiser's. Derived equations are compared on the numbers of the
iteration and on random ones, where hardly anything is too small to tell. If the result is 0 apart from
rounding there, too, every input is drawn at random by itself.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bpstep.gradcheck.derivatives import derivative, differentiated, has_derivative
from bpstep.gradcheck.differences import (
    TOLERANCE,
    DifferenceProbe,
    Element,
    cells_to_check,
    compare_element,
)
from bpstep.gradcheck.equation_mistakes import Example, Examples, find_mistake
from bpstep.gradcheck.progress import scale_progress
from bpstep.gradcheck.ratios import ratio
from bpstep.gradcheck.reference import Evaluated, Reference
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.lang.cells import Index
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.lang.shapes import Shape
from bpstep.model.network import Array
from bpstep.program.program import Phase, Program, Step, Tensors

_UPDATE_TOLERANCE = 1e-9
"""The largest error allowed in an update, relative to the largest step: it needs no allowance for
differences.
"""

_MEASURED_TOLERANCE = 1e-6
"""The relative accuracy of values that are measured by differences and passed through equations."""

_NOISE_MARGIN = 16
"""The noise is estimated from a few draws, and may be larger."""

_MIN_DRAWS = 2
"""In this many of the random states the result must differ: a single one may be due to rounding."""

_FAR_OFF = 1e-3
"""Relative to the largest cell: a larger difference is not a rounding error, even in a single draw."""

_ROUNDING_LEFT = 1e-12
"""Relative to the largest number read: cancelling terms leave less than this instead of 0."""

_DERIVED_SAMPLE = 20
"""How many cells of a derived equation are compared with differences."""

_MAX_EXAMPLES = 4
"""How many random states a mistake has to explain."""


@dataclass(frozen=True)
class EquationReport:
    """The findings for an equation of the backward pass or an update."""

    name: str
    phase: str
    equation: str
    """The judged equation, as a line."""
    of: str
    """What is differentiated: E for dE/dY; for an update the parameter."""
    by: str
    """The tensor it is differentiated by: Y for dE/dY; for an update the parameter."""
    verdict: Verdict
    elements: tuple[Element, ...] = ()
    """The compared cells; `index` is that in the equation's result."""
    reason: Reason | None = None
    """Why it was not checked."""
    mistake: str = ""
    """The single mistake that turns the right result into this one; empty if unknown."""
    right: str = ""
    """The derived equation as a line, if this one differs; empty if the right one is unknown."""
    replaced: tuple[str, ...] = ()
    """The replaced forward equations that it differentiates, as lines, if it differs."""
    only_drawn: bool = False
    """True if it agrees in this iteration, and differs on other numbers."""
    follows: bool = False
    """True if its value in the iteration is wrong because it reads wrong ones, not by itself."""

    @property
    def is_wrong(self) -> bool:
        """True if the equation is wrong by itself."""
        return self.verdict is Verdict.DIFFERS

    @property
    def worst(self) -> Element:
        """The cell with the largest difference, among those that differ if there are any."""
        failed = [each for each in self.elements if each.verdict is Verdict.DIFFERS and each.is_compared]
        return max(failed or self.elements, key=lambda each: each.excess)


def judge_equations(
    reference: Reference,
    probe: DifferenceProbe,
    start: Tensors,
    h: float,
    known: Mapping[str, Sequence[Element]],
) -> Generator[float, None, tuple[EquationReport, ...]]:
    """Judge every equation of the backward pass and every update, yielding the part done.

    `start` are the tensors at the start of the iteration, `known` the elements of the parameters' gradients
    that were compared already.
    """
    found, _ = reference.evaluate_iteration(start)
    if not reference.all_known:
        found = reference.with_noise(start, found)
    agree = all(each.verdict is not Verdict.DIFFERS for elements in known.values() for each in elements)
    states = _States(reference, start, found, agree)
    wrong_here = False
    unknown: set[str] = set()
    reports = []
    for at, one in enumerate(found):
        judge = _Judge(reference, probe, one, states, at, unknown)
        report = yield from scale_progress(judge.report(h, known), at / len(found), 1 / len(found))
        if report.is_wrong:
            wrong_here |= not report.only_drawn
            if one.expected is None:
                unknown.add(report.name)
        elif report.reason is Reason.INPUTS:
            unknown.add(report.name)
        elif wrong_here and one.step.phase == Phase.BACKWARD and _follows(probe, one):
            report = replace(report, follows=True)
        reports.append(report)
        yield (at + 1) / len(found)
    return tuple(reports)


def _follows(probe: DifferenceProbe, one: Evaluated) -> bool:
    """True if the value in the iteration is not the equation's result on right inputs."""
    actual = probe.tensors[one.step.name]
    return bool(np.any(differing(actual, one.given, one.noise, TOLERANCE)))


class _States:
    """The states on which equations are compared, each kind evaluated when first needed."""

    def __init__(
        self, reference: Reference, start: Tensors, here: list[Evaluated], gradients_agree: bool
    ) -> None:
        self._reference, self._start, self._here = reference, start, here
        self.gradients_agree = gradients_agree
        """Whether no gradient of a parameter differs."""
        self._noisy: dict[int, list[Evaluated]] = {}

    def drawn(self, at: int) -> list[Evaluated]:
        """One equation in every random state."""
        return [state[at] for _, state in self._drawn]

    def drawn_with_noise(self, at: int, draw: int) -> Evaluated:
        """One equation in one of the random states, with its possible rounding errors."""
        if not self._reference.all_known:
            return self._drawn[draw][1][at]
        if draw not in self._noisy:
            self._noisy[draw] = self._reference.with_noise(*self._drawn[draw], draw_gradients=True)
        return self._noisy[draw][at]

    def close_by(self, at: int) -> list[Evaluated]:
        """One equation in every state near that of the iteration."""
        return [state[at] for state in self._close_by]

    def with_noise(self, at: int) -> Evaluated:
        """One equation in the iteration, with its possible rounding errors."""
        return self._with_noise[at]

    @cached_property
    def _drawn(self) -> list[tuple[Tensors, list[Evaluated]]]:
        return list(self._reference.drawn())

    @cached_property
    def _close_by(self) -> list[list[Evaluated]]:
        # If the parameters' gradients agree, equal maxima may share theirs in any way.
        return list(self._reference.perturbed(self._start, self.gradients_agree))

    @cached_property
    def _with_noise(self) -> list[Evaluated]:
        if not self._reference.all_known:
            return self._here
        return self._reference.with_noise(self._start, self._here)


class _Judge:
    """Judges one equation."""

    def __init__(
        self,
        reference: Reference,
        probe: DifferenceProbe,
        one: Evaluated,
        states: _States,
        at: int,
        unknown: set[str],
    ) -> None:
        self._reference, self._probe, self._one, self._at = reference, probe, one, at
        self._states, self._unknown = states, unknown
        self._step = one.step
        self._tolerance = _tolerance(one)

    def report(
        self, h: float, known: Mapping[str, Sequence[Element]]
    ) -> Generator[float, None, EquationReport]:
        """The verdict, yielding the part of the differences done."""
        elements: list[Element] = []
        if self._step.phase == Phase.BACKWARD:
            elements = yield from self._by_differences(h, known)
        is_known = self._reference.is_known(self._step)
        if not is_known and not self._unknown.isdisjoint(self._step.reads):
            return self._result(Verdict.NOT_CHECKED, elements, Reason.INPUTS)
        verdict, reason = _overall(elements)
        if is_known and not self._reference.is_replaced(self._step):
            if verdict is not Verdict.DIFFERS:
                verdict, reason = Verdict.AGREES, None
            elif self._has_no_number():
                verdict, reason = Verdict.NOT_CHECKED, Reason.NO_NUMBER
            return self._result(verdict, elements, reason)
        examples = self._drawn_differences()
        is_proved = len(examples) >= _MIN_DRAWS or any(map(_is_far_off, examples))
        here = self._beside_reference(is_proved)
        if here is not None and here.verdict is Verdict.DIFFERS and verdict is not Verdict.DIFFERS:
            verdict, reason, elements = Verdict.DIFFERS, None, [here]
        elif verdict is not Verdict.DIFFERS and is_proved:
            worst = _worst_cell(examples[0], _tolerance(examples[0]))
            return self._wrong([worst], examples, only_drawn=True)
        elif verdict is not Verdict.DIFFERS and here is not None:
            verdict, reason = here.verdict, here.reason
            if is_known and not examples and reason is not Reason.KINK:
                verdict, reason = Verdict.AGREES, None
        elif is_known and not examples and self._agrees_without_a_number(here):
            verdict, reason = Verdict.NOT_CHECKED, Reason.NO_NUMBER
        if is_known and verdict is Verdict.AGREES and not examples and self._is_lost_in_rounding():
            verdict, examples = self._by_drawn_inputs()
            if verdict is Verdict.DIFFERS:
                return self._wrong([_worst_cell(examples[0], TOLERANCE)], examples, only_drawn=True)
        return (
            self._wrong(elements, examples)
            if verdict is Verdict.DIFFERS
            else self._result(verdict, elements, reason)
        )

    def _has_no_number(self) -> bool:
        """True if it gives NaN or infinity in any cell on right inputs."""
        return not np.isfinite(self._one.given).all()

    def _agrees_without_a_number(self, here: Element | None) -> bool:
        """True if it gives the NaN or infinity that is right for its inputs."""
        return here is not None and here.verdict is not Verdict.DIFFERS and self._has_no_number()

    def _result(
        self, verdict: Verdict, elements: Sequence[Element], reason: Reason | None = None, **more: Any
    ) -> EquationReport:
        step, of, by = self._step, self._step.role.by, self._step.role.by
        if step.phase == Phase.BACKWARD:
            of, by = differentiated(self._probe.program, step)
        cells = tuple(elements)
        return EquationReport(step.name, step.phase, step.equation, of, by, verdict, cells, reason, **more)

    def _wrong(
        self, elements: Sequence[Element], examples: Sequence[Evaluated], only_drawn: bool = False
    ) -> EquationReport:
        """The report of an equation that differs, with the single mistake that explains it and the right
        line.
        """
        states = [*examples[:_MAX_EXAMPLES]]
        if not only_drawn and self._one.expected is not None and len(states) < _MIN_DRAWS:
            states = [self._one]
        derived = self._right_step(states)
        rates = [] if derived is None else list(self._reference.with_other_rates(states[0], derived))
        random = list(self._reference.with_drawn_inputs(self._one)) if self._is_known else []
        mistake = find_mistake(
            self._reference.program,
            self._step,
            None if derived is None else derived.tree,
            Examples(_examples(states), _examples(rates), _examples(random)),
            self._reference.network.batch_sizes,
            elements,
        )
        return self._result(
            Verdict.DIFFERS,
            elements,
            mistake="" if mistake is None else mistake.sentence,
            right="" if derived is None else derived.equation,
            replaced=tuple(one.equation for one in self._reference.replaced_forward(self._step)),
            only_drawn=only_drawn,
        )

    def _right_step(self, states: Sequence[Evaluated]) -> Step | None:
        """The right equation: the derived one, or one derived anew from a replaced forward pass.

        The latter has to give the right results in the states; None if it does not, or if these are unknown.
        """
        if self._is_known:
            return self._reference.derived_step(self._step.name)
        found = self._reference.rederived_step(self._step)
        known = [each for each in states if each.expected is not None]
        if found is None or not known:
            return None
        scope = evaluation_scope()
        for each in known:
            with np.errstate(all="ignore"):
                value = evaluate(found.code, each.inputs, scope)
            if np.any(differing(value, each.expected, each.noise, TOLERANCE)):
                return None
        return found

    @property
    def _is_known(self) -> bool:
        return self._reference.is_known(self._step)

    def _by_differences(
        self, h: float, known: Mapping[str, Sequence[Element]]
    ) -> Generator[float, None, list[Element]]:
        """The cells of the equation's result on right inputs, compared with central differences."""
        values: Array = np.asarray(self._one.given)
        if not np.any(differing(self._probe.tensors[self._step.name], values, self._one.noise, 0.0)):
            elements = _known_elements(self._probe.program, self._step, known)
            if elements is not None:
                return elements
        if not has_derivative(self._probe, self._step):
            return []
        cells = cells_to_check(self._probe, values)
        if self._is_known:
            cells = _spread(cells, _DERIVED_SAMPLE)
        found = []
        for k, index in enumerate(cells):
            wanted = derivative(self._probe, self._step, index, k)
            assert wanted is not None
            found.append(compare_element(self._probe, index, float(values[index]), wanted, h))
            yield k / len(cells)
        return found

    def _beside_reference(self, is_proved: bool) -> Element | None:
        """The worst cell compared with the right value in this iteration; None if that is unknown.

        Unless random states prove that the equation is wrong, a difference may be due to rounding, or to a
        kink, where several slopes are equally right.
        """
        one, expected = self._one, self._one.expected
        if expected is None:
            return None
        worst = _worst_cell(one, self._tolerance)
        if worst.verdict is Verdict.DIFFERS and not (is_proved or self._is_far_off_close_by()):
            one = self._states.with_noise(self._at)
            worst = _worst_cell(one, self._tolerance)
            if worst.verdict is Verdict.DIFFERS and self._is_known and not self._differs_close_by(one.noise):
                return replace(worst, verdict=Verdict.NOT_CHECKED, reason=Reason.KINK)
        is_empty = not np.any(np.isfinite(one.given) & np.isfinite(expected))
        if worst.verdict is Verdict.AGREES and is_empty:
            return replace(worst, verdict=Verdict.NOT_CHECKED, reason=Reason.NO_NUMBER)
        return worst

    def _is_far_off_close_by(self) -> bool:
        """True if a wrong gradient of a parameter shows that a large difference is not a choice at a kink.

        Changed roundings make equal maxima unequal, so that the noise says nothing about them.
        """
        is_shown = self._is_known and not self._states.gradients_agree and _is_far_off(self._one)
        return is_shown and self._differs_close_by(self._one.noise)

    def _differs_close_by(self, noise: Any) -> bool:
        """True if it also differs near the numbers of the iteration, so that a kink is not the cause."""
        return any(
            bool(np.any(differing(each.given, each.expected, noise, self._tolerance, _old(each))))
            for each in self._states.close_by(self._at)
            if each.expected is not None
        )

    def _is_lost_in_rounding(self) -> bool:
        """True if the right result is 0 apart from rounding in every state, so that none reveals a factor."""
        if self._step.phase == Phase.UPDATE:
            return False
        drawn = enumerate(self._states.drawn(self._at))
        return all(_is_near_zero(each) and self._is_noise(draw, each) for draw, each in drawn)

    def _is_noise(self, draw: int, one: Evaluated) -> bool:
        if not np.any(one.expected):
            return True
        noise = _NOISE_MARGIN * self._states.drawn_with_noise(self._at, draw).noise
        return bool(np.all(np.abs(one.expected) <= noise))  # type: ignore[arg-type]

    def _by_drawn_inputs(self) -> tuple[Verdict, list[Evaluated]]:
        """The verdict when each input is drawn at random by itself.

        A line that differs there may be right for the inputs that occur: it is wrong only if it is a multiple
        of the right one.
        """
        found = list(self._reference.with_drawn_inputs(self._one))
        pairs = [(np.asarray(each.given), np.asarray(each.expected)) for each in found]
        if not all(np.isfinite(value).all() for pair in pairs for value in pair) or not any(
            np.any(right) for _, right in pairs
        ):
            return Verdict.TOO_SMALL, []
        if not any(np.any(differing(*pair, TOLERANCE * _largest(pair[1]), TOLERANCE)) for pair in pairs):
            return Verdict.AGREES, []
        given, right = (np.concatenate([np.ravel(value) for value in values]) for values in zip(*pairs))
        return (Verdict.DIFFERS, found) if ratio(given, right) else (Verdict.TOO_SMALL, [])

    def _drawn_differences(self) -> list[Evaluated]:
        """The random states in which it differs."""
        found = []
        for draw, each in enumerate(self._states.drawn(self._at)):
            if each.expected is None:
                continue
            if _may_be_rounding(each):
                each = self._states.drawn_with_noise(self._at, draw)
            tolerance = _tolerance(each)
            size = _largest(each.expected if _old(each) is None else each.expected - _old(each))
            noise = tolerance * size / _NOISE_MARGIN + each.noise
            if np.any(differing(each.given, each.expected, noise, tolerance, _old(each))):
                found.append(each)
        return found


def _may_be_rounding(one: Evaluated) -> bool:
    """True if a difference is so small beside the numbers read that it may be rounding error."""
    read = max((_largest(one.inputs[name]) for name in one.step.reads), default=0.0)
    return 0 < _largest(np.subtract(one.given, one.expected)) <= _ROUNDING_LEFT * read  # type: ignore[arg-type]


def _is_near_zero(one: Evaluated) -> bool:
    """True if the right result is so small beside the numbers read that it may be rounding error of 0."""
    read = max((_largest(one.inputs[name]) for name in one.step.reads), default=0.0)
    return one.expected is not None and _largest(one.expected) <= _ROUNDING_LEFT * read


def _examples(states: Sequence[Evaluated]) -> list[Example]:
    return [Example(each.inputs, each.given, each.expected, _tolerance(each)) for each in states]


def _tolerance(one: Evaluated) -> float:
    if one.is_measured:
        return _MEASURED_TOLERANCE
    return _UPDATE_TOLERANCE if one.step.phase == Phase.UPDATE else TOLERANCE


def _old(one: Evaluated) -> Any:
    """For an update the parameter's value before it, because the steps are compared."""
    return one.inputs[one.step.name] if one.step.phase == Phase.UPDATE else None


def differing(given: Any, expected: Any, noise: Any, tolerance: float, old: Any = None) -> Any:
    """Which cells differ by more than the relative tolerance and the noise allow."""
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(given, expected))
        sizes = _finite(np.maximum(np.abs(given), np.abs(expected)))
        rounding: Any = 0.0
        if old is not None:
            rounding = 4 * np.finfo(np.float64).eps * np.maximum(sizes, _finite(np.abs(old)))
            sizes = _finite(np.maximum(np.abs(np.subtract(given, old)), np.abs(np.subtract(expected, old))))
        same = (apart <= tolerance * sizes + _NOISE_MARGIN * noise + rounding) | (given == expected)
        return ~(same | (np.isnan(given) & np.isnan(expected)))


def _finite(sizes: Any) -> Any:
    """Sizes for comparison: 0 in place of infinity, beside which any number would be small."""
    return np.where(np.isfinite(sizes), sizes, 0.0)


def _largest(value: Any) -> float:
    finite = np.asarray(value)[np.isfinite(value)]
    return float(np.max(np.abs(finite))) if finite.size else 0.0


def _is_far_off(one: Evaluated) -> bool:
    """True if the difference is much too large for a rounding error."""
    expected = one.expected if _old(one) is None else np.subtract(one.expected, _old(one))  # type: ignore[arg-type]
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(one.given, one.expected))  # type: ignore[arg-type]
    return _largest(apart) > _FAR_OFF * _largest(expected) > 0


def _worst_cell(one: Evaluated, tolerance: float) -> Element:
    """The cell with the largest difference, with the right value."""
    given, expected = np.asarray(one.given), np.asarray(one.expected)
    differs = np.asarray(differing(given, expected, one.noise, tolerance, _old(one)))
    with np.errstate(all="ignore"):
        apart = np.nan_to_num(np.abs(given - expected), nan=np.inf)
    flat = int(np.argmax(np.where(differs, apart, -1.0) if differs.any() else apart))
    index = tuple(int(axis) for axis in np.unravel_index(flat, given.shape))
    verdict = Verdict.DIFFERS if differs.any() else Verdict.AGREES
    a, b = float(given[index]), float(expected[index])
    allowed = tolerance * max(abs(a), abs(b)) or math.inf
    excess = abs(a - b) / allowed
    return Element(index, a, b, verdict, excess if math.isfinite(excess) else math.inf, is_derived=True)


def _overall(elements: Sequence[Element]) -> tuple[Verdict, Reason | None]:
    """The common verdict of the cells."""
    for verdict in (Verdict.DIFFERS, Verdict.AGREES, Verdict.TOO_SMALL):
        if any(each.verdict is verdict for each in elements):
            return verdict, None
    return Verdict.NOT_CHECKED, elements[0].reason if elements else None


def _spread(cells: Sequence[Any], count: int) -> list[Any]:
    """At most this many of the cells, spread evenly."""
    return [cells[at * len(cells) // count] for at in range(count)] if len(cells) > count else list(cells)


def _known_elements(
    program: Program, step: Step, known: Mapping[str, Sequence[Element]]
) -> list[Element] | None:
    """The elements of a parameter's gradient that the equation gives; None if it gives none."""
    name = next((name for name, parts in program.gradients.items() if step.name in parts), "")
    if name not in known:
        return None
    row = program.layouts[step.name].source_row
    shape = program.shapes[step.name]
    return [
        replace(each, index=_result_index(each.index, program.shapes[name], shape, row))
        for each in known[name]
        if row is None or each.index[0] == row
    ]


def _result_index(index: Index, parameter: Shape, result: Shape, row: int | None) -> Index:
    """The index of a parameter's element in the result of the equation that gives its gradient."""
    if row is not None:
        return index[1:]
    flat = np.ravel_multi_index(index, parameter)
    return tuple(int(axis) for axis in np.unravel_index(flat, result))
