"""The single mistakes that people make in a cell's arithmetic: a missing factor, a wrong sign.

A mistake is the same tree with one place changed, and a row of the table in `mistakes` that names the change.
Both come from the tree alone, so every equation has its own mistakes.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.explain.single_mistakes import wrong_forms
from bpstep.lang.cells import Index
from bpstep.lang.parser import operands
from bpstep.lang.shapes import Shape, shape_of, value_shape
from bpstep.lang.substitution import replaced
from bpstep.lang.trees import int_literal, number_literal, short, substituted
from bpstep.program.derivation.structure import operation
from bpstep.program.program import Tensors

_REDUCTION_NAMES = {"sum": "sum", "mean": "mean", "max": "maximum", "min": "minimum"}

CellMistake = tuple[NamedMistake, Scalar]
"""A mistake, and the arithmetic that it leads to."""

DescribeScalar = Callable[[Scalar], str]
"""Names a part of the arithmetic."""

MAX_TERMS = 12
"""In longer sums no single terms are changed, unless most of them are 0."""

_MAX_SEARCHED_TERMS = 200


def mistakes(node: Scalar, describe: DescribeScalar) -> Iterator[CellMistake]:
    """Every single mistake, those at the outermost operation first."""
    level: list[tuple[Scalar, Callable[[Scalar], Scalar]]] = [(node, lambda whole: whole)]
    while level:
        below: list[tuple[Scalar, Callable[[Scalar], Scalar]]] = []
        for part, rebuild in level:
            for description, changed in _mistakes_at(part, describe):
                yield description, rebuild(changed)
            below += [(inner, _nested(rebuild, replace)) for inner, replace in _parts(part)]
        level = below


def _nested(
    rebuild: Callable[[Scalar], Scalar], replace: Callable[[Scalar], Scalar]
) -> Callable[[Scalar], Scalar]:
    return lambda changed: rebuild(replace(changed))


def _parts(node: Scalar) -> Iterator[tuple[Scalar, Callable[[Scalar], Scalar]]]:
    """The operands of a node, each with a function that replaces it."""
    if isinstance(node, Apply):
        for at, operand in enumerate(node.arguments):
            if node.operator != "where" or at == (1 if node.arguments[0].value else 2):
                yield operand, _argument(node, at)
    elif isinstance(node, Fold) and node.count <= MAX_TERMS:
        for at in range(node.count):
            yield node.term(at), _term(node, at)


def _argument(node: Apply, at: int) -> Callable[[Scalar], Scalar]:
    before, after = node.arguments[:at], node.arguments[at + 1 :]
    return lambda changed: Apply(node.operator, (*before, changed, *after))


def _term(node: Fold, at: int) -> Callable[[Scalar], Scalar]:
    return lambda changed: Fold(node.kind, node.count, lambda k: changed if k == at else node.term(k))


def _mistakes_at(node: Scalar, describe: DescribeScalar) -> Iterator[CellMistake]:
    """The mistakes at the node itself."""
    match node:
        case Apply(operator="where", arguments=(condition, yes, no)):
            yield Mistake.OTHER_BRANCH.named(), no if condition.value else yes
        case Apply(operator="neg"):
            yield from _mistakes_of_table("-a", node.arguments, describe)
        case Apply(operator=name, arguments=(_,)):
            yield from _mistakes_of_table(f"{name}(a)", node.arguments, describe)
        case Apply(operator="+" | "-" | "*" | "/" | "**" as operator):
            yield from _mistakes_of_table(f"a {operator} b", node.arguments, describe)
        case Fold(kind="sum" | "mean") if node.count > 1:
            yield from _reduction_mistakes(node, describe)
        case Fold(kind="max" | "min") if node.count > 1:
            for other in (_OPPOSITE_REDUCTIONS[node.kind], "mean", "sum"):
                yield _other_reduction(node, other), Fold(other, node.count, node.term)


def _mistakes_of_table(
    form: str, arguments: tuple[Scalar, ...], describe: DescribeScalar
) -> Iterator[CellMistake]:
    """The mistakes that an operation on a and b has in the table, made with its operands."""
    letters = dict(zip("ab", arguments))
    numbers: dict[str, ast.expr] = {
        letter: ast.Constant(int(part.value) if float(part.value).is_integer() else part.value)
        for letter, part in letters.items()
        if isinstance(part, Number)
    }

    def describe_part(part: ast.expr) -> str:
        found = _arithmetic(part, letters)
        return describe(found) if found else ast.unparse(part)

    for mistake, other in wrong_forms(substituted(form, numbers), describe_part):
        found = _arithmetic(other, letters)
        if found:
            yield mistake, found


def _arithmetic(tree: ast.expr, letters: Mapping[str, Scalar]) -> Scalar | None:
    """An expression in letters as arithmetic; None for one that needs more than numbers."""
    if isinstance(tree, ast.Name):
        return letters.get(tree.id)
    number = number_literal(tree)
    if number is not None:
        return Number(number)
    parts = [_arithmetic(part, letters) for part in operands(tree)]
    known = tuple(part for part in parts if part is not None)
    is_arithmetic = operation(tree) in ("neg", "+", "-", "*", "/", "**")
    return Apply(operation(tree), known) if is_arithmetic and len(known) == len(parts) else None


def _reduction_mistakes(node: Fold, describe: DescribeScalar) -> Iterator[CellMistake]:
    other, count = {"sum": "mean", "mean": "sum"}[node.kind], node.count
    yield _other_reduction(node, other), Fold(other, count, node.term)
    for at in _terms_to_change(node):
        if count > 2:
            yield Mistake.TERM_MISSING.named(part=describe(node.term(at))), _without(node, at)
        yield Mistake.ONLY_TERM.named(part=describe(node.term(at))), node.term(at)


_OPPOSITE_REDUCTIONS = {"max": "min", "min": "max"}


def _other_reduction(node: Fold, other: str) -> NamedMistake:
    return Mistake.OTHER_REDUCTION.named(given=_REDUCTION_NAMES[other], expected=_REDUCTION_NAMES[node.kind])


def _terms_to_change(node: Fold) -> Iterable[int]:
    """All terms of a short sum; of a longer one those that are not 0, if they are few."""
    if node.count <= MAX_TERMS:
        return range(node.count)
    if node.count > _MAX_SEARCHED_TERMS:
        return ()
    counted = [at for at in range(node.count) if node.term(at).value]
    return counted if len(counted) <= MAX_TERMS else ()


def _without(node: Fold, at: int) -> Scalar:
    return Fold(node.kind, node.count, lambda k: Number(0.0) if k == at else node.term(k))


def equation_mistakes(tree: ast.expr, index: Index, tensors: Tensors) -> Iterator[CellMistake]:
    """The mistakes in a whole equation: a missing transpose, a sum along the wrong axis."""
    shapes = {name: value_shape(value) for name, value in tensors.items()}
    found = [
        (Mistake.NOT_TRANSPOSED.named(part=short(node.value)), replaced(tree, node, node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "T"
    ]
    for description, changed in found:
        if _has_shape(changed, shape_of(tree, shapes), shapes):
            yield description, expand_cell(changed, index, tensors)
    match tree:
        case ast.Call(func=ast.Name(name), args=[operand], keywords=[ast.keyword("axis", axis), *_]) if (
            name in _REDUCTION_NAMES
        ):
            shape, at = shape_of(operand, shapes), int_literal(axis)
            place = max(index, default=0)
            if len(shape) == 2 and at is not None and shape[0] != 1 != shape[1] and place < shape[at % 2]:
                along = ast.Call(tree.func, [operand], [ast.keyword("axis", ast.Constant(1 - at % 2))])
                yield (
                    Mistake.WRONG_AXIS.named(given=1 - at % 2, expected=at % 2),
                    expand_cell(along, (place,), tensors),
                )


def tensor_mistakes(tree: ast.expr, index: Index, tensors: Tensors) -> Iterator[CellMistake]:
    """Another tensor of the same shape taken in one place, or in all: `H * (1 - net_1)`."""
    nodes = list(ast.walk(tree))
    parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    places: dict[str, list[int]] = {}
    for at, node in enumerate(nodes):
        # Of whole numbers that are indices, others may lie outside of the axis.
        if isinstance(node, ast.Name) and np.asarray(tensors.get(node.id, 0)).dtype.kind == "f":
            places.setdefault(node.id, []).append(at)
    times = Counter(ast.unparse(node) for node in nodes)
    part_at: dict[int, ast.expr] = {}
    for at in [at for there in places.values() if len(there) > 1 for at in there]:
        part = parents[nodes[at]]
        while times[ast.unparse(part)] > 1:
            part = parents[part]
        assert isinstance(part, ast.expr)
        part_at[at] = part
    for name, there in places.items():
        for other in tensors:
            if other == name or value_shape(tensors[other]) != value_shape(tensors[name]):
                continue
            slots = {"given": other, "expected": name}
            everywhere = _with_name(tree, there, other)
            yield Mistake.TENSOR_REPLACED.named(**slots), expand_cell(everywhere, index, tensors)
            for at in there if len(there) > 1 else ():
                there_alone = replaced(part_at[at], nodes[at], ast.Name(other, ast.Load()))
                sentence = Mistake.PART_READS_OTHER.named(part=short(there_alone), **slots)
                yield sentence, expand_cell(_with_name(tree, [at], other), index, tensors)


def _with_name(tree: ast.expr, places: Iterable[int], name: str) -> ast.expr:
    """The tree that reads the tensor `name` at the nodes with these numbers."""
    for at in places:
        tree = replaced(tree, list(ast.walk(tree))[at], ast.Name(name, ast.Load()))
    return tree


def _has_shape(tree: ast.expr, shape: Shape, shapes: Mapping[str, Shape]) -> bool:
    try:
        return shape_of(tree, shapes) == shape
    except ExpressionError:
        return False


def cells_read(node: Scalar) -> Iterator[Cell]:
    """The cells that the arithmetic reads; of a long sum only the first terms'."""
    match node:
        case Cell():
            yield node
        case Apply():
            for operand in node.arguments:
                yield from cells_read(operand)
        case Fold():
            for at in range(min(node.count, MAX_TERMS)):
                yield from cells_read(node.term(at))


def round_cells(node: Scalar, round_number: Callable[[float], float]) -> Scalar:
    """The same arithmetic on the numbers as they are shown."""
    match node:
        case Cell():
            return Number(round_number(node.value))
        case Apply():
            return Apply(
                node.operator, tuple(round_cells(operand, round_number) for operand in node.arguments)
            )
        case Fold():
            return Fold(node.kind, node.count, lambda k: round_cells(node.term(k), round_number))
    return node
