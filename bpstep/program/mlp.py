"""The usual derivation: tensors are (samples, units), a gradient has its parameter's shape."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from bpstep.lang.macros import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Network
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.program.diagram import Home
from bpstep.program.names import Names
from bpstep.program.program import Outline, Role


class Matrix:
    """Tensors are (samples, units), a gradient has its parameter's shape."""

    def __init__(self, network: Network, names: Names) -> None:
        self.net = network
        self.names = names
        self.depth = names.depth
        self.optimizer = OPTIMIZERS[network.optimizer]

    def data_shape(self, samples: int, width: int) -> tuple[int, ...]:
        """The shape of X or labelY with so many samples."""
        return (samples, width)

    def data(self) -> tuple[Any, Any]:
        """X and labelY of a usual batch."""
        count = self.net.batch_sizes[0]
        return self.net.inputs[:count], self.net.labels[:count]

    def has_bias(self, k: int) -> bool:
        """True where layer k adds a bias."""
        return self.net.layers[k - 1].bias is not None

    def learns_bias(self, k: int) -> bool:
        """True where the bias of layer k is updated; a held one has no equation."""
        return self.net.update_biases and self.has_bias(k)

    def initial(self) -> dict[str, Any]:
        """Every tensor present before the first step, in the order in which they are listed."""
        inputs, labels = self.data()
        start: dict[str, Any] = {
            "X": inputs,
            "labelY": labels,
            "learning_rate": np.float64(self.net.learning_rate),
        }
        start |= {name: np.float64(value) for name, value in self.net.optimizer_options.items()}
        for k, layer in enumerate(self.net.layers, 1):
            start[self.names.weights(k)] = layer.weights
            if layer.bias is not None:
                start[self.names.bias(k)] = layer.bias
        if self.optimizer.counts:
            start["t"] = np.float64(0)
        for parameter in self.gradients():
            for slot, _ in self.optimizer.slots:
                start[slot.format(p=parameter)] = np.zeros_like(start[parameter])
        return start

    def homes(self) -> dict[str, Home]:
        """Where the tensors live that are there from the start."""
        found = {"X": Home("node", 0), "labelY": Home("label", self.depth)}
        found |= {name: Home("none") for name in ("learning_rate", "t", *self.net.optimizer_options)}
        for k in range(1, self.depth + 1):
            found[self.names.weights(k)] = Home("edge", k)
            found[self.names.bias(k)] = Home("bias", k)
        return found

    def gradients(self) -> dict[str, tuple[str, ...]]:
        """For each parameter that is updated, the equations that give its gradient."""
        found: dict[str, tuple[str, ...]] = {}
        for k in range(1, self.depth + 1):
            found[self.names.weights(k)] = self.weight_gradients(k)
            if self.learns_bias(k):
                found[self.names.bias(k)] = (self.names.delta(self.names.bias(k)),)
        return found

    def weight_gradients(self, k: int) -> tuple[str, ...]:
        """The equations that give the gradient of the weights of layer k."""
        return (self.names.delta(self.names.weights(k)),)

    def outlines(self) -> Iterator[Outline]:
        """The equations of an iteration, in order."""
        yield from self.forward()
        yield from self.loss()
        updates: list[Outline] = []
        for k in range(self.depth, 0, -1):
            yield from self.gradient_of(k)
            if self.net.update_order == "immediate":
                yield from self.update(k, first=k == self.depth)
            else:
                updates += self.update(k, first=k == self.depth)
            if k > 1:
                yield from self.into_layer_before(k)
        yield from updates

    def forward(self) -> Iterator[Outline]:
        """The forward phase, layer by layer."""
        for k, layer in enumerate(self.net.layers, 1):
            net, out = self.names.net(k), self.names.out(k)
            bias = f" + {self.names.bias(k)}" if self.has_bias(k) else ""
            source = f"{self.names.out(k - 1)} @ {self.names.weights(k)}{bias}"
            yield Outline(net, source, "forward", Role("net", k, by=net), Home("node", k))
            yield Outline(
                out, f"{layer.activation}({net})", "forward", Role("activation", k, by=out), Home("node", k)
            )

    def per_sample(self) -> str:
        """What a sum over the samples is divided by where the reduction is the mean."""
        sizes = self.net.batch_sizes
        if self.net.reduction == "sum" or sizes == (1,):
            return ""
        # The last batch of an epoch may be smaller, so that a number would be right for the others only.
        return f" / {sizes[0]}" if len(sizes) == 1 else " / sum(ones_like(labelY[:, 0]))"

    def loss(self) -> Iterator[Outline]:
        """E, and the gradient that starts the backward phase."""
        row = LOSSES[self.net.loss]
        value = row.value + self.per_sample()
        gradient = row.gradient.format(m=self.net.sizes[-1])
        if self.per_sample():
            gradient = (f"({gradient})" if _is_sum(gradient) else gradient) + self.per_sample()
        yield Outline("E", value, "loss", Role("loss", self.depth, by="E"), Home("loss", self.depth))
        role = Role("delta_output", self.depth, "E", "Y")
        yield Outline("delta_Y", gradient, "backward", role, Home("node", self.depth))

    def gradient_of(self, k: int) -> Iterator[Outline]:
        """From the gradient of layer k's output to those of its parameters."""
        names, net, out = self.names, self.names.net(k), self.names.out(k)
        delta_net, delta_out = names.delta(net), names.delta(out)
        row = ACTIVATIONS[self.net.layers[k - 1].activation]
        if row.derivative:
            factor = names.delta(out, net)
            role = Role("factor_activation", k, out, net)
            yield Outline(factor, at(row.derivative, net), "backward", role, Home("node", k))
            source = f"{delta_out} * {factor}"
        else:
            source = f"{out} * ({delta_out} - sum({delta_out} * {out}, axis=-1, keepdims=True))"
        yield Outline(delta_net, source, "backward", Role("delta_net", k, "E", net), Home("node", k))
        weights, bias = names.weights(k), names.bias(k)
        source = f"{names.out(k - 1)}.T @ {delta_net}"
        role = Role("delta_weights", k, "E", weights)
        yield Outline(names.delta(weights), source, "backward", role, Home("edge", k))
        if self.learns_bias(k):
            role = Role("delta_bias", k, "E", bias)
            yield Outline(names.delta(bias), f"sum({delta_net}, axis=0)", "backward", role, Home("bias", k))

    def into_layer_before(self, k: int) -> Iterator[Outline]:
        """From the gradient of what comes into layer k to that of the layer before."""
        names, net, out = self.names, self.names.net(k), self.names.out(k - 1)
        factor = names.delta(net, out)
        role = Role("factor_input", k, net, out)
        yield Outline(factor, f"{names.weights(k)}.T", "backward", role, Home("edge", k, flipped=True))
        source = f"{names.delta(net)} @ {factor}"
        yield Outline(
            names.delta(out), source, "backward", Role("delta_input", k, "E", out), Home("node", k - 1)
        )

    def update(self, k: int, first: bool) -> Iterator[Outline]:
        """The updates of layer k, weights then bias, each after what its optimiser remembers."""
        if first and self.optimizer.counts:
            yield Outline("t", "t + 1", "update", Role("count", by="t"), Home("none"))
        parameters = [self.names.weights(k)] + [self.names.bias(k)] * self.learns_bias(k)
        for parameter in parameters:
            home = Home("edge", k) if parameter == self.names.weights(k) else Home("bias", k)
            gradient = self.gradient_text(k, parameter)
            for name, source in self.optimizer.slots:
                slot = name.format(p=parameter)
                text = source.format(p=parameter, g=gradient)
                yield Outline(slot, text, "update", Role("slot", k, by=parameter), home)
            text = self.optimizer.update.format(p=parameter, g=gradient)
            yield Outline(parameter, text, "update", Role("update", k, by=parameter), home)

    def gradient_text(self, k: int, parameter: str) -> str:
        """The gradient of a parameter in its shape, as the update writes it."""
        return self.names.delta(parameter)


def at(derivative: str, net: str) -> str:
    """A row of the table of activations, for the tensor `net`."""
    return re.sub(r"\bx\b", net, derivative)


def _is_sum(source: str) -> bool:
    """True where a division after the text would bind to its last term only."""
    depth = 0
    for before, sign in itertools.pairwise(source):
        depth += (before == "(") - (before == ")")
        if depth == 0 and before == " " and sign in "+-":
            return True
    return False
