"""Which samples an iteration learns from: a pure function of the network's seed and the iteration."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def rows(network_samples: int, batch_size: int, shuffle: bool, seed: int, iteration: int) -> Rows:
    """The numbers of the samples drawn in an iteration, counted from 0, in the order drawn.

    `batch_size` 0 means all; the last batch of an epoch is smaller where they do not divide evenly. With
    `shuffle` each epoch has an order of its own, a function of (seed, epoch). The array is not for writing.
    """
    size = batch_size or network_samples
    epoch, batch = divmod(iteration, -(-network_samples // size))
    return _order(network_samples, seed, epoch if shuffle else None)[batch * size : (batch + 1) * size]


# Three: the epoch shown, and those a step back or on leads to.
@lru_cache(maxsize=3)
def _order(samples: int, seed: int, epoch: int | None) -> Rows:
    """All rows in the order of an epoch; in the file's order where it is None."""
    order = np.arange(samples) if epoch is None else np.random.default_rng([seed, epoch]).permutation(samples)
    order.setflags(write=False)
    return order
