"""The fully connected layers of a pass, if its forward equations are a chain of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from bpstep.script.meaning.study import Explanation, Study


@dataclass(frozen=True)
class LayerMeaning:
    """A fully connected layer, by the script's names."""

    weights: str
    bias: str
    """Empty if there is none."""
    input: str
    net: str
    """The activation's argument, as the script writes it."""
    output: str
    samples: str
    """A sample in the layer's input: a row, a column, or the whole if there is one sample."""
    units_first: bool
    """True if a row of the weights belongs to a unit, False if a column does; weights without an axis for
    units belong to a single one.
    """


@dataclass(frozen=True)
class SampleMeaning:
    """What the pass computes for all its samples at once, or for one of them, in the script's names."""

    layers: tuple[LayerMeaning, ...]
    target: str
    """Empty if the loss has none."""


MAX_SAMPLES = 64
"""The most samples of a pass, one after the other, that have diagrams."""


def find_sample_layers(study: Study, explanation: Explanation) -> tuple[SampleMeaning, ...]:
    """The layers from the data to each output, for each sample if a pass computes them one by one.

    Empty if the forward equations are not chain of fully connected layers, the same for every sample.
    """
    candidate = explanation.candidate
    if len(candidate.outputs) > MAX_SAMPLES:
        return ()
    found = []
    for at, output in enumerate(candidate.outputs):
        target = study.graph.written(candidate.targets[at]) if candidate.targets else ""
        found.append(SampleMeaning(_find_layers(study, output), target))
    weights = {tuple(layer.weights for layer in each.layers) for each in found}
    return tuple(found) if len(weights) == 1 and weights != {()} else ()


def _find_layers(study: Study, output: int) -> tuple[LayerMeaning, ...]:
    graph = study.graph
    forward = sorted(graph.cone([output]))
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
    return _chain(study, output, found)


def _biased(study: Study, product: int, forward: Collection[int], names: dict[int, str]) -> tuple[int, str]:
    """A product plus its bias: the node of the sum and the bias's name."""
    nodes = study.graph.nodes
    for at in forward:
        if nodes[at].pattern == "_0 + _1" and product in nodes[at].operands:
            for operand in nodes[at].operands:
                turned = nodes[operand].pattern == "_0.T"
                base = nodes[operand].operands[0] if turned else operand
                if base in names:
                    return at, names[base]
    return product, ""


def _chain(study: Study, output: int, found: list[tuple[LayerMeaning, int, int]]) -> tuple[LayerMeaning, ...]:
    """The layers with their outputs, if each one's input depends only on the previous one's output."""
    graph = study.graph
    names = [layer.weights for layer, _, _ in found]
    if not found or len(set(names)) < len(names):
        return ()
    layers = []
    ends = [*(source for _, source, _ in found[1:]), output]
    if found[0][1] in study.active:
        return ()
    for (layer, _, net), end in zip(found, ends):
        passed = graph.cone([end]) - graph.cone([net])
        if end != net and not passed:
            return ()
        layers.append(replace(layer, output=graph.written(end)))
    return tuple(layers)
