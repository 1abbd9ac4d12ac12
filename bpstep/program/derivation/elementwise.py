"""Operators and functions that work cell by cell, in reverse."""

from __future__ import annotations

import ast
import math

from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.shape_rules import axes_of
from bpstep.lang.trees import function_name
from bpstep.program.derivation import reductions, rules
from bpstep.program.derivation.algebra import SIGN, Divisor, Product, number
from bpstep.program.derivation.equations import FactorEquation, OperationPath
from bpstep.program.derivation.reverse_walk import ReverseWalk
from bpstep.program.derivation.structure import has_matmul, operation, sigmoid_exponent, softmax_sum
from bpstep.program.derived_forms import DerivedForm


def elementwise(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """A function of one argument, by its row of `SLOPES`."""
    function, (argument,) = function_name(node), node.args
    row = rules.SLOPES[function]
    by_result = walk.is_root(node) and not isinstance(argument, ast.Name) if row.kinked else True
    rule = row.by_result if row.by_result and (by_result or not row.by_argument) else row.by_argument
    slope = walk.from_rule(rule, node, {"x": argument, "y": node})
    factor = None
    if isinstance(argument, ast.Name) and walk.is_root(node) and walk.is_result_gradient(g):
        text = rules.factor_text(function, argument.id)
        factor = FactorEquation(text, "{g} * {f}", DerivedForm.FACTOR_ELEMENTWISE) if text else None
    found = g * slope
    activation = function in (*ACTIVATIONS, *rules.SMOOTH)
    if walk.has_several_occurrences(argument) and (
        activation or (has_matmul(argument) and not function_name(argument))
    ):
        found = walk.name_inner(found, node, (*path, (DerivedForm.THROUGH_SLOPE, function)))
    walk.walk(argument, found, (*path, (DerivedForm.THROUGH_SLOPE, function)), factor)


def operator(walk: ReverseWalk, node: ast.BinOp, g: Product, path: OperationPath) -> None:
    """An elementwise operation on two operands."""
    left, right = node.left, node.right
    exponent = sigmoid_exponent(node)
    parts = reductions.standardized_parts(walk, node)
    if parts is not None:
        reductions.written_standardization(walk, node, parts, g, path)
        return
    if softmax_sum(node) is not None:
        reductions.written_softmax(walk, node, g, path)
        return
    if exponent is not None:
        _written_sigmoid(walk, node, exponent, g, (*path, (DerivedForm.THROUGH_SLOPE, "/")))
        return
    if isinstance(node.op, ast.Div) and walk.shape(right) == () and not walk.is_active(right):
        walk.walk_broadcast(left, _over(walk, g, left, right), node, path)
        return
    form = DerivedForm.COPY if isinstance(node.op, ast.Add | ast.Sub) else DerivedForm.THROUGH_SLOPE
    _by_row(
        walk, node, rules.BINARY_RULES[operation(node)], (left, right), g, (*path, (form, operation(node)))
    )


def _written_sigmoid(
    walk: ReverseWalk, node: ast.expr, exponent: ast.expr, g: Product, path: OperationPath
) -> None:
    """1 / (1 + exp(-x)) as a sigmoid, in terms of its result; the exponent may have either sign."""
    argument, sign = exponent, -1
    if isinstance(exponent, ast.UnaryOp):
        argument, sign = exponent.operand, 1
    found = g * walk.from_rule(rules.SLOPES["sigmoid"].by_result, node, {"y": node}).scaled(sign)
    if walk.has_several_occurrences(argument):
        found = walk.name_inner(found, node, path)
    walk.walk(argument, found, path)


def negation(walk: ReverseWalk, node: ast.UnaryOp, g: Product, path: OperationPath) -> None:
    """-a."""
    walk.walk(node.operand, -g, path)


def power(walk: ReverseWalk, node: ast.BinOp | ast.Call, g: Product, path: OperationPath) -> None:
    """a**n with a number n, which decreases by one; a**b and power(a, b) by their row."""
    base, exponent = (node.left, node.right) if isinstance(node, ast.BinOp) else node.args
    path = (*path, (DerivedForm.THROUGH_SLOPE, operation(node)))
    n = walk.product(exponent)
    if not n.is_number:
        _by_row(walk, node, rules.BINARY_RULES["**"], (base, exponent), g, path)
        return
    slope = walk.product(base).power(n.number - 1, raised=n.number < 1)
    decimal = n.decimal and n.number.denominator != 1
    walk.walk_broadcast(base, (g * number(n.number, decimal)) * slope, node, path)


def _by_row(
    walk: ReverseWalk,
    node: ast.expr,
    row: tuple[str, str],
    operands: tuple[ast.expr, ast.expr],
    g: Product,
    path: OperationPath,
) -> None:
    """Pass to each of two operands what its row of a table says."""
    letters: dict[str, Product | ast.expr] = {"g": g, "y": node, "a": operands[0], "b": operands[1]}
    for operand, rule in zip(operands, row):
        if walk.is_active(operand):
            walk.walk_broadcast(operand, walk.from_rule(rule, node, letters), node, path)


def _over(walk: ReverseWalk, g: Product, left: ast.expr, right: ast.expr) -> Product:
    """The gradient over the divisor, if its tensor has it: a count, which stays, or a number that cancels.

    The sign of a negative number stands before the gradient.
    """
    found, text = walk.product(right), walk.raw(right).within(SIGN)
    if not found.is_number:
        return g.over(Divisor(text))
    if found.number < 0:
        g, found = -g, -found
        text = found.atom.within(SIGN)
    value = found.number
    return g.over(Divisor(text, value, cancels=value > 0 and value not in _counts(walk, left)))


def _counts(walk: ReverseWalk, node: ast.expr) -> set[int]:
    """How many cells the sums in a node run over, along each axis and in all."""
    found: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and walk.context.shapes[0].get(inner.id) == ():
            found |= _counts_of_scalar(walk, inner.id)
        elif isinstance(inner, ast.Call) and function_name(inner) in ("sum", "mean", "dot"):
            shape = walk.shape(inner.args[0])
            axes = axes_of(inner, len(shape)) if function_name(inner) != "dot" else None
            gone = [shape[axis] for axis in (range(len(shape)) if axes is None else axes)]
            found |= {*gone, math.prod(gone)}
    return found


def _counts_of_scalar(walk: ReverseWalk, tensor: str) -> set[int]:
    """The counts in the equation that defines a scalar; empty for an initial tensor."""
    known, definition = walk.context.counts, walk.context.definitions.get(tensor)
    if definition is None:
        return set()
    if tensor not in known:
        known[tensor] = _counts(ReverseWalk(walk.context, definition), definition.tree)
    return known[tensor]
