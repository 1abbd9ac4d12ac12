"""The form of each parameter's update: its equations with roles in place of names, to compare it with others.

An average that takes in the square of a gradient, or a correction that is missing, leaves a step that may go
downhill all the same. It shows in comparison: all other parameters are updated in the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.gradcheck.script.text.equation_trees import base_name, short_text, tree_text
from bpstep.gradcheck.script.updates.memories import OtherTensor
from bpstep.lang.substitution import rebuilt
from bpstep.lang.trees import children, function_name
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.study import Matches, Study

_ROLE, _PARAMETER, _GRADIENT = "\1{}", "\1parameter", "\1gradient"
"""The names of roles: no name of a script begins like them."""


@dataclass(frozen=True)
class UpdateForm:
    """The equations that lead from a parameter's gradient to its new value."""

    equations: tuple[int, ...]
    names: Mapping[str, str]
    """The names of this parameter's tensors by their roles in the update."""
    trees: tuple[ast.expr, ...]
    """The equations with roles in place of those names, and without rates and other numbers."""

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(tree_text, self.trees))


_Pair = tuple[ast.expr, ast.expr]
"""An expression, and the same with roles for names."""


class UpdateForms:
    """The updates of a pass with roles for names."""

    def __init__(self, study: Study, matches: Matches) -> None:
        self._study, self._graph, self._matches = study, study.graph, matches

    def of(self, name: str, changed: Mapping[int, ast.expr] = MappingProxyType({})) -> UpdateForm:
        """The form of a parameter's update, with some of its equations `changed`."""
        graph, study = self._graph, self._study
        ends = {graph.current[each] for each in study.all_carried}
        found = {node for node, _ in self._matches.found[name]} - ends
        # A multiple of the gradient is a part of the update.
        gradients = {node for node in found if found.isdisjoint(graph.cone(graph.nodes[node].operands))}
        # An equation that adds a penalty to the gradient at once computes that, too.
        computing = {graph.nodes[node].equation for node in gradients}
        wholes = {graph.roots[at] for at in computing if gradients.isdisjoint(graph.reads[at].values())}
        gradients |= wholes - ends
        # A memory that takes the gradient in belongs to it, though the update may read another one.
        memories = {graph.current[each] for each in study.remembered}
        after = graph.reached_from(gradients) & (study.cones[name] | memories) - gradients
        equations = tuple(at for at, root in enumerate(graph.roots) if root in after)
        roles = {name: _PARAMETER}
        for at in equations:
            roles.setdefault(base_name(graph.equations[at].name), _ROLE.format(len(roles)))
        for at in equations:
            for part in (each.id for each in ast.walk(graph.trees[at]) if isinstance(each, ast.Name)):
                if graph.reads[at].get(part) in gradients:
                    roles.setdefault(base_name(part), _GRADIENT)
                elif part in graph.reads[at] and base_name(part) in study.remembered:
                    roles.setdefault(base_name(part), _ROLE.format(len(roles)))
        trees = tuple(self._with_roles(at, changed.get(at), roles) for at in equations)
        return UpdateForm(equations, {role: own for own, role in roles.items()}, trees)

    def _with_roles(self, at: int, changed: ast.expr | None, roles: Mapping[str, str]) -> ast.expr:
        """An equation with roles for names, and one number for everything that is computed from numbers."""

        def is_number(node: ast.expr) -> bool:
            if isinstance(node, ast.Name):
                value = self._value(at, node)
                return base_name(node.id) not in roles and value is not MISSING and not np.ndim(value)
            return not isinstance(node, ast.Call) and all(map(is_number, children(node)))

        def change(node: ast.AST) -> ast.AST | None:
            if isinstance(node, ast.expr) and is_number(node):
                return ast.Constant(0)
            return _renamed(node, roles) if isinstance(node, ast.Name) else None

        told: ast.expr = rebuilt(self._graph.trees[at] if changed is None else changed, change)
        return told

    def difference(self, given: UpdateForm, usual: UpdateForm) -> OtherTensor | None:
        """The one place in which an update differs from a usual one; None if there is no such place, or if
        both may be meant."""
        if len(given.trees) != len(usual.trees) or not usual.names.keys() <= given.names.keys():
            return None
        places = [at for at, texts in enumerate(zip(given.texts, usual.texts)) if texts[0] != texts[1]]
        if len(places) != 1:
            return None
        (place,) = places
        at, like = given.equations[place], usual.equations[place]
        own = {name: given.names[role] for role, name in usual.names.items()}
        part, other = _different_parts(
            (self._graph.trees[at], given.trees[place]), (self._graph.trees[like], usual.trees[place])
        )
        expected = _renamed(other, own)
        mistake = self._mistake(at, part, expected)
        return None if mistake is None else OtherTensor(at, part, expected, mistake)

    def _mistake(self, at: int, given: ast.expr, expected: ast.expr) -> NamedMistake | None:
        """The mistake that has one part of an equation in place of another; None where both may be meant:
        other rates, a penalty, other limits.
        """
        match given, expected:
            case ast.Name(), ast.Name():
                is_array = np.ndim(self._value(at, given)) > 0
                named = Mistake.TENSOR_REPLACED.named(given=short_text(given), expected=short_text(expected))
                return named if is_array else None
            case ast.BinOp(left=ast.Name() as left, op=ast.Div(), right=right), ast.Name():
                is_other = _is_correction(right) and tree_text(left) == tree_text(expected)
                return Mistake.DIVIDED_TOO_MUCH.named(part=short_text(right)) if is_other else None
            case ast.Name(), ast.BinOp(left=ast.Name() as left, op=ast.Div(), right=right):
                is_same = _is_correction(right) and tree_text(given) == tree_text(left)
                return Mistake.CORRECTION_MISSING.named(name=short_text(given)) if is_same else None
        if tree_text(_base(given)) == tree_text(_base(expected)):
            return Mistake.SHOULD_BE.named(given=short_text(given), expected=short_text(expected))
        return None

    def _value(self, at: int, part: ast.expr) -> Any:
        node = self._graph.reads[at].get(part.id) if isinstance(part, ast.Name) else None
        return MISSING if node is None else self._study.actual[node]


def _renamed(tree: ast.AST, names: Mapping[str, str]) -> ast.expr:
    """An equation with other names; a name that is not among them loses what tells its values apart."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Name):
            return None
        own = base_name(node.id)
        return ast.Name(names.get(own, own), ast.Load())

    renamed: ast.expr = rebuilt(tree, change)
    return renamed


def _different_parts(given: _Pair, expected: _Pair) -> tuple[ast.expr, ast.expr]:
    """The smallest parts of two expressions outside of which they are the same, each beside its form with
    roles."""
    nodes = [children(each) for each in (*given, *expected)]
    if type(given[1]) is type(expected[1]) and len({len(each) for each in nodes}) == 1:
        other = [four for four in zip(*nodes) if tree_text(four[1]) != tree_text(four[3])]
        if len(other) == 1 and _is_alike(given[1], expected[1]):
            ((given_part, given_roles, expected_part, expected_roles),) = other
            return _different_parts((given_part, given_roles), (expected_part, expected_roles))
    return given[0], expected[0]


def _is_alike(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions do the same with their parts."""
    operations = [getattr(each, "op", None) for each in (one, other)]
    functions = [function_name(each) for each in (one, other)]
    return type(operations[0]) is type(operations[1]) and functions[0] == functions[1]


def _base(part: ast.expr) -> ast.expr:
    """What a square or a root is taken of; the expression itself if it is neither.

    An odd power may be meant: it keeps the sign.
    """
    match part:
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=2 | 0.5)):
            return left
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if tree_text(left) == tree_text(right):
            return left
        case ast.Call(func=ast.Name(id="sqrt" | "square"), args=[argument]):
            return argument
    return part


def _is_correction(divisor: ast.expr) -> bool:
    """Whether a divisor is 1 less a power, as in the correction of an average that began at 0."""
    match divisor:
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.BinOp(op=ast.Pow())):
            return True
    return False
