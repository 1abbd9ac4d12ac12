"""Labels and outputs that are probably not meant: E is computed, and its gradients agree with it.

Network files warn about them when they are read, and the gradient check names them beside its verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bpstep.frozen import frozen
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model import messages
from bpstep.model.network import Array, Network
from bpstep.text import fill, fill_plural

SUM_TOLERANCE = 1e-6
"""Labels may be probabilities that were rounded for printing."""


@frozen
class DataProblem:
    """A mismatch between the loss, the last activation and the labels."""

    sentence: str
    learns_nothing: bool = False
    """True if E is the same for all weights."""


def data_problems(
    network: Network, labels: Array, samples: Sequence[int] | None = None
) -> tuple[DataProblem, ...]:
    """The problems of labels, shape (samples, outputs), for a network that is given by its layers.

    `samples` are the numbers of the rows among all samples; None if `labels` are those of all.
    """
    return tuple(_data_problems(network, labels, range(len(labels)) if samples is None else samples))


def _data_problems(network: Network, labels: Array, samples: Sequence[int]) -> Iterator[DataProblem]:
    if network.layers[-1].activation == "softmax" and network.sizes[-1] == 1:
        yield DataProblem(fill(messages.SINGLE_SOFTMAX), learns_nothing=True)
    last = network.layers[-1].activation
    reached = ACTIVATIONS[last]
    of_probabilities = network.loss in ("cross_entropy", "binary_cross_entropy")
    low, high = (0, 1) if of_probabilities else (reached.low, reached.high)
    outside = (labels < low) | (labels > high)
    if outside.any():
        row, column = map(int, np.argwhere(outside)[0])
        slots = {"row": samples[row], "column": column, "value": float(labels[row, column])}
        if of_probabilities:
            yield DataProblem(fill(messages.LABELS_OUTSIDE, loss=network.loss, **slots))
        else:
            template = messages.LABELS_OUT_OF_REACH if math.isfinite(high) else messages.LABELS_TOO_LOW
            yield DataProblem(fill(template, activation=last, low=low, high=high, **slots))
    if network.loss == "cross_entropy":
        yield from _wrong_sums(network, labels, samples, outside.any(axis=1))


def _wrong_sums(
    network: Network, labels: Array, samples: Sequence[int], excluded: Any
) -> Iterator[DataProblem]:
    """The rows that do not sum to 1, without those that are `excluded` for another reason."""
    with np.errstate(over="ignore"):  # the sum of the largest numbers is infinite, and wrong as well
        totals = labels.sum(axis=1)
    wrong = np.flatnonzero((np.abs(totals - 1) > SUM_TOLERANCE) & ~excluded)
    if len(wrong):
        one, many = messages.LABEL_ROW_SUM, messages.LABEL_ROW_SUMS
        slots = {"row": samples[wrong[0]], "total": float(totals[wrong[0]])}
        yield DataProblem(fill_plural(len(wrong), one, many, loss=network.loss, **slots))
