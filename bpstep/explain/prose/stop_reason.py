"""The sentence that says why a run stopped."""

from __future__ import annotations

import ast

import numpy as np

from bpstep.explain.numbers import format_precise
from bpstep.lang.cells import cell_name
from bpstep.lang.parser import tree_of
from bpstep.program.expression import evaluate_expression, parse_expression
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.frame import Frame
from bpstep.text import fill

_BREAKPOINT = "breakpoint {id}: {reason}"
_BREAKPOINT_HITS = "breakpoint {id}, hit {hits:,} times: {reason}"
_LOSS_RISES = "{loss} rises, from {before} to {after}"
_NOT_FINITE = "NaN or infinity arises in {name}: everything it reads is finite"
_DONE = "{name} was computed"
_CONDITION = "{condition}; {value}"
_TRUE = "it is true"
_TRUE_AT = "true at {cell}"
_VALUE = "{expression} is {number}"
_VALUE_AT = "{expression} is {number} at {cell}"
_DEAD = {
    "sample": "in {name} {count} of {total} units give 0 for the sample: {units}",
    "samples": "in {name} {count} of {total} units give 0 for all {samples} samples: {units}",
}


def stop_reason(frame: Frame, point: Breakpoint) -> str:
    """What a breakpoint has found at the moment on screen."""
    template = _BREAKPOINT_HITS if point.hits > 1 else _BREAKPOINT
    return fill(template, id=point.id, hits=point.hits, reason=_reason(frame, point))


def _reason(frame: Frame, point: Breakpoint) -> str:
    assert frame.step is not None
    name = frame.step.name
    if point.builtin == "loss rises":
        loss = frame.program.loss
        losses = frame.previous_loss or 0, frame.program.loss_of(frame.tensors) or 0
        before, after = map(format_precise, losses)
        return fill(_LOSS_RISES, loss=loss, before=before, after=after)
    if point.builtin == "non-finite":
        return fill(_NOT_FINITE, name=name)
    if point.builtin == "dead relu":
        return _dead_units(frame, name)
    if not point.condition:
        return fill(_DONE, name=name)
    return fill(_CONDITION, condition=point.condition, value=_value(frame, point.condition))


def _dead_units(frame: Frame, name: str) -> str:
    units = np.reshape(frame.tensors[name], (-1, frame.shape(name)[-1]))
    dead = np.flatnonzero(~units.any(axis=0)).tolist()
    which = ", ".join(map(str, dead[:4])) + (" …" if len(dead) > 4 else "")
    template = _DEAD["sample" if len(units) == 1 else "samples"]
    counts = {"count": len(dead), "total": units.shape[1], "samples": len(units)}
    return fill(template, name=name, units=which, **counts)


def _value(frame: Frame, condition: str) -> str:
    """The left side of a comparison, else the condition itself, with its value when it is true."""
    tree = tree_of(condition, frame.program.tensors)
    shown = ast.unparse(tree.left) if isinstance(tree, ast.Compare) else condition
    found = evaluate_expression(parse_expression(frame.program, shown), frame.tensors)
    true = np.asarray(evaluate_expression(parse_expression(frame.program, condition), frame.tensors))
    index = tuple(int(axis) for axis in np.argwhere(true)[0]) if true.ndim and true.any() else ()
    if np.shape(found) != true.shape:
        return fill(_TRUE_AT, cell=cell_name("", index)) if index else fill(_TRUE)
    number = format_precise(float(np.asarray(found)[index]))
    return fill(_VALUE_AT if index else _VALUE, expression=shown, number=number, cell=cell_name("", index))
