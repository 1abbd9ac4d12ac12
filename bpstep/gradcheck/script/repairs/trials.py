"""Tries a change of an equation: does it make more of the gradients right?"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss
from bpstep.gradcheck.script.repairs.shapes import HiddenShape
from bpstep.gradcheck.script.text.equation_trees import OLD_PREFIX, names_in
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.script.equations.equations import CalledExpression
from bpstep.script.meaning.graph import MISSING, ChangedEquation, Values, have_one_shape
from bpstep.script.meaning.labels import (
    MAX_COMPARED,
    Direction,
    Labels,
    change_direction,
    direction,
    scale_factor,
)
from bpstep.script.meaning.study import GradientLabel, Matches

_TOLD = 3
"""So many cells of a step tell whether it is the sum of two multiples."""


@dataclass(frozen=True)
class Repair:
    """A change that makes more gradients right."""

    equation: int
    change: EquationChange
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
    """The right result divided by that gradient, such as -1; 0 if it is unknown."""
    part: CalledExpression | None = None
    """The expression in a function that has to change, where all lines that call it are changed alike."""
    hidden: HiddenShape | None = None
    """How the shape of the equation's result differs from the parameter's; None if that is not the
    mistake.
    """

    @property
    def rank(self) -> tuple[int, int]:
        """How much is right with the change; the higher the better."""
        return self.matches.rank


class Trials:
    """Computes a pass with changed equations, and compares its gradients with those of the loss."""

    def __init__(self, under: PassUnderLoss) -> None:
        self._under = under
        self._study, self._graph = under.study, under.graph
        self._explanation, self._matches = under.explanation, under.matches
        self._forward = under.forward
        self.end = 0
        """The graph's work at which trials stop."""
        self.may_go_uphill = False
        """Whether a change may make a parameter go up its gradient, though none does without it."""
        self.has_refused = False
        """Whether a change was refused for that."""

    @property
    def is_late(self) -> bool:
        """Whether the trials have used up the work that they may cost."""
        return self._graph.work > self.end

    @contextmanager
    def part_of_work(self, share: int) -> Iterator[None]:
        """Lets some trials cost no more than one part in `share` of the work that is left."""
        end, work = self.end, self._graph.work
        self.end = min(end, work + (end - work) // share)
        try:
            yield
        finally:
            self.end = end

    def _reads(self, at: int) -> dict[str, int]:
        graph = self._graph
        old = {OLD_PREFIX + name: node for name, node in graph.inputs.items()}
        return {**graph.names_before(at), **graph.reads[at], **old}

    def plan(self, at: int, change: EquationChange) -> ChangedEquation | None:
        """A changed equation as operations; None if it reads an unknown tensor."""
        try:
            return self._graph.plan(at, change.tree, self._reads(at))
        except KeyError:
            return None

    def label(self, at: int, plan: ChangedEquation) -> GradientLabel | None:
        """The gradient that the changed equation, or a changed part of it, gives."""
        parts: list[list[Any]] = []
        for count, values in enumerate(self._study.states):
            if count == self._telling > 1 and not self._may_be_gradient(at, parts):
                return None
            parts.append(self._graph.run(plan, values))
            if parts[-1][-1] is MISSING:
                return None
        # The whole first, then its parts; for an update, the step. A part of a step in another shape than the
        # parameter's tells nothing of the step.
        updated = self._updated.get(self._graph.roots[at])
        wanted = None if updated is None else np.shape(self._study.states[0][self._graph.inputs[updated]])
        if wanted is not None and np.shape(parts[0][-1]) != wanted:
            return None
        is_hidden = at in self._under.hidden and wanted is not None
        for k in range(1, 2 if is_hidden else len(parts[0]) + 1):
            if wanted is not None and np.shape(parts[0][-k]) != wanted:
                continue
            found = self._found([each[-k] for each in parts], at, whole=k == 1)
            if found is not None:
                return found
        return None if updated is not None else self._beside_penalty(plan, parts)

    def _may_be_gradient(self, at: int, parts: Sequence[Sequence[Any]]) -> bool:
        """Whether a result, a part of it, or the step of an update is along a gradient or a part of one, in
        the first states; of arrays it may be."""
        name = self._updated.get(self._graph.roots[at], self._graph.equations[at].name)
        found = list(zip(*parts))
        if name in self._explanation.inputs:
            old = [state[self._graph.inputs[name]] for state in self._study.states]
            found += [tuple(result - start for result, start in zip(found[-1], old))]
        return any(np.size(each[0]) > 1 or any(self._begun.find(direction(each))) for each in found)

    @cached_property
    def _begun(self) -> Labels:
        """The gradients with respect to single numbers, and parts of them, in the first states."""
        labels, count = Labels(), len(self._study.states)
        for known in (self._explanation.labels, self._explanation.parts):
            for each in known.begun(count, self._telling):
                labels.add(each, True)
        return labels

    def _beside_penalty(self, plan: ChangedEquation, parts: Sequence[Sequence[Any]]) -> GradientLabel | None:
        """The gradient that a changed equation adds to a multiple of its parameter."""
        graph, study = self._graph, self._study
        pattern, operands = plan.steps[-1] if plan.steps else ("", ())
        if pattern not in ("_0 + _1", "_0 - _1"):
            return None
        for part, other in (operands, operands[::-1]):
            if part >= 0 or other < 0:
                continue
            read = graph.cone([other]) & study.active
            for node in self._explanation.inputs.values():
                given = direction([each[-part - 1] for each in parts]) if node in read else None
                # Nothing else that changes is in a penalty.
                if given is None or read & set(graph.inputs.values()) != {node}:
                    continue
                labels = self._explanation.labels.find(given)
                for label, _ in labels:
                    if isinstance(label, GradientLabel) and label.node == node and not label.turned:
                        return label
        return None

    def _found(self, values: Sequence[Any], at: int, whole: bool) -> GradientLabel | None:
        if any(value is MISSING or not np.isfinite(value).all() for value in values):
            return None
        name, is_step = self._updated.get(self._graph.roots[at], self._graph.equations[at].name), False
        if whole and name in self._explanation.inputs:
            old = [state[self._graph.inputs[name]] for state in self._study.states]
            if all(map(have_one_shape, values, old)):
                values, is_step = [a - b for a, b in zip(values, old)], True
        given = direction(values)
        labels = [one for one in self._explanation.labels.find(given) if not (is_step and one[0].turned)]
        if not whole:
            wanted = self._explanation.inputs.get(self._averaged.get(self._graph.roots[at], name))
            labels = [one for one in labels if one[0].node == wanted and not one[0].turned]
        elif not labels:
            labels = list(self._explanation.parts.find(given))
        return self._study.clearest(labels)[0] if labels else None

    def verified(
        self,
        at: int,
        change: EquationChange,
        label: GradientLabel | None,
        plans: Mapping[int, ChangedEquation],
    ) -> Repair | None:
        """The repair if more is right with it, otherwise None."""
        hidden = self._under.hidden.get(at)
        if hidden is not None and label is not None and not self._has_shape(plans[at], label, hidden):
            return None
        if not self._keeps_parameter(at, change) or self._is_right_elsewhere(at, plans.keys()):
            return None
        if self._reads_nothing(at, change):
            return None
        if not self._unknown_in(at) <= names_in(change.tree):
            # What is not understood may be right.
            return None
        changed = {self._graph.roots[other]: self.computed(plan) for other, plan in plans.items()}
        found = self.improved(changed, at, label)
        return None if found is None else Repair(at, change, label, plans[at], *found, hidden=hidden)

    def _keeps_parameter(self, at: int, change: EquationChange) -> bool:
        """Whether an update that subtracts a step from its parameter still does."""
        tree, updated = self._graph.trees[at], self._updated.get(self._graph.roots[at])
        start = -1 if updated is None else self._graph.inputs[updated]

        def is_own(part: ast.expr) -> bool:
            return isinstance(part, ast.Name) and self._graph.reads[at].get(part.id) == start

        if not isinstance(tree, ast.BinOp) or not is_own(tree.left):
            return True
        return any(map(is_own, (each for each in ast.walk(change.tree) if isinstance(each, ast.Name))))

    def _reads_nothing(self, at: int, change: EquationChange) -> bool:
        """Whether a change reads something more often that is always 0: a term becomes 0 by chance.

        A sum begins with 0.
        """
        if change.kind is MistakeKind.OVERWRITTEN:
            return False
        there, read = self._reads(at), _names(change.tree) - _names(self._graph.trees[at])
        nodes = (there[name] for name in read if name in there)
        return any(not any(np.any(values[node]) for values in self._study.states) for node in nodes)

    def _unknown_in(self, at: int) -> set[str]:
        """The names in an equation of results of equations without an expression."""
        return {name for name, node in self._graph.reads[at].items() if node in self._unknown}

    @cached_property
    def _unknown(self) -> set[int]:
        return {self._graph.inputs[each.name] for each in self._graph.equations if each.opaque}

    def _is_right_elsewhere(self, at: int, plans: Collection[int]) -> bool:
        """Whether a statement that does not name its parameter, as `p -= rate * g` in a loop, is right for
        another one without any change: it then reads something wrong, and is right itself."""
        equations, updated = self._graph.equations, self._updated
        name, own = updated.get(self._graph.roots[at]), equations[at]
        if name is None or last_part(name) in re.findall(r"\w+", own.written):
            return False
        return any(
            updated.get(root) in self._matches.found and other not in plans
            for other, root in enumerate(self._graph.roots)
            if (equations[other].file, equations[other].line) == (own.file, own.line)
        )

    def _along_step(self, name: str, states: Sequence[Values] | None = None) -> float:
        """A parameter's step in units of its gradient; 0 if it is not a multiple of it."""
        given = self._study.change(name, states)
        return scale_factor(given, self._explanation.direction(self._explanation.inputs[name]))

    def _has_shape(self, plan: ChangedEquation, label: GradientLabel, hidden: HiddenShape) -> bool:
        """Whether a gradient can be subtracted from its parameter: NumPy may repeat the gradient to the
        parameter's shape, but not the parameter to the gradient's.
        """
        if label.is_part or label.node != self._explanation.inputs.get(hidden.parameter):
            return True
        shape = np.shape(self.computed(plan)(self._study.states[0]))
        try:
            return np.broadcast_shapes(shape, hidden.expected) == hidden.expected
        except ValueError:
            return False

    def improved(
        self, changed: dict[int, Callable[[Values], Any]], at: int, label: GradientLabel | None
    ) -> tuple[Matches, list[Values], dict[int, Callable[[Values], Any]]] | None:
        """What is right when some nodes are computed differently; None if that is no more than before."""
        graph, study = self._graph, self._study
        pinned = {**study.pins, **changed}
        first = graph.again(study.states[0], pinned)
        if first[graph.roots[at]] is MISSING or self._changes_a_shape(first):
            return None
        told = [first, *(graph.again(values, pinned) for values in study.states[1 : self._telling])]
        if not self._may_improve(told, label):
            return None
        states = [*told, *(graph.again(values, pinned) for values in study.states[self._telling :])]
        matches = study.match(self._explanation, states, self._matches, pinned)
        found = dict(matches.found)
        for name, node in self._explanation.inputs.items():
            if (
                label is not None
                and not label.is_part
                and node == label.node
                and (not label.turned or study.is_turned_again(name, graph.roots[at]))
                and graph.roots[at] in study.cones[name]
                and not study.is_mangled(name, graph.roots[at], self._explanation, states, pinned)
            ):
                found.setdefault(name, [(graph.roots[at], 1.0)])
        matches = Matches(matches.labels, found, (len(found), matches.rank[1]))
        if matches.rank[0] <= self._matches.rank[0] or not self._matches.found.keys() <= found.keys():
            # What makes a right gradient wrong is right for the others by chance.
            return None
        if not (self.may_go_uphill or self._goes_uphill):
            # A single mistake does not turn the sign as well.
            improved = matches.found.keys() - self._matches.found.keys()
            if any(self._along_step(name, states) > 0 for name in improved):
                self.has_refused = True
                return None
        return matches, states, changed

    def _changes_a_shape(self, first: Values) -> bool:
        """Whether a parameter that had its own shape after the pass gets another one."""
        graph, before = self._graph, self._study.states[0]
        for name in self._explanation.inputs:
            start, end = graph.inputs[name], graph.current[name]
            shapes = [np.shape(each) for each in (before[start], before[end], first[end])]
            if before[end] is not MISSING and shapes[0] == shapes[1] != shapes[2]:
                return True
        return False

    @cached_property
    def _telling(self) -> int:
        """How many states tell whether a change may make more right: two where all parameters are single
        numbers, because any two numbers are proportional."""
        sizes = (np.size(self._study.states[0][node]) for node in self._explanation.inputs.values())
        return 1 if any(size > 1 for size in sizes) else 2

    def _may_improve(self, told: Sequence[Values], label: GradientLabel | None) -> bool:
        """True if the first states alone have a gradient that was missing before; only then are the other
        states computed.
        """
        graph, study, first, before = self._graph, self._study, told[0], self._study.states[0]
        given: dict[int, Direction | None] = {}
        for name, node in self._explanation.inputs.items():
            if name in self._matches.found:
                continue
            wanted = self._first_directions[node]
            if wanted is None or (label is not None and not label.is_part and label.node == node):
                return True
            size = wanted.cells.size // len(told)
            step = change_direction([(values[node], values[graph.current[name]]) for values in told])
            if scale_factor(step, wanted) or self._may_decay(name, first):
                return True
            for at in study.cones[name] - self._forward:
                value = first[at]
                if value is before[at] or value is MISSING or min(np.size(value), MAX_COMPARED) != size:
                    continue
                if at not in given:
                    given[at] = direction([values[at] for values in told])
                if scale_factor(given[at], wanted):
                    return True
        return False

    def _may_decay(self, name: str, first: Values) -> bool:
        """Whether the step of some rows of a parameter may be its gradient with a decay, in one state; a few
        cells do not tell."""
        start, end = first[self._graph.inputs[name]], first[self._graph.current[name]]
        if not have_one_shape(start, end):
            return False
        count = int(np.count_nonzero(start != end))
        if count < np.size(start) and 0 < count < _TOLD:
            return True
        return bool(self._study.step_with_decay(name, self._explanation, [first], _TOLD)[0])

    @cached_property
    def _updated(self) -> dict[int, str]:
        """The parameters by the nodes of their new values, which may have another name first."""
        return {self._graph.current[name]: name for name in self._explanation.inputs}

    @cached_property
    def _averaged(self) -> dict[int, str]:
        """The parameter by the node of an optimiser's memory that it alone depends on."""
        study, found = self._study, {}
        for memory in study.remembered:
            end = self._graph.current[memory]
            names = [name for name in self._explanation.inputs if end in study.cones[name]]
            if len(names) == 1:
                found[end] = names[0]
        return found

    @cached_property
    def _goes_uphill(self) -> bool:
        """Whether a parameter goes up a gradient as it is: then another one may."""
        return any(self._along_step(name) > 0 for name in self._matches.found)

    @cached_property
    def _first_directions(self) -> dict[int, Direction | None]:
        """The direction of each parameter's gradient in the states that tell."""
        told = self._explanation.gradients[: self._telling]
        nodes = self._explanation.inputs.values()
        return {node: direction([each.get(node, MISSING) for each in told]) for node in nodes}

    def computed(self, plan: ChangedEquation) -> Callable[[Values], Any]:
        return lambda found: self._graph.run(plan, found)[-1]


def _names(tree: ast.expr) -> Counter[str]:
    """How often an expression reads each tensor."""
    return Counter(each.id for each in ast.walk(tree) if isinstance(each, ast.Name))
