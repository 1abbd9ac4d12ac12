"""Every distinct operation of an iteration under its own name, so that none is computed twice."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from bpstep.lang.functions import argument_kinds, called_function
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import children, is_tensor_index


@dataclass
class NumberedValue:
    """An operation over names, as text; `invariant` if no iteration changes it."""

    text: str
    operands: tuple[str, ...]
    invariant: bool
    needed: bool = False


@dataclass
class ValueNumbering:
    """Gives every distinct operation a name, in order of first appearance."""

    shapes: dict[str, Shape]
    invariants: set[str]
    values: dict[str, NumberedValue] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    atoms: dict[int, ast.expr] = field(default_factory=dict)

    def atom(self, node: ast.expr, names: dict[str, str]) -> ast.expr:
        """The name or number for the node's value."""
        if isinstance(node, ast.Name):
            return ast.Name(names[node.id], ast.Load())
        if isinstance(node, ast.Constant) or _is_negative_number(node):
            return node
        if id(node) not in self.atoms:
            self.atoms[id(node)] = self._operation(node, names)
        return self.atoms[id(node)]

    def name_of(self, node: ast.expr, names: dict[str, str]) -> str:
        """The name of an equation's result."""
        atom = self.atom(node, names)
        assert isinstance(atom, ast.Name)
        return atom.id

    def _operation(self, node: ast.expr, names: dict[str, str]) -> ast.expr:
        def inner(child: ast.expr) -> ast.expr:
            return self.atom(child, names)

        shallow = rebuild(node, inner)
        if isinstance(shallow, ast.BinOp) and isinstance(shallow.op, ast.Pow):
            shallow = self._square(shallow)
        operands = tuple(item.id for item in ast.walk(shallow) if isinstance(item, ast.Name))
        return self._add(shallow, tuple(name for name in operands if name in self.shapes))

    def _square(self, node: ast.BinOp) -> ast.BinOp:
        """NumPy squares an array for `**2` but uses pow for a scalar: only the former may become a * a."""
        two = isinstance(node.right, ast.Constant) and node.right.value == 2.0
        if two and isinstance(node.left, ast.Name) and self.shapes[node.left.id]:
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def _add(self, node: ast.expr, operands: tuple[str, ...]) -> ast.Name:
        text = ast.unparse(node)
        if text not in self.known:
            name = f"_{len(self.values)}"
            invariant = all(operand in self.invariants for operand in operands)
            self.values[name] = NumberedValue(text, operands, invariant)
            self.known[text] = name
            self.shapes[name] = shape_of(node, self.shapes)
            if invariant:
                self.invariants.add(name)
        return ast.Name(self.known[text], ast.Load())

    def mark_needed(self, name: str) -> None:
        """Mark a value, and everything that it is computed from, as needed."""
        waiting = [name]
        while waiting:
            value = self.values.get(waiting.pop())
            if value is not None and not value.needed:
                value.needed = True
                waiting += value.operands


def _is_negative_number(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


def rebuild(node: ast.expr, inner: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """The same operation over the atoms of its operands."""
    match node:
        case ast.BinOp():
            return ast.BinOp(inner(node.left), node.op, inner(node.right))
        case ast.UnaryOp():
            return ast.UnaryOp(node.op, inner(node.operand))
        case ast.Compare():
            return ast.Compare(inner(node.left), node.ops, [inner(node.comparators[0])])
        case ast.Attribute():
            return ast.Attribute(inner(node.value), node.attr, ast.Load())
        case ast.Subscript():
            return ast.Subscript(inner(node.value), _rebuild_index(node.slice, inner), ast.Load())
        case ast.Call(func=ast.Attribute()):
            assert isinstance(node.func, ast.Attribute)
            method = ast.Attribute(inner(node.func.value), node.func.attr, ast.Load())
            return ast.Call(method, [_rebuild_setting(size, inner) for size in node.args], [])
        case ast.Call():
            return ast.Call(node.func, _rebuild_arguments(node, inner), node.keywords)
    raise AssertionError(f"{type(node).__name__} is in no lowered tree: {list(children(node))}")


def _rebuild_arguments(node: ast.Call, inner: Callable[[ast.expr], ast.expr]) -> list[ast.expr]:
    if called_function(node) is None:
        return [_rebuild_setting(node.args[0], inner)]  # float64(2.0), float64(size(X, 0))
    arguments: list[ast.expr] = []
    for kind, argument in argument_kinds(node):
        if kind == "array":
            arguments.append(inner(argument))
        elif isinstance(argument, ast.List) and kind == "arrays":
            arguments.append(ast.List([inner(item) for item in argument.elts], ast.Load()))
        else:
            arguments.append(_rebuild_setting(argument, inner))
    return arguments


def _rebuild_index(node: ast.expr, inner: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """The parts between brackets, with tensors replaced by their atoms."""
    if isinstance(node, ast.Tuple):
        return ast.Tuple([_rebuild_index(part, inner) for part in node.elts], ast.Load())
    return inner(node) if is_tensor_index(node) else node


def _rebuild_setting(node: ast.expr, inner: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """Whole numbers that are not operands; a tensor whose cells they count is replaced by its atom."""
    match node:
        case ast.Tuple() | ast.List():
            return type(node)([_rebuild_setting(item, inner) for item in node.elts], ast.Load())
        case ast.BinOp():
            left, right = (_rebuild_setting(side, inner) for side in (node.left, node.right))
            return ast.BinOp(left, node.op, right)
        case ast.Call(func=ast.Name(id="size")):
            return ast.Call(node.func, [inner(node.args[0]), *node.args[1:]], [])
    return node
