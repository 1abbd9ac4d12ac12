"""Functions that move cells without changing them, in reverse: transposes, reshapes, joins, windows."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bpstep.lang.shape_rules import (
    axes_as_written,
    axes_of,
    pad_widths,
    whole,
    window_axes,
)
from bpstep.lang.trees import listed_items
from bpstep.program.derivation.algebra import (
    ATOM,
    Atom,
    Factor,
    Product,
    indexed,
    of,
    reordered,
    reshaped,
)
from bpstep.program.derivation.equations import OperationPath
from bpstep.program.derivation.reverse_walk import ReverseWalk
from bpstep.program.derivation.structure import operation
from bpstep.program.derived_forms import DerivedForm


def reordered_axes(
    walk: ReverseWalk, node: ast.Attribute | ast.Call, g: Product, path: OperationPath
) -> None:
    """x.T, transpose(x, axes), swapaxes(x, a, b): the axes are permuted back."""
    operand = node.value if isinstance(node, ast.Attribute) else node.args[0]
    back = _reordered(walk, g, node, walk.axes_order(node))
    walk.walk(operand, back, (*path, (DerivedForm.MOVED, operation(node))))


def _reordered(walk: ReverseWalk, g: Product, node: ast.expr, order: Sequence[int]) -> Product:
    """The gradient of a tensor whose axes `node` permutes."""
    rank = len(order)
    arrays, scalars = g.split(lambda factor: factor.atom.shape != ())
    if not arrays.factors:
        return g
    back = [list(order).index(axis) for axis in range(rank)]
    there = [axis for axis in back if axis >= rank - len(arrays.shape)]
    if len(there) < rank and there == sorted(there):
        # Constant along the leading axes, which its text does not have.
        parts = [":" if axis in there else "None" for axis in back]
        parts = parts[parts.index(":") :]
        sizes = iter(arrays.shape)
        shape = tuple(next(sizes) if part == ":" else 1 for part in parts)
        return scalars * of(indexed(arrays.atom, parts, shape))
    if len(there) < rank:
        arrays = walk.full(arrays, node)
    within, parts = arrays.atom.form[1:3] if arrays.atom.form[:1] == ("[]",) else (None, [])
    turned = [parts[axis] if axis < len(parts) else ":" for axis in back]
    kept = [axis for axis, part in zip(back, turned) if part == ":"]
    if within is not None and {*parts} <= {":", "None"} and kept == sorted(kept) and turned[0] == "None":
        # The same numbers without the axes that now lead.
        turned = turned[turned.index(":") :]
        sizes = iter(within.shape)
        shape = tuple(next(sizes) if part == ":" else 1 for part in turned)
        return scalars * of(indexed(within, turned, shape))
    return scalars * of(reordered(arrays.atom, back))


def reshape(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """x.reshape(…)."""
    assert isinstance(node.func, ast.Attribute)
    operand = node.func.value
    if any(factor.atom.shape for factor in g.factors):
        scalars, atom = walk.full_atom(g, node)
        g = scalars * of(reshaped(atom, walk.shape(operand), walk.layout(operand)))
    walk.walk(operand, g, (*path, (DerivedForm.MOVED, "reshape")))


def repeat(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """repeat(x, n): the sum over the n copies of each cell."""
    argument = node.args[0]
    times = whole(node.args[1], walk.shape) or 1
    shape = walk.shape(argument)
    axes = axes_of(node, len(shape))
    scalars, atom = walk.full_atom(g, node)
    if not shape:
        found = of(Atom(f"sum({atom.text})", ATOM, ()))
    elif axes is None:
        pairs = reshaped(atom, (math.prod(shape), times), [-1, times])
        found = of(Atom(f"sum({pairs.text}, axis=1)", ATOM, (math.prod(shape),)))
        found = of(reshaped(found.atom, shape, walk.layout(argument)))
    else:
        at = axes[0] + 1
        sizes = walk.layout(argument)
        wide = (*shape[:at], times, *shape[at:])
        split_up = reshaped(atom, wide, [*sizes[:at], times, *sizes[at:]])
        found = of(Atom(f"sum({split_up.text}, axis={at})", ATOM, shape))
    walk.walk(argument, scalars * found, (*path, (DerivedForm.SUM_OVER_BROADCAST, "repeat")))


def concatenate(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """concatenate([a, b], axis): each operand gets its block of the gradient."""
    shape = walk.shape(node)
    axis = (axes_of(node, len(shape)) or (0,))[0]
    start = 0
    for operand in listed_items(node):
        stop = start + walk.shape(operand)[axis]
        block = _cut(g, len(shape), {axis: (start, stop, shape[axis])})
        walk.walk(operand, block, (*path, (DerivedForm.MOVED, "concatenate")))
        start = stop


def stack(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """stack([a, b], axis): each operand gets the gradient at its index."""
    rank = len(walk.shape(node))
    axis = (axes_of(node, rank) or (0,))[0]
    for k, operand in enumerate(listed_items(node)):
        walk.walk(operand, _cut(g, rank, {axis: k}), (*path, (DerivedForm.MOVED, "stack")))


def _cut(g: Product, rank: int, places: Mapping[int, int | tuple[int, int, int]]) -> Product:
    """A block of the gradient: along each of some axes one index, or (start, stop, size of the axis)."""

    def shorter(factor: Factor) -> Factor:
        first = rank - len(factor.atom.shape)
        parts, shape = [], []
        for axis, size in zip(range(first, rank), factor.atom.shape):
            place = places.get(axis)
            if place is None:
                parts.append(":")
                shape.append(size)
            elif isinstance(place, int):
                parts.append(str(place) if size != 1 else "0")
            elif size == 1 and place[2] != 1:
                parts.append(":")
                shape.append(1)
            else:
                parts.append(_slice(*place))
                shape.append(place[1] - place[0])
        return Factor(indexed(factor.atom, parts, tuple(shape)), factor.power, factor.raised)

    return replace(g, factors=tuple(map(shorter, g.factors)))


def pad(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """pad(x, widths): the gradient without the padding."""
    shape = walk.shape(node.args[0])
    widths = pad_widths(node, len(shape), walk.shape)
    sizes = walk.shape(node)
    places = {
        axis: (before, sizes[axis] - after, sizes[axis])
        for axis, (before, after) in enumerate(widths)
        if before or after
    }
    walk.walk(node.args[0], _cut(g, len(shape), places), (*path, (DerivedForm.MOVED, "pad")))


def windows(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """windows(x, n, axis): each cell gets the sum over the windows that contain it."""
    shape = walk.shape(node.args[0])
    axes, _ = window_axes(node, len(shape), walk.shape)
    scalars, atom = walk.full_atom(g, node)
    found = Atom(f"overlap_add({atom.text}, axis={_one_or_tuple(axes)})", ATOM, shape)
    walk.walk(node.args[0], scalars * of(found), (*path, (DerivedForm.OVERLAP_ADD, "windows")))


def overlap_add(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """overlap_add(x, axis): the windows of the gradient."""
    rank = len(walk.shape(node))
    shape = walk.shape(node.args[0])
    axes = axes_as_written(node, rank) or ()
    scalars, atom = walk.full_atom(g, node)
    lengths = shape[rank:]
    found = Atom(f"windows({atom.text}, {_one_or_tuple(lengths)}, axis={_one_or_tuple(axes)})", ATOM, shape)
    walk.walk(node.args[0], scalars * of(found), (*path, (DerivedForm.MOVED, "overlap_add")))


def _one_or_tuple(numbers: Sequence[int]) -> str:
    """`3` or `(3, 3)`, as an argument."""
    return str(numbers[0]) if len(numbers) == 1 else f"({', '.join(map(str, numbers))})"


def _slice(start: int, stop: int, size: int) -> str:
    """start:stop in its shortest form."""
    return f"{start or ''}:{'' if stop == size else stop}"
