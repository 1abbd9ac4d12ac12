"""Reductions over axes in reverse: sum, mean, max, min, var, std; and softmax, which sums within a row."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass

from bpstep.lang.shape_rules import axes_of
from bpstep.lang.shapes import keepdims
from bpstep.lang.trees import function_name
from bpstep.program.derivation.algebra import (
    ATOM,
    SUM,
    Atom,
    Divisor,
    Product,
    difference,
    expanded,
    named,
    of,
    total,
    unbroadcast,
)
from bpstep.program.derivation.equations import OperationPath
from bpstep.program.derivation.reverse_walk import ReverseWalk
from bpstep.program.derivation.structure import Standardized, moved_tensor, softmax_sum, standardized
from bpstep.program.derivation.sums_of_products import added, group
from bpstep.program.derived_forms import DerivedForm


def reduction(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """sum, mean, max, min, var, std: every cell that was reduced gets its share of the gradient."""
    function, argument = function_name(node), node.args[0]
    reduced = _Reduced(walk, node)
    spread = reduced.spread(g)
    if function == "sum":
        walk.walk(argument, spread, (*path, (DerivedForm.SPREAD, function)))
    elif function == "mean":
        walk.walk(argument, reduced.over_count(spread), (*path, (DerivedForm.SPREAD, function)))
    elif function in ("max", "min"):
        _extreme(walk, node, reduced, spread, (*path, (DerivedForm.THROUGH_SLOPE, function)))
    else:
        deviation = spread * reduced.deviation()
        found = deviation / reduced.result() if function == "std" else deviation.scaled(2)
        walk.walk(argument, reduced.over_count(found), (*path, (DerivedForm.THROUGH_SLOPE, function)))


def _extreme(
    walk: ReverseWalk, node: ast.Call, reduced: _Reduced, spread: Product, path: OperationPath
) -> None:
    """max and min: the gradient is shared evenly among the cells that are equal to the result.

    Cells that change together with a parameter, such as those over a blank background, stay equal: their
    gradients have to add up to the whole.
    """
    argument = node.args[0]
    if reduced.is_of_single_cells():
        walk.walk(argument, spread, path)
        return
    tensor = moved_tensor(argument)
    of_gradient = tensor or walk.equation.name
    mask = walk.name_part(reduced.mask(), of_gradient, path)
    share = f"{mask} / {reduced.over_axes('sum', mask).text}"
    if walk.is_root(node) and tensor:
        name = walk.name_factor(share, tensor, path)
    else:
        name = walk.name_part(share, of_gradient, path)
    found = spread * of(named(name, reduced.shape))
    if walk.has_several_occurrences(argument):
        found = walk.name_inner(found, argument, path)
    walk.walk(argument, found, path)


class _Reduced:
    """The operand of a reduction, and the axes that it goes over."""

    def __init__(self, walk: ReverseWalk, node: ast.Call) -> None:
        self.walk = walk
        self.node = node
        self.argument = node.args[0]
        self.shape = walk.shape(self.argument)
        named_axes = axes_of(node, len(self.shape))
        self.over_all = named_axes is None
        self.axes = tuple(range(len(self.shape))) if named_axes is None else named_axes

    def spread(self, product: Product) -> Product:
        """A product in the result's shape, with the reduced axes put back so that it broadcasts over the
        operand.
        """
        if self.over_all or keepdims(self.node):
            return product
        return expanded(product, self.axes, len(self.shape))

    def result(self) -> Product:
        """The reduction's value, so that it broadcasts over the operand."""
        return self.spread(of(self.walk.raw(self.node)))

    def is_spread_by(self, node: ast.expr) -> bool:
        """True if a node has the reduction's numbers in a shape that broadcasts them over the operand."""
        shape = self.walk.shape(node)
        sizes = (1,) * (len(self.shape) - len(shape)) + shape
        return sizes == tuple(1 if axis in self.axes else size for axis, size in enumerate(self.shape))

    def is_of_single_cells(self) -> bool:
        """True if each cell of the result is one cell of the operand, in every batch."""
        return all(self.shape[axis] == 1 and not self.walk.varies(self.argument, axis) for axis in self.axes)

    def mask(self) -> str:
        """1 where the operand is the maximum or minimum."""
        condition = f"{self.walk.raw(self.argument).within(SUM)} == {self.result().atom.within(SUM)}"
        return f"where({condition}, 1, 0)"

    def deviation(self) -> Product:
        """The operand minus its mean over the axes, which is written as the author wrote its variance."""
        written = self.walk.text(self.node).removeprefix(function_name(self.node))
        mean = self.spread(of(Atom(f"mean{written}", ATOM, self.walk.shape(self.node))))
        return of(difference(self.walk.atom(self.argument), mean.atom))

    def over_axes(self, function: str, text: str) -> Atom:
        """The function of an array in the operand's shape, over the same axes, so that it broadcasts over the
        operand.
        """
        if self.over_all:
            return Atom(f"{function}({text})", ATOM, ())
        axis = next(self.walk.text(item.value) for item in self.node.keywords if item.arg == "axis")
        shape = tuple(1 if axis in self.axes else size for axis, size in enumerate(self.shape))
        return Atom(f"{function}({text}, axis={axis}, keepdims=True)", ATOM, shape)

    def over_count(self, g: Product) -> Product:
        """g over the number of cells that were reduced to one."""
        fixed = [self.shape[axis] for axis in self.axes if not self.walk.varies(self.argument, axis)]
        varying = [axis for axis in self.axes if self.walk.varies(self.argument, axis)]
        # Of layers with one output the loss says that there is one.
        of_outputs = not self.walk.has_named_result and self.axes == (len(self.shape) - 1,) and not varying
        if math.prod(fixed) > 1 or (of_outputs and not self.over_all):
            g = g.over(Divisor(str(math.prod(fixed))))
        for axis in varying:
            g = g.over(Divisor(self.walk.count(self.argument, axis).text))
        return g


def softmax(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """y * (g - sum(g * y)): a cell changes all others of its row."""
    last = len(walk.shape(node)) - 1
    if last >= 0:
        _softmax(walk, node, node.args[0], _RowSums([last], True, "-1"), g, path)


def written_softmax(walk: ReverseWalk, node: ast.BinOp, g: Product, path: OperationPath) -> None:
    """exp(x) / sum(exp(x), axis=1, keepdims=True): the same, with the sum as it is written."""
    over = softmax_sum(node)
    assert over is not None
    written = [walk.text(item.value) for item in over.keywords if item.arg == "axis"]
    sums = _RowSums(list(_Reduced(walk, over).axes), keepdims(over), "".join(written))
    argument = node.left.args[0]  # type: ignore[attr-defined]
    _softmax(walk, node, argument, sums, g, path)


def standardized_parts(walk: ReverseWalk, node: ast.expr) -> Standardized | None:
    """The parts of a standardization of what gets a gradient, by its own mean and deviation; else None."""
    found = standardized(node)
    if found is None or not walk.is_active(found.difference.left):
        return None
    if found.epsilon is not None and (walk.is_active(found.epsilon) or walk.shape(found.epsilon)):
        return None
    mean, deviation = _Reduced(walk, found.mean), _Reduced(walk, found.deviation)
    alike = mean.is_spread_by(found.difference.right) and deviation.is_spread_by(found.divisor)
    return found if alike and set(mean.axes) == set(deviation.axes) else None


def written_standardization(
    walk: ReverseWalk, node: ast.BinOp, parts: Standardized, g: Product, path: OperationPath
) -> None:
    """y = (x - mean(x)) / std(x): (g - mean(g) - y * mean(g * y)) / std(x)."""
    x, divisor = parts.difference.left, of(walk.raw(parts.divisor))
    path = (*path, (DerivedForm.THROUGH_SLOPE, function_name(parts.deviation)))
    if walk.is_root(node) and not parts.factors:
        y = walk.product(node)
    else:
        written = (of(walk.atom(parts.difference)) / divisor).text
        y = of(named(walk.name_part(written, moved_tensor(x) or walk.equation.name, path), walk.shape(x)))
    for factor in parts.factors:
        others = [walk.product(other) for other in parts.factors if other is not factor]
        walk.walk_broadcast(factor, math.prod(others, start=g * y), node, path)
    g = math.prod(map(walk.product, parts.factors), start=g)
    if walk.shape(node) != walk.shape(x):
        g = unbroadcast(g, walk.sizes(node), walk.shape(x))
    if parts.factors:
        g = walk.name_inner(g, parts.difference, path)
    reduced, shape = _Reduced(walk, parts.mean), walk.shape(parts.difference.right)
    means = [reduced.over_count(unbroadcast(each, walk.sizes(x), shape)) for each in (g, g * y)]
    centred, along = [g, -means[0]], -(y * means[1])
    if parts.epsilon is not None and function_name(parts.deviation) == "std":
        # The epsilon does not change with x.
        deviation = _Reduced(walk, parts.deviation).result()
        terms = added([_sum(centred) / divisor, along / deviation])
        found = _sum(terms)
    else:
        found = _sum([*centred, along]) / divisor
    if walk.has_several_occurrences(x):
        found = walk.name_inner(found, x, path)
    walk.walk(x, found, path)


def _sum(terms: list[Product]) -> Product:
    """A sum as a product."""
    terms = added(terms)
    return terms[0] if len(terms) == 1 else of(group(terms))


@dataclass(frozen=True)
class _RowSums:
    """How the sums of a softmax are written."""

    axes: list[int]
    keep: bool
    axis: str


def _softmax(
    walk: ReverseWalk, node: ast.expr, argument: ast.expr, sums: _RowSums, g: Product, path: OperationPath
) -> None:
    y = walk.product(node)
    joint = y * g
    row_sum = total(joint, walk.sizes(node), sums.axes, sums.keep, sums.axis)
    if any(factor.below and factor.atom.key == y.atom.key for factor in g.factors):
        # log(softmax(x)): y cancels, and what is left is the well-known difference of y and the labels.
        result = _sum([joint, -(y * row_sum)])
    else:
        result = y * _sum([g, -total(g * y, walk.sizes(node), sums.axes, sums.keep, sums.axis)])
    if walk.has_several_occurrences(argument):
        result = walk.name_inner(result, node, (*path, (DerivedForm.SOFTMAX, "softmax")))
    walk.walk(argument, result, (*path, (DerivedForm.SOFTMAX, "softmax")))
