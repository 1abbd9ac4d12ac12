"""The functions of the language, one row each, with what every reading of an equation needs to know of it.

A row has the function's arguments, shape, cost, derivative, the arithmetic of one cell, the order of its
operations, symbol and LaTeX, and what NumPy runs. A function with a `definition` is short for an expression:
its cells, cost and operations are those of the definition.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.lang.macros import ACTIVATIONS
from bpstep.lang.shapes import Shape, keepdims
from bpstep.lang.trees import int_literal
from bpstep.program.derivation import shapes as sizes
from bpstep.program.derivation.rules import SLOPES

Index = tuple[int, ...]
Inner = Callable[[ast.expr], Shape]
"""The shape of an operand."""


@dataclass(frozen=True)
class Take:
    """A cell of an operand."""

    operand: ast.expr
    index: Index


@dataclass(frozen=True)
class Given:
    """A number that depends on no tensor."""

    value: float


@dataclass(frozen=True)
class Apply:
    """An operator or elementwise function on a few numbers."""

    operator: str
    arguments: tuple[Recipe, ...]


@dataclass(frozen=True)
class Fold:
    """Many terms under sum, mean, max, min, any, all or argmax; a term is made when it is asked for."""

    kind: str
    count: int
    term: Callable[[int], Recipe]


Recipe = Take | Given | Apply | Fold
CellRule = Callable[[ast.Call, Index, Inner], Recipe]


@dataclass(frozen=True)
class Function:
    """A row of the table."""

    arguments: str
    """As one writes them: `x, axis=None, keepdims=False`."""
    derivative: str
    """What the operands get, as the manual prints it; empty where that is nothing."""
    run: Callable[..., Any] | None = None
    """What NumPy runs; None for a function that is lowered to its definition."""
    shape: sizes.ShapeRule | None = None
    """The result's shape; None for the operands' shapes broadcast."""
    cell: CellRule | None = None
    """The arithmetic of one cell; None for an elementwise function, which applies itself to the cells."""
    definition: str = ""
    """What the function is short for, in its arguments' names; `{over}` is its axis and `{kept}` its
    axis with keepdims."""
    steps: str = "each"
    """Its operations in order: `each` (cell by cell), `fold` (the terms of a cell one after the other),
    `products` (all products, then the sums of each cell), `move` (none, cells are copied) or `given`."""
    cost: int = 1
    """Numbers computed for each cell of the result, apart from the terms of folds and products."""
    symbol: str = ""
    """In symbols, `{0}` the first operand; empty for name(operands)."""
    plain: str = ""
    """The same in plain ASCII; empty for name(operands)."""
    latex: str = ""
    """In LaTeX; empty for its name set upright, with the operands in parentheses."""
    integer: bool = False
    """True where the result is whole numbers, which can be indices."""
    says: str = ""
    """What it does, for the list of functions."""


def _spots(shape: Shape, index: Index) -> Index:
    """The index of an operand's cell that broadcasting pairs with a result's cell."""
    tail = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else at for at, size in zip(tail, shape))


def _unravel(flat: int, shape: Shape) -> Index:
    return tuple(int(at) for at in np.unravel_index(flat, shape)) if shape else ()


def _ravel(index: Index, shape: Shape) -> int:
    return int(np.ravel_multi_index(index, shape)) if shape else 0


def _folded(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    """A reduction over axes."""
    operand = node.args[0]
    shape = inner(operand)
    axes = sizes.axes_of(node, len(shape))
    gone = tuple(range(len(shape))) if axes is None else axes
    if keepdims(node):
        index = tuple(at for axis, at in enumerate(index) if axis not in gone)
    lengths = tuple(shape[axis] for axis in gone)

    def term(k: int) -> Recipe:
        within, rest = iter(_unravel(k, lengths)), iter(index)
        return Take(operand, tuple(next(within if axis in gone else rest) for axis in range(len(shape))))

    assert isinstance(node.func, ast.Name)
    return Fold(node.func.id, math.prod(lengths), term)


def matmul_cell(left: ast.expr, right: ast.expr, index: Index, inner: Inner) -> Recipe:
    """A cell of left @ right, of any number of axes."""
    a, b = inner(left), inner(right)
    row = index[:-1] if len(b) > 1 else index
    lead = index[: len(index) - (len(a) > 1) - (len(b) > 1)]

    def term(k: int) -> Recipe:
        first = (*_spots(a[:-2], lead), row[-1], k) if len(a) > 1 else (k,)
        second = (*_spots(b[:-2], lead), k, index[-1]) if len(b) > 1 else (k,)
        return Apply("*", (Take(left, first), Take(right, second)))

    return Fold("sum", a[-1], term)


def _matmul(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    left, right = node.args
    if () in (inner(left), inner(right)):
        return Apply("*", tuple(Take(side, _spots(inner(side), index)) for side in node.args))
    return matmul_cell(left, right, index, inner)


def _outer(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    return Apply("*", tuple(Take(side, _unravel(at, inner(side))) for side, at in zip(node.args, index)))


def _einsum(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    parts, result = sizes.subscripts(node)
    lengths: dict[str, int] = {}
    for letters, operand in zip(parts, node.args[1:]):
        lengths.update(zip(letters, inner(operand)))
    summed = [letter for letter in lengths if letter not in result]
    along = tuple(lengths[letter] for letter in summed)
    fixed = dict(zip(result, index))

    def term(k: int) -> Recipe:
        at = {**fixed, **dict(zip(summed, _unravel(k, along)))}
        cells = tuple(
            Take(operand, tuple(at[letter] for letter in letters))
            for letters, operand in zip(parts, node.args[1:])
        )
        return cells[0] if len(cells) == 1 else Apply("*", cells)

    return Fold("sum", math.prod(along), term) if summed else term(0)


def _repeat(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    operand = node.args[0]
    shape = inner(operand)
    times = int_literal(node.args[1]) or 1
    axes = sizes.axes_of(node, len(shape))
    if axes is None:
        return Take(operand, _unravel(index[0] // times, shape))
    axis = axes[0]
    return Take(operand, (*index[:axis], index[axis] // times, *index[axis + 1 :]))


def _concatenate(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    parts = sizes.items(node)
    axis = (sizes.axes_of(node, len(inner(parts[0]))) or (0,))[0]
    at = index[axis]
    for part in parts:
        size = inner(part)[axis]
        if at < size:
            return Take(part, (*index[:axis], at, *index[axis + 1 :]))
        at -= size
    raise IndexError(index)


def _stack(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    parts = sizes.items(node)
    axis = (sizes.axes_of(node, len(inner(parts[0])) + 1) or (0,))[0]
    return Take(parts[index[axis]], index[:axis] + index[axis + 1 :])


def _swapaxes(node: ast.Call, index: Index, _inner: Inner) -> Recipe:
    a, b = sizes.wholes(node.args[1:], {})
    found = list(index)
    found[a], found[b] = found[b], found[a]
    return Take(node.args[0], tuple(found))


def _transpose(node: ast.Call, index: Index, _inner: Inner) -> Recipe:
    order = sizes.permutation(node, len(index), {})
    return Take(node.args[0], tuple(index[order.index(axis)] for axis in range(len(index))))


def _pad(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    shape = inner(node.args[0])
    widths = sizes.pad_widths(node, len(shape), {})
    found = tuple(at - before for at, (before, _) in zip(index, widths))
    if all(0 <= at < size for at, size in zip(found, shape)):
        return Take(node.args[0], found)
    return Given(0.0)


def _windows(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    rank = len(inner(node.args[0]))
    axes, _ = sizes.window_axes(node, rank, {})
    found = list(index[:rank])
    for axis, at in zip(axes, index[rank:]):
        found[axis] += at
    return Take(node.args[0], tuple(found))


def _overlap_add(node: ast.Call, index: Index, inner: Inner) -> Recipe:
    shape = inner(node.args[0])
    rank = len(index)
    axes = sizes.axes_as_written(node, rank) or ()
    lengths = shape[rank:]
    found = []
    for k in range(math.prod(lengths)):
        within = _unravel(k, lengths)
        start = list(index)
        for axis, at in zip(axes, within):
            start[axis] -= at
        if all(0 <= at < size for at, size in zip(start, shape)):
            found.append(Take(node.args[0], (*start, *within)))
    return Fold("sum", len(found), lambda k: found[k])


def _one_hot(node: ast.Call, index: Index, _inner: Inner) -> Recipe:
    return Apply("==", (Take(node.args[0], index[:-1]), Given(float(index[-1]))))


def _arange(node: ast.Call, index: Index, _inner: Inner) -> Recipe:
    return Given(float(range(*sizes.wholes(node.args, {}))[index[0]]))


def _size(node: ast.Call, _index: Index, inner: Inner) -> Recipe:
    shape = inner(node.args[0])
    return Given(float(shape[int_literal(node.args[1]) or 0] if len(node.args) > 1 else math.prod(shape)))


def _filled(value: float) -> CellRule:
    return lambda node, index, inner: Given(value)


def one_hot(x: Any, n: int) -> Any:
    """A 1 at the place of each class, 0 elsewhere."""
    return (np.asarray(x)[..., None] == np.arange(n)) + 0.0


def size(x: Any, axis: int | None = None) -> int:
    """How many cells, in all or along an axis."""
    return int(np.size(x) if axis is None else np.shape(x)[axis])


def windows(x: Any, length: Any, axis: Any) -> Any:
    """All windows of a length, along the axes; the places within a window come last."""
    return np.lib.stride_tricks.sliding_window_view(x, length, axis)


def overlap_add(x: Any, axis: Any) -> Any:
    """The windows of `windows`, each number added at the place that it was taken from."""
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


_ADD: Any = np.add.reduce


def _total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """numpy.sum without its Python wrapper: the same reduction, the same bits."""
    return _ADD(x, axis=axis, keepdims=keepdims)


_OVER = "x, axis=None, keepdims=False"


def _each(derivative: str, run: Callable[..., Any], **more: Any) -> Function:
    return Function("x", derivative, run, **more)


def _over(derivative: str, run: Callable[..., Any] | None, **more: Any) -> Function:
    return Function(_OVER, derivative, run, sizes.SHAPES["sum"], _folded, steps="fold", **more)


def _moving(
    arguments: str, derivative: str, run: Callable[..., Any], name: str, cell: CellRule, says: str
) -> Function:
    return Function(arguments, derivative, run, sizes.SHAPES[name], cell, steps="move", cost=0, says=says)


FUNCTIONS: dict[str, Function] = {
    "abs": _each(
        "g * sign(x)", np.abs, symbol="|{0}|", latex=r"\left| {0} \right|", says="size without sign"
    ),
    "exp": _each("g * y", np.exp, says="e to the power x"),
    "log": _each("g / x", np.log, latex=r"\ln {0}", symbol="ln {0}", says="natural logarithm"),
    "sqrt": _each("g / (2 * y)", np.sqrt, symbol="√{0}", latex=r"\sqrt{{{0}}}", says="square root"),
    "tanh": _each("g * (1 - y**2)", np.tanh, latex=r"\tanh {0}", says="hyperbolic tangent"),
    "sign": _each("", np.sign, says="-1, 0 or 1"),
    "log1p": _each(
        "g / (1 + x)",
        np.log1p,
        symbol="ln(1 + {0})",
        latex=r"\ln(1 + {0})",
        says="log(1 + x), exact for small x",
    ),
    "expm1": _each(
        "g * exp(x)",
        np.expm1,
        symbol="(e^{0} − 1)",
        latex=r"(e^{{{0}}} - 1)",
        says="exp(x) - 1, exact for small x",
    ),
    "maximum": Function(
        "a, b",
        "g * where(a > b, 1, 0), g * where(a > b, 0, 1)",
        np.maximum,
        symbol="max({0}, {1})",
        latex=r"\max({0}, {1})",
        says="the larger of two",
    ),
    "minimum": Function(
        "a, b",
        "g * where(a < b, 1, 0), g * where(a < b, 0, 1)",
        np.minimum,
        symbol="min({0}, {1})",
        latex=r"\min({0}, {1})",
        says="the smaller of two",
    ),
    "clip": Function(
        "x, low, high",
        "g * where(x == y, 1, 0)",
        definition="minimum(maximum(x, low), high)",
        says="x, but not outside low … high",
    ),
    "where": Function(
        "condition, a, b",
        "g * where(condition, 1, 0), g * where(condition, 0, 1)",
        np.where,
        says="a where the condition holds, else b",
    ),
    "square": Function(
        "x", "g * 2 * x", definition="x**2", symbol="{0}²", plain="{0}^2", latex="{0}^{{2}}", says="x**2"
    ),
    "power": Function(
        "a, b", "g * b * a**(b - 1), g * y * log(a)", definition="a**b", latex="{0}^{{{1}}}", says="a**b"
    ),
    "step": Function("x", "", definition="where(x > 0, 1, 0)", says="1 for positive numbers, else 0"),
    "sum": _over("g, spread over the axis", _total, says="sum of all cells, or along an axis"),
    "mean": _over("g / count, spread over the axis", np.mean, says="their mean"),
    "max": _over("g * where(x == y, 1, 0)", np.max, says="the largest"),
    "min": _over("g * where(x == y, 1, 0)", np.min, says="the smallest"),
    "any": _over("", np.any, says="1 where any cell is not 0"),
    "all": _over("", np.all, says="1 where no cell is 0"),
    "argmax": _over("", np.argmax, integer=True, says="where the largest stands"),
    "var": _over(
        "2 * g * (x - mean(x)) / count",
        None,
        definition="mean((x - mean(x{kept}))**2{over})",
        symbol="var({0})",
        latex=r"\operatorname{{var}}({0})",
        says="variance, over the count",
    ),
    "std": _over(
        "g * (x - mean(x)) / (count * y)",
        None,
        definition="sqrt(mean((x - mean(x{kept}))**2{over}))",
        says="standard deviation, over the count",
    ),
    "dot": Function(
        "a, b",
        "g @ b.T, a.T @ g",
        definition="a @ b",
        symbol="{0} {1}",
        plain="{0} @ {1}",
        latex=r"{0} \, {1}",
        steps="products",
        says="a @ b",
    ),
    "matmul": Function(
        "a, b",
        "g @ b.T, a.T @ g",
        definition="a @ b",
        symbol="{0} {1}",
        plain="{0} @ {1}",
        latex=r"{0} \, {1}",
        steps="products",
        says="a @ b",
    ),
    "outer": Function(
        "a, b",
        "g @ b, a @ g",
        np.outer,
        sizes.SHAPES["outer"],
        _outer,
        symbol="{0} ⊗ {1}",
        latex=r"{0} \otimes {1}",
        says="every cell of a times every cell of b",
    ),
    "einsum": Function(
        '"ij,jk->ik", a, b',
        'einsum("ik,jk->ij", g, b), einsum("ij,ik->jk", a, g)',
        np.einsum,
        sizes.SHAPES["einsum"],
        _einsum,
        steps="products",
        says="sum of products over the indices that the result lacks",
    ),
    "repeat": _moving(
        "x, times, axis=None",
        "the sum of each cell's copies",
        np.repeat,
        "repeat",
        _repeat,
        "every cell so many times",
    ),
    "concatenate": _moving(
        "[a, b], axis=0",
        "each its part of g",
        np.concatenate,
        "concatenate",
        _concatenate,
        "arrays side by side",
    ),
    "stack": _moving(
        "[a, b], axis=0", "each its part of g", np.stack, "stack", _stack, "arrays along a new axis"
    ),
    "swapaxes": _moving(
        "x, a, b", "swapaxes(g, a, b)", np.swapaxes, "swapaxes", _swapaxes, "two axes exchanged"
    ),
    "transpose": _moving(
        "x, axes=None",
        "transpose(g, …) back",
        np.transpose,
        "transpose",
        _transpose,
        "the axes in another order",
    ),
    "pad": _moving(
        "x, ((0, 0), (1, 1))", "g without the border", np.pad, "pad", _pad, "zeros before and after each axis"
    ),
    "windows": _moving(
        "x, length, axis=…",
        "overlap_add(g, axis=…)",
        windows,
        "windows",
        _windows,
        "every stretch of a length along an axis; its places become the last axis",
    ),
    "overlap_add": Function(
        "x, axis=…",
        "windows(g, length, axis=…)",
        overlap_add,
        sizes.SHAPES["overlap_add"],
        _overlap_add,
        steps="fold",
        says="windows added up at the places that they were taken from",
    ),
    "ones_like": Function(
        "x",
        "",
        np.ones_like,
        None,
        _filled(1.0),
        steps="given",
        cost=1,
        symbol="1",
        latex="1",
        says="ones in the shape of x",
    ),
    "zeros_like": Function(
        "x",
        "",
        np.zeros_like,
        None,
        _filled(0.0),
        steps="given",
        cost=1,
        symbol="0",
        latex="0",
        says="zeros in the shape of x",
    ),
    "one_hot": Function(
        "x, classes",
        "",
        one_hot,
        sizes.SHAPES["one_hot"],
        _one_hot,
        steps="move",
        says="1 in the column of each class, else 0",
    ),
    "arange": Function(
        "start, stop, step",
        "",
        np.arange,
        sizes.SHAPES["arange"],
        _arange,
        steps="given",
        integer=True,
        says="whole numbers from 0, or from start, to before stop",
    ),
    "size": Function(
        "x, axis=None",
        "",
        size,
        sizes.SHAPES["size"],
        _size,
        steps="given",
        integer=True,
        says="how many cells",
    ),
    "gelu": Function(
        "x",
        f"g * {SLOPES['gelu'].by_argument}",
        definition="x * sigmoid(1.5957691216057308 * (x + 0.044715 * x**3))",
        says="x where it is positive, smoothly; the form with tanh",
    ),
}
FUNCTIONS |= {
    called: Function(
        "x",
        f"g * ({SLOPES[called].by_result or SLOPES[called].by_argument})" if called in SLOPES else "",
        definition=row.definition,
    )
    for called, row in ACTIVATIONS.items()
    if called not in FUNCTIONS
}


NAMES = tuple(FUNCTIONS)
"""Every name that stands for a function and so can be no tensor's."""


def recipe(node: ast.expr, index: Index, inner: Inner) -> Recipe | None:
    """The arithmetic of one cell of a node; None for a function that is short for its definition."""
    match node:
        case ast.Constant():
            return Given(float(node.value))  # type: ignore[arg-type]
        case ast.UnaryOp():
            return Apply("neg", (Take(node.operand, index),))
        case ast.BinOp(op=ast.MatMult()):
            return matmul_cell(node.left, node.right, index, inner)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            sides = tuple(Take(side, _spots(inner(side), index)) for side in (left, right))
            return Apply(OPERATORS[type(op)], sides)
        case ast.Attribute():
            return Take(node.value, index[::-1])
        case ast.Call(func=ast.Attribute(value=value)):
            return Take(value, _unravel(_ravel(index, inner(node)), inner(value)))
        case ast.Call(func=ast.Name(id=called)):
            row = FUNCTIONS[called]
            if row.definition:
                return None
            if row.cell is not None:
                return row.cell(node, index, inner)
            return Apply(called, tuple(Take(side, _spots(inner(side), index)) for side in node.args))
    return None


OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def namespace() -> dict[str, Any]:
    """What equations are run with; a new one each time, since `eval` writes into it."""
    found: dict[str, Any] = {name: row.run for name, row in FUNCTIONS.items() if row.run is not None}
    for name, row in FUNCTIONS.items():
        if row.definition:
            found[name] = _defined(name, row, found)
    return found


def _defined(name: str, row: Function, scope: Mapping[str, Any]) -> Callable[..., Any]:
    """A function that is short for an expression, as a Python function; equations lower it instead."""
    names = [part.split("=")[0] for part in row.arguments.split(", ")]

    def call(*values: Any, axis: Any = None, keepdims: bool = False) -> Any:
        over = "" if axis is None else f", axis={axis}"
        kept = "" if axis is None else f"{over}, keepdims=True"
        text = row.definition.replace("{kept}", kept).replace(
            "{over}", over + (", keepdims=True" if keepdims else "")
        )
        given = dict(zip(names, map(np.asarray, values)))
        if name == "dot" and not all(map(np.ndim, values)):
            text = "a * b"
        if name == "softmax" and np.ndim(values[0]) == 0:
            text = text.replace(", axis=-1, keepdims=True", "")
        return eval(text, {**scope, **given})

    return call
