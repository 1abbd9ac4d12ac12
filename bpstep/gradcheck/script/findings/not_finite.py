"""Numbers that are no longer finite: the first operation that gives one, and why."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.lang.trees import function_name
from bpstep.script.equations.equations import ScriptIteration
from bpstep.script.meaning.graph import MISSING, Graph, Values
from bpstep.script.meaning.meaning import study_pass
from bpstep.text import fill


def first_not_finite(graph: Graph, values: Values, ends: Iterable[int]) -> Finding | None:
    """The finding on the first line that makes some results infinite or NaN; None if they are finite.

    An infinite number that nothing depends on that stays so is harmless: 1 / (1 + exp(1000)) is 0.
    """
    at, name = _first_lost(graph, values, ends)
    if at < 0:
        return None
    equation = graph.equations[graph.nodes[at].equation]
    sentence = fill(messages.NOT_FINITE, name=name, reason=_reason(graph, values, at))
    return Finding(FindingKind.NOT_CHECKED, equation, equation.line, sentence=sentence)


def _first_lost(graph: Graph, values: Values, ends: Iterable[int]) -> tuple[int, str]:
    """The first operation that makes some results infinite or NaN, and the last result that it does that to;
    -1 if they are finite."""
    lost = [at for at in ends if not _is_finite(values[at])]
    for at in sorted(_lost_above(graph, values, lost)):
        if graph.nodes[at].operands:
            return at, graph.written(max(each for each in lost if at in graph.cone([each])))
    return -1, ""


def _lost_above(graph: Graph, values: Values, ends: Iterable[int]) -> set[int]:
    """The operations on finite numbers from which results are infinite or NaN."""
    found: set[int] = set()
    seen, waiting = set[int](), list(ends)
    while waiting:
        at = waiting.pop()
        lost = [each for each in graph.nodes[at].operands if not _is_finite(values[each])]
        if not lost:
            found.add(at)
        waiting += set(lost) - seen
        seen.update(lost)
    return found


@np.errstate(all="ignore")
def lost_in(iteration: ScriptIteration, wrong: Collection[int] = ()) -> Finding | None:
    """The same for what a pass carries on; None also where it depends on the result of a `wrong` line."""
    study = study_pass(iteration)
    graph = study.graph
    ends = [graph.current[name] for name in study.all_carried]
    at, _ = _first_lost(graph, study.actual, ends)
    below = graph.cone([at]) if at >= 0 else set()
    is_told = any(
        each.line in wrong and root in below and each.line != graph.equations[graph.nodes[at].equation].line
        for each, root in zip(graph.equations, graph.roots)
    )
    return None if is_told else first_not_finite(graph, study.actual, ends)


def in_iteration(lost: Finding, index: int, checked: int) -> Finding:
    """The finding as a note on the pass `index`, beside the verdict on the pass `checked`."""
    template = messages.NOT_FINITE_AT if index == checked else messages.NOT_FINITE_LATER
    sentence = fill(template, iteration=index, sentence=lost.sentence, checked=checked)
    return replace(lost, kind=FindingKind.NOT_LEARNING, sentence=sentence)


def ends_finite(iteration: ScriptIteration) -> bool:
    """Whether everything that a pass carries on is finite after it."""
    named = iteration.named
    return all(_is_finite(named[name].value) for name in iteration.carried if name in named)


def _is_finite(value: object) -> bool:
    array = np.asarray(0.0 if value is MISSING else value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _reason(graph: Graph, values: Values, at: int) -> str:
    """Why an operation on finite numbers gives one that is not."""
    node = graph.nodes[at]
    operation = ast.parse(node.pattern, mode="eval").body
    last = node.operands[-1]
    names = {each: graph.written(each) for each in node.operands}
    slots = {"operation": node.text(names).replace(" ** ", "**"), "argument": names[last]}
    low, high = float(np.min(values[last])), float(np.max(values[last]))
    if function_name(operation) == "exp":
        return fill(messages.EXP_OVERFLOWS, high=f"{high:.4g}", **slots)
    if function_name(operation) == "log":
        return fill(messages.LOG_OF_ZERO if low == 0 else messages.LOG_OF_NEGATIVE, low=f"{low:.4g}", **slots)
    if function_name(operation) == "sqrt":
        return fill(messages.ROOT_OF_NEGATIVE, low=f"{low:.4g}", **slots)
    if isinstance(operation, ast.BinOp) and isinstance(operation.op, ast.Div) and not np.all(values[last]):
        return fill(messages.DIVISION_BY_ZERO, **slots)
    return fill(messages.TOO_LARGE_A_NUMBER, **slots)
