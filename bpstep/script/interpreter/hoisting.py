"""Gives calls within a larger expression a statement of their own, so that a stepper can pause there.

`assert close(train(x), 1)` becomes `@1 = train(x)` and `assert close(@1, 1)`; what is computed before such a
call becomes a statement before it, so that the order stays. `[train(x) for x in items]` becomes a loop that
appends. A name with `@` is not a name of the script. A call that Python may not reach (behind `and`, in a
`lambda`) stays where it is.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from bpstep.script.interpreter.scope import Comprehension, elements_of

_Block = list[ast.stmt]

_WITHOUT_EFFECT = (ast.Constant, ast.Lambda)
"""What has the same value whenever it is evaluated; a name too, unless a function may assign to it."""


def with_calls_apart(tree: ast.Module, names: Collection[str]) -> ast.Module:
    """The tree with the calls of these functions and classes as statements of their own.

    The variables of its comprehensions have names of their own already.
    """
    rebound = {
        name for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    }
    _Apart(names, rebound).visit(tree)
    return ast.fix_missing_locations(tree)


class _Apart(ast.NodeTransformer):
    def __init__(self, names: Collection[str], rebound: set[str]) -> None:
        self.names = names
        self.rebound = rebound
        self.count = 0

    # Statements

    def visit_Expr(self, node: ast.Expr | ast.Assign | ast.Return) -> ast.stmt | _Block:
        """A statement whose whole value may stay one call."""
        if node.value is None or not self._is_inside(node.value):
            return node
        before: _Block = []
        node.value = self._apart(node.value, before, is_whole=True)
        return [*before, node]

    visit_Assign = visit_Return = visit_Expr

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | _Block:
        """The value of `name: kind = value`."""
        return self._first(node, "value")

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt | _Block:
        """The value of `name += value`: the name is read before, so it must not change meanwhile."""
        is_kept = isinstance(node.target, ast.Name) and node.target.id not in self.rebound
        return self._first(node, "value") if is_kept else node

    def visit_Assert(self, node: ast.Assert) -> ast.stmt | _Block:
        """`assert condition`: only the condition is taken out, as the message is computed only if it
        fails.
        """
        return self._first(node, "test")

    def visit_If(self, node: ast.If) -> ast.stmt | _Block:
        """The test, and the statements in the branches."""
        self.generic_visit(node)
        return self._first(node, "test")

    def visit_For(self, node: ast.For) -> ast.stmt | _Block:
        """The items, and the statements in the loop."""
        self.generic_visit(node)
        return self._first(node, "iter")

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Only its methods: other statements in it make its attributes."""
        node.body = [self.visit(each) if isinstance(each, ast.FunctionDef) else each for each in node.body]
        return node

    def _first(self, node: ast.stmt, field: str) -> ast.stmt | _Block:
        """A statement, after the ones for what it evaluates first."""
        value = getattr(node, field)
        if value is None or not self._is_inside(value):
            return node
        before: _Block = []
        setattr(node, field, self._apart(value, before))
        return [*before, node]

    # Expressions

    def _is_inside(self, node: ast.AST) -> bool:
        """Whether one of the wanted calls is certainly evaluated with this expression."""
        if isinstance(node, ast.Call) and _called(node) in self.names:
            return True
        return any(map(self._is_inside, _reached(node)))

    def _apart(self, node: ast.expr, before: _Block, *, is_whole: bool = False) -> ast.expr:
        """The rest of an expression once its calls, and what is evaluated before them, are statements at the
        end of `before`.
        """
        if not self._is_inside(node):
            return node
        if isinstance(node, Comprehension) and any(map(self._is_inside, elements_of(node).values())):
            return self._looped(node, before)
        self._parts_apart(node, before)
        if isinstance(node, ast.Call) and _called(node) in self.names and not is_whole:
            return self._named(node, before)
        return node

    def _parts_apart(self, node: ast.AST, before: _Block) -> None:
        children = list(_reached(node))
        inside = [self._is_inside(child) for child in children]
        last = max((position for position, is_in in enumerate(inside) if is_in), default=-1)
        for position, child in enumerate(children[: last + 1]):
            if isinstance(child, ast.keyword | ast.Starred | ast.FormattedValue | ast.Slice):
                self._parts_apart(child, before)
                if position < last:
                    self._kept(node, child, before)
                continue
            assert isinstance(child, ast.expr)
            left = self._apart(child, before)
            if position < last and not self._stays(left, node):
                left = self._named(left, before)
            _replace(node, child, left)

    def _kept(self, node: ast.AST, child: ast.AST, before: _Block) -> None:
        """Name the computed parts of something that is not an expression itself, before what follows it."""
        if isinstance(child, ast.FormattedValue):
            text = ast.copy_location(ast.JoinedStr([child]), child)
            read = self._named(text, before)
            _replace(node, child, ast.copy_location(ast.FormattedValue(read, -1), child))
        elif isinstance(child, ast.Starred):
            items = ast.copy_location(ast.Tuple([ast.Starred(child.value, ast.Load())], ast.Load()), child)
            child.value = self._named(items, before)
        else:
            for part in _reached(child):
                assert isinstance(part, ast.expr)
                if not self._stays(part, child):
                    _replace(child, part, self._named(part, before))

    def _stays(self, node: ast.expr, parent: ast.AST) -> bool:
        """Whether an expression has the same value after the calls that follow it."""
        if isinstance(node, ast.Name):
            return node.id not in self.rebound
        if isinstance(node, ast.Attribute) and isinstance(parent, ast.Call) and node is parent.func:
            return all(isinstance(each, ast.Attribute | ast.Name | ast.Load) for each in ast.walk(node))
        return isinstance(node, _WITHOUT_EFFECT)

    def _named(self, node: ast.expr, before: _Block) -> ast.expr:
        """A name to which a new statement assigns the value of the expression."""
        name = self._new_name()
        before.append(_at(node, ast.Assign([ast.Name(name, ast.Store())], node)))
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def _new_name(self) -> str:
        self.count += 1
        return f"@{self.count}"

    def _looped(self, node: Comprehension, before: _Block) -> ast.expr:
        """A comprehension as a loop before the statement, and the name of the loop's result."""
        first = node.generators[0]
        first.iter = self._apart(first.iter, before)
        made = self._new_name()
        empty: ast.expr = ast.List([], ast.Load())
        body: _Block = []
        read = ast.Name(made, ast.Load())
        if isinstance(node, ast.DictComp):
            empty = ast.Dict([], [])
            key = self._named(self._apart(node.key, body), body)
            place = ast.Subscript(read, key, ast.Store())
            body.append(ast.Assign([place], self._apart(node.value, body)))
        else:
            add = "append"
            if isinstance(node, ast.SetComp):
                empty, add = ast.Call(ast.Name("set", ast.Load()), [], []), "add"
            element = self._apart(node.elt, body)
            body.append(ast.Expr(ast.Call(ast.Attribute(read, add, ast.Load()), [element], [])))
        for part in reversed(node.generators):
            for test in reversed(part.ifs):
                body = [ast.If(test, body, [])]
            body = [ast.For(part.target, part.iter, body, [])]
        before.append(_at(node, ast.Assign([ast.Name(made, ast.Store())], empty)))
        before.extend(_at(node, statement) for statement in body)
        return ast.copy_location(ast.Name(made, ast.Load()), node)


def _reached(node: ast.AST) -> Iterator[ast.AST]:
    """The parts that are certainly evaluated with an expression, in Python's order."""
    match node:
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(test=first):
            yield first
        case ast.Compare(left=left, comparators=[first, *_]):
            yield from (left, first)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values):
                yield from (value,) if key is None else (key, value)
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            yield node.generators[0].iter
            yield from elements_of(node).values()
        case ast.GeneratorExp():
            yield node.generators[0].iter
        case ast.Lambda() | ast.NamedExpr() | ast.Yield() | ast.YieldFrom() | ast.Await():
            pass
        case _:
            yield from (
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.expr | ast.keyword | ast.Slice)
            )


def _at(place: ast.AST, node: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(node, place))


def _called(node: ast.Call) -> str | None:
    found = getattr(node.func, "attr", getattr(node.func, "id", None))
    return found if isinstance(found, str) else None


def _replace(parent: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for field, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, field, new)
        elif isinstance(value, list):
            value[:] = [new if item is old else item for item in value]
