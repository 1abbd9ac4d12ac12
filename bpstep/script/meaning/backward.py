"""The gradient of a loss with respect to every operation of the forward pass, from the common derivation."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.shape_rules import Shape
from bpstep.lang.shapes import shape_of, value_shape
from bpstep.lang.trees import function_name
from bpstep.program.derivation.reverse_pass import derive
from bpstep.script.meaning.graph import MISSING, Graph, GraphNode, Values

_LOSS = "loss"

_OPERAND, _RESULT, _SEED = "t", "y", "seed"
"""The names in the derivation of what a single operation hands back: short, so that no line is split."""

_MAX_READERS = 60
"""Of what is read more often no single contributions are computed."""


class Backward:
    """The derived backward pass of some outputs, for any loss on them.

    `parameters` are the nodes with respect to which the outputs are differentiated. The gradients with
    respect to all nodes between them and the outputs are included. Each operation is differentiated by
    itself, and once for all that are equal: a loop over cells has thousands of a few kinds. ExpressionError
    if an operation has no derivative.
    """

    def __init__(
        self, graph: Graph, outputs: Sequence[int], parameters: Collection[int], values: Values
    ) -> None:
        self._graph = graph
        self.nodes = _between(graph, outputs, parameters)
        """The nodes whose gradients are computed, in order."""
        there = set(self.nodes)
        self._handed_back = {
            at: _handed_back(*_operation(graph.nodes[at], values, active_operands(graph.nodes[at], there)))
            for at in self.nodes
            if at not in parameters
        }
        """The lines that compute what each operation hands back to its operands."""

    @cached_property
    def has_maximum(self) -> bool:
        """True if a gradient passes a maximum or minimum over several numbers."""
        return any(_is_share(pattern) for lines in self._handed_back.values() for _, pattern, _ in lines)

    def gradients(
        self, values: Values, seeds: Mapping[int, Any], whole_to_each: bool = False
    ) -> dict[int, Any]:
        """The gradient with respect to each node in one state, given the gradients of the loss with respect
        to the outputs.

        With `whole_to_each`, each of several equal maxima gets the whole gradient, as in many scripts.
        """
        found: dict[int, Any] = {}
        for output, seed in seeds.items():
            spread = np.broadcast_to(seed, np.shape(values[output])) + 0.0
            found[output] = spread if np.shape(spread) else np.float64(spread)
        with np.errstate(all="ignore"):
            for at in reversed(self.nodes):
                if at not in self._handed_back or found.get(at, MISSING) is MISSING:
                    continue
                for operand, value in self._passed_on(at, values, found[at], whole_to_each).items():
                    if operand not in found or value is MISSING:
                        found[operand] = value
                    elif found[operand] is not MISSING:
                        found[operand] = found[operand] + value
        return {at: found[at] for at in self.nodes if found.get(at, MISSING) is not MISSING}

    def _passed_on(
        self, at: int, values: Values, gradient: Any, whole_to_each: bool = False
    ) -> dict[int, Any]:
        """What an operation hands back to each operand that gets a gradient, given its own gradient."""
        node = self._graph.nodes[at]
        names = _operand_names(node)
        tensors = {name: values[operand] for operand, name in names.items()}
        tensors |= {_RESULT: values[at], _SEED: gradient}
        for name, pattern, read in self._handed_back[at]:
            is_copy = pattern == "_0" or (whole_to_each and _is_share(pattern))
            operands = [tensors[each] for each in read]
            tensors[name] = operands[0] if is_copy else self._graph.compute(pattern, operands)
        deltas = {operand: f"delta_{name}" for operand, name in names.items()}
        return {operand: tensors[name] for operand, name in deltas.items() if name in tensors}

    @cached_property
    def readers(self) -> dict[int, list[int]]:
        """The nodes that read a node and hand a gradient back to it, for each that has several, in order."""
        readers_of = self.all_readers.items()
        return {at: readers for at, readers in readers_of if 1 < len(readers) <= _MAX_READERS}

    def contributions(self, values: Values, gradients: Mapping[int, Any]) -> dict[tuple[int, int], Any]:
        """What each reader of a node contributes to its gradient in one state, by the node and the reader.

        A node that has one reader gets its whole gradient from it and is not among them.
        """
        found: dict[tuple[int, int], Any] = {}
        for reader in {each for readers in self.readers.values() for each in readers}:
            passed = self._passed_on(reader, values, gradients.get(reader, MISSING))
            for at, value in passed.items():
                if value is not MISSING and at in self.readers:
                    found[at, reader] = value
        return found

    @cached_property
    def all_readers(self) -> dict[int, list[int]]:
        """The nodes that read a node and hand a gradient back to it, in order."""
        found: dict[int, list[int]] = {at: [] for at in self.nodes}
        for at in self.nodes:
            for operand in active_operands(self._graph.nodes[at], found):
                found[operand].append(at)
        return found

    def contribution(
        self, at: int, reader: int, values: Values, seed: ast.expr, written: Callable[[int], ast.expr]
    ) -> ast.expr | None:
        """What a reader of a node contributes to its gradient, as an expression; None where that takes
        several lines that are read more than once.

        `seed` is the gradient with respect to the reader, and `written` gives the expression of each tensor.
        """
        node = self._graph.nodes[reader]
        names = _operand_names(node)
        there = {name: written(operand) for operand, name in names.items()}
        there |= {_RESULT: written(reader), _SEED: seed}
        for name, pattern, read in _handed_back(*_operation(node, values, [at])):
            names_here = {f"_{place}": there[each] for place, each in enumerate(read)}
            there[name] = _Filled(names_here).visit(ast.parse(pattern, mode="eval").body)
        return there.get(f"delta_{names[at]}")


def differentiate(
    graph: Graph, outputs: Sequence[int], parameters: Collection[int], values: Values
) -> Backward | None:
    """The backward pass of these outputs; None if it cannot be derived."""
    try:
        return Backward(graph, outputs, parameters, values)
    except BpstepError:
        return None


def active_operands(node: GraphNode, active: Collection[int]) -> list[int]:
    """The active operands that get a gradient through a node."""
    return [operand for operand in node.differentiated if operand in active]


def smooth_reach(graph: Graph, starts: Collection[int], ends: Collection[int] = ()) -> set[int]:
    """The nodes that depend on these with a derivative, including themselves, but not beyond `ends`."""
    found, passing = set(starts), set(starts)
    for at, node in enumerate(graph.nodes):
        if active_operands(node, passing):
            found.add(at)
            if at not in ends:
                passing.add(at)
    return found


def _between(graph: Graph, outputs: Sequence[int], parameters: Collection[int]) -> list[int]:
    """The nodes that a gradient passes from the outputs to the parameters, in order."""
    active = smooth_reach(graph, parameters)
    found = set(outputs) & active
    for at in range(max(outputs), -1, -1):
        if at in found and at not in parameters:
            found.update(active_operands(graph.nodes[at], active))
    return sorted(found)


def _operand_names(node: GraphNode) -> dict[int, str]:
    """The names in the derivation of an operation's operands."""
    return {operand: f"{_OPERAND}{at}" for at, operand in enumerate(dict.fromkeys(node.operands))}


def _operation(
    node: GraphNode, values: Values, wanted: Sequence[int]
) -> tuple[str, tuple[tuple[str, Shape], ...], tuple[str, ...]]:
    """An operation's text, its operands with their shapes, and those whose gradients are wanted."""
    names = _operand_names(node)
    shapes = tuple((name, value_shape(values[operand])) for operand, name in names.items())
    return node.text(names), shapes, tuple(names[each] for each in wanted)


@lru_cache(maxsize=4096)
def _handed_back(
    text: str, shapes: tuple[tuple[str, Shape], ...], operands: tuple[str, ...]
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The lines that compute what an operation hands back to these operands: of each its name, and its
    expression with numbered slots for the names that it reads."""
    seed = shape_of(ast.parse(text, mode="eval").body, dict(shapes))
    lines = [(_RESULT, text), (_LOSS, f"sum({_RESULT} * {_SEED})")]
    found: list[tuple[str, str, tuple[str, ...]]] = []
    copies: dict[str, str] = {}
    for line in derive(lines, [{**dict(shapes), _SEED: seed}], operands):
        pattern, read = _as_pattern(line.source)
        read = tuple(copies.get(each, each) for each in read)
        if pattern == "_0" and line.by not in operands:
            copies[line.name] = read[0]
        else:
            found.append((line.name, pattern, read))
    return tuple(found)


class _Filled(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._names.get(node.id, node)


def _is_share(pattern: str) -> bool:
    """True for the share of each number in a maximum: its mask divided by how many are equal."""
    return pattern.startswith("_0 / sum(_0")


def _as_pattern(source: str) -> tuple[str, tuple[str, ...]]:
    """An equation's text with numbered slots for the names it reads, and the names."""
    tree = ast.parse(source, mode="eval").body
    names: dict[str, str] = {}
    called = {id(node.func) for node in ast.walk(tree) if function_name(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in called:
            node.id = names.setdefault(node.id, f"_{len(names)}")
    return ast.unparse(tree), tuple(names)
