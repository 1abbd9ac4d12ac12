"""Why a gradient may differ from the slope of the loss; its sign then says nothing about the loss.

A derived gradient is right if the equations it depends on are derived, no cell between them and the loss was
edited, their weights are not updated yet, no function is at a kink, and the loss is finite. Of several equal
numbers under a maximum along an axis, nothing is said here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.explain.chain_rule import backward_sources
from bpstep.lang import lowering
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.trees import short
from bpstep.program.program import Phase, Program, RoleKind, Step
from bpstep.session.frame import Frame
from bpstep.text import fill

_REPLACED = "the replaced {name}"
_EDITED = "the edited {name}"
_UPDATED = "{name} as already updated"
_AT_CORNER = "the kink of {function} at {left} = {right}"
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
        or (_at_kink(frame, concerned) if step.role.layer else _at_any_kink(frame, step.role.by))
        or _without_finite_loss(frame)
    )


def _without_finite_loss(frame: Frame) -> str:
    loss = frame.before.get(frame.program.loss)
    return "" if loss is None or np.isfinite(loss) else fill(_NO_FINITE_LOSS, loss=loss)


def _equations_to_loss(program: Program, step: Step) -> list[int]:
    """The positions of the equations between the differentiated quantity and the loss."""
    if not step.role.layer:
        return [*_reached(program, step.role.by)]
    producer = program.step_indices.get(step.role.by)
    if producer is None or program.steps[producer].phase != Phase.FORWARD:
        producer = program.step_indices[f"net_{step.role.layer}"] - 1
    return [k for k, line in enumerate(program.steps) if k > producer and line.phase.is_forward]


def _reached(program: Program, name: str) -> dict[int, set[str]]:
    """The forward equations that depend on a tensor, each with the tensors it reads that do."""
    names, found = {name}, {}
    for at, step in enumerate(program.steps):
        read = names.intersection(step.reads)
        if read and step.phase.is_forward:
            names.add(step.name)
            found[at] = read
    return found


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
                return fill(_AT_CORNER, function=activation, left=f"net_{layer}", right=0)
    return ""


_KINKED_AT_0 = ("relu", "leaky_relu", "abs", "sign", "step")


def _at_any_kink(frame: Frame, name: str) -> str:
    """The first kink that a function is at whose argument depends on a tensor; empty if none is."""
    for at, read in _reached(frame.program, name).items():
        for function, left, right in _kinks(frame.program.steps[at].tree):
            names = {node.id for node in ast.walk(ast.Tuple([left, right])) if isinstance(node, ast.Name)}
            if names & read and names.intersection(frame.program.tensors) <= frame.before.keys():
                values = (part_value(frame.program, side, frame.before) for side in (left, right))
                if np.any(np.equal(*values)):
                    return fill(_AT_CORNER, function=function, left=short(left), right=short(right))
    return ""


def _kinks(tree: ast.expr) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """The functions in an equation whose slope jumps where two expressions are equal, with these."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name(function), [argument]) if function in _KINKED_AT_0:
                yield function, argument, ast.Constant(0)
            case ast.Call(ast.Name("maximum" | "minimum" | "clip" as function), [first, *bounds]):
                yield from ((function, first, bound) for bound in bounds)
            case ast.Call(
                ast.Name("where"),
                [ast.Compare(left, [ast.Gt() | ast.GtE() | ast.Lt() | ast.LtE()], [right]), *_],
            ):
                yield "where", left, right


def part_value(program: Program, node: ast.expr, tensors: Mapping[str, Any]) -> np.ndarray:
    """The number or array that a part of an equation has."""
    code = lowering.compile_lowered(lowering.lower(node, program.shapes))
    with np.errstate(all="ignore"):
        return np.asarray(lowering.evaluate(code, tensors, lowering.evaluation_scope()))
