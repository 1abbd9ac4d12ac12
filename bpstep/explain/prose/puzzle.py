"""The sentences of a puzzle: what each tensor is supposed to be. Whether its line says so is the riddle.

The usual sentences take every derived equation for right. Here one is wrong and must not be told from the
others, so all of them get sentences that hold for the equation that should be there.
"""

from __future__ import annotations

from collections.abc import Callable

from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.program.diagram import Edge
from bpstep.session.frame import Frame

_LOSSES = {
    "half_squared_error": "half the squared distance from Y to labelY",
    "squared_error": "the squared distance from Y to labelY",
    "mean_squared_error": "the mean squared distance from Y to labelY",
    "binary_cross_entropy": "minus the log of the probability that Y gives to the truth",
    "cross_entropy": "minus the log of the share that Y gives to the true class",
}

_UPDATE_DIRECTIONS = {
    "sgd": "the gradient",
    "momentum": "the velocity",
    "nesterov": "the gradient and the velocity that it leads to",
    "rmsprop": "the gradient over the root of its mean square",
    "adagrad": "the gradient over the root of the sum of its squares",
    "adam": "the first average over the root of the second, both corrected",
}

_SLOTS = {
    "velocity": "a share of itself as it was, and the new gradient",
    "m": "the running average of the gradient",
    "v": "the running average of the gradient's square",
}


def puzzle_sentence(frame: Frame) -> str:
    """What a puzzle asks, before its first equation."""
    return (
        f"One of these {frame.period} equations is not as it should be. Find it and put it right. "
        f"The first: {frame.program.steps[0].equation}."
    )


def expected_sentence(m: SentenceContext) -> str:
    """What the step's tensor is to be, and the question of every puzzle."""
    expected = f"{m.step.name} is to be {_KINDS[m.step.role.kind](m)}."
    if not m.is_derived(m.step.name):
        replaced_note = f"This line is yours, in the place of {m.step.derived}."
        return first_fitting(
            f"{replaced_note} {expected} Does it say so?",
            f"{replaced_note} {expected}",
            f"This line is yours. {expected}",
        )
    return f"{expected} Does this line say so?"


def _net(m: SentenceContext) -> str:
    bias = "" if m.frame.network.layers[m.k - 1].bias is None else ", plus the unit's bias"
    return f"what comes into each unit: all of {m.input_tensor}, each times its weight{bias}"


def _loss(m: SentenceContext) -> str:
    return f"how wrong Y is: {_LOSSES[m.frame.network.loss]}{_over(m)}"


def _over(m: SentenceContext) -> str:
    if m.samples == 1:
        return ""
    how = "the mean of" if m.frame.network.reduction == "mean" else "added up over"
    return f", {how} {m.samples} samples"


def _delta_weights(m: SentenceContext) -> str:
    return f"how E changes with each weight of {m.step.role.by}"


def _factor(m: SentenceContext) -> str:
    return f"how {m.output_tensor} changes with net_{m.k}: the slope of {m.activation} there"


def _factor_input(m: SentenceContext) -> str:
    return f"how net_{m.k} changes with {m.step.role.by}"


def _row(m: SentenceContext) -> str:
    return (
        f"how {'E' if m.step.role.of == 'E' else 'net_1'} changes with the weights that leave "
        f"{m.end_units[0]}"
    )


def _slot(m: SentenceContext) -> str:
    by, kind = m.step.role.by, m.step.name.split("_")[0]
    if kind == "square":
        means = "the running average" if m.frame.network.optimizer == "rmsprop" else "the sum so far"
        return f"{means} of the square of {by}'s gradient"
    return f"what the optimiser remembers of {by}: {_SLOTS[kind]}"


def _update(m: SentenceContext) -> str:
    what = "weights" if isinstance(m.frame.program.layouts[m.step.name].place_of(m.index), Edge) else "biases"
    optimizer = m.frame.network.optimizer
    return f"the {what} one step further: {optimizer} goes against {_UPDATE_DIRECTIONS[optimizer]}"


_KINDS: dict[str, Callable[[SentenceContext], str]] = {
    "net": _net,
    "activation": lambda m: f"what {m.activation} makes of net_{m.k}",
    "loss": _loss,
    "delta_output": lambda m: "how E changes with each output in Y",
    "factor_activation": _factor,
    "delta_net": lambda m: f"how E changes with net_{m.k}, that is through {m.output_tensor}",
    "delta_weights": _delta_weights,
    "delta_bias": lambda m: f"how E changes with each bias of {m.step.role.by}",
    "factor_input": _factor_input,
    "delta_input": lambda m: f"how E changes with {m.step.role.by}, by way of net_{m.k}",
    "factor_row": _row,
    "delta_row": _row,
    "count": lambda m: "the number of updates so far, this one included",
    "slot": _slot,
    "update": _update,
}
