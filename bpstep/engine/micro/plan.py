"""Which operations an equation has, counted but never listed.

The tree is read from its leaves to its root. Each operator is a stage: one operation for each cell of its
result. A matrix product has two: the products, with the inner index outermost, and the running sums, cell by
cell. Equal parts are computed once; moving numbers is not an operation, nor is anything that reads no tensor.
An equation that only moves numbers copies each cell.
"""

from __future__ import annotations

import ast
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bpstep.lang import parser
from bpstep.lang.functions import INLINED, called_function, definition_of
from bpstep.lang.shape_rules import Inner, index_sizes, subscripts
from bpstep.lang.shapes import Shape, axes_of, shape_of
from bpstep.lang.trees import function_name, is_reshape, substituted
from bpstep.program.program import Step


class StageKind(StrEnum):
    """What the operations of a stage do."""

    PRODUCTS = "products"
    """The products that a contraction adds up."""
    SUMS = "sums"
    """The running sums of each cell, or its running maximum or minimum."""
    DIVIDE = "divide"
    """A sum is divided, for its mean."""
    EACH = "each"
    """One operation for each cell."""
    COPY = "copy"
    """Each cell is copied."""


@dataclass(frozen=True, eq=False)
class Stage:
    """The operations on single numbers that one operator of an equation stands for."""

    node: ast.expr
    kind: StageKind
    shape: Shape
    """The shape of the node's result."""
    terms: int
    """How many terms a cell's sum has; 1 where there is no sum."""
    first: int
    """How many operations come before the stage."""

    @property
    def cells(self) -> int:
        """How many numbers the node has."""
        return math.prod(self.shape)

    @property
    def count(self) -> int:
        """How many operations the stage has."""
        return self.cells * {StageKind.PRODUCTS: self.terms, StageKind.SUMS: self.terms - 1}.get(self.kind, 1)


@dataclass(frozen=True, eq=False)
class Plan:
    """An equation's operations, for tensors of certain shapes."""

    text: str
    """The right-hand side with its activations and other short forms written out; every node's position is a
    position in it.
    """
    tree: ast.expr
    stages: tuple[Stage, ...]
    stages_by_text: Mapping[str, Mapping[StageKind, Stage]]
    """The stages of each part of the text."""

    @property
    def total(self) -> int:
        """How many operations there are; never 0."""
        last = self.stages[-1]
        return max(last.first + last.count, 1)

    def stage_at(self, at: int) -> Stage:
        """The stage of operation `at`, counted from 0."""
        return self.stages[bisect_right(self.stages, at, key=lambda stage: stage.first) - 1]

    def key(self, node: ast.expr) -> str:
        """The text of a node: what has the same text is the same."""
        return self.text[node.col_offset : node.end_col_offset].replace(" ", "")

    def stages_of(self, node: ast.expr) -> Mapping[StageKind, Stage]:
        """A node's stages by their kind; none for a tensor, or for a node that only moves numbers."""
        return self.stages_by_text.get(self.key(node), {})


def plan_operations(step: Step, shapes: Mapping[str, Shape]) -> Plan:
    """The operations of an equation that reads tensors of these shapes."""
    return _plan(step, tuple((name, shapes[name]) for name in step.reads))


@lru_cache(maxsize=512)
def _plan(step: Step, shapes: tuple[tuple[str, Shape], ...]) -> Plan:
    known = dict(shapes)
    text, tree = expand_activations(step, known)
    stages: list[Stage] = []
    parts: dict[str, dict[StageKind, Stage]] = {}
    found = Plan(text, tree, (), parts)
    _collect(tree, known, found, stages, set())
    if not sum(stage.count for stage in stages):
        stages = [Stage(tree, StageKind.COPY, shape_of(tree, known), 1, 0)]
        parts[found.key(tree)] = {StageKind.COPY: stages[0]}
    return Plan(text, tree, tuple(stages), parts)


def _collect(
    node: ast.expr, shapes: Mapping[str, Shape], found: Plan, stages: list[Stage], seen: set[str]
) -> None:
    """Add the stages of a node, after those of its operands."""
    key = found.key(node)
    if key in seen or isinstance(node, ast.Name) or reads_no_numbers(node):
        return
    seen.add(key)
    for operand in number_operands(node):
        _collect(operand, shapes, found, stages, seen)
    shape = shape_of(node, shapes)
    for part, terms in _stage_kinds(node, shapes):
        first = stages[-1].first + stages[-1].count if stages else 0
        stage = Stage(node, part, shape, terms, first)
        if stage.count:
            stages.append(stage)
            found.stages_by_text.setdefault(key, {})[part] = stage  # type: ignore[attr-defined]


def _stage_kinds(node: ast.expr, shapes: Mapping[str, Shape]) -> list[tuple[StageKind, int]]:
    """The kinds of a node's stages, and how many terms a cell has."""
    if is_layout_change(node) or is_given(node):
        return []
    if is_contraction(node):
        terms = math.prod(summed_lengths(node, lambda operand: shape_of(operand, shapes)))
        return [(StageKind.PRODUCTS, terms), (StageKind.SUMS, terms)]
    if is_reduction(node):
        terms = _reduced_count(node, shapes)
        divides = function_name(node) == "mean" and terms > 1
        return [(StageKind.SUMS, terms)] + [(StageKind.DIVIDE, terms)] * divides
    return [(StageKind.EACH, 1)]


def is_contraction(node: ast.expr) -> bool:
    """True for sums of products: a matrix product, and einsum of several tensors that sums."""
    if isinstance(node, ast.Call) and function_name(node) == "einsum":
        return len(node.args) > 2 and _sums(node)
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)


def _sums(node: ast.Call) -> bool:
    """True for an einsum whose result lacks an index of its operands."""
    parts, result = subscripts(node)
    return bool(set("".join(parts)) - set(result))


def summed_lengths(node: ast.expr, inner: Inner) -> tuple[int, ...]:
    """How many terms a contraction adds up along each index that its result lacks."""
    if isinstance(node, ast.Call):
        _, result = subscripts(node)
        return tuple(length for letter, length in index_sizes(node, inner).items() if letter not in result)
    assert isinstance(node, ast.BinOp)
    return (inner(node.left)[-1],)


def is_reduction(node: ast.expr) -> bool:
    """True for sum, mean, max, min, any, all and argmax, and for einsum of one tensor that sums."""
    if isinstance(node, ast.Call) and function_name(node) == "einsum":
        return len(node.args) == 2 and _sums(node)
    function = called_function(node)
    return function is not None and function.reduces and not function.definition


def reduced_axes(node: ast.Call, rank: int) -> tuple[int, ...]:
    """The axes that a reduction goes over, in order."""
    if function_name(node) == "einsum":
        (letters,), result = subscripts(node)
        return tuple(axis for axis, letter in enumerate(letters) if letter not in result)
    axes = axes_of(node, rank)
    return tuple(range(rank)) if axes is None else axes


def _reduced_count(node: ast.expr, shapes: Mapping[str, Shape]) -> int:
    assert isinstance(node, ast.Call)
    shape = shape_of(number_operands(node)[0], shapes)
    return math.prod(shape[axis] for axis in reduced_axes(node, len(shape)))


def expand_activations(step: Step, shapes: Mapping[str, Shape]) -> tuple[str, ast.expr]:
    """The text of an equation's right-hand side and its tree, with each function that has a definition
    written out.

    A sigmoid inside an expression stays: it is one operation. Every node knows its position in the text.
    """
    top = step.tree
    if not any(_is_expanded(node, node is top) for node in ast.walk(top)):
        return step.source, top
    text = ast.unparse(_ActivationExpander(top, shapes).visit(parser.tree_of(step.source, step.reads)))
    return text, parser.tree_of(text, step.reads)


def number_operands(node: ast.expr) -> list[ast.expr]:
    """The operands whose numbers a node's operations read; none if only their shapes matter."""
    function = called_function(node)
    return [] if function is not None and function.shape_only else parser.operands(node)


def is_layout_change(node: ast.expr) -> bool:
    """True if the node only rearranges numbers."""
    function = called_function(node)
    moves = function is not None and function.moves
    if isinstance(node, ast.Call) and function_name(node) == "einsum":
        return len(node.args) == 2 and not _sums(node)
    return isinstance(node, ast.Attribute | ast.Subscript) or is_reshape(node) or moves


def is_given(node: ast.expr) -> bool:
    """True for numbers that follow from whole numbers without arithmetic: one_hot, arange, size."""
    return function_name(node) in ("one_hot", "arange", "size")


def reads_no_numbers(node: ast.expr) -> bool:
    """True for an expression that reads no tensor's numbers: 1/2, or a count of samples."""
    if isinstance(node, ast.Name):
        return False
    return all(reads_no_numbers(operand) for operand in number_operands(node))


def _is_expanded(node: ast.AST, at_top: bool) -> bool:
    name = function_name(node) if isinstance(node, ast.Call) else ""
    return name in INLINED and (at_top or name != "sigmoid")


class _ActivationExpander(ast.NodeTransformer):
    def __init__(self, top: ast.expr, shapes: Mapping[str, Shape]) -> None:
        self._top = (top.col_offset, top.end_col_offset)
        self._shapes = shapes

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace the call by its definition, with the argument put in."""
        at_top = (node.col_offset, node.end_col_offset) == self._top
        if not _is_expanded(node, at_top):
            return self.generic_visit(node)
        definition, letters = definition_of(node, lambda operand: shape_of(operand, self._shapes))
        return substituted(definition, {letter: self.visit(inner) for letter, inner in letters.items()})
