"""Sentences of the update phase: what an optimiser remembers, and how a parameter changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_precise, format_short
from bpstep.explain.prose.context import SentenceContext, first_filled, first_fitting, format_significant
from bpstep.explain.prose.hints import gradient_caveat
from bpstep.model.network import RUNNING
from bpstep.program.diagram import Edge
from bpstep.program.program import RoleKind, gradient_of
from bpstep.text import fill

_COUNT = (
    "Adam counts its updates: t = {value}. Averages that begin at 0 are too small at first; dividing by "
    "1 - beta^t, {share} for beta1, corrects that."
)

_COUNT_ITERATIONS = "t counts the finished iterations: {value}. The learning rate depends on it."
_RATE = {
    "inverse_time": (
        "The learning rate of the next iteration is {value}: {start} at the start, divided by a number that "
        "grows by {decay} each time."
    ),
    "exponential": (
        "The learning rate of the next iteration is {value}: {start} at the start, then each "
        "time the one before times e^-{decay}."
    ),
    "step": (
        "The learning rate of the next iteration is {value}: {start} at the start, times {factor} once every "
        "{every} iterations."
    ),
}

_NO_MOMENTUM = "With a momentum of 0 nothing is kept: the velocity is the gradient, {value}."
_VELOCITY = (
    "The velocity keeps {decay} of what it was, {old}, and adds the gradient {gradient}: {value}. "
    "Gradients that agree build up, those that alternate cancel.",
    "The velocity keeps {decay} of itself and adds the gradient {gradient}: {value}. "
    "Gradients that agree build up, those that alternate cancel.",
)
_MEAN_SQUARE = (
    "RMSprop mixes {decay} of what it was, {old}, and {rest} of the gradient squared: {value}. "
    "Dividing by its root will even out steep and flat directions.",
    "RMSprop mixes {decay} of what it was, {old}, and {rest} of the gradient squared: {value}.",
)
_SQUARE_SUM = (
    "AdaGrad adds the square of the gradient {gradient} to all before: {value}. It never shrinks, so equal "
    "gradients move this cell less and less."
)
_FIRST_AVERAGE = (
    "Adam's first average mixes {decay} of what it was, {old}, and {rest} of the gradient: {value}. "
    "Noise averages out, the common direction stays.",
    "Adam's first average mixes {decay} of what it was, {old}, and {rest} of the gradient: {value}.",
)
_SECOND_AVERAGE = (
    "Adam's second average mixes {decay} of what it was, {old}, and {rest} of the gradient squared: {value}. "
    "Its corrected root is the gradient's usual size.",
    "Adam's second average mixes {decay} of what it was, {old}, and {rest} of the gradient squared: {value}.",
)

UPDATE_RULES = {
    "sgd": (
        "One step downhill, against the gradient {gradient}: learning_rate, {rate}, says how far.",
        "One step downhill, against the gradient {gradient}.",
    ),
    "momentum": (
        "A step against the velocity, {velocity}, where plain descent would take the gradient, {gradient}.",
        "A step against the velocity.",
    ),
    "nesterov": (
        "A step against the gradient and the velocity it leads to: Nesterov looks one step ahead.",
        "A step against the gradient and the velocity it leads to.",
    ),
    "rmsprop": (
        "The gradient over the root of its mean square: steep and flat directions step alike.",
        "The gradient over the root of its mean square.",
    ),
    "adagrad": (
        "The gradient over the root of all its squares: cells with large gradients so far take shorter "
        "steps.",
        "The gradient over the root of all its squares.",
    ),
    "adam": (
        "The first average over the root of the second, both bias-corrected.",
        "The first average over the root of the second.",
    ),
    "adamw": (
        "The first average over the root of the second, both bias-corrected, and {decay} of the cell itself.",
        "The first average over the root of the second, and {decay} of the cell itself.",
        "The step of Adam, and {decay} of the cell itself.",
    ),
}
"""What each optimiser does, in full and in short."""

_VELOCITY_IS_GRADIENT = (
    "A step against the velocity, {velocity}: here it is the gradient itself.",
    "A step against the velocity.",
)
_DOUBTFUL_GRADIENT = ("A step against the gradient {gradient}, which rests on {caveat}.",)
_NEGATIVE_RATE = "A negative learning_rate, {rate}, turns the step around."

_RUNNING = (
    "{cell} goes from {old} to {value}; this batch has {of_cell} = {batch}. Test samples are computed with "
    "{name} in place of {of}.",
    "{cell} goes from {old} to {value}. Test samples are computed with it in place of {of}.",
    "{cell} is {value} now. Test samples are computed with it.",
)
_WEIGHT, _BIAS, _CELL = "weight", "bias", "cell"
_CHANGES = {
    (_WEIGHT, "up"): "The weight from {source} to {target} goes up by {change}, to {value}.",
    (_WEIGHT, "down"): "The weight from {source} to {target} goes down by {change}, to {value}.",
    (_BIAS, "up"): "The bias of {unit} goes up by {change}, to {value}.",
    (_BIAS, "down"): "The bias of {unit} goes down by {change}, to {value}.",
    (_CELL, "up"): "{cell} goes up by {change}, to {value}.",
    (_CELL, "down"): "{cell} goes down by {change}, to {value}.",
}
_RATE_IS_ZERO = {
    _WEIGHT: (
        "learning_rate is 0, so the weight from {source} to {target} stays at {value}, whatever its gradient."
    ),
    _BIAS: "learning_rate is 0, so the bias of {unit} stays at {value}, whatever its gradient.",
    _CELL: "learning_rate is 0, so {cell} stays at {value}, whatever its gradient.",
}
_STEP_TOO_SMALL = {
    _WEIGHT: (
        "The step of the weight from {source} to {target} is too small to change {value}: float64 holds "
        "about 16 digits."
    ),
    _BIAS: "The step of the bias of {unit} is too small to change {value}: float64 holds about 16 digits.",
    _CELL: "The step of {cell} is too small to change {value}: float64 holds about 16 digits.",
}
_NO_DIRECTION = {
    (_WEIGHT, "gradient"): (
        "The gradient of the weight from {source} to {target} is 0: no direction is downhill, and "
        "it stays at {value}."
    ),
    (_WEIGHT, "velocity"): (
        "The velocity of the weight from {source} to {target} is 0: no direction is downhill, and "
        "it stays at {value}."
    ),
    (_WEIGHT, "push"): (
        "The step of the weight from {source} to {target} is 0: no direction is downhill, and it stays at "
        "{value}."
    ),
    (_WEIGHT, "first average"): (
        "The first average of the weight from {source} to {target} is 0: no direction is "
        "downhill, and it stays at "
        "{value}."
    ),
    (_BIAS, "gradient"): (
        "The gradient of the bias of {unit} is 0: no direction is downhill, and it stays at {value}."
    ),
    (_BIAS, "velocity"): (
        "The velocity of the bias of {unit} is 0: no direction is downhill, and it stays at {value}."
    ),
    (_BIAS, "push"): (
        "The step of the bias of {unit} is 0: no direction is downhill, and it stays at {value}."
    ),
    (_CELL, "gradient"): "The gradient of {cell} is 0: no direction is downhill, and it stays at {value}.",
    (_CELL, "velocity"): "The velocity of {cell} is 0: no direction is downhill, and it stays at {value}.",
    (_CELL, "push"): "The step of {cell} is 0: no direction is downhill, and it stays at {value}.",
    (_CELL, "first average"): (
        "The first average of {cell} is 0: no direction is downhill, and it stays at {value}."
    ),
    (_BIAS, "first average"): (
        "The first average of the bias of {unit} is 0: no direction is downhill, and it stays at {value}."
    ),
}

_DOUBTFUL_ZERO = {
    _WEIGHT: (
        "The gradient of the weight from {source} to {target} is 0, which rests on {caveat}: it stays at "
        "{value}."
    ),
    _BIAS: "The gradient of the bias of {unit} is 0, which rests on {caveat}: it stays at {value}.",
    _CELL: "The gradient of {cell} is 0, which rests on {caveat}: it stays at {value}.",
}


def count(m: SentenceContext) -> str:
    """The step counter of Adam, or of the learning rate's schedule."""
    if "beta1" not in m.frame.before:
        return fill(_COUNT_ITERATIONS, value=format_precise(m.value))
    with np.errstate(all="ignore"):
        share = 1 - float(np.float64(m.number("beta1", ())) ** m.value)
    return fill(_COUNT, value=format_precise(m.value), share=format_short(share))


def rate(m: SentenceContext) -> str:
    """The learning rate of the next iteration."""
    schedule = m.frame.network.schedule
    assert schedule is not None
    names = ("start", *schedule.options)
    slots = {name: format_precise(m.number(f"rate_{name}", ())) for name in names}
    return fill(_RATE[schedule.kind], value=format_short(m.value), **slots)


def running(m: SentenceContext) -> str:
    """A running statistic, which replaces that of the batch for test samples."""
    return first_filled(
        _RUNNING,
        cell=m.cell,
        old=m.at(m.step.name),
        value=m.v,
        of=m.step.role.by,
        of_cell=m.cell.removeprefix(RUNNING),
        batch=m.at(m.step.role.by),
        name=m.step.name,
    )


def slot(m: SentenceContext) -> str:
    """What an optimiser remembers about a parameter."""
    return _SLOTS[m.frame.network.optimizer, m.step.name.split("_")[0]](m)


def _gradient(m: SentenceContext) -> float:
    """The gradient of the selected cell, as the program computed it."""
    return float(gradient_of(m.frame.program, m.step.role.by, m.frame.before)[m.index])


def _velocity(m: SentenceContext) -> str:
    decay = m.number("momentum", ())
    if decay == 0:
        return fill(_NO_MOMENTUM, value=m.v)
    return first_filled(
        _VELOCITY,
        decay=format_precise(decay),
        old=m.at(m.step.name),
        gradient=format_short(_gradient(m)),
        value=m.v,
    )


def _average(m: SentenceContext, option: str, templates: tuple[str, ...]) -> str:
    decay = m.number(option, ())
    return first_filled(
        templates,
        decay=format_precise(decay),
        old=m.at(m.step.name),
        rest=format_significant(1 - decay, 6),
        value=m.v,
    )


_SLOTS: dict[tuple[str, str], Callable[[SentenceContext], str]] = {
    ("momentum", "velocity"): _velocity,
    ("nesterov", "velocity"): _velocity,
    ("rmsprop", "square"): lambda m: _average(m, "alpha", _MEAN_SQUARE),
    ("adagrad", "square"): lambda m: fill(_SQUARE_SUM, gradient=format_short(_gradient(m)), value=m.v),
    ("adam", "m"): lambda m: _average(m, "beta1", _FIRST_AVERAGE),
    ("adam", "v"): lambda m: _average(m, "beta2", _SECOND_AVERAGE),
    ("adamw", "m"): lambda m: _average(m, "beta1", _FIRST_AVERAGE),
    ("adamw", "v"): lambda m: _average(m, "beta2", _SECOND_AVERAGE),
}


def update(m: SentenceContext) -> str:
    """A parameter's update."""
    kind, slots = _parameter_slots(m)
    before, rate = m.number(m.step.name), m.number("learning_rate", ())
    change = m.value - before
    if change == 0:
        return _unchanged_sentence(m, rate)
    direction = "up" if change > 0 else "down"
    change_note = fill(_CHANGES[kind, direction], change=format_significant(abs(change), 3), **slots)
    if rate < 0:
        return f"{fill(_NEGATIVE_RATE, rate=format_precise(rate))} {change_note}"
    velocity = f"velocity_{m.step.role.by}"
    caveat = _caveat(m) if m.frame.network.optimizer == "sgd" else ""
    rules = _DOUBTFUL_GRADIENT if caveat else _rules(m)
    rule_slots = {
        "gradient": format_short(_gradient(m)),
        "rate": format_precise(rate),
        "velocity": m.at(velocity) if velocity in m.frame.before else "",
        "caveat": caveat,
        "decay": format_precise(m.number("weight_decay", ())) if "weight_decay" in m.frame.before else "",
    }
    return first_fitting(*(f"{fill(rule, **rule_slots)} {change_note}" for rule in rules))


def _rules(m: SentenceContext) -> tuple[str, ...]:
    """The optimiser's rule. A velocity is not contrasted with the gradient if both are the same number."""
    optimizer, gradient_now = m.frame.network.optimizer, _gradient(m)
    rules = UPDATE_RULES[optimizer]
    if optimizer != "momentum":
        return rules
    velocity = m.number(f"velocity_{m.step.role.by}")
    if velocity == gradient_now:
        return _VELOCITY_IS_GRADIENT
    return rules[1:] if format_short(velocity) == format_short(gradient_now) else rules


def _unchanged_sentence(m: SentenceContext, rate: float) -> str:
    kind, slots = _parameter_slots(m)
    if rate == 0:
        return fill(_RATE_IS_ZERO[kind], **slots)
    name, direction = _update_direction(m)
    if direction == 0 and name == "gradient" and (caveat := _caveat(m)):
        return fill(_DOUBTFUL_ZERO[kind], caveat=caveat, **slots)
    return fill(_NO_DIRECTION[kind, name] if direction == 0 else _STEP_TOO_SMALL[kind], **slots)


def _update_direction(m: SentenceContext) -> tuple[str, float]:
    """The factor of the learning rate in an update, and its number: 0 leaves a parameter unchanged."""
    by, new = m.step.role.by, _gradient(m)
    match m.frame.network.optimizer:
        case "momentum":
            return "velocity", m.number(f"velocity_{by}")
        case "nesterov":
            return "push", new + m.number("momentum", ()) * m.number(f"velocity_{by}")
        case "adam" | "adamw":
            return "first average", m.number(f"m_{by}")
    return "gradient", new


def _parameter_slots(m: SentenceContext) -> tuple[str, dict[str, str]]:
    """Whether the selected cell is a weight, a bias or another number, and the slots of its sentence."""
    value = format_significant(m.value, 6)
    if not m.frame.network.layers:
        return _CELL, {"cell": m.cell, "value": value}
    if isinstance(m.frame.program.layouts[m.step.name].place_of(m.index), Edge):
        source, target = m.end_units
        return _WEIGHT, {"source": source, "target": target, "value": value}
    return _BIAS, {"unit": m.here, "value": value}


def _caveat(m: SentenceContext) -> str:
    """Why the gradient may not point uphill; empty if it does."""
    program = m.frame.program
    names = program.gradients[m.step.role.by]
    reasons = (gradient_caveat(m.frame, program.steps[program.step_indices[name]]) for name in names)
    return next((reason for reason in reasons if reason), "")


UPDATE: dict[RoleKind, Callable[[SentenceContext], str]] = {
    RoleKind.COUNT: count,
    RoleKind.SLOT: slot,
    RoleKind.UPDATE: update,
    RoleKind.RATE: rate,
    RoleKind.RUNNING: running,
}
