"""From a network file to a Network: everything checked, every error with its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bpstep.deferred import deferred
from bpstep.errors import BpstepError, ExpressionError
from bpstep.files import MAX_NUMBERS, file_error
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSS_REDUCTIONS, LOSSES
from bpstep.model.network import DERIVATIONS, OLDER_GENERATOR, Array, ForwardPass, HeldOut, Layer, Network
from bpstep.model.optimizers import EPSILON_HAT, OPTIMIZERS, SCHEDULES, UPDATE_ORDERS, Schedule
from bpstep.netfile import messages
from bpstep.netfile.document import Document, load_document, parse_document
from bpstep.netfile.initial_values import InitialValues
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.published_values import check_expected_values, read_expected_values
from bpstep.netfile.samples import read_samples, read_targets
from bpstep.netfile.table import Table
from bpstep.netfile.warnings import data_warnings, forward_warnings, layout_warnings, slope_warnings
from bpstep.netfile.weights_layout import LAYOUTS
from bpstep.program.derive import derive_program, with_warnings
from bpstep.program.mlp import counts_updates
from bpstep.program.program import Program
from bpstep.text import closest, fill, fill_plural, is_plain, quoted

if TYPE_CHECKING:
    from bpstep.netfile import forward as forward_pass
    from bpstep.netfile import meanings, normalized
    from bpstep.netfile.normalized import LayerOptions
    from bpstep.program import sample_tensors
else:
    forward_pass = deferred("bpstep.netfile.forward")
    meanings = deferred("bpstep.netfile.meanings")
    normalized = deferred("bpstep.netfile.normalized")
    sample_tensors = deferred("bpstep.program.sample_tensors")

__all__ = ["read_document", "read_l2", "read_network", "read_network_text"]

NORMALIZATIONS = ("batch", "layer")
"""Whether a layer is normalised over the samples or over its units."""


def read_network(path: Path) -> Network:
    """The network in a file.

    FileError, with the line of the key or table, if the file cannot be read or is not a valid network file;
    nothing is computed, and nothing in the file is executed.
    """
    return read_document(load_document(path))


def read_network_text(text: str, path: Path) -> Network:
    """The network in a text, as in a file at `path`; FileError as above.

    It contains all its data: no other file is read, whatever the text names.
    """
    return read_document(parse_document(text, path, self_contained=True))


def read_document(document: Document) -> Network:
    """The network in a parsed file, or in values that take its place; FileError as above."""
    table = Table(document, (), document.values)
    network = _network(table)
    program = _program(table, network)
    check_expected_values(table, program)
    if network.forward is not None:
        if "forward" not in table.table("program"):
            return (
                network  # Layers with options have become a forward pass; their labels were checked before.
            )
        told = (
            *network.warnings,
            *forward_warnings(network.forward, program.shapes),
            *_test_warnings(table, network, program),
        )
        return with_warnings(network, told)
    return with_warnings(network, (*network.warnings, *slope_warnings(network, program)))


def _network(table: Table) -> Network:
    if "forward" in table.table("program"):
        return _forward_network(table)
    _refuse_missing_forward(table)
    table.refuse_unknown(TableKeys.TOP.value, TableKeys.TOP)
    table.require("loss", "learning_rate", "data", "layers")
    data = table.table("data")
    seed = table.integer("seed", Network.seed, 0, 2**63 - 1)
    samples = read_samples(data, seed)
    inputs, trained = samples.inputs, samples.trained
    batch_size = table.integer("batch_size", Network.batch_size, 0, trained)
    optimizer = table.one_of("optimizer", tuple(OPTIMIZERS), Network.optimizer)
    layers = list(table.tables("layers"))
    if not layers:
        raise table.error("layers", fill(messages.NO_LAYERS))
    cells = inputs.size + np.size(samples.labels)
    layout = table.one_of("weights_layout", LAYOUTS, LAYOUTS[0])
    made = read_layers(layers, inputs.shape[1], batch_size or trained, cells, InitialValues(seed), layout)
    targets = read_targets(data, samples, made[-1].weights.shape[1])
    rate, schedule = _learning_rate(table)
    shuffle, shuffle_seed = _shuffle(table)
    if "l2_reduction" in table and "l2" not in table:
        raise table.error("l2_reduction", fill(messages.REDUCTION_WITHOUT_L2))
    network = Network(
        name=table.document.path.stem,
        layers=made,
        inputs=inputs[:trained],
        labels=targets.labels[:trained],
        held_out=HeldOut(inputs[trained:], targets.labels[trained:]) if trained < len(inputs) else None,
        input_names=samples.input_names,
        label_names=targets.names,
        learning_rate=rate,
        schedule=schedule,
        loss=table.one_of("loss", tuple(LOSSES)),
        title=table.text("title"),
        reduction=table.one_of("reduction", LOSS_REDUCTIONS, Network.reduction),
        optimizer=optimizer,
        optimizer_options=read_options(table.table("optimizer_options"), optimizer),
        l2=read_l2(table),
        l2_reduction=table.one_of("l2_reduction", LOSS_REDUCTIONS, Network.l2_reduction),
        update_biases=table.flag("update_biases", Network.update_biases),
        update_order=table.one_of("update_order", UPDATE_ORDERS, Network.update_order),
        derivation=table.one_of("derivation", DERIVATIONS, Network.derivation),
        batch_size=batch_size,
        shuffle=shuffle,
        shuffle_seed=shuffle_seed,
        seed=seed,
        program=_equations(table.table("program")),
        published_values=read_expected_values(table),
        path=table.document.path,
    )
    # Labels are checked against the layers, before a forward pass takes their place.
    given = [layer.weights for layer, written in zip(made, layers) if "weights" in written]
    ambiguous = layout_warnings(given) if "weights_layout" not in table else ()
    network = replace(network, warnings=(*data_warnings(network), *ambiguous))
    return _checked(table, _with_layer_options(table, network, layers))


def _with_layer_options(table: Table, network: Network, layers: Sequence[Table]) -> Network:
    """The network with the normalization and dropout of its layers, written as a forward pass."""
    if not any(key in layer for layer in layers for key in ("normalization", "dropout")):
        return network
    options = _layer_options(layers)
    if not any(options):
        return network
    _refuse_beside_layer_options(table, network, options)
    return normalized.by_forward_pass(network, options)


def _refuse_missing_forward(table: Table) -> None:
    """Refuse a network that has neither layers nor a forward pass, but tables for one."""
    if "layers" in table:
        return
    program = table.table("program")
    for key in program.values:
        if closest(key, ("forward",)):
            program.refuse_unknown(("forward",))
    for key in ("program", "parameters"):
        if key in table and "parameters" in table:
            raise table.error(key, fill(messages.FORWARD_MISSING))


def _layer_options(layers: Sequence[Table]) -> list[LayerOptions]:
    found = []
    for at, layer in enumerate(layers, 1):
        kind = layer.one_of("normalization", NORMALIZATIONS) if "normalization" in layer else ""
        part = layer.number("dropout") if "dropout" in layer else 0.0
        if not 0 <= part < 1:
            raise layer.value_error("dropout", fill(messages.FRACTION))
        if part and at == len(layers):
            raise layer.error("dropout", fill(messages.DROPOUT_LAST))
        found.append(normalized.LayerOptions(kind, part))
    return found


def _refuse_beside_layer_options(table: Table, network: Network, options: Sequence[LayerOptions]) -> None:
    """Refuse what a network given by its forward pass does not have."""
    for key in ("derivation", "update_order"):
        if getattr(network, key) != getattr(Network, key):
            raise table.error(key, fill(messages.BESIDE_LAYER_OPTIONS, key=key))
    over_samples = any(each.normalization == "batch" for each in options)
    if over_samples and network.held_out is not None and 1 in network.batch_sizes:
        raise table.error("batch_size", fill(messages.BATCH_OF_ONE))


def _forward_network(table: Table) -> Network:
    """A network that is given by its forward pass."""
    table.refuse_unknown(TableKeys.FORWARD.value, TableKeys.FORWARD)
    table.require("learning_rate", "parameters")
    seed = table.integer("seed", Network.seed, 0, 2**63 - 1)
    layout = table.one_of("weights_layout", LAYOUTS, LAYOUTS[0])
    forward = forward_pass.read_forward_pass(table, InitialValues(seed), layout != LAYOUTS[0])
    ambiguous = (
        layout_warnings(forward_pass.stored_weights(table, forward)) if "weights_layout" not in table else ()
    )
    samples = next((len(value) for value in forward.data.values()), 1)
    optimizer = table.one_of("optimizer", tuple(OPTIMIZERS), Network.optimizer)
    program = table.table("program")
    rate, schedule = _learning_rate(table)
    shuffle, shuffle_seed = _shuffle(table)
    network = Network(
        name=table.document.path.stem,
        layers=(),
        inputs=np.zeros((samples, 0)),
        labels=np.zeros((samples, 0)),
        held_out=_test_samples(table, forward),
        input_names=_column_names(table, "input_names"),
        label_names=_column_names(table, "label_names"),
        learning_rate=rate,
        schedule=schedule,
        loss="",
        title=table.text("title"),
        optimizer=optimizer,
        optimizer_options=read_options(table.table("optimizer_options"), optimizer),
        batch_size=table.integer("batch_size", Network.batch_size, 0, samples),
        shuffle=shuffle,
        shuffle_seed=shuffle_seed,
        seed=seed,
        program={name: program.text(name) for name in program.values if name != "forward"},
        published_values=read_expected_values(table),
        path=table.document.path,
        forward=forward,
        warnings=ambiguous,
    )
    _refuse_reserved_names(table, network)
    return _checked(table, network)


def _test_samples(table: Table, forward: ForwardPass) -> HeldOut | None:
    """The test samples of a forward pass, which have the columns of its data."""
    if "test" not in table:
        return None
    tests = table.table("test")
    tests.refuse_unknown(TableKeys.TEST.value, TableKeys.TEST)
    tests.require(*TableKeys.TEST.value)
    inputs = tests.samples("inputs", messages.ROWS_PER_SAMPLE)
    given = tests.values["labels"]
    if isinstance(given, list) and given and all(type(each) is int and each >= 0 for each in given):
        labels: Array = np.array(given)  # The numbers of classes.
    else:
        labels = tests.matrix("labels", messages.ROWS_PER_SAMPLE)
    if len(labels) != len(inputs):
        one, many = messages.LABEL_ROWS_ONE, messages.LABEL_ROWS_MANY
        raise tests.error("labels", fill_plural(len(labels), one, many, key="labels", expected=len(inputs)))
    if inputs.shape[1:] not in {value.shape[1:] for value in forward.data.values()}:
        template = messages.TEST_WIDTH if inputs.ndim == 2 else messages.TEST_SHAPE
        shape = list(inputs.shape[1:])
        raise tests.error("inputs", fill(template, count=inputs.shape[1], shape=shape))
    return HeldOut(inputs, labels, tests.one_of("loss", tuple(LOSSES)))


def _test_warnings(table: Table, network: Network, program: Program) -> tuple[str, ...]:
    """A sentence if the test samples get no scores; labels that the outputs lack columns for are refused."""
    if network.held_out is None:
        return ()
    found = sample_tensors.find_sample_tensors(network, program)
    if found is None:
        return (fill(messages.TESTS_WITHOUT_SCORES),)
    tests, labels = table.table("test"), network.held_out.labels
    columns = program.shapes[found.outputs][-1]
    if labels.ndim == 1 and columns > 1 and labels.max() >= columns:
        row = int(np.argmax(labels >= columns))
        slots = {"row": row, "value": int(labels[row]), "limit": columns - 1, "outputs": found.outputs}
        raise tests.error("labels", fill(messages.TEST_CLASS, **slots))
    if labels.ndim > 1 and labels.shape[1] != columns:
        one, many = messages.TEST_LABEL_COLUMNS_ONE, messages.TEST_LABEL_COLUMNS_MANY
        slots = {"expected": columns, "outputs": found.outputs}
        raise tests.error("labels", fill_plural(labels.shape[1], one, many, **slots))
    return ()


def _column_names(table: Table, key: str) -> tuple[str, ...]:
    """The names of the input or output columns; empty if the file does not give them."""
    return tuple(table.names(key)) if key in table else ()


def _refuse_reserved_names(table: Table, network: Network) -> None:
    """Refuse a tensor with a name that belongs to the optimizer's numbers."""
    reserved = {"learning_rate", *network.constants}
    reserved |= {"t"} if counts_updates(network) else set()
    for part in ("data", "constants", "parameters", "running"):
        for name in table.table(part).values:
            if name in reserved:
                raise table.table(part).error(name, fill(messages.RESERVED_NAME, name=name))


def _checked(table: Table, network: Network) -> Network:
    """The network, if its parts are consistent."""
    if not is_plain(network.name):
        raise file_error(table.document.path, None, fill(messages.NAME_WITH_CONTROLS))
    for array in _arrays(network):
        array.setflags(write=False)
    return network


def _arrays(network: Network) -> Iterator[Array]:
    yield from network.data.values()
    if network.forward is not None:
        yield from network.forward.constants.values()
        yield from network.forward.parameters.values()
        yield from (value.start for value in network.forward.running.values())
    if network.held_out is not None:
        yield from (network.held_out.inputs, network.held_out.labels)
    for layer in network.layers:
        yield layer.weights
        if layer.bias is not None:
            yield layer.bias


def _shuffle(table: Table) -> tuple[bool, int | None]:
    """Whether each epoch has its own order, and the seed if NumPy's legacy generator draws them."""
    if not isinstance(table.values.get("shuffle"), dict):
        return table.flag("shuffle", Network.shuffle), None
    inner = table.table("shuffle")
    inner.require("seed", "generator")
    inner.refuse_unknown(("seed", "generator"))
    inner.one_of("generator", (OLDER_GENERATOR,))
    return True, inner.integer("seed", 0, 0, 2**32 - 1)


def _learning_rate(table: Table) -> tuple[float, Schedule | None]:
    """The initial learning rate, and its schedule."""
    if not isinstance(table.values["learning_rate"], dict):
        return _rate(table, "learning_rate"), None
    inner = table.table("learning_rate")
    if "kind" not in inner:
        raise inner.error(None, fill(messages.MISSING_CHOICE, key="kind", names=", ".join(SCHEDULES)))
    kind = inner.one_of("kind", tuple(SCHEDULES))
    options = SCHEDULES[kind].options
    inner.refuse_unknown(("start", "kind", *options), TableKeys.SCHEDULE)
    inner.require("start", "kind", *options)
    found = {name: float(_schedule_option(inner, name)) for name in options}
    return _rate(inner, "start"), Schedule(kind, found)


def _rate(table: Table, key: str) -> float:
    rate = table.number(key)
    if rate < 0:
        raise table.value_error(key, fill(messages.NOT_NEGATIVE))
    return rate


def _schedule_option(table: Table, name: str) -> float:
    value = _rate(table, name)
    if name == "every" and not value:
        raise table.value_error(name, fill(messages.POSITIVE))
    return value


def read_l2(table: Table) -> float:
    """The strength of the penalty on weights; 0 if a file does not give it."""
    factor = table.number("l2") if "l2" in table else 0.0
    if factor < 0:
        raise table.value_error("l2", fill(messages.NOT_NEGATIVE))
    return factor


def _equations(table: Table) -> dict[str, str]:
    return {name: table.text(name) for name in table.values}


def _last_batch(network: Network) -> str:
    """What is wrong with equations that fit a usual batch, but not the smaller last one; empty otherwise."""
    usual, *last = network.batch_sizes
    if not last or network.forward is None:
        return ""
    # With all numbers there are, so that what is wrong with one of them stays wrong.
    count = usual * network.batches_per_epoch
    inputs, labels, *samples = (
        np.resize(value, (count, *value.shape[1:]))
        for value in (network.inputs, network.labels, *network.forward.data.values())
    )
    forward = replace(network.forward, data=dict(zip(network.forward.data, samples)))
    try:
        derive_program(replace(network, inputs=inputs, labels=labels, forward=forward))
    except BpstepError:
        return ""
    slots = {"usual": usual, "total": network.samples, "last": last[0]}
    return fill_plural(last[0], messages.LAST_BATCH_OF_ONE, messages.LAST_BATCH, **slots)


def _whole_batch(network: Network) -> str:
    """What is wrong with equations that fit all samples at once, but not a batch; empty otherwise."""
    if network.forward is None or network.batch_sizes == (network.samples,):
        return ""
    try:
        derive_program(replace(network, batch_size=0))
    except BpstepError:
        return ""
    return fill(messages.WHOLE_BATCH_ONLY, total=network.samples, usual=network.batch_sizes[0])


def _program(table: Table, network: Network) -> Program:
    """The network's program; an error in it is reported at the key that it came from."""
    try:
        return derive_program(network)
    except ExpressionError as error:
        equation, last = error.equation, _last_batch(network)
        remark = last or _whole_batch(network)
        reason = fill(messages.FOR_BATCHES, problem=error, reason=remark) if remark else str(error)
        if network.forward is None or equation in network.program:
            raise table.table("program").error(equation, reason) from None
        if last:
            equation = forward_pass.equation_of_one_size(network, network.forward) or equation
        raise forward_pass.forward_error(table, equation, last or reason) from None
    except BpstepError as error:
        raise table.error("derivation", str(error)) from None


MAX_LAYERS = 1_000


def read_layers(
    tables: Sequence[Table], inputs: int, batch: int, cells: int, initial: InitialValues, layout: str
) -> tuple[Layer, ...]:
    """All layers, from the first.

    `inputs` is the number of columns of X, `batch` the number of samples in an iteration and `cells` the
    number of cells in the data: the memory limit is checked before anything is allocated.
    """
    if len(tables) > MAX_LAYERS:
        message = fill(messages.TOO_MANY_LAYERS, count=len(tables), limit=MAX_LAYERS)
        raise tables[MAX_LAYERS].error(None, message)
    layers: list[Layer] = []
    for at, table in enumerate(tables):
        _check_keys(table)
        stored = table.stored("weights")
        units = _units(table, layout, stored)
        cells += (inputs + 1 + batch) * units
        if cells > MAX_NUMBERS:
            key = "units" if "units" in table else "weights"
            raise table.error(key, fill(messages.TOO_LARGE, count=cells, limit=MAX_NUMBERS))
        activation = table.one_of("activation", tuple(ACTIVATIONS))
        if activation == "softmax" and at < len(tables) - 1:
            raise table.error("activation", fill(messages.SOFTMAX_NOT_LAST))
        layers.append(
            Layer(
                _weights(table, (inputs, units), initial, at, layout, stored), _bias(table, units), activation
            )
        )
        inputs = units
    return tuple(layers)


def _check_keys(table: Table) -> None:
    table.refuse_unknown(TableKeys.LAYER.value, TableKeys.LAYER)
    if "weights" in table:
        for key in ("units", "init"):
            if key in table:
                raise table.error(key, fill(messages.WEIGHTS_AND_OTHER, key=key))
    elif "units" not in table:
        raise table.error("init" if "init" in table else None, fill(messages.NO_UNITS))
    table.require("activation")


def _units(table: Table, layout: str, stored: Array | None) -> int:
    if "units" in table:
        return table.integer("units", 0, 1, MAX_NUMBERS)
    if stored is not None:
        if stored.ndim != 2 or not stored.size:
            slots = {"shape": list(stored.shape), "expected": fill(messages.TWO_AXES)}
            raise table.error("weights", fill(messages.STORED_SHAPE, **slots))
        return int(stored.shape[layout == LAYOUTS[0]])
    first = table.values["weights"]
    if not (isinstance(first, list) and first and isinstance(first[0], list)):
        return 0
    return len(first[0]) if layout == LAYOUTS[0] else len(first)


def _weights(
    table: Table, shape: tuple[int, int], initial: InitialValues, at: int, layout: str, stored: Array | None
) -> Array:
    inputs = shape[0]
    if "units" in table:
        return initial.read(table, shape, at, turned=layout != LAYOUTS[0])
    weights = table.matrix("weights", messages.ROWS_PER_INPUT) if stored is None else stored
    axis = layout != LAYOUTS[0]
    if not at and weights.shape[axis] != inputs == weights.shape[not axis]:
        slots = {"shape": list(weights.shape), "expected": inputs, "layout": quoted(LAYOUTS[not axis])}
        raise table.error("weights", fill(messages.WEIGHTS_TURNED, **slots))
    if layout != LAYOUTS[0]:
        if weights.shape[1] != inputs:
            one, many = messages.WEIGHT_COLUMNS_ONE, messages.WEIGHT_COLUMNS_MANY
            raise table.error("weights", fill_plural(weights.shape[1], one, many, expected=inputs))
        return weights.T.copy()
    if len(weights) != inputs:
        first = messages.WEIGHT_ROWS_INPUTS_ONE, messages.WEIGHT_ROWS_INPUTS_MANY
        later = messages.WEIGHT_ROWS_UNITS_ONE, messages.WEIGHT_ROWS_UNITS_MANY
        templates = later if at else first
        raise table.error("weights", fill_plural(len(weights), *templates, expected=inputs))
    return weights


def _bias(table: Table, units: int) -> Array | None:
    if "bias" not in table:
        # Normalisation over the samples cancels a bias.
        return None if table.values.get("normalization") == "batch" else np.zeros(units)
    if table.values["bias"] is False:
        return None
    stored = table.stored("bias")
    if stored is not None:
        if stored.shape != (units,):
            slots = {"shape": list(stored.shape), "expected": [units]}
            raise table.error("bias", fill(messages.STORED_SHAPE, **slots))
        return stored
    return table.vector("bias", units, (messages.BIAS_LIST_ONE, messages.BIAS_LIST_MANY))


def read_options(table: Table, optimizer: str) -> dict[str, float]:
    """Every option of the optimiser: those in the table, the others with their defaults."""
    defaults = dict(OPTIMIZERS[optimizer].options)
    if EPSILON_HAT in table and "beta2" in defaults:
        if "epsilon" in table:
            raise table.error("epsilon", fill(messages.TWO_EPSILONS))
        defaults = {EPSILON_HAT if key == "epsilon" else key: each for key, each in defaults.items()}
    for key in table.values:
        if key not in defaults:
            others = [name for name, row in OPTIMIZERS.items() if key in dict(row.options)]
            template = messages.UNKNOWN_OPTION if defaults else messages.NO_OPTIONS
            hint = "" if others else meanings.advice_on(key, TableKeys.OPTIONS)
            template = (
                messages.OPTION_OF_OTHERS if others else messages.MISPLACED_OPTION if hint else template
            )
            names = ", ".join(others or defaults)
            slots = {"key": quoted(key), "optimizer": optimizer, "names": names, "hint": hint}
            raise table.error(key, fill(template, **slots))
    return {key: _option(table, key) if key in table else default for key, default in defaults.items()}


def _option(table: Table, key: str) -> float:
    value = table.number(key)
    if key in ("epsilon", EPSILON_HAT, "weight_decay"):
        if value < 0:
            raise table.value_error(key, fill(messages.NOT_NEGATIVE))
    elif not 0 <= value < 1:
        raise table.value_error(key, fill(messages.FRACTION))
    return value
