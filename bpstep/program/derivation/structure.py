"""Questions about the tree of an expression that need neither shapes nor values."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from bpstep.lang.functions import FUNCTIONS, argument_operands
from bpstep.lang.trees import function_name, index_parts, is_whole_slice, keepdims
from bpstep.program.derivation.algebra import ATOM, COMPARISON, POWER, PRODUCT, SUM
from bpstep.program.derivation.rules import FLAT


def level(node: ast.expr) -> int:
    """How tightly the outermost operator of a node binds."""
    match node:
        case ast.Compare():
            return COMPARISON
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return SUM
        case ast.BinOp(op=ast.Pow()):
            return POWER
        case ast.BinOp():
            return PRODUCT
        case ast.UnaryOp():
            return SUM
    return ATOM


def operation(node: ast.expr) -> str:
    """A node's operation: an operator, a function's name, T, [] or reshape."""
    match node:
        case ast.UnaryOp():
            return "neg"
        case ast.BinOp(op=ast.MatMult()):
            return "@"
        case ast.BinOp(op=op):
            return _OPERATORS[type(op)]
        case ast.Attribute():
            return "T"
        case ast.Subscript():
            return "[]"
        case ast.Call(func=ast.Attribute()):
            return "reshape"
    return function_name(node)


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}


def moved_tensor(node: ast.expr) -> str:
    """The tensor whose cells are a node's value, in another shape or order; empty for any other node."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute(value=inner) | ast.Call(func=ast.Attribute(value=inner)):
            return moved_tensor(inner)
        case ast.Call(func=ast.Name("windows" | "transpose" | "swapaxes"), args=[inner, *_]):
            return moved_tensor(inner)
    return ""


def unmoved(node: ast.expr) -> ast.expr:
    """The node whose cells a node has in the same order: max(x, axis=1) for max(x, axis=1)[:, None]."""
    match node:
        case ast.Subscript(value=inner) if all(
            is_whole_slice(part) or isinstance(part, ast.Constant) for part in index_parts(node)
        ):
            return unmoved(inner)
        case ast.Attribute(value=inner) | ast.Call(func=ast.Attribute(value=inner)):
            return unmoved(inner)
    return node


@dataclass(frozen=True)
class Standardized:
    """(x - mean(x, axis=0)) / std(x, axis=0), or over sqrt(var(x, axis=0) + epsilon), in a product."""

    factors: list[ast.expr]
    """What else is multiplied."""
    difference: ast.BinOp
    mean: ast.Call
    divisor: ast.expr
    deviation: ast.Call
    """The std(x) or var(x) in the divisor."""
    epsilon: ast.expr | None
    """What is added to that, if anything is."""


def standardized(node: ast.expr) -> Standardized | None:
    """The parts of a standardization written out; None for any other node.

    The axes of the mean and of the deviation may differ.
    """
    factors = _factors(node)
    for at, factor in enumerate(factors):
        if not isinstance(factor, ast.BinOp) or not isinstance(factor.op, ast.Div):
            continue
        above, (deviation, epsilon) = _factors(factor.left), _deviation(factor.right)
        for k, part in enumerate(above if deviation is not None else []):
            match part:
                case ast.BinOp(left=x, op=ast.Sub(), right=right):
                    mean = unmoved(right)
                    if _is_of(mean, "mean", x) and _is_of(deviation, "", x):
                        others = [*factors[:at], *above[:k], *above[k + 1 :], *factors[at + 1 :]]
                        return Standardized(others, part, mean, factor.right, deviation, epsilon)
    return None


def _factors(node: ast.expr) -> list[ast.expr]:
    """The factors of a product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def _is_of(node: ast.expr | None, function: str, operand: ast.expr) -> TypeGuard[ast.Call]:
    """True for a call with this operand; of any function if `function` is empty."""
    return (
        isinstance(node, ast.Call)
        and function_name(node).startswith(function)
        and ast.dump(node.args[0]) == ast.dump(operand)
    )


def _deviation(node: ast.expr) -> tuple[ast.Call | None, ast.expr | None]:
    """The call and the epsilon in std(x) + epsilon or sqrt(var(x) + epsilon)."""
    match unmoved(node):
        case ast.Call(func=ast.Name("sqrt"), args=[inner]):
            function = "var"
        case ast.BinOp(left=inner, op=ast.Pow(), right=ast.Constant(0.5)):
            function = "var"
        case inner:
            function = "std"
    epsilon = None
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add):
        sides = (inner.left, inner.right)
        inner, epsilon = sides if function_name(unmoved(inner.left)) == function else sides[::-1]
    found = unmoved(inner)
    return (
        (found, epsilon) if isinstance(found, ast.Call) and function_name(found) == function else (None, None)
    )


def softmax_sum(node: ast.expr) -> ast.Call | None:
    """The sum in exp(x) / sum(exp(x), axis=1, keepdims=True), a softmax written out; else None."""
    match node:
        case ast.BinOp(
            left=ast.Call(func=ast.Name("exp"), args=[above]),
            op=ast.Div(),
            right=ast.Call(
                func=ast.Name("sum"), args=[ast.Call(func=ast.Name("exp"), args=[below])]
            ) as total,
        ) if ast.dump(above) == ast.dump(below):
            return total if keepdims(total) or not total.keywords else None
    return None


def sigmoid_exponent(node: ast.expr) -> ast.expr | None:
    """The exponent x in 1 / (1 + exp(x)), a sigmoid written out; else None."""
    match node:
        case ast.BinOp(left=ast.Constant(1), op=ast.Div(), right=ast.BinOp(left, ast.Add(), right)):
            match (left, right) if isinstance(left, ast.Constant) else (right, left):
                case (ast.Constant(1), ast.Call(func=ast.Name("exp"), args=[exponent])):
                    return exponent
    return None


def is_constant(node: ast.expr) -> bool:
    """True if it reads no tensor."""
    functions = {id(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    return not any(isinstance(inner, ast.Name) and id(inner) not in functions for inner in ast.walk(node))


def has_matmul(node: ast.expr) -> bool:
    """True if the node contains a matrix product."""
    return any(isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.MatMult) for inner in ast.walk(node))


def is_active(node: ast.expr, active: Collection[str], held: Collection[int] = ()) -> bool:
    """True if the node passes a gradient back to one of the tensors."""
    return next(active_names(node, active, held), None) is not None


def active_names(node: ast.expr, active: Collection[str], held: Collection[int] = ()) -> Iterator[str]:
    """The tensors that get a gradient through the node, one entry per occurrence.

    Nodes whose `id` is in `held` pass nothing back.
    """
    if isinstance(node, ast.Name):
        if node.id in active:
            yield node.id
        return
    if id(node) in held:
        return
    for child in _differentiated(node):
        yield from active_names(child, active, held)


def _differentiated(node: ast.expr) -> list[ast.expr]:
    """The operands of a node that its derivative may pass something to."""
    match node:
        case ast.UnaryOp():
            return [node.operand]
        case ast.BinOp():
            return [node.left, node.right]
        case ast.Attribute() | ast.Subscript():
            return [node.value]
        case ast.Call(func=ast.Attribute(value=inner)):
            return [inner]
        case ast.Call(func=ast.Name(id=called)):
            return _operands(called, node)
    return []


def _operands(called: str, node: ast.Call) -> list[ast.expr]:
    """All operands except a condition; none for a function that is flat."""
    if called in FLAT:
        return []
    conditions = FUNCTIONS[called].conditions
    return [operand for at, operand in enumerate(argument_operands(node)) if at not in conditions]
