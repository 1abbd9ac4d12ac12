"""Losses and their gradients, as rows of source text in the language of equations.

Computation, display and exports all come from this one text.
"""

from __future__ import annotations

from bpstep.frozen import frozen


@frozen
class Loss:
    """The distance of Y from labelY. With reduction mean, both lines are divided by the number of samples."""

    value: str
    """E."""
    gradient: str
    """dE/dY; `{m}` is the number of outputs."""
    low: float = float("-inf")
    """The least Y for which the loss is defined; NaN below it."""
    high: float = float("inf")
    """The greatest Y for which the loss is defined; NaN above it."""


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

LOSS_REDUCTIONS = ("sum", "mean")
