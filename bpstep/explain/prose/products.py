"""Rows and columns that a matrix product of the backward pass multiplies, in words."""

from __future__ import annotations

import ast
from typing import NamedTuple

from bpstep.explain import messages
from bpstep.explain.prose.context import SentenceContext
from bpstep.explain.transposes import lays_rows_out, shape_in_brackets
from bpstep.frozen import frozen
from bpstep.lang.cells import cell_name
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import is_reshape
from bpstep.program.program import RoleKind
from bpstep.text import fill

_ROW, _COLUMN = "row {at} of {name}", "column {at} of {name}"


class ProductBack(NamedTuple):
    """What a matrix product of the backward pass multiplies for the selected cell."""

    partners: str
    """The numbers that the cell multiplied in the forward pass: column 0 of H."""
    returned: str
    """The gradients of the products: column 0 of delta_Y."""
    reader: str
    """The forward equation of these products."""


def product_back(m: SentenceContext, product: ast.BinOp) -> ProductBack | None:
    """The row or column of each operand that the selected cell's sum runs over.

    None if the product is none of two matrices or vectors with names, one of them a gradient and the other
    the partner of the cell's tensor in a forward product.
    """
    left, right = _operand(m, product.left), _operand(m, product.right)
    if left is None or right is None or len(m.index) not in (1, 2):
        return None
    if not all(0 < len(operand.shape) <= 2 for operand in (left, right)):
        return None
    places = (_place(left, m.index[0], 0), _place(right, m.index[-1], 1))
    names = (left.name, right.name)
    gradients = [_is_gradient(m, name) for name in names]
    if gradients.count(True) != 1:
        return None
    returned = gradients.index(True)
    reader = _readers_by_partner(m).get(names[1 - returned])
    return None if reader is None else ProductBack(places[1 - returned], places[returned], reader)


@frozen
class _Operand:
    """A tensor with a name, or one whose rows are laid out below one another."""

    name: str
    shape: Shape
    """The shape in which it is multiplied, without the transpose."""
    is_laid_out: bool
    is_transposed: bool


def _operand(m: SentenceContext, node: ast.expr) -> _Operand | None:
    """An operand of a matrix product; of a local derivative, its matrix. None for other expressions."""
    is_transposed = False
    while True:
        match node:
            case ast.Attribute(value=inner, attr="T"):
                is_transposed, node = not is_transposed, inner
            case ast.Call(func=ast.Attribute(value=ast.Name(name))) if is_reshape(node):
                shapes = m.frame.program.shapes
                is_laid_out = lays_rows_out(node, shapes)
                return _Operand(name, shape_of(node, shapes), True, is_transposed) if is_laid_out else None
            case ast.Name(name):
                step = m.frame.program.steps[at] if (at := _index_of(m, name)) is not None else None
                if step is None or step.role.kind != RoleKind.FACTOR:
                    return _Operand(name, m.frame.program.shapes[name], False, is_transposed)
                node = step.tree
            case _:
                return None


def _index_of(m: SentenceContext, name: str) -> int | None:
    return m.frame.program.step_indices.get(name)


def _place(operand: _Operand, at: int, axis: int) -> str:
    """The row or column of an operand that belongs to a row or column of the result.

    A vector is taken whole, and a row or column of one number is its cell.
    """
    name, shape = operand.name, operand.shape
    if len(shape) == 1:
        return cell_name(name, (0,)) if shape == (1,) else name
    fixed = 1 - axis if operand.is_transposed else axis
    if operand.is_laid_out:
        name = f"{name} {fill(messages.LAID_OUT_AS, shape=shape_in_brackets(shape))}"
    elif shape[1 - fixed] == 1:
        return cell_name(name, (at, 0) if fixed == 0 else (0, at))
    return fill(_COLUMN if fixed else _ROW, at=at, name=name)


def _is_gradient(m: SentenceContext, name: str) -> bool:
    at = _index_of(m, name)
    kinds = (RoleKind.GRADIENT, RoleKind.INNER, RoleKind.CONTRIBUTION)
    return at is not None and m.frame.program.steps[at].role.kind in kinds


def _readers_by_partner(m: SentenceContext) -> dict[str, str]:
    """What the selected cell's tensor is multiplied with in matrix products, and the equations of these."""
    found = {}
    for reader in m.frame.program.readers(m.step):
        for node in ast.walk(reader.tree):
            match node:
                case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                    sides = [_operand(m, side) for side in (left, right)]
                    names = [side.name if side else "" for side in sides]
                    if m.step.role.by in names:
                        found[names[1 - names.index(m.step.role.by)]] = reader.name
    return found
