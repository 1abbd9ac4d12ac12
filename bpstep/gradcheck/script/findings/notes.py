"""Notes that accuse no line: another loss or scale, and what prevents learning."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.findings.not_finite import first_not_finite, in_iteration
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import HypothesisFindings
from bpstep.gradcheck.script.text.text_lines import (
    unread_names,
    unused_counts,
)
from bpstep.lang.trees import function_name
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import MISSING, Fixed, have_one_shape
from bpstep.script.meaning.losses import SCRIPT_LOSS, LossCandidate
from bpstep.script.meaning.studied_pass import is_loss
from bpstep.script.meaning.study import is_part_of
from bpstep.text import fill

BETTER = re.compile("margin|reward|score|likelihood|objective|utility|gain|fitness|elbo", re.IGNORECASE)
"""Names of numbers that should be increased."""

_MAX_NAMES = 6

_PASSES_AHEAD, _MUCH = 3, 2
"""How many passes ahead are computed, and how many times as large a loss becomes that is called rising."""


class Notes(HypothesisFindings):
    """The notes on a pass whose lines are right by themselves."""

    def other_loss_or_scale(self, accused: bool) -> Iterator[Finding]:
        """What is not a mistake by itself: a loss other than that of the script, or another scale."""
        study, graph = self._study, self._graph
        explanation = self._best.explanation
        source = self._first_gradient()
        if source >= 0 and not accused and not self._best.repairs:
            yield from self._scale_notes(source)
        if explanation.candidate.kind == SCRIPT_LOSS or source < 0:
            return
        equation = graph.equations[source]
        reached = graph.reached_from(explanation.candidate.outputs)
        updated = {graph.current[name] for name in study.trained}
        # The result of an update may have got the name of another variable.
        weights = graph.cone(explanation.candidate.outputs).intersection(graph.inputs.values())
        # A sum of losses over the passes is none.
        weights |= {graph.inputs[name] for name in study.all_carried if not is_loss(name)}
        stepped = graph.cone(
            at
            for at, node in enumerate(graph.nodes)
            if node.pattern == "_0 - _1" and node.operands[0] in weights
        )
        # A loss written with the logarithm of the output reads what the output is computed from.
        sources = {node for output in explanation.candidate.outputs for node in graph.nodes[output].operands}
        cones = [(each, graph.cone(each.outputs)) for each in study.scalars]
        later = updated | self._later_gradients()
        told = [
            each
            for each, cone in cones
            # A gradient that is a single number, and what is updated with it, are not losses.
            if each.outputs[0] not in stepped
            and (reached.issuperset(each.outputs) or sources <= cone or self._is_loss_beside(each, cone))
            and not cone & later
        ]
        own = [each for each in map(study.explain, told) if each is not None]
        whole = [
            each
            for each in own
            if len(each.inputs) == len(explanation.inputs) and self._is_meant(each.candidate.outputs[0])
        ]
        same = [each for each in whole if is_part_of(explanation, each) or explanation.constant_beside(each)]
        if whole and not same and not study.loss:
            sentence = fill(
                messages.OTHER_LOSS_FOUND,
                loss=graph.written(whole[0].candidate.outputs[0]),
                kind=fill(messages.LOSS_NAMES[explanation.candidate.kind]),
                output=graph.written(explanation.candidate.outputs[0]),
            )
            yield Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        if not own and not accused:
            for _, name in unused_counts(self._judged.lines(equation.file), equation.line):
                sentence = fill(messages.COUNT_UNUSED, name=name)
                yield Finding(FindingKind.OTHER_SCALE, equation, equation.line, MistakeKind.COUNT, sentence)

    def _later_gradients(self) -> set[int]:
        """The gradients that are computed from other gradients.

        The first one may be the error, from which a script computes its loss.
        """
        graph = self._graph
        forward = graph.cone(self._best.explanation.candidate.outputs)
        gradients = self._best.matches.labels.keys() - forward
        return {at for at in gradients if not gradients.isdisjoint(graph.cone(graph.nodes[at].operands))}

    def _is_loss_beside(self, own: LossCandidate, cone: Collection[int]) -> bool:
        """Whether a number that is called a loss depends on the targets, and on a result that the outputs
        depend on, too, and that depends on all parameters: the loss of other data does not.

        A label may be in it as the number of a cell, which has no connection to the target of a sample.
        """
        graph, explanation = self._graph, self._best.explanation
        targets = graph.cone(explanation.candidate.targets) & set(graph.inputs.values())
        if not is_loss(graph.written(own.outputs[0])) or not targets.issubset(cone):
            return False
        shared = graph.cone(explanation.candidate.outputs) & self._study.roots & set(cone)
        return any(graph.cone([root]).issuperset(explanation.inputs.values()) for root in shared)

    def not_learning(self) -> Iterator[Finding]:
        """What prevents a network from learning although its lines are right: gradients of 0, wrong
        labels.
        """
        study, graph, explanation = self._study, self._graph, self._best.explanation
        seeds = explanation.candidate.seeds(study.actual)
        # Without an error, nothing has to change.
        if (
            seeds is not None
            and explanation.candidate.kind != SCRIPT_LOSS
            and any(map(np.any, seeds.values()))
        ):
            gradients = explanation.backward.gradients(study.actual, seeds)
            if not any(np.any(gradients.get(node, 0.0)) for node in explanation.inputs.values()):
                at = self._dead_activation(gradients)
                template = messages.NOTHING_CHANGES
                if at >= 0:
                    template = messages.DEAD_FOR_SAMPLES if self._has_samples() else messages.DEAD_ACTIVATION
                equation = None if at < 0 else graph.equations[graph.nodes[at].equation]
                sentence = fill(template, output="" if at < 0 else graph.written(at))
                line = 0 if equation is None else equation.line
                yield Finding(FindingKind.NOT_LEARNING, equation, line, sentence=sentence)
        source = self._first_gradient()
        if explanation.candidate.kind == "binary_cross_entropy" and source >= 0:
            equation = graph.equations[source]
            for target in dict.fromkeys(explanation.candidate.targets):
                low, high = float(np.min(study.actual[target])), float(np.max(study.actual[target]))
                if low < 0 or high > 1:
                    sentence = fill(
                        messages.LABELS_OUTSIDE,
                        target=graph.written(target),
                        low=f"{low:.4g}",
                        high=f"{high:.4g}",
                        loss=fill(messages.LOSS_NAMES[explanation.candidate.kind]),
                    )
                    yield Finding(FindingKind.NOT_LEARNING, equation, equation.line, sentence=sentence)
                    return

    def without_target(self) -> Iterator[Finding]:
        """That the script's loss compares its outputs with no data, where a name is never read that may be
        the target's."""
        graph, candidate = self._graph, self._best.explanation.candidate
        if (
            candidate.kind != SCRIPT_LOSS
            or len(candidate.outputs) != 1
            or self._compares(candidate.outputs[0])
        ):
            return
        equation = graph.equations[graph.nodes[candidate.outputs[0]].equation]
        name = next(unread_names(self._judged.lines(equation.file), equation.line), "")
        if name:
            sentence = fill(messages.NO_TARGET, loss=graph.written(candidate.outputs[0]), name=name)
            yield Finding(FindingKind.NOT_LEARNING, equation, equation.line, sentence=sentence)

    def _compares(self, loss: int) -> bool:
        """Whether data meet a result of the parameters on the way to a loss."""
        study, graph = self._study, self._graph
        starts = {graph.inputs[name] for name in study.trained}
        results, weights = graph.reached_from(starts), graph.parts_of(starts)
        given = graph.reached_from(graph.inputs[name] for name in study.data) - results
        return any(
            not given.isdisjoint(graph.nodes[at].operands)
            and not (results - weights).isdisjoint(graph.nodes[at].operands)
            for at in graph.cone([loss]) & results - weights
        )

    def without_rate(self) -> Iterator[Finding]:
        """The updates of one line that subtract a gradient as it is, where the other steps have a rate."""
        graph = self._graph
        numbers = {name: self._numbers_read(name) for name in self._best.matches.found}
        shared = set.intersection(*numbers.values()) if numbers else set()
        if any(self._multiplies(each, list(numbers)) for each in shared):
            # All steps have their rate; another factor of some is a part of their gradient.
            return
        for rate in sorted(set().union(*numbers.values())):
            bare = [name for name, read in numbers.items() if rate not in read]
            others = [name for name in numbers if name not in bare]
            if not bare or not all(map(self._is_bare, bare)) or not self._multiplies(rate, others):
                continue
            at = graph.roots.index(graph.current[bare[0]])
            equation, tree = graph.equations[at], graph.trees[at]
            lines = {graph.equations[graph.roots.index(graph.current[name])].line for name in bare}
            if len(lines) > 1 or not isinstance(tree, ast.BinOp):
                continue
            name = graph.written(rate)
            step = ast.BinOp(ast.Name(name, ast.Load()), ast.Mult(), tree.right)
            yield Finding(
                FindingKind.OTHER_SCALE,
                equation,
                equation.line,
                MistakeKind.FACTOR,
                fill(messages.NO_RATE, rate=name, others=", ".join(others[:_MAX_NAMES])),
                self._judged.right(at, ast.BinOp(tree.left, tree.op, step)),
                by=bare[0],
            )
            return

    def _is_bare(self, name: str) -> bool:
        """Whether a parameter's own gradient is subtracted from it, or added to it."""
        graph = self._graph
        end, gradient = graph.nodes[graph.current[name]], min(self._best.matches.found[name])
        is_step = graph.current[name] in graph.roots and end.pattern in ("_0 - _1", "_0 + _1")
        return is_step and end.operands == (graph.inputs[name], gradient[0])

    def _numbers_read(self, name: str) -> set[int]:
        """The single numbers from before the pass that a parameter's new value depends on."""
        graph = self._graph
        cone = graph.cone([graph.current[name]]) - {graph.inputs[name]}
        starts = (at for at in cone if not graph.nodes[at].operands and at not in self._study.active)
        return {at for at in starts if not np.shape(self._study.actual[at])}

    def _multiplies(self, rate: int, names: Sequence[str]) -> bool:
        """Whether the steps of parameters are proportional to a number."""
        graph, values = self._graph, self._study.actual
        doubled = graph.again(values, {rate: Fixed(values[rate] * 2)})

        def is_doubled(name: str) -> bool:
            start, end = graph.inputs[name], graph.current[name]
            step, other = values[end] - values[start], doubled[end] - values[start]
            return have_one_shape(step, other) and np.allclose(other, 2 * step)

        return all(map(is_doubled, names))

    def rising(self, index: int) -> Iterator[Finding]:
        """The finding that the loss rises from this pass on, number `index`, or is soon no finite number: the
        steps may be too long.

        The next passes are computed with the samples of this one.
        """
        study, graph = self._study, self._graph
        candidate = self._shown_loss()
        name = graph.written(candidate.outputs[0])
        if candidate.kind == SCRIPT_LOSS and BETTER.search(name):
            return
        losses: list[float] = []
        before, values = dict(graph.before), study.actual
        with np.errstate(all="ignore"):
            while len(losses) <= _PASSES_AHEAD:
                losses.append(candidate.value(values))
                before |= {each: values[graph.current[each]] for each in study.all_carried}
                if not np.isfinite(losses[-1]) or any(value is MISSING for value in before.values()):
                    break
                values = graph.evaluate(before)
        lost = None if study.feeds else first_not_finite(graph, values, candidate.outputs)
        if lost is not None:
            yield in_iteration(lost, index + len(losses) - 1, index)
            return
        losses = list(takewhile(np.isfinite, losses))
        is_rising = all(one < other for one, other in pairwise(losses))
        if len(losses) < 2 or not is_rising or losses[-1] < _MUCH * abs(losses[0]):
            return
        slots = {
            "begin": index,
            "end": index + len(losses) - 1,
            "first": f"{losses[0]:.4g}",
            "last": f"{losses[-1]:.4g}",
        }
        template = messages.LOSS_OF_SAMPLES_RISES if self._has_samples() else messages.LOSS_RISES
        yield Finding(FindingKind.NOT_LEARNING, sentence=fill(template, **slots))

    def _shown_loss(self) -> LossCandidate:
        """The loss that the script computes, if a pass does not add to that of the one before; else the one
        that was found."""
        explanation = self._best.explanation
        own = self._study.own_loss(explanation)
        carried = {self._graph.current[name] for name in self._study.all_carried}
        if own is None or not carried.isdisjoint(own.candidate.outputs):
            return explanation.candidate
        return own.candidate if explanation.constant_beside(own) > 0 else explanation.candidate

    def _has_samples(self) -> bool:
        """Whether another pass may have other data."""
        return any(np.ndim(self._graph.before[each]) for each in self._study.feeds)

    def _dead_activation(self, gradients: Mapping[int, Any]) -> int:
        """The last activation that is 0 everywhere and stops every gradient, as its slope is 0; -1 for
        none."""
        study, graph = self._study, self._graph
        nodes = [*self._best.explanation.backward.nodes, *self._best.explanation.candidate.outputs]

        def stops(at: int) -> bool:
            operands = graph.nodes[at].operands
            is_passed = any(np.any(gradients.get(each, 0.0)) for each in operands)
            return bool(operands) and not np.any(study.actual[at]) and not is_passed

        dead = [at for at in nodes if np.any(gradients.get(at, 0.0)) and stops(at)]
        return max((at for at in dead if function_name(_operation(graph.nodes[at].pattern))), default=-1)

    def _is_meant(self, root: int) -> bool:
        """Whether a number of the script is its loss: one that is only printed may be any measure."""
        equation = self._graph.equations[self._graph.nodes[root].equation]
        return not equation.unnamed or re.match("loss|cost", equation.name, re.IGNORECASE) is not None

    def _scale_notes(self, source: int) -> Iterator[Finding]:
        """The finding that the division by the number of samples is missing or done twice, or is unknown
        without a loss.
        """
        study, explanation = self._study, self._best.explanation
        constants = [abs(places[0][1]) for places in self._best.matches.found.values()]
        # A line that sums a gradient may divide it by the count afterwards.
        later = [
            constant
            for (first, _), *places in self._best.matches.found.values()
            for node, constant in places
            if self._divides_between(first, node)
        ]
        if not np.allclose(constants, constants[0], rtol=1e-6) or self._best.wrong:
            return
        equation = self._graph.equations[self._last_scaled(source)]
        own = study.own_loss(explanation)
        if own is None:
            is_plain = np.isclose(constants[0], (1, 2)).any()
            told = next(unused_counts(self._judged.lines(equation.file), equation.line), None)
            if study.scalars or study.loss or told or not is_plain:
                return
            count = self._samples()
            if not count or self._is_divided(count):
                return
            sentence = fill(messages.COUNT_UNKNOWN, count=count)
        else:
            beside = abs(explanation.constant_beside(own))
            factor = min(abs(self._constant(each, source)) for each in self._best.matches.found) * beside
            if not factor:
                return
            size = max(factor, 1 / factor)
            if any(abs(each * beside) < factor / 1.5 and np.isclose(abs(each * beside), 1) for each in later):
                return
            counts = self._judged.counts(self._best.explanation)
            root = own.candidate.outputs[0]
            if not self._is_meant(root):
                return
            loss = self._graph.written(root)
            if factor > 1 and self._is_divided(round(size), may_be_mean=False):
                return
            samples = self._judged.sample_counts(self._best.explanation)
            if any(np.isclose(size, samples, rtol=1e-6, atol=0)):
                template = messages.COUNT_NOWHERE if factor > 1 else messages.COUNT_TWICE
                sentence = fill(template, count=round(size), loss=loss)
            elif any(np.isclose(size, counts, rtol=1e-6, atol=0)) or self._is_of_counts(factor, counts):
                sentence = fill(messages.SCALE_OF_LOSS, factor=f"{factor:.6g}", loss=loss)
            else:
                return
        if own is not None and self._divides_by_size():
            sentence = fill(messages.SCALE_DIVIDED_OUT, scale=sentence)
        line, file = self._where_divided(equation), ""
        part = next((each for each in equation.called if each.source == equation.source), None)
        if part is not None and any(self._judged.lines(part.file)):
            line, file = part.line, part.file
        yield Finding(FindingKind.OTHER_SCALE, equation, line, MistakeKind.COUNT, sentence, file=file)

    def _constant(self, name: str, source: int) -> float:
        """The multiple of a parameter's gradient before its update; where the update computes the gradient
        itself, as in `W -= rate * X.T @ d`, that of the first gradient, as the rate may be in it."""
        graph, matches = self._graph, self._best.matches
        node, constant = matches.found[name][0]
        if graph.roots[graph.nodes[node].equation] != graph.current[name]:
            return constant
        return self._study.clearest(list(matches.labels[graph.roots[source]]))[1]

    def _where_divided(self, equation: ScriptEquation) -> int:
        """The line where the gradient that an equation gives would be divided. Below a line that changes a
        few of its cells, as `d[rows, labels] -= 1`, it is the next one, if that returns it."""
        stored = re.match(r"([\w.]+)\[", equation.written.strip())
        below = self._judged.lines(equation.file)[equation.line :]
        at = next((at for at, text in enumerate(below) if text.strip()), 0)
        returned = "" if stored is None else f"return {stored[1]}"
        is_returned = any(text.strip() == returned for text in below[at : at + 1])
        return equation.line + 1 + at if is_returned else equation.line

    def _divides_between(self, first: int, later: int) -> bool:
        """Whether a division or a mean makes a later multiple of a gradient of the first one: a rate that
        only multiplies is no count, though it may be as large as one over it."""
        return self._graph.has_division(self._graph.cone([later]) - self._graph.cone([first]))

    def _divides_by_size(self) -> bool:
        """Whether every step is divided by the root of what is computed from its gradient, as in RMSprop and
        Adam: then no multiple of all gradients changes it."""
        graph, gradients = self._graph, self._best.matches.labels.keys()

        def is_divided(name: str) -> bool:
            ends = graph.cone([graph.current[name]])
            divisors = [graph.nodes[at].operands[-1] for at in ends if "/ " in graph.nodes[at].pattern]
            roots = [at for at in graph.cone(divisors) if graph.nodes[at].pattern.startswith("sqrt(")]
            return any(not gradients.isdisjoint(graph.cone([at])) for at in roots)

        return all(map(is_divided, self._best.matches.found))

    def _is_of_counts(self, factor: float, counts: Sequence[int]) -> bool:
        """Whether a factor is a count of samples twice, or beside another number that a gradient is divided
        by: then it is not a rate."""
        graph, actual = self._graph, self._study.actual
        cone = self._study.update_cone - graph.cone(self._best.explanation.candidate.outputs)
        by = {graph.nodes[at].operands[-1] for at in cone if "/ _" in graph.nodes[at].pattern}
        divisors = {float(actual[at]) for at in by if actual[at] is not MISSING and not np.shape(actual[at])}
        usual = any(np.isclose(factor, each) for each in (0.5, 1, 2))
        told: list[float] = [one * other for one in counts for other in counts]
        told += [count / each for count in counts for each in divisors if each and each not in counts]
        return not usual and any(np.isclose([factor, 1 / factor], each, rtol=1e-6).any() for each in told)

    def _is_divided(self, count: int, may_be_mean: bool = True) -> bool:
        """Whether an update takes a mean, or something divided by a count, as `rate / m` or `step / m`."""
        graph, actual = self._graph, self._study.actual
        written = re.compile(rf"/ {count}(\.0)?\b" + (r"|\bmean\(" if may_be_mean else ""))
        forward = set() if may_be_mean else graph.cone(self._best.explanation.candidate.outputs)
        for at in self._study.update_cone - forward:
            node = graph.nodes[at]
            by = node.operands[-1:] if "/" in node.pattern else ()
            if written.search(node.pattern) or any(
                np.ndim(actual[each]) == 0 and actual[each] == count for each in by
            ):
                return True
        return False

    def _last_scaled(self, source: int) -> int:
        """The last equation that gives the same gradient as the first one: the division by a count belongs
        there.
        """
        labels, roots = self._best.matches.labels, self._graph.roots
        node = self._study.clearest(list(labels[roots[source]]))[0].node
        at = source
        for later in range(source + 1, len(roots)):
            same = any(label.node == node for label, _ in labels.get(roots[later], ()))
            if same and roots[at] in self._graph.reads[later].values():
                at = later
        return at

    def _first_gradient(self) -> int:
        """The first equation that gives a gradient; -1 if none does."""
        roots = self._graph.roots
        return next((at for at, root in enumerate(roots) if root in self._best.matches.labels), -1)

    def _samples(self) -> int:
        """The number of samples in the pass; 0 if it is unclear, or if there is only one."""
        found = self._judged.shown_sample_counts(self._best.explanation)
        return max(found) if len(found) == 1 else 0


def _operation(pattern: str) -> ast.expr:
    return ast.parse(pattern, mode="eval").body
