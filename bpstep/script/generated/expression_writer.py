"""Writes the expressions of a script as Python code, except calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from bpstep.script.generated import calls
from bpstep.script.generated.calls import FLOATS_AND_ARRAYS, PLAIN_CONTAINERS, SCALARS
from bpstep.script.generated.code_trees import (
    PREFIX,
    Expr,
    NotGenerated,
    checked_name,
    expression_from,
    is_float,
    is_kept_by,
    is_literal,
    may_bind,
    method_for,
    name_of,
)
from bpstep.script.generated.unchecked_writer import UncheckedWriter
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.expressions import FORMAT_CONVERSIONS
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.methods import READABLE
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.operations import BINARY_OPERATIONS, COMPARE, UNARY
from bpstep.script.interpreter.scope import Scope, mangled
from bpstep.script.interpreter.statements import StatementCompiler
from bpstep.script.interpreter.values import is_special
from bpstep.script.limits import MAX_CELLS

_HARMLESS = FLOATS_AND_ARRAYS | PLAIN_CONTAINERS


class ExpressionWriter:
    """Writes expressions. `scope` is that of the names in them."""

    def __init__(
        self,
        interpreter: Interpreter,
        namespace: Namespace,
        scope: Scope,
        closures: StatementCompiler | None = None,
    ) -> None:
        self.interpreter = interpreter
        self.namespace = namespace
        self.scope = scope
        self.closures = closures
        self.renamed: dict[str, str] = {}
        self.helpers: dict[str, Any] = {}
        self.kept: dict[int, str] = {}
        self.numbers = count()
        self.stored: set[str] = set()
        self.loaded: set[str] = set()
        self.inner_loops = 0
        self.is_body = False
        self.in_comprehension = 0
        self.no_assignment = 0
        self.instances: dict[str, str] = {}
        self.unchecked_writer: UncheckedWriter | None = None

    def keep(self, value: Any, name: str = "value") -> Expr:
        """A name for a value that the generated code needs."""
        known = self.kept.get(id(value))
        if known is None or self.helpers[known] is not value:
            known = f"{PREFIX}{name}_{next(self.numbers)}"
            self.kept[id(value)] = known
            self.helpers[known] = value
        return ast.Name(known, ast.Load())

    def temporary(self) -> ast.Name:
        """A new variable, for places where Python allows an assignment."""
        return ast.Name(f"{PREFIX}t{next(self.numbers)}", ast.Load())

    def set_in(self, name: ast.Name, value: Expr) -> Expr:
        """An expression that also stores its value."""
        return ast.NamedExpr(ast.Name(name.id, ast.Store()), value)

    def expression(self, node: ast.expr) -> Expr:
        """An expression. NotGenerated if its kind is not supported."""
        found: Expr = method_for(self, node)(node)
        return found

    def _Lambda(self, node: ast.Lambda) -> Expr:
        if self.closures is None or self.in_comprehension or self.renamed:
            raise NotGenerated
        make = self.keep(self.closures.expression(node), "closure")
        return expression_from("MAKE(FRAME)", MAKE=make, FRAME=name_of(f"{PREFIX}f"))

    def expressions(self, nodes: Iterable[ast.expr]) -> list[Expr]:
        """Expressions in order."""
        return [self.expression(node) for node in nodes]

    def mangled(self, name: str) -> str:
        """The name as stored."""
        return checked_name(mangled(name, self.scope.class_name), is_attribute=True)

    def _Constant(self, node: ast.Constant) -> Expr:
        return ast.Constant(node.value)

    def _Name(self, node: ast.Name) -> Expr:
        return self.load(node.id)

    def load(self, written: str) -> Expr:
        """Reads a variable."""
        name = self._variable(written)
        if not name.startswith(PREFIX):
            self.loaded.add(name)
        return ast.Name(name, ast.Load())

    def stored_name(self, written: str) -> str:
        """The name under which a variable is stored."""
        name = self._variable(written)
        if not self.in_comprehension:
            self.stored.add(name)
        return name

    def _variable(self, written: str) -> str:
        if "@" in written:
            if not self.in_comprehension:
                raise NotGenerated
            name, _, number = written.partition("@")
            return f"{PREFIX}c{number}_{name}"
        name = mangled(written, self.scope.class_name)
        if name in self.renamed:
            return self.renamed[name]
        if self.where(name) == "shared":
            raise NotGenerated
        return checked_name(name)

    def where(self, name: str) -> str:
        """Where a variable is stored; one that only generator expressions share belongs to the function."""
        where = self.scope.where(name)
        is_own = where == "shared" and name not in self.scope.free and not is_kept_by(self.scope, name)
        return "local" if is_own else where

    def _BinOp(self, node: ast.BinOp) -> Expr:
        kind = type(node.op)
        left, right = self.expression(node.left), self.expression(node.right)
        plain = self.keep(BINARY_OPERATIONS[kind], "binary")
        if is_float(node.left) or is_float(node.right):
            if kind in (ast.Add, ast.Sub, ast.Mult, ast.Div):
                return ast.BinOp(left, node.op, right)
        elif (is_literal(node.left) or is_literal(node.right)) and kind in (
            ast.Add,
            ast.Sub,
            ast.Div,
        ):
            return ast.BinOp(left, node.op, right)
        if self.no_assignment or kind not in (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult):
            return expression_from("PLAIN(A, B)", PLAIN=plain, A=left, B=right)
        return self._quick(node.left, node.right, left, right, plain, lambda a, b: ast.BinOp(a, node.op, b))

    def _quick(
        self,
        left_node: ast.expr,
        right_node: ast.expr,
        left: Expr,
        right: Expr,
        plain: Expr,
        made: Callable[[Expr, Expr], Expr],
    ) -> Expr:
        """An operation of two values by Python's own operator, if they are floats or arrays that fit."""
        parts = {
            "TYPE": self.keep(type, "type"),
            "ND": self.keep(np.ndarray, "nd"),
            "SCALARS": self.keep(SCALARS, "scalars"),
            "NUMBERS": self.keep(FLOATS_AND_ARRAYS, "numbers"),
            "PLAIN": plain,
        }
        is_known = is_literal(right_node) or is_literal(left_node)
        a, first = self.read_again(left, right_node)
        b, second = self.read_again(right, None)
        if is_known:
            held = first if is_literal(right_node) else second
            if isinstance(held, ast.Constant):
                return expression_from("PLAIN(A, B)", A=a, B=b, **parts)
            # A whole number written in the script makes an array or a float no larger.
            return expression_from(
                "OP if TYPE(HELD) in NUMBERS else PLAIN(A, B)",
                OP=made(a, b),
                HELD=held,
                A=a,
                B=b,
                **parts,
            )
        text = (
            "OP if (A_KIND := TYPE(FIRST)) is (B_KIND := TYPE(SECOND))"
            " and (A_KIND is FLOAT or A_KIND is ND and A.size * B.size <= MAX_CELLS)"
            " else OP if A_KIND in NUMBERS and B_KIND in SCALARS"
            " or A_KIND in SCALARS and B_KIND in NUMBERS else PLAIN(A, B)"
        )
        return expression_from(
            text,
            OP=made(a, b),
            FIRST=first,
            SECOND=second,
            A=a,
            B=b,
            A_KIND=self.temporary(),
            B_KIND=self.temporary(),
            FLOAT=self.keep(float, "float"),
            MAX_CELLS=ast.Constant(MAX_CELLS),
            **parts,
        )

    def read_again(self, value: Expr, other: ast.expr | None) -> tuple[Expr, Expr]:
        """A text that reads a value again, and the expression that evaluates it first."""
        if isinstance(value, ast.Constant):
            return value, value
        if isinstance(value, ast.Name) and (other is None or self._lasts(value.id) or not may_bind(other)):
            return value, value
        name = self.temporary()
        return name, self.set_in(name, value)

    def _lasts(self, name: str) -> bool:
        """Whether a variable keeps its value while an expression is evaluated."""
        return name.startswith(PREFIX) or self.where(name) == "local"

    def _UnaryOp(self, node: ast.UnaryOp) -> Expr:
        value = self.expression(node.operand)
        if isinstance(node.op, ast.Not | ast.USub):
            return ast.UnaryOp(node.op, value)
        return expression_from("PLAIN(A)", PLAIN=self.keep(UNARY[type(node.op)], "unary"), A=value)

    def _BoolOp(self, node: ast.BoolOp) -> Expr:
        return ast.BoolOp(node.op, self.expressions(node.values))

    def _Compare(self, node: ast.Compare) -> Expr:
        left = self.expression(node.left)
        plain = [self.keep(COMPARE[type(kind)], "compare") for kind in node.ops]
        rights = self.expressions(node.comparators)
        kind = node.ops[0]
        if len(rights) > 1:
            raise NotGenerated
        if isinstance(kind, ast.Is | ast.IsNot):
            return ast.Compare(left, [kind], rights)
        if self.no_assignment or isinstance(kind, ast.In | ast.NotIn):
            return expression_from("PLAIN(A, B)", PLAIN=plain[0], A=left, B=rights[0])
        return self._quick(
            node.left,
            node.comparators[0],
            left,
            rights[0],
            plain[0],
            lambda a, b: ast.Compare(a, [kind], [b]),
        )

    def _IfExp(self, node: ast.IfExp) -> Expr:
        return ast.IfExp(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))

    def instance_parts(self) -> dict[str, Expr]:
        """What a check of an instance calls."""
        return {
            "TYPE": self.keep(type, "type"),
            "SIMPLE": self.keep(self.interpreter.simple_classes, "simple"),
        }

    def is_instance(self, owner: Expr) -> str:
        """A test whether a value is an instance of a simple class."""
        known = self.instances.get(owner.id) if isinstance(owner, ast.Name) else None
        return known or "TYPE(OWNER) in SIMPLE"

    def _Attribute(self, node: ast.Attribute) -> Expr:
        return self.attribute_of(self.expression(node.value), node.attr)

    def attribute_of(self, owner: Expr, written: str) -> Expr:
        """Reads an attribute."""
        name = self.mangled(written)
        get = self.keep(self.interpreter.attributes.getter(name), "get")
        if is_special(name) or self.no_assignment:
            return expression_from("GET(OWNER)", GET=get, OWNER=owner)
        held, first = self.read_again(owner, None)
        text = self.is_instance(owner).replace("OWNER", "FIRST")
        if name in READABLE.get(np.ndarray, ()):
            text += " or TYPE(OWNER) is ND"
        return expression_from(
            f"OWNER.{name} if {text} else GET(OWNER)",
            OWNER=held,
            FIRST=first,
            GET=get,
            ND=self.keep(np.ndarray, "nd"),
            **self.instance_parts(),
        )

    def _Subscript(self, node: ast.Subscript) -> Expr:
        return self.item_of(self.expression(node.value), self.expression(node.slice))

    def item_of(self, owner: Expr, index: Expr) -> Expr:
        """Reads an item."""
        get = self.keep(calls.item_of, "item")
        is_constant = isinstance(index, ast.Constant)
        if self.no_assignment or isinstance(index, ast.Tuple | ast.Call):
            return expression_from("GET(OWNER, INDEX)", GET=get, OWNER=owner, INDEX=index)
        held, first = owner, owner
        if not (isinstance(owner, ast.Name) and self._lasts(owner.id)):
            held = self.temporary()
            first = self.set_in(held, owner)
        place, second = self.read_again(index, None)
        is_text = isinstance(index, ast.Constant) and type(index.value) is not int
        test = "TYPE(FIRST) in KINDS" if is_constant else "(TYPE(FIRST) in KINDS) & (TYPE(SECOND) is INT)"
        return expression_from(
            f"OWNER[INDEX] if {test} else GET(OWNER, INDEX)",
            TYPE=self.keep(type, "type"),
            KINDS=self.keep(PLAIN_CONTAINERS if is_text else _HARMLESS, "kinds"),
            INT=self.keep(int, "int"),
            OWNER=held,
            FIRST=first,
            INDEX=place,
            SECOND=second,
            GET=get,
        )

    def _Slice(self, node: ast.Slice) -> Expr:
        parts = [
            ast.Constant(None) if part is None else self.expression(part)
            for part in (node.lower, node.upper, node.step)
        ]
        return ast.Call(self.keep(slice, "slice"), parts, [])

    def _Tuple(self, node: ast.Tuple) -> Expr:
        return ast.Tuple(self.items(node.elts), ast.Load())

    def _List(self, node: ast.List) -> Expr:
        return ast.List(self.items(node.elts), ast.Load())

    def items(self, nodes: list[ast.expr]) -> list[Expr]:
        """The items of a list, tuple or call, including starred ones."""
        found: list[Expr] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                bounded = self.keep(self.interpreter.bounded, "bounded")
                value = expression_from("BOUNDED(VALUE)", BOUNDED=bounded, VALUE=self.expression(node.value))
                found.append(ast.Starred(value, ast.Load()))
            else:
                found.append(self.expression(node))
        return found

    def _Dict(self, node: ast.Dict) -> Expr:
        keys: list[Expr | None] = []
        for key in node.keys:
            if key is None:
                raise NotGenerated
            keys.append(self._key(key))
        return ast.Dict(keys, self.expressions(node.values))

    def _key(self, node: ast.expr) -> Expr:
        key = self.expression(node)
        if isinstance(key, ast.Constant):
            return key
        return expression_from("NESTED(KEY)", NESTED=self.keep(check_nested, "nested"), KEY=key)

    def _JoinedStr(self, node: ast.JoinedStr) -> Expr:
        parts = ast.List(self.expressions(node.values), ast.Load())
        return expression_from("JOINED(PARTS)", JOINED=self.keep(calls.join_text, "joined"), PARTS=parts)

    def _FormattedValue(self, node: ast.FormattedValue) -> Expr:
        spec: Expr = self.expression(node.format_spec) if node.format_spec else ast.Constant("")
        formatted = partial(
            calls.formatted, self.interpreter.formatted, FORMAT_CONVERSIONS.get(node.conversion)
        )
        return expression_from(
            "FORMATTED(VALUE, SPEC)",
            FORMATTED=self.keep(formatted, "formatted"),
            VALUE=self.expression(node.value),
            SPEC=spec,
        )

    def _ListComp(self, node: ast.ListComp) -> Expr:
        parts = self._generators(node.generators)
        self.in_comprehension += 1
        element = self.expression(node.elt)
        self.in_comprehension -= 1
        return ast.ListComp(element, parts)

    def _DictComp(self, node: ast.DictComp) -> Expr:
        parts = self._generators(node.generators)
        self.in_comprehension += 1
        key, value = self._key(node.key), self.expression(node.value)
        self.in_comprehension -= 1
        return ast.DictComp(key, value, parts)

    def _GeneratorExp(self, node: ast.GeneratorExp) -> Expr:
        outer = self.renamed
        number = next(self.numbers)
        names = {
            part.id
            for each in node.generators
            for part in ast.walk(each.target)
            if isinstance(part, ast.Name)
        }
        own = {mangled(name, self.scope.class_name): f"{PREFIX}c{number}_{name}" for name in names}
        parts = self._generators(node.generators, own)
        self.renamed = self.renamed | own
        self.in_comprehension += 1
        element = self.expression(node.elt)
        self.in_comprehension -= 1
        self.renamed = outer
        return ast.GeneratorExp(element, parts)

    def _generators(
        self, nodes: list[ast.comprehension], own: dict[str, str] | None = None
    ) -> list[ast.comprehension]:
        # Python allows no assignment within the iterable of a comprehension.
        found: list[ast.comprehension] = []
        counted = self.keep(partial(calls.counted, self.interpreter.budget), "counted")
        for node in nodes:
            if node.is_async:
                raise NotGenerated
            self.no_assignment += 1
            self.in_comprehension += bool(found)
            items = self.expression(node.iter)
            self.in_comprehension -= bool(found)
            self.no_assignment -= 1
            self.renamed = self.renamed | (own or {})
            self.in_comprehension += 1
            target = self._comprehension_target(node.target)
            tests = self.expressions(node.ifs)
            self.in_comprehension -= 1
            found.append(
                ast.comprehension(
                    target, expression_from("COUNTED(ITEMS)", COUNTED=counted, ITEMS=items), tests, 0
                )
            )
        return found

    def _comprehension_target(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Name):
            return ast.Name(self._variable(node.id), ast.Store())
        if isinstance(node, ast.Tuple | ast.List):
            return ast.Tuple([self._comprehension_target(item) for item in node.elts], ast.Store())
        raise NotGenerated
