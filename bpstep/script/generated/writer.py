"""Writes one function of a script, or the body of a loop, as Python code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from bpstep.script.code import BREAK, CONTINUE, RETURN, CallFrame, Code, Namespace
from bpstep.script.expressions import FORMAT_CONVERSIONS
from bpstep.script.generated import calls
from bpstep.script.generated.calls import FLOATS, NUMBERS, PLAIN_CONTAINERS, SCALARS, parameters_of
from bpstep.script.generated.quick import QUICK, QUICK_REDUCTIONS
from bpstep.script.generated.straight import Names, StraightWriter
from bpstep.script.generated.trees import (
    PREFIX,
    Expr,
    NotGenerated,
    arguments_of,
    assign,
    at_line,
    checked_name,
    expression_from,
    is_float,
    is_kept_by,
    is_whole,
    may_bind,
    name_of,
    statements_from,
    to_store,
)
from bpstep.script.interpreter import Interpreter
from bpstep.script.limits import MOST_CELLS
from bpstep.script.methods import READABLE
from bpstep.script.operations import BINARY_OPERATIONS, COMPARE, IN_PLACE, UNARY, set_item
from bpstep.script.scope import Scope, mangled
from bpstep.script.statements import StatementCompiler
from bpstep.script.text import check_nested
from bpstep.script.values import Builtin, Module, ScriptFunction, is_special

SPECIAL_CALLS = ("super", "locals", "vars", "globals", "dir", "eval", "exec")
_HARMLESS = NUMBERS | PLAIN_CONTAINERS


class Writer:
    """Writes one function. `scope` is that of the names in it."""

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
        self.straight: StraightWriter | None = None

    def watch_kinds(
        self, changing: set[str], frame: CallFrame, scope_of: Callable[[ast.AST], Scope | None]
    ) -> None:
        """Leave out the checks of statements that operate on what is an array now, while it is one.

        `changing` is what the loop stores, `frame` that of the loop.
        """

        def value(name: str) -> Any:
            if self._where(name) == "local":
                return frame.variables.get(name)
            return self.namespace.get(name, self.interpreter.builtins.get(name))

        names = Names(
            self.load,
            self._stored_name,
            self._where,
            self.keep,
            self.temporary,
            value,
            scope_of,
            self.interpreter.simple_classes,
        )
        self.straight = StraightWriter(names, changing)

    # Whole functions

    def function(self, code: Code, node: ast.FunctionDef | ast.Lambda) -> Callable[..., Any]:
        """A function or lambda of the script, its parameters by position in the order of `parameters_of`."""
        names = [checked_name(name) for name in parameters_of(code)]
        statements: list[ast.stmt] = (
            node.body if isinstance(node, ast.FunctionDef) else [ast.Return(node.body)]
        )
        if isinstance(node, ast.Lambda):
            ast.copy_location(statements[0], node.body)
        self._watch_instance(code, node)
        body = self.block(statements)
        first = list(self._entry(node.lineno))
        budget, interpreter = self.interpreter.budget, self.interpreter
        setup = statements_from(
            "B.ticks -= 1\nif B.ticks < 0:\n    CHECK()\nif LEN(STACK) >= DEPTH:\n    DEEP()\nPUSH(FRAME)",
            B=self.keep(budget, "budget"),
            CHECK=self.keep(budget.check, "check"),
            LEN=self.keep(len, "len"),
            STACK=self.keep(interpreter.stack, "stack"),
            DEPTH=ast.Constant(interpreter.limits.depth),
            DEEP=self.keep(calls.too_deep, "deep"),
            PUSH=self.keep(interpreter.stack.append, "push"),
            FRAME=self.keep(CallFrame(code, {}, {}), "frame"),
        )
        guarded = self._guarded(
            [*first, *body], statements_from("POP()", POP=self.keep(interpreter.stack.pop, "pop"))
        )
        return self._made(names, at_line([*setup, *guarded], node.lineno))

    def body(self, statements: list[ast.stmt]) -> Callable[[CallFrame], Any]:
        """A loop's body, run in the frame of the loop; gives None or why control leaves it."""
        self.is_body = True
        inner = self.block(statements)
        frame = ast.Name(f"{PREFIX}f", ast.Load())
        is_local = self.scope.kind == "function"
        own = {name for name in self.stored | self.loaded if self._where(name) == "local"}
        names = sorted(own) if is_local else []
        before, after = [], []
        for name in names:
            held = self._held_in(name, frame)
            missing = ast.Tuple([self.keep(KeyError, "key"), self.keep(AttributeError, "unset")], ast.Load())
            before += statements_from(
                "try:\n    NAME = HELD\nexcept MISSING:\n    pass",
                NAME=name_of(name),
                HELD=held,
                MISSING=missing,
            )
            if name in self.stored:
                unbound = self.keep(UnboundLocalError, "unbound")
                kept = statements_from(
                    "try:\n    NAME = VALUE\nexcept UNBOUND:\n    pass", VALUE=name_of(name), UNBOUND=unbound
                )
                (tried,) = kept
                assert isinstance(tried, ast.Try)
                tried.body = [ast.Assign([to_store(held)], name_of(name))]
                after += kept
        line = statements[0].lineno
        whole = at_line([*before, *self._guarded(inner, after)], line)
        return self._made([f"{PREFIX}f"], whole)

    def _held_in(self, name: str, frame: ast.Name) -> Expr:
        """Where a variable of a frame is held."""
        where = "shared" if name in self.scope.shared else "variables"
        held = expression_from(f"FRAME.{where}[KEY]", FRAME=frame, KEY=ast.Constant(name))
        return ast.Attribute(held, "value", ast.Load()) if name in self.scope.shared else held

    def _guarded(self, body: list[ast.stmt], final: list[ast.stmt]) -> list[ast.stmt]:
        """The body, the line of an error noted."""
        guarded = statements_from(
            "try:\n    BODY\nexcept ANY as ERROR:\n    NOTE(ERROR, ERROR.__traceback__.tb_lineno)\n    raise",
            ANY=self.keep(BaseException, "any"),
            NOTE=self.keep(self.interpreter.note, "note"),
            ERROR=name_of(f"{PREFIX}e"),
        )
        (tried,) = guarded
        assert isinstance(tried, ast.Try)
        tried.handlers[0].name = f"{PREFIX}e"
        tried.body = body or [ast.Pass()]
        tried.finalbody = final
        return guarded

    def _made(self, parameters: list[str], body: list[ast.stmt]) -> Callable[..., Any]:
        declared = sorted(name for name in self.stored if self.scope.where(name) == "global")
        head: list[ast.stmt] = [ast.Global(declared)] if declared else []
        run = ast.FunctionDef(f"{PREFIX}run", arguments_of(parameters), [*head, *body], [], None)
        make = ast.FunctionDef(
            f"{PREFIX}make",
            arguments_of(list(self.helpers)),
            [run, ast.Return(ast.Name(f"{PREFIX}run", ast.Load()))],
            [],
            None,
        )
        for each in (run, make):
            each.type_params = []  # type: ignore[attr-defined]
        module = ast.Module(at_line([make], 1), [])
        compiled = compile(module, f"<{self.scope.kind}>", "exec", dont_inherit=True)
        code = next(part for part in compiled.co_consts if isinstance(part, CodeType))
        return self._bound(code)

    def _bound(self, code: CodeType) -> Callable[..., Any]:
        """The function with the script's module as its globals, and the script's built-in names as Python's.

        Python takes the built-in names from the globals when a function is made.
        """
        namespace, own = self.namespace, "__builtins__"
        outer = namespace.get(own, self)
        namespace[own] = self.interpreter.builtins
        try:
            found: Callable[..., Any] = FunctionType(code, namespace)(**self.helpers)
        finally:
            if outer is self:
                del namespace[own]
            else:
                namespace[own] = outer
        return found

    # Names of the generated code's own

    def keep(self, value: Any, name: str = "value") -> Expr:
        """A name for a value that the generated code needs."""
        known = self.kept.get(id(value))
        if known is None or self.helpers[known] is not value:
            known = f"{PREFIX}{name}_{next(self.numbers)}"
            self.kept[id(value)] = known
            self.helpers[known] = value
        return ast.Name(known, ast.Load())

    def temporary(self) -> ast.Name:
        """A new variable. Not in a place where Python allows no assignment."""
        return ast.Name(f"{PREFIX}t{next(self.numbers)}", ast.Load())

    def set_in(self, name: ast.Name, value: Expr) -> Expr:
        """An expression that stores a value on the way."""
        return ast.NamedExpr(ast.Name(name.id, ast.Store()), value)

    # Statements

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Statements in order."""
        found: list[ast.stmt] = []
        if self.straight is None:
            for statement in statements:
                found += self.statement(statement)
            return found or [ast.Pass()]
        for run, unchecked in self.straight.split(statements):
            checked = [part for statement in run for part in self.statement(statement)]
            if unchecked is None:
                found += checked
            else:
                found += at_line([ast.If(*unchecked, checked or [ast.Pass()])], run[0].lineno)
        return found or [ast.Pass()]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement. NotGenerated where it is of a kind that is not written."""
        method = getattr(self, f"_{type(node).__name__}", None)
        try:
            if method is None:
                raise NotGenerated
            found: list[ast.stmt] = method(node)
        except NotGenerated:
            found = self._by_closure(node)
        return at_line(found, node.lineno)

    def _by_closure(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement of the module left to its closure: all that it reads stands in the frame."""
        if self.closures is None:
            raise NotGenerated
        signal = self.temporary()
        run = self.keep(self.closures.statement(node), "closure")
        found: list[ast.stmt] = [
            assign(signal, expression_from("RUN(FRAME)", RUN=run, FRAME=name_of(f"{PREFIX}f")))
        ]
        parts = {
            "SIGNAL": signal,
            "BREAK": self.keep(BREAK, "break"),
            "CONTINUE": self.keep(CONTINUE, "continue"),
        }
        if not self.inner_loops:
            return [*found, *statements_from("if SIGNAL is not None:\n    return SIGNAL", **parts)]
        # In a loop of its own: parsed within one, where Python takes a break.
        (loop,) = statements_from(
            "while 1:\n    if SIGNAL is BREAK:\n        break\n    if SIGNAL is CONTINUE:\n        continue"
            "\n    if SIGNAL is not None:\n        return SIGNAL",
            **parts,
        )
        assert isinstance(loop, ast.While)
        return [*found, *loop.body]

    def _Expr(self, node: ast.Expr) -> list[ast.stmt]:
        if isinstance(node.value, ast.Constant):
            return []
        return [ast.Expr(self.expression(node.value))]

    def _Pass(self, node: ast.stmt) -> list[ast.stmt]:
        return []

    _Global = _Pass

    def _Assign(self, node: ast.Assign) -> list[ast.stmt]:
        value = self.expression(node.value)
        if len(node.targets) == 1:
            return self.store(node.targets[0], value)
        held = self.temporary()
        found: list[ast.stmt] = [assign(held, value)]
        for target in node.targets:
            found += self.store(target, held)
        return found

    def _AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if self.scope.kind == "class":
            raise NotGenerated
        return [] if node.value is None else self.store(node.target, self.expression(node.value))

    def store(self, target: ast.expr, value: Expr) -> list[ast.stmt]:
        """What stores a value in a variable, attribute, item or several of them."""
        if isinstance(target, ast.Name):
            return [ast.Assign([ast.Name(self._stored_name(target.id), ast.Store())], value)]
        if isinstance(target, ast.Tuple | ast.List):
            return self._unpacked(target, value)
        held: Expr = value if isinstance(value, ast.Name | ast.Constant) else self.temporary()
        found: list[ast.stmt] = [] if held is value else [assign(held, value)]
        if isinstance(target, ast.Attribute):
            return [*found, *self._set_attribute(self.expression(target.value), target.attr, held)]
        if isinstance(target, ast.Subscript):
            owner, index = self.expression(target.value), self.expression(target.slice)
            return [*found, *self._set_item(owner, index, held)]
        raise NotGenerated

    def _unpacked(self, target: ast.Tuple | ast.List, value: Expr) -> list[ast.stmt]:
        if any(isinstance(item, ast.Starred) for item in target.elts):
            raise NotGenerated
        held = [self.temporary() for _ in target.elts]
        unpack = self.keep(partial(calls.unpack, self.interpreter.unpacked, len(held)), "unpack")
        names = ast.Tuple([ast.Name(each.id, ast.Store()) for each in held], ast.Store())
        whole, first = self._held(value, None)
        unpacked = expression_from(
            "WHOLE if (TYPE(FIRST) is TUPLE) and LEN(WHOLE) == COUNT else UNPACK(WHOLE)",
            UNPACK=unpack,
            WHOLE=whole,
            FIRST=first,
            TYPE=self.keep(type, "type"),
            TUPLE=self.keep(tuple, "tuple"),
            LEN=self.keep(len, "len"),
            COUNT=ast.Constant(len(held)),
        )
        found: list[ast.stmt] = [ast.Assign([names], unpacked)]
        for item, each in zip(target.elts, held):
            found += self.store(item, each)
        return found

    def _set_attribute(self, owner: Expr, written: str, value: Expr) -> list[ast.stmt]:
        name = self.mangled(written)
        put = self.keep(self.interpreter.attributes.setter(name), "set")
        if is_special(name) or not isinstance(owner, ast.Name):
            return [ast.Expr(expression_from("PUT(OWNER, VALUE)", PUT=put, OWNER=owner, VALUE=value))]
        return statements_from(
            f"if {self._is_instance(owner)}:\n    OWNER.{name} = VALUE\nelse:\n    PUT(OWNER, VALUE)",
            PUT=put,
            OWNER=owner,
            VALUE=value,
            **self._instance_parts(),
        )

    def _set_item(self, owner: Expr, index: Expr, value: Expr) -> list[ast.stmt]:
        parts = {"PUT": self.keep(set_item, "put"), "OWNER": owner, "INDEX": index, "VALUE": value}
        if not isinstance(owner, ast.Name):
            return statements_from("PUT(OWNER, INDEX, VALUE)", **parts)
        parts["TYPE"] = self.keep(type, "type")
        if isinstance(index, ast.Name):
            return statements_from(
                "if TYPE(OWNER) is LIST and TYPE(INDEX) is INT and TYPE(VALUE) in SCALARS:"
                "\n    OWNER[INDEX] = VALUE\nelse:\n    PUT(OWNER, INDEX, VALUE)",
                LIST=self.keep(list, "list"),
                INT=self.keep(int, "int"),
                SCALARS=self.keep(SCALARS, "scalars"),
                **parts,
            )
        if not isinstance(index, ast.Constant):
            return statements_from("PUT(OWNER, INDEX, VALUE)", **parts)
        return statements_from(
            "if TYPE(OWNER) is DICT:\n    OWNER[INDEX] = VALUE\nelse:\n    PUT(OWNER, INDEX, VALUE)",
            DICT=self.keep(dict, "dict"),
            **parts,
        )

    def _AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        target, change = node.target, self.temporary()
        old = self.temporary()
        if isinstance(target, ast.Name):
            first: list[ast.stmt] = [assign(old, self.load(target.id))]
            last = self.store(target, old)
        elif isinstance(target, ast.Attribute):
            owner = self.temporary()
            first = [assign(owner, self.expression(target.value))]
            first.append(assign(old, self._get_attribute(owner, target.attr)))
            last = self._set_attribute(owner, target.attr, old)
        else:
            assert isinstance(target, ast.Subscript)
            owner, index = self.temporary(), self.temporary()
            first = [
                assign(owner, self.expression(target.value)),
                assign(index, self.expression(target.slice)),
            ]
            first.append(assign(old, self._get_item(owner, index)))
            last = self._set_item(owner, index, old)
        kind = type(node.op)
        # Sums of whole numbers grow by a bit each; what grows faster is checked.
        scalars = SCALARS if kind in (ast.Add, ast.Sub) else FLOATS
        changed = statements_from(
            "if TYPE(OLD) is ND and TYPE(CHANGE) in NUMBERS or TYPE(OLD) in KINDS and TYPE(CHANGE) in SCALARS"
            ":\n    AUG\nelse:\n    OLD = PLAIN(OLD, BOUNDED(CHANGE))",
            KINDS=self.keep(scalars, "kinds"),
            SCALARS=self.keep(SCALARS, "scalars"),
            TYPE=self.keep(type, "type"),
            ND=self.keep(np.ndarray, "nd"),
            NUMBERS=self.keep(NUMBERS, "numbers"),
            OLD=old,
            CHANGE=change,
            PLAIN=self.keep(IN_PLACE[kind], "in_place"),
            BOUNDED=self.keep(self.interpreter.bounded, "bounded"),
        )
        (choice,) = changed
        assert isinstance(choice, ast.If)
        if kind is ast.MatMult:
            changed = choice.orelse
        else:
            choice.body = [ast.AugAssign(ast.Name(old.id, ast.Store()), node.op, change)]
        return [*first, assign(change, self.expression(node.value)), *changed, *last]

    def _Return(self, node: ast.Return) -> list[ast.stmt]:
        value = ast.Constant(None) if node.value is None else self.expression(node.value)
        if not self.is_body:
            return [ast.Return(value)]
        if node.value is None:
            return [ast.Return(self.keep(RETURN, "return"))]
        return statements_from(
            f"{PREFIX}f.result = VALUE\nreturn SIGNAL", VALUE=value, SIGNAL=self.keep(RETURN, "return")
        )

    def _Break(self, node: ast.Break) -> list[ast.stmt]:
        return [ast.Break()] if self.inner_loops else [ast.Return(self.keep(BREAK, "break"))]

    def _Continue(self, node: ast.Continue) -> list[ast.stmt]:
        return [ast.Continue()] if self.inner_loops else [ast.Return(self.keep(CONTINUE, "continue"))]

    def _Raise(self, node: ast.Raise) -> list[ast.stmt]:
        if node.exc is None:
            raise NotGenerated
        fail = self.keep(partial(calls.fail, self.interpreter.call), "fail")
        return [ast.Expr(expression_from("FAIL(VALUE)", FAIL=fail, VALUE=self.expression(node.exc)))]

    def _Assert(self, node: ast.Assert) -> list[ast.stmt]:
        test = self.expression(node.test)
        found = statements_from(
            "if not TEST:\n    FAIL()", TEST=test, FAIL=self.keep(calls.failed_assertion, "assertion")
        )
        if node.msg is not None:
            (choice,) = found
            assert isinstance(choice, ast.If)
            (call,) = choice.body
            assert isinstance(call, ast.Expr)
            assert isinstance(call.value, ast.Call)
            call.value.args = [self.expression(node.msg)]
        return found

    def _If(self, node: ast.If) -> list[ast.stmt]:
        test = self.expression(node.test)
        orelse = self.block(node.orelse) if node.orelse else []
        return [ast.If(test, self.block(node.body), orelse)]

    def _For(self, node: ast.For) -> list[ast.stmt]:
        items = self.expression(node.iter)
        item = self.temporary()
        self.inner_loops += 1
        inner = [*self._tick(), *self.store(node.target, item), *self.block(node.body)]
        self.inner_loops -= 1
        orelse = self.block(node.orelse) if node.orelse else []
        return [ast.For(ast.Name(item.id, ast.Store()), items, inner, orelse)]

    def _While(self, node: ast.While) -> list[ast.stmt]:
        test = self.expression(node.test)
        self.inner_loops += 1
        inner = [*self._tick(), *self.block(node.body)]
        self.inner_loops -= 1
        return [ast.While(test, inner, self.block(node.orelse) if node.orelse else [])]

    def _tick(self) -> list[ast.stmt]:
        budget = self.interpreter.budget
        return statements_from(
            "B.ticks -= 1\nif B.ticks < 0:\n    CHECK()",
            B=self.keep(budget, "budget"),
            CHECK=self.keep(budget.check, "check"),
        )

    # Expressions

    def expression(self, node: ast.expr) -> Expr:
        """An expression. NotGenerated where it is of a kind that is not written."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise NotGenerated
        found: Expr = method(node)
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
        """The name as it is stored."""
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

    def _stored_name(self, written: str) -> str:
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
        if self._where(name) == "shared":
            raise NotGenerated
        return checked_name(name)

    def _where(self, name: str) -> str:
        """Where a variable stands; one that only generator expressions share is the function's own."""
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
        elif (is_whole(node.left) or is_whole(node.right)) and kind in (ast.Add, ast.Sub, ast.Div):
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
        """An operation of two values by Python itself where they are arrays that fit, or floats."""
        parts = {
            "TYPE": self.keep(type, "type"),
            "ND": self.keep(np.ndarray, "nd"),
            "SCALARS": self.keep(SCALARS, "scalars"),
            "NUMBERS": self.keep(NUMBERS, "numbers"),
            "PLAIN": plain,
        }
        is_known = is_whole(right_node) or is_whole(left_node)
        a, first = self._held(left, right_node)
        b, second = self._held(right, None)
        if is_known:
            held = first if is_whole(right_node) else second
            if isinstance(held, ast.Constant):
                return expression_from("PLAIN(A, B)", A=a, B=b, **parts)
            # A whole number written in the script makes nothing larger of an array or a float.
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
            " and (A_KIND is FLOAT or A_KIND is ND and A.size * B.size <= MOST)"
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
            MOST=ast.Constant(MOST_CELLS),
            **parts,
        )

    def _held(self, value: Expr, other: ast.expr | None) -> tuple[Expr, Expr]:
        """How a value is read again, and the expression that evaluates it first."""
        if isinstance(value, ast.Constant):
            return value, value
        if isinstance(value, ast.Name) and (other is None or self._lasts(value.id) or not may_bind(other)):
            return value, value
        name = self.temporary()
        return name, self.set_in(name, value)

    def _lasts(self, name: str) -> bool:
        """Whether a variable stays what it is while an expression is evaluated."""
        return name.startswith(PREFIX) or self._where(name) == "local"

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

    # Attributes, items, slices

    def _watch_instance(self, code: Code, node: ast.FunctionDef | ast.Lambda) -> None:
        """A method's own instance is looked at once, where the method does not bind its name anew."""
        if not code.positional:
            return
        first = code.positional[0]
        bound = any(
            isinstance(part, ast.Name) and part.id == first and not isinstance(part.ctx, ast.Load)
            for part in ast.walk(node)
        )
        used = any(
            isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == first
            for part in ast.walk(node)
        )
        if used and not bound:
            self.instances[first] = f"{PREFIX}is_instance"

    def _entry(self, line: int) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for name, known in self.instances.items():
            found += statements_from(
                f"{known} = TYPE(OWNER) in SIMPLE", OWNER=name_of(name), **self._instance_parts()
            )
        return at_line(found, line)

    def _instance_parts(self) -> dict[str, Expr]:
        return {
            "TYPE": self.keep(type, "type"),
            "SIMPLE": self.keep(self.interpreter.simple_classes, "simple"),
        }

    def _is_instance(self, owner: Expr) -> str:
        known = self.instances.get(owner.id) if isinstance(owner, ast.Name) else None
        return known or "TYPE(OWNER) in SIMPLE"

    def _Attribute(self, node: ast.Attribute) -> Expr:
        return self._get_attribute(self.expression(node.value), node.attr)

    def _get_attribute(self, owner: Expr, written: str) -> Expr:
        name = self.mangled(written)
        get = self.keep(self.interpreter.attributes.getter(name), "get")
        if is_special(name) or self.no_assignment:
            return expression_from("GET(OWNER)", GET=get, OWNER=owner)
        held, first = self._held(owner, None)
        text = self._is_instance(owner).replace("OWNER", "FIRST")
        if name in READABLE.get(np.ndarray, ()):
            text += " or TYPE(OWNER) is ND"
        return expression_from(
            f"OWNER.{name} if {text} else GET(OWNER)",
            OWNER=held,
            FIRST=first,
            GET=get,
            ND=self.keep(np.ndarray, "nd"),
            **self._instance_parts(),
        )

    def _Subscript(self, node: ast.Subscript) -> Expr:
        return self._get_item(self.expression(node.value), self.expression(node.slice))

    def _get_item(self, owner: Expr, index: Expr) -> Expr:
        get = self.keep(calls.item_of, "item")
        is_constant = isinstance(index, ast.Constant)
        if self.no_assignment or isinstance(index, ast.Tuple | ast.Call):
            return expression_from("GET(OWNER, INDEX)", GET=get, OWNER=owner, INDEX=index)
        held, first = owner, owner
        if not (isinstance(owner, ast.Name) and self._lasts(owner.id)):
            held = self.temporary()
            first = self.set_in(held, owner)
        place, second = self._held(index, None)
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

    # Containers and texts

    def _Tuple(self, node: ast.Tuple) -> Expr:
        return ast.Tuple(self._items(node.elts), ast.Load())

    def _List(self, node: ast.List) -> Expr:
        return ast.List(self._items(node.elts), ast.Load())

    def _items(self, nodes: list[ast.expr]) -> list[Expr]:
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
        return expression_from("JOINED(PARTS)", JOINED=self.keep(calls.joined, "joined"), PARTS=parts)

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

    # Comprehensions

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
        outer = dict(self.renamed)
        number = next(self.numbers)
        names = {
            part.id
            for each in node.generators
            for part in ast.walk(each.target)
            if isinstance(part, ast.Name)
        }
        own = {mangled(name, self.scope.class_name): f"{PREFIX}c{number}_{name}" for name in names}
        parts = self._generators(node.generators, own)
        self.renamed |= own
        self.in_comprehension += 1
        element = self.expression(node.elt)
        self.in_comprehension -= 1
        self.renamed = outer
        return ast.GeneratorExp(element, parts)

    def _generators(
        self, nodes: list[ast.comprehension], own: dict[str, str] | None = None
    ) -> list[ast.comprehension]:
        # Python takes no assignment within what a comprehension goes through.
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
            self.renamed |= own or {}
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

    # Calls

    def _Call(self, node: ast.Call) -> Expr:
        if isinstance(node.func, ast.Name) and node.func.id in SPECIAL_CALLS:
            raise NotGenerated
        if any(keyword.arg is None for keyword in node.keywords):
            raise NotGenerated
        function = self._called(node)
        args = self._items(node.args)
        if isinstance(function, Member) and not self.no_assignment:
            short = self._product(function, node, args) or self._reduction(function, node, args)
            if short is not None:
                return short
        if isinstance(function, Member):
            function = function.function
        keywords = [ast.keyword(keyword.arg, self.expression(keyword.value)) for keyword in node.keywords]
        if isinstance(function, MethodCall):
            return ast.Call(function.call, [function.owner, *args], keywords)
        return ast.Call(function, args, keywords)

    def _product(self, member: Member, node: ast.Call, args: list[Expr]) -> Expr | None:
        """`np.dot` of two matrices that fit, by the method."""
        if member.name != "dot" or len(args) != 2 or node.keywords or _has_star(args):
            return None
        a, first = self._held(args[0], node.args[1])
        b, second = self._held(args[1], None)
        return expression_from(
            "A.dot(B) if (TYPE(FIRST) is ND) & (TYPE(SECOND) is ND) & KNOWN and A.size * B.size <= MOST"
            " else FUNCTION(A, B)",
            TYPE=self.keep(type, "type"),
            ND=self.keep(np.ndarray, "nd"),
            KNOWN=member.known,
            FUNCTION=member.function,
            A=a,
            B=b,
            FIRST=first,
            SECOND=second,
            MOST=ast.Constant(MOST_CELLS),
        )

    def _reduction(self, member: Member, node: ast.Call, args: list[Expr]) -> Expr | None:
        """`np.sum` and the like of an array, axis and keepdims written out, by the ufunc."""
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if len(node.args) == 2 and "axis" not in given:
            given["axis"] = node.args[1]
        elif len(node.args) != 1:
            return None
        reduce = QUICK_REDUCTIONS.get(member.name)
        if reduce is None or not given.keys() <= {"axis", "keepdims"} or _has_star(args):
            return None
        parts = {name: self.expression(value) for name, value in given.items()}
        if not all(isinstance(part, ast.Constant | ast.UnaryOp) for part in parts.values()):
            return None
        a, first = self._held(args[0], None)
        found = expression_from(
            "REDUCE(A, AXIS, None, None, KEEPDIMS) if (TYPE(FIRST) is ND) & KNOWN else FUNCTION(A)",
            REDUCE=self.keep(reduce, "reduce"),
            TYPE=self.keep(type, "type"),
            ND=self.keep(np.ndarray, "nd"),
            KNOWN=member.known,
            FUNCTION=member.function,
            A=a,
            FIRST=first,
            AXIS=parts.get("axis", ast.Constant(None)),
            KEEPDIMS=parts.get("keepdims", ast.Constant(False)),
        )
        assert isinstance(found, ast.IfExp)
        assert isinstance(found.orelse, ast.Call)
        found.orelse.args += args[1:]
        found.orelse.keywords = [
            ast.keyword(keyword.arg, parts[str(keyword.arg)]) for keyword in node.keywords
        ]
        return found

    def _called(self, node: ast.Call) -> Expr | MethodCall | Member:
        known = self._member(node)
        if known is not None:
            return known
        if isinstance(node.func, ast.Attribute):
            name = self.mangled(node.func.attr)
            apply = self.interpreter.attributes.method_caller(name)
            if is_special(name):
                return MethodCall(self.keep(calls.spread(apply), "method"), self.expression(node.func.value))
            method = calls.method_of(name, apply, self.interpreter.simple_classes)
            return MethodCall(self.keep(method, "method"), self.expression(node.func.value))
        function = self.expression(node.func)
        caller = self.keep(partial(calls.callable_of, self.interpreter), "callable")
        if self.no_assignment:
            return expression_from("CALLER(FUNCTION)", CALLER=caller, FUNCTION=function)
        held, first = self._held(function, None)
        parts = {
            "TYPE": self.keep(type, "type"),
            "HELD": held,
            "FIRST": first,
            "CALLER": caller,
        }
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if node.keywords or starred or self._is_builtin(node.func):
            return expression_from(
                "HELD.run if TYPE(FIRST) is BUILTIN else CALLER(HELD)",
                BUILTIN=self.keep(Builtin, "builtin"),
                **parts,
            )
        return expression_from(
            "HELD.code.generated if TYPE(FIRST) is FUNCTION and HELD.code.arity == COUNT else CALLER(HELD)",
            FUNCTION=self.keep(ScriptFunction, "function"),
            COUNT=ast.Constant(len(node.args)),
            **parts,
        )

    def _is_builtin(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Name)
            and node.id in self.interpreter.builtins
            and node.id not in self.namespace
        )

    def _member(self, node: ast.Call) -> Member | None:
        """A function of one of bpstep's modules, where the name is the module now: looked up beforehand."""
        path: list[str] = []
        owner: ast.expr = node.func
        while isinstance(owner, ast.Attribute):
            path.append(owner.attr)
            owner = owner.value
        if not isinstance(owner, ast.Name) or not path or self._is_local(owner.id):
            return None
        module = found = self.namespace.get(owner.id)
        owned_by = ""
        for name in reversed(path):
            if type(found) is not Module or found.is_own or is_special(name):
                return None
            owned_by, found = found.name, found.attributes.get(name)
        if type(found) is Builtin:
            quick = QUICK.get(path[0]) if owned_by == "numpy" else None
            found = found.run if quick is None else quick(found.run)
        elif type(found) is np.ufunc:
            found = found if len(node.args) == 1 else calls.broadcasting(found)
        else:
            return None
        attribute = node.func
        assert isinstance(attribute, ast.Attribute)
        method = partial(calls.bound_method, self.interpreter, self.mangled(attribute.attr))
        known = expression_from(
            "NAME is MODULE", NAME=self.load(owner.id), MODULE=self.keep(module, "module")
        )
        function = expression_from(
            "FOUND if KNOWN else METHOD(OWNER)",
            FOUND=self.keep(found, "found"),
            KNOWN=known,
            METHOD=self.keep(method, "bound"),
            OWNER=self._plainly(attribute.value),
        )
        return Member(path[0] if owned_by == "numpy" else "", known, function)

    def _plainly(self, node: ast.expr) -> Expr:
        self.no_assignment += 1
        found = self.expression(node)
        self.no_assignment -= 1
        return found

    def _is_local(self, written: str) -> bool:
        name = mangled(written, self.scope.class_name)
        return "@" in written or name in self.renamed or self._where(name) != "global"


class MethodCall:
    """A method's call: what calls it, and the value that it is a method of."""

    def __init__(self, call: Expr, owner: Expr) -> None:
        self.call = call
        self.owner = owner


class Member:
    """A function of one of bpstep's modules: its name where it is NumPy's, whether the module is still the
    one that it was looked up in, and what is called."""

    def __init__(self, name: str, known: Expr, function: Expr) -> None:
        self.name = name
        self.known = known
        self.function = function


def _has_star(args: list[Expr]) -> bool:
    return any(isinstance(argument, ast.Starred) for argument in args)
