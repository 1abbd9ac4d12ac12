"""The sentence about a cell among several equal maxima or minima: `max` has no derivative there."""

from __future__ import annotations

import ast

import numpy as np

from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.frozen import frozen
from bpstep.lang import lowering
from bpstep.lang.cells import Index, cell_name
from bpstep.lang.shape_rules import axes_of
from bpstep.program.program import Step
from bpstep.text import fill

_TIE = {
    "max": (
        "{cell} is one of {count} equal largest numbers, so {result} has no derivative here. Each of them "
        "gets the whole gradient; PyTorch's amax would divide it among them.",
        "{count} numbers are the largest: each gets the whole gradient; PyTorch's amax would divide it.",
    ),
    "min": (
        "{cell} is one of {count} equal smallest numbers, so {result} has no derivative here. Each of them "
        "gets the whole gradient; PyTorch's amin would divide it among them.",
        "{count} numbers are the smallest: each gets the whole gradient; PyTorch's amin would divide it.",
    ),
}


@frozen
class _Tie:
    function: str
    cell: str
    count: int


def tie(m: SentenceContext) -> str:
    """The sentence about the selected cell of a derivative by `max` or `min`; empty if nothing ties."""
    role = m.step.role
    if not {"max", "min"} & set(role.rules):
        return ""
    for reader in role.via or (role.of,):
        step = m.frame.program.steps[m.frame.program.step_indices[reader]]
        found = _tie_in(m, step)
        if found is not None:
            slots = {"cell": found.cell, "count": found.count, "result": reader}
            return first_fitting(*(fill(template, **slots) for template in _TIE[found.function]))
    return ""


def _tie_in(m: SentenceContext, step: Step) -> _Tie | None:
    """The tie that includes the selected cell, in an equation that reads its tensor."""
    for node in ast.walk(step.tree):
        match node:
            case ast.Call(func=ast.Name("max" | "min" as function), args=[argument]):
                cell = _cell_of(m, argument)
                if cell is None:
                    continue
                values = _value(m, argument)
                axes = axes_of(node, values.ndim)
                largest = (np.max if function == "max" else np.min)(values, axis=axes, keepdims=True)
                equal = values == largest
                count = int(np.broadcast_to(equal.sum(axis=axes, keepdims=True), equal.shape).flat[cell])
                if count > 1 and equal.flat[cell]:
                    index = tuple(int(at) for at in np.unravel_index(cell, _value_shape(m)))
                    return _Tie(function, cell_name(m.step.role.by, index), count)
    return None


def _cell_of(m: SentenceContext, argument: ast.expr) -> int | None:
    """Which cell of the argument, counted in order, the selected one is; None if unknown.

    A reshape keeps the order of the cells.
    """
    while isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute):
        argument = argument.func.value
    shape = np.shape(m.frame.tensors[m.step.name])
    if not (isinstance(argument, ast.Name) and argument.id == m.step.role.by) or shape != _value_shape(m):
        return None
    return int(np.ravel_multi_index(m.index, shape)) if shape else None


def _value_shape(m: SentenceContext) -> Index:
    return np.shape(m.frame.before[m.step.role.by])


def _value(m: SentenceContext, node: ast.expr) -> np.ndarray:
    """The value of a part of an equation, a number or an array."""
    code = lowering.compile_lowered(lowering.lower(node, m.frame.program.shapes))
    with np.errstate(all="ignore"):
        return np.asarray(lowering.evaluate(code, m.frame.before, lowering.evaluation_scope()))
