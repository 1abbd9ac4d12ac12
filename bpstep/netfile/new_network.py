"""A network file for a CSV file, as a starting point: the label column determines the network's task."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.errors import BpstepError, FileError
from bpstep.files import file_error
from bpstep.frozen import frozen
from bpstep.netfile import messages
from bpstep.netfile.csv import gaps_in_numbers, has_header, number_columns, read_csv_samples
from bpstep.netfile.samples import count_to_test, number_name
from bpstep.netfile.writer import toml_text
from bpstep.text import fill, quoted

_MAX_CLASSES = 100

_MAX_NUMBERED = 20
"""How many different whole numbers count as classes if they do not start at 0."""

_MIN_IN_CLASS = 3
"""How many samples per class there have to be on average."""

_SPREADSHEETS = (".xlsx", ".xls", ".ods")

_OPENED = {
    ".toml": messages.NEW_NETWORK,
    ".py": messages.NEW_SCRIPT,
    ".ipynb": messages.NEW_SCRIPT,
}
"""Endings of files that bpstep opens, with the message that says so."""

_LABELS = ("label", "labels", "class", "target")
"""Names of label columns, in the order in which they are looked for."""

_LARGE = 20
"""Numbers this large make training difficult."""

_ROW_NUMBER = re.compile(r"(?i:|id|index|rownames|unnamed: 0|.*[ _]id)|.*[a-z]I[Dd]")
"""Names of columns that number or name the rows, and carry no information about them."""

_MIN_SAMPLES_TO_TEST = 5

_TEST = 0.2


_NORMALIZATION = f'normalization = "batch"   # {fill(messages.NEW_NORMALIZATION)}'


@frozen
class Task:
    """The network's task for the labels."""

    loss: str
    activation: str
    units: int
    remark: str = ""
    """What was found out about the labels, and how to choose otherwise."""
    names: tuple[str, ...] = ()
    """The classes, if they are whole numbers that do not start at 0."""


@frozen
class _Columns:
    """The columns of a CSV file by what they are for."""

    has_header: bool
    inputs: list[str]
    labels: str
    others: dict[str, int | None]
    """All but the labels, each with the first line in which it has no number; None if it has numbers only."""


def new_network_lines(data: Path, sizes: Sequence[int], labels: str, target: Path) -> Iterator[str]:
    """The lines of a network file at `target` for the data of a CSV file.

    `sizes` are the units of each layer; the last is determined by the labels, and may be given as 0. `labels`
    is a column; empty for one with a usual name of labels, else the last. FileError if the data cannot be
    read, BpstepError if the last layer does not fit the labels.
    """
    _refuse_other_files(data)
    columns = _choose_columns(data, labels)
    found = read_csv_samples(data, columns.inputs, [columns.labels], columns.has_header)
    task = _task(found.labels, sizes[-1], sizes[:-1])
    count = len(found.inputs)
    tested = count_to_test(count, _TEST) if count >= _MIN_SAMPLES_TO_TEST else 0
    is_normalized = count > 1 and bool(np.abs(found.inputs).max() > _LARGE)
    yield f"# {fill(messages.NEW_TITLE)}"
    yield f"title = {toml_text(data.stem)}"
    yield f"loss = {toml_text(task.loss)}   # {fill(messages.NEW_LOSS)}"
    yield f'reduction = "mean"   # {fill(messages.NEW_REDUCTION)}'
    yield f'optimizer = "adam"   # {fill(messages.NEW_OPTIMIZER)}'
    yield f"learning_rate = 0.01   # {fill(messages.NEW_RATE)}"
    yield f"batch_size = {_batch_size(count, tested, is_normalized)}   # {fill(messages.NEW_BATCH)}"
    yield f"shuffle = true   # {fill(messages.NEW_SHUFFLE)}"
    yield f"seed = 0   # {fill(messages.NEW_SEED)}"
    yield ""
    yield "[data]"
    yield f"file = {toml_text(_relative(data, target.parent))}   # {fill(messages.NEW_FILE)}"
    yield from _column_lines(columns)
    if task.names:
        yield f"label_names = [{', '.join(map(toml_text, task.names))}]"
    if task.remark:
        yield f"# {task.remark}"
    if tested:
        yield f"test = {_TEST}   # {fill(messages.NEW_TEST)}"
    if _is_out_of_scale(found.inputs) or (task.activation == "identity" and _is_out_of_scale(found.labels)):
        yield f"# {fill(messages.NEW_SCALE)}"
    yield from _hidden_layers(sizes[:-1], is_normalized)
    yield from ("", "[[layers]]", f"units = {task.units}   # {fill(messages.NEW_OUTPUT)}")
    yield f"activation = {toml_text(task.activation)}"
    if is_normalized and len(sizes) == 1:
        yield _NORMALIZATION


def _choose_columns(data: Path, labels: str) -> _Columns:
    """The columns of inputs and labels. FileError if the file has none."""
    has_names = has_header(data)
    wrong_lines = number_columns(data, has_names)
    names = [*wrong_lines]
    if len(names) == 1:
        raise file_error(data, 1, fill(messages.NEW_ONE_COLUMN, name=quoted(names[0])))
    by_name = {name.lower(): name for name in reversed(names)}
    # If lines end in a separator, the last column is empty and has no name.
    last = next((name for name in reversed(names) if name), names[-1])
    labels = labels or next((by_name[name] for name in _LABELS if name in by_name), last)
    if labels not in names:
        shown = ", ".join(map(quoted, names[:20]))
        raise file_error(data, 1, fill(messages.CSV_NO_COLUMN, name=quoted(labels), names=shown))
    others = {name: line for name, line in wrong_lines.items() if name != labels}
    numbers = [name for name, line in others.items() if line is None]
    if not numbers:
        first, line = next(iter(others.items()))
        raise _no_numbers(data, has_names, labels, first, line or 1)
    inputs = [name for name in numbers if not _ROW_NUMBER.fullmatch(name)] or numbers
    return _Columns(has_names, inputs, labels, others)


def _column_lines(columns: _Columns) -> Iterator[str]:
    """The lines that say which columns are inputs and labels, and why others are not."""
    if not columns.has_header:
        yield f"header = false   # {fill(messages.NEW_HEADER)}"
    is_all = columns.inputs == [*columns.others]
    inputs = '"others"' if is_all else f"[{', '.join(map(toml_text, columns.inputs))}]"
    yield f"inputs = {inputs}   # {fill(messages.NEW_INPUTS)}"
    for name, line in columns.others.items():
        if line is not None:
            yield f"# {fill(messages.NEW_LEFT_OUT, name=quoted(name), line=line)}"
        elif name not in columns.inputs:
            yield f"# {fill(messages.NEW_ROW_NUMBER, name=quoted(name))}"
    yield f"labels = {toml_text(columns.labels)}   # {fill(messages.NEW_LABELS)}"


def _refuse_other_files(data: Path) -> None:
    """FileError if the file's ending says that it is not a CSV file."""
    suffix = data.suffix.lower()
    if suffix in _SPREADSHEETS:
        raise file_error(data, None, fill(messages.NEW_SPREADSHEET))
    if suffix in _OPENED and os.path.isfile(data):
        raise file_error(data, None, fill(_OPENED[suffix], path=shlex.quote(str(data))))


def _hidden_layers(sizes: Sequence[int], is_normalized: bool) -> Iterator[str]:
    """The layers before the last; the first is normalised if the inputs are too large for it."""
    for at, units in enumerate(sizes):
        yield from ("", "[[layers]]", f"units = {units}", 'init = "he_normal"', 'activation = "relu"')
        if is_normalized and not at:
            yield _NORMALIZATION


def _no_numbers(data: Path, header: bool, labels: str, first: str, line: int) -> BpstepError:
    """The error that no column is all numbers, with the first cell that is none in a column of numbers."""
    for name in gaps_in_numbers(data, header):
        if name != labels:
            try:
                read_csv_samples(data, [name], [labels], header)
            except FileError as error:
                return error
    return file_error(data, line, fill(messages.NO_NUMBERS_TO_LEARN_FROM, name=quoted(first)))


def _batch_size(count: int, tested: int, is_normalized: bool) -> int:
    """The samples in a batch, 0 for all; normalisation needs two in each batch, even in the last one."""
    sizes, trained = range(min(32, count // 2), 0, -1), count - tested
    return next((size for size in sizes if not is_normalized or (size > 1 and trained % size != 1)), 0)


def _is_out_of_scale(columns: Any) -> bool:
    """Whether numbers are large, or columns differ much in size."""
    if np.abs(columns).max() > _LARGE:
        return True
    scales = columns.std(axis=0)
    return bool(scales.max() > 10 * max(float(scales.min()), 0.1))


def _relative(path: Path, folder: Path) -> str:
    """The path relative to a folder, with links resolved: `..` leads out of their targets."""
    real = os.path.join(os.path.realpath(path.parent), path.name)
    try:
        return os.path.relpath(real, os.path.realpath(folder))
    except ValueError:  # on another drive
        return real


def _task(labels: np.ndarray | tuple[str, ...], units: int, hidden: Sequence[int] = ()) -> Task:
    """The loss and the last layer for some labels, after layers of `hidden` units.

    `units` is 0 if none were given.
    """
    if isinstance(labels, tuple):
        return _classes(len(set(labels)), units)
    values = np.unique(labels)
    count = len(values)
    whole = bool((values == values.round()).all()) and 2 <= count <= _MAX_CLASSES
    counted = whole and bool((values == np.arange(count)).all())
    few = whole and count <= _MAX_NUMBERED and len(labels) >= _MIN_IN_CLASS * count
    asked = whole and units == count > 1
    if (counted or few or asked) and (units != 1 or count == 2):
        remark = (
            fill(messages.NEW_NUMBERED_CLASSES, count=count, layers=_listed(*hidden, 1)) if count > 2 else ""
        )
        names = () if counted else tuple(map(number_name, values))
        return replace(_classes(count, units), remark=remark, names=names)
    if units not in (0, 1):
        raise BpstepError(fill(messages.NEW_ONE_NUMBER, units=units))
    is_repeated = whole and 2 * count <= len(labels)
    slots = {"count": count, "layers": _listed(*hidden, count)}
    remark = fill(messages.NEW_WHOLE_NUMBERS, **slots) if is_repeated else ""
    return Task("mean_squared_error", "identity", 1, remark)


def _listed(*sizes: int) -> str:
    """The units of each layer in the form of --layers."""
    return ",".join(map(str, sizes))


def _classes(count: int, units: int) -> Task:
    if count == 2 and units in (0, 1):
        return Task("binary_cross_entropy", "sigmoid", 1)
    if count == 1:
        raise BpstepError(fill(messages.NEW_ONE_CLASS))
    if count > _MAX_CLASSES:
        raise BpstepError(fill(messages.NEW_MANY_CLASSES, count=count, limit=_MAX_CLASSES))
    if units not in (0, count):
        raise BpstepError(fill(messages.NEW_CLASSES, count=count, units=units))
    return Task("cross_entropy", "softmax", count)
