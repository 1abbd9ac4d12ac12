"""Labels and outputs that can't be meant: E is computed, and its gradients agree, but nothing is learned."""

from __future__ import annotations

import numpy as np

from bpstep.gradcheck import messages
from bpstep.lang.cells import cell_name
from bpstep.model.network import Array, Network
from bpstep.program.program import Tensors
from bpstep.text import fill, fill_plural

_SUM_TOLERANCE = 1e-6


def data_problems(network: Network, tensors: Tensors) -> tuple[tuple[str, ...], bool]:
    """A sentence for each problem, and whether one of them makes the loss constant."""
    if network.forward is not None:
        return (), False
    labels = np.atleast_2d(tensors["labelY"])
    if network.loss == "binary_cross_entropy":
        return _out_of_range(network, labels), False
    if network.loss != "cross_entropy":
        return (), False
    softmax = network.layers[-1].activation == "softmax"
    if softmax and network.sizes[-1] == 1:
        return (fill(messages.SINGLE_SOFTMAX),), True
    return (*_out_of_range(network, labels), *(_wrong_sums(labels) if softmax else ())), False


def _out_of_range(network: Network, labels: Array) -> tuple[str, ...]:
    outside = np.argwhere((labels < 0) | (labels > 1))
    if not len(outside):
        return ()
    index = tuple(map(int, outside[0]))
    cell = cell_name("labelY", index)
    return (fill(messages.LABEL_RANGE, cell=cell, value=f"{labels[index]:g}", loss=network.loss),)


def _wrong_sums(labels: Array) -> tuple[str, ...]:
    sums = labels.sum(axis=-1)
    wrong = np.flatnonzero(np.abs(sums - 1) > _SUM_TOLERANCE)
    if not len(wrong):
        return ()
    row = int(wrong[0])
    return (fill_plural(len(wrong), messages.LABEL_SUM, messages.LABEL_SUMS, row=row, sum=f"{sums[row]:g}"),)
