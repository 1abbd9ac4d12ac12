"""The fully connected layers of a pass, where its forward equations are a chain of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from bpstep.script.meaning.study import Explanation, Study


@dataclass(frozen=True)
class LayerMeaning:
    """A fully connected layer, by the script's names."""

    weights: str
    bias: str
    """Empty where there is none."""
    input: str
    net: str
    """What stands before the activation, as the script writes it."""
    output: str
    samples: str
    """What a sample is in the layer's input: a row, a column, or the whole where there is one sample."""
    units_first: bool
    """True where a row of the weights belongs to a unit, False where a column does; weights without an axis
    for units belong to a single one."""


def find_layers(study: Study, explanation: Explanation) -> tuple[LayerMeaning, ...]:
    """The layers from the data to the output; empty where the forward equations are no chain of them.

    Of a pass over several samples or steps it is those of the first.
    """
    graph = study.graph
    forward = sorted(graph.cone(explanation.candidate.outputs[:1]))
    trained = {graph.inputs[name]: name for name in study.trained}
    others = {graph.inputs[name]: name for name in study.held}
    found: list[tuple[LayerMeaning, int, int]] = []
    for at in forward:
        node = graph.nodes[at]
        if node.pattern != "_0 @ _1":
            continue
        for place, operand in enumerate(node.operands):
            turned = graph.nodes[operand].pattern == "_0.T"
            base = graph.nodes[operand].operands[0] if turned else operand
            if base not in trained or np.ndim(study.actual[base]) not in (1, 2):
                continue
            source = node.operands[1 - place]
            net, bias = _biased(study, at, forward, trained | others)
            is_vector = np.ndim(study.actual[source]) == 1
            samples = "whole" if is_vector else "column" if place == 0 else "row"
            if np.ndim(study.actual[base]) == 1 and np.ndim(study.actual[source]) > 2:
                continue
            layer = LayerMeaning(
                trained[base],
                bias,
                graph.written(source),
                graph.written(net),
                "",
                samples,
                turned != (place == 0),
            )
            found.append((layer, source, net))
    return _chain(study, explanation, found)


def _biased(study: Study, product: int, forward: Collection[int], names: dict[int, str]) -> tuple[int, str]:
    """A product with its bias: the node of the sum and the bias's name."""
    nodes = study.graph.nodes
    for at in forward:
        if nodes[at].pattern == "_0 + _1" and product in nodes[at].operands:
            for operand in nodes[at].operands:
                turned = nodes[operand].pattern == "_0.T"
                base = nodes[operand].operands[0] if turned else operand
                if base in names:
                    return at, names[base]
    return product, ""


def _chain(
    study: Study, explanation: Explanation, found: list[tuple[LayerMeaning, int, int]]
) -> tuple[LayerMeaning, ...]:
    """The layers with their outputs, where each one's input is computed from the last one's alone."""
    graph = study.graph
    names = [layer.weights for layer, _, _ in found]
    if not found or len(set(names)) < len(names):
        return ()
    layers = []
    ends = [*(source for _, source, _ in found[1:]), explanation.candidate.outputs[0]]
    if found[0][1] in study.active:
        return ()
    for (layer, _, net), end in zip(found, ends):
        passed = graph.cone([end]) - graph.cone([net])
        if end != net and not passed:
            return ()
        output = graph.written(end)
        layers.append(
            LayerMeaning(
                layer.weights, layer.bias, layer.input, layer.net, output, layer.samples, layer.units_first
            )
        )
    return tuple(layers)
