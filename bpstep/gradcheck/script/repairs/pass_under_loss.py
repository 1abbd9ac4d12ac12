"""A pass as it is under one loss: its forward pass, the runs of each line, the derivatives of activations."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import Any

import numpy as np

from bpstep.gradcheck.script.repairs.equation_changes import ActivationSlope
from bpstep.gradcheck.script.repairs.list_entries import without_digits
from bpstep.gradcheck.script.repairs.shapes import hidden_shapes
from bpstep.gradcheck.script.repairs.slopes import slopes_of
from bpstep.gradcheck.script.text.equation_trees import nodes_of
from bpstep.gradcheck.script.text.text_lines import last_part, own_name
from bpstep.script.meaning.graph import have_one_shape
from bpstep.script.meaning.study import Explanation, Matches, Study


class PassUnderLoss:
    """A pass with the loss that may explain it, and what follows from both."""

    def __init__(self, study: Study, explanation: Explanation, matches: Matches) -> None:
        self.study, self.graph = study, study.graph
        self.explanation, self.matches = explanation, study.without_turned(explanation, matches)
        self.slopes: list[ActivationSlope] = slopes_of(study, explanation)
        self.forward = self.graph.cone(explanation.candidate.outputs)
        """What the forward pass computes."""
        self.inputs = self.forward | self.graph.cone(explanation.candidate.targets)
        wrong = [name for name in explanation.inputs if name not in matches.found]
        self.hidden = {each.equation: each for each in hidden_shapes(study, matches.labels, wrong)}
        """The equations whose result has another shape than the parameter that it is for."""
        self.times = _instances(study)
        """For each equation, those that the same line computes, including itself."""
        cone, roots = study.update_cone, self.graph.roots
        self.groups = [
            [each for each in group if each == at or roots[each] in cone]
            for at, group in enumerate(self.times)
        ]
        """The same without those that no update depends on, such as the gradient with respect to the data."""

    @cached_property
    def groups_of_nodes(self) -> dict[int, list[int]]:
        """The results of equations by themselves, each with those that the same line computes."""
        roots = self.graph.roots
        return {roots[at]: [roots[each] for each in group] for at, group in enumerate(self.times)}


def is_same(one: Any, other: Any) -> bool:
    """Whether two tensors are equal apart from rounding."""
    return have_one_shape(one, other) and np.allclose(one, other, rtol=1e-9)


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
        keys.append((equation.file, equation.line, own_name(equation), kinds, weights))
        groups.setdefault(keys[-1], []).append(at)
    return [groups[key] for key in keys]
