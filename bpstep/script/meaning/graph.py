"""The equations of a pass as single operations, each computed once, with their values in several states."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from types import CodeType, MappingProxyType
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.functions import called_function
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.lang.rewrite import rebuild
from bpstep.lang.shapes import WholeShape
from bpstep.lang.trees import is_number
from bpstep.program.derivation.structure import active_names
from bpstep.script.equations.equations import ScriptEquation

MAX_EQUATION_LENGTH = 100_000
"""The maximum length of an equation's text: a loop over cells makes long ones."""

_CELLS_OF_WORK = 10_000
"""An operation on this many cells takes twice as long as one on a few."""

_NODES_OF_WORK = 400
"""Looking at so many nodes takes as long as an operation."""

_MAX_CELLS = 1 << 22
"""The most cells of an outer product in a changed equation, unless the pass has as large an array."""

_PLAN_WORK = 3
"""Parsing a changed equation takes as long as this many operations."""

_PLACE = re.compile(r"\b_(\d+)\b")

MISSING = None
"""The value of an operation that cannot be computed on its operands."""

Values = list[Any]
"""The value of each node, by its number; `MISSING` if there is none."""


def have_one_shape(*values: Any) -> bool:
    """Whether all values could be computed and have the same shape."""
    return all(each is not MISSING for each in values) and len(set(map(np.shape, values))) == 1


@dataclass(frozen=True)
class GraphNode:
    """An operation on the values of other nodes, or a tensor from before the pass."""

    pattern: str
    """The operation with `_0`, `_1` … for its operands; empty for a tensor from before the pass."""
    operands: tuple[int, ...]
    equation: int
    """The first equation that computes it, counted from 0; -1 for a tensor from before the pass."""
    name: str = ""
    """The tensor's name, for a tensor from before the pass."""

    def text(self, names: Sequence[str] | Mapping[int, str]) -> str:
        """The operation with its operands by name."""
        return _PLACE.sub(lambda place: names[self.operands[int(place[1])]], self.pattern)

    @cached_property
    def differentiated(self) -> tuple[int, ...]:
        """The operands by which the operation has a derivative, in the order of the expression."""
        places = {f"_{at}": operand for at, operand in enumerate(self.operands)}
        return tuple(places[name] for name in _differentiated_places(self.pattern) if name in places)


@lru_cache(maxsize=4096)
def _differentiated_places(pattern: str) -> tuple[str, ...]:
    if not pattern:
        return ()
    tree = ast.parse(pattern, mode="eval").body
    return tuple(dict.fromkeys(active_names(tree, _Everything())))


class _Everything(frozenset[str]):
    """Contains every name."""

    def __contains__(self, _name: object) -> bool:
        return True


@dataclass(frozen=True)
class ChangedEquation:
    """A changed equation: steps over nodes, and over earlier steps as -1, -2 …"""

    steps: tuple[tuple[str, tuple[int, ...]], ...]
    result: int


@dataclass(frozen=True)
class Fixed:
    """Returns one value, whatever its operands."""

    value: Any

    def __call__(self, _values: Values) -> Any:
        return self.value


class Graph:
    """Every operation of the equations as a node; equal operations on equal operands are one node, but for
    what is an equation's result.

    A tensor that is written several times is several nodes. Tensors that equations read before writing them
    must be in `before`: the values from before the pass; the result of an opaque equation counts as one of
    them. ExpressionError if an equation's text is not in the language. `on_work` is called before each
    operation that is computed, with the work done so far. With `has_number_nodes`, a plain number in a
    difference is a node, too, and not a part of the operation. Of tensors that are one value, `same` gives
    the first one's name: they have one node.
    """

    def __init__(
        self,
        equations: Sequence[ScriptEquation],
        before: Mapping[str, Any],
        on_work: Callable[[int], None] | None = None,
        has_number_nodes: bool = False,
        same: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._has_number_nodes = has_number_nodes
        self.equations = list(equations)
        self.before = dict(before)
        self.nodes: list[GraphNode] = []
        self.inputs: dict[str, int] = {}
        """The node of each tensor from before the pass."""
        self.roots: list[int] = []
        """The node of each equation's result."""
        self.reads: list[dict[str, int]] = []
        """What each equation reads: the node of each name."""
        self.trees: list[ast.expr] = []
        self.places: list[dict[int, int]] = []
        """In each equation the node of every operation, by the `id` of its node in the tree."""
        self.current: dict[str, int] = {}
        """The node of each name at the end of the pass."""
        self.work = 0
        """How much was computed so far: operations, with large ones counted several times.

        A search limited by it gives the same result on every machine.
        """
        self._on_work = on_work
        self._results: set[int] = set()
        self._expressions: dict[int, dict[int, ast.expr]] = {}
        """Of some equations, the first expression of each node."""
        self._known: dict[tuple[str, tuple[int, ...]], int] = {}
        self._compiled: dict[tuple[str, tuple[_Kind, ...]], CodeType | None] = {}
        self._scope = evaluation_scope()
        self.before |= {each.name: _plain(each.value) for each in self.equations if each.opaque}
        for name in self.before:
            is_first = same.get(name, name) == name
            at = self._add(GraphNode("", (), -1, name)) if is_first else self.inputs[same[name]]
            self.inputs[name] = at
        self.current.update(self.inputs)
        for at, equation in enumerate(self.equations):
            tree = parse(equation.source, self.current, MAX_EQUATION_LENGTH)
            # An opaque equation's text is its own name.
            self.trees.append(tree)
            self.reads.append({})
            self.places.append({})
            root = self.add_tree(tree, at, self.reads[at], self.places[at])
            if equation.copy_of:
                root = self.places[at][id(tree)] = self._operation("+_0", (root,), at)
            self.roots.append(root)
            self._results.add(root)
            self.current[equation.name] = root

    def add_tree(
        self,
        tree: ast.expr,
        equation: int,
        reads: dict[str, int],
        places: dict[int, int] | None,
    ) -> int:
        """Add the operations of a tree and return its result's node.

        `reads` gives the node of each name; missing names are those of this moment, and are added.
        """
        if isinstance(tree, ast.Name):
            found = reads.setdefault(tree.id, self.current[tree.id])
        elif is_number(tree):
            found = self._operation(ast.unparse(tree), (), equation)
        else:
            operands: list[int] = []

            lifted = self._has_number_nodes and isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Sub)

            def inner(child: ast.expr) -> ast.expr:
                if is_number(child) and not lifted:
                    return child
                operands.append(self.add_tree(child, equation, reads, places))
                return ast.Name(f"_{len(operands) - 1}", ast.Load())

            pattern = ast.unparse(rebuild(tree, inner))
            found = self._operation(pattern, tuple(operands), equation)
        if places is not None:
            places[id(tree)] = found
        return found

    def _operation(self, pattern: str, operands: tuple[int, ...], equation: int) -> int:
        key = (pattern, operands)
        # What another line computes again is right or wrong by itself.
        if self._known.get(key) in self._results or key not in self._known:
            self._known[key] = self._add(GraphNode(pattern, operands, equation))
        return self._known[key]

    def _add(self, node: GraphNode) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def written(self, at: int) -> str:
        """A node in the script's terms: the name of a tensor with this value, else the expression."""
        return ast.unparse(self.written_tree(at)).replace(" ** ", "**")

    def written_tree(self, at: int) -> ast.expr:
        """The same as an expression."""
        if self.nodes[at].name:
            return ast.Name(self.nodes[at].name, ast.Load())
        if at in self._results:
            return ast.Name(self.equations[self.roots.index(at)].name, ast.Load())
        equation = self.nodes[at].equation
        if equation not in self._expressions:
            places = self.places[equation]
            found = self._expressions[equation] = {}
            for node in ast.walk(self.trees[equation]):
                if isinstance(node, ast.expr) and id(node) in places:
                    found.setdefault(places[id(node)], node)
        return self._expressions[equation].get(at) or ast.Constant(0)

    @cached_property
    def numbers(self) -> set[int]:
        """The nodes that are plain numbers."""
        return {at for at, node in enumerate(self.nodes) if _is_number_text(node.pattern)}

    # Values

    def evaluate(self, before: Mapping[str, Any], known: Values | None = None) -> Values:
        """The value of every node, given these tensors from before the pass.

        `known` are the values in another state: nodes whose operands are the same objects keep theirs.
        """
        values: Values = []
        for at, node in enumerate(self.nodes):
            if known and not node.name and all(values[each] is known[each] for each in node.operands):
                values.append(known[at])
            else:
                values.append(self.value(node, values, before))
        return values

    def value(self, node: GraphNode, values: Sequence[Any], before: Mapping[str, Any]) -> Any:
        """One node's value on those of its operands."""
        if node.name:
            return before[node.name]
        return self.compute(node.pattern, [values[operand] for operand in node.operands])

    def compute(self, pattern: str, operands: Sequence[Any]) -> Any:
        """The value of an operation; `MISSING` if its operands don't fit or one is missing."""
        for operand in operands:
            if operand is MISSING:
                return MISSING
        if self._on_work is not None:
            self._on_work(self.work)
        indices = _indices(pattern)
        if indices:
            operands = [
                _as_index(operand) if at in indices else operand for at, operand in enumerate(operands)
            ]
        kinds = tuple([_kind(operand) for operand in operands])
        self.work += 1 + sum([prod(shape) for shape, _ in kinds]) // _CELLS_OF_WORK
        key = (pattern, kinds)
        if key not in self._compiled:
            self._compiled[key] = _compiled(pattern, kinds)
        code = self._compiled[key]
        if code is None:
            return MISSING
        try:
            with np.errstate(all="ignore"):
                return evaluate(code, dict(zip(_operand_names(len(operands)), operands)), self._scope)
        except (ValueError, IndexError, TypeError, FloatingPointError):
            return MISSING

    def again(self, values: Values, changed: Mapping[int, Callable[[Values], Any]]) -> Values:
        """The values with some nodes computed differently, and everything that depends on them.

        Nodes that do not change keep the same objects.
        """
        found = list(values)
        fresh: set[int] = set()
        self.work += len(found) // _NODES_OF_WORK
        for at in range(min(changed, default=len(found)), len(found)):
            if at in changed:
                found[at] = changed[at](found)
                fresh.add(at)
            elif not fresh.isdisjoint(self.nodes[at].operands):
                found[at] = self.value(self.nodes[at], found, {})
                fresh.add(at)
        return found

    def plan(self, equation: int, tree: ast.expr, reads: Mapping[str, int]) -> ChangedEquation:
        """A changed equation as operations on nodes. KeyError if it reads a name that is not in `reads`.

        Unchanged parts are existing nodes; its own result is none of them, because it changes.
        """
        root = self.roots[equation]
        self.work += _PLAN_WORK
        places = {place: at for place, at in self.places[equation].items() if at != root}
        steps: list[tuple[str, tuple[int, ...]]] = []

        def atom(node: ast.expr) -> int:
            if id(node) in places:
                return places[id(node)]
            if isinstance(node, ast.Name):
                return reads[node.id]
            operands: list[int] = []

            def operand(child: ast.expr) -> ast.expr:
                if is_number(child):
                    return child
                operands.append(atom(child))
                return ast.Name(f"_{len(operands) - 1}", ast.Load())

            pattern = ast.unparse(node if is_number(node) else rebuild(node, operand))
            steps.append((pattern, tuple(operands)))
            return -len(steps)

        result = atom(tree)
        return ChangedEquation(tuple(steps), result)

    def run(self, plan: ChangedEquation, values: Values) -> list[Any]:
        """The value of every step of a plan; the last is the equation's result.

        `MISSING` stands for an outer product that would be huge and larger than any value of the pass: it has
        the product of the operands' sizes and is nobody's gradient.
        """
        found: list[Any] = []
        for pattern, operands in plan.steps:
            inputs = [values[at] if at >= 0 else found[-at - 1] for at in operands]
            cells = prod(map(np.size, inputs)) if "outer(" in pattern else 0
            is_huge = cells > _MAX_CELLS and cells > max(map(np.size, values))
            found.append(MISSING if is_huge else self.compute(pattern, inputs))
        return found if plan.result < 0 else [values[plan.result]]

    def names_before(self, equation: int) -> dict[str, int]:
        """The node of every name that an equation could read."""
        found = dict(self.inputs)
        found.update({self.equations[at].name: self.roots[at] for at in range(equation)})
        return found

    def discrete(self, within: Collection[int]) -> set[int]:
        """The nodes that some nodes take for indices or class numbers, or compare; they cannot be replaced by
        other numbers.
        """
        return self.indices(within) | {
            operand
            for at in within
            for place, operand in enumerate(self.nodes[at].operands)
            if _use(self.nodes[at].pattern, f"_{place}") == "compared"
        }

    def indices(self, within: Iterable[int]) -> set[int]:
        """The nodes that some nodes take for indices or class numbers, and those these are computed from."""
        found: set[int] = set()
        for at in sorted(within, reverse=True):
            node = self.nodes[at]
            for place, operand in enumerate(node.operands):
                if at in found or _use(node.pattern, f"_{place}") == "index":
                    found.add(operand)
        return found

    # Dependence

    def reached_from(self, starts: Iterable[int]) -> set[int]:
        """The nodes that depend on these, including themselves; a dependence on shapes alone is none."""
        found = set(starts)
        for at, node in enumerate(self.nodes):
            if not found.isdisjoint(node.operands) and not _is_flat(node.pattern):
                found.add(at)
        return found

    def parts_of(self, starts: Iterable[int]) -> set[int]:
        """Some nodes with their transposes, and with their rows and other parts."""
        found = set(starts)
        for at, node in enumerate(self.nodes):
            if node.pattern.startswith(("_0.T", "_0[")) and node.operands[0] in found:
                found.add(at)
        return found

    def readers_of_cells(self, at: int) -> list[int]:
        """The operations that read a node, or only some cells of it, or its cells in another order."""
        same, found = {at}, []
        for each in range(at + 1, len(self.nodes)):
            node = self.nodes[each]
            if same.isdisjoint(node.operands):
                continue
            if len(node.operands) == 1 and node.pattern.startswith(("_0[", "_0.")):
                same.add(each)
            else:
                found.append(each)
        return found

    def cone(self, ends: Iterable[int], without: Collection[int] = ()) -> set[int]:
        """The nodes that these depend on, including themselves, except what only `without` reads."""
        found = set(ends)
        for at in range(max(found, default=-1), -1, -1):
            if at in found and at not in without:
                found.update(self.nodes[at].operands)
        return found

    def has_division(self, nodes: Iterable[int]) -> bool:
        """Whether a division or a mean is among these."""
        return any(_DIVISION.search(self.nodes[at].pattern) for at in nodes)


_DIVISION = re.compile(r"/|mean\(")


@lru_cache(maxsize=4096)
def _is_flat(pattern: str) -> bool:
    """True for an operation whose result depends only on its operands' shapes."""
    function = called_function(ast.parse(pattern, mode="eval").body)
    return function is not None and function.shape_only


@lru_cache(maxsize=4096)
def _use(pattern: str, place: str) -> str:
    """How an operation uses an operand: `index`, also for a class number, `compared`, or empty."""
    tree = ast.parse(pattern, mode="eval").body
    match tree:
        case ast.Compare():
            return "compared"
        case ast.Subscript():
            inside: ast.AST = tree.slice
        case ast.Call(func=ast.Name(id="one_hot")):
            inside = tree.args[0]
        case ast.Call(func=ast.Name(id="argmax" | "where" | "sign")):
            return "compared" if _reads(tree.args[0], place) else ""
        case _:
            return ""
    return "index" if _reads(inside, place) else ""


@lru_cache(maxsize=4096)
def _indices(pattern: str) -> frozenset[int]:
    """The operands of an operation that are indices."""
    places = {int(found[1]) for found in _PLACE.finditer(pattern)}
    return frozenset(at for at in places if _use(pattern, f"_{at}") == "index")


def _as_index(operand: Any) -> Any:
    """Computed whole numbers, as `labels - 1`, in a type for indices."""
    array = np.asarray(operand)
    if array.dtype.kind != "f" or not array.shape or not np.array_equal(array, np.round(array)):
        return operand
    return array.astype(np.int64)


def _reads(tree: ast.AST, place: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == place for node in ast.walk(tree))


@lru_cache(maxsize=4096)
def _is_number_text(pattern: str) -> bool:
    return bool(pattern) and is_number(ast.parse(pattern, mode="eval").body)


def _plain(value: Any) -> Any:
    """A matrix as an array: `*` multiplies element by element here."""
    return np.asarray(value) if isinstance(value, np.matrix) else value


_Kind = tuple[tuple[int, ...], bool]
"""The shape of a value, and whether its numbers are whole: an operation is compiled for these."""


def _kind(value: Any) -> _Kind:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.shape, value.dtype.kind in "iu"
    return _kind(np.asarray(value))


@lru_cache(maxsize=256)
def _operand_names(number: int) -> tuple[str, ...]:
    """The names of this many operands in a pattern."""
    return tuple(f"_{at}" for at in range(number))


def _compiled(pattern: str, kinds: tuple[_Kind, ...]) -> CodeType | None:
    shapes = [WholeShape(shape) if is_whole else shape for shape, is_whole in kinds]
    names = _operand_names(len(shapes))
    try:
        return compile_lowered(lower(ast.parse(pattern, mode="eval").body, dict(zip(names, shapes))))
    except BpstepError:
        return None
