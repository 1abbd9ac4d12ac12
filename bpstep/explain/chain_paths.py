"""A gradient as a sum of products: one product along each path of the chain rule.

Nothing here knows the chain rule. A gradient's own equation is expanded: an earlier gradient in it is
replaced by its own equation, and so on until only factors are left. Paths are counted by arithmetic and made
one by one, since a large network has more of them than anybody can look at.
"""

from __future__ import annotations

import ast
import heapq
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bpstep.explain.elementwise import expand_cell
from bpstep.explain.operands import Operand, scalar_operands
from bpstep.explain.prose.units import unit_name
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang.cells import Index
from bpstep.lang.parser import reads
from bpstep.lang.trees import function_name, is_reshape
from bpstep.model.network import Network
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.diagram import Edge, LayoutKind, Node, NodeOrEdge, TensorLayout
from bpstep.program.program import Program, Step, Tensors

_JOINING = ("concatenate", "stack", "pad", "overlap_add")

_MAX_COUNTED_CELLS = 5_000
"""The most cells of gradients whose paths are counted one by one."""

_MAX_SORTED_PATHS = 2_000
"""The most paths that are all sorted by size."""

_MAX_LARGEST_PATHS = 50
"""Of more paths, how many of the largest come first."""

_MAX_SEARCHED_CELLS = 5_000
"""The most cells of gradients among whose paths the largest are searched."""

_Ranked = list[tuple[float, int]]
"""Paths by size, the largest first: the size, negative, and the number of the path."""


@dataclass(frozen=True)
class PathFactor:
    """A factor of a path: a cell, or arithmetic without any gradient in it."""

    node: Scalar
    divides: bool = False
    """True if the path is divided by it."""

    @property
    def value(self) -> float:
        """The number by which the path is multiplied."""
        if not self.divides:
            return self.node.value
        return 1 / self.node.value if self.node.value else math.nan

    @property
    def cells(self) -> list[Cell]:
        """The cells in it; of a long sum only the first ones."""
        return [found.cell for found in scalar_operands(self.node, 2) if isinstance(found, Operand)]


@dataclass(frozen=True)
class ChainPath:
    """A path of the chain rule from the loss to a cell: one product of factors."""

    factors: tuple[PathFactor, ...]

    @cached_property
    def value(self) -> float:
        """Its contribution to the gradient."""
        return math.prod(factor.value for factor in self.factors)


class Paths:
    """The paths that add up to one cell of a gradient.

    `tensors_after` gives the tensors when that many equations of the iteration are done. The gradients in
    `atomic` are factors as they are, whatever their equations: some of their cells were edited. With
    `largest_first` the paths come by size; of very many, the largest, and then the others in the order of the
    cells that they pass.
    """

    def __init__(
        self,
        program: Program,
        tensors_after: Callable[[int], Tensors],
        name: str,
        index: Index,
        atomic: Collection[str] = (),
        largest_first: bool = False,
    ) -> None:
        self._program = program
        self._largest_first = largest_first
        self._tensors_after = tensors_after
        self._counts: dict[tuple[str, Index], int] = {}
        self._scalars: dict[tuple[str, Index], Scalar] = {}
        self._ranked: dict[tuple[str, Index], _Ranked] = {}
        self._expandable = {
            step.name
            for step in program.steps
            if step.name not in atomic and is_product_of_gradients(program, program.step_indices[step.name])
        }
        uneven = {name for name in self._expandable if _joins_parts(program, name)}
        cells = sum(math.prod(program.shapes[name]) for name in self._expandable)
        if uneven and cells > _MAX_COUNTED_CELLS:
            # Each cell would have to be counted: such a gradient is one factor.
            self._expandable -= uneven
            uneven = set()
        self._is_even = not uneven
        self.name = name
        self.index = index
        self.count = max(self._count_of(name, index), 1)
        """How many there are."""

    @property
    def begins_here(self) -> bool:
        """True if the gradient is not a product of earlier ones: it is the first factor of later paths."""
        return self.name not in self._expandable

    def path(self, k: int) -> ChainPath:
        """The path number k, counted from 0."""
        if k < len(self._order):
            return self._path(self._order[k])
        return self._path(self._number_of_rest(k - len(self._order)))

    def _number_of_rest(self, k: int) -> int:
        """The number of a path in the order of the cells, of those that are not among the largest."""
        for number in self._order_by_number:
            if number > k:
                break
            k += 1
        return k

    @cached_property
    def _order_by_number(self) -> list[int]:
        return sorted(self._order)

    @cached_property
    def _order(self) -> list[int]:
        """The largest paths by size; empty if all keep their order."""
        if not self._largest_first or self.begins_here:
            return []
        limit = self.count if self.count <= _MAX_SORTED_PATHS else _MAX_LARGEST_PATHS
        try:
            return [k for _, k in self._ranked_of_cell(self.name, self.index, limit)]
        except _TooManyCellsError:
            return []

    def _ranked_of_cell(self, name: str, index: Index, limit: int) -> _Ranked:
        key = name, index
        if key not in self._ranked:
            if len(self._ranked) == _MAX_SEARCHED_CELLS:
                raise _TooManyCellsError
            self._ranked[key] = []
            self._ranked[key] = self._rank(self._scalar(name, index), limit)
        return self._ranked[key]

    def _rank(self, node: Scalar, limit: int) -> _Ranked:
        """The largest paths of a part of a gradient, at most `limit`.

        A path is a product, so that those of a part are those of its operands, each times a number.
        """
        if isinstance(node, Cell) and node.name in self._expandable:
            return self._ranked_of_cell(node.name, node.index, limit)
        if isinstance(node, Number) and node.value == 0:
            return []
        if isinstance(node, Cell) or not self._contains_gradient(node):
            return [(_rank_of(node.value), 0)]
        if isinstance(node, Fold):
            terms = [node.term(k) for k in range(node.count)]
            found = self._rank_all(terms, limit)
            return _scaled(found, 1 / node.count) if node.kind == "mean" else found
        assert isinstance(node, Apply)
        match node.operator:
            case "neg":
                return self._rank(node.arguments[0], limit)
            case "+" | "-":
                return self._rank_all(node.arguments, limit)
        left, right = node.arguments
        if node.operator == "/":
            return _scaled(self._rank(left, limit), PathFactor(right, divides=True).value)
        inner, factor = (left, right) if self._contains_gradient(left) else (right, left)
        return _scaled(self._rank(inner, limit), factor.value)

    def _rank_all(self, terms: Sequence[Scalar], limit: int) -> _Ranked:
        """The largest paths of several terms, which are numbered one after the other."""
        found: _Ranked = []
        first = 0
        for term in terms:
            found += [(rank, first + k) for rank, k in self._rank(term, limit)]
            first += self._count(term)
        return heapq.nsmallest(limit, found)

    def _path(self, k: int) -> ChainPath:
        if self.name in self._expandable:
            return ChainPath(tuple(self._factors_of(self._scalar(self.name, self.index), k)))
        value = self._result(self.name)
        return ChainPath(
            (PathFactor(Cell(self.name, self.index, float(value[self.index] if self.index else value))),)
        )

    def _result(self, name: str) -> Any:
        return self._tensors_after(self._program.step_indices[name] + 1)[name]

    def _scalar(self, name: str, index: Index) -> Scalar:
        """The arithmetic of a gradient's cell."""
        key = name, index
        if key not in self._scalars:
            at = self._program.step_indices[name]
            self._scalars[key] = expand_cell(self._program.steps[at].tree, index, self._tensors_after(at))
        return self._scalars[key]

    def _count_of(self, name: str, index: Index) -> int:
        """How many paths a gradient's cell has; as many as every cell, unless gradients are joined."""
        if name not in self._expandable:
            return 1
        key = name, (0,) * len(index) if self._is_even else index
        if key not in self._counts:
            self._counts[key] = self._count(self._scalar(*key))
        return self._counts[key]

    def _count(self, node: Scalar) -> int:
        if isinstance(node, Cell):
            return self._count_of(node.name, node.index) if node.name in self._gradients else 1
        if isinstance(node, Number) and node.value == 0:
            return 0  # zeros beside a part that is placed into a larger tensor
        if not self._contains_gradient(node):
            return 1
        if isinstance(node, Fold):
            if self._is_even:
                return node.count * self._count(node.term(0))
            return sum(self._count(node.term(k)) for k in range(node.count))
        assert isinstance(node, Apply)
        counts = [self._count(argument) for argument in node.arguments]
        return sum(counts) if node.operator in ("+", "-") else math.prod(counts)

    @cached_property
    def _gradients(self) -> frozenset[str]:
        return gradient_names(self._program)

    def _contains_gradient(self, node: Scalar) -> bool:
        """True if a gradient is a part of it."""
        match node:
            case Cell():
                return node.name in self._gradients
            case Apply():
                return any(self._contains_gradient(argument) for argument in node.arguments)
            case Fold():
                terms = range(min(node.count, 1) if self._is_even else node.count)
                return any(self._contains_gradient(node.term(k)) for k in terms)
        return False

    def _factors_of(self, node: Scalar, k: int) -> list[PathFactor]:
        """The factors of path k of a part of a gradient, in the order of the chain rule."""
        if isinstance(node, Cell) and node.name in self._expandable:
            return self._factors_of(self._scalar(node.name, node.index), k)
        if not self._contains_gradient(node) or isinstance(node, Cell):
            return _split_product(node)
        if isinstance(node, Fold):
            term, k = self._term_of_path(node, k)
            inside = self._factors_of(node.term(term), k)
            return [*inside, PathFactor(Number(node.count), True)] if node.kind == "mean" else inside
        assert isinstance(node, Apply)
        return self._apply_factors(node, k)

    def _term_of_path(self, node: Fold, k: int) -> tuple[int, int]:
        """The term of a sum that contains path k, and its number within that term."""
        if self._is_even:
            return divmod(k, self._count(node.term(0)))
        for term in range(node.count):
            count = self._count(node.term(term))
            if k < count:
                return term, k
            k -= count
        return 0, 0

    def _apply_factors(self, node: Apply, k: int) -> list[PathFactor]:
        if node.operator == "neg":
            return [*self._factors_of(node.arguments[0], k), PathFactor(Number(-1))]
        left, right = node.arguments
        if node.operator in ("+", "-"):
            first = self._count(left)
            if k < first:
                return self._factors_of(left, k)
            sign = [] if node.operator == "+" else [PathFactor(Number(-1))]
            return [*self._factors_of(right, k - first), *sign]
        if node.operator == "/":
            return [*self._factors_of(left, k), PathFactor(right, divides=True)]
        if self._contains_gradient(left):
            return [*self._factors_of(left, k), *_split_product(right)]
        return [*self._factors_of(right, k), *_split_product(left)]


class _TooManyCellsError(Exception):
    """The largest paths were not found among so many cells."""


def _rank_of(value: float) -> float:
    """Where a path of this size stands: the largest first, and before them what is not a number."""
    return -math.inf if math.isnan(value) else -abs(value)


def _scaled(ranked: _Ranked, factor: float) -> _Ranked:
    """Paths times a factor; what is not a number or infinite stays in front."""
    if not math.isfinite(factor):
        return [(-math.inf, k) for _, k in ranked]
    return [(rank * abs(factor) if math.isfinite(rank) else rank, k) for rank, k in ranked]


def gradient_names(program: Program) -> frozenset[str]:
    """The tensors that are derivatives of E, or parts of them; a mask is a factor."""
    return frozenset(
        step.name for step in program.steps if step.role.of == program.loss and not _is_factor(step)
    )


def _is_factor(step: Step) -> bool:
    """True for a mask, and for a part that is a derivative by its rule."""
    match step.tree:
        case ast.Call(func=ast.Name("where"), args=[_, ast.Constant(), ast.Constant()]):
            return True
    return step.role.form == DerivedForm.PART and bool(step.role.rules)


def _joins_parts(program: Program, name: str) -> bool:
    """True if a gradient is joined from parts, whose cells may have different numbers of paths."""
    tree = program.steps[program.step_indices[name]].tree
    return any(function_name(node) in _JOINING for node in ast.walk(tree))


def is_product_of_gradients(program: Program, at: int) -> bool:
    """True if an equation forms a gradient from earlier gradients by products and sums alone."""
    step = program.steps[at]
    earlier = gradient_names(program) & {other.name for other in program.steps[:at]}
    return (
        step.role.of == program.loss
        and bool(earlier & set(step.reads))
        and (_is_linear_in_gradients if step.source != step.derived else _is_difference_of_gradients)(
            step.tree, earlier
        )
    )


def _is_linear_in_gradients(node: ast.expr, earlier: Collection[str]) -> bool:
    """True if every addend has exactly one gradient as a factor."""
    match node:
        case ast.Name():
            return node.id in earlier
        case ast.UnaryOp():
            return _is_linear_in_gradients(node.operand, earlier)
        case ast.BinOp(op=ast.Mult() | ast.MatMult()):
            return _is_product_with_gradient(node.left, node.right, earlier)
        case ast.BinOp(op=ast.Div()):
            return _has_no_gradient(node.right, earlier) and _is_linear_in_gradients(node.left, earlier)
        case ast.BinOp(op=ast.Add()):
            return _is_linear_in_gradients(node.left, earlier) and _is_linear_in_gradients(
                node.right, earlier
            )
        case ast.Attribute() | ast.Subscript():
            return _is_linear_in_gradients(node.value, earlier)
        case ast.Call(func=ast.Attribute(value=inside)) if is_reshape(node):
            return _is_linear_in_gradients(inside, earlier)
        case ast.Call(
            func=ast.Name(id="sum" | "mean" | "repeat" | "swapaxes" | "transpose"),
            args=[inside, *_],
        ):
            return _is_linear_in_gradients(inside, earlier)
        case ast.Call(func=ast.Name(id="outer" | "dot" | "matmul"), args=[left, right]):
            return _is_product_with_gradient(left, right, earlier)
        case ast.Call(func=ast.Name(id="concatenate" | "stack"), args=[ast.List(parts), *_]):
            return all(_is_linear_in_gradients(part, earlier) for part in parts)
        case ast.Call(func=ast.Name(id="pad" | "overlap_add"), args=[inside, *_]):
            return _is_linear_in_gradients(inside, earlier)
        case ast.Call(func=ast.Name(id="einsum"), args=[_, *operands]):
            moving = [operand for operand in operands if not _has_no_gradient(operand, earlier)]
            return len(moving) == 1 and _is_linear_in_gradients(moving[0], earlier)
    return False


def _is_difference_of_gradients(node: ast.expr, earlier: Collection[str]) -> bool:
    """True for sums and differences, including those with an addend of the loss itself, as a penalty's.

    A difference within a product, as in softmax, does not count.
    """
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=right):
            sides = [side for side in (left, right) if not _has_no_gradient(side, earlier)]
            return bool(sides) and all(_is_difference_of_gradients(side, earlier) for side in sides)
    return _is_linear_in_gradients(node, earlier)


def _is_product_with_gradient(left: ast.expr, right: ast.expr, earlier: Collection[str]) -> bool:
    if _has_no_gradient(right, earlier):
        return _is_linear_in_gradients(left, earlier)
    return _has_no_gradient(left, earlier) and _is_linear_in_gradients(right, earlier)


def _has_no_gradient(node: ast.expr, earlier: Collection[str]) -> bool:
    return not set(reads(node)) & set(earlier)


def _split_product(node: Scalar) -> list[PathFactor]:
    if isinstance(node, Apply) and node.operator == "*":
        return [*_split_product(node.arguments[0]), *_split_product(node.arguments[1])]
    return [PathFactor(node)]


def path_places(path: ChainPath, layouts: dict[str, TensorLayout]) -> list[NodeOrEdge]:
    """The nodes and edges of a path's cells."""
    cells = [cell for factor in path.factors for cell in factor.cells]
    found = [
        layouts[cell.name].place_of(cell.index)
        for cell in cells
        if layouts[cell.name].kind != LayoutKind.NONE
    ]
    return [place for place in found if place is not None]


def format_route(
    path: ChainPath, layouts: dict[str, TensorLayout], network: Network, arrow: str = "→"
) -> str:
    """The units from the input's side to the output's: x1→h2→y."""
    units_by_layer: dict[int, dict[int, None]] = {}
    for place in path_places(path, layouts):
        for layer, at in _end_nodes(place):
            units_by_layer.setdefault(layer, {})[at] = None
    return arrow.join(
        ",".join(unit_name(network, layer, at) for at in units_by_layer[layer])
        for layer in sorted(units_by_layer)
    )


def places_on_route(path: ChainPath, layouts: dict[str, TensorLayout]) -> list[NodeOrEdge]:
    """The nodes and edges of a path, including those between its units."""
    found = path_places(path, layouts)
    units = {node.layer: node.unit for place in found for node in _end_nodes(place)}
    between = [Edge(layer + 1, at, units[layer + 1]) for layer, at in units.items() if layer + 1 in units]
    return [*found, *between]


def _end_nodes(place: NodeOrEdge) -> list[Node]:
    if isinstance(place, Edge):
        return [Node(place.layer - 1, place.source), Node(place.layer, place.target)]
    return [place]


def path_sample(path: ChainPath, layouts: dict[str, TensorLayout]) -> int | None:
    """The sample that a path belongs to, counted from 0; None if its cells have none."""
    for factor in path.factors:
        for cell in factor.cells:
            layout = layouts[cell.name]
            if layout.kind is LayoutKind.NODE and layout.has_samples(len(cell.index)):
                return layout.sample_of(cell.index)
    return None
