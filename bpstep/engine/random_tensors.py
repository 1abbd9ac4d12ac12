"""Random parameters and data, on which two equations are compared.

In a network's own numbers, zeros and symmetries can hide a mistake; in random ones they don't.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bpstep.model.network import Array, Network
from bpstep.program.program import Program


def random_parameters(random: np.random.Generator, program: Program) -> dict[str, Any]:
    """Random weights and biases, including those that are held.

    The optimiser's memory is left out: it starts at zeros.
    """
    return {
        name: random.uniform(-1, 1, program.shapes[name]) * _scale(program.shapes[name])
        for name in program.weights
    }


def random_data(
    random: np.random.Generator, network: Network, program: Program, count: int
) -> dict[str, Any]:
    """Random data of `count` samples, of the same kind as the network's."""
    if network.forward is not None:
        return {name: _random_like(random, value, count) for name, value in network.data.items()}
    drawn = {
        "X": random.normal(0, 1, (count, network.sizes[0])),
        "labelY": _random_labels(random, network, count),
    }
    single = len(program.shapes["X"]) == 1
    return {name: value[0] if single else value for name, value in drawn.items()}


def _random_like(random: np.random.Generator, value: Array, count: int) -> Array:
    """Rows of the data themselves if they are whole numbers or bits, else numbers of about the same size.

    Numbers that are all 0, such as a first state, would hide every mistake in their factors.
    """
    if value.dtype.kind == "f" and not value.any():
        return random.uniform(0, 1, (count, *value.shape[1:]))
    if value.dtype.kind == "i" or np.isin(value, (0, 1)).all():
        return value[random.integers(0, len(value), count)]
    drawn: Array = np.mean(value) + np.std(value) * random.normal(0, 1, (count, *value.shape[1:]))
    return drawn


def _scale(shape: tuple[int, ...]) -> float:
    """A scale of the weights at which the net inputs of wide layers do not saturate an activation."""
    return min(1.0, math.sqrt(3 / shape[0])) if len(shape) > 1 else 1.0


def _random_labels(random: np.random.Generator, network: Network, count: int) -> Any:
    """Classes where the labels are classes, bits where they are bits, else numbers between 0 and 1.

    After a softmax each row sums to 1, as labels there should.
    """
    labels, outputs = network.labels, network.sizes[-1]
    softmax = network.layers[-1].activation == "softmax"
    if np.isin(labels, (0, 1)).all():
        if softmax or (outputs > 1 and (labels.sum(axis=-1) == 1).all()):
            return np.eye(outputs)[random.integers(0, outputs, count)]
        return random.integers(0, 2, (count, outputs)).astype(float)
    drawn = random.uniform(0.05, 0.95, (count, outputs))
    return drawn / drawn.sum(axis=-1, keepdims=True) if softmax else drawn
