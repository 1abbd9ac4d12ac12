"""An independent reading of the functions of the language: NumPy's own, and the others by hand."""

import struct

import numpy as np

from bpstep.lang.functions import FUNCTIONS


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softmax(x):
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


def _windows(x, length, axis=None):
    """Every window by a loop over its places, laid out in memory as NumPy's view of them.

    How an array lies decides in which order NumPy adds its products, and so the last bits.
    """
    lengths = length if isinstance(length, tuple) else (length,)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    assert len(lengths) == len(axes)
    axes = [range(x.ndim)[at] for at in axes]
    shape = list(x.shape)
    for at, size in zip(axes, lengths):
        shape[at] -= size - 1
    if min([*(shape[at] for at in axes), *lengths]) < 1:
        raise ValueError("no such window")
    found = np.zeros((*shape, *lengths), x.dtype)
    for index in np.ndindex(found.shape):
        place = list(index[: x.ndim])
        for at, within in zip(axes, index[x.ndim :]):
            place[at] += within
        found[index] = x[tuple(place)]
    view = np.lib.stride_tricks.sliding_window_view(x, length, axis)
    assert np.array_equal(view, found, equal_nan=True)
    return view


def _overlap_add(x, axis):
    """Every cell to the place that it was taken from, window by window."""
    if x.ndim < 2:
        raise ValueError("no windows")
    axis = range(x.ndim - 1)[axis]
    shape = list(x.shape[:-1])
    shape[axis] += x.shape[-1] - 1
    found = np.zeros(shape)
    for within in range(x.shape[-1]):
        for place in np.ndindex(x.shape[:-1]):
            moved = [at + within * (k == axis) for k, at in enumerate(place)]
            found[tuple(moved)] += x[(*place, within)]
    return found


def _one_hot(x, n):
    """By the rows of the identity, as an index picks them; nothing where there is no such class."""
    rows = [np.eye(n)[int(k)] if k in range(-n, n) else np.zeros(n) for k in np.ravel(x)]
    return np.array(rows).reshape(*np.shape(x), n)


@np.vectorize
def _uniform(*keys):
    """By Python's whole numbers: splitmix64 over the bits of one number after the other."""
    mask, bits = 2**64 - 1, 0
    for key in keys:
        number = int.from_bytes(struct.pack("<d", key + 0.0), "little")
        bits = ((bits ^ number) + 0x9E3779B97F4A7C15) & mask
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
        bits = bits ^ (bits >> 31)
    return (bits >> 11) * 2.0**-53


BY_HAND = {
    "sigmoid": sigmoid,
    "relu": lambda x: np.where(x < 0, 0.0, x),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "silu": lambda x: x * sigmoid(x),
    "identity": lambda x: x,
    "softmax": _softmax,
    "step": lambda x: np.heaviside(x, 0.0),
    "gelu": lambda x: x * sigmoid(1.5957691216057308 * (x + 0.044715 * x**3.0)),
    "windows": _windows,
    "overlap_add": _overlap_add,
    "one_hot": _one_hot,
    "uniform": _uniform,
    "size": lambda *of: np.int64(np.size(*of)),
}
NUMPY = {name: getattr(np, name) for name in FUNCTIONS if name not in BY_HAND and hasattr(np, name)}
