"""Writes the calls of a script as Python code."""

from __future__ import annotations

import ast
from functools import partial

import numpy as np

from bpstep.script.generated import calls
from bpstep.script.generated.code_trees import (
    Expr,
    NotGenerated,
    expression_from,
)
from bpstep.script.generated.expression_writer import ExpressionWriter
from bpstep.script.generated.quick import QUICK, QUICK_REDUCTIONS
from bpstep.script.interpreter.scope import mangled
from bpstep.script.interpreter.values import Builtin, Module, ScriptFunction, is_special
from bpstep.script.limits import MAX_CELLS

SPECIAL_CALLS = ("super", "locals", "vars", "globals", "dir", "eval", "exec")


class CallWriter(ExpressionWriter):
    """Writes calls of functions and methods."""

    def _Call(self, node: ast.Call) -> Expr:
        if isinstance(node.func, ast.Name) and node.func.id in SPECIAL_CALLS:
            raise NotGenerated
        if any(keyword.arg is None for keyword in node.keywords):
            raise NotGenerated
        function = self._called(node)
        args = self.items(node.args)
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
        """`np.dot` of two matrices that fit, written as a call of the method."""
        if member.name != "dot" or len(args) != 2 or node.keywords or _has_star(args):
            return None
        a, first = self.read_again(args[0], node.args[1])
        b, second = self.read_again(args[1], None)
        return expression_from(
            "A.dot(B) if (TYPE(FIRST) is ND) & (TYPE(SECOND) is ND) & KNOWN and A.size * B.size <= MAX_CELLS"
            " else FUNCTION(A, B)",
            TYPE=self.keep(type, "type"),
            ND=self.keep(np.ndarray, "nd"),
            KNOWN=member.known,
            FUNCTION=member.function,
            A=a,
            B=b,
            FIRST=first,
            SECOND=second,
            MAX_CELLS=ast.Constant(MAX_CELLS),
        )

    def _reduction(self, member: Member, node: ast.Call, args: list[Expr]) -> Expr | None:
        """`np.sum` and similar reductions of an array by the ufunc, with axis and keepdims written out."""
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
        a, first = self.read_again(args[0], None)
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
        held, first = self.read_again(function, None)
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
        """A function of one of bpstep's modules, if the name currently is that module: looked up in
        advance.
        """
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
            found = calls.of_cells(found) if len(node.args) == 1 else calls.broadcasting(found)
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
        return "@" in written or name in self.renamed or self.where(name) != "global"


class MethodCall:
    """A call of a method: the function that makes the call, and the object."""

    def __init__(self, call: Expr, owner: Expr) -> None:
        self.call = call
        self.owner = owner


class Member:
    """A function of one of bpstep's modules: its name if it is NumPy's, a test whether the module is still
    the one in which it was looked up, and the function to call.
    """

    def __init__(self, name: str, known: Expr, function: Expr) -> None:
        self.name = name
        self.known = known
        self.function = function


def _has_star(args: list[Expr]) -> bool:
    return any(isinstance(argument, ast.Starred) for argument in args)
