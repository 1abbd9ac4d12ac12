"""How many digits the numbers of an operation need, so that what is printed comes out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bpstep.formula.numbers import brief, precise, short
from bpstep.formula.operation import operator_of
from bpstep.operations.inside import Inside

_FINEST = 9
_SIGNS: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}


@lru_cache(maxsize=4)
def more_digits(inside: Inside) -> int:
    """How many digits more than usual the operation's numbers need, so that what is printed adds up.

    Of a parameter's new number the last of nine digits may be one off. 0 where no number of digits helps.
    """
    operation = inside.operation
    for more in range(_FINEST):
        taken = [float(brief(value, more)) for value in operation.operands]
        again = _again(operator_of(inside), taken, operation.value)
        if renews(inside):
            text = precise(operation.value)
            if abs(again - float(text)) <= 1.01 * 10.0 ** -len(text.partition("e")[0].partition(".")[2]):
                return more
        elif short(again, more) == short(operation.value, more):
            return more
    return 0


@lru_cache(maxsize=4)
def renews(inside: Inside) -> bool:
    """True where the operation gives a parameter's new number, which is printed to nine digits."""
    return inside.step.role.kind == "update" and inside.is_finished(inside.cell)


def _again(sign: str, taken: list[float], value: float) -> float:
    """What an operator gives for the numbers as they are printed; any other its own value."""
    if sign not in _SIGNS:
        return value
    with np.errstate(all="ignore"):
        return float(_SIGNS[sign](*map(np.float64, taken)))
