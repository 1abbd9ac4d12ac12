"""Steps computed from a gradient alone that do not go down it: its square, its absolute value, its sum."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.judged.steps import Steps
from bpstep.gradcheck.script.repairs.equation_changes import changes_that_keep
from bpstep.gradcheck.script.repairs.shapes import HiddenShape
from bpstep.gradcheck.script.text.equation_trees import names_in, short_text
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.lang.substitution import replaced
from bpstep.script.meaning.graph import Fixed, have_one_shape
from bpstep.script.meaning.labels import change_direction, direction, scale_factor
from bpstep.script.meaning.study import Matches
from bpstep.text import fill

_NOISE = 1e-9
"""The relative size of a rounding error."""


@dataclass(frozen=True)
class _Step:
    """What an update adds to a parameter, or subtracts from it."""

    parameter: str
    equation: int
    step: int
    gradient: int


class StepSigns:
    """Finds the parameters whose step is neither a multiple of their gradient nor a function of it that goes
    down the loss.

    A step with a memory, a mask, a penalty or another tensor in it is not judged.
    """

    def __init__(self, judged: JudgedPass, matches: Matches, steps: Steps, targets: Sequence[int]) -> None:
        """`targets` are the nodes of the loss's targets, or of the loss itself."""
        self._targets = targets
        self._judged, self._matches, self._steps = judged, matches, steps
        self._study, self._graph = judged.study, judged.graph

    def findings(self) -> Iterator[Finding]:
        """One for each such parameter, at its update."""
        for name in self._matches.found:
            step = None if self._steps.is_multiple(name) else self._step_of(name)
            scaled = None if step is None else self._scaled_by_output(step)
            if scaled is not None:
                self._judged.wrong_parameters.append(name)
                yield scaled
                continue
            sentence, kind = ("", MistakeKind.UNKNOWN) if step is None else self._told(step)
            if step is None or not sentence:
                continue
            self._judged.wrong_parameters.append(name)
            added = self._added(step)
            if added is not None:
                yield added
                continue
            equation = self._graph.equations[step.equation]
            right = self._right(step)
            yield Finding(FindingKind.WRONG, equation, equation.line, kind, sentence, right, by=name)

    def _step_of(self, name: str) -> _Step | None:
        """What the update of a parameter adds to it, if its gradient is in that."""
        graph, actual = self._graph, self._study.actual
        start, end = graph.inputs[name], graph.current[name]
        node = graph.nodes[end]
        if end not in graph.roots or node.pattern not in ("_0 - _1", "_0 + _1") or node.operands[0] != start:
            return None
        step = node.operands[1]
        below = graph.cone([step]) - {step}
        gradients = [
            at
            for at, _ in self._matches.found[name]
            if at in below and np.shape(actual[at]) == np.shape(actual[start])
        ]
        return _Step(name, graph.roots.index(end), step, gradients[-1]) if gradients else None

    def _scaled_by_output(self, step: _Step) -> Finding | None:
        """The finding that a gradient is multiplied by a number that the forward pass computes, where another
        parameter steps along its gradient itself; None if there is no such number.

        What a script scales its steps with depends on the gradient, on the loss, or on no tensor at all.
        """
        graph, study, steps = self._graph, self._study, self._steps
        if not any(map(steps.is_multiple, self._matches.found)):
            return None
        targets = set(self._targets)
        between = graph.reached_from([step.gradient]) & graph.cone([step.step])
        for at in sorted(between - {step.gradient}):
            node = graph.nodes[at]
            for factor in node.operands if node.pattern in ("_0 * _1", "_0 / _1") else ():
                is_number = factor not in between and np.ndim(study.actual[factor]) == 0
                if not is_number or factor not in study.active:
                    continue
                if not graph.nodes[factor].operands or not targets.isdisjoint(graph.cone([factor])):
                    continue
                equation = graph.equations[node.equation]
                tree, places = graph.trees[node.equation], graph.places[node.equation]
                whole = next(each for each in ast.walk(tree) if places.get(id(each)) == at)
                assert isinstance(whole, ast.BinOp)
                kept = whole.right if places.get(id(whole.left)) == factor else whole.left
                mistake = Mistake.FACTOR_TOO_MANY.named(part=graph.written(factor))
                right = self._judged.right(node.equation, replaced(tree, whole, kept))
                return Finding(
                    FindingKind.WRONG,
                    equation,
                    equation.line,
                    mistake.kind,
                    mistake.sentence,
                    right,
                    by=step.parameter,
                )
        return None

    def _told(self, step: _Step) -> tuple[str, MistakeKind]:
        """What is wrong with a step; empty if it may be meant."""
        graph, actual = self._graph, self._study.actual
        text, given = graph.written(step.step), np.shape(actual[step.step])
        expected, new = np.shape(actual[step.gradient]), np.shape(actual[graph.roots[step.equation]])
        if np.prod(given) != np.prod(expected) or new != expected:
            hidden = HiddenShape(step.parameter, step.equation, step.step, given, expected)
            return hidden.sentence(text), MistakeKind.SHAPE
        if given != expected or not self._is_alone(step) or self._goes_down(step):
            return "", MistakeKind.UNKNOWN
        slots = {"step": text, "gradient": graph.written(step.gradient), "name": step.parameter}
        return fill(messages.STEP_WITHOUT_SIGN, **slots), MistakeKind.UNKNOWN

    def _is_alone(self, step: _Step) -> bool:
        """Whether only the gradient and numbers that stay are in a step."""
        graph, study = self._graph, self._study
        below = graph.cone([step.step], {step.gradient})
        carried = {graph.inputs[each] for each in study.all_carried}
        leaves = {at for at in below if not graph.nodes[at].operands} - {step.gradient}
        is_drawn = any(word in graph.nodes[at].pattern for at in below for word in ("uniform", "normal"))
        return not is_drawn and all(not np.shape(study.actual[at]) and at not in carried for at in leaves)

    def _goes_down(self, step: _Step) -> bool:
        """Whether a step has the sign of the gradient in all cells, or turns with the gradient.

        A function of the gradient that is 0 for one sign and never for the other does neither.
        """
        along: list[Any] = []
        moved: list[Any] = []
        for values in self._steps.states:
            for sign in (1.0, -1.0):
                gradient = values[step.gradient] * sign
                found = self._graph.again(values, {step.gradient: Fixed(gradient)})[step.step]
                if not have_one_shape(found, gradient) or not np.isfinite(found).all():
                    return True
                along.append(np.ravel(gradient))
                moved.append(np.ravel(found))
        is_odd = all(
            np.allclose(one, -other, rtol=1e-6, atol=_NOISE * float(np.max(np.abs(one), initial=0.0)))
            for one, other in zip(moved[::2], moved[1::2])
        )
        if is_odd:
            return True
        gradient, found = np.concatenate(along), np.concatenate(moved)
        # A sign that all cells have turned is a finding of its own.
        products = gradient * found
        noise = _NOISE * float(np.max(np.abs(products), initial=0.0))
        is_mixed = bool(np.any(products > noise)) and bool(np.any(products < -noise))
        up, down = found[gradient > 0], found[gradient < 0]
        is_half = any(
            one.size > 1 and other.size > 1 and bool(np.all(one == 0)) and bool(np.all(other != 0))
            for one, other in ((up, down), (down, up))
        )
        return not is_mixed and not is_half

    def _added(self, step: _Step) -> Finding | None:
        """The finding on an equation before the update that adds a number to all cells of the gradient, as a
        penalty without its weights does."""
        graph, actual = self._graph, self._study.actual
        below = graph.cone([step.step])
        for at, root in enumerate(graph.roots):
            tree, places = graph.trees[at], graph.places[at]
            is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub)
            if (
                root not in below
                or step.gradient not in (*graph.reads[at].values(), *places.values())
                or not is_sum
            ):
                continue
            left, right = tree.left, tree.right  # type: ignore[attr-defined]
            for one, other in ((left, right), (right, left)):
                number = places.get(id(other), -1)
                is_number = isinstance(other, ast.Constant) or (number >= 0 and not np.shape(actual[number]))
                if places.get(id(one)) != step.gradient or not is_number:
                    continue
                equation = graph.equations[at]
                product = ast.BinOp(other, ast.Mult(), ast.Name(step.parameter, ast.Load()))
                if self._is_descent_of_own_loss(step, at, replaced(tree, other, product)):
                    text = self._judged.right(at, replaced(tree, other, product))
                    told = Mistake.FACTOR_MISSING.named(part=last_part(step.parameter))
                else:
                    text, told = "", Mistake.TERM_TOO_MANY.named(part=short_text(other))
                sentence = self._judged.authors.shown(told.sentence, equation)
                return Finding(
                    FindingKind.WRONG, equation, equation.line, told.kind, sentence, text, by=step.parameter
                )
        return None

    def _is_descent_of_own_loss(self, step: _Step, at: int, tree: ast.expr) -> bool:
        """Whether a parameter goes down a loss that the script computes if an equation is changed."""
        graph, study, name = self._graph, self._study, step.parameter
        plan = graph.plan(at, tree, {**graph.names_before(at), **graph.reads[at]})
        start, end = graph.inputs[name], graph.current[name]
        pairs = []
        for values in self._steps.states:
            changed = Fixed(graph.run(plan, values)[-1])
            pairs.append((values[start], graph.again(values, {graph.roots[at]: changed})[end]))
        given = change_direction(pairs)
        own = [each for each in map(study.explain, study.scalars) if each is not None and name in each.inputs]
        return any(scale_factor(given, each.direction(start)) < 0 for each in own)

    def _right(self, step: _Step) -> str:
        """The update with the single change, the shortest of several, that makes its step a multiple of the
        gradient."""
        graph = self._graph
        tree = graph.trees[step.equation]
        reads = {**graph.names_before(step.equation), **graph.reads[step.equation]}
        found: list[str] = []
        for change in changes_that_keep(tree, names_in(tree) & reads.keys()):
            plan = graph.plan(step.equation, change.tree, reads)
            if self._is_descent(step, [graph.run(plan, values)[-1] for values in self._steps.states]):
                found.append(self._judged.right(step.equation, change.tree))
        return min(filter(None, found), key=len, default="")

    def _is_descent(self, step: _Step, results: Sequence[Any]) -> bool:
        start = self._graph.inputs[step.parameter]
        states = self._steps.states
        given = change_direction([(values[start], new) for new, values in zip(results, states)])
        wanted = direction([values[step.gradient] for values in states])
        return scale_factor(given, wanted) * self._matches.found[step.parameter][-1][1] < 0
