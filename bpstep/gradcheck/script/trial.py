"""Tries changes of an equation: does one make the parameters' gradients right?"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from itertools import chain, islice, product
from typing import Any

import numpy as np

from bpstep.gradcheck import messages
from bpstep.gradcheck.script.edits import (
    OLD_PREFIX,
    ActivationSlope,
    EquationChange,
    MistakeKind,
    base_name,
    difference,
    edits_of,
    entry_edits,
    entry_role,
    feedback_edits,
    missing_edits,
    names_in,
    nodes_of,
    replaced,
    scaled,
    short_text,
    sum_edits,
    tidied,
    tree_text,
    whole_slope,
    with_name,
)
from bpstep.gradcheck.script.entries import (
    common_start,
    entries_beside,
    few_of_each,
    nearness,
    without_digits,
)
from bpstep.gradcheck.script.shapes import HiddenShape, hidden_shapes
from bpstep.gradcheck.script.slopes import slopes_of
from bpstep.gradcheck.script.text_lines import last_part
from bpstep.lang.trees import function_name
from bpstep.script.meaning.graph import MISSING, ChangedEquation, Values
from bpstep.script.meaning.labels import MOST_COMPARED, Direction, direction, scale_factor
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.study import Explanation, GradientLabel, Matches, Study
from bpstep.text import fill

_MAX_EDITS = 700

_CONSTANTS = (MistakeKind.SIGN, MistakeKind.FACTOR, MistakeKind.COUNT, MistakeKind.POWER, MistakeKind.SUM)
"""The mistakes by which a line gives a multiple of what it should."""

_MAX_SLOPES, _MAX_TIMES = 4, 2
"""How many derivatives from a loop are tried, and how many values of one name."""

_MAX_LINES, _MAX_GRADIENTS = 12, 3
"""How many lines are changed together, and how many gradients are tried for one line, if one change is not
enough.
"""


@dataclass(frozen=True)
class Repair:
    """A change that makes more gradients right."""

    equation: int
    edit: EquationChange
    label: GradientLabel | None
    """The equation's gradient after the change; None if that is only a part of a gradient."""
    plan: ChangedEquation | None
    """None if no change of the equation is known, only its right result."""
    matches: Matches
    """What is right with the change."""
    states: list[Values]
    pins: dict[int, Callable[[Values], Any]]
    """The changed operations, by their nodes."""
    constant: float = 1.0
    """The right result divided by that gradient, as -1; 0 if unknown."""
    hidden: HiddenShape | None = None
    """How the shape of the equation's result differs from the parameter's; None if that is not the
    mistake.
    """

    @property
    def rank(self) -> tuple[int, int]:
        """For comparison: more is better."""
        return self.matches.rank


_DERIVED_SHARE = 6
"""One part in so many of the work may be spent on what is derived."""

_MOST_TERMS = 12
"""Of so many readers of a tensor the contributions are derived."""

_MOST_STEPS = 8
"""Through how many operations a contribution is derived for which the script has no tensor."""


@dataclass(frozen=True)
class _Derived:
    """An expression that the derivation gives for an equation."""

    term: ast.expr
    place: int
    """The number of the part in whose place it stands; -1 if it is added."""


_MANY_TIMES = 12
"""In a line that runs more often, all runs are changed alike, one change after the other."""

_Try = tuple[EquationChange, ChangedEquation, GradientLabel | None]
"""A change, its operations, and the gradient that it gives."""


class Repairer:
    """Searches the single change that makes most of a pass's gradients right under one loss."""

    def __init__(self, study: Study, explanation: Explanation, matches: Matches) -> None:
        self._study, self._graph = study, study.graph
        self._explanation, self._matches = explanation, matches
        self._slopes: list[ActivationSlope] = slopes_of(study, explanation)
        self._forward = self._graph.cone(explanation.candidate.outputs)
        self._inputs = self._forward | self._graph.cone(explanation.candidate.targets)
        wrong = [name for name in explanation.inputs if name not in matches.found]
        self._hidden = {each.equation: each for each in hidden_shapes(study, matches.labels, wrong)}
        self._times = _instances(study)
        """For each equation, those that the same line computes, including itself."""
        cone, roots = study.update_cone, self._graph.roots
        self._groups = [
            [each for each in group if each == at or roots[each] in cone]
            for at, group in enumerate(self._times)
        ]
        """The same without those that no update depends on, such as the gradient by the data."""
        self._tried: dict[tuple[int, str], _Try | None] = {}
        self._edits_of: dict[tuple[int, bool], dict[str, EquationChange]] = {}
        self._derived: dict[int, dict[str, _Derived]] = {}
        self._end = 0
        self._suspected: set[int] = set()
        """What is wrong though its inputs are right, and what that reads."""

    def best(self, wrong: Sequence[str], end: int) -> Repair | None:
        """The change that makes most right; of equally good ones the first.

        `wrong` are parameters. The search stops once the graph's work reaches `end`.
        """
        self._end = end
        suspects = list(self.suspects(wrong))
        best = next((each for each in map(self._one_by_one, suspects) if each is not None), None)
        if best is not None:
            return best
        # A line that is wrong although its inputs are right is the most likely cause.
        blamed = [at for at in suspects if any(map(self._is_wrong_by_itself, self._groups[at]))]
        # What it reads may be only a part of a gradient: the rest of it is missing.
        partly = [at for at in suspects if self._is_part(at) and self._is_read_by(at, blamed)]
        rest = [at for at in suspects if at not in blamed]
        # Where several lines read what is not yet what they need, one line is likelier than all of them.
        shared = self._shared(suspects, blamed)
        # Nor does one pass a gradient on as it is for nothing.
        given = {self._graph.roots[at] for at in shared}
        passing = [
            at
            for at in rest
            if self._graph.equations[at].copy_of
            and self._is_read_by(at, blamed)
            and given.isdisjoint(self._graph.reads[at].values())
        ]
        derived = self._by_derivation(passing or [*partly, *shared, *blamed])
        if derived is not None:
            # A single mistake in a line that it reads is likelier than one that only the derivation mends.
            read = {node for at in blamed for node in self._graph.reads[at].values()}
            read |= self._graph.cone(read) & self._helpers
            rest = [at for at in rest if self._graph.roots[at] in read]
            simple = self._simple([derived.equation, *passing, *shared, *blamed, *rest])
            return self._where_computed(derived if simple is None else simple)
        stages = [
            *product((passing,), (False, True), (True,)),
            (shared, False, True),
            *product((blamed,), (False, True), (True,)),
            *product((rest, blamed), (False,), (True, False)),
        ]
        for lines, is_added, directly in [*stages, (rest, True, True), (suspects, True, False)]:
            if best is not None and not directly:
                continue
            for at in lines:
                for repair in self._repairs(at, directly, is_added):
                    if best is None or repair.rank > best.rank:
                        best = repair
                    if repair.rank[0] == len(self._explanation.inputs):
                        return self._where_computed(best)
        if best is None:
            # Of several wrong lines each makes right what it alone is for.
            return self._by_derivation(blamed, is_whole=False)
        return self._where_computed(best)

    def _by_derivation(self, lines: Sequence[int], is_whole: bool = True) -> Repair | None:
        """The repair of the first line that makes more right, or all, with what is derived for it."""
        end, graph = self._end, self._graph
        # The usual changes need most of the work.
        self._end = min(end, graph.work + (end - graph.work) // _DERIVED_SHARE)
        try:
            repairs = (each for at in lines[:_MAX_LINES] for each in self._repairs(at, True, True, True))
            found = next((each for each in repairs if self._is_whole(each) or not is_whole), None)
            return None if found is None else self._with_its_scale(found)
        finally:
            self._end = end

    def _with_its_scale(self, repair: Repair) -> Repair:
        """The repair without the derived line where that leaves out a constant, as a division by a count."""
        label, plan = repair.label, repair.plan
        if not repair.edit.is_replaced or label is None or plan is None or label.is_part:
            return repair
        # Where no parameter follows its gradient, none tells of a count.
        constant_of = self._constant_of if self._matches.found else lambda at, _: self._carried(at)
        constant = constant_of(repair.equation, label.node)
        given = direction([self._graph.run(plan, values)[-1] for values in self._study.states])
        wanted = self._explanation.direction(label.node)
        own = 0.0 if given is None or wanted is None else scale_factor(given, wanted)
        is_told = bool(constant) and _is_close(own, constant)
        return repair if is_told else replace(repair, plan=None, constant=constant)

    def _simple(self, lines: Sequence[int]) -> Repair | None:
        """The first single mistake in some lines without which all is right."""
        lines = list(dict.fromkeys(lines))[:_MAX_LINES]
        repairs = (each for at in lines for way in (True, False) for each in self._repairs(at, way))
        return next((each for each in repairs if self._is_whole(each) and self._keeps_scale(each)), None)

    def _keeps_scale(self, repair: Repair) -> bool:
        """False if a changed line multiplies what it reads by a number that counts nothing: it is only along
        the gradient."""
        label, plan, carried = repair.label, repair.plan, self._carried(repair.equation)
        if label is None or plan is None or label.is_part or not carried or repair.edit.kind in _CONSTANTS:
            return True
        given = direction([self._graph.run(plan, values)[-1] for values in self._study.states])
        wanted = self._explanation.direction(label.node)
        ratio = 0.0 if given is None or wanted is None else abs(scale_factor(given, wanted) / carried)
        return not ratio or any(_is_close(each, round(each)) for each in (ratio, 1 / ratio))

    def _is_whole(self, repair: Repair) -> bool:
        return repair.rank[0] == len(self._explanation.inputs)

    def several(self, wrong: Sequence[str], end: int) -> list[Repair]:
        """The changes of two or more lines that make more right, if no single line does.

        First the same change in all of them, then one that makes a line give a gradient, and what is found
        after it.
        """
        self._end = end
        first = [at for at in self.suspects(wrong) if self._is_wrong_by_itself(at)][:_MAX_LINES]
        return self._all_at_once(first) or self._one_after_the_other(first, wrong)

    @cached_property
    def _parts(self) -> dict[int, list[tuple[GradientLabel, float]]]:
        """The nodes that are a part of a gradient: what one reader of a tensor contributes, or several."""
        study, labels = self._study, self._explanation.parts
        nodes = set().union(*(study.cones[name] for name in self._explanation.inputs)) - self._forward
        found = {at: list(labels.find(study.directions[at])) for at in nodes}
        return {at: matches for at, matches in found.items() if matches}

    def _constants(self, at: int) -> list[float]:
        """The constants that a node has as a gradient or a part of one; none where it is neither."""
        labels = (*self._matches.labels.get(at, ()), *self._parts.get(at, ()))
        return [constant for _, constant in labels]

    def _is_wrong_by_itself(self, at: int) -> bool:
        """True for a line that gives no gradient though its inputs are right, or another multiple than it
        reads where a sum of both is wrong then."""
        return at in self._odd_gains or (
            not self._constants(self._graph.roots[at]) and self._has_right_inputs(at)
        )

    @cached_property
    def _odd_gains(self) -> dict[int, float]:
        """The lines that multiply a gradient with a constant, by that constant, among those from which a sum
        of two different multiples of gradients is computed."""
        graph = self._graph
        sums = [at for at in range(len(graph.roots)) if not self._is_consistent(at)]
        cone = graph.cone([graph.roots[at] for at in sums])
        found = {line: gain for at in sums for line, gain in self._odd_sources(at)}
        for at, root in enumerate(graph.roots):
            given = self._constants(root)
            read = self._common_constants(at)
            if root not in cone or not given or not read:
                continue
            if not any(_is_close(one, other) for one in given for other in read):
                found[at] = min((one / other for one in given for other in read), key=_unlikeliness)
        return found

    def _odd_sources(self, at: int) -> Iterator[tuple[int, float]]:
        """The lines with the first gradients that a sum reads with another constant than the others.

        Each comes with its constant in units of theirs.
        """
        graph = self._graph
        read = [node for node in dict.fromkeys(graph.reads[at].values()) if self._constants(node)]
        for node in read if len(read) > 2 else ():
            others = [self._constants(other) for other in read if other != node]
            first = [
                one for one in others[0] if all(any(_is_close(one, two) for two in each) for each in others)
            ]
            line = graph.roots.index(node) if node in self._study.roots else -1
            own = self._constants(node)
            is_odd = bool(first) and not any(_is_close(one, other) for one in own for other in first)
            if line >= 0 and is_odd and not self._read_constants(line):
                yield line, min((one / other for one in own for other in first), key=_unlikeliness)

    def _read_constants(self, at: int) -> list[list[float]]:
        """The constants of each gradient that an equation reads."""
        read = dict.fromkeys(self._graph.reads[at].values())
        found = (self._constants(node) for node in read if node not in self._forward)
        return [constants for constants in found if constants]

    def _common_constants(self, at: int) -> list[float]:
        """The constants that all gradients have that an equation reads."""
        first, *others = self._read_constants(at) or [[]]
        return [one for one in first if all(any(_is_close(one, two) for two in each) for each in others)]

    def _is_consistent(self, at: int) -> bool:
        """False for an equation that gives no gradient and reads several with different constants."""
        read = self._read_constants(at)
        is_told = len(read) > 1 and not self._constants(self._graph.roots[at])
        return not is_told or bool(self._common_constants(at))

    def _shared(self, lines: Sequence[int], blamed: Sequence[int]) -> list[int]:
        """The lines whose gradient at one of their times is read by several of the blamed ones, each by
        that time."""
        found = []
        for at in lines:
            times = (each for each in self._groups[at] if self._is_read_by(each, blamed, 2))
            found += [*islice(times, 1)]
        return found

    def _is_read_by(self, at: int, lines: Sequence[int], fewest: int = 1) -> bool:
        """Whether so many of some lines read what an equation gives, and it is a gradient."""
        root, reads = self._graph.roots[at], self._graph.reads
        if not self._constants(root):
            return False
        groups = [[each for each in self._groups[line] if root in reads[each].values()] for line in lines]
        return sum(any(map(self._is_wrong_by_itself, each)) for each in groups) >= fewest

    def _all_at_once(self, first: list[int]) -> list[Repair]:
        """The same mistake in several lines."""
        found: dict[str, dict[int, _Try]] = {}
        for at in first:
            for edit, plan, label in self._tries(at, True).values():
                found.setdefault(edit.same, {}).setdefault(at, (edit, plan, label))
        for tries in found.values():
            changed = {self._graph.roots[at]: self._computed(one[1]) for at, one in tries.items()}
            improved = self._improved(changed, min(tries), None) if len(tries) > 1 else None
            if improved is not None:
                return [Repair(at, edit, label, plan, *improved) for at, (edit, plan, label) in tries.items()]
        return []

    def _one_after_the_other(self, first: list[int], wrong: Sequence[str]) -> list[Repair]:
        """A mistake in a line whose result is read by a line with another mistake."""
        study, states, pins = self._study, self._study.states, self._study.pins
        try:
            for one in self._gradients_made(first):
                study.use(one.states, {**pins, **one.pins})
                other = Repairer(study, self._explanation, one.matches).best(wrong, self._end)
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
            for same, (edit, plan, label) in self._tries(at, True).items():
                if label is None or label in made or len(made) == _MAX_GRADIENTS:
                    continue
                made.add(label)
                plans = {at: plan}
                for other in self._groups[at]:
                    again = self._tries(other, True).get(same)
                    if again is not None:
                        plans[other] = again[1]
                changed = {graph.roots[each]: self._computed(one) for each, one in plans.items()}
                pinned = {**study.pins, **changed}
                states = [graph.again(values, pinned) for values in study.states]
                matches = study.match(self._explanation, states, self._matches)
                if len(plans) == len(self._groups[at]) and not self._is_late:
                    yield Repair(at, edit, label, plan, matches, states, changed)

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
                edit, _, label = chosen[first]
                return self._verified(first, edit, label, {each: one[1] for each, one in chosen.items()})
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
            for edit in entry_edits(self._graph.trees[other], partial(beside, there)):
                if self._is_late:
                    return {}
                plan = self._plan(other, edit)
                label = None if plan is None else self._label(other, plan)
                if plan is not None and label is not None and wanted in (None, label.node):
                    chosen.setdefault(other, (edit, plan, label))
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
        """The same repair at the line that computes a wrong derivative for another line.

        The line that reads it is then right.
        """
        graph = self._graph
        node = graph.reads[repair.equation].get(repair.edit.instead_of)
        if repair.edit.kind is MistakeKind.OVERWRITTEN:
            return repair
        if node is None or node not in graph.roots or node in self._forward or node in self._matches.labels:
            return repair
        at = graph.roots.index(node)
        values = self._study.states[0]
        # What gives an activation again is right, and its derivative missing where that is read.
        if not graph.nodes[node].operands or any(
            _is_same(values[node], values[each]) for each in self._forward
        ):
            return repair
        whole = self._whole_slopes(at) if len(self._groups[at]) == 1 else ()
        for other in chain(self._repairs(at, False), whole):
            if other.rank >= repair.rank:
                return other
        return repair

    def _whole_slopes(self, at: int) -> Iterator[Repair]:
        for slope in self._slopes:
            edit = whole_slope(self._graph.trees[at], slope)
            plan = self._plan(at, edit)
            found = None if plan is None else self._verified(at, edit, None, {at: plan})
            if found is not None:
                yield found

    def expected(self, wrong: Sequence[str], end: int) -> Repair | None:
        """The first equation with right inputs that gives no gradient, and the one that it should give.

        Before it, what it reads where that is a part of a gradient only: the rest of it may be missing.
        """
        self._end = end
        updates = {self._graph.current[name] for name in self._study.all_carried}
        suspects = list(self.suspects(wrong))
        blamed = {
            node for at in suspects if self._is_wrong_by_itself(at) for node in self._graph.reads[at].values()
        }
        wrong_ones = [at for at in suspects if self._is_wrong_by_itself(at)]
        shared = set(self._shared(suspects, wrong_ones))
        suspects.sort(key=lambda at: not (self._graph.roots[at] in blamed and self._is_part(at)))
        for at in suspects:
            root = self._graph.roots[at]
            is_part = root in blamed and self._is_part(at)
            is_settled = bool(self._constants(root)) and at not in shared
            if not is_part and (is_settled or not self._has_right_inputs(at)):
                continue
            if root in updates:
                repair = self._with_step(at)
                if repair is not None:
                    return repair
                continue
            best: Repair | None = None
            for gradient in self._gradients_for(at, is_part):
                if self._is_late:
                    break
                repair = self._with_gradient(at, *gradient)
                if repair is not None and (best is None or repair.rank > best.rank):
                    best = repair
            if best is not None:
                return best
        return None

    def _is_part(self, at: int) -> bool:
        root = self._graph.roots[at]
        # The gradient by a part of an expression may be meant for what that reads.
        named = {*self._study.roots, *self._explanation.inputs.values()}
        is_whole = any(label.node in named for label, _ in self._matches.labels.get(root, ()))
        return root in self._parts and not is_whole

    def _gradients_for(self, at: int, is_part: bool) -> Iterator[tuple[int, int]]:
        """The gradients that an equation may have to give: each by a node, and where a single reader of that
        contributes it, the reader; else -1. Of a part of a gradient the whole alone."""
        root = self._graph.roots[at]
        if is_part:
            yield from {(label.node, -1): None for label, _ in self._parts[root]}
            return
        shape = np.shape(self._study.actual[root])
        backward = self._explanation.backward
        nodes = [node for node in backward.nodes if np.shape(self._study.actual[node]) == shape]
        yield from ((node, -1) for node in nodes)
        yield from ((node, reader) for node in nodes for reader in backward.readers.get(node, ()))

    def _has_right_inputs(self, at: int) -> bool:
        """True if an equation reads only gradients, values of the forward pass, and older values."""
        graph, study = self._graph, self._study
        reads = set(graph.reads[at].values())
        # Under a loss chosen by the person, the first line of the backward pass may be the wrong one.
        is_first = bool(study.loss) and not self._matches.found and not (reads & study.active) - self._forward
        known = self._matches.labels.keys() | self._parts.keys()
        return (
            (is_first or not reads.isdisjoint(known))
            and self._is_consistent(at)
            and all(
                node in known
                or node in self._forward
                or node in self._helpers
                or node not in study.active
                or not graph.nodes[node].operands
                or node in {graph.current[name] for name in study.trained}
                for node in graph.reads[at].values()
            )
        )

    @cached_property
    def _helpers(self) -> set[int]:
        """What the backward pass computes from results of the forward pass alone, as the derivative of an
        activation: no gradient goes into it."""
        graph, found = self._graph, set(self._forward)
        first = graph.cone(self._explanation.candidate.targets)
        gradients = self._matches.labels.keys() | self._parts.keys()
        for at, node in enumerate(graph.nodes):
            changing = [each for each in node.operands if each in self._study.active or each in first]
            if changing and at not in gradients and found.issuperset(changing):
                found.add(at)
        return found - first

    def _with_gradient(self, at: int, node: int, reader: int = -1) -> Repair | None:
        """The repair in which an equation gives the gradient by a node, or what one reader contributes."""
        gradients = self._gradients_by(node, reader)
        if any(each is MISSING for each in gradients):
            return None
        edit = EquationChange(MistakeKind.UNKNOWN, "", lambda: self._graph.trees[at])
        labels = list(self._explanation.labels.find(direction(gradients)))
        label = self._study.clearest(labels)[0] if labels else GradientLabel(node, is_part=reader >= 0)
        # With one sample, the gradient by a bias is also that by the net input: there is no sum.
        constant = self._constant_of(at, label.node)
        found = None
        # What a reader contributes goes with the reader from time to time.
        for nodes in self._paired_nodes(at, node if reader < 0 else reader):
            given = {
                each: self._gradients_of_pair(other, at, each, node, reader) for each, other in nodes.items()
            }
            if any(value is MISSING for values in given.values() for value in values):
                continue
            pins: dict[int, Callable[[Values], Any]] = {
                self._graph.roots[each]: _Given(
                    {id(state[0]): v * (constant or 1.0) for state, v in zip(self._study.states, values)}
                )
                for each, values in given.items()
            }
            found = self._improved(pins, at, None)
            if found is not None:
                break
        hidden = self._hidden.get(at)
        return None if found is None else Repair(at, edit, label, None, *found, constant, hidden)

    def _gradients_by(self, node: int, reader: int = -1) -> list[Any]:
        """The gradient by a node in each state, or what one reader contributes to it."""
        if reader >= 0:
            return [each.get((node, reader), MISSING) for each in self._explanation.contributions]
        return [each.get(node, MISSING) for each in self._explanation.gradients]

    def _gradients_of_pair(self, other: int, at: int, each: int, node: int, reader: int) -> list[Any]:
        """The same for another time of a line, of which the node or the reader is known."""
        if reader < 0 or each == at:
            return self._gradients_by(node if each == at else other, reader)
        place = self._graph.nodes[reader].operands.index(node)
        return self._gradients_by(self._graph.nodes[other].operands[place], other)

    def _paired_nodes(self, at: int, node: int) -> Iterator[dict[int, int]]:
        """For each time of an equation's line the node that is to it as a node is to the equation.

        Times of the line that computes the node belong to those of the other line in order, or in reverse
        where a loop goes backwards. A line that is run once has its own node alone.
        """
        graph, own = self._graph, self._groups[at]
        source = graph.nodes[node].equation
        group = self._times[source] if source >= 0 else []
        inner = (
            [graph.places[source].get(id(each)) for each in nodes_of(graph.trees[source])] if group else []
        )
        if len(own) == 1 or node not in inner:
            yield {at: node}
            return
        place, begin = inner.index(node), group.index(source)
        for way in (1, -1):
            found = {}
            for each in own:
                other = begin + way * (own.index(each) - own.index(at))
                if 0 <= other < len(group):
                    tree = nodes_of(graph.trees[group[other]])
                    places = [graph.places[group[other]].get(id(part)) for part in tree]
                    paired = places[place] if place < len(places) else None
                    if paired is not None:
                        found[each] = paired
            yield found

    def _with_step(self, at: int) -> Repair | None:
        """The repair in which an update steps along the gradient by its parameter."""
        name = self._graph.equations[at].name
        node = self._explanation.inputs.get(name)
        if node is None or name in self._matches.found:
            return None
        gradients: list[Any] = [each.get(node, MISSING) for each in self._explanation.gradients]
        if any(each is MISSING for each in gradients):
            return None
        stepped = [state[node] - each for state, each in zip(self._study.states, gradients)]
        pin = _Given({id(state[0]): value for state, value in zip(self._study.states, stepped)})
        found = self._improved({self._graph.roots[at]: pin}, at, None)
        edit = EquationChange(MistakeKind.UNKNOWN, "", lambda: self._graph.trees[at])
        hidden = self._hidden.get(at)
        return None if found is None else Repair(at, edit, GradientLabel(node), None, *found, 0.0, hidden)

    def _constant_of(self, at: int, node: int) -> float:
        """An equation's right result divided by the gradient by a node; 0 if unknown.

        It is the constant of the gradients that it reads, such as -1 in a script that begins with target
        minus output; an equation that sums a parameter's gradient may also divide by a count, as the script's
        others do.
        """
        reads = self._graph.reads
        carried = self._carried(at)
        if node not in self._explanation.inputs.values() or not carried:
            return carried
        gains = []
        for other, root in enumerate(self._graph.roots):
            before = self._carried(other)
            of_parameter = [
                constant
                for label, constant in self._matches.labels.get(root, ())
                if label.node in self._explanation.inputs.values()
            ]
            if before and of_parameter and root not in reads[at].values():
                gains.append(of_parameter[0] / before)
        return carried * gains[0] if gains and np.allclose(gains, gains[0], rtol=1e-6) else 0.0

    def _carried(self, at: int) -> float:
        """The constant that all gradients share that an equation reads; 0 if there is none, or several."""
        labels = self._matches.labels
        read = dict.fromkeys(node for node in self._graph.reads[at].values() if node in labels)
        constants = [self._study.clearest(list(labels[node]))[1] for node in read]
        return constants[0] if constants and np.allclose(constants, constants[0], rtol=1e-6) else 0.0

    @property
    def _is_late(self) -> bool:
        return self._graph.work > self._end

    def suspects(self, wrong: Sequence[str]) -> Iterator[int]:
        """The equations that a wrong gradient depends on, those that give no gradient first."""
        graph = self._graph
        cone = graph.cone([graph.current[name] for name in wrong])
        lines: list[list[int]] = []
        seen: set[int] = set()
        for at, root in enumerate(graph.roots):
            if root in cone and root not in self._forward and graph.nodes[root].operands and at not in seen:
                seen.update(self._groups[at])
                lines.append(self._groups[at])
        first = {id(group): next(filter(self._is_wrong_by_itself, group), -1) for group in lines}
        blamed = [at for at in first.values() if at >= 0]
        before = Counter(node for at in blamed for node in set(graph.reads[at].values()))
        self._suspected = {
            node
            for group in lines
            for at in group
            if self._is_wrong_by_itself(at)
            for node in (graph.roots[at], *graph.reads[at].values())
        }

        def place(group: list[int]) -> tuple[int, int, int]:
            """First what is wrong though its inputs are right, and what most of that reads; then the rest.
            Each with the time of the line that tells."""
            if first[id(group)] >= 0:
                return 0, 0, first[id(group)]
            read = [at for at in group if before[graph.roots[at]]]
            readers = max((before[graph.roots[at]] for at in read), default=0)
            if read and any(self._constants(graph.roots[at]) for at in group):
                return 1, -readers, read[0]
            wrong_one = next((at for at in group if graph.roots[at] not in self._matches.labels), group[0])
            return (3 if self._constants(graph.roots[wrong_one]) else 2), 0, wrong_one

        yield from (at for _, _, at in sorted(map(place, lines), key=lambda each: each[:2]))

    def _repairs(
        self, at: int, directly: bool, is_added: bool = False, derived: bool = False
    ) -> Iterator[Repair]:
        """The changes of a line that make more right.

        `directly`: those whose result is a gradient, `is_added`: those that add a tensor, `derived`: those
        to what is derived. A line that runs several times is changed in every run.
        """
        group = self._groups[at]
        tries = self._tries(at, directly, derived=derived)
        first = {same: each for same, each in tries.items() if each[0].is_added == is_added}
        others = [other for other in group if other != at]
        # In many runs, changes are tried one after the other, in few all at once.
        size = len(first) if len(others) < _MANY_TIMES else 1
        tried: list[dict[str, _Try]] = []
        for at_once, (same, (edit, plan, label)) in enumerate(first.items()):
            if at_once % max(size, 1) == 0:
                wanted = list(first)[at_once : at_once + size]
                tried = [self._tries(other, directly, wanted, derived) for other in others]
            plans = {
                at: plan,
                **{other: each[same][1] for other, each in zip(others, tried) if same in each},
            }
            if self._is_late:
                return
            # If the last run is the wrong one, the others are right.
            is_last = edit.kind is MistakeKind.OVERWRITTEN and edit.instead_of
            if is_last:
                plans = {at: plan}
            if edit.kind is MistakeKind.OVERWRITTEN and not edit.instead_of:
                # Only the last result is used, and all times belong to the sum.
                times = ((each, self._tries(each, directly, [same])) for each in self._times[at])
                plans |= {each: one[same][1] for each, one in times if same in one and each not in group}
            # A time that is right stays as it is where the change is none there.
            rest = [each for each in group if each not in plans]
            if is_last or all(self._graph.roots[each] in self._matches.labels for each in rest):
                repair = self._verified(at, edit, label, plans)
                if repair is not None:
                    yield repair
            # The last layer, or the first time, may be right as it is.
            some = {each: one for each, one in plans.items() if self._graph.roots[each] in self._suspected}
            if at in some and len(some) < len(plans) and not is_last:
                repair = self._verified(at, edit, label, some)
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
            if self._is_late:
                break
            if same not in keyed:
                continue
            edit = keyed[same]
            if wanted is not None:
                plan = self._plan(at, edit)
                if plan is not None:
                    tries[same] = (edit, plan, None)
                continue
            key = (at, same)
            if key not in self._tried:
                plan = self._plan(at, edit)
                self._tried[key] = None if plan is None else (edit, plan, self._label(at, plan))
            one = self._tried[key]
            if one is not None and directly == (one[2] is not None):
                tries[same] = one
        return tries

    def _keyed(self, at: int, derived: bool = False) -> dict[str, EquationChange]:
        """The changes of an equation, each with a key that it shares with the same change in other runs, and
        its number; the usual ones, or those that are derived.
        """
        if (at, derived) not in self._edits_of:
            seen: dict[str, int] = {}
            found = self._edits_of[at, derived] = {}
            for edit in islice(self._derived_edits(at) if derived else self._edits(at), _MAX_EDITS):
                seen[edit.same] = seen.get(edit.same, 0) + 1
                found[f"{edit.same} {seen[edit.same]}"] = edit
        return self._edits_of[at, derived]

    def _edits(self, at: int) -> Iterator[EquationChange]:
        graph, study = self._graph, self._study
        there = graph.names_before(at)
        reads = graph.reads[at]
        shapes = {name: np.shape(self._study.actual[node]) for name, node in there.items()}

        numbers = {name for name, node in reads.items() if self._is_rate(node)}

        def others(name: str) -> list[str]:
            if name in numbers:
                return []
            shape = np.shape(self._study.actual[reads[name]])
            if at in self._hidden and shape:
                # Including other shapes: the result may then have the parameter's.
                return [
                    other for other, node in reversed(there.items()) if shapes[other] and node != reads[name]
                ]
            same = [
                other
                for other, node in reversed(there.items())
                if shapes[other] == shape
                and node != reads[name]
                and (shape or self._is_active(node) or other in self._study.data)
            ]
            same = few_of_each(same, _MAX_TIMES, base_name)
            return [*same, *self._of_other_shapes(name, reads[name], there)]

        old = [
            name
            for name, node in reads.items()
            if base_name(name) in self._study.trained and node in self._updates[base_name(name)]
        ]
        name = graph.equations[at].name
        versions = [other for other in there if base_name(other) == base_name(name)]
        earlier = (
            "" if not versions or (versions[-1] in reads and not _stores(graph.trees[at])) else versions[-1]
        )
        parts = {np.shape(self._study.actual[node]) for node in graph.places[at].values()}
        slopes = [
            each
            for each in self._slopes
            if each.node < graph.roots[at] and np.shape(self._study.actual[each.node]) in parts
        ]
        # Of a loop's samples, the last one before the equation is its own.
        slopes.sort(
            key=lambda each: (nearness(each, reads), self._is_mirrored(at, each), each.node), reverse=True
        )
        slopes = few_of_each(slopes, _MAX_SLOPES, lambda each: entry_role(each.output))
        slopes += [each for each in self._paired_slopes(at) if np.shape(study.actual[each.node]) in parts]
        yield from self._sums_of_times(at)
        yield from feedback_edits(graph.trees[at], self._weights_like(reads))
        if at not in self._odd_gains:
            yield from self._gradients_instead(at)
        beside = partial(entries_beside, there)
        changes = edits_of(graph.trees[at], slopes, others, old, earlier, beside, numbers)
        gain = self._odd_gains.get(at, 0.0)
        # Where only a constant is wrong, no other tensor is meant.
        yield from (each for each in changes if not gain or each.kind in _CONSTANTS)
        yield from missing_edits(graph.trees[at], self._missing(at, there), self._slopes_by_name)
        if at in self._hidden:
            yield from sum_edits(graph.trees[at], len(self._hidden[at].expected))
        if at in self._odd_gains:
            yield scaled(graph.trees[at], self._odd_gains[at])

    def _gradients_instead(self, at: int) -> Iterator[EquationChange]:
        """A gradient that the script computes from a part of an equation, in the place of that part.

        If a derivative is missing there, the script has the whole product under another name.
        """
        graph, tree, reads = self._graph, self._graph.trees[at], self._graph.reads[at]
        gradients: list[tuple[str, int]] = []
        for name, node in reversed(graph.names_before(at).items()):
            if self._constants(node) and node not in self._forward and node not in reads.values():
                gradients.append((name, node))
        for name, node in few_of_each(gradients, _MAX_TIMES, lambda one: base_name(one[0])):
            below = graph.cone([node]) - self._forward - {node}
            # The innermost part first: what is multiplied with it stays.
            for place, part in reversed(list(enumerate(nodes_of(tree)))):
                given = graph.places[at].get(id(part))
                names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
                is_from = any(reads.get(each) in below for each in names)
                if part is tree or given is None or not is_from:
                    continue
                if np.shape(self._study.actual[given]) == np.shape(self._study.actual[node]):
                    sentence = fill(messages.TENSOR_REPLACED, given=short_text(part), expected=name)
                    changed = partial(replaced, tree, part, ast.Name(name, ast.Load()))
                    same = f"gradient {entry_role(name)} {place}"
                    yield EquationChange(MistakeKind.OTHER_TENSOR, sentence, changed, same=same)

    def _paired_slopes(self, at: int) -> Iterator[ActivationSlope]:
        """The derivatives of activations that a line computes as often as the equation's own line is run:
        those of the same time, and of the same time counted from the end, as where a loop goes backwards."""
        own = self._groups[at]
        if len(own) == 1:
            return
        for slope in self._slopes:
            group = self._groups_of_nodes.get(slope.node, [])
            if len(group) != len(own) or slope.node >= self._graph.roots[at]:
                continue
            places = own.index(at), group.index(slope.node)
            for way, distance in (("-", places[1] - places[0]), ("+", places[1] + places[0])):
                if distance in (0, len(own) - 1):
                    yield replace(slope, role=f"{group[0]} {way}{distance}")

    @cached_property
    def _groups_of_nodes(self) -> dict[int, list[int]]:
        """The results of equations by themselves, each with those that the same line computes."""
        roots = self._graph.roots
        return {roots[at]: [roots[each] for each in group] for at, group in enumerate(self._times)}

    def _is_rate(self, node: int) -> bool:
        """True for a scalar that no parameter affects, and that is no input or target."""
        is_single = not np.shape(self._study.actual[node])
        return is_single and not self._is_active(node) and node not in self._inputs

    def _derived_edits(self, at: int) -> Iterator[EquationChange]:
        """The equation with what the derivation gives: added to it, where it gives only a part of a gradient,
        or in the place of one of its parts.

        At a time of a loop at which the gradients that it reads are wrong, the derived ones of another time.
        """
        found = dict(self._derived_at(at))
        for other in self._groups[at]:
            for same, derived in self._derived_at(other).items() if other != at else ():
                if same not in found:
                    moved = self._at_time(derived.term, other, at)
                    if moved is not None:
                        found[same] = replace(derived, term=moved)
        tree = self._graph.trees[at]
        parts = list(nodes_of(tree))
        for same, derived in found.items():
            if derived.place < 0:
                added = tidied(derived.term)
                sentence = fill(messages.TERM_MISSING, term=tree_text(added))
                whole = partial(ast.BinOp, tree, ast.Add(), added)
                yield EquationChange(MistakeKind.TERM, sentence, whole, same=same, is_added=True)
            elif derived.place < len(parts):
                part = parts[derived.place]
                kind, sentence = difference(part, derived.term, self._slopes)
                changed = partial(replaced, tree, part, derived.term)
                yield EquationChange(kind, sentence, changed, same=same, is_added=True, is_replaced=True)

    def _derived_at(self, at: int) -> dict[str, _Derived]:
        """What may be right in an equation, by what it shares with the same of its other times.

        It is derived from the gradients that the equation reads.
        """
        if at in self._derived:
            return self._derived[at]
        graph, backward, found = self._graph, self._explanation.backward, self._derived.setdefault(at, {})
        given = np.shape(self._study.actual[graph.roots[at]])
        shape = self._hidden[at].expected if at in self._hidden else given
        read = {node for node in graph.reads[at].values() if node not in self._forward}
        known = {label.node for node in read for label, _ in self._matches.labels.get(node, ())}
        known |= {label.node for node in read for label, _ in self._parts.get(node, ())}
        for _ in range(_MOST_STEPS):
            known |= {
                each for each, above in backward.all_readers.items() if above and known.issuperset(above)
            }
        places = [
            place
            for place, part in enumerate(nodes_of(graph.trees[at]))
            if self._may_be(at, part, given, read)
        ]
        for node, readers in backward.all_readers.items():
            if np.shape(self._study.actual[node]) != shape or known.isdisjoint(readers):
                continue
            terms = {reader: self._contribution(node, reader, at) for reader in readers[:_MOST_TERMS]}
            above = (self._terms_from_above(node, reader, at) for reader in terms)
            for which, term in enumerate(
                chain(*(self._missing_terms(at, node, each) for each in (terms, *above)))
            ):
                line = graph.equations[graph.nodes[node].equation].line
                found.setdefault(f"term {line} {which}", _Derived(term, -1))
            found |= self._with_slopes(node, at, places)
            every = list(terms.values())
            if 1 < len(readers) == len(every) and None not in every:
                whole = _sum_of(filter(None, every))
                for part in reversed(places):
                    line = graph.equations[graph.nodes[readers[0]].equation].line
                    found.setdefault(f"whole {part} {line}", _Derived(whole, part))
            for reader, whole_term in terms.items():
                if whole_term is None or reader not in known:
                    continue
                each = graph.nodes[reader]
                line, place = graph.equations[each.equation].line, each.operands.index(node)
                for part in reversed(places):
                    found.setdefault(f"part {part} {line} {each.pattern} {place}", _Derived(whole_term, part))
        # Of several that put all right, the shortest is meant.
        ordered = sorted(found.items(), key=lambda one: len(names_in(one[1].term)))
        found.clear()
        found.update(ordered)
        return found

    def _missing_terms(self, at: int, node: int, terms: Mapping[int, ast.expr | None]) -> Iterator[ast.expr]:
        """What may be missing where an equation gives only a part of the gradient by a node: what one reader
        contributes, or all but one. `terms` are the contributions by the readers."""
        for term in terms.values() if len(terms) > 1 else ():
            if term is not None:
                yield term
        is_part = any(label.node == node for label, _ in self._parts.get(self._graph.roots[at], ()))
        for reader in terms if is_part and len(terms) > 2 else ():
            others = [term for other, term in terms.items() if other != reader]
            if None not in others:
                yield _sum_of(filter(None, others))

    def _terms_from_above(self, node: int, reader: int, at: int) -> dict[int, ast.expr | None]:
        """What the readers of a later tensor contribute to the gradient by a node, which the forward pass
        reads only once on the way there, but for a maximum; empty if there is none with several readers."""
        backward, path = self._explanation.backward, [node, reader]
        while len(path) < _MOST_STEPS:
            after = backward.all_readers.get(path[-1], [])
            # What is subtracted from all cells, as their maximum before exp, changes no share.
            main = [each for each in after if not self._graph.nodes[each].pattern.startswith("max(")]
            if len(main) != 1:
                break
            path.append(main[0])
        readers = backward.all_readers.get(path[-1], [])
        found: dict[int, ast.expr | None] = {}
        for each in readers[:_MOST_TERMS] if len(readers) > 1 else ():
            seed = self._contribution(path[-1], each, at)
            for below, above in zip(path[-2::-1], path[:0:-1]):
                if seed is not None:
                    seed = self._handed_back(below, above, seed)
            found[each] = seed
        return found

    def _handed_back(self, node: int, reader: int, seed: ast.expr) -> ast.expr | None:
        backward, written = self._explanation.backward, self._graph.written_tree
        return backward.contribution(node, reader, self._study.actual, seed, written)

    def _with_slopes(self, node: int, at: int, places: Sequence[int]) -> dict[str, _Derived]:
        """The gradients by an activation's argument, written with the activation's derivative."""
        found: dict[str, _Derived] = {}
        for slope in self._slopes_of_nets.get(node, ()):
            above = self._gradient(slope.node, at)
            if above is not None:
                line = self._graph.equations[self._graph.nodes[slope.node].equation].line
                product = ast.BinOp(above, ast.Mult(), slope.tree)
                found |= {f"slope {part} {line}": _Derived(product, part) for part in reversed(places)}
        return found

    def _may_be(self, at: int, part: ast.expr, shape: tuple[int, ...], read: Collection[int]) -> bool:
        """Whether a part of an equation, with the shape of its result, reads one of some tensors."""
        node = self._graph.places[at].get(id(part))
        reads = self._graph.reads[at]
        names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
        is_shaped = node is not None and np.shape(self._study.actual[node]) == shape
        return is_shaped and any(reads.get(name) in read for name in names)

    def _contribution(self, node: int, reader: int, at: int, depth: int = 0) -> ast.expr | None:
        """What a reader contributes to a gradient, in tensors that there are before an equation; None if some
        are missing."""
        self._graph.work += 1
        seed = self._gradient(reader, at, depth)
        return None if seed is None else self._handed_back(node, reader, seed)

    def _gradient(self, node: int, at: int, depth: int = 0) -> ast.expr | None:
        """The gradient by a node, in the same way: the tensor that has it, or what it is derived from."""
        candidate = self._explanation.candidate
        there = [each for each in self._gradients_named.get(node, ()) if each < at]
        above = self._explanation.backward.all_readers.get(node, [])
        if there:
            return ast.Name(self._graph.equations[there[-1]].name, ast.Load())
        if node in candidate.outputs and candidate.kind == SCRIPT_LOSS:
            return ast.Constant(self._carried(at) or self._usual_constant)
        if len(above) != 1 or depth >= _MOST_STEPS:
            return None
        slope = next(iter(self._slopes_of_nets.get(node, ())), None)
        seed = None if slope is None else self._gradient(slope.node, at, depth + 1)
        if slope is not None and seed is not None:
            return ast.BinOp(seed, ast.Mult(), slope.tree)
        return self._contribution(node, above[0], at, depth + 1)

    @cached_property
    def _slopes_of_nets(self) -> dict[int, list[ActivationSlope]]:
        """The derivatives of activations by the nodes of their arguments."""
        named = {self._graph.written(at): at for at in self._explanation.backward.nodes}
        found: dict[int, list[ActivationSlope]] = {}
        for slope in self._slopes:
            if slope.net in named and slope.node >= 0:
                found.setdefault(named[slope.net], []).append(slope)
        return found

    @cached_property
    def _updates(self) -> dict[str, set[int]]:
        """The new values that the pass gives each parameter, some of them in between."""
        found: dict[str, set[int]] = {name: set() for name in self._study.trained}
        for equation, root in zip(self._graph.equations, self._graph.roots):
            found.get(base_name(equation.name), set()).add(root)
        return found

    @cached_property
    def _usual_constant(self) -> float:
        """The constant that most gradients have as the script computes them."""
        constants = [round(places[0][1], 9) for places in self._matches.found.values()]
        return Counter(constants).most_common(1)[0][0] if constants else 1.0

    @cached_property
    def _gradients_named(self) -> dict[int, list[int]]:
        """The equations that give the gradient by a node, for each node."""
        found: dict[int, list[int]] = {}
        for at, root in enumerate(self._graph.roots):
            own = base_name(self._graph.equations[at].name)
            # The first sum of a loop is its first term, and the later ones are more than that.
            is_sum = self._graph.nodes[root].pattern == "_0 + _1" and any(
                base_name(name) == own and not self._constants(node)
                for name, node in self._graph.reads[at].items()
            )
            is_other = root in self._forward or is_sum
            for label, _ in () if is_other else self._matches.labels.get(root, ()):
                if not label.turned:
                    found.setdefault(label.node, []).append(at)
        return found

    def _at_time(self, term: ast.expr, given: int, at: int) -> ast.expr | None:
        """A term of one time of a line as it is at another time; None where a tensor has no such time."""
        graph, own = self._graph, self._groups[at]
        distance = own.index(at) - own.index(given)
        places = {equation.name: each for each, equation in enumerate(graph.equations)}
        read = set(graph.reads[at].values())
        back = 0
        for node in graph.reads[given].values():
            group = self._groups_of_nodes.get(node, [])
            if len(group) > 1 and node in self._forward:
                there = [way for way in (-1, 1) if read.intersection(_shifted(group, node, way * distance))]
                back = there[0] if len(there) == 1 else back
        for name in {each.id for each in ast.walk(term) if isinstance(each, ast.Name)} & places.keys():
            node = graph.roots[places[name]]
            group = self._groups_of_nodes[node]
            if len(group) > 1:
                way = (back or -1) if node in self._forward else 1
                moved = _shifted(group, node, way * distance)
                if not moved:
                    return None
                wanted = graph.equations[graph.roots.index(moved[0])].name
                term = with_name(term, name, ast.Name(wanted, ast.Load()))
        return term

    def _missing(self, at: int, there: dict[str, int]) -> list[str]:
        """The tensors that may be missing in an equation as a factor or term."""
        study, graph = self._study, self._graph
        shape = np.shape(study.actual[graph.roots[at]])
        reads = graph.reads[at]
        found = [
            name
            for name, node in reversed(there.items())
            if np.shape(study.actual[node]) == shape
            and node not in reads.values()
            and not self._is_rate(node)
        ]
        found += [name for name in study.trained if name in there and self._spreads(there[name], shape)]
        # For instance w[0].delta beside w[0].inputs, or the x of the same sample as its output.
        sources = [graph.roots.index(node) for node in reads.values() if node in study.roots]
        beside = {node for source in sources for node in graph.reads[source].values()}

        def order(name: str) -> tuple[int, bool]:
            return -max((common_start(name, other) for other in reads), default=0), there[name] not in beside

        return sorted(found, key=order)

    def _spreads(self, node: int, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of fewer dimensions is multiplied with every row of a shape, as a scale is."""
        own = np.shape(self._study.actual[node])
        return 0 < len(own) < len(shape) and own == shape[len(shape) - len(own) :]

    def _is_mirrored(self, at: int, slope: ActivationSlope) -> bool:
        """Whether a backward loop computes an equation at the time at which a forward loop computed an
        activation.

        For instance the first time for the last one.
        """
        own, other = self._groups[at], self._groups[self._graph.nodes[slope.node].equation]
        same = len(own) == len(other) > 1
        return same and own[::-1].index(at) == other.index(self._graph.nodes[slope.node].equation)

    @cached_property
    def _slopes_by_name(self) -> dict[str, str]:
        """The tensors that hold the derivative of an activation, each with the activation."""
        graph, values, found = self._graph, self._study.states[0], {}
        there = graph.names_before(len(graph.equations))
        wanted = []
        for slope in self._slopes:
            value = self._value(slope.tree)
            if value is not MISSING:
                wanted.append((value, slope.output))
        for name, node in there.items():
            same = (output for value, output in wanted if _is_same(values[node], value))
            output = next(same, "")
            if output:
                found[name] = output
        return found

    def _value(self, tree: ast.expr) -> Any:
        """An expression's value in the first state."""
        graph = self._graph
        try:
            plan = graph.plan(len(graph.equations) - 1, tree, graph.names_before(len(graph.equations)))
        except KeyError:
            return MISSING
        return graph.run(plan, self._study.states[0])[-1]

    def _of_other_shapes(self, name: str, node: int, there: dict[str, int]) -> Iterator[str]:
        """The tensors of another shape that may be intended: those whose names differ in a number, as dZ1 and
        dZ2, and in place of data other data.
        """
        study, shape = self._study, np.shape(self._study.actual[node])
        if not shape:
            return
        data = {self._graph.inputs[each] for each in study.data}
        stem = without_digits(name)
        for other, at in reversed(there.items()):
            value = study.actual[at]
            if value is MISSING or at == node or not np.shape(value) or np.shape(value) == shape:
                continue
            if without_digits(other) == stem or (node in data and at in data):
                yield other

    def _sums_of_times(self, at: int) -> Iterator[EquationChange]:
        """The sum of a line's results over all runs, in place of the result of the last run."""
        graph = self._graph
        tree = graph.trees[at]
        for name, node in graph.reads[at].items():
            group = self._times[graph.roots.index(node)] if node in graph.roots else []
            before = [each for each in group if each < at]
            if len(before) < 2 or graph.roots[before[-1]] != node or at in group or node in self._forward:
                continue
            total: ast.expr = ast.Name(name, ast.Load())
            for each in before[:-1]:
                total = ast.BinOp(total, ast.Add(), ast.Name(graph.equations[each].name, ast.Load()))
            sentence = fill(messages.OVERWRITTEN, name=base_name(name))
            changed = partial(with_name, tree, name, total)
            yield EquationChange(
                MistakeKind.OVERWRITTEN, sentence, changed, same=f"times {entry_role(name)}", instead_of=name
            )

    def _weights_like(self, reads: Mapping[str, int]) -> dict[str, list[tuple[str, bool]]]:
        """For each fixed matrix in an equation the weights of its shape, True for transposed ones."""
        graph, study = self._graph, self._study
        weights = {name: np.shape(study.actual[graph.inputs[name]]) for name in study.trained}
        found: dict[str, list[tuple[str, bool]]] = {}
        for name, node in reads.items():
            shape = np.shape(study.actual[node])
            if graph.inputs.get(name) != node or node in study.active or len(shape) != 2:
                continue
            found[name] = [(each, False) for each, other in weights.items() if other == shape]
            found[name] += [(each, True) for each, other in weights.items() if other == shape[::-1]]
        return found

    def _is_active(self, node: int) -> bool:
        return node in self._study.active

    def _reads(self, at: int) -> dict[str, int]:
        graph = self._graph
        old = {OLD_PREFIX + name: node for name, node in graph.inputs.items()}
        return {**graph.names_before(at), **graph.reads[at], **old}

    def _plan(self, at: int, edit: EquationChange) -> ChangedEquation | None:
        """A changed equation as operations; None if it reads an unknown tensor."""
        try:
            return self._graph.plan(at, edit.tree, self._reads(at))
        except KeyError:
            return None

    def _label(self, at: int, plan: ChangedEquation) -> GradientLabel | None:
        """The gradient that the changed equation, or a changed part of it, gives."""
        parts: list[list[Any]] = []
        for values in self._study.states:
            parts.append(self._graph.run(plan, values))
            if parts[-1][-1] is MISSING:
                return None
        # The whole first, then its parts; for an update, the step.
        for k in range(1, len(parts[0]) + 1):
            found = self._found([each[-k] for each in parts], at, whole=k == 1)
            if found is not None:
                return found
        return None

    def _found(self, values: Sequence[Any], at: int, whole: bool) -> GradientLabel | None:
        if any(value is MISSING or not np.isfinite(value).all() for value in values):
            return None
        name = self._graph.equations[at].name
        if whole and name in self._explanation.inputs:
            old = [state[self._graph.inputs[name]] for state in self._study.states]
            if all(np.shape(a) == np.shape(b) for a, b in zip(values, old)):
                values = [a - b for a, b in zip(values, old)]
        given = direction(values)
        labels = list(self._explanation.labels.find(given))
        if not whole:
            wanted = self._explanation.inputs.get(name)
            labels = [one for one in labels if one[0].node == wanted and not one[0].turned]
        elif not labels:
            labels = list(self._explanation.parts.find(given))
        return self._study.clearest(labels)[0] if labels else None

    def _verified(
        self, at: int, edit: EquationChange, label: GradientLabel | None, plans: Mapping[int, ChangedEquation]
    ) -> Repair | None:
        """The repair, if more is right with it."""
        changed = {self._graph.roots[other]: self._computed(plan) for other, plan in plans.items()}
        found = self._improved(changed, at, label)
        hidden = self._hidden.get(at)
        return None if found is None else Repair(at, edit, label, plans[at], *found, hidden=hidden)

    def _improved(
        self, changed: dict[int, Callable[[Values], Any]], at: int, label: GradientLabel | None
    ) -> tuple[Matches, list[Values], dict[int, Callable[[Values], Any]]] | None:
        """What is right when some nodes are computed differently; None if that is no more than before."""
        graph, study = self._graph, self._study
        pinned = {**study.pins, **changed}
        first = graph.again(study.states[0], pinned)
        if first[graph.roots[at]] is MISSING or not self._may_improve(first, label):
            return None
        states = [first, *(graph.again(values, pinned) for values in study.states[1:])]
        matches = study.match(self._explanation, states, self._matches)
        found = dict(matches.found)
        for name, node in self._explanation.inputs.items():
            if (
                label is not None
                and not label.is_part
                and node == label.node
                and graph.roots[at] in study.cones[name]
                and not study.is_mangled(name, graph.roots[at], self._explanation, states)
            ):
                found.setdefault(name, [(graph.roots[at], 1.0)])
        matches = Matches(matches.labels, found, (len(found), matches.rank[1]))
        return (matches, states, changed) if matches.rank[0] > self._matches.rank[0] else None

    def _may_improve(self, first: Values, label: GradientLabel | None) -> bool:
        """True if the first state alone has a gradient that was missing before: the other states are computed
        then.
        """
        graph, study, before = self._graph, self._study, self._study.states[0]
        given: dict[int, Direction | None] = {}
        for name, node in self._explanation.inputs.items():
            if name in self._matches.found:
                continue
            wanted = self._first_directions[node]
            if wanted is None or (label is not None and not label.is_part and label.node == node):
                return True
            size, start, end = wanted.cells.size, first[node], first[graph.current[name]]
            is_there = start is not MISSING and end is not MISSING
            if is_there and np.shape(start) == np.shape(end) and _along(end - start, wanted):
                return True
            for at in study.cones[name] - self._forward:
                value = first[at]
                if value is before[at] or value is MISSING or min(np.size(value), MOST_COMPARED) != size:
                    continue
                if at not in given:
                    given[at] = direction([value])
                found = given[at]
                if found is not None and scale_factor(found, wanted):
                    return True
        return False

    @cached_property
    def _first_directions(self) -> dict[int, Direction | None]:
        """The direction of the gradient by each parameter in the first state."""
        gradients = self._explanation.gradients[0]
        return {node: direction([gradients.get(node, MISSING)]) for node in self._explanation.inputs.values()}

    def _computed(self, plan: ChangedEquation) -> Callable[[Values], Any]:
        return lambda found: self._graph.run(plan, found)[-1]


@dataclass(frozen=True)
class _Given:
    """Returns the value for a state, identified by the first of its tensors."""

    values: Mapping[int, Any]

    def __call__(self, state: Values) -> Any:
        return self.values.get(id(state[0]), MISSING)


def _shifted(group: Sequence[int], node: int, by: int) -> list[int]:
    """The node of a group so many places after another one; empty if there is none."""
    place = group.index(node) + by
    return [group[place]] if 0 <= place < len(group) else []


def _sum_of(terms: Iterable[ast.expr]) -> ast.expr:
    return reduce(lambda one, other: ast.BinOp(one, ast.Add(), other), terms)


def _unlikeliness(gain: float) -> tuple[bool, float]:
    """Less for a turned sign, then for a gain near 1."""
    return abs(gain + 1) > 1e-6, abs(np.log(abs(gain)))


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * abs(other)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two tensors are equal apart from rounding."""
    return one is not MISSING and np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=1e-9)


def _along(value: Any, wanted: Direction) -> bool:
    given = direction([value])
    return given is not None and bool(scale_factor(given, wanted))


def _stores(tree: ast.expr) -> bool:
    """True for an equation that stores into a part of its tensor."""
    return function_name(tree) == "where"


def _instances(study: Study) -> list[list[int]]:
    """For each equation, those that the same line computes in the same way, including itself."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    keys = []
    reads = study.graph.reads
    for at, equation in enumerate(study.graph.equations):
        tree = study.graph.trees[at]
        # In the first run, the sum starts from a number.
        leaves = (ast.Name, ast.Constant)
        kinds = tuple("" if isinstance(node, leaves) else type(node).__name__ for node in nodes_of(tree))
        # Of several equations of one line each has weights of its own.
        weights = frozenset(without_digits(last_part(name)) for name in reads[at] if name in study.trained)
        keys.append((equation.file, equation.line, last_part(equation.name), kinds, weights))
        groups.setdefault(keys[-1], []).append(at)
    return [groups[key] for key in keys]
