"""The mistake of a derivative that is missing or wrong where no single change of the line is known."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.findings.changed_results import is_near, result_of
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.equation_trees import (
    nodes_of,
    short_text,
)
from bpstep.lang.substitution import replaced, with_name
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import MISSING, Fixed, Values, have_one_shape
from bpstep.text import fill


class SlopeMistakes(HypothesisFindings):
    """Finds the activation whose derivative makes a line right."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._authors = judged.authors

    def mistake(self, repair: Repair) -> tuple[MistakeKind, str]:
        """The mistake of a missing or wrong derivative of an activation, where no single change is known; the
        sentence is empty if there is no such mistake.
        """
        graph, at = self._graph, repair.equation
        equation, tree, root = graph.equations[at], graph.trees[at], graph.roots[at]
        gradients = self._best.matches.labels.keys()
        slope = self._slope_for(repair, lambda values, given: values[root] * given)
        if slope >= 0:
            return MistakeKind.SLOPE_MISSING, fill(messages.NO_SLOPE, output=self._shown(slope, equation))
        for part in nodes_of(tree):
            place = graph.places[at].get(id(part))
            names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)} & graph.reads[
                at
            ].keys()
            has_gradient = any(node in gradients for name, node in graph.reads[at].items() if name in names)
            slope = -1 if place is None or has_gradient else self.in_place(repair, place)
            if slope >= 0:
                given = self._authors.shown(short_text(part), equation)
                output = self._shown(slope, equation)
                for wanted in (repair.label.node, slope) if repair.label is not None else ():
                    if self._is_right_of(repair, part, wanted):
                        expected = self._shown(wanted, equation)
                        (name,) = names
                        mistake = Mistake.PART_READS_OTHER.named(
                            part=given,
                            given=self._authors.shown(name, equation),
                            expected=expected,
                        )
                        return MistakeKind.SLOPE_PLACE, mistake.sentence
                return MistakeKind.SLOPE_WRONG, Mistake.SLOPE_OF_OTHER.named(
                    given=given, output=output
                ).sentence
        return MistakeKind.UNKNOWN, ""

    def _is_right_of(self, repair: Repair, part: ast.expr, wanted: int) -> bool:
        """Whether an equation becomes right if one of its parts, which reads one tensor, reads another."""
        graph, at = self._graph, repair.equation
        there = {**graph.names_before(at), **graph.reads[at]}
        names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)} & there.keys()
        pin = repair.pins.get(graph.roots[at])
        if len(names) != 1 or pin is None:
            return False
        changed = with_name(part, min(names), graph.written_tree(wanted))
        try:
            computed = result_of(self._graph, at, replaced(graph.trees[at], part, changed), there)
        except KeyError:
            return False
        return all(is_near(computed(values), pin(values)) for values in self._study.states)

    def _shown(self, node: int, equation: ScriptEquation) -> str:
        return self._authors.shown(self._graph.written(node), equation)

    def in_place(self, repair: Repair, part: int) -> int:
        """The activation whose derivative, in place of a part, makes an equation right; -1 if none does."""
        graph, root = self._graph, self._graph.roots[repair.equation]

        def changed(values: Values, slope: Any) -> Any:
            is_same = have_one_shape(slope, values[part])
            return graph.again(values, {part: Fixed(slope)})[root] if is_same else MISSING

        return self._slope_for(repair, changed)

    def _slope_for(self, repair: Repair, changed: Callable[[Values, Any], Any]) -> int:
        """The activation whose derivative makes an equation right; -1 if there is none.

        `changed` computes the equation with a derivative, in one state.
        """
        graph, study = self._graph, self._study
        explanation, root = self._best.explanation, graph.roots[repair.equation]
        pin = repair.pins.get(root)
        if repair.label is None or pin is None or repair.label.is_part:
            return -1
        net, inputs = repair.label.node, set(graph.inputs.values())
        for output in explanation.backward.nodes:
            between = graph.cone([output]) - graph.cone([net])
            # A product with another tensor is not an activation.
            is_function = not any(np.ndim(study.actual[at]) for at in between & inputs)
            # Where a net input has other readers, its gradient is more than that times the derivative.
            is_only = net not in graph.cone(explanation.candidate.outputs, {output})
            if output == net or net not in graph.cone([output]) or not is_function or not is_only:
                continue
            is_right = True
            for values, gradients in zip(study.states, explanation.gradients):
                slope = _ratio(gradients.get(net, MISSING), gradients.get(output, MISSING))
                is_right = is_right and have_one_shape(slope, values[root]) and not np.all(slope == 1)
                is_right = is_right and is_near(changed(values, slope), pin(values))
            if is_right:
                return output
        return -1


def _ratio(below: Any, above: Any) -> Any:
    """A gradient divided by another one of its shape, cell by cell; 0 where the divisor is 0."""
    if not have_one_shape(below, above):
        return MISSING
    is_told = np.asarray(above) != 0
    return np.where(is_told, below, 0.0) / np.where(is_told, above, 1.0)
