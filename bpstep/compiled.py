"""A whole iteration as one function: the equations' lines joined, and nothing computed twice.

Every intermediate result gets a number; equal text over equal numbers is the same value, so that
sigmoid(net_1) is computed once however many equations name it. What nobody needs is left out, what no
iteration changes stands before the loop. None of this changes an operation or its operands: the bits are
those of single steps. Where somebody's own equation takes part, the lines stand as they are instead.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bpstep.language.grammar import children
from bpstep.language.lowering import functions
from bpstep.language.shapes import Shape, shape_of
from bpstep.program import Program

Advance = Callable[..., tuple[Any, ...]]
"""advance(rounds, record, *tensors): the carried tensors after one iteration per item of `rounds`."""


@dataclass
class _Value:
    text: str
    operands: tuple[str, ...]
    invariant: bool
    needed: bool = False


@dataclass
class _Numbering:
    """Gives every distinct operation a name, in the order in which they are first met."""

    shapes: dict[str, Shape]
    fixed: set[str]
    values: dict[str, _Value] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    met: dict[int, ast.expr] = field(default_factory=dict)

    def atom(self, node: ast.expr, names: dict[str, str]) -> ast.expr:
        """The name or number that stands for the node's value."""
        if isinstance(node, ast.Name):
            return ast.Name(names[node.id], ast.Load())
        if isinstance(node, ast.Constant) or _is_negative_number(node):
            return node
        if id(node) not in self.met:
            self.met[id(node)] = self._operation(node, names)
        return self.met[id(node)]

    def named(self, node: ast.expr, names: dict[str, str]) -> str:
        """The name of an equation's result."""
        atom = self.atom(node, names)
        assert isinstance(atom, ast.Name)
        return atom.id

    def _operation(self, node: ast.expr, names: dict[str, str]) -> ast.expr:
        def inner(child: ast.expr) -> ast.expr:
            return self.atom(child, names)

        shallow = _rebuilt(node, inner)
        if isinstance(shallow, ast.BinOp) and isinstance(shallow.op, ast.Pow):
            shallow = self._square(shallow)
        operands = tuple(item.id for item in ast.walk(shallow) if isinstance(item, ast.Name))
        return self._add(shallow, tuple(name for name in operands if name in self.shapes))

    def _square(self, node: ast.BinOp) -> ast.BinOp:
        """NumPy squares an array for `**2` and takes pow for a scalar: only the first may be a * a."""
        two = isinstance(node.right, ast.Constant) and node.right.value == 2.0
        if two and isinstance(node.left, ast.Name) and self.shapes[node.left.id]:
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def _add(self, node: ast.expr, operands: tuple[str, ...]) -> ast.Name:
        text = ast.unparse(node)
        if text not in self.known:
            name = f"_{len(self.values)}"
            invariant = all(operand in self.fixed for operand in operands)
            self.values[name] = _Value(text, operands, invariant)
            self.known[text] = name
            self.shapes[name] = shape_of(node, self.shapes)
            if invariant:
                self.fixed.add(name)
        return ast.Name(self.known[text], ast.Load())

    def need(self, name: str) -> None:
        """Mark a value, and all it is made of, as wanted."""
        waiting = [name]
        while waiting:
            value = self.values.get(waiting.pop())
            if value is not None and not value.needed:
                value.needed = True
                waiting += value.operands


def _is_negative_number(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


def _rebuilt(node: ast.expr, inner: Callable[[ast.expr], ast.expr]) -> ast.expr:
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
            return ast.Subscript(inner(node.value), node.slice, ast.Load())
        case ast.Call(func=ast.Attribute()):
            assert isinstance(node.func, ast.Attribute)
            method = ast.Attribute(inner(node.func.value), node.func.attr, ast.Load())
            return ast.Call(method, node.args, [])
        case ast.Call():
            arguments = [
                ast.List([inner(item) for item in argument.elts], ast.Load())
                if isinstance(argument, ast.List)
                else inner(argument)
                for argument in node.args
            ]
            return ast.Call(node.func, arguments, node.keywords)
    raise AssertionError(f"{type(node).__name__} is in no lowered tree: {list(children(node))}")


def source(program: Program, drawn: bool) -> str:
    """The text of the function. `drawn`: each iteration draws its own X and labelY."""
    fixed = set(program.constants) - ({"X", "labelY"} if drawn else set())
    numbering = _Numbering({name: program.shapes[name] for name in program.initial}, fixed)
    names = {name: name for name in program.initial}
    for step in program.steps:
        names[step.name] = numbering.named(step.lowered, names)
    for name in (*program.carried, "E"):
        numbering.need(names[name])
    needed = [(name, value) for name, value in numbering.values.items() if value.needed]
    before = [f"{name} = {value.text}" for name, value in needed if value.invariant]
    inside = [f"{name} = {value.text}" for name, value in needed if not value.invariant]
    return _function(program, drawn, before, inside, names)


def _function(
    program: Program, drawn: bool, before: list[str], inside: list[str], names: Mapping[str, str]
) -> str:
    """`advance` from its lines; `names` says which hold the equations' results."""
    carried = "".join(f"{name}, " for name in program.carried)
    results = "".join(f"{names[name]}, " for name in program.carried)
    return "\n".join(
        [
            f"def advance(rounds, record, {', '.join(program.initial)}):",
            *(f"    {line}" for line in before),
            f"    for {'X, labelY' if drawn else '_'} in rounds:",
            *(f"        {line}" for line in inside),
            f"        record({names['E']})",
            f"        {carried}= {results}" if carried != results else "",
            f"    return ({carried})",
        ]
    )


def _line_by_line(program: Program, drawn: bool) -> ast.Module:
    """The function whose lines are the equations as they are.

    Somebody's own equation may transpose a matrix within a sum, or multiply it by itself. Then the order in
    which NumPy adds depends on which intermediate results share memory, so that none may be shared.
    """
    names = {name: name for name in program.tensors}
    module = ast.parse(_function(program, drawn, [], [], names))
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    loop = function.body[0]
    assert isinstance(loop, ast.For)
    lines: list[ast.stmt] = [
        ast.Assign([ast.Name(step.name, ast.Store())], step.lowered) for step in program.steps
    ]
    loop.body = [*lines, *loop.body]
    return ast.fix_missing_locations(module)


def compile_iteration(program: Program, drawn: bool) -> Advance:
    """The function `advance`, ready to call."""
    scope = functions()
    text = _line_by_line(program, drawn) if program.replaced else source(program, drawn)
    exec(compile(text, "<iteration>", "exec"), scope)  # made from trees that the grammar has passed
    advance: Advance = scope["advance"]
    return advance
