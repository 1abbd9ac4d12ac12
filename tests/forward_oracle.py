"""Forward passes in plain NumPy, from the contract's definitions: an oracle that knows no equation of bpstep.

`combinations` lists what the contract lets a network be made of, where the loss is defined for what the last
activation gives.
"""

import itertools

import numpy as np
from make_networks import network


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softmax(x):
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.maximum(x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "softplus": lambda x: np.logaddexp(0, x),
    "silu": lambda x: x * _sigmoid(x),
    "identity": lambda x: x,
    "softmax": _softmax,
}
KINKED = ("relu", "leaky_relu", "elu")

# E of one sample: outputs y, targets t.
LOSSES = {
    "half_squared_error": lambda y, t: np.sum((t - y) ** 2) / 2,
    "squared_error": lambda y, t: np.sum((t - y) ** 2),
    "mean_squared_error": lambda y, t: np.sum((t - y) ** 2) / len(y),
    "binary_cross_entropy": lambda y, t: -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y)),
    "cross_entropy": lambda y, t: -np.sum(t * np.log(y)),
}
LAST = {
    "half_squared_error": tuple(ACTIVATIONS),
    "squared_error": tuple(ACTIVATIONS),
    "mean_squared_error": tuple(ACTIVATIONS),
    "binary_cross_entropy": ("sigmoid", "softmax"),
    "cross_entropy": ("sigmoid", "softmax", "relu", "softplus"),
}
PAIRS = [
    (activation, loss)
    for activation, loss in itertools.product(ACTIVATIONS, LOSSES)
    if activation != "softmax" or "softmax" in LAST[loss]
]
SIZES = {1: (2, 2), 2: (2, 3, 2), 3: (2, 3, 2, 2), 4: (2, 2, 3, 2, 2)}
BATCHES = {
    "one sample": {"samples": 1},
    "all": {"samples": 3},
    "uneven": {"samples": 3, "batch_size": 2},
    "all, mean": {"samples": 3, "reduction": "mean"},
    "uneven, mean": {"samples": 3, "batch_size": 2, "reduction": "mean"},
}


def combinations(activation, loss):
    """(depth, batch, last activation): the last layer has the same activation where the loss allows.

    Each kind of batch, every activation and every loss with all depths, each pair of them with some.
    """
    last = activation if activation in LAST[loss] else "sigmoid"
    first = list(ACTIVATIONS).index(activation) + list(LOSSES).index(loss)
    return [((first + at) % len(SIZES) + 1, batch, last) for at, batch in enumerate(BATCHES)]


def made(activation, loss, depth, batch, last, **given):
    """A network with net inputs away from kinks, and outputs in the domain of the loss."""
    hidden = "tanh" if activation == "softmax" else activation
    given |= {"loss": loss, "learning_rate": 0.05, **BATCHES[batch]}
    for seed in range(200):
        drawn = network(SIZES[depth], hidden, last=last, seed=seed, **given)
        if _is_safe(drawn):
            return drawn
    raise AssertionError(f"no seed keeps {activation}, {loss} away from its kinks")


def _is_safe(drawn):
    found = outputs(drawn, parameters(drawn), np.arange(drawn.samples))
    nets = [net for layer, (net, _) in zip(drawn.layers, found) if layer.activation in KINKED]
    return all(np.abs(net).min() > 0.05 for net in nets) and (
        drawn.loss != "cross_entropy" or found[-1][1].min() > 0.05
    )


def parameters(drawn):
    """Weights and biases in turn, from the first layer."""
    return [part for layer in drawn.layers for part in (layer.weights, layer.bias)]


def outputs(drawn, values, rows):
    """(before activation, after it) of each layer, for these samples."""
    found, out = [], drawn.inputs[rows]
    for layer, weights, bias in zip(drawn.layers, values[::2], values[1::2]):
        net = out @ weights + bias
        out = ACTIVATIONS[layer.activation](net)
        found.append((net, out))
    return found


def loss(drawn, values, rows):
    """E of these samples."""
    out = outputs(drawn, values, rows)[-1][1]
    each = [LOSSES[drawn.loss](y, t) for y, t in zip(out, drawn.labels[rows])]
    return np.mean(each) if drawn.reduction == "mean" else np.sum(each)


def names(depth):
    """What bpstep calls the parameters, in the same order."""
    if depth == 2:
        return ["W", "B1", "V", "B2"]
    return [f"{letter}{k}" for k in range(1, depth + 1) for letter in "WB"]


def differences(drawn, values, rows, h=1e-5):
    """The gradient of E by every parameter, as central differences."""
    found = [np.zeros_like(value) for value in values]
    for gradient, value in zip(found, values):
        for index in np.ndindex(value.shape):
            kept = value[index]
            value[index] = kept + h
            above = loss(drawn, values, rows)
            value[index] = kept - h
            below = loss(drawn, values, rows)
            value[index] = kept
            gradient[index] = (above - below) / (2 * h)
    return found
