"""Why a gradient may not be the slope of the loss that is computed: then its sign promises nothing.

What is derived is right wherever the equations are. It rests on them, though: on those that somebody
replaced, on cells that were edited in between, on weights that are new already, on a corner of an activation,
on a loss that has a value.
"""

from __future__ import annotations

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.explain.chain_rule import backward_sources
from bpstep.lang.macros import ACTIVATIONS
from bpstep.program.program import Program, Step
from bpstep.session.frame import Frame


def gradient_caveat(frame: Frame, step: Step) -> str:
    """What the gradient that `step` gives rests on, if it is anything doubtful: the replaced delta_Y."""
    program = frame.program
    at = program.step_indices[step.name]
    concerned = [
        program.steps[k] for k in sorted({*backward_sources(program, at), *_equations_to_loss(program, step)})
    ]
    return (
        _replaced(frame, concerned)
        or _edited(frame, [other for other in concerned if other is not step])
        or _updated(program, concerned)
        or _at_kink(frame, concerned)
        or ("" if np.isfinite(frame.before["E"]) else f"an E of {frame.before['E']}")
    )


def _equations_to_loss(program: Program, step: Step) -> list[int]:
    """The equations by which the loss follows from what the gradient is by."""
    producer = program.step_indices.get(step.role.by)
    if producer is None or program.steps[producer].phase != "forward":
        producer = program.step_indices[f"net_{step.role.layer}"] - 1
    return [k for k, line in enumerate(program.steps) if k > producer and line.phase in ("forward", "loss")]


def _replaced(frame: Frame, steps: list[Step]) -> str:
    name = next((step.name for step in steps if step.name in frame.replaced), "")
    return f"the replaced {name}" if name else ""


def _edited(frame: Frame, steps: list[Step]) -> str:
    edited = {
        edit.name for edit in frame.edits if isinstance(edit, Edit) and frame.start < edit.at <= frame.n
    }
    name = next((step.name for step in steps if step.name in edited and step.phase != "loss"), "")
    return f"the edited {name}" if name else ""


def _updated(program: Program, steps: list[Step]) -> str:
    for step in steps:
        for name in step.reads:
            at = program.step_indices.get(name, -1)
            new = at >= 0 and program.steps[at].phase == "update" and at < program.step_indices[step.name]
            if new and step.phase == "backward":
                return f"{name} as already updated"
    return ""


def _at_kink(frame: Frame, steps: list[Step]) -> str:
    for step in steps:
        layer = step.role.layer
        if step.role.kind == "activation" and step.phase == "forward":
            activation = frame.network.layers[layer - 1].activation
            if ACTIVATIONS[activation].kinked and np.any(frame.before[f"net_{layer}"] == 0):
                return f"the corner of {activation} at net_{layer} = 0"
    return ""
