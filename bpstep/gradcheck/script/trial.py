"""Tries changes of an equation: does one make the parameters' gradients right?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
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
    edits_of,
    entry_edits,
    entry_role,
    feedback_edits,
    missing_edits,
    nodes_of,
    sum_edits,
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
from bpstep.script.meaning.study import Explanation, GradientLabel, Matches, Study
from bpstep.text import fill

_MAX_EDITS = 700

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
        self._edits_of: dict[int, dict[str, EquationChange]] = {}
        self._end = 0

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
        rest = [at for at in suspects if at not in blamed]
        stages = [
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
        return None if best is None else self._where_computed(best)

    def several(self, wrong: Sequence[str], end: int) -> list[Repair]:
        """The changes of two or more lines that make more right, if no single line does.

        First the same change in all of them, then one that makes a line give a gradient, and what is found
        after it.
        """
        self._end = end
        first = [at for at in self.suspects(wrong) if self._is_wrong_by_itself(at)][:_MAX_LINES]
        return self._all_at_once(first) or self._one_after_the_other(first, wrong)

    def _is_wrong_by_itself(self, at: int) -> bool:
        return self._graph.roots[at] not in self._matches.labels and self._has_right_inputs(at)

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
        if not graph.nodes[node].operands:
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
        """The first equation with right inputs that gives no gradient, and the gradient that it
        should give.
        """
        self._end = end
        updates = {self._graph.current[name] for name in self._study.all_carried}
        for at in self.suspects(wrong):
            root = self._graph.roots[at]
            if root in self._matches.labels or not self._has_right_inputs(at):
                continue
            if root in updates:
                repair = self._with_step(at)
                if repair is not None:
                    return repair
                continue
            shape = np.shape(self._study.actual[self._graph.roots[at]])
            best: Repair | None = None
            for node in self._explanation.backward.nodes:
                if np.shape(self._study.actual[node]) != shape or self._is_late:
                    continue
                repair = self._with_gradient(at, node)
                if repair is not None and (best is None or repair.rank > best.rank):
                    best = repair
            if best is not None:
                return best
        return None

    def _has_right_inputs(self, at: int) -> bool:
        """True if an equation reads only gradients, values of the forward pass, and older values."""
        graph, study = self._graph, self._study
        reads = set(graph.reads[at].values())
        # Under a loss chosen by the person, the first line of the backward pass may be the wrong one.
        is_first = bool(study.loss) and not self._matches.found and not (reads & study.active) - self._forward
        return (is_first or not reads.isdisjoint(self._matches.labels)) and all(
            node in self._matches.labels
            or node in self._forward
            or node not in study.active
            or not graph.nodes[node].operands
            or node in {graph.current[name] for name in study.trained}
            for node in graph.reads[at].values()
        )

    def _with_gradient(self, at: int, node: int) -> Repair | None:
        """The repair in which an equation gives the gradient by a node."""
        gradients: list[Any] = [each.get(node, MISSING) for each in self._explanation.gradients]
        if any(each is MISSING for each in gradients):
            return None
        edit = EquationChange(MistakeKind.UNKNOWN, "", lambda: self._graph.trees[at])
        labels = list(self._explanation.labels.find(direction(gradients)))
        label = self._study.clearest(labels)[0] if labels else GradientLabel(node)
        # With one sample, the gradient by a bias is also that by the net input: there is no sum.
        constant = self._constant_of(at, label.node)
        scaled = [value * (constant or 1.0) for value in gradients]
        pin = _Given({id(state[0]): value for state, value in zip(self._study.states, scaled)})
        found = self._improved({self._graph.roots[at]: pin}, at, None)
        hidden = self._hidden.get(at)
        return None if found is None else Repair(at, edit, label, None, *found, constant, hidden)

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
        seen: set[int] = set()
        found: list[int] = []
        for at, root in enumerate(graph.roots):
            if root in cone and root not in self._forward and graph.nodes[root].operands and at not in seen:
                seen.update(self._groups[at])
                found.append(at)
        labels = self._matches.labels
        # The first run may be right, for instance if the value of the run before is missing.
        first = [
            at
            for at in found
            if any(
                graph.roots[each] not in labels and self._has_right_inputs(each) for each in self._groups[at]
            )
        ]
        before = {node for at in first for node in graph.reads[at].values()}

        def order(at: int) -> int:
            """First equations that are wrong although their inputs are right, and those that read them; then
            the rest.
            """
            if at in first:
                return 0
            is_label = graph.roots[at] in labels
            return 1 if is_label and graph.roots[at] in before else 3 if is_label else 2

        yield from sorted(found, key=order)

    def _repairs(self, at: int, directly: bool, is_added: bool = False) -> Iterator[Repair]:
        """The changes of a line that make more right.

        `directly`: those whose result is a gradient, `is_added`: those that add a tensor. A line that runs
        several times is changed in every run.
        """
        group = self._groups[at]
        tries = self._tries(at, directly)
        first = {same: each for same, each in tries.items() if each[0].is_added == is_added}
        others = [other for other in group if other != at]
        # In many runs, changes are tried one after the other, in few all at once.
        size = len(first) if len(others) < _MANY_TIMES else 1
        tried: list[dict[str, _Try]] = []
        for at_once, (same, (edit, plan, label)) in enumerate(first.items()):
            if at_once % max(size, 1) == 0:
                wanted = list(first)[at_once : at_once + size]
                tried = [self._tries(other, directly, wanted) for other in others]
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
            if len(plans) == len(group) or is_last:
                repair = self._verified(at, edit, label, plans)
                if repair is not None:
                    yield repair

    def _tries(self, at: int, directly: bool, wanted: Collection[str] | None = None) -> dict[str, _Try]:
        """The changes of one equation, keyed by what they share with changes of the line's other runs.

        `directly` says whether the result has to be a gradient. `wanted` restricts the keys; these are
        returned whatever they give, because the equation may still read something wrong. None for all.
        """
        tries: dict[str, _Try] = {}
        keyed = self._keyed(at)
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

    def _keyed(self, at: int) -> dict[str, EquationChange]:
        """The changes of an equation, each with a key that it shares with the same change in other runs, and
        its number.
        """
        if at not in self._edits_of:
            seen: dict[str, int] = {}
            found = self._edits_of[at] = {}
            for edit in islice(self._edits(at), _MAX_EDITS):
                seen[edit.same] = seen.get(edit.same, 0) + 1
                found[f"{edit.same} {seen[edit.same]}"] = edit
        return self._edits_of[at]

    def _edits(self, at: int) -> Iterator[EquationChange]:
        graph = self._graph
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
            if name in graph.inputs and node != graph.inputs[name] and name in self._study.trained
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
        yield from self._sums_of_times(at)
        yield from feedback_edits(graph.trees[at], self._weights_like(reads))
        beside = partial(entries_beside, there)
        yield from edits_of(graph.trees[at], slopes, others, old, earlier, beside, numbers)
        yield from missing_edits(graph.trees[at], self._missing(at, there), self._slopes_by_name)
        if at in self._hidden:
            yield from sum_edits(graph.trees[at], len(self._hidden[at].expected))

    def _is_rate(self, node: int) -> bool:
        """True for a scalar that no parameter affects, and that is no input or target."""
        is_single = not np.shape(self._study.actual[node])
        return is_single and not self._is_active(node) and node not in self._inputs

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
        # For instance w[0].delta beside w[0].inputs.
        return sorted(found, key=lambda name: -max((common_start(name, other) for other in reads), default=0))

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
        labels = list(self._explanation.labels.find(direction(values)))
        if not whole:
            wanted = self._explanation.inputs.get(name)
            labels = [one for one in labels if one[0].node == wanted and not one[0].turned]
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
        for name, node in self._explanation.inputs.items() if label is not None else ():
            if label is not None and node == label.node and graph.roots[at] in study.cones[name]:
                found.setdefault(name, [(graph.roots[at], 1.0)])
        matches = Matches(matches.labels, found, (len(found), matches.rank[1]))
        return (matches, states, changed) if matches.rank[0] > self._matches.rank[0] else None

    def _may_improve(self, first: Values, label: GradientLabel | None) -> bool:
        """True if the first state alone has a gradient that was missing before: the other states are computed
        then.
        """
        graph, study, before = self._graph, self._study, self._study.states[0]
        for name, node in self._explanation.inputs.items():
            if name in self._matches.found:
                continue
            wanted = direction([self._explanation.gradients[0].get(node, MISSING)])
            if wanted is None or (label is not None and label.node == node):
                return True
            size, start, end = wanted.cells.size, first[node], first[graph.current[name]]
            is_there = start is not MISSING and end is not MISSING
            if is_there and np.shape(start) == np.shape(end) and _along(end - start, wanted):
                return True
            for at in study.cones[name] - self._forward:
                value = first[at]
                if (
                    value is not before[at]
                    and min(np.size(value), MOST_COMPARED) == size
                    and _along(value, wanted)
                ):
                    return True
        return False

    def _computed(self, plan: ChangedEquation) -> Callable[[Values], Any]:
        return lambda found: self._graph.run(plan, found)[-1]


@dataclass(frozen=True)
class _Given:
    """Returns the value for a state, identified by the first of its tensors."""

    values: Mapping[int, Any]

    def __call__(self, state: Values) -> Any:
        return self.values.get(id(state[0]), MISSING)


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
    for at, equation in enumerate(study.graph.equations):
        tree = study.graph.trees[at]
        # In the first run, the sum starts from a number.
        leaves = (ast.Name, ast.Constant)
        kinds = tuple("" if isinstance(node, leaves) else type(node).__name__ for node in nodes_of(tree))
        keys.append((equation.file, equation.line, last_part(equation.name), kinds))
        groups.setdefault(keys[-1], []).append(at)
    return [groups[key] for key in keys]
