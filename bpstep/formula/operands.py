"""The cells that a cell's arithmetic is made of, each once, in the order in which they stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bpstep.formula.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.home import Index


@dataclass(frozen=True)
class Operand:
    """A cell that is read, and what it has a part in."""

    cell: Cell
    adds: float | None = None
    """What the addend that begins with it comes to; None within an addend, and where there is no sum."""


@dataclass(frozen=True)
class More:
    """Terms of a long sum that are left out."""

    count: int


Found = Iterator[Operand | More]


def operands(node: Scalar, most: int | None = None) -> Found:
    """The operands, made as they are asked for. Of a sum with more than two terms beyond `most`: `most`."""
    seen: set[tuple[str, Index]] = set()
    left_out, adds = 0, None
    walk = _addends(node, 1.0, most) if _is_sum(node) else _cells(node, most)
    for found in walk:
        if isinstance(found, More):
            # A softmax goes over the same cells twice: it is enough to say once that there are more.
            if found.count != left_out:
                yield found
            left_out = found.count
            continue
        adds = adds if found.adds is None else found.adds
        if (key := (found.cell.name, found.cell.index)) not in seen:
            seen.add(key)
            yield replace(found, adds=adds)
            left_out, adds = 0, None


def _is_sum(node: Scalar) -> bool:
    """True where the arithmetic is a sum, perhaps a multiple of one."""
    match node:
        case Fold(kind="sum" | "mean"):
            return node.count > 1
        case Apply(operator="+" | "-"):
            return True
        case Apply(operator="*", arguments=(Number(), inner)) | Apply(operator="neg", arguments=(inner,)):
            return _is_sum(inner)
        case Apply(operator="/", arguments=(inner, Number())):
            return _is_sum(inner)
    return False


def _addends(node: Scalar, times: float, most: int | None) -> Found:
    """The operands of a sum that is multiplied by `times`, each with what its addend comes to."""
    match node:
        case Fold(kind="sum" | "mean") if node.count > 1:
            each = times / node.count if node.kind == "mean" else times
            yield from _terms(node, most, lambda term: _addends(term, each, most))
        case Apply(operator="+" | "-", arguments=(left, right)):
            yield from _addends(left, times, most)
            yield from _addends(right, times if node.operator == "+" else -times, most)
        case Apply(operator="*", arguments=(Number() as factor, inner)) if _is_sum(inner):
            yield from _addends(inner, times * factor.value, most)
        case Apply(operator="/", arguments=(inner, Number() as divisor)) if _is_sum(inner) and divisor.value:
            yield from _addends(inner, times / divisor.value, most)
        case Apply(operator="neg", arguments=(inner,)):
            yield from _addends(inner, -times, most)
        case _:
            adds: float | None = times * node.value
            for found in _cells(node, most):
                yield replace(found, adds=adds) if isinstance(found, Operand) else found
                adds = None


def _cells(node: Scalar, most: int | None) -> Found:
    match node:
        case Cell():
            yield Operand(node)
        case Apply():
            for argument in node.arguments:
                yield from _cells(argument, most)
        case Fold():
            yield from _terms(node, most, lambda term: _cells(term, most))


def _terms(node: Fold, most: int | None, inside: Callable[[Scalar], Found]) -> Found:
    shown = node.count if most is None or node.count <= most + 2 else most
    any_cell = False
    for k in range(shown):
        for found in inside(node.term(k)):
            any_cell = True
            yield found
    if shown < node.count and any_cell:
        yield More(node.count - shown)
