"""One table of a network file, read key by key with the expected type of each value."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bpstep.deferred import deferred
from bpstep.errors import FileError, UnknownColumn
from bpstep.files import file_error
from bpstep.frozen import frozen
from bpstep.model.network import Array
from bpstep.netfile import messages
from bpstep.netfile.document import Document
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.lines import KeyPath
from bpstep.text import closest, fill, fill_plural, is_plain, quoted

if TYPE_CHECKING:
    from bpstep.netfile import meanings, stored_arrays
else:
    meanings = deferred("bpstep.netfile.meanings")
    stored_arrays = deferred("bpstep.netfile.stored_arrays")


def _asks_for(value: Any, column: str) -> bool:
    """True if a value names a column of another file, or lists it."""
    return value == column or (isinstance(value, list) and column in value)


_NUMBER_LIST = (messages.NUMBER_LIST_ONE, messages.NUMBER_LIST_MANY)


@frozen
class Table:
    """A table: its position and its values. Every method raises FileError at the key's line."""

    document: Document
    place: KeyPath
    values: Mapping[str, Any]

    def error(self, key: str | None, message: str) -> FileError:
        """The error for a key, or for the table itself."""
        return self.document.error(self.place if key is None else (*self.place, key), message)

    def value_error(self, key: str, expected: str) -> FileError:
        """The error for a key whose value is not what was expected."""
        return self.error(
            key,
            fill(messages.WRONG_VALUE, key=key, value=describe_value(self.values[key]), expected=expected),
        )

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def refuse_unknown(self, allowed: Collection[str], of: TableKeys | None = None) -> None:
        """Refuse keys that are not `allowed`; in a table of a network file, say what is meant by one."""
        for key in self.values:
            if key in allowed:
                continue
            if of is not None and (hint := meanings.advice_on(key, of)):
                raise self.error(key, fill(messages.KEY_BELONGS_ELSEWHERE, key=quoted(key), hint=hint))
            close = closest(key, allowed, meanings.MIN_LIKENESS)
            template = messages.UNKNOWN_KEY_DID_YOU_MEAN if close else messages.UNKNOWN_KEY
            slots = {"key": quoted(key), "suggestion": quoted(close), "keys": ", ".join(allowed)}
            raise self.error(key, fill(template, **slots))

    def require(self, *keys: str) -> None:
        """Refuse a table that lacks one of `keys`."""
        for key in keys:
            if key not in self.values:
                template = messages.MISSING_KEY if len(keys) > 1 else messages.MISSING_ONE_KEY
                raise self.error(None, fill(template, key=key, keys=", ".join(keys)))

    def text(self, key: str, default: str = "") -> str:
        """A string of one line, without control characters."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.value_error(key, fill(messages.A_STRING))
        if not is_plain(value):
            raise self.value_error(key, fill(messages.ONE_LINE))
        return value

    def lines(self, key: str) -> tuple[str, int]:
        """A string of several lines, and the line of the file on which its first one stands."""
        value = self.values[key]
        if not isinstance(value, str):
            raise self.value_error(key, fill(messages.A_STRING))
        line = self.document.line((*self.place, key))
        return value, line + self.document.begins_below(line)

    def error_at(self, line: int, message: str) -> FileError:
        """The error for a line of the file."""
        return file_error(self.document.path, line, message)

    def sibling(self, key: str, expected: str = messages.CSV_FILE) -> Path:
        """The path of a file named relative to this one; `expected` is the template of the error."""
        name = self.text(key)
        if self.document.self_contained:
            raise self.error(key, fill(messages.READS_NO_FILE))
        path = self.document.path.parent / name
        if not name or os.path.isdir(path):
            raise self.value_error(key, fill(expected))
        return path

    def stored(self, key: str) -> Array | None:
        """An array in another file, { file = …, name = … }; None if the key's value is no such table."""
        if not isinstance(self.values.get(key), dict):
            return None
        inner = self.table(key)
        inner.refuse_unknown(("file", "name"))
        inner.require("file")
        path, name = inner.sibling("file", messages.ARRAY_FILE), inner.text("name")
        with inner.errors_of_file("file"):
            return stored_arrays.read_stored(path, name)

    @contextmanager
    def errors_of_file(self, key: str) -> Iterator[None]:
        """Report errors of another file without a line as errors of the key that names it.

        A column that it does not have is an error of the key that asks for it.
        """
        try:
            yield
        except UnknownColumn as error:
            asking = (other for other, value in self.values.items() if _asks_for(value, error.asked))
            about = fill(messages.ABOUT_FILE, file=error.path, problem=error.message)
            raise self.error(next(asking, key), about) from None
        except FileError as error:
            if error.line is not None:
                raise
            about = fill(messages.ABOUT_FILE, file=error.path, problem=error.message)
            raise self.error(key, about) from None

    def one_of(self, key: str, allowed: Collection[str], default: str = "") -> str:
        """One of a few words."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or value not in allowed:
            if isinstance(value, str) and (meant := meanings.value_meant(value, allowed)):
                slots = {"key": key, "value": describe_value(value), "suggestion": quoted(meant)}
                raise self.error(key, fill(messages.WRONG_VALUE_DID_YOU_MEAN, **slots))
            # Quotes, if a choice contains a comma.
            choices = map(quoted, allowed) if any("," in each for each in allowed) else allowed
            raise self.value_error(key, fill(messages.ONE_OF, names=", ".join(choices)))
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.value_error(key, fill(messages.TRUE_OR_FALSE))
        return value

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.values.get(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self.value_error(key, fill(messages.WHOLE_NUMBER, low=low, high=high))
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        numbers = finite_numbers([self.values[key]])
        if numbers is None:
            raise self.value_error(key, fill(messages.FINITE_NUMBER))
        return float(numbers[0])

    def vector(self, key: str, length: int, templates: tuple[str, str] = _NUMBER_LIST) -> Array:
        """A list of `length` finite numbers; `templates` are the errors for one number and for several."""
        value = self.values[key]
        numbers = finite_numbers(value) if isinstance(value, list) else None
        if numbers is None:
            raise self.value_error(key, fill_plural(length, *templates))
        if len(numbers) != length:
            one, many = messages.WRONG_LENGTH_ONE, messages.WRONG_LENGTH_MANY
            raise self.error(key, fill_plural(len(numbers), one, many, key=key, expected=length))
        return numbers

    def matrix(self, key: str, expected: str) -> Array:
        """Rows of finite numbers, all of one length; `expected` is the template of the error."""
        value = self.values[key]
        if not isinstance(value, list) or not value or not all(isinstance(row, list) for row in value):
            raise self.value_error(key, fill(expected))
        width = len(value[0])
        for at, row in enumerate(value):
            if not row:
                raise self.error(key, fill(messages.EMPTY_ROW, key=key, row=at))
            if len(row) != width:
                one, many = messages.RAGGED_ROW_ONE, messages.RAGGED_ROW_MANY
                raise self.error(key, fill_plural(len(row), one, many, key=key, row=at, expected=width))
        cells = [cell for row in value for cell in row]
        numbers = finite_numbers(cells)
        if numbers is None:
            row, column = divmod(
                next(at for at, cell in enumerate(cells) if finite_numbers([cell]) is None), width
            )
            slots = {"row": row, "column": column, "value": describe_value(value[row][column])}
            raise self.error(key, fill(messages.WRONG_CELL, key=key, **slots))
        return numbers.reshape(-1, width)

    def samples(self, key: str, expected: str) -> Array:
        """A row of finite numbers for each sample, or an image; `expected` is the template of the error."""
        value = self.values[key]
        try:
            array = np.array(value)
        except ValueError:  # of different lengths: the error for a matrix names the row
            array = np.zeros(0)
        if array.ndim < 3:
            return self.matrix(key, expected)
        cells = value
        for _ in range(array.ndim - 1):
            cells = chain.from_iterable(cells)
        are_numbers = array.dtype.kind in "iuf" and set(map(type, cells)) <= {int, float}
        if array.ndim > 4 or not array.size or not are_numbers or not np.isfinite(array).all():
            raise self.value_error(key, fill(expected))
        return array.astype(np.float64)

    def columns(self, key: str) -> list[str]:
        """Columns of a file: a list of different strings, or a single one."""
        value = self.values[key]
        return [value] if isinstance(value, str) else self.names(key, messages.COLUMN_NAMES)

    def names(self, key: str, expected: str = messages.NAME_LIST) -> list[str]:
        """A list of different strings, not empty; `expected` is the template of the error."""
        value = self.values[key]
        if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
            raise self.value_error(key, fill(expected))
        for name, times in Counter(value).items():
            if times > 1:
                slots = {"key": key, "name": quoted(name), "times": times}
                raise self.error(key, fill(messages.REPEATED_COLUMN, **slots))
        return value

    def table(self, key: str) -> Table:
        """A table; an empty one if the key is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.value_error(key, fill(messages.A_TABLE, key=key))
        return Table(self.document, (*self.place, key), value)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array of tables; none if the key is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            raise self.value_error(key, fill(messages.TABLES, key=key))
        return (Table(self.document, (*self.place, key, at), table) for at, table in enumerate(value))


def finite_numbers(values: list[Any]) -> Array | None:
    """The values as float64, shape (values,); None if one is not a finite number (a boolean is none)."""
    if not set(map(type, values)) <= {int, float}:
        return None
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def did_you_mean(word: str, allowed: Collection[str]) -> str:
    """`did you mean "loss"?`, or empty if no allowed word is close."""
    close = closest(word, allowed)
    return fill(messages.DID_YOU_MEAN, suggestion=quoted(close)) if close else ""


_ITEMS_SHOWN = 5
"""A longer list of numbers is only called a list in a message."""


def describe_value(value: object) -> str:
    """A value of a TOML file, for a message: short, whatever it holds."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < 10**18 else fill(messages.HUGE_WHOLE_NUMBER)
        case float():
            return repr(value)
        case str():
            return quoted(value)
        case []:
            return fill(messages.EMPTY_LIST)
        case [*items] if len(items) <= _ITEMS_SHOWN and {*map(type, items)} <= {int, float, str, bool}:
            return f"[{', '.join(map(describe_value, items))}]"
        case list():
            return fill(messages.A_LIST)
        case dict():
            return fill(messages.A_TABLE_VALUE)
        case date() | time():
            return fill(messages.A_DATE)
    # A value that a script passes to bpstep.network in place of a key's value.
    return fill(messages.AN_OBJECT, kind=type(value).__name__)
