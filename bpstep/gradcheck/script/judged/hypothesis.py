"""The loss that a pass is meant to lower, and the single mistakes whose repair makes it explain the pass."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.judged.steps import Steps
from bpstep.gradcheck.script.repairs.repairer import Repairer
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.labels import Direction, change_direction, direction, scale_factor
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.studied_pass import is_loss
from bpstep.script.meaning.study import Explanation, Matches, Study, is_part_of

_MAX_HYPOTHESES = 4
"""How many losses are tried if a line is wrong and none explains the pass."""

_MAX_MISTAKES = 6

_UNKNOWN = 3
"""A line without a known repair is as unlikely as this many lines with one."""

_MAX_EXPECTED = 12
"""The most runs of one line whose values are repaired one by one."""

MAX_SEARCH_WORK = 60_000
"""How many operations may be computed to try changes: some seconds."""

_USUAL_STATES = 2
"""For how many states that is."""

MORE_WORK = 20_000
"""How many more may be computed to find what a line should give."""

_OF_PROBABILITIES = ("binary_cross_entropy", "cross_entropy")
"""The usual losses of probabilities."""

_MIN_PASSED = 2
"""So many parameters make a backward pass, if there are more lines of gradients with the wrong one."""

MIN_RIGHT = 0.5
"""If a smaller share of the parameters follows its gradient, they follow another rule."""


@dataclass
class Hypothesis:
    """A loss, the repairs that make it explain the pass, and what is right then."""

    explanation: Explanation
    matches: Matches
    repairs: list[Repair] = field(default_factory=list)
    followed: int = 0
    """How many parameters follow it before any repair."""
    stepped: int = 0
    """How many of them change by a multiple of its gradient; all where none does, as with momentum."""

    others: tuple[str, ...] = ()
    """The parameters that follow another loss of the script."""

    @property
    def effort(self) -> int:
        """How much has to be repaired; less is likelier. A line without a known repair counts more, and so
        does one with a factor too many."""
        return sum(
            _UNKNOWN if each.plan is None or each.change.is_replaced else 1 + each.change.drops_factor
            for each in self.repairs
        )

    @property
    def wrong(self) -> list[str]:
        """The parameters that do not follow their gradient."""
        return [name for name in self.explanation.inputs if name not in self.matches.found]


class HypothesisSearch:
    """The search for the loss that explains most of a pass with the fewest repairs."""

    def __init__(self, judged: JudgedPass) -> None:
        self._judged = judged
        self._study, self._graph = judged.study, judged.graph
        # No loss is tried on a pass that trains nothing.
        self._states = judged.study.states if judged.study.trained else []
        # In more states each change takes more.
        self._work = MAX_SEARCH_WORK * max(1, len(self._states) // _USUAL_STATES)
        self._end = self._graph.work + self._work - judged.work_before
        if judged.opaque():
            self._end -= self._work // 2

    def best(self) -> Hypothesis | None:
        """The loss that explains most, with its repairs; None if there is none to try."""
        best: Hypothesis | None = None
        hypotheses = list(self._hypotheses())
        # The loss that the script computes gets its share of the work.
        own = any(
            one[0].candidate.kind == SCRIPT_LOSS and not self._study.is_same(hypotheses[0], one)
            for one in hypotheses[1:]
        )
        share = min(self._graph.work + self._work // 2, self._end) if own else self._end
        for explanation, matches in hypotheses:
            one = Hypothesis(
                explanation, matches, followed=len(matches.found), stepped=self._stepped(explanation, matches)
            )
            wrong = one.wrong
            if matches.found or not self._judged.opaque():
                self._mend(one, self._end if best else share)
            if best is None or self._is_better(one, best):
                best, self._judged.wrong_parameters = one, wrong
            others = [
                each
                for each in hypotheses
                if each[0].candidate.kind == SCRIPT_LOSS and each[1] is not matches
            ]
            is_final = best.explanation.candidate.kind == SCRIPT_LOSS or not any(
                self._stepped(*each) >= best.stepped
                and not (is_part_of(best.explanation, each[0]) and best.explanation.constant_beside(each[0]))
                for each in others
            )
            if not best.wrong and best.effort <= 1 and is_final:
                break
        return best if best is None or best.wrong or best.repairs else self._of_activated(best) or best

    def _of_activated(self, best: Hypothesis) -> Hypothesis | None:
        """The script's own loss, or the cross entropy of an activation that nothing reads, if a pass follows
        a loss of the activation's argument by one mistake alone: the error takes it in place of the output.

        For instance `delta = z - y`, half the squared error of `z`, below the cross entropy of `softmax(z)`.
        None if that is not so.
        """
        graph, candidate = self._graph, best.explanation.candidate
        if candidate.kind == SCRIPT_LOSS or len(candidate.outputs) != 1:
            return None
        ((argument,), (target,)) = candidate.outputs, candidate.targets
        reached = graph.reached_from([argument]) - {argument}
        unused = [
            replace(candidate, kind=kind, outputs=(output,))
            for output in self._unused_activations(argument)
            for kind in _OF_PROBABILITIES
        ]
        for own in filter(None, map(self._study.explain, (*self._study.scalars, *unused))):
            wanted = direction([each.get(argument, MISSING) for each in own.gradients])
            between = graph.cone(own.candidate.outputs) & reached
            is_of_all = own.inputs.keys() == best.explanation.inputs.keys()
            if is_of_all and any(self._is_error(at, target, wanted) for at in between):
                one = Hypothesis(own, self._study.match(own))
                wrong = one.wrong
                self._mend(one, min(self._end, graph.work + MAX_SEARCH_WORK // 4))
                if not one.wrong and [each.change.kind for each in one.repairs] == [MistakeKind.OTHER_TENSOR]:
                    self._judged.wrong_parameters = wrong
                    return one
        return None

    def _unused_activations(self, argument: int) -> Iterator[int]:
        """The results of functions of an argument that a line computes and nothing in the script reads."""
        graph = self._graph
        read = {node for reads in graph.reads for node in reads.values()}
        shape = np.shape(self._study.actual[argument])
        for root, equation in zip(graph.roots, graph.equations):
            is_function = (
                argument in graph.cone([root]) - {root} and np.shape(self._study.actual[root]) == shape
            )
            if is_function and root not in read and root not in self._study.update_cone:
                words = re.findall(r"\w+", "\n".join(self._judged.lines(equation.file)))
                if words.count(last_part(equation.name)) == 1:
                    yield root

    def _is_error(self, output: int, target: int, wanted: Direction | None) -> bool:
        """Whether the difference of an output and its target has this direction."""
        error = change_direction([(each[target], each[output]) for each in self._states])
        return bool(scale_factor(error, wanted))

    def _stepped(self, explanation: Explanation, matches: Matches) -> int:
        """How many of the parameters that follow a loss change by a multiple of its gradient; all where none
        does."""
        steps = ((self._study.change(name), explanation.inputs[name]) for name in matches.found)
        exact = [bool(scale_factor(given, explanation.direction(node))) for given, node in steps]
        return sum(exact) or len(exact)

    def of_loss(self, root: int, names: Collection[str]) -> Hypothesis | None:
        """A loss that the script computes, with the repairs after which some parameters go along its
        gradient, up or down; None if no repairs do that. The other parameters follow another loss."""
        own = self._restricted(root, names)
        if set(names) - own.inputs.keys():
            return None
        matches = self._study.match(own)
        others = tuple(name for name in self._study.trained if name not in names)
        one = Hypothesis(own, matches, followed=len(matches.found), others=others)
        self._mend(one, min(self._end, self._graph.work + MAX_SEARCH_WORK // 4))
        return None if one.wrong else one

    def keeps(self, one: Hypothesis, followers: Mapping[int, Collection[str]]) -> bool:
        """Whether the parameters that follow other losses of the script still do with some repairs."""
        states = steps_of(self._study, one).states
        for root, names in followers.items():
            other = self._restricted(root, names)
            if not set(names) <= self._study.match(other, states).found.keys():
                return False
        return True

    def _restricted(self, root: int, names: Collection[str]) -> Explanation:
        """A loss that the script computes, as a loss of some of the parameters."""
        (found,) = (
            each
            for each, _ in self._study.ranked
            if each.candidate.kind == SCRIPT_LOSS and each.candidate.outputs[0] == root
        )
        inputs = {name: node for name, node in found.inputs.items() if name in names}
        others = tuple(name for name in self._study.trained if name not in inputs)
        return replace(found, inputs=inputs, flat=others)

    def _is_better(self, one: Hypothesis, best: Hypothesis) -> bool:
        before, after = (best.explanation, best.matches), (one.explanation, one.matches)
        if not best.wrong and not one.wrong:
            own = [each.explanation.candidate.kind == SCRIPT_LOSS for each in (best, one)]
            script, usual = (one, best) if own[1] else (best, one)
            is_other = own[0] != own[1] and not is_part_of(usual.explanation, script.explanation)
            # The script's loss may have more terms than a usual one.
            is_more = own[0] != own[1] and not usual.explanation.constant_beside(script.explanation)
            is_more = is_more and script.effort <= usual.effort
            if (is_other or is_more) and script.stepped >= usual.stepped:
                # A loss that the script computes is meant, though another one may need less mended.
                return own[1]
            if one.effort == best.effort:
                return self._deviating(one) < self._deviating(best)
            return one.effort < best.effort
        return one.matches.rank > best.matches.rank and not self._study.is_same(before, after)

    def _hypotheses(self) -> Iterator[tuple[Explanation, Matches]]:
        """The losses to try: those that explain everything, then the script's own, then those that explain
        most.
        """
        first = self._study.best_match
        if first is not None and len(first[1].found) == len(first[0].inputs) == self._judged.count(first[0]):
            yield first
            return
        ranked = [one for one in self._study.ranked if one[0].inputs]
        if not ranked:
            return
        reached = [len(one[0].inputs) + len(one[0].flat) for one in ranked]
        wide = [one for one, count in zip(ranked, reached) if count == max(reached)]
        own = self._without_parts([one for one in wide if one[0].candidate.kind == SCRIPT_LOSS])
        same = [one for one in wide if any(is_part_of(one[0], other[0]) for other in own)]
        telling = [one for one in wide if one[1].rank[0]] or wide
        # A loss that half of the parameters already follow is the intended one, whatever the script prints.
        clear = [one for one in ranked[:1] if 2 * len(one[1].found) >= len(one[0].inputs)]
        if any(len(one[1].found) == len(each[1].found) for one in clear for each in (*same, *own)):
            # As many follow the loss that the script computes.
            clear = []
        # What the script's loss adds, as a penalty of the weights alone, is followed beside a wrong gradient.
        totals = self._graph.cone([one[0].candidate.outputs[0] for one in own])
        added = [] if max(reached) == reached[0] else clear
        added = [one for one in added if totals.issuperset(one[0].candidate.outputs)]
        clear = [] if added else clear
        if not own and not clear:
            # If the script computes no loss, its backward pass may begin with another of the outputs.
            places = {(one[0].candidate.outputs, one[0].candidate.targets) for one in telling}
            telling += [
                one
                for one in wide
                if one[1].rank[1] and (one[0].candidate.outputs, one[0].candidate.targets) in places
            ]
        tried = [*clear, *same, *own, *added, *telling] if len(same) < _MAX_HYPOTHESES else [*clear, *telling]
        yield from list({id(one[0]): one for one in tried}.values())[:_MAX_HYPOTHESES]

    def _without_parts(self, own: list[tuple[Explanation, Matches]]) -> list[tuple[Explanation, Matches]]:
        """The losses of the script without those that another one adds to, as from sample to sample."""
        roots = {id(one[0]): one[0].candidate.outputs[0] for one in own}
        cones = {root: self._graph.cone([root]) for root in roots.values()}
        return [
            one
            for one in own
            if not any(roots[id(one[0])] in cone for root, cone in cones.items() if root != roots[id(one[0])])
        ]

    def _mend(self, one: Hypothesis, end: int) -> None:
        """Repair the single mistakes one by one, as long as that makes more right."""
        study, states = self._study, self._study.states
        if len(one.matches.found) < MIN_RIGHT * self._judged.count(one.explanation):
            end = min(end, self._graph.work + self._work // 2)
        try:
            while one.wrong and len(one.repairs) < _MAX_MISTAKES:
                repairer = Repairer(study, one.explanation, one.matches)
                single = repairer.best(one.wrong, end)
                repairs = repairer.several(one.wrong, end) if single is None else [single]
                for repair in repairs:
                    self._take(one, repair)
                if not repairs:
                    break
            is_meant = bool(one.matches.rank[0] or study.loss)
            if one.wrong and not self._judged.opaque() and (is_meant or self._is_computed(one)):
                self._expect(one, end)
                if not is_meant and not self._passes_on(one):
                    one.repairs, one.matches = [], study.match(one.explanation, states)
            if one.wrong and one.repairs and not self._judged.opaque():
                self._expect_alone(one, end)
        finally:
            study.use(states, {})

    def _is_computed(self, one: Hypothesis) -> bool:
        """Whether a loss is a number of the script that is called one, and several parameters could follow
        it."""
        candidate = one.explanation.candidate
        is_own = candidate.kind == SCRIPT_LOSS and is_loss(self._graph.written(candidate.outputs[0]))
        return is_own and len(one.explanation.inputs) >= _MIN_PASSED

    def _passes_on(self, one: Hypothesis) -> bool:
        """Whether one line is wrong, and others pass on to all parameters what it should give: they are a
        backward pass of the loss, though no parameter follows it."""
        graph = self._graph
        lines = {graph.equations[each.equation].line for each in one.repairs}
        forward = graph.cone(one.explanation.candidate.outputs)
        read = {node for each in one.repairs for node in graph.reads[each.equation].values()}
        # What the line multiplies a gradient with may be wrong instead.
        if read & self._study.roots - forward - one.matches.labels.keys():
            return False
        behind = one.matches.rank[1] - self._study.match(one.explanation, self._states).rank[1]
        return not one.wrong and len(lines) == 1 and behind > _MIN_PASSED

    def _take(self, one: Hypothesis, repair: Repair) -> None:
        one.repairs.append(repair)
        self._study.use(repair.states, {**self._study.pins, **repair.pins})
        one.matches = repair.matches

    def _expect(self, one: Hypothesis, end: int) -> None:
        """If no repair of a line is known: the line whose gradient, if it were right, would make everything
        right.
        """
        graph, before, count = self._graph, one.matches, len(one.repairs)
        while one.wrong and len(one.repairs) - count < _MAX_EXPECTED:
            repairer = Repairer(self._study, one.explanation, one.matches)
            repair = repairer.expected(one.wrong, end + MORE_WORK)
            if repair is None:
                break
            self._take(one, repair)
            if len({graph.equations[each.equation].line for each in one.repairs[count:]}) > 1:
                break
        if one.wrong or len({graph.equations[each.equation].line for each in one.repairs[count:]}) > 1:
            del one.repairs[count:]
            one.matches = before

    def _expect_alone(self, one: Hypothesis, end: int) -> None:
        """The same in place of all repairs, if these leave something wrong."""
        mended, repairs, states, pins = one.matches, one.repairs, self._study.states, self._study.pins
        self._study.use(self._states, {})
        one.matches, one.repairs = self._study.match(one.explanation), []
        self._expect(one, end)
        if one.wrong:
            one.matches, one.repairs = mended, repairs
            self._study.use(states, pins)

    def _deviating(self, one: Hypothesis) -> int:
        """How many steps have another sign or size than the others under this loss."""
        steps = steps_of(self._study, one)
        return len(list(steps.deviations(self._judged.counts(one.explanation))))


def steps_of(study: Study, one: Hypothesis) -> Steps:
    """The steps of the parameters under a hypothesis, with its repairs applied."""
    pins = {root: pin for repair in one.repairs for root, pin in repair.pins.items()}
    states = [study.graph.again(values, pins) for values in study.states]
    own = study.own_loss(one.explanation)
    scale = one.explanation.constant_beside(own) if own is not None else None
    return Steps(study, one.explanation, one.matches, states, scale)


class HypothesisFindings:
    """What findings under a hypothesis are made from."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        self._judged, self._best = judged, best
        self._study, self._graph = judged.study, judged.graph
