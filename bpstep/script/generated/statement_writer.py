"""Writes the statements of a script as Python code."""

from __future__ import annotations

import ast
from functools import partial

import numpy as np

from bpstep.script.generated import calls
from bpstep.script.generated.call_writer import CallWriter
from bpstep.script.generated.calls import FLOATS, FLOATS_AND_ARRAYS, SCALARS
from bpstep.script.generated.code_trees import (
    PREFIX,
    Expr,
    NotGenerated,
    assign,
    expression_from,
    method_for,
    name_of,
    statements_from,
    with_line,
)
from bpstep.script.interpreter.code import BREAK, CONTINUE, RETURN
from bpstep.script.interpreter.operations import IN_PLACE, set_item
from bpstep.script.interpreter.values import is_special
from bpstep.script.limits import TICKS


class StatementWriter(CallWriter):
    """Writes statements; what is not supported here is left to the closures."""

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Statements in order."""
        found: list[ast.stmt] = []
        if self.unchecked_writer is None:
            for statement in statements:
                found += self.statement(statement)
            return found or [ast.Pass()]
        unlooked = 0
        for run, unchecked in self.unchecked_writer.split(statements):
            unlooked += len(run)
            if unlooked > TICKS:
                unlooked = 0
                check = ast.Call(self.keep(self.interpreter.budget.check, "check"), [], [])
                found += with_line([ast.Expr(check)], run[0].lineno)
            checked = [part for statement in run for part in self.statement(statement)]
            if unchecked is None:
                found += checked
            else:
                found += with_line([ast.If(*unchecked, checked or [ast.Pass()])], run[0].lineno)
        return found or [ast.Pass()]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement. NotGenerated if its kind is not supported."""
        around = self.inner_loops, self.in_comprehension, self.no_assignment, self.renamed
        try:
            found: list[ast.stmt] = method_for(self, node)(node)
        except NotGenerated:
            # It may have been left within a loop or a comprehension.
            self.inner_loops, self.in_comprehension, self.no_assignment, self.renamed = around
            found = self._by_closure(node)
        return with_line(found, node.lineno)

    def _by_closure(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement of the module left to its closure: everything that it reads is in the frame."""
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
        # In a loop of its own, because Python parses a break only there.
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
        """Stores a value in a variable, attribute or item, or in several of them."""
        if isinstance(target, ast.Name):
            return [ast.Assign([ast.Name(self.stored_name(target.id), ast.Store())], value)]
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
        whole, first = self.read_again(value, None)
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
            f"if {self.is_instance(owner)}:\n    OWNER.{name} = VALUE\nelse:\n    PUT(OWNER, VALUE)",
            PUT=put,
            OWNER=owner,
            VALUE=value,
            **self.instance_parts(),
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
            first.append(assign(old, self.attribute_of(owner, target.attr)))
            last = self._set_attribute(owner, target.attr, old)
        else:
            assert isinstance(target, ast.Subscript)
            owner, index = self.temporary(), self.temporary()
            first = [
                assign(owner, self.expression(target.value)),
                assign(index, self.expression(target.slice)),
            ]
            first.append(assign(old, self.item_of(owner, index)))
            last = self._set_item(owner, index, old)
        kind = type(node.op)
        # Sums of whole numbers grow by a bit each; faster growth is checked.
        scalars = SCALARS if kind in (ast.Add, ast.Sub) else FLOATS
        changed = statements_from(
            "if TYPE(OLD) is ND and TYPE(CHANGE) in NUMBERS or TYPE(OLD) in KINDS and TYPE(CHANGE) in SCALARS"
            ":\n    AUG\nelse:\n    OLD = PLAIN(OLD, BOUNDED(CHANGE))",
            KINDS=self.keep(scalars, "kinds"),
            SCALARS=self.keep(SCALARS, "scalars"),
            TYPE=self.keep(type, "type"),
            ND=self.keep(np.ndarray, "nd"),
            NUMBERS=self.keep(FLOATS_AND_ARRAYS, "numbers"),
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
