"""Memories of earlier gradients that a loop gives a new array in place of storing into theirs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import HypothesisFindings
from bpstep.gradcheck.script.text.text_lines import rebound_lines
from bpstep.text import fill


class ReboundMemories(HypothesisFindings):
    """The findings on lines like `v = beta * v + g` in `for p, g, v in zip(params, grads, velocities)`, where
    the array that `v` names is 0 and no pass changes it."""

    def findings(self) -> Iterator[Finding]:
        """Each such line that the update of a parameter depends on."""
        for file in self._judged.files():
            for line, name, right in rebound_lines(self._judged.lines(file), self._judged.lines_run(file)):
                parameters = [each for each in self._best.matches.found if self._remembers(each, file, line)]
                if parameters:
                    self._judged.wrong_parameters += parameters
                    yield Finding(
                        FindingKind.WRONG,
                        None,
                        line,
                        MistakeKind.NEVER_UPDATED,
                        fill(messages.MEMORY_REBOUND, name=name),
                        right,
                        file=file,
                        by=parameters[0],
                    )

    def _remembers(self, parameter: str, file: str, line: int) -> bool:
        """Whether the line reads, for a parameter, zeros that no pass changes."""
        graph, study = self._graph, self._study
        fixed = {node for name, node in graph.inputs.items() if name not in study.all_carried}
        return any(
            (equation.file, equation.line) == (file, line)
            and graph.roots[at] in study.cones[parameter]
            and any(
                node in fixed and np.ndim(study.actual[node]) and not np.any(study.actual[node])
                for node in graph.reads[at].values()
            )
            for at, equation in enumerate(graph.equations)
        )
