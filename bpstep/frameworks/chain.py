"""A model as a chain of operations, whatever library it is from, and the network file that it amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bpstep.frozen import frozen
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array


@frozen
class Linear:
    """Weights, shape (inputs, units), and a bias or none."""

    weights: Array
    bias: Array | None


@frozen
class Activation:
    """A function of each number, or softmax."""

    name: str


@frozen
class Normalization:
    """Mean and variance over an axis, or those that are given, and what scales and shifts the result."""

    axis: int
    """0: over the samples; -1: over the units."""
    epsilon: float
    scale: Array | None
    shift: Array | None
    mean: Array | None = None
    variance: Array | None = None


@frozen
class Embedding:
    """A row of a table for each whole number."""

    table: Array


@frozen
class Flatten:
    """All but the first axis become one, of so many numbers."""

    count: int


Operation = Linear | Activation | Normalization | Embedding | Flatten

_OUTPUT_OF_LOSS = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}
"""The activation that the losses of the libraries have within them."""


def with_output(chain: Sequence[Operation], loss: str) -> list[Operation]:
    """The chain, with the activation that a loss of logits has within it where there is none at the end."""
    last = _OUTPUT_OF_LOSS.get(loss)
    ends = not chain or isinstance(chain[-1], Activation)
    return [*chain] if last is None or ends else [*chain, Activation(last)]


def as_layers(chain: Sequence[Operation]) -> list[dict[str, Any]] | None:
    """The `[[layers]]` of a network file; None where the chain is more than layers."""
    layers: list[dict[str, Any]] = []
    open_layer = False
    for operation in chain:
        if isinstance(operation, Linear):
            bias = False if operation.bias is None else operation.bias.tolist()
            weights = operation.weights.tolist()
            layers.append({"weights": weights, "bias": bias, "activation": "identity"})
            open_layer = True
        elif isinstance(operation, Activation) and open_layer:
            layers[-1]["activation"] = operation.name
            open_layer = False
        else:
            return None
    hidden = [layer["activation"] for layer in layers[:-1]]
    return layers if layers and "softmax" not in hidden else None


class ForwardText:
    """The equations of a chain, with the tensors that they read."""

    def __init__(self, chain: Sequence[Operation], loss: str, reduction: str, batches: Sequence[int]) -> None:
        self.lines: list[str] = []
        self.parameters: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self._depth = sum(isinstance(operation, Linear) for operation in chain)
        self._layer = 0
        name = "X"
        for at, operation in enumerate(chain, 1):
            name = self._add(operation, name, "Y" if at == len(chain) else "")
        value = LOSSES[loss].value
        if reduction == "mean":
            value += f" / {batches[0]}" if len(batches) == 1 else " / sum(ones_like(labelY[:, 0]))"
        self.lines.append(f"E = {value}")

    def _add(self, operation: Operation, before: str, last: str) -> str:
        """The lines of an operation of the tensor `before`; gives the tensor that holds the result."""
        if isinstance(operation, Linear):
            return self._linear(operation, before, last)
        if isinstance(operation, Activation):
            return self._line(last or self._free("H"), f"{operation.name}({before})")
        if isinstance(operation, Normalization):
            return self._normalization(operation, before, last)
        if isinstance(operation, Embedding):
            table = self._parameter("C", operation.table)
            return self._line(last or self._free("embedded"), f"{table}[{before}]")
        return self._line(last or self._free("flat"), f"{before}.reshape(-1, {operation.count})")

    def _linear(self, operation: Linear, before: str, last: str) -> str:
        self._layer += 1
        weights = self._parameter(f"W{self._layer}", operation.weights)
        source = f"{before} @ {weights}"
        if operation.bias is not None:
            source += f" + {self._parameter(f'B{self._layer}', operation.bias)}"
        return self._line(last or f"net_{self._layer}", source)

    def _normalization(self, operation: Normalization, before: str, last: str) -> str:
        over = "axis=0" if operation.axis == 0 else "axis=-1, keepdims=True"
        epsilon = self._constant("epsilon", operation.epsilon)
        if operation.mean is None:
            mean = self._line(self._free("mean"), f"mean({before}, {over})")
            variance = self._line(self._free("var"), f"mean(({before} - {mean})**2, {over})")
        else:
            mean = self._constant("running_mean", operation.mean)
            variance = self._constant("running_var", operation.variance)
        plain = operation.scale is None and operation.shift is None
        name = (last if plain else "") or self._free("hat")
        name = self._line(name, f"({before} - {mean}) / sqrt({variance} + {epsilon})")
        if plain:
            return name
        source = name
        if operation.scale is not None:
            source = f"{self._parameter('gamma', operation.scale)} * {name}"
        if operation.shift is not None:
            source += f" + {self._parameter('beta', operation.shift)}"
        return self._line(last or self._free("norm"), source)

    def _line(self, name: str, source: str) -> str:
        self.lines.append(f"{name} = {source}")
        return name

    def _parameter(self, name: str, value: Array) -> str:
        name = name if name not in self.parameters and name[-1].isdigit() else self._free(name)
        self.parameters[name] = value.tolist()
        return name

    def _constant(self, name: str, value: Any) -> str:
        listed = np.asarray(value).tolist()
        for known, other in self.constants.items():
            if known.startswith(name) and other == listed:
                return known
        name = self._free(name)
        self.constants[name] = listed
        return name

    def _free(self, name: str) -> str:
        """The name with the first number that no tensor has."""
        taken = {*self.parameters, *self.constants, *(line.partition(" ")[0] for line in self.lines)}
        k = 1
        while f"{name}_{k}" in taken:
            k += 1
        return f"{name}_{k}"
