"""Stores into parts of an array, written as an expression of the whole array."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree


class Interval(NamedTuple):
    """The positions of one axis that a key selects, from `start` up to, but not including, `stop`."""

    start: int
    stop: int
    is_kept: bool
    """False for a whole number, which drops the axis."""


class Part(NamedTuple):
    """An expression with its shape."""

    tree: Tree
    shape: tuple[int, ...]


@dataclass(frozen=True)
class ArrayRegion:
    """The cells of an array of this shape that a key of whole numbers and slices selects."""

    shape: tuple[int, ...]
    intervals: tuple[Interval, ...]
    """One for each axis."""

    @property
    def lengths(self) -> tuple[int, ...]:
        """The number of positions on each axis."""
        return tuple(stop - start for start, stop, _ in self.intervals)

    @property
    def kept_lengths(self) -> tuple[int, ...]:
        """How long the selected part is along each axis that it keeps."""
        return tuple(stop - start for start, stop, is_kept in self.intervals if is_kept)

    @property
    def partial_axes(self) -> list[int]:
        """The axes of which not every position is selected."""
        return [
            axis
            for axis, (size, (start, stop, _)) in enumerate(zip(self.shape, self.intervals))
            if start != 0 or stop != size
        ]

    def with_part(self, whole: Tree, part: Part) -> Tree | None:
        """The whole array with another part in this region; None if there is no expression for it."""
        partial = self.partial_axes
        if not partial:
            if part.shape == self.shape:
                return part.tree
            return build.multiply(part.tree, build.call("ones", build.tuple_of(self.shape)))
        extra = len(part.shape) - len(self.kept_lengths)
        if extra > 0:
            if any(size != 1 for size in part.shape[:extra]):
                return None
            shape = part.shape[extra:] or (1,)
            part = Part(build.method(part.tree, "reshape", *map(build.signed_number, shape)), shape)
        full = self._with_dropped_axes(part)
        if full is None:
            return None
        # Axes are matched from the last one on: the part may lack the first ones.
        aligned = (1,) * (len(self.shape) - len(full.shape)) + full.shape
        if all(aligned[axis] == 1 for axis in partial):
            return build.call("where", self._mask(), full.tree, whole)
        spread = self._spread(full)
        if len(partial) == 1:
            return self._between(whole, spread, partial[0])
        padded = build.call("pad", spread, self._pad_widths())
        return build.call("where", self._mask(), padded, whole)

    def with_term(self, whole: Tree, operator: ast.operator, term: Part) -> Tree | None:
        """The whole array with something added to, or subtracted from, this region."""
        if not self.partial_axes:
            return None
        full = self._with_dropped_axes(term)
        if full is None:
            return None
        missing = len(self.shape) - len(full.shape)
        if not full.shape and not self.kept_lengths:
            return build.binary(whole, operator, build.multiply(self._mask(), full.tree))
        spread = self._spread(Part(full.tree, (1,) * missing + full.shape))
        if missing and spread is full.tree:
            spread = build.with_new_axes(full.tree, missing, len(full.shape), 0)
        return build.binary(whole, operator, build.call("pad", spread, self._pad_widths()))

    def _with_dropped_axes(self, part: Part) -> Part | None:
        """The part with an axis of length 1 for each axis that a whole number drops."""
        missing = len(self.kept_lengths) - len(part.shape)
        if missing < 0:
            return None
        shape: list[int] = []
        keys: list[Tree] = []
        rest = iter((1,) * missing + part.shape)
        seen = 0
        for _, _, is_kept in self.intervals:
            if is_kept:
                shape.append(next(rest))
                seen += 1
                keys.append(ast.Slice() if seen > missing else build.NEW_AXIS)
            else:
                shape.append(1)
                keys.append(build.NEW_AXIS)
        first = next((at for at, key in enumerate(keys) if isinstance(key, ast.Slice)), len(keys))
        keys, shape = keys[first:], shape[first:]
        while keys and isinstance(keys[-1], ast.Slice):
            keys.pop()
        return Part(build.subscript_of(part.tree, keys) if keys else part.tree, tuple(shape))

    def _spread(self, part: Part) -> Tree:
        """The part repeated over the whole region."""
        if part.shape == self.lengths:
            return part.tree
        return build.multiply(part.tree, build.call("ones", build.tuple_of(self.lengths)))

    def _between(self, whole: Tree, spread: Tree, axis: int) -> Tree:
        """The part between what is before it and after it on its only partial axis."""
        start, stop, _ = self.intervals[axis]
        lead = [ast.Slice()] * axis
        pieces: list[Tree] = []
        if start:
            pieces.append(build.subscript_of(whole, [*lead, build.slice_of(None, start)]))
        pieces.append(spread)
        if stop < self.shape[axis]:
            pieces.append(build.subscript_of(whole, [*lead, build.slice_of(stop, None)]))
        return build.call("concatenate", ast.List(pieces, ast.Load()), axis=build.signed_number(axis))

    def _mask(self) -> Tree:
        """1 in the region and 0 elsewhere, of a shape that broadcasts to the whole array's."""
        found: Tree | None = None
        for axis in self.partial_axes:
            size, (start, stop, _) = self.shape[axis], self.intervals[axis]
            positions = build.call("arange", build.signed_number(size))
            if stop == start + 1:
                inside: Tree = build.compare(positions, ast.Eq(), build.signed_number(start))
            else:
                inside = (
                    build.compare(positions, ast.GtE(), build.signed_number(start)) if start else positions
                )
                if stop < size:
                    below = build.compare(positions, ast.Lt(), build.signed_number(stop))
                    inside = build.multiply(inside, below) if start else below
            inside = build.with_new_axes(inside, 0, 1, len(self.shape) - axis - 1)
            found = inside if found is None else build.multiply(found, inside)
        assert found is not None
        return found

    def _pad_widths(self) -> Tree:
        """The zeros that pad the part to the size of the whole array."""
        pairs: list[Tree] = [
            build.tuple_of((start, size - stop)) for size, (start, stop, _) in zip(self.shape, self.intervals)
        ]
        return ast.Tuple(pairs, ast.Load())


def region_of(shape: tuple[int, ...], key: Any) -> ArrayRegion | None:
    """What a key of whole numbers and slices selects; None for any other key, and for steps other than 1."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if any(part is None or isinstance(part, bool | np.bool_) for part in parts):
        return None
    if any(part is Ellipsis for part in parts):
        at = next(place for place, part in enumerate(parts) if part is Ellipsis)
        parts[at : at + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
    parts += [slice(None)] * (len(shape) - len(parts))
    found: list[Interval] = []
    for size, part in zip(shape, parts):
        if isinstance(part, slice):
            start, stop, step = part.indices(size)
            if step != 1:
                return None
            found.append(Interval(start, max(stop, start), True))
        elif isinstance(part, int | np.integer):
            at = int(part) % size if size else 0
            found.append(Interval(at, at + 1, False))
        else:
            return None
    return ArrayRegion(shape, tuple(found)) if len(found) == len(shape) else None


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
    hot = build.call("one_hot", numbers, build.signed_number(shape[axis]))
    return hot if axis == 1 else build.transpose_of(hot)


def is_matrix_key(shape: tuple[int, ...], key: Any) -> bool:
    """Whether a key is `a[:, y]` or `a[x, y]` of a matrix, with numbers in arrays of one axis."""
    if not isinstance(key, tuple) or len(key) != 2 or len(shape) != 2 or isinstance(key[1], slice):
        return False
    parts = [np.asarray(part) for part in key if not (isinstance(part, slice) and part == slice(None))]
    return all(part.ndim == 1 and part.dtype.kind in "iu" for part in parts)


def chosen_cells(shape: tuple[int, ...], key: Any, numbers: Sequence[Tree | None]) -> Tree | None:
    """Which cells such a key selects, maybe several times; None if its `numbers` have no expression."""

    def one_hot(part: Any, tree: Tree | None, size: int) -> Tree | None:
        if tree is None or isinstance(part, slice):
            return None
        return build.call("one_hot", tree, build.signed_number(size))

    hot = [one_hot(*each) for each in zip(key, numbers, shape)]
    if hot[1] is None or (hot[0] is None and not isinstance(key[0], slice)):
        return None
    count: Tree = build.call("sum", hot[1], axis=build.signed_number(0))
    if hot[0] is not None:
        count = build.binary(build.transpose_of(hot[0]), ast.MatMult(), hot[1])
    return build.compare(count, ast.Gt(), build.signed_number(0))


def with_rows(whole: Tree, shape: tuple[int, ...], numbers: Tree, part: Tree) -> Tree:
    """The array with other rows at some numbers, each of which is there once."""
    hot = build.call("one_hot", numbers, build.signed_number(shape[0]))
    count: Tree = build.call("sum", hot, axis=build.signed_number(0))
    if len(shape) > 1:
        count = build.subscript_of(count, [ast.Slice(), build.NEW_AXIS])
    rows = build.binary(build.transpose_of(hot), ast.MatMult(), part)
    return build.call("where", build.compare(count, ast.Eq(), ast.Constant(1)), rows, whole)


def along_rows(axis: int, term: Tree, rank: int) -> Tree:
    """A number, or one number for each row, in a shape that multiplies a mask of selected cells."""
    if rank == 0 or axis == 0:
        return term
    return build.subscript_of(term, [ast.Slice(), build.NEW_AXIS])


def is_value(tree: Tree, value: float) -> bool:
    """Whether a tree is this number."""
    return isinstance(tree, ast.Constant) and tree.value == value
