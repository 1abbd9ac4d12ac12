"""Numbers as people read them: a few fixed formats, each with a width that its columns keep."""

from __future__ import annotations

import math
from collections.abc import Callable

from bpstep.frozen import frozen


@frozen
class NumberFormat:
    """A way to print numbers, and the cells its columns need."""

    name: str
    width: int
    format: Callable[[float], str]


def format_short(x: float, extra: int = 0) -> str:
    """Four decimals, fewer for large numbers, else two digits and a power of ten; at most 7 cells.

    `extra` adds this many digits, and as many cells.
    """
    if not math.isfinite(x):
        return _format_nonfinite(x)
    size = abs(x)
    if size == 0:
        return f"{0:.{4 + extra}f}"
    if size >= 0.0005:
        for decimals in range(4 + extra, -1, -1):
            text = f"{x:.{decimals}f}"
            # A minus sign has its own cell, so that numbers of both signs have the same decimals.
            if len(text.lstrip("-")) <= 6 + extra:
                return text
    digits = short_exponent(f"{x:.{1 + extra}e}")
    return digits if len(digits) <= 7 + extra else short_exponent(f"{x:.{extra}e}")


_SMALL = 0.01
"""Below this, a number with four decimals shows only two significant digits or one: too few for a logarithm.
"""


def format_sensitive(x: float) -> str:
    """As `format_short`, but small numbers get four digits, for arithmetic that depends on them."""
    text = format_short(x)
    if not 0 < abs(x) < _SMALL or float(text) == x:
        return text
    return f"{x:.4g}" if "e" not in text else short_exponent(f"{x:.3e}")


_MANY_ZEROS = 6
"""More zeros than anybody counts at a glance."""

_ROUNDED_FROM = 100_000
"""Larger counts are rounded to three digits."""


def format_count(count: int) -> str:
    """A count in at most six characters: 2048, 200k, 12.8M."""
    if count < _ROUNDED_FROM:
        return str(count)
    size, unit = (1e6, "M") if count >= 999_500 else (1e3, "k")
    return f"{count / size:.3g}{unit}" if count < 999_500_000 else f"{count / size:.0f}{unit}"


def format_brief(x: float, extra: int = 0) -> str:
    """A number in full if it is short, 0.5 or -0.04; else as `format_short` prints it."""
    text = format_precise(x)
    return text if len(text.lstrip("-")) <= 6 + extra and "e" not in text else format_short(x, extra)


def format_precise(x: float) -> str:
    """Nine significant digits without trailing zeros: for changes that four decimals hide."""
    if not math.isfinite(x):
        return _format_nonfinite(x)
    text = f"{x:.9g}"
    return short_exponent(text) if "e" in text else "0" if text == "-0" else text


def format_literal(x: float) -> str:
    """A number as written in an equation, exact and without unnecessary zeros: 2, 0.01, 1e-8, -1e9."""
    text = repr(float(x))
    if "e" in text:
        return short_exponent(text).replace(".0e", "e")
    text = text.removesuffix(".0")
    digit = text.rstrip("0")
    if len(text) - len(digit) >= _MANY_ZEROS and len(digit.lstrip("-")) == 1:
        return f"{digit}e{len(text) - len(digit)}"
    return text


def _format_long(x: float) -> str:
    if not math.isfinite(x):
        return _format_nonfinite(x)
    text = f"{x + 0.0:.8f}"
    if x == 0 or (abs(x) >= 1e-4 and len(text) <= 13):
        return text
    digits = short_exponent(f"{x:.6e}")
    return digits if len(digits) <= 13 else short_exponent(f"{x:.5e}")


def _format_scientific(x: float) -> str:
    return short_exponent(f"{x + 0.0:.3e}") if math.isfinite(x) else _format_nonfinite(x)


def _format_exact(x: float) -> str:
    return repr(float(x)) if math.isfinite(x) else _format_nonfinite(x)


def _format_nonfinite(x: float) -> str:
    return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"


def short_exponent(text: str) -> str:
    """A number in scientific format without the zeros of its exponent: 1e-05 as 1e-5."""
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"


FORMATS = (
    NumberFormat("4 decimals", 7, format_short),
    NumberFormat("8 decimals", 13, _format_long),
    NumberFormat("scientific", 11, _format_scientific),
    NumberFormat("exact", 24, _format_exact),
)
