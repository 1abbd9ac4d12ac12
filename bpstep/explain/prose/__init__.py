"""One sentence or two in plain words: what a step does and why, with its own tensors and numbers.

A table by role; where the activation, loss or optimiser matters, each has its own text. Every text is about
the selected cell of the step's result, holds for whatever number is there, and fits on two lines of a small
screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.explain.arithmetic import reading
from bpstep.explain.numbers import short
from bpstep.explain.parameters import edited_cells
from bpstep.explain.prose import mlp_backward, mlp_forward, mlp_update, puzzle
from bpstep.explain.prose.context import Moment, fitting
from bpstep.program.diagram import Index
from bpstep.session.frame import Frame

_KINDS: dict[str, Callable[[Moment], str]] = {
    "net": mlp_forward.net,
    "activation": mlp_forward.activation,
    "loss": mlp_forward.loss,
    "factor_activation": mlp_backward.factor_activation,
    **mlp_backward.BACKWARD,
    **mlp_update.UPDATE,
}


def sentence(frame: Frame, index: Index) -> str:
    """The sentence for the cell `index` of what the step gave; at n = 0 what is about to begin."""
    step = frame.step
    if step is None:
        return _beginning(frame)
    value: Any = frame.tensors[step.name]
    moment = Moment(frame, step, index, float(value[index] if index else value))
    if (step.name, index) in edited_cells(frame):
        return _edited(moment)
    if not math.isfinite(moment.value):
        return _nonfinite(moment)
    if frame.riddle:
        return puzzle.supposed(moment)
    if step.name in frame.own:
        return _replaced(moment)
    return _KINDS[step.role.kind](moment)


def _beginning(frame: Frame) -> str:
    first = frame.program.steps[0]
    if frame.riddle:
        return puzzle.riddle(frame)
    start = "Data and parameters are given, everything else is yet to be computed from them"
    return fitting(
        f"{start}. The first of {frame.period} equations: {first.equation}.",
        f"{start}. The first of {frame.period} equations gives {first.name}.",
    )


def _edited(m: Moment) -> str:
    computed = short(reading(m.step, m.index, m.frame.before).value)
    return (
        f"{m.cell} was edited: the equation gives {computed}, the edit puts {m.v} in its place. What "
        f"follows uses {m.v}."
    )


def _nonfinite(m: Moment) -> str:
    spoilt = next((name for name in m.step.reads if not np.all(np.isfinite(m.frame.before[name]))), "")
    first = m.frame.first_nonfinite
    if spoilt:
        arose = "it" if first == spoilt else first
        return (
            f"{m.cell} is {m.v}: it follows from {spoilt}, which is not finite. "
            f"The first in this iteration was {arose}; nothing is clamped, to show that."
        )
    why = "the result is too large or not defined"
    by_loss = m.step.role.kind in ("loss", "delta_output") and m.frame.network.loss.endswith("cross_entropy")
    if by_loss and m.derived(m.step.name):
        why = "an output is where the loss has no finite value"
    also = "" if first == m.step.name else f" The first one is in {first}."
    return f"{m.cell} is {m.v}, and it arose here: what was read is finite, but {why}.{also}"


def _replaced(m: Moment) -> str:
    start = "This equation replaces the derived one"
    end = f"What it gives, {m.v}, is {m.step.name} from here on, right or wrong: a gradient check can tell."
    return fitting(f"{start}, {m.step.derived}. {end}", f"{start}. {end}")
