"""Why a run has stopped here, in a sentence."""

from __future__ import annotations

import ast

import numpy as np

from bpstep.explain.numbers import format_precise
from bpstep.lang.cells import cell_name
from bpstep.program.expression import evaluate_expression, parse_expression
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.frame import Frame


def stop_reason(frame: Frame, point: Breakpoint) -> str:
    """What a breakpoint has met at the moment that is shown."""
    times = f", hit {point.hits:,} times" if point.hits > 1 else ""
    return f"breakpoint {point.id}{times}: {_reason(frame, point)}"


def _reason(frame: Frame, point: Breakpoint) -> str:
    assert frame.step is not None
    name = frame.step.name
    if point.builtin == "loss rises":
        before = format_precise(float(frame.previous_loss or 0))
        return f"E rises, from {before} to {format_precise(float(frame.tensors['E']))}"
    if point.builtin == "non-finite":
        return f"NaN or infinity arises in {name}: all that it reads is finite"
    if point.builtin == "dead relu":
        return _dead_units(frame, name)
    if not point.condition:
        return f"{name} is done"
    return f"{point.condition}; {_value(frame, point.condition)}"


def _dead_units(frame: Frame, name: str) -> str:
    units = np.reshape(frame.tensors[name], (-1, frame.shape(name)[-1]))
    dead = np.flatnonzero(~units.any(axis=0)).tolist()
    which = ", ".join(map(str, dead[:4])) + (" …" if len(dead) > 4 else "")
    samples = "the sample" if len(units) == 1 else f"all {len(units)} samples"
    return f"in {name} {len(dead)} of {units.shape[1]} units give 0 for {samples}: {which}"


def _value(frame: Frame, condition: str) -> str:
    """The left side of a comparison, else the condition itself, with its value where it is true."""
    tree = ast.parse(condition, mode="eval").body
    shown = ast.unparse(tree.left) if isinstance(tree, ast.Compare) else condition
    found = evaluate_expression(parse_expression(frame.program, shown), frame.tensors)
    true = np.asarray(evaluate_expression(parse_expression(frame.program, condition), frame.tensors))
    index = tuple(int(axis) for axis in np.argwhere(true)[0]) if true.ndim and true.any() else ()
    if np.shape(found) != true.shape:
        return f"true at {cell_name('', index)}" if index else "it is true"
    number = format_precise(float(np.asarray(found)[index]))
    return f"{shown} is {number}" if not index else f"{shown} is {number} at {cell_name('', index)}"
