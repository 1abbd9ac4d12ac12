"""Samples from a CSV file, their columns by name."""

from __future__ import annotations

import csv
import math
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from bpstep.errors import FileError, UnknownColumn
from bpstep.files import MAX_NUMBERS, file_error, opened
from bpstep.model.network import Array
from bpstep.netfile import messages
from bpstep.text import fill, fill_plural, is_plain, quoted

_MAX_BYTES = 256 * 2**20

_MAX_NAMES = 20

OTHERS = "others"
"""In place of names: every column that is not named elsewhere."""


class CsvSamples(NamedTuple):
    """The columns of a file with inputs and labels."""

    inputs: Array
    """Shape (rows, inputs)."""
    labels: Array | tuple[str, ...]
    """Shape (rows, labels); the words themselves if the single label column contains words."""
    input_names: tuple[str, ...]
    label_names: tuple[str, ...]


def read_columns(
    path: Path, inputs: Sequence[str], labels: Sequence[str], apart: Sequence[str] = (), header: bool = True
) -> tuple[Array, Array]:
    """As `read_csv_samples`, for numeric labels: a word among them is a FileError.

    `apart` are columns that "others" leaves out besides those of the labels.
    """
    found = _read(path, inputs, labels, apart, header, words=False)
    assert isinstance(found.labels, np.ndarray)
    return found.inputs, found.labels


def read_csv_samples(
    path: Path, inputs: Sequence[str], labels: Sequence[str], header: bool = True
) -> CsvSamples:
    """The columns of inputs and labels: by name, as a range "x1..x9", or "others" for all the rest.

    The first line names the columns; without such a header they are called c1, c2 … Cells are separated by
    commas, tabs or semicolons; empty lines and other columns are skipped. A single label column may contain
    words. FileError, with line and column, if the file has another form, or if any other requested cell is no
    finite number.
    """
    return _read(path, inputs, labels, (), header, words=True)


def _read(
    path: Path,
    inputs: Sequence[str],
    labels: Sequence[str],
    apart: Sequence[str],
    header: bool,
    words: bool,
) -> CsvSamples:
    with opened(path, _MAX_BYTES) as file:
        line, columns, records = _headed(path, file, header)
        for text in inputs:
            columns.named_by(text)  # if several columns are missing, the first one requested is reported
        label_names = columns.select(labels, ())
        input_names = columns.select(inputs, (*label_names, *columns.select(apart, ())))
        wanted = [*input_names, *label_names]
        places = [columns.places[name] for name in wanted]
        numeric = len(wanted)
        spoken: list[str] = []
        cells = array("d")
        for count, (line, record) in enumerate(records):
            columns.refuse_other_length(line, record)
            row = [record[column] for column in places]
            if not count and words and len(label_names) == 1 and is_word(row[-1]):
                numeric = len(input_names)
            if numeric < len(row):
                spoken.append(_word(path, line, wanted[-1], row[-1]))
            cells.extend(_numbers(path, line, wanted, row[:numeric]))
            if len(cells) > MAX_NUMBERS:
                raise file_error(path, line, fill(messages.CSV_TOO_LARGE, limit=MAX_NUMBERS))
    if not cells:
        raise file_error(path, line, fill(messages.CSV_NO_ROWS))
    table = np.array(cells).reshape(-1, numeric)
    numbers = table[:, : len(input_names)].copy(), table[:, len(input_names) :].copy()
    return CsvSamples(numbers[0], tuple(spoken) or numbers[1], input_names, label_names)


def has_header(path: Path) -> bool:
    """False if the first line looks like a row of data rather than names."""
    with opened(path, _MAX_BYTES) as file:
        records = _records(path, file)
        first, second = next(records, (0, []))[1], next(records, (0, []))[1]
    numbers = [float(cell) for cell in first if _is_number(cell)]
    counted = len(numbers) > 1 and all(high == low + 1 for low, high in pairwise(numbers))
    named = any(is_word(above) and _is_number(below) for above, below in zip(first, second))
    return not numbers or counted or named


def number_columns(path: Path, header: bool = True) -> dict[str, int | None]:
    """For each column the line of the first cell that is not a finite number; None if all are numbers."""
    with opened(path, _MAX_BYTES) as file:
        _, columns, records = _headed(path, file, header)
        found: dict[str, int | None] = dict.fromkeys(columns.places)
        for line, record in records:
            columns.refuse_other_length(line, record)
            for name, cell in zip(found, record):
                if found[name] is None and not _is_number(cell):
                    found[name] = line
    return found


def gaps_in_numbers(path: Path, header: bool) -> list[str]:
    """The columns in which most cells are finite numbers and some are not, by their first gap."""
    lines = {name: line for name, line in number_columns(path, header).items() if line is not None}
    with opened(path, _MAX_BYTES) as file:
        _, columns, records = _headed(path, file, header)
        balance = dict.fromkeys(lines, 0)
        for _, record in records:
            for name in lines:
                balance[name] += 1 if _is_number(record[columns.places[name]]) else -1
    return sorted((name for name in lines if balance[name] > 0), key=lines.__getitem__)


def _headed(path: Path, file: TextIO, header: bool) -> tuple[int, _Columns, Iterator[tuple[int, list[str]]]]:
    """The line that names the columns, or the first row; the columns' names; and the rows."""
    records = _records(path, file)
    line, first = next(records, (None, []))
    if line is None:
        raise file_error(path, None, fill(messages.CSV_EMPTY))
    if header:
        return line, _Columns(path, line, [name.strip() for name in first]), records
    return (
        line,
        _Columns(path, line, [f"c{k}" for k in range(1, len(first) + 1)]),
        chain([(line, first)], records),
    )


def is_word(cell: str) -> bool:
    """True for the name of a class: it contains a letter, and Python reads it as no number."""
    if not any(character.isalpha() for character in cell):
        return False
    try:
        float(cell)
    except ValueError:
        return is_plain(cell)
    return False


def _word(path: Path, line: int, name: str, cell: str) -> str:
    if not is_word(cell):
        slots = {"name": quoted(name), "value": quoted(cell)}
        raise file_error(path, line, fill(messages.CSV_NO_WORD, **slots))
    return sys.intern(cell.strip())


def _records(path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not an empty line, with the number of its first line."""
    begun: list[str] = []
    for text in file:
        begun.append(text)
        if text.strip():
            break
    separator = _separator("".join(begun))
    reader = csv.reader(chain(begun, file), delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise file_error(path, line, fill(messages.NOT_CSV, reason=error)) from None
        if record:
            yield line, record if separator == "," else [_with_point(cell) for cell in record]


def _separator(header: str) -> str:
    """The separator of the cells: the comma, else the tab, else the semicolon, whichever occurs in the
    header.
    """
    unquoted = re.sub('"[^"]*"', "", header)
    return next((separator for separator in ",\t;" if separator in unquoted), ",")


_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*", re.ASCII)


def _with_point(cell: str) -> str:
    """A number with a decimal comma, as spreadsheets write it beside semicolons and tabs, with a point
    instead.
    """
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


class _Columns:
    """The columns that a header names, and their positions."""

    def __init__(self, path: Path, line: int, header: list[str]) -> None:
        self._path, self._line, self._header = path, line, header
        self.places: dict[str, int] = {}
        for at, name in enumerate(header):
            if name in self.places:
                raise self._error(fill(messages.CSV_REPEATED_COLUMN, name=quoted(name)))
            self.places[name] = at

    def select(self, wanted: Sequence[str], others_than: Sequence[str]) -> tuple[str, ...]:
        """The columns for names, ranges and "others".

        "others" are all that neither `wanted` nor `others_than` names.
        """
        named = [name for each in wanted for name in self.named_by(each)]
        taken = {*named, *others_than}
        found: list[str] = []
        for each in wanted:
            if self._is_others(each):
                found += [name for name in self._header if name not in taken]
            else:
                found += self.named_by(each)
        for name, times in Counter(found).items():
            if times > 1:
                raise self._error(fill(messages.CSV_SELECTED_TWICE, name=quoted(name)))
        if wanted and not found:
            raise self._error(fill(messages.CSV_NO_OTHERS))
        return tuple(found)

    def _is_others(self, text: str) -> bool:
        return text == OTHERS and text not in self.places

    def named_by(self, text: str) -> list[str]:
        """One column, or all from one to another in the order of the file; none for "others"."""
        if self._is_others(text):
            return []
        first, dots, last = text.partition("..")
        if text in self.places or not dots:
            return [self._header[self._place(text, text)]]
        low, high = (self._place(end.strip(), text) for end in (first, last))
        if high < low:
            slots = {"range": quoted(text), "first": quoted(last.strip()), "last": quoted(first.strip())}
            raise self._error(fill(messages.CSV_RANGE_BACKWARDS, **slots))
        return self._header[low : high + 1]

    def _place(self, name: str, asked: str) -> int:
        if name not in self.places:
            slots = {"name": quoted(name), "names": _name_list(self._header)}
            nameless = any(map(_is_number, self._header))
            template = messages.CSV_NO_COLUMN_NUMBERS if nameless else messages.CSV_NO_COLUMN
            error = self._error(fill(template, **slots))
            raise UnknownColumn(error.path, error.line, error.message, asked)
        return self.places[name]

    def refuse_other_length(self, line: int, record: Sequence[str]) -> None:
        """Refuse a row whose number of cells differs from the number of columns."""
        if len(record) != len(self._header):
            one, many = messages.CSV_ROW_LENGTH_ONE, messages.CSV_ROW_LENGTH_MANY
            raise file_error(
                self._path, line, fill_plural(len(record), one, many, expected=len(self._header))
            )

    def _error(self, message: str) -> FileError:
        return file_error(self._path, self._line, message)


def _name_list(names: Sequence[str]) -> str:
    listed = ", ".join(quoted(name) for name in names[:_MAX_NAMES])
    more = len(names) - _MAX_NAMES
    return fill(messages.AND_MORE, names=listed, count=more) if more > 0 else listed


def _numbers(path: Path, line: int, names: Sequence[str], cells: list[str]) -> list[float]:
    """The cells of a row as finite numbers."""
    # float() accepts 1_000 and digits of other scripts: in a CSV file they are mistakes.
    together = "".join(cells)
    if together.isascii() and "_" not in together:
        try:
            values = list(map(float, cells))
        except ValueError:
            values = [math.nan]
        if all(map(math.isfinite, values)):
            return values
    name, cell = next((name, cell) for name, cell in zip(names, cells) if not _is_number(cell))
    raise file_error(path, line, fill(messages.CSV_WRONG_CELL, name=quoted(name), value=quoted(cell)))


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and cell.isascii() and "_" not in cell
    except ValueError:
        return False
