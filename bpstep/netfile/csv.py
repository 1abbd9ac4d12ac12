"""Samples from a CSV file, their columns by name."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np

from bpstep.files import MAX_NUMBERS, file_error, opened
from bpstep.model.network import Array
from bpstep.netfile import messages
from bpstep.text import fill, fill_plural, quoted

MAX_BYTES = 256 * 2**20

_MAX_NAMES = 20


def read_columns(path: Path, inputs: Sequence[str], labels: Sequence[str]) -> tuple[Array, Array]:
    """Inputs, shape (rows, len(inputs)), and labels, shape (rows, len(labels)).

    The first line names the columns; cells are separated by commas; empty lines and columns not asked for
    are passed over. Raises FileError, with line and column, where the file is not like that, and where a
    cell asked for is no finite number.
    """
    wanted = [*inputs, *labels]
    with opened(path, MAX_BYTES) as file:
        records = _records(path, file)
        line, header = next(records, (None, []))
        if line is None:
            raise file_error(path, None, fill(messages.CSV_EMPTY))
        columns = _columns(path, line, [name.strip() for name in header], wanted)
        cells = array("d")
        for line, record in records:
            if len(record) != len(header):
                one, many = messages.CSV_ROW_LENGTH_ONE, messages.CSV_ROW_LENGTH_MANY
                raise file_error(path, line, fill_plural(len(record), one, many, expected=len(header)))
            cells.extend(_numbers(path, line, wanted, [record[column] for column in columns]))
            if len(cells) > MAX_NUMBERS:
                raise file_error(path, line, fill(messages.CSV_TOO_LARGE, limit=MAX_NUMBERS))
    if not cells:
        raise file_error(path, line, fill(messages.CSV_NO_ROWS))
    table = np.array(cells).reshape(-1, len(wanted))
    return table[:, : len(inputs)].copy(), table[:, len(inputs) :].copy()


def _records(path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not an empty line, with the line it begins on."""
    reader = csv.reader(file, skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise file_error(path, line, fill(messages.NOT_CSV, reason=error)) from None
        if record:
            yield line, record


def _columns(path: Path, line: int, header: list[str], wanted: Sequence[str]) -> list[int]:
    """Where each of the columns `wanted` stands."""
    places: dict[str, int] = {}
    for at, name in enumerate(header):
        if name in places:
            raise file_error(path, line, fill(messages.CSV_REPEATED_COLUMN, name=quoted(name)))
        places[name] = at
    for name in wanted:
        if name not in places:
            message = fill(messages.CSV_NO_COLUMN, name=quoted(name), names=_name_list(header))
            raise file_error(path, line, message)
    return [places[name] for name in wanted]


def _name_list(names: Sequence[str]) -> str:
    listed = ", ".join(quoted(name) for name in names[:_MAX_NAMES])
    more = len(names) - _MAX_NAMES
    return fill(messages.AND_MORE, names=listed, count=more) if more > 0 else listed


def _numbers(path: Path, line: int, names: Sequence[str], cells: list[str]) -> list[float]:
    """The cells of a row as finite numbers."""
    # float() takes 1_000 and digits of other scripts for numbers: in a CSV file they are mistakes.
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
