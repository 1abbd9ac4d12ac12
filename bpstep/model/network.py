"""A network as plain data: layers, samples and choices, as a network file gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bpstep.frozen import frozen
from bpstep.lang.cells import matches_digits, matches_printed
from bpstep.model.optimizers import Schedule
from bpstep.text import fill_plural

_EQUATIONS_ONE = "{count} equation"
_EQUATIONS_MANY = "{count} equations"

DERIVATIONS = ("matrix", "rows")

OLDER_GENERATOR = "RandomState"
"""NumPy's generator of random numbers before the present one, as a file names it."""


Array = NDArray[np.float64]


@frozen
class Layer:
    """One layer: units that each weigh what comes in, add a bias and apply the activation."""

    weights: Array
    """Initial weights, shape (inputs, units)."""
    bias: Array | None
    """Initial bias, shape (units,); None where the layer has no bias."""
    activation: str
    """A name in `ACTIVATIONS`; "softmax" on the last layer only."""


@frozen
class PublishedValue:
    """A published value: tensor or cell `name`, e.g. "V[0,1]", at position `at`.

    It is printed with so many `decimals`, or with so many significant `digits`; the other is None.
    """

    at: str
    name: str
    value: float
    decimals: int | None
    source: str = ""
    line: int | None = None
    digits: int | None = None

    def matches(self, value: float | None) -> bool:
        """True where a computed number is the published one, as exactly as that is printed."""
        if self.decimals is not None:
            return matches_printed(value, self.value, self.decimals)
        return matches_digits(value, self.value, self.digits or 1)

    def format(self, value: float, more: int = 0) -> str:
        """A number printed as the published one is, with `more` digits."""
        if self.decimals is not None:
            return f"{value:.{self.decimals + more}f}"
        # With the zeros at its end: they are printed, too. But no point where nothing follows it.
        return f"{value:#.{(self.digits or 1) + more}g}".replace(".e", "e").removesuffix(".")


@frozen
class HeldOut:
    """Samples that are not trained on."""

    inputs: Array
    """Shape (samples, inputs)."""
    labels: Array
    """Shape (samples, outputs)."""
    loss: str = ""
    """The loss that they are judged by, where the network is given by its forward pass."""


RUNNING = "running_"
"""What the name of a running value begins with; the tensor that it is of follows."""


@frozen
class RunningValue:
    """What is carried from batch to batch, to stand for a number of the whole batch in test samples."""

    start: Array
    """Its value before the first iteration."""
    next: str
    """The right-hand side of its equation in the update phase."""


@frozen
class ForwardPass:
    """A network that is given by the equations of its forward pass.

    Arrays of whole numbers are int64 and may index; all others are float64.
    """

    equations: tuple[tuple[str, str], ...]
    """(name, right-hand side) in order; the last is the loss."""
    data: Mapping[str, Array]
    """All samples: one row a sample in each."""
    constants: Mapping[str, Array]
    """What is neither drawn nor learned."""
    parameters: Mapping[str, Array]
    """Initial values of what is learned."""
    running: Mapping[str, RunningValue] = field(default_factory=dict)
    """Running values, each by its name: RUNNING and the tensor that it stands for."""

    @property
    def counts(self) -> bool:
        """True where an equation reads `t`, the number of iterations done."""
        given = (self.data, self.constants, self.parameters, dict(self.equations))
        return not any("t" in names for names in given) and any(
            re.search(r"\bt\b", source) for _, source in self.equations
        )


@frozen
class ScriptText:
    """The text of the script that a network was read from."""

    file: str
    """The file's name, as it stands before line numbers."""
    lines: tuple[str, ...]
    raw: str = ""
    """The whole file, of a notebook its code cells alone."""
    folder: Path | None = None
    """Where its files are; None where it came without them."""
    loop: int | None = None
    """The line of the loop that was asked for; None for the first that trains."""
    read: tuple[Path, ...] = ()
    """Files and folders that it may read besides those of its own folder."""
    loss: str = ""
    """The loss that was asked for, by its name; empty where it is to be found."""
    imported: tuple[tuple[str, str], ...] = ()
    """The files of its folder that it imports: the path of each in the folder, and its whole text."""
    replaced: tuple[tuple[int, int, str, str], ...] = ()
    """Lines that a person replaced: the first, how many, what stands there instead, and the imported file;
    empty for the script's own."""
    changed: frozenset[tuple[str, int]] = frozenset()
    """The lines that are others than in the files: the imported file, empty for the script's own, and the
    number."""
    cells: tuple[tuple[int, int], ...] = ()
    """Of a notebook: the number of each code cell, and the line before its first."""
    modules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The imported files that equations come from: the path and the lines of each."""


@frozen
class Network:
    """A network file's content, checked: shapes agree and every number is finite.

    Arrays are float64 with their rows one after the other in memory, as NumPy makes them by itself.
    """

    name: str
    """The built-in's name, or the file's name without its ending."""
    layers: tuple[Layer, ...]
    """None where `forward` gives the network."""
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
    schedule: Schedule | None = None
    """How the learning rate falls; None where it stays."""
    l2: float = 0.0
    """The loss has half of this for each squared weight added; 0 where it has not."""
    l2_reduction: str = "sum"
    """`mean` where what l2 adds is divided by the samples of the batch."""
    update_biases: bool = True
    update_order: str = "after"
    derivation: str = "matrix"
    batch_size: int = 0
    shuffle: bool = False
    shuffle_seed: int | None = None
    """The seed of NumPy's older generator, where that draws the orders, each from the one before."""
    seed: int = 0
    program: Mapping[str, str] = field(default_factory=dict)
    """Right-hand sides that replace the derived ones, by the equation's name."""
    published_values: tuple[PublishedValue, ...] = ()
    warnings: tuple[str, ...] = ()
    """What can be computed and can hardly be meant, a sentence each."""
    path: Path | None = None
    """The file it was read from."""
    puzzle: bool = False
    """True for a puzzle: the person has to find which equation `program` replaces."""
    input_names: tuple[str, ...] = ()
    """What the columns of the inputs are called; empty for x1, x2 …"""
    label_names: tuple[str, ...] = ()
    """What the columns of the labels are called; empty for y, or y1, y2 …"""
    held_out: HeldOut | None = None
    """Samples to test it on; None where there are none."""
    forward: ForwardPass | None = None
    """The equations in place of layers; `inputs` and `labels` then have no columns."""
    script: ScriptText | None = None
    """The script that trains it, where it is a person's own."""
    script_samples: tuple[Array, Array] | None = None
    """All samples of a script and what they should give, a row for each, where an iteration takes a part."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, the inputs first: (2, 3, 1)."""
        return (self.inputs.shape[1], *(layer.weights.shape[1] for layer in self.layers))

    @property
    def size_text(self) -> str:
        """The units of every layer, 2-3-1; without layers how many equations its forward pass has."""
        if self.forward is None:
            return "-".join(map(str, self.sizes))
        return fill_plural(len(self.forward.equations), _EQUATIONS_ONE, _EQUATIONS_MANY)

    @property
    def data(self) -> Mapping[str, Array]:
        """All samples by the tensor that holds them: one row a sample in each."""
        return {"X": self.inputs, "labelY": self.labels} if self.forward is None else self.forward.data

    @property
    def constants(self) -> Mapping[str, float]:
        """The numbers that the updates read: options of the optimiser, of the schedule, and l2."""
        found = dict(self.optimizer_options)
        if self.schedule is not None:
            found |= self.schedule.tensors(self.learning_rate)
        if self.l2:
            found["l2"] = self.l2
        return found

    @property
    def samples(self) -> int:
        """How many samples the data has; one where there is no data."""
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
