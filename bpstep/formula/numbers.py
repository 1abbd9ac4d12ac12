"""Numbers as people read them: a few fixed formats, each with a width that its columns keep."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class NumberFormat:
    """A way to print numbers, and the cells its columns need."""

    name: str
    width: int
    show: Callable[[float], str]


def short(x: float) -> str:
    """Four decimals where that says something, else two digits and a power of ten; at most 7 cells."""
    size = abs(x)
    if not math.isfinite(x):
        return _special(x)
    if size == 0:
        return "0.0000"
    if 0.0005 <= size < 1e5:
        return f"{x:.{4 if size < 10 else 3 if size < 100 else 2 if size < 1000 else 0}f}"
    for digits in (1, 0):
        text = _power(f"{x:.{digits}e}")
        if len(text) <= 7:
            return text
    return text


def precise(x: float) -> str:
    """Nine significant digits without trailing zeros: for changes that four decimals hide."""
    if not math.isfinite(x):
        return _special(x)
    text = f"{x:.9g}"
    return _power(text) if "e" in text else "0" if text == "-0" else text


def _long(x: float) -> str:
    if not math.isfinite(x):
        return _special(x)
    size = abs(x)
    return f"{x + 0.0:.8f}" if size == 0 or 1e-4 <= size < 1e4 else _power(f"{x:.6e}")


def _scientific(x: float) -> str:
    return _power(f"{x + 0.0:.3e}") if math.isfinite(x) else _special(x)


def _exact(x: float) -> str:
    return repr(float(x)) if math.isfinite(x) else _special(x)


def _special(x: float) -> str:
    return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"


def _power(text: str) -> str:
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"


FORMATS = (
    NumberFormat("4 decimals", 7, short),
    NumberFormat("8 decimals", 13, _long),
    NumberFormat("scientific", 11, _scientific),
    NumberFormat("exact", 24, _exact),
)
