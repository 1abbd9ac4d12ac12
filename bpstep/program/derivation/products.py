"""Matrix products and other sums of products, in reverse: @, dot, outer, einsum."""

from __future__ import annotations

import ast
import math
import re

from bpstep.lang.shape_rules import Shape, subscripts
from bpstep.lang.trees import function_name
from bpstep.program.derivation.algebra import (
    ATOM,
    Atom,
    Product,
    Sizes,
    expanded,
    flipped,
    indexed,
    matmul,
    number,
    of,
    outer,
    reshaped,
    squeezed,
    summation,
    total,
    transposed,
    unbroadcast,
)
from bpstep.program.derivation.equations import FactorEquation, OperationPath
from bpstep.program.derivation.reverse_walk import ReverseWalk
from bpstep.program.derived_forms import DerivedForm

_PLAIN = re.compile(r"\w+(\.T|\[[^]]*\])*")
"""A number, or a tensor, possibly a part or the transpose of one: cheap enough to write twice."""


def matrix_product(walk: ReverseWalk, node: ast.BinOp, g: Product, path: OperationPath) -> None:
    """a @ b."""
    _matmul(walk, node, (node.left, node.right), g, path)


def product_call(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """dot(a, b) and matmul(a, b): a matrix product, or a product with a scalar."""
    left, right = node.args
    if walk.shape(left) and walk.shape(right):
        _matmul(walk, node, (left, right), g, path)
        return
    path = (*path, (DerivedForm.THROUGH_SLOPE, function_name(node)))
    walk.walk_broadcast(left, g * walk.product(right), node, path)
    walk.walk_broadcast(right, g * walk.product(left), node, path)


def _matmul(
    walk: ReverseWalk, node: ast.expr, sides: tuple[ast.expr, ast.expr], g: Product, path: OperationPath
) -> None:
    """left @ right: g @ right.T, left.T @ g."""
    left, right = sides
    both = walk.is_active(left) and walk.is_active(right)
    if both and _is_worth_a_name(walk, node, sides, g):
        g = walk.name_inner(g, node, path)
    for child, other, is_left in ((left, right, True), (right, left, False)):
        if not walk.is_active(child):
            continue
        back = _side_gradient(walk, node, *_without_sign((left, right), g, is_left), is_left)
        if walk.occurrences(child) > 2:
            back = walk.name_inner(back, child, (*path, (DerivedForm.MATMUL, "@")))
        factor = None
        # Without a sum over matrices that the operand was broadcast to.
        if isinstance(child, ast.Name) and len(walk.shape(node)) == len(walk.shape(child)):
            factor = _factor(walk, node, other, g, is_left)
        walk.walk(child, back, (*path, (DerivedForm.MATMUL, "@")), factor)


def _is_worth_a_name(walk: ReverseWalk, node: ast.expr, sides: tuple[ast.expr, ast.expr], g: Product) -> bool:
    """True for a gradient that is long, or that both sides need in the whole shape of the product."""
    arrays = g.split(lambda factor: factor.atom.shape != ())[0]
    if not (_PLAIN.fullmatch(arrays.text) or flipped(arrays.atom).key == arrays.atom.key):
        return True
    if g.shape == walk.shape(node):
        return False
    return all(_spread_gradient(walk, node, sides, g, is_left) is None for is_left in (True, False))


def _without_sign(
    sides: tuple[ast.expr, ast.expr], g: Product, is_left: bool
) -> tuple[tuple[ast.expr, ast.expr], Product]:
    """(-x) @ w: the minus sign of the other side moves to the gradient."""
    left, right = sides
    other = right if is_left else left
    while isinstance(other, ast.UnaryOp):
        other, g = other.operand, -g
    return ((left, other) if is_left else (other, right)), g


def _factor(
    walk: ReverseWalk, node: ast.expr, other: ast.expr, g: Product, is_left: bool
) -> FactorEquation | None:
    """The transpose of a parameter on the other side, which may get its own equation."""
    if not walk.context.matrix_factors:
        return None
    if not isinstance(other, ast.Name) or other.id not in walk.context.parameters:
        return None
    if len(walk.shape(other)) != 2 or len(walk.shape(node)) < 2 or g.shape != walk.shape(node):
        return None
    if not walk.is_result_gradient(g):
        return None
    return FactorEquation(f"{other.id}.T", "{g} @ {f}" if is_left else "{f} @ {g}", DerivedForm.FACTOR_MATMUL)


def _side_gradient(
    walk: ReverseWalk, node: ast.expr, sides: tuple[ast.expr, ast.expr], g: Product, is_left: bool
) -> Product:
    """The gradient of the left or the right side of a matrix product."""
    found = _spread_gradient(walk, node, sides, g, is_left)
    if found is not None:
        return found
    if all(len(walk.shape(side)) == 1 for side in sides):
        return g * walk.product(sides[1] if is_left else sides[0])
    scalars, d = walk.full_atom(g, node)
    a, b = map(walk.atom, sides)
    p, q = len(a.shape), len(b.shape)
    if p == 1 and q > 2:
        spread = indexed(d, _colons(q - 1, after=q - 2), (*d.shape[:-1], 1, d.shape[-1]))
        if is_left:
            inner = of(b) * of(spread)
            over = Sizes(b.shape, lambda axis: number(b.shape[axis]))
            axes = [axis for axis in range(q) if axis != q - 2]
            return scalars * total(inner, over, axes, keep=False)
        column = indexed(a, [":", "None"], (*a.shape, 1))
        return scalars * of(column) * of(spread)
    if is_left:
        return scalars * of(_left_gradient(a, b, d))
    return scalars * of(_right_gradient(a, b, d))


def _spread_gradient(
    walk: ReverseWalk, node: ast.expr, sides: tuple[ast.expr, ast.expr], g: Product, is_left: bool
) -> Product | None:
    """The same for a gradient with equal rows or columns, from the product of a with a matrix.

    The sum over equal rows or columns becomes a sum of the other side: a smaller product is left, or none.
    None for any other gradient.
    """
    wide = walk.shape(node)
    p, q = (len(walk.shape(side)) for side in sides)
    if q > 2 or not wide:
        return None
    arrays, scalars = g.split(lambda factor: factor.atom.shape != ())
    rank, shape = len(wide), (1,) * (len(wide) - len(arrays.shape)) + arrays.shape
    rows = list(range(p - 1))
    same_rows = p > 1 and arrays.shape != wide and all(shape[axis] == 1 for axis in rows)
    same_columns = q == 2 and shape[-1] == 1 != wide[-1]
    if not (same_rows or same_columns):
        return None
    a, b = map(walk.atom, sides)
    if is_left and same_columns:
        return g * of(_sum_but(b, 0))
    present = [axis for axis in rows if axis >= rank - len(arrays.shape)]
    row = squeezed(arrays, present, rank) if same_rows else arrays
    if is_left and q == 1:
        return scalars * row * of(b)
    if is_left:
        return scalars * of(matmul(b, row.atom) if row.factors else transposed(b))
    if not same_rows and p > 1:
        full = tuple(shape[axis] for axis in rows) == wide[:-1]
        return scalars * of(matmul(transposed(_rows(a)), _rows(arrays.atom))) if full else None
    summed = of(a if p == 1 else _row_sum(walk, sides[0], a))
    if q == 1:
        return scalars * row * summed
    if same_columns or not row.factors:
        return g * expanded(summed, [1], 2)
    return scalars * of(outer(summed.atom, row.atom))


def _row_sum(walk: ReverseWalk, node: ast.expr, a: Atom) -> Atom:
    """The sum over all axes but the last; with one row, that row."""
    rows = range(len(a.shape) - 1)
    if all(a.shape[axis] == 1 and not walk.varies(node, axis) for axis in rows):
        return indexed(a, ["0"] * len(rows), a.shape[-1:])
    return _sum_but(a, len(rows))


def _sum_but(atom: Atom, axis: int) -> Atom:
    """The sum over all axes but one; that of a transpose is a sum of the tensor itself."""
    if atom.form[:1] == ("order",):
        return _sum_but(atom.form[1], atom.form[2][axis])
    return summation(of(atom), [other for other in range(len(atom.shape)) if other != axis], keep=False)


def _left_gradient(a: Atom, b: Atom, d: Atom) -> Atom:
    p, q = len(a.shape), len(b.shape)
    if q == 1 and p == 2:
        return outer(d, b)
    if q == 1:
        return (of(indexed(d, _colons(p - 1, after=p - 1), (*d.shape, 1))) * of(b)).atom
    if p == 1:
        return matmul(b, d)
    return _batch_sum(matmul(d, flipped(b)), a.shape)


def _right_gradient(a: Atom, b: Atom, d: Atom) -> Atom:
    p, q = len(a.shape), len(b.shape)
    if p == 1:
        return outer(a, d)
    if p > 2 and q <= 2:
        flat = _rows(a)
        return matmul(transposed(flat), _rows(d) if q == 2 else reshaped(d, (math.prod(d.shape),), [-1]))
    return _batch_sum(matmul(flipped(a), d), b.shape)


def _rows(atom: Atom) -> Atom:
    """All matrices of a stack below each other."""
    if len(atom.shape) == 2:
        return atom
    width = atom.shape[-1]
    return reshaped(atom, (math.prod(atom.shape[:-1]), width), [-1, width])


def _batch_sum(found: Atom, shape: Shape) -> Atom:
    """The sum over matrices that one matrix was broadcast to."""
    if found.shape == shape:
        return found
    sizes = Sizes(found.shape, lambda axis: number(found.shape[axis]))
    return unbroadcast(of(found), sizes, shape).atom


def outer_product(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """outer(a, b): g @ b, a @ g."""
    scalars, d = walk.full_atom(g, node)
    a, b = node.args
    flat = [
        reshaped(walk.atom(side), (math.prod(shape),), [-1]) if len(shape) != 1 else walk.atom(side)
        for side in (a, b)
        for shape in (walk.shape(side),)
    ]
    back = [matmul(d, flat[1]), matmul(flat[0], d)]
    for side, found in zip((a, b), back):
        walk.walk(
            side,
            scalars * of(reshaped(found, walk.shape(side), walk.layout(side))),
            (*path, (DerivedForm.MOVED, "outer")),
        )


def einsum(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """einsum: for each operand the einsum in which it is exchanged with the result."""
    parts, result = subscripts(node)
    arrays, scalars = g.split(lambda factor: factor.atom.shape != ())
    first = len(result) - len(arrays.shape)
    same = [
        axis for axis in range(first, len(result)) if arrays.shape[axis - first] != walk.shape(node)[axis]
    ]
    kept = "".join(letter for axis, letter in enumerate(result) if axis >= first and axis not in same)
    d = squeezed(arrays, same, len(result))
    given = [(kept, d.atom)] if kept else []
    scalars = scalars if kept else scalars * d
    for k, operand in enumerate(node.args[1:]):
        others = [(parts[j], walk.atom(other)) for j, other in enumerate(node.args[1:]) if j != k]
        found = _einsum([*given, *others], parts[k], walk.shape(operand))
        walk.walk(operand, scalars * found, (*path, (DerivedForm.MATMUL, "einsum")))


def _einsum(operands: list[tuple[str, Atom]], wanted: str, shape: Shape) -> Product:
    """The einsum with axes `wanted`; it is constant along those that no operand has."""
    known = "".join(letters for letters, _ in operands)
    left = "".join(letter for letter in wanted if letter in known)
    if not operands:
        return Product()
    if len(operands) == 1 and [letter for letter in operands[0][0] if letter in left] == list(left):
        letters, atom = operands[0]
        summed = [axis for axis, letter in enumerate(letters) if letter not in left]
        found = summation(of(atom), summed, keep=False) if summed else atom
    else:
        texts = ", ".join(atom.text for _, atom in operands)
        listed = ",".join(letters for letters, _ in operands)
        sizes = tuple(size for letter, size in zip(wanted, shape) if letter in known)
        found = Atom(f'einsum("{listed}->{left}", {texts})', ATOM, sizes)
    missing = [axis for axis, letter in enumerate(wanted) if letter not in known]
    return expanded(of(found), missing, len(wanted)) if left else of(found)


def _colons(count: int, after: int) -> list[str]:
    """An index of `count` whole axes, with a new axis after some of them."""
    return [":"] * after + ["None"] + [":"] * (count - after)
