"""The named numerics: activations, losses and optimisers, as rows of source text.

Every row is written in the language of equations (see `language`), so that what is computed, what is
shown and what is exported come from one text. `x` stands for the tensor that an activation is applied to.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """An elementwise function of a unit's net input, and its derivative."""

    definition: str
    """Its value at `x`."""
    derivative: str
    """Its derivative at `x`; empty for softmax, which has no elementwise factor."""
    low: float = float("-inf")
    """Its values are not below this."""
    high: float = float("inf")
    """Its values are not above this."""
    kinked: bool = False
    """True where the derivative jumps at 0."""


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


@dataclass(frozen=True)
class Loss:
    """How far Y is from labelY. With reduction mean both lines are divided by the number of samples."""

    value: str
    """E; `{m}` is the number of outputs."""
    gradient: str
    """dE/dY."""
    low: float = float("-inf")
    """The loss is defined for Y from this"""
    high: float = float("inf")
    """to this; outside it is NaN."""


LOSSES = {
    "half_squared_error": Loss("1/2 * sum((labelY - Y)**2)", "Y - labelY"),
    "squared_error": Loss("sum((labelY - Y)**2)", "2 * (Y - labelY)"),
    "mean_squared_error": Loss("sum(mean((labelY - Y)**2, axis=-1))", "2 * (Y - labelY) / {m}"),
    "binary_cross_entropy": Loss(
        "-sum(labelY * log(Y) + (1 - labelY) * log(1 - Y))",
        "(1 - labelY) / (1 - Y) - labelY / Y",
        0,
        1,
    ),
    "cross_entropy": Loss("-sum(labelY * log(Y))", "-labelY / Y", 0),
}


@dataclass(frozen=True)
class Optimizer:
    """How a parameter follows its gradient. `{p}` is the parameter's name, `{g}` its gradient.

    The definitions are those of torch.optim, see https://docs.pytorch.org/docs/stable/optim.html
    """

    update: str
    """The parameter's new value."""
    slots: tuple[tuple[str, str], ...] = ()
    """What it remembers per parameter: (name with `{p}`, its new value), in order; zero at the start."""
    options: tuple[tuple[str, float], ...] = ()
    """Its constants and their defaults."""
    counts: bool = False
    """True where it counts its updates in `t`."""


OPTIMIZERS = {
    "sgd": Optimizer("{p} - learning_rate * {g}"),
    "momentum": Optimizer(
        "{p} - learning_rate * velocity_{p}",
        (("velocity_{p}", "momentum * velocity_{p} + {g}"),),
        (("momentum", 0.9),),
    ),
    "nesterov": Optimizer(
        "{p} - learning_rate * ({g} + momentum * velocity_{p})",
        (("velocity_{p}", "momentum * velocity_{p} + {g}"),),
        (("momentum", 0.9),),
    ),
    "rmsprop": Optimizer(
        "{p} - learning_rate * {g} / (sqrt(square_{p}) + epsilon)",
        (("square_{p}", "alpha * square_{p} + (1 - alpha) * {g}**2"),),
        (("alpha", 0.99), ("epsilon", 1e-8)),
    ),
    "adagrad": Optimizer(
        "{p} - learning_rate * {g} / (sqrt(square_{p}) + epsilon)",
        (("square_{p}", "square_{p} + {g}**2"),),
        (("epsilon", 1e-10),),
    ),
    "adam": Optimizer(
        "{p} - learning_rate * (m_{p} / (1 - beta1**t)) / (sqrt(v_{p} / (1 - beta2**t)) + epsilon)",
        (("m_{p}", "beta1 * m_{p} + (1 - beta1) * {g}"), ("v_{p}", "beta2 * v_{p} + (1 - beta2) * {g}**2")),
        (("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8)),
        counts=True,
    ),
}

REDUCTIONS = ("sum", "mean")
UPDATE_ORDERS = ("after", "immediate")
DERIVATIONS = ("matrix", "rows")
