"""Sentences about forward equations, read from their trees alone.

Nothing is assumed about what the tensors stand for.
"""

from __future__ import annotations

import ast
import math
from itertools import islice

import numpy as np

from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.numbers import format_short
from bpstep.explain.operands import Operand, scalar_operands
from bpstep.explain.prose.context import SentenceContext, first_filled, first_fitting
from bpstep.explain.prose.equation_text import (
    addend_text,
    addends,
    any_matrix_product,
    before_reshape,
    cell_beside,
    cell_name_beside,
    condition_text,
    count_of_einsum_products,
    count_of_products,
    has_result_shape,
    index_beside,
    number_of,
    operand_with_value,
    part_text,
    shown_cell,
)
from bpstep.explain.prose.normalization import normalization
from bpstep.explain.scalar import Cell, Scalar
from bpstep.lang.cells import cell_name
from bpstep.lang.shape_rules import subscripts
from bpstep.lang.shapes import shape_of
from bpstep.lang.trees import function_name, int_literal, number_literal
from bpstep.program.program import Phase
from bpstep.text import fill, fill_plural, listed_with_and

_SAME_WEIGHT = "{names} is the same in {others}."
_SAME_WEIGHTS = "{names} are the same in {others}."
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
_EINSUM = (
    "{cell} is a sum over the indices {letters}: {count} products, each of {factors}, add up to {value}.",
    "{cell} is a sum of {count} products: {value}.",
)
_EINSUM_AND_MORE = (
    "{cell} is a sum over the indices {letters}: {count} products, each of {factors}, add up to "
    "{product}, plus "
    "{other}: {value}.",
    "{cell} is a sum of {count} products, {product}; plus {other}: {value}.",
)
_FACTOR_OF_ONE = "a number of {name}"
_FACTOR_OF_OTHER = "one of {name}"
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
"""The same for a scalar, which has no position."""
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
"""The same for a tensor with more than two axes, whose other axes might be taken for rows."""
_SOFTMAX_TO_ZERO = (
    "{operand} is so far below the largest number beside it that e to the power of the difference is 0 in "
    "float64: {cell} is exactly 0.",
    "{number} is so far below the largest number beside it that its share is exactly 0 in float64.",
)
_SOFTMAX_TO_ONE = (
    "softmax gives each number its share of 1: next to {operand} the others are so small that their shares "
    "are 0 in float64.",
    "softmax gives each number its share of 1: all of it goes to {number} here.",
)
_MASK_HOLDS = (
    "{condition} is true at {cell}, so {taken} is taken, {value}, and {left} plays no part.",
    "{condition} is true here, so {taken} is taken: {value}.",
)
_MASK_FAILS = (
    "{condition} is false at {cell}, so {taken} is taken, {value}, and {left} plays no part.",
    "{condition} is false here, so {taken} is taken: {value}.",
)
_MASK_HOLDS_NUMBER = (
    "{condition} is true at {cell}, so {taken} is taken, and {left} plays no part.",
    "{condition} is true here, so {taken} is taken.",
)
_MASK_FAILS_NUMBER = (
    "{condition} is false at {cell}, so {taken} is taken, and {left} plays no part.",
    "{condition} is false here, so {taken} is taken.",
)
_PICKED = (
    "{cell} is {source}, {value}: row {row} of {table} is picked, because {index} = {row}.",
    "{cell} is {source}, {value}: row {row} of {table} is picked.",
)
_MOVED = "{cell} is {source}, {value}: the number moves to another place; nothing is computed."
_WINDOW = (
    "{cell} is {source}, {value}: {window} is the window of {sizes} numbers of {tensor} that begins at "
    "{first}.",
    "{cell} is {source}, {value}: a number of the window that begins at {first}.",
)
_BY = " by "
"""Between the sizes of a window."""
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
_MAX_CELLS = 4
"""The most cells that a sentence lists."""


def value(m: SentenceContext) -> str:
    """What an equation of the forward pass computes, and which other equations use the same weights."""
    told, note = _value(m), _same_weights(m)
    return first_fitting(f"{told} {note}", told) if note else told


def _same_weights(m: SentenceContext) -> str:
    """Which equations multiply by the same weights as this one, as the steps in time do; empty if none does.

    Of several weights, those that the most equations read.
    """
    program = m.frame.program
    forward = [step for step in program.steps if step.phase == Phase.FORWARD and step is not m.step]
    readers: dict[tuple[str, ...], list[str]] = {}
    for name in _weights(m.step.tree):
        if name in program.parameters:
            others = tuple(step.name for step in forward if name in _weights(step.tree))
            readers.setdefault(others, []).append(name)
    most = max(readers, key=len, default=())
    if not most:
        return ""
    names = readers[most]
    return fill_plural(
        len(names),
        _SAME_WEIGHT,
        _SAME_WEIGHTS,
        names=listed_with_and(names),
        others=listed_with_and(list(most)),
    )


def _weights(tree: ast.expr) -> list[str]:
    """The names that stand to the right of an `@`."""
    products = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    right = [node.right for node in products if isinstance(node.op, ast.MatMult)]
    return [node.id for node in right if isinstance(node, ast.Name)]


def _value(m: SentenceContext) -> str:
    """A tensor of the forward pass."""
    tree = m.step.tree
    told = _product_sentence(m, tree) if any_matrix_product(tree) is not None else _einsum_sentence(m, tree)
    if told:
        return told
    match tree:
        case ast.Call(func=ast.Name(function), args=[operand, *_]) if function in _REDUCTIONS:
            return _reduction_sentence(m, tree, function, operand)
        case ast.Call(func=ast.Name(function), args=[operand], keywords=[]) if has_result_shape(m, operand):
            templates = _softmax_templates(m) if function == "softmax" else _FUNCTION
            number = format_short(number_of(m, operand))
            told = addend_text(m, operand)
            slots = {"function": function, "operand": told, "number": number, "value": m.v}
            return first_filled(templates, cell=m.cell, **slots)
    return _value_from(m)


def _softmax_templates(m: SentenceContext) -> tuple[str, ...]:
    """Templates for a softmax. A share of exactly 0 or 1 is rounded: it is positive, and below 1."""
    if m.value == 0:
        return _SOFTMAX_TO_ZERO
    others = m.frame.tensors[m.step.name][m.index[:-1]]
    if m.value == 1 and len(others) > 1:
        return _SOFTMAX_TO_ONE
    return _SOFTMAX_ALONG_LAST if len(m.index) > 2 else _ROW_SOFTMAX


def _value_from(m: SentenceContext) -> str:
    """What a number is computed from, by the cells that are read."""
    names = m.step.reads
    if not names:
        return fill(_CONSTANT, cell=m.cell, value=m.v)
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    if isinstance(scalar, Cell):
        return _moved_sentence(m, scalar)
    if told := _mask_sentence(m) or normalization(m):
        return told
    if all(cell_beside(m, name) for name in names) and _reads_only_cells_beside(m, scalar):
        operands = listed_with_and([operand_with_value(m, name) for name in names])
        names_of_cells = listed_with_and([cell_name_beside(m, name) for name in names])
        slots = {"name": m.step.name, "operands": operands, "cells": names_of_cells, "value": m.v}
        if not m.index and not any(map(np.shape, (m.frame.before[name] for name in names))):
            return first_filled(_OF_NUMBERS if len(names) > 1 else _OF_NUMBER, **slots)
        return first_filled(_ELEMENTWISE if len(names) > 1 else _ELEMENTWISE_OF_ONE, **slots)
    cells = [
        each.cell for each in islice(scalar_operands(scalar), _MAX_CELLS + 1) if isinstance(each, Operand)
    ]
    if 0 < len(cells) <= _MAX_CELLS:
        slots = {"cell": m.cell, "value": m.v, "cells": listed_with_and([shown_cell(cell) for cell in cells])}
        picked = _picked_row(m, cells)
        return first_filled(_FROM_PICKED_CELLS, **slots, **picked) if picked else fill(_FROM_CELLS, **slots)
    return fill(_VALUE, cell=m.cell, value=m.v, name=m.step.name, operands=listed_with_and(list(names)))


def _reads_only_cells_beside(m: SentenceContext, scalar: Scalar) -> bool:
    """True if the selected number comes from no cells but those at its own place."""
    cells = (each.cell for each in scalar_operands(scalar) if isinstance(each, Operand))
    return all(not cell.index or cell.index == index_beside(m, cell.name) for cell in cells)


def _picked_row(m: SentenceContext, cells: list[Cell]) -> dict[str, object]:
    """The row that an index selects for the selected cell, and the cell of the index; empty without one."""
    for node in ast.walk(m.step.tree):
        match node:
            case ast.Subscript(value=ast.Name(table), slice=ast.Name(index)) if has_result_shape(m, node):
                place = m.index[: np.ndim(m.frame.before[index])]
                row = m.frame.before[index][place]
                if any(cell.name == table and cell.index[0] == row for cell in cells):
                    return {"row": f"{row:g}", "table": table, "index": cell_name(index, place)}
    return {}


def _mask_sentence(m: SentenceContext) -> str:
    """Which of the two values a condition selects; empty if the equation is no such choice."""
    match m.step.tree:
        case ast.Call(func=ast.Name("where"), args=[condition, yes, no]) if all(
            isinstance(part, ast.expr) and _broadcasts(m, part) for part in (condition, yes, no)
        ):
            holds = bool(number_of(m, condition))
            told = condition_text(m, condition)
            taken, left = (yes, no) if holds else (no, yes)
            templates: tuple[str, ...] = _MASK_HOLDS if holds else _MASK_FAILS
            if number_literal(taken) is not None:
                templates = _MASK_HOLDS_NUMBER if holds else _MASK_FAILS_NUMBER
            if not any(isinstance(part, ast.Name) for part in ast.walk(left)):
                templates = templates[1:]
            slots = {"cell": m.cell, "value": m.v, "condition": told, "taken": part_text(m, taken)}
            return first_filled(templates, left=part_text(m, left), **slots)
    return ""


def _broadcasts(m: SentenceContext, node: ast.expr) -> bool:
    """True if a part of the equation has the same number for several cells."""
    shape, mine = shape_of(node, m.frame.program.shapes), np.shape(m.frame.tensors[m.step.name])
    return len(shape) <= len(mine) and all(size in (1, own) for size, own in zip(shape[::-1], mine[::-1]))


def _moved_sentence(m: SentenceContext, source: Cell) -> str:
    """A number that is copied from another position."""
    slots = {"cell": m.cell, "source": cell_name(source.name, source.index), "value": m.v}
    match m.step.tree:
        case ast.Subscript(value=ast.Name(table), slice=ast.Name(index)):
            place = m.index[: np.ndim(m.frame.before[index])]
            told = cell_name(index, place) if place else index
            return first_filled(_PICKED, row=source.index[0], table=table, index=told, **slots)
    if (places := _window_axes(m)) is not None:
        axes, sizes = places
        window = m.index[: len(m.index) - axes]
        first = cell_arithmetic(m.step, (*window, *(0,) * axes), m.frame.before)
        assert isinstance(first, Cell)
        slots |= {"tensor": source.name, "first": cell_name(first.name, first.index), "sizes": sizes}
        return first_filled(_WINDOW, window=cell_name(m.step.name, window), **slots)
    return fill(_MOVED, **slots)


def _window_axes(m: SentenceContext) -> tuple[int, str] | None:
    """How many of the last axes of the result hold a window, and its sizes; None if no axes do."""
    call = before_reshape(m.step.tree)
    if function_name(call) != "windows":
        return None
    assert isinstance(call, ast.Call)
    given = call.args[1]
    window = [int_literal(size) or 0 for size in (given.elts if isinstance(given, ast.Tuple) else [given])]
    shape = np.shape(m.frame.tensors[m.step.name])
    for axes in range(1, len(shape)):
        if math.prod(shape[-axes:]) == math.prod(window):
            return axes, fill(_BY).join(map(str, window))
    return None


def _reduction_sentence(m: SentenceContext, tree: ast.Call, function: str, operand: ast.expr) -> str:
    moved = before_reshape(operand)
    # The axes of the reshaped operand are not those of the tensor that is named.
    along = _along(tree, len(shape_of(operand, m.frame.program.shapes))) if moved is operand else ""
    slots = {"cell": m.cell, "of": part_text(m, moved), "count": _reduced_count(m), "value": m.v}
    if along:
        return first_filled(_REDUCTIONS[function], along=along, **slots)
    return fill(_REDUCTIONS_OF_MOVED[function], **slots)


def _product_sentence(m: SentenceContext, tree: ast.expr) -> str:
    """An equation that is a matrix product, with or without an addend; else empty."""
    if len(m.index) == 1:
        return _vector_sentence(m, tree)
    if not m.index:
        return ""
    match tree:
        case ast.BinOp(op=ast.MatMult()):
            if _has_vector(m, tree):
                return _vector_sentence(m, tree)
            count, row = count_of_products(m, tree.left), _row(m, tree.left)
            slots = {"left": part_text(m, tree.left), "right": part_text(m, tree.right), "count": count}
            templates = _PRODUCT if count != 1 else _PRODUCT[1:]
            return first_filled(templates, cell=m.cell, row=row, column=m.index[-1], value=m.v, **slots)
        case ast.BinOp(op=ast.Add()) if len(terms := addends(tree)) > 2:
            told = listed_with_and([addend_text(m, addend) for addend in terms])
            return first_filled(_ADDENDS, cell=m.cell, addends=told, count=len(terms), value=m.v)
        case ast.BinOp(left=ast.BinOp(op=ast.MatMult()) as product, op=operator, right=other):
            word = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(operator), "")
            is_with_vector = _has_vector(m, product)
            return _vector_sentence(m, tree) if is_with_vector else _product_beside(m, product, word, other)
        case ast.BinOp(left=other, op=ast.Add(), right=ast.BinOp(op=ast.MatMult()) as product):
            return "" if _has_vector(m, product) else _product_beside(m, product, "added to", other)
    return ""


def _einsum_sentence(m: SentenceContext, tree: ast.expr) -> str:
    """An einsum that adds up products, alone or with an addend; else empty."""
    other: ast.expr | None = None
    match tree:
        case ast.BinOp(left=ast.Call() as call, op=ast.Add(), right=other):
            pass
        case ast.Call() as call:
            pass
        case _:
            return ""
    if function_name(call) != "einsum" or not has_result_shape(m, call):
        return ""
    operands, result = subscripts(call)
    letters = dict.fromkeys(letter for operand in operands for letter in operand if letter not in result)
    count = count_of_einsum_products(m, call)
    if count == 1 or len(call.args) < 3:
        return ""
    first, *others = (part_text(m, argument) for argument in call.args[1:])
    factors = [fill(_FACTOR_OF_ONE, name=first), *(fill(_FACTOR_OF_OTHER, name=name) for name in others)]
    slots = {"letters": ", ".join(letters), "count": count, "factors": listed_with_and(factors)}
    slots |= {"cell": m.cell, "value": m.v}
    if other is None:
        return first_filled(_EINSUM, **slots)
    slots |= {"product": format_short(number_of(m, call)), "other": addend_text(m, other)}
    return first_filled(_EINSUM_AND_MORE, **slots)


def _has_vector(m: SentenceContext, product: ast.BinOp) -> bool:
    """Whether an operand of a matrix product has one axis, and so neither rows nor columns."""
    return any(len(shape_of(side, m.frame.program.shapes)) == 1 for side in (product.left, product.right))


def _vector_sentence(m: SentenceContext, tree: ast.expr) -> str:
    """A matrix, or several, times a vector or the other way round, with or without an addend; else empty."""
    other: ast.expr | None = None
    match tree:
        case ast.BinOp(left=ast.BinOp(op=ast.MatMult()) as product, op=ast.Add(), right=other):
            pass
        case ast.BinOp(op=ast.MatMult()) as product:
            pass
        case _:
            return ""
    if not has_result_shape(m, product) or (count := count_of_products(m, product.left)) == 1:
        return ""
    slots = {"left": part_text(m, product.left), "right": part_text(m, product.right), "count": count}
    slots |= {"cell": m.cell, "row": ",".join(map(str, m.index)), "value": m.v}
    is_row = len(shape_of(product.left, m.frame.program.shapes)) > 1
    if other is None:
        return first_filled(_MATRIX_TIMES_VECTOR if is_row else _VECTOR_TIMES_MATRIX, **slots)
    slots |= {"product": format_short(number_of(m, product)), "other": addend_text(m, other)}
    return first_filled(_MATRIX_TIMES_VECTOR_AND_MORE if is_row else _VECTOR_TIMES_MATRIX_AND_MORE, **slots)


def _product_beside(m: SentenceContext, product: ast.BinOp, word: str, other: ast.expr) -> str:
    if not word or not has_result_shape(m, product):
        return ""
    count = count_of_products(m, product.left)
    slots = {"left": part_text(m, product.left), "right": part_text(m, product.right), "count": count}
    slots |= {
        "row": _row(m, product.left),
        "column": m.index[-1],
        "product": format_short(number_of(m, product)),
    }
    templates = _PRODUCT_AND_MORE[word] if count != 1 else _PRODUCT_AND_MORE[word][1:]
    return first_filled(templates, cell=m.cell, other=addend_text(m, other), value=m.v, **slots)


def _row(m: SentenceContext, left: ast.expr) -> str:
    """The row of a product's left operand, with the indices before it if that has several matrices."""
    shape = shape_of(left, m.frame.program.shapes)
    place = m.index[len(m.index) - len(shape) : -1]
    return ",".join(str(0 if size == 1 else at) for at, size in zip(place, shape))


def loss(m: SentenceContext) -> str:
    return fill(_LOSS, cell=m.cell, value=m.v)


def penalized_loss(m: SentenceContext) -> str:
    """The loss, if large weights add to it."""
    penalty = float(m.frame.before["penalty"])
    slots = {"error": format_short(m.value - penalty), "penalty": format_short(penalty), "value": m.v}
    return first_filled(_PENALIZED_LOSS, **slots)


def _reduced_count(m: SentenceContext) -> int:
    """How many numbers become one."""
    assert isinstance(m.step.tree, ast.Call)
    cells = int(np.prod(shape_of(m.step.tree.args[0], m.frame.program.shapes)))
    return cells // max(int(np.size(m.frame.tensors[m.step.name])), 1)


def _along(call: ast.Call, rank: int) -> str:
    """The axis along which numbers become one: that of rows or columns in a matrix, of `rank` 2."""
    axis = next((each.value for each in call.keywords if each.arg == "axis"), None)
    if axis is None or rank < 2:
        return fill(_ALONG_ALL)
    match axis:
        case ast.Constant(0) if rank == 2:
            return fill(_ALONG_ROWS)
        case ast.Constant(1) | ast.UnaryOp(operand=ast.Constant(1)) if rank == 2:
            return fill(_ALONG_COLUMNS)
    if isinstance(axis, ast.Tuple):
        return fill(_ALONG_AXES, axes=listed_with_and([ast.unparse(each) for each in axis.elts]))
    return fill(_ALONG_AXIS, axis=ast.unparse(axis))
