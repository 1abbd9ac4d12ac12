"""The named numerics: activations, losses and optimisers, as rows of source text.

Every row is written in the language of equations (see `language`), so that what is computed, what is
shown and what is exported come from one text. `x` stands for the tensor that an activation is applied to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DERIVATIONS = ("matrix", "rows")


Array = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One layer: units that each weigh what comes in, add a bias and apply the activation."""

    weights: Array
    """Initial weights, shape (inputs, units)."""
    bias: Array | None
    """Initial bias, shape (units,); None where the layer has no bias."""
    activation: str
    """A name of `maths.ACTIVATIONS`; "softmax" on the last layer only."""


@dataclass(frozen=True)
class PublishedValue:
    """A published value: tensor or cell `name`, e.g. "V[0,1]", at position `at`, to `decimals`."""

    at: str
    name: str
    value: float
    decimals: int
    source: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Network:
    """A network file's content, checked: shapes agree and every number is finite.

    Arrays are float64 with their rows one after the other in memory, as NumPy makes them by itself.
    """

    name: str
    """The built-in's name, or the file's name without its ending."""
    layers: tuple[Layer, ...]
    inputs: Array
    """All samples, shape (samples, inputs)."""
    labels: Array
    """All targets, shape (samples, outputs)."""
    learning_rate: float
    loss: str
    title: str = ""
    reduction: str = "sum"
    optimizer: str = "sgd"
    optimizer_options: Mapping[str, float] = field(default_factory=dict)
    """Every option of the optimiser, defaults filled in."""
    update_biases: bool = True
    update_order: str = "after"
    derivation: str = "matrix"
    batch_size: int = 0
    shuffle: bool = False
    seed: int = 0
    program: Mapping[str, str] = field(default_factory=dict)
    """Right-hand sides that replace the derived ones, by the equation's name."""
    published_values: tuple[PublishedValue, ...] = ()
    warnings: tuple[str, ...] = ()
    """Things a person should know that are no errors, a sentence each."""
    path: Path | None = None
    """The file it was read from."""
    puzzle: bool = False
    """True for a riddle: which equation `program` replaces is the person's to find, and nothing tells it."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, the inputs first: (2, 3, 1)."""
        return (self.inputs.shape[1], *(layer.weights.shape[1] for layer in self.layers))

    @property
    def samples(self) -> int:
        """How many samples the data has."""
        return int(self.inputs.shape[0])

    @property
    def batches_per_epoch(self) -> int:
        """How many iterations make an epoch."""
        return -(-self.samples // self.batch_size) if self.batch_size else 1

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The different numbers of samples an iteration may have, the usual one first."""
        size = self.batch_size or self.samples
        last = self.samples - (self.batches_per_epoch - 1) * size
        return (size,) if last == size else (size, last)
