"""Cells as people write them, `W[0,1]`, and assignments, `W[0,1]=0.5`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection

from bpstep.errors import BpstepError
from bpstep.lang import messages
from bpstep.text import fill, quoted

Index = tuple[int, ...]

CellAssignment = tuple[str, Index, float]
"""A tensor, a cell of it, and the number to store there."""

_INDEX = r"\s*(?:\[\s*([0-9]{1,9}(?:\s*,\s*[0-9]{1,9})*)?\s*\])?\s*"

_CELL = re.compile(rf"\s*([A-Za-z]\w*){_INDEX}", re.ASCII)

_AFTER_NAME = re.compile(_INDEX, re.ASCII)

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


def index_of_place(flat: int, shape: tuple[int, ...]) -> Index:
    """The index of the cell that is `flat` cells after the first, row by row; () for a scalar."""
    index: list[int] = []
    for size in reversed(shape):
        flat, at = divmod(flat, size)
        index.append(at)
    return tuple(reversed(index))


def parse_cell(text: str, names: Collection[str] = ()) -> tuple[str, Index]:
    """The tensor and the indices, counted from 0, that `text` names; () for the indices if it names only a
    tensor.

    `names` are the existing tensors: in a script they may be called `layers[0].W` or `delta:41`. BpstepError
    if it is not a cell.
    """
    bare = text.strip()
    for name in sorted(names, key=len, reverse=True):
        if bare.startswith(name) and (match := _AFTER_NAME.fullmatch(bare, len(name))):
            return name, _index(match[1])
    match = _CELL.fullmatch(text)
    if match is None:
        raise BpstepError(fill(messages.NOT_A_CELL, text=quoted(text)))
    return match[1], _index(match[2])


def _index(text: str | None) -> Index:
    return tuple(int(part) for part in text.split(",")) if text else ()


def parse_number(text: str) -> float:
    """A finite number in Python's notation. BpstepError if it is not one."""
    text = text.strip()
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise BpstepError(fill(messages.NOT_A_NUMBER, text=quoted(text)))
    return value


def matches_printed(value: float | None, wanted: float, decimals: int) -> bool:
    """True if `value` rounds to `wanted`, which is printed with `decimals`; False for None."""
    if value is None:
        return False
    # The usual tolerance would accept any tiny number for 0.
    slack = 1e-12 if decimals <= 12 else 2.0**-50 * abs(wanted)
    return abs(value - wanted) <= 0.5 * 10.0**-decimals + slack


def matches_digits(value: float | None, wanted: float, digits: int) -> bool:
    """True if `value` rounds to `wanted`, which is printed with `digits` significant digits."""
    if value is None or not wanted:
        return value == wanted
    unit = 10.0 ** (math.floor(math.log10(abs(wanted))) - digits + 1)
    return abs(value - wanted) <= 0.5 * unit + 2.0**-50 * abs(wanted)


def parse_assignment(
    text: str, names: Collection[str] = (), parse_value: Callable[[str], float] = parse_number
) -> CellAssignment:
    """The cell and number of `W[0,1]=0.5`.

    `names` are the existing tensors, as in `parse_cell`; `parse_value` reads the number. BpstepError if the
    text has another form.
    """
    cell, equals, number = text.partition("=")
    if not equals:
        raise BpstepError(fill(messages.NOT_AN_ASSIGNMENT, text=quoted(text)))
    name, index = parse_cell(cell, names)
    return name, index, parse_value(number)


def complete_index(index: Index, shape: tuple[int, ...]) -> Index:
    """The index, completed if none was given and the tensor has a single cell."""
    return (0,) * len(shape) if not index and math.prod(shape) == 1 else index


def cell_name(name: str, index: Index) -> str:
    """A cell as it is written: W[0,1]; a tensor without axes is just its name."""
    return f"{name}[{','.join(map(str, index))}]" if index else name
