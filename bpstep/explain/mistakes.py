"""What a person computes who makes one mistake in a cell's arithmetic: a factor left out, a sign turned.

A slip is the same tree with one place changed, and the words for that. They are made from the tree alone, so
that every equation has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar

Mistake = tuple[str, Scalar]
"""What went wrong, in words, and what it leads to."""

DescribeScalar = Callable[[Scalar], str]
"""How a part of the arithmetic is called."""

_MAX_TERMS = 12
"""A longer sum is not gone through term by term."""


def mistakes(node: Scalar, describe: DescribeScalar) -> Iterator[Mistake]:
    """Every slip, those at the outermost operation first."""
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
    """The operands of a node, each with the way to put another in its place."""
    if isinstance(node, Apply):
        for at, operand in enumerate(node.arguments):
            if node.operator != "where" or at == (1 if node.arguments[0].value else 2):
                yield operand, _argument(node, at)
    elif isinstance(node, Fold) and node.count <= _MAX_TERMS:
        for at in range(node.count):
            yield node.term(at), _term(node, at)


def _argument(node: Apply, at: int) -> Callable[[Scalar], Scalar]:
    before, after = node.arguments[:at], node.arguments[at + 1 :]
    return lambda changed: Apply(node.operator, (*before, changed, *after))


def _term(node: Fold, at: int) -> Callable[[Scalar], Scalar]:
    return lambda changed: Fold(node.kind, node.count, lambda k: changed if k == at else node.term(k))


def _mistakes_at(node: Scalar, describe: DescribeScalar) -> Iterator[Mistake]:
    """The slips at a node itself."""
    match node:
        case Apply(operator=operator) if operator in _MISTAKES_BY_OPERATOR:
            yield from _MISTAKES_BY_OPERATOR[operator](node.arguments, describe)
        case Apply(operator=operator, arguments=(only,)):
            yield f"{operator} is forgotten", only
        case Fold(kind="sum" | "mean") if node.count > 1:
            yield from _reduction_mistakes(node, describe)


def _negation_mistakes(arguments: tuple[Scalar, ...], _describe: DescribeScalar) -> Iterator[Mistake]:
    yield "a minus is forgotten", arguments[0]


def _sum_mistakes(arguments: tuple[Scalar, ...], describe: DescribeScalar) -> Iterator[Mistake]:
    left, right = arguments
    yield f"{describe(right)} is left out", left
    yield f"{describe(left)} is left out", right
    yield f"{describe(right)} is subtracted instead of added", Apply("-", (left, right))


def _difference_mistakes(arguments: tuple[Scalar, ...], describe: DescribeScalar) -> Iterator[Mistake]:
    left, right = arguments
    yield f"{describe(right)} is added instead of subtracted", Apply("+", (left, right))
    yield f"{describe(right)} is left out", left
    yield f"that is {describe(right)} alone", right
    yield f"1 stands in the place of {describe(left)}", Apply("-", (Number(1.0), right))
    yield "the difference is the other way round", Apply("-", (right, left))


def _product_mistakes(arguments: tuple[Scalar, ...], describe: DescribeScalar) -> Iterator[Mistake]:
    left, right = arguments
    yield f"the factor {describe(right)} is missing", left
    yield f"the factor {describe(left)} is missing", right
    yield (
        f"the two are added instead of multiplied: {describe(left)} and {describe(right)}",
        Apply("+", arguments),
    )
    for factor in arguments:
        yield f"the factor {describe(factor)} is there twice", Apply("*", (Apply("*", arguments), factor))


def _quotient_mistakes(arguments: tuple[Scalar, ...], describe: DescribeScalar) -> Iterator[Mistake]:
    left, right = arguments
    yield f"it is not divided by {describe(right)}", left
    yield "the fraction is upside down", Apply("/", (right, left))
    yield f"it is multiplied by {describe(right)} instead of divided", Apply("*", arguments)


def _power_mistakes(arguments: tuple[Scalar, ...], describe: DescribeScalar) -> Iterator[Mistake]:
    base, power = arguments
    is_square = isinstance(power, Number) and power.value == 2
    yield ("the square" if is_square else f"the power {describe(power)}") + " is forgotten", base
    yield f"it is multiplied by {describe(power)} instead of raised to it", Apply("*", arguments)


def _condition_mistakes(arguments: tuple[Scalar, ...], _describe: DescribeScalar) -> Iterator[Mistake]:
    condition, yes, no = arguments
    yield "that is the other side of the condition", no if condition.value else yes


def _reduction_mistakes(node: Fold, describe: DescribeScalar) -> Iterator[Mistake]:
    other, count = {"sum": "mean", "mean": "sum"}[node.kind], node.count
    yield f"that is the {other}, the {node.kind} is asked for", Fold(other, count, node.term)
    for at in range(count if count <= _MAX_TERMS else 0):
        if count > 2:
            yield f"{describe(node.term(at))} is left out", _without(node, at)
        yield f"only {describe(node.term(at))} is counted", node.term(at)


def _without(node: Fold, at: int) -> Scalar:
    return Fold(node.kind, node.count, lambda k: Number(0.0) if k == at else node.term(k))


_MISTAKES_BY_OPERATOR: dict[str, Callable[[tuple[Scalar, ...], DescribeScalar], Iterator[Mistake]]] = {
    "neg": _negation_mistakes,
    "+": _sum_mistakes,
    "-": _difference_mistakes,
    "*": _product_mistakes,
    "/": _quotient_mistakes,
    "**": _power_mistakes,
    "where": _condition_mistakes,
}


def cells_read(node: Scalar) -> Iterator[Cell]:
    """The cells that the arithmetic reads, of a long sum only the first terms'."""
    match node:
        case Cell():
            yield node
        case Apply():
            for operand in node.arguments:
                yield from cells_read(operand)
        case Fold():
            for at in range(min(node.count, _MAX_TERMS)):
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
