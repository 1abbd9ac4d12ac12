"""The functions that an expression may call: one row each, from which every other module reads.

A function with a `definition` is short for an expression: lowering, the operations inside an equation and a
cell's arithmetic are those of the definition.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.frozen import frozen
from bpstep.lang import cell_recipes, shape_rules
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.cell_recipes import CellRule, NumberAt, Recipe
from bpstep.lang.cells import Index
from bpstep.lang.shape_rules import Inner, ShapeRule
from bpstep.lang.trees import function_name, keepdims, keyword, listed_items, substituted


@frozen
class Function:
    """A function of the language: how it is called, what computes it, its shape and its derivative."""

    run: Callable[..., Any] | None = None
    """The function on NumPy's arrays; None for a function that is lowered to its definition."""
    takes: tuple[str, ...] = ("array",)
    """The arguments by position: `array`, `arrays` (a list of them), `more` (any number of arrays), or, for
    arguments that are not operands, `whole` (a whole number), `wholes` (one or several), `widths` and
    `indices`. A `?` marks optional ones.
    """
    keywords: tuple[str, ...] = ()
    shape: ShapeRule | None = None
    """The result's shape; None if the operands are broadcast."""
    cell: CellRule | None = None
    """The arithmetic of one cell; None for an elementwise function, which applies itself to the cells."""
    definition: str = ""
    """The function as an expression in the letters of `arguments`; empty if `run` computes it."""
    arguments: str = "x"
    """The arguments as a person writes them, without keywords: `[a, b]`."""
    forms: tuple[str, ...] = ()
    """The keywords as written in the list of functions."""
    gives: str = ""
    """The result in a few words, for the list of functions."""
    derivative: str = ""
    """The derivative with respect to `x`, as an expression in `x`; empty if there is no elementwise one."""
    slope: str = ""
    """The derivative in terms of the result `y`, if that is shorter: nothing is computed twice."""
    back: str = ""
    """The gradients of the operands, given the gradient `g` of the result, for the list of functions; empty
    if the derivative says it or if there is none.
    """
    symbol: str = ""
    """Its name in symbols; empty for its own name."""
    plain: str = ""
    """The same in ASCII."""
    latex: str = ""
    """Its name in LaTeX; empty for its own name set upright."""
    written: str = ""
    """The expression that replaces a call in symbols and LaTeX, in the letters of `arguments`."""
    conditions: tuple[int, ...] = ()
    """Which arguments are conditions; a comparison there stays a truth value."""
    gives_truth: bool = False
    """True if the result is a truth value, which counts as 1.0 or 0.0 in arithmetic."""
    integer: bool = False
    """True if the result is whole numbers, which can be indices."""
    picks: bool = False
    """True if each number of the result is one of an operand's, at most without its sign: whole numbers stay
    whole.
    """
    zero_rank: bool = False
    """True if NumPy returns an array without axes where every other function returns a scalar."""
    moves: bool = False
    """True if numbers are only rearranged and none is computed."""
    shape_only: bool = False
    """True if the result depends only on the argument's shape."""
    kinked: bool = False
    """True if the derivative jumps, so that a difference across the jump is not a slope."""
    accumulator: np.ufunc = np.add
    """How a reduction combines each further term."""
    reduces: bool = False
    """True if each cell of the result combines many cells of the operand, along axes."""


def one_hot(x: Any, n: int) -> Any:
    """A 1 in the position of each class, 0 elsewhere; as in an index, -1 counts from the end."""
    x = np.asarray(x)[..., None]
    return (np.where(x < 0, x + n, x) == np.arange(n)) + 0.0


def size(x: Any, axis: int | None = None) -> int:
    """The number of cells, in all or along an axis."""
    return int(np.size(x) if axis is None else np.shape(x)[axis])


def windows(x: Any, length: Any, axis: Any = None) -> Any:
    """All windows of a length, along the axes; the positions within a window come last."""
    return np.lib.stride_tricks.sliding_window_view(x, length, axis)


def overlap_add(x: Any, axis: Any) -> Any:
    """The windows of `windows`, with each number added at the position that it came from."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = x.ndim - len(axes)
    shape = list(x.shape[:rank])
    for at, length in zip(axes, x.shape[rank:]):
        shape[at] += length - 1
    result = np.zeros(shape)
    for within in np.ndindex(*x.shape[rank:]):
        places = [slice(None)] * rank
        for at, start in zip(axes, within):
            places[at] = slice(start, start + x.shape[at])
        result[tuple(places)] += x[(..., *within)]
    return result


def uniform(*keys: Any) -> Any:
    """A number of at least 0 and less than 1 for each tuple of numbers: it looks random and is always the
    same.
    """
    bits = np.zeros(1, np.uint64)
    for key in keys:
        # The bits of the number are mixed in by splitmix64; -0.0 is 0.0.
        bits = (bits ^ (np.atleast_1d(key) + 0.0).view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits = bits ^ (bits >> np.uint64(31))
    found = (bits >> np.uint64(11)) * 2.0**-53
    return found if any(np.ndim(key) for key in keys) else found[0]


_ADD_REDUCE: Any = np.add.reduce
_MAX_REDUCE: Any = np.maximum.reduce


def _sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """numpy.sum without its Python wrapper: the same reduction, the same bits."""
    return _ADD_REDUCE(x, axis=axis, keepdims=keepdims)


def _max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """numpy.max without its Python wrapper."""
    if type(x) is not np.ndarray:
        return np.max(x, axis=axis, keepdims=keepdims)
    return _MAX_REDUCE(x, axis=axis, keepdims=keepdims)


_FLOAT = np.dtype(float)


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """numpy.mean of floats without its detours: the sum by the count, the same bits."""
    if type(x) is not np.ndarray or x.dtype is not _FLOAT or not x.size:
        return np.mean(x, axis=axis, keepdims=keepdims)
    found = _ADD_REDUCE(x, axis=axis, keepdims=keepdims)
    if axis is None:
        return found / x.size
    count = 1
    for each in (axis,) if isinstance(axis, int) else axis:
        count *= x.shape[each]
    found /= count  # in place, as NumPy does: the result's layout in memory is part of later sums' order
    return found


def _pad(x: Any, widths: Any) -> Any:
    """numpy.pad with zeros, several times as fast for small arrays."""
    if type(x) is not np.ndarray or not _are_pairs(widths, x.ndim):
        return np.pad(x, widths)
    shape = [size + before + after for size, (before, after) in zip(x.shape, widths)]
    found = np.zeros(shape, x.dtype, "F" if x.flags.fnc else "C")
    found[tuple(slice(before, before + size) for size, (before, _) in zip(x.shape, widths))] = x
    return found


def _are_pairs(widths: Any, count: int) -> bool:
    if type(widths) is not tuple or len(widths) != count:
        return False
    return all(type(pair) is tuple and len(pair) == 2 and min(pair) >= 0 for pair in widths)


_AXIS, _KEPT = "axis=0", "keepdims=True"


def _reduction(run: Callable[..., Any] | None, gives: str, **facts: Any) -> Function:
    return Function(
        run,
        keywords=("axis", "keepdims"),
        shape=shape_rules.reduction,
        cell=cell_recipes.folded,
        forms=(_AXIS, _KEPT),
        gives=gives,
        reduces=True,
        **facts,
    )


def _moving(
    run: Callable[..., Any], takes: tuple[str, ...], arguments: str, gives: str, back: str, **facts: Any
) -> Function:
    return Function(run, takes, arguments=arguments, gives=gives, back=back, moves=True, picks=True, **facts)


def _pair(run: Callable[..., Any] | None, gives: str, **facts: Any) -> Function:
    return Function(run, ("array", "array"), arguments="a, b", gives=gives, **facts)


FUNCTIONS: dict[str, Function] = {
    "abs": Function(np.abs, gives="x without its sign", derivative="sign(x)", picks=True, kinked=True),
    "exp": Function(np.exp, gives="e to the power x", derivative="exp(x)", slope="y", latex=r"\exp"),
    "log": Function(
        np.log, gives="natural logarithm", derivative="1 / x", symbol="ln", plain="ln", latex=r"\ln"
    ),
    "sqrt": Function(
        np.sqrt,
        gives="square root",
        derivative="1 / (2 * sqrt(x))",
        slope="1 / (2 * y)",
        symbol="√",
        plain="sqrt",
    ),
    "tanh": Function(
        np.tanh,
        gives="hyperbolic tangent",
        derivative=ACTIVATIONS["tanh"].derivative,
        slope="1 - y**2",
        latex=r"\tanh",
    ),
    "sin": Function(np.sin, gives="sine", derivative="cos(x)", latex=r"\sin"),
    "cos": Function(np.cos, gives="cosine", derivative="-sin(x)", latex=r"\cos"),
    "sinh": Function(np.sinh, gives="hyperbolic sine", derivative="cosh(x)", latex=r"\sinh"),
    "cosh": Function(np.cosh, gives="hyperbolic cosine", derivative="sinh(x)", latex=r"\cosh"),
    "arctan": Function(np.arctan, gives="arc tangent", derivative="1 / (1 + x**2)", latex=r"\arctan"),
    "floor": Function(np.floor, gives="x rounded down to a whole number", derivative="0", kinked=True),
    "sum": _reduction(_sum, "sum of all cells, or along an axis", back="g for every cell"),
    "mean": _reduction(_mean, "mean of all cells, or along an axis", back="g / count for every cell"),
    "max": _reduction(
        _max,
        "largest cell, or largest along an axis",
        back="g * m / sum(m) with m = where(x == max(x), 1, 0)",
        picks=True,
        kinked=True,
        accumulator=np.maximum,
    ),
    "min": _reduction(
        np.min,
        "smallest cell, or smallest along an axis",
        back="g * m / sum(m) with m = where(x == min(x), 1, 0)",
        picks=True,
        kinked=True,
        accumulator=np.minimum,
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
        np.where,
        ("array", "array", "array"),
        arguments="c, a, b",
        gives="a where c is true, else b",
        back="g * where(c, 1, 0), g * where(c, 0, 1)",
        picks=True,
        conditions=(0,),
        zero_rank=True,
        kinked=True,
    ),
    "repeat": _moving(
        np.repeat,
        ("array", "whole"),
        "x, 3",
        "each cell three times",
        "the sum of each cell's copies",
        keywords=("axis",),
        forms=(_AXIS,),
        shape=shape_rules.repeat,
        cell=cell_recipes.repeat,
    ),
    "concatenate": _moving(
        np.concatenate,
        ("arrays",),
        "[a, b]",
        "arrays one after the other",
        "each its part of g",
        keywords=("axis",),
        forms=(_AXIS,),
        shape=shape_rules.concatenate,
        cell=cell_recipes.concatenate,
    ),
    "outer": _pair(
        np.outer,
        "every product of a cell of a and one of b",
        shape=shape_rules.outer,
        cell=cell_recipes.outer,
        back="g @ b, a @ g",
    ),
    "ones_like": Function(
        np.ones_like,
        gives="ones in the shape of x",
        derivative="0",
        zero_rank=True,
        shape_only=True,
        cell=cell_recipes.filled(1.0),
    ),
    "zeros_like": Function(
        np.zeros_like,
        gives="zeros in the shape of x",
        derivative="0",
        zero_rank=True,
        shape_only=True,
        cell=cell_recipes.filled(0.0),
    ),
    "zeros": Function(
        np.zeros,
        ("wholes",),
        arguments="(2, 3)",
        gives="zeros in a shape",
        cell=cell_recipes.filled(0.0),
        shape=shape_rules.filled,
    ),
    "ones": Function(
        np.ones,
        ("wholes",),
        arguments="(2, 3)",
        gives="ones in a shape",
        cell=cell_recipes.filled(1.0),
        shape=shape_rules.filled,
    ),
    "maximum": _pair(
        np.maximum,
        "the larger of two, cell by cell",
        back="g * where(a > b, 1, 0), g * where(a > b, 0, 1)",
        picks=True,
        kinked=True,
        symbol="max",
        plain="max",
        latex=r"\max",
    ),
    "minimum": _pair(
        np.minimum,
        "the smaller of two, cell by cell",
        back="g * where(a < b, 1, 0), g * where(a < b, 0, 1)",
        picks=True,
        kinked=True,
        symbol="min",
        plain="min",
        latex=r"\min",
    ),
    "clip": Function(
        takes=("array", "array", "array"),
        arguments="x, a, b",
        definition="minimum(maximum(x, a), b)",
        back="g * where(x == clip(x, a, b), 1, 0)",
        picks=True,
        kinked=True,
    ),
    "sign": Function(np.sign, gives="-1, 0 or 1", derivative="0", kinked=True),
    "step": Function(definition="where(x > 0, 1, where(x <= 0, 0, x))", derivative="0", kinked=True),
    "square": Function(definition="x**2", derivative="2 * x", written="x**2"),
    "power": _pair(None, "", definition="a**b", back="g * b * a**(b - 1), g * a**b * log(a)", written="a**b"),
    "log1p": Function(
        np.log1p, gives="log(1 + x), accurate for small x", derivative="1 / (1 + x)", written="log(1 + x)"
    ),
    "expm1": Function(
        np.expm1, gives="exp(x) - 1, accurate for small x", derivative="exp(x)", written="exp(x) - 1"
    ),
    "dot": _pair(
        None, "", definition="a @ b", shape=shape_rules.dot, back="g @ b.T, a.T @ g", written="a @ b"
    ),
    "matmul": _pair(
        None, "", definition="a @ b", shape=shape_rules.matmul_call, back="g @ b.T, a.T @ g", written="a @ b"
    ),
    "einsum": Function(
        np.einsum,
        ("indices", "array", "more"),
        arguments='"ij,jk->ik", a, b',
        gives="sums of products over the indices left out",
        back='einsum("ik,jk->ij", g, b), einsum("ij,ik->jk", a, g)',
        shape=shape_rules.einsum,
        cell=cell_recipes.einsum,
    ),
    "var": _reduction(
        None,
        "",
        definition="mean((x - mean(x))**2)",
        back="2 * g * (x - mean(x)) / count",
    ),
    "std": _reduction(
        None,
        "",
        definition="sqrt(mean((x - mean(x))**2))",
        back="g * (x - mean(x)) / (count * std(x))",
    ),
    "argmax": _reduction(np.argmax, "where the largest cell is, counted from 0", integer=True, kinked=True),
    "stack": _moving(
        np.stack,
        ("arrays",),
        "[a, b]",
        "arrays along a new axis",
        "each its part of g",
        keywords=("axis",),
        forms=(_AXIS,),
        shape=shape_rules.stack,
        cell=cell_recipes.stack,
    ),
    "swapaxes": _moving(
        np.swapaxes,
        ("array", "whole", "whole"),
        "x, 0, 1",
        "two axes exchanged",
        "swapaxes(g, 0, 1)",
        shape=shape_rules.swapaxes,
        cell=cell_recipes.swapaxes,
    ),
    "transpose": _moving(
        np.transpose,
        ("array", "wholes?"),
        "x, (2, 0, 1)",
        "the axes in another order",
        "g, its axes moved back",
        keywords=("axes",),
        shape=shape_rules.transpose,
        cell=cell_recipes.transpose,
        zero_rank=True,
    ),
    "pad": _moving(
        _pad,
        ("array", "widths"),
        "x, ((0, 0), (1, 1))",
        "zeros before and after each axis",
        "g without the zeros",
        shape=shape_rules.pad,
        cell=cell_recipes.pad,
        zero_rank=True,
    ),
    "windows": _moving(
        windows,
        ("array", "wholes"),
        "x, 3",
        "every window of a length, its places last",
        "overlap_add(g, axis=1)",
        keywords=("axis",),
        forms=("axis=1",),
        shape=shape_rules.windows,
        cell=cell_recipes.windows,
    ),
    "overlap_add": Function(
        overlap_add,
        keywords=("axis",),
        forms=("axis=1",),
        gives="windows added up where they were taken from",
        back="windows(g, 3, axis=1)",
        shape=shape_rules.overlap_add,
        cell=cell_recipes.overlap_add,
    ),
    "one_hot": Function(
        one_hot,
        ("array", "whole"),
        arguments="x, 10",
        gives="1 at the place of each class, else 0",
        shape=shape_rules.one_hot,
        cell=cell_recipes.one_hot,
    ),
    "arange": Function(
        np.arange,
        ("whole", "whole?", "whole?"),
        arguments="3",
        gives="the whole numbers 0, 1, 2",
        integer=True,
        shape=shape_rules.arange,
        cell=cell_recipes.arange,
    ),
    "size": Function(
        size,
        ("array", "whole?"),
        arguments="x, 0",
        gives="how many cells along an axis, or in all",
        integer=True,
        shape_only=True,
        shape=shape_rules.size,
        cell=cell_recipes.size,
    ),
    "uniform": Function(
        uniform,
        ("array", "more"),
        arguments="a, b",
        gives="a random number from 0 to below 1, always the same for the same a, b, ...",
        kinked=True,
    ),
}

_SHAPES_OF_ACTIVATIONS = {"softmax": shape_rules.softmax}

_FACTS_OF_ACTIVATIONS: dict[str, dict[str, Any]] = {
    "sigmoid": {"symbol": "σ", "plain": "sigmoid", "latex": r"\sigma", "slope": "y * (1 - y)"},
    "relu": {"slope": "where(y > 0, 1, 0)"},
    "leaky_relu": {"slope": "where(y > 0, 1, 0.01)"},
    "elu": {"slope": "where(y > 0, 1, y + 1)"},
    "identity": {"slope": "1"},
}

FUNCTIONS |= {
    name: Function(
        definition=row.definition,
        derivative=row.derivative,
        kinked=row.kinked,
        shape=_SHAPES_OF_ACTIVATIONS.get(name),
        back="y * (g - sum(g * y, axis=-1, keepdims=True))" if name == "softmax" else "",
        **_FACTS_OF_ACTIVATIONS.get(name, {}),
    )
    for name, row in ACTIVATIONS.items()
    if name not in FUNCTIONS
}

GELU_DERIVATIVE = (
    "sigmoid(1.5957691216057308 * (x + 0.044715 * x**3)) * (1 + 1.5957691216057308 * x"
    " * (1 + 0.134145 * x**2) * (1 - sigmoid(1.5957691216057308 * (x + 0.044715 * x**3))))"
)

FUNCTIONS["gelu"] = Function(
    definition="x * sigmoid(1.5957691216057308 * (x + 0.044715 * x**3))", derivative=GELU_DERIVATIVE
)

INLINED = tuple(name for name, row in FUNCTIONS.items() if row.definition)
"""Functions that never run under their own name: lowering replaces them by their definition."""

NAMES = tuple(FUNCTIONS)
"""All names of functions. A tensor may have one as long as no equation calls the function."""

METHOD_NAMES = (
    "sum",
    "mean",
    "max",
    "min",
    "any",
    "all",
    "var",
    "std",
    "argmax",
    "dot",
    "reshape",
    "transpose",
)
"""What may be called after a dot; all but reshape are another way to write a function or operator."""


def argument_count(name: str) -> tuple[int, int | None]:
    """The fewest and the most positional arguments of a function; None if there is no upper limit."""
    takes = FUNCTIONS[name].takes
    fewest = sum(not kind.endswith("?") and kind != "more" for kind in takes)
    return fewest, None if "more" in takes else len(takes)


def argument_kinds(node: ast.Call) -> list[tuple[str, ast.expr]]:
    """The positional arguments of a call, each with its kind."""
    takes = [kind.rstrip("?") for kind in FUNCTIONS[function_name(node)].takes]
    kinds = takes[:-1] + ["array"] * len(node.args) if takes[-1] == "more" else takes
    return list(zip(kinds, node.args))


def argument_operands(node: ast.Call) -> list[ast.expr]:
    """The operands among the arguments of a call, without whole numbers and indices."""
    found: list[ast.expr] = []
    for kind, argument in argument_kinds(node):
        if kind == "arrays":
            found += listed_items(node)
        elif kind == "array":
            found.append(argument)
    return found


def recipe(node: ast.expr, index: Index, inner: Inner, number: NumberAt) -> Recipe:
    """The arithmetic of one cell of a node.

    A function with a definition counts as one elementwise operation: a caller that needs its definition
    expands the call first.
    """
    row = called_function(node)
    if row is None:
        return cell_recipes.operator_recipe(node, index, inner, number)
    assert isinstance(node, ast.Call)
    if row.cell is not None and not row.definition:
        return row.cell(node, index, inner)
    return cell_recipes.elementwise(function_name(node), tuple(argument_operands(node)), index, inner)


def called_function(node: ast.AST) -> Function | None:
    """The row of the function that a node calls; None for any other node."""
    return FUNCTIONS.get(function_name(node))


def gives_truth(node: ast.AST) -> bool:
    """True for nodes with truth values: a comparison, any and all."""
    function = called_function(node)
    return isinstance(node, ast.Compare) or (function is not None and function.gives_truth)


def definition_of(node: ast.Call, inner: Inner) -> tuple[str, dict[str, ast.expr]]:
    """A call's definition: an expression in letters, and the operand for each letter.

    `inner` returns the shape of an operand: softmax of a scalar has no axis to reduce, and dot with a scalar
    is `*`.
    """
    name = function_name(node)
    row = FUNCTIONS[name]
    text = row.definition
    if name == "softmax" and not inner(node.args[0]):
        text = text.replace(", axis=-1, keepdims=True", "")
    if name == "dot" and not all(map(inner, node.args)):
        text = "a * b"
    if row.reduces:
        axis = keyword(node, "axis")
        over = "" if axis is None else f", axis={ast.unparse(axis)}"
        kept = f"{over}, keepdims=True" if over else ""
        text = text.replace("mean(x)", f"mean(x{kept})")
        text = text.replace("**2)", f"**2{over}{', keepdims=True' if keepdims(node) else ''})")
    letters = [letter.strip() for letter in row.arguments.split(",")]
    return text, dict(zip(letters, node.args))


def written_out(node: ast.Call, inner: Inner) -> ast.expr | None:
    """The expression that replaces a call in symbols and LaTeX; None if they use its name."""
    row = FUNCTIONS[function_name(node)]
    if not row.written:
        return None
    text = definition_of(node, inner)[0] if function_name(node) == "dot" else row.written
    return substituted(text, dict(zip([letter.strip() for letter in row.arguments.split(",")], node.args)))


@frozen
class FunctionHelp:
    """A function in the list of functions."""

    call: str
    gives: str
    """The call's result: words, or its definition."""
    derivative: str
    """The derivative with respect to `x`; empty if there is no elementwise one."""
    back: str
    """The gradients of its operands, given the gradient `g` of the result, unless the derivative says it."""


def function_help() -> list[FunctionHelp]:
    """Every function of the language, in the order of the table."""
    return [
        FunctionHelp(
            f"{name}({', '.join((row.arguments, *row.forms))})",
            row.gives or row.definition,
            row.derivative,
            row.back,
        )
        for name, row in FUNCTIONS.items()
    ]


_RUNS: dict[str, Any] = {name: row.run for name, row in FUNCTIONS.items() if row.run is not None}


def namespace() -> dict[str, Any]:
    """The functions that lowered code calls, by name; a new dictionary each time, since `eval` writes into
    it.
    """
    return dict(_RUNS)
