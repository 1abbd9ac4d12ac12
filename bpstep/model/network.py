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

_EQUATIONS_ONE = "{count} forward equation"
_EQUATIONS_MANY = "{count} forward equations"

DERIVATIONS = ("matrix", "rows")

OLDER_GENERATOR = "RandomState"
"""The network file's name for NumPy's legacy random generator."""


Array = NDArray[np.float64]


@frozen
class Layer:
    """One layer: each unit weighs its inputs, adds a bias and applies the activation."""

    weights: Array
    """Initial weights, shape (inputs, units)."""
    bias: Array | None
    """Initial bias, shape (units,); None if the layer has no bias."""
    activation: str
    """A name in `ACTIVATIONS`; "softmax" on the last layer only."""


@frozen
class PublishedValue:
    """A published value: tensor or cell `name`, e.g. "V[0,1]", at position `at`.

    It is printed with `decimals`, or with significant `digits`; the other is None.
    """

    at: str
    name: str
    value: float
    decimals: int | None
    source: str = ""
    line: int | None = None
    digits: int | None = None

    def matches(self, value: float | None) -> bool:
        """True if a computed number equals the published one to its printed digits."""
        if self.decimals is not None:
            return matches_printed(value, self.value, self.decimals)
        return matches_digits(value, self.value, self.digits or 1)

    def format(self, value: float, more: int = 0) -> str:
        """A number printed in the form of the published one, with `more` digits."""
        if self.decimals is not None:
            return f"{value:.{self.decimals + more}f}"
        # With trailing zeros, because they are printed too, but without a trailing point.
        return f"{value:#.{(self.digits or 1) + more}g}".replace(".e", "e").removesuffix(".")


@frozen
class HeldOut:
    """Samples for testing only."""

    inputs: Array
    """Shape (samples, inputs)."""
    labels: Array
    """Shape (samples, outputs)."""
    loss: str = ""
    """Their loss, if the network is given by its forward pass."""


RUNNING = "running_"
"""The prefix of a running value's name; the name of its tensor follows."""


@frozen
class RunningValue:
    """A value carried from batch to batch, which replaces a statistic of the batch for test samples."""

    start: Array
    """Its value before the first iteration."""
    next: str
    """The right-hand side of its equation in the update phase."""


@frozen
class ForwardPass:
    """A network that is given by the equations of its forward pass.

    Arrays of whole numbers are int64 and may be indices; all others are float64.
    """

    equations: tuple[tuple[str, str], ...]
    """(name, right-hand side) in order; the last is the loss."""
    data: Mapping[str, Array]
    """All samples: one row per sample in each array."""
    constants: Mapping[str, Array]
    """Arrays that are neither sampled nor trained."""
    parameters: Mapping[str, Array]
    """Initial values of the trained arrays."""
    running: Mapping[str, RunningValue] = field(default_factory=dict)
    """Running values, each named RUNNING and its tensor."""

    @property
    def counts(self) -> bool:
        """True if an equation reads `t`, the number of iterations done."""
        given = (self.data, self.constants, self.parameters, dict(self.equations))
        return not any("t" in names for names in given) and any(
            re.search(r"\bt\b", source) for _, source in self.equations
        )


@frozen
class LoopChoice:
    """Which loop of a script to take."""

    line: int | None = None
    """Counted through all cells of a notebook; None for the first that trains."""
    file: str = ""
    """The imported file with the line, as a path in the script's folder; empty for the script's own."""
    has_updates: bool = True
    """False if a loop that trains nothing will do where none trains: only its forward lines are read."""


FIRST_LOOP = LoopChoice()
"""The first loop that trains."""


@frozen
class ScriptText:
    """The text of the script that a network was read from."""

    file: str
    """The file's name, as printed before line numbers."""
    lines: tuple[str, ...]
    raw: str = ""
    """The whole file; of a notebook only its code cells."""
    folder: Path | None = None
    """The folder of its files; None if it came without them."""
    loop: LoopChoice = FIRST_LOOP
    read: tuple[Path, ...] = ()
    """Files and folders that it may read besides its own folder."""
    loss: str = ""
    """The name of the requested loss; empty to find it."""
    imported: tuple[tuple[str, str], ...] = ()
    """The files of its folder that it imports: the path of each within the folder, and its whole text."""
    replaced: tuple[tuple[int, int, str, str], ...] = ()
    """Lines that a person replaced: the first, how many, the new text, and the imported file; empty for the
    script's own.
    """
    changed: frozenset[tuple[str, int]] = frozenset()
    """The lines that differ from the files: the imported file, empty for the script's own, and the number."""
    cells: tuple[tuple[int, int], ...] = ()
    """For a notebook: the number of each code cell, and the line before its first."""
    modules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The imported files that equations come from: the path and the lines of each."""


@frozen
class Network:
    """A network file's content, checked: shapes agree and every number is finite.

    Arrays are float64 in row-major order, NumPy's default.
    """

    name: str
    """The built-in's name, or the file's name without its ending."""
    layers: tuple[Layer, ...]
    """None if `forward` gives the network."""
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
    """Every option of the optimiser, including defaults."""
    schedule: Schedule | None = None
    """The schedule of the learning rate; None if it is constant."""
    l2: float = 0.0
    """The loss includes half of this times the sum of squared weights; 0 for none."""
    l2_reduction: str = "sum"
    """`mean` if the l2 term is divided by the number of samples in the batch."""
    update_biases: bool = True
    update_order: str = "after"
    derivation: str = "matrix"
    batch_size: int = 0
    shuffle: bool = False
    shuffle_seed: int | None = None
    """The seed of NumPy's legacy generator, if that draws the orders, each from the one before."""
    seed: int = 0
    program: Mapping[str, str] = field(default_factory=dict)
    """Right-hand sides that replace the derived ones, by the equation's name."""
    published_values: tuple[PublishedValue, ...] = ()
    warnings: tuple[str, ...] = ()
    """Settings that are valid but probably not meant, a sentence each."""
    path: Path | None = None
    """The file it was read from."""
    puzzle: bool = False
    """True for a puzzle: the person has to find which equation `program` replaces."""
    input_names: tuple[str, ...] = ()
    """The names of the input columns; empty for x1, x2 …"""
    label_names: tuple[str, ...] = ()
    """The names of the label columns; empty for y, or y1, y2 …"""
    held_out: HeldOut | None = None
    """Samples to test it on; None if there are none."""
    forward: ForwardPass | None = None
    """The equations that replace layers; `inputs` and `labels` then have no columns."""
    script: ScriptText | None = None
    """The script that trains it, if it is a person's own."""
    script_samples: tuple[Array, Array] | None = None
    """All samples of a script and their targets, a row each, if an iteration uses only some."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of units of every layer, the inputs first: (2, 3, 1)."""
        return (self.inputs.shape[1], *(layer.weights.shape[1] for layer in self.layers))

    @property
    def size_text(self) -> str:
        """The units of every layer, 2-3-1; without layers, the number of equations in its forward pass."""
        if self.forward is None:
            return "-".join(map(str, self.sizes))
        return fill_plural(len(self.forward.equations), _EQUATIONS_ONE, _EQUATIONS_MANY)

    @property
    def data(self) -> Mapping[str, Array]:
        """All samples by their tensor: one row per sample in each."""
        return {"X": self.inputs, "labelY": self.labels} if self.forward is None else self.forward.data

    @property
    def constants(self) -> Mapping[str, float]:
        """The numbers that the equations read besides the rate: options of the optimiser and the schedule,
        and l2.
        """
        found = dict(self.optimizer_options)
        if self.schedule is not None:
            found |= self.schedule.tensors(self.learning_rate)
        if self.l2:
            found["l2"] = self.l2
        return found

    @property
    def samples(self) -> int:
        """How many samples the data have; one if there are no data."""
        return int(self.inputs.shape[0])

    @property
    def batches_per_epoch(self) -> int:
        """How many iterations make an epoch."""
        return -(-self.samples // self.batch_size) if self.batch_size else 1

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The different batch sizes that occur, the usual one first."""
        size = self.batch_size or self.samples
        last = self.samples - (self.batches_per_epoch - 1) * size
        return (size,) if last == size else (size, last)
