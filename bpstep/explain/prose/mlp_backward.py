"""Sentences of the backward phase: errors, slopes and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext, first_filled, first_fitting
from bpstep.program.program import RoleKind
from bpstep.text import fill

_PLAIN, _OVER_OUTPUTS, _OVER_SAMPLES, _OVER_BOTH = "plain", "outputs", "samples", "both"
"""The divisor in the derivative of a loss."""

LOSS_SLOPES = {
    "half_squared_error": {
        _PLAIN: "E's slope is the difference: {value}.",
        _OVER_SAMPLES: "E's slope is the difference, over {samples} samples: {value}.",
    },
    "squared_error": {
        _PLAIN: "E's slope is twice the difference: {value}.",
        _OVER_SAMPLES: "E's slope is twice the difference, over {samples} samples: {value}.",
    },
    "mean_squared_error": {
        _PLAIN: "E's slope is twice the difference: {value}.",
        _OVER_OUTPUTS: "E's slope is twice the difference over {outputs} outputs: {value}.",
        _OVER_SAMPLES: "E's slope is twice the difference, over {samples} samples: {value}.",
        _OVER_BOTH: (
            "E's slope is twice the difference over {outputs} outputs and {samples} samples: {value}."
        ),
    },
    "binary_cross_entropy": {
        _PLAIN: "E's slope is the difference over {unit} (1 - {unit}): {value}.",
        _OVER_SAMPLES: (
            "E's slope is the difference over {unit} (1 - {unit}), over {samples} samples: {value}."
        ),
    },
    "cross_entropy": {
        _PLAIN: "E's slope is minus the target over {unit}: {value}.",
        _OVER_SAMPLES: "E's slope is minus the target over {unit}, over {samples} samples: {value}.",
    },
}
"""The derivative of each loss by an output; the difference is output minus target."""

_SLOPE = "E's slope is {value}."

_OUTPUT_OF_SAMPLE = ("In {sample} {unit} is {y}, its target {target}.",)
_OUTPUT = (
    "The backward pass starts: {unit} is {y}, its target {target}.",
    "{unit} is {y}, its target {target}.",
)
_ZERO_TARGET_SOFTMAX = (
    "The target of {unit} is 0, and cross entropy does not read such an output: slope 0. It feels E only "
    "through softmax."
)
_ZERO_TARGET = (
    "The target of {unit} is 0, and cross entropy does not read such an output: slope 0. Whatever it gives, "
    "E stays the same."
)

_DELTA_NET_BLOCKED = (
    "The error at the output of {unit} is {error}, but the slope is 0: none of it reaches the weights that "
    "lead into {short_unit}."
)
_DELTA_NET = (
    "The error of {unit} before its activation is {value}: {error} at its output times the slope {slope}. "
    "All gradients of its weights reuse it.",
    "The error of {unit} before its activation is {value}: {error} times the slope {slope}. "
    "Its weights' gradients reuse it.",
)
_DELTA_NET_REPLACED_SLOPE = (
    "The error of {unit} before its activation is {value}: {error} at its output times {factor} {slope}. "
    "All gradients of its weights reuse it.",
    "The error of {unit} before its activation is {value}: {error} times {factor} {slope}. "
    "Its weights' gradients reuse it.",
)

_SOFTMAX_OF_ONE = (
    "A single softmax output is 1 whatever its net input is, so no error gets through it: nothing can be "
    "learned."
)
_SOFTMAX_CROSS_ENTROPY = (
    "Through softmax every error reaches every net input. With cross entropy it all comes to {unit}'s {y} "
    "less its target {target}: {value}."
)
_SOFTMAX_CROSS_ENTROPY_MEAN = (
    "Through softmax every error reaches every net input. With cross entropy it all comes to {unit}'s {y} "
    "less its target {target}, over {samples} samples: {value}."
)
_SOFTMAX_GENERAL = (
    "A share grows only at the others' cost: {unit}'s error {error} less the mean over all shares, {mean}, "
    "times its share {y}, is {value}."
)

_NOTHING_SENT = (
    "{source} sent 0, so the weight from {source} to {target} had no part in the error. Its gradient is 0: "
    "only what is sent can be to blame."
)
_NOTHING_SENT_IN_ALL = (
    "{source} sent 0 in all {samples} samples, so the weight from {source} to {target} had no part in the "
    "error. Its gradient is 0: only what is sent can be to blame."
)
_WEIGHT_OF_SAMPLES = (
    "The gradient of the weight from {source} to {target} is {value}: what {source} sent over it times the "
    "error at {target}, summed over {samples} samples.",
    "The gradient of the weight from {source} to {target} is {value}: what was sent times the error there, "
    "summed over {samples} samples.",
    "The gradient of the weight from {source} to {target} is {value}, summed over {samples} samples.",
)
_WEIGHT = (
    "The gradient of the weight from {source} to {target} is {value}: what {source} sent over it, {sent}, "
    "times the error at {target}, {error}.",
    "The gradient of the weight from {source} to {target} is {value}: what was sent, {sent}, times the error "
    "there, {error}.",
    "The gradient of the weight from {source} to {target} is {value}: what was sent times the error there.",
)
_BIAS = (
    "A bias is a weight on a constant 1, so its gradient is the error of {unit} itself: {value}.",
    "A bias is a weight on a 1: its gradient is the error of {unit}, {value}.",
)
_BIAS_OF_SAMPLES = (
    "A bias is a weight on a constant 1, so its gradient is the error of {unit} itself, summed over "
    "{samples} samples: {value}.",
    "A bias is a weight on a constant 1: its gradient is the error of {unit}, summed over {samples} samples: "
    "{value}.",
    "A bias is a weight on a 1: its gradient is the error of {unit}, {value}.",
)

_FACTOR_INPUT = "{net} at {target} changes with {source} by the weight between them, {value}."
_NEW_WEIGHTS = "{weights} is updated already, so the error goes back over its new weights."
_ZERO_WEIGHT = "Over a weight of 0 no error goes back."
_NEGATIVE_WEIGHT = "The error goes back over the same edge, and a negative weight turns its sign."
_TRANSPOSED = "The error goes back over the same edges, so the weights are transposed."

_DELTA_INPUT_OF_SEVERAL = (
    "The error at {unit} comes back from {count} units: their errors, each times the weight to it, add up to "
    "{value}.",
    "{unit} feeds {count} units: their errors, each times the weight to it, add up to {value}.",
)
_DELTA_INPUT_OF_SEVERAL_REPLACED = (
    "The error at {unit} comes back from {count} units: their errors, each times {factor}, add up to "
    "{value}.",
    "{unit} feeds {count} units: their errors, each times {factor}, add up to {value}.",
)
_DELTA_INPUT = (
    "The error at {unit} comes back from {target}: the error there, {error}, times their weight, {weight}, "
    "is {value}.",
    "{unit} feeds {target}: the error there, {error}, times their weight, {weight}, is {value}.",
)
_DELTA_INPUT_REPLACED = (
    "The error at {unit} comes back from {target}: the error there, {error}, times {factor}, {weight}, is "
    "{value}.",
    "{unit} feeds {target}: the error there, {error}, times {factor}, {weight}, is {value}.",
)

_FACTOR_ROW = "net_1 changes with the weights that leave {source} by {source} itself, {value} each."
_ZERO_INPUT = "An input of 0 gives its weights nothing to learn from."
_LARGE_INPUT = "The farther an input is from 0, the larger the gradients of its weights."

_WHOLE_CHAIN = "The gradient of the weight from {source} to {target} is a product of five factors: {value}."
_WHOLE_CHAIN_PARTLY_KNOWN = (
    "The gradient of the weight from {source} to {target} is a product of five factors, two known from "
    "delta_V: {value}."
)
_SHARED_CHAIN = (
    "The weight from {source} to {target} shares four of its five factors with delta_w1; only {source}, "
    "{input}, is new: {value}.",
    "Four of the five factors are those of delta_w1, only {source} is new: {value}.",
)

_SLOPE_OF_NAN = (
    "The net input of {unit} is nan, so it has no slope: {value} comes out because any "
    "comparison with nan is "
    "false."
)
_SLOPE_TEXTS = {
    "sigmoid": (
        "The slope of the sigmoid at {net} is {value}. It is never above 0.25: weights aside, at most "
        "a quarter of the error passes back."
    ),
    "sigmoid flat": "The sigmoid is nearly flat at {net}: slope {value}.",
    "tanh": (
        "The slope of tanh at {net} is {value}. It is 1 at 0 and falls off on both sides, so the error "
        "passes best where the net input is small."
    ),
    "tanh flat": "tanh is nearly flat at {net}: slope {value}.",
    "relu positive": (
        "ReLU has slope 1 wherever the net input is positive, as here at {net}: the error "
        "passes back unchanged."
    ),
    "relu zero": (
        "At a net input of 0 ReLU has a kink, where the slope jumps from 0 to 1. The derivative takes 0 "
        "there: no error passes back."
    ),
    "relu negative": (
        "ReLU is flat wherever the net input is negative, as here at {net}: slope 0. No error passes back, "
        "and the weights into {unit} learn nothing from it."
    ),
    "leaky_relu positive": (
        "Leaky ReLU has slope 1 wherever the net input is positive, as here at {net}: the error passes back "
        "unchanged."
    ),
    "leaky_relu zero": (
        "At a net input of 0 leaky ReLU has a kink, where the slope jumps from 0.01 to 1. The derivative "
        "takes 0.01 there."
    ),
    "leaky_relu negative": (
        "Leaky ReLU keeps slope 0.01 below 0, as here at {net}: a hundredth of the error passes back, enough "
        "for {unit} to recover."
    ),
    "elu positive": (
        "ELU has slope 1 wherever the net input is positive, as here at {net}: the error "
        "passes back unchanged."
    ),
    "elu flat": "ELU is nearly flat at {net}: slope {value}.",
    "elu negative": (
        "At 0 and below, ELU has slope e^net; at {net} it is {value}. It fades as the net input falls, and "
        "the error with it."
    ),
    "softplus": (
        "The slope of softplus is the sigmoid of the net input, {value} at {net}. It goes "
        "gradually from 0 to "
        "1, where ReLU's slope jumps."
    ),
    "silu negative": (
        "At {net} SiLU falls as the net input rises: slope {value}. So the error changes its sign on the way "
        "back, unlike with ReLU."
    ),
    "silu large": (
        "The slope of SiLU at {net} is {value}, a little above 1, so the error even grows on its way back."
    ),
    "silu": (
        "The slope of SiLU at {net} is {value}. It is near 0 for very negative net inputs and near 1 for "
        "large ones, like ReLU but smooth."
    ),
    "identity": (
        "The slope of a straight line is the same everywhere, {value} here as elsewhere. The "
        "error passes back "
        "unchanged."
    ),
}
_SATURATED = "Almost no error passes back through {unit} then, however wrong the output is."


def delta_output(m: SentenceContext) -> str:
    """The start of the backward phase: how the loss changes with an output."""
    if m.frame.network.loss == "cross_entropy" and m.number("labelY") == 0:
        return fill(_ZERO_TARGET_SOFTMAX if m.activation == "softmax" else _ZERO_TARGET, unit=m.here_now)
    templates = _OUTPUT_OF_SAMPLE if m.sample else _OUTPUT
    slots = {"sample": m.sample, "unit": m.here, "y": m.at("Y"), "target": m.at("labelY")}
    texts = [fill(template, **slots) for template in templates]
    rule, sign_note = _loss_slope(m), m.sign_note(m.here)
    return first_fitting(
        *(f"{text} {rule} {sign_note}" for text in texts),
        f"{texts[-1]} {fill(_SLOPE, value=m.v)} {sign_note}",
    )


def _loss_slope(m: SentenceContext) -> str:
    """How the slope of the loss comes about, as a sentence."""
    network = m.frame.network
    over_outputs = network.loss == "mean_squared_error" and network.sizes[-1] > 1
    over_samples = network.reduction == "mean" and m.samples > 1
    key = {
        (False, False): _PLAIN,
        (True, False): _OVER_OUTPUTS,
        (False, True): _OVER_SAMPLES,
        (True, True): _OVER_BOTH,
    }[over_outputs, over_samples]
    slots = {"unit": m.here, "outputs": network.sizes[-1], "samples": m.samples, "value": m.v}
    return fill(LOSS_SLOPES[network.loss][key], **slots)


def delta_net(m: SentenceContext) -> str:
    """From a unit's output back to its net input."""
    if m.activation == "softmax":
        return _softmax(m)
    factor = f"delta_{m.output_tensor}_net{m.k}"
    error, slope = m.at(f"delta_{m.output_tensor}"), m.number(factor)
    if slope == 0:
        return fill(_DELTA_NET_BLOCKED, unit=m.here_now, short_unit=m.here, error=error)
    return first_filled(
        _DELTA_NET if m.is_derived(factor) else _DELTA_NET_REPLACED_SLOPE,
        unit=m.here_now,
        error=error,
        factor=factor,
        slope=format_short(slope),
        value=m.v,
    )


def _softmax(m: SentenceContext) -> str:
    if m.frame.network.sizes[-1] == 1:
        return fill(_SOFTMAX_OF_ONE)
    labels, outputs = m.tensor("labelY"), m.tensor("Y")
    counted = m.samples if m.frame.network.reduction == "mean" else 1
    plain = (outputs - labels)[m.index[0], m.index[-1]] / counted
    if m.frame.network.loss == "cross_entropy" and np.isclose(m.value, plain, rtol=1e-9, atol=1e-15):
        return fill(
            _SOFTMAX_CROSS_ENTROPY_MEAN if counted > 1 else _SOFTMAX_CROSS_ENTROPY,
            unit=m.here,
            y=m.at("Y"),
            target=m.at("labelY"),
            samples=counted,
            value=m.v,
        )
    mean = format_short(float((m.tensor("delta_Y") * outputs)[m.index[0]].sum()))
    return fill(_SOFTMAX_GENERAL, unit=m.here, error=m.at("delta_Y"), mean=mean, y=m.at("Y"), value=m.v)


def delta_weights(m: SentenceContext) -> str:
    """The gradient of a weight: the error at its end times the signal through it."""
    source, target = m.end_units
    sent = m.tensor(m.input_tensor)[:, m.edge.source]
    slots = {"source": source, "target": target, "samples": m.samples, "value": m.v}
    if not sent.any() and m.value == 0:
        return fill(_NOTHING_SENT_IN_ALL if m.samples > 1 else _NOTHING_SENT, **slots)
    note = m.sign_note("it")
    if m.samples > 1:
        return first_filled(_WEIGHT_OF_SAMPLES, note, **slots)
    slots |= {"sent": format_short(float(sent[0])), "error": format_short(_error(m))}
    return first_filled(_WEIGHT, note, **slots)


def _error(m: SentenceContext) -> float:
    """The error at the end of the selected edge, with a single sample."""
    name = f"delta_net{m.k}"
    if name in m.frame.before:
        return float(m.tensor(name)[0, m.edge.target])
    # In row-by-row form there is one output, and its error is a product without a name.
    return float(m.tensor("delta_Y")[0, 0] * m.tensor(f"delta_Y_net{m.k}")[0, 0])


def delta_bias(m: SentenceContext) -> str:
    """The gradient of a bias."""
    return first_filled(
        _BIAS_OF_SAMPLES if m.samples > 1 else _BIAS,
        m.sign_note("it"),
        unit=m.here,
        samples=m.samples,
        value=m.v,
    )


def factor_input(m: SentenceContext) -> str:
    """The derivative of a net input by its input: a weight."""
    source, target = m.end_units
    text = fill(_FACTOR_INPUT, net=f"net_{m.k}", target=target, source=source, value=m.v)
    weights = m.frame.program.steps[m.frame.done - 1].reads[0]
    if m.frame.program.step_indices[weights] < m.frame.done - 1:
        return f"{text} {fill(_NEW_WEIGHTS, weights=weights)}"
    note = _ZERO_WEIGHT if m.value == 0 else _NEGATIVE_WEIGHT if m.value < 0 else _TRANSPOSED
    return f"{text} {fill(note)}"


def delta_input(m: SentenceContext) -> str:
    """The error at a unit: its effect on the next layer."""
    fan_out, factor = m.frame.network.sizes[m.k], m.step.reads[-1]
    derived = m.is_derived(factor)
    slots = {"unit": m.here_now, "factor": factor, "value": m.v}
    if fan_out > 1:
        templates = _DELTA_INPUT_OF_SEVERAL if derived else _DELTA_INPUT_OF_SEVERAL_REPLACED
        return first_filled(templates, m.sign_note("it"), count=fan_out, **slots)
    return first_filled(
        _DELTA_INPUT if derived else _DELTA_INPUT_REPLACED,
        m.sign_note("it"),
        target=m.unit(m.k, 0),
        error=m.at(f"delta_net{m.k}", (m.index[0], 0)),
        weight=m.at(factor, (0, m.index[-1])),
        **slots,
    )


def factor_row(m: SentenceContext) -> str:
    """The derivative of the first net input by the weights of one input: that input."""
    text = fill(_FACTOR_ROW, source=m.unit(0, m.edge.source), value=m.v)
    return f"{text} {fill(_ZERO_INPUT if m.value == 0 else _LARGE_INPUT)}"


def delta_row(m: SentenceContext) -> str:
    """The whole chain, back to the weights of one input."""
    source, target = m.end_units
    slots, note = {"source": source, "target": target, "value": m.v}, m.sign_note("it")
    if m.edge.source == 0 or not m.is_derived("delta_w1"):
        known = (_WHOLE_CHAIN_PARTLY_KNOWN,) if m.is_derived("delta_V") else ()
        return first_filled((*known, _WHOLE_CHAIN), note, **slots)
    return first_filled(_SHARED_CHAIN, note, input=m.at(m.step.reads[-1]), **slots)


BACKWARD: dict[RoleKind, Callable[[SentenceContext], str]] = {
    RoleKind.DELTA_OUTPUT: delta_output,
    RoleKind.DELTA_NET: delta_net,
    RoleKind.DELTA_WEIGHTS: delta_weights,
    RoleKind.DELTA_BIAS: delta_bias,
    RoleKind.FACTOR_INPUT: factor_input,
    RoleKind.DELTA_INPUT: delta_input,
    RoleKind.FACTOR_ROW: factor_row,
    RoleKind.DELTA_ROW: delta_row,
}


ACTIVATIONS_WITH_TEXTS = {key.split()[0] for key in _SLOPE_TEXTS}
"""The activations whose derivative has its own texts."""


def factor_activation(m: SentenceContext) -> str:
    """How steep the activation is at a unit's net input, and how that scales the error."""
    if math.isnan(m.net):
        return fill(_SLOPE_OF_NAN, unit=m.here, value=m.v)
    key = _slope_key(m)
    text = fill(_SLOPE_TEXTS[key], unit=m.here, net=m.shown_net, value=m.v)
    return f"{text} {fill(_SATURATED, unit=m.here)}" if key.endswith(" flat") else text


def _slope_key(m: SentenceContext) -> str:
    match m.activation:
        case "sigmoid":
            return "sigmoid flat" if abs(m.net) > 5 else "sigmoid"
        case "tanh":
            return "tanh flat" if abs(m.net) > 3 else "tanh"
        case "relu" | "leaky_relu":
            sign = "positive" if m.net > 0 else "zero" if m.net == 0 else "negative"
            return f"{m.activation} {sign}"
        case "elu":
            return "elu positive" if m.net > 0 else "elu flat" if m.net < -5 else "elu negative"
        case "silu":
            return "silu negative" if m.value < 0 else "silu large" if m.value > 1 else "silu"
    return m.activation
