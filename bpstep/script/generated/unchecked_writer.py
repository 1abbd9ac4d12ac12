"""Runs of statements without checks, as long as the kinds and shapes of their operands stay the same.

The result of a NumPy operation is determined by the shapes and types of its operands. So if the variables
that some statements read are arrays of numbers with the shapes that they had when the code was generated,
each operation in them is known to be one of arrays that fit and are not too large, and its checks can be left
out. One test before the statements checks the variables; if it fails, the statements run with all their
checks.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bpstep.script.generated.code_trees import (
    Expr,
    NotGenerated,
    assign,
    expression_from,
    method_for,
    name_of,
    with_line,
)
from bpstep.script.generated.quick import QUICK_REDUCTIONS
from bpstep.script.generated.value_kinds import (
    BINARY_FUNCTIONS,
    CELLWISE,
    COMPARED,
    FLOAT_CELLS,
    INT32_LIMIT,
    TRUTH_CELLS,
    ArrayKind,
    FloatKind,
    Kind,
    VariablePath,
    WholeKind,
    broadcast_shape,
    elementwise_kind,
    matrix_product_kind,
    reduced,
)
from bpstep.script.interpreter.scope import Scope
from bpstep.script.interpreter.values import Builtin, Module, ScriptFunction, is_special
from bpstep.script.limits import LARGE, Budget

_MAX_INLINED = 4
"""How deep functions are inlined."""

_KEPT_CELLS = 4096
"""An argument with more cells is released when the call is done."""


@dataclass
class _Run:
    """Consecutive statements, written without checks."""

    kinds: dict[VariablePath, Kind] = field(default_factory=dict)
    tests: dict[Any, Expr] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    """Variables, attributes and keys that are stored: they may have another kind later."""
    written: list[ast.stmt] = field(default_factory=list)
    operations: int = 0
    uncounted: int = 0
    """The number of cells stored since the memory was last checked."""

    def copy(self) -> _Run:
        kinds, tests, stored, written = (
            dict(self.kinds),
            dict(self.tests),
            set(self.stored),
            list(self.written),
        )
        return _Run(kinds, tests, stored, written, self.operations, self.uncounted)

    @property
    def is_worth_it(self) -> bool:
        """Whether the omitted checks would cost more than the test."""
        return self.operations > 1 and 2 * self.operations > len(self.tests)


@dataclass(frozen=True)
class NameAccess:
    """What a writer without checks needs to know about the names around it."""

    load: Callable[[str], Expr]
    store: Callable[[str], str]
    where: Callable[[str], str]
    keep: Callable[[Any, str], Expr]
    temporary: Callable[[], ast.Name]
    value: Callable[[str], Any]
    scope_of: Callable[[ast.AST], Scope | None]
    simple: set[type]


class UncheckedWriter:
    """Writes statements of a loop's body without checks.

    `changing` are the variables, attributes and keys that the body stores.
    """

    def __init__(self, names: NameAccess, changing: set[str]) -> None:
        self.names = names
        self.changing = changing
        self.run = _Run()
        self.scopes: list[dict[str, tuple[Kind, Expr]]] = []
        """The variables of inlined functions."""
        self.before: list[ast.stmt] = []
        """The text before the statement that is being written."""

    def split(
        self, statements: Sequence[ast.stmt]
    ) -> list[tuple[list[ast.stmt], tuple[Expr, list[ast.stmt]] | None]]:
        """The statements in order as runs, each with its test and the code that runs if the test holds."""
        found: list[tuple[list[ast.stmt], tuple[Expr, list[ast.stmt]] | None]] = []
        own: list[ast.stmt] = []

        def close() -> None:
            if own:
                found.append((list(own), self._finished()))
                own.clear()

        self.run = _Run()
        for statement in statements:
            if not self._add(statement):
                close()
                self.run = _Run()
                if not self._add(statement):
                    found.append(([statement], None))
                    continue
            own.append(statement)
        close()
        return found

    def _finished(self) -> tuple[Expr, list[ast.stmt]] | None:
        run = self.run
        if not run.is_worth_it:
            return None
        tests = list(run.tests.values())
        test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
        return (test if tests else ast.Constant(True)), run.written

    def _add(self, node: ast.stmt) -> bool:
        """Write one more statement; False if it needs checks."""
        before = self.run.copy()
        self.before, self.scopes = [], []
        try:
            written = self._statement(node)
        except NotGenerated:
            self.run = before
            return False
        self.run.written += with_line([*self.before, *written, *self._memory_check()], node.lineno)
        return True

    def _memory_check(self) -> list[ast.stmt]:
        """A check of the memory if the arrays stored since the last one are large together."""
        run = self.run
        if run.uncounted <= LARGE:
            return []
        run.uncounted = 0
        return [ast.Expr(ast.Call(self.names.keep(Budget.charge, "charge"), [ast.Constant(1)], []))]

    # Statements

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, ast.Assign):
            kind, value = self.expression(node.value)
            targets: list[ast.expr] = [self._target(target) for target in node.targets]
            for target in node.targets:
                self._stored(target, kind)
            return [ast.Assign(targets, value)]
        if isinstance(node, ast.AugAssign):
            return self._changed(node)
        raise NotGenerated

    def _changed(self, node: ast.AugAssign) -> list[ast.stmt]:
        if not isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            raise NotGenerated
        old, _ = self._read(node.target)
        change, value = self.expression(node.value)
        new = elementwise_kind(node.op, old, change)
        if isinstance(old, ArrayKind) and old.shape and new != old:
            raise NotGenerated
        target: Any = self._target(node.target)
        self._stored(node.target, new)
        self.run.operations += 1
        return [ast.AugAssign(target, node.op, value)]

    def _target(self, node: ast.expr) -> ast.expr:
        place = self._place(node)
        if len(place) == 1:
            return ast.Name(self.names.store(place[0]), ast.Store())
        return self._at(place, ast.Store())

    def _stored(self, node: ast.expr, kind: Kind) -> None:
        place = self._place(node)
        run = self.run
        if len(place) == 1:
            gone = [other for other in run.kinds if len(other) > 1 and other[0] == place[0]]
        else:
            self._test_owner(place)
            gone = [other for other in run.kinds if len(other) > 1 and other[1:] == place[1:]]
        for other in gone:
            del run.kinds[other]
        run.stored.add(_last(place))
        run.uncounted += kind.cells if isinstance(kind, ArrayKind) else 0
        run.kinds[place] = kind

    def _place(self, node: ast.expr) -> VariablePath:
        if isinstance(node, ast.Name) and "@" not in node.id:
            return (node.id,)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if is_special(node.attr) or node.attr.startswith("__"):
                raise NotGenerated
            return node.value.id, ".", node.attr
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            key = node.slice
            if isinstance(key, ast.Constant) and type(key.value) is str:
                return node.value.id, "[]", key.value
        raise NotGenerated

    def _at(self, place: VariablePath, context: ast.expr_context) -> ast.expr:
        owner = self.names.load(place[0])
        if place[1] == ".":
            return ast.Attribute(owner, place[2], context)
        return ast.Subscript(owner, ast.Constant(place[2]), context)

    # Variables

    def _read(self, node: ast.expr) -> tuple[Kind, Expr]:
        place = self._place(node)
        if self.scopes:
            own = self.scopes[-1].get(place[0])
            if own is not None and len(place) == 1:
                return own
            # The function's own variable, or one of the module that the loop's function hides.
            if own is not None or len(place) > 1 or self.names.where(place[0]) != "global":
                raise NotGenerated
        written = self.names.load(place[0]) if len(place) == 1 else self._at(place, ast.Load())
        known = self.run.kinds.get(place)
        if known is None:
            known = self.run.kinds[place] = self._known_before(place, written)
        return known, written

    def _known_before(self, place: VariablePath, written: Expr) -> Kind:
        """The current kind of a variable that the statements before did not store, tested before them."""
        if place[0] in self.run.stored or _last(place) in self.run.stored:
            raise NotGenerated
        value = self.names.value(place[0])
        if len(place) > 1:
            owner = value
            self._test_owner(place)
            held = owner if place[1] == "[]" else owner.__dict__
            if place[2] not in held:
                raise NotGenerated
            value = held[place[2]]
            if place[1] == "[]":
                written = expression_from(
                    "OWNER.get(KEY)", OWNER=self.names.load(place[0]), KEY=ast.Constant(place[2])
                )
        kind = self._kind_of(value, _last(place))
        self.run.tests[place] = self._test(kind, written)
        return kind

    def _test_owner(self, place: VariablePath) -> None:
        """Test that an attribute's owner is an instance with plain attributes, and an item's owner a
        dictionary.
        """
        root = (place[0], place[1])
        if root in self.run.tests:
            return
        if place[0] in self.run.stored:
            raise NotGenerated
        owner = type(self.names.value(place[0]))
        if (owner is not dict and owner not in self.names.simple) or (owner is dict) != (place[1] == "[]"):
            raise NotGenerated
        self.run.tests[root] = expression_from(
            "TYPE(OWNER) is KIND",
            TYPE=self.names.keep(type, "type"),
            OWNER=self.names.load(place[0]),
            KIND=self.names.keep(owner, "owner"),
        )

    def _kind_of(self, value: Any, name: str) -> Kind:
        kind = type(value)
        if kind is np.ndarray and value.ndim:
            for dtype in (FLOAT_CELLS, TRUTH_CELLS):
                if value.dtype is dtype:
                    return ArrayKind(value.shape, dtype)
        if kind is np.float64:
            return ArrayKind(())
        if kind is float:
            return FloatKind()
        if kind is int and abs(value) < INT32_LIMIT and name not in self.changing:
            return WholeKind(value)
        raise NotGenerated

    def _test(self, kind: Kind, written: Expr) -> Expr:
        parts = {"TYPE": self.names.keep(type, "type"), "HELD": written}
        if isinstance(kind, WholeKind):
            parts |= {"INT": self.names.keep(int, "int"), "VALUE": ast.Constant(kind.value)}
            return expression_from("TYPE(HELD) is INT and HELD == VALUE", **parts)
        if isinstance(kind, FloatKind):
            return expression_from("TYPE(HELD) is FLOAT", FLOAT=self.names.keep(float, "float"), **parts)
        if not kind.shape:
            return expression_from(
                "TYPE(HELD) is NUMBER", NUMBER=self.names.keep(np.float64, "number"), **parts
            )
        return expression_from(
            "TYPE(HELD) is ND and HELD.shape == SHAPE and HELD.dtype is CELLS",
            ND=self.names.keep(np.ndarray, "nd"),
            SHAPE=ast.Tuple([ast.Constant(size) for size in kind.shape], ast.Load()),
            CELLS=self.names.keep(kind.dtype, "cells"),
            **parts,
        )

    def _test_is(self, name: str, value: Any) -> None:
        """Test that a variable is still the module or function that it is now."""
        if name in self.run.stored or name in self.changing:
            raise NotGenerated
        if (name,) not in self.run.tests:
            self.run.tests[(name,)] = expression_from(
                "NAME is VALUE", NAME=self.names.load(name), VALUE=self.names.keep(value, "same")
            )

    # Expressions

    def expression(self, node: ast.expr) -> tuple[Kind, Expr]:
        """The kind of an expression's result, and the expression without checks.

        NotGenerated if it needs them.
        """
        found: tuple[Kind, Expr] = method_for(self, node)(node)
        return found

    def _Constant(self, node: ast.Constant) -> tuple[Kind, Expr]:
        return self._constant(node.value)

    def _constant(self, value: Any) -> tuple[Kind, Expr]:
        if type(value) is float:
            return FloatKind(), ast.Constant(value)
        if type(value) is int and abs(value) < INT32_LIMIT:
            return WholeKind(value), ast.Constant(value)
        raise NotGenerated

    def _Name(self, node: ast.Name) -> tuple[Kind, Expr]:
        return self._read(node)

    def _UnaryOp(self, node: ast.UnaryOp) -> tuple[Kind, Expr]:
        kind, value = self.expression(node.operand)
        if not isinstance(node.op, ast.USub) or (isinstance(kind, ArrayKind) and not kind.is_float):
            raise NotGenerated
        self.run.operations += 1
        return (WholeKind(-kind.value) if isinstance(kind, WholeKind) else kind), ast.UnaryOp(node.op, value)

    def _BinOp(self, node: ast.BinOp) -> tuple[Kind, Expr]:
        a, left = self.expression(node.left)
        b, right = self.expression(node.right)
        self.run.operations += 1
        kind = (
            matrix_product_kind(a, b) if isinstance(node.op, ast.MatMult) else elementwise_kind(node.op, a, b)
        )
        return kind, ast.BinOp(left, node.op, right)

    def _Compare(self, node: ast.Compare) -> tuple[Kind, Expr]:
        if len(node.ops) > 1 or not isinstance(node.ops[0], COMPARED):
            raise NotGenerated
        a, left = self.expression(node.left)
        b, right = self.expression(node.comparators[0])
        shape = broadcast_shape(a, b)
        if not shape or any(isinstance(kind, ArrayKind) and not kind.is_float for kind in (a, b)):
            raise NotGenerated
        self.run.operations += 1
        return ArrayKind(shape, TRUTH_CELLS), ast.Compare(left, node.ops, [right])

    def _Attribute(self, node: ast.Attribute) -> tuple[Kind, Expr]:
        if node.attr == "T":
            kind, value = self.expression(node.value)
            if not isinstance(kind, ArrayKind) or not kind.shape:
                raise NotGenerated
            self.run.operations += 1
            return ArrayKind(kind.shape[::-1], kind.dtype), ast.Attribute(value, "T", ast.Load())
        if node.attr == "size":
            kind, _ = self.expression(node.value)
            if not isinstance(kind, ArrayKind):
                raise NotGenerated
            return self._constant(kind.cells)
        return self._read(node)

    def _Subscript(self, node: ast.Subscript) -> tuple[Kind, Expr]:
        owner = node.value
        if isinstance(owner, ast.Attribute) and owner.attr == "shape":
            kind, _ = self.expression(owner.value)
            at = self._literal(node.slice)
            if not isinstance(kind, ArrayKind) or type(at) is not int:
                raise NotGenerated
            if not -len(kind.shape) <= at < len(kind.shape):
                raise NotGenerated
            return self._constant(kind.shape[at])
        if isinstance(node.slice, ast.Constant) and type(node.slice.value) is str:
            return self._read(node)
        kind, value = self.expression(owner)
        if not isinstance(kind, ArrayKind) or not kind.shape:
            raise NotGenerated
        index = _index_of(node.slice)
        try:
            found = np.broadcast_to(np.zeros((), kind.dtype), kind.shape)[index]
        except (IndexError, ValueError):
            raise NotGenerated from None
        if not found.shape and not kind.is_float:
            raise NotGenerated
        self.run.operations += 1
        return ArrayKind(found.shape, kind.dtype), ast.Subscript(value, copy.deepcopy(node.slice), ast.Load())

    # Calls

    def _Call(self, node: ast.Call) -> tuple[Kind, Expr]:
        if any(isinstance(part, ast.Starred) for part in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        ):
            raise NotGenerated
        self.run.operations += 1
        function = self._function(node.func)
        if function is None:
            return self._method(node)
        name, found = function
        if type(found) is ScriptFunction:
            return self._inlined(found, node)
        if name == "len" and type(found) is Builtin:
            (kind,) = [self.expression(part)[0] for part in _only(node, 1)]
            if not isinstance(kind, ArrayKind) or not kind.shape:
                raise NotGenerated
            return self._constant(kind.shape[0])
        if not name.startswith("numpy."):
            raise NotGenerated
        return self._of_numpy(name.removeprefix("numpy."), found, node)

    def _function(self, node: ast.expr) -> tuple[str, Any] | None:
        """The name of a function of the module or of NumPy, and the function; None for a method."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        is_own = bool(self.scopes) and node.id in self.scopes[-1]
        if is_own or self.names.where(node.id) != "global" or "@" in node.id:
            if path:
                return None
            raise NotGenerated
        found = module = self.names.value(node.id)
        if path and type(module) is not Module:
            return None
        owner = ""
        for name in reversed(path):
            if type(found) is not Module or found.is_own or is_special(name):
                raise NotGenerated
            owner, found = found.name, found.attributes.get(name)
        if not path and type(found) is np.ufunc:
            owner = "numpy"
        self._test_is(node.id, module)
        if type(found) is np.ufunc:
            return f"{owner}.{found.__name__}", found
        return (f"{owner}.{path[0]}" if path else node.id), found

    def _of_numpy(self, name: str, found: Any, node: ast.Call) -> tuple[Kind, Expr]:
        if name in ("sum", "max", "min", "amax", "amin", "mean"):
            if not node.args:
                raise NotGenerated
            return self._reduction(name, self.expression(node.args[0]), node.args[1:], node.keywords)
        if node.keywords:
            raise NotGenerated
        parts = [self.expression(part) for part in node.args]
        kinds, values = [kind for kind, _ in parts], [value for _, value in parts]
        is_ufunc = type(found) is np.ufunc
        if is_ufunc and name in CELLWISE and len(kinds) == 1:
            (kind,) = kinds
            if not isinstance(kind, ArrayKind) or not kind.is_float:
                raise NotGenerated
            return kind, ast.Call(self.names.keep(found, "found"), values, [])
        if is_ufunc and name in BINARY_FUNCTIONS and len(kinds) == 2:
            return (
                elementwise_kind(BINARY_FUNCTIONS[name](), *kinds),
                ast.Call(self.names.keep(found, "found"), values, []),
            )
        if name == "dot" and len(kinds) == 2:
            return matrix_product_kind(*kinds), expression_from("A.dot(B)", A=values[0], B=values[1])
        if is_ufunc and name == "matmul" and len(kinds) == 2:
            return matrix_product_kind(*kinds), ast.BinOp(values[0], ast.MatMult(), values[1])
        if name == "transpose" and len(kinds) == 1 and isinstance(kinds[0], ArrayKind) and kinds[0].shape:
            return (
                ArrayKind(kinds[0].shape[::-1], kinds[0].dtype),
                ast.Attribute(values[0], "T", ast.Load()),
            )
        if name == "where" and len(kinds) == 3 and type(found) is Builtin:
            return self._choice(kinds, values)
        raise NotGenerated

    def _choice(self, kinds: list[Kind], values: list[Expr]) -> tuple[Kind, Expr]:
        test, *chosen = kinds
        if not isinstance(test, ArrayKind) or test.is_float or not test.shape:
            raise NotGenerated
        if not any(isinstance(kind, ArrayKind | FloatKind) for kind in chosen) or any(
            isinstance(kind, ArrayKind) and not kind.is_float for kind in chosen
        ):
            raise NotGenerated
        return ArrayKind(broadcast_shape(*kinds)), ast.Call(self.names.keep(np.where, "where"), values, [])

    def _method(self, node: ast.Call) -> tuple[Kind, Expr]:
        if not isinstance(node.func, ast.Attribute):
            raise NotGenerated
        name = node.func.attr
        owner = self.expression(node.func.value)
        kind, value = owner
        if not isinstance(kind, ArrayKind) or not kind.shape:
            raise NotGenerated
        if name in ("sum", "max", "min", "mean"):
            return self._reduction(name, owner, node.args, node.keywords)
        if node.keywords:
            raise NotGenerated
        if name == "dot":
            ((other, argument),) = [self.expression(part) for part in _only(node, 1)]
            return matrix_product_kind(kind, other), expression_from("A.dot(B)", A=value, B=argument)
        if name in ("copy", "transpose") and not node.args:
            found = kind if name == "copy" else ArrayKind(kind.shape[::-1], kind.dtype)
            return found, ast.Call(ast.Attribute(value, name, ast.Load()), [], [])
        if name == "reshape":
            return self._reshaped(kind, value, node.args)
        raise NotGenerated

    def _reshaped(self, kind: ArrayKind, value: Expr, nodes: Sequence[ast.expr]) -> tuple[Kind, Expr]:
        sizes = [self.expression(part)[0] for part in nodes]
        shape = tuple(size.value for size in sizes if isinstance(size, WholeKind))
        if len(shape) != len(sizes) or not shape:
            raise NotGenerated
        call = ast.Call(
            ast.Attribute(value, "reshape", ast.Load()), [ast.Constant(size) for size in shape], []
        )
        return ArrayKind(_new_shape(kind.cells, shape), kind.dtype), call

    def _reduction(
        self,
        name: str,
        owner: tuple[Kind, Expr],
        args: Sequence[ast.expr],
        keywords: Sequence[ast.keyword],
    ) -> tuple[Kind, Expr]:
        given = {keyword.arg: self._literal(keyword.value) for keyword in keywords}
        if len(args) == 1 and "axis" not in given:
            given["axis"] = self._literal(args[0])
        elif args:
            raise NotGenerated
        if not given.keys() <= {"axis", "keepdims"}:
            raise NotGenerated
        kind, value = owner
        axis, keepdims = given.get("axis"), given.get("keepdims", False)
        found, count = reduced(kind, axis, keepdims)
        reduce = QUICK_REDUCTIONS["sum" if name == "mean" else name]
        whole = expression_from(
            "REDUCE(A, AXIS, None, None, KEEPDIMS)" if axis is not None or keepdims else "REDUCE(A, None)",
            REDUCE=self.names.keep(reduce, "reduce"),
            A=value,
            AXIS=ast.Constant(axis),
            KEEPDIMS=ast.Constant(keepdims),
        )
        if name == "mean":
            whole = ast.BinOp(whole, ast.Div(), ast.Constant(count))
        return found, whole

    def _inlined(self, function: ScriptFunction, node: ast.Call) -> tuple[Kind, Expr]:
        """A function that only assigns its own variables and returns, inlined in place of the call."""
        code = function.code
        scope = None if code.node is None else self.names.scope_of(code.node)
        plain = code.simple and not (code.is_generator or code.free or code.shared or node.keywords)
        if scope is None or not plain or len(self.scopes) >= _MAX_INLINED:
            raise NotGenerated
        if len(code.positional) != len(node.args) or scope.class_name is not None or scope.as_global:
            raise NotGenerated
        *assigned, value = _body_of(code.node)
        own: dict[str, tuple[Kind, Expr]] = {}
        held: list[ast.Name] = []
        for name, part in zip(code.positional, node.args):
            kind, written = self.expression(part)
            own[name] = kind, self._in_variable(kind, written, node.lineno, held)
        self.scopes.append(own)
        try:
            for statement in assigned:
                assert isinstance(statement, ast.Assign)
                kind, written = self.expression(statement.value)
                (target,) = statement.targets
                assert isinstance(target, ast.Name)
                own[target.id] = kind, self._in_variable(kind, written, statement.lineno, held)
            assert isinstance(value, ast.Return)
            assert value.value is not None
            kind, written = self.expression(value.value)
        finally:
            self.scopes.pop()
        result = self.names.temporary()
        self.before += with_line([assign(result, written)], value.lineno)
        self.before += with_line([assign(each, ast.Constant(None)) for each in held], value.lineno)
        return kind, result

    def _in_variable(self, kind: Kind, written: Expr, line: int, held: list[ast.Name]) -> Expr:
        if isinstance(written, ast.Constant | ast.Name):
            return written
        name = self.names.temporary()
        self.before += with_line([assign(name, written)], line)
        if isinstance(kind, ArrayKind) and kind.cells > _KEPT_CELLS:
            held.append(name)
        return name_of(name.id)

    def _literal(self, node: ast.expr) -> Any:
        try:
            return ast.literal_eval(node)
        except ValueError:
            raise NotGenerated from None


def _last(place: VariablePath) -> str:
    """The key of a place among stored ones: a variable's name, or an attribute or key of any object."""
    return place[0] if len(place) == 1 else place[1] + place[2]


def _only(node: ast.Call, count: int) -> list[ast.expr]:
    if len(node.args) != count or node.keywords:
        raise NotGenerated
    return node.args


def _new_shape(cells: int, wanted: tuple[int, ...]) -> tuple[int, ...]:
    unknown = [at for at, size in enumerate(wanted) if size == -1]
    others = math.prod(size for size in wanted if size != -1)
    if len(unknown) > 1 or any(size < -1 for size in wanted) or not others:
        raise NotGenerated
    shape = tuple(cells // others if size == -1 else size for size in wanted)
    if math.prod(shape) != cells:
        raise NotGenerated
    return shape


def _index_of(node: ast.expr) -> Any:
    """An index of literal numbers and slices."""
    if isinstance(node, ast.Tuple):
        return tuple(_index_of(part) for part in node.elts)
    if isinstance(node, ast.Slice):
        return slice(
            *[None if part is None else _number(part) for part in (node.lower, node.upper, node.step)]
        )
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    return _number(node)


def _number(node: ast.expr) -> int:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        raise NotGenerated from None
    if type(value) is not int:
        raise NotGenerated
    return value


def _body_of(node: ast.AST | None) -> list[ast.stmt]:
    """The statements of a function that assigns variables and returns."""
    if isinstance(node, ast.Lambda):
        return [ast.copy_location(ast.Return(node.body), node.body)]
    if not isinstance(node, ast.FunctionDef):
        raise NotGenerated
    body = list(node.body)
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    *assigned, last = body or [ast.Pass()]
    if not isinstance(last, ast.Return) or last.value is None:
        raise NotGenerated
    for statement in assigned:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise NotGenerated
        if not isinstance(statement.targets[0], ast.Name):
            raise NotGenerated
    return [*assigned, last]


def names_stored(loop: ast.For | ast.While) -> set[str]:
    """The variables, and the attributes and keys of any object, that a loop stores."""
    found: set[str] = set()
    for node in ast.walk(loop):
        if not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            continue
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add("." + node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found.add("[]" + str(node.slice.value))
    return found


def deletes(loop: ast.For | ast.While) -> bool:
    """Whether a loop deletes variables; then a variable that was tested in advance may be missing."""
    return any(isinstance(node, ast.Delete) for node in ast.walk(loop))
