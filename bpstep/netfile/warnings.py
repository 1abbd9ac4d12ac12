"""What can be computed and can hardly be meant: a sentence for each, and no error."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array, Network
from bpstep.netfile import messages
from bpstep.program.program import Program, RoleKind
from bpstep.text import fill

_SUM_TOLERANCE = 1e-6
"""Labels may be probabilities that were rounded where they were printed."""


def data_warnings(network: Network) -> tuple[str, ...]:
    """A sentence for each way in which the loss, the last activation and the labels do not fit."""
    return tuple(_data_warnings(network))


def _data_warnings(network: Network) -> Iterator[str]:
    loss, activation = LOSSES[network.loss], network.layers[-1].activation
    low, high = ACTIVATIONS[activation].low, ACTIVATIONS[activation].high
    values = _values_text(low, high)
    if activation == "softmax" and network.sizes[-1] == 1:
        yield fill(messages.SINGLE_SOFTMAX)
    if low < loss.low or high > loss.high:
        template = messages.LOSS_DOMAIN_FROM if loss.high == inf else messages.LOSS_DOMAIN_RANGE
        slots = {"loss": network.loss, "low": loss.low, "high": loss.high}
        yield fill(template, activation=activation, values=values, **slots)
    labels = network.labels
    if loss.low != -inf:
        yield from _probability_warnings(network.loss, labels)


def _probability_warnings(loss: str, labels: Array) -> Iterator[str]:
    """What a cross entropy says of labels that are no probabilities."""
    outside = _first((labels < 0) | (labels > 1))
    if outside is not None:
        slots = {"row": outside[0], "column": outside[1], "value": float(labels[outside])}
        yield fill(messages.LABELS_OUTSIDE, loss=loss, **slots)
    elif loss == "cross_entropy":
        totals = labels.sum(axis=1)
        wrong = _first(np.abs(totals - 1) > _SUM_TOLERANCE)
        if wrong is not None:
            yield fill(messages.LABEL_ROW_SUM, loss=loss, row=wrong[0], total=float(totals[wrong]))
    else:
        between = _first((labels != 0) & (labels != 1))
        if between is not None:
            slots = {"row": between[0], "column": between[1], "value": float(labels[between])}
            yield fill(messages.BINARY_LABELS, **slots)


def slope_warnings(network: Network, program: Program) -> tuple[str, ...]:
    """A sentence for each activation that `[program]` replaces while its slope stays the old one.

    A puzzle's network gets them too where it is read as a file; as a puzzle its warnings are dropped.
    """
    replaced = {
        step.role.layer: step
        for step in program.steps
        if step.role.kind == RoleKind.ACTIVATION and step.name in program.replaced
    }
    slopes = (step for step in program.steps if step.role.layer in replaced)
    sentences = []
    for step in slopes:
        if step.role.kind == RoleKind.FACTOR_ACTIVATION and step.name not in program.replaced:
            layer = network.layers[step.role.layer - 1]
            slots = {"name": replaced[step.role.layer].name, "activation": layer.activation}
            sentences.append(fill(messages.SLOPE_STAYS, factor=step.name, **slots))
    return tuple(sentences)


def layout_warnings(network: Network) -> tuple[str, ...]:
    """A sentence where every matrix of weights would fit as well the other way round."""
    matrices = [layer.weights for layer in network.layers]
    square = all(matrix.shape[0] == matrix.shape[1] for matrix in matrices)
    if not square or all(np.array_equal(matrix, matrix.T) for matrix in matrices):
        return ()
    return (fill(messages.SQUARE_WEIGHTS),)


def _first(found: np.ndarray) -> tuple[int, ...] | None:
    """The index of the first true cell; None where there is none."""
    cells = np.argwhere(found)
    return tuple(int(at) for at in cells[0]) if len(cells) else None


def _values_text(low: float, high: float) -> str:
    if low == -inf and high == inf:
        return fill(messages.ANY_NUMBER)
    if high == inf:
        return fill(messages.NUMBERS_FROM, low=low)
    return fill(messages.NUMBERS_RANGE, low=low, high=high)
