"""The updates in words: what an optimiser remembers, and where a parameter goes."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_precise, format_short
from bpstep.explain.prose.context import SentenceContext, first_fitting, format_significant
from bpstep.explain.prose.hints import gradient_caveat
from bpstep.program.diagram import Edge
from bpstep.program.program import gradient


def count(m: SentenceContext) -> str:
    """Adam's counter."""
    with np.errstate(all="ignore"):
        share = 1 - float(np.float64(m.number("beta1", ())) ** m.value)
    return (
        f"Adam counts its updates: t = {format_precise(m.value)}. Averages that begin at 0 are too "
        f"small at first; dividing by 1 - beta^t, {format_short(share)} for beta1, makes up for that."
    )


def slot(m: SentenceContext) -> str:
    """What an optimiser remembers of a parameter."""
    return _SLOTS[m.frame.network.optimizer, m.step.name.split("_")[0]](m)


def _gradient(m: SentenceContext) -> float:
    """The gradient of the selected cell, as the program computed it."""
    return float(gradient(m.frame.program, m.step.role.by, m.frame.before)[m.index])


def _velocity(m: SentenceContext) -> str:
    decay, old, new = m.number("momentum", ()), m.at(m.step.name), format_short(_gradient(m))
    if decay == 0:
        return f"With a momentum of 0 nothing is kept: the velocity is the gradient, {m.v}."
    return first_fitting(
        f"The velocity keeps {format_precise(decay)} of what it was, {old}, and adds the "
        f"gradient {new}: {m.v}. "
        "Gradients that agree build up, those that alternate cancel.",
        f"The velocity keeps {format_precise(decay)} of itself and adds the gradient {new}: {m.v}. "
        "Gradients that agree build up, those that alternate cancel.",
    )


def _mix_note(m: SentenceContext, option: str) -> str:
    decay = m.number(option, ())
    return (
        f"{format_precise(decay)} of what it was, {m.at(m.step.name)}, and "
        f"{format_significant(1 - decay, 6)} of the "
        "gradient"
    )


def _mean_square(m: SentenceContext) -> str:
    text = f"RMSprop mixes {_mix_note(m, 'alpha')} squared: {m.v}."
    return first_fitting(f"{text} Dividing by its root will even out steep and flat directions.", text)


def _square_sum(m: SentenceContext) -> str:
    return (
        f"AdaGrad adds the square of the gradient {format_short(_gradient(m))} to all before: {m.v}. "
        "It never shrinks, so equal gradients move this cell less and less."
    )


def _first_average(m: SentenceContext) -> str:
    text = f"Adam's first average mixes {_mix_note(m, 'beta1')}: {m.v}."
    return first_fitting(f"{text} Noise averages out, the common direction stays.", text)


def _second_average(m: SentenceContext) -> str:
    text = f"Adam's second average mixes {_mix_note(m, 'beta2')} squared: {m.v}."
    return first_fitting(f"{text} Its corrected root is the gradient's usual size.", text)


_SLOTS: dict[tuple[str, str], Callable[[SentenceContext], str]] = {
    ("momentum", "velocity"): _velocity,
    ("nesterov", "velocity"): _velocity,
    ("rmsprop", "square"): _mean_square,
    ("adagrad", "square"): _square_sum,
    ("adam", "m"): _first_average,
    ("adam", "v"): _second_average,
}

_RULES = {
    "sgd": "One step downhill, against the gradient {g}: learning_rate, {rate}, says how far.",
    "momentum": "A step against the velocity, {velocity}, where plain descent would take the gradient, {g}.",
    "nesterov": "A step against the gradient and the velocity it leads to: Nesterov looks one step ahead.",
    "rmsprop": "The gradient over the root of its mean square: steep and flat directions step alike.",
    "adagrad": "The gradient over the root of all its squares: well-travelled cells take shorter steps.",
    "adam": "The first average over the root of the second, both made up for their start at 0.",
}


def update(m: SentenceContext) -> str:
    """A parameter's step."""
    before, rate = m.number(m.step.name), m.number("learning_rate", ())
    change = m.value - before
    what, now = _parameter(m), format_significant(m.value, 6)
    if change == 0:
        return _unchanged_sentence(m, rate, what, now)
    change_note = (
        f"T{what[1:]} goes {'up' if change > 0 else 'down'} by "
        f"{format_significant(abs(change), 3)}, to {now}."
    )
    if rate < 0:
        return f"A negative learning_rate, {format_precise(rate)}, turns the step around. {change_note}"
    slot = f"velocity_{m.step.role.by}"
    velocity = m.at(slot) if slot in m.frame.before else ""
    rule = _RULES[m.frame.network.optimizer].format(
        g=format_short(_gradient(m)), rate=format_precise(rate), velocity=velocity
    )
    if m.frame.network.optimizer == "sgd" and _caveat(m):
        rule = f"A step against the gradient {format_short(_gradient(m))}, which rests on {_caveat(m)}."
    return first_fitting(f"{rule} {change_note}", f"{re.split('[:,]', rule)[0]}. {change_note}")


def _unchanged_sentence(m: SentenceContext, rate: float, what: str, now: str) -> str:
    if rate == 0:
        return f"learning_rate is 0, so {what} stays at {now}, whatever pushes it."
    direction_name, direction = _update_direction(m)
    if direction == 0:
        return f"The {direction_name} of {what} is 0: nothing says which way is down, and it stays at {now}."
    return f"The step of {what} is too small to change {now}: float64 holds about 16 digits."


def _update_direction(m: SentenceContext) -> tuple[str, float]:
    """What an update multiplies by the rate, and its number: at 0 a parameter stays."""
    by, new = m.step.role.by, _gradient(m)
    match m.frame.network.optimizer:
        case "momentum":
            return "velocity", m.number(f"velocity_{by}")
        case "nesterov":
            return "push", new + m.number("momentum", ()) * m.number(f"velocity_{by}")
        case "adam":
            return "first average", m.number(f"m_{by}")
    return "gradient", new


def _parameter(m: SentenceContext) -> str:
    """The selected cell as people call it: the weight h1 to y, the bias of h1."""
    if isinstance(m.frame.program.layouts[m.step.name].place_of(m.index), Edge):
        source, target = m.end_units
        return f"the weight {source} to {target}"
    return f"the bias of {m.here}"


def _caveat(m: SentenceContext) -> str:
    """What speaks against the gradient's pointing uphill; empty where nothing does."""
    program = m.frame.program
    names = program.gradients[m.step.role.by]
    reasons = (gradient_caveat(m.frame, program.steps[program.step_indices[name]]) for name in names)
    return next((reason for reason in reasons if reason), "")


UPDATE: dict[str, Callable[[SentenceContext], str]] = {"count": count, "slot": slot, "update": update}
