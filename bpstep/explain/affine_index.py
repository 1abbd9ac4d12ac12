"""Positions along an axis, by letters: j, 2j+n, words[i], and how a reshape changes them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from bpstep.explain import messages
from bpstep.explain.notation import Glyphs
from bpstep.frozen import frozen
from bpstep.lang.shapes import Shape
from bpstep.text import fill

_SINGLE = re.compile(r"(?<![A-Za-z_])[a-z](?!\w)")


@frozen
class Letter:
    """A letter, or a text for a whole number, like words[i], that counts from 0."""

    text: str
    size: int
    """How many values it takes."""


@frozen
class AffineIndex:
    """A whole number made of letters: 2j+n−1. Without letters it is a known number."""

    terms: tuple[tuple[int, Letter], ...] = ()
    """Each letter with its factor."""
    offset: int = 0

    def moved(self, by: int) -> AffineIndex:
        """The index shifted by a number."""
        return AffineIndex(self.terms, self.offset + by)

    def times(self, factor: int) -> AffineIndex:
        """The index multiplied by a number."""
        return AffineIndex(tuple((k * factor, letter) for k, letter in self.terms), self.offset * factor)

    def plus(self, other: AffineIndex) -> AffineIndex:
        """The sum of two indices."""
        return AffineIndex(self.terms + other.terms, self.offset + other.offset)

    @property
    def letters(self) -> set[str]:
        """The letters that appear in it."""
        return {each for _, letter in self.terms for each in _SINGLE.findall(letter.text)}

    @property
    def last(self) -> int:
        """Its largest value."""
        return self.offset + sum(factor * (letter.size - 1) for factor, letter in self.terms if factor > 0)

    def is_letter(self) -> bool:
        """True for a single letter without factor or offset."""
        return not self.offset and [k for k, _ in self.terms] == [1] and len(self.terms[0][1].text) == 1

    def write(self, glyphs: Glyphs) -> str:
        """The index as it is written in brackets."""
        text = ""
        is_alone = len(self.terms) == 1 and self.terms[0][0] == 1 and not self.offset
        for factor, letter in self.terms:
            name = letter.text
            if not is_alone and (" " in name or (abs(factor) != 1 and not name.isalpha())):
                name = f"({name})"
            sign = glyphs.minus if factor < 0 else "+" if text else ""
            text += f"{sign}{abs(factor) if abs(factor) != 1 else ''}{name}"
        if not text:
            return str(self.offset)
        if text.startswith(glyphs.minus) and self.offset > 0:
            # A place that counts from the end begins with the number: 3−i.
            return f"{self.offset}{text}"
        sign = "+" if self.offset > 0 else glyphs.minus
        return f"{text}{sign}{abs(self.offset)}" if self.offset else text


ZERO = AffineIndex()


def joined_index(places: Sequence[AffineIndex], sizes: Sequence[int]) -> AffineIndex:
    """The index in one axis that combines the indices in several axes of these sizes: 4j+2k+l."""
    found = ZERO
    for k, place in enumerate(places):
        found = found.plus(place.times(math.prod(sizes[k + 1 :])))
    return found


class Splitter:
    """Splits indices, and notes which letters would have to be several to avoid a division."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self.wishes: dict[str, tuple[int, ...]] = {}
        """By letter: the sizes of the parts that it should have."""

    def split(self, place: AffineIndex, sizes: Sequence[int]) -> list[AffineIndex]:
        """The indices in axes of these sizes, the last varying fastest, that correspond to one index."""
        strides = [math.prod(sizes[k + 1 :]) for k in range(len(sizes))]
        if not place.terms:
            return [AffineIndex((), place.offset // step % size) for step, size in zip(strides, sizes)]
        return [self._digit(place, step, size, strides) for step, size in zip(strides, sizes)]

    def _digit(self, place: AffineIndex, step: int, size: int, strides: Sequence[int]) -> AffineIndex:
        """The index in one of the axes: ⌊place/step⌋ mod size."""
        # Multiples of the axis's length do not change the place.
        terms = [(factor, letter) for factor, letter in place.terms if factor % (step * size)]
        place = AffineIndex(tuple(terms), place.offset % (step * size))
        rows = AffineIndex(tuple((factor // step, letter) for factor, letter in terms if factor % step == 0))
        rest = AffineIndex(tuple(term for term in terms if term[0] % step), place.offset)
        if all(factor > 0 for factor, _ in terms) and rest.last < step and rows.last < size:
            return rows
        for factor, letter in terms:
            if factor < step * size and factor * letter.size > step and (factor % step or step == 1):
                self._wish(factor, letter, strides)
        return self._divided(place, step, size)

    def _wish(self, factor: int, letter: Letter, strides: Iterable[int]) -> None:
        if len(letter.text) > 1 or factor < 1:
            return
        whole = factor * letter.size
        cuts = [step for step in strides if factor < step < whole and not step % factor and not whole % step]
        bounds = [whole, *cuts, factor]
        if cuts and not any(one % other for one, other in pairwise(bounds)):
            self.wishes.setdefault(letter.text, tuple(one // other for one, other in pairwise(bounds)))

    def _divided(self, place: AffineIndex, step: int, size: int) -> AffineIndex:
        text = place.write(self._glyphs)
        dividend = text if place.is_letter() else f"({text})"
        if step > 1:
            text = self._glyphs.pick(f"⌊{dividend}/{step}⌋", f"floor({dividend}/{step})")
            dividend = text
        if place.last // step >= size:
            text = fill(messages.REMAINDER, dividend=dividend, divisor=size)
        return AffineIndex(((1, Letter(text, size)),))


def axis_groups(one: Shape, other: Shape) -> list[tuple[list[int], list[int]]]:
    """The axes of one shape that a reshape maps to axes of the other; those of length 1 are left out."""
    ins = iter([k for k, size in enumerate(one) if size != 1])
    outs = iter([k for k, size in enumerate(other) if size != 1])
    groups: list[tuple[list[int], list[int]]] = []
    while (first := next(ins, None)) is not None:
        inner, outer = [first], list(islice(outs, 1))
        while (a := math.prod(one[k] for k in inner)) != (b := math.prod(other[k] for k in outer)):
            (inner if a < b else outer).append(next(ins if a < b else outs))
        groups.append((inner, outer))
    return groups
