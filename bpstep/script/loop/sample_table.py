"""The whole table that an iteration's samples were taken from, among the arrays of a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from bpstep.model.network import Array

_MAX_CELLS = 200_000
"""The largest array, in cells, that is searched."""


def find_table(values: Iterable[Any], inputs: Array, labels: Array) -> tuple[Array, Array] | None:
    """All samples and their targets, a row each, of which some rows are `inputs` and `labels`.

    Classes may be numbers in the script and one-hot rows in `labels`. None if no two arrays contain these
    rows at the same positions.
    """
    arrays = list(_tables(values))
    for table in arrays:
        if table.ndim != 2 or table.shape[1] != inputs.shape[1] or len(table) <= len(inputs):
            continue
        places = [np.flatnonzero((table == row).all(axis=1)) for row in inputs]
        if any(not len(found) for found in places):
            continue
        first = np.array([found[0] for found in places])
        for targets in arrays:
            whole = _as_labels(targets, labels) if len(targets) == len(table) else None
            if whole is not None and np.array_equal(whole[first], labels):
                return table, whole
    return None


def _tables(values: Iterable[Any]) -> Iterator[Array]:
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and 0 < value.size <= _MAX_CELLS:
            array = value.astype(float)
            if array.ndim in (1, 2):
                yield array
            if array.ndim == 2:
                yield array.T


def _as_labels(targets: Array, labels: Array) -> Array | None:
    """Targets as rows like `labels`; None if they can't be converted."""
    units = labels.shape[1]
    if targets.ndim == 2:
        return targets if targets.shape[1] == units else None
    if units == 1:
        return targets.reshape(-1, 1)
    is_class = np.all((targets == np.floor(targets)) & (targets >= 0) & (targets < units))
    return np.eye(units)[targets.astype(np.intp)] if is_class else None
