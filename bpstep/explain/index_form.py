"""An equation by indices: ∂E/∂W[i,j] = Σₙ X[n,i] · ∂E/∂net₁[n,j], and why a transpose stands where it does.

Matrix products, sums along an axis and transposes hide which cells meet. Written for one cell of the result,
with a letter for each axis, the sum shows itself, and with it the reason for the transpose: `@` sums over the
columns of what stands on its left and the rows of what stands on its right.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bpstep.explain import messages
from bpstep.explain.index_cells import CellWriter, Unwritten, counts_samples
from bpstep.explain.notation import Glyphs
from bpstep.lang.functions import called_function
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import children, function_name, is_reshape
from bpstep.program.program import Phase, Program, RoleKind, Step
from bpstep.text import fill

_LONGEST = 160
"""An index form that is longer explains nothing."""

_LONGEST_CONDITION = 40
"""A condition that is longer is not said once more."""


@dataclass(frozen=True)
class IndexForm:
    """What an equation says of one cell."""

    equation: str
    """The cell, and what it is; empty where that can't be written, or would be too long to explain."""
    shapes: tuple[str, ...]
    """The shapes that meet in the matrix products, each pair of shapes once."""
    reason: str
    """Why a transpose is there, as a sentence; empty where none is."""


def index_form(
    program: Program, step: Step, glyphs: Glyphs, shapes: Mapping[str, Shape] | None = None
) -> IndexForm | None:
    """The index form of an equation; None where it has none or would say nothing new.

    `shapes` are those of the batch that is shown, where it is not one of the usual size.
    """
    if not _hides_indices(program, step):
        return None
    shapes = shapes or program.shapes
    writer = CellWriter(program, step, glyphs, shapes)
    try:
        equation = writer.equation(step)
    except (Unwritten, KeyError):
        equation = ""
    if len(equation) > _LONGEST:
        equation = ""
    told = [_reason(program, step)]
    if equation and writer.conditions:
        told.insert(0, _conditions(writer.conditions))
    if equation and not told[-1]:
        told += _same_for_every(program, step, writer)
    reason = ""
    for sentence in filter(None, told):
        reason = fill(messages.BOTH_REASONS, first=reason, second=sentence) if reason else sentence
    return IndexForm(equation, _shapes(shapes, step.tree), reason) if equation or reason else None


def _conditions(conditions: list[str]) -> str:
    """That a comparison among factors is a number."""
    if len(set(conditions)) == 1 and len(conditions[0]) <= _LONGEST_CONDITION:
        return fill(messages.CONDITION_COUNTS, condition=conditions[0])
    return fill(messages.CONDITIONS_COUNT)


def _hides_indices(program: Program, step: Step) -> bool:
    """True where it does not show in the equation which cells meet.

    That is so for a matrix product, a sum, a transpose, a reshape, a lookup, and where a tensor is broadcast.
    """
    for node in _in_order(step.tree):
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
    """True for a function whose result has its numbers in other places, or for which several cells meet."""
    row = called_function(node)
    if row is None or row.shape is None or row.shape_only or not node.args:
        return False
    return not row.reduces or math.prod(shape_of(node.args[0], shapes)) > 1


def _same_for_every(program: Program, step: Step, writer: CellWriter) -> list[str]:
    """Which tensors of a forward equation are broadcast, and along what."""
    shape = program.shapes[step.name]
    if step.phase != Phase.FORWARD or any(map(_multiplies, ast.walk(step.tree))):
        return []
    along: dict[str, list[str]] = {}
    places = writer.result_places(shape)
    axes = [letter for place, size in zip(places, shape) if size != 1 for letter in sorted(place.letters)]
    for name in step.reads:
        if name not in writer.used or math.prod(program.shapes[name]) == 1:
            continue
        missing = [letter for letter in axes if letter not in writer.used[name]]
        if missing:
            along.setdefault(", ".join(missing), []).append(name)
    return [
        _sentence(names, messages.SAME_FOR_EVERY, messages.SAME_FOR_EVERY_MANY, letter=letters)
        for letters, names in along.items()
    ]


def _multiplies(node: ast.AST) -> bool:
    """True where a tensor that lacks an index of the result is not the same for each of it."""
    return isinstance(node, ast.MatMult) or function_name(node) in _OWN_INDICES


_OWN_INDICES = ("einsum", "outer", "dot", "matmul", "concatenate", "stack", "overlap_add")


def _shapes(shapes: Mapping[str, Shape], tree: ast.expr) -> tuple[str, ...]:
    told = []
    for product in _products(tree):
        left, right, result = (
            _shape_text(shape_of(node, shapes)) for node in (product.left, product.right, product)
        )
        told.append(f"{left} @ {right} = {result}")
    return tuple(dict.fromkeys(told))


def _shape_text(shape: Shape) -> str:
    return f"({','.join(map(str, shape))})"


def _reason(program: Program, step: Step) -> str:
    """Why each transpose is there, or why none is."""
    lefts: list[str] = []
    rights: list[str] = []
    is_sum = False
    for product in _products(step.tree):
        is_sum |= shape_of(product.left, program.shapes)[-1] != 1
        if isinstance(product.left, ast.Attribute):
            lefts.append(_operand_name(product.left.value))
        if isinstance(product.right, ast.Attribute):
            rights.append(_operand_name(product.right.value))
    ones = (
        (messages.TRANSPOSED_LEFT, messages.TRANSPOSED_RIGHT)
        if is_sum
        else (messages.TRANSPOSED_LEFT_OF_ONE, messages.TRANSPOSED_RIGHT_OF_ONE)
    )
    several = messages.TRANSPOSED_LEFTS, messages.TRANSPOSED_RIGHTS
    told = [_sentence(names, *how) for names, *how in zip((lefts, rights), ones, several) if names]
    if len(told) == 2:
        return fill(messages.BOTH_REASONS, first=told[0], second=told[1])
    if told:
        return told[0]
    match step.tree:
        case ast.Attribute(ast.Name(name), "T"):
            leaves_units = step.role.kind == RoleKind.FACTOR_INPUT
            return fill(messages.TRANSPOSED_FACTOR if leaves_units else messages.TRANSPOSED, name=name)
    return _missing_transpose(program, step)


def _missing_transpose(program: Program, step: Step) -> str:
    """Why a product on the way back has no transpose; empty where nobody would look for one."""
    if step.phase != Phase.BACKWARD:
        return ""
    for product in _products(step.tree):
        for side in (product.left, product.right):
            if not isinstance(side, ast.Name):
                continue
            at = program.step_indices.get(side.id)
            match program.steps[at].tree if at is not None else None:
                case ast.Attribute(ast.Name(original), "T") as source:
                    slots = {"source": ast.unparse(source), "original": original, "step": (at or 0) + 1}
                    return fill(messages.ALREADY_TRANSPOSED, name=side.id, **slots)
            if _transposed_by(program, step, side.id):
                return fill(messages.TRANSPOSED_BACK, name=side.id)
    return ""


def _transposed_by(program: Program, step: Step, name: str) -> bool:
    """True where an equation that the gradient comes back through takes a tensor's transpose."""
    readers = [program.steps[program.step_indices[reader]].tree for reader in step.role.via]
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        for tree in readers
        for node in ast.walk(tree)
    )


def _products(tree: ast.expr) -> list[ast.BinOp]:
    """The matrix products, from the left to the right."""
    found = (node for node in _in_order(tree) if isinstance(node, ast.BinOp))
    return [node for node in found if isinstance(node.op, ast.MatMult)]


def _in_order(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression from the left to the right; of what only has a shape there are none."""
    row = called_function(node)
    if counts_samples(node) or (row is not None and row.shape_only):
        return
    yield node
    for part in children(node):
        yield from _in_order(part)


def _sentence(names: list[str], one: str, several: str, **slots: object) -> str:
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return fill(one, names=names[0], **slots)
    return fill(several, names=fill(messages.AND, first=", ".join(names[:-1]), last=names[-1]), **slots)


def _operand_name(node: ast.expr) -> str:
    """What is transposed, without what only reshapes it."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
            return _operand_name(inner)
        case ast.Call(func=ast.Name("one_hot"), args=[index, *rest]):
            sizes = ", ".join(map(ast.unparse, rest))
            return f"one_hot({_operand_name(index)}, {sizes})"
    return ast.unparse(node)
