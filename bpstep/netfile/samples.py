"""The samples of a network of layers, from `[data]`: numbers, or classes by number or word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bpstep.deferred import deferred
from bpstep.files import MAX_NUMBERS
from bpstep.frozen import frozen
from bpstep.model.network import Array
from bpstep.netfile import messages
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.table import Table, describe_value, finite_numbers
from bpstep.text import fill, fill_plural, quoted

if TYPE_CHECKING:
    from bpstep.netfile import csv
else:
    csv = deferred("bpstep.netfile.csv")

_MAX_CLASSES_NAMED = 10

_TEST_STREAM = 1
"""Separates the random order of test rows from other uses of the same seed."""


@frozen
class GivenSamples:
    """The samples as in the file; how labels are read depends on the last layer."""

    inputs: Array
    """Shape (samples, inputs)."""
    labels: Array | tuple[str, ...]
    """Shape (samples, columns), or a word for each sample."""
    input_names: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()
    """The names of the label columns in the data file."""
    trained: int = 0
    """How many of the samples, the first ones, are for training; the rest are for testing."""
    rows: tuple[int, ...] = ()
    """The position of each sample in the data; empty if they are in the order of the data."""

    def place(self, data: Table, sample: int) -> tuple[str, int]:
        """The key that gives the label of a sample, and its index there."""
        if self.rows:
            return "labels", self.rows[sample]
        if sample < self.trained:
            return "labels", sample
        return "test_labels" if "test_labels" in data else "test_file", sample - self.trained


@frozen
class Targets:
    """The labels in the form in which the last layer's units are compared with them."""

    labels: Array
    """Shape (samples, units)."""
    names: tuple[str, ...]
    """The names of the units; empty for y, or y1, y2 …"""


def read_samples(data: Table, seed: int) -> GivenSamples:
    """The samples of `[data]`, in the file itself or in another one.

    Test samples come last; if `test` is a share, `seed` selects them.
    """
    data.refuse_unknown(TableKeys.DATA.value, TableKeys.DATA)
    data.require("inputs", "labels")
    header = data.flag("header", True)
    if "header" in data and not ("file" in data or "test_file" in data):
        raise data.error("header", fill(messages.HEADER_WITHOUT_FILE))
    if "file" in data:
        path, inputs, labels = data.sibling("file"), data.columns("inputs"), data.columns("labels")
        with data.errors_of_file("file"):
            given = GivenSamples(*csv.read_csv_samples(path, inputs, labels, header))
    else:
        rows = data.matrix("inputs", messages.ROWS_PER_SAMPLE)
        given = GivenSamples(rows, read_labels(data, "labels", len(rows)))
    # Before the columns are renamed: those of test samples are found by the names in the file.
    given = with_tests(data, given, seed)
    if "input_names" in data:
        names = _names(data, "input_names", "inputs", given.inputs.shape[1])
        given = replace(given, input_names=names)
    return given


def with_tests(data: Table, given: GivenSamples, seed: int) -> GivenSamples:
    """The samples, with test samples last; if `test` is a share, `seed` selects them."""
    ways = [key for key in ("test", "test_file", "test_inputs") if key in data]
    if len(ways) > 1:
        raise data.error(ways[1], fill(messages.ONE_WAY_TO_TEST, first=ways[0], second=ways[1]))
    if "test" in data:
        return _split(data, given, seed)
    if "test_file" in data:
        path, labels = data.sibling("test_file"), given.label_names or data.columns("labels")
        with data.errors_of_file("test_file"):
            columns = given.input_names or data.columns("inputs")
            found = csv.read_csv_samples(path, columns, labels, data.flag("header", True))
        tests: GivenSamples = GivenSamples(*found)
    elif "test_inputs" in data:
        if "test_labels" not in data:
            slots = {"given": "test_inputs", "missing": "test_labels"}
            raise data.error("test_inputs", fill(messages.TEST_NEEDS_BOTH, **slots))
        inputs = data.samples("test_inputs", messages.ROWS_PER_SAMPLE)
        tests = GivenSamples(inputs, read_labels(data, "test_labels", len(inputs)))
    elif "test_labels" in data:
        slots = {"given": "test_labels", "missing": "test_inputs"}
        raise data.error("test_labels", fill(messages.TEST_NEEDS_BOTH, **slots))
    else:
        return replace(given, trained=len(given.inputs))
    return _joined(data, ways[0], given, tests)


def _joined(data: Table, key: str, given: GivenSamples, tests: GivenSamples) -> GivenSamples:
    """Training samples followed by test samples, which have the same columns."""
    expected, columns = given.inputs.shape[1], tests.inputs.shape[1]
    if tests.inputs.ndim == given.inputs.ndim > 2 and tests.inputs.shape[1:] != given.inputs.shape[1:]:
        raise data.error(key, fill(messages.TEST_SHAPE, shape=list(tests.inputs.shape[1:])))
    if columns != expected or tests.inputs.ndim != given.inputs.ndim:
        one, many = messages.TEST_COLUMNS_ONE, messages.TEST_COLUMNS_MANY
        raise data.error(key, fill_plural(columns, one, many, key=key, expected=expected))
    labels: Array | tuple[str, ...]
    if isinstance(given.labels, tuple) and isinstance(tests.labels, tuple):
        labels = (*given.labels, *tests.labels)
        new = sorted(set(tests.labels) - set(given.labels))
        if new and "label_names" not in data:
            raise data.error(key, fill(messages.NEW_TEST_CLASS, name=quoted(new[0])))
    elif (
        isinstance(given.labels, np.ndarray)
        and isinstance(tests.labels, np.ndarray)
        and given.labels.shape[1] == tests.labels.shape[1]
    ):
        labels = np.concatenate([given.labels, tests.labels])
    else:
        raise data.error(key, fill(messages.OTHER_TEST_LABELS))
    inputs = np.concatenate([given.inputs, tests.inputs])
    return replace(given, inputs=inputs, labels=labels, trained=len(given.inputs))


def count_to_test(count: int, part: float) -> int:
    """How many of the samples a share is, rounded up."""
    return math.ceil(part * count - 1e-9)


def _split(data: Table, given: GivenSamples, seed: int) -> GivenSamples:
    """Hold out a random share of the samples; both parts stay in the order of the data."""
    part, count = data.number("test"), len(given.inputs)
    held = count_to_test(count, part)
    if not 0 < part < 1 or held >= count:
        raise data.value_error("test", fill(messages.TEST_PART, count=count))
    order = np.random.default_rng([seed, 0, _TEST_STREAM]).permutation(count)
    rows = np.concatenate([np.sort(order[held:]), np.sort(order[:held])])
    words = given.labels
    labels = tuple(words[row] for row in rows) if isinstance(words, tuple) else words[rows]
    rows_of_data = tuple(rows.tolist())
    return replace(given, inputs=given.inputs[rows], labels=labels, trained=count - held, rows=rows_of_data)


def read_labels(data: Table, key: str, samples: int) -> Array | tuple[str, ...]:
    """Labels in the network file: rows of numbers, or a list of words or of numbers."""
    value = data.values[key]
    rows = [row for row in value if isinstance(row, list)] if isinstance(value, list) else []
    if rows and all(len(row) == 1 and isinstance(row[0], str) for row in rows):
        raise data.error(key, fill(messages.WORDS_IN_ROWS, key=key))
    if not isinstance(value, list) or not value or isinstance(value[0], list):
        labels = data.matrix(key, messages.LABELS)
        if len(labels) != samples:
            one, many = messages.LABEL_ROWS_ONE, messages.LABEL_ROWS_MANY
            raise data.error(key, fill_plural(len(labels), one, many, key=key, expected=samples))
        return labels
    if isinstance(value[0], str):
        wrong = next((at for at, each in enumerate(value) if not isinstance(each, str)), None)
        if wrong is not None:
            slots = {"row": wrong, "value": describe_value(value[wrong])}
            raise data.error(key, fill(messages.MIXED_LABELS, key=key, **slots))
    numbers = None if isinstance(value[0], str) else finite_numbers(value)
    if numbers is None and not isinstance(value[0], str):
        row = next(row for row, each in enumerate(value) if finite_numbers([each]) is None)
        slots = {"row": row, "value": describe_value(value[row])}
        raise data.error(key, fill(messages.NO_CLASS, key=key, **slots))
    if len(value) != samples:
        one, many = messages.LABEL_COUNT_ONE, messages.LABEL_COUNT_MANY
        raise data.error(key, fill_plural(len(value), one, many, key=key, expected=samples))
    return tuple(value) if numbers is None else numbers.reshape(-1, 1)


def read_targets(data: Table, given: GivenSamples, units: int) -> Targets:
    """The labels for `units` units: classes become one-hot rows, or 0 and 1 for a single unit."""
    if len(given.inputs) * units > MAX_NUMBERS:
        slots = {"count": len(given.inputs) * units, "limit": MAX_NUMBERS}
        raise data.error("labels", fill(messages.TOO_MANY_LABELS, **slots))
    words = given.labels if isinstance(given.labels, tuple) else _named_numbers(data, given.labels)
    if words:
        return _from_words(data, given, words, units)
    assert isinstance(given.labels, np.ndarray)
    columns = given.labels.shape[1]
    if columns == 1 and units > 1 and (given.labels == given.labels.round()).all():
        names = tuple(fill(messages.CLASS_NAME, number=unit) for unit in range(units))
        labels = _one_hot(data, given, given.labels[:, 0], units)
    elif columns == units:
        labels, names = given.labels, given.label_names
    else:
        one, many = messages.LABEL_COLUMNS_ONE, messages.LABEL_COLUMNS_MANY
        raise data.error("labels", fill_plural(columns, one, many, expected=units))
    if "label_names" in data:
        names = _names(data, "label_names", "labels", units)
    return Targets(labels, names)


def _named_numbers(data: Table, labels: Array) -> tuple[str, ...]:
    """Numeric labels as words, if `label_names` names all of them; else empty."""
    if labels.shape[1] > 1 or "label_names" not in data:
        return ()
    known = {*data.names("label_names")}
    if not known.issuperset(map(number_name, np.unique(labels))):
        return ()
    return tuple(map(number_name, labels[:, 0]))


def number_name(number: float) -> str:
    """The name in `label_names` of a class that is a number in the data."""
    return f"{number:.15g}"


def _one_hot(data: Table, given: GivenSamples, numbers: Array, units: int) -> Array:
    outside = np.flatnonzero((numbers < 0) | (numbers >= units))
    if len(outside):
        key, row = given.place(data, int(outside[0]))
        slots = {"key": key, "row": row, "value": f"{numbers[outside[0]]:g}", "limit": units - 1}
        raise data.error(key, fill(messages.CLASS_OUTSIDE, **slots))
    return np.eye(units)[numbers.astype(np.intp)]


def _from_words(data: Table, given: GivenSamples, words: Sequence[str], units: int) -> Targets:
    """Classes by name, in the order of `label_names` or of the alphabet."""
    classes = tuple(sorted(set(words)))
    if "label_names" in data:
        known = tuple(data.names("label_names"))
        wrong = next((row for row, word in enumerate(words) if word not in known), None)
        if wrong is not None:
            key, row = given.place(data, wrong)
            slots = {"key": key, "row": row, "value": quoted(words[wrong]), "names": _listed(known)}
            raise data.error(key, fill(messages.UNKNOWN_CLASS, **slots))
        classes = known
    numbers = {word: number for number, word in enumerate(classes)}
    indices = np.array([numbers[word] for word in words])
    if units == 1 and len(classes) == 2:
        return Targets(indices.astype(np.float64).reshape(-1, 1), classes[1:])
    if len(classes) != units:
        slots = {"names": _listed(classes), "expected": units}
        one, many = messages.CLASSES_AND_UNITS_ONE, messages.CLASSES_AND_UNITS_MANY
        if units == 1:
            one = many = messages.TWO_CLASSES_FOR_ONE_UNIT
        raise data.error("labels", fill_plural(len(classes), one, many, **slots))
    return Targets(np.eye(units)[indices], classes)


def _listed(classes: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, classes[:_MAX_CLASSES_NAMED]))
    more = len(classes) - _MAX_CLASSES_NAMED
    return fill(messages.AND_MORE, names=shown, count=more) if more > 0 else shown


def _names(data: Table, key: str, columns: str, expected: int) -> tuple[str, ...]:
    """The names of columns, one for each."""
    names = data.names(key)
    if len(names) != expected:
        slots = {"key": key, "columns": columns, "expected": expected}
        one, many = messages.NAMES_COUNT_ONE, messages.NAMES_COUNT
        raise data.error(key, fill_plural(len(names), one, many, **slots))
    if not all(name.strip() for name in names):
        raise data.error(key, fill(messages.EMPTY_NAME, key=key))
    return tuple(names)
