"""What a person computes who makes one mistake in a cell's arithmetic: a factor left out, a sign turned.

A slip is the same tree with one place changed, and the words for that. They are made from the tree alone, so
that every equation has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar

Slip = tuple[str, Scalar]
"""What went wrong, in words, and what it leads to."""

Words = Callable[[Scalar], str]
"""How a part of the arithmetic is called."""

_TERMS = 12
"""A longer sum is not gone through term by term."""


def slips(node: Scalar, words: Words) -> Iterator[Slip]:
    """Every slip, those at the outermost operation first."""
    level: list[tuple[Scalar, Callable[[Scalar], Scalar]]] = [(node, lambda whole: whole)]
    while level:
        below: list[tuple[Scalar, Callable[[Scalar], Scalar]]] = []
        for part, put in level:
            for said, changed in _own(part, words):
                yield said, put(changed)
            below += [(inner, _nested(put, place)) for inner, place in _parts(part)]
        level = below


def _nested(put: Callable[[Scalar], Scalar], place: Callable[[Scalar], Scalar]) -> Callable[[Scalar], Scalar]:
    return lambda changed: put(place(changed))


def _parts(node: Scalar) -> Iterator[tuple[Scalar, Callable[[Scalar], Scalar]]]:
    """The operands of a node, each with the way to put another in its place."""
    if isinstance(node, Apply):
        for at, operand in enumerate(node.arguments):
            if node.operator != "where" or at == (1 if node.arguments[0].value else 2):
                yield operand, _argument(node, at)
    elif isinstance(node, Fold) and node.count <= _TERMS:
        for at in range(node.count):
            yield node.term(at), _term(node, at)


def _argument(node: Apply, at: int) -> Callable[[Scalar], Scalar]:
    before, after = node.arguments[:at], node.arguments[at + 1 :]
    return lambda changed: Apply(node.operator, (*before, changed, *after))


def _term(node: Fold, at: int) -> Callable[[Scalar], Scalar]:
    return lambda changed: Fold(node.kind, node.count, lambda k: changed if k == at else node.term(k))


def _own(node: Scalar, words: Words) -> Iterator[Slip]:
    """The slips at a node itself."""
    match node:
        case Apply(operator=operator) if operator in _AT:
            yield from _AT[operator](node.arguments, words)
        case Apply(operator=operator, arguments=(only,)):
            yield f"{operator} is forgotten", only
        case Fold(kind="sum" | "mean") if node.count > 1:
            yield from _folded(node, words)


def _negated(arguments: tuple[Scalar, ...], _words: Words) -> Iterator[Slip]:
    yield "a minus is forgotten", arguments[0]


def _sum(arguments: tuple[Scalar, ...], words: Words) -> Iterator[Slip]:
    left, right = arguments
    yield f"{words(right)} is left out", left
    yield f"{words(left)} is left out", right
    yield f"{words(right)} is subtracted instead of added", Apply("-", (left, right))


def _difference(arguments: tuple[Scalar, ...], words: Words) -> Iterator[Slip]:
    left, right = arguments
    yield f"{words(right)} is added instead of subtracted", Apply("+", (left, right))
    yield f"{words(right)} is left out", left
    yield f"that is {words(right)} alone", right
    yield f"1 stands in the place of {words(left)}", Apply("-", (Number(1.0), right))
    yield "the difference is the other way round", Apply("-", (right, left))


def _product(arguments: tuple[Scalar, ...], words: Words) -> Iterator[Slip]:
    left, right = arguments
    yield f"the factor {words(right)} is missing", left
    yield f"the factor {words(left)} is missing", right
    yield f"the two are added instead of multiplied: {words(left)} and {words(right)}", Apply("+", arguments)
    for factor in arguments:
        yield f"the factor {words(factor)} is there twice", Apply("*", (Apply("*", arguments), factor))


def _quotient(arguments: tuple[Scalar, ...], words: Words) -> Iterator[Slip]:
    left, right = arguments
    yield f"it is not divided by {words(right)}", left
    yield "the fraction is upside down", Apply("/", (right, left))
    yield f"it is multiplied by {words(right)} instead of divided", Apply("*", arguments)


def _power(arguments: tuple[Scalar, ...], words: Words) -> Iterator[Slip]:
    base, power = arguments
    is_square = isinstance(power, Number) and power.value == 2
    yield ("the square" if is_square else f"the power {words(power)}") + " is forgotten", base
    yield f"it is multiplied by {words(power)} instead of raised to it", Apply("*", arguments)


def _choice(arguments: tuple[Scalar, ...], _words: Words) -> Iterator[Slip]:
    condition, yes, no = arguments
    yield "that is the other side of the condition", no if condition.value else yes


def _folded(node: Fold, words: Words) -> Iterator[Slip]:
    other, count = {"sum": "mean", "mean": "sum"}[node.kind], node.count
    yield f"that is the {other}, the {node.kind} is asked for", Fold(other, count, node.term)
    for at in range(count if count <= _TERMS else 0):
        if count > 2:
            yield f"{words(node.term(at))} is left out", _without(node, at)
        yield f"only {words(node.term(at))} is counted", node.term(at)


def _without(node: Fold, at: int) -> Scalar:
    return Fold(node.kind, node.count, lambda k: Number(0.0) if k == at else node.term(k))


_AT: dict[str, Callable[[tuple[Scalar, ...], Words], Iterator[Slip]]] = {
    "neg": _negated,
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "**": _power,
    "where": _choice,
}


def cells(node: Scalar) -> Iterator[Cell]:
    """The cells that the arithmetic reads, of a long sum only the first terms'."""
    match node:
        case Cell():
            yield node
        case Apply():
            for operand in node.arguments:
                yield from cells(operand)
        case Fold():
            for at in range(min(node.count, _TERMS)):
                yield from cells(node.term(at))


def rounded(node: Scalar, shown: Callable[[float], float]) -> Scalar:
    """The same arithmetic on the numbers as they are shown."""
    match node:
        case Cell():
            return Number(shown(node.value))
        case Apply():
            return Apply(node.operator, tuple(rounded(operand, shown) for operand in node.arguments))
        case Fold():
            return Fold(node.kind, node.count, lambda k: rounded(node.term(k), shown))
    return node
