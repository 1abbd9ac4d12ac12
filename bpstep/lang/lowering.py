"""From an equation's tree to the tree that NumPy runs.

Lowering settles what Python and NumPy would decide by themselves, and differently for a number, a scalar and
an array: numbers are floats, constant parts are computed once, a comparison used as a number is 1.0 or 0.0, a
result without axes is a scalar, and an activation is its definition. A single step and the compiled iteration
both run lowered trees, which is why they agree to the last bit.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.lang import messages
from bpstep.lang.functions import (
    INLINED,
    argument_kinds,
    called_function,
    definition_of,
    gives_truth,
    namespace,
)
from bpstep.lang.shapes import Shape, WholeShape, WrittenShape, is_whole, shape_of, whole_operands
from bpstep.lang.trees import LetterSubstitution, children, function_name, is_reshape, is_tensor_index
from bpstep.text import fill

MAX_OPERATIONS = 20_000
"""An activation's definition names its argument more than once, so nested activations grow exponentially."""


def lower(tree: ast.expr, shapes: Mapping[str, Shape]) -> ast.expr:
    """The tree that runs, for tensors of these shapes.

    ExpressionError if it has too many operations, if constant parts are not finite, or if a tensor has the
    name of a function that it calls.
    """
    lowering = _Lowering(shapes)
    lowered = lowering.index(tree) if is_whole(tree, shapes) else lowering.array_operand(tree)
    if _tree_size(lowered, {}) > MAX_OPERATIONS:
        raise ExpressionError(fill(messages.TOO_MANY_OPERATIONS, limit=MAX_OPERATIONS))
    hidden = hidden_functions(lowered, shapes)
    if hidden:
        raise ExpressionError(fill(messages.HIDDEN_FUNCTION_INSIDE, name=min(hidden)))
    return lowered


def lower_index(tree: ast.expr, shapes: Mapping[str, Shape]) -> ast.expr:
    """The tree that runs for an index by a tensor: its numbers stay integers."""
    return _Lowering(shapes).index(tree)


def _called_names(tree: ast.expr) -> set[str]:
    """The functions that a tree calls by name."""
    found: set[str] = set()
    waiting, seen = [tree], {id(tree)}
    while waiting:
        node = waiting.pop()
        found.add(function_name(node))
        # A lowered tree shares its parts: each is visited once.
        fresh = [child for child in children(node) if id(child) not in seen]
        seen.update(map(id, fresh))
        waiting += fresh
    return found - {""}


def hidden_functions(lowered: ast.expr, tensors: Mapping[str, object]) -> set[str]:
    """The functions that a lowered tree calls and that a tensor's name would hide."""
    same = _CALLABLE & tensors.keys()
    return same & _called_names(lowered) if same else same


def compile_lowered(lowered: ast.expr) -> CodeType:
    """A lowered tree, compiled for `eval`."""
    _locate(lowered)
    return compile(ast.Expression(lowered), "<equation>", "eval")


def _locate(tree: ast.expr) -> None:
    """Give every node without a line number one, as `compile` requires: each once, since lowered trees share
    parts.
    """
    waiting: list[ast.AST] = [tree]
    seen = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not node._attributes:
            continue
        seen.add(id(node))
        if "lineno" not in node.__dict__:
            node.__dict__.update(_FIRST_LINE)
        for field in node._fields:
            part = getattr(node, field, None)
            if isinstance(part, ast.AST):
                waiting.append(part)
            elif isinstance(part, list):
                waiting += part


_FIRST_LINE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}


def evaluate(compiled: CodeType, tensors: Mapping[str, Any], functions: dict[str, Any]) -> Any:
    """The value of a compiled equation: an array, or a scalar if it has no axes.

    It is float64; integers where the equation gives whole numbers that can be indices.
    """
    return eval(compiled, functions, tensors)  # the parser has checked the tree


class _Lowering:
    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes

    def number(self, node: ast.expr) -> ast.expr:
        """The node as a number: truth values become 1.0 and 0.0."""
        if _is_constant(node):
            return _number_node(_constant(node))
        lowered = self._node(node)
        if gives_truth(node):
            lowered = ast.BinOp(lowered, ast.Add(), ast.Constant(0.0))
        return lowered

    def _node(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name():
                return ast.Name(node.id, ast.Load())
            case ast.BinOp():
                return ast.BinOp(self.number(node.left), node.op, self._right(node))
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, self.number(node.operand))
            case ast.Compare():
                return ast.Compare(self.number(node.left), node.ops, [self.number(node.comparators[0])])
            case ast.Attribute():
                return ast.Attribute(self.array_operand(node.value), node.attr, ast.Load())
            case ast.Subscript():
                return ast.Subscript(self.array_operand(node.value), self._slice(node.slice), ast.Load())
            case ast.Call():
                return self._call(node)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _right(self, node: ast.BinOp) -> ast.expr:
        """The right operand. NumPy cannot raise an integer to a negative integer, so that is a float."""
        lowered = self.number(node.right)
        if isinstance(node.op, ast.Pow) and may_be_whole(node.right, self._shapes):
            return ast.BinOp(lowered, ast.Add(), ast.Constant(0.0))
        return lowered

    def _slice(self, node: ast.expr) -> ast.expr:
        """The parts between brackets: numbers, slices and None stay, tensors are computed."""
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self._slice(part) for part in node.elts], ast.Load())
        return self.index(node) if is_tensor_index(node) else node

    def index(self, node: ast.expr) -> ast.expr:
        """A node whose numbers stay integers, so that they can be an index."""
        match node:
            case ast.Constant():
                return node
            case ast.Name(id=name) if isinstance(self._shapes.get(name), WrittenShape):
                return ast.Call(ast.Name("int64", ast.Load()), [node], [])
            case ast.BinOp():
                return ast.BinOp(self.index(node.left), node.op, self.index(node.right))
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, self.index(node.operand))
            case ast.Attribute():
                return ast.Attribute(self.index(node.value), node.attr, ast.Load())
            case ast.Subscript():
                return ast.Subscript(self.index(node.value), self._slice(node.slice), ast.Load())
            case ast.Call(func=ast.Name(id="size")):
                return self._plain_size(node)
            case ast.Call() if whole_operands(node):
                return self._call(node, self.index)
        return self._node(node)

    def _setting(self, node: ast.expr) -> ast.expr:
        """Whole numbers as written, including those that count the cells of a tensor."""
        match node:
            case ast.Tuple():
                return ast.Tuple([self._setting(item) for item in node.elts], ast.Load())
            case ast.List():
                return ast.List([self._setting(item) for item in node.elts], ast.Load())
            case ast.BinOp():
                return ast.BinOp(self._setting(node.left), node.op, self._setting(node.right))
            case ast.Call():
                return self._plain_size(node)
        return node

    def _plain_size(self, node: ast.Call) -> ast.expr:
        operand = self.array_operand(node.args[0])
        return ast.Call(ast.Name("size", ast.Load()), [operand, *node.args[1:]], [])

    def array_operand(self, node: ast.expr) -> ast.expr:
        """The node in the form that NumPy needs, where a bare number would not do."""
        lowered = self.number(node)
        if _is_constant(node):
            return ast.Call(ast.Name("float64", ast.Load()), [lowered], [])
        return lowered

    def _call(self, node: ast.Call, lower_operand: Callable[[ast.expr], ast.expr] | None = None) -> ast.expr:
        """The call; its operands become numbers if they are not lowered in another way."""
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            operand = (lower_operand or self.array_operand)(node.func.value)
            method = ast.Attribute(operand, "reshape", ast.Load())
            return self._scalar(node, ast.Call(method, [self._setting(size) for size in node.args], []))
        lower_operand = lower_operand or self.number
        name = function_name(node)
        if name in INLINED:
            return self._definition(node, lower_operand)
        if name == "size":
            # With a plain int, Python's arithmetic would replace NumPy's.
            return ast.Call(ast.Name("float64", ast.Load()), [self._plain_size(node)], [])
        arguments: list[ast.expr] = []
        for at, (kind, item) in enumerate(argument_kinds(node)):
            match kind:
                case "array":
                    arguments.append(self._argument(node, at, item, lower_operand))
                case "arrays":
                    assert isinstance(item, ast.List)
                    arguments.append(ast.List([lower_operand(part) for part in item.elts], ast.Load()))
                case "indices":
                    arguments.append(item)
                case _:
                    arguments.append(self._setting(item))
        return self._scalar(node, ast.Call(ast.Name(name, ast.Load()), arguments, node.keywords))

    def _argument(
        self, call: ast.Call, at: int, node: ast.expr, lower_operand: Callable[[ast.expr], ast.expr]
    ) -> ast.expr:
        function = called_function(call)
        if function is not None and at in function.conditions:
            return self._node(node) if gives_truth(node) else self.number(node)
        return lower_operand(node)

    def _scalar(self, node: ast.Call, lowered: ast.expr) -> ast.expr:
        """NumPy returns arrays without axes here; everywhere else scalars."""
        function = called_function(node)
        zero_rank = is_reshape(node) or (function is not None and function.zero_rank)
        if zero_rank and shape_of(node, self._shapes) == ():
            return ast.Subscript(lowered, ast.Tuple([], ast.Load()), ast.Load())
        return lowered

    def _definition(self, node: ast.Call, lower_operand: Callable[[ast.expr], ast.expr]) -> ast.expr:
        text, letters = definition_of(node, lambda operand: shape_of(operand, self._shapes))
        body = ast.parse(text, mode="eval").body
        shapes = {letter: shape_of(argument, self._shapes) for letter, argument in letters.items()}
        written = _Lowering(shapes).number(body)
        # A definition that is only its argument, or a product of two, computes with nothing else.
        bare = isinstance(body, ast.Name) or function_name(node) in ("dot", "matmul", "power", "square")
        operands = {
            letter: self.array_operand(argument) if bare else lower_operand(argument)
            for letter, argument in letters.items()
        }
        result: ast.expr = LetterSubstitution(operands).visit(written)
        return result


def may_be_whole(node: ast.expr, shapes: Mapping[str, Shape]) -> bool:
    """True if NumPy may compute a node in integers."""
    for inner in ast.walk(node):
        function = called_function(inner)
        if isinstance(inner, ast.Name) and isinstance(shapes.get(inner.id), WholeShape):
            return True
        if function is not None and function.integer:
            return True
    return False


class _Substitution(ast.NodeTransformer):
    def __init__(self, name: str, replacement: ast.expr) -> None:
        self._name = name
        self._replacement = replacement

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Every place may share the one replacement: lowered trees are never changed."""
        return self._replacement if node.id == self._name else node


def substitute(statement: ast.stmt, name: str, replacement: ast.expr) -> ast.stmt:
    """The statement with an expression in place of every `name`."""
    written: ast.stmt = _Substitution(name, replacement).visit(statement)
    return written


def _tree_size(node: ast.expr, known: dict[int, int]) -> int:
    """The size of the tree, with a shared node counted at every place."""
    if id(node) not in known:
        known[id(node)] = 1 + sum(_tree_size(child, known) for child in children(node))
    return known[id(node)]


def _number_node(value: float) -> ast.expr:
    """A number as Python writes it: with a minus inside the constant, -2.0 ** x would mean -(2.0 ** x)."""
    number: ast.expr = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), number) if math.copysign(1, value) < 0 else number


def _is_constant(node: ast.expr) -> bool:
    """True for arithmetic on numbers alone."""
    match node:
        case ast.Constant():
            return True
        case ast.Compare():
            return _is_constant(node.left) and _is_constant(node.comparators[0])
        case ast.UnaryOp():
            return _is_constant(node.operand)
        case ast.BinOp():
            return (
                not isinstance(node.op, ast.MatMult) and _is_constant(node.left) and _is_constant(node.right)
            )
    return False


def _constant(node: ast.expr) -> float:
    """The value of arithmetic on numbers, in floats: no huge integers."""
    match node:
        case ast.Constant():
            value = np.float64(node.value)  # type: ignore[arg-type]
        case ast.UnaryOp():
            value = -np.float64(_constant(node.operand))
        case ast.BinOp(left, op, right) | ast.Compare(left, [op], [right]):
            with np.errstate(all="ignore"):
                value = np.float64(_ARITHMETIC[type(op)](np.float64(_constant(left)), _constant(right)))
        case _:
            raise AssertionError(ast.dump(node))
    if not math.isfinite(value):
        raise ExpressionError(fill(messages.NOT_FINITE, value=ast.unparse(node)[:40]))
    return float(value)


_ARITHMETIC: dict[type[ast.operator | ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluation_scope() -> dict[str, Any]:
    """The globals for lowered code; each caller needs its own, since `eval` writes into it."""
    return {**namespace(), "float64": np.float64, "int64": np.int64}


_CALLABLE = set(evaluation_scope())
