"""Passes that end with a forward pass: what they read first was computed at the end of the pass before.

`Y = forward(W)` before the loop, and in it `W -= rate * gradient(Y)` and again `Y = forward(W)`. Such a pass
is looked at from its forward lines on, so that its update reads the output of the weights that it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.lang.parser import parse, reads
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import MAX_EQUATION_LENGTH, Graph, have_one_shape


@dataclass(frozen=True)
class Rotation:
    """The order in which a pass is looked at, and what no longer counts as carried on."""

    order: tuple[int, ...]
    computed: frozenset[str]
    """The carried names that the first lines compute anew."""


def rotation_of(
    equations: Sequence[ScriptEquation],
    initial: Mapping[str, Any],
    feeds: Mapping[str, Any],
    carried: Sequence[str],
) -> Rotation:
    """The order of a pass's equations in which what is carried on is computed before it is read.

    Lines are moved only where on what is there before the pass they give the very values that are there.
    """
    unchanged = Rotation(tuple(range(len(equations))), frozenset())
    writers = {each.name: at for at, each in enumerate(equations)}
    names = writers.keys() | initial.keys() | feeds.keys()
    if any(each.opaque for each in equations):
        return unchanged

    def reads_of(at: int) -> tuple[str, ...]:
        return reads(parse(equations[at].source, names, MAX_EQUATION_LENGTH))

    given = [name for name in carried if name in writers and name not in reads_of(writers[name])]
    moved: set[int] = set()
    computed: set[str] = set()
    for name in given:
        lines = _lines_of(name, reads_of, writers, set(carried))
        if lines and _gives(equations, lines, {**initial, **feeds}, name):
            moved |= lines
            computed.add(name)
    if not moved:
        return unchanged
    rest = (at for at in range(len(equations)) if at not in moved)
    return Rotation((*sorted(moved), *rest), frozenset(computed))


def _lines_of(
    name: str, reads_of: Callable[[int], Sequence[str]], writers: Mapping[str, int], carried: set[str]
) -> set[int]:
    """The equations that compute a name from what the pass has updated; none where one reads an old value.

    None for a constant either: it is not a forward pass, whatever reads it.
    """
    if not reads_of(writers[name]):
        return set()
    found: set[int] = set()
    waiting = [writers[name]]
    while waiting:
        at = waiting.pop()
        found.add(at)
        for read in reads_of(at):
            source = writers.get(read, -1)
            if source < 0:
                continue
            if source >= at:
                return set()
            is_updated = read in carried and read in reads_of(source)
            if not is_updated and source not in found:
                waiting.append(source)
    return found


def _gives(
    equations: Sequence[ScriptEquation], lines: set[int], before: Mapping[str, Any], name: str
) -> bool:
    """Whether lines compute from what is there before the pass the value that a name has there."""
    chosen = [equations[at] for at in sorted(lines)]
    written = {each.name for each in chosen}
    there = {key: value for key, value in before.items() if key not in written}
    try:
        graph = Graph(chosen, there)
    except KeyError:
        return False
    value = graph.evaluate(graph.before)[graph.current[name]]
    wanted = before[name]
    return have_one_shape(value, wanted) and np.allclose(value, wanted)
