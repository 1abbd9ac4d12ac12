"""Sentences about what a step of a normalization is for.

A number is compared with a statistic of the numbers it stands among: their mean is subtracted (centring), the
difference is divided by their standard deviation (batch and layer normalization), the largest is subtracted
(a softmax that can't overflow), or it is divided by their sum (shares).
"""

from __future__ import annotations

import ast
import math

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext, first_filled
from bpstep.explain.prose.equation_text import addend_text, has_result_shape, number_of
from bpstep.frozen import frozen
from bpstep.lang.shapes import shape_of
from bpstep.lang.trees import function_name, int_literal, keyword
from bpstep.text import fill

_CENTRED = (
    "{cell} is {number} minus {statistic}, the mean of {group}: {value}. In {name} the mean is 0.",
    "{cell} is {number} minus the mean of {group}: {value}. In {name} the mean is 0.",
)
_SHIFTED_FOR_EXP = (
    "{cell} is {number} minus {statistic}, the largest number of {group}, so that exp can't overflow: "
    "{value}.",
    "{cell} is {number} minus the largest number of {group}, so that exp can't overflow: {value}.",
)
_SHIFTED = (
    "{cell} is {number} minus {statistic}, the largest number of {group}: {value}.",
    "{cell} is {number} minus the largest number of {group}: {value}.",
)
_SHARE = (
    "{cell} is {number} divided by {statistic}, the sum of {group}: a share of {value}. The shares of "
    "{group} add up to 1.",
    "{cell} is {number} divided by the sum of {group}: a share of {value}.",
)
_ABOVE = (
    "{number} lies {distance} standard deviations above {mean}, the mean of {group}. In {name} the mean "
    "is 0, the deviation {one}.",
    "{number} lies {distance} standard deviations above {mean}, the mean of {group}.",
    "{cell}: {distance} standard deviations above the mean of {group}.",
)
_BELOW = (
    "{number} lies {distance} standard deviations below {mean}, the mean of {group}. In {name} the mean "
    "is 0, the deviation {one}.",
    "{number} lies {distance} standard deviations below {mean}, the mean of {group}.",
    "{cell}: {distance} standard deviations below the mean of {group}.",
)
_SCALED_ABOVE = (
    "{number} lies {distance} standard deviations above {mean}, the mean of {group}. That times {scale}, "
    "plus {shift}, is {value}.",
    "{number} lies {distance} standard deviations above the mean of {group}. That times {scale}, plus "
    "{shift}, is {value}.",
    "{cell}: {distance} standard deviations above the mean of {group}, times {scale}, plus {shift}: {value}.",
)
_SCALED_BELOW = (
    "{number} lies {distance} standard deviations below {mean}, the mean of {group}. That, -{distance}, "
    "times {scale}, plus {shift}, is {value}.",
    "{number} lies {distance} standard deviations below the mean of {group}. That, -{distance}, times "
    "{scale}, plus {shift}, is {value}.",
    "{cell}: {distance} standard deviations below the mean of {group}, times {scale}, plus {shift}: {value}.",
)
_ITS_COLUMN, _ITS_ROW, _ALL = "its column", "its row", "all {count} numbers"
_ALONG_AXIS = "the {count} numbers along axis {axis}"
_ALONG_AXES = "the numbers along axes {axes}"
_ONE, _ABOUT_ONE, _ALMOST_ONE = "1", "1 but for {epsilon}", "almost 1"


@frozen
class _Normalized:
    """A number of which the mean is subtracted, and which is then divided by the standard deviation."""

    whole: ast.expr
    number: ast.expr
    mean: ast.Call
    subtracted: ast.expr
    """The mean as the equation, or that of the difference, writes it."""
    epsilon: ast.expr | None
    """What is added to the variance or to the deviation; None if nothing is."""


def normalization(m: SentenceContext) -> str:
    """What the equation does to the selected number; empty if it is not a step of a normalization."""
    tree = m.step.tree
    if not m.index:
        return ""
    if normalized := _normalized(m, tree):
        return _normalized_sentence(m, normalized)
    match tree:
        case ast.BinOp(left=number, op=ast.Sub() | ast.Div(), right=statistic):
            return _compared(m, tree, number, statistic)
        case ast.BinOp(left=ast.BinOp(left=scale, op=ast.Mult(), right=inner), op=ast.Add(), right=shift):
            return _scaled(m, scale, inner, shift)
        case ast.BinOp(
            left=ast.BinOp(
                left=ast.BinOp(left=scale, op=ast.Mult(), right=difference), op=ast.Div(), right=deviation
            ),
            op=ast.Add(),
            right=shift,
        ):
            return _scaled(m, scale, ast.BinOp(difference, ast.Div(), deviation), shift)
    return ""


def _compared(m: SentenceContext, tree: ast.BinOp, number: ast.expr, statistic: ast.expr) -> str:
    """A number minus the mean or the largest of those it stands among, or divided by their sum."""
    call = _statistic(m, statistic, number)
    templates = _templates(m, tree.op, function_name(call)) if call is not None else None
    if call is None or templates is None or not has_result_shape(m, number):
        return ""
    slots = {"cell": m.cell, "number": addend_text(m, number), "statistic": addend_text(m, statistic)}
    slots |= {"name": m.step.name, "group": _group(m, call, number), "value": m.v}
    return first_filled(templates, **slots)


def _templates(m: SentenceContext, operator: ast.operator, function: str) -> tuple[str, ...] | None:
    match operator, function:
        case ast.Sub(), "mean":
            return _CENTRED
        case ast.Sub(), "max":
            return _SHIFTED_FOR_EXP if _is_read_by_exp(m) else _SHIFTED
        case ast.Div(), "sum":
            return _SHARE
    return None


def _scaled(m: SentenceContext, scale: ast.expr, inner: ast.expr, shift: ast.expr) -> str:
    """A normalized number times a scale plus a shift, all in one equation."""
    normalized = _normalized(m, inner)
    if normalized is None or not has_result_shape(m, inner):
        return ""
    distance = number_of(m, normalized.whole)
    slots = _slots(m, normalized, distance) | {"value": m.v}
    slots |= {"scale": addend_text(m, scale), "shift": addend_text(m, shift)}
    return first_filled(_SCALED_BELOW if distance < 0 else _SCALED_ABOVE, **slots)


def _normalized_sentence(m: SentenceContext, normalized: _Normalized) -> str:
    return first_filled(_BELOW if m.value < 0 else _ABOVE, **_slots(m, normalized, m.value))


def _slots(m: SentenceContext, normalized: _Normalized, distance: float) -> dict[str, str]:
    return {
        "cell": m.cell,
        "name": m.step.name,
        "number": addend_text(m, normalized.number),
        "mean": addend_text(m, normalized.subtracted),
        "group": _group(m, normalized.mean, normalized.number),
        "distance": format_short(abs(distance)),
        "one": _one(normalized.epsilon),
    }


def _one(epsilon: ast.expr | None) -> str:
    """The standard deviation that a normalized tensor has."""
    match epsilon:
        case None:
            return fill(_ONE)
        case ast.Name(name):
            return fill(_ABOUT_ONE, epsilon=name)
    return fill(_ALMOST_ONE)


def _normalized(m: SentenceContext, tree: ast.expr) -> _Normalized | None:
    """The parts of (x - mean(x)) / sqrt(var(x) + epsilon), each of which may have a name; None for others."""
    match tree:
        case ast.BinOp(left=difference, op=ast.Div(), right=deviation):
            pass
        case _:
            return None
    match _meaning(m, difference):
        case ast.BinOp(left=number, op=ast.Sub(), right=subtracted):
            mean = _statistic(m, subtracted, number)
        case _:
            return None
    if mean is None or function_name(mean) != "mean" or not has_result_shape(m, number):
        return None
    parts = _deviation(m, deviation, difference, number)
    if parts is None or not _is_nearly_equal(number_of(m, deviation), number_of(m, parts[0])):
        return None
    return _Normalized(tree, number, mean, subtracted, parts[1])


def _is_nearly_equal(one: float, other: float) -> bool:
    """True if what is added to a deviation does not show in the digits of a sentence."""
    return math.isclose(one, other, rel_tol=1e-4)


def _deviation(
    m: SentenceContext, node: ast.expr, difference: ast.expr, number: ast.expr
) -> tuple[ast.expr, ast.expr | None] | None:
    """The standard deviation of `number` in a divisor, and what is added to it or under its root.

    None if the divisor is something else.
    """
    match _meaning(m, node):
        case ast.BinOp(left=inner, op=ast.Add(), right=added):
            found = _deviation(m, inner, difference, number)
            return None if found is None else (found[0], added)
        case ast.Call(func=ast.Name("std"), args=[of]) as deviation if _is_same(m, of, number):
            return deviation, None
        case ast.Call(func=ast.Name("sqrt"), args=[variance]):
            epsilon: ast.expr | None = None
            match _meaning(m, variance):
                case ast.BinOp(left=inner, op=ast.Add(), right=added):
                    variance, epsilon = inner, added
            if _is_variance(m, variance, difference, number):
                return ast.Call(ast.Name("sqrt"), [variance], []), epsilon
    return None


def _is_variance(m: SentenceContext, node: ast.expr, difference: ast.expr, number: ast.expr) -> bool:
    match _meaning(m, node):
        case ast.Call(func=ast.Name("var"), args=[of]):
            return _is_same(m, of, number)
        case ast.Call(func=ast.Name("mean"), args=[squares]):
            match _meaning(m, squares):
                case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(2)):
                    return _is_same(m, base, difference)
                case ast.Call(func=ast.Name("square"), args=[base]):
                    return _is_same(m, base, difference)
                case ast.BinOp(left=base, op=ast.Mult(), right=again):
                    return _is_same(m, base, difference) and _is_same(m, again, difference)
    return False


def _statistic(m: SentenceContext, node: ast.expr, number: ast.expr) -> ast.Call | None:
    """The mean, largest or sum of the tensor of `number` that a part of the equation is, or None."""
    meant = _meaning(m, node)
    match meant:
        case ast.Call(func=ast.Name("mean" | "max" | "sum"), args=[of]) if _is_same(m, of, number):
            return meant
    return None


def _meaning(m: SentenceContext, node: ast.expr) -> ast.expr:
    """The right side of the forward equation that a part of an equation names; else the part itself."""
    if isinstance(node, ast.Name) and (at := m.frame.program.step_indices.get(node.id)) is not None:
        step = m.frame.program.steps[at]
        return step.tree if step.phase.is_forward else node
    return node


def _is_same(m: SentenceContext, one: ast.expr, other: ast.expr) -> bool:
    """True if two parts are the same text, or one of them is the name of the other."""
    texts = [{ast.unparse(node), ast.unparse(_meaning(m, node))} for node in (one, other)]
    return bool(texts[0] & texts[1])


def _is_read_by_exp(m: SentenceContext) -> bool:
    calls = (node for step in m.frame.program.steps for node in ast.walk(step.tree))
    return any(
        isinstance(node, ast.Call)
        and function_name(node) == "exp"
        and [ast.unparse(each) for each in node.args] == [m.step.name]
        for node in calls
    )


def _group(m: SentenceContext, call: ast.Call, number: ast.expr) -> str:
    """The numbers that a statistic is taken of, seen from one of them."""
    shape = shape_of(number, m.frame.program.shapes)
    axis = keyword(call, "axis")
    if axis is None:
        return fill(_ALL, count=math.prod(shape))
    at = int_literal(axis)
    if at is None:
        return fill(_ALONG_AXES, axes=ast.unparse(axis))
    if len(shape) == 2:
        return fill(_ITS_ROW if at % 2 else _ITS_COLUMN)
    return fill(_ALONG_AXIS, count=shape[at], axis=at)
