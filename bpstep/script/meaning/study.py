"""How well a loss explains the way in which a pass changes the parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from bpstep.script.equations.equations import ScriptIteration
from bpstep.script.meaning.backward import Backward, differentiate, smooth_reach
from bpstep.script.meaning.graph import MISSING, Fixed, Values, have_one_shape
from bpstep.script.meaning.labels import Direction, Labels, change_direction, direction, scale_factor
from bpstep.script.meaning.losses import (
    SCRIPT_LOSS,
    LossCandidate,
    chosen_losses,
)
from bpstep.script.meaning.studied_pass import StudiedPass

_MAX_WORK = 20_000
"""How many operations may be computed to try losses: a second or two."""

_TELLING = 1e-3
"""A cell determines the sign of a step if it is at least this share of the largest cell."""

_ROUNDING = 1e-12
"""A change smaller than this share of the changed number may be rounding."""

_MIN_DEAF, _MIN_UPHILL = 4, 0.25
"""So many cells that change without regard to their gradient, and such a share of them uphill as well as
downhill, show that their gradient was replaced.
"""

_MIN_FITTED, _FITTED, _FITTED_SHARE = 4, 1e-9, 1e-6
"""How many cells tell two constants, how exactly, and how small a part of a step is rounding."""

_MIN_SCALED, _SAME_RATE = 2, 1e-9
"""A single cell is always a multiple of its gradient; and how exactly a rate is one number."""

_FLAT = 1e-12
"""A gradient smaller than this share of the gradients that it sums is rounding."""


Pins = Mapping[int, Callable[[Values], Any]]
"""The nodes that are computed differently than in the script."""


@dataclass(frozen=True)
class GradientLabel:
    """The meaning of a value: the gradient of the loss with respect to a node."""

    node: int
    turned: bool = False
    """True where it is transposed."""
    is_part: bool = False
    """True for what one reader of the node contributes to the gradient, or several."""


@dataclass(frozen=True)
class Explanation:
    """A loss with its gradients in every state."""

    candidate: LossCandidate
    backward: Backward
    gradients: list[dict[int, Any]]
    """The gradient with respect to each node, in each state."""
    labels: Labels
    inputs: dict[str, int]
    """The parameters that the loss depends on and that the pass changes, with their nodes."""
    states: Sequence[Values]
    flat: tuple[str, ...] = ()
    """The parameters whose gradient is 0 apart from rounding, such as a bias before a batch normalisation: it
    is unknown whether they follow it.
    """

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of `inputs`."""
        return tuple(self.inputs)

    @cached_property
    def contributions(self) -> list[dict[tuple[int, int], Any]]:
        """What each reader contributes to the gradient with respect to a node, in each state."""
        return [self.backward.contributions(*each) for each in zip(self.states, self.gradients)]

    @cached_property
    def parts(self) -> Labels:
        """What single readers of each tensor contribute to its gradient, and the sums of several from the
        first or from the last one on, as loops add them up."""
        found = Labels()
        for at, readers in self.backward.readers.items():
            if any((at, reader) not in each for each in self.contributions for reader in readers):
                continue
            label = GradientLabel(at, is_part=True)
            for reader in readers:
                found.add(direction([each[at, reader] for each in self.contributions]), label)
            for ordered in (readers, readers[::-1]):
                totals = [each[at, ordered[0]] for each in self.contributions]
                for reader in ordered[1:-1]:
                    totals = [total + each[at, reader] for total, each in zip(totals, self.contributions)]
                    found.add(direction(totals), label)
        return found

    def direction(self, node: int) -> Direction | None:
        """The direction of the gradient with respect to a node over all states; None if there is none."""
        return direction([each.get(node, MISSING) for each in self.gradients])

    def same_value(self, node: int) -> int:
        """The node that this loss depends on with the values of another one: that one itself, or what
        another line computes again, as where the loss is computed by a second forward pass; else that one.
        """
        if node in self.backward.nodes:
            return node
        found = self._by_value.find(direction([values[node] for values in self.states]))
        return next((at for at, constant in found if abs(constant - 1) < _FITTED), node)

    @cached_property
    def _by_value(self) -> Labels:
        """The nodes that the loss depends on, by their values."""
        found = Labels()
        for at in self.backward.nodes:
            found.add(direction([values[at] for values in self.states]), at)
        return found

    def constant_beside(self, other: Explanation) -> float:
        """The ratio of this loss's gradients with respect to the parameters to another's; 0 if it is not
        constant.
        """
        return _common_constant((self.direction(at), other.direction(at)) for at in self.inputs.values())


@dataclass(frozen=True)
class Matches:
    """Which nodes of a pass are gradients of a loss, up to a constant."""

    labels: Mapping[int, Sequence[tuple[GradientLabel, float]]]
    """For each such node the tensors whose gradient it is, each with the constant."""
    found: Mapping[str, Sequence[tuple[int, float]]]
    """For each parameter the nodes that are its gradient and that its new value depends on."""
    rank: tuple[int, int]
    """For comparison, more is better: parameters with a gradient, then equations whose result is a
    gradient.
    """


_TURNING = re.compile(r"\.T\b|@|transpose\(|reshape\(|einsum\(|ravel\(")
"""What may transpose a matrix."""


class Study(StudiedPass):
    """A pass with the losses that may explain how it changes its parameters."""

    def __init__(
        self,
        iteration: ScriptIteration,
        on_work: Callable[[int], None] | None = None,
        loss: str = "",
        is_linked: bool = True,
        has_number_targets: bool = False,
    ) -> None:
        super().__init__(iteration, on_work, is_linked, has_number_targets)
        self.loss = loss
        """The name of the loss that a person chose; empty to find it."""
        self._explained: dict[LossCandidate, Explanation | None] = {}
        self._backward: dict[tuple[int, ...], Backward | None] = {}

    def use(self, states: list[Values], pins: Pins) -> None:
        """Take other states, in which some nodes are computed differently."""
        self.states, self.pins = states, dict(pins)
        self.__dict__.pop("directions", None)

    @cached_property
    def directions(self) -> list[Direction | None]:
        """The direction of each node's values over all states."""
        return [direction([values[at] for values in self.states]) for at in range(len(self.graph.nodes))]

    def explain(self, candidate: LossCandidate) -> Explanation | None:
        """A loss with its gradients; None if it is undefined or has no derivative."""
        if candidate not in self._explained:
            self._explained[candidate] = self._explain(candidate)
        return self._explained[candidate]

    def _explain(self, candidate: LossCandidate) -> Explanation | None:
        graph = self.graph
        seeds = [candidate.seeds(values) for values in self.states]
        given = [each for each in seeds if each is not None]
        if len(given) < len(seeds):
            return None
        outputs = tuple(dict.fromkeys(candidate.outputs))
        if outputs not in self._backward:
            starts = [graph.inputs[name] for name in (*self.trained, *self.held)]
            self._backward[outputs] = differentiate(graph, outputs, starts, self.states[0])
        backward = self._backward[outputs]
        if backward is None:
            return None
        gradients = [backward.gradients(values, each) for values, each in zip(self.states, given)]
        labels = Labels()
        for at in backward.nodes:
            parts = [each.get(at, MISSING) for each in gradients]
            labels.add(direction(parts), GradientLabel(at))
            if parts[0] is not MISSING and np.ndim(parts[0]) == 2 and min(np.shape(parts[0])) > 1:
                labels.add(direction(parts, turned=True), GradientLabel(at, turned=True))
        if backward.has_maximum:
            # The numbers that ReLU sets to 0 are equal, and it does not matter which of them gets a gradient.
            whole = [backward.gradients(values, each, True) for values, each in zip(self.states, given)]
            for at in backward.nodes:
                if any(at in a and not np.array_equal(a[at], b[at]) for a, b in zip(gradients, whole)):
                    labels.add(direction([each.get(at, MISSING) for each in whole]), GradientLabel(at))
        reached = {name: graph.inputs[name] for name in self.trained if graph.inputs[name] in backward.nodes}
        flat = tuple(name for name, at in reached.items() if self.is_flat(at, backward, gradients))
        # A loss whose gradients are all 0 explains nothing.
        flat = flat if len(flat) < len(reached) else ()
        inputs = {name: at for name, at in reached.items() if name not in flat}
        return Explanation(candidate, backward, gradients, labels, inputs, self.states, flat)

    def is_flat(self, at: int, backward: Backward, gradients: Sequence[Mapping[int, Any]]) -> bool:
        """True if a gradient is so small beside the later ones that it counts as 0."""
        readers = [each for each in backward.nodes if at in self.graph.nodes[each].operands]
        for found in gradients:
            given = found.get(at, MISSING)
            above = max((_largest(found[each]) for each in readers if each in found), default=0.0)
            if given is MISSING or not _largest(given) <= _FLAT * above:
                return False
        return bool(readers)

    def is_product(self, at: int) -> bool:
        """True for a product, or a sum of products, in which a parameter is a factor."""
        node = self.graph.nodes[at]
        if node.pattern == "_0 + _1":
            return any(map(self.is_product, node.operands))
        factors = self.graph.cone(node.operands)
        trained = {self.graph.inputs[name] for name in self.trained}
        is_product = "@" in node.pattern or "*" in node.pattern or node.pattern.startswith("sum(")
        return is_product and not trained.isdisjoint(factors)

    def match(
        self,
        explanation: Explanation,
        states: Sequence[Values] | None = None,
        known: Matches | None = None,
        pins: Pins | None = None,
    ) -> Matches:
        """Which nodes are gradients of a loss.

        With `states` in those, in which `pins` are computed differently, where `known` are the matches in the
        study's own: nodes with the same values are not compared again.
        """
        graph = self.graph
        forward = graph.cone(explanation.candidate.outputs)
        cones = {name: self.cones[name] for name in explanation.inputs}
        names = {at: name for name, at in explanation.inputs.items()}
        labels: dict[int, list[tuple[GradientLabel, float]]] = {}
        for at in sorted(set().union(*cones.values()) - forward):
            if not graph.nodes[at].operands or self._is_constant(at):
                # A rate, or a count, may be a multiple of a single number's gradient.
                continue
            if states is None:
                matches = list(explanation.labels.find(self.directions[at]))
            elif known is not None and states[0][at] is self.states[0][at]:
                matches = list(known.labels.get(at, ()))
            else:
                matches = list(explanation.labels.find(direction([values[at] for values in states])))
            if matches:
                labels[at] = matches
        found: dict[str, list[tuple[int, float]]] = {}
        for at, matches in labels.items():
            for label, constant in matches:
                name = names.get(label.node)
                is_whole = name is not None and not self._is_part_of_sum(at, cones[name])
                if name is not None and is_whole and not label.turned and at in cones[name]:
                    found.setdefault(name, []).append((at, constant))
        for name in explanation.inputs:
            own = [] if name in found else self._gradients_of_rows(name, explanation, labels, states, pins)
            if own:
                found[name] = own
        for name, at in explanation.inputs.items():
            given = None if name in found else self.change(name, states)
            constant = scale_factor(given, explanation.direction(at)) if given is not None else 0.0
            constant = constant or (given and self.step_with_decay(name, explanation, states)[0]) or 0.0
            constant = constant or (given and self._step_by_number(name, explanation, states)) or 0.0
            if constant:
                # A row is updated, and no equation computes the whole gradient.
                found[name] = [(graph.current[name], constant)]
        for name in [
            name for name in found if self.is_mangled(name, found[name][0][0], explanation, states, pins)
        ]:
            del found[name]
        return Matches(labels, found, (len(found), len(self.roots & labels.keys())))

    def _is_constant(self, at: int) -> bool:
        """Whether a node is one number that is the same in all states."""
        value = self.states[0][at]
        return np.ndim(value) == 0 and all(values[at] == value for values in self.states)

    def without_turned(self, explanation: Explanation, matches: Matches) -> Matches:
        """The matches without those of a parameter's transposed gradient that nothing transposes again: its
        line is wrong, unless other updates of the script transpose what they read."""
        names = {at: name for name, at in explanation.inputs.items()}
        labels = matches.labels.items()
        turned = {(at, one) for at, found in labels for one, _ in found if one.turned and one.node in names}
        if any(self.is_turned_again(names[one.node], at) for at, one in turned):
            return matches
        kept = {at: [each for each in found if (at, each[0]) not in turned] for at, found in labels}
        return replace(matches, labels={at: found for at, found in kept.items() if found})

    def is_turned_again(self, name: str, node: int) -> bool:
        """Whether the update of a parameter transposes what it computes from a node."""
        graph = self.graph
        between = (graph.reached_from([node]) & self.cones[name]) - {node}
        return any(_TURNING.search(graph.nodes[at].pattern) for at in between)

    def _gradients_of_rows(
        self,
        name: str,
        explanation: Explanation,
        labels: Mapping[int, Sequence[tuple[GradientLabel, float]]],
        states: Sequence[Values] | None,
        pins: Pins | None,
    ) -> list[tuple[int, float]]:
        """The nodes that are the gradients of the rows of a parameter, where each row has one of its own, as
        where the weights of the samples at hand decay; empty where one of them is overwritten by a later one.
        """
        rows = self._rows_read(explanation.inputs[name], explanation)
        given = [self._labelled(row, labels, self.cones[name]) for row in rows]
        own = [one for one in given if one]
        # One update has one rate.
        is_one = len({float(f"{constant:.9g}") for _, constant in own}) == 1
        is_all = len(own) == len(rows) and is_one and self._changes_where(name, explanation, states)
        return own if is_all and all(self._has_effect(name, each, states, pins) for each, _ in own) else []

    def step_with_decay(
        self,
        name: str,
        explanation: Explanation,
        states: Sequence[Values] | None,
        fewest: int = _MIN_FITTED,
    ) -> tuple[float, float]:
        """The multiples of the gradient and of the parameter itself that are a parameter's step, in the cells
        that change, at least `fewest` of them; 0 for any other step."""
        graph, start = self.graph, self.graph.inputs[name]
        if explanation.candidate.kind == SCRIPT_LOSS:
            # It has its own penalty.
            return 0.0, 0.0
        columns: list[list[Any]] = [[], [], []]
        for values, gradients in zip(states or self.states, explanation.gradients):
            before = values[start]
            gradient: Any = gradients.get(start, MISSING)
            step = values[graph.current[name]] - before
            if not have_one_shape(gradient, step):
                return 0.0, 0.0
            is_changed = np.ravel(step != 0)
            # Where all cells change, an equation computes the gradient.
            if is_changed.all() or np.any(np.ravel(gradient)[~is_changed]):
                return 0.0, 0.0
            for column, value in zip(columns, (gradient, before, step)):
                column.append(np.ravel(value)[is_changed])
        one, other, wanted = map(np.concatenate, columns)
        if wanted.size < fewest or not np.isfinite([one, other, wanted]).all():
            return 0.0, 0.0
        matrix = np.stack([one, other], axis=1)
        found = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
        is_same = np.max(np.abs(matrix @ found - wanted)) <= _FITTED * np.max(np.abs(wanted))
        has_gradient = np.max(np.abs(found[0] * one)) > _FITTED_SHARE * np.max(np.abs(wanted))
        return (float(found[0]), float(found[1])) if is_same and has_gradient else (0.0, 0.0)

    def _step_by_number(self, name: str, explanation: Explanation, states: Sequence[Values] | None) -> float:
        """The multiple of its gradient that a parameter's step is in the first state, if in each state it is
        one by a rate that the pass computes from the data alone, as `0.5 / (x @ x)`; 0 for any other step."""
        graph, at = self.graph, explanation.inputs[name]
        given = states or self.states
        if np.size(given[0][at]) < _MIN_SCALED:
            return 0.0
        factors = [
            scale_factor(self.change(name, [values]), direction([gradients.get(at, MISSING)]))
            for values, gradients in zip(given, explanation.gradients)
        ]
        if not (min(factors) > 0 or max(factors) < 0):
            return 0.0
        changed = graph.reached_from(graph.inputs[each] for each in self.trained)
        for rate in self.cones[name] - changed:
            rates = [values[rate] for values in given]
            is_number = all(each is not MISSING and not np.ndim(each) and each for each in rates)
            if is_number and np.allclose(np.divide(factors, rates), factors[0] / rates[0], rtol=_SAME_RATE):
                return factors[0]
        return 0.0

    def _rows_read(self, at: int, explanation: Explanation) -> list[int]:
        """The rows of a parameter, if the forward pass reads only these."""
        nodes = self.graph.nodes
        readers = [each for each in explanation.backward.nodes if at in nodes[each].operands]
        is_rows = all(
            nodes[each].pattern.startswith("_0[") and len(nodes[each].operands) == 1 for each in readers
        )
        return readers if is_rows else []

    def _changes_where(self, name: str, explanation: Explanation, states: Sequence[Values] | None) -> bool:
        """Whether a parameter changes only in rows that have a gradient, and there."""
        graph = self.graph
        values = (states or self.states)[0]
        before, after = values[graph.inputs[name]], values[graph.current[name]]
        gradient: Any = explanation.gradients[0].get(graph.inputs[name], MISSING)
        if not have_one_shape(after, gradient):
            return False
        return bool(np.array_equal(after != before, np.not_equal(gradient, 0)))

    def _has_effect(self, name: str, node: int, states: Sequence[Values] | None, pins: Pins | None) -> bool:
        """Whether a parameter's new value depends on a node's numbers."""
        values, end = (states or self.states)[0], self.graph.current[name]
        moved = self._moved(values, node, pins)
        return moved[end] is not MISSING and not np.array_equal(moved[end], values[end])

    @staticmethod
    def _labelled(
        node: int, labels: Mapping[int, Sequence[tuple[GradientLabel, float]]], cone: Collection[int]
    ) -> tuple[int, float] | None:
        """The first node of a cone that is the gradient with respect to another one, with its constant."""
        for at, matches in labels.items():
            for label, constant in matches if at in cone else ():
                if label.node == node and not label.turned:
                    return at, constant
        return None

    def _is_part_of_sum(self, at: int, cone: Collection[int]) -> bool:
        """True for a partial sum that a repeated line continues: over some of the samples only.

        It is the gradient of a part of the loss, and means nothing for the samples that follow.
        """
        return any(later in cone for later in self._sums_after.get(at, ()))

    @cached_property
    def _sums_after(self) -> dict[int, set[int]]:
        """For each node of a sum the later terms that the same line adds, by the results there."""
        graph = self.graph
        line_of = {
            root: (each.file, each.line, each.name.split(":")[0])
            for root, each in zip(graph.roots, graph.equations)
        }
        going_on: dict[int, int] = {}
        found: dict[int, set[int]] = {}
        for at, root in enumerate(graph.roots):
            for before in set(graph.reads[at].values()):
                if line_of.get(before) == line_of[root] and before != root:
                    going_on[before] = root
                    found.setdefault(before, set()).add(root)
                    # Every added term is a part of the sum, too, even the last.
                    for term in set(graph.nodes[root].operands) - {before}:
                        found.setdefault(term, set()).add(root)
        for inner, node in enumerate(graph.nodes):
            after = going_on.get(graph.roots[node.equation]) if node.equation >= 0 else None
            if inner not in going_on and after is not None:
                found.setdefault(inner, set()).add(after)
        return found

    def _moved(self, values: Values, node: int, pins: Pins | None) -> Values:
        """The values of a state in which a node is larger by one per cent."""
        pinned = self.pins if pins is None else pins
        return self.graph.again(values, {**pinned, node: Fixed(values[node] * 1.01)})

    def is_mangled(
        self,
        name: str,
        node: int,
        explanation: Explanation,
        states: Sequence[Values] | None,
        pins: Pins | None,
    ) -> bool:
        """True if a parameter's gradient is computed, but its step follows it in some cells only.

        A larger gradient then lowers some weights more and raises others, which no learning rule does that
        scales, clips or decays. Rules that remember earlier passes or multiply by matrices are not judged.
        """
        graph = self.graph
        end = graph.current[name]
        wanted = explanation.direction(explanation.inputs[name])
        given = self.change(name, states)
        if node == end or wanted is None or given is None or scale_factor(given, wanted):
            return False
        cone = self.cones[name]
        if any(graph.inputs[each] in cone for each in self.remembered):
            return False
        between = (graph.reached_from([node]) & cone) - {node}
        if any(_mixes_cells(graph.nodes[at].pattern) for at in between):
            return False
        for values, gradients in zip(states or self.states, explanation.gradients):
            moved = self._moved(values, node, pins)
            gradient, before, after = gradients.get(graph.inputs[name], MISSING), values[end], moved[end]
            if not have_one_shape(gradient, before, after):
                return False
            along = (after - before) * gradient
            largest = float(np.max(np.abs(along), initial=0.0))
            floor = max(_TELLING * largest, _ROUNDING * float(np.max(np.abs(before * gradient), initial=0.0)))
            # In another state all cells of the gradient may happen to have one sign.
            if np.min(along) < -floor and np.max(along) > floor:
                return True
            if self._is_replaced_in_part(gradient, after - before, before - values[graph.inputs[name]]):
                return True
        return False

    @staticmethod
    def _is_replaced_in_part(gradient: Any, response: Any, step: Any) -> bool:
        """Whether some cells change with their gradient and others without regard to it.

        A frozen cell does not change, and one whose gradient is clipped goes down it.
        """
        floor = _TELLING * float(np.max(np.abs(response), initial=0.0))
        is_told = np.abs(gradient) > _TELLING * float(np.max(np.abs(gradient), initial=0.0))
        deaf = is_told & (np.abs(response) <= floor) & (step != 0)
        if not floor or np.sum(deaf) < _MIN_DEAF or np.sum(deaf) == np.size(deaf):
            return False
        uphill = float(np.mean((step * gradient)[deaf] > 0))
        return _MIN_UPHILL < uphill < 1 - _MIN_UPHILL

    @cached_property
    def cones(self) -> dict[str, set[int]]:
        """For each parameter what its new value depends on."""
        return {name: self.graph.cone([self.graph.current[name]]) for name in self.trained}

    @cached_property
    def roots(self) -> frozenset[int]:
        """The nodes that are results of equations."""
        return frozenset(self.graph.roots)

    def clearest(self, labels: Sequence[tuple[GradientLabel, float]]) -> tuple[GradientLabel, float]:
        """Which of several tensors with the same gradient is named: the last that an equation computes."""

        def clearness(one: tuple[GradientLabel, float]) -> tuple[bool, bool, bool, bool, int]:
            label, node = one[0], self.graph.nodes[one[0].node]
            named = label.node in self.roots
            return not label.turned, bool(node.operands), named, not node.pattern.startswith("-"), label.node

        return max(labels, key=clearness)

    def change(self, name: str, states: Sequence[Values] | None = None) -> Direction | None:
        """The direction in which the pass changes a parameter, over all states."""
        graph = self.graph
        start, end = graph.inputs[name], graph.current[name]
        return change_direction([(values[start], values[end]) for values in states or self.states])

    def own_loss(self, best: Explanation) -> Explanation | None:
        """The script's own loss: the number that the updates descend, or one with the same gradient."""
        # A running sum or average of losses follows the loss itself.
        carried = {self.graph.current[name] for name in self.all_carried}
        for candidate in sorted(self.scalars, key=lambda each: each.outputs[0] in carried):
            found = self.explain(candidate)
            if found is None or not found.inputs:
                continue
            steps = ((self.change(name), found.direction(at)) for name, at in found.inputs.items())
            if _common_constant(steps) or best.constant_beside(found):
                return found
        return None

    def loss_with_more(self, best: Explanation) -> Explanation | None:
        """The script's own loss that adds terms to a usual one, if every parameter follows its gradient, by
        whatever rule."""
        for found in filter(None, map(self.explain, self.scalars)):
            if is_part_of(best, found) and len(self.match(found).found) == len(found.inputs):
                return found
        return None

    @cached_property
    def _candidates(self) -> list[LossCandidate]:
        """The losses to try, those that depend on most parameters first, and of these the ones that the pass
        computes before its updates."""
        graph = self.graph
        reach = {name: smooth_reach(graph, [graph.inputs[name]]) for name in self.trained}

        def count(candidate: LossCandidate) -> int:
            return sum(not found.isdisjoint(candidate.outputs) for found in reach.values())

        candidates = [*self.usual, *self.scalars]
        if self.loss:
            candidates = self._chosen()
        counts = {candidate: count(candidate) for candidate in candidates}
        late = graph.reached_from(graph.current[name] for name in self.trained)
        return sorted(
            (each for each in counts if counts[each]),
            key=lambda each: (-counts[each], not late.isdisjoint(each.outputs)),
        )

    def _chosen(self) -> list[LossCandidate]:
        """A person's choice; for a number of the script, first the usual loss that it equals."""
        found = chosen_losses(self.graph, self.loss, self.usual, self.scalars)
        if found[0].kind != SCRIPT_LOSS:
            return found
        own = self.explain(found[0])
        usual = ((each, self.explain(each)) for each in self.usual if own is not None)
        same = (each for each, found in usual if found is not None and own and found.constant_beside(own))
        return [*islice(same, 1), *found]

    def _last_work(self) -> int:
        """The work after which no more losses are tried; drawing the states is no part of it."""
        return _MAX_WORK + (self.graph.work if self.states else 0)

    @cached_property
    def best_match(self) -> tuple[Explanation, Matches] | None:
        """The loss that explains most; the first that explains every parameter."""
        best: tuple[Explanation, Matches] | None = None
        end = self._last_work()
        for candidate in self._candidates:
            explanation = self.explain(candidate) if self.graph.work < end else None
            if explanation is None or (best and len(explanation.inputs) < len(best[1].found)):
                continue
            matches = self.match(explanation)
            if best is None or (
                matches.rank > best[1].rank and not self.is_same(best, (explanation, matches))
            ):
                best = explanation, matches
            if len(matches.found) == len(self.trained) - len(explanation.flat):
                break
        return best

    def is_same(self, usual: tuple[Explanation, Matches], own: tuple[Explanation, Matches]) -> bool:
        """True if a number of the script is a usual loss, and no more parameters follow it: the usual one
        identifies the network's outputs.
        """
        is_own = own[0].candidate.kind == SCRIPT_LOSS != usual[0].candidate.kind
        return is_own and len(own[1].found) == len(usual[1].found) and bool(usual[0].constant_beside(own[0]))

    @cached_property
    def ranked(self) -> list[tuple[Explanation, Matches]]:
        """All losses that are defined, those that explain most first."""
        found: list[tuple[Explanation, Matches]] = []
        end = self._last_work()
        for candidate in self._candidates:
            explanation = self.explain(candidate) if self.graph.work < end else None
            if explanation is not None:
                found.append((explanation, self.match(explanation)))
        return sorted(found, key=lambda one: one[1].rank, reverse=True)

    @property
    def best(self) -> Explanation | None:
        """The loss that explains most."""
        return None if self.best_match is None else self.best_match[0]


def is_part_of(one: Explanation, own: Explanation) -> bool:
    """True if a usual loss has the script's own gradients with respect to each of its outputs, up to a
    constant.
    """
    if one.candidate.kind == SCRIPT_LOSS:
        return False
    for output in one.candidate.outputs:
        if not scale_factor(one.direction(output), own.direction(own.same_value(output))):
            return False
    return True


def _largest(value: Any) -> float:
    """The largest absolute value of a tensor's cells."""
    return float(np.max(np.abs(value), initial=0.0))


def _mixes_cells(pattern: str) -> bool:
    """True for an operation in which a cell of a gradient may affect other cells."""
    return not re.fullmatch(
        r"(-?_0(\.T)?|_\d+ [-+*/] _\d+|[\d.e-]+ [*] _0|_0 [*/] [\d.e-]+|concatenate.*|_0\[.*\])", pattern
    )


def _common_constant(pairs: Iterable[tuple[Direction | None, Direction | None]]) -> float:
    """The constant that turns each second direction into the first; 0 if there is no common one."""
    constants = [scale_factor(given, wanted) for given, wanted in pairs]
    return constants[0] if constants and np.allclose(constants, constants[0], rtol=1e-6) else 0.0
