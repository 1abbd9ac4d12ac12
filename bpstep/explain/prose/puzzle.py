"""Sentences of a puzzle: what each tensor should be. Does its line compute that?

The usual sentences assume that every derived equation is right. In a puzzle one equation is wrong and must
not stand out, so every equation gets a sentence about what it should compute.
"""

from __future__ import annotations

from collections.abc import Callable

from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.program.diagram import Edge
from bpstep.program.program import RoleKind
from bpstep.session.frame import Frame
from bpstep.text import fill

_PUZZLE = "One of these {count} equations is wrong. Find it and correct it. The first equation is {equation}."
_QUESTION = "Does this line compute that?"
_OWN_EQUATION = "This line is yours, in place of {derived}."
_OWN_EQUATION_SHORT = "This line is yours."

_NET = {
    False: "{name} should be what enters each unit: all of {inputs}, each times its weight.",
    True: (
        "{name} should be what enters each unit: all of {inputs}, each times its weight, plus the unit's "
        "bias."
    ),
}
"""By whether the layer has a bias."""
_ACTIVATION = "{name} should be {activation} of {net}."
_LOSSES = {
    ("half_squared_error", "single"): (
        "{name} should be how wrong Y is: half the squared distance from Y to labelY."
    ),
    ("half_squared_error", "sum"): (
        "{name} should be how wrong Y is: half the squared distance from Y to labelY, added "
        "up over {samples} "
        "samples."
    ),
    ("half_squared_error", "mean"): (
        "{name} should be how wrong Y is: half the squared distance from Y to labelY, the mean of {samples} "
        "samples."
    ),
    ("squared_error", "single"): "{name} should be how wrong Y is: the squared distance from Y to labelY.",
    ("squared_error", "sum"): (
        "{name} should be how wrong Y is: the squared distance from Y to labelY, added up "
        "over {samples} samples."
    ),
    ("squared_error", "mean"): (
        "{name} should be how wrong Y is: the squared distance from Y to labelY, the mean of "
        "{samples} samples."
    ),
    ("mean_squared_error", "single"): (
        "{name} should be how wrong Y is: the mean squared distance from Y to labelY."
    ),
    ("mean_squared_error", "sum"): (
        "{name} should be how wrong Y is: the mean squared distance from Y to labelY, added "
        "up over {samples} "
        "samples."
    ),
    ("mean_squared_error", "mean"): (
        "{name} should be how wrong Y is: the mean squared distance from Y to labelY, the mean of {samples} "
        "samples."
    ),
    ("binary_cross_entropy", "single"): (
        "{name} should be how wrong Y is: minus the log of the probability that Y gives to the truth."
    ),
    ("binary_cross_entropy", "sum"): (
        "{name} should be how wrong Y is: minus the log of the probability that Y gives to "
        "the truth, added up "
        "over {samples} samples."
    ),
    ("binary_cross_entropy", "mean"): (
        "{name} should be how wrong Y is: minus the log of the probability that Y gives to "
        "the truth, the mean "
        "of {samples} samples."
    ),
    ("cross_entropy", "single"): (
        "{name} should be how wrong Y is: minus the log of the probability that Y gives to the true class."
    ),
    ("cross_entropy", "sum"): (
        "{name} should be how wrong Y is: minus the log of the share that Y gives to the "
        "true class, added up "
        "over {samples} samples."
    ),
    ("cross_entropy", "mean"): (
        "{name} should be how wrong Y is: minus the log of the share that Y gives to the "
        "true class, the mean "
        "of {samples} samples."
    ),
}
_DELTA_OUTPUT = "{name} should be how E changes with each output in Y."
_FACTOR_ACTIVATION = "{name} should be how {output} changes with {net}: the slope of {activation} there."
_DELTA_NET = "{name} should be how E changes with {net}, that is through {output}."
_DELTA_WEIGHTS = "{name} should be how E changes with each weight of {parameter}."
_DELTA_BIAS = "{name} should be how E changes with each bias of {parameter}."
_FACTOR_INPUT = "{name} should be how {net} changes with {input}."
_DELTA_INPUT = "{name} should be how E changes with {input}, by way of {net}."
_ROW_OF_LOSS = "{name} should be how E changes with the weights that leave {unit}."
_ROW_OF_NET = "{name} should be how net_1 changes with the weights that leave {unit}."
_VALUE = "{name} should be what the network's forward pass says."
_FORWARD_LOSS = "{name} should be the network's loss."
_GRADIENT = "{name} should be how {loss} changes with {parameter}, along all paths."
_CONTRIBUTION = "{name} should be a part of how {loss} changes with {parameter}."
_INNER = "{name} should be how {loss} changes with a result inside the equation of {parameter}."
_FACTOR = "{name} should be how {of} changes with {parameter}."
_COUNT = "{name} should be the number of updates so far, this one included."
_RATE = "{name} should be the learning rate of the next iteration."
_RUNNING = "{name} should be what test samples have in place of {input}, an average over the batches."
_REMEMBERED = "{name} should be what the optimiser remembers of {parameter}'s gradients."
_SLOTS = {
    "velocity": "{name} should be a share of its old value plus the new gradient of {parameter}.",
    "m": "{name} should be the running average of {parameter}'s gradient.",
    "v": "{name} should be the running average of the square of {parameter}'s gradient.",
    "square": "{name} should be the sum so far of the square of {parameter}'s gradient.",
    "rmsprop square": "{name} should be the running average of the square of {parameter}'s gradient.",
}
_UPDATED = "{name} should be its value in the next iteration, as the optimiser says."
_UPDATES = {
    ("weights", "sgd"): (
        "{name} should be the weights after one update: SGD subtracts the gradient times the rate."
    ),
    ("biases", "sgd"): (
        "{name} should be the biases after one update: SGD subtracts the gradient times the rate."
    ),
    ("weights", "momentum"): (
        "{name} should be the weights after one update: Momentum subtracts the velocity times the rate."
    ),
    ("biases", "momentum"): (
        "{name} should be the biases after one update: Momentum subtracts the velocity times the rate."
    ),
    ("weights", "nesterov"): (
        "{name} should be the weights after one update: "
        "Nesterov subtracts the gradient plus momentum times the velocity."
    ),
    ("biases", "nesterov"): (
        "{name} should be the biases after one update: "
        "Nesterov subtracts the gradient plus momentum times the velocity."
    ),
    ("weights", "rmsprop"): (
        "{name} should be the weights after one update: "
        "RMSprop subtracts the gradient over the root of its mean square."
    ),
    ("biases", "rmsprop"): (
        "{name} should be the biases after one update: "
        "RMSprop subtracts the gradient over the root of its mean square."
    ),
    ("weights", "adagrad"): (
        "{name} should be the weights after one update: "
        "AdaGrad subtracts the gradient over the root of the sum of its squares."
    ),
    ("biases", "adagrad"): (
        "{name} should be the biases after one update: "
        "AdaGrad subtracts the gradient over the root of the sum of its squares."
    ),
    ("weights", "adam"): (
        "{name} should be the weights after one update: "
        "Adam subtracts the first average over the root of the second, bias-corrected."
    ),
    ("biases", "adam"): (
        "{name} should be the biases after one update: "
        "Adam subtracts the first average over the root of the second, bias-corrected."
    ),
    ("weights", "adamw"): (
        "{name} should be the weights after one update: "
        "AdamW subtracts Adam's step and a share of the weights."
    ),
    ("biases", "adamw"): (
        "{name} should be the biases after one update: AdamW subtracts Adam's step and a share of the biases."
    ),
}


def puzzle_sentence(frame: Frame) -> str:
    """What a puzzle asks, before its first equation."""
    return fill(_PUZZLE, count=frame.period, equation=frame.program.steps[0].equation)


def expected_sentence(m: SentenceContext) -> str:
    """What the step's tensor should be, and the question of every puzzle."""
    expected, question = _expected(m), fill(_QUESTION)
    if m.is_derived(m.step.name):
        return f"{expected} {question}"
    own = fill(_OWN_EQUATION, derived=m.step.derived)
    return first_fitting(
        f"{own} {expected} {question}", f"{own} {expected}", f"{fill(_OWN_EQUATION_SHORT)} {expected}"
    )


def _expected(m: SentenceContext) -> str:
    role, layer_slots = m.step.role, {}
    if m.frame.network.layers:
        layer_slots = {
            "net": f"net_{m.k}",
            "inputs": m.input_tensor,
            "output": m.output_tensor,
            "activation": m.activation,
            "unit": m.end_units[0] if role.kind in (RoleKind.FACTOR_ROW, RoleKind.DELTA_ROW) else "",
        }
    return fill(
        _TEMPLATES[role.kind](m),
        name=m.step.name,
        input=role.by,
        parameter=role.by,
        of=role.of,
        loss=m.frame.program.loss,
        samples=m.samples,
        **layer_slots,
    )


def _loss_template(m: SentenceContext) -> str:
    network = m.frame.network
    if not network.layers or network.l2:
        return _FORWARD_LOSS
    reduction = "single" if m.samples == 1 else network.reduction
    return _LOSSES.get((network.loss, reduction), _FORWARD_LOSS)


def _row_template(m: SentenceContext) -> str:
    return _ROW_OF_LOSS if m.step.role.of == "E" else _ROW_OF_NET


def _slot_template(m: SentenceContext) -> str:
    kind = m.step.name.split("_")[0]
    if kind == "square" and m.frame.network.optimizer == "rmsprop":
        return _SLOTS["rmsprop square"]
    return _SLOTS.get(kind, _REMEMBERED)


def _update_template(m: SentenceContext) -> str:
    if not m.frame.network.layers:
        return _UPDATES.get(("weights", m.frame.network.optimizer), _UPDATED)
    is_edge = isinstance(m.frame.program.layouts[m.step.name].place_of(m.index), Edge)
    return _UPDATES.get(("weights" if is_edge else "biases", m.frame.network.optimizer), _UPDATED)


_TEMPLATES: dict[RoleKind, Callable[[SentenceContext], str]] = {
    RoleKind.NET: lambda m: _NET[m.frame.network.layers[m.k - 1].bias is not None],
    RoleKind.ACTIVATION: lambda m: _ACTIVATION,
    RoleKind.LOSS: _loss_template,
    RoleKind.DELTA_OUTPUT: lambda m: _DELTA_OUTPUT,
    RoleKind.FACTOR_ACTIVATION: lambda m: _FACTOR_ACTIVATION,
    RoleKind.DELTA_NET: lambda m: _DELTA_NET,
    RoleKind.DELTA_WEIGHTS: lambda m: _DELTA_WEIGHTS,
    RoleKind.DELTA_BIAS: lambda m: _DELTA_BIAS,
    RoleKind.FACTOR_INPUT: lambda m: _FACTOR_INPUT,
    RoleKind.DELTA_INPUT: lambda m: _DELTA_INPUT,
    RoleKind.FACTOR_ROW: _row_template,
    RoleKind.DELTA_ROW: _row_template,
    RoleKind.COUNT: lambda m: _COUNT,
    RoleKind.RATE: lambda m: _RATE,
    RoleKind.SLOT: _slot_template,
    RoleKind.UPDATE: _update_template,
    RoleKind.RUNNING: lambda m: _RUNNING,
    RoleKind.VALUE: lambda m: _VALUE,
    RoleKind.GRADIENT: lambda m: _GRADIENT,
    RoleKind.CONTRIBUTION: lambda m: _CONTRIBUTION,
    RoleKind.INNER: lambda m: _INNER,
    RoleKind.FACTOR: lambda m: _FACTOR,
}
