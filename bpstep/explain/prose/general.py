"""Sentences about networks that are given by their forward equations.

What an equation does is read from its tree and from how its derivation made it. Nothing is assumed about
what the tensors stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from bpstep.explain.numbers import format_short
from bpstep.explain.prose import ties
from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.lang.cells import cell_name
from bpstep.lang.shapes import shape_of
from bpstep.text import fill

_PRODUCT = (
    "{cell} is row {row} of {left} times column {column} of {right}: {count} products add up to {value}.",
    "{cell}: row {row} of {left} times column {column} of {right} gives {value}.",
    "A matrix product gives {cell} = {value}.",
)
_PRODUCT_AND_MORE = (
    "{cell} is row {row} of {left} times column {column} of {right}, {count} products added up, with what "
    "stands beside the product: {value}.",
    "{cell}: row {row} of {left} times column {column} of {right}, and what is added to it: {value}.",
    "A matrix product and what is added to it give {cell} = {value}.",
)

_REDUCTIONS = {
    "mean": (
        "{cell} is the mean of the {count} numbers of {of} {along}: {value}.",
        "{cell} is the mean of {count} numbers {along}: {value}.",
    ),
    "sum": (
        "{cell} is the sum of the {count} numbers of {of} {along}: {value}.",
        "{cell} is the sum of {count} numbers {along}: {value}.",
    ),
    "max": (
        "{cell} is the largest of the {count} numbers of {of} {along}: {value}.",
        "{cell} is the largest of {count} numbers {along}: {value}.",
    ),
    "min": (
        "{cell} is the smallest of the {count} numbers of {of} {along}: {value}.",
        "{cell} is the smallest of {count} numbers {along}: {value}.",
    ),
}
_ALONG_ALL, _ALONG_ROWS, _ALONG_COLUMNS = "all together", "down the column", "along the row"
_ALONG_AXIS = "along axis {axis}"

_ELEMENTWISE = (
    "Each number of {name} comes from the numbers at the same place: here {operands} give {value}.",
    "Each number of {name} comes from the numbers at the same place: here {value}.",
)
_OPERAND = "{cell} = {value}"
_FUNCTION = "{function} turns {operand} into {value}, each number by itself."
_ROW_SOFTMAX = ("softmax makes every number of a row positive, and their sum 1: {operand} becomes {value}.",)
_VALUE = "{cell} is {value}. {name} is computed from {operands}."
_CONSTANT = "{cell} is {value}. It is computed from no other tensor."

_PENALIZED_LOSS = (
    "E is {value}: {error} for how wrong the outputs are, and penalty, {penalty}, for large weights. "
    "Training makes the sum smaller.",
    "E is {value}: {error} for how wrong the outputs are, and penalty, {penalty}, for large weights.",
)
_LOSS = (
    "{cell} is {value}: how wrong the outputs are, as one number. Training makes it smaller; every gradient "
    "below is its derivative."
)

_FACTOR = (
    "How {of} changes with {by}, cell by cell: at {place}, {of} changes {value} times as much as {by}.",
    "How {of} changes with {by}: here {value} times as much.",
)
_MATRIX_FACTOR = (
    "{of} changes with {by} by a matrix: {name} is {source}, what the gradient of {of} is multiplied by on "
    "its way back.",
)
_INNER = (
    "{name} is the gradient of a result within the equation of {by} that several gradients share, so that it "
    "is computed once: {value}.",
)
_WITHIN = (
    "{name} is the gradient of {loss} with respect to {inner}, an unnamed result within the equation of "
    "{by}: here {value}.",
    "{name} is the gradient of {loss} with respect to a result within the equation of {by}: here {value}.",
)
_SCALED = (
    "{name} is {scale} times the gradient of {loss} with respect to {target}, in every cell: here {value}.",
    "{name} is {scale} times the gradient of {target}: here {value}.",
)
_PART = ("A part of the gradient of {by}, on a line of its own because the whole is long: {value}.",)

_VIA = (
    "What comes back to {by} through {readers} alone: {value}. {by} is read elsewhere too, and all of it is "
    "added up.",
    "What comes back to {by} through {readers} alone: {value}.",
)

_ROUNDING = (
    "0 apart from rounding: the terms cancel, and {value} is what float64 leaves of them. {loss} does not "
    "depend on {target}.",
)
_ADDED = (
    "{by} is read by {readers}; what comes back through each is added up: {value}. {sign}",
    "{by} is read by several equations; what comes back through each is added up: {value}. {sign}",
)
_BROADCAST = (
    "{by} was used again along an axis, so every use gives it a share, and the shares are added up: {value}. "
    "{sign}",
)
_MATMUL = (
    "{target} met {count} numbers in the product of {readers}: its gradient adds up what comes back there, "
    "each times the number it met: {value}. {sign}",
    "{target} met {count} numbers in a product; what comes back for each, times that number, adds up to "
    "{value}. {sign}",
    "What comes back for each product of {target}, times its partner, adds up: {value}. {sign}",
)
_SOFTMAX = (
    "Every softmax output depends on all inputs of its row, so the row's weighted mean is taken off: "
    "{value}. {sign}",
)
_CHAIN = (
    "The chain rule: what comes back through {readers} times its slope there: {value}. {sign}",
    "What comes back times the slope: {value}. {sign}",
)
_GATHERED = (
    "Row {row} of {by} was picked wherever the index holds {row}; what comes back to each of these places is "
    "added up: {value}. {sign}",
    "{by} was picked by rows; what comes back to each place is added up in its row: {value}. {sign}",
)
_LOSS_SLOPE = ("How {loss} changes with {target}: {value} times as much. {sign}",)
_GRADIENT = ("The gradient of {loss} with respect to {target} is {value}. {sign}",)

_AND = "{names} and {last}"

_SUMS = {"matmul_left", "matmul_right", "sum_over_broadcast", "sum_of_products", "add_contributions"}

_ROUNDINGS = 8
"""Roundings of the largest number read that a sum of terms may be off by, for each term."""


def _first(templates: tuple[str, ...], **slots: object) -> str:
    return first_fitting(*(fill(template, **slots) for template in templates))


def value(m: SentenceContext) -> str:
    """A tensor of the forward pass."""
    tree = m.step.tree
    product = _product(tree)
    if product is not None and len(m.index) > 1:
        left, right = product.left, product.right
        templates: tuple[str, ...] = _PRODUCT if product is tree else _PRODUCT_AND_MORE
        slots = {"left": _text(m, left), "right": _text(m, right), "count": _inner_size(m, left)}
        templates = templates if slots["count"] != 1 else templates[1:]
        row = ",".join(map(str, m.index[:-1]))
        return _first(templates, cell=m.cell, row=row, column=m.index[-1], value=m.v, **slots)
    match tree:
        case ast.Call(func=ast.Name(function), args=[operand, *_]) if function in _REDUCTIONS:
            slots = {"of": _text(m, operand), "count": _reduced_count(m), "along": _along(tree)}
            return _first(_REDUCTIONS[function], cell=m.cell, value=m.v, **slots)
        case ast.Call(func=ast.Name("softmax"), args=[ast.Name(operand)]):
            return _first(_ROW_SOFTMAX, operand=_operand(m, operand), value=m.v)
        case ast.Call(func=ast.Name(function), args=[ast.Name(operand)]) if _cell_beside(m, operand):
            return fill(_FUNCTION, function=function, operand=_operand(m, operand), value=m.v)
    names = m.step.reads
    if not names:
        return fill(_CONSTANT, cell=m.cell, value=m.v)
    if all(_cell_beside(m, name) for name in names):
        operands = _listed([_operand(m, name) for name in names])
        return _first(_ELEMENTWISE, name=m.step.name, operands=operands, value=m.v)
    return fill(_VALUE, cell=m.cell, value=m.v, name=m.step.name, operands=_listed(list(names)))


def loss(m: SentenceContext) -> str:
    return fill(_LOSS, cell=m.cell, value=m.v)


def penalized_loss(m: SentenceContext) -> str:
    """The loss, where large weights add to it."""
    penalty = float(m.frame.before["penalty"])
    slots = {"error": format_short(m.value - penalty), "penalty": format_short(penalty), "value": m.v}
    return _first(_PENALIZED_LOSS, **slots)


def factor(m: SentenceContext) -> str:
    """A derivative that has an equation of its own."""
    role = m.step.role
    if tied := ties.tie(m):
        return tied
    slots = {"of": role.of, "by": role.by, "value": m.v, "name": m.step.name, "source": m.step.source}
    if role.form == "factor_matmul":
        return _first(_MATRIX_FACTOR, **slots)
    return _first(_FACTOR, place=cell_name("", m.index) if m.index else m.step.name, **slots)


def inner(m: SentenceContext) -> str:
    """The gradient of a result that has no name of its own."""
    role = m.step.role
    slots = {"name": m.step.name, "by": role.by, "value": m.v, "loss": m.frame.program.loss}
    if role.scale != 1:
        return _scaled(m, role.inner)
    return _first(_WITHIN, inner=role.inner, **slots) if role.inner else _first(_INNER, **slots)


def contribution(m: SentenceContext) -> str:
    """What comes back through some of the readers, or a part of a long sum."""
    role = m.step.role
    if tied := ties.tie(m):
        return tied
    if role.form == "part" or not role.via:
        return _first(_PART, by=role.by, value=m.v)
    return _first(_VIA, by=role.by, readers=_listed(list(role.via)), value=m.v)


def gradient(m: SentenceContext) -> str:
    """The gradient of a tensor."""
    role = m.step.role
    if role.scale != 1:
        return _scaled(m, role.by)
    if role.form == "through_slope" and (tied := ties.tie(m)):
        return tied
    same_shape = np.shape(m.frame.tensors[m.step.name]) == m.frame.program.shapes[role.by]
    target = cell_name(role.by, m.index) if same_shape else role.by
    loss_name = m.frame.program.loss
    if _is_rounding(m):
        return _first(_ROUNDING, value=m.v, loss=loss_name, target=target)
    slots = {
        "by": role.by,
        "target": target,
        "loss": loss_name,
        "readers": _listed(list(role.via)) or loss_name,
        "count": _terms(m),
        "row": m.index[0] if m.index else 0,
        "value": m.v,
        "sign": m.sign_note(target),
    }
    return _first(_templates(m), **slots)


def _scaled(m: SentenceContext, target: str) -> str:
    slots = {"scale": f"{m.step.role.scale:.4g}", "loss": m.frame.program.loss, "value": m.v}
    return _first(_SCALED, name=m.step.name, target=target, **slots)


def _templates(m: SentenceContext) -> tuple[str, ...]:
    """By how the equation is made; one that ends in a matrix product is told as that."""
    form = m.step.role.form
    if form not in ("gather_back", "add_contributions") and _any_product(m.step.tree) is not None:
        return _MATMUL if _terms(m) > 1 else _MATMUL[2:]
    return _FORMS.get(form, _GRADIENT)


_FORMS = {
    "add_contributions": _ADDED,
    "sum_over_broadcast": _BROADCAST,
    "sum_of_products": _BROADCAST,
    "gather_back": _GATHERED,
    "softmax": _SOFTMAX,
    "through_factor": _CHAIN,
    "through_slope": _CHAIN,
    "loss_slope": _LOSS_SLOPE,
}


def _is_rounding(m: SentenceContext) -> bool:
    """True where a sum of large terms left a number that is as small as their rounding."""
    if m.step.role.form not in _SUMS or m.value == 0:
        return False
    sizes = [float(np.max(np.abs(m.frame.before[name]), initial=0)) for name in m.step.reads]
    largest = max((size for size in sizes if np.isfinite(size)), default=0.0)
    eps = float(np.finfo(np.float64).eps)
    return abs(m.value) <= _ROUNDINGS * eps * largest * max(_terms(m), 1)


def _terms(m: SentenceContext) -> int:
    """About how many terms a sum has: the cells of what it reads for each cell that it gives."""
    sizes = [int(np.size(m.frame.before[name])) for name in m.step.reads]
    given = int(np.size(m.frame.tensors[m.step.name]))
    product = _any_product(m.step.tree)
    if product is not None:
        return _inner_size(m, product.left)
    return max(max(sizes, default=1) // max(given, 1), 1)


def _product(tree: ast.expr) -> ast.BinOp | None:
    """The matrix product that an equation is, or that it adds something to."""
    match tree:
        case ast.BinOp(op=ast.MatMult()):
            return tree
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub()):
            return _product(left)
    return None


def _any_product(tree: ast.expr) -> ast.BinOp | None:
    """The first matrix product anywhere in an equation."""
    operations = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    return next((node for node in operations if isinstance(node.op, ast.MatMult)), None)


def _text(m: SentenceContext, node: ast.expr) -> str:
    """The text of a part of the equation, as it was written."""
    return ast.get_source_segment(m.step.source, node) or ast.unparse(node)


def _inner_size(m: SentenceContext, left: ast.expr) -> int:
    """How many products a cell of a matrix product adds up."""
    return shape_of(left, m.frame.program.shapes)[-1]


def _reduced_count(m: SentenceContext) -> int:
    """How many numbers become one."""
    assert isinstance(m.step.tree, ast.Call)
    cells = int(np.prod(shape_of(m.step.tree.args[0], m.frame.program.shapes)))
    return cells // max(int(np.size(m.frame.tensors[m.step.name])), 1)


def _along(call: ast.Call) -> str:
    """Along which axis numbers become one."""
    axis = next((each.value for each in call.keywords if each.arg == "axis"), None)
    match axis:
        case None:
            return fill(_ALONG_ALL)
        case ast.Constant(0):
            return fill(_ALONG_ROWS)
        case ast.Constant(1) | ast.UnaryOp(operand=ast.Constant(1)):
            return fill(_ALONG_COLUMNS)
    return fill(_ALONG_AXIS, axis=ast.unparse(axis))


def _cell_beside(m: SentenceContext, name: str) -> bool:
    """True where a tensor has one cell that belongs to the selected one, as in broadcasting."""
    shape, mine = np.shape(m.frame.before[name]), np.shape(m.frame.tensors[m.step.name])
    if len(shape) > len(mine):
        return False
    return all(size in (1, own) for size, own in zip(shape[::-1], mine[::-1]))


def _operand(m: SentenceContext, name: str) -> str:
    """The cell of a tensor that belongs to the selected one, with its number."""
    value = m.frame.before[name]
    shape = np.shape(value)
    place = m.index[len(m.index) - len(shape) :]
    index = tuple(0 if size == 1 else at for size, at in zip(shape, place))
    number = float(value[index] if index else value)
    return fill(_OPERAND, cell=cell_name(name, index) if index else name, value=format_short(number))


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return fill(_AND, names=", ".join(names[:-1]), last=names[-1])


GENERAL: dict[str, Callable[[SentenceContext], str]] = {
    "value": value,
    "factor": factor,
    "inner": inner,
    "contribution": contribution,
    "gradient": gradient,
}
