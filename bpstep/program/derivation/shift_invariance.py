"""Reductions that have no gradient, since the loss does not change when they do.

exp(s - max(s, axis=1, keepdims=True)) divided by its sum over the same axis is a softmax, and remains the
same if any other number is taken from s. Such a reduction is moved by a number for each of its cells, and
what that does is followed through the forward pass: a tensor is moved by a multiple of it, or multiplied by a
power of its exponential, or remains the same. If the loss does, the reduction passes nothing back.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bpstep.lang.shape_rules import Shape, axes_of
from bpstep.lang.trees import (
    function_name,
    index_parts,
    is_new_axis,
    is_tensor_index,
    is_whole_slice,
    keepdims,
)
from bpstep.program.derivation.equations import ForwardEquation
from bpstep.program.derivation.reading import EquationReader
from bpstep.program.derivation.structure import unmoved

_REDUCTIONS = ("max", "min", "mean")

_KEEPING = {"exp": ("+", "*", 1), "log": ("*", "+", 1), "abs": ("*", "*", 1), "square": ("*", "*", 2)}
"""What a function makes of a change: the kind that it takes, the kind of its result, and the exponent."""


def reductions_without_gradient(
    definitions: Mapping[str, ForwardEquation], shapes: Sequence[dict[str, Shape]], loss: str
) -> set[int]:
    """The `id` of each reduction within a forward equation that the loss does not depend on."""
    found: set[int] = set()
    equations = list(definitions.values())
    for at, equation in enumerate(equations):
        for nodes in _reductions(equation):
            if _is_without_effect(equations[at:], shapes, nodes, loss):
                found |= nodes
    return found


def _reductions(equation: ForwardEquation) -> Iterator[set[int]]:
    """The reductions that are added to or taken from something; those with the same text stand together."""
    found: dict[str, set[int]] = {}
    for node in ast.walk(equation.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            for side in map(unmoved, (node.left, node.right)):
                if isinstance(side, ast.Call) and function_name(side) in _REDUCTIONS:
                    found.setdefault(ast.dump(side), set()).add(id(side))
    return iter(found.values())


@dataclass(frozen=True)
class _Change:
    """How a value changes with the moved reduction."""

    kind: str
    """`+` if a multiple of the move is added, `*` if it is multiplied by a power of its exponential."""
    size: Fraction
    """The multiple or the power."""
    axes: tuple[int | None, ...]
    """For each axis of the value the axis of the reduction along which the move differs; None for others."""


def _operands(node: ast.expr) -> list[ast.expr]:
    """The expressions that a node is computed from; of a reshape the reshaped one."""
    if isinstance(node, ast.Call):
        moved = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*moved, *node.args, *(item.value for item in node.keywords)]
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


class _Unknown(Exception):
    """Raised for a value that neither stays the same nor moves along with the reduction."""


def _is_without_effect(
    equations: Sequence[ForwardEquation], shapes: Sequence[dict[str, Shape]], nodes: set[int], loss: str
) -> bool:
    """True if moving these equal nodes of the first equation leaves the loss the same."""
    changes: dict[str, _Change] = {}
    try:
        for equation in equations:
            change = _Reader(equation, shapes, nodes, changes).change(equation.tree)
            if change is not None:
                changes[equation.name] = change
    except _Unknown:
        return False
    return loss not in changes


class _Reader(EquationReader):
    """Follows a change through one forward equation."""

    def __init__(
        self,
        equation: ForwardEquation,
        shapes: Sequence[dict[str, Shape]],
        moved: set[int],
        changes: Mapping[str, _Change],
    ) -> None:
        super().__init__(equation, shapes, has_named_result=True)
        self.moved, self.changes = moved, changes
        self._known_changes: dict[int, _Change | None] = {}

    def change(self, node: ast.expr) -> _Change | None:
        """The change of a node's value; None if it remains the same."""
        if id(node) not in self._known_changes:
            self._known_changes[id(node)] = self._change(node)
        return self._known_changes[id(node)]

    def _change(self, node: ast.expr) -> _Change | None:
        if id(node) in self.moved:
            sizes = enumerate(self.shape(node))
            axes = (axis if size != 1 or self.varies(node, axis) else None for axis, size in sizes)
            return _Change("+", Fraction(1), tuple(axes))
        if isinstance(node, ast.Name):
            return self.changes.get(node.id)
        if not any(map(self.change, _operands(node))):
            return None
        found = self._changed(node)
        return found if found is None or found.size else None

    def _changed(self, node: ast.expr) -> _Change | None:
        """The change of an operation on a changed operand."""
        match node:
            case ast.UnaryOp():
                return self._scaled(self._known(node.operand), -1)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._sum(node, -1 if isinstance(node.op, ast.Sub) else 1)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self._scaling(node, -1 if isinstance(node.op, ast.Div) else 1)
            case ast.BinOp(op=ast.Pow()):
                exponent = self.product(node.right)
                return self._power(self._known(node.left), exponent.number if exponent.is_number else None)
            case ast.BinOp(op=ast.MatMult()):
                return self._matrix_product(node)
            case ast.Attribute():
                return self._in_order(node, node.value)
            case ast.Call(func=ast.Name("swapaxes" | "transpose")):
                return self._in_order(node, node.args[0])
            case ast.Subscript():
                return self._part(node)
            case ast.Call(func=ast.Name(called), args=[argument]):
                return self._function(called, node, argument)
            case ast.Call(func=ast.Name("where"), args=[condition, yes, no]) if not self.change(condition):
                return self._either(node, yes, no)
        raise _Unknown

    def _known(self, node: ast.expr) -> _Change:
        change = self.change(node)
        if change is None:
            raise _Unknown
        return change

    def _scaled(self, change: _Change, number: Fraction | int) -> _Change:
        """A changed value times a number."""
        return replace(change, size=change.size * number) if change.kind == "+" else change

    def _sum(self, node: ast.BinOp, sign: int) -> _Change:
        left, right = self.change(node.left), self.change(node.right)
        if "*" in (left and left.kind, right and right.kind):
            return self._either(node, node.left, node.right)
        moved = right and self._scaled(right, sign)
        return self._together(node, left, moved)

    def _scaling(self, node: ast.BinOp, sign: int) -> _Change:
        left, right = self.change(node.left), self.change(node.right)
        if "+" in (left and left.kind, right and right.kind):
            number = self.product(node.left if right else node.right)
            if (left and right) or (right and sign < 0) or not number.is_number or not number.number:
                raise _Unknown
            return self._scaled(self._padded(node, left or right), number.number**sign)
        raised = right and replace(right, size=right.size * sign)
        return self._together(node, left, raised)

    def _together(self, node: ast.expr, left: _Change | None, right: _Change | None) -> _Change:
        """Both changes of one kind, one after the other."""
        if left is None or right is None:
            return self._padded(node, left or right)
        one, other = self._padded(node, left), self._padded(node, right)
        if (one.kind, one.axes) != (other.kind, other.axes):
            raise _Unknown
        return replace(one, size=one.size + other.size)

    def _either(self, node: ast.expr, left: ast.expr, right: ast.expr) -> _Change:
        """The change that two operands share; a 0 has every factor."""
        found = [
            self._padded(node, self.change(side))
            for side in (left, right)
            if not (isinstance(side, ast.Constant) and side.value == 0)
        ]
        if len(set(found)) != 1 or (len(found) == 1 and found[0].kind == "+"):
            raise _Unknown
        return found[0]

    def _padded(self, node: ast.expr, change: _Change | None) -> _Change:
        """The change of an operand that is broadcast to the shape of a node."""
        if change is None:
            raise _Unknown
        lead = len(self.shape(node)) - len(change.axes)
        return replace(change, axes=(None,) * lead + change.axes)

    def _power(self, change: _Change, number: Fraction | None) -> _Change:
        if change.kind != "*" or number is None:
            raise _Unknown
        return replace(change, size=change.size * number)

    def _matrix_product(self, node: ast.BinOp) -> _Change:
        """Rows of the left operand that are multiplied; the sum has to run along equal factors."""
        left, rank = self.change(node.left), len(self.shape(node))
        if self.change(node.right) or left is None or left.kind != "*" or left.axes[-1] is not None:
            raise _Unknown
        axes = left.axes[:-1] + (None,) * (len(self.shape(node.right)) > 1)
        return replace(left, axes=(None,) * (rank - len(axes)) + axes)

    def _in_order(self, node: ast.Attribute | ast.Call, operand: ast.expr) -> _Change:
        change = self._known(operand)
        return replace(change, axes=tuple(change.axes[axis] for axis in self.axes_order(node)))

    def _part(self, node: ast.Subscript) -> _Change:
        """Whole axes, new ones, and cells along axes where the move is the same; or P[arange(m), labels]."""
        change = self._known(node.value)
        parts, left, axes = index_parts(node), list(change.axes), list[int | None]()
        if any(map(self.change, (part for part in parts if is_tensor_index(part)))):
            raise _Unknown
        if len(parts) == 2 and all(map(is_tensor_index, parts)):
            counted = function_name(parts[0]) == "arange" and len(parts[0].args) == 1  # type: ignore[attr-defined]
            if not counted or left[1] is not None or self.shape(parts[0])[0] != self.shape(node.value)[0]:
                raise _Unknown
            return replace(change, axes=(left[0], *left[2:]))
        for part in parts:
            if is_new_axis(part):
                axes.append(None)
                continue
            axis = left.pop(0)
            if not is_whole_slice(part) and (axis is not None or is_tensor_index(part)):
                raise _Unknown
            axes += [axis] if isinstance(part, ast.Slice) else []
        return replace(change, axes=(*axes, *left))

    def _function(self, called: str, node: ast.Call, argument: ast.expr) -> _Change | None:
        change = self._known(argument)
        if called == "sqrt":
            return self._power(change, Fraction(1, 2))
        if called in _KEEPING:
            takes, gives, exponent = _KEEPING[called]
            if change.kind != takes:
                raise _Unknown
            return replace(change, kind=gives, size=change.size * exponent)
        if called == "softmax" and change.kind == "+" and change.axes and change.axes[-1] is None:
            return None
        if called in ("sum", "mean", "max", "min", "var", "std"):
            return self._reduced(called, node, change)
        raise _Unknown

    def _reduced(self, called: str, node: ast.Call, change: _Change) -> _Change | None:
        """A reduction along axes where the move is the same."""
        rank = len(change.axes)
        named_axes = axes_of(node, rank)
        over = range(rank) if named_axes is None else named_axes
        if any(change.axes[axis] is not None for axis in over) or (called == "sum" and change.kind == "+"):
            raise _Unknown
        axes = tuple(axis for at, axis in enumerate(change.axes) if keepdims(node) or at not in over)
        if called in ("var", "std") and change.kind == "+":
            return None
        return replace(change, axes=axes, size=change.size * (2 if called == "var" else 1))
