"""What the updates of a pass remember of earlier gradients: of which parameter, and how each memory is made.

A memory consists of its own earlier value and of its parameter's gradient, and the update of that parameter
reads it: a tensor that stands in one of these places may be there instead of the right one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.gradcheck.script.text.author_text import AuthorText
from bpstep.gradcheck.script.text.equation_trees import base_name, short_text
from bpstep.gradcheck.script.updates.memory_sums import (
    SumTerm,
    earlier_values,
    has_root_taken,
    memory_sum,
    number_read,
    terms_of,
    value_read,
)
from bpstep.script.meaning.study import Matches, Study

_MOMENTUM = re.compile(r"momentum|veloc|\bmu\b", re.IGNORECASE)
"""Names of what an optimiser remembers, or of the share of it that it keeps."""

_LARGE = 0.5
"""No penalty is a larger share of a parameter than this one, and few averages keep a smaller one."""


@dataclass(frozen=True)
class Memory:
    """A tensor that an equation computes from gradients and from its own earlier value, or should."""

    name: str
    equation: int
    root: int
    """The node of its new value."""
    earlier: frozenset[int]
    """The nodes of its earlier value."""
    parameters: frozenset[str]
    """The parameters whose gradients it takes in."""
    keeps_itself: bool
    """Whether its earlier value goes into it."""

    @property
    def nodes(self) -> frozenset[int]:
        """Its values, the earlier one and the new one."""
        return self.earlier | {self.root}


@dataclass(frozen=True)
class OtherTensor:
    """What an equation reads in place of another tensor."""

    equation: int
    given: ast.expr
    expected: ast.expr
    mistake: NamedMistake
    is_sure: bool = True
    """Whether it is wrong however the other updates are made."""


@dataclass(frozen=True)
class _Share:
    """A term of a sum: a share of a tensor."""

    of: ast.Name
    decay: ast.expr
    kept: float
    """The number that `decay` is."""
    beside: SumTerm
    """The other term."""
    numbers: list[float]
    """The numbers among that one's factors."""


class Memories:
    """The memories of a pass, under a loss with its gradients."""

    def __init__(self, study: Study, matches: Matches, authors: AuthorText) -> None:
        self._study, self._graph, self._authors = study, study.graph, authors
        self._ends = {self._graph.current[each] for each in study.trained}
        self._gradients = {name: {node for node, _ in found} for name, found in matches.found.items()}

    @cached_property
    def all(self) -> list[Memory]:
        """The memories, in the order in which the pass computes them."""
        graph = self._graph
        earlier = {at: earlier_values(self._study, at) for at in range(len(graph.roots))}
        places = [at for at, nodes in earlier.items() if nodes and graph.roots[at] not in self._ends]
        roots = {graph.roots[at] for at in places}
        found: list[Memory] = []
        for at in places:
            root = graph.roots[at]
            below = self._below(graph.nodes[root].operands, roots) | {root}
            parameters = {name for name, nodes in self._gradients.items() if nodes & below}
            if not parameters:
                # It may consist of other memories, as the largest value of one.
                parameters |= {name for each in found if each.root in below for name in each.parameters}
            name = base_name(graph.equations[at].name)
            keeps = not earlier[at].isdisjoint(below)
            found.append(Memory(name, at, root, frozenset(earlier[at]), frozenset(parameters), keeps))
        return found

    def _below(self, nodes: Collection[int], memories: Collection[int]) -> set[int]:
        """What nodes depend on, up to gradients, memories and new values of parameters."""
        gradients = set[int]().union(*self._gradients.values())
        return self._graph.cone(nodes, gradients | self._ends | set(memories))

    @cached_property
    def read(self) -> dict[str, list[Memory]]:
        """The memories that the update of each parameter reads."""
        graph = self._graph
        roots = {each.root for each in self.all}
        found: dict[str, list[Memory]] = {}
        for name in self._gradients:
            below = self._below(graph.nodes[graph.current[name]].operands, roots)
            found[name] = [each for each in self.all if not each.nodes.isdisjoint(below)]
        return found

    def has_unread(self, name: str) -> bool:
        """Whether a parameter has a memory that keeps itself, and that no update reads."""
        read = {each.root for memories in self.read.values() for each in memories}
        own = (each for each in self.all if each.parameters == {name} and each.keeps_itself)
        return any(each.root not in read for each in own)

    def other_tensors(self, name: str) -> Iterator[OtherTensor]:
        """What the update of a parameter, and the memories that it reads, read in place of another tensor."""
        made = self._graph.reached_from(self._gradients[name]) & self._study.cones[name] - self._ends
        places = [at for at, root in enumerate(self._graph.roots) if root in made]
        yield from filter(None, (self._not_its_earlier_value(name, at) for at in places))
        yield from self._in_place_of_unread(name)
        for memory in self.read[name]:
            found = self._memory_of_another(name, memory) or self._not_its_gradient(name, memory)
            if found is not None:
                yield found

    def _in_place_of_unread(self, name: str) -> Iterator[OtherTensor]:
        """The gradient in an update, in place of its average, which no update reads, if none reads those of
        the other parameters either."""
        graph, unread = self._graph, self._unread
        memory = unread.get(name)
        if memory is None or len(unread) < len(self._gradients):
            return
        roots = [each.root for each in self.all]
        averaged = self._gradients[name].intersection(graph.reads[memory.equation].values())
        readers = [
            at
            for at, root in enumerate(graph.roots)
            if root in self._study.cones[name] and root not in roots
            if not averaged.isdisjoint(graph.reads[at].values()) and at > memory.equation
        ]
        if len(readers) == 1:
            (at,) = readers
            after, there = graph.reached_from([memory.root]), graph.names_before(at)
            given = next(each for each, node in graph.reads[at].items() if node in averaged)
            # It may be corrected before it is forgotten.
            expected = max((each for each in there if there[each] in after), key=there.__getitem__)
            yield self._replaced(at, _read(graph.trees[at], given), expected)

    @cached_property
    def _unread(self) -> dict[str, Memory]:
        """For each parameter the average of its gradient that no update reads."""
        found: dict[str, Memory] = {}
        for each in self.all:
            memory = memory_sum(self._study, each.equation)
            is_average = memory is not None and memory.kept is not None and _LARGE <= memory.kept < 1
            if is_average and len(each.parameters) == 1 and each.root not in self._study.update_cone:
                (name,) = each.parameters
                found[name] = each
        return found

    def _memory_of_another(self, name: str, memory: Memory) -> OtherTensor | None:
        """Another parameter's memory in the update, if that reads all but one of its own."""
        graph, read = self._graph, self.read[name]
        own = [each for each in self.all if each.parameters == {name} and each not in read]
        if not memory.parameters or name in memory.parameters or len(own) != 1:
            return None
        for at, root in enumerate(graph.roots):
            if root not in self._study.cones[name] or root == memory.root:
                continue
            there = {node: each for each, node in graph.names_before(at).items()}
            given = next((each for each, node in graph.reads[at].items() if node in memory.nodes), None)
            if given is not None and own[0].root in there:
                return self._replaced(at, _read(graph.trees[at], given), there[own[0].root])
        return None

    def _not_its_earlier_value(self, name: str, at: int) -> OtherTensor | None:
        """What an equation adds a share of to the gradient, maybe in place of its own earlier value."""
        graph, own = self._graph, base_name(self._graph.equations[at].name)
        if not earlier_values(self._study, at).isdisjoint(graph.cone([graph.roots[at]])):
            return None
        share = next(self._shares(name, at), None)
        if share is None or base_name(share.of.id) == own:
            return None
        node = graph.reads[at][share.of.id]
        if node in self._gradients[name]:
            is_twice = share.kept not in share.numbers and self._is_written_twice(at, share)
            mistake = Mistake.NOT_REMEMBERED.named(given=short_text(share.of), expected=own)
            return OtherTensor(at, share.of, ast.Name(own, ast.Load()), mistake) if is_twice else None
        is_sure = self._is_of_another(name, node)
        if node == graph.inputs[name] and share.kept >= _LARGE:
            is_named = any(_MOMENTUM.search(each) is not None for each in (own, ast.unparse(share.decay)))
            is_sure = is_named or bool(np.isclose(share.kept + sum(share.numbers), 1))
        return self._replaced(at, share.of, own, is_sure)

    def _shares(self, name: str, at: int) -> Iterator[_Share]:
        """The term of an equation that is a share of a tensor, beside one with a parameter's gradient."""
        terms = terms_of(self._graph.trees[at])
        for term, other in (terms, terms[::-1]) if len(terms) == 2 else ():
            if len(term.factors) != 2 or term.sign < 0 or not self._takes_in(other, at, name):
                continue
            for decay, of in (term.factors, term.factors[::-1]):
                kept = number_read(self._study, at, decay)
                if kept is not None and 0 < kept < 1 and isinstance(of, ast.Name) and self._is_array(at, of):
                    found = (number_read(self._study, at, each) for each in other.factors)
                    yield _Share(of, decay, kept, other, [each for each in found if each is not None])

    def _is_array(self, at: int, part: ast.expr) -> bool:
        return bool(np.shape(value_read(self._study, at, part)))

    def _takes_in(self, term: SumTerm, at: int, name: str) -> bool:
        """Whether a term of an equation contains a parameter's gradient."""
        node = self._graph.places[at].get(id(term.tree))
        return node is not None and not self._below([node], ()).isdisjoint(self._gradients[name])

    def _is_written_twice(self, at: int, share: _Share) -> bool:
        """Whether the author has a tensor in both terms of a sum.

        Two names of one array may be apart in later passes: a velocity that begins as the gradient.
        """
        tree, equation = self._graph.trees[at], self._graph.equations[at]
        inside = (each for each in ast.walk(share.beside.tree) if isinstance(each, ast.Name))
        texts = [self._authors.own_text(equation, tree, each) for each in inside if each.id == share.of.id]
        return self._authors.own_text(equation, tree, share.of) in filter(None, texts)

    def _is_of_another(self, name: str, node: int) -> bool:
        """Whether a node is a memory of other parameters alone."""
        owners = [each.parameters for each in self.all if node in each.nodes]
        return bool(owners) and bool(owners[0]) and name not in owners[0]

    def _not_its_gradient(self, name: str, memory: Memory) -> OtherTensor | None:
        """A parameter, or another parameter's gradient, in an average whose root is taken, in place of the
        parameter's gradient."""
        graph, at = self._graph, memory.equation
        readers = [each for each, read in self.read.items() if memory in read]
        if readers != [name] or name in memory.parameters or not memory.keeps_itself:
            return None
        if len(terms_of(graph.trees[at])) != 2 or not has_root_taken(self._study, memory.root):
            return None
        there = {node: each for each, node in graph.names_before(at).items()}
        own = [there[node] for node in sorted(self._gradients[name]) if node in there]
        others = {graph.inputs[name]}.union(*map(self._gradients.__getitem__, memory.parameters))
        given = [each for each, node in graph.reads[at].items() if node in others]
        return self._replaced(at, _read(graph.trees[at], given[0]), own[0]) if own and given else None

    def _replaced(self, at: int, given: ast.expr, expected: str, is_sure: bool = True) -> OtherTensor:
        names = {"given": base_name(short_text(given)), "expected": base_name(expected)}
        mistake = Mistake.TENSOR_REPLACED.named(**names)
        return OtherTensor(at, given, ast.Name(expected, ast.Load()), mistake, is_sure)


def _read(tree: ast.expr, name: str) -> ast.expr:
    """The first place where an expression reads a tensor."""
    return next(each for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id == name)
