"""The gradient of a loss with respect to every operation of the forward pass, from the common derivation."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.shapes import shape_of, value_shape
from bpstep.lang.trees import function_name
from bpstep.program.derivation.reverse_pass import derive
from bpstep.script.meaning.graph import MISSING, Graph, GraphNode, Values, node_name

_LOSS = "loss"

_OPERAND, _RESULT, _SEED = "operand", "result", "seed"
"""The names in the derivation of what a single operation hands back."""

_MAX_READERS = 60
"""Of what is read more often no single contributions are computed."""


class Backward:
    """The derived backward pass of some outputs, for any loss on them.

    `parameters` are the nodes with respect to which the outputs are differentiated. The gradients with
    respect to all nodes between them and the outputs are included. ExpressionError if an operation has no
    derivative.
    """

    def __init__(
        self, graph: Graph, outputs: Sequence[int], parameters: Collection[int], values: Values
    ) -> None:
        self._graph, self._outputs = graph, outputs
        self.nodes = _between(graph, outputs, parameters)
        """The nodes whose gradients are computed, in order."""
        names = [node_name(at) for at in range(len(graph.nodes))]
        written = [at for at in self.nodes if at not in parameters]
        there = {operand for at in written for operand in graph.nodes[at].operands} - set(written)
        there |= set(parameters) & set(self.nodes)
        shapes = {names[at]: value_shape(values[at]) for at in sorted(there)}
        shapes |= {_seed(output): value_shape(values[output]) for output in outputs}
        terms = " + ".join(f"sum({names[output]} * {_seed(output)})" for output in outputs)
        forward = [(names[at], graph.nodes[at].text(names)) for at in written]
        found = derive([*forward, (_LOSS, terms)], [shapes], [names[at] for at in self.nodes])
        self._lines = [(line.name, *_as_pattern(line.source)) for line in found]

    @property
    def has_maximum(self) -> bool:
        """True if a gradient passes a maximum or minimum over several numbers."""
        return any(_is_share(pattern) for _, pattern, _ in self._lines)

    def gradients(
        self, values: Values, seeds: Mapping[int, Any], whole_to_each: bool = False
    ) -> dict[int, Any]:
        """The gradient with respect to each node in one state, given the gradients of the loss with respect
        to the outputs.

        With `whole_to_each`, each of several equal maxima gets the whole gradient, as in many scripts.
        """
        tensors = {node_name(at): value for at, value in enumerate(values)}
        for output, seed in seeds.items():
            spread = np.broadcast_to(seed, np.shape(values[output])) + 0.0
            tensors[_seed(output)] = spread if np.shape(spread) else np.float64(spread)
        for name, pattern, operands in self._lines:
            if whole_to_each and _is_share(pattern):
                tensors[name] = tensors[operands[0]]
                continue
            tensors[name] = self._graph.compute(pattern, [tensors[operand] for operand in operands])
        found = {at: tensors.get(f"delta_{node_name(at)}", MISSING) for at in self.nodes}
        return {at: value for at, value in found.items() if value is not MISSING}

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
        for at, readers in self.readers.items():
            for reader in readers:
                node = self._graph.nodes[reader]
                operands = list(dict.fromkeys(node.operands))
                names = {operand: f"{_OPERAND}{place}" for place, operand in enumerate(operands)}
                text = node.text({operand: names[operand] for operand in operands})
                shapes = tuple((names[each], value_shape(values[each])) for each in operands)
                tensors = {names[each]: values[each] for each in operands}
                tensors |= {_RESULT: values[reader], _SEED: gradients.get(reader, MISSING)}
                for name, pattern, read in _handed_back(text, shapes, names[at]):
                    tensors[name] = self._graph.compute(pattern, [tensors[each] for each in read])
                value = tensors.get(f"delta_{names[at]}", MISSING)
                if value is not MISSING:
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
        operands = list(dict.fromkeys(node.operands))
        names = {operand: f"{_OPERAND}{place}" for place, operand in enumerate(operands)}
        text = node.text({operand: names[operand] for operand in operands})
        shapes = tuple((names[each], value_shape(values[each])) for each in operands)
        there = {names[each]: written(each) for each in operands}
        there |= {_RESULT: written(reader), _SEED: seed}
        for name, pattern, read in _handed_back(text, shapes, names[at]):
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


@lru_cache(maxsize=1024)
def _handed_back(
    text: str, shapes: tuple[tuple[str, Any], ...], operand: str
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The lines that compute what an operation hands back to an operand; none where it has no derivative."""
    try:
        seed = shape_of(ast.parse(text, mode="eval").body, dict(shapes))
        lines = [(_RESULT, text), (_LOSS, f"sum({_RESULT} * {_SEED})")]
        found = derive(lines, [{**dict(shapes), _SEED: seed}], [operand])
    except BpstepError:
        return ()
    return tuple((line.name, *_as_pattern(line.source)) for line in found)


class _Filled(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._names.get(node.id, node)


def _seed(output: int) -> str:
    return f"seed{output}"


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
