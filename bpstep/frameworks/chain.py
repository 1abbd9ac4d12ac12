"""A model as a chain of operations, independent of its library, and the corresponding network file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.frameworks import messages
from bpstep.frozen import frozen
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array
from bpstep.netfile.normalized import running_values
from bpstep.program.mlp import PENALTY
from bpstep.text import fill

WEIGHT, BIAS = "weight", "bias"
"""PyTorch's names of a module's two parameters."""

Held = frozenset[str]
"""The parameters of a module, WEIGHT and BIAS, that are frozen."""


@frozen
class Linear:
    """Weights of shape (inputs, units), and a bias or None."""

    weights: Array
    bias: Array | None
    held: Held = frozenset()


@frozen
class ActivationLayer:
    """An elementwise function, or softmax."""

    name: str


@frozen
class Formula:
    """An elementwise function, as an equation of the language: {x} is the number."""

    source: str
    constants: Mapping[str, float] = field(default_factory=dict)
    """The values of the other slots, by the names of their constants."""
    result: str = "H"
    """The name of the result, without its number."""


@frozen
class Normalization:
    """Normalisation by mean and variance over an axis, or by given ones, then scale and shift."""

    axis: int
    """0: over the samples; -1: over the units."""
    epsilon: float
    scale: Array | None
    shift: Array | None
    mean: Array | None = None
    variance: Array | None = None
    places: int = 0
    """Over the samples: how many spatial axes follow the channel axis."""
    running: tuple[Array, Array] | None = None
    """The mean and variance that test samples are normalised by, if each batch updates them."""
    share: float | None = 0.0
    """The weight of the new batch in them; None for the average over all batches."""
    held: Held = frozenset()


@frozen
class Embedding:
    """A table with a row for each whole number."""

    table: Array
    held: Held = frozenset()
    padding: int | None = None
    """The number whose row is zeros and stays zeros."""


@frozen
class Flatten:
    """Joins all axes but the first into one of this length."""

    count: int


@frozen
class Convolution:
    """Kernels of shape (channels out, channels in, lengths), moved over the spatial axes; a bias for each or
    None.
    """

    kernels: Array
    bias: Array | None
    strides: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    """How many zeros pad each end of each spatial axis."""
    held: Held = frozenset()
    steps: tuple[int, ...] = ()
    """The distance between the places of a kernel on each spatial axis, PyTorch's dilation; empty for 1."""

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of the windows that the kernels see."""
        sizes = self.kernels.shape[2:]
        return tuple((size - 1) * step + 1 for size, step in zip(sizes, self.steps or (1,) * len(sizes)))


@frozen
class Pool:
    """The maximum or the mean of each window."""

    lengths: tuple[int, ...]
    strides: tuple[int, ...]
    kind: str
    """`max` or `mean`: a function of the language, and of NumPy."""
    padding: tuple[int, ...]
    """How many places pad both ends of each spatial axis: zeros for a mean, never the maximum."""

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        """The padding before and after each axis."""
        return ((0, 0), (0, 0), *((width, width) for width in self.padding))


LOWEST = -1e100
"""The padding of windows for a maximum: no number in a network is lower."""


@frozen
class Dropout:
    """Drops this share of the numbers and scales the others so that the mean stays the same."""

    part: float
    whole_channels: bool = False
    """True to drop all spatial places of a channel together."""


ChainLayer = (
    Linear | ActivationLayer | Formula | Normalization | Embedding | Flatten | Convolution | Pool | Dropout
)

LOG_SOFTMAX = "log_softmax"
"""The logarithm of softmax, only at the end of a chain: cross entropy takes logarithms itself."""

_OUTPUT_OF_LOSS = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}
"""The activation that some losses of the libraries include."""


_PROBABILITIES = {"cross_entropy": ("softmax",), "binary_cross_entropy": ("sigmoid", "softmax")}
"""The activations whose results these losses of PyTorch take as probabilities, in BCELoss and NLLLoss; the
losses on logits take any others.
"""


def with_output(chain: Sequence[ChainLayer], loss: str, on_logits: bool) -> list[ChainLayer]:
    """The chain, with the activation that a loss on logits includes added at the end if it is missing.

    `on_logits` says that losses take whatever is not a probability as logits, as PyTorch's do.
    """
    if any(isinstance(operation, ActivationLayer) and operation.name == LOG_SOFTMAX for operation in chain):
        if loss != "cross_entropy" or chain[-1] != ActivationLayer(LOG_SOFTMAX):
            raise BpstepError(fill(messages.LOG_SOFTMAX))
        return [*chain[:-1], ActivationLayer("softmax")]
    last = _OUTPUT_OF_LOSS.get(loss)
    ends = not chain or isinstance(chain[-1], ActivationLayer)
    if on_logits and chain and isinstance(chain[-1], ActivationLayer):
        ends = chain[-1].name in _PROBABILITIES.get(loss, ())
    return [*chain] if last is None or ends else [*chain, ActivationLayer(last)]


def as_layers(chain: Sequence[ChainLayer]) -> list[dict[str, Any]] | None:
    """The `[[layers]]` of a network file; None if the chain has other operations."""
    layers: list[dict[str, Any]] = []
    open_layer = False
    for operation in chain:
        if isinstance(operation, Linear) and not operation.held:
            bias = False if operation.bias is None else operation.bias.tolist()
            weights = operation.weights.tolist()
            layers.append({"weights": weights, "bias": bias, "activation": "identity"})
            open_layer = True
        elif isinstance(operation, ActivationLayer) and open_layer and operation.name in ACTIVATIONS:
            layers[-1]["activation"] = operation.name
            open_layer = False
        else:
            return None
    hidden = [layer["activation"] for layer in layers[:-1]]
    return layers if layers and "softmax" not in hidden else None


@frozen
class Training:
    """How a chain is trained: its loss, and the options of a network file that its equations depend on."""

    loss: str
    reduction: str
    batch_sizes: tuple[int, ...]
    """The usual size first, then that of a smaller last batch."""
    seed: int = 0
    """That of dropout."""
    l2: float = 0.0
    l2_reduction: str = "sum"
    is_tested: bool = False
    """True if there are test samples: running statistics are carried for them."""


class ForwardText:
    """The equations of a chain, with the tensors that they read."""

    def __init__(
        self, chain: Sequence[ChainLayer], shapes: Sequence[tuple[int, ...]], training: Training
    ) -> None:
        """`shapes` are those of a sample before each operation."""
        self.lines: list[str] = []
        self.parameters: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self.running: dict[str, Any] = {}
        self._is_tested = training.is_tested
        self._penalized: list[str] = []
        self._layer = 0
        self._seed = training.seed
        name = "X"
        for at, (operation, shape) in enumerate(zip(chain, shapes), 1):
            name = self._add(operation, name, "Y" if at == len(chain) else "", shape)
        sizes = training.batch_sizes
        count = str(sizes[0]) if len(sizes) == 1 else "sum(ones_like(labelY[:, 0]))"
        value = LOSSES[training.loss].value + f" / {count}" * (training.reduction == "mean")
        if training.l2 and self._penalized:
            self.constants["l2"] = training.l2
            total = " + ".join(f"sum({name}**2)" for name in self._penalized)
            total = f"({total})" if len(self._penalized) > 1 else total
            self._line(PENALTY, f"l2 / 2 * {total}" + f" / {count}" * (training.l2_reduction == "mean"))
            value += f" + {PENALTY}"
        self._line("E", value)

    def _add(self, operation: ChainLayer, before: str, last: str, shape: tuple[int, ...]) -> str:
        """Add the lines of an operation on the tensor `before`; return the tensor of the result."""
        if isinstance(operation, Linear):
            return self._linear(operation, before, last)
        if isinstance(operation, ActivationLayer):
            return self._line(last or self._free("H"), f"{operation.name}({before})")
        if isinstance(operation, Formula):
            constants = {key: self._constant(key, value) for key, value in operation.constants.items()}
            source = operation.source.format(x=before, **constants)
            return self._line(last or self._free(operation.result), source)
        if isinstance(operation, Normalization):
            return self._normalization(operation, before, last)
        if isinstance(operation, Embedding):
            table = self._parameter("C", operation.table, WEIGHT in operation.held)
            source = f"{table}[{before}]"
            if operation.padding is not None:
                # The row stays zeros: it gets no gradient.
                all_axes = ":, " * (len(shape) + 1)
                source = f"where(({before} == {operation.padding})[{all_axes}None], 0, {source})"
            return self._line(last or self._free("embedded"), source)
        if isinstance(operation, Convolution):
            return self._convolution(operation, before, last)
        if isinstance(operation, Pool):
            before = self._padded(operation, before)
            taken = _windows(before, operation.lengths, operation.strides)
            axes = tuple(range(-len(operation.lengths), 0))
            return self._line(last or self._free("pooled"), f"{operation.kind}({taken}, axis={_axes(axes)})")
        if isinstance(operation, Dropout):
            return self._dropout(operation, before, last, shape)
        return self._line(last or self._free("flat"), f"{before}.reshape(-1, {operation.count})")

    def _padded(self, operation: Pool, before: str) -> str:
        """The tensor from which the windows of a pooling are taken."""
        if not any(operation.padding):
            return before
        source = f"pad({before}, {operation.widths})"
        if operation.kind == "max":
            inside = self._line(self._free("inside"), f"pad(ones_like({before}), {operation.widths})")
            source = f"where({inside} > 0, {source}, {self._constant('lowest', LOWEST)})"
        return self._line(self._free("padded"), source)

    def _linear(self, operation: Linear, before: str, last: str) -> str:
        self._layer += 1
        weights = self._parameter(f"W{self._layer}", operation.weights, WEIGHT in operation.held)
        self._penalized.append(weights)
        source = f"{before} @ {weights}"
        if operation.bias is not None:
            source += f" + {self._parameter(f'B{self._layer}', operation.bias, BIAS in operation.held)}"
        return self._line(last or f"net_{self._layer}", source)

    def _normalization(self, operation: Normalization, before: str, last: str) -> str:
        over, places = "axis=-1, keepdims=True", operation.places
        if operation.axis == 0:
            over = f"axis={(0, *range(2, 2 + places))}, keepdims=True" if places else "axis=0"
        epsilon = self._constant("epsilon", operation.epsilon)
        if operation.mean is None:
            mean = self._line(self._free("mean"), f"mean({before}, {over})")
            variance = self._line(self._free("var"), f"mean(({before} - {mean})**2, {over})")
            if self._is_tested and operation.running is not None:
                if operation.share is None:
                    raise BpstepError(fill(messages.AVERAGE_OF_BATCHES))
                shape = (1, -1, *(1,) * places) if places else (-1,)
                first, second = (each.reshape(shape) for each in operation.running)
                share = operation.share
                found = running_values(mean, variance, before, (first, second), share, places)
                for name, carried in found.items():
                    self.running[name] = {"start": carried.start.tolist(), "next": carried.next}
        else:
            mean = _for_channels(self._constant("running_mean", operation.mean), places)
            variance = _for_channels(self._constant("running_var", operation.variance), places)
        plain = operation.scale is None and operation.shift is None
        name = (last if plain else "") or self._free("hat")
        name = self._line(name, f"({before} - {mean}) / sqrt({variance} + {epsilon})")
        if plain:
            return name
        source = name
        if operation.scale is not None:
            gamma = self._parameter("gamma", operation.scale, WEIGHT in operation.held)
            source = f"{_for_channels(gamma, places)} * {name}"
        if operation.shift is not None:
            beta = self._parameter("beta", operation.shift, BIAS in operation.held)
            source += f" + {_for_channels(beta, places)}"
        return self._line(last or self._free("norm"), source)

    def _convolution(self, operation: Convolution, before: str, last: str) -> str:
        self._layer += 1
        kernels = self._parameter(f"K{self._layer}", operation.kernels, WEIGHT in operation.held)
        self._penalized.append(kernels)
        if any(map(any, operation.padding)):
            widths = ((0, 0), (0, 0), *operation.padding)
            before = self._line(self._free("padded"), f"pad({before}, {widths})")
        lengths = operation.lengths
        places, within = "yx"[-len(lengths) :], "ij"[-len(lengths) :]
        indices = f"nc{places}{within},oc{within}->no{places}"
        taken = _windows(before, lengths, operation.strides, operation.steps)
        source = f'einsum("{indices}", {taken}, {kernels})'
        if operation.bias is not None:
            bias = self._parameter(f"B{self._layer}", operation.bias, BIAS in operation.held)
            source += f" + {_for_channels(bias, len(lengths))}"
        return self._line(last or f"net_{self._layer}", source)

    def _dropout(self, operation: Dropout, before: str, last: str, shape: tuple[int, ...]) -> str:
        part, noise = self._constant("dropout", operation.part), self._free("noise")
        counts = [f"size({before}, 0)", *map(str, shape)]
        counts = counts[:2] if operation.whole_channels else counts
        places = [
            f"arange({count})" + ("[:" + ", None" * (len(shape) - axis) + "]") * (axis < len(shape))
            for axis, count in enumerate(counts)
        ]
        # A layer's number separates its random numbers from those of other layers.
        self._line(noise, f"uniform({self._seed}, {noise.rpartition('_')[2]}, t, {', '.join(places)})")
        mask = self._line(self._free("mask"), f"where({noise} < {part}, 0, 1 / (1 - {part}))")
        return self._line(last or self._free("drop"), f"{before} * {mask}")

    def _line(self, name: str, source: str) -> str:
        self.lines.append(f"{name} = {source}")
        return name

    def _parameter(self, name: str, value: Array, held: bool) -> str:
        """The name of an array, held constant or trained."""
        if not name[-1].isdigit():
            name = self._free(name)
        (self.constants if held else self.parameters)[name] = value.tolist()
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
        """The name with the first number that makes it unused."""
        taken = {
            *self.parameters,
            *self.constants,
            *self.running,
            *(line.partition(" ")[0] for line in self.lines),
        }
        k = 1
        while f"{name}_{k}" in taken:
            k += 1
        return f"{name}_{k}"


def _windows(
    before: str, lengths: tuple[int, ...], strides: tuple[int, ...], steps: tuple[int, ...] = ()
) -> str:
    """The windows over the spatial axes, with their stride and dilation."""
    axes = tuple(range(2, 2 + len(lengths)))
    source = f"windows({before}, {_axes(lengths)}, axis={_axes(axes)})"
    within = range(2 + len(lengths), 2 + 2 * len(lengths))
    for axis, stride in zip((*axes, *within), (*strides, *steps)):
        source += f"[{':, ' * axis}::{stride}]" * (stride > 1)
    return source


def _axes(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else str(numbers)


def _for_channels(name: str, places: int) -> str:
    """A number for each channel, with spatial axes of length 1 after it."""
    return f"{name}[:{', None' * places}]" if places else name
