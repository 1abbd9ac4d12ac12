"""The sentence of a step: which kind of sentence it has, by its role and by what is unusual about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bpstep.deferred import deferred
from bpstep.explain.numbers import format_short
from bpstep.explain.parameters import edited_cells
from bpstep.explain.prose.context import SentenceContext, first_filled, first_fitting
from bpstep.lang.cells import Index
from bpstep.program.program import RoleKind
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.explain import arithmetic
    from bpstep.explain.prose import (
        general_backward,
        general_forward,
        mlp_backward,
        mlp_forward,
        mlp_update,
        puzzle,
        script,
    )
else:
    arithmetic = deferred("bpstep.explain.arithmetic")
    general_backward = deferred("bpstep.explain.prose.general_backward")
    general_forward = deferred("bpstep.explain.prose.general_forward")
    mlp_backward = deferred("bpstep.explain.prose.mlp_backward")
    mlp_forward = deferred("bpstep.explain.prose.mlp_forward")
    mlp_update = deferred("bpstep.explain.prose.mlp_update")
    puzzle = deferred("bpstep.explain.prose.puzzle")
    script = deferred("bpstep.explain.prose.script")

_START = (
    "Data and parameters are given; everything else is computed from them. The first of {count} equations: "
    "{equation}.",
    "Data and parameters are given; everything else is computed from them. The first of {count} equations "
    "gives {name}.",
)
_START_WITH_TITLE = (
    "{title}. Data and parameters are given; everything else is computed from them. The first of {count} "
    "equations: {equation}.",
    "{title}. Data and parameters are given. The first of {count} equations: {equation}.",
    "{title}. Data and parameters are given. The first of {count} equations gives {name}.",
)
_EDITED = (
    "{cell} was edited: the equation gives {computed}, and the edit puts {value} in its place. What "
    "follows uses {value}."
)
_NOT_FINITE = (
    "{cell} is {value} because it depends on {source}, which is not finite. The first in this iteration was "
    "{first}. Nothing is clamped."
)
_NOT_FINITE_ITSELF = (
    "{cell} is {value} because it depends on {source}, the first tensor in this iteration that is not "
    "finite. Nothing is clamped, so you can see it."
)
_ARISES = (
    "{cell} is {value}, and it arose here: what was read is finite, but the result is too large "
    "or not defined."
)
_ARISES_IN_LOSS = (
    "{cell} is {value}, and it arose here: what was read is finite, but an output is where the loss has no "
    "finite value."
)
_FIRST_ONE = "The first one is in {name}."
_REPLACED = (
    "This equation replaces the derived one, {derived}. Its result, {value}, is {name} from "
    "here on, right or "
    "wrong: a gradient check can tell.",
    "This equation replaces the derived one. Its result, {value}, is {name} from here on, right or wrong: a "
    "gradient check can tell.",
)
_DERIVATIVE_KEPT = (
    "{name} is {value}, the derivative of {derived}. {of} has another equation now: a gradient check tells "
    "whether this fits.",
    "{name} is {value}. {of} has another equation now: a gradient check tells whether this is its "
    "derivative.",
)

_FACTORS = (
    RoleKind.FACTOR,
    RoleKind.FACTOR_ACTIVATION,
    RoleKind.FACTOR_INPUT,
    RoleKind.FACTOR_ROW,
)
"""The kinds of steps that differentiate a single equation, whatever is behind it."""


@cache
def _kinds() -> dict[RoleKind, Callable[[SentenceContext], str]]:
    """What makes the sentence of each kind of step."""
    return {
        RoleKind.NET: mlp_forward.net,
        RoleKind.ACTIVATION: mlp_forward.activation,
        RoleKind.LOSS: _loss_sentence,
        RoleKind.FACTOR_ACTIVATION: mlp_backward.factor_activation,
        **mlp_backward.BACKWARD,
        **mlp_update.UPDATE,
        RoleKind.VALUE: general_forward.value,
        **general_backward.GENERAL_BACKWARD,
    }


@cache
def _kinds_without_texts() -> dict[RoleKind, Callable[[SentenceContext], str]]:
    """What makes it from the equation if an activation, a loss or an optimizer has no texts of its own."""
    return {
        RoleKind.ACTIVATION: general_forward.value,
        RoleKind.FACTOR_ACTIVATION: general_backward.factor,
        RoleKind.LOSS: general_forward.loss,
        RoleKind.DELTA_OUTPUT: general_backward.gradient,
        RoleKind.SLOT: script.remembered,
        RoleKind.UPDATE: script.update,
    }


def has_texts(m: SentenceContext) -> bool:
    """False at a step of an activation, a loss or an optimizer without texts of its own."""
    network = m.frame.network
    match m.step.role.kind:
        case RoleKind.ACTIVATION:
            return m.activation in mlp_forward.ACTIVATION_SENTENCES
        case RoleKind.FACTOR_ACTIVATION:
            return m.activation in mlp_backward.ACTIVATIONS_WITH_TEXTS
        case RoleKind.LOSS:
            return not network.layers or network.loss in mlp_forward.LOSS_SENTENCES
        case RoleKind.DELTA_OUTPUT:
            return network.loss in mlp_backward.LOSS_SLOPES
        case RoleKind.SLOT | RoleKind.UPDATE:
            return network.optimizer in mlp_update.UPDATE_RULES
    return True


def _loss_sentence(m: SentenceContext) -> str:
    if m.frame.network.l2:
        return general_forward.penalized_loss(m)
    return mlp_forward.loss(m) if m.frame.network.layers else general_forward.loss(m)


def sentence(frame: Frame, index: Index) -> str:
    """The sentence for the cell `index` of the step's result; at n = 0, what is about to begin."""
    step = frame.step
    if step is None:
        return _start_sentence(frame)
    if step.name not in frame.tensors:
        return script.not_run_at_all(frame.iteration)
    value: Any = frame.tensors[step.name]
    context = SentenceContext(frame, step, index, float(value[index] if index else value))
    if step.name in frame.not_run:
        return script.not_run(context)
    if (step.name, index) in edited_cells(frame):
        return _edited_sentence(context)
    if not math.isfinite(context.value):
        return _nonfinite_sentence(context)
    if frame.is_unsolved_puzzle:
        return puzzle.expected_sentence(context)
    if step.name in frame.replaced:
        return _replaced_sentence(context)
    if step.role.kind in _FACTORS and step.role.of in frame.replaced:
        return _kept_sentence(context)
    if step.is_given:
        return script.given(context)
    if step.origin is not None and step.role.kind in (RoleKind.UPDATE, RoleKind.SLOT):
        return script.remembered(context) if step.role.kind == RoleKind.SLOT else script.update(context)
    kinds = _kinds() if has_texts(context) else _kinds_without_texts()
    return kinds[step.role.kind](context)


def _start_sentence(frame: Frame) -> str:
    first = frame.program.steps[0]
    if frame.is_unsolved_puzzle:
        return puzzle.puzzle_sentence(frame)
    slots = {"count": frame.period, "equation": first.equation, "name": first.name}
    network = frame.network
    has_purpose = bool(network.title) and not network.layers and network.script is None
    templates = (*_START_WITH_TITLE, *_START) if has_purpose else _START
    return first_filled(templates, title=network.title.removesuffix("."), **slots)


def _edited_sentence(m: SentenceContext) -> str:
    computed = format_short(arithmetic.cell_arithmetic(m.step, m.index, m.frame.before).value)
    return fill(_EDITED, cell=m.cell, computed=computed, value=m.v)


def _nonfinite_sentence(m: SentenceContext) -> str:
    nonfinite_input = next(
        (name for name in m.step.reads if not np.all(np.isfinite(m.frame.before[name]))), ""
    )
    first = m.frame.first_nonfinite
    if nonfinite_input:
        template = _NOT_FINITE_ITSELF if first == nonfinite_input else _NOT_FINITE
        return fill(template, cell=m.cell, value=m.v, source=nonfinite_input, first=first)
    is_of_loss = m.step.role.kind in (RoleKind.LOSS, RoleKind.DELTA_OUTPUT)
    by_loss = is_of_loss and m.frame.network.loss.endswith("cross_entropy")
    template = _ARISES_IN_LOSS if by_loss and m.is_derived(m.step.name) else _ARISES
    text = fill(template, cell=m.cell, value=m.v)
    return text if first == m.step.name else f"{text} {fill(_FIRST_ONE, name=first)}"


def _replaced_sentence(m: SentenceContext) -> str:
    slots = {"derived": m.step.derived, "value": m.v, "name": m.step.name}
    return first_fitting(*(fill(template, **slots) for template in _REPLACED))


def _kept_sentence(m: SentenceContext) -> str:
    """For the derivative of an equation that was replaced, while it was not."""
    of = m.step.role.of
    derived = next(step.derived for step in m.frame.program.steps if step.name == of)
    slots = {"name": m.cell, "value": m.v, "of": of, "derived": derived}
    return first_filled(_DERIVATIVE_KEPT, **slots)
