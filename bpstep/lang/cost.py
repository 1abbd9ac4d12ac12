"""How much an expression would compute, known before anything is allocated."""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Mapping
from functools import cache

from bpstep.errors import ExpressionError
from bpstep.lang import messages
from bpstep.lang.functions import FUNCTIONS, INLINED
from bpstep.lang.parser import operands
from bpstep.lang.shape_rules import index_sizes
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import function_name
from bpstep.text import fill

MAX_COST = 2**28
"""The most numbers that one equation may compute, including intermediate results: 2 GB and some seconds at
worst.
"""

_FUSED_MULTIPLICATIONS = 64
"""How many multiplications of a matrix product take as long as one number elsewhere."""


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
        case ast.Call(func=ast.Name(id="dot" | "matmul")) if all(shape_of(a, shapes) for a in node.args):
            operations += shape_of(node.args[0], shapes)[-1] // _FUSED_MULTIPLICATIONS
        case ast.Call(func=ast.Name(id="einsum")):
            sizes = index_sizes(node, lambda operand: shape_of(operand, shapes))
            result = math.prod(shape_of(node, shapes))
            operations += math.prod(sizes.values()) // max(result, 1)
        case ast.Call(func=ast.Name(id="overlap_add")):
            cells = math.prod(shape_of(node.args[0], shapes))
            operations += cells // max(math.prod(shape_of(node, shapes)), 1)
        case ast.Call(func=ast.Name(id=name)) if name in INLINED:
            operations, uses = _definition(name)
        case ast.BinOp(op=ast.MatMult()):
            operations += shape_of(node.left, shapes)[-1] // _FUSED_MULTIPLICATIONS
    inner = sum(_cost(child, shapes) for child in operands(node))
    if isinstance(node, ast.Call) and function_name(node) in ("var", "std"):
        # The definition computes deviations of all cells before it reduces them.
        inner += 3 * math.prod(shape_of(node.args[0], shapes))
    return operations * math.prod(shape_of(node, shapes)) + uses * inner


@cache
def _definition(name: str) -> tuple[int, int]:
    """How many operations a function's definition has, and how often it computes an argument at most."""
    row = FUNCTIONS[name]
    nodes = list(ast.walk(ast.parse(row.definition, mode="eval")))
    letters = {letter.strip() for letter in row.arguments.split(",")}
    uses = Counter(node.id for node in nodes if isinstance(node, ast.Name) and node.id in letters)
    operations = sum(isinstance(node, ast.BinOp | ast.Call | ast.Compare) for node in nodes)
    return operations, max(uses.values())
