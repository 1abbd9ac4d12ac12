"""What the derivation of the loss gives for an equation, from the gradients that it reads."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from itertools import chain

import numpy as np

from bpstep.explain.mistakes import Mistake
from bpstep.gradcheck.script.repairs.equation_changes import (
    ActivationSlope,
    EquationChange,
    kind_of_difference,
)
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss
from bpstep.gradcheck.script.repairs.suspects import Suspects
from bpstep.gradcheck.script.text.equation_trees import base_name, names_in, nodes_of, tidied, tree_text
from bpstep.lang.substitution import replaced, with_name
from bpstep.script.meaning.losses import SCRIPT_LOSS

_MAX_TERMS = 12
"""The most readers of a tensor whose contributions are derived."""

_MAX_TIMES = 12
"""Of how many times of a line what is derived is taken over to its other times."""

_MAX_STEPS = 8
"""The most operations that the derivation follows through tensors that the script does not compute."""


@dataclass(frozen=True)
class _Derived:
    """An expression that the derivation gives for an equation."""

    term: ast.expr
    place: int
    """The number of the part in whose place it stands; -1 if it is added."""
    is_completing: bool = False
    """Whether it is added to a part of a gradient as another part of the same one."""


class DerivedChanges:
    """The changes of an equation to what the chain rule gives there."""

    def __init__(self, under: PassUnderLoss, suspects: Suspects) -> None:
        self._under = under
        self._study, self._graph = under.study, under.graph
        self._explanation, self._matches = under.explanation, under.matches
        self._forward, self._groups = under.forward, under.groups
        self._suspects = suspects
        self._derived: dict[int, dict[str, _Derived]] = {}

    def of(self, at: int) -> Iterator[EquationChange]:
        """The equation with what the derivation gives: added to it, where it gives only a part of a gradient,
        or in the place of one of its parts.

        At a time of a loop at which the gradients that it reads are wrong, the derived ones of another time.
        """
        found = dict(self._derived_at(at))
        for other in self._groups[at][:_MAX_TIMES]:
            for same, derived in self._derived_at(other).items() if other != at else ():
                if same not in found:
                    moved = self._at_time(derived.term, other, at)
                    if moved is not None:
                        found[same] = replace(derived, term=moved)
        tree = self._graph.trees[at]
        parts = list(nodes_of(tree))
        for same, derived in found.items():
            if derived.place < 0:
                added = tidied(derived.term)
                mistake = Mistake.TERM_MISSING.named(part=tree_text(added))
                whole = partial(ast.BinOp, tree, ast.Add(), added)
                yield EquationChange.undoing(mistake, whole, same=same, is_added=True)
            elif derived.place < len(parts):
                part = parts[derived.place]
                kind, sentence = kind_of_difference(part, derived.term, self._under.slopes)
                changed = partial(replaced, tree, part, tidied(derived.term))
                yield EquationChange(kind, sentence, changed, same=same, is_added=True, is_replaced=True)

    def _derived_at(self, at: int) -> dict[str, _Derived]:
        """What the gradients that an equation reads give for it.

        Each expression has a key that is the same for all times of the equation's line.
        """
        if at in self._derived:
            return self._derived[at]
        graph, backward, found = self._graph, self._explanation.backward, self._derived.setdefault(at, {})
        given = np.shape(self._study.actual[graph.roots[at]])
        shape = self._under.hidden[at].expected if at in self._under.hidden else given
        read = {node for node in graph.reads[at].values() if node not in self._forward}
        read |= self._suspects.seeds(at)
        known = {label.node for node in read for label, _ in self._matches.labels.get(node, ())}
        known |= {label.node for node in read for label, _ in self._suspects.parts.get(node, ())}
        for _ in range(_MAX_STEPS):
            known |= {
                each for each, above in backward.all_readers.items() if above and known.issuperset(above)
            }
        given_parts = {label.node for label, _ in self._suspects.parts.get(graph.roots[at], ())}
        places = [
            place
            for place, part in enumerate(nodes_of(graph.trees[at]))
            if self._may_be(at, part, given, read)
        ]
        for node, readers in backward.all_readers.items():
            if np.shape(self._study.actual[node]) != shape or known.isdisjoint(readers):
                continue
            terms = {reader: self._contribution(node, reader, at) for reader in readers[:_MAX_TERMS]}
            above = (self._terms_from_above(node, reader, at) for reader in terms)
            for which, term in enumerate(
                chain(*(self._missing_terms(at, node, each) for each in (terms, *above)))
            ):
                equation = graph.nodes[node].equation
                # A line has several operations.
                where = f"{graph.equations[equation].line} {graph.roots[equation] - node}"
                found.setdefault(f"term {where} {which}", _Derived(term, -1, node in given_parts))
            found |= self._with_slopes(node, at, places)
            every = list(terms.values())
            if 1 < len(readers) == len(every) and None not in every:
                whole = _sum_of(filter(None, every))
                for part in reversed(places):
                    line = graph.equations[graph.nodes[readers[0]].equation].line
                    found.setdefault(f"whole {part} {line}", _Derived(whole, part))
            for reader, whole_term in terms.items():
                if whole_term is None or reader not in known:
                    continue
                each = graph.nodes[reader]
                line, place = graph.equations[each.equation].line, each.operands.index(node)
                for part in reversed(places):
                    found.setdefault(f"part {part} {line} {each.pattern} {place}", _Derived(whole_term, part))
        # Of several that put all right, the shortest is meant.
        ordered = sorted(
            found.items(), key=lambda one: (not one[1].is_completing, len(names_in(one[1].term)))
        )
        found.clear()
        found.update(ordered)
        return found

    def _missing_terms(self, at: int, node: int, terms: Mapping[int, ast.expr | None]) -> Iterator[ast.expr]:
        """What may be missing where an equation gives only a part of the gradient with respect to a node:
        what one reader contributes, or all but one. `terms` are the contributions by the readers.
        """
        for term in terms.values() if len(terms) > 1 else ():
            if term is not None:
                yield term
        is_part = any(label.node == node for label, _ in self._suspects.parts.get(self._graph.roots[at], ()))
        for reader in terms if is_part and len(terms) > 2 else ():
            others = [term for other, term in terms.items() if other != reader]
            if None not in others:
                yield _sum_of(filter(None, others))

    def _terms_from_above(self, node: int, reader: int, at: int) -> dict[int, ast.expr | None]:
        """What the readers of a later tensor contribute to the gradient with respect to a node, which the
        forward pass reads only once on the way there, but for a maximum; empty if there is none with several
        readers.
        """
        backward, path = self._explanation.backward, [node, reader]
        while len(path) < _MAX_STEPS:
            after = backward.all_readers.get(path[-1], [])
            # What is subtracted from all cells, as their maximum before exp, changes no share.
            main = [each for each in after if not self._graph.nodes[each].pattern.startswith("max(")]
            if len(main) != 1:
                break
            path.append(main[0])
        readers = backward.all_readers.get(path[-1], [])
        found: dict[int, ast.expr | None] = {}
        for each in readers[:_MAX_TERMS] if len(readers) > 1 else ():
            seed = self._contribution(path[-1], each, at)
            for below, above in zip(path[-2::-1], path[:0:-1]):
                if seed is not None:
                    seed = self._handed_back(below, above, seed)
            found[each] = seed
        return found

    def _handed_back(self, node: int, reader: int, seed: ast.expr) -> ast.expr | None:
        backward, written = self._explanation.backward, self._graph.written_tree
        return backward.contribution(node, reader, self._study.actual, seed, written)

    def _with_slopes(self, node: int, at: int, places: Sequence[int]) -> dict[str, _Derived]:
        """The gradients with respect to an activation's argument, written with its derivative."""
        found: dict[str, _Derived] = {}
        for slope in self._slopes_of_nets.get(node, ()):
            above = self._gradient(slope.node, at)
            if above is not None:
                line = self._graph.equations[self._graph.nodes[slope.node].equation].line
                product = ast.BinOp(above, ast.Mult(), slope.by_net)
                found |= {f"slope {part} {line}": _Derived(product, part) for part in reversed(places)}
        return found

    def _may_be(self, at: int, part: ast.expr, shape: tuple[int, ...], read: Collection[int]) -> bool:
        """Whether a part of an equation has the shape of its result and reads one of some tensors."""
        node = self._graph.places[at].get(id(part))
        reads = self._graph.reads[at]
        names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
        inside = {self._graph.places[at].get(id(each)) for each in ast.walk(part)}
        is_shaped = node is not None and np.shape(self._study.actual[node]) == shape
        return is_shaped and any(each in read for each in {*map(reads.get, names), *inside})

    def _contribution(self, node: int, reader: int, at: int, depth: int = 0) -> ast.expr | None:
        """What a reader contributes to a gradient, in tensors that there are before an equation; None if some
        are missing."""
        seed = self._gradient(reader, at, depth)
        return None if seed is None else self._handed_back(node, reader, seed)

    def _gradient(self, node: int, at: int, depth: int = 0) -> ast.expr | None:
        """The gradient with respect to a node, in the same way: the tensor that has it, or what it is derived
        from.
        """
        candidate = self._explanation.candidate
        there = [each for each in self._gradients_named.get(node, ()) if each < at]
        above = self._explanation.backward.all_readers.get(node, [])
        if there:
            return ast.Name(self._graph.equations[there[-1]].name, ast.Load())
        seeds = (
            each
            for each in self._suspects.seeds(at)
            for label, _ in self._matches.labels.get(each, ())
            if label.node == node and not label.turned
        )
        seed_here = next(seeds, -1)
        if seed_here >= 0:
            return self._graph.written_tree(seed_here)
        if node in candidate.outputs and candidate.kind == SCRIPT_LOSS:
            return ast.Constant(self._suspects.carried(at) or self._usual_constant)
        if len(above) != 1 or depth >= _MAX_STEPS:
            return None
        slope = next(iter(self._slopes_of_nets.get(node, ())), None)
        seed = None if slope is None else self._gradient(slope.node, at, depth + 1)
        if slope is not None and seed is not None:
            return ast.BinOp(seed, ast.Mult(), slope.by_net)
        return self._contribution(node, above[0], at, depth + 1)

    @cached_property
    def _slopes_of_nets(self) -> dict[int, list[ActivationSlope]]:
        """The derivatives of activations, by the nodes of their arguments."""
        named = {self._graph.written(at): at for at in self._explanation.backward.nodes}
        found: dict[int, list[ActivationSlope]] = {}
        for slope in self._under.slopes:
            if slope.net in named and slope.node >= 0:
                found.setdefault(named[slope.net], []).append(slope)
        return found

    @cached_property
    def _usual_constant(self) -> float:
        """The constant that most gradients have as the script computes them."""
        constants = [round(places[0][1], 9) for places in self._matches.found.values()]
        return Counter(constants).most_common(1)[0][0] if constants else 1.0

    @cached_property
    def _gradients_named(self) -> dict[int, list[int]]:
        """The equations that give the gradient with respect to a node, for each node."""
        found: dict[int, list[int]] = {}
        for at, root in enumerate(self._graph.roots):
            own = base_name(self._graph.equations[at].name)
            # The first sum of a loop is its first term, and the later ones are more than that.
            is_sum = self._graph.nodes[root].pattern == "_0 + _1" and any(
                base_name(name) == own and not self._suspects.constants(node)
                for name, node in self._graph.reads[at].items()
            )
            is_other = root in self._forward or is_sum
            for label, _ in () if is_other else self._matches.labels.get(root, ()):
                if not label.turned:
                    found.setdefault(label.node, []).append(at)
        return found

    def _at_time(self, term: ast.expr, given: int, at: int) -> ast.expr | None:
        """A term of one time of a line as it is at another time; None where a tensor has no such time."""
        graph, own = self._graph, self._groups[at]
        distance = own.index(at) - own.index(given)
        places = {equation.name: each for each, equation in enumerate(graph.equations)}
        read = set(graph.reads[at].values())
        back = 0
        for node in graph.reads[given].values():
            group = self._under.groups_of_nodes.get(node, [])
            if len(group) > 1 and self._is_of_earlier_loop(group, own):
                there = [way for way in (-1, 1) if read.intersection(_shifted(group, node, way * distance))]
                back = there[0] if len(there) == 1 else back
        for name in {each.id for each in ast.walk(term) if isinstance(each, ast.Name)} & places.keys():
            node = graph.roots[places[name]]
            group = self._under.groups_of_nodes[node]
            if len(group) > 1:
                way = (back or -1) if self._is_of_earlier_loop(group, own) else 1
                moved = _shifted(group, node, way * distance)
                if not moved:
                    return None
                wanted = graph.equations[graph.roots.index(moved[0])].name
                term = with_name(term, name, ast.Name(wanted, ast.Load()))
        return term

    def _is_of_earlier_loop(self, group: Sequence[int], own: Sequence[int]) -> bool:
        """Whether all times of some results come before the first of some equations: such a loop may run the
        other way."""
        return self._graph.roots.index(group[-1]) < own[0]


def _shifted(group: Sequence[int], node: int, by: int) -> list[int]:
    """The node that stands `by` places after another one in a group; empty if there is none."""
    place = group.index(node) + by
    return [group[place]] if 0 <= place < len(group) else []


def _sum_of(terms: Iterable[ast.expr]) -> ast.expr:
    return reduce(lambda one, other: ast.BinOp(one, ast.Add(), other), terms)
