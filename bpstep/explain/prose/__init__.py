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

from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.numbers import format_short
from bpstep.explain.parameters import edited_cells
from bpstep.explain.prose import mlp_backward, mlp_forward, mlp_update, puzzle
from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.program.diagram import Index
from bpstep.session.frame import Frame

_KINDS: dict[str, Callable[[SentenceContext], str]] = {
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
        return _start_sentence(frame)
    value: Any = frame.tensors[step.name]
    context = SentenceContext(frame, step, index, float(value[index] if index else value))
    if (step.name, index) in edited_cells(frame):
        return _edited_sentence(context)
    if not math.isfinite(context.value):
        return _nonfinite_sentence(context)
    if frame.is_unsolved_puzzle:
        return puzzle.expected_sentence(context)
    if step.name in frame.replaced:
        return _replaced_sentence(context)
    return _KINDS[step.role.kind](context)


def _start_sentence(frame: Frame) -> str:
    first = frame.program.steps[0]
    if frame.is_unsolved_puzzle:
        return puzzle.puzzle_sentence(frame)
    start = "Data and parameters are given, everything else is yet to be computed from them"
    return first_fitting(
        f"{start}. The first of {frame.period} equations: {first.equation}.",
        f"{start}. The first of {frame.period} equations gives {first.name}.",
    )


def _edited_sentence(m: SentenceContext) -> str:
    computed = format_short(cell_arithmetic(m.step, m.index, m.frame.before).value)
    return (
        f"{m.cell} was edited: the equation gives {computed}, the edit puts {m.v} in its place. What "
        f"follows uses {m.v}."
    )


def _nonfinite_sentence(m: SentenceContext) -> str:
    nonfinite_input = next(
        (name for name in m.step.reads if not np.all(np.isfinite(m.frame.before[name]))), ""
    )
    first = m.frame.first_nonfinite
    if nonfinite_input:
        origin = "it" if first == nonfinite_input else first
        return (
            f"{m.cell} is {m.v}: it follows from {nonfinite_input}, which is not finite. "
            f"The first in this iteration was {origin}; nothing is clamped, to show that."
        )
    why = "the result is too large or not defined"
    by_loss = m.step.role.kind in ("loss", "delta_output") and m.frame.network.loss.endswith("cross_entropy")
    if by_loss and m.is_derived(m.step.name):
        why = "an output is where the loss has no finite value"
    also = "" if first == m.step.name else f" The first one is in {first}."
    return f"{m.cell} is {m.v}, and it arose here: what was read is finite, but {why}.{also}"


def _replaced_sentence(m: SentenceContext) -> str:
    start = "This equation replaces the derived one"
    end = f"What it gives, {m.v}, is {m.step.name} from here on, right or wrong: a gradient check can tell."
    return first_fitting(f"{start}, {m.step.derived}. {end}", f"{start}. {end}")
