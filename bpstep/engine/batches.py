"""Which samples an iteration trains on: a pure function of the network's seed and the iteration."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpstep.engine.edits import Overrides, with_cells
from bpstep.lang.cells import Index
from bpstep.model.network import Network
from bpstep.program.program import Program

Rows = NDArray[np.intp]


def batch_rows(
    network_samples: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    iteration: int,
    shuffle_seed: int | None = None,
) -> Rows:
    """The rows of the samples drawn in an iteration, counted from 0, in the order drawn.

    `batch_size` 0 means all; the last batch of an epoch is smaller if they do not divide evenly. With
    `shuffle`, each epoch has its own order, a function of (seed, epoch); with a `shuffle_seed`, the one that
    scikit-learn draws with NumPy's older generator. The array is read-only.
    """
    size = batch_size or network_samples
    epoch, batch = divmod(iteration, -(-network_samples // size))
    if shuffle and shuffle_seed is not None:
        order = _older_order(network_samples, shuffle_seed, epoch)
    else:
        order = _epoch_order(network_samples, seed, epoch if shuffle else None)
    return order[batch * size : (batch + 1) * size]


# Three: the epoch shown, and the ones before and after it.
@lru_cache(maxsize=3)
def _epoch_order(samples: int, seed: int, epoch: int | None) -> Rows:
    """All rows in the order of an epoch; in the file's order if `epoch` is None."""
    order = np.arange(samples) if epoch is None else np.random.default_rng([seed, epoch]).permutation(samples)
    order.setflags(write=False)
    return order


_KEPT_EVERY = 500
"""Epochs between two saved states of the older generator: each order is made from the one before."""


@lru_cache(maxsize=3)
def _older_order(samples: int, seed: int, epoch: int) -> Rows:
    """All rows in the order of an epoch: the order of the epoch before, shuffled once more."""
    kept = _kept_orders(samples, seed)
    generator = np.random.RandomState()
    at = min(epoch // _KEPT_EVERY, len(kept) - 1)
    state, order = kept[at]
    generator.set_state(state)
    for after in range(at * _KEPT_EVERY, epoch + 1):
        if after == len(kept) * _KEPT_EVERY:
            kept.append((generator.get_state(), order))
        places = np.arange(samples)
        generator.shuffle(places)
        order = order[places]
    order.setflags(write=False)
    return order


# Two: for two runs of different networks.
@lru_cache(maxsize=2)
def _kept_orders(samples: int, seed: int) -> list[tuple[Any, Rows]]:
    """States of the generator with the order, saved at regular distances of epochs; the list grows."""
    return [(np.random.RandomState(seed).get_state(), np.arange(samples))]


class BatchFeed:
    """The constants of any iteration, edits included; a pure function of (network, edits, iteration)."""

    def __init__(self, network: Network, program: Program, overrides: Overrides) -> None:
        self._network = network
        self._overrides = overrides
        self._initial = {name: program.initial[name] for name in program.constants}
        self._data_names = [name for name in program.initial if name in program.data]
        self.draws_samples = bool(network.batch_size or network.shuffle)
        """True if each iteration draws its own samples."""

    def rows(self, iteration: int) -> NDArray[np.intp]:
        """The rows of the data that an iteration sees."""
        net = self._network
        return batch_rows(net.samples, net.batch_size, net.shuffle, net.seed, iteration, net.shuffle_seed)

    def constants(self, iteration: int) -> dict[str, Any]:
        """Every constant as the iteration reads it."""
        samples = dict(zip(self._data_names, self.samples(iteration)))
        rates = {name: self._rate(name, iteration) for name in self._initial if name not in samples}
        return {**samples, **rates}

    def samples(self, iteration: int) -> tuple[Any, ...]:
        """The data of an iteration, in the order of the program's data: X and labelY."""
        rows = self.rows(iteration) if self.draws_samples else None
        return tuple(self._data(name, iteration, rows) for name in self._data_names)

    def _rate(self, name: str, iteration: int) -> Any:
        cells = self._overrides.constant(name, iteration)
        return with_cells(self._initial[name], cells) if cells else self._initial[name]

    def _data(self, name: str, iteration: int, rows: NDArray[np.intp] | None) -> Any:
        every = self._network.data[name]
        value = self._initial[name]
        single = np.ndim(value) < every.ndim
        if rows is not None:
            value = every[rows[0]] if single else every[rows]
        cells = self._overrides.constant(name, iteration)
        seen: dict[Index, float] = {
            index[1:] if single else (place, *index[1:]): v
            for index, v in cells.items()
            for place in _batch_positions(index[0], rows)
        }
        return with_cells(value, seen) if seen else value


def _batch_positions(row: int, rows: NDArray[np.intp] | None) -> list[int]:
    """The positions of a row of the data in a batch; empty if it is not drawn."""
    return [row] if rows is None else np.flatnonzero(rows == row).tolist()
