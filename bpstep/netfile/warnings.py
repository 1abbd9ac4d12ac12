"""What can be computed and can hardly be meant: a sentence for each, and no error."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Network
from bpstep.model.problems import data_problems
from bpstep.netfile import messages
from bpstep.program.program import Program, RoleKind
from bpstep.text import fill


def data_warnings(network: Network) -> tuple[str, ...]:
    """A sentence for each way in which the loss, the last activation and the labels do not fit."""
    problems = (problem.sentence for problem in data_problems(network, network.labels))
    return (*problems, *_domain_warnings(network), *_binary_warnings(network))


def _domain_warnings(network: Network) -> Iterator[str]:
    loss, activation = LOSSES[network.loss], network.layers[-1].activation
    low, high = ACTIVATIONS[activation].low, ACTIVATIONS[activation].high
    if low < loss.low or high > loss.high:
        template = messages.LOSS_DOMAIN_FROM if loss.high == inf else messages.LOSS_DOMAIN_RANGE
        slots = {"loss": network.loss, "low": loss.low, "high": loss.high}
        yield fill(template, activation=activation, values=_values_text(low, high), **slots)


def _binary_warnings(network: Network) -> Iterator[str]:
    """That labels are probabilities where each is usually of one class or of the other."""
    labels = network.labels
    if network.loss != "binary_cross_entropy" or np.any((labels < 0) | (labels > 1)):
        return
    between = np.argwhere((labels != 0) & (labels != 1))
    if len(between):
        row, column = map(int, between[0])
        yield fill(messages.BINARY_LABELS, row=row, column=column, value=float(labels[row, column]))


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


def _values_text(low: float, high: float) -> str:
    if low == -inf and high == inf:
        return fill(messages.ANY_NUMBER)
    if high == inf:
        return fill(messages.NUMBERS_FROM, low=low)
    return fill(messages.NUMBERS_RANGE, low=low, high=high)
