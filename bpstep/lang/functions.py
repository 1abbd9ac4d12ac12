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
    arguments: str = "x"
    """The arguments as a person writes them, keywords left out: `[a, b]`."""
    gives: str = ""
    """What the result is, in a few words for the list of functions."""
    derivative: str = ""
    """The derivative by `x`, as an expression in `x`; empty where none is elementwise."""


_ADD_REDUCE: Any = np.add.reduce


def _sum(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """numpy.sum without its Python wrapper: the same reduction, the same bits."""
    return _ADD_REDUCE(x, axis=axis, keepdims=keepdims)


_KEYWORD_FORMS = {"axis": "axis=0", "keepdims": "keepdims=True"}

_REDUCTION_KEYWORDS = ("axis", "keepdims")


def _reduction(run: Callable[..., Any], gives: str) -> Function:
    return Function(1, run, _REDUCTION_KEYWORDS, "reduction", gives=gives)


FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, np.abs, gives="x without its sign", derivative="where(x < 0, -1, 1)"),
    "exp": Function(1, np.exp, gives="e to the power x", derivative="exp(x)"),
    "log": Function(1, np.log, gives="natural logarithm", derivative="1 / x"),
    "sqrt": Function(1, np.sqrt, gives="square root", derivative="1 / (2 * sqrt(x))"),
    "tanh": Function(1, np.tanh, gives="hyperbolic tangent", derivative=ACTIVATIONS["tanh"].derivative),
    "sum": _reduction(_sum, "sum of all cells, or along an axis"),
    "mean": _reduction(np.mean, "mean of all cells, or along an axis"),
    "max": _reduction(np.max, "largest cell, or largest along an axis"),
    "min": _reduction(np.min, "smallest cell, or smallest along an axis"),
    "any": _reduction(np.any, "1 if any cell is not 0, else 0"),
    "all": _reduction(np.all, "1 if no cell is 0, else 0"),
    "where": Function(3, np.where, arguments="c, a, b", gives="a where c is true, else b"),
    "repeat": Function(2, np.repeat, ("axis",), "repeat", "x, 3", "each cell three times"),
    "concatenate": Function(
        1, np.concatenate, ("axis",), "concatenate", "[a, b]", "arrays one after the other"
    ),
    "outer": Function(2, np.outer, (), "outer", "a, b", "every product of a cell of a and one of b"),
    "ones_like": Function(1, np.ones_like, gives="ones in the shape of x", derivative="0"),
    "zeros_like": Function(1, np.zeros_like, gives="zeros in the shape of x", derivative="0"),
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


@dataclass(frozen=True)
class FunctionHelp:
    """A function in the list of functions."""

    call: str
    gives: str
    """What the call gives: words, or for an activation its definition."""
    derivative: str
    """The derivative by `x`; empty where there is none."""


def function_help() -> list[FunctionHelp]:
    """Every function of the language, in the order of the tables."""
    rows = []
    for name in NAMES:
        if name in FUNCTIONS:
            function = FUNCTIONS[name]
            arguments = ", ".join((function.arguments, *(_KEYWORD_FORMS[each] for each in function.keywords)))
            rows.append(FunctionHelp(f"{name}({arguments})", function.gives, function.derivative))
        else:
            activation = ACTIVATIONS[name]
            rows.append(FunctionHelp(f"{name}(x)", activation.definition, activation.derivative))
    return rows


def namespace() -> dict[str, Any]:
    """The globals that lowered code runs in; a new one each time, since `eval` writes into it."""
    return {name: function.run for name, function in FUNCTIONS.items()}
