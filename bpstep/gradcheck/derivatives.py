"""Which derivative an equation of the backward pass computes.

delta_A_B is that of A by B, delta_Q that of the loss by Q.
"""

from __future__ import annotations

import ast

import numpy as np

from bpstep.gradcheck.differences import CellDerivative, DifferenceProbe
from bpstep.lang.cells import Index
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.program import Program, RoleKind, Step


def differentiated(program: Program, step: Step) -> tuple[str, str]:
    """What is differentiated, and by which tensor; for a row of weights, by the whole tensor."""
    role = step.role
    if role.kind in (RoleKind.FACTOR_ROW, RoleKind.DELTA_ROW):
        return role.of, _weights(program, role.layer)
    return role.of, role.by


def has_derivative(probe: DifferenceProbe, step: Step) -> bool:
    """True if each cell of the equation's result is a derivative with respect to a named tensor."""
    shape = np.shape(probe.tensors[step.name])
    return derivative(probe, step, (0,) * len(shape), 0) is not None


def derivative(probe: DifferenceProbe, step: Step, index: Index, sample_offset: int) -> CellDerivative | None:
    """The derivative that a cell of an equation of the backward pass computes.

    None for a part of a gradient, and for the gradient of a result without a name. A factor between layers is
    the same for every sample: `sample_offset` selects one.
    """
    role, tensors = step.role, probe.tensors
    match role.kind:
        case RoleKind.FACTOR_ACTIVATION:
            return CellDerivative(role.by, index, role.of, index)
        case RoleKind.FACTOR_INPUT:
            shape = np.shape(tensors[role.by])
            sample = (sample_offset % shape[0],) if len(shape) > 1 else ()
            return CellDerivative(role.by, (*sample, index[1]), role.of, (*sample, index[0]))
        case RoleKind.FACTOR_ROW | RoleKind.DELTA_ROW:
            weights = (probe.program.layouts[step.name].source_row or 0, index[-1])
            of_index = index if role.kind == RoleKind.FACTOR_ROW else ()
            return CellDerivative(_weights(probe.program, role.layer), weights, role.of, of_index)
        case RoleKind.FACTOR:
            return _factor(probe, step, index, sample_offset)
        case RoleKind.INNER:
            return None
        case RoleKind.CONTRIBUTION if role.form == DerivedForm.PART or not role.via:
            return None
        case RoleKind.CONTRIBUTION if np.shape(tensors[step.name]) != np.shape(tensors[role.by]):
            return None  # For a block of the tensor.
    # The article's form drops axes of length 1.
    flat = np.ravel_multi_index(index, np.shape(tensors[step.name]))
    by_index = tuple(int(axis) for axis in np.unravel_index(flat, np.shape(tensors[role.by])))
    readers = role.via if role.kind == RoleKind.CONTRIBUTION else ()
    return CellDerivative(role.by, by_index, role.of, (), readers)


def _factor(probe: DifferenceProbe, step: Step, index: Index, sample_offset: int) -> CellDerivative | None:
    """The derivative in delta_A_B: A's cell by B's at the same position, or a cell of a product's matrix."""
    role, tensors = step.role, probe.tensors
    of_shape, by_shape = np.shape(tensors[role.of]), np.shape(tensors[role.by])
    if role.form == DerivedForm.FACTOR_ELEMENTWISE:
        same = of_shape == by_shape == np.shape(tensors[step.name])
        return CellDerivative(role.by, index, role.of, index) if same else None
    stack, (row, column) = (0,) * (len(by_shape) - 2), index
    if _is_left_operand(probe.program.steps[probe.program.step_indices[role.of]], role.by):
        sample = sample_offset % by_shape[-2]
        return CellDerivative(role.by, (*stack, sample, column), role.of, (*stack, sample, row))
    sample = sample_offset % by_shape[-1]
    return CellDerivative(role.by, (*stack, row, sample), role.of, (*stack, column, sample))


def _is_left_operand(step: Step, name: str) -> bool:
    """True if the tensor is the left operand of a matrix product."""
    products = (node for node in ast.walk(step.tree) if isinstance(node, ast.BinOp))
    return any(
        isinstance(node.op, ast.MatMult) and isinstance(node.left, ast.Name) and node.left.id == name
        for node in products
    )


def _weights(program: Program, layer: int) -> str:
    return next(
        name for name in program.parameters if program.layouts[name] == TensorLayout(LayoutKind.EDGE, layer)
    )
