"""The layers of a network file: `[[layers]]`, each checked against what comes into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bpstep import initial
from bpstep.files import MOST_CELLS
from bpstep.maths import ACTIVATIONS
from bpstep.network import Array, Layer
from bpstep.reading.fields import Table

MOST_LAYERS = 1_000

_WITHOUT_WEIGHTS = "weights, or units to have them made"


def read_layers(tables: Sequence[Table], inputs: int, batch: int, taken: int, seed: int) -> tuple[Layer, ...]:
    """All layers, from the first.

    `inputs` is the number of columns of X, `batch` the number of samples in an iteration and `taken` the
    number of cells that the data have: what there is room for is known before anything is allocated.
    """
    if len(tables) > MOST_LAYERS:
        raise tables[MOST_LAYERS].error(
            None, f"the file has {len(tables)} layers: at most {MOST_LAYERS:,} are possible"
        )
    layers: list[Layer] = []
    for at, table in enumerate(tables):
        _check_keys(table)
        units = _units(table)
        taken += (inputs + 1 + batch) * units
        if taken > MOST_CELLS:
            key = "units" if "units" in table else "weights"
            raise table.error(
                key, f"the network grows to {taken:,} numbers: at most {MOST_CELLS:,} are possible"
            )
        activation = table.one_of("activation", tuple(ACTIVATIONS))
        if activation == "softmax" and at < len(tables) - 1:
            raise table.error(
                "activation", "softmax in a hidden layer: it is possible in the last layer only"
            )
        layers.append(Layer(_weights(table, inputs, units, seed, at), _bias(table, units), activation))
        inputs = units
    return tuple(layers)


def _check_keys(table: Table) -> None:
    table.refuse_others(("weights", "bias", "activation", "units", "init"))
    if "weights" in table:
        for key in ("units", "init"):
            if key in table:
                raise table.error(key, f"{key} and weights in one layer: expected {_WITHOUT_WEIGHTS}")
    elif "units" not in table:
        raise table.error(
            "init" if "init" in table else None, f"the layer has no units: expected {_WITHOUT_WEIGHTS}"
        )
    table.require("activation")


def _units(table: Table) -> int:
    if "units" in table:
        return table.whole("units", 0, 1, MOST_CELLS)
    first = table.values["weights"]
    return len(first[0]) if isinstance(first, list) and first and isinstance(first[0], list) else 0


def _weights(table: Table, inputs: int, units: int, seed: int, at: int) -> Array:
    if "units" in table:
        init = table.one_of("init", initial.NAMES, initial.DEFAULT)
        return initial.weights(init, inputs, units, seed, at)
    weights = table.matrix("weights", "one an input")
    if len(weights) != inputs:
        source = "input of the network" if at == 0 else "unit of the layer before"
        raise table.error(
            "weights", f"weights has {len(weights)} rows: expected {inputs}, one for each {source}"
        )
    return weights


def _bias(table: Table, units: int) -> Array | None:
    if "bias" not in table:
        return np.zeros(units)
    if table.values["bias"] is False:
        return None
    return table.vector("bias", units, ", or false for none")
