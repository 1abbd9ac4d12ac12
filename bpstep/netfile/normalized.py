"""Layers with normalisation or dropout: the forward pass that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bpstep.frozen import frozen
from bpstep.model.network import RUNNING, Array, ForwardPass, Network, RunningValue
from bpstep.program.mlp import LayerDerivation
from bpstep.program.names import Names

_EPSILON = "normalization_epsilon"

_AXES = {"batch": "axis=0", "layer": "axis=-1, keepdims=True"}
"""Whether the mean is over the samples or over the units."""


@frozen
class LayerOptions:
    """What a layer has besides weights, bias and activation."""

    normalization: str = ""
    """`batch` or `layer`; empty for none."""
    dropout: float = 0.0
    """The share of the outputs that is dropped during training."""

    def __bool__(self) -> bool:
        return bool(self.normalization or self.dropout)


def by_forward_pass(network: Network, options: Sequence[LayerOptions]) -> Network:
    """The same network by its forward pass, with the normalisation and dropout of each layer."""
    names = Names(len(network.layers))
    parameters: dict[str, Array] = {}
    constants: dict[str, Array] = {}
    running: dict[str, RunningValue] = {}
    if any(each.normalization for each in options):
        constants[_EPSILON] = np.float64(1e-5)  # type: ignore[assignment]
    if network.l2:
        constants["l2"] = np.float64(network.l2)  # type: ignore[assignment]
    for k, (layer, each) in enumerate(zip(network.layers, options), 1):
        parameters[names.weights(k)] = layer.weights
        if layer.bias is not None:
            (parameters if network.update_biases else constants)[names.bias(k)] = layer.bias
        if each.normalization:
            units = layer.weights.shape[1]
            parameters |= {f"gamma_{k}": np.ones(units), f"beta_{k}": np.zeros(units)}
        if each.normalization == "batch" and network.held_out is not None:
            start = np.zeros(units), np.ones(units)
            running |= running_values(f"mean_{k}", f"var_{k}", names.net(k), start)
        if each.dropout:
            constants[f"dropout_{k}"] = np.float64(each.dropout)  # type: ignore[assignment]
    loss = [(line.name, line.source) for line in LayerDerivation(network, names).loss()]
    forward = ForwardPass(
        (*_equations(network, names, options), *loss),
        {"X": network.inputs, "labelY": network.labels},
        constants,
        parameters,
        running,
    )
    nothing = np.zeros((network.samples, 0))
    tests = network.held_out and replace(network.held_out, loss=network.loss)
    return replace(
        network,
        layers=(),
        inputs=nothing,
        labels=nothing,
        loss="",
        l2=0.0,
        l2_reduction=Network.l2_reduction,
        forward=forward,
        held_out=tests,
    )


def running_values(
    mean: str, variance: str, net: str, start: tuple[Array, Array], share: float = 0.1, places: int = 0
) -> dict[str, RunningValue]:
    """The statistics that normalise test samples: mean and variance over the batches, as in
    torch.nn.BatchNorm1d.

    The variance that is averaged is the unbiased one, the sum of squares divided by m - 1. `share` is the new
    batch's weight in a running value: PyTorch's momentum. `places` is how many spatial axes follow the
    channels.
    """
    count, kept = f"size({net}, 0)", 1 - share
    if places:
        count = f"({' * '.join(f'size({net}, {axis})' for axis in (0, *range(2, 2 + places)))})"
    return {
        RUNNING + mean: RunningValue(start[0], f"{kept!r} * {RUNNING}{mean} + {share!r} * {mean}"),
        RUNNING + variance: RunningValue(
            start[1],
            f"{kept!r} * {RUNNING}{variance} + {share!r} * {variance} * {count} / ({count} - 1)",
        ),
    }


def _equations(network: Network, names: Names, options: Sequence[LayerOptions]) -> Iterator[tuple[str, str]]:
    before = names.out(0)
    for k, (layer, each) in enumerate(zip(network.layers, options), 1):
        net, out, kind = names.net(k), names.out(k), each.normalization
        bias = "" if layer.bias is None else f" + {names.bias(k)}"
        yield net, f"{before} @ {names.weights(k)}{bias}"
        if kind:
            yield f"mean_{k}", f"mean({net}, {_AXES[kind]})"
            yield f"var_{k}", f"mean(({net} - mean_{k})**2, {_AXES[kind]})"
            yield f"hat_{k}", f"({net} - mean_{k}) / sqrt(var_{k} + {_EPSILON})"
            yield f"norm_{k}", f"gamma_{k} * hat_{k} + beta_{k}"
            net = f"norm_{k}"
        yield out, f"{layer.activation}({net})"
        before = out
        if each.dropout:
            rows, units = f"arange(size({out}, 0))[:, None]", f"arange({layer.weights.shape[1]})"
            yield f"noise_{k}", f"uniform({network.seed}, {k}, t, {rows}, {units})"
            yield f"mask_{k}", f"where(noise_{k} < dropout_{k}, 0, 1 / (1 - dropout_{k}))"
            yield f"drop_{k}", f"{out} * mask_{k}"
            before = f"drop_{k}"
