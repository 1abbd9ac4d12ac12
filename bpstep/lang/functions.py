"""The functions that an expression may call: one row each, from which every other module reads."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.lang.macros import ACTIVATIONS


@dataclass(frozen=True)
class Function:
    """How a function is called, what computes it, and what about it is not as for the others."""

    arity: int
    """Number of array arguments."""
    run: Callable[..., Any]
    keywords: tuple[str, ...] = ()
    kind: str = "elementwise"
    """elementwise, reduction, or the function's own name where its shape follows a rule of its own."""
    arguments: str = "x"
    """The arguments as a person writes them, keywords left out: `[a, b]`."""
    gives: str = ""
    """What the result is, in a few words for the list of functions."""
    derivative: str = ""
    """The derivative by `x`, as an expression in `x`; empty where none is elementwise."""
    conditions: tuple[int, ...] = ()
    """Which arguments are conditions; a comparison there stays a truth value."""
    gives_truth: bool = False
    """True where the result is a truth value, which counts as 1.0 or 0.0 in arithmetic."""
    zero_rank: bool = False
    """True where NumPy gives an array without axes where every other function gives a scalar."""
    moves: bool = False
    """True where numbers are only arranged anew and none is computed."""
    shape_only: bool = False
    """True where the result depends on the argument's shape only."""
    kinked: bool = False
    """True where the derivative jumps, so that a difference across the jump is no slope."""
    accumulator: np.ufunc = np.add
    """What a reduction does with each further term."""


_ADD_REDUCE: Any = np.add.reduce


def _sum(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """numpy.sum without its Python wrapper: the same reduction, the same bits."""
    return _ADD_REDUCE(x, axis=axis, keepdims=keepdims)


_KEYWORD_FORMS = {"axis": "axis=0", "keepdims": "keepdims=True"}


def _reduction(run: Callable[..., Any], gives: str, **facts: Any) -> Function:
    return Function(1, run, ("axis", "keepdims"), "reduction", gives=gives, **facts)


FUNCTIONS: dict[str, Function] = {
    "abs": Function(1, np.abs, gives="x without its sign", derivative="where(x < 0, -1, 1)", kinked=True),
    "exp": Function(1, np.exp, gives="e to the power x", derivative="exp(x)"),
    "log": Function(1, np.log, gives="natural logarithm", derivative="1 / x"),
    "sqrt": Function(1, np.sqrt, gives="square root", derivative="1 / (2 * sqrt(x))"),
    "tanh": Function(1, np.tanh, gives="hyperbolic tangent", derivative=ACTIVATIONS["tanh"].derivative),
    "sum": _reduction(_sum, "sum of all cells, or along an axis"),
    "mean": _reduction(np.mean, "mean of all cells, or along an axis"),
    "max": _reduction(np.max, "largest cell, or largest along an axis", kinked=True, accumulator=np.maximum),
    "min": _reduction(
        np.min, "smallest cell, or smallest along an axis", kinked=True, accumulator=np.minimum
    ),
    "any": _reduction(
        np.any,
        "1 if any cell is not 0, else 0",
        conditions=(0,),
        gives_truth=True,
        accumulator=np.logical_or,
    ),
    "all": _reduction(
        np.all, "1 if no cell is 0, else 0", conditions=(0,), gives_truth=True, accumulator=np.logical_and
    ),
    "where": Function(
        3,
        np.where,
        arguments="c, a, b",
        gives="a where c is true, else b",
        conditions=(0,),
        zero_rank=True,
        kinked=True,
    ),
    "repeat": Function(2, np.repeat, ("axis",), "repeat", "x, 3", "each cell three times", moves=True),
    "concatenate": Function(
        1, np.concatenate, ("axis",), "concatenate", "[a, b]", "arrays one after the other", moves=True
    ),
    "outer": Function(2, np.outer, (), "outer", "a, b", "every product of a cell of a and one of b"),
    "ones_like": Function(
        1, np.ones_like, gives="ones in the shape of x", derivative="0", zero_rank=True, shape_only=True
    ),
    "zeros_like": Function(
        1, np.zeros_like, gives="zeros in the shape of x", derivative="0", zero_rank=True, shape_only=True
    ),
}

# Activations never run under their own name: lowering puts their definition in their place.
INLINED = tuple(name for name in ACTIVATIONS if name not in FUNCTIONS)

NAMES = (*FUNCTIONS, *INLINED)
"""Every name that stands for a function and so cannot be a tensor's."""

METHODS = ("sum", "mean", "max", "min", "any", "all", "dot", "reshape", "transpose")
"""What may be called after a dot; all but reshape are another way to write a function or operator."""


def signature(name: str) -> tuple[int, tuple[str, ...]]:
    """Number of arguments and allowed keywords of the function `name`."""
    if name in FUNCTIONS:
        return FUNCTIONS[name].arity, FUNCTIONS[name].keywords
    return 1, ()


def function_name(node: ast.AST) -> str:
    """The name of the function that a node calls; empty for any other node."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def called_function(node: ast.AST) -> Function | None:
    """The row of the function that a node calls; None for any other node and for activations."""
    return FUNCTIONS.get(function_name(node))


def gives_truth(node: ast.AST) -> bool:
    """True for what gives truth values: a comparison, any and all."""
    function = called_function(node)
    return isinstance(node, ast.Compare) or (function is not None and function.gives_truth)


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
