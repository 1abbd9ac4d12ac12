"""The letters of an equation's indices: which axis or sum has which."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from bpstep.explain.affine_index import ZERO, AffineIndex, Letter, joined_index
from bpstep.explain.notation import symbol
from bpstep.lang.shape_rules import subscripts
from bpstep.lang.shapes import Shape

_RESULT = "ijklabcdfgqwyz"
"""The letters of the result's axes; the axis of a vector has the second one."""

_SUMMED = "nmpstuvrhx"
"""The letters of sums, in the order in which they are used."""


def _in_order(letters: str, taken: Collection[str], avoided: Collection[str]) -> list[str]:
    """The letters that are free, with those that are better avoided last."""
    return sorted((each for each in letters if each not in taken), key=lambda each: each in avoided)


def einsum_indices(node: ast.Call, tensors: Iterable[str]) -> tuple[list[str], str]:
    """The letters of an einsum as they are shown: those of its author, except the names of tensors."""
    parts, result = subscripts(node)
    taken = {symbol(name).base for name in tensors} | {"e"}
    written = dict.fromkeys("".join(parts))
    shown: dict[int, str] = {}
    for letter in written:
        if letter in taken:
            letters = _RESULT + _SUMMED if letter in result else _SUMMED + _RESULT
            used = {*taken, *written, *shown.values()}
            shown[ord(letter)] = next((each for each in letters if each not in used), letter)
    return [part.translate(shown) for part in parts], result.translate(shown)


class Unwritten(Exception):
    """Raised for an expression without an index form."""


class IndexLetters:
    """The letters of one equation's indices: of its result's axes, and of its sums.

    `names` are letters that tensors of the equation have, `elsewhere` those of other tensors, and `own` those
    of the result's axes that the equation itself writes.
    """

    def __init__(self, names: Collection[str], elsewhere: Collection[str], own: str) -> None:
        self._names = names
        self._own = list(own)
        self._result = [each for each in _in_order(_RESULT, names, elsewhere) if each not in own]
        self._summable = [each for each in _in_order(_SUMMED, names, elsewhere) if each not in own]
        self._parts: dict[tuple[str, int], tuple[int, ...]] = {}
        """The sizes of the parts of an axis with several letters, by its owner and number."""
        self.begin()

    def begin(self) -> None:
        """Release all letters: the equation is written anew."""
        self._origins: dict[str, tuple[tuple[str, int], int]] = {}
        """The axis or sum that each letter belongs to, and which of its parts it is."""
        self._free = list(self._summable)
        self._in_sums: list[str] = []
        self._sums = 0
        self._sizes: dict[str, int] = {}

    @property
    def has_sums(self) -> bool:
        """True if there are places of sums."""
        return self._sums > 0

    def of_result(self, shape: Shape) -> list[AffineIndex]:
        """The places in a result, each axis with a letter of its own, or several."""
        parts = [self._parts.get(("axis", axis), (size,)) for axis, size in enumerate(shape)]
        letters = self._result
        if self._own and all(len(sizes) == 1 for sizes in parts):
            letters = self._own
        elif len(shape) == 1 and len(parts[0]) == 1:
            letters = letters[1:]
        if sum(map(len, parts)) > len(letters):
            raise Unwritten
        found = []
        for axis, sizes in enumerate(parts):
            own, letters = letters[: len(sizes)], letters[len(sizes) :]
            found.append(self._place(("axis", axis), own, sizes))
        return found

    def _place(self, origin: tuple[str, int], letters: Sequence[str], sizes: Sequence[int]) -> AffineIndex:
        for part, letter in enumerate(letters):
            self._origins[letter] = origin, part
            self._sizes[letter] = sizes[part]
        singles = [AffineIndex(((1, Letter(letter, size)),)) for letter, size in zip(letters, sizes)]
        return joined_index(singles, sizes)

    def of_sum(self, size: int, wanted: str = "") -> tuple[AffineIndex, str]:
        """A summed place and its letters; an axis of length 1 is not a sum.

        The letter is the one that the equation itself writes, `wanted`, if nothing else has it.
        """
        origin = "sum", self._sums
        self._sums += 1
        if size == 1:
            return ZERO, ""
        sizes = self._parts.get(origin, (size,))
        letters = "".join(self._letter(wanted if len(sizes) == 1 else "") for _ in sizes)
        return self._place(origin, letters, sizes), letters

    def _letter(self, wanted: str = "") -> str:
        """A letter that no other sum has; if all are used, one whose sum has ended."""
        if wanted and wanted not in self._names and wanted not in self._origins:
            letter = wanted
            self._free = [each for each in self._free if each != wanted]
        elif self._free:
            letter = self._free.pop(0)
        else:
            found = next((each for each in self._summable if each not in self._in_sums), None)
            if found is None:
                raise Unwritten
            letter = found
        self._in_sums.append(letter)
        return letter

    def end(self, letters: str) -> None:
        """The sum over these letters ends: later sums may have them."""
        for letter in letters:
            self._in_sums.remove(letter)

    def used(self, letters: str, text: str) -> tuple[str, int]:
        """The letters that appear in a text, and how many cells there are along the others."""
        used = "".join(letter for letter in letters if re.search(rf"(?<![A-Za-z_]){letter}(?!\w)", text))
        return used, math.prod(self._sizes[letter] for letter in letters if letter not in used)

    def split(self, wishes: Mapping[str, tuple[int, ...]]) -> bool:
        """Give letters of their own to the parts of axes that are split, from the next beginning on; True if
        there are any. `wishes` are the sizes of the parts by the letter of the whole.
        """
        for letter, sizes in wishes.items():
            origin, part = self._origins[letter]
            now = self._parts.get(origin)
            self._parts[origin] = sizes if now is None else (*now[:part], *sizes, *now[part + 1 :])
            if now is not None:
                # The parts have moved: the next pass finds what else has to be split.
                break
        return bool(wishes)
