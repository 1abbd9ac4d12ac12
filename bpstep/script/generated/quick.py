"""NumPy's functions without their overhead: the same bits as NumPy gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script.limits import MAX_CELLS

QUICK_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.add.reduce,
    "max": np.maximum.reduce,
    "amax": np.maximum.reduce,
    "min": np.minimum.reduce,
    "amin": np.minimum.reduce,
}
"""What NumPy's functions with these names call for an array."""


def _mean(real: Callable[..., Any]) -> Callable[..., Any]:
    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not np.ndarray:
            return real(a, *args, **kwargs)
        if args or kwargs or a.dtype is not _FLOAT or not a.size:
            return a.mean(*args, **kwargs)
        return _sum(a, None) / a.size

    return call


_sum = np.add.reduce
_FLOAT = np.dtype(float)
"""For numbers of these types, NumPy's mean is the sum divided by the count, without conversions."""


def _where(real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        if len(args) == 3 and type(args[0]) is np.ndarray:
            cells = 1
            for part in args:
                if type(part) is np.ndarray:
                    cells *= part.size
                elif type(part) is not float and type(part) is not int:
                    break
            else:
                if cells <= MAX_CELLS:
                    return np.where(*args)
        return real(*args)

    return call


QUICK: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    "mean": _mean,
    "where": _where,
}
"""Functions of NumPy by name, each made from the function to call where the quick way does not apply."""
