"""Equal numbers under a maximum, where a line passes the whole gradient to each of them.

In the random states no two numbers are equal, so the line is right there. In the pass itself, numbers that
change together with a parameter are equal, for instance over a blank background, and their gradient is
counted several times.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, worst_cell
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.lang.shape_rules import axes_of
from bpstep.lang.trees import function_name
from bpstep.script.meaning.graph import MISSING, Fixed, have_one_shape
from bpstep.text import fill

_EXTREMES = {"max": np.max, "min": np.min}

_TOLERANCE = 1e-6
"""Gradients with a smaller difference, relative to the largest cell, are equal."""

_STEP = 1e-6
"""The change of a parameter's cell that shows whether the loss is smooth there."""

_SMOOTH = 1e-3
"""At a smooth place the left and right slopes differ by less than this, relative to the difference being
judged.
"""


class Ties(HypothesisFindings):
    """Finds the lines that pass a whole gradient to each of several equal numbers."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._seeds = best.explanation.candidate.seeds(self._study.actual)
        self._counts: dict[int, Any] = {}
        """By the operand of a maximum or minimum, how many numbers share it with each cell; 0 for other
        cells.
        """
        for at in best.explanation.backward.nodes if self._seeds is not None else ():
            self._count(at)

    def findings(self) -> Iterator[Finding]:
        """The first such line, if it makes the gradient of a parameter wrong."""
        if not self._counts:
            return
        assert self._seeds is not None
        gradients = self._best.explanation.backward.gradients(self._study.actual, self._seeds)
        wrong = [name for name in self._best.matches.found if self._is_off(name, gradients)]
        if not wrong:
            return
        for at, root in enumerate(self._graph.roots):
            for label, constant in self._best.matches.labels.get(root, ()):
                given, right = self._study.actual[root], _scaled(gradients.get(label.node, MISSING), constant)
                if label.turned or not _differ(given, right):
                    continue
                count = self._count_of_shares(given, right)
                if count:
                    self._judged.wrong_parameters += wrong
                    equation = self._graph.equations[at]
                    sentence = fill(messages.WHOLE_TO_EACH, count=count, name=", ".join(wrong))
                    worst = worst_cell(given, right)
                    kind, mistake = FindingKind.WRONG, MistakeKind.TIE
                    yield Finding(kind, equation, equation.line, mistake, sentence, worst=worst, by=wrong[0])
                return

    def _count(self, at: int) -> None:
        """Record the equal numbers if a node is a maximum or minimum over several."""
        node = self._graph.nodes[at]
        call = ast.parse(node.pattern, mode="eval").body if node.pattern else None
        if not isinstance(call, ast.Call) or function_name(call) not in _EXTREMES or len(node.operands) != 1:
            return
        values = self._study.actual[node.operands[0]]
        axes = axes_of(call, np.ndim(values))
        equal = values == _EXTREMES[function_name(call)](values, axis=axes, keepdims=True)
        counts = equal * equal.sum(axis=axes, keepdims=True)
        if np.max(counts) > 1:
            self._counts[node.operands[0]] = counts

    def _count_of_shares(self, given: Any, right: Any) -> int:
        """The largest number of equal cells that each got a whole gradient; 0 if that is not the mistake."""
        for counts in self._counts.values():
            if np.size(counts) != np.size(given):
                continue
            shares = np.reshape(counts, np.shape(given))
            if not _differ(given, right * np.maximum(shares, 1)):
                return int(np.max(shares[np.asarray(given != 0)], initial=0))
        return 0

    def _is_off(self, name: str, gradients: dict[int, Any]) -> bool:
        """True if a parameter does not follow its gradient in this pass, where the loss is smooth."""
        start = self._best.explanation.inputs[name]
        for node, constant in self._best.matches.found[name]:
            given: Any = _scaled(self._study.actual[node], 1 / constant)
            right: Any = gradients.get(start, MISSING)
            if _differ(given, right):
                apart = np.abs(given - right)
                index = np.unravel_index(int(np.argmax(apart)), np.shape(apart))
                left, along = (self._slope(start, index, change) for change in (-_STEP, _STEP))
                allowed = _SMOOTH * float(np.max(apart))
                return abs(left - along) < allowed and abs(left - right[index]) < allowed
        return False

    def _slope(self, start: int, index: tuple[Any, ...], change: float) -> float:
        """The one-sided slope of the loss by a parameter's cell, through the outputs."""
        actual = self._study.actual
        moved = np.array(actual[start], dtype=np.float64)
        moved[index] += change
        after = self._graph.again(actual, {start: Fixed(moved)})
        assert self._seeds is not None
        parts = ((after[at] - actual[at]) * seed for at, seed in self._seeds.items())
        return float(sum(np.sum(part) for part in parts)) / change


def _scaled(value: Any, factor: float) -> Any:
    return value if value is MISSING else factor * value


def _differ(given: Any, right: Any) -> bool:
    """True if two gradients have the same shape and differ by more than rounding."""
    if not have_one_shape(given, right):
        return False
    largest = float(np.max(np.abs(right), initial=0.0))
    return bool(np.max(np.abs(given - right), initial=0.0) > _TOLERANCE * largest)
