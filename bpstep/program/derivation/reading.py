"""The text of a forward equation: each node's value as an atom or product, and its shape."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bpstep.errors import ExpressionError
from bpstep.lang.shape_rules import Shape, axes_of, permutation, swapped_axes
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_whole_slice,
    keepdims,
    short,
)
from bpstep.program import messages
from bpstep.program.derivation.algebra import (
    ATOM,
    Atom,
    Product,
    Sizes,
    difference,
    named,
    number,
    of,
    reordered,
)
from bpstep.program.derivation.equations import ForwardEquation
from bpstep.program.derivation.structure import is_constant, level, sigmoid_exponent, softmax_sum
from bpstep.text import fill


class EquationReader:
    """Reads the nodes of one forward equation.

    `shapes` are those of all tensors, for each kind of batch, the usual one first. `has_named_result` is
    False for the loss: no later equation may read it, so its text is repeated instead.
    """

    def __init__(
        self, equation: ForwardEquation, shapes: Sequence[dict[str, Shape]], has_named_result: bool
    ) -> None:
        self.equation = equation
        self.all_shapes = shapes
        self.has_named_result = has_named_result
        self._products: dict[int, Product] = {}

    def text(self, node: ast.expr) -> str:
        """The forward text of a node."""
        return self.equation.source[node.col_offset : node.end_col_offset]

    def shape(self, node: ast.expr) -> Shape:
        """The shape of a node's value in a usual batch."""
        return self.equation.shapes[0][id(node)]

    def varies(self, node: ast.expr, axis: int) -> bool:
        """True if an axis has another length in another kind of batch."""
        return len({met[id(node)][axis] for met in self.equation.shapes}) > 1

    def is_root(self, node: ast.expr) -> bool:
        """True for the whole right-hand side, if its value has a name."""
        return node is self.equation.tree and self.has_named_result

    def raw(self, node: ast.expr) -> Atom:
        """The value of a node as written in the forward text, or by its name."""
        if self.is_root(node):
            return named(self.equation.name, self.shape(node))
        return Atom(self.text(node), level(node), self.shape(node))

    def atom(self, node: ast.expr) -> Atom:
        """The forward text of a node, with its structure if the algebra can simplify it: a transpose, a
        difference.
        """
        match node:
            case ast.BinOp(op=ast.Sub()):
                return difference(self.atom(node.left), self.atom(node.right))
            case ast.BinOp(op=ast.MatMult()):
                form = ("quoted @", self.atom(node.left), self.atom(node.right))
                return Atom(self.text(node), level(node), self.shape(node), form)
            case ast.Call(func=ast.Name(id="sum")):
                return Atom(self.text(node), ATOM, self.shape(node), self._sum_form(node))
            case ast.Call(func=ast.Name(id="one_hot")):
                return Atom(self.text(node), ATOM, self.shape(node), ("one_hot",))
            case ast.Call(func=ast.Attribute(value=inner)):
                return Atom(self.text(node), ATOM, self.shape(node), ("reshape", self.atom(inner)))
            case ast.Subscript(value=inner) if all(map(_is_plain_part, index_parts(node))):
                parts = [self.text(part) for part in index_parts(node)]
                return Atom(self.text(node), ATOM, self.shape(node), ("[]", self.atom(inner), parts))
            case ast.Attribute(value=inner):
                return self._reordered(node, inner)
            case ast.Call(func=ast.Name(id="swapaxes" | "transpose")):
                return self._reordered(node, node.args[0])
        return Atom(self.text(node), level(node), self.shape(node))

    def _sum_form(self, node: ast.Call) -> tuple[Any, ...]:
        """The form of a sum over some axes, as the algebra's own sums have it."""
        rank = len(self.shape(node.args[0]))
        axes = axes_of(node, rank)
        if axes is None:
            return ()
        written = next(self.text(item.value) for item in node.keywords if item.arg == "axis")
        return "sum", self.product(node.args[0]), sorted(axes), keepdims(node), written

    def _reordered(self, node: ast.Attribute | ast.Call, inner: ast.expr) -> Atom:
        """The transpose of a node, however it is written; that of a transpose is simplified."""
        operand, order = self.atom(inner), self.axes_order(node)
        found = reordered(operand, order)
        if operand.form[:1] == ("order",) or (isinstance(node, ast.Attribute) and len(order) == 2):
            return found
        return Atom(self.text(node), ATOM, self.shape(node), found.form)

    def axes_order(self, node: ast.Attribute | ast.Call) -> list[int]:
        """The axes of x in the order of x.T, transpose(x, axes) or swapaxes(x, a, b)."""
        axes = list(range(len(self.shape(node))))
        if isinstance(node, ast.Attribute):
            return axes[::-1]
        if function_name(node) == "transpose":
            return permutation(node, len(axes), self.shape)
        a, b = swapped_axes(node, len(axes), self.shape)
        axes[a], axes[b] = b, a
        return axes

    def product(self, node: ast.expr) -> Product:
        """A node's value as a product; a whole right-hand side by its name."""
        if self.is_root(node):
            return of(self.raw(node))
        if id(node) not in self._products:
            self._products[id(node)] = self._product(node)
        return self._products[id(node)]

    def _product(self, node: ast.expr) -> Product:
        match node:
            case ast.Constant(value=int() as value):
                return number(Fraction(value), literal=self.text(node))
            case ast.Constant(value=float()):
                written = self.text(node)
                return number(Fraction(written.replace("_", "")), decimal=True, literal=written)
            case ast.UnaryOp():
                return -self.product(node.operand)
            case ast.BinOp(op=ast.Mult()):
                return self.product(node.left) * self.product(node.right)
            case ast.BinOp(op=ast.Div()) if not (softmax_sum(node) or sigmoid_exponent(node)):
                left, right = self.product(node.left), self.product(node.right)
                if not (right.is_number and right.number == 0):
                    return left / right
            case ast.BinOp(op=ast.Pow()):
                power = self.product(node.right)
                if power.is_number and not power.divisors and abs(power.number) < 100:
                    return self.product(node.left).power(power.number, raised=power.number < 0)
            case ast.Call(func=ast.Name(id="sqrt")) if not is_constant(node):
                return self.product(node.args[0]).power(Fraction(1, 2))
            case ast.Call(func=ast.Name(id="square")):
                return self.product(node.args[0]).power(Fraction(2))
        return of(self.atom(node))

    def sizes(self, node: ast.expr) -> Sizes:
        """The shape of a node, with a way to write the length of each axis."""
        return Sizes(self.shape(node), lambda axis: self.count(node, axis))

    def count(self, node: ast.expr, axis: int) -> Product:
        """The number of cells along an axis; by `size` if it differs between batches."""
        if self.varies(node, axis):
            return of(Atom(self._size_call(node, axis), ATOM, ()))
        return number(self.shape(node)[axis])

    def _size_call(self, node: ast.expr, axis: int) -> str:
        """`size(Y, 0)`, by a tensor with this axis: the node itself, one inside it, or any."""
        wanted = [met[id(node)][axis] for met in self.equation.shapes]
        inside = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        first = [self.equation.name] if self.is_root(node) else []
        for tensor in [*first, *inside, *self.all_shapes[0]]:
            found = [kind.get(tensor, ()) for kind in self.all_shapes]
            for at in range(len(found[0])):
                if [shape[at] for shape in found] == wanted:
                    return f"size({tensor}, {at})"
        return f"size({self.raw(node).text}, {axis})"

    def layout(self, node: ast.expr) -> list[int]:
        """The sizes of a node's value for a reshape; -1 for one that differs between batches."""
        found = [-1 if self.varies(node, axis) else size for axis, size in enumerate(self.shape(node))]
        if found.count(-1) > 1:
            raise ExpressionError(fill(messages.TWO_AXES_DIFFER, expression=short(node)))
        return found


def _is_plain_part(part: ast.expr) -> bool:
    """True for a whole axis, a new one, and the first place of one."""
    return is_whole_slice(part) or is_new_axis(part) or int_literal(part) == 0
