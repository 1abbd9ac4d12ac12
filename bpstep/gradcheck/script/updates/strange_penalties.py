"""Penalties that no learning rule has: that of another parameter, or one that is the same for a weight and
its opposite.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind, NamedMistake
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.text.equation_trees import short_text
from bpstep.lang.substitution import replaced
from bpstep.lang.trees import number_literal
from bpstep.script.meaning.graph import MISSING, Fixed, Values
from bpstep.text import fill


class StrangePenalties:
    """Finds penalties that do not belong to the step of a parameter that follows its gradient."""

    def __init__(self, judged: JudgedPass, states: Sequence[Values]) -> None:
        self._judged, self._states = judged, states
        self._study, self._graph = judged.study, judged.graph

    def penalty_of_another(self, name: str, terms: Mapping[int, int]) -> Finding | None:
        """The finding that a step contains a multiple of another parameter, as the penalty of that.

        `terms` are those of the step that are such multiples, each with the parameter, or its row.
        """
        graph = self._graph
        for term, core in terms.items():
            at = graph.nodes[term].equation
            own = self._own_part(graph.inputs[name], core)
            if at < 0 or own is None:
                continue
            for part in ast.walk(graph.trees[at]):
                node = (
                    graph.reads[at].get(part.id)
                    if isinstance(part, ast.Name)
                    else graph.places[at].get(id(part))
                )
                if node == core and isinstance(part, ast.expr):
                    mistake = Mistake.TENSOR_REPLACED.named(given=short_text(part), expected=short_text(own))
                    found = self._other_tensor(name, at, replaced(graph.trees[at], part, own), mistake)
                    row = self._judged.authors.text(own, graph.equations[at])
                    target = re.match(r"\s*([\w.]+\[.+?\])\s*[-+]=", graph.equations[at].written)
                    # The loop's name for the row, in place of the number that it has in this pass.
                    return replace(found, right=found.right.replace(row, target[1])) if target else found
        return None

    def _own_part(self, start: int, node: int) -> ast.expr | None:
        """A parameter, or the row of it that the forward pass reads, if it has the shape of a node."""
        graph, actual = self._graph, self._study.actual
        for at in (start, *(at for at, each in enumerate(graph.nodes) if each.operands == (start,))):
            is_part = at == start or graph.nodes[at].pattern.startswith("_0[")
            if is_part and np.shape(actual[at]) == np.shape(actual[node]):
                return graph.written_tree(at)
        return None

    def even_penalty(self, name: str, terms: Sequence[int]) -> Finding | None:
        """The finding on a penalty that is the same for a weight and its opposite, as `decay * W**2`.

        `terms` are those of the step that are computed from the parameter alone.
        """
        graph, start = self._graph, self._graph.inputs[name]
        for term in terms:
            at = graph.nodes[term].equation
            if at < 0 or not all(self._is_even(term, start, values) for values in self._states):
                continue
            equation, tree = graph.equations[at], graph.trees[at]
            self._judged.wrong_parameters.append(name)
            sentence = fill(messages.PENALTY_EVEN, names=name)
            below = graph.cone([term])
            powers = [
                each
                for each in ast.walk(tree)
                if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Pow)
                if graph.places[at].get(id(each)) in below
            ]
            changed = [replaced(tree, each, each.left) for each in powers if number_literal(each.right) == 2]
            right = self._judged.right(at, changed[0]) if len(changed) == 1 else ""
            return Finding(
                FindingKind.WRONG, equation, equation.line, MistakeKind.POWER, sentence, right, by=name
            )
        return None

    def _is_even(self, term: int, start: int, values: Values) -> bool:
        given, weights = values[term], values[start]
        if given is MISSING or np.shape(given) != np.shape(weights):
            return False
        if any(self._graph.nodes[at].pattern == "abs(_0)" for at in self._graph.cone([term])):
            # The author knows that the sign is lost.
            return False
        turned = self._graph.again(values, {start: Fixed(-weights)})[term]
        return turned is not MISSING and np.allclose(turned, given, rtol=1e-9) and bool(np.any(given))

    def _other_tensor(self, name: str, at: int, tree: ast.expr, mistake: NamedMistake) -> Finding:
        equation = self._graph.equations[at]
        self._judged.wrong_parameters.append(name)
        told = self._judged.authors.shown(mistake.sentence, equation)
        right = self._judged.right(at, tree)
        return Finding(FindingKind.WRONG, equation, equation.line, mistake.kind, told, right, by=name)
