"""Which values are equal up to a constant, in all states at once."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.script.meaning.graph import MISSING, have_one_shape

_TOLERANCE = 1e-7
"""The largest difference, relative to the largest cell, between equal directions."""

_NEARLY_ALONG = 0.999
"""Of two vectors of length 1 along one direction the product is 1 or -1."""

MAX_COMPARED = 1000
"""Larger tensors are compared on a sample of their cells."""

_samples: dict[int, Any] = {}


@dataclass(frozen=True)
class Direction:
    """The values of a tensor in all states, as one vector of length 1."""

    cells: Any
    length: float


def direction(values: Sequence[Any], turned: bool = False) -> Direction | None:
    """The direction of a tensor's values in all states; None if they are zero or not finite.

    Two directions to be compared are either both of a sample of the cells, or both of all.
    """
    parts = []
    for value in values:
        if value is MISSING:
            return None
        array = np.asarray(value, dtype=np.float64)
        parts.append(some_cells(array.T if turned else array))
    cells = np.concatenate(parts)
    with np.errstate(all="ignore"):
        length = math.sqrt(np.dot(cells, cells))
    if not 0 < length < np.inf:
        return None
    return Direction(cells / length, length)


def change_direction(pairs: Iterable[tuple[Any, Any]]) -> Direction | None:
    """The direction from the first to the second value of each pair; None if nothing changes, or if their
    shapes differ.
    """
    changes = []
    for before, after in pairs:
        if not have_one_shape(before, after):
            return None
        changes.append(after - before)
    return direction(changes)


def some_cells(array: Any) -> Any:
    """The cells of an array in one row; of a large one the same sample for every array of its size."""
    flat = np.asarray(array).ravel()
    if flat.size <= MAX_COMPARED:
        return flat
    if flat.size not in _samples:
        _samples[flat.size] = np.random.default_rng(flat.size).choice(flat.size, MAX_COMPARED, replace=False)
    return flat[_samples[flat.size]]


def scale_factor(given: Direction | None, wanted: Direction | None) -> float:
    """The constant that turns `wanted` into `given`; 0 if there is none, or if either is no direction."""
    if given is None or wanted is None or given.cells.shape != wanted.cells.shape:
        return 0.0
    along = float(np.dot(given.cells, wanted.cells))
    if abs(along) < _NEARLY_ALONG:
        return 0.0
    sign = 1.0 if along >= 0 else -1.0
    apart = float(np.max(np.abs(given.cells - sign * wanted.cells)))
    largest = float(np.max(np.abs(wanted.cells)))
    return sign * given.length / wanted.length if apart <= _TOLERANCE * largest else 0.0


class Labels:
    """Directions with their meanings, found again by any vector along one of them."""

    def __init__(self) -> None:
        self._by_size: dict[int, list[tuple[float, int, Direction, Any]]] = {}
        self._sorted: set[int] = set()
        self._count = 0

    def add(self, found: Direction | None, meaning: Any) -> None:
        """Record the meaning of a direction."""
        if found is not None:
            size = found.cells.size
            self._count += 1
            entry = (_projection(found), self._count, found, meaning)
            self._by_size.setdefault(size, []).append(entry)
            self._sorted.discard(size)

    def find(self, given: Direction | None) -> Iterator[tuple[Any, float]]:
        """The meanings of a direction, each with the constant between the two vectors."""
        if given is None or given.cells.size not in self._by_size:
            return
        size = given.cells.size
        entries = self._by_size[size]
        if size not in self._sorted:
            entries.sort(key=lambda entry: entry[:2])
            self._sorted.add(size)
        wanted = _projection(given)
        at = bisect_left(entries, wanted - 1e-5, key=lambda entry: entry[0])
        while at < len(entries) and entries[at][0] <= wanted + 1e-5:
            constant = scale_factor(given, entries[at][2])
            if constant:
                yield entries[at][3], constant
            at += 1

    def begun(self, size: int, count: int) -> Iterator[Direction]:
        """The directions of the first `count` of all states, of those that are single numbers in `size`."""
        for _, _, found, _ in self._by_size.get(size, ()):
            start = direction(list(found.cells[:count]))
            if start is not None:
                yield start


_weights: dict[int, Any] = {}


def _projection(found: Direction) -> float:
    """The same number for every vector along one direction, either way."""
    size = found.cells.size
    if size not in _weights:
        _weights[size] = np.random.default_rng(size).normal(0, 1, size)
    return abs(float(np.dot(found.cells, _weights[size])))
