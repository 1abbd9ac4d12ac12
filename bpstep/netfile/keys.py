"""The keys of a network file's tables."""

from __future__ import annotations

from enum import Enum

from bpstep.model.optimizers import EPSILON_HAT, OPTIMIZERS


class TableKeys(Enum):
    """The tables of a file; the value of each is its keys."""

    TOP = (
        *("title", "loss", "reduction", "optimizer", "learning_rate", "update_biases", "update_order"),
        *("derivation", "l2", "l2_reduction", "weights_layout", "batch_size", "shuffle", "seed"),
        *("data", "layers", "optimizer_options", "program", "expect"),
    )
    FORWARD = (
        *("title", "optimizer", "learning_rate", "batch_size", "shuffle", "seed", "weights_layout"),
        *("data", "test", "constants", "parameters", "running", "optimizer_options", "program", "expect"),
        *("input_names", "label_names"),
    )
    """At the top of a file whose network is given by `[program] forward`."""
    LAYER = ("weights", "bias", "activation", "units", "init", "normalization", "dropout")
    DATA = (
        *("inputs", "labels", "file", "header", "input_names", "label_names"),
        *("test", "test_file", "test_inputs", "test_labels"),
    )
    TEST = ("inputs", "labels", "loss")
    """Of the samples that a network with a forward pass is tested on."""
    OPTIONS = (*dict.fromkeys(name for row in OPTIMIZERS.values() for name, _ in row.options), EPSILON_HAT)
    EXPECT = ("at", "name", "value", "decimals", "digits", "source")
    SCHEDULE = ("start", "kind", "decay", "factor", "every")
    INIT = ("normal", "uniform", "rule", "seed", "generator")
