"""Sentences about networks that are given by their forward equations.

What an equation does is read from its tree and from how its derivation made it. Nothing is assumed about
what the tensors stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import islice

import numpy as np

from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.numbers import format_short
from bpstep.explain.operands import Operand, scalar_operands
from bpstep.explain.prose import ties
from bpstep.explain.prose.context import SentenceContext, first_fitting
from bpstep.explain.prose.rounding import is_rounding
from bpstep.explain.scalar import Apply, Cell, Number, Scalar
from bpstep.lang.cells import Index, cell_name
from bpstep.lang.shapes import shape_of
from bpstep.lang.trees import index_parts, is_new_axis, is_reshape, is_whole_slice
from bpstep.program.program import RoleKind
from bpstep.text import fill

_PRODUCT = (
    "{cell} is row {row} of {left} times column {column} of {right}: {count} products add up to {value}.",
    "{cell}: row {row} of {left} times column {column} of {right} gives {value}.",
    "A matrix product gives {cell} = {value}.",
)
_MATRIX_TIMES_VECTOR = (
    "{cell} is row {row} of {left} times {right}: {count} products add up to {value}.",
    "A matrix times a vector gives {cell} = {value}.",
)
_MATRIX_TIMES_VECTOR_AND_MORE = (
    "{cell} is row {row} of {left} times {right}, {count} products that add up to {product}, plus {other}: "
    "{value}.",
    "{cell}: a matrix times a vector gives {product}; plus {other}: {value}.",
)
_VECTOR_TIMES_MATRIX = (
    "{cell} is {left} times column {row} of {right}: {count} products add up to {value}.",
    "A vector times a matrix gives {cell} = {value}.",
)
_VECTOR_TIMES_MATRIX_AND_MORE = (
    "{cell} is {left} times column {row} of {right}, {count} products that add up to {product}, plus "
    "{other}: {value}.",
    "{cell}: a vector times a matrix gives {product}; plus {other}: {value}.",
)
_PRODUCT_AND_MORE = {
    "+": (
        "{cell} is row {row} of {left} times column {column} of {right}, {count} products that add up to "
        "{product}, plus {other}: {value}.",
        "{cell}: row {row} of {left} times column {column} of {right} is {product}; plus {other}: {value}.",
        "{cell}: the matrix product gives {product}; plus {other}: {value}.",
    ),
    "-": (
        "{cell} is row {row} of {left} times column {column} of {right}, {count} products that add up to "
        "{product}, minus {other}: {value}.",
        "{cell}: row {row} of {left} times column {column} of {right} is {product}; minus {other}: {value}.",
        "{cell}: the matrix product gives {product}; minus {other}: {value}.",
    ),
    "*": (
        "{cell} is row {row} of {left} times column {column} of {right}, {count} products that add up to "
        "{product}, times {other}: {value}.",
        "{cell}: row {row} of {left} times column {column} of {right} is {product}; times {other}: {value}.",
        "{cell}: the matrix product gives {product}; times {other}: {value}.",
    ),
    "/": (
        "{cell} is row {row} of {left} times column {column} of {right}, {count} products that add up to "
        "{product}, divided by {other}: {value}.",
        "{cell}: row {row} of {left} times column {column} of {right} is {product}; divided by {other}: "
        "{value}.",
        "{cell}: the matrix product gives {product}; divided by {other}: {value}.",
    ),
    "added to": (
        "{cell} is {other} plus row {row} of {left} times column {column} of {right}, {count} products that "
        "add up to {product}: {value}.",
        "{cell}: {other}, plus row {row} of {left} times column {column} of {right}, {product}: {value}.",
        "{cell}: {other}, plus the matrix product, {product}: {value}.",
    ),
}
_ADDENDS = (
    "{cell} adds up {addends}: {value}.",
    "{cell} adds up {count} numbers: {value}.",
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
_REDUCTIONS_OF_MOVED = {
    "mean": "{cell} is the mean of {count} numbers of {of}: {value}.",
    "sum": "{cell} is the sum of {count} numbers of {of}: {value}.",
    "max": "{cell} is the largest of {count} numbers of {of}: {value}.",
    "min": "{cell} is the smallest of {count} numbers of {of}: {value}.",
}
_ALONG_ALL, _ALONG_ROWS, _ALONG_COLUMNS = "all together", "down the column", "along the row"
_ALONG_AXIS = "along axis {axis}"
_ALONG_AXES = "along axes {axes}"

_ELEMENTWISE = (
    "Each number of {name} comes from one number of every tensor it reads: here {operands} give {value}.",
    "Each number of {name} comes from one number of every tensor it reads: here {cells} give {value}.",
)
_ELEMENTWISE_OF_ONE = (
    "Each number of {name} comes from the number at the same place: here {operands} gives {value}.",
)
_OF_NUMBERS = ("{operands} give {name} = {value}.", "{cells} give {name} = {value}.")
_OF_NUMBER = ("{operands} gives {name} = {value}.",)
"""The same where there is a single number, which stands at no place."""
_OPERAND = "{cell} = {value}"
_FUNCTION = (
    "{function} turns {operand} into {value}, each number by itself.",
    "{function} turns {number} into {value}, each number by itself.",
)
_ROW_SOFTMAX = (
    "softmax makes every number of a row positive, and their sum 1: {operand} becomes {value}.",
    "softmax makes every number of a row positive, and their sum 1: {number} becomes {value}.",
)
_SOFTMAX_ALONG_LAST = (
    "Along the last axis, softmax makes every number positive and their sum 1: {operand} becomes {value}.",
    "Along the last axis, softmax makes every number positive and their sum 1: {number} becomes {value}.",
)
"""Of a tensor with more than two axes, where a row may be taken for another axis."""
_SOFTMAX_TO_ZERO = (
    "{operand} is so far below the largest number of its row that e to the power of the difference is 0 in "
    "float64: {cell} is exactly 0.",
    "{number} is so far below the largest number of its row that its share is exactly 0 in float64.",
)
_SOFTMAX_TO_ONE = (
    "softmax gives each number of a row its share of 1: next to {operand} the others are so small that their "
    "shares are 0 in float64.",
    "softmax gives each number of a row its share of 1: all of it goes to {number} here.",
)
_MASK_HOLDS = (
    "{condition} is true at {cell}, so {taken} is taken, {value}, and {left} plays no part.",
    "{condition} is true here, so {taken} is taken: {value}.",
)
_MASK_FAILS = (
    "{condition} is false at {cell}, so {taken} is taken, {value}, and {left} plays no part.",
    "{condition} is false here, so {taken} is taken: {value}.",
)
_PICKED = (
    "{cell} is {source}, {value}: row {row} of {table} is picked, because {index} = {row}.",
    "{cell} is {source}, {value}: row {row} of {table} is picked.",
)
_MOVED = "{cell} is {source}, {value}: the number stands in another place, nothing is computed."
_FROM_CELLS = "{cell} is {value}. It is computed from {cells}."
_FROM_PICKED_CELLS = (
    "{cell} is {value}. It is computed from {cells}; row {row} of {table} is picked, because {index} = "
    "{row}.",
    _FROM_CELLS,
)
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
_FACTOR_MASK = {
    True: (
        "{condition} holds at {place}: {of} changes there by as much as {by} does, so the slope is {value}.",
        "The condition holds here: {of} changes by as much as {by} does, so the slope is {value}.",
    ),
    False: (
        "{condition} does not hold at {place}: {of} does not change there with {by}, so the slope is "
        "{value}.",
        "The condition does not hold here: {of} does not change with {by}, so the slope is {value}.",
    ),
}
_MATRIX_FACTOR = (
    "{of} changes with {by} by a matrix: {name} is {source}, what the gradient of {of} is multiplied by on "
    "its way back.",
)
_INNER = (
    "{name} is the gradient of {inner}, which {function} turns into {by}. Several gradients need it, so it "
    "is computed once: {value}.",
    "{name} is the gradient of what {function} turns into {by}. Several gradients need it, so it is computed "
    "once: {value}.",
)
_INNER_SOFTMAX = (
    "Every softmax output depends on all inputs of its row, so the row's weighted mean is subtracted. "
    "{inner} has the gradient {value} here.",
    "Every softmax output depends on all inputs of its row, so the row's weighted mean is subtracted: "
    "{value}.",
)
_INNER_OF_MANY = (
    "{name} is the gradient of a result within the equation of {by}. Several gradients need it, so it is "
    "computed once: {value}.",
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

_PART_REPEATED = (
    "{name} stands several times in the equation of {reader}, so it is computed once: {value}.",
)

_PART_MASK = (
    "Which numbers of {by} the gradient comes back to: 1 where {condition}, else 0; here {value}.",
    "Which numbers of {by} the gradient comes back to: 1 for these, 0 for the others; here {value}.",
)

_VIA = (
    "What comes back to {by} through {readers} alone: {value}. {by} is read elsewhere too, and all of it is "
    "added up.",
    "What comes back to {by} through {readers} alone: {value}.",
)

_VIA_WITH_NUMBERS = (
    "{source} comes back through {readers}, which changes {slope} times as much as {target}: {value}. More "
    "comes back through others.",
    *_VIA,
)

_ROUNDING = (
    "0 apart from rounding: the terms cancel, and {value} is what float64 leaves of them. {loss} does not "
    "depend on {target}.",
)
_VIA_ROUNDING = (
    "0 apart from rounding: the terms cancel, and {value} is what float64 leaves of them. Nothing comes back "
    "to {by} through {readers}.",
)
_ADDED = (
    "{by} is read by {readers}; what comes back through each is added up: {value}. {sign}",
    "{by} is read by several equations; what comes back through each is added up: {value}. {sign}",
)
_ADDED_WITHIN = (
    "{readers} reads {by} several times; what comes back from each place is added up: {value}. {sign}",
)
_BROADCAST = (
    "{target} is used in {count} places; what comes back from each is added up: {value}. {sign}",
    "{target} is used in {count} places, and what comes back is added up: {value}. {sign}",
)
_MATMUL = (
    "{target} met {count} numbers in the product of {readers}: its gradient adds up what comes back there, "
    "each times the number it met: {value}. {sign}",
    "{target} met {count} numbers in a product; what comes back for each, times that number, adds up to "
    "{value}. {sign}",
    "What comes back for each product of {target}, times its partner, adds up: {value}. {sign}",
)
_MATMUL_DIVIDED = (
    "{target} met {count} numbers in a product; what comes back for each, times that number, is added up and "
    "divided by {other}: {value}. {sign}",
    "What comes back for each product of {target}, times its partner, is added up and divided by {other}: "
    "{value}. {sign}",
)
_MATMUL_WITHIN = (
    "What comes back for each product of {target}, times its partner, is added up within the equation, which "
    "gives {value}. {sign}",
)
_MATMUL_OF_ONE = (
    "{target} met one number in a product; what comes back for it, times that number, is {value}. {sign}",
)
_SOFTMAX = (
    "Every softmax output depends on all inputs of its row, so the row's weighted mean is subtracted: "
    "{value}. {sign}",
)
_CHAIN = (
    "The chain rule: what comes back through {readers} times its slope there: {value}. {sign}",
    "What comes back times the slope: {value}. {sign}",
)
_CHAIN_WITH_NUMBERS = (
    "{source} comes back through {readers}, which changes {slope} times as much as {target}, giving "
    "{value}. {sign}",
    "{source} comes back, times the slope {slope}: {value}. {sign}",
)
_CHAIN_WITHOUT_SLOPE = (
    "{source} comes back through {readers}, which changes by as much as {target} does: {value}. {sign}",
    "{source} comes back, and that is it: {value}. {sign}",
)
_GATHERED = (
    "Row {row} of {by} was picked wherever {index} holds {row}; what comes back to each of these places is "
    "added up: {value}. {sign}",
    "{by} was picked by rows; what comes back to each place is added up in its row: {value}. {sign}",
)
_NOT_PICKED = (
    "Row {row} of {by} was picked nowhere, because {index} holds no {row}: nothing comes back to it, and its "
    "gradient is 0.",
    "Row {row} of {by} was picked nowhere: its gradient is 0.",
)
_SAME_PLACE = (
    "{target} only changes its place in {readers}: its gradient is {source}, {value}. {sign}",
    "{target} only changes its place: its gradient is {source}, {value}. {sign}",
)
_JOINED = (
    "The gradient of {by} is put together from those of its parts: here it is {source}, {value}. {sign}",
)
_COPIED = (
    "{readers} changes by as much as {target} does, so the gradient of {target} is {source}, {value}. {sign}",
    "The gradient is {source}, {value}. {sign}",
)
_LOSS_SLOPE = ("How {loss} changes with {target}: {value} times as much. {sign}",)
_GRADIENT = ("The gradient of {loss} with respect to {target} is {value}. {sign}",)

_AND = "{names} and {last}"
_EQUALS = "{left} = {right}"

_MOST_CELLS = 4
"""Cells that a sentence lists."""


def _first(templates: tuple[str, ...], **slots: object) -> str:
    return first_fitting(*(fill(template, **slots) for template in templates))


def value(m: SentenceContext) -> str:
    """A tensor of the forward pass."""
    tree = m.step.tree
    told = _product_sentence(m, tree) if _any_product(tree) is not None else ""
    if told:
        return told
    match tree:
        case ast.Call(func=ast.Name(function), args=[operand, *_]) if function in _REDUCTIONS:
            return _reduction_sentence(m, tree, function, operand)
        case ast.Call(func=ast.Name(function), args=[operand], keywords=[]) if _same_shape(m, operand):
            templates = _softmax_templates(m) if function == "softmax" else _FUNCTION
            number = format_short(_number(m, operand))
            told = _operand(m, operand.id) if isinstance(operand, ast.Name) else number
            if not isinstance(operand, ast.Name):
                told = fill(_OPERAND, cell=_text(m, operand), value=number)
            slots = {"function": function, "operand": told, "number": number, "value": m.v}
            return _first(templates, cell=m.cell, **slots)
    return _value_from(m)


def _softmax_templates(m: SentenceContext) -> tuple[str, ...]:
    """A share of exactly 0 or 1 is what rounding makes of a number that is positive, or below 1."""
    if m.value == 0:
        return _SOFTMAX_TO_ZERO
    others = m.frame.tensors[m.step.name][m.index[:-1]]
    if m.value == 1 and len(others) > 1:
        return _SOFTMAX_TO_ONE
    return _SOFTMAX_ALONG_LAST if len(m.index) > 2 else _ROW_SOFTMAX


def _value_from(m: SentenceContext) -> str:
    """What a number comes from, by the cells that are read."""
    names = m.step.reads
    if not names:
        return fill(_CONSTANT, cell=m.cell, value=m.v)
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    if isinstance(scalar, Cell):
        return _moved_sentence(m, scalar)
    if told := _mask_sentence(m):
        return told
    if all(_cell_beside(m, name) for name in names):
        operands = _listed([_operand(m, name) for name in names])
        names_of_cells = _listed([_cell_name_beside(m, name) for name in names])
        slots = {"name": m.step.name, "operands": operands, "cells": names_of_cells, "value": m.v}
        if not m.index and not any(map(np.shape, (m.frame.before[name] for name in names))):
            return _first(_OF_NUMBERS if len(names) > 1 else _OF_NUMBER, **slots)
        return _first(_ELEMENTWISE if len(names) > 1 else _ELEMENTWISE_OF_ONE, **slots)
    cells = [
        each.cell for each in islice(scalar_operands(scalar), _MOST_CELLS + 1) if isinstance(each, Operand)
    ]
    if 0 < len(cells) <= _MOST_CELLS:
        slots = {"cell": m.cell, "value": m.v, "cells": _listed([_shown(cell) for cell in cells])}
        picked = _picked_row(m, cells)
        return _first(_FROM_PICKED_CELLS, **slots, **picked) if picked else fill(_FROM_CELLS, **slots)
    return fill(_VALUE, cell=m.cell, value=m.v, name=m.step.name, operands=_listed(list(names)))


def _picked_row(m: SentenceContext, cells: list[Cell]) -> dict[str, object]:
    """The row that an index picks for the selected cell, and the cell of the index; empty without one."""
    for node in ast.walk(m.step.tree):
        match node:
            case ast.Subscript(value=ast.Name(table), slice=ast.Name(index)) if _same_shape(m, node):
                place = m.index[: np.ndim(m.frame.before[index])]
                row = m.frame.before[index][place]
                if any(cell.name == table and cell.index[0] == row for cell in cells):
                    return {"row": f"{row:g}", "table": table, "index": cell_name(index, place)}
    return {}


def _mask_sentence(m: SentenceContext) -> str:
    """Which of the two a condition picks; nothing where the equation is no such choice."""
    match m.step.tree:
        case ast.Call(func=ast.Name("where"), args=[condition, yes, no]) if all(
            isinstance(part, ast.expr) and _broadcasts(m, part) for part in (condition, yes, no)
        ):
            holds = bool(_number(m, condition))
            told = _condition(m, condition)
            taken, left = (yes, no) if holds else (no, yes)
            templates: tuple[str, ...] = _MASK_HOLDS if holds else _MASK_FAILS
            if not any(isinstance(part, ast.Name) for part in ast.walk(left)):
                templates = templates[1:]
            slots = {"cell": m.cell, "value": m.v, "condition": told, "taken": _text(m, taken)}
            return _first(templates, left=_text(m, left), **slots)
    return ""


def _broadcasts(m: SentenceContext, node: ast.expr) -> bool:
    """True where a part of the equation has one number for the selected cell."""
    shape, mine = shape_of(node, m.frame.program.shapes), np.shape(m.frame.tensors[m.step.name])
    return len(shape) <= len(mine) and all(size in (1, own) for size, own in zip(shape[::-1], mine[::-1]))


def _moved_sentence(m: SentenceContext, source: Cell) -> str:
    """A number that is copied from another place."""
    slots = {"cell": m.cell, "source": cell_name(source.name, source.index), "value": m.v}
    match m.step.tree:
        case ast.Subscript(value=ast.Name(table), slice=ast.Name(index)):
            place = m.index[: np.ndim(m.frame.before[index])]
            told = cell_name(index, place) if place else index
            return _first(_PICKED, row=source.index[0], table=table, index=told, **slots)
    return fill(_MOVED, **slots)


def _reduction_sentence(m: SentenceContext, tree: ast.Call, function: str, operand: ast.expr) -> str:
    moved = _unshaped(operand)
    # The axes of what was reshaped are not those of the tensor that is named.
    along = _along(tree) if moved is operand else ""
    slots = {"cell": m.cell, "of": _text(m, moved), "count": _reduced_count(m), "value": m.v}
    if along:
        return _first(_REDUCTIONS[function], along=along, **slots)
    return fill(_REDUCTIONS_OF_MOVED[function], **slots)


def _unshaped(node: ast.expr) -> ast.expr:
    """The expression without what only reshapes it, and without the new axes of length 1."""
    while True:
        match node:
            case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
                node = inner
            case ast.Subscript(value=inner) if all(
                is_whole_slice(part) or is_new_axis(part) for part in index_parts(node)
            ):
                node = inner
            case _:
                return node


def _product_sentence(m: SentenceContext, tree: ast.expr) -> str:
    """An equation that is a matrix product, or one and something beside it; else nothing."""
    if len(m.index) == 1:
        return _vector_sentence(m, tree)
    if not m.index:
        return ""
    match tree:
        case ast.BinOp(op=ast.MatMult()):
            count = _inner_size(m, tree.left)
            slots = {"left": _text(m, tree.left), "right": _text(m, tree.right), "count": count}
            templates = _PRODUCT if count != 1 else _PRODUCT[1:]
            return _first(templates, cell=m.cell, row=_row(m), column=m.index[-1], value=m.v, **slots)
        case ast.BinOp(op=ast.Add()) if len(addends := _addends(tree)) > 2:
            told = _listed([_addend(m, addend) for addend in addends])
            return _first(_ADDENDS, cell=m.cell, addends=told, count=len(addends), value=m.v)
        case ast.BinOp(left=ast.BinOp(op=ast.MatMult()) as product, op=operator, right=other):
            word = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(operator), "")
            return _product_beside(m, product, word, other)
        case ast.BinOp(left=other, op=ast.Add(), right=ast.BinOp(op=ast.MatMult()) as product):
            return _product_beside(m, product, "added to", other)
    return ""


def _vector_sentence(m: SentenceContext, tree: ast.expr) -> str:
    """A matrix times a vector or the other way round, also with something added; else nothing."""
    other: ast.expr | None = None
    match tree:
        case ast.BinOp(left=ast.BinOp(op=ast.MatMult()) as product, op=ast.Add(), right=other):
            pass
        case ast.BinOp(op=ast.MatMult()) as product:
            pass
        case _:
            return ""
    if not _same_shape(m, product) or (count := _inner_size(m, product.left)) == 1:
        return ""
    slots = {"left": _text(m, product.left), "right": _text(m, product.right), "count": count}
    slots |= {"cell": m.cell, "row": m.index[0], "value": m.v}
    is_row = len(shape_of(product.left, m.frame.program.shapes)) > 1
    if other is None:
        return _first(_MATRIX_TIMES_VECTOR if is_row else _VECTOR_TIMES_MATRIX, **slots)
    slots |= {"product": format_short(_number(m, product)), "other": _addend(m, other)}
    return _first(_MATRIX_TIMES_VECTOR_AND_MORE if is_row else _VECTOR_TIMES_MATRIX_AND_MORE, **slots)


def _product_beside(m: SentenceContext, product: ast.BinOp, word: str, other: ast.expr) -> str:
    if not word or not _same_shape(m, product):
        return ""
    count = _inner_size(m, product.left)
    slots = {"left": _text(m, product.left), "right": _text(m, product.right), "count": count}
    slots |= {"row": _row(m), "column": m.index[-1], "product": format_short(_number(m, product))}
    templates = _PRODUCT_AND_MORE[word] if count != 1 else _PRODUCT_AND_MORE[word][1:]
    return _first(templates, cell=m.cell, other=_addend(m, other), value=m.v, **slots)


def _row(m: SentenceContext) -> str:
    return ",".join(map(str, m.index[:-1]))


def _addends(tree: ast.expr) -> list[ast.expr]:
    match tree:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [*_addends(left), *_addends(right)]
    return [tree]


def _addend(m: SentenceContext, node: ast.expr) -> str:
    """A part of an equation with its number at the selected cell: its cell's name, or its text."""
    if isinstance(node, ast.Name):
        return _operand(m, node.id)
    return fill(_OPERAND, cell=_text(m, node), value=format_short(_number(m, node)))


def _number(m: SentenceContext, node: ast.expr) -> float:
    """The number that a part of the equation has at the selected cell, as broadcasting takes it."""
    shape = shape_of(node, m.frame.program.shapes)
    place = m.index[len(m.index) - len(shape) :]
    index = tuple(0 if size == 1 else at for at, size in zip(place, shape))
    return expand_cell(node, index, m.frame.before).value


def _same_shape(m: SentenceContext, node: ast.expr) -> bool:
    shape: tuple[int, ...] = np.shape(m.frame.tensors[m.step.name])
    if isinstance(node, ast.List | ast.Tuple):
        return False
    return shape_of(node, m.frame.program.shapes) == shape


def _shown(cell: Cell) -> str:
    name = cell_name(cell.name, cell.index) if cell.index else cell.name
    return fill(_OPERAND, cell=name, value=format_short(cell.value))


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
    place = cell_name("", m.index) if m.index else m.step.name
    match m.step.tree:
        case ast.Call(func=ast.Name("where"), args=[condition, ast.Constant(1), ast.Constant(0)]):
            return _first(
                _FACTOR_MASK[bool(m.value)], place=place, condition=_condition(m, condition), **slots
            )
    return _first(_FACTOR, place=place, **slots)


def inner(m: SentenceContext) -> str:
    """The gradient of a result that has no name of its own."""
    role = m.step.role
    slots = {"name": m.step.name, "by": role.by, "value": m.v, "loss": m.frame.program.loss}
    if role.scale != 1:
        return _scaled(m, role.inner)
    if role.inner:
        return _first(_WITHIN, inner=role.inner, **slots)
    tree = m.frame.program.steps[m.frame.program.step_indices[role.by]].tree
    match tree:
        case ast.Call(func=ast.Name(function), args=[argument], keywords=[]) if role.rules == (function,):
            templates = _INNER_SOFTMAX if function == "softmax" else _INNER
            return _first(templates, inner=ast.unparse(argument), function=function, **slots)
    return _first(_INNER_OF_MANY, **slots)


def contribution(m: SentenceContext) -> str:
    """What comes back through some of the readers, or a part of a long sum."""
    role = m.step.role
    if tied := ties.tie(m):
        return tied
    if is_rounding(m):
        return _first(_VIA_ROUNDING, by=role.by, readers=_listed(list(role.via)), value=m.v)
    if role.form == "part" or not role.via:
        match m.step.tree:
            case ast.Call(func=ast.Name("where"), args=[condition, ast.Constant(), ast.Constant()]):
                return _first(_PART_MASK, by=role.by, condition=_condition(m, condition), value=m.v)
        if reader := _repeating_reader(m):
            return _first(_PART_REPEATED, name=m.step.name, reader=reader, value=m.v)
        return _first(_PART, by=role.by, value=m.v)
    slots = {"by": role.by, "readers": _listed(list(role.via)), "value": m.v}
    if passed := _passed_slope(m):
        source, slope = passed
        same_shape = np.shape(m.frame.tensors[m.step.name]) == m.frame.program.shapes[role.by]
        target = cell_name(role.by, m.index) if same_shape else role.by
        numbers = {"source": _shown(source), "slope": format_short(slope), "target": target}
        return _first(_VIA_WITH_NUMBERS, **slots, **numbers)
    return _first(_VIA, **slots)


def _repeating_reader(m: SentenceContext) -> str:
    """The equation that reads a part several times; empty where none does."""
    name = m.step.name
    for step in m.frame.program.steps:
        read = [node for node in ast.walk(step.tree) if isinstance(node, ast.Name) and node.id == name]
        if len(read) > 1:
            return step.name
    return ""


def _condition(m: SentenceContext, condition: ast.expr) -> str:
    """A condition, as far as it tells which tensors are compared."""
    match condition:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            return fill(_EQUALS, left=_text(m, _unshaped(left)), right=_text(m, _unshaped(right)))
    return _text(m, condition)


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
    if is_rounding(m):
        return _first(_ROUNDING, value=m.v, loss=loss_name, target=target)
    slots = {
        "by": role.by,
        "target": target,
        "loss": loss_name,
        "readers": _listed(list(role.via)) or loss_name,
        "count": _terms(m),
        "row": m.index[0] if m.index else 0,
        "index": _picking_index(m.step.tree),
        "source": _source_cell(m),
        "other": _divisor(m),
        "value": m.v,
        "sign": m.sign_note(target),
    }
    templates = _templates(m)
    if templates is _ADDED and len(role.via) == 1:
        templates = _ADDED_WITHIN
    if templates in (_CHAIN, _GRADIENT) and (passed := _passed_slope(m)):
        source, slope = passed
        slots |= {"source": _shown(source), "slope": format_short(slope)}
        return _first(_CHAIN_WITHOUT_SLOPE if slope == 1 else _CHAIN_WITH_NUMBERS, **slots)
    return _first(templates, **slots)


def _passed_slope(m: SentenceContext) -> tuple[Cell, float] | None:
    """The one cell of the reader's gradient that comes back to the selected cell, and what it is times.

    None where several cells do, or those of an inner result.
    """
    role, program = m.step.role, m.frame.program
    if len(role.via) != 1:
        return None
    gradients = [
        name
        for name in m.step.reads
        if name in program.step_indices
        and (read := program.steps[program.step_indices[name]].role).of == program.loss
        and (read.kind, read.by) == (RoleKind.GRADIENT, role.via[0])
    ]
    if len(gradients) != 1:
        return None
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    cells = [cell for cell in _cells_in(scalar) if cell.name == gradients[0]]
    if len(cells) != 1:
        return None
    nothing, slope = (_with_number(scalar, gradients[0], number).value for number in (0.0, 1.0))
    return (cells[0], slope) if nothing == 0 and np.isfinite(slope) else None


def _cells_in(node: Scalar) -> list[Cell]:
    """The cells outside sums."""
    if isinstance(node, Apply):
        return [cell for argument in node.arguments for cell in _cells_in(argument)]
    return [node] if isinstance(node, Cell) else []


def _with_number(node: Scalar, name: str, number: float) -> Scalar:
    """The arithmetic with a number in the place of a tensor's cells."""
    if isinstance(node, Cell):
        return Number(number) if node.name == name else node
    if isinstance(node, Apply):
        return Apply(node.operator, tuple(_with_number(each, name, number) for each in node.arguments))
    return node


def _scaled(m: SentenceContext, target: str) -> str:
    slots = {"scale": f"{m.step.role.scale:.4g}", "loss": m.frame.program.loss, "value": m.v}
    return _first(_SCALED, name=m.step.name, target=target, **slots)


def _templates(m: SentenceContext) -> tuple[str, ...]:
    """By how the equation is made; one that ends in a matrix product is told as that."""
    form = m.step.role.form
    if form == "gather_back" and _is_not_picked(m):
        return _NOT_PICKED
    if form not in ("gather_back", "add_contributions") and _any_product(m.step.tree) is not None:
        return _matmul_templates(m)
    if form == "softmax" and _reads_inner(m):
        # The softmax itself was passed in the inner gradient; what is left is the way from there.
        form = "sum_over_broadcast" if "broadcast" in m.step.role.rules else ""
    if form in ("sum_over_broadcast", "sum_of_products") and _terms(m) == 1:
        return _CHAIN
    if form in ("moved", "copy", "join") and not _source_cell(m):
        return _GRADIENT
    return _FORMS.get(form, _GRADIENT)


def _matmul_templates(m: SentenceContext) -> tuple[str, ...]:
    """A matrix product by itself, or one that something is done with."""
    product = _any_product(m.step.tree)
    match m.step.tree:
        case ast.BinOp(left=ast.BinOp(op=ast.MatMult()), op=ast.Div()):
            return _MATMUL_DIVIDED
        case ast.BinOp() as whole if whole is not product:
            return _MATMUL_WITHIN
    return _MATMUL if _terms(m) > 1 else _MATMUL_OF_ONE


_FORMS = {
    "add_contributions": _ADDED,
    "sum_over_broadcast": _BROADCAST,
    "sum_of_products": _BROADCAST,
    "gather_back": _GATHERED,
    "moved": _SAME_PLACE,
    "copy": _COPIED,
    "join": _JOINED,
    "softmax": _SOFTMAX,
    "through_factor": _CHAIN,
    "through_slope": _CHAIN,
    "loss_slope": _LOSS_SLOPE,
}


def _reads_inner(m: SentenceContext) -> bool:
    """True where the equation reads the gradient of a result within another one."""
    program = m.frame.program
    steps = (
        program.steps[program.step_indices[name]] for name in m.step.reads if name in program.step_indices
    )
    return any(step.role.kind == RoleKind.INNER for step in steps)


def _is_not_picked(m: SentenceContext) -> bool:
    """True where the index holds the selected row nowhere."""
    index = _picking_index(m.step.tree)
    return bool(index and m.index and m.value == 0 and not np.any(m.frame.before[index] == m.index[0]))


def _picking_index(tree: ast.expr) -> str:
    """The tensor of indices by which rows were picked."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("one_hot"), args=[index, *_]):
                names = (each.id for each in ast.walk(index) if isinstance(each, ast.Name))
                return next(names, "")
    return ""


def _source_cell(m: SentenceContext) -> str:
    """The cell that the selected one is a copy of; empty where it is more than that."""
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    return cell_name(scalar.name, scalar.index) if isinstance(scalar, Cell) and scalar.index else ""


def _terms(m: SentenceContext) -> int:
    """How many terms a cell of a sum or of a product adds up."""
    product = _any_product(m.step.tree)
    if product is not None:
        return _inner_size(m, product.left)
    for node in ast.walk(m.step.tree):
        match node:
            case ast.Call(func=ast.Name("sum"), args=[operand]):
                cells = (int(np.prod(shape_of(each, m.frame.program.shapes))) for each in (operand, node))
                return next(cells) // max(next(cells), 1)
    return 1


def _divisor(m: SentenceContext) -> str:
    """What an equation divides by at last, with its number; empty where it does not."""
    match m.step.tree:
        case ast.BinOp(op=ast.Div(), right=divisor):
            return _addend(m, divisor)
    return ""


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
    if isinstance(axis, ast.Tuple):
        return fill(_ALONG_AXES, axes=_listed([ast.unparse(each) for each in axis.elts]))
    return fill(_ALONG_AXIS, axis=ast.unparse(axis))


def _cell_beside(m: SentenceContext, name: str) -> bool:
    """True where a tensor has one cell that belongs to the selected one, as in broadcasting."""
    shape, mine = np.shape(m.frame.before[name]), np.shape(m.frame.tensors[m.step.name])
    if len(shape) > len(mine):
        return False
    return all(size in (1, own) for size, own in zip(shape[::-1], mine[::-1]))


def _index_beside(m: SentenceContext, name: str) -> Index:
    """Where a tensor has the cell that belongs to the selected one."""
    shape = np.shape(m.frame.before[name])
    place = m.index[len(m.index) - len(shape) :]
    return tuple(0 if size == 1 else at for size, at in zip(shape, place))


def _cell_name_beside(m: SentenceContext, name: str) -> str:
    index = _index_beside(m, name)
    return cell_name(name, index) if index else name


def _operand(m: SentenceContext, name: str) -> str:
    """The cell of a tensor that belongs to the selected one, with its number."""
    value, index = m.frame.before[name], _index_beside(m, name)
    number = float(value[index] if index else value)
    return fill(_OPERAND, cell=_cell_name_beside(m, name), value=format_short(number))


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return fill(_AND, names=", ".join(names[:-1]), last=names[-1])


GENERAL: dict[RoleKind, Callable[[SentenceContext], str]] = {
    RoleKind.VALUE: value,
    RoleKind.FACTOR: factor,
    RoleKind.INNER: inner,
    RoleKind.CONTRIBUTION: contribution,
    RoleKind.GRADIENT: gradient,
}
