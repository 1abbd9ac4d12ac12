"""The equations that may be wrong where parameters do not follow their gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice, pairwise

import numpy as np

from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss
from bpstep.gradcheck.script.text.equation_trees import base_name, is_rearranged
from bpstep.script.meaning.graph import Fixed, have_one_shape
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.studied_pass import is_loss
from bpstep.script.meaning.study import GradientLabel


class Suspects:
    """Which equations of a pass give a gradient under one loss, and which are wrong by themselves."""

    def __init__(self, under: PassUnderLoss) -> None:
        self._study, self._graph = under.study, under.graph
        self._explanation, self._matches = under.explanation, under.matches
        self._forward, self._groups = under.forward, under.groups
        self.suspected: set[int] = set()
        """What is wrong though its inputs are right, and what that reads."""
        self._cones: dict[int, set[int]] = {}

    @cached_property
    def parts(self) -> dict[int, list[tuple[GradientLabel, float]]]:
        """The nodes that are a part of a gradient: what one reader of a tensor contributes, or several."""
        study, labels = self._study, self._explanation.parts
        nodes = set().union(*(study.cones[name] for name in self._explanation.inputs)) - self._forward
        found = {at: list(labels.find(study.directions[at])) for at in nodes}
        return {at: matches for at, matches in found.items() if matches}

    def constants(self, at: int) -> list[float]:
        """The constants that a node has as a gradient or a part of one; none where it is neither."""
        return [constant for _, constant in self._labels_of(at)]

    def is_wrong_by_itself(self, at: int) -> bool:
        """True for a line that gives no gradient though its inputs are right, or another multiple than it
        reads where a sum of both is wrong then, or the gradient with respect to another parameter."""
        if at in self.odd_gains or at in self.misplaced:
            return True
        is_misled = any(self._graph.roots[each] in self._graph.reads[at].values() for each in self.misplaced)
        is_right = is_misled or self.constants(self._graph.roots[at]) or at in self._continued
        return not is_right and not self._is_zero_run(at) and self.has_right_inputs(at)

    def _is_zero_run(self, at: int) -> bool:
        """Whether a line gives 0 at one time and gradients at all others, as at the first step in time."""
        roots = {each: self._graph.roots[each] for each in self._groups[at]}
        is_zero = not any(np.any(values[roots[at]]) for values in self._study.states)
        others = [root for each, root in roots.items() if each != at]
        return is_zero and bool(others) and all(map(self.constants, others))

    def first_wrong(self, at: int) -> int:
        """The first run of a line that adds up the gradient with respect to another parameter than it is for,
        as it adds the wrong terms from there on; for any other line the equation itself."""
        graph, group = self._graph, self._groups[at]
        added = (graph.roots[one] in graph.reads[later].values() for one, later in pairwise(group))
        return group[0] if at in self.misplaced and all(added) else at

    @cached_property
    def _continued(self) -> set[int]:
        """The equations whose tensor later ones store or add more into, until it is a gradient."""
        graph, found = self._graph, set[int]()
        last: dict[str, int] = {}
        for at in reversed(range(len(graph.roots))):
            later = last.get(base_name(graph.equations[at].name), -1)
            is_read = later >= 0 and graph.roots[at] in graph.reads[later].values()
            if is_read and (later in found or self.constants(graph.roots[later])):
                found.add(at)
            last[base_name(graph.equations[at].name)] = at
        return found

    @cached_property
    def misplaced(self) -> set[int]:
        """The lines that give the gradient with respect to something other than the parameter whose update
        alone reads them, or than the tensor to whose gradient a line adds it.
        """
        graph, roots, found = self._graph, self._graph.roots, set()
        readers = Counter(node for reads in graph.reads for node in set(reads.values()))
        for name, start in self._explanation.inputs.items():
            end = graph.current[name]
            for node in graph.reads[roots.index(end)].values() if end in roots else ():
                labels = self._matches.labels.get(node, ())
                is_own = readers[node] == 1 and node in self._study.roots and bool(labels)
                shapes = {np.shape(self._study.actual[each]) for each in (node, start)}
                if is_own and len(shapes) == 1 and all(label.node != start for label, _ in labels):
                    found.add(roots.index(self._first_with_labels(node, readers)))
        return found | {roots.index(node) for node in self._misplaced_terms() if readers[node] == 1}

    def _first_with_labels(self, node: int, readers: Mapping[int, int]) -> int:
        """The result from which lines pass a gradient on up to this one, as where it is clipped, if each is
        read once."""
        graph, labels = self._graph, self._matches.labels
        while True:
            # A line may only give a result another name.
            reads = set(graph.reads[graph.roots.index(node)].values()) - {node}
            same = [each for each in reads if each in self._study.roots and labels.get(each) == labels[node]]
            if len(same) != 1 or readers[same[0]] != 1:
                return node
            (node,) = same

    def _misplaced_terms(self) -> Iterator[int]:
        """The results of lines that other lines, which give no gradient, add to the gradient with respect to
        another tensor."""
        graph = self._graph
        for root in self._study.roots:
            if graph.nodes[root].pattern != "_0 + _1" or self.constants(root):
                continue
            for term, other in (graph.nodes[root].operands, graph.nodes[root].operands[::-1]):
                of_term, of_other = self._tensors_of(term), self._tensors_of(other)
                is_line = term in self._study.roots and other not in self._study.roots
                # The gradient of a mean has another shape than that of what it is the mean of.
                is_line = is_line and have_one_shape(self._study.actual[term], self._study.actual[root])
                if is_line and of_term and of_other and of_term.isdisjoint(of_other):
                    yield term

    def _tensors_of(self, at: int) -> set[int]:
        """The tensors with respect to which a node is a gradient or a part of one."""
        return {label.node for label, _ in self._labels_of(at)}

    def _labels_of(self, at: int) -> list[tuple[GradientLabel, float]]:
        return [*self._matches.labels.get(at, ()), *self.parts.get(at, ())]

    @cached_property
    def odd_gains(self) -> dict[int, float]:
        """The lines that multiply a gradient with a constant, by that constant, among those from which a sum
        of two different multiples of gradients is computed."""
        graph = self._graph
        sums = [at for at in range(len(graph.roots)) if not self._is_consistent(at)]
        cone = graph.cone([graph.roots[at] for at in sums])
        found = {line: gain for at in sums for line, gain in self._odd_sources(at)}
        for at, root in enumerate(graph.roots):
            given = self.constants(root)
            read = self._common_constants(at)
            if root not in cone or not given or not read:
                continue
            if not any(is_close(one, other) for one in given for other in read):
                found[at] = min((one / other for one in given for other in read), key=_unlikeliness)
        return found

    def _odd_sources(self, at: int) -> Iterator[tuple[int, float]]:
        """The lines with the first gradients that a sum reads with another constant than the others.

        Each comes with its constant in units of theirs.
        """
        graph = self._graph
        read = [node for node in dict.fromkeys(graph.reads[at].values()) if self.constants(node)]
        for node in read if len(read) > 2 else ():
            others = [self.constants(other) for other in read if other != node]
            first = [
                one for one in others[0] if all(any(is_close(one, two) for two in each) for each in others)
            ]
            line = graph.roots.index(node) if node in self._study.roots else -1
            own = self.constants(node)
            is_odd = bool(first) and not any(is_close(one, other) for one in own for other in first)
            if line >= 0 and is_odd and not self._read_constants(line):
                yield line, min((one / other for one in own for other in first), key=_unlikeliness)

    def _read_constants(self, at: int) -> list[list[float]]:
        """The constants of each gradient that an equation reads."""
        read = dict.fromkeys(self._graph.reads[at].values())
        found = (self.constants(node) for node in read if node not in self._forward)
        return [constants for constants in found if constants]

    def _common_constants(self, at: int) -> list[float]:
        """The constants that all gradients have that an equation reads."""
        first, *others = self._read_constants(at) or [[]]
        return [one for one in first if all(any(is_close(one, two) for two in each) for each in others)]

    def _is_consistent(self, at: int) -> bool:
        """False for an equation that gives no gradient and reads several with different constants."""
        read = self._read_constants(at)
        is_told = len(read) > 1 and not self.constants(self._graph.roots[at])
        return not is_told or bool(self._common_constants(at))

    def shared(self, lines: Sequence[int], faulty: Sequence[int]) -> list[int]:
        """The lines whose gradient is read by several of the faulty ones; each line is given by the one of
        its times that is read.
        """
        found = []
        for at in lines:
            times = (each for each in self._groups[at] if self.is_read_by(each, faulty, 2))
            found += [*islice(times, 1)]
        return found

    def is_read_by(self, at: int, lines: Sequence[int], fewest: int = 1) -> bool:
        """Whether an equation gives a gradient that at least `fewest` of some lines read that are wrong."""
        root, reads = self._graph.roots[at], self._graph.reads
        if not self.constants(root):
            return False
        groups = [[each for each in self._groups[line] if root in reads[each].values()] for line in lines]
        return sum(any(map(self.is_wrong_by_itself, each)) for each in groups) >= fewest

    def is_part(self, at: int) -> bool:
        """Whether an equation gives what some readers of a tensor contribute, not its whole gradient."""
        root = self._graph.roots[at]
        # The gradient with respect to a part of an expression may be meant for what that reads.
        named = {*self._study.roots, *self._explanation.inputs.values()}
        is_whole = any(label.node in named for label, _ in self._matches.labels.get(root, ()))
        return root in self.parts and not is_whole

    def has_right_inputs(self, at: int) -> bool:
        """True if an equation reads only gradients, values of the forward pass, and older values."""
        graph, study = self._graph, self._study
        reads = set(graph.reads[at].values())
        # Under a loss that a person chose or the script computes, the first line of the backward pass may be
        # the wrong one.
        candidate = self._explanation.candidate
        is_own = candidate.kind == SCRIPT_LOSS and is_loss(graph.written(candidate.outputs[0]))
        is_first = bool(study.loss) or (is_own and study.roots.isdisjoint(self._matches.labels))
        is_first = is_first and not self._matches.found and not (reads & study.active) - self._forward
        known = self._matches.labels.keys() | self.parts.keys()
        is_told = is_first or not reads.isdisjoint(known)
        return is_told and self._is_consistent(at) and self._reads_known(at)

    def _reads_known(self, at: int) -> bool:
        graph, study = self._graph, self._study
        known = self._matches.labels.keys() | self.parts.keys()
        return all(
            node in known
            or node in self._forward
            or node in self.helpers
            or node not in study.active
            or not graph.nodes[node].operands
            or node in {graph.current[name] for name in study.trained}
            for node in graph.reads[at].values()
        )

    def begins_wrong(self, at: int) -> bool:
        """True for a line that gives no gradient though it multiplies a first gradient that it computes
        itself, and reads nothing wrong."""
        is_gradient = bool(self.constants(self._graph.roots[at]))
        return (
            not is_gradient
            and self._reads_known(at)
            and any(map(partial(self._is_linear, at), self.seeds(at)))
        )

    def _is_linear(self, at: int, node: int) -> bool:
        """Whether an equation's result changes by equal steps with a node."""
        graph, values, root = self._graph, self._study.states[0], self._graph.roots[at]
        given = [graph.again(values, {node: Fixed(values[node] * k)})[root] for k in (0, 1, 2)]
        is_told = have_one_shape(*given)
        return is_told and bool(np.allclose(given[2] - given[1], given[1] - given[0], rtol=1e-6))

    def seeds(self, at: int) -> set[int]:
        """The first gradients of the backward pass that an equation computes itself, as `p - y` within it."""
        graph, known = self._graph, self._matches.labels.keys() | self.parts.keys()
        inner = set(graph.places[at].values()) - {graph.roots[at], *graph.reads[at].values()}
        return {node for node in inner & known if known.isdisjoint(self._below(node))}

    def _below(self, node: int) -> set[int]:
        if node not in self._cones:
            self._cones[node] = self._graph.cone(self._graph.nodes[node].operands)
        return self._cones[node]

    @cached_property
    def helpers(self) -> set[int]:
        """What the backward pass computes from results of the forward pass alone, as the derivative of an
        activation: no gradient goes into it."""
        graph, found = self._graph, set(self._forward)
        first = graph.cone(self._explanation.candidate.targets)
        gradients = self._matches.labels.keys() | self.parts.keys()
        for at, node in enumerate(graph.nodes):
            changing = [each for each in node.operands if each in self._study.active or each in first]
            if changing and at not in gradients and found.issuperset(changing):
                found.add(at)
        return found - first

    def constant_of(self, at: int, node: int) -> float:
        """An equation's right result divided by the gradient with respect to a node; 0 if unknown.

        It is the constant of the gradients that it reads, such as -1 in a script that begins with target
        minus output; an equation that sums a parameter's gradient may also divide by a count, as the script's
        others do.
        """
        reads = self._graph.reads
        carried = self.carried(at)
        if node not in self._explanation.inputs.values() or not carried:
            return carried
        gains = []
        for other, root in enumerate(self._graph.roots):
            before = self.carried(other)
            of_parameter = [
                constant
                for label, constant in self._matches.labels.get(root, ())
                if label.node in self._explanation.inputs.values()
            ]
            if before and of_parameter and root not in reads[at].values():
                gains.append(of_parameter[0] / before)
        return carried * gains[0] if gains and np.allclose(gains, gains[0], rtol=1e-6) else 0.0

    def carried(self, at: int) -> float:
        """The constant that all gradients share that an equation reads; 0 if there is none, or several."""
        labels = self._matches.labels
        inside = sorted(self.seeds(at))
        read = dict.fromkeys(node for node in (*self._graph.reads[at].values(), *inside) if node in labels)
        constants = [self._study.clearest(list(labels[node]))[1] for node in read]
        return constants[0] if constants and np.allclose(constants, constants[0], rtol=1e-6) else 0.0

    def ordered(self, wrong: Sequence[str]) -> Iterator[int]:
        """The equations that a wrong gradient depends on, those that give no gradient first."""
        graph = self._graph
        cone = graph.cone([graph.current[name] for name in wrong])
        lines: list[list[int]] = []
        seen: set[int] = set()
        for at, root in enumerate(graph.roots):
            if root in cone and root not in self._forward and graph.nodes[root].operands and at not in seen:
                seen.update(self._groups[at])
                lines.append(self._groups[at])
        first = {id(group): next(filter(self.is_wrong_by_itself, group), -1) for group in lines}
        faulty = [at for at in first.values() if at >= 0]
        before = Counter(node for at in faulty for node in set(graph.reads[at].values()))
        self.suspected = {
            node
            for group in lines
            for at in group
            if self.is_wrong_by_itself(at)
            for node in (graph.roots[at], *graph.reads[at].values())
        }
        for at, root in reversed(list(enumerate(graph.roots))):
            if root in self.suspected and is_rearranged(graph.trees[at]):
                self.suspected.update(graph.reads[at].values())

        def place(group: list[int]) -> tuple[int, int, int]:
            """First what is wrong though its inputs are right, and what most of that reads; then the rest.
            Each with the time of the line that tells."""
            if first[id(group)] >= 0:
                return 0, 0, first[id(group)]
            read = [at for at in group if before[graph.roots[at]]]
            readers = max((before[graph.roots[at]] for at in read), default=0)
            if read and any(self.constants(graph.roots[at]) for at in group):
                return 1, -readers, read[0]
            wrong_one = next((at for at in group if graph.roots[at] not in self._matches.labels), group[0])
            return (3 if self.constants(graph.roots[wrong_one]) else 2), 0, wrong_one

        yield from (at for _, _, at in sorted(map(place, lines), key=lambda each: each[:2]))


def is_close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * abs(other)


def _unlikeliness(gain: float) -> tuple[bool, float]:
    """Less for a turned sign, then for a gain near 1."""
    return abs(gain + 1) > 1e-6, abs(np.log(abs(gain)))
