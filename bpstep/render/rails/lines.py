"""The lines of the rails: the tensors of the forward pass, and what belongs to each."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bpstep.explain import micro_line
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.names import delta_name, name_in_delta
from bpstep.program.program import Phase, Program, Step
from bpstep.render.rails.tracks import TrackEnds, Tracks, lay_tracks
from bpstep.session.frame import Frame


@dataclass(frozen=True)
class RailLine:
    """A tensor of the forward pass."""

    name: str
    step: Step
    given: tuple[str, ...]
    """The initial tensors that its equation reads: parameters, data, constants."""
    gradient: str
    """The tensor with its gradient; empty if the program computes none."""
    backward: tuple[str, ...]
    """Everything that the backward phase computes for it: factors, parts of its gradient, the gradient."""

    @property
    def names_in_equation(self) -> list[tuple[int, int, str]]:
        """The names of tensors in the right-hand side: first character, end, name."""
        found = [
            (node.col_offset, node.end_col_offset or node.col_offset, node.id)
            for node in ast.walk(self.step.tree)
            if isinstance(node, ast.Name) and node.id in self.step.reads
        ]
        return sorted(found)

    @property
    def members(self) -> tuple[str, ...]:
        """The tensors that can be selected on the line, from left to right."""
        return (self.name, *self.given, *((self.gradient,) if self.gradient else ()))


@dataclass(frozen=True)
class Rails:
    """The lines of a program and the rails that connect them."""

    lines: tuple[RailLine, ...]
    tracks: Tracks
    loss: str
    owners: Mapping[str, str]
    """The tensor that a derived one belongs to: X for delta_X, delta_A_X and m_X."""

    def line_of(self, name: str) -> int | None:
        """The line of a tensor of the forward pass, or of what the backward phase computes for it."""
        owner = self.owners.get(name, name)
        return next((at for at, line in enumerate(self.lines) if line.name == owner), None)

    def lines_with(self, name: str) -> tuple[int, ...]:
        """Every line with a tensor, or with the one it belongs to; a parameter may be on many."""
        owner = self.owners.get(name, name)
        return tuple(at for at, line in enumerate(self.lines) if owner in (line.name, *line.given))


@lru_cache(maxsize=32)
def rails_of(program: Program) -> Rails:
    forward = program.forward_steps
    numbers = {step.name: at for at, step in enumerate(forward)}
    loss = next((step.name for step in reversed(forward) if step.phase == Phase.LOSS), "")
    lines = tuple(_rail_line(program, step, loss) for step in forward)
    reads = [
        [numbers[name] for name in step.reads if numbers.get(name, at) < at]
        for at, step in enumerate(forward)
    ]
    shown = {name for line in lines for name in (line.name, *line.given)}
    owners = {
        step.name: step.role.by for step in program.steps if step.name not in shown and step.role.by in shown
    }
    return Rails(lines, lay_tracks(reads), loss, owners)


def _rail_line(program: Program, step: Step, loss: str) -> RailLine:
    given = tuple(name for name in step.reads if name in program.initial)
    about = [other for other in program.steps if other.role.of and other.role.by == step.name]
    whole = [other.name for other in about if other.role.of == loss]
    plain = delta_name(step.name)
    gradient = plain if plain in whole else whole[-1] if whole else ""
    return RailLine(step.name, step, given, gradient, tuple(other.name for other in about))


def is_factor_of_part(program: Program, name: str) -> bool:
    """True for a part of a long equation that this one multiplies by: the local derivative."""
    step = program.steps[program.step_indices[name]]
    if step.role.form != DerivedForm.PART or step.role.rules:
        return step.role.form == DerivedForm.PART
    readers = (other.tree for other in program.steps if name in other.reads)
    products = (node for tree in readers for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    return any(
        isinstance(node.op, ast.Mult | ast.MatMult)
        and any(isinstance(side, ast.Name) and side.id == name for side in (node.left, node.right))
        for node in products
    )


def touched_tensors(frame: Frame) -> dict[str, str]:
    """What the step writes and reads, with its role; inside an equation the operands of the operation."""
    step = frame.current_step
    if step is None:
        return {}
    reads = step.reads
    if frame.inside is not None:
        operands = {cell.name for cell in micro_line.operation_cells(frame.inside)}
        reads = tuple(name for name in reads if name in operands)
    return {**dict.fromkeys(reads, "read"), step.name: "write"}


def lit_connections(rails: Rails, program: Program, touched: dict[str, str]) -> dict[TrackEnds, str]:
    """The connections along which the step's numbers come, and a factor's own.

    In the forward phase they lead from what the step reads to what it writes. In the backward phase they lead
    from the reader whose gradient the step reads to the tensor whose gradient, or part of one, it writes.
    """
    target = next((name for name, role in touched.items() if role == "write"), "")
    line = rails.line_of(target)
    if line is None:
        return {}
    found: dict[TrackEnds, str] = {}
    if target == rails.lines[line].name:
        for name in touched:
            source = rails.line_of(name)
            if source in rails.tracks.reads[line] and name == rails.lines[source].name:
                found[source, line] = "read"
        return found
    for name in touched:
        reader = _reader(rails, program, name, line)
        if reader is not None:
            found[line, reader] = "write" if name == target else "read"
    return found


def _reader(rails: Rails, program: Program, name: str, line: int) -> int | None:
    """The reader of a line from which a tensor of the backward phase leads back to it."""
    at = program.step_indices.get(name)
    role = None if at is None else program.steps[at].role
    if role is None or not role.of:
        return None
    own = role.by == rails.lines[line].name
    if role.of != rails.loss:
        through = role.of if own else ""
    else:
        through = name.partition("_via_")[2] if own else role.by
    readers = (at for at, reads in enumerate(rails.tracks.reads) if line in reads)
    return next((at for at in readers if through in _spellings(rails.lines[at].name)), None)


def _spellings(name: str) -> tuple[str, str]:
    """A tensor's name, and its form within `delta_…`."""
    return name, name_in_delta(name)
