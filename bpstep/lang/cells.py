"""Cells as people write them: `W[0,1]`, and `W[0,1]=0.5`."""

from __future__ import annotations

import math
import re

from bpstep.errors import BpstepError

Index = tuple[int, ...]

CellAssignment = tuple[str, Index, float]
"""A tensor, a cell of it, and the number to put there."""

_CELL = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\[\s*([0-9]{1,9}(?:\s*,\s*[0-9]{1,9})*)?\s*\])?\s*", re.ASCII)

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


def parse_cell(text: str) -> tuple[str, Index]:
    """The tensor and the indices, counted from 0, that `text` names; () where it names no cell of it.

    BpstepError where it is no cell.
    """
    match = _CELL.fullmatch(text)
    if match is None:
        raise BpstepError(f"{_excerpt(text)} is no cell: expected a name and its indices, like W[0,1]")
    return match[1], tuple(int(part) for part in match[2].split(",")) if match[2] else ()


def parse_number(text: str) -> float:
    """A finite number in Python's notation. BpstepError where it is none."""
    text = text.strip()
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise BpstepError(f"{_excerpt(text)} is no finite number: expected one like 0.5 or 1e-3")
    return value


def matches_printed(value: float | None, wanted: float, decimals: int) -> bool:
    """True where a number, None for none, is what is printed somewhere with so many decimals."""
    return value is not None and abs(value - wanted) <= 0.5 * 10.0**-decimals + 1e-12


def parse_assignment(text: str) -> CellAssignment:
    """What `W[0,1]=0.5` says. BpstepError where it does not say it like this."""
    cell, equals, number = text.partition("=")
    if not equals:
        raise BpstepError(f"{_excerpt(text)} sets nothing: expected a cell and a number, like W[0,1]=0.5")
    name, index = parse_cell(cell)
    return name, index, parse_number(number)


def complete_index(index: Index, shape: tuple[int, ...]) -> Index:
    """The index of the one cell of a tensor that has only one, where none was given."""
    return (0,) * len(shape) if not index and math.prod(shape) == 1 else index


def cell_name(name: str, index: Index) -> str:
    """A cell as it is written: W[0,1]; a tensor without axes is its name alone."""
    return f"{name}[{','.join(map(str, index))}]" if index else name


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
