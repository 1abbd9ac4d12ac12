"""Where a network computes what its loss is not defined for: no error, but worth a sentence."""

from __future__ import annotations

from math import inf

from bpstep.lang.macros import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Network


def domain_warnings(network: Network) -> tuple[str, ...]:
    """A sentence for each way in which the loss does not fit the last activation or the labels."""
    loss, activation = LOSSES[network.loss], network.layers[-1].activation
    low, high = ACTIVATIONS[activation].low, ACTIVATIONS[activation].high
    sentences = []
    if low < loss.low or high > loss.high:
        sentences.append(
            f"{network.loss} needs Y {_domain_text(loss.low, loss.high)}, {activation} "
            f"gives {_values_text(low, high)}: "
            "E is NaN where Y is outside."
        )
    if loss.low != -inf and not ((network.labels >= 0) & (network.labels <= 1)).all():
        sentences.append(f"{network.loss} needs labels from 0 to 1, some are outside.")
    return tuple(sentences)


def _domain_text(low: float, high: float) -> str:
    return f"not below {low:g}" if high == inf else f"from {low:g} to {high:g}"


def _values_text(low: float, high: float) -> str:
    if low == -inf and high == inf:
        return "any number"
    if high == inf:
        return f"{low:g} and more"
    return f"{low:g} to {high:g}"
