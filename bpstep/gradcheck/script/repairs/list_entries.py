"""Entries of lists and dictionaries, by name: which are neighbours, or of the same step."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import count, takewhile
from typing import TypeVar

from bpstep.gradcheck.script.repairs.equation_changes import ActivationSlope
from bpstep.gradcheck.script.text.equation_trees import base_name

_Item = TypeVar("_Item")

_INDEX = re.compile(r"\[(-?\d+)\]")


def few_of_each(items: Sequence[_Item], count: int, kind: Callable[[_Item], str]) -> list[_Item]:
    """The first few items of each kind: repeated results of a loop are tried only where they are near."""
    kept: list[_Item] = []
    seen: dict[str, int] = {}
    for each in items:
        seen[kind(each)] = seen.get(kind(each), 0) + 1
        if seen[kind(each)] <= count:
            kept.append(each)
    return kept


def nearness(slope: ActivationSlope, reads: Collection[str]) -> tuple[bool, bool, int]:
    """How near an activation is to an equation; more is nearer.

    It counts whether the equation reads it, whether it reads an entry of the same step, as C[5] is of the
    step of o[5], and how much of an entry's name is the same, as tape[5][6] is near tape[5][3].
    """
    is_read = slope.output in reads or slope.net in reads
    places = _INDEX.findall(slope.net)
    if not places:
        return is_read, False, 0
    same_step = any(_INDEX.findall(other) == places for other in reads)
    return is_read, same_step, max((common_start(slope.net, other) for other in reads), default=0)


def common_start(name: str, other: str) -> int:
    """The length of the common beginning of two names."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name, other)))


def without_digits(name: str) -> str:
    """The common form of dZ1 and dZ2."""
    return re.sub(r"\d", "", base_name(name))


def entries_beside(there: Collection[str], name: str) -> Iterator[tuple[str, str]]:
    """The entries before and after an entry of a list, from the last to the first, in each dimension.

    A dictionary may have an entry -1 before the first.
    """
    for axis, found in enumerate(_INDEX.finditer(name)):
        start, end, at = *found.span(1), int(found[1])

        def entry(index: int, start: int = start, end: int = end) -> str:
            return f"{name[:start]}{index}{name[end:]}"

        after, before = entry(at + 1), entry(at - 1)
        if after not in there:
            after = entry(0)
        if not at and before not in there:
            before = entry(next(last for last in count() if entry(last + 1) not in there))
        yield from ((f"{axis} {way}", each) for way, each in (("+", after), ("-", before)) if each in there)
