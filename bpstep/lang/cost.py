"""How much an expression would compute, known before anything is allocated."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from functools import cache

from bpstep.errors import ExpressionError
from bpstep.lang import messages
from bpstep.lang.functions import INLINED
from bpstep.lang.macros import ACTIVATIONS
from bpstep.lang.parser import operands
from bpstep.lang.shapes import Shape, shape_of
from bpstep.text import fill

MAX_COST = 2**28
"""Numbers that one equation may compute, intermediate results included: 2 GB and some seconds at worst."""

_FUSED_MULTIPLICATIONS = 64
"""Multiplications of a matrix product that take as long as one number elsewhere."""


def check_cost(tree: ast.expr, shapes: Mapping[str, Shape]) -> None:
    """Refuse, with ExpressionError, an expression that computes more than MAX_COST numbers."""
    work = _cost(tree, shapes)
    if work > MAX_COST:
        raise ExpressionError(fill(messages.TOO_MUCH_WORK, numbers=work, limit=MAX_COST))


def _cost(node: ast.expr, shapes: Mapping[str, Shape]) -> int:
    operations, uses = 1, 1
    match node:
        case ast.Name() | ast.Constant():
            return 0
        case ast.Call(func=ast.Name(id=name)) if name in INLINED:
            operations, uses = _definition(name)
        case ast.BinOp(op=ast.MatMult()):
            operations += shape_of(node.left, shapes)[-1] // _FUSED_MULTIPLICATIONS
    inner = sum(_cost(child, shapes) for child in operands(node))
    return operations * math.prod(shape_of(node, shapes)) + uses * inner


@cache
def _definition(name: str) -> tuple[int, int]:
    """How many operations an activation's definition has, and how often it computes its argument."""
    nodes = list(ast.walk(ast.parse(ACTIVATIONS[name].definition, mode="eval")))
    uses = sum(isinstance(node, ast.Name) and node.id == "x" for node in nodes)
    return sum(isinstance(node, ast.BinOp | ast.Call | ast.Compare) for node in nodes), uses
