"""One cell of an equation as arithmetic on single numbers.

The tree is walked with the index of a cell: matrix products and sums become sums of terms, and whatever only
moves cells (transposing, reshaping, joining) disappears.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang import cell_recipes
from bpstep.lang.cells import Index
from bpstep.lang.functions import INLINED, definition_of, recipe
from bpstep.lang.shapes import Shape, shape_of, value_shape
from bpstep.lang.trees import function_name, only_repeats
from bpstep.program.program import Tensors

KEPT_WHOLE = ("sigmoid",)
"""Functions that stay one operation inside an expression although they have a definition."""

_LARGEST_TAKEN_OFF = "exp(x - max(x, axis=-1, keepdims=True))"
"""How softmax keeps its exponential from overflowing; a brief text has the plain exponential instead."""


def expand_cell(tree: ast.expr, index: Index, tensors: Tensors) -> Scalar:
    """The arithmetic of one cell of an expression's result, on the numbers in `tensors`."""
    return _make_expander(tensors).expand(tree, index)


def expand_activation_cell(call: ast.Call, index: Index, tensors: Tensors) -> Scalar:
    """The arithmetic of one cell of a call, with the function's definition in place of its name."""
    return _make_expander(tensors).expand_definition(call, index)


def expand_briefly(tree: ast.expr, index: Index, tensors: Tensors) -> Scalar:
    """The arithmetic of a cell for a line or two on screen.

    An operand that a definition repeats, and that is not a tensor, is a cell of its own, named by its text;
    and softmax is e^x / Σ e^x, as in symbols: subtracting the largest number only protects float64, and
    changes nothing.
    """
    expander = _make_expander(tensors, brief=True)
    if isinstance(tree, ast.Call) and function_name(tree) in INLINED:
        return expander.expand_definition(tree, index)
    return expander.expand(tree, index)


def _make_expander(tensors: Tensors, brief: bool = False) -> _CellExpander:
    return _CellExpander(tensors, _Shapes(tensors), {}, brief=brief)


class _Shapes(Mapping[str, Shape]):
    """The shapes of tensors by name, read on demand: an expression needs a few of many."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self._known: dict[str, Shape] = {}

    def __getitem__(self, name: str) -> Shape:
        if name not in self._known:
            self._known[name] = value_shape(self._tensors[name])
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


@dataclass(frozen=True)
class _CellExpander:
    tensors: Tensors
    shapes: Mapping[str, Shape]
    letters: Mapping[str, tuple[ast.expr, _CellExpander]]
    """The expression that each letter of a definition stands for, and the reader of the surrounding text."""
    brief: bool = False
    """True for a line on screen; see `expand_briefly`."""
    repeated: frozenset[str] = frozenset()
    """The letters that a definition uses several times."""
    known: dict[int, Shape] = field(default_factory=dict)
    """The shapes of the nodes that were asked for, by their `id`."""

    def shape(self, node: ast.expr) -> Shape:
        if id(node) not in self.known:
            shape_of(node, self.shapes, self.known)
        return self.known[id(node)]

    def expand(self, node: ast.expr, index: Index) -> Scalar:
        """A cell of a node's value."""
        if isinstance(node, ast.Name):
            return self._name(node.id, index)
        name = function_name(node)
        if isinstance(node, ast.Call) and name in INLINED and name not in KEPT_WHOLE:
            return self.expand_definition(node, index)
        found = self._scalar(recipe(node, index, self.shape, self._number))
        if only_repeats(node) and isinstance(found, Apply):
            return found.arguments[0]
        return found

    def expand_definition(self, call: ast.Call, index: Index) -> Scalar:
        """A cell of a call, by the function's definition."""
        text, letters = definition_of(call, self.shape)
        if self.brief:
            text = text.replace(_LARGEST_TAKEN_OFF, "exp(x)")
        body = ast.parse(text, mode="eval").body
        named = [node.id for node in ast.walk(body) if isinstance(node, ast.Name)]
        repeated = frozenset(letter for letter in letters if named.count(letter) > 1)
        shapes = {letter: self.shape(argument) for letter, argument in letters.items()}
        around = {letter: (argument, self) for letter, argument in letters.items()}
        return _CellExpander(self.tensors, shapes, around, self.brief, repeated).expand(body, index)

    def _name(self, name: str, index: Index) -> Scalar:
        if name in self.letters:
            argument, around = self.letters[name]
            found = around.expand(argument, index)
            if self.brief and name in self.repeated and isinstance(found, Apply | Fold):
                return Cell(f"({ast.unparse(argument)})", index, found.value)
            return found
        value = self.tensors[name]
        return Cell(name, index, float(value[index] if index else value))

    def _number(self, node: ast.expr, index: Index) -> float:
        return self.expand(node, index).value

    def _scalar(self, found: cell_recipes.Recipe) -> Scalar:
        """The arithmetic of a recipe, with that of each cell that it reads."""
        match found:
            case cell_recipes.Take():
                return self.expand(found.operand, found.index)
            case cell_recipes.Given():
                return Number(found.value)
            case cell_recipes.ApplyRecipe():
                return Apply(found.operator, tuple(map(self._scalar, found.arguments)))
            case cell_recipes.FoldRecipe():
                term = found.term
                return Fold(found.kind, found.count, lambda k: self._scalar(term(k)))
