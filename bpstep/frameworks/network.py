"""From a model in memory and its data to a Network, with the same checks as for a network file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.errors import BpstepError, FileError
from bpstep.frameworks import messages, sklearn_models, torch_models
from bpstep.frameworks.chain import (
    ActivationLayer,
    ChainLayer,
    Embedding,
    ForwardText,
    Linear,
    Training,
    as_layers,
    with_output,
)
from bpstep.model.losses import LOSS_REDUCTIONS, LOSSES
from bpstep.model.network import Array, Network
from bpstep.model.optimizers import EPSILON_HAT, OPTIMIZERS
from bpstep.netfile import messages as netfile_messages
from bpstep.netfile.document import Document
from bpstep.netfile.reader import read_document, read_l2
from bpstep.netfile.samples import GivenSamples, count_to_test, read_labels, read_targets, with_tests
from bpstep.netfile.table import Table
from bpstep.netfile.weights_layout import LAYOUTS
from bpstep.text import fill

_DATA_OPTIONS = ("input_names", "label_names", "test", "test_inputs", "test_labels")
"""Options that are keys of `[data]`: names, and test samples."""

_TEST_OPTIONS = ("test", "test_inputs", "test_labels")

_LAYERS_ONLY = ("update_biases", "update_order", "derivation", "weights_layout")
"""Options of models of layers: a network file has them only beside `[[layers]]`."""

_OPTIONS = {name for row in OPTIMIZERS.values() for name, _ in row.options} | {EPSILON_HAT}


def network_of(model: Any, inputs: Any = None, labels: Any = None, **options: Any) -> Network:
    """The network of a model, with its parameters bit for bit in float64.

    `model` is a torch.nn.Module whose forward pass is a chain of known modules and functions, an
    MLPClassifier, MLPRegressor or LogisticRegression of scikit-learn, a list of weights and biases, or the
    text of a forward pass; then `inputs` is a dictionary of arrays and `parameters` names the trained ones.

    The other options are the keys of a network file and the constants of the optimizer: loss, reduction,
    optimizer, learning_rate, momentum, batch_size, l2 … `reduction` is the mean by default. BpstepError if
    the model, or a part of it, is not supported, or if the data do not fit it.
    """
    try:
        warnings: list[str] = []
        values = _values(model, inputs, labels, dict(options), warnings)
        name = values.pop("name", "") or ("model" if isinstance(model, str | list) else type(model).__name__)
        network = read_document(Document(Path(f"{name}.toml"), values, {}, "", self_contained=True))
    except FileError as error:
        raise BpstepError(error.message) from None
    ignored = sklearn_models.settings_not_read(model, network) if sklearn_models.is_estimator(model) else ()
    if ignored:
        slots = {"kind": type(model).__name__, "names": ", ".join(ignored)}
        warnings.append(fill(messages.SETTINGS_NOT_READ, **slots))
    return replace(network, warnings=(*network.warnings, *warnings)) if warnings else network


def _values(
    model: Any, inputs: Any, labels: Any, options: dict[str, Any], warnings: list[str]
) -> dict[str, Any]:
    """The values of the corresponding network file; `warnings` collects settings that are probably
    not meant.
    """
    constants = {name: options.pop(name) for name in [*options] if name in _OPTIONS}
    if isinstance(model, str):
        values = _of_text(model, inputs, options)
    else:
        if inputs is None or labels is None:
            raise BpstepError(fill(messages.NO_DATA))
        columns = _names_of_columns(inputs)
        if columns:
            options.setdefault("input_names", columns)
        values = _of_model(model, _array("X", inputs), _labels(labels), options, warnings)
    if constants:
        values["optimizer_options"] = {**values.get("optimizer_options", {}), **constants}
    return _plain({"learning_rate": 0.01, **values})


def _of_text(text: str, arrays: Any, options: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(arrays, Mapping):
        raise BpstepError(fill(messages.NO_ARRAYS))
    given = dict(arrays)
    if "=" not in text:
        raise BpstepError(fill(messages.NO_EQUATIONS))
    parameters = options.pop("parameters", ())
    parameters = (parameters,) if isinstance(parameters, str) else parameters
    if not parameters:
        raise BpstepError(fill(messages.NO_PARAMETERS))
    for name in parameters:
        if name not in given:
            raise BpstepError(fill(messages.UNKNOWN_PARAMETER, name=name, names=", ".join(given)))
    tables: dict[str, dict[str, Any]] = {"parameters": {}, "constants": {}, "data": {}}
    for name, value in given.items():
        array = _given_array(name, value)
        place = "parameters" if name in parameters else "data" if array.ndim else "constants"
        tables[place][name] = array.tolist()
    return {**options, **tables, "program": {"forward": text}}


def _of_model(
    model: Any, inputs: Array, labels: Any, options: dict[str, Any], warnings: list[str]
) -> dict[str, Any]:
    if not len(np.atleast_1d(inputs)):
        raise BpstepError(fill(messages.NO_SAMPLES))
    chain: list[ChainLayer]
    layout = {"weights_layout": LAYOUTS[0]}
    if torch_models.is_torch_model(model):
        chain = torch_models.read_torch_model(model, inputs, _batch_counts(len(inputs), options))
    elif sklearn_models.is_estimator(model):
        chain = sklearn_models.read_estimator(model)
        found = sklearn_models.settings(model, len(inputs), options.get("batch_size"))
        if options.get("optimizer", found.get("optimizer")) != found.get("optimizer"):
            # The constants are those of the estimator's own rule.
            found.pop("optimizer_options", None)
        options = {**found, **options}
        labels = _class_numbers(sklearn_models.classes(model), labels, chain, options)
        if "test_labels" in options:
            tests = _labels(options["test_labels"])
            options["test_labels"] = _class_numbers(sklearn_models.classes(model), tests, chain, options)
    elif isinstance(model, Sequence):
        layout = {key: options[key] for key in ("weights_layout",) if key in options}
        chain = _of_list(model, options)
    elif isinstance(model, type):
        raise BpstepError(fill(messages.IS_A_CLASS, name=model.__name__))
    else:
        kind = type(model).__name__
        template = messages.PIPELINE if kind == "Pipeline" else messages.UNKNOWN_MODEL
        template = messages.SEARCH if hasattr(model, "best_estimator_") else template
        raise BpstepError(fill(template, kind=kind))
    if "loss" not in options:
        raise BpstepError(fill(netfile_messages.MISSING_CHOICE, key="loss", names=", ".join(LOSSES)))
    _refuse_loss_of_library(options["loss"])
    options.setdefault("reduction", "mean")
    applies_softmax = chain[-1:] == [ActivationLayer("softmax")]
    if applies_softmax and options["loss"] == "cross_entropy" and torch_models.is_torch_model(model):
        warnings.append(fill(messages.SOFTMAX_TWICE))
    chain = with_output(chain, options["loss"], torch_models.is_torch_model(model))
    layers = as_layers(chain)
    if layers is not None:
        data = {"inputs": inputs.tolist(), "labels": labels}
        more = _taken(options, _DATA_OPTIONS)
        if layout.get("weights_layout") == LAYOUTS[1]:
            # Passed on as given: the reader reports what is wrong with them.
            layers = [{**layer, "weights": np.transpose(layer["weights"]).tolist()} for layer in layers]
        return {**options, **layout, "data": {**data, **more}, "layers": layers}
    for name in _LAYERS_ONLY:
        if name in options:
            raise BpstepError(fill(messages.FOR_LAYERS_ONLY, name=name))
    return _forward(chain, inputs, labels, options)


def _batch_counts(total: int, options: dict[str, Any]) -> list[int]:
    """The numbers of samples on which the forward pass will run: of batches, the last one and test samples.

    Empty if options do not fit, which is reported where they are read.
    """
    tested, size = options.get("test", 0.0), options.get("batch_size", 0)
    fits = isinstance(tested, int | float) and 0 <= tested < 1
    if not fits or not isinstance(size, int) or not 0 <= size <= total:
        return []
    tested = count_to_test(total, tested) if tested else 0
    trained = total - tested
    tested = tested or (len(options["test_labels"]) if "test_labels" in options else 0)
    return [count for count in (size, trained % size if size else trained, tested) if count]


_LOSSES_OF_LIBRARIES = {
    "nll": "cross_entropy",
    "crossentropy": "cross_entropy",
    "categoricalcrossentropy": "cross_entropy",
    "bce": "binary_cross_entropy",
    "bcewithlogits": "binary_cross_entropy",
    "binarycrossentropy": "binary_cross_entropy",
    "mse": "mean_squared_error",
    "meansquarederror": "mean_squared_error",
}
"""bpstep's names for the losses of other libraries, without underscores and the word loss."""


def _refuse_loss_of_library(loss: Any) -> None:
    """Report bpstep's name for a loss given by another library's name, or as its object."""
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    known = _LOSSES_OF_LIBRARIES.get(name.lower().replace("_", "").removesuffix("loss"))
    if known and loss not in LOSSES:
        raise BpstepError(fill(messages.LOSS_ELSEWHERE, name=name, loss=known))


def _taken(options: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Remove the options that are keys of `[data]`, and return them in its form."""
    found = {name: options.pop(name) for name in names if name in options}
    if "test_inputs" in found:
        found["test_inputs"] = _array("test_inputs", found["test_inputs"]).tolist()
    if "test_labels" in found:
        found["test_labels"] = _labels(found["test_labels"])
    return found


def _forward(chain: list[ChainLayer], inputs: Array, labels: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The file of a chain with operations other than layers.

    FileError if an option or a label does not fit.
    """
    document = Document(Path(), {}, {}, "", self_contained=True)
    given = Table(document, (), _plain(options))
    loss, reduction = given.one_of("loss", tuple(LOSSES)), given.one_of("reduction", LOSS_REDUCTIONS)
    seed = given.integer("seed", 0, 0, 2**63 - 1)
    l2 = read_l2(given)
    l2_reduction = given.one_of("l2_reduction", LOSS_REDUCTIONS, Network.l2_reduction)
    whole = isinstance(chain[0], Embedding)
    tests = _taken(options, _TEST_OPTIONS)
    if tests and whole:
        raise BpstepError(fill(messages.NO_TEST_OF_EMBEDDING, name=next(iter(tests))))
    names = {"label_names": options["label_names"]} if "label_names" in options else {}
    data = Table(document, ("data",), {"labels": labels, **names, **tests})
    samples = with_tests(data, GivenSamples(inputs, read_labels(data, "labels", len(inputs))), seed)
    count = samples.trained
    size = given.integer("batch_size", 0, 0, count) or count
    sizes = (size, count % size) if count % size else (size,)
    shapes = torch_models.shapes_before(chain, inputs.shape[1:])
    training = Training(loss, reduction, sizes, seed, l2, l2_reduction, bool(tests))
    text = ForwardText(chain, shapes, training)
    if text.running and 1 in sizes:
        raise BpstepError(fill(messages.BATCH_OF_ONE))
    targets = read_targets(data, samples, shapes[-1][-1])
    if targets.names:
        options["label_names"] = list(targets.names)
    inputs = samples.inputs
    tensors = {
        "X": (inputs.astype(np.int64) if whole else inputs[:count]).tolist(),
        "labelY": targets.labels[:count].tolist(),
    }
    tables = {"constants": text.constants, "parameters": text.parameters, "data": tensors}
    if text.running:
        tables["running"] = text.running
    if tests:
        held_out = {"inputs": inputs[count:].tolist(), "labels": targets.labels[count:].tolist()}
        tables["test"] = {**held_out, "loss": loss}
    for name in ("loss", "reduction", "l2", "l2_reduction"):
        options.pop(name, None)
    return {**options, **tables, "program": {"forward": "\n".join(text.lines)}}


def _of_list(model: Sequence[Any], options: dict[str, Any]) -> list[ChainLayer]:
    """Weights and biases: [(W1, b1), (W2, b2)], or in one flat list; a list of weights alone has no
    biases.
    """
    hidden = options.pop("activation", "relu")
    layout = options.pop("weights_layout", LAYOUTS[0])
    if layout not in LAYOUTS:
        raise BpstepError(fill(messages.UNKNOWN_LAYOUT, value=layout))
    parts: list[tuple[Any, int, int]] = []
    for number, part in enumerate(model, 1):
        if _is_pair(part):
            if len(part) > 2:
                raise BpstepError(fill(messages.LAYER_LENGTH, layer=number, count=len(part)))
            parts += [(each, number, place) for place, each in enumerate(part, 1)]
        else:
            parts.append((part, number, 0))
    chain: list[ChainLayer] = []
    for part, number, place in parts:
        if part is None and chain:  # no bias
            continue
        array = _array("weights", part)
        units = chain[-1].weights.shape[1] if chain and isinstance(chain[-1], Linear) else 0
        if units and _is_bias(array, units, place == 2, inputs_axis=layout != LAYOUTS[0]):
            chain[-1] = Linear(chain[-1].weights, array.reshape(-1))  # type: ignore[union-attr]
        elif array.ndim == 2:
            chain += [ActivationLayer(hidden)] if chain else []
            chain.append(Linear(array if layout == LAYOUTS[0] else array.T.copy(), None))
        else:
            if place:
                slots = {"layer": number, "axes": array.ndim, "place": place}
                raise BpstepError(fill(messages.WRONG_IN_LAYER, **slots))
            raise BpstepError(fill(messages.WRONG_WEIGHTS, number=number, axes=array.ndim))
    if not chain:
        raise BpstepError(fill(messages.NO_LAYERS))
    output = options.pop("output_activation", "")
    return [*chain, ActivationLayer(output)] if output else chain


def _is_pair(part: Any) -> bool:
    """True for weights with their bias, (W, b); a list may also hold the weights themselves."""
    if isinstance(part, tuple):
        return True
    return isinstance(part, list) and len(part) == 2 and getattr(part[0], "ndim", 0) == 2


def _is_bias(array: Array, units: int, is_second: bool, inputs_axis: int) -> bool:
    """True for a bias of this many units: one axis, or a row or column that can't be weights."""
    if array.ndim == 2 and array.size == units:
        return is_second or array.shape[inputs_axis] == 1 < units
    return array.ndim == 1


def _class_numbers(
    classes: list[Any] | None, labels: Any, chain: list[ChainLayer], options: dict[str, Any]
) -> Any:
    """A classifier's labels as the numbers of their classes; the class names become the units' names."""
    if classes is None:
        return labels
    if np.ndim(labels) == 2 and np.shape(labels)[1] > 1:
        # Several classes per sample: a column of 0 and 1 for each class.
        options.setdefault("label_names", [str(value) for value in classes])
        return labels
    numbers = {value: place for place, value in enumerate(classes)}
    units = chain[-2].weights.shape[1] if isinstance(chain[-2], Linear) else 1
    names = [str(value) for value in classes]
    options.setdefault("label_names", names if units > 1 else names[1:])
    flat = np.asarray(labels).reshape(-1).tolist()
    unknown = next((value for value in flat if value not in numbers), None)
    if unknown is not None:
        raise BpstepError(fill(messages.UNKNOWN_CLASS, value=unknown, names=", ".join(names)))
    return [numbers[value] for value in flat]


def _of_numpy(value: Any) -> Any:
    """A tensor of PyTorch as an array of NumPy, which has no bfloat16; anything else unchanged."""
    if not hasattr(value, "detach"):
        return value
    tensor = value.detach().cpu()
    return (tensor.double() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()


def _given_array(name: str, value: Any) -> np.ndarray[Any, Any]:
    """An array of float64; False is 0 and True is 1."""
    try:
        array = np.asarray(_of_numpy(value))
    except (TypeError, ValueError) as error:
        raise BpstepError(fill(messages.NOT_NUMBERS, name=name, reason=error)) from None
    return array.astype(np.int64) if array.dtype == np.bool_ else array


def _array(name: str, value: Any) -> Array:
    try:
        return np.array(_of_numpy(value), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BpstepError(fill(messages.NOT_NUMBERS, name=name, reason=error)) from None


def _labels(value: Any) -> Any:
    """Labels in the form of a network file: rows, numbers or words; False is 0 and True is 1."""
    return _given_array("y", value).tolist()


def _names_of_columns(inputs: Any) -> list[str]:
    """The column names of a table such as pandas has; empty for a plain array."""
    names = list(getattr(inputs, "columns", ()))
    return names if all(isinstance(name, str) for name in names) else []


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """NumPy's numbers as Python's, as in a network file."""
    return {
        key: _plain(value)
        if isinstance(value, Mapping)
        else value.item()
        if isinstance(value, np.generic)
        else value
        for key, value in values.items()
    }
