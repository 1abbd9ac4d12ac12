"""Sentences of the forward phase: net inputs, activations and the loss."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.text import fill

_NEARLY_FLAT_FROM = {"sigmoid": 5, "tanh": 3, "elu": 5}
"""Beyond this net input the slope of an activation is below 0.01."""

_NET_OF_ONE = {
    False: "The net input of {unit} is {value}: {source} times the weight on their edge.",
    True: (
        "The net input of {unit} is {value}: {source} times the weight on their edge, plus the bias {bias}."
    ),
}
_NET_OF_INPUTS = {
    False: "The net input of {unit} is {value}: {count} inputs times their weights.",
    True: "The net input of {unit} is {value}: {count} inputs times their weights, plus the bias {bias}.",
}
_NET_OF_HIDDEN_UNITS = {
    False: "The net input of {unit} is {value}: {count} hidden units times their weights.",
    True: (
        "The net input of {unit} is {value}: {count} hidden units times their weights, plus the bias {bias}."
    ),
}
"""By whether the layer has a bias."""

_SAME_WEIGHTS = "Every sample uses the same weights."
_SOFTMAX_NEXT = "Softmax compares it with the other net inputs next."
_IDENTITY_NEXT = "Its activation, identity, leaves it unchanged."
_BEND_NEXT = {
    "first": "It is linear; the activation bends it next.",
    "later": "It is linear too; the activation bends it next.",
}

_ACTIVATION_TEXTS = {
    "sigmoid": "The sigmoid squashes any number into 0 to 1: {net} becomes {value}.",
    "tanh": "tanh squashes any number into -1 to 1 and keeps its sign: {net} becomes {value}.",
    "relu positive": (
        "ReLU passes positive numbers through unchanged: {net} stays. A negative net input would become 0."
    ),
    "relu zero": (
        "ReLU has its kink at a net input of 0: above it everything passes, below it nothing does."
    ),
    "relu negative": (
        "ReLU blocks negative numbers: {net} becomes 0. {unit} is silent here, and because ReLU is flat "
        "there, no error passes back."
    ),
    "leaky_relu positive": (
        "Leaky ReLU passes positive numbers through unchanged: {net} stays. "
        "It would keep a hundredth of a negative net input."
    ),
    "leaky_relu zero": (
        "Leaky ReLU has its kink at a net input of 0: above it all passes, below it a hundredth."
    ),
    "leaky_relu negative": (
        "Leaky ReLU keeps a hundredth of a negative number: {net} becomes {value}. "
        "So {unit} never goes fully silent."
    ),
    "elu positive": (
        "ELU passes positive numbers through unchanged: {net} stays. Below 0 it bends smoothly towards -1."
    ),
    "elu negative": "ELU bends numbers below 0 towards -1: {net} becomes {value}.",
    "softplus": (
        "Softplus is ReLU with its kink rounded off: {net} becomes {value}, where ReLU would give {relu}. "
        "Its slope changes gradually."
    ),
    "silu": (
        "SiLU passes the net input through a gate, its own sigmoid: {net} times {gate} is {value}. "
        "Large net inputs pass, very negative ones fade to 0."
    ),
    "identity last": (
        "Identity changes nothing: {net} stays. A linear output can reach any number, as regression needs."
    ),
    "identity hidden": (
        "Identity changes nothing: {net} stays. Without a bend this layer and the next could be merged into "
        "one."
    ),
    "softmax": (
        "Softmax turns the {count} net inputs of a sample into shares that add up to 1: {unit} gets {value}. "
        "Raising one net input takes from the others."
    ),
    "softmax of one": (
        "Softmax divides 1 among the outputs. There is only one, so it gets all of it, whatever its net "
        "input is."
    ),
}
_NEARLY_FLAT = "So far out it is nearly flat: {unit} hardly notices small changes."
_PROBABILITY = "That way {unit} can be read as a probability."
_WHY_BEND = "Without a bend like this, two layers could be merged into one."
_ELU_STILL_SLOPES = "Unlike ReLU it still slopes there, so some error can pass back."

_SINGLE, _SUM, _MEAN = "single", "sum", "mean"
"""How a loss combines its samples: there is one, it sums them, or it takes their mean."""

_HALF_SQUARED = {
    _SINGLE: "How wrong is Y? Half the squared distance to the target: {value}.",
    _SUM: "How wrong is Y? Half the squared distance to the target, summed over {samples} samples: {value}.",
    _MEAN: "How wrong is Y? Half the squared distance to the target, the mean of {samples} samples: {value}.",
}
_SQUARED = {
    _SINGLE: "How wrong is Y? The squared distance to the target: {value}.",
    _SUM: "How wrong is Y? The squared distance to the target, summed over {samples} samples: {value}.",
    _MEAN: "How wrong is Y? The squared distance to the target, the mean of {samples} samples: {value}.",
}
_MEAN_SQUARED = {
    _SINGLE: "How wrong is Y? The squared distance to the target, the mean of {outputs} outputs: {value}.",
    _SUM: (
        "How wrong is Y? The squared distance to the target, the mean of {outputs} outputs, summed over "
        "{samples} samples: {value}."
    ),
    _MEAN: (
        "How wrong is Y? The squared distance to the target, the mean of {outputs} outputs and {samples} "
        "samples: {value}."
    ),
}
_BINARY = {
    _SINGLE: "How surprised is Y? Minus the log of the probability it gave to the truth: {value}.",
    _SUM: (
        "How surprised is Y? Minus the log of the probability it gave to the truth, summed over {samples} "
        "samples: {value}."
    ),
    _MEAN: (
        "How surprised is Y? Minus the log of the probability it gave to the truth, the mean of {samples} "
        "samples: {value}."
    ),
}
_BINARY_OF_SEVERAL = {
    _SINGLE: (
        "How surprised is Y? Minus the log of the probability it gave to the truth, added up for {outputs} "
        "outputs: {value}."
    ),
    _SUM: (
        "How surprised is Y? Minus the log of the probability it gave to the truth, added up for {outputs} "
        "outputs, summed over {samples} samples: {value}."
    ),
    _MEAN: (
        "How surprised is Y? Minus the log of the probability it gave to the truth, added up for {outputs} "
        "outputs, the mean of {samples} samples: {value}."
    ),
}
_BINARY_OUTSIDE = {
    _SINGLE: "Cross entropy with a target outside 0 to 1: {value}.",
    _SUM: "Cross entropy with a target outside 0 to 1, summed over {samples} samples: {value}.",
    _MEAN: "Cross entropy with a target outside 0 to 1, the mean of {samples} samples: {value}.",
}
_BINARY_SOFT = {
    _SINGLE: "Cross entropy of Y, read as probabilities, with its targets: {value}.",
    _SUM: (
        "Cross entropy of Y, read as probabilities, with its targets, summed over {samples} samples: {value}."
    ),
    _MEAN: (
        "Cross entropy of Y, read as probabilities, with its targets, the mean of {samples} samples: {value}."
    ),
}
_CROSS_SHARES = {
    _SINGLE: "How surprised is Y? Minus the log of the probability of the true class: {value}.",
    _SUM: (
        "How surprised is Y? Minus the log of the probability of the true class, summed over {samples} "
        "samples: {value}."
    ),
    _MEAN: (
        "How surprised is Y? Minus the log of the probability of the true class, the mean of {samples} "
        "samples: {value}."
    ),
}
_CROSS_OUTPUTS = {
    _SINGLE: "How surprised is Y? Minus the log of the output that the true class got: {value}.",
    _SUM: (
        "How surprised is Y? Minus the log of the output that the true class got, summed over {samples} "
        "samples: {value}."
    ),
    _MEAN: (
        "How surprised is Y? Minus the log of the output that the true class got, the mean of {samples} "
        "samples: {value}."
    ),
}
_CROSS_SOFT = {
    _SINGLE: "Cross entropy: minus the log of each output, times its target, added up: {value}.",
    _SUM: (
        "Cross entropy: minus the log of each output, times its target, added up, summed over {samples} "
        "samples: {value}."
    ),
    _MEAN: (
        "Cross entropy: minus the log of each output, times its target, added up, the mean of {samples} "
        "samples: {value}."
    ),
}
_ON_TARGET = "Y equals its target, so there is nothing to learn from it."
_WHY_SQUARE_AND_HALF = (
    "Squaring makes big misses count more; the half cancels the 2 of the derivative.",
    "The half will cancel the 2 of the derivative.",
)
_WHY_SQUARE = "Twice the miss costs four times as much."
_SURE_AND_WRONG = (
    "Being sure and wrong costs most: minus the log of almost 0 is huge.",
    "Being sure and wrong costs most.",
)
_NO_PROBABILITY = "No probability is outside, so it means little."
_LEAST_AT_TARGET = "It is least, though not 0, where Y equals the target."
_ZERO_TARGETS = "Targets of 0 drop out."
_OTHER_CLASSES = (
    "The other classes count only through softmax, which takes their shares from it.",
    "The other classes count only through softmax.",
)
_OTHER_OUTPUTS = "The other outputs do not count at all."


def net(m: SentenceContext) -> str:
    """The weighted sum that is a unit's net input."""
    fan_in = m.frame.network.sizes[m.k - 1]
    has_bias = m.frame.network.layers[m.k - 1].bias is not None
    templates = _NET_OF_ONE if fan_in == 1 else _NET_OF_INPUTS if m.k == 1 else _NET_OF_HIDDEN_UNITS
    text = fill(
        templates[has_bias],
        unit=m.here_now,
        source=m.unit(m.k - 1, 0),
        count=fan_in,
        bias=m.at(f"B{m.k}") if has_bias else "",
        value=m.v,
    )
    return f"{text} {fill(_after_net(m))}"


def _after_net(m: SentenceContext) -> str:
    if m.sample or not m.is_derived(m.output_tensor):
        return _SAME_WEIGHTS
    if m.activation == "softmax":
        return _SOFTMAX_NEXT
    if m.activation == "identity":
        return _IDENTITY_NEXT
    return _BEND_NEXT["first" if m.k == 1 else "later"]


def activation(m: SentenceContext) -> str:
    """The activation of a unit's net input."""
    return ACTIVATION_SENTENCES[m.activation](m)


def _activation_text(m: SentenceContext, key: str, **slots: object) -> str:
    return fill(_ACTIVATION_TEXTS[key], unit=m.here, net=m.shown_net, value=m.v, **slots)


def _sigmoid(m: SentenceContext) -> str:
    text = _activation_text(m, "sigmoid")
    if abs(m.net) > _NEARLY_FLAT_FROM["sigmoid"]:
        return f"{text} {fill(_NEARLY_FLAT, unit=m.here)}"
    if m.last and m.frame.network.loss == "binary_cross_entropy":
        return f"{text} {fill(_PROBABILITY, unit=m.here)}"
    return f"{text} {fill(_WHY_BEND)}"


def _tanh(m: SentenceContext) -> str:
    text = _activation_text(m, "tanh")
    if abs(m.net) > _NEARLY_FLAT_FROM["tanh"]:
        return f"{text} {fill(_NEARLY_FLAT, unit=m.here)}"
    return f"{text} {fill(_WHY_BEND)}"


def _relu(m: SentenceContext) -> str:
    return _activation_text(m, f"relu {_sign(m.net)}")


def _leaky_relu(m: SentenceContext) -> str:
    return _activation_text(m, f"leaky_relu {_sign(m.net)}")


def _sign(net_input: float) -> str:
    return "positive" if net_input > 0 else "zero" if net_input == 0 else "negative"


def _elu(m: SentenceContext) -> str:
    if m.net > 0:
        return _activation_text(m, "elu positive")
    text = _activation_text(m, "elu negative")
    if -m.net > _NEARLY_FLAT_FROM["elu"]:
        return f"{text} {fill(_NEARLY_FLAT, unit=m.here)}"
    return f"{text} {fill(_ELU_STILL_SLOPES)}"


def _softplus(m: SentenceContext) -> str:
    return _activation_text(m, "softplus", relu=format_short(max(m.net, 0.0)))


def _silu(m: SentenceContext) -> str:
    with np.errstate(over="ignore"):
        gate = format_short(float(1 / (1 + np.exp(-m.net))))
    return _activation_text(m, "silu", gate=gate)


def _identity(m: SentenceContext) -> str:
    return _activation_text(m, "identity last" if m.last else "identity hidden")


def _softmax(m: SentenceContext) -> str:
    width = m.frame.network.sizes[-1]
    return _activation_text(m, "softmax of one" if width == 1 else "softmax", count=width)


ACTIVATION_SENTENCES: dict[str, Callable[[SentenceContext], str]] = {
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
    """What E says about the outputs, and why this loss is used."""
    return LOSS_SENTENCES[m.frame.network.loss](m)


def _loss_text(m: SentenceContext, templates: dict[str, str]) -> str:
    reduction = _SINGLE if m.samples == 1 else m.frame.network.reduction
    return fill(templates[reduction], samples=m.samples, outputs=m.frame.network.sizes[-1], value=m.v)


def _with_reason(text: str, *reasons: str) -> str:
    """The text with the first reason that fits on two lines; without any if none does."""
    return first_fitting(*(f"{text} {fill(reason)}" for reason in reasons), text)


def _is_on_target(m: SentenceContext) -> bool:
    return bool(np.all(m.frame.before["Y"] == m.frame.before["labelY"]))


def _half(m: SentenceContext) -> str:
    text = _loss_text(m, _HALF_SQUARED)
    return f"{text} {fill(_ON_TARGET)}" if _is_on_target(m) else _with_reason(text, *_WHY_SQUARE_AND_HALF)


def _squared(m: SentenceContext) -> str:
    text = _loss_text(m, _SQUARED)
    return _with_reason(text, _ON_TARGET if _is_on_target(m) else _WHY_SQUARE)


def _mean_squared(m: SentenceContext) -> str:
    text = _loss_text(m, _MEAN_SQUARED if m.frame.network.sizes[-1] > 1 else _SQUARED)
    return _with_reason(text, _ON_TARGET if _is_on_target(m) else _WHY_SQUARE)


def _binary(m: SentenceContext) -> str:
    labels = m.tensor("labelY")
    if np.isin(labels, (0, 1)).all():
        return _with_reason(
            _loss_text(m, _BINARY if labels.shape[1] == 1 else _BINARY_OF_SEVERAL), *_SURE_AND_WRONG
        )
    if ((labels < 0) | (labels > 1)).any():
        return f"{_loss_text(m, _BINARY_OUTSIDE)} {fill(_NO_PROBABILITY)}"
    return f"{_loss_text(m, _BINARY_SOFT)} {fill(_LEAST_AT_TARGET)}"


def _cross(m: SentenceContext) -> str:
    labels = m.tensor("labelY")
    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=-1) == 1).all()):
        return f"{_loss_text(m, _CROSS_SOFT)} {fill(_ZERO_TARGETS)}"
    if m.activation == "softmax":
        return _with_reason(_loss_text(m, _CROSS_SHARES), *_OTHER_CLASSES)
    return f"{_loss_text(m, _CROSS_OUTPUTS)} {fill(_OTHER_OUTPUTS)}"


LOSS_SENTENCES: dict[str, Callable[[SentenceContext], str]] = {
    "half_squared_error": _half,
    "squared_error": _squared,
    "mean_squared_error": _mean_squared,
    "binary_cross_entropy": _binary,
    "cross_entropy": _cross,
}
