"""A tensor in a few characters: its size and the distribution of its cells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bpstep.explain.numbers import short_exponent

SIZE_WIDTH = 6
"""The width of a size: three digits, and the exponent if there is one.

A third digit of its exponent takes the blank before the column, if it is free.
"""

HISTOGRAM_WIDTH = 8
"""Bins of a histogram, a cell each."""

_BARS, _ASCII_BARS = " ▁▂▃▄▅▆", " .:-=+#"
"""No bar fills its line, so that those of two lines do not touch."""


def tensor_size(value: Any) -> float:
    """The root mean square of a tensor's cells; a scalar is its own size, with its sign."""
    if np.ndim(value) == 0:
        return float(value)
    cells = np.abs(np.asarray(value, dtype=float))
    greatest = float(np.max(cells, initial=0.0))
    if greatest == 0 or not math.isfinite(greatest):
        return greatest
    # Scaled first, so that the squares neither overflow nor vanish.
    return greatest * math.sqrt(float(np.mean((cells / greatest) ** 2)))


def format_size(size: float, most: int = SIZE_WIDTH + 1) -> str:
    """Three significant digits, fewer with an exponent; at most seven cells, or `most`."""
    if math.isnan(size):
        return "nan"
    if math.isinf(size):
        return "inf" if size > 0 else "-inf"
    exact = abs(float(f"{size:.2e}"))
    if exact == 0:
        return "0"
    if 0.01 <= exact < 99_950:
        decimals = max(2 - math.floor(math.log10(exact)), 0)
        return f"{size:.{min(decimals, 4)}f}"
    digits = short_exponent(f"{size:.1e}")
    return digits if len(digits) <= most else short_exponent(f"{size:.0e}")


def histogram(value: Any, ascii_only: bool) -> str:
    """How a tensor's cells are distributed between the least and the greatest; blank for a scalar."""
    cells = np.ravel(np.asarray(value, dtype=float))
    if cells.size < 2 or not np.isfinite(cells).all():
        return " " * HISTOGRAM_WIDTH
    least, greatest = float(cells.min()), float(cells.max())
    spread = greatest / 2 - least / 2
    if spread == 0:
        bins = np.full(cells.size, HISTOGRAM_WIDTH // 2)
    else:
        bins = ((cells / 2 - least / 2) / spread * HISTOGRAM_WIDTH).astype(int)
    counts = np.bincount(np.minimum(bins, HISTOGRAM_WIDTH - 1), minlength=HISTOGRAM_WIDTH)
    bars = _ASCII_BARS if ascii_only else _BARS
    heights = np.ceil(counts / counts.max() * (len(bars) - 1)).astype(int)
    return "".join(bars[height] for height in heights)
