"""Searches the change of an equation that makes the gradients of a pass right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice, product

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.repairs.called_slopes import CalledSlopes
from bpstep.gradcheck.script.repairs.derived_changes import DerivedChanges
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange, entry_changes, whole_slope
from bpstep.gradcheck.script.repairs.expected_results import ExpectedResults
from bpstep.gradcheck.script.repairs.list_entries import entries_beside
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss, is_same
from bpstep.gradcheck.script.repairs.suspects import Suspects, is_close
from bpstep.gradcheck.script.repairs.trials import Repair, Trials
from bpstep.gradcheck.script.repairs.usual_changes import MULTIPLES, UsualChanges
from bpstep.gradcheck.script.text.equation_trees import base_name, is_rearranged
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.script.meaning.graph import ChangedEquation
from bpstep.script.meaning.labels import change_direction, direction, scale_factor
from bpstep.script.meaning.study import Explanation, GradientLabel, Matches, Study

_MAX_CHANGES = 700

_MAX_LINES, _MAX_GRADIENTS = 12, 3
"""How many lines are changed together, and how many gradients are tried for one line, if one change is not
enough.
"""

_DERIVED_SHARE = 6
"""The derived changes may take one part in this many of the work."""

_LINE_SHARE = 2
"""The usual changes of a line that runs several times may take one part in this many of what is left of the
work.
"""

_FEW_TIMES = 3
"""A line that runs so often may take more work than there is to try all changes of it."""

_MANY_TIMES = 12
"""In a line that runs more often, all runs are changed alike, one change after the other."""

_CHANGES_OF_WORK = 4
"""Writing so many changes takes as long as an operation."""

_SLOPES = (
    MistakeKind.SLOPE_MISSING,
    MistakeKind.SLOPE_PLACE,
    MistakeKind.SLOPE_WRONG,
    MistakeKind.CONDITION,
)
"""The mistakes of a derivative."""

_Try = tuple[EquationChange, ChangedEquation, GradientLabel | None]
"""A change, its operations, and the gradient that it gives."""


class Repairer:
    """Searches the single change that makes most of a pass's gradients right under one loss."""

    def __init__(self, study: Study, explanation: Explanation, matches: Matches) -> None:
        under = PassUnderLoss(study, explanation, matches)
        self._under = under
        self._study, self._graph = under.study, under.graph
        self._explanation, self._matches = under.explanation, under.matches
        self._forward, self._groups = under.forward, under.groups
        self._suspects, self._trials = Suspects(under), Trials(under)
        self._usual = UsualChanges(under, self._suspects)
        self._derived_changes = DerivedChanges(under, self._suspects)
        self._called_slopes = CalledSlopes(under, self._trials)
        self._expected = ExpectedResults(under, self._suspects, self._trials)
        self._tried: dict[tuple[int, str], _Try | None] = {}
        self._changes_of: dict[tuple[int, bool], dict[str, EquationChange]] = {}

    def best(self, wrong: Sequence[str], end: int) -> Repair | None:
        """The change that makes most right; of equally good ones the first.

        `wrong` are parameters. The search stops once the graph's work reaches `end`. A change after which
        parameters go uphill is taken if no other one is found: the sign is then another mistake.
        """
        self._trials.end = end
        found = self._best(wrong)
        if found is None and self._trials.has_refused:
            self._trials.may_go_uphill = True
            found = self._best(wrong)
        return found

    def _best(self, wrong: Sequence[str]) -> Repair | None:
        suspects = list(self._suspects.ordered(wrong))
        adding = self._adding(suspects)
        if adding is not None:
            return adding
        called = next(filter(self._is_whole, self._called_slopes.repairs(suspects)), None)
        if called is not None:
            return called
        best = next((each for each in map(self._one_by_one, suspects) if each is not None), None)
        if best is not None:
            return best
        # A line that is wrong although its inputs are right is the most likely cause.
        faults = self._suspects
        faulty = [at for at in suspects if any(map(faults.is_wrong_by_itself, self._groups[at]))]
        # What it reads may be only a part of a gradient: the rest of it is missing.
        partly = [at for at in suspects if faults.is_part(at) and faults.is_read_by(at, faulty)]
        rest = [at for at in suspects if at not in faulty]
        # Where several lines read what is not yet what they need, one line is likelier than all of them.
        shared = faults.shared(suspects, faulty)
        # What such a line reads of a faulty one is missing there, and not here.
        by_faulty = {self._graph.roots[each] for at in faulty for each in self._groups[at]}
        partly, shared = (
            [at for at in lines if by_faulty.isdisjoint(self._graph.reads[at].values())]
            for lines in (partly, shared)
        )
        # Nor does one pass a gradient on as it is for nothing.
        given = {self._graph.roots[at] for at in shared}
        passing = [
            at
            for at in rest
            if self._graph.equations[at].copy_of
            and faults.is_read_by(at, faulty)
            and given.isdisjoint(self._graph.reads[at].values())
        ]
        # What one passes on may be only a part of a gradient: that was computed above.
        copied = [self._copied_from(at) for at in passing]
        passing = [*(each for each in copied if faults.is_part(each)), *passing]
        derived = self._by_derivation(passing or [*partly, *shared, *faulty])
        if derived is not None:
            # A single mistake in a line that it reads is likelier than one that only the derivation mends.
            read = {node for at in faulty for node in self._graph.reads[at].values()}
            read |= self._graph.cone(read) & faults.helpers
            rest = [at for at in rest if self._graph.roots[at] in read]
            simple = self._simple([derived.equation, *passing, *shared, *faulty, *rest])
            return self._where_computed(derived if simple is None else simple)
        stages = [
            *product((passing,), (False, True), (True,)),
            (shared, False, True),
            *product((faulty,), (False, True), (True,)),
            (rest, False, True),
            # What a faulty line adds to may be wrong as well, as a sum that began with the same mistake.
            (faulty, False, False),
            (rest, False, False),
        ]
        for lines, is_added, directly in [*stages, (rest, True, True), (suspects, True, False)]:
            if best is not None and not directly:
                continue
            for at in lines:
                # After a line that runs often, others get a share, too: they may make it look wrong.
                share = _LINE_SHARE if len(self._groups[at]) >= _FEW_TIMES else 1
                with self._trials.part_of_work(share):
                    for repair in self._repairs(at, directly, is_added):
                        if best is None or repair.rank > best.rank:
                            best = repair
                        if self._is_whole(repair):
                            break
                if best is not None and self._is_whole(best):
                    return self._where_computed(best)
        if best is None:
            # Of several wrong lines each makes right what it alone is for.
            begun = [at for at in rest if faults.begins_wrong(at)]
            return self._by_derivation([*faulty, *begun], is_whole=False)
        return self._where_computed(best)

    def _copied_from(self, at: int) -> int:
        """The equation whose result another one only gives a second name; that one if there is none."""
        sources = [node for node in self._graph.reads[at].values() if node in self._study.roots]
        return self._graph.roots.index(sources[0]) if len(sources) == 1 else at

    def _adding(self, suspects: Sequence[int]) -> Repair | None:
        """The repair of a line that overwrites what it should add to, if that alone makes all right, where it
        runs many times, as it is one change and others are hundreds, or where nothing reads what was there.
        """
        for at in suspects:
            group = self._groups[at]
            if len(group) < _FEW_TIMES and not self._overwrites_unread(at):
                continue
            changes = {each: next(self._usual.overwriting(each), None) for each in group}
            plans = {
                each: plan
                for each, change in changes.items()
                if change is not None and (plan := self._trials.plan(each, change)) is not None
            }
            change = changes[at]
            repair = None
            if change is not None and len(plans) == len(group):
                repair = self._trials.verified(at, change, self._trials.label(at, plans[at]), plans)
            if repair is not None and self._is_whole(repair):
                return repair
        return None

    def _overwrites_unread(self, at: int) -> bool:
        """Whether nothing reads the result that an equation's own tensor had before."""
        graph, own = self._graph, base_name(self._graph.equations[at].name)
        pairs = zip(graph.roots[:at], graph.equations)
        before = [root for root, each in pairs if base_name(each.name) == own]
        return bool(before) and all(before[-1] not in reads.values() for reads in graph.reads)

    def _by_derivation(self, lines: Sequence[int], is_whole: bool = True) -> Repair | None:
        """The repair of the first line that makes more right, or all, with what is derived for it."""
        # The usual changes need most of the work.
        with self._trials.part_of_work(_DERIVED_SHARE):
            repairs = (each for at in lines[:_MAX_LINES] for each in self._repairs(at, True, True, True))
            is_right = self._is_whole if is_whole else self._is_followed
            found = next(filter(is_right, repairs), None)
            return None if found is None else self._with_its_scale(found)

    def _with_its_scale(self, repair: Repair) -> Repair:
        """The repair without the derived line where that leaves out a constant, as a division by a count."""
        label, plan = repair.label, repair.plan
        if not repair.change.is_replaced or label is None or plan is None or label.is_part:
            return repair
        constant = self._suspects.carried(repair.equation)
        if self._matches.found:
            # The parameters that follow their gradient may tell of a count.
            constant = self._suspects.constant_of(repair.equation, label.node)
        given = direction([self._graph.run(plan, values)[-1] for values in self._study.states])
        # Tensors that are added to each other have one gradient, or one with the other sign.
        own = self._explanation.labels.find(given)
        is_told = bool(constant) and any(is_close(each, constant) for _, each in own)
        return repair if is_told else replace(repair, plan=None, constant=constant)

    def _simple(self, lines: Sequence[int]) -> Repair | None:
        """The first single mistake in some lines without which all is right."""
        lines = list(dict.fromkeys(lines))[:_MAX_LINES]
        repairs = (each for way in (True, False) for at in lines for each in self._repairs(at, way))
        return next((each for each in repairs if self._is_whole(each) and self._keeps_scale(each)), None)

    def _keeps_scale(self, repair: Repair) -> bool:
        """False if a changed line multiplies what it reads by a number that counts nothing: it is only along
        the gradient."""
        label, plan, carried = repair.label, repair.plan, self._suspects.carried(repair.equation)
        if label is None or plan is None or label.is_part or not carried or repair.change.kind in MULTIPLES:
            return True
        given = direction([self._graph.run(plan, values)[-1] for values in self._study.states])
        wanted = self._explanation.direction(label.node)
        ratio = abs(scale_factor(given, wanted) / carried)
        return not ratio or any(is_close(each, round(each)) for each in (ratio, 1 / ratio))

    def _is_followed(self, repair: Repair) -> bool:
        """Whether every parameter that a repair makes right steps along its gradient."""
        graph = self._graph
        for name in repair.matches.found.keys() - self._matches.found.keys():
            pairs = [(values[graph.inputs[name]], values[graph.current[name]]) for values in repair.states]
            wanted = self._explanation.direction(self._explanation.inputs[name])
            if not scale_factor(change_direction(pairs), wanted):
                return False
        return True

    def _is_whole(self, repair: Repair) -> bool:
        return repair.rank[0] == len(self._explanation.inputs)

    def several(self, wrong: Sequence[str], end: int) -> list[Repair]:
        """The changes of two or more lines that make more right, if no single line does.

        First the same change in all of them, then one that makes a line give a gradient, and what is found
        after it.
        """
        self._trials.end = end
        first = list(filter(self._suspects.is_wrong_by_itself, self._suspects.ordered(wrong)))[:_MAX_LINES]
        return self._all_at_once(first) or self._one_after_the_other(first, wrong)

    def _all_at_once(self, first: list[int]) -> list[Repair]:
        """The same mistake in several lines."""
        found: dict[str, dict[int, _Try]] = {}
        for at in first:
            for change, plan, label in self._tries(at, True).values():
                found.setdefault(change.same, {}).setdefault(at, (change, plan, label))
        for tries in found.values():
            changed = {self._graph.roots[at]: self._trials.computed(one[1]) for at, one in tries.items()}
            improved = self._trials.improved(changed, min(tries), None) if len(tries) > 1 else None
            if improved is not None:
                return [
                    Repair(at, change, label, plan, *improved) for at, (change, plan, label) in tries.items()
                ]
        return []

    def _one_after_the_other(self, first: list[int], wrong: Sequence[str]) -> list[Repair]:
        """A mistake in a line whose result is read by a line with another mistake."""
        study, states, pins = self._study, self._study.states, self._study.pins
        try:
            for one in self._gradients_made(first):
                study.use(one.states, {**pins, **one.pins})
                other = Repairer(study, self._explanation, one.matches).best(wrong, self._trials.end)
                if other is not None:
                    return [one, other]
        finally:
            study.use(states, pins)
        return []

    def _gradients_made(self, first: list[int]) -> Iterator[Repair]:
        """The changes after which a line gives a gradient, each with what is right then: a few for
        each line.
        """
        graph, study = self._graph, self._study
        for at in first:
            made: set[GradientLabel] = set()
            for same, (change, plan, label) in self._tries(at, True).items():
                if label is None or label in made or len(made) == _MAX_GRADIENTS:
                    continue
                made.add(label)
                plans = {at: plan}
                for other in self._groups[at]:
                    again = self._tries(other, True).get(same)
                    if again is not None:
                        plans[other] = again[1]
                changed = {graph.roots[each]: self._trials.computed(one) for each, one in plans.items()}
                pinned = {**study.pins, **changed}
                states = [graph.again(values, pinned) for values in study.states]
                matches = study.match(self._explanation, states, self._matches, pinned)
                if len(plans) == len(self._groups[at]) and not self._trials.is_late:
                    yield Repair(at, change, label, plan, matches, states, changed)

    def _one_by_one(self, at: int) -> Repair | None:
        """The repair of a line that runs several times by a different change each time.

        If a loop reads the entry before the right one, that has another name in every run.
        """
        group = self._groups[at]
        if len(group) == 1:
            return None
        for beside in (entries_beside, self._called_alike):
            chosen = self._chosen_entries(group, beside)
            if len(chosen) >= max(2, len(group) / 2):
                first = min(chosen)
                change, _, label = chosen[first]
                return self._trials.verified(
                    first, change, label, {each: one[1] for each, one in chosen.items()}
                )
        return None

    def _chosen_entries(
        self, group: Sequence[int], beside: Callable[[dict[str, int], str], Iterator[tuple[str, str]]]
    ) -> dict[int, _Try]:
        """For each equation of a line the entry with which it gives its parameter's gradient; empty if that
        takes too long.
        """
        chosen: dict[int, _Try] = {}
        for other in group:
            name = self._graph.equations[other].name
            if name in self._matches.found or self._graph.roots[other] in self._matches.labels:
                continue
            wanted = self._explanation.inputs.get(name)
            there = self._graph.names_before(other)
            for change in entry_changes(self._graph.trees[other], partial(beside, there)):
                if self._trials.is_late:
                    return {}
                plan = self._trials.plan(other, change)
                label = None if plan is None else self._trials.label(other, plan)
                if plan is not None and label is not None and wanted in (None, label.node):
                    chosen.setdefault(other, (change, plan, label))
        return chosen

    def _called_alike(self, there: dict[str, int], name: str) -> Iterator[tuple[str, str]]:
        """Other numbers with a similar name, such as `neurons[2].output` and `net.neurons[0].output`.

        Names of entries are shortened, and what a loop takes from a list has none.
        """
        node = there.get(name)
        if node is None or np.shape(self._study.actual[node]):
            return
        part = last_part(name)
        for other, at in there.items():
            if at != node and last_part(other) == part and not np.shape(self._study.actual[at]):
                yield "alike", other

    def _where_computed(self, repair: Repair) -> Repair:
        """The same repair at the line that computes a wrong derivative for another line, or the gradient that
        lacks one.

        The line that reads it is then right.
        """
        graph = self._graph
        if repair.change.kind is MistakeKind.SLOPE_MISSING:
            return self._where_gradient_begins(repair)
        node = graph.reads[repair.equation].get(repair.change.instead_of)
        if repair.change.kind is MistakeKind.OVERWRITTEN:
            return repair
        if node is None or node not in graph.roots or node in self._forward or node in self._matches.labels:
            return repair
        at = graph.roots.index(node)
        values = self._study.states[0]
        # What gives an activation again is right, and its derivative missing where that is read.
        is_own = base_name(graph.equations[at].name) == base_name(graph.equations[repair.equation].name)
        is_forward = any(is_same(values[node], values[each]) for each in self._forward)
        if not graph.nodes[node].operands or (is_forward and not is_own):
            return repair
        # A line that goes on with a variable reads what the line above gave it.
        if repair.change.kind is MistakeKind.OTHER_TENSOR and not is_own:
            return repair
        whole = self._whole_slopes(at) if len(self._groups[at]) == 1 else ()
        for other in chain(self._repairs(at, False), whole):
            if other.rank >= repair.rank:
                return other
        return repair

    def _where_gradient_begins(self, repair: Repair) -> Repair:
        """The same repair of the line that gives a gradient which only the repaired line reads, and changes
        no more than by further statements on the same name.

        A derivative belongs to the gradient with respect to a layer's result, not to a weight's.
        """
        graph, at, found = self._graph, repair.equation, repair
        if self._graph.equations[at].copy_of:
            return repair
        # What gives a layer's gradient with the change lacks the layer's own derivative.
        may_move = repair.label is None or repair.label.node in self._under.explanation.inputs.values()
        while True:
            sources = [
                node
                for node in graph.reads[at].values()
                if node in self._matches.labels and node in graph.roots and node not in self._forward
            ]
            if len(sources) != 1:
                return found
            source = graph.roots.index(sources[0])
            readers = [
                other
                for other, reads in enumerate(graph.reads)
                if sources[0] in reads.values() and graph.roots[other] in self._study.update_cone
            ]
            is_same = base_name(graph.equations[source].name) == base_name(graph.equations[at].name)
            is_same |= is_rearranged(graph.trees[at])
            # A unit's number is read for each of its weights.
            is_number = not np.shape(self._study.actual[sources[0]])
            most = len(self._groups[at]) if is_number or is_rearranged(graph.trees[at]) else 1
            is_only = set(readers) <= set(self._groups[at]) if is_number else readers == [at]
            if not is_only or len(self._groups[source]) > most or not (may_move or is_same):
                return found
            slopes = [each for each in self._repairs(source, False) if each.rank[0] >= repair.rank[0]]
            slopes = [each for each in slopes if each.change.kind in _SLOPES]
            slopes.sort(key=lambda each: each.change.kind is MistakeKind.SLOPE_MISSING)
            directly = (each for each in self._repairs(source, True) if each.rank[0] >= repair.rank[0])
            slopes = slopes or [each for each in directly if each.change.kind in _SLOPES]
            if not slopes:
                return found
            found, at, may_move = slopes[0], source, False

    def _whole_slopes(self, at: int) -> Iterator[Repair]:
        for slope in self._under.slopes:
            change = whole_slope(self._graph.trees[at], slope)
            plan = self._trials.plan(at, change)
            found = None if plan is None else self._trials.verified(at, change, None, {at: plan})
            if found is not None:
                yield found

    def _repairs(
        self, at: int, directly: bool, is_added: bool = False, derived: bool = False
    ) -> Iterator[Repair]:
        """The changes of a line that make more right.

        `directly`: those whose result is a gradient, `is_added`: those that add a tensor, `derived`: those
        to what is derived. A line that runs several times is changed in every run.
        """
        at, group = self._suspects.first_wrong(at), self._groups[at]
        tries = self._tries(at, directly, derived=derived)
        first = {same: each for same, each in tries.items() if each[0].is_added == is_added}
        others = [other for other in group if other != at]
        # In many runs, changes are tried one after the other, in few all at once.
        size = len(first) if len(others) < _MANY_TIMES else 1
        tried: list[dict[str, _Try]] = []
        for at_once, (same, (change, plan, label)) in enumerate(first.items()):
            if at_once % max(size, 1) == 0:
                wanted = list(first)[at_once : at_once + size]
                tried = [self._tries(other, directly, wanted, derived) for other in others]
            plans = {
                at: plan,
                **{other: each[same][1] for other, each in zip(others, tried) if same in each},
            }
            if self._trials.is_late:
                return
            # If the last run is the wrong one, the others are right.
            is_last = change.kind is MistakeKind.OVERWRITTEN and change.instead_of
            if is_last:
                plans = {at: plan}
            if change.kind is MistakeKind.OVERWRITTEN and not change.instead_of:
                # Only the last result is used, and all times belong to the sum.
                times = ((each, self._tries(each, directly, [same])) for each in self._under.times[at])
                plans |= {each: one[same][1] for each, one in times if same in one and each not in group}
            # A time that is right stays as it is where the change is none there.
            rest = [each for each in group if each not in plans]
            if is_last or all(self._graph.roots[each] in self._matches.labels for each in rest):
                repair = self._trials.verified(at, change, label, plans)
                if repair is not None:
                    yield repair
            # The last layer, or the first time, may be right as it is.
            suspected = self._suspects.suspected
            some = {each: one for each, one in plans.items() if self._graph.roots[each] in suspected}
            if at in some and len(some) < len(plans) and not is_last:
                repair = self._trials.verified(at, change, label, some)
                if repair is not None:
                    yield repair

    def _tries(
        self, at: int, directly: bool, wanted: Collection[str] | None = None, derived: bool = False
    ) -> dict[str, _Try]:
        """The changes of one equation, keyed by what they share with changes of the line's other runs.

        `directly` says whether the result has to be a gradient. `wanted` restricts the keys; these are
        returned whatever they give, because the equation may still read something wrong. None for all.
        """
        tries: dict[str, _Try] = {}
        keyed = self._keyed(at, derived)
        for same in keyed if wanted is None else wanted:
            if self._trials.is_late:
                break
            if same not in keyed:
                continue
            change = keyed[same]
            if wanted is not None:
                plan = self._trials.plan(at, change)
                if plan is not None:
                    tries[same] = (change, plan, None)
                continue
            key = (at, same)
            if key not in self._tried:
                plan = self._trials.plan(at, change)
                self._tried[key] = None if plan is None else (change, plan, self._trials.label(at, plan))
            one = self._tried[key]
            if one is not None and directly == (one[2] is not None):
                tries[same] = one
        return tries

    def _keyed(self, at: int, derived: bool) -> dict[str, EquationChange]:
        """The changes of an equation, each with a key that it shares with the same change in other runs, and
        its number; the usual ones, or those that are derived.
        """
        if (at, derived) not in self._changes_of:
            seen: dict[str, int] = {}
            found = self._changes_of[at, derived] = {}
            for change in islice(
                self._derived_changes.of(at) if derived else self._usual.of(at), _MAX_CHANGES
            ):
                seen[change.same] = seen.get(change.same, 0) + 1
                found[f"{change.same} {seen[change.same]}"] = change
            if len(self._groups[at]) >= _MANY_TIMES:
                # For so many runs, writing the changes takes as long as trying them.
                self._graph.work += len(found) // _CHANGES_OF_WORK
        return self._changes_of[at, derived]

    def expected(self, wrong: Sequence[str], end: int) -> Repair | None:
        """The first equation with right inputs that gives no gradient, and the one that it should give."""
        return self._expected.first(wrong, end)
