"""Findings on steps whose sign or size differs from the others', and on averages of gradients."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.ratios import factor_mistake
from bpstep.gradcheck.script.findings.called_parts import CalledParts
from bpstep.gradcheck.script.findings.notes import BETTER
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, worst_cell
from bpstep.gradcheck.script.judged.hypothesis import HypothesisFindings, steps_of
from bpstep.gradcheck.script.judged.start_states import at_start
from bpstep.gradcheck.script.judged.steps import Deviation, Steps
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange, scaled, single_changes
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.updates.averages import WrongAverage, wrong_averages
from bpstep.gradcheck.script.updates.penalties import Penalty, PenaltyKind, penalties
from bpstep.gradcheck.script.updates.step_signs import StepSigns
from bpstep.gradcheck.script.updates.step_terms import StepTerms
from bpstep.lang.substitution import replaced
from bpstep.lang.trees import number_literal
from bpstep.script.meaning.graph import MISSING, ChangedEquation, Fixed, Values
from bpstep.script.meaning.labels import change_direction, scale_factor
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.text import fill

_PENALTIES = {
    PenaltyKind.NOT_IN_LOSS: (messages.DECAY_NOT_IN_LOSS, FindingKind.OTHER_RULE, MistakeKind.TERM),
    PenaltyKind.NOT_IN_STEP: (messages.DECAY_NOT_IN_STEP, FindingKind.OTHER_LOSS, MistakeKind.TERM),
    PenaltyKind.LEFT_OUT: (messages.DECAY_LEFT_OUT, FindingKind.WRONG, MistakeKind.TERM),
    PenaltyKind.SIGN: (messages.DECAY_SIGN, FindingKind.WRONG, MistakeKind.SIGN),
    PenaltyKind.GROWTH: (messages.DECAY_GROWS, FindingKind.WRONG, MistakeKind.SIGN),
    PenaltyKind.OTHER_FACTOR: (messages.DECAY_FACTOR, FindingKind.OTHER_LOSS, MistakeKind.FACTOR),
    PenaltyKind.UNLIKE_OTHERS: (messages.DECAY_OF_OTHERS, FindingKind.WRONG, MistakeKind.FACTOR),
}

_MAX_NAMES = 6

_DIVISOR = "divisor"
"""What marks a change of a divisor: its sentence has both numbers."""

_COUNTED = "counted"
"""What marks a change that divides or multiplies a whole equation, or the step in it, by a count."""

_SIZES = (0.01, 0.3, 1.0, 3.0, 100.0)
"""What numbers from outside are multiplied with to see whether their sizes decide a sign."""


class StepFindings(HypothesisFindings):
    """The findings on the size and sign of steps, under a hypothesis."""

    @cached_property
    def _samples(self) -> list[int]:
        return self._judged.sample_counts(self._best.explanation)

    @cached_property
    def _steps(self) -> Steps:
        return steps_of(self._study, self._best)

    @cached_property
    def _wrong_averages(self) -> list[WrongAverage]:
        return list(wrong_averages(self._study, self._best.matches, self._steps.constants))

    def deviating(self) -> Iterator[Finding]:
        """The steps whose sign or size differs from the others'."""
        steps = self._steps
        if self._is_raised():
            return
        wrong = {name for each in self._wrong_averages for name in each.parameters}
        for deviation in steps.deviations(self._judged.counts(self._best.explanation)):
            if wrong.intersection(deviation.parameters):
                # The sign or the size is that of the optimiser's memory, which is a finding of its own.
                continue
            if self._is_of_another_rule(deviation) or self._has_own_rate(deviation):
                continue
            self._judged.wrong_parameters += deviation.parameters
            yield self._from_deviation(deviation, steps.states)

    def without_sign(self) -> Iterator[Finding]:
        """The steps that are computed from a gradient and do not go down it."""
        yield from StepSigns(self._judged, self._best.matches, self._steps, self._given()).findings()

    def with_more(self) -> Iterator[Finding]:
        """The terms of steps that belong to no gradient, and the steps that could not be compared."""
        yield from StepTerms(self._judged, self._best, self._steps).findings()

    def not_compared(self, told: Collection[str]) -> Iterator[Finding]:
        """What the pass changes and nothing was compared with, but for what is `told` of already."""
        yield from StepTerms(self._judged, self._best, self._steps).unknown(told)

    def _given(self) -> list[int]:
        """The targets of the loss; where it is a number of the script, the data that no parameter affects and
        that number."""
        candidate = self._best.explanation.candidate
        if candidate.kind != SCRIPT_LOSS:
            return list(candidate.targets)
        usual = [target for each in self._study.usual for target in each.targets]
        return [*candidate.outputs, *usual]

    def averaged(self) -> Iterator[Finding]:
        """Wrong averages in the optimiser's memory."""
        for wrong in self._wrong_averages:
            equation, change = self._graph.equations[wrong.equation], wrong.change
            self._judged.wrong_parameters += wrong.parameters
            if change.kind is MistakeKind.OVERWRITTEN:
                right = self._judged.authors.added(equation)
            elif change.same:
                right = wrong.right(equation.written)
            else:
                right = self._judged.right(wrong.equation, change.tree)
            yield Finding(
                FindingKind.WRONG,
                equation,
                equation.line,
                change.kind,
                change.mistake,
                right,
                by=wrong.parameters[0],
            )

    def of_penalties(self) -> Iterator[Finding]:
        """The differences between a step and the script's loss in the penalty on the weights."""
        graph = self._graph
        found = list(penalties(self._study, self._best.explanation, self._best.matches))
        scale = self._scale_beside(found)
        if scale is not None:
            yield scale
            return
        for each in found:
            equation = graph.equations[each.equation]
            template, kind, mistake = _PENALTIES[each.kind]
            slots = {"names": ", ".join(each.parameters[:_MAX_NAMES])}
            if each.loss >= 0:
                slots["loss"] = graph.written(each.loss)
            if each.others:
                slots["others"] = ", ".join(each.others[:_MAX_NAMES])
            if each.factor != 1:
                slots["factor"] = f"{each.factor:.6g}"
            if kind is FindingKind.WRONG:
                self._judged.wrong_parameters += each.parameters
            sentence = fill(template, **slots)
            yield Finding(kind, equation, equation.line, mistake, sentence, by=each.parameters[0])

    def _scale_beside(self, found: Sequence[Penalty]) -> Finding | None:
        """The finding on the line that gives all gradients the same wrong multiple, where the penalties are
        as in the loss; None if they are not, or if no single change of a line gives it.

        The gradients of parameters without a penalty tell which of the two is right.
        """
        steps, graph = self._steps, self._graph
        ratios = {round(1 / each.factor, 6) for each in found if each.kind is PenaltyKind.OTHER_FACTOR}
        beside = {name for each in found for name in each.parameters}
        others = [name for name in self._best.matches.found if name not in beside]
        if len(ratios) != 1 or any(each.kind is not PenaltyKind.OTHER_FACTOR for each in found):
            return None
        ratio, scale = 1 / found[0].factor, found[0].scale
        multiples = zip(*(steps.multiples_of_own(each, scale) for each in others))
        if not any(np.allclose(each, ratio, rtol=1e-5) for each in multiples):
            return None
        counts = self._judged.counts(self._best.explanation)
        common = set.intersection(*(self._study.cones[name] for name in self._best.matches.found))
        is_count = any(np.isclose(max(ratio, 1 / ratio), counts))
        lines = (
            at for at, root in enumerate(graph.roots) if root in common & self._best.matches.labels.keys()
        )
        told = self._likeliest(lines, ratio, steps.states, is_count)
        if told is None:
            return None
        samples = self._judged.sample_counts(self._best.explanation)
        count = next((each for each in samples if np.isclose(ratio * each, 1)), 0)
        if count and found[0].loss >= 0 and not self._is_mean(found[0].loss):
            # The mean over the samples may be meant, and the sum be only printed.
            equation, name = graph.equations[told[0]], graph.written(found[0].loss)
            sentence = fill(messages.COUNT_TWICE, count=count, loss=name)
            return Finding(FindingKind.OTHER_SCALE, equation, equation.line, MistakeKind.COUNT, sentence)
        deviation = Deviation(told[0], ratio, tuple(self._best.matches.found))
        self._judged.wrong_parameters += deviation.parameters
        return self._from_deviation(deviation, steps.states)

    def _is_mean(self, loss: int) -> bool:
        """Whether what depends on the outputs is divided or averaged on the way to a loss."""
        graph, outputs = self._graph, self._best.explanation.candidate.outputs
        return graph.has_division(graph.cone([loss]) & graph.reached_from(outputs) - graph.cone(outputs))

    def _likeliest(
        self, equations: Iterable[int], ratio: float, states: Sequence[Values], may_be_counted: bool = True
    ) -> tuple[int, EquationChange, ChangedEquation] | None:
        """The first of several equations in which a single change gives the ratio; rather one with another
        factor than one to which a factor is added."""
        counted: tuple[int, EquationChange, ChangedEquation] | None = None
        for at in equations:
            change, plan = self._scaled(at, ratio, states)
            if plan is not None and change.same != _COUNTED and (may_be_counted or change.same == _DIVISOR):
                return at, change, plan
            if plan is not None and may_be_counted:
                counted = counted or (at, change, plan)
        return counted

    def _is_raised(self) -> bool:
        """True if every step increases a number of the script whose name says that more is better."""
        candidate = self._best.explanation.candidate
        name = self._graph.written(candidate.outputs[0])
        is_raised = candidate.kind == SCRIPT_LOSS and BETTER.search(name) is not None
        return is_raised and all(constant > 0 for constant in self._steps.constants.values())

    def _has_own_rate(self, deviation: Deviation) -> bool:
        """Whether a deviation is that of an update which multiplies by a number that is written in it and
        counts no samples: a rate of its own, as `2 * rate`."""
        sides = (
            number_literal(side)
            for part in ast.walk(self._graph.trees[deviation.equation])
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)
            for side in (part.left, part.right)
        )
        ratio = deviation.ratio
        is_written = any(each is not None and np.isclose(each, ratio, rtol=1e-6) for each in sides)
        is_count = any(np.isclose(max(ratio, 1 / ratio), self._samples))
        return is_written and not is_count and self._judged.is_update(deviation.equation)

    def _is_of_another_rule(self, deviation: Deviation) -> bool:
        """True if a fixed feedback matrix, or a negative number from outside the network such as a reward,
        explains the constant.
        """
        study, graph = self._study, self._graph
        if not study.update_cone.isdisjoint(self._judged.feedback(self._best.explanation)):
            return True
        outside = (each for each in (*study.feeds, *study.remembered) if each in graph.inputs)
        fed = graph.reached_from(graph.inputs[each] for each in outside)
        # The share of a new gradient in an optimiser's memory is positive.
        memory = {graph.current[each] for each in study.remembered}
        fed -= {at for at in fed if graph.roots[graph.nodes[at].equation] in memory}
        learnt = graph.reached_from(graph.inputs[each] for each in study.trained)
        for name in deviation.parameters:
            first = min((node for node, _ in self._best.matches.found.get(name, ())), default=-1)
            scales = graph.cone([graph.current[name]], {first})
            for node in (fed & scales) - learnt if deviation.ratio < 0 else ():
                value = study.actual[node]
                if value is not MISSING and not np.shape(value) and value < 0 and not self._is_negated(node):
                    return True
        return False

    def _is_negated(self, node: int) -> bool:
        """Whether a number is negative for any positive numbers from outside, as in `-1 / m`."""
        study, graph = self._study, self._graph
        cone = graph.cone([node])
        fed = [at for each in study.feeds if (at := graph.inputs.get(each)) in cone]
        for by in _SIZES:
            pins = {at: Fixed(np.abs(study.actual[at]) * by**place) for place, at in enumerate(fed, 1)}
            if not graph.again(study.actual, pins)[node] < 0:
                return False
        return True

    def _from_deviation(self, deviation: Deviation, states: Sequence[Values]) -> Finding:
        graph = self._graph
        ratio = deviation.ratio
        # A line in which a single change gives the constant is likelier than the last one, and one whose own
        # factor is another one likelier than one that lacks a factor.
        at, change, plan = self._likeliest(deviation.others, ratio, states) or (
            deviation.equation,
            *self._scaled(deviation.equation, ratio, states),
        )
        equation = graph.equations[at]
        sizes = (abs(ratio), 1 / abs(ratio))
        if (
            change.kind is MistakeKind.COUNT
            and change.same != _DIVISOR
            and not any(
                abs(size - count) < 1e-6 * count
                for size in sizes
                for count in (*self._samples, *(n * n for n in self._samples))
            )
        ):
            # A number that counts nothing is a factor.
            scale = scaled(graph.trees[at], ratio)
            change = replace(change, kind=MistakeKind.FACTOR, mistake=scale.mistake)
        part = None
        if plan is not None:
            repair = Repair(at, change, None, plan, self._best.matches, list(states), {})
            part = CalledParts(self._judged, self._best).of(repair)
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line if part is None else part.line,
            change.kind,
            change.mistake,
            # The parameter itself should not be divided, only its step.
            ""
            if part is not None or (plan is None and self._judged.is_update(at))
            else self._judged.right(at, change.tree),
            None
            if plan is None
            else worst_cell(self._study.actual[graph.roots[at]], graph.run(plan, self._study.actual)[-1]),
            deviation.parameters[0],
        )

    def _scaled(
        self, at: int, ratio: float, states: Sequence[Values]
    ) -> tuple[EquationChange, ChangedEquation | None]:
        """The change that divides an equation, or the step in it, by a ratio."""
        graph = self._graph
        tree, reads = graph.trees[at], {**graph.names_before(at), **graph.reads[at]}
        found: list[tuple[EquationChange, ChangedEquation]] = []
        for change in [
            *self._divisor_changes(at, ratio),
            *single_changes(tree),
            *self._count_changes(at, ratio),
        ]:
            try:
                plan = graph.plan(at, change.tree, reads)
            except KeyError:
                continue
            if self._is_scaled(at, plan, ratio, states):
                found.append((change, plan))
        if not found:
            return self._plain_scale(at, ratio), None
        # Rather another divisor than one more, and the difference of output and target than the `1 - h` of a
        # slope.
        change, plan = min(
            found,
            key=lambda one: (one[0].same != _DIVISOR, _turns_slope(tree, one[0].tree), one[0].column),
        )
        kind = change.kind
        if abs(ratio + 1) < 1e-6:
            kind = MistakeKind.SIGN
        elif kind is MistakeKind.FACTOR:
            kind = MistakeKind.COUNT
        return replace(change, kind=kind), plan

    def _is_scaled(self, at: int, plan: ChangedEquation, ratio: float, states: Sequence[Values]) -> bool:
        graph = self._graph
        name = self._judged.updated(at)
        if graph.roots[at] in {graph.current[each] for each in self._study.remembered}:
            # Beside what an optimiser remembers, its share of the gradient shows at the start.
            states = [at_start(self._study, each) for each in self._study.states]
        olds = [values[graph.inputs[name]] if name else values[graph.roots[at]] * 0.0 for values in states]
        given = change_direction((old, values[graph.roots[at]]) for old, values in zip(olds, states))
        changed = change_direction((old, graph.run(plan, values)[-1]) for old, values in zip(olds, states))
        return abs(scale_factor(given, changed) / ratio - 1) < 1e-6

    def _divisor_changes(self, at: int, ratio: float) -> Iterator[EquationChange]:
        """The number that an equation should divide by, in place of one by which it divides."""
        graph, actual, authors = self._graph, self._study.actual, self._judged.authors
        tree, there = graph.trees[at], graph.names_before(at)
        for node in ast.walk(tree):
            if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
                continue
            given = graph.places[at].get(id(node.right), -1)
            if given < 0 or np.shape(actual[given]):
                continue
            wanted = float(actual[given]) * ratio
            if abs(wanted - 1) < 1e-6:
                # Dividing by 1 is not dividing.
                continue
            names = [
                each
                for each, other in there.items()
                if not np.shape(actual[other]) and np.isclose(actual[other], wanted, rtol=1e-6)
            ]
            sizes = [
                ast.Call(ast.Name("size", ast.Load()), [ast.Name(each, ast.Load()), ast.Constant(axis)], [])
                for each, other in graph.reads[at].items()
                for axis, size in enumerate(np.shape(actual[other]))
                if np.isclose(size, wanted, rtol=1e-6)
            ]
            for expected in [*(ast.Name(each, ast.Load()) for each in names), *sizes][:1]:
                given_text, text = (
                    authors.text(each, graph.equations[at]) for each in (node.right, expected)
                )
                mistake = Mistake.DIVIDED_BY_OTHER.named(given=given_text, expected=text)
                changed = partial(replaced, tree, node.right, expected)
                column = getattr(node, "col_offset", 0)
                yield EquationChange.undoing(mistake, changed, column, _DIVISOR)

    def _count_changes(self, at: int, ratio: float) -> Iterator[EquationChange]:
        """The changes that divide or multiply by a count, written by its name if it has one."""
        graph, size = self._graph, abs(ratio)
        tree = graph.trees[at]
        name = graph.equations[at].name
        there = graph.names_before(at)
        for divide, count in ((True, size), (False, 1 / size)):
            if abs(count - round(count)) > 1e-6 or count < 1.5:
                continue
            number: ast.expr = ast.Constant(round(count))
            for other, node in there.items():
                if np.ndim(self._study.actual[node]) == 0 and self._study.actual[node] == round(count):
                    number = ast.Name(other, ast.Load())
                    break
            mistake = Mistake.COUNT_MISSING if divide else Mistake.COUNT_TOO_MANY
            named = mistake.named(count=ast.unparse(number))
            operator: ast.operator = ast.Div() if divide else ast.Mult()
            yield EquationChange.undoing(named, partial(ast.BinOp, tree, operator, number), same=_COUNTED)
            if (
                isinstance(tree, ast.BinOp)
                and isinstance(tree.left, ast.Name)
                and tree.left.id in (name, self._judged.updated(at))
            ):
                step = ast.BinOp(tree.right, operator, number)
                changed = partial(ast.BinOp, tree.left, tree.op, step)
                yield EquationChange.undoing(named, changed, same=_COUNTED)

    def _plain_scale(self, at: int, ratio: float) -> EquationChange:
        tree = self._graph.trees[at]
        if ratio < 0 and abs(ratio + 1) < 1e-6:
            return EquationChange.undoing(Mistake.SIGN.named(), partial(ast.UnaryOp, ast.USub(), tree))
        return EquationChange(
            MistakeKind.COUNT,
            factor_mistake(ratio).sentence,
            partial(ast.BinOp, tree, ast.Div(), ast.Constant(_short(ratio))),
        )


def _turns_slope(tree: ast.expr, changed: ast.expr) -> bool:
    """Whether a changed expression has `h - 1` where the one before it has not."""
    kept = {id(each) for each in ast.walk(tree)}
    return any(
        isinstance(each, ast.BinOp)
        and isinstance(each.op, ast.Sub)
        and number_literal(each.right) == 1
        and id(each) not in kept
        for each in ast.walk(changed)
    )


def _short(ratio: float) -> float:
    """A number as one would write it."""
    return float(f"{ratio:.7g}")
