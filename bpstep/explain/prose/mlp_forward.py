"""The forward phase in words: what a unit adds up, and what its activation makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext, first_fitting

_NEARLY_FLAT_FROM = {"sigmoid": 5, "tanh": 3, "elu": 5}
"""From here on an activation is nearly flat: its slope is below 0.01."""


def net(m: SentenceContext) -> str:
    """What comes into a unit, weighed and added up."""
    fan_in = m.frame.network.sizes[m.k - 1]
    bias = m.at(f"B{m.k}") if m.frame.network.layers[m.k - 1].bias is not None else ""
    subject = f"For {m.sample}, {m.here}" if m.sample else m.here
    if fan_in == 1:
        plus = f" and adds its bias {bias}" if bias else ""
        text = f"{subject} multiplies {m.unit(m.k - 1, 0)} by the weight on their edge{plus}: {m.v}."
    else:
        what = "inputs" if m.k == 1 else "hidden units"
        plus = f", and its bias {bias}" if bias else ""
        text = f"{subject} adds up {fan_in} {what}, each times its weight{plus}: {m.v}."
    if m.sample or not m.is_derived(m.output_tensor):
        return f"{text} Every sample meets the same weights."
    if m.activation == "softmax":
        return f"{text} Softmax will weigh it against the other nets."
    if m.activation == "identity":
        return f"{text} Its activation, identity, will keep it so."
    return f"{text} So far this is a straight line: the bend comes next."


def activation(m: SentenceContext) -> str:
    """What an activation makes of a unit's net."""
    return _ACTIVATIONS[m.activation](m)


def _sigmoid(m: SentenceContext) -> str:
    text = f"The sigmoid squashes any number into 0 to 1: {m.shown_net} becomes {m.v}."
    if abs(m.net) > _NEARLY_FLAT_FROM["sigmoid"]:
        return f"{text} So far out it is nearly flat: {m.here} hardly notices small changes any more."
    if m.last and m.frame.network.loss == "binary_cross_entropy":
        return f"{text} That way {m.here} can be read as a probability."
    return f"{text} Without a bend like this, two layers could be merged into one."


def _tanh(m: SentenceContext) -> str:
    text = f"tanh squashes any number into -1 to 1 and keeps its sign: {m.shown_net} becomes {m.v}."
    if abs(m.net) > _NEARLY_FLAT_FROM["tanh"]:
        return f"{text} So far out it is nearly flat: {m.here} hardly notices small changes."
    return f"{text} Without a bend, two layers could be merged into one."


def _relu(m: SentenceContext) -> str:
    if m.net > 0:
        return (
            f"ReLU lets what is positive through unchanged: {m.shown_net} stays. A negative net would "
            "become 0."
        )
    if m.net == 0:
        return "A net of 0 is where ReLU has its corner: above it everything passes, below it nothing does."
    return (
        f"ReLU stops what is negative: {m.shown_net} becomes 0. {m.here} is silent here, "
        "and where ReLU is flat no error passes back."
    )


def _leaky_relu(m: SentenceContext) -> str:
    if m.net > 0:
        return (
            f"Leaky ReLU lets what is positive through unchanged: {m.shown_net} stays. "
            "Of a negative net it would keep a hundredth."
        )
    if m.net == 0:
        return "A net of 0 is where leaky ReLU has its corner: above it all passes, below it a hundredth."
    return (
        f"Leaky ReLU keeps a hundredth of what is negative: {m.shown_net} becomes {m.v}. "
        f"So {m.here} never goes fully silent."
    )


def _elu(m: SentenceContext) -> str:
    if m.net > 0:
        return (
            f"ELU lets what is positive through unchanged: {m.shown_net} stays. "
            "Below 0 it would bend smoothly towards -1."
        )
    text = f"ELU bends what is not positive towards -1: {m.shown_net} becomes {m.v}."
    if -m.net > _NEARLY_FLAT_FROM["elu"]:
        return f"{text} So far out it is nearly flat: {m.here} hardly notices small changes."
    return f"{text} Unlike ReLU it still slopes there, so some error can pass back."


def _softplus(m: SentenceContext) -> str:
    return (
        f"Softplus is ReLU with its corner rounded off: {m.shown_net} becomes {m.v}, where ReLU would give "
        f"{format_short(max(m.net, 0.0))}. The slope changes little by little."
    )


def _silu(m: SentenceContext) -> str:
    with np.errstate(over="ignore"):
        gate = format_short(float(1 / (1 + np.exp(-m.net))))
    return (
        f"SiLU lets net through a gate, its own sigmoid: {m.shown_net} times {gate} is {m.v}. "
        "Large nets pass, very negative ones fade to 0."
    )


def _identity(m: SentenceContext) -> str:
    if m.last:
        return (
            f"Identity changes nothing: {m.shown_net} stays. A linear output can reach any number, as "
            "regression needs."
        )
    return (
        f"Identity changes nothing: {m.shown_net} stays. Without a bend this layer and the next could be "
        "merged into one."
    )


def _softmax(m: SentenceContext) -> str:
    width = m.frame.network.sizes[-1]
    if width == 1:
        return (
            "Softmax shares out 1 among the outputs. There is a single one, so it gets all of it, "
            "whatever its net is."
        )
    return (
        f"Softmax turns the {width} nets of a sample into shares that add up to 1: {m.here} gets {m.v}. "
        "Raising one net takes from the others."
    )


_ACTIVATIONS: dict[str, Callable[[SentenceContext], str]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "softplus": _softplus,
    "silu": _silu,
    "identity": _identity,
    "softmax": _softmax,
}


def loss(m: SentenceContext) -> str:
    """What E measures."""
    over = ""
    if m.samples > 1:
        over = f", the mean of {m.samples} samples" if m.frame.network.reduction == "mean" else m.sum_note
    return _LOSSES[m.frame.network.loss](m, over)


def _equals_target(m: SentenceContext) -> bool:
    return bool(np.all(m.frame.before["Y"] == m.frame.before["labelY"]))


def _half(m: SentenceContext, over: str) -> str:
    start = f"How wrong is Y? Half the squared distance to the target{over}: {m.v}."
    if _equals_target(m):
        return f"{start} Y meets its target, so there is nothing to learn from it."
    return first_fitting(
        f"{start} Squaring makes big misses count more; the half cancels the 2 of the derivative.",
        f"{start} The half will cancel the 2 of the derivative.",
    )


def _squared(m: SentenceContext, over: str) -> str:
    start = f"How wrong is Y? The squared distance to the target{over}: {m.v}."
    if _equals_target(m):
        return f"{start} Y meets its target, so there is nothing to learn from it."
    return f"{start} Twice the miss costs four times as much."


def _mean_squared(m: SentenceContext, over: str) -> str:
    outputs = m.frame.network.sizes[-1]
    mean = f", the mean of {outputs} outputs" if outputs > 1 else ""
    if outputs > 1 and m.samples > 1 and m.frame.network.reduction == "mean":
        mean, over = f", the mean of {outputs} outputs and {m.samples} samples", ""
    start = f"How wrong is Y? The squared distance to the target{mean}{over}: {m.v}."
    if _equals_target(m):
        return f"{start} Y meets its target: nothing to learn from it."
    return first_fitting(f"{start} Twice the miss costs four times as much.", start)


def _binary(m: SentenceContext, over: str) -> str:
    labels = m.tensor("labelY")
    if np.isin(labels, (0, 1)).all():
        outputs = labels.shape[1]
        each = f", added up for {outputs} outputs" if outputs > 1 else ""
        start = (
            f"How surprised is Y? Minus the log of the probability it gave to the truth{each}{over}: {m.v}."
        )
        return first_fitting(
            f"{start} Being sure and wrong costs most: minus the log of almost 0 is huge.",
            f"{start} Being sure and wrong costs most.",
            start,
        )
    if ((labels < 0) | (labels > 1)).any():
        return (
            f"Cross entropy with a target outside 0 to 1{over}: {m.v}. No probability is outside, so it "
            "means little."
        )
    return (
        f"Cross entropy of Y, read as probabilities, with its targets{over}: {m.v}. "
        "It is least, though not 0, where Y equals the target."
    )


def _cross(m: SentenceContext, over: str) -> str:
    labels = m.tensor("labelY")
    one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=-1) == 1).all()
    if not one_hot:
        return (
            f"Cross entropy: minus the log of each output, times its target, added up{over}: {m.v}. "
            "Targets of 0 drop out."
        )
    what = "share" if m.activation == "softmax" else "output"
    start = f"How surprised is Y? Minus the log of the {what} that the true class got{over}: {m.v}."
    if m.activation == "softmax":
        return first_fitting(
            f"{start} The other classes count only through softmax, which takes their shares from it.",
            f"{start} The other classes count only through softmax.",
        )
    return f"{start} The other outputs do not count at all."


_LOSSES: dict[str, Callable[[SentenceContext, str], str]] = {
    "half_squared_error": _half,
    "squared_error": _squared,
    "mean_squared_error": _mean_squared,
    "binary_cross_entropy": _binary,
    "cross_entropy": _cross,
}
