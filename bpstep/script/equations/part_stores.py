"""Stores into parts of an array, written as an expression of the whole array."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree

Bounds = list[tuple[int, int, int, bool]]
"""For each axis the start, stop and step of the selection, and whether the axis is kept."""


def basic_bounds(shape: tuple[int, ...], key: Any) -> Bounds | None:
    """What a key of whole numbers and slices selects on each axis; None for any other key."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if any(part is None or isinstance(part, bool | np.bool_) for part in parts):
        return None
    if any(part is Ellipsis for part in parts):
        at = next(place for place, part in enumerate(parts) if part is Ellipsis)
        parts[at : at + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
    parts += [slice(None)] * (len(shape) - len(parts))
    found: Bounds = []
    for size, part in zip(shape, parts):
        if isinstance(part, slice):
            start, stop, step = part.indices(size)
            if step != 1:
                return None
            found.append((start, max(stop, start), 1, True))
        elif isinstance(part, int | np.integer):
            at = int(part) % size if size else 0
            found.append((at, at + 1, 1, False))
        else:
            return None
    return found if len(found) == len(shape) else None


def _is_whole(shape: tuple[int, ...], bounds: Bounds) -> bool:
    """Whether a selection is everything."""
    return all(start == 0 and stop == size for size, (start, stop, _, _) in zip(shape, bounds))


def _along(axis: int, rank: int, tree: Tree) -> Tree:
    """A tensor of one axis, reshaped to run along an axis of a result."""
    return build.with_new_axes(tree, 0, 1, rank - axis - 1)


def _mask_of(shape: tuple[int, ...], bounds: Bounds) -> Tree:
    rank = len(shape)
    found: Tree | None = None
    for axis, (size, (start, stop, _, _)) in enumerate(zip(shape, bounds)):
        if start == 0 and stop == size:
            continue
        places = build.call("arange", build.whole(size))
        if stop == start + 1:
            inside: Tree = build.compare(places, ast.Eq(), build.whole(start))
        else:
            inside = build.compare(places, ast.GtE(), build.whole(start)) if start else places
            if stop < size:
                below = build.compare(places, ast.Lt(), build.whole(stop))
                inside = build.multiply(inside, below) if start else below
        inside = _along(axis, rank, inside)
        found = inside if found is None else build.multiply(found, inside)
    assert found is not None
    return found


def into_bounds(
    whole: Tree, shape: tuple[int, ...], bounds: Bounds, part: Tree, part_shape: tuple[int, ...]
) -> Tree | None:
    """The whole array with another part within bounds."""
    region = tuple(stop - start for start, stop, _, _ in bounds)
    kept = tuple(size for size, (_, _, _, stays) in zip(region, bounds) if stays)
    if _is_whole(shape, bounds):
        if part_shape == shape:
            return part
        return build.multiply(part, build.call("ones", build.wholes(shape)))
    extra = len(part_shape) - len(kept)
    if extra > 0:
        if any(size != 1 for size in part_shape[:extra]):
            return None
        part = build.method(part, "reshape", *map(build.whole, part_shape[extra:] or (1,)))
        part_shape = part_shape[extra:] or (1,)
    # The part with the axes that a number between the brackets drops.
    full = _with_lost_axes(part, part_shape, bounds)
    if full is None:
        return None
    tree, lifted = full
    partial = [
        axis for axis, (start, stop, _, _) in enumerate(bounds) if not (start == 0 and stop == shape[axis])
    ]
    # Axes are matched from the last one on: the part may lack the first ones.
    aligned = (1,) * (len(shape) - len(lifted)) + lifted
    if all(aligned[axis] == 1 for axis in partial):
        return build.call("where", _mask_of(shape, bounds), tree, whole)
    if len(partial) == 1:
        return _between(whole, shape, bounds, tree, lifted, region, partial[0])
    return _padded(whole, shape, bounds, tree, lifted, region)


def _with_lost_axes(
    part: Tree, part_shape: tuple[int, ...], bounds: Bounds
) -> tuple[Tree, tuple[int, ...]] | None:
    stays = [kept for _, _, _, kept in bounds]
    sizes = list(part_shape)
    missing = sum(stays) - len(sizes)
    if missing < 0:
        return None
    lifted: list[int] = []
    parts: list[Tree] = []
    rest = iter([1] * missing + sizes)
    seen = 0
    for kept in stays:
        if kept:
            lifted.append(next(rest))
            seen += 1
            parts.append(ast.Slice() if seen > missing else build.NEW_AXIS)
        else:
            lifted.append(1)
            parts.append(build.NEW_AXIS)
    first = next((at for at, each in enumerate(parts) if isinstance(each, ast.Slice)), len(parts))
    parts, lifted = parts[first:], lifted[first:]
    while parts and isinstance(parts[-1], ast.Slice):
        parts.pop()
    return (build.subscript(part, parts) if parts else part), tuple(lifted)


def _spread(tree: Tree, lifted: tuple[int, ...], region: tuple[int, ...]) -> Tree:
    if lifted == region:
        return tree
    return build.multiply(tree, build.call("ones", build.wholes(region)))


def _between(
    whole: Tree,
    shape: tuple[int, ...],
    bounds: Bounds,
    part: Tree,
    lifted: tuple[int, ...],
    region: tuple[int, ...],
    axis: int,
) -> Tree:
    start, stop = bounds[axis][:2]
    lead = [ast.Slice()] * axis
    pieces: list[Tree] = []
    if start:
        pieces.append(build.subscript(whole, [*lead, build.slice_of(None, start)]))
    pieces.append(_spread(part, lifted, region))
    if stop < shape[axis]:
        pieces.append(build.subscript(whole, [*lead, build.slice_of(stop, None)]))
    return build.call("concatenate", ast.List(pieces, ast.Load()), axis=build.whole(axis))


def _padded(
    whole: Tree,
    shape: tuple[int, ...],
    bounds: Bounds,
    part: Tree,
    lifted: tuple[int, ...],
    region: tuple[int, ...],
) -> Tree:
    spread = build.call("pad", _spread(part, lifted, region), _pad_widths(shape, bounds))
    return build.call("where", _mask_of(shape, bounds), spread, whole)


def _pad_widths(shape: tuple[int, ...], bounds: Bounds) -> Tree:
    """The zeros that pad a part to the size of the whole."""
    pairs: list[Tree] = [
        build.wholes((start, size - stop)) for size, (start, stop, _, _) in zip(shape, bounds)
    ]
    return ast.Tuple(pairs, ast.Load())


def added_into_bounds(
    whole: Tree,
    shape: tuple[int, ...],
    bounds: Bounds,
    operator: ast.operator,
    term: Tree,
    term_shape: tuple[int, ...],
) -> Tree | None:
    """The whole array with something added to, or subtracted from, a part of it."""
    region = tuple(stop - start for start, stop, _, _ in bounds)
    kept = tuple(size for size, (_, _, _, stays) in zip(region, bounds) if stays)
    if _is_whole(shape, bounds):
        return None
    full = _with_lost_axes(term, term_shape, bounds)
    if full is None:
        return None
    tree, lifted = full
    if not lifted and not kept:
        return build.binary(whole, operator, build.multiply(_mask_of(shape, bounds), tree))
    spread = _spread(tree, (1,) * (len(region) - len(lifted)) + lifted, region)
    if len(lifted) < len(region) and spread is tree:
        spread = build.with_new_axes(tree, len(region) - len(lifted), len(lifted), 0)
    return build.binary(whole, operator, build.call("pad", spread, _pad_widths(shape, bounds)))


def picked_columns(shape: tuple[int, ...], key: Any) -> tuple[int, Any] | None:
    """For `a[arange(m), y]` and `a[y, arange(m)]` the axis and the numbers `y`; None for any other key."""
    if not isinstance(key, tuple) or len(key) != 2 or len(shape) != 2:
        return None
    first, second = (
        np.asarray(part) if isinstance(part, range | list | np.ndarray) else None for part in key
    )
    if first is None or second is None or first.ndim != 1 or second.ndim != 1:
        return None
    if first.dtype.kind not in "iu" or second.dtype.kind not in "iu":
        return None
    if np.array_equal(first, np.arange(shape[0])):
        return 1, second
    return (0, first) if np.array_equal(second, np.arange(shape[1])) else None


def picked_mask(shape: tuple[int, ...], axis: int, numbers: Tree) -> Tree:
    """1 at the cells that `a[arange(m), numbers]` selects, else 0."""
    hot = build.call("one_hot", numbers, build.whole(shape[axis]))
    return hot if axis == 1 else build.transpose_of(hot)


def along_rows(axis: int, term: Tree, rank: int) -> Tree:
    """A number, or one number for each row, in a shape that multiplies a mask of selected cells."""
    if rank == 0 or axis == 0:
        return term
    return build.subscript(term, [ast.Slice(), build.NEW_AXIS])


def is_value(tree: Tree, value: float) -> bool:
    """Whether a tree is this number."""
    return isinstance(tree, ast.Constant) and tree.value == value
