"""Sentences about the gradients that `max` and `min` pass back: all to one cell, or even shares to
several.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Mapping

import numpy as np

from bpstep.explain.prose.context import SentenceContext, first_filled
from bpstep.explain.prose.hints import part_value
from bpstep.frozen import frozen
from bpstep.lang.cells import Index, cell_name
from bpstep.lang.shape_rules import axes_of
from bpstep.lang.trees import function_name, short
from bpstep.program.derivation.structure import moved_tensor
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.program import RoleKind, Step
from bpstep.text import fill

_TIE = {
    "max": (
        "{cell} is one of {count} equal largest numbers, which share evenly what comes back through {result}"
        ": {value}.",
        "{count} equal numbers are the largest and share what comes back evenly: {value}.",
    ),
    "min": (
        "{cell} is one of {count} equal smallest numbers, which share evenly what comes back through "
        "{result}: {value}.",
        "{count} equal numbers are the smallest and share what comes back evenly: {value}.",
    ),
}
_SHARE = {
    "max": (
        "{cell} is one of {count} equal largest numbers. They share the gradient of {result} evenly: each "
        "gets {value} of it.",
        "{count} equal numbers are the largest and share the gradient evenly: each gets {value} of it.",
    ),
    "min": (
        "{cell} is one of {count} equal smallest numbers. They share the gradient of {result} evenly: each "
        "gets {value} of it.",
        "{count} equal numbers are the smallest and share the gradient evenly: each gets {value} of it.",
    ),
}
_WHOLE = {
    "max": (
        "{cell} alone is the largest: the whole gradient of {result} comes back to it, so its share is 1.",
        "{cell} alone is the largest: the whole gradient comes back to it.",
    ),
    "min": (
        "{cell} alone is the smallest: the whole gradient of {result} comes back to it, so its share is 1.",
        "{cell} alone is the smallest: the whole gradient comes back to it.",
    ),
}
_NOTHING = {
    "max": (
        "{cell} is not the largest: nothing of the gradient of {result} comes back to it, so its share is 0.",
        "{cell} is not the largest: nothing comes back to it.",
    ),
    "min": (
        "{cell} is not the smallest: nothing of the gradient of {result} comes back to it, so "
        "its share is 0.",
        "{cell} is not the smallest: nothing comes back to it.",
    ),
}

_PART_KINDS = (RoleKind.FACTOR, RoleKind.CONTRIBUTION)

_WITHIN = "{expression} at {place}"


@frozen
class _Rank:
    """How the selected cell compares with the operands of a maximum or minimum."""

    function: str
    result: str
    cell: str
    is_equal: bool
    """True if it is the maximum or minimum."""
    count: int
    """How many cells are the maximum or minimum."""


def tie(m: SentenceContext) -> str:
    """The sentence about the gradient of a cell that ties for a maximum or minimum; else empty."""
    found = _rank(m)
    if found is None or not found.is_equal or found.count < 2:
        return ""
    return _filled(m, _TIE, found, m.sign_note(found.cell))


def share(m: SentenceContext) -> str:
    """The sentence about the share of a cell in a maximum or minimum; empty for any other equation."""
    match m.step.tree:
        case ast.BinOp(op=ast.Div(), right=ast.Call(func=ast.Name("sum"))) if found := _rank(m):
            if not found.is_equal:
                return _filled(m, _NOTHING, found)
            return _filled(m, _WHOLE if found.count == 1 else _SHARE, found)
    return ""


def _filled(
    m: SentenceContext, templates: Mapping[str, tuple[str, ...]], found: _Rank, note: str = ""
) -> str:
    slots = {"cell": found.cell, "count": found.count, "result": found.result, "value": m.v}
    return first_filled(templates[found.function], note, **slots)


def _rank(m: SentenceContext) -> _Rank | None:
    """The rank of the selected cell; None if the equation is not a derivative of a maximum or minimum, or of
    several cells.
    """
    role, program = m.step.role, m.frame.program
    if {"max", "min"} & set(role.rules):
        compared = _compared_extrema(m)
        for reader in role.via or (role.of,):
            found = _rank_in(m, program.steps[program.step_indices[reader]], compared)
            if found is not None:
                return found
    return None


def _compared_extrema(m: SentenceContext) -> set[str]:
    """The maxima and minima that the equation's conditions, and those of its parts, compare with."""
    steps, at = m.frame.program.steps, m.frame.program.step_indices
    read = [steps[at[name]] for name in m.step.reads if name in at]
    parts = [each for each in read if each.role.by == m.step.role.by and each.role.kind in _PART_KINDS]
    found = set()
    for step in (m.step, *parts):
        for condition in ast.walk(step.tree):
            for node in ast.walk(condition) if isinstance(condition, ast.Compare) else ():
                named = isinstance(node, ast.Name) and node.id in at
                tree = steps[at[node.id]].tree if named else node  # type: ignore[attr-defined]
                if function_name(tree) in ("max", "min"):
                    found.add(_extremum(tree))  # type: ignore[arg-type]
    return found


def _extremum(call: ast.Call) -> str:
    """A maximum or minimum as text, whether or not it keeps its axes."""
    axis = [item for item in call.keywords if item.arg == "axis"]
    return ast.unparse(ast.Call(call.func, call.args, axis))


def _rank_in(m: SentenceContext, reader: Step, compared: Collection[str]) -> _Rank | None:
    """The same, for an equation that reads the tensor that the selected cell belongs to.

    Of several maxima and minima it is about the one that the condition compares with.
    """
    before = m.frame.before
    for node in ast.walk(reader.tree):
        match node:
            case ast.Call(func=ast.Name("max" | "min" as function), args=[argument]):
                if compared and compared != {_extremum(node)}:
                    continue
                found = _cell_in(m, argument, reader)
                if found is None:
                    continue
                values, (cell, place) = part_value(m.frame.program, argument, before), found
                axes = axes_of(node, values.ndim)
                equal = values == (np.max if function == "max" else np.min)(values, axis=axes, keepdims=True)
                counts = np.broadcast_to(equal.sum(axis=axes, keepdims=True), equal.shape)
                if counts[place]:
                    return _Rank(function, reader.name, cell, bool(equal[place]), int(counts[place]))
    return None


def _cell_in(m: SentenceContext, argument: ast.expr, reader: Step) -> tuple[str, Index] | None:
    """The name of the selected cell, and its position among the operands of a maximum."""
    role, shape = m.step.role, np.shape(m.frame.tensors[m.step.name])
    tensor = moved_tensor(argument)
    if role.by != (tensor or reader.name):
        return None
    is_share = role.kind == RoleKind.FACTOR or role.form == DerivedForm.PART
    if not tensor:
        within = fill(_WITHIN, expression=short(argument), place=cell_name("", m.index))
        return (within, m.index) if is_share else None
    own = np.shape(m.frame.before[tensor])
    places = np.arange(math.prod(own)).reshape(own)
    numbers = part_value(m.frame.program, argument, {**m.frame.before, tensor: places})
    if is_share:
        index = np.unravel_index(int(numbers[m.index]), own)
        return cell_name(tensor, tuple(map(int, index))), m.index
    if shape != own or not own:
        return None
    found = np.argwhere(numbers == np.ravel_multi_index(m.index, own))
    return (cell_name(tensor, m.index), tuple(map(int, found[0]))) if len(found) == 1 else None
