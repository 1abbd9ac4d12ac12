"""A softmax along the wrong axis: its shares add up over the samples instead of over the classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, worst_cell
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.lang.substitution import replaced
from bpstep.script.meaning.graph import MISSING

_SUM = re.compile(r"sum\(_0(?:, axis=(?:(-?\d)|\(0, 1\)))?(?:, keepdims=True)?\)")
_SOFTMAX = re.compile(r"softmax\(_0, (?:axis=)?(-?\d)\)")
_SUMS = 1e-9
"""How far sums of shares may be from 1."""


def softmax_over_samples(judged: JudgedPass) -> Iterator[Finding]:
    """The line whose softmax adds up to 1 over the samples, while each label adds up to 1 over the classes.

    It is a line of the forward pass: every gradient may be right for what it computes, and no class is
    learnt.
    """
    study, graph = judged.study, judged.graph
    seen: set[int] = set()
    for candidate in study.usual:
        for output, target in zip(candidate.outputs, candidate.targets):
            wanted = _axis_of_labels(study.actual[target])
            found = _summed(judged, output)
            if wanted < 0 or found is None or output in seen:
                continue
            at, axis = found
            seen.add(output)
            shape = np.shape(study.actual[output])
            # Of a single sample, the sum of all cells is that over its classes.
            is_other = min(shape, default=1) > 1 if axis is None else axis % 2 != wanted
            if shape == np.shape(study.actual[target]) and is_other and _is_share(study.actual[output], axis):
                yield _finding(judged, graph.nodes[at].equation, at, axis, wanted)


def _axis_of_labels(labels: Any) -> int:
    """The axis along which each label adds up to 1; -1 if that is not clear."""
    if labels is MISSING or np.ndim(labels) != 2 or not np.size(labels):
        return -1
    # A single class tells nothing.
    found = [axis for axis in (0, 1) if np.shape(labels)[axis] > 1 and _adds_up(labels, axis)]
    return found[0] if len(found) == 1 else -1


def _adds_up(values: Any, axis: int | None) -> bool:
    return bool(np.allclose(np.sum(values, axis=axis), 1, rtol=0, atol=_SUMS))


def _is_share(output: Any, axis: int | None) -> bool:
    return output is not MISSING and bool(np.min(output) >= 0) and _adds_up(output, axis)


def _summed(judged: JudgedPass, output: int) -> tuple[int, int | None] | None:
    """The node of a softmax's sum, or of the softmax itself, and the axis of it; None for other outputs."""
    nodes = judged.graph.nodes
    pattern = nodes[output].pattern
    whole = _SOFTMAX.fullmatch(pattern)
    if whole is not None:
        return output, int(whole[1])
    if pattern != "_0 / _1":
        return None
    numerator, divisor = nodes[output].operands
    found = _SUM.fullmatch(nodes[divisor].pattern)
    if found is None or nodes[divisor].operands != (numerator,):
        return None
    return divisor, None if found[1] is None else int(found[1])


def _finding(judged: JudgedPass, at: int, node: int, axis: int | None, wanted: int) -> Finding:
    graph, values = judged.graph, judged.study.actual
    equation, tree = graph.equations[at], graph.trees[at]
    place = next(each for each in ast.walk(tree) if graph.places[at].get(id(each)) == node)
    assert isinstance(place, ast.Call)
    assert isinstance(place.func, ast.Name)
    keywords = [ast.keyword("axis", ast.Constant(wanted))]
    name = place.func.id
    if name == "sum":
        keywords.append(ast.keyword("keepdims", ast.Constant(True)))
    changed = replaced(tree, place, ast.Call(place.func, place.args[:1], keywords))
    if axis is None:
        mistake = Mistake.AXIS_MISSING.named(axis=wanted, function=name)
    else:
        mistake = Mistake.SOFTMAX_OVER_SAMPLES.named(given=axis % 2, expected=wanted)
    plan = graph.plan(at, changed, graph.reads[at])
    worst = worst_cell(values[graph.roots[at]], graph.run(plan, values)[-1])
    right = judged.right(at, changed)
    return Finding(FindingKind.WRONG, equation, equation.line, mistake.kind, mistake.sentence, right, worst)
