"""Networks made in a line, and the bits of a moment."""

import numpy as np

from bpstep.model.network import Layer, Network
from bpstep.model.optimizers import OPTIMIZERS


def network(sizes=(2, 3, 1), activation="tanh", *, last=None, samples=4, bias=True, seed=0, **given):
    """A network with drawn weights and data. `last` is the last layer's activation, `bias` False for none."""
    random = np.random.default_rng(seed)
    names = [activation] * (len(sizes) - 2) + [last or activation]
    layers = tuple(
        Layer(random.normal(0, 0.7, (before, after)), random.normal(0, 0.3, after) if bias else None, name)
        for before, after, name in zip(sizes, sizes[1:], names)
    )
    inputs = random.normal(0, 1, (samples, sizes[0]))
    labels = random.uniform(0.1, 0.9, (samples, sizes[-1]))
    given = {"name": "made", "learning_rate": 0.1, "loss": "half_squared_error", **given}
    return with_options(Network(layers=layers, inputs=inputs, labels=labels, seed=seed, **given))


def with_options(made):
    """The same network with its optimiser's default constants."""
    defaults = dict(OPTIMIZERS[made.optimizer].options)
    made.optimizer_options.update({**defaults, **made.optimizer_options})
    return made


def article(**given):
    """The article's network, typed here once more."""
    layers = (
        Layer(np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]), np.array([0.1, 0.2, 0.3]), "sigmoid"),
        Layer(np.array([[0.1], [0.2], [0.3]]), np.array([0.1]), "sigmoid"),
    )
    given = {"update_biases": False, "derivation": "rows", **given}
    return Network(
        name="article",
        layers=layers,
        inputs=np.array([[0.4, 0.5]]),
        labels=np.array([[1.0]]),
        learning_rate=0.01,
        loss="half_squared_error",
        **given,
    )


def mazur(**given):
    """Matt Mazur's network."""
    layers = (
        Layer(np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([0.35, 0.35]), "sigmoid"),
        Layer(np.array([[0.40, 0.50], [0.45, 0.55]]), np.array([0.60, 0.60]), "sigmoid"),
    )
    return Network(
        name="mazur",
        layers=layers,
        inputs=np.array([[0.05, 0.10]]),
        labels=np.array([[0.01, 0.99]]),
        learning_rate=0.5,
        loss="half_squared_error",
        update_biases=False,
        **given,
    )


def bits(tensors):
    """Shape and bytes of every tensor: equal only if every bit is."""
    return {name: (np.shape(value), np.asarray(value).tobytes()) for name, value in tensors.items()}


def differing(one, other):
    """The names of the tensors whose bits differ or that only one has; empty where all agree."""
    left, right = bits(one), bits(other)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
