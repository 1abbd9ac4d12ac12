"""Networks of fully connected layers by chance: every depth, activation, loss and optimiser among them."""

import hashlib
import random

import numpy as np

from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Layer, Network
from bpstep.model.optimizers import OPTIMIZERS

GROUPS, SIZE = 40, 50

FROZEN_OPTIMIZERS = [name for name in OPTIMIZERS if name != "adamw"]
"""Those that there were when the equations were frozen: what is drawn depends on how many there are."""


def drawn(rng):
    """A network; its numbers do not matter."""
    depth = rng.choice([1, 1, 2, 2, 2, 3, 4, 5, 8])
    sizes = [rng.choice([1, 2, 3, 4, 5]) for _ in range(depth + 1)]
    samples = rng.choice([1, 2, 3, 4, 5, 7, 9])
    inner = [name for name in ACTIVATIONS if name != "softmax"]
    layers = []
    for k in range(depth):
        activation = rng.choice(inner if k < depth - 1 else list(ACTIVATIONS))
        bias = None if rng.random() < 0.3 else np.zeros(sizes[k + 1])
        layers.append(Layer(np.ones((sizes[k], sizes[k + 1])), bias, activation))
    optimizer = rng.choice(FROZEN_OPTIMIZERS)
    return Network(
        "by chance",
        tuple(layers),
        np.ones((samples, sizes[0])),
        np.ones((samples, sizes[-1])),
        0.1,
        rng.choice(list(LOSSES)),
        reduction=rng.choice(["sum", "mean"]),
        optimizer=optimizer,
        optimizer_options=dict(OPTIMIZERS[optimizer].options),
        update_biases=rng.random() < 0.6,
        update_order=rng.choice(["after", "immediate"]),
        batch_size=rng.choice([0, 0, *range(1, samples + 1)]),
    )


def group(number):
    """A group of networks, the same each time."""
    rng = random.Random(number)
    return [drawn(rng) for _ in range(SIZE)]


def description(equations):
    """Everything that a derivation says of each equation, a line each."""
    return "\n".join(
        f"{e.name} = {e.source} | {e.phase} | {e.role.kind} {e.role.layer} {e.role.of} {e.role.by}"
        f" | {e.layout.kind} {e.layout.layer} {e.layout.transposed}"
        for e in equations
    )


def digest(texts):
    """A short hash of many lines."""
    return hashlib.sha256("\n\n".join(texts).encode()).hexdigest()[:16]
