"""The slopes of activations in words: how much of an error passes back through a unit."""

from __future__ import annotations

import math
from collections.abc import Callable

from bpstep.formula.words.moment import Moment


def factor_activation(m: Moment) -> str:
    """How steep the activation is at a unit's net, and what that does to the error."""
    if math.isnan(m.net):
        return (
            f"The net of {m.here} is nan, so it has no slope: {m.v} comes out because any comparison with "
            "nan is false."
        )
    return _SLOPES[m.activation](m)


def _sigmoid(m: Moment) -> str:
    if abs(m.net) > 5:
        return f"The sigmoid is nearly flat at {m.shown_net}: slope {m.v}. {_saturated(m)}"
    return (
        f"How steep the sigmoid is at {m.shown_net}: {m.v}. It is never above 0.25, "
        "so each sigmoid layer lets at most a quarter of the error through."
    )


def _tanh(m: Moment) -> str:
    if abs(m.net) > 3:
        return f"tanh is nearly flat at {m.shown_net}: slope {m.v}. {_saturated(m)}"
    return (
        f"How steep tanh is at {m.shown_net}: {m.v}. It is 1 at 0 and falls off on both sides, "
        "so the error passes best where net is small."
    )


def _saturated(m: Moment) -> str:
    return f"Almost no error passes back through {m.here} then, however wrong the output is."


def _relu(m: Moment) -> str:
    if m.net > 0:
        return (
            f"ReLU has slope 1 wherever net is positive, as here at {m.shown_net}: the error passes back "
            "unchanged."
        )
    if m.net == 0:
        return (
            "At a net of 0 ReLU has a corner, where the slope jumps from 0 to 1. The derivative takes 0 "
            "there: no error passes back."
        )
    return (
        f"ReLU is flat wherever net is negative, as here at {m.shown_net}: slope 0. No error passes back, "
        f"and the weights into {m.here} learn nothing from it."
    )


def _leaky_relu(m: Moment) -> str:
    if m.net > 0:
        return (
            f"Leaky ReLU has slope 1 wherever net is positive, as here at {m.shown_net}: "
            "the error passes back unchanged."
        )
    if m.net == 0:
        return (
            "At a net of 0 leaky ReLU has a corner, where the slope jumps from 0.01 to 1. "
            "The derivative takes 0.01 there."
        )
    return (
        f"Leaky ReLU keeps slope 0.01 below 0, as here at {m.shown_net}: a hundredth of the error passes "
        f"back, enough for {m.here} to recover."
    )


def _elu(m: Moment) -> str:
    if m.net > 0:
        return (
            f"ELU has slope 1 wherever net is positive, as here at {m.shown_net}: the error passes back "
            "unchanged."
        )
    if m.net < -5:
        return f"ELU is nearly flat at {m.shown_net}: slope {m.v}. {_saturated(m)}"
    return (
        f"Where net is not positive ELU has slope e^net, at {m.shown_net} it is {m.v}. It fades as net "
        "falls, and with it the error that passes back."
    )


def _softplus(m: Moment) -> str:
    return (
        f"The slope of softplus is the sigmoid of net, {m.v} at {m.shown_net}. It goes gradually from 0 "
        "to 1, where ReLU's slope jumps."
    )


def _silu(m: Moment) -> str:
    if m.value < 0:
        return (
            f"At {m.shown_net} SiLU falls as net rises: slope {m.v}. So the error changes its sign on the "
            "way back, unlike with ReLU."
        )
    if m.value > 1:
        return (
            f"How steep SiLU is at {m.shown_net}: {m.v}. A little above 1, so the error even grows on its "
            "way back."
        )
    return (
        f"How steep SiLU is at {m.shown_net}: {m.v}. Near 0 for very negative nets, near 1 for large "
        "ones, like ReLU but smooth."
    )


def _identity(m: Moment) -> str:
    return (
        f"The slope of a straight line is the same everywhere, {m.v} here as elsewhere. "
        "The error passes back unchanged."
    )


_SLOPES: dict[str, Callable[[Moment], str]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "softplus": _softplus,
    "silu": _silu,
    "identity": _identity,
}
