"""From a Network to a network file: what `reading` reads back, every bit of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bpstep.edits import AnyEdit, EditEquation, Overrides, patched
from bpstep.files import one_line
from bpstep.names import Names
from bpstep.network import Array, Expect, Layer, Network
from bpstep.session import Session

_WIDTH = 100
"""A matrix that fits on a line of so many characters stands on one; else each row has a line."""


def network_text(network: Network) -> str:
    """A network file's text: every key that it may have, data and weights as numbers.

    Reading it gives the same network, its name and path apart. Control characters, which no network file
    may have, are written as escapes.
    """
    blocks = [
        "\n".join(_pairs(_head(network))),
        "\n".join(("[data]", _matrix("inputs", network.inputs), _matrix("labels", network.labels))),
        *("\n".join(("[[layers]]", *_layer(layer))) for layer in network.layers),
        *_table("[optimizer_options]", network.optimizer_options),
        *_table("[program]", network.program),
        *("\n".join(("[[expect]]", *_pairs(_expected(expect)))) for expect in network.expects),
    ]
    return "\n\n".join(blocks) + "\n"


def network_at(session: Session) -> Network:
    """The network that the session shows, to begin with anew.

    Its initial values and constants are those of n = 0 with their edits, its equations those in force in the
    iteration shown. Published values stay only where nothing differs: they are of the network as it was.
    """
    network, frame = session.network, session.frame
    program = frame.program.own_equations
    edited = replace(network, **_initial(session), program=program)
    same = program == session.program.own_equations and not any(map(_is_initial, frame.edits))
    return edited if same else replace(edited, expects=())


def left_out(session: Session) -> tuple[str, ...]:
    """What was edited and has no place in the file: results, later writes and equations, optimiser slots."""
    frame, placed = session.frame, _placed(session.network)
    cells = (
        edit.cell
        for edit in frame.edits
        if (edit.at > frame.start if isinstance(edit, EditEquation) else edit.at or edit.name not in placed)
    )
    return tuple(dict.fromkeys(cells))


def _is_initial(edit: AnyEdit) -> bool:
    return not isinstance(edit, EditEquation) and edit.at == 0


def _placed(network: Network) -> set[str]:
    """The tensors whose values a network file holds."""
    names = Names(len(network.layers))
    layers = {name(k) for k in range(1, len(network.layers) + 1) for name in (names.weights, names.bias)}
    return {"X", "labelY", "learning_rate", *network.optimizer_options, *layers}


def _initial(session: Session) -> dict[str, Any]:
    """The parts of a network that edits at n = 0 may have changed."""
    network, names = session.network, Names(len(session.network.layers))
    overrides = Overrides(session.program, session.journal.edits)

    def start(name: str, value: Any) -> Any:
        cells = overrides.constant(name, 0)
        return overrides.written(0, name, patched(value, cells) if cells else value)

    layers = (
        Layer(
            start(names.weights(k), layer.weights),
            None if layer.bias is None else start(names.bias(k), layer.bias),
            layer.activation,
        )
        for k, layer in enumerate(network.layers, 1)
    )
    options = {name: float(start(name, value)) for name, value in network.optimizer_options.items()}
    return {
        "inputs": start("X", network.inputs),
        "labels": start("labelY", network.labels),
        "learning_rate": float(start("learning_rate", network.learning_rate)),
        "optimizer_options": options,
        "layers": tuple(layers),
    }


def _head(network: Network) -> dict[str, Any]:
    keys = (
        *("title", "loss", "reduction", "optimizer", "learning_rate", "update_biases", "update_order"),
        *("derivation", "batch_size", "shuffle", "seed"),
    )
    return {key: getattr(network, key) for key in keys}


def _layer(layer: Layer) -> Iterator[str]:
    yield _matrix("weights", layer.weights)
    yield "bias = false" if layer.bias is None else f"bias = {_numbers(layer.bias)}"
    yield f"activation = {_value(layer.activation)}"


def _expected(expect: Expect) -> dict[str, Any]:
    keys = ("at", "name", "value", "decimals", "source")
    return {key: getattr(expect, key) for key in keys}


def _table(header: str, values: Mapping[str, Any]) -> list[str]:
    """A table, if there is anything in it."""
    return ["\n".join((header, *_pairs(values)))] if values else []


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_value(value)}" for key, value in values.items())


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return '"' + one_line(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(float(value))


def _matrix(key: str, matrix: Array) -> str:
    rows = [_numbers(row) for row in matrix]
    line = f"{key} = [{', '.join(rows)}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join((f"{key} = [", *(f"  {row}," for row in rows), "]"))


def _numbers(row: Array) -> str:
    """Python's shortest text that reads back to the same bits is TOML too."""
    return f"[{', '.join(map(repr, np.asarray(row, dtype=np.float64).tolist()))}]"
