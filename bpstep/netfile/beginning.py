"""A network file to begin with, from a CSV file: what the columns hold says what the network is to give."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bpstep.errors import BpstepError
from bpstep.files import file_error
from bpstep.frozen import frozen
from bpstep.netfile import messages
from bpstep.netfile.csv import column_names, is_number_column, read_csv_samples
from bpstep.netfile.writer import toml_text
from bpstep.text import fill, one_line, quoted

_MAX_CLASSES = 100

_MIN_SAMPLES_TO_TEST = 5


@frozen
class Task:
    """What the labels ask of a network."""

    loss: str
    activation: str
    units: int


def beginning(data: Path, sizes: Sequence[int], labels: str, target: Path) -> Iterator[str]:
    """The lines of a network file at `target` for the data of a CSV file.

    `sizes` are the units of each layer; the last is what the labels need, and may be left out as 0. `labels`
    is a column; empty for the last one. FileError where the data cannot be read, BpstepError where the last
    layer does not fit the labels.
    """
    names = column_names(data)
    labels = labels or names[-1]
    if labels not in names:
        shown = ", ".join(map(quoted, names[:20]))
        raise file_error(data, 1, fill(messages.CSV_NO_COLUMN, name=quoted(labels), names=shown))
    others = [name for name in names if name != labels]
    inputs = [name for name in others if is_number_column(data, name)]
    if not inputs:
        raise BpstepError(fill(messages.NO_NUMBERS_TO_LEARN_FROM, path=one_line(str(data))))
    found = read_csv_samples(data, inputs, [labels])
    task = _task(found.labels, sizes[-1])
    yield f"# {fill(messages.NEW_TITLE)}"
    yield f"title = {toml_text(data.stem)}"
    yield f"loss = {toml_text(task.loss)}   # {fill(messages.NEW_LOSS)}"
    yield f'reduction = "mean"   # {fill(messages.NEW_REDUCTION)}'
    yield f'optimizer = "adam"   # {fill(messages.NEW_OPTIMIZER)}'
    yield f"learning_rate = 0.01   # {fill(messages.NEW_RATE)}"
    yield f"batch_size = {min(32, len(found.inputs) // 2)}   # {fill(messages.NEW_BATCH)}"
    yield f"shuffle = true   # {fill(messages.NEW_SHUFFLE)}"
    yield f"seed = 0   # {fill(messages.NEW_SEED)}"
    yield ""
    yield "[data]"
    yield f"file = {toml_text(os.path.relpath(data, target.parent))}   # {fill(messages.NEW_FILE)}"
    columns = '"others"' if inputs == others else f"[{', '.join(map(toml_text, inputs))}]"
    yield f"inputs = {columns}   # {fill(messages.NEW_INPUTS)}"
    for name in others:
        if name not in inputs:
            yield f"# {fill(messages.NEW_LEFT_OUT, name=quoted(name))}"
    yield f"labels = {toml_text(labels)}"
    if len(found.inputs) >= _MIN_SAMPLES_TO_TEST:
        yield f"test = 0.2   # {fill(messages.NEW_TEST)}"
    scales = found.inputs.std(axis=0)
    if scales.max() > 10 * max(float(scales.min()), 0.1):
        yield f"# {fill(messages.NEW_SCALE)}"
    for units in sizes[:-1]:
        yield from ("", "[[layers]]", f"units = {units}", 'init = "he_normal"', 'activation = "relu"')
    yield from ("", "[[layers]]", f"units = {task.units}   # {fill(messages.NEW_OUTPUT)}")
    yield f"activation = {toml_text(task.activation)}"


def _task(labels: np.ndarray | tuple[str, ...], units: int) -> Task:
    """The loss and the last layer for some labels; `units` is 0 where nothing was asked for."""
    if isinstance(labels, tuple):
        return _classes(len(set(labels)), units)
    values = np.unique(labels)
    whole = bool((values == np.arange(len(values))).all()) and 2 <= len(values) <= _MAX_CLASSES
    if whole and (units != 1 or len(values) == 2):
        return _classes(len(values), units)
    if units not in (0, 1):
        raise BpstepError(fill(messages.NEW_ONE_NUMBER, units=units))
    return Task("mean_squared_error", "identity", 1)


def _classes(count: int, units: int) -> Task:
    if count == 2 and units in (0, 1):
        return Task("binary_cross_entropy", "sigmoid", 1)
    if count == 1:
        raise BpstepError(fill(messages.NEW_ONE_CLASS))
    if units not in (0, count):
        raise BpstepError(fill(messages.NEW_CLASSES, count=count, units=units))
    return Task("cross_entropy", "softmax", count)
