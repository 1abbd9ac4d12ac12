"""Whether Python and NumPy alone compute an equation's text as bpstep does.

`lang.lowering` settles what they would decide differently for numbers, scalars and arrays. If it only has to
change the spelling of a number, the text itself gives the same bits and can be used in a script.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from bpstep.frozen import frozen
from bpstep.lang.functions import (
    FUNCTIONS,
    argument_kinds,
    argument_operands,
    called_function,
    gives_truth,
)
from bpstep.lang.lowering import may_be_whole
from bpstep.lang.shapes import Shape, WrittenShape, shape_of
from bpstep.lang.trees import (
    children,
    function_name,
    index_parts,
    int_literal,
    is_number,
    is_reshape,
    is_tensor_index,
)

_MAX_EXACT_INTEGER = 2**53


def runs_verbatim(tree: ast.expr, shapes: Mapping[str, Shape]) -> bool:
    """True if the text may be used as it is; False also if that is merely not certain."""
    return _Reading(shapes, exactly=True).array(tree)


def runs_alike(tree: ast.expr, shapes: Mapping[str, Shape]) -> bool:
    """True if the text may be used as it is apart from rounding: NumPy sums a variance in another order."""
    return _Reading(shapes, exactly=False).array(tree)


@frozen
class _Reading:
    """How Python and NumPy evaluate the text of an equation on tensors of these shapes."""

    shapes: Mapping[str, Shape]
    exactly: bool
    """False if rounding may differ."""

    def array(self, node: ast.expr) -> bool:
        """As written, and an array of floats: no plain number, no truth values."""
        return not is_number(node) and not gives_truth(node) and self._is_verbatim(node)

    def _is_verbatim(self, node: ast.expr) -> bool:
        match node:
            case ast.Name():
                return True
            case ast.BinOp():
                if isinstance(node.op, ast.Pow) and self._is_whole_power(node):
                    return False
                return all(self._operand(side) for side in (node.left, node.right))
            case ast.Compare():
                return all(self._operand(side) for side in (node.left, node.comparators[0]))
            case ast.UnaryOp():
                return self.array(node.operand)
            case ast.Attribute():
                return self.array(node.value)
            case ast.Subscript():
                computed = filter(is_tensor_index, index_parts(node))
                return self.array(node.value) and all(self._index(part) for part in computed)
            case ast.Call():
                return self._call(node)
        return False

    def _is_whole_power(self, node: ast.BinOp) -> bool:
        """True if NumPy may compute the power in integers, where negative exponents are errors."""
        if may_be_whole(node.right, self.shapes):
            return True
        match node.left:
            case ast.Call(func=ast.Name("where"), args=[_, yes, no]):
                return is_number(yes) and is_number(no)
        return may_be_whole(node.left, self.shapes)

    def _operand(self, node: ast.expr) -> bool:
        if is_number(node):
            return not self.exactly or _same_number(node)
        return self.array(node)

    def _index(self, part: ast.expr) -> bool:
        if isinstance(part, ast.Name) and isinstance(self.shapes[part.id], WrittenShape):
            return not self.exactly
        return _is_plain_index(part) or not (self.exactly or is_number(part) or gives_truth(part))

    def _call(self, node: ast.Call) -> bool:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            return self.array(node.func.value) and (not self.exactly or shape_of(node, self.shapes) != ())
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        function = called_function(node)
        assert function is not None
        if not (function.run or is_scripted(name) or (name in _OF_NUMPY and not self.exactly)):
            return False
        if name == "size" and self.exactly:
            return False
        # A definition behaves differently on a plain number, and some functions return an array there.
        if (is_scripted(name) or (self.exactly and function.zero_rank)) and shape_of(node, self.shapes) == ():
            return False
        if name == "where":
            # Two numbers may be integers, and then so is the result.
            numbers = sum(is_number(branch) for branch in node.args[1:])
            sides = all(self._operand(branch) for branch in node.args[1:])
            return (numbers < 2 or not self.exactly) and sides and self._condition(node.args[0])
        if function.conditions:
            return self._condition(node.args[0])
        settings = [argument for kind, argument in argument_kinds(node) if kind not in ("array", "arrays")]
        if self.exactly and any(function_name(inner) for setting in settings for inner in ast.walk(setting)):
            return False
        return all(
            self.array(argument) or (not self.exactly and is_number(argument))
            for argument in argument_operands(node)
        )

    def _condition(self, node: ast.expr) -> bool:
        return not is_number(node) and self._is_verbatim(node)


_OF_NUMPY = ("clip", "dot", "matmul", "power", "square", "std", "var")
"""Functions that have a definition here but also exist in NumPy."""


def is_scripted(name: str) -> bool:
    """True for a function of a single array that a script defines by its definition."""
    row = FUNCTIONS[name]
    return bool(row.definition) and row.takes == ("array",) and not row.keywords


def _is_plain_index(part: ast.expr) -> bool:
    """True for a tensor's name, and for a range of numbers: arange(5)."""
    if isinstance(part, ast.Call):
        return function_name(part) == "arange" and all(int_literal(item) is not None for item in part.args)
    return isinstance(part, ast.Name)


def _same_number(node: ast.expr) -> bool:
    """Whether Python's arithmetic, partly on integers, gives the float that bpstep computes."""
    if any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow) for part in _parts(node)):
        return False
    plain, runs = _value(node, lambda number: number), _value(node, float)
    exact = isinstance(plain, float) or abs(plain) <= _MAX_EXACT_INTEGER
    return exact and plain == runs and math.copysign(1, plain) == math.copysign(1, runs)


def _value(node: ast.expr, number: Callable[[Any], Any]) -> Any:
    match node:
        case ast.Constant():
            return number(node.value)
        case ast.UnaryOp():
            return -_value(node.operand, number)
        case ast.BinOp():
            return _ARITHMETIC[type(node.op)](_value(node.left, number), _value(node.right, number))
    raise AssertionError(ast.dump(node))


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _parts(node: ast.expr) -> list[ast.expr]:
    return [node, *(part for child in children(node) for part in _parts(child))]
