"""Sums of products as a person would write them: common factors are taken out, equal terms counted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from bpstep.lang.shape_rules import Shape
from bpstep.program.derivation.algebra import (
    ONE,
    PRODUCT,
    SUM,
    Atom,
    Factor,
    Product,
    choice,
    flipped,
    joint_shape,
    matmul,
    of,
)


def added(terms: Iterable[Product]) -> list[Product]:
    """The terms of a sum, made readable: equal ones added, halves of a where joined, common factors taken
    out.
    """
    found = _matmuls(_choices(_opened(_like(terms))))
    if len(found) < 2:
        return found
    common = _common(found)
    if common.is_number and common.number == 1 and not common.divisors:
        return _partly_factored(found)
    if all(term.number < 0 for term in found):
        common = -common
    rest = _partly_factored(_opened([_without(term, common) for term in found]))
    if len(rest) < 2:
        return [common * term for term in rest]
    return [replace(common, factors=(*common.factors, Factor(group(rest))))]


def _opened(terms: list[Product]) -> list[Product]:
    """(a - b) - (a - c) is c - b: differences without their parentheses, if that makes nothing longer."""
    opened = [part for term in terms for part in _sides(term)]
    if len(opened) == len(terms):
        return terms
    left = _like(opened)
    same = joint_shape(term.shape for term in left) == joint_shape(term.shape for term in terms)
    return left if same and len(left) <= len(terms) else terms


def _sides(term: Product) -> list[Product]:
    """The two terms of a difference, except its sign; for any other term, the term itself."""
    only = term.factors[0] if len(term.factors) == 1 else None
    if only is None or only.power != 1 or abs(term.number) != 1 or term.divisors:
        return [term]
    match only.atom.form:
        case ("-", left, right):
            both = _as_product(left), -_as_product(right)
            return [-side for side in both] if term.number < 0 else list(both)
    return [term]


def _as_product(atom: Atom) -> Product:
    """The atom, or the product that it was made of."""
    found: Product = atom.form[1] if atom.form[:1] == ("*",) else of(atom)
    return found


def _partly_factored(terms: list[Product]) -> list[Product]:
    """exp(h) * a + exp(h) * b + c is exp(h) * (a + b) + c: the common factors of some of three or more terms.

    A single name stays where it is: taking it out saves too little.
    """
    marks = [{factor.mark for factor in term.factors} for term in terms]
    best: list[int] = []
    longest = 0
    for at, term in enumerate(terms):
        for other in range(at + 1, len(terms)):
            shared = [factor for factor in term.factors if factor.mark in marks[other]]
            text = " * ".join(factor.atomic(abs(factor.power)).text for factor in shared)
            if len(text) <= longest or text.isidentifier():
                continue
            wanted = {factor.mark for factor in shared}
            places = [place for place, found in enumerate(marks) if wanted <= found]
            if len(places) < len(terms):
                best, longest = places, len(text)
    if not best:
        return terms
    joined = added(terms[at] for at in best)
    rest = [term for at, term in enumerate(terms) if at not in best]
    return _partly_factored([*rest[: best[0]], *joined, *rest[best[0] :]])


def group(terms: list[Product]) -> Atom:
    """A sum as an atom."""
    shape = joint_shape(term.shape for term in terms)
    if len(terms) == 1:
        return terms[0].atom
    ordered = _ordered(terms)
    form: tuple[Any, ...] = ()
    if len(ordered) == 2 and ordered[0].number > 0 > ordered[1].number:
        form = ("-", ordered[0].atom, (-ordered[1]).atom)
    return Atom(sum_text(ordered), SUM, shape, form)


def sum_text(terms: list[Product]) -> str:
    """A sum of products on one line, beginning with an added term."""
    if len(terms) == 1:
        return terms[0].turned().text
    if not terms:
        return "0"
    text = ""
    for term in _ordered(terms):
        sign = "-" if term.number < 0 else "+"
        written = (-term if term.number < 0 else term).atom.within(PRODUCT)
        text += f" {sign} {written}" if text else (f"-{written}" if sign == "-" else written)
    return text


def _ordered(terms: list[Product]) -> list[Product]:
    if terms[0].number > 0:
        return terms
    return [term for term in terms if term.number > 0] + [term for term in terms if term.number < 0]


def _mark(term: Product) -> tuple[frozenset[tuple[str, Fraction]], tuple[str, ...]]:
    marks = frozenset(factor.mark for factor in term.factors)
    return marks, tuple(sorted(divisor.text for divisor in term.divisors))


def _like(terms: Iterable[Product]) -> list[Product]:
    """Terms that differ only in their number, added; zero sums are dropped."""
    found: dict[Any, Product] = {}
    for term in terms:
        mark = _mark(term)
        known = found.get(mark)
        if known is None:
            found[mark] = term
        else:
            decimal = known.decimal or term.decimal
            found[mark] = replace(known, number=known.number + term.number, decimal=decimal, literal="")
    return _without_zeros([term for term in found.values() if term.number != 0])


def _without_zeros(terms: list[Product]) -> list[Product]:
    """a - 4 * a / 4 is 0: terms that differ only in numbers and counts are dropped if they cancel."""
    if len(terms) < 2:
        return terms
    values: dict[Any, Fraction | None] = {}
    for term in terms:
        mark, value = _mark(term)[0], _value(term)
        known = values.get(mark, Fraction())
        values[mark] = None if known is None or value is None else known + value
    return [term for term in terms if values[_mark(term)[0]] != 0]


def _value(term: Product) -> Fraction | None:
    """The number of a term divided by its divisors; None if one of these is not a whole number."""
    if not all(divisor.text.isdecimal() for divisor in term.divisors):
        return None
    return term.number / math.prod(int(divisor.text) for divisor in term.divisors)


def _choices(terms: list[Product]) -> list[Product]:
    """g * where(c, 1, 0) * a + g * where(c, 0, 1) * b is g * where(c, a, b)."""
    for i, first in enumerate(terms):
        for j in range(i + 1, len(terms)):
            joined = _joined(first, terms[j])
            if joined is not None:
                rest = [term for k, term in enumerate(terms) if k not in (i, j)]
                return _choices([*rest[:i], joined, *rest[i:]])
    return terms


def _joined(first: Product, second: Product) -> Product | None:
    for one in first.factors:
        if not _is_mask(one):
            continue
        for other in second.factors:
            if not _is_mask(other) or one.atom.form[2] != other.atom.form[2]:
                continue
            yes, no = one.atom.form[3], one.atom.form[4]
            if (yes.number, no.number) != (other.atom.form[4].number, other.atom.form[3].number):
                continue
            a = replace(first, factors=tuple(f for f in first.factors if f is not one))
            b = replace(second, factors=tuple(f for f in second.factors if f is not other))
            if yes.number == 0:
                a, b = b, a
            common = _common([a, b])
            if a.number < 0 and b.number < 0:
                common = -common
            left = [_without(term, common) for term in (a, b)]
            chosen = choice(one.atom.form[1], left[0], left[1], one.atom.form[5])
            return replace(common, factors=(*common.factors, Factor(chosen)))
    return None


def _is_mask(factor: Factor) -> bool:
    """True for where(c, 1, 0) and where(c, 0, 1)."""
    form = factor.atom.form
    if form[:1] != ("where",) or factor.power != 1:
        return False
    yes, no = form[3], form[4]
    return yes.is_number and no.is_number and {yes.number, no.number} == {0, 1}


def _matmuls(terms: list[Product]) -> list[Product]:
    """A @ B + A @ C is A @ (B + C), and B @ A + C @ A is (B + C) @ A."""
    for side, other in ((1, 2), (2, 1)):
        sharing: dict[tuple[str, Shape], list[int]] = {}
        for at, term in enumerate(terms):
            atom = _only_matmul(term)
            if atom is not None:
                sharing.setdefault((atom.form[side].key, atom.form[other].shape), []).append(at)
        for places in sharing.values():
            if len(places) > 1:
                joined = _joined_matmul([terms[at] for at in places], side)
                rest = [term for at, term in enumerate(terms) if at not in places]
                return _matmuls([*rest[: places[0]], *joined, *rest[places[0] :]])
    return terms


def _only_matmul(term: Product) -> Atom | None:
    """The matrix product that a term is, apart from numbers."""
    arrays = [factor for factor in term.factors if factor.atom.shape != ()]
    if len(arrays) == 1 and arrays[0].power == 1 and arrays[0].atom.form[:1] == ("@",):
        return arrays[0].atom
    return None


def _joined_matmul(terms: list[Product], side: int) -> list[Product]:
    """The sum of matrix products that share their left side (1) or their right side (2)."""

    shared = next(factor.atom.form[side] for factor in terms[0].factors if factor.atom.shape != ())
    others = [_other_side(term, side) for term in terms]
    turned = all(map(_is_transpose, others))
    if turned:
        others = [_turned_back(term) for term in others]
    inner = added(sorted(others, key=_is_transpose))
    if not inner:
        return []
    alone = inner[0] if len(inner) == 1 else of(group(inner))
    arrays, scalars = alone.split(lambda factor: factor.atom.shape != ())
    other = flipped(arrays.atom) if turned else arrays.atom
    pair = (shared, other) if side == 1 else (other, shared)
    return [scalars * of(matmul(*pair))]


def _other_side(term: Product, side: int) -> Product:
    """A matrix product with its number, without its left side (1) or its right side (2)."""
    found = replace(term, factors=())
    for factor in term.factors:
        other: Atom | None = factor.atom.form[3 - side] if factor.atom.shape else None
        if other is None:
            found *= Product(factors=(factor,))
        else:
            found *= _as_product(other)
    return found


def _is_transpose(term: Product) -> bool:
    """True for the transpose of a matrix, which follows the matrix itself in a sum."""
    arrays = [factor.atom for factor in term.factors if factor.atom.shape]
    return len(arrays) == 1 and arrays[0].form[:1] == ("order",) and len(arrays[0].shape) == 2


def _turned_back(term: Product) -> Product:
    """The transpose of a transposed matrix, with its number."""
    factors = (replace(f, atom=f.atom.form[1]) if f.atom.shape else f for f in term.factors)
    return replace(term, factors=tuple(factors))


def _common(terms: list[Product]) -> Product:
    """What all terms share: factors, divisors, the size of their numbers."""
    first, rest = terms[0], terms[1:]
    marks = [{factor.mark for factor in term.factors} for term in rest]
    factors = tuple(f for f in first.factors if all(f.mark in found for found in marks))
    left = [list(term.divisors) for term in rest]
    divisors = []
    for divisor in first.divisors:
        if all(divisor in found for found in left):
            divisors.append(divisor)
            for found in left:
                found.remove(divisor)
    same = all(abs(term.number) == abs(first.number) for term in rest)
    size = abs(first.number) if same else ONE
    literal = next((term.literal for term in terms if term.literal), "") if same else ""
    return Product(size, factors, tuple(divisors), same and any(term.decimal for term in terms), literal)


def _without(term: Product, common: Product) -> Product:
    """A term without what all terms share."""
    marks = {factor.mark for factor in common.factors}
    factors = tuple(factor for factor in term.factors if factor.mark not in marks)
    divisors = list(term.divisors)
    for divisor in common.divisors:
        divisors.remove(divisor)
    value = term.number / common.number
    decimal = term.decimal and (value.denominator != 1 or abs(common.number) == 1)
    return Product(value, factors, tuple(divisors), decimal, term._literal_times(common.number))
