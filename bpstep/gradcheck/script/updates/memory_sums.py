"""The sums in which an optimiser remembers: a share of an earlier value and of something new.

`v = mu * v - rate * g`, `m = b1 * m + (1 - b1) * g`, `s = s + g**2`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.text.text_lines import target_of
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.study import Study

_KEEPS_ROOT = re.compile(r"abs\(_0\)|_0 \+ [\d.e-]+|_0 [+/] _1|_0 / \(1 - .*\)")
"""The operations on an average before its root is taken."""


@dataclass(frozen=True)
class SumTerm:
    """A term of a sum: its sign, its factors, and the term itself."""

    sign: int
    factors: tuple[ast.expr, ...]
    tree: ast.expr


@dataclass(frozen=True)
class MemorySum:
    """A sum of a share of an equation's own earlier value and of one other term."""

    old: SumTerm
    new: SumTerm
    decay: ast.expr
    """The share of the old value that is kept."""
    kept: float | None
    """The number that this share is; None for another expression."""


def memory_sum(study: Study, at: int) -> MemorySum | None:
    """The two terms of an equation that keeps a share of its own earlier value; None for another one."""
    terms = terms_of(study.graph.trees[at])
    shares = [(term, decay) for term in terms if (decay := share_kept(study, at, term)) is not None]
    if len(terms) != 2 or len(shares) != 1:
        return None
    ((old, decay),) = shares
    (new,) = [term for term in terms if term is not old]
    return MemorySum(old, new, decay, number_read(study, at, decay))


def terms_of(tree: ast.expr, sign: int = 1) -> list[SumTerm]:
    """The terms that a sum adds and subtracts."""
    match tree:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            return [*terms_of(left, sign), *terms_of(right, -sign if isinstance(op, ast.Sub) else sign)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return terms_of(operand, -sign)
    return [SumTerm(sign, tuple(product_factors(tree)), tree)]


def product_factors(tree: ast.expr) -> Iterator[ast.expr]:
    """The factors of a product."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield from product_factors(left)
            yield from product_factors(right)
        case _:
            yield tree


def share_kept(study: Study, at: int, term: SumTerm) -> ast.expr | None:
    """The factor beside the equation's own value before the pass; None for another term."""
    reads, earlier = study.graph.reads[at], earlier_values(study, at)
    kept = [each for each in term.factors if isinstance(each, ast.Name) and reads.get(each.id) in earlier]
    others = [each for each in term.factors if each not in kept]
    if not kept and len(term.factors) == 2 and base_name(study.graph.equations[at].name) not in study.trained:
        # A memory that is created as the number 0, as by `m.get(name, 0)`.
        others = [each for each in term.factors if number_read(study, at, each) != 0]
        is_share = len(others) == 1 and 0 < (number_read(study, at, others[0]) or 0) < 1
        return others[0] if is_share else None
    return others[0] if len(kept) == len(others) == 1 else None


def earlier_values(study: Study, at: int) -> set[int]:
    """The nodes of what an equation's result was before: the value that the pass began with, or zeros that
    the optimiser creates in the first pass, maybe under the name of a variable."""
    graph, equation = study.graph, study.graph.equations[at]
    own, root = base_name(equation.name), graph.roots[at]
    # The result may get the remembered name in a line of its own.
    carried = [name for name in study.all_carried if name == own or graph.current[name] == root]
    zeros = _zeros_by_name(study)
    names = {own, target_of(equation.written)}
    begun = {node for name in names for place, node in zeros.get(name, ()) if place < at}
    return {graph.inputs[name] for name in carried} | begun


@lru_cache(maxsize=1)
def _zeros_by_name(study: Study) -> dict[str, list[tuple[int, int]]]:
    """The equations whose results are zeros that no parameter affects, each with its node, by the results'
    names."""
    graph = study.graph
    found: dict[str, list[tuple[int, int]]] = {}
    for at, (node, equation) in enumerate(zip(graph.roots, graph.equations)):
        value = study.actual[node]
        if node not in study.active and value is not MISSING and not np.any(value):
            found.setdefault(base_name(equation.name), []).append((at, node))
    return found


def number_read(study: Study, at: int, tree: ast.expr) -> float | None:
    """The value of a number that an equation reads; None for anything else."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        inner = number_read(study, at, tree.operand)
        return None if inner is None else -inner
    value: Any = tree.value if isinstance(tree, ast.Constant) else value_read(study, at, tree)
    return None if value is MISSING or np.shape(value) or not np.isreal(value) else float(value)


def value_read(study: Study, at: int, tree: ast.expr) -> Any:
    """The value of a part of an equation; `MISSING` if the part has none."""
    node = study.graph.places[at].get(id(tree))
    return MISSING if node is None else study.actual[node]


def has_root_taken(study: Study, root: int) -> bool:
    """Whether an update takes the root of a tensor, corrected or with a small number added."""
    return root in _with_root_taken(study)


@lru_cache(maxsize=1)
def _with_root_taken(study: Study) -> set[int]:
    """The nodes whose root is taken, corrected or with a small number added."""
    nodes, found = study.graph.nodes, set[int]()
    for node in nodes:
        if node.pattern in ("sqrt(_0)", "_0 ** 0.5"):
            found.update(node.operands)
    for at in range(max(found, default=-1), -1, -1):
        if at in found and _keeps_root(study, at):
            found.add(nodes[at].operands[0])
    return found


def before_root(study: Study, averages: Set[int]) -> set[int]:
    """Averages, and what is computed from them before their root is taken."""
    kept = set(averages)
    for at, node in enumerate(study.graph.nodes):
        if not kept.isdisjoint(node.operands[:1]) and _keeps_root(study, at):
            kept.add(at)
    return kept


def _keeps_root(study: Study, at: int) -> bool:
    """Whether an operation of an update corrects its first operand, or adds a number to it."""
    node = study.graph.nodes[at]
    # The sum of an average and another tensor is a memory of its own.
    is_beside_number = not any(np.shape(study.actual[each]) for each in node.operands[1:])
    is_update = at in study.update_cone and bool(node.operands)
    return is_update and is_beside_number and _KEEPS_ROOT.fullmatch(node.pattern) is not None
