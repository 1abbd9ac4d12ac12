"""What an equation should give, where no change of it is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss
from bpstep.gradcheck.script.repairs.suspects import Suspects
from bpstep.gradcheck.script.repairs.trials import Repair, Trials
from bpstep.gradcheck.script.text.equation_trees import nodes_of
from bpstep.script.meaning.graph import MISSING, Values, have_one_shape
from bpstep.script.meaning.labels import direction
from bpstep.script.meaning.study import GradientLabel


class ExpectedResults:
    """Searches the equation that would make more right if its result were the gradient that belongs there."""

    def __init__(self, under: PassUnderLoss, suspects: Suspects, trials: Trials) -> None:
        self._under = under
        self._study, self._graph = under.study, under.graph
        self._explanation, self._matches = under.explanation, under.matches
        self._groups = under.groups
        self._suspects, self._trials = suspects, trials

    def first(self, wrong: Sequence[str], end: int) -> Repair | None:
        """The first equation with right inputs that gives no gradient, and the one that it should give.

        Before it, what it reads where that is a part of a gradient only: the rest of it may be missing.
        """
        self._trials.end = end
        updates = {self._graph.current[name] for name in self._study.all_carried}
        suspects = list(self._suspects.ordered(wrong))
        wrong_ones = [at for at in suspects if self._suspects.is_wrong_by_itself(at)]
        read_by_wrong = {node for at in wrong_ones for node in self._graph.reads[at].values()}
        unsettled = {*self._suspects.shared(suspects, wrong_ones), *self._suspects.misplaced}
        given_by_wrong = {self._graph.roots[at]: at for at in wrong_ones}
        # The gradients that an equation gives only a part of.
        parts: dict[int, list[int]] = {}
        for at in suspects:
            if self._graph.roots[at] in read_by_wrong and self._suspects.is_part(at):
                # What it lacks because a wrong line gives it that is missing in that line.
                given = (given_by_wrong.get(node) for node in self._graph.reads[at].values())
                for lacking in [each for each in given if each is not None] or [at]:
                    parts.setdefault(lacking, []).extend(self._wholes(at))
        for at in sorted(suspects, key=lambda at: at not in parts):
            root, is_part = self._graph.roots[at], at in parts
            is_settled = bool(self._suspects.constants(root)) and at not in unsettled
            may_be_wrong = self._suspects.has_right_inputs(at) or self._lacks_gradient(at, updates)
            if not is_part and (is_settled or not may_be_wrong or self._reads_repeated(at)):
                continue
            if root in updates:
                repair = self._with_step(at)
                if repair is not None:
                    return repair
                continue
            best: Repair | None = None
            for gradient in self._gradients_for(at, parts.get(at, [])):
                if self._trials.is_late:
                    break
                repair = self._with_gradient(at, *gradient)
                if repair is not None and (best is None or repair.rank > best.rank):
                    best = repair
            if best is not None:
                return best
        return None

    def _reads_repeated(self, at: int) -> bool:
        """Whether an equation reads a gradient that the same line gives at another time as well, where each
        time should give its own."""
        labels, times = self._matches.labels, self._under.groups_of_nodes
        return any(
            not {one for one, _ in labels[node]}.isdisjoint(one for one, _ in labels.get(other, ()))
            for node in self._graph.reads[at].values()
            if node in labels
            for other in times.get(node, ())
            if other != node
        )

    def _lacks_gradient(self, at: int, updates: Collection[int]) -> bool:
        """Whether an equation that an update reads is computed from values of the forward pass alone, though
        other parameters follow their gradients."""
        graph = self._graph
        reads, root = set(graph.reads[at].values()), graph.roots[at]
        is_blind = not (reads & self._study.active) - self._under.forward
        made = (graph.roots.index(each) for each in updates if each in graph.roots)
        read = {node for each in made for node in graph.reads[each].values()}
        return is_blind and root in read and bool(self._matches.found)

    def _wholes(self, at: int) -> list[int]:
        """The nodes with respect to whose gradients an equation gives a part. One time of the sum for a
        parameter is none: the others are added to it."""
        labels = (label for label, _ in self._suspects.parts[self._graph.roots[at]])
        inputs = self._explanation.inputs.values()
        return list(dict.fromkeys(label.node for label in labels if label.node not in inputs))

    def _gradients_for(self, at: int, parts: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
        """The gradients that an equation may have to give: each by a node, and where a single reader of that
        contributes it, or all others do, the reader; else -1.

        `parts` are the nodes of the gradients that it is known to give a part of: of them all, or all but
        what one reader contributes.
        """
        backward = self._explanation.backward
        if parts:
            yield from ((node, -1, False) for node in parts)
            yield from ((node, each, True) for node in parts for each in backward.readers.get(node, ()))
            return
        shape = np.shape(self._study.actual[self._graph.roots[at]])
        nodes = [node for node in backward.nodes if np.shape(self._study.actual[node]) == shape]
        yield from ((node, -1, False) for node in nodes)
        read = [(node, backward.readers.get(node, [])) for node in nodes]
        yield from ((node, reader, False) for node, readers in read for reader in readers)
        # Beside a connection that skips a layer, the layer contributes the rest.
        yield from ((node, reader, True) for node, readers in read for reader in readers if len(readers) > 2)

    def _with_gradient(self, at: int, node: int, reader: int, is_rest: bool) -> Repair | None:
        """The repair in which an equation gives the gradient with respect to a node, or what one reader
        contributes, or all others.
        """
        gradients = self._gradients_by(node, reader, is_rest)
        change = EquationChange(MistakeKind.UNKNOWN, "", lambda: self._graph.trees[at])
        labels = list(self._explanation.labels.find(direction(gradients)))
        label = self._study.clearest(labels)[0] if labels else GradientLabel(node, is_part=reader >= 0)
        # With one sample, the gradient with respect to a bias is also that with respect to the net input:
        # there is no sum.
        constant = self._suspects.constant_of(at, label.node)
        found = None
        # What a reader contributes goes with the reader from time to time.
        for nodes in self._paired_nodes(at, node if reader < 0 else reader):
            given = {
                each: self._gradients_of_pair(other, at, each, node, reader, is_rest)
                for each, other in nodes.items()
            }
            if any(value is MISSING for values in given.values() for value in values):
                continue
            pins: dict[int, Callable[[Values], Any]] = {
                self._graph.roots[each]: self._given([value * (constant or 1.0) for value in values])
                for each, values in given.items()
            }
            found = self._trials.improved(pins, at, None)
            if found is not None:
                break
        hidden = self._under.hidden.get(at)
        return None if found is None else Repair(at, change, label, None, *found, constant, hidden=hidden)

    def _gradients_by(self, node: int, reader: int, is_rest: bool) -> list[Any]:
        """The gradient with respect to a node in each state, or what one reader contributes to it, or all
        others."""
        wholes: list[Any] = [each.get(node, MISSING) for each in self._explanation.gradients]
        if reader < 0:
            return wholes
        parts: list[Any] = [each.get((node, reader), MISSING) for each in self._explanation.contributions]
        if not is_rest:
            return parts
        pairs = zip(wholes, parts)
        return [whole - part if have_one_shape(whole, part) else MISSING for whole, part in pairs]

    def _gradients_of_pair(
        self, other: int, at: int, each: int, node: int, reader: int, is_rest: bool
    ) -> list[Any]:
        """The same for another time of a line, of which the node or the reader is known."""
        if reader < 0 or each == at:
            return self._gradients_by(node if each == at else other, reader, is_rest)
        place = self._graph.nodes[reader].operands.index(node)
        return self._gradients_by(self._graph.nodes[other].operands[place], other, is_rest)

    def _paired_nodes(self, at: int, node: int) -> Iterator[dict[int, int]]:
        """For each time of an equation's line the node that is to it as a node is to the equation.

        Times of the line that computes the node belong to those of the other line in order, or in reverse
        where a loop goes backwards. A line that is run once has its own node alone.
        """
        graph, own = self._graph, self._groups[at]
        source = graph.nodes[node].equation
        group = self._under.times[source] if source >= 0 else []
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
        """The repair in which an update steps along the gradient with respect to its parameter."""
        name = self._graph.equations[at].name
        node = self._explanation.inputs.get(name)
        if node is None or name in self._matches.found:
            return None
        gradients: list[Any] = [each.get(node, MISSING) for each in self._explanation.gradients]
        if any(each is MISSING for each in gradients):
            return None
        stepped = [state[node] - each for state, each in zip(self._study.states, gradients)]
        found = self._trials.improved({self._graph.roots[at]: self._given(stepped)}, at, None)
        change = EquationChange(MistakeKind.UNKNOWN, "", lambda: self._graph.trees[at])
        hidden = self._under.hidden.get(at)
        return (
            None
            if found is None
            else Repair(at, change, GradientLabel(node), None, *found, 0.0, hidden=hidden)
        )

    def _given(self, values: Sequence[Any]) -> _Given:
        """What gives these values in the states of the study, one in each."""
        parameter = self._graph.inputs[self._study.trained[0]]
        states = self._study.states
        return _Given(parameter, {id(state[parameter]): value for state, value in zip(states, values)})


@dataclass(frozen=True)
class _Given:
    """Returns the value for a state, identified by its value of a parameter."""

    parameter: int
    values: Mapping[int, Any]

    def __call__(self, state: Values) -> Any:
        return self.values.get(id(state[self.parameter]), MISSING)
