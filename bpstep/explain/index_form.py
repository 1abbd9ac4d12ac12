"""An equation by indices: ∂E/∂W[i,j] = Σₙ X[n,i] · ∂E/∂net₁[n,j], and the reason for each transpose.

Matrix products, sums along an axis and transposes hide which cells are combined. Written for one cell of the
result, with a letter for each axis, the sum becomes visible, and with it the reason for the transpose: `@`
sums over the columns of its left operand and the rows of its right one.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

from bpstep.explain import messages
from bpstep.explain.index_cells import CellWriter, addend_count
from bpstep.explain.index_letters import Unwritten
from bpstep.explain.notation import Glyphs
from bpstep.explain.sums_back import sum_reasons
from bpstep.explain.transposes import (
    brief_reasons,
    in_reading_order,
    joined_names,
    new_axis_reasons,
    products,
    reshape_reasons,
    shape_in_brackets,
    stack_reasons,
    taken_axis_reasons,
    transpose_reasons,
)
from bpstep.lang.functions import called_function
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import function_name, is_reshape
from bpstep.program.program import Phase, Program, Step
from bpstep.text import cell_width, fill

MAX_FORM_WIDTH = 160
"""The longest index form in columns of a terminal: a longer one explains nothing."""

_MAX_CONDITION_LENGTH = 40
"""The longest condition that is repeated in words."""


@dataclass(frozen=True)
class IndexForm:
    """An equation written for one cell."""

    equation: str
    """The cell and its expression; empty if it can't be written, or would be too long to explain."""
    shapes: tuple[str, ...]
    """The shapes that are combined in the matrix products, each pair once."""
    reasons: tuple[str, ...]
    """Why a transpose is there, and other explanations, a sentence each, the most useful first."""
    briefs: tuple[str, ...]
    """Why a transpose is there, or why none, in fewer and fewer words; empty if it takes more."""
    is_sum: bool
    """True if cells are added up: in a product, or along an axis."""


def index_form(
    program: Program,
    step: Step,
    glyphs: Glyphs,
    shapes: Mapping[str, Shape] | None = None,
    max_width: int = MAX_FORM_WIDTH,
) -> IndexForm | None:
    """The index form of an equation; None if it has none or would say nothing new.

    `shapes` are those of the batch on screen, which may be smaller than usual. The last addends of an
    equation that would have more than `max_width` columns are left out.
    """
    if not _hides_indices(program, step):
        return None
    shapes = shapes or program.shapes
    writer = CellWriter(program, step, glyphs, shapes)
    equation = _equation(writer, step, max_width)
    letters = (
        [place.write(glyphs) for place in writer.letters.of_result(shapes[step.name])] if equation else []
    )
    told = [*transpose_reasons(program, step, shapes), *new_axis_reasons(step, shapes)]
    told += taken_axis_reasons(program, step)
    told += reshape_reasons(program, step, shapes)
    if equation and not told:
        told += _same_for_every(program, step, writer)
    if equation and writer.conditions:
        told.append(_conditions(writer.conditions))
    told += sum_reasons(program, step, shapes)
    told += stack_reasons(step, shapes, letters)
    if not equation and not told:
        return None
    return IndexForm(
        equation,
        _shapes(shapes, step.tree),
        tuple(told),
        brief_reasons(program, step, shapes),
        writer.has_sums,
    )


def _equation(writer: CellWriter, step: Step, max_width: int) -> str:
    """The equation, with as many addends of a sum as can be read; empty if there is none."""
    try:
        equation = writer.equation(step)
        addends = addend_count(step.tree)
        while cell_width(equation) > max_width and addends > 1:
            addends -= 1
            equation = writer.equation(step, addends)
    except Unwritten:
        return ""
    return equation if cell_width(equation) <= max_width else ""


def _conditions(conditions: list[str]) -> str:
    """The note that a comparison among factors counts as a number."""
    if len(set(conditions)) == 1 and len(conditions[0]) <= _MAX_CONDITION_LENGTH:
        return fill(messages.CONDITION_COUNTS, condition=conditions[0])
    return fill(messages.CONDITIONS_COUNT)


def _hides_indices(program: Program, step: Step) -> bool:
    """True if the equation does not show which cells are combined.

    That is so for a matrix product, a sum, a transpose, a reshape, a lookup, and a tensor that is broadcast.
    """
    for node in in_reading_order(step.tree):
        match node:
            case ast.BinOp(op=ast.MatMult()) | ast.Attribute(attr="T") | ast.Subscript():
                return True
            case ast.Call() if is_reshape(node) or _moves_or_meets(node, program.shapes):
                return True
    shape, *reads = (
        [size for size in program.shapes[name] if size != 1] for name in (step.name, *step.reads)
    )
    return any(other and other != shape for other in reads)


def _moves_or_meets(node: ast.Call, shapes: Mapping[str, Shape]) -> bool:
    """True for a function that moves numbers or combines several cells."""
    row = called_function(node)
    if row is None or row.shape is None or row.shape_only or not node.args:
        return False
    return not row.reduces or math.prod(shape_of(node.args[0], shapes)) > 1


def _same_for_every(program: Program, step: Step, writer: CellWriter) -> list[str]:
    """Which tensors of a forward equation are broadcast, and along which axis."""
    shape = program.shapes[step.name]
    if step.phase != Phase.FORWARD or any(map(_multiplies, ast.walk(step.tree))):
        return []
    along: dict[str, list[str]] = {}
    places = writer.letters.of_result(shape)
    axes = [letter for place, size in zip(places, shape) if size != 1 for letter in sorted(place.letters)]
    for name in step.reads:
        if name not in writer.used or math.prod(program.shapes[name]) == 1:
            continue
        missing = [letter for letter in axes if letter not in writer.used[name]]
        if missing:
            along.setdefault(", ".join(missing), []).append(name)
    return [
        fill(
            messages.SAME_FOR_EVERY if len(names) == 1 else messages.SAME_FOR_EVERY_MANY,
            names=joined_names(names),
            letter=letters,
        )
        for letters, names in along.items()
    ]


def _multiplies(node: ast.AST) -> bool:
    """True if a tensor that lacks an index of the result still differs along it."""
    return isinstance(node, ast.MatMult) or function_name(node) in _OWN_INDICES


_OWN_INDICES = ("einsum", "outer", "dot", "matmul", "concatenate", "stack", "overlap_add")


def _shapes(shapes: Mapping[str, Shape], tree: ast.expr) -> tuple[str, ...]:
    told = []
    for product in products(tree):
        left, right, result = (
            shape_in_brackets(shape_of(node, shapes)) for node in (product.left, product.right, product)
        )
        told.append(f"{left} @ {right} = {result}")
    return tuple(dict.fromkeys(told))
