"""The activations of a pass and their derivatives, in the script's own terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from bpstep.gradcheck.script.repairs.equation_changes import ActivationSlope
from bpstep.gradcheck.script.text.equation_trees import nodes_of, tree_text
from bpstep.lang.trees import substituted
from bpstep.script.meaning.graph import MISSING, Graph
from bpstep.script.meaning.labels import some_cells
from bpstep.script.meaning.study import Explanation, Study

_TOLERANCE = 1e-8

_BY_PATTERN = {
    "tanh(_0)": "(1 - y**2)",
    "sigmoid(_0)": "y * (1 - y)",
    "relu(_0)": "(x > 0)",
    "maximum(0, _0)": "(x > 0)",
    "maximum(_0, 0)": "(x > 0)",
}
"""The derivatives of activations that are a single operation."""

_MAX_CHAIN_LENGTH = 12
"""How many nodes before its result are tried as the argument of an activation."""

_MIN_TOLD = 0.1
"""The least share of the cells that has to determine the slope."""

_Formula = tuple[str, Callable[[Any, Any], Any]]

_FORMULAS: tuple[_Formula, ...] = (
    ("y * (1 - y)", lambda x, y: y * (1 - y)),
    ("(1 - y**2)", lambda x, y: 1 - y**2),
    ("(x > 0)", lambda x, y: (x > 0) + 0.0),
    ("(1 - exp(-y))", lambda x, y: 1 - np.exp(-y)),
    ("where(x > 0, 1, y + 1)", lambda x, y: np.where(x > 0, 1, y + 1)),
    ("exp(x)", lambda x, y: np.exp(x)),
    ("2 * x", lambda x, y: 2 * x),
)
"""Derivatives in terms of the activation's argument `x` and its result `y`."""

_NEGATED: tuple[_Formula, ...] = (("y * (1 - y)", lambda x, y: -y * (1 - y)),)
"""Those by a negated argument of which only a part that is negated has a node: `1 / (1 + exp(-h @ w))`."""


def slopes_of(study: Study, explanation: Explanation) -> list[ActivationSlope]:
    """The derivative of each activation between the parameters and the outputs."""
    return list(_slopes(study, explanation))


def _slopes(study: Study, explanation: Explanation) -> Iterator[ActivationSlope]:
    graph = study.graph
    called = set(_results_of_functions(graph))
    # Within an equation, as in `relu(z) * mask`, an operation tells that it is an activation.
    nodes = [
        at
        for at in explanation.backward.nodes
        if at in study.roots
        or at in called
        or graph.nodes[at].pattern in _BY_PATTERN
        or graph.nodes[at].pattern.startswith("where(")
    ]
    for output in dict.fromkeys([*nodes, *explanation.candidate.outputs]):
        known = _BY_PATTERN.get(graph.nodes[output].pattern)
        chain = list(_elementwise_chain(study, explanation, output))
        for formulas, net in product((_FORMULAS, _NEGATED), chain):
            # If its net input has other readers, the gradients do not determine the slope.
            formula = known or _formula(study, explanation, output, net, formulas)
            if formula:
                x, y = graph.written_tree(net), graph.written_tree(output)
                tree = substituted(formula, {"x": x, "y": y})
                is_negated = formulas is _NEGATED
                yield ActivationSlope(
                    graph.written(output),
                    graph.written(net),
                    tree,
                    output,
                    net_tree=x,
                    is_negated=is_negated,
                )
                break


def _results_of_functions(graph: Graph) -> Iterator[int]:
    """The nodes that functions of the script give within equations, as `softplus(z)` in `h + softplus(z)`."""
    for at, equation in enumerate(graph.equations):
        sources = {part.source for part in equation.called}
        for node in nodes_of(graph.trees[at]) if sources else ():
            if tree_text(node) in sources and id(node) in graph.places[at]:
                yield graph.places[at][id(node)]


def _elementwise_chain(study: Study, explanation: Explanation, output: int) -> Iterator[int]:
    """The nodes of the same shape that a node may be an elementwise function of, the nearest first."""
    graph, found = study.graph, []
    waiting, seen = [output], {output}
    shape = np.shape(study.actual[output])
    while waiting:
        for operand in graph.nodes[waiting.pop()].operands:
            known = operand in explanation.backward.nodes and operand not in seen
            if known and np.shape(study.actual[operand]) == shape:
                seen.add(operand)
                waiting.append(operand)
                found.append(operand)
    yield from sorted(found, reverse=True)[:_MAX_CHAIN_LENGTH]


def _formula(
    study: Study, explanation: Explanation, output: int, net: int, formulas: Sequence[_Formula]
) -> str:
    """The formula of the derivative if it is a usual one; else empty."""
    slopes = []
    for values, gradients in zip(study.states, explanation.gradients):
        above, below = gradients.get(output, MISSING), gradients.get(net, MISSING)
        if above is MISSING or below is MISSING:
            return ""
        # Where the gradient is 0, the slope is invisible.
        told = some_cells(above) != 0
        if np.mean(told) < _MIN_TOLD:
            return ""
        cells = [some_cells(each)[told] for each in (values[net], values[output], below, above)]
        slopes.append((cells[0], cells[1], cells[2] / cells[3]))
    if all(np.allclose(slope, 1, rtol=_TOLERANCE) for _, _, slope in slopes):
        # A sum such as `1 + e` passes its gradient on, and is not an activation.
        return ""
    for text, formula in formulas:
        with np.errstate(all="ignore"):
            if all(np.allclose(formula(x, y), slope, rtol=_TOLERANCE, atol=1e-12) for x, y, slope in slopes):
                return text
    return leaky_slope(slopes)


def leaky_slope(slopes: list[tuple[Any, Any, Any]]) -> str:
    """A slope of 1 for positive numbers and another for negative ones; empty if it is none, or invisible."""
    negative = np.concatenate([np.ravel(slope)[np.ravel(x) <= 0] for x, _, slope in slopes])
    positive = np.concatenate([np.ravel(slope)[np.ravel(x) > 0] for x, _, slope in slopes])
    if not negative.size or not positive.size or not np.allclose(positive, 1):
        return ""
    if np.isclose(negative[0], 1) or not np.allclose(negative, negative[0]):
        return ""
    return f"where(x > 0, 1, {float(negative[0]):.6g})"
