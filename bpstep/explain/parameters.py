"""Which tensors and cells a person can change: parameters, and what was edited."""

from __future__ import annotations

from bpstep.engine.edits import Edit
from bpstep.lang.cells import Index
from bpstep.program.program import Program
from bpstep.session.frame import Frame


def is_parameter(program: Program, name: str) -> bool:
    """True for weights and biases, whether they are updated or held."""
    return name in program.weights


def edited_cells(frame: Frame) -> set[tuple[str, Index]]:
    """The cells on screen whose value a person entered."""
    if not frame.edits:
        return set()
    found: set[tuple[str, Index]] = set()
    for edit in frame.edits:
        if not isinstance(edit, Edit) or edit.name not in frame.tensors:
            continue
        if edit.name not in frame.program.constants:
            if edit.at == frame.last_write_of(edit.name):
                found.add((edit.name, edit.index))
        elif edit.at <= frame.start:
            found |= _shown_constant(frame, edit)
    return found


def _shown_constant(frame: Frame, edit: Edit) -> set[tuple[str, Index]]:
    if edit.name not in frame.program.data:
        return {(edit.name, edit.index)}
    row, *rest = edit.index
    if row not in frame.rows:
        return set()
    single = len(frame.shape(edit.name)) < len(edit.index)
    return {(edit.name, tuple(rest) if single else (frame.rows.index(row), *rest))}
