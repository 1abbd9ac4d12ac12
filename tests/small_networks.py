"""Small networks, made in place, for tests that are about what is done with them."""

from typing import Any

import numpy as np

from bpstep.model.network import Layer, Network


def network(*activations: str, sizes: tuple[int, ...] = (3, 4, 2), samples: int = 5, **more: Any) -> Network:
    """A network with weights and data from a seed; one activation per layer, sigmoid by default."""
    generator = np.random.default_rng(7)
    activations = activations or ("sigmoid",) * (len(sizes) - 1)
    layers = tuple(
        Layer(generator.normal(size=(before, units)), generator.normal(size=units), activation)
        for before, units, activation in zip(sizes, sizes[1:], activations)
    )
    inputs = generator.normal(size=(samples, sizes[0]))
    labels = generator.uniform(0.1, 0.9, size=(samples, sizes[-1]))
    given = {"name": "small", "learning_rate": 0.1, "loss": "half_squared_error", **more}
    return Network(layers=layers, inputs=inputs, labels=labels, **given)


OPTIONS = {
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9},
    "rmsprop": {"alpha": 0.99, "epsilon": 1e-8},
    "adagrad": {"epsilon": 1e-10},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
