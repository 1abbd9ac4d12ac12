"""The tree whose operations are done one by one: an equation's own, its activations written out."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from bpstep.language.functions import INLINED
from bpstep.language.grammar import children, is_reshape
from bpstep.language.shapes import Shape, shape_of
from bpstep.maths import ACTIVATIONS
from bpstep.program import Step

_MOVES = ("repeat", "concatenate")
_GIVEN = ("ones_like", "zeros_like")
"""What these give depends on a shape only, and no operation makes it."""


def written_out(step: Step, shapes: Mapping[str, Shape]) -> tuple[str, ast.expr]:
    """The text of an equation's right-hand side and its tree, with activations by their definitions.

    A sigmoid inside an expression stays: it is one operation. Every node knows its place in the text.
    """
    top = step.tree
    if not any(_is_written_out(node, node is top) for node in ast.walk(top)):
        return step.source, top
    text = ast.unparse(_Writer(top, shapes).visit(ast.parse(step.source, mode="eval").body))
    return text, ast.parse(text, mode="eval").body


def operands(node: ast.expr) -> list[ast.expr]:
    """What is computed for a node: neither the sizes of a reshape nor what stands in brackets."""
    match node:
        case ast.Name() | ast.Constant():
            return []
        case ast.Attribute() | ast.Subscript():
            return [node.value]
        case ast.Call(func=ast.Attribute(value=inner)):
            return [inner]
        case ast.Call(func=ast.Name(id=name)) if name in _GIVEN:
            return []
        case ast.Call(args=[ast.List() as items]):
            return items.elts
        case ast.Call(func=ast.Name(id="repeat")):
            return node.args[:1]
        case ast.Call():
            return node.args
    return list(children(node))


def called(node: ast.expr) -> str:
    """The name of the function that a node calls; empty for any other node."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def is_move(node: ast.expr) -> bool:
    """True for what only lays numbers out anew."""
    return isinstance(node, ast.Attribute | ast.Subscript) or is_reshape(node) or called(node) in _MOVES


def is_fixed(node: ast.expr) -> bool:
    """True for what no tensor's numbers have a part in: 1/2, or a count of samples."""
    if isinstance(node, ast.Name):
        return False
    return all(is_fixed(operand) for operand in operands(node))


def _is_written_out(node: ast.AST, at_top: bool) -> bool:
    name = called(node) if isinstance(node, ast.Call) else ""
    return name in INLINED and (at_top or name != "sigmoid")


class _Writer(ast.NodeTransformer):
    def __init__(self, top: ast.expr, shapes: Mapping[str, Shape]) -> None:
        self._top = (top.col_offset, top.end_col_offset)
        self._shapes = shapes

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The definition, at the argument, in the place of the call."""
        at_top = (node.col_offset, node.end_col_offset) == self._top
        if not _is_written_out(node, at_top):
            return self.generic_visit(node)
        argument = node.args[0]
        definition = ACTIVATIONS[called(node)].definition
        if not shape_of(argument, self._shapes):
            # A single number has no axis to go over.
            definition = definition.replace(", axis=-1, keepdims=True", "")
        body = ast.parse(definition, mode="eval").body
        written: ast.AST = _Put(self.visit(argument)).visit(body)
        return written


class _Put(ast.NodeTransformer):
    def __init__(self, argument: ast.expr) -> None:
        self._argument = argument

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Every x is the argument."""
        return self._argument if node.id == "x" else node
