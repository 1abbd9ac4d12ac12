"""The forward phase in words: what a unit adds up, and what its activation makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.formula.numbers import short
from bpstep.formula.words.moment import Moment

_FAR = {"sigmoid": 5, "tanh": 3, "elu": 5}
"""From here on an activation is nearly flat: its slope is below 0.01."""


def net(m: Moment) -> str:
    """What comes into a unit, weighed and added up."""
    fan_in = m.frame.network.sizes[m.k - 1]
    bias = m.at(f"B{m.k}") if m.frame.network.layers[m.k - 1].bias is not None else ""
    who = f"For {m.sample}, {m.here}" if m.sample else m.here
    if fan_in == 1:
        plus = f" and adds its bias {bias}" if bias else ""
        text = f"{who} multiplies {m.unit(m.k - 1, 0)} by the weight on their edge{plus}: {m.v}."
    else:
        what = "inputs" if m.k == 1 else "hidden units"
        plus = f", and its bias {bias}" if bias else ""
        text = f"{who} adds up {fan_in} {what}, each times its weight{plus}: {m.v}."
    if m.sample or not m.derived(m.out):
        return f"{text} Every sample meets the same weights."
    if m.activation == "softmax":
        return f"{text} Softmax will weigh it against the other nets."
    if m.activation == "identity":
        return f"{text} Its activation, identity, will keep it so."
    return f"{text} So far this is a straight line: the bend comes next."


def activation(m: Moment) -> str:
    """What an activation makes of a unit's net."""
    return _ACTIVATIONS[m.activation](m)


def _sigmoid(m: Moment) -> str:
    text = f"The sigmoid squashes any number into 0 to 1: {m.shown_net} becomes {m.v}."
    if abs(m.net) > _FAR["sigmoid"]:
        return f"{text} So far out it is nearly flat: {m.here} hardly notices small changes any more."
    if m.last and m.frame.network.loss == "binary_cross_entropy":
        return f"{text} That way {m.here} can be read as a probability."
    return f"{text} Without a bend like this, two layers could be merged into one."


def _tanh(m: Moment) -> str:
    text = f"tanh squashes any number into -1 to 1 and keeps its sign: {m.shown_net} becomes {m.v}."
    if abs(m.net) > _FAR["tanh"]:
        return f"{text} So far out it is nearly flat: {m.here} hardly notices small changes."
    return f"{text} Without a bend, two layers could be merged into one."


def _relu(m: Moment) -> str:
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


def _leaky_relu(m: Moment) -> str:
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


def _elu(m: Moment) -> str:
    if m.net > 0:
        return (
            f"ELU lets what is positive through unchanged: {m.shown_net} stays. "
            "Below 0 it would bend smoothly towards -1."
        )
    text = f"ELU bends what is not positive towards -1: {m.shown_net} becomes {m.v}."
    if -m.net > _FAR["elu"]:
        return f"{text} So far out it is nearly flat: {m.here} hardly notices small changes."
    return f"{text} Unlike ReLU it still slopes there, so some error can pass back."


def _softplus(m: Moment) -> str:
    return (
        f"Softplus is ReLU with its corner rounded off: {m.shown_net} becomes {m.v}, where ReLU would give "
        f"{short(max(m.net, 0.0))}. The slope changes little by little."
    )


def _silu(m: Moment) -> str:
    with np.errstate(over="ignore"):
        gate = short(float(1 / (1 + np.exp(-m.net))))
    return (
        f"SiLU lets net through a gate, its own sigmoid: {m.shown_net} times {gate} is {m.v}. "
        "Large nets pass, very negative ones fade to 0."
    )


def _identity(m: Moment) -> str:
    if m.last:
        return (
            f"Identity changes nothing: {m.shown_net} stays. A linear output can reach any number, as "
            "regression needs."
        )
    return (
        f"Identity changes nothing: {m.shown_net} stays. Without a bend this layer and the next could be "
        "merged into one."
    )


def _softmax(m: Moment) -> str:
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


_ACTIVATIONS: dict[str, Callable[[Moment], str]] = {
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
