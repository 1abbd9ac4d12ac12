"""Why a gradient may differ from the slope of the loss; its sign then says nothing about the loss.

A derived gradient is right if the equations it depends on are derived, no cell between them and the loss was
edited, their weights are not updated yet, no activation is at a kink, and the loss is finite.
"""

from __future__ import annotations

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.explain.chain_rule import backward_sources
from bpstep.lang.activations import ACTIVATIONS
from bpstep.program.program import Phase, Program, RoleKind, Step
from bpstep.session.frame import Frame
from bpstep.text import fill

_REPLACED = "the replaced {name}"
_EDITED = "the edited {name}"
_UPDATED = "{name} as already updated"
_AT_CORNER = "the corner of {activation} at {net} = 0"
_NO_FINITE_LOSS = "a loss of {loss}"


def gradient_caveat(frame: Frame, step: Step) -> str:
    """Why the gradient that `step` gives is doubtful, such as "the replaced delta_Y"; empty if it is not."""
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
        or _without_finite_loss(frame)
    )


def _without_finite_loss(frame: Frame) -> str:
    loss = frame.before.get(frame.program.loss)
    return "" if loss is None or np.isfinite(loss) else fill(_NO_FINITE_LOSS, loss=loss)


def _equations_to_loss(program: Program, step: Step) -> list[int]:
    """The positions of the equations between the differentiated quantity and the loss."""
    producer = program.step_indices.get(step.role.by)
    if producer is None or program.steps[producer].phase != Phase.FORWARD:
        if not step.role.layer:
            return []
        producer = program.step_indices[f"net_{step.role.layer}"] - 1
    return [k for k, line in enumerate(program.steps) if k > producer and line.phase.is_forward]


def _replaced(frame: Frame, steps: list[Step]) -> str:
    name = next((step.name for step in steps if step.name in frame.replaced), "")
    return fill(_REPLACED, name=name) if name else ""


def _edited(frame: Frame, steps: list[Step]) -> str:
    edited = {
        edit.name for edit in frame.edits if isinstance(edit, Edit) and frame.start < edit.at <= frame.n
    }
    name = next((step.name for step in steps if step.name in edited and step.phase != Phase.LOSS), "")
    return fill(_EDITED, name=name) if name else ""


def _updated(program: Program, steps: list[Step]) -> str:
    for step in steps:
        for name in step.reads:
            at = program.step_indices.get(name, -1)
            new = at >= 0 and program.steps[at].phase == Phase.UPDATE and at < program.step_indices[step.name]
            if new and step.phase == Phase.BACKWARD:
                return fill(_UPDATED, name=name)
    return ""


def _at_kink(frame: Frame, steps: list[Step]) -> str:
    for step in steps:
        layer = step.role.layer
        if step.role.kind == RoleKind.ACTIVATION and step.phase == Phase.FORWARD:
            activation = frame.network.layers[layer - 1].activation
            if ACTIVATIONS[activation].kinked and np.any(frame.before[f"net_{layer}"] == 0):
                return fill(_AT_CORNER, activation=activation, net=f"net_{layer}")
    return ""
