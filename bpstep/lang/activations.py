"""Activations, as rows of source text in the language of equations.

Computation, display and exports all come from this one text; `x` stands for the argument.
"""

from __future__ import annotations

from bpstep.frozen import frozen


@frozen
class Activation:
    """A function of the net inputs, elementwise except for softmax, and its derivative."""

    definition: str
    """Its value at `x`."""
    derivative: str
    """Its derivative at `x`; empty for softmax, which has no elementwise factor."""
    low: float = float("-inf")
    """A lower bound of its values."""
    high: float = float("inf")
    """An upper bound of its values."""
    kinked: bool = False
    """True if the derivative jumps at 0."""


ACTIVATIONS = {
    "sigmoid": Activation("1 / (1 + exp(-x))", "sigmoid(x) - sigmoid(x)**2", 0, 1),
    "tanh": Activation("tanh(x)", "1 - tanh(x)**2", -1, 1),
    # Not where(x > 0, x, 0): that would turn NaN into 0 and hide where it arose.
    "relu": Activation("where(x < 0, 0, x)", "where(x > 0, 1, 0)", 0, kinked=True),
    "leaky_relu": Activation("where(x > 0, x, 0.01 * x)", "where(x > 0, 1, 0.01)", kinked=True),
    "elu": Activation("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))", -1),
    "softplus": Activation("log(1 + exp(x))", "sigmoid(x)", 0),
    "silu": Activation("x * sigmoid(x)", "sigmoid(x) * (1 + x * (1 - sigmoid(x)))"),
    "identity": Activation("x", "ones_like(x)"),
    "softmax": Activation(
        "exp(x - max(x, axis=-1, keepdims=True))"
        " / sum(exp(x - max(x, axis=-1, keepdims=True)), axis=-1, keepdims=True)",
        "",
        0,
        1,
    ),
}
