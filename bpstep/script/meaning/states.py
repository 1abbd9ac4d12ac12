"""Random numbers for the tensors from before a pass, so that zeros and symmetries hide nothing."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

_MAX_DATA = 2.0
"""The maximum root mean square of random data: larger ones would saturate every activation."""

_MIN_WEIGHT, _MAX_WEIGHT = 0.1, 1.0

_MAX_ROUNDS = 100
"""After so many rounds the sums of rows and of columns are both 1, apart from rounding."""


def drawn_states(
    before: Mapping[str, Any],
    parameters: Collection[str],
    carried: Collection[str],
    numbers: Collection[str],
    count: int,
    shares: Collection[str] = (),
) -> Iterator[dict[str, Any]]:
    """Random states: in the first only the parameters are drawn, then the data too.

    `carried` are the tensors that the pass changes; those that are not parameters are an optimiser's memory.
    `numbers` are the data that are only computed with. The others keep their kind: whole numbers are drawn
    from the existing ones. Scalars stay, unless they are among `numbers`: rates, counts. `shares` are those
    of `numbers` whose elements are the shares of a whole, as the probabilities of one sample's classes: they
    are drawn so that their sum is 1.
    """
    classes = _classes(before, numbers)
    single = {name for entries in classes for name in entries}
    for seed in range(count):
        random = np.random.default_rng([7, seed])
        state: dict[str, Any] = {}
        drawn: dict[Any, Any] = {}
        for name, value in before.items():
            if name in parameters:
                state[name] = _parameter(random, value)
            elif name in carried:
                state[name] = _remembered(random, value)
            else:
                # The same row may come from outside twice, under two names.
                is_number = name in numbers and bool(seed or not np.any(value))
                alone = name if name in single else ""
                key = (np.shape(value), np.asarray(value).tobytes(), is_number, alone)
                if key not in drawn:
                    draw = _number if is_number else _data if seed else _as_it_is
                    number = draw(random, value)
                    drawn[key] = number / np.sum(number) if is_number and name in shares else number
                state[name] = drawn[key]
        for entries in classes:
            total = sum(state[name] for name in entries)
            state.update((name, state[name] / total) for name in entries)
        yield state


def _classes(before: Mapping[str, Any], numbers: Collection[str]) -> list[list[str]]:
    """The entries of one-hot lists, such as `Y[0][0]`, `Y[0][1]` and `Y[0][2]`."""
    lists: dict[str, list[str]] = {}
    for name in before:
        if name.endswith("]"):
            lists.setdefault(name[: name.rindex("[")], []).append(name)
    return [
        entries
        for entries in lists.values()
        if len(entries) > 1
        and all(name in numbers and not np.shape(before[name]) for name in entries)
        and sorted(before[name] for name in entries) == [0] * (len(entries) - 1) + [1]
    ]


def as_double(value: Any) -> Any:
    """Floating-point numbers in double precision; others unchanged, and the same object if nothing is."""
    if type(value) is np.float64 or (type(value) is np.ndarray and value.shape and value.dtype == np.float64):
        return value
    array = np.asarray(value)
    if array.dtype.kind == "b":
        array = array.astype(np.float64)
    if array.dtype.kind == "f":
        return array.astype(np.float64) if array.shape else np.float64(array)
    return array if array.shape else np.float64(array)


def _parameter(random: np.random.Generator, value: Any) -> Any:
    array = np.asarray(value)
    size = math.sqrt(float(np.mean(np.square(array, dtype=np.float64)))) if array.size else 0.0
    largest = min(_MAX_WEIGHT, 1.5 / math.sqrt(max(array.shape, default=1)))
    scale = min(max(size, _MIN_WEIGHT), max(largest, _MIN_WEIGHT)) if size else 0.3
    drawn = scale * random.normal(0, 1, array.shape)
    return drawn if array.shape else np.float64(drawn)


def _remembered(random: np.random.Generator, value: Any) -> Any:
    """Small positive numbers: it may be a mean of squares."""
    array = np.asarray(value)
    if not array.shape or array.dtype.kind != "f":
        return as_double(value)
    return random.uniform(0.01, 0.02, array.shape)


def _as_it_is(_random: np.random.Generator, value: Any) -> Any:
    return as_double(value)


def _number(random: np.random.Generator, value: Any) -> Any:
    """Numbers of the same size; bits become probabilities, and keep their sum if it is 1."""
    array = np.asarray(value)
    if not array.shape:
        number = float(array)
        fraction = random.uniform(0.1, 0.9) if 0 <= number <= 1 else random.uniform(0.5, 1.5)
        return np.float64(fraction if 0 <= number <= 1 else number * fraction)
    if not array.any():
        return 0.3 * random.normal(0, 1, array.shape)
    if not _is_whole(array):
        return _data(random, value)
    if np.isin(array, (-1, 1)).all() and (array < 0).any():
        return random.choice((-1.0, 1.0), array.shape)
    drawn = random.uniform(0.05, 0.95, array.shape)
    return _with_sums_of_1(drawn, array) if np.isin(array, (0, 1)).all() and array.ndim > 1 else drawn


def _with_sums_of_1(drawn: Any, array: Any) -> Any:
    """Positive numbers with the sum 1 along each axis along which those of an array have it: along two where
    each of as many samples as classes is of another class."""
    axes = [
        axis
        for axis in range(array.ndim)
        if array.shape[axis] > 1 and np.allclose(np.sum(array, axis=axis), 1)
    ]
    for _ in range(_MAX_ROUNDS if len(axes) > 1 else 1):
        for axis in axes:
            drawn = drawn / np.sum(drawn, axis=axis, keepdims=True)
    return drawn


def _data(random: np.random.Generator, value: Any) -> Any:
    array = np.asarray(value)
    if array.size <= 1 and not array.shape:
        return as_double(value)
    if array.dtype.kind not in "f" or (_is_whole(array) and array.any()):
        return as_double(_shuffled(random, array))
    low, high = float(np.min(array)), float(np.max(array))
    if low == high or not math.isfinite(low + high):
        return as_double(value)
    if low >= 0:
        least = min(0.05 if high > 1 else 0.02, high / 2)
        drawn = random.uniform(least, min(high, _MAX_DATA), array.shape)
        return _with_sums_of_1(drawn, array)
    with np.errstate(all="ignore"):
        size = math.sqrt(float(np.mean(np.square(array, dtype=np.float64))))
    return min(size, _MAX_DATA) * random.normal(0, 1, array.shape)


def _is_whole(array: Any) -> bool:
    """True for whole numbers written as floats, as classes and bits are."""
    return bool(np.all(np.abs(array) < 1e9) and np.all(array == np.round(array)))


def _shuffled(random: np.random.Generator, array: Any) -> Any:
    """The same numbers in another order; if every row or column has a single 1, these stay whole."""
    bits = np.isin(array, (0, 1)).all()
    for axis in range(array.ndim) if bits and array.ndim > 1 else ():
        if array.shape[axis] > 1 and (np.sum(array, axis=axis) == 1).all():
            other = 1 - axis if array.ndim == 2 else 0
            return np.take(array, random.permutation(array.shape[other]), axis=other)
    return random.permutation(array.ravel()).reshape(array.shape)
