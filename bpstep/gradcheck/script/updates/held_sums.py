"""Sums of gradients that no pass sets back to 0: each update follows the sum of all gradients so far."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import HypothesisFindings
from bpstep.script.meaning.labels import scale_factor
from bpstep.text import fill


class HeldSums(HypothesisFindings):
    """The findings on the sums of gradients that are 0 before the first pass, and not after it.

    A later pass may have been given a sum on purpose, over several batches.
    """

    def findings(self) -> Iterator[Finding]:
        """Each line that adds a gradient to such a sum."""
        for name in self._best.matches.found:
            for held in self._study.remembered:
                if self._is_held(held, name):
                    yield self._finding(held, name)

    def _is_held(self, held: str, name: str) -> bool:
        """Whether a tensor grows by a parameter's gradient, all of it, and the parameter is updated with the
        sum alone."""
        graph = self._graph
        begin, end, new = graph.inputs[held], graph.current[held], graph.current[name]
        start, cone = graph.inputs[name], graph.cone([new], {end})
        wanted = self._best.explanation.direction(start)
        is_begun = not np.any(self._study.actual[begin])
        given = self._study.change(held) if end in cone and is_begun else None
        if given is None or wanted is None or scale_factor(given, wanted) <= 0:
            return False
        # A parameter that is computed from the sum alone follows a rule of its own.
        return start in cone and begin not in cone and not self._gradients_of(name) & cone

    def _gradients_of(self, name: str) -> set[int]:
        return {node for node, _ in self._best.matches.found[name]}

    def _finding(self, held: str, name: str) -> Finding:
        graph = self._graph
        begin = graph.inputs[held]
        at = next(at for at, reads in enumerate(graph.reads) if begin in reads.values())
        read = next(each for each, node in graph.reads[at].items() if node == begin)
        equation = graph.equations[at]
        told = fill(
            messages.NOT_SET_BACK, name=self._judged.authors.text(ast.Name(read, ast.Load()), equation)
        )
        self._judged.wrong_parameters.append(name)
        return Finding(FindingKind.WRONG, equation, equation.line, MistakeKind.TERM, told, by=name)
