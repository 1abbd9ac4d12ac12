"""What a sentence says about the parts of an equation: cells, operands, conditions and products."""

from __future__ import annotations

import ast
import math

import numpy as np

from bpstep.explain.elementwise import expand_cell
from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext
from bpstep.explain.scalar import Cell, Scalar
from bpstep.lang.cells import Index, cell_name
from bpstep.lang.shape_rules import index_sizes, subscripts
from bpstep.lang.shapes import shape_of
from bpstep.lang.trees import index_parts, is_new_axis, is_reshape, is_whole_slice
from bpstep.text import fill

_OPERAND = "{cell} = {value}"
_EQUALS = "{left} = {right}"


def any_matrix_product(tree: ast.expr) -> ast.BinOp | None:
    """The first matrix product anywhere in an equation."""
    operations = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    return next((node for node in operations if isinstance(node.op, ast.MatMult)), None)


def condition_text(m: SentenceContext, condition: ast.expr) -> str:
    """A condition in words, as far as these name the tensors compared."""
    match condition:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            return fill(
                _EQUALS, left=part_text(m, before_reshape(left)), right=part_text(m, before_reshape(right))
            )
    return part_text(m, condition)


def before_reshape(node: ast.expr) -> ast.expr:
    """The expression without reshapes around it, and without new axes of length 1."""
    while True:
        match node:
            case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
                node = inner
            case ast.Subscript(value=inner) if all(
                is_whole_slice(part) or is_new_axis(part) for part in index_parts(node)
            ):
                node = inner
            case _:
                return node


def part_text(m: SentenceContext, node: ast.expr) -> str:
    """The text of a part of the equation, as written."""
    return m.step.source[node.col_offset : node.end_col_offset] or ast.unparse(node)


def shown_cell(cell: Cell) -> str:
    """A cell with its number."""
    name = cell_name(cell.name, cell.index) if cell.index else cell.name
    return fill(_OPERAND, cell=name, value=format_short(cell.value))


def count_of_products(m: SentenceContext, left: ast.expr) -> int:
    """How many products a cell of a matrix product sums."""
    return shape_of(left, m.frame.program.shapes)[-1]


def count_of_einsum_products(m: SentenceContext, node: ast.Call) -> int:
    """How many products a cell of an einsum sums."""
    sizes = index_sizes(node, lambda operand: shape_of(operand, m.frame.program.shapes))
    _, result = subscripts(node)
    return math.prod(length for letter, length in sizes.items() if letter not in result)


def addend_text(m: SentenceContext, node: ast.expr) -> str:
    """A part of an equation with its number at the selected cell: its cell if it is one, else its text.

    A number stands alone.
    """
    if isinstance(node, ast.Name):
        return operand_with_value(m, node.id)
    if isinstance(node, ast.Constant):
        return ast.unparse(node)
    scalar = _scalar_of(m, node)
    if isinstance(scalar, Cell):
        return shown_cell(scalar)
    return fill(_OPERAND, cell=part_text(m, node), value=format_short(scalar.value))


def addends(tree: ast.expr) -> list[ast.expr]:
    """The terms of a sum, from left to right; the whole expression if it is none."""
    match tree:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [*addends(left), *addends(right)]
    return [tree]


def has_result_shape(m: SentenceContext, node: ast.expr) -> bool:
    """Whether a part of the equation has the shape of its result."""
    shape: tuple[int, ...] = np.shape(m.frame.tensors[m.step.name])
    if isinstance(node, ast.List | ast.Tuple):
        return False
    return shape_of(node, m.frame.program.shapes) == shape


def number_of(m: SentenceContext, node: ast.expr) -> float:
    """The number of a part of the equation at the selected cell, after broadcasting."""
    return _scalar_of(m, node).value


def _scalar_of(m: SentenceContext, node: ast.expr) -> Scalar:
    shape = shape_of(node, m.frame.program.shapes)
    place = m.index[len(m.index) - len(shape) :]
    index = tuple(0 if size == 1 else at for at, size in zip(place, shape))
    return expand_cell(node, index, m.frame.before)


def cell_beside(m: SentenceContext, name: str) -> bool:
    """True if exactly one cell of a tensor belongs to the selected cell, after broadcasting."""
    shape, mine = np.shape(m.frame.before[name]), np.shape(m.frame.tensors[m.step.name])
    if len(shape) > len(mine):
        return False
    return all(size in (1, own) for size, own in zip(shape[::-1], mine[::-1]))


def index_beside(m: SentenceContext, name: str) -> Index:
    """The index of the tensor's cell that belongs to the selected one."""
    shape = np.shape(m.frame.before[name])
    place = m.index[len(m.index) - len(shape) :]
    return tuple(0 if size == 1 else at for size, at in zip(shape, place))


def cell_name_beside(m: SentenceContext, name: str) -> str:
    """The name of the tensor's cell that belongs to the selected one."""
    index = index_beside(m, name)
    return cell_name(name, index) if index else name


def operand_with_value(m: SentenceContext, name: str) -> str:
    """The tensor's cell that belongs to the selected one, with its number."""
    value, index = m.frame.before[name], index_beside(m, name)
    number = float(value[index] if index else value)
    return fill(_OPERAND, cell=cell_name_beside(m, name), value=format_short(number))
