"""The rule of each function by its name, for NumPy, Python and `math`."""

from __future__ import annotations

import numpy as np

from bpstep.script.numpy_calls.call import CallRule, same
from bpstep.script.numpy_calls.creation import CREATION
from bpstep.script.numpy_calls.elementwise import ELEMENTWISE
from bpstep.script.numpy_calls.joins import JOINS
from bpstep.script.numpy_calls.products import PRODUCTS
from bpstep.script.numpy_calls.reductions import REDUCTIONS, extreme, length
from bpstep.script.numpy_calls.selection import SELECTION
from bpstep.script.numpy_calls.shapes import SHAPES, astype, itself

NUMPY: dict[str, CallRule] = {
    **ELEMENTWISE,
    **PRODUCTS,
    **REDUCTIONS,
    **SHAPES,
    **JOINS,
    **CREATION,
    **SELECTION,
}
"""Rules by the function's name in NumPy; the array of a method is the first argument."""

PYTHON: dict[str, CallRule] = {
    "abs": same("abs"),
    "max": extreme("max"),
    "min": extreme("min"),
    "len": length,
    "pow": NUMPY["pow"],
}
"""Python's own built-in functions."""

MATH: dict[str, CallRule] = {
    **{name: NUMPY[name] for name in ("exp", "log", "sqrt", "tanh", "fabs", "log1p", "expm1", "pow")},
    **{name: NUMPY[name] for name in ("sin", "cos", "sinh", "cosh", "log2", "log10", "exp2", "cbrt")},
    "atan": NUMPY["arctan"],
}
"""The functions of `math`."""

FLOAT_TYPES = (float, np.float64, np.float32, np.float16)
"""Types whose call returns its argument's number."""


def type_rule(kind: type) -> CallRule | None:
    """The rule of a call of a type of numbers, such as `np.int64(x > 0)`; None for any other type."""
    if kind in FLOAT_TYPES:
        return itself
    return astype if issubclass(kind, np.number | np.bool_) else None
