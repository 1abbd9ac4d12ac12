"""From a network file to a Network: everything checked, every error with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bpstep.derive import derive
from bpstep.errors import BpstepError, ExpressionError
from bpstep.files import file_error, is_plain
from bpstep.maths import DERIVATIONS, LOSSES, OPTIMIZERS, REDUCTIONS, UPDATE_ORDERS
from bpstep.network import Array, Network
from bpstep.program import Program
from bpstep.reading.data import read_data
from bpstep.reading.document import Document, load, parsed
from bpstep.reading.domains import domain_warnings
from bpstep.reading.expects import check_expects, read_expects
from bpstep.reading.fields import Table
from bpstep.reading.layers import read_layers
from bpstep.reading.options import read_options

__all__ = ["read_network", "read_text"]

_KEYS = (
    *(
        "title",
        "loss",
        "reduction",
        "optimizer",
        "learning_rate",
        "update_biases",
        "update_order",
        "derivation",
    ),
    *("batch_size", "shuffle", "seed", "data", "layers", "optimizer_options", "program", "expect"),
)


def read_network(path: Path) -> Network:
    """The network that a file describes.

    Raises FileError, with the line of the key or table, where the file cannot be read or does not hold
    what a network file should; nothing is computed, and nothing in the file is run.
    """
    return _read(load(path))


def read_text(text: str, path: Path) -> Network:
    """The network that a text describes, as if it stood in the file at `path`; FileError as above.

    It holds all its data: no other file is read, whatever the text names.
    """
    return _read(parsed(text, path, alone=True))


def _read(document: Document) -> Network:
    table = Table(document, (), document.values)
    network = _network(table)
    check_expects(table, _program(table, network))
    return network


def _network(table: Table) -> Network:
    table.refuse_others(_KEYS)
    table.require("loss", "learning_rate", "data", "layers")
    inputs, labels = read_data(table.table("data"))
    batch_size = table.whole("batch_size", 0, 0, len(inputs))
    seed = table.whole("seed", 0, 0, 2**63 - 1)
    optimizer = table.one_of("optimizer", tuple(OPTIMIZERS), "sgd")
    layers = list(table.tables("layers"))
    if not layers:
        raise table.error("layers", "layers is an empty list: expected at least one layer")
    network = Network(
        name=table.document.path.stem,
        layers=read_layers(
            layers, inputs.shape[1], batch_size or len(inputs), inputs.size + labels.size, seed
        ),
        inputs=inputs,
        labels=labels,
        learning_rate=_learning_rate(table),
        loss=table.one_of("loss", tuple(LOSSES)),
        title=table.text("title"),
        reduction=table.one_of("reduction", REDUCTIONS, "sum"),
        optimizer=optimizer,
        optimizer_options=read_options(table.table("optimizer_options"), optimizer),
        update_biases=table.flag("update_biases", True),
        update_order=table.one_of("update_order", UPDATE_ORDERS, "after"),
        derivation=table.one_of("derivation", DERIVATIONS, "matrix"),
        batch_size=batch_size,
        shuffle=table.flag("shuffle", False),
        seed=seed,
        program=_equations(table.table("program")),
        expects=read_expects(table),
        path=table.document.path,
    )
    return _checked(table, network)


def _checked(table: Table, network: Network) -> Network:
    """The network, with its warnings, where its parts agree."""
    outputs = network.layers[-1].weights.shape[1]
    if network.labels.shape[1] != outputs:
        raise table.table("data").error(
            "labels",
            f"labels has {network.labels.shape[1]} columns: expected {outputs}, the units of the last layer",
        )
    if not is_plain(network.name):
        raise file_error(table.document.path, None, "the file's name has control characters")
    for array in _arrays(network):
        array.setflags(write=False)
    return replace(network, warnings=domain_warnings(network))


def _arrays(network: Network) -> Iterator[Array]:
    yield network.inputs
    yield network.labels
    for layer in network.layers:
        yield layer.weights
        if layer.bias is not None:
            yield layer.bias


def _learning_rate(table: Table) -> float:
    rate = table.number("learning_rate")
    if rate < 0:
        raise table.wrong("learning_rate", "a number not below 0")
    return rate


def _equations(table: Table) -> dict[str, str]:
    return {name: table.text(name) for name in table.values}


def _program(table: Table, network: Network) -> Program:
    """The network's program; what does not hold in it is told at the key that it came from."""
    try:
        return derive(network)
    except ExpressionError as error:
        raise table.table("program").error(error.equation, str(error)) from None
    except BpstepError as error:
        raise table.error("derivation", str(error)) from None
