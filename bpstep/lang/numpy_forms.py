"""NumPy as people write it, rewritten in the language: `np.sum(x)`, `x.sum(0)`, `np.dot(a, b)`.

Rewriting the text, not only the tree, keeps every other reader of an expression simple: there is one form of
each operation, and a node's position is a position in the text on screen.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpstep.lang.functions import FUNCTIONS, METHOD_NAMES, NAMES
from bpstep.lang.trees import function_name

PREFIXES = ("np", "numpy")

_OTHER_MODULES = ("torch", "tf", "jnp", "math", "jax")

_PRODUCTS = ("dot", "matmul")

_KNOWN = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Subscript, ast.Call)

_KNOWN_PARTS = (ast.List, ast.Tuple, ast.Slice, ast.IfExp, ast.BoolOp)


def rewrite_numpy_forms(
    text: str, tree: ast.expr, is_scaling: Callable[[ast.Call], bool] | None = None
) -> str:
    """The text, whose tree this is, with every NumPy form replaced by the language's own.

    `text` is one line of ASCII. A text with other syntax, such as a lambda, stays as it is. A dot for which
    `is_scaling` is true is a product with a scalar, written `*`.
    """
    expressions = (node for node in ast.walk(tree) if isinstance(node, ast.expr))
    if not all(isinstance(node, _KNOWN + _KNOWN_PARTS) for node in expressions):
        return text
    return _Rewriter(text, is_scaling).span(0, len(text), [tree])


class _Rewriter:
    def __init__(self, text: str, is_scaling: Callable[[ast.Call], bool] | None) -> None:
        self._text = text
        self._is_scaling = is_scaling

    def span(self, start: int, end: int, nodes: list[ast.expr]) -> str:
        """The text from start to end, with the nodes in it rewritten."""
        pieces, place = [], start
        for node in sorted(nodes, key=lambda node: node.col_offset):
            assert node.end_col_offset is not None
            pieces += [self._text[place : node.col_offset], self._fitted(node)]
            place = node.end_col_offset
        return "".join([*pieces, self._text[place:end]])

    def _fitted(self, node: ast.expr) -> str:
        """A node in its place; a product that was a call gets parentheses unless it is in parentheses
        already.
        """
        written = self._node(node)
        assert node.end_col_offset is not None
        before = self._text[: node.col_offset].rstrip()[-1:]
        after = self._text[node.end_col_offset :].lstrip()[:1]
        # The empty string, at an end of the text, is in every text.
        alone = before in "([,=" and after in ")],"
        return f"({written})" if self._is_product(node) and not alone else written

    def _node(self, node: ast.expr) -> str:
        member = _numpy_member(node)
        if member in (*NAMES, *_PRODUCTS):
            return member
        if member == "newaxis":
            return "None"
        if isinstance(node, ast.Call):
            rewritten = self._call(node)
            if rewritten is not None:
                return rewritten
        assert node.end_col_offset is not None
        return self.span(node.col_offset, node.end_col_offset, _children(node))

    def _is_product(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and call_parts(node)[0] in _PRODUCTS and not node.keywords

    def _call(self, node: ast.Call) -> str | None:
        """A call in the language's own form; None if it has that already or is unknown."""
        name, arguments = call_parts(node)
        if name in _PRODUCTS and len(arguments) == 2 and not node.keywords:
            sign = "*" if self._is_scaling is not None and self._is_scaling(node) else "@"
            return (
                f"{self._operand(arguments[0], left=True)} {sign} {self._operand(arguments[1], left=False)}"
            )
        if name == "range" and isinstance(node.func, ast.Name) and not node.keywords:
            return f"arange({', '.join(map(self._node, arguments))})"
        if name == "transpose" and len(arguments) == 1 and not node.keywords:
            return f"{self._receiver(arguments[0])}.T"
        if name == "reshape" and arguments and _numpy_member(node.func):
            sizes = ", ".join(self._node(size) for size in arguments[1:])
            return f"{self._receiver(arguments[0])}.reshape({sizes})"
        is_method = isinstance(node.func, ast.Attribute) and not _numpy_member(node.func)
        if name == "transpose" and len(arguments) > 2 and not node.keywords and is_method:
            axes = ", ".join(self._node(axis) for axis in arguments[1:])
            return f"transpose({self._node(arguments[0])}, ({axes}))"
        if name == "astype" and len(arguments) == 2 and _is_float(arguments[1]):
            return self._receiver(arguments[0])
        if name in ("concatenate", "stack") and arguments and isinstance(arguments[0], ast.List | ast.Tuple):
            items = ", ".join(self._node(item) for item in arguments[0].elts)
            axis = [f"axis={self._node(item)}" for item in arguments[1:]]
            return f"{name}({', '.join([f'[{items}]', *axis, *self._keywords(node)])})"
        if name in FUNCTIONS and FUNCTIONS[name].reduces and len(arguments) in (1, 2):
            axis = [f"axis={self._node(item)}" for item in arguments[1:]]
            parts = [self._node(arguments[0]), *axis, *self._keywords(node)]
            return f"{name}({', '.join(parts)})" if axis or isinstance(node.func, ast.Attribute) else None
        return None

    def _keywords(self, node: ast.Call) -> list[str]:
        pairs = ((item.arg, self._node(item.value)) for item in node.keywords)
        return [f"{name}={value}" if name else f"**{value}" for name, value in pairs]

    def _operand(self, node: ast.expr, left: bool) -> str:
        """An operand of @, in parentheses if @ would otherwise bind to a part of it."""
        written = self._node(node)
        tree = ast.parse(written, mode="eval").body
        loose = isinstance(tree, ast.Compare | ast.IfExp | ast.BoolOp)
        if isinstance(tree, ast.BinOp):
            loose = isinstance(tree.op, ast.Add | ast.Sub) if left else not isinstance(tree.op, ast.Pow)
        return f"({written})" if loose else written

    def _receiver(self, node: ast.expr) -> str:
        """The expression before a dot."""
        written = self._node(node)
        tree = ast.parse(written, mode="eval").body
        tight = isinstance(tree, ast.Name | ast.Call | ast.Attribute | ast.Subscript)
        return written if tight else f"({written})"


def _is_other_module(node: ast.expr) -> bool:
    """True for another library's name: what follows its dot is a function, not a method of an array."""
    return isinstance(node, ast.Name) and node.id in _OTHER_MODULES


def _is_float(node: ast.expr) -> bool:
    """True for float and np.float64 as arguments of astype."""
    return _numpy_member(node) == "float64" or (isinstance(node, ast.Name) and node.id == "float")


def _children(node: ast.expr) -> list[ast.expr]:
    found: list[ast.expr] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            found.append(child)
        elif isinstance(child, ast.keyword):
            found.append(child.value)
    return found


def _numpy_member(node: ast.expr) -> str:
    """The name after `np.`; empty for any other node."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in PREFIXES:
        return node.attr
    return ""


def call_parts(node: ast.Call) -> tuple[str, list[ast.expr]]:
    """A call's name and arguments; the object of a method is its first argument."""
    member = _numpy_member(node.func)
    if member:
        return member, node.args
    if isinstance(node.func, ast.Attribute):
        known = node.func.attr in (*METHOD_NAMES, "astype") and not _is_other_module(node.func.value)
        return (node.func.attr, [node.func.value, *node.args]) if known else ("", [])
    return function_name(node), node.args
