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


def short(x: float, more: int = 0) -> str:
    """Four decimals, fewer for large numbers, else two digits and a power of ten; at most 7 cells.

    With `more` there are so many more digits, and cells.
    """
    if not math.isfinite(x):
        return _special(x)
    size = abs(x)
    if size == 0:
        return f"{0:.{4 + more}f}"
    if size >= 0.0005:
        for decimals in range(4 + more, -1, -1):
            text = f"{x:.{decimals}f}"
            # A minus sign has its own cell, so that numbers of both signs have the same decimals.
            if len(text.lstrip("-")) <= 6 + more:
                return text
    digits = _power(f"{x:.{1 + more}e}")
    return digits if len(digits) <= 7 + more else _power(f"{x:.{more}e}")


def brief(x: float, more: int = 0) -> str:
    """A number as short as it is exact, 0.5 or -0.04; else as `short` prints it."""
    text = precise(x)
    return text if len(text.lstrip("-")) <= 6 + more and "e" not in text else short(x, more)


def precise(x: float) -> str:
    """Nine significant digits without trailing zeros: for changes that four decimals hide."""
    if not math.isfinite(x):
        return _special(x)
    text = f"{x:.9g}"
    return _power(text) if "e" in text else "0" if text == "-0" else text


def written(x: float) -> str:
    """A number as it stands in an equation, exact and without needless zeros: 2, 0.01, 1e-8."""
    text = repr(float(x))
    return _power(text).replace(".0e", "e") if "e" in text else text.removesuffix(".0")


def _long(x: float) -> str:
    if not math.isfinite(x):
        return _special(x)
    text = f"{x + 0.0:.8f}"
    if x == 0 or (abs(x) >= 1e-4 and len(text) <= 13):
        return text
    digits = _power(f"{x:.6e}")
    return digits if len(digits) <= 13 else _power(f"{x:.5e}")


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
