"""Numbers for people: as many decimals as say something, the same for all of a tensor, nothing misleading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.network import Array

DECIMALS = 10
_SIGNIFICANT = 12


@dataclass(frozen=True)
class Grid:
    """The cells of a tensor as text, row by row; what was left out stands as None."""

    rows: list[list[str | None] | None]

    @property
    def width(self) -> int:
        """The longest cell."""
        return max(len(cell) for row in self.rows if row for cell in row if cell)


def grid(value: Any, most_rows: int, most_columns: int, decimals: int = DECIMALS) -> Grid:
    """A tensor of at most two axes; of a large one the first and last rows and columns."""
    table = np.atleast_2d(np.asarray(value, dtype=np.float64))
    rows, columns = _kept(table.shape[0], most_rows), _kept(table.shape[1], most_columns)
    shown = table[[at for at in rows if at is not None]][:, [at for at in columns if at is not None]]
    texts = iter(numbers(shown.ravel(), decimals))
    return Grid(
        [None if row is None else [None if at is None else next(texts) for at in columns] for row in rows]
    )


def numbers(values: Array, decimals: int = DECIMALS) -> list[str]:
    """One text for each number, all in one form."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    # A number that is not 0 must not look like it.
    if len(sizes) and (sizes.max() >= 1e9 or sizes.min() < 10.0**-decimals):
        return [_text(value, f".{min(decimals, 8)}e") for value in values]
    if len(sizes):
        decimals = min(decimals, _SIGNIFICANT - len(str(int(sizes.max()))))
    texts = [_text(value, f".{decimals}f") for value in values]
    zeros = min((_trailing(text) for text in texts if "." in text), default=0)
    # One decimal stays, so that a number looks like the float it is.
    cut = max(0, min(zeros, decimals - 1))
    return [text[: len(text) - cut] if "." in text else text for text in texts]


def number(value: float, decimals: int = DECIMALS) -> str:
    """One number."""
    return numbers(np.array([value]), decimals)[0]


def _text(value: float, form: str) -> str:
    if not np.isfinite(value):
        return str(float(value))
    text = format(value, form)
    return text[1:] if text.startswith("-") and not text.strip("-0.e+") else text


def _trailing(text: str) -> int:
    return len(text) - len(text.rstrip("0"))


def _kept(count: int, most: int) -> list[int | None]:
    """Indices, with None where some in the middle are left out."""
    if count <= most:
        return list(range(count))
    last = max(1, most // 3)
    return [*range(most - last), None, *range(count - last, count)]
