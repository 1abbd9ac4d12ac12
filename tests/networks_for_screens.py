"""Networks that only a screen needs: too wide to be drawn whole, and one that overflows."""

from __future__ import annotations

import numpy as np

from bpstep.model.network import Layer, Network


def _numbers(rows: int, columns: int, scale: float) -> np.ndarray:
    """Numbers from -scale to scale as if drawn by lot, without a generator whose version would matter."""
    drawn = (np.arange(1, rows * columns + 1) * 7919 % 10007) / 10007
    return ((2 * drawn - 1) * scale).reshape(rows, columns)


def wide() -> Network:
    """784 inputs, 128 hidden units, 10 classes, 64 samples."""
    labels = np.eye(10)[np.arange(64) % 10]
    layers = (
        Layer(_numbers(784, 128, 0.05), np.zeros(128), "relu"),
        Layer(_numbers(128, 10, 0.2), np.zeros(10), "softmax"),
    )
    inputs = np.abs(_numbers(64, 784, 1.0))
    return Network("wide", layers, inputs, labels, 0.1, "cross_entropy", reduction="mean")


def overflowing() -> Network:
    """A learning rate that no number survives."""
    layers = (
        Layer(_numbers(2, 3, 0.8), np.zeros(3), "tanh"),
        Layer(_numbers(3, 1, 0.8), np.zeros(1), "identity"),
    )
    inputs, labels = np.array([[1.0, 2.0]]), np.array([[1.0]])
    return Network("overflowing", layers, inputs, labels, 1e300, "half_squared_error")


MADE = {"wide": wide, "overflowing": overflowing}
