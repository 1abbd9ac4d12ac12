"""A function whose result several lines take for the derivative of an activation, and that gives another one.

Each of those lines is wrong then, and none of them has to change: the function has.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bpstep.explain.mistakes import Mistake
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss, is_same
from bpstep.gradcheck.script.repairs.trials import Repair, Trials
from bpstep.gradcheck.script.text.equation_trees import keeps_conditions, nodes_of, short_text, tree_text
from bpstep.lang.substitution import replaced, with_name
from bpstep.script.equations.equations import CalledExpression
from bpstep.script.meaning.graph import MISSING, ChangedEquation

_MIN_LINES = 2

_MANY_LINES = 3
"""So many lines are hardly all wrong in the same way."""


class CalledSlopes:
    """The functions that may give a wrong derivative, each with the repair of all lines that call it."""

    def __init__(self, under: PassUnderLoss, trials: Trials) -> None:
        self._under, self._trials = under, trials
        self._study, self._graph = under.study, under.graph

    def repairs(self, suspects: Sequence[int]) -> Iterator[Repair]:
        """The repairs, one for each function, if all calls of it among some equations and their other runs
        give a wrong derivative."""
        groups = self._under.groups
        equations = dict.fromkeys(each for at in suspects for each in (at, *groups[at]))
        calls: dict[tuple[str, int], dict[int, tuple[CalledExpression, ast.expr]]] = {}
        for at in equations:
            for part in self._graph.equations[at].called:
                tree = self._graph.trees[at]
                whole = next((node for node in nodes_of(tree) if tree_text(node) == part.source), None)
                if whole is not None:
                    calls.setdefault((part.file, part.line), {})[at] = part, whole
        for found in calls.values():
            lines = {(self._graph.equations[at].file, self._graph.equations[at].line) for at in found}
            changes = {at: self._change(at, whole, len(lines)) for at, (_, whole) in found.items()}
            plans = {
                at: plan
                for at, change in changes.items()
                if change is not None and (plan := self._trials.plan(at, change)) is not None
            }
            if len(lines) < _MIN_LINES or len(plans) < len(found):
                continue
            first = min(found)
            change = changes[first]
            repair = None if change is None else self._trials.verified(first, change, None, plans)
            if repair is not None:
                yield replace(repair, part=found[first][0])

    def _change(self, at: int, whole: ast.expr, lines: int) -> EquationChange | None:
        """The change of an equation with the derivative in place of a call; None if that gives it already, or
        would with the activation's result in place of its argument, or the other way round."""
        tree = self._graph.trees[at]
        names = {each.id for each in ast.walk(whole) if isinstance(each, ast.Name)}
        for slope in self._under.slopes:
            if names.isdisjoint((slope.output, slope.net)):
                continue
            if _is_piecewise(whole) and not keeps_conditions(whole, slope.tree):
                # The condition may be the mistake.
                continue
            plan = self._plan(at, slope.tree)
            others = [whole]
            if lines < _MANY_LINES:
                others += [
                    self._with(whole, slope.net, slope.output),
                    self._with(whole, slope.output, slope.net),
                ]
            if plan is None or any(self._gives(at, other, plan) for other in others):
                return None
            mistake = Mistake.NOT_THE_SLOPE.named(
                given=short_text(whole), slope=slope.text, output=slope.output
            )
            changed = partial(replaced, tree, whole, slope.tree)
            return EquationChange.undoing(mistake, changed, same="called slope")
        return None

    @staticmethod
    def _with(whole: ast.expr, name: str, other: str) -> ast.expr:
        return with_name(whole, name, ast.Name(other, ast.Load()))

    def _plan(self, at: int, tree: ast.expr) -> ChangedEquation | None:
        return self._trials.plan(at, EquationChange.undoing(Mistake.SIGN.named(), lambda: tree))

    def _gives(self, at: int, tree: ast.expr, wanted: ChangedEquation) -> bool:
        """Whether an expression in an equation's place gives what another one gives, in any shape."""
        plan, values = self._plan(at, tree), self._study.states[0]
        if plan is None:
            return False
        given, expected = (self._graph.run(each, values)[-1] for each in (plan, wanted))
        if given is MISSING or expected is MISSING:
            return False
        return bool(is_same(given, expected) or (np.size(given) == 1 and np.allclose(given, expected)))


def _is_piecewise(tree: ast.expr) -> bool:
    """Whether an expression compares."""
    return any(isinstance(node, ast.Compare) for node in ast.walk(tree))
