"""Which optimiser an update is, from its reaction to the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script.meaning.graph import MISSING, Values
from bpstep.script.meaning.study import Matches, Study

_TOLERANCE = 1e-6


def find_optimizer(study: Study, matches: Matches) -> str:
    """The optimiser's name in network files; empty if it is another one, or differs between parameters."""
    names = {_optimizer_of(study, matches, name) for name in matches.found}
    return names.pop() if len(names) == 1 else ""


def _optimizer_of(study: Study, matches: Matches, name: str) -> str:
    graph = study.graph
    node, end = matches.found[name][0][0], graph.current[name]
    shape = np.shape(study.actual[graph.inputs[name]])
    states = [
        other
        for other in study.remembered
        if graph.current[other] in study.cones[name]
        and graph.current[other] != graph.inputs[other]
        and np.shape(study.actual[graph.inputs[other]]) == shape
        and _is_kept(study, other)
    ]
    if not states:
        return "sgd" if node == end or _growth(study, node, end) == "linear" else ""
    growths = [_growth(study, node, graph.current[other]) for other in states]
    if sorted(growths) == ["linear", "quadratic"]:
        return "adamw" if _decays(study, node, name, states) else "adam"
    if growths == ["quadratic"]:
        return "adagrad" if _sums(study, node, states[0]) else "rmsprop"
    if growths == ["linear"]:
        return "nesterov" if _passes_by(study, node, graph.current[states[0]], end) else "momentum"
    return ""


def _is_kept(study: Study, name: str) -> bool:
    """True if a tensor's new value depends on its old one; an array that each pass fills anew does not."""
    graph, values = study.graph, study.states[0]
    old, new = graph.inputs[name], graph.current[name]
    found = graph.again(values, {old: lambda _found: values[old] + 1.0})[new]
    return not (found is MISSING or np.array_equal(found, values[new], equal_nan=True))


def _times(value: Any, by: float) -> Callable[[Values], Any]:
    return lambda _found: value * by


def _answers(study: Study, node: int, at: int) -> tuple[Any, Any, Any] | None:
    """A node's value for no gradient, for the gradient, and for twice the gradient."""
    values = study.states[0]
    found = [study.graph.again(values, {node: _times(values[node], by)})[at] for by in (0.0, 1.0, 2.0)]
    return None if any(each is MISSING for each in found) else (found[0], found[1], found[2])


def _growth(study: Study, node: int, at: int) -> str:
    """How a node grows with the gradient: linear, quadratic, or empty."""
    found = _answers(study, node, at)
    if found is None:
        return ""
    none, once, twice = found
    with np.errstate(all="ignore"):  # numbers that overflow grow in no way
        one, two = np.asarray(once - none), np.asarray(twice - none)
        size = float(np.max(np.abs(one), initial=0.0))
        for name, factor in (("linear", 2), ("quadratic", 4)):
            if size and np.max(np.abs(two - factor * one)) <= _TOLERANCE * size:
                return name
    return ""


def _sums(study: Study, node: int, name: str) -> bool:
    """True if a remembered tensor is only added to: without a gradient it stays."""
    found = _answers(study, node, study.graph.current[name])
    old = study.states[0][study.graph.inputs[name]]
    return found is not None and bool(np.allclose(found[0], old, rtol=1e-12, atol=0))


def _decays(study: Study, node: int, name: str, states: list[str]) -> bool:
    """True if a parameter changes without a gradient and without memory of one."""
    graph, values = study.graph, study.states[0]
    still = {node: _times(values[node], 0.0)}
    still |= {graph.current[state]: _times(values[graph.current[state]], 0.0) for state in states}
    moved, old = graph.again(values, still)[graph.current[name]], values[graph.inputs[name]]
    if moved is MISSING or not np.isfinite(moved).all():
        return False
    return not np.allclose(moved, old, rtol=1e-12, atol=0)


def _passes_by(study: Study, node: int, state: int, end: int) -> bool:
    """True if the new value depends on the gradient directly, besides what is remembered of it."""
    values = study.states[0]
    kept = {node: _times(values[node], 2.0), state: _times(values[state], 1.0)}
    moved = study.graph.again(values, kept)[end]
    return moved is not MISSING and not np.allclose(moved, values[end], rtol=1e-12, atol=0)
