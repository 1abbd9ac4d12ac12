"""Rows and columns that a matrix product of the backward pass multiplies, in words."""

from __future__ import annotations

import ast

from bpstep.explain.prose.context import SentenceContext
from bpstep.lang.cells import cell_name
from bpstep.program.program import RoleKind
from bpstep.text import fill

_ROW, _COLUMN = "row {at} of {name}", "column {at} of {name}"


def multiplied_and_returned(m: SentenceContext, product: ast.BinOp) -> tuple[str, str] | None:
    """The numbers that the selected cell multiplied in the forward pass, and the gradients of the products.

    None if the product is none of two matrices or vectors with names, one of them a gradient and the other
    the partner of the cell's tensor in a forward product.
    """
    left, right = _operand(m, product.left), _operand(m, product.right)
    if left is None or right is None or len(m.index) not in (1, 2):
        return None
    places = (_place(m, *left, m.index[0], 0), _place(m, *right, m.index[-1], 1))
    names = (left[0], right[0])
    gradients = [_is_gradient(m, name) for name in names]
    if gradients.count(True) != 1:
        return None
    returned = gradients.index(True)
    if names[1 - returned] not in _partners(m):
        return None
    return places[1 - returned], places[returned]


def _operand(m: SentenceContext, node: ast.expr) -> tuple[str, bool] | None:
    """The name of an operand and whether it is transposed; of a local derivative, that of its matrix."""
    is_transposed = False
    while True:
        match node:
            case ast.Attribute(value=inner, attr="T"):
                is_transposed, node = not is_transposed, inner
            case ast.Name(name):
                step = m.frame.program.steps[at] if (at := _index_of(m, name)) is not None else None
                if step is None or step.role.kind != RoleKind.FACTOR:
                    rank = len(m.frame.program.shapes[name])
                    return (name, is_transposed) if 0 < rank <= 2 else None
                node = step.tree
            case _:
                return None


def _index_of(m: SentenceContext, name: str) -> int | None:
    return m.frame.program.step_indices.get(name)


def _place(m: SentenceContext, name: str, is_transposed: bool, at: int, axis: int) -> str:
    """The row or column of an operand that belongs to a row or column of the result.

    A vector is taken whole, and a row or column of one number is its cell.
    """
    shape = m.frame.program.shapes[name]
    if len(shape) == 1:
        return cell_name(name, (0,)) if shape == (1,) else name
    fixed = 1 - axis if is_transposed else axis
    if shape[1 - fixed] == 1:
        return cell_name(name, (at, 0) if fixed == 0 else (0, at))
    return fill(_COLUMN if fixed else _ROW, at=at, name=name)


def _is_gradient(m: SentenceContext, name: str) -> bool:
    at = _index_of(m, name)
    kinds = (RoleKind.GRADIENT, RoleKind.INNER, RoleKind.CONTRIBUTION)
    return at is not None and m.frame.program.steps[at].role.kind in kinds


def _partners(m: SentenceContext) -> set[str]:
    """What the selected cell's tensor is multiplied with in the matrix products of its reader."""
    found = set()
    for reader in m.step.role.via or (m.frame.program.loss,):
        tree = m.frame.program.steps[m.frame.program.step_indices[reader]].tree
        for node in ast.walk(tree):
            match node:
                case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                    sides = [_operand(m, side) for side in (left, right)]
                    names = [side[0] if side else "" for side in sides]
                    if m.step.role.by in names:
                        found.add(names[1 - names.index(m.step.role.by)])
    return found
