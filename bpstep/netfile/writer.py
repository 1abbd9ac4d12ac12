"""From a Network to a network file that `reader` reads back, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.model.network import (
    OLDER_GENERATOR,
    Array,
    ForwardPass,
    Layer,
    Network,
    PublishedValue,
    RunningValue,
)
from bpstep.text import one_line

_WIDTH = 100
"""The longest line for a whole matrix; in a longer one, each row has a line."""


def network_text(network: Network) -> str:
    """A network file's text: every key that it may have, data and weights as numbers.

    Reading it gives the same network, except its name and path. Control characters, which no network file may
    contain, are written as escapes.
    """
    forward = network.forward
    described = _layers(network) if forward is None else _forward(network, forward)
    named = [] if forward is None else [*_column_names(network)]
    blocks = [
        "\n".join((*_pairs(_head(network)), *named)),
        *described,
        *("\n".join(("[[expect]]", *_pairs(_expected(expect)))) for expect in network.published_values),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(network: Network) -> dict[str, Any]:
    keys: tuple[str, ...] = (
        *("title", "loss", "reduction", "optimizer", "learning_rate", "update_biases", "update_order"),
        *("derivation", "batch_size", "shuffle", "seed"),
    )
    if network.forward is not None:
        keys = ("title", "optimizer", "learning_rate", "batch_size", "shuffle", "seed")
    elif network.l2:
        keys = (*keys, "l2", "l2_reduction")
    head = {key: getattr(network, key) for key in keys}
    if network.layers and all(len(layer.weights) == layer.weights.shape[1] for layer in network.layers):
        head["weights_layout"] = "inputs, units"
    if network.shuffle_seed is not None:
        head["shuffle"] = {"seed": network.shuffle_seed, "generator": OLDER_GENERATOR}
    if network.schedule is not None:
        kind, options = network.schedule.kind, network.schedule.options
        head["learning_rate"] = {"start": network.learning_rate, "kind": kind, **options}
    return head


def _layers(network: Network) -> list[str]:
    """The blocks of a network of layers."""
    return [
        "\n".join(("[data]", *_samples(network))),
        *("\n".join(("[[layers]]", *_layer(layer))) for layer in network.layers),
        *_table("[optimizer_options]", network.optimizer_options),
        *_table("[program]", network.program),
    ]


def _samples(network: Network) -> Iterator[str]:
    yield _matrix("inputs", network.inputs)
    yield _matrix("labels", network.labels)
    if network.held_out is not None:
        yield _matrix("test_inputs", network.held_out.inputs)
        yield _matrix("test_labels", network.held_out.labels)
    yield from _column_names(network)


def _column_names(network: Network) -> Iterator[str]:
    for key in ("input_names", "label_names"):
        names: tuple[str, ...] = getattr(network, key)
        if names:
            yield f"{key} = [{', '.join(map(_value, names))}]"


def _forward(network: Network, forward: ForwardPass) -> list[str]:
    """The blocks of a network that is given by its forward pass."""
    parts = {"data": forward.data, "constants": forward.constants, "parameters": forward.parameters}
    arrays = [
        "\n".join((f"[{header}]", *map(_array, part, part.values())))
        for header, part in parts.items()
        if part
    ]
    if forward.running:
        carried = (f"{name} = {{ {_start(value)} }}" for name, value in forward.running.items())
        arrays.append("\n".join(("[running]", *carried)))
    if network.held_out is not None:
        tests = network.held_out
        rows = _array("inputs", tests.inputs), _array("labels", tests.labels)
        arrays.insert(1, "\n".join(("[test]", *rows, f"loss = {_value(tests.loss)}")))
    lines = "\n".join(f"{name} = {source}" for name, source in forward.equations)
    program = "\n".join((f'[program]\nforward = """\n{lines}\n"""', *_pairs(network.program)))
    return [*arrays, *_table("[optimizer_options]", network.optimizer_options), program]


def _start(value: RunningValue) -> str:
    """The keys of a running value, which are on one line."""
    return f"start = {value.start.tolist()!r}, next = {_value(value.next)}"


def _array(key: str, value: Array) -> str:
    """An array of any number of axes: on one line if it fits, else a line for each index of its
    first axis.
    """
    line = f"{key} = {value.tolist()!r}"
    if len(line) <= _WIDTH or value.ndim < 2:
        return line
    return "\n".join((f"{key} = [", *(f"  {row.tolist()!r}," for row in value), "]"))


def _layer(layer: Layer) -> Iterator[str]:
    yield _matrix("weights", layer.weights)
    yield "bias = false" if layer.bias is None else f"bias = {_numbers(layer.bias)}"
    yield f"activation = {_value(layer.activation)}"


def _expected(expect: PublishedValue) -> dict[str, Any]:
    precision = "digits" if expect.decimals is None else "decimals"
    keys = ("at", "name", "value", precision, "source")
    return {key: getattr(expect, key) for key in keys}


def _table(header: str, values: Mapping[str, Any]) -> list[str]:
    """A table, unless it is empty."""
    return ["\n".join((header, *_pairs(values)))] if values else []


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_value(value)}" for key, value in values.items())


def _value(value: Any) -> str:
    match value:
        case dict():
            return f"{{ {', '.join(_pairs(value))} }}"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return '"' + one_line(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(float(value))


def toml_text(text: str) -> str:
    """A text in quotation marks."""
    return _value(text)


def _matrix(key: str, matrix: Array) -> str:
    rows = [_numbers(row) for row in matrix]
    line = f"{key} = [{', '.join(rows)}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join((f"{key} = [", *(f"  {row}," for row in rows), "]"))


def _numbers(row: Array) -> str:
    """Python's shortest text that reads back to the same bits is also TOML."""
    return f"[{', '.join(map(repr, np.asarray(row, dtype=np.float64).tolist()))}]"
