"""Small numbers that only keep a divisor, or the argument of a logarithm, from being 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from bpstep.script.meaning.graph import MISSING, Graph, Values

_NUMBER = re.compile(r"(?<![\w.])\d+(\.\d*)?(e[+-]?\d+)?\b")
"""A number that is written out."""

_GUARDED = re.compile(rf"(_0|{_NUMBER.pattern}) \+ (_\d|{_NUMBER.pattern})( - _0)?")
"""A sum of which one term may be a small number."""

_SMALL = 1e-4
"""A number up to this one that is added to a divisor or the argument of a logarithm only keeps that from
being 0."""


class Guards:
    """Finds the sums with such a number in a pass."""

    def __init__(self, graph: Graph, actual: Values, active: Collection[int]) -> None:
        """`active` are the nodes that depend, with a derivative, on what the pass changes."""
        self._graph, self._actual, self._active = graph, actual, active

    def found(self, outputs: Iterable[int], updates: Collection[int]) -> dict[int, Callable[[Values], Any]]:
        """The sums with a small number that keeps the argument of a logarithm, or a divisor, from being 0, as
        `log(p + 1e-7)` and `y / (p + 1e-7)`: without it they are what the loss and its gradient mean.

        A divisor is one of these only if it is about what a logarithm is taken of, or about an output.
        `updates` is what the new values of the parameters depend on.
        """
        graph = self._graph
        logged = [node.operands[0] for node in graph.nodes if node.pattern == "log(_0)"]
        known = set().union(*map(self._meant, (*logged, *outputs)))
        found: dict[int, Callable[[Values], Any]] = {}
        for at in range(len(graph.nodes)):
            without = self._without_small(at)
            if without is None:
                continue
            is_one = at not in self._active
            ends = self._differences_with(at) if is_one else [at]
            is_known = at not in updates or all(self._meant(end) <= known for end in ends)
            if ends and is_known and all(map(self._is_kept_from_zero, ends)):
                found[at] = without
        return found

    def _without_small(self, at: int) -> Callable[[Values], Any] | None:
        """How a sum with a small number, as `p + 1e-7`, is computed without it; None for another node."""
        graph, node = self._graph, self._graph.nodes[at]
        if not _GUARDED.fullmatch(node.pattern):
            return None
        small = [place for place, each in enumerate(node.operands) if _is_small(self._number(each))]
        pattern = _NUMBER.sub(lambda found: "0" if _is_small(float(found[0])) else found[0], node.pattern)
        if (pattern != node.pattern) + len(small) != 1:
            return None

        def computed(values: Values) -> Any:
            operands = (np.float64(0) if k in small else values[each] for k, each in enumerate(node.operands))
            return graph.compute(pattern, list(operands))

        return computed

    def _number(self, at: int) -> float:
        """The value of a single number that does not depend on what the pass changes; NaN for another
        node."""
        value = self._actual[at]
        is_number = at not in self._active and value is not MISSING and not np.ndim(value)
        return float(value) if is_number else np.nan

    def _differences_with(self, at: int) -> list[int]:
        """The differences of a number and something else; empty if it is also read otherwise."""
        nodes = self._graph.nodes
        readers = [each for each, node in enumerate(nodes) if at in node.operands]
        is_left = (nodes[each].pattern == "_0 - _1" and nodes[each].operands[0] == at for each in readers)
        return readers if all(is_left) else []

    def _is_kept_from_zero(self, at: int, is_factor: bool = False) -> bool:
        """Whether a node is read only as a divisor, maybe in a product, or by logarithms."""
        readers = [(each, node) for each, node in enumerate(self._graph.nodes) if at in node.operands]
        return bool(readers) and all(
            node.pattern == "log(_0)"
            or (" / _" in node.pattern and node.operands.index(at) == len(node.operands) - 1)
            or (node.pattern == "_0 * _1" and not is_factor and self._is_kept_from_zero(each, True))
            for each, node in readers
        )

    def _meant(self, at: int, is_factor: bool = False) -> set[int]:
        """What a probability, one minus it, or a product of two of these is about, without small numbers."""
        node = self._graph.nodes[at]
        changing = [each for each in node.operands if each in self._active]
        is_turned = node.pattern in ("1 - _0", "1.0 - _0", "-_0") or (
            node.pattern == "_0 - _1" and changing == [node.operands[1]]
        )
        if changing and (is_turned or self._without_small(at) is not None):
            return self._meant(changing[0], is_factor)
        if node.pattern == "_0 * _1" and not is_factor:
            return set().union(*(self._meant(each, True) for each in node.operands))
        return {at}


def _is_small(number: float) -> bool:
    return 0 < number <= _SMALL
