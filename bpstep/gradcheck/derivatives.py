"""Which derivative an equation of the backward pass stands for.

delta_A_B is that of A by B, delta_Q that of the loss by Q.
"""

from __future__ import annotations

import numpy as np

from bpstep.gradcheck.differences import Derivative, DifferenceProbe
from bpstep.program.diagram import Index, LayoutKind, TensorLayout
from bpstep.program.program import Program, Step


def differentiated(program: Program, step: Step) -> tuple[str, str]:
    """What is differentiated, and by which tensor. Of a row of weights it is the whole tensor."""
    role = step.role
    if role.kind in ("factor_row", "delta_row"):
        return role.of, _weights(program, role.layer)
    return role.of, role.by


def derivative(probe: DifferenceProbe, step: Step, index: Index, sample_offset: int = 0) -> Derivative:
    """The derivative that a cell of an equation of the backward pass is.

    A factor between layers is the same for every sample: `sample_offset` says whose is taken.
    """
    role, tensors = step.role, probe.tensors
    match role.kind:
        case "factor_activation":
            return Derivative(role.by, index, role.of, index)
        case "factor_input":
            shape = np.shape(tensors[role.by])
            sample = (sample_offset % shape[0],) if len(shape) > 1 else ()
            return Derivative(role.by, (*sample, index[1]), role.of, (*sample, index[0]))
        case "factor_row" | "delta_row":
            weights = (probe.program.layouts[step.name].source_row or 0, index[-1])
            of_index = index[-1:] if role.kind == "factor_row" else ()
            return Derivative(_weights(probe.program, role.layer), weights, role.of, of_index)
    # The article's form leaves out axes of one cell.
    flat = np.ravel_multi_index(index, np.shape(tensors[step.name]))
    by_index = tuple(int(axis) for axis in np.unravel_index(flat, np.shape(tensors[role.by])))
    return Derivative(role.by, by_index)


def _weights(program: Program, layer: int) -> str:
    return next(
        name for name in program.parameters if program.layouts[name] == TensorLayout(LayoutKind.EDGE, layer)
    )
