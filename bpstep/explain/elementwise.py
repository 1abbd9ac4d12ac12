"""One cell of an equation as arithmetic on single numbers.

The same walk over the tree that the other readings make, carrying the index of a cell: matrix products
and sums become sums of terms, and what only moves cells about (transposing, reshaping, joining) vanishes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.lang import recipes
from bpstep.lang.cells import Index
from bpstep.lang.functions import INLINED, definition_of, recipe
from bpstep.lang.shapes import Shape, shape_of, value_shape
from bpstep.lang.trees import function_name
from bpstep.program.program import Tensors

KEPT_WHOLE = ("sigmoid",)
"""Functions that stay one operation inside an expression, although they have a definition."""


def expand_cell(tree: ast.expr, index: Index, tensors: Tensors) -> Scalar:
    """The arithmetic of one cell of an expression's result, on the numbers in `tensors`."""
    return _make_expander(tensors).expand(tree, index)


def expand_activation_cell(call: ast.Call, index: Index, tensors: Tensors) -> Scalar:
    """The same for a call of a function that has a definition, with that in the place of its name."""
    return _make_expander(tensors).expand_definition(call, index)


def _make_expander(tensors: Tensors) -> _CellExpander:
    return _CellExpander(tensors, {name: value_shape(value) for name, value in tensors.items()}, {})


@dataclass(frozen=True)
class _CellExpander:
    tensors: Tensors
    shapes: Mapping[str, Shape]
    letters: Mapping[str, tuple[ast.expr, _CellExpander]]
    """What the letters of a definition stand for: an expression, and the reader of the text around it."""
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
        return self._scalar(recipe(node, index, self.shape, self._number))

    def expand_definition(self, call: ast.Call, index: Index) -> Scalar:
        """A cell of a call, by what the function is short for."""
        text, letters = definition_of(call, self.shape)
        body = ast.parse(text, mode="eval").body
        shapes = {letter: self.shape(argument) for letter, argument in letters.items()}
        around = {letter: (argument, self) for letter, argument in letters.items()}
        return _CellExpander(self.tensors, shapes, around).expand(body, index)

    def _name(self, name: str, index: Index) -> Scalar:
        if name in self.letters:
            argument, around = self.letters[name]
            return around.expand(argument, index)
        value = self.tensors[name]
        return Cell(name, index, float(value[index] if index else value))

    def _number(self, node: ast.expr, index: Index) -> float:
        return self.expand(node, index).value

    def _scalar(self, found: recipes.Recipe) -> Scalar:
        """The arithmetic of a recipe, each cell that it takes with its own."""
        match found:
            case recipes.Take():
                return self.expand(found.operand, found.index)
            case recipes.Given():
                return Number(found.value)
            case recipes.Apply():
                return Apply(found.operator, tuple(map(self._scalar, found.arguments)))
            case recipes.Fold():
                term = found.term
                return Fold(found.kind, found.count, lambda k: self._scalar(term(k)))
