"""A network of fully connected layers as equations: its data, forward pass, loss and updates.

The backward pass is written by the subclasses of `LayerDerivation`: `mlp_matrix` has the matrix form,
`mlp_rowwise` the article's form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.model.losses import LOSSES
from bpstep.model.network import Network
from bpstep.model.optimizers import OPTIMIZERS, SCHEDULES, optimizer_with
from bpstep.program.diagram import Diagram, DiagramLayer, LayoutKind, TensorLayout
from bpstep.program.names import Names, delta_name
from bpstep.program.program import EquationDraft, Phase, Role, RoleKind

PENALTY = "penalty"
"""The tensor of the penalty on weights in the loss."""


class LayerDerivation:
    """The equations of fully connected layers; a subclass adds those of the backward pass."""

    def __init__(self, network: Network, names: Names) -> None:
        self.network = network
        self.names = names
        self.depth = names.depth
        self.optimizer = optimizer_with(network.optimizer, network.optimizer_options)

    def data_shape(self, samples: int, width: int) -> tuple[int, ...]:
        """The shape of X or labelY for this many samples."""
        return (samples, width)

    def data(self) -> tuple[Any, Any]:
        """X and labelY of a usual batch."""
        count = self.network.batch_sizes[0]
        return self.network.inputs[:count], self.network.labels[:count]

    def has_bias(self, k: int) -> bool:
        """True where layer k adds a bias."""
        return self.network.layers[k - 1].bias is not None

    def learns_bias(self, k: int) -> bool:
        """True if the bias of layer k is updated; a held one has no equation."""
        return self.network.update_biases and self.has_bias(k)

    def initial(self) -> dict[str, Any]:
        """Every tensor present before the first step, in the order in which they are listed."""
        inputs, labels = self.data()
        start: dict[str, Any] = {
            "X": inputs,
            "labelY": labels,
            "learning_rate": np.float64(self.network.learning_rate),
        }
        start |= {name: np.float64(value) for name, value in self.network.constants.items()}
        for k, layer in enumerate(self.network.layers, 1):
            start[self.names.weights(k)] = layer.weights
            if layer.bias is not None:
                start[self.names.bias(k)] = layer.bias
        if counts_updates(self.network):
            start["t"] = np.float64(0)
        for parameter in self.gradients():
            for slot, _ in self.optimizer.slots:
                start[slot.format(p=parameter)] = np.zeros_like(start[parameter])
        return start

    def layouts(self) -> dict[str, TensorLayout]:
        """The layouts of the initial tensors."""
        found = {"X": TensorLayout(LayoutKind.NODE, 0), "labelY": TensorLayout(LayoutKind.LABEL, self.depth)}
        found |= {
            name: TensorLayout(LayoutKind.NONE) for name in ("learning_rate", "t", *self.network.constants)
        }
        for k in range(1, self.depth + 1):
            found[self.names.weights(k)] = TensorLayout(LayoutKind.EDGE, k)
            found[self.names.bias(k)] = TensorLayout(LayoutKind.BIAS, k)
        return found

    def diagram(self, layouts: Mapping[str, TensorLayout]) -> Diagram:
        """The diagram: the inputs, and each layer with its net input and its output."""
        sizes = self.network.sizes
        layers = [DiagramLayer(self.names.out(0), sizes[0], parts=(self.names.out(0),))]
        for k in range(1, self.depth + 1):
            net, out = self.names.net(k), self.names.out(k)
            layers.append(DiagramLayer(out, sizes[k], self.names.weights(k), net, (net, out)))
        return Diagram(tuple(layers), "E", "labelY", layouts, ("E",))

    def weights(self) -> list[str]:
        """The weights and biases of all layers, including held ones."""
        found = []
        for k in range(1, self.depth + 1):
            found += [self.names.weights(k)] + [self.names.bias(k)] * self.has_bias(k)
        return found

    def gradients(self) -> dict[str, tuple[str, ...]]:
        """For each parameter that is updated, the equations that give its gradient."""
        found: dict[str, tuple[str, ...]] = {}
        for k in range(1, self.depth + 1):
            found[self.names.weights(k)] = self.weight_gradients(k)
            if self.learns_bias(k):
                found[self.names.bias(k)] = (delta_name(self.names.bias(k)),)
        return found

    def weight_gradients(self, k: int) -> tuple[str, ...]:
        """The equations that give the gradient of the weights of layer k."""
        return (delta_name(self.names.weights(k)),)

    def equations(self) -> Iterator[EquationDraft]:
        """The equations of an iteration, in order."""
        raise NotImplementedError

    def batch_shapes(self, samples: int) -> dict[str, tuple[int, ...]]:
        """The shapes of the data for this many samples."""
        sizes = self.network.sizes
        ends = {"X": sizes[0], "labelY": sizes[-1]}
        return {name: self.data_shape(samples, width) for name, width in ends.items()}

    def forward(self) -> Iterator[EquationDraft]:
        """The forward phase, layer by layer."""
        for k, layer in enumerate(self.network.layers, 1):
            net, out = self.names.net(k), self.names.out(k)
            bias = f" + {self.names.bias(k)}" if self.has_bias(k) else ""
            source = f"{self.names.out(k - 1)} @ {self.names.weights(k)}{bias}"
            yield EquationDraft(
                net, source, Phase.FORWARD, Role(RoleKind.NET, k, by=net), TensorLayout(LayoutKind.NODE, k)
            )
            yield EquationDraft(
                out,
                f"{layer.activation}({net})",
                Phase.FORWARD,
                Role(RoleKind.ACTIVATION, k, by=out),
                TensorLayout(LayoutKind.NODE, k),
            )

    def divisor(self, reduction: str) -> str:
        """The division by the number of samples, to append to a text; empty if the reduction is the sum."""
        sizes = self.network.batch_sizes
        if reduction == "sum" or sizes == (1,):
            return ""
        # The last batch of an epoch may be smaller, so a fixed number would only be right for the others.
        return f" / {sizes[0]}" if len(sizes) == 1 else " / sum(ones_like(labelY[:, 0]))"

    def loss(self) -> Iterator[EquationDraft]:
        """E, after the penalty on weights."""
        value = LOSSES[self.network.loss].value + self.divisor(self.network.reduction)
        if self.network.l2:
            squares = [f"sum({self.names.weights(k)}**2)" for k in range(1, self.depth + 1)]
            total = squares[0] if len(squares) == 1 else f"({' + '.join(squares)})"
            role = Role(RoleKind.VALUE, by=PENALTY)
            source = f"l2 / 2 * {total}{self.divisor(self.network.l2_reduction)}"
            yield EquationDraft(PENALTY, source, Phase.LOSS, role, TensorLayout(LayoutKind.NONE))
            value += f" + {PENALTY}"
        role = Role(RoleKind.LOSS, self.depth, by="E")
        yield EquationDraft("E", value, Phase.LOSS, role, TensorLayout(LayoutKind.LOSS, self.depth))

    def update(self, k: int, first: bool) -> Iterator[EquationDraft]:
        """The updates of layer k, weights then bias, each after the optimiser's slots.

        The `first` updates of an iteration follow the count of updates, if there is one.
        """
        if first:
            yield from count_equation(self.network)
        parameters = [self.names.weights(k)] + [self.names.bias(k)] * self.learns_bias(k)
        for parameter in parameters:
            layout = (
                TensorLayout(LayoutKind.EDGE, k)
                if parameter == self.names.weights(k)
                else TensorLayout(LayoutKind.BIAS, k)
            )
            gradient = self.gradient_text(k, parameter)
            for name, source in self.optimizer.slots:
                slot = name.format(p=parameter)
                text = source.format(p=parameter, g=gradient)
                yield EquationDraft(slot, text, Phase.UPDATE, Role(RoleKind.SLOT, k, by=parameter), layout)
            text = self.optimizer.update.format(p=parameter, g=gradient)
            yield EquationDraft(parameter, text, Phase.UPDATE, Role(RoleKind.UPDATE, k, by=parameter), layout)

    def gradient_text(self, k: int, parameter: str) -> str:
        """The gradient of a parameter in its shape, as in the update."""
        return delta_name(parameter)


def counts_updates(network: Network) -> bool:
    """True if the optimiser, the learning rate or the forward pass reads `t`, the number of updates."""
    reads = network.forward is not None and network.forward.counts
    return reads or OPTIMIZERS[network.optimizer].counts or network.schedule is not None


def count_equation(network: Network) -> Iterator[EquationDraft]:
    """The equation of `t`, if there is one."""
    if counts_updates(network):
        yield _number("t", "t + 1", RoleKind.COUNT)


def next_rate(network: Network) -> Iterator[EquationDraft]:
    """The equation of the learning rate, if it changes: after the updates, for the next iteration."""
    if network.schedule is not None:
        yield _number("learning_rate", SCHEDULES[network.schedule.kind].rate, RoleKind.RATE)


def _number(name: str, source: str, kind: RoleKind) -> EquationDraft:
    return EquationDraft(name, source, Phase.UPDATE, Role(kind, by=name), TensorLayout(LayoutKind.NONE))


def apply_derivative(derivative: str, net: str) -> str:
    """The derivative of an activation, an expression in `x`, at the tensor `net`."""
    return re.sub(r"\bx\b", net, derivative)
