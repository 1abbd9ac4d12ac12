"""The functions that an equation may call: their arguments and what NumPy runs for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.lang.macros import ACTIVATIONS


@dataclass(frozen=True)
class Function:
    """How a function is called and what computes it."""

    arity: int
    """Number of array arguments."""
    run: Callable[..., Any]
    keywords: tuple[str, ...] = ()
    kind: str = "elementwise"
    """elementwise, reduction, or the function's own name where its result's shape is its own matter."""


_ADD_REDUCE: Any = np.add.reduce


def _sum(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """numpy.sum without its Python wrapper: the same reduction, the same bits."""
    return _ADD_REDUCE(x, axis=axis, keepdims=keepdims)


_REDUCTION_KEYWORDS = ("axis", "keepdims")

FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, np.abs),
    "exp": Function(1, np.exp),
    "log": Function(1, np.log),
    "sqrt": Function(1, np.sqrt),
    "tanh": Function(1, np.tanh),
    "sum": Function(1, _sum, _REDUCTION_KEYWORDS, "reduction"),
    "mean": Function(1, np.mean, _REDUCTION_KEYWORDS, "reduction"),
    "max": Function(1, np.max, _REDUCTION_KEYWORDS, "reduction"),
    "min": Function(1, np.min, _REDUCTION_KEYWORDS, "reduction"),
    "any": Function(1, np.any, _REDUCTION_KEYWORDS, "reduction"),
    "all": Function(1, np.all, _REDUCTION_KEYWORDS, "reduction"),
    "where": Function(3, np.where),
    "repeat": Function(2, np.repeat, ("axis",), "repeat"),
    "concatenate": Function(1, np.concatenate, ("axis",), "concatenate"),
    "outer": Function(2, np.outer, (), "outer"),
    "ones_like": Function(1, np.ones_like),
    "zeros_like": Function(1, np.zeros_like),
}

# Activations never run under their own name: lowering puts their definition in their place.
INLINED = tuple(name for name in ACTIVATIONS if name not in FUNCTIONS)

NAMES = (*FUNCTIONS, *INLINED)
"""Every name that stands for a function and so can be no tensor's."""


def signature(name: str) -> tuple[int, tuple[str, ...]]:
    """Number of arguments and allowed keywords of the function `name`."""
    if name in FUNCTIONS:
        return FUNCTIONS[name].arity, FUNCTIONS[name].keywords
    return 1, ()


def namespace() -> dict[str, Any]:
    """The globals that lowered code runs in; a new one each time, since `eval` writes into it."""
    return {name: function.run for name, function in FUNCTIONS.items()}
