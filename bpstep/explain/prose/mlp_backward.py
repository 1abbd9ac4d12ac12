"""The backward phase in words: whose error it is, how it came there, and which way to go."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext, first_fitting

_OUTPUT_DERIVATIVES = {
    "half_squared_error": "the difference",
    "squared_error": "twice the difference",
    "mean_squared_error": "twice the difference",
    "binary_cross_entropy": "the difference over {y} (1 - {y})",
    "cross_entropy": "minus the target over {y}",
}
"""The derivative of each loss by an output; the difference is the output less its target."""


def delta_output(m: SentenceContext) -> str:
    """Where the backward phase starts: how the loss answers to an output."""
    network = m.frame.network
    y, target = m.at("Y"), m.number("labelY")
    if network.loss == "cross_entropy" and target == 0:
        return _zero_target(m)
    rule = _OUTPUT_DERIVATIVES[network.loss].format(y=m.here)
    if network.loss == "mean_squared_error" and network.sizes[-1] > 1:
        rule += f" over {network.sizes[-1]} outputs"
    if network.reduction == "mean" and m.samples > 1:
        rule += f", over {m.samples} samples"
    start = f"{m.here} is {y}, its target {format_short(target)}"
    if m.sample:
        return first_fitting(
            f"In {m.sample} {start}. E's slope is {rule}: {m.v}. {m.sign_note(m.here)}",
            f"In {m.sample} {start}: E's slope is {m.v}. {m.sign_note(m.here)}",
        )
    return first_fitting(
        f"The backward pass starts: {start}, and the slope of E is {rule}, {m.v}. {m.sign_note(m.here)}",
        f"{start}, and the slope of E is {rule}, {m.v}. {m.sign_note(m.here)}",
    )


def _zero_target(m: SentenceContext) -> str:
    later = "It feels E only through softmax." if m.activation == "softmax" else "Whatever it gives, E stays."
    return (
        f"The target of {m.here_now} is 0, and cross entropy does not read such an output: slope 0. {later}"
    )


def delta_net(m: SentenceContext) -> str:
    """From a unit's output to its net."""
    if m.activation == "softmax":
        return _softmax(m)
    factor = f"delta_{m.output_tensor}_net{m.k}"
    error, slope = m.at(f"delta_{m.output_tensor}"), m.number(factor)
    if slope == 0:
        return (
            f"The error at the output of {m.here_now} is {error}, but the slope is 0: none of it reaches the "
            f"weights that lead into {m.here}."
        )
    times = f"times {'the slope' if m.is_derived(factor) else factor} {format_short(slope)} is {m.v}."
    return first_fitting(
        f"The error of {m.here_now} before its activation: {error} at its output {times} "
        "All gradients of its weights reuse it.",
        f"The error of {m.here_now} before its activation: {error} {times} Its weights' gradients reuse it.",
    )


def _softmax(m: SentenceContext) -> str:
    if m.frame.network.sizes[-1] == 1:
        return (
            "A single softmax output is 1 whatever its net is, so no error gets through it: nothing can "
            "be learned."
        )
    labels, outputs = m.tensor("labelY"), m.tensor("Y")
    counted = m.samples if m.frame.network.reduction == "mean" else 1
    plain = (outputs - labels)[m.index[0], m.index[-1]] / counted
    if m.frame.network.loss == "cross_entropy" and np.isclose(m.value, plain, rtol=1e-9, atol=1e-15):
        over = f", over {counted} samples" if counted > 1 else ""
        return (
            "Through softmax every error reaches every net. With cross entropy it all comes to "
            f"{m.here}'s {m.at('Y')} less its target {m.at('labelY')}{over}: {m.v}."
        )
    mean = format_short(float((m.tensor("delta_Y") * outputs)[m.index[0]].sum()))
    return (
        f"A share grows only at the others' cost: {m.here}'s error {m.at('delta_Y')} less the mean over all "
        f"shares, {mean}, times its share {m.at('Y')}, is {m.v}."
    )


def delta_weights(m: SentenceContext) -> str:
    """The gradient of a weight: the error at its end times what was sent over it."""
    source, target = m.end_units
    sent = m.tensor(m.input_tensor)[:, m.edge.source]
    weight, sign_note = f"The weight {source} to {target}", m.sign_note("it")
    if not sent.any() and m.value == 0:
        always = f" in all {m.samples} samples" if m.samples > 1 else ""
        return (
            f"{source} sent 0{always}, so the weight {source} to {target} had no part in the error. "
            "Its gradient is 0: only what is sent can be to blame."
        )
    if m.samples > 1:
        return first_fitting(
            f"{weight} answers for what {source} sent over it times the error at "
            f"{target}{m.sum_note}: {m.v}. "
            f"{sign_note}",
            f"{weight}: what was sent over it times the error at its end{m.sum_note}: {m.v}. {sign_note}",
            f"{weight}: what was sent over it times the error at its end, {m.v}. {sign_note}",
        )
    shown, error = format_short(float(sent[0])), format_short(_error(m))
    return first_fitting(
        f"{weight} answers for what {source} sent over it, {shown}, times the error at {target}, {error}: "
        f"{m.v}. {sign_note}",
        f"{weight}: what was sent over it, {shown}, times the error at its end, {error}: {m.v}. {sign_note}",
        f"{weight}: what was sent over it times the error at its end, {m.v}. {sign_note}",
    )


def _error(m: SentenceContext) -> float:
    """The error at the end of the selected edge, in a network that sees one sample."""
    name = f"delta_net{m.k}"
    if name in m.frame.before:
        return float(m.tensor(name)[0, m.edge.target])
    # Row by row there is one output, and its error is a product that has no name.
    return float(m.tensor("delta_Y")[0, 0] * m.tensor(f"delta_Y_net{m.k}")[0, 0])


def delta_bias(m: SentenceContext) -> str:
    """The gradient of a bias."""
    return first_fitting(
        f"A bias is a weight on a constant 1, so its gradient is the error of {m.here} itself{m.sum_note}: "
        f"{m.v}. {m.sign_note('it')}",
        f"A bias is a weight on a constant 1: its gradient is the error of {m.here}{m.sum_note}: {m.v}. "
        f"{m.sign_note('it')}",
        f"A bias is a weight on a 1: its gradient is the error of {m.here}, {m.v}. {m.sign_note('it')}",
    )


def factor_input(m: SentenceContext) -> str:
    """The local slope of a net by what comes into it: a weight."""
    source, target = m.end_units
    start = f"net_{m.k} at {target} changes with {source} by the weight between them, {m.v}."
    weights = m.frame.program.steps[m.frame.done - 1].reads[0]
    if m.frame.program.step_indices[weights] < m.frame.done - 1:
        return f"{start} {weights} is updated already, so the error goes back over its new weights."
    if m.value == 0:
        return f"{start} Over a weight of 0 no error goes back."
    if m.value < 0:
        return f"{start} The error goes back over the same edge, and a negative weight turns its sign."
    return f"{start} The error goes back over the same edges, so the weights are transposed."


def delta_input(m: SentenceContext) -> str:
    """The error at a unit: what it caused further on."""
    fan_out, factor = m.frame.network.sizes[m.k], m.step.reads[-1]
    sign_note = m.sign_note("it")
    if fan_out > 1:
        weight = "the weight to it" if m.is_derived(factor) else factor
        added = f"their errors, each times {weight}, add up to {m.v}. {sign_note}"
        return first_fitting(
            f"{m.here_now} answers for its effect on {fan_out} units: {added}",
            f"{m.here_now} feeds {fan_out} units: {added}",
        )
    target, weight = m.unit(m.k, 0), "their weight" if m.is_derived(factor) else factor
    error, number = m.at(f"delta_net{m.k}", (m.index[0], 0)), m.at(factor, (0, m.index[-1]))
    product = f"the error there, {error}, times {weight}, {number}, is {m.v}. {sign_note}"
    return first_fitting(
        f"{m.here_now} answers for its effect on {target}: {product}",
        f"{m.here_now} feeds {target}: {product}",
    )


def factor_row(m: SentenceContext) -> str:
    """The local slope of the first net by the weights of one input: that input."""
    source = m.unit(0, m.edge.source)
    start = f"net_1 changes with the weights that leave {source} by {source} itself, {m.v} each."
    if m.value == 0:
        return f"{start} An input of 0 gives its weights nothing to learn from."
    return f"{start} The farther an input is from 0, the larger the gradients of its weights."


def delta_row(m: SentenceContext) -> str:
    """The whole chain, down to the weights of one input."""
    source, target = m.end_units
    sign_note = m.sign_note("it")
    if m.edge.source == 0 or not m.is_derived("delta_w1"):
        known = ", two of them known from delta_V" if m.is_derived("delta_V") else ""
        return first_fitting(
            f"The chain from E back to the weight {source} to {target}: five factors{known}, make {m.v}. "
            f"{sign_note}",
            f"The chain from E back to the weight {source} to {target}: five factors make {m.v}. {sign_note}",
        )
    return first_fitting(
        f"The weight {source} to {target} shares four of its five factors with delta_w1; only {source}, "
        f"{m.at(m.step.reads[-1])}, is new: {m.v}. {sign_note}",
        f"Four of the five factors are those of delta_w1, only {source} is new: {m.v}. {sign_note}",
    )


BACKWARD: dict[str, Callable[[SentenceContext], str]] = {
    "delta_output": delta_output,
    "delta_net": delta_net,
    "delta_weights": delta_weights,
    "delta_bias": delta_bias,
    "factor_input": factor_input,
    "delta_input": delta_input,
    "factor_row": factor_row,
    "delta_row": delta_row,
}


def factor_activation(m: SentenceContext) -> str:
    """How steep the activation is at a unit's net, and what that does to the error."""
    if math.isnan(m.net):
        return (
            f"The net of {m.here} is nan, so it has no slope: {m.v} comes out because any comparison with "
            "nan is false."
        )
    return _SLOPES[m.activation](m)


def _sigmoid(m: SentenceContext) -> str:
    if abs(m.net) > 5:
        return f"The sigmoid is nearly flat at {m.shown_net}: slope {m.v}. {_saturated_note(m)}"
    return (
        f"How steep the sigmoid is at {m.shown_net}: {m.v}. It is never above 0.25, "
        "so each sigmoid layer lets at most a quarter of the error through."
    )


def _tanh(m: SentenceContext) -> str:
    if abs(m.net) > 3:
        return f"tanh is nearly flat at {m.shown_net}: slope {m.v}. {_saturated_note(m)}"
    return (
        f"How steep tanh is at {m.shown_net}: {m.v}. It is 1 at 0 and falls off on both sides, "
        "so the error passes best where net is small."
    )


def _saturated_note(m: SentenceContext) -> str:
    return f"Almost no error passes back through {m.here} then, however wrong the output is."


def _relu(m: SentenceContext) -> str:
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


def _leaky_relu(m: SentenceContext) -> str:
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


def _elu(m: SentenceContext) -> str:
    if m.net > 0:
        return (
            f"ELU has slope 1 wherever net is positive, as here at {m.shown_net}: the error passes back "
            "unchanged."
        )
    if m.net < -5:
        return f"ELU is nearly flat at {m.shown_net}: slope {m.v}. {_saturated_note(m)}"
    return (
        f"Where net is not positive ELU has slope e^net, at {m.shown_net} it is {m.v}. It fades as net "
        "falls, and with it the error that passes back."
    )


def _softplus(m: SentenceContext) -> str:
    return (
        f"The slope of softplus is the sigmoid of net, {m.v} at {m.shown_net}. It goes gradually from 0 "
        "to 1, where ReLU's slope jumps."
    )


def _silu(m: SentenceContext) -> str:
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


def _identity(m: SentenceContext) -> str:
    return (
        f"The slope of a straight line is the same everywhere, {m.v} here as elsewhere. "
        "The error passes back unchanged."
    )


_SLOPES: dict[str, Callable[[SentenceContext], str]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "softplus": _softplus,
    "silu": _silu,
    "identity": _identity,
}
