"""One table of a network file, asked key by key: each answer has the type it should have."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.errors import FileError
from bpstep.model.network import Array
from bpstep.netfile.document import Document
from bpstep.netfile.lines import KeyPath
from bpstep.text import is_plain, quoted


@dataclass(frozen=True)
class Table:
    """A table: where it stands and what it holds. Every method raises FileError at the key's line."""

    document: Document
    place: KeyPath
    values: Mapping[str, Any]

    def error(self, key: str | None, message: str) -> FileError:
        """The error to raise about a key, or about the table itself."""
        return self.document.error(self.place if key is None else (*self.place, key), message)

    def value_error(self, key: str, expected: str) -> FileError:
        """The error to raise where a key's value is not what was expected."""
        return self.error(key, f"{key} is {describe_value(self.values[key])}: expected {expected}")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def refuse_unknown(self, allowed: Collection[str]) -> None:
        """Refuse keys that are not `allowed`."""
        for key in self.values:
            if key not in allowed:
                hint = did_you_mean(key, allowed) or f"expected one of {', '.join(allowed)}"
                raise self.error(key, f"unknown key {quoted(key)}: {hint}")

    def require(self, *keys: str) -> None:
        """Refuse a table that lacks one of `keys`."""
        for key in keys:
            if key not in self.values:
                raise self.error(None, f"{key} is missing: expected {' and '.join(keys)} here")

    def text(self, key: str, default: str = "") -> str:
        """A string of one line, without control characters."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.value_error(key, "a string")
        if not is_plain(value):
            raise self.value_error(key, "one line without control characters")
        return value

    def one_of(self, key: str, allowed: Collection[str], default: str = "") -> str:
        """One of a few words."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.value_error(key, f"one of {', '.join(allowed)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.value_error(key, "true or false")
        return value

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.values.get(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self.value_error(key, f"a whole number from {low:,} to {high:,}")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        numbers = finite_numbers([self.values[key]])
        if numbers is None:
            raise self.value_error(key, "a finite number")
        return float(numbers[0])

    def vector(self, key: str, length: int, alternative: str = "") -> Array:
        """A list of `length` finite numbers; `otherwise` is what else may stand there."""
        value = self.values[key]
        numbers = finite_numbers(value) if isinstance(value, list) else None
        if numbers is None:
            raise self.value_error(key, f"a list of {length} finite numbers{alternative}")
        if len(numbers) != length:
            raise self.error(key, f"{key} has {len(numbers)} numbers: expected {length}, one a unit")
        return numbers

    def matrix(self, key: str, rows: str) -> Array:
        """Rows of finite numbers, all of one length; `rows` says what a row is for: "one a sample"."""
        value = self.values[key]
        if not isinstance(value, list) or not value or not all(isinstance(row, list) for row in value):
            raise self.value_error(key, f"rows of numbers, {rows}, like [[0.1, 0.2], [0.3, 0.4]]")
        width = len(value[0])
        for at, row in enumerate(value):
            if len(row) != width or not row:
                raise self.error(key, f"{key}: row {at} has {len(row)} numbers: expected {width or 'some'}")
        cells = [cell for row in value for cell in row]
        numbers = finite_numbers(cells)
        if numbers is None:
            row, column = divmod(
                next(at for at, cell in enumerate(cells) if finite_numbers([cell]) is None), width
            )
            culprit = describe_value(value[row][column])
            raise self.error(key, f"{key}[{row},{column}] is {culprit}: expected a finite number")
        return numbers.reshape(-1, width)

    def names(self, key: str) -> list[str]:
        """A list of different strings, not empty."""
        value = self.values[key]
        if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
            raise self.value_error(key, 'a list of column names, like ["x1", "x2"]')
        for name, times in Counter(value).items():
            if times > 1:
                raise self.error(key, f"{key} names {quoted(name)} {times} times: expected different columns")
        return value

    def table(self, key: str) -> Table:
        """A table; an empty one where the key is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.value_error(key, f"a table, [{key}]")
        return Table(self.document, (*self.place, key), value)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array of tables, none where the key is not there."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            raise self.value_error(key, f"an array of tables, [[{key}]]")
        return (Table(self.document, (*self.place, key, at), table) for at, table in enumerate(value))


def finite_numbers(values: list[Any]) -> Array | None:
    """The values as float64, shape (values,); None where one is no finite number (a boolean is none)."""
    if not set(map(type, values)) <= {int, float}:
        return None
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def did_you_mean(word: str, allowed: Collection[str]) -> str:
    """`did you mean "loss"?`, or nothing where no allowed word is close."""
    close = difflib.get_close_matches(word, allowed, 1) if len(word) < 40 else []
    return f"did you mean {quoted(close[0])}?" if close else ""


def describe_value(value: object) -> str:
    """A value of a TOML file, for a message: short, whatever it holds."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < 10**18 else "a huge whole number"
        case float():
            return repr(value)
        case str():
            return quoted(value)
        case []:
            return "an empty list"
        case list():
            return "a list"
        case dict():
            return "a table"
    return "a date or a time"
