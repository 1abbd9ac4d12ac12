"""What is highlighted at a step: whole tensors, and inside an equation the cells of the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bpstep.deferred import deferred
from bpstep.explain.parameters import edited_cells
from bpstep.lang.cells import Index
from bpstep.program.diagram import LayoutKind, Node, NodeOrEdge
from bpstep.program.program import Step
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame

if TYPE_CHECKING:
    from bpstep.explain import micro_line
    from bpstep.explain.prose import rounding
else:
    micro_line = deferred("bpstep.explain.micro_line")
    rounding = deferred("bpstep.explain.prose.rounding")

_MAY_BE_ROUNDING = 1e-8
"""Larger numbers are not tested for rounding errors."""


def tensor_role(frame: Frame, name: str) -> str:
    """The role of a tensor that the current equation writes or reads; empty for any other."""
    step = frame.current_step
    if step is None:
        return ""
    return "write" if step.name == name else "read" if name in step.reads else ""


def cell_role(frame: Frame, name: str, index: Index) -> str:
    """The role of a cell: its tensor's, but inside an equation only for cells of the operation just done."""
    inside = frame.inside
    if inside is None:
        return tensor_role(frame, name)
    if name == inside.step.name and inside.is_latest(index):
        return "write"
    return "read" if is_operand(frame, name, index) else ""


def is_operand(frame: Frame, name: str, index: Index) -> bool:
    """True inside an equation for a cell that the operation just done read."""
    found = () if frame.inside is None else micro_line.operation_cells(frame.inside)
    return any(cell.name == name and cell.index == index for cell in found)


def unit_role(frame: Frame, place: Node, excluded: list[str]) -> str:
    """The role of a unit that the step touches through a tensor other than these."""
    step, layouts = frame.current_step, frame.program.picture_layouts
    for name in () if step is None else (step.name, *step.reads):
        layout = layouts[name]
        if (
            name in excluded
            or layout.kind not in (LayoutKind.NODE, LayoutKind.BIAS)
            or layout.layer != place.layer
        ):
            continue
        if frame.inside is None:
            return tensor_role(frame, name)
        role = next((role for role in _cell_roles(frame, name, place) if role), "")
        if role:
            return role
    return ""


def _cell_roles(frame: Frame, name: str, place: NodeOrEdge) -> list[str]:
    """The roles of the cells of a tensor that represent a place, inside an equation."""
    layout, inside = frame.program.picture_layouts[name], frame.inside
    assert inside is not None
    read = [cell.index for cell in micro_line.operation_cells(inside) if cell.name == name]
    found = ["read" for index in read if layout.place_of(index) == place]
    if name == inside.step.name and inside.is_latest(inside.cell) and layout.place_of(inside.cell) == place:
        found.insert(0, "write")
    return found


def displayed_value(frame: Frame, name: str, index: Index) -> float | None:
    """The number of a cell on the screen; None if there is none yet.

    Inside an equation, the partial value of the tensor being written. A tensor that is updated keeps the old
    number until the new one is known.
    """
    value, inside = frame.tensors.get(name), frame.inside
    if inside is not None and name == inside.step.name and (value is None or inside.is_finished(index)):
        return inside.partial_value(index)
    if value is None:
        return None
    return float(value[index] if np.ndim(value) else value)


def step_of_rounding(frame: Frame, name: str, size: float) -> Step | None:
    """The step of a tensor with a number so small that it may be a rounding error; None for any other."""
    at = frame.program.step_indices.get(name)
    is_small = 0 < abs(size) < _MAY_BE_ROUNDING
    return None if at is None or not is_small or name not in frame.tensors else frame.program.steps[at]


def rounding_sign(theme: Theme) -> str:
    """What stands for a number that is 0 apart from rounding."""
    return theme.pick("≈0", "~0")


def is_rounded_zero(frame: Frame, theme: Theme, name: str, index: Index, value: float) -> bool:
    """True in the usual format for a computed number that is 0 apart from rounding."""
    step = None if theme.format_index else step_of_rounding(frame, name, value)
    if step is None or (name, index) in edited_cells(frame):
        return False
    return rounding.is_rounding_at(step, index, frame.tensors)


def number_text(frame: Frame, theme: Theme, name: str, index: Index, value: float) -> str:
    """A tensor's number in the chosen format; whole numbers are printed as such."""
    if is_rounded_zero(frame, theme, name, index, value):
        return rounding_sign(theme)
    tensor = frame.tensors.get(name)
    is_whole = tensor is not None and np.asarray(tensor).dtype.kind in "iu"
    return str(int(value)) if is_whole else theme.number(value)


def is_partial(frame: Frame, name: str, index: Index) -> bool:
    """True for a number that is not the cell's final one."""
    inside = frame.inside
    if inside is None or name != inside.step.name or name in frame.tensors:
        return False
    return inside.partial_value(index) is not None and not inside.is_finished(index)


def operand_sample(frame: Frame) -> int | None:
    """Inside an equation, the sample that the operation read, if it was one."""
    for cell in () if frame.inside is None else micro_line.operation_cells(frame.inside):
        layout = frame.program.picture_layouts[cell.name]
        if layout.has_samples(len(cell.index)):
            return layout.sample_of(cell.index)
    return None
