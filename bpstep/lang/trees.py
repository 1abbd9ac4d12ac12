"""Parts of an expression's tree, by their meaning in the language of equations."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def children(node: ast.AST) -> list[ast.expr]:
    """The expressions directly inside a node, in the order of the text."""
    found: list[ast.expr] = []
    for field in node._fields:
        part = getattr(node, field, None)
        for inner in part if isinstance(part, list) else (part,):
            if isinstance(inner, ast.expr):
                found.append(inner)
            elif isinstance(inner, ast.AST) and inner._fields:
                found += children(inner)
    return found


def int_literal(node: ast.expr) -> int | None:
    """The whole number that a node spells, including its sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = int_literal(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def number_literal(node: ast.expr) -> float | None:
    """The number that a node spells, including its sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number_literal(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, None if it is not given."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def keepdims(node: ast.Call) -> bool:
    """True if a reduction keeps the axes that it reduces."""
    given = keyword(node, "keepdims")
    return isinstance(given, ast.Constant) and given.value is True


def is_number(node: ast.expr) -> bool:
    """True for arithmetic on plain numbers."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp():
            return is_number(node.operand)
        case ast.BinOp():
            return is_number(node.left) and is_number(node.right)
    return False


def is_reshape(node: ast.AST) -> bool:
    """True for a call of the method `.reshape`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def reshape_sizes(call: ast.Call) -> list[ast.expr]:
    """The sizes in `.reshape(2, 3)` or `.reshape([2, 3])`."""
    if len(call.args) == 1 and isinstance(call.args[0], ast.List | ast.Tuple):
        return call.args[0].elts
    return call.args


def function_name(node: ast.AST) -> str:
    """The name of the function that a node calls; empty for any other node."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def index_parts(node: ast.Subscript) -> list[ast.expr]:
    """The parts between the brackets: an entry for each axis that is indexed, and for each new axis."""
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def is_new_axis(part: ast.expr) -> bool:
    """True for None between brackets."""
    return isinstance(part, ast.Constant) and part.value is None


def is_whole_slice(part: ast.expr) -> bool:
    """True for `:`."""
    return isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None


def is_tensor_index(part: ast.expr) -> bool:
    """True for a computed part between brackets: a tensor of whole numbers."""
    return not isinstance(part, ast.Slice) and not is_new_axis(part) and int_literal(part) is None


def listed_items(node: ast.Call) -> list[ast.expr]:
    """The tensors that are joined: concatenate([a, b])."""
    return node.args[0].elts if node.args and isinstance(node.args[0], ast.List | ast.Tuple) else []


class LetterSubstitution(ast.NodeTransformer):
    """Replaces letters by expressions. Every place of a letter shares the one expression."""

    def __init__(self, letters: Mapping[str, ast.expr]) -> None:
        self._letters = letters

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The expression that the letter stands for."""
        return self._letters.get(node.id, node)


def substituted(text: str, letters: Mapping[str, ast.expr]) -> ast.expr:
    """The tree of an expression in letters, with the letters replaced."""
    written: ast.expr = LetterSubstitution(letters).visit(ast.parse(text, mode="eval").body)
    return written


def with_operands(node: ast.expr, operands: list[ast.expr]) -> ast.expr:
    """A movement of numbers with its operands replaced; an index by tensors stays."""
    match node:
        case ast.Attribute():
            return ast.Attribute(operands[0], node.attr, ast.Load())
        case ast.Subscript():
            return ast.Subscript(operands[0], node.slice, ast.Load())
        case ast.Call(func=ast.Attribute(attr=name)):
            return ast.Call(ast.Attribute(operands[0], name, ast.Load()), node.args, node.keywords)
        case ast.Call(func=ast.Name(id="einsum")):
            return ast.Call(node.func, [node.args[0], *operands], node.keywords)
        case ast.Call(args=[ast.List()]):
            return ast.Call(node.func, [ast.List(operands, ast.Load())], node.keywords)
        case ast.Call():
            return ast.Call(node.func, [operands[0], *node.args[1:]], node.keywords)
    raise AssertionError(ast.dump(node))


def matmul_of(left: ast.expr, right: ast.expr) -> ast.expr:
    """left @ right."""
    return ast.BinOp(left, ast.MatMult(), right)


def transposed_or_back(node: ast.expr) -> ast.expr:
    """The transpose of an expression; for a transpose, its operand."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def shortened(text: str, width: int = 40) -> str:
    """A text of at most `width` characters, ending in … if it is cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def short(node: ast.AST) -> str:
    """A node's text for a message."""
    return shortened(ast.unparse(node))


def only_repeats(node: ast.expr) -> bool:
    """True for `a * ones_like(b)`: `a` in the shape of b, a tensor or an expression."""
    match node:
        case ast.BinOp(op=ast.Mult(), right=ast.Call(func=ast.Name(id="ones_like"))):
            return True
    return False
