"""Fractions and decimals of scripts: Python's own, with results of a limited size."""

from __future__ import annotations

import decimal
import fractions
import numbers
import re
from collections.abc import Callable
from typing import Any

from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.methods import METHODS, READABLE, attributes_of
from bpstep.script.limits import check_bits

_BITS_OF_DIGIT = 4

_OPERATORS = (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __floordiv__ __rfloordiv__"
    " __mod__ __rmod__ __divmod__ __rdivmod__ __pow__ __rpow__ __neg__ __pos__ __abs__ __round__"
)
_OF_FRACTIONS = "limit_denominator as_integer_ratio is_integer conjugate"
_OF_DECIMALS = (
    "adjusted as_integer_ratio as_tuple compare conjugate copy_abs copy_negate copy_sign exp is_finite"
    " is_infinite is_nan is_signed is_zero ln log10 max min normalize quantize remainder_near scaleb sqrt"
    " to_integral_value"
)


class Fraction(fractions.Fraction):
    """`fractions.Fraction`."""

    def __new__(cls, numerator: Any = 0, denominator: Any = None) -> Fraction:
        """OutOfBounds if the numerator or the denominator would be too long."""
        if isinstance(numerator, str):
            exponent = re.search(r"[eE]([-+]?\d{1,9})", numerator)
            check_bits((len(numerator) + abs(int(exponent[1]) if exponent else 0)) * _BITS_OF_DIGIT)
        made = super().__new__(cls, numerator, denominator)
        check_bits(_bits(made))
        return made

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, int | fractions.Fraction) and exponent.denominator == 1:
            check_bits(_bits(self) * abs(int(exponent)))
        return super().__pow__(exponent)

    def __rpow__(self, base: Any) -> Any:
        if not isinstance(base, numbers.Rational):
            return super().__rpow__(base)
        power = Fraction(base.numerator, base.denominator) ** self
        # A whole number to the power of a natural one stays a whole number.
        return base**self.numerator if self.denominator == 1 and self >= 0 else power

    def __round__(self, ndigits: Any = None) -> Any:
        check_bits(abs(ndigits or 0) * _BITS_OF_DIGIT)
        return super().__round__(ndigits)


def _bits(number: fractions.Fraction) -> int:
    return max(int(number.numerator).bit_length(), int(number.denominator).bit_length())


class Decimal(decimal.Decimal):
    """`decimal.Decimal`, in the context that Python begins with."""

    def __new__(cls, value: Any = "0") -> Decimal:
        """OutOfBounds if the number without an exponent would be too long."""
        made = super().__new__(cls, value)
        if made.is_finite():
            check_bits((abs(made.adjusted()) + len(made.as_tuple().digits)) * _BITS_OF_DIGIT)
        return made


def _kept(kind: Any, base: Any, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of `base` whose results are of the limited kind."""

    def of_kind(found: Any) -> Any:
        if type(found) is tuple:
            return tuple(map(of_kind, found))
        return kind(found) if type(found) is base else found

    def run(*args: Any, **kwargs: Any) -> Any:
        return of_kind(method(*args, **kwargs))

    return run


for _kind, _names in ((Fraction, _OF_FRACTIONS), (Decimal, _OF_DECIMALS)):
    _base: Any = _kind.__base__
    for _name, _method in attributes_of(_kind, _OPERATORS).items():
        setattr(_kind, _name, _kept(_kind, _base, _method))
    _methods = attributes_of(_base, _names)
    METHODS[_kind] = {name: _kept(_kind, _base, method) for name, method in _methods.items()}
    READABLE[_kind] = frozenset({"numerator", "denominator", "real", "imag"} & set(dir(_base)))

FRACTION_NAMES: Namespace = {"Fraction": Fraction}
DECIMAL_NAMES: Namespace = {
    "Decimal": Decimal,
    **attributes_of(
        decimal,
        "ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP"
        " ROUND_05UP InvalidOperation DivisionByZero Overflow DecimalException",
    ),
}
