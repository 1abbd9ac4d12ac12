"""Labels that the backward pass subtracts in place of those that the script's own loss reads.

The inputs of a language model, for example, in place of the characters that follow them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import HypothesisFindings
from bpstep.script.meaning.graph import have_one_shape
from bpstep.script.meaning.losses import SCRIPT_LOSS, LossCandidate
from bpstep.script.meaning.studied_pass import is_loss
from bpstep.text import fill

_WHOLE = 1e-9
"""A number no farther from a whole one is that."""


class OtherLabels(HypothesisFindings):
    """The finding on the cross entropy of outputs against other labels than in the script's loss."""

    def findings(self) -> Iterator[Finding]:
        """At the line that computes the labels, or where the right ones are there too, at the one that gives
        the first gradient; none if a loss of the script has the same labels."""
        graph, candidate = self._graph, self._best.explanation.candidate
        if candidate.kind != "cross_entropy" or not self._best.matches.labels:
            return
        given = self._given()
        losses = {root: self._labels(root, given) for root in graph.roots if self._is_loss(root)}
        read = {root: labels for root, labels in losses.items() if labels}
        if not read or not all(map(_are_counts, given.values())):
            return
        if any(all(map(np.allclose, given.values(), labels)) for labels in read.values()):
            return
        at = self._where_made(read[max(read)])
        if at < 0:
            at = next(at for at, root in enumerate(graph.roots) if root in self._best.matches.labels)
        equation, output = graph.equations[at], graph.written(candidate.outputs[0])
        sentence = fill(messages.OTHER_LABELS, loss=graph.written(max(read)), output=output)
        self._judged.wrong_parameters += self._best.matches.found
        yield Finding(FindingKind.WRONG, equation, equation.line, MistakeKind.OTHER_TENSOR, sentence)

    def _where_made(self, right: Sequence[Any]) -> int:
        """The equation that computes the labels, unless another tensor has the right ones; -1 for data."""
        actual, targets = self._study.actual, self._best.explanation.candidate.targets
        is_there = any(
            have_one_shape(each, labels) and np.allclose(each, labels)
            for each in actual
            for labels in right
            if np.ndim(labels)
        )
        return -1 if is_there else max(self._graph.nodes[each].equation for each in targets)

    def _is_loss(self, root: int) -> bool:
        value = self._study.actual[root]
        return root in self._study.active and not np.ndim(value) and is_loss(self._graph.written(root))

    def _given(self) -> dict[int, Any]:
        """The labels of each output; those of several targets of one output are added."""
        candidate, found = self._best.explanation.candidate, dict[int, Any]()
        for output, target in zip(candidate.outputs, candidate.targets):
            found[output] = found.get(output, 0) + self._study.actual[target]
        return found

    def _labels(self, loss: int, given: Mapping[int, Any]) -> list[Any]:
        """The labels of each output of which a loss is the cross entropy; empty if it is another loss, or one
        of some outputs only."""
        actual = self._study.actual
        # Sums over some samples are no loss of all outputs.
        if not self._graph.cone([loss]).issuperset(given):
            return []
        own = self._study.explain(LossCandidate(SCRIPT_LOSS, (loss,)))
        if own is None:
            return []
        gradients = own.backward.gradients(actual, {loss: np.float64(1.0)})
        if any(output not in gradients for output in given):
            return []
        # The cross entropy of an output o against y has the gradient -y / o, or a multiple of it.
        shares = [-gradients[output] * actual[output] for output in given]
        total = sum(map(np.sum, shares))
        labels = [each * sum(map(np.sum, given.values())) / total for each in shares] if total else []
        return labels if all(map(_are_counts, labels)) else []


def _are_counts(value: Any) -> bool:
    """Whether an array tells how often each class is a label."""
    return bool(np.all(value > -_WHOLE) and np.all(np.abs(value - np.round(value)) < _WHOLE))
