"""Layers with normalisation: the forward pass that they are short for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bpstep.model.network import Array, ForwardPass, Network
from bpstep.program.mlp import LayerDerivation
from bpstep.program.names import Names

_EPSILON = "normalization_epsilon"

_AXES = {"batch": "axis=0", "layer": "axis=-1, keepdims=True"}
"""Over what the mean is taken: the samples, or the units."""


def normalized(network: Network, kinds: Sequence[str]) -> Network:
    """The same network by its forward pass, with the normalisation that each layer has; empty for none."""
    names = Names(len(network.layers))
    parameters: dict[str, Array] = {}
    constants: dict[str, Array] = {_EPSILON: np.float64(1e-5)}  # type: ignore[dict-item]
    if network.l2:
        constants["l2"] = np.float64(network.l2)  # type: ignore[assignment]
    for k, (layer, kind) in enumerate(zip(network.layers, kinds), 1):
        parameters[names.weights(k)] = layer.weights
        if layer.bias is not None:
            (parameters if network.update_biases else constants)[names.bias(k)] = layer.bias
        if kind:
            units = layer.weights.shape[1]
            parameters |= {f"gamma_{k}": np.ones(units), f"beta_{k}": np.zeros(units)}
    loss = [(line.name, line.source) for line in LayerDerivation(network, names).loss()]
    forward = ForwardPass(
        (*_equations(network, names, kinds), *loss),
        {"X": network.inputs, "labelY": network.labels},
        constants,
        parameters,
    )
    nothing = np.zeros((network.samples, 0))
    return replace(network, layers=(), inputs=nothing, labels=nothing, loss="", l2=0.0, forward=forward)


def _equations(network: Network, names: Names, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    for k, (layer, kind) in enumerate(zip(network.layers, kinds), 1):
        net = names.net(k)
        bias = "" if layer.bias is None else f" + {names.bias(k)}"
        yield net, f"{names.out(k - 1)} @ {names.weights(k)}{bias}"
        if kind:
            yield f"mean_{k}", f"mean({net}, {_AXES[kind]})"
            yield f"var_{k}", f"mean(({net} - mean_{k})**2, {_AXES[kind]})"
            yield f"hat_{k}", f"({net} - mean_{k}) / sqrt(var_{k} + {_EPSILON})"
            yield f"norm_{k}", f"gamma_{k} * hat_{k} + beta_{k}"
            net = f"norm_{k}"
        yield names.out(k), f"{layer.activation}({net})"
