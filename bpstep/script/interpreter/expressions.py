"""Expressions of the syntax tree as closures: each takes a frame and gives the value."""

from __future__ import annotations

import ast
import keyword
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from numpy import ndarray, ufunc

from bpstep.script import messages
from bpstep.script.interpreter.code import CallFrame, Code, Evaluator, Namespace, Store, Variable
from bpstep.script.interpreter.methods import METHODS
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.printed import text_of
from bpstep.script.interpreter.scope import Comprehension
from bpstep.script.interpreter.values import (
    Builtin,
    Forbidden,
    Module,
    ScriptFunction,
    SuperProxy,
    is_special,
)
from bpstep.script.interpreter.variables import VariableCompiler, visible
from bpstep.script.limits import COUNTED, MAX_CELLS, check_items, check_made
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

Keyword = tuple[str | None, Evaluator]

MAX_DOTTED_NAME = 200
"""The most characters of a name that `eval` looks up."""

FORMAT_CONVERSIONS: dict[int, Callable[[Any], str]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}


_PLAIN: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
"""Operators whose result is not large for two floats, or for an array and something that fits it."""

_PLAIN_CONTAINERS = (list, dict, tuple)


def _applied(left: Evaluator, right: Evaluator, operation: Callable[[Any, Any], Any]) -> Evaluator:
    return lambda f: operation(left(f), right(f))


def _quick(
    left: Evaluator, right: Evaluator, plain: Callable[[Any, Any], Any], checked: Callable[[Any, Any], Any]
) -> Evaluator:
    # The check of the sizes is repeated here for arrays and floats, to save a call.
    def run(f: CallFrame) -> Any:
        a = left(f)
        b = right(f)
        kind = type(a)
        if kind is ndarray:
            small = a.size * b.size <= MAX_CELLS if type(b) is ndarray else type(b) is not range
            if small and a.size <= COUNTED:
                return plain(a, b)
        elif kind is float:
            is_array = type(b) is ndarray and b.size <= COUNTED
            return plain(a, b) if type(b) is float or is_array else checked(a, b)
        return checked(a, b)

    return run


def _nothing(f: CallFrame) -> None:
    return None


class ExpressionCompiler(VariableCompiler):
    """Compiles the expressions of one module."""

    def expression(self, node: ast.expr) -> Evaluator:
        """The closure that evaluates an expression. ScriptRefused if its kind is not supported."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise ScriptRefused(fill(messages.EXPRESSION, name=type(node).__name__), node.lineno)
        compiled: Evaluator = method(node)
        return compiled

    def expressions(self, nodes: Iterable[ast.expr]) -> list[Evaluator]:
        """The closures of several expressions."""
        return [self.expression(node) for node in nodes]

    def test(self, node: ast.expr) -> Evaluator:
        """A condition: only its truth value is used."""
        value = self.expression(node)
        truth = self.operations.truth(node)
        if truth is None:
            return value
        return lambda f: truth(value(f))

    # Constants and names

    def _Constant(self, node: ast.Constant) -> Evaluator:
        value = node.value
        return lambda f: value

    def _Name(self, node: ast.Name) -> Evaluator:
        return self.load(node.id)

    # Operators

    def _BinOp(self, node: ast.BinOp) -> Evaluator:
        left, right = self.expression(node.left), self.expression(node.right)
        operation = self.operations.binary(node, type(node.op))
        plain = _PLAIN.get(type(node.op)) if self.operations.is_plain else None
        return _applied(left, right, operation) if plain is None else _quick(left, right, plain, operation)

    def _UnaryOp(self, node: ast.UnaryOp) -> Evaluator:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            operand = node.operand.value
            if isinstance(operand, int | float | complex):
                negative = -operand
                return lambda f: negative
        value = self.expression(node.operand)
        operation = self.operations.unary(node, type(node.op))
        return lambda f: operation(value(f))

    def _BoolOp(self, node: ast.BoolOp) -> Evaluator:
        *first, last = self.expressions(node.values)
        truth = self.operations.truth(node) or bool
        stop = isinstance(node.op, ast.Or)

        def run(f: CallFrame) -> Any:
            for part in first:
                value = part(f)
                if truth(value) is stop:
                    return value
            return last(f)

        return run

    def _Compare(self, node: ast.Compare) -> Evaluator:
        left = self.expression(node.left)
        rights = self.expressions(node.comparators)
        operations = [self.operations.compare(node, type(kind)) for kind in node.ops]
        if len(rights) == 1:
            plain = _PLAIN.get(type(node.ops[0])) if self.operations.is_plain else None
            if plain is None:
                return _applied(left, rights[0], operations[0])
            return _quick(left, rights[0], plain, operations[0])
        truth = self.operations.truth(node) or bool

        # Only the last comparison's value is the chain's; the ones before it were tested.
        def run(f: CallFrame) -> Any:
            a = left(f)
            for step, part in zip(operations[:-1], rights[:-1]):
                b = part(f)
                result = step(a, b)
                if not truth(result):
                    return result
                a = b
            return operations[-1](a, rights[-1](f))

        return run

    def _IfExp(self, node: ast.IfExp) -> Evaluator:
        test, yes, no = self.test(node.test), self.expression(node.body), self.expression(node.orelse)
        return lambda f: yes(f) if test(f) else no(f)

    def _NamedExpr(self, node: ast.NamedExpr) -> Evaluator:
        value, store = self.expression(node.value), self.target(node.target)

        def run(f: CallFrame) -> Any:
            result = value(f)
            store(f, result)
            return result

        return run

    # Attributes, items, slices

    def _Attribute(self, node: ast.Attribute) -> Evaluator:
        value = self.expression(node.value)
        name = self.name(node.attr)
        get = self.operations.get_attribute(node, name)
        if not self.operations.is_plain or is_special(name):
            return lambda f: get(value(f))
        simple = self.interpreter.simple_classes

        def run(f: CallFrame) -> Any:
            owner = value(f)
            return getattr(owner, name) if type(owner) in simple else get(owner)

        return run

    def _Subscript(self, node: ast.Subscript) -> Evaluator:
        value, index = self.expression(node.value), self.expression(node.slice)
        get = self.operations.get_item(node)
        if not self.operations.is_plain:
            return lambda f: get(value(f), index(f))

        def run(f: CallFrame) -> Any:
            owner = value(f)
            key = index(f)
            if type(owner) in _PLAIN_CONTAINERS and type(key) is not tuple:
                return owner[key]
            return get(owner, key)

        return run

    def _Slice(self, node: ast.Slice) -> Evaluator:
        lower = self.expression(node.lower) if node.lower else _nothing
        upper = self.expression(node.upper) if node.upper else _nothing
        step = self.expression(node.step) if node.step else _nothing
        return lambda f: slice(lower(f), upper(f), step(f))

    # Containers

    def _Tuple(self, node: ast.Tuple) -> Evaluator:
        if any(isinstance(item, ast.Starred) for item in node.elts):
            gather = self._gathered(node.elts)
            return lambda f: tuple(gather(f))
        items = self.expressions(node.elts)
        if len(items) == 2:
            first, second = items
            return lambda f: (first(f), second(f))
        return lambda f: tuple([item(f) for item in items])

    def _List(self, node: ast.List) -> Evaluator:
        if any(isinstance(item, ast.Starred) for item in node.elts):
            return self._gathered(node.elts)
        items = self.expressions(node.elts)
        return lambda f: [item(f) for item in items]

    def _Set(self, node: ast.Set) -> Evaluator:
        gather = self._gathered(node.elts)
        return lambda f: {check_nested(item) for item in gather(f)}

    def _gathered(self, nodes: list[ast.expr]) -> Callable[[CallFrame], list[Any]]:
        parts = [
            (
                isinstance(node, ast.Starred),
                self.expression(node.value if isinstance(node, ast.Starred) else node),
            )
            for node in nodes
        ]
        bounded = self.interpreter.bounded

        def run(f: CallFrame) -> list[Any]:
            items: list[Any] = []
            for starred, part in parts:
                if starred:
                    items.extend(bounded(part(f)))
                else:
                    items.append(part(f))
            return items

        return run

    def _Dict(self, node: ast.Dict) -> Evaluator:
        pairs = [
            (self.expression(key) if key is not None else None, self.expression(value))
            for key, value in zip(node.keys, node.values)
        ]

        def run(f: CallFrame) -> Any:
            result: dict[Any, Any] = {}
            for key, value in pairs:
                if key is None:
                    result.update(value(f))
                else:
                    read = check_nested(key(f))
                    result[read] = value(f)
            return result

        return run

    # Texts

    def _JoinedStr(self, node: ast.JoinedStr) -> Evaluator:
        before = [text_of(node.values[:at]) for at in range(len(node.values))]
        parts = [
            self._formatted(value, text) if isinstance(value, ast.FormattedValue) else self.expression(value)
            for value, text in zip(node.values, before)
        ]

        def run(f: CallFrame) -> str:
            pieces = [part(f) for part in parts]
            check_items(sum(map(len, pieces)))
            return "".join(pieces)

        return run

    def _FormattedValue(self, node: ast.FormattedValue) -> Evaluator:
        return self._formatted(node, "")

    def _formatted(self, node: ast.FormattedValue, before: str) -> Evaluator:
        value = self.expression(node.value)
        look = self.operations.formatted(node, before)
        convert = FORMAT_CONVERSIONS.get(node.conversion)
        written = self.expression(node.format_spec) if node.format_spec else None
        formatted = self.interpreter.formatted

        def run(f: CallFrame) -> str:
            item = check_nested(value(f))
            if look is not None:
                look(item)
            if convert is not None:
                item = convert(item)
            return formatted(item, written(f) if written is not None else "")

        return run

    # Calls

    def _Call(self, node: ast.Call) -> Evaluator:
        special = self._special_call(node)
        if special is not None:
            return special
        if isinstance(node.func, ast.Attribute):
            return self._method_call(node, node.func)
        function = self.expression(node.func)
        apply = self.operations.call(node)
        arguments = self.arguments(node)
        keywords = self.keywords(node)
        if keywords is not None:
            return lambda f: apply(function(f), arguments(f), keywords(f))
        if not self.operations.is_plain:
            return lambda f: apply(function(f), arguments(f), {})
        invoke = self.interpreter.invoke

        def run(f: CallFrame) -> Any:
            called = function(f)
            kind = type(called)
            if kind is ScriptFunction:
                return invoke(called, arguments(f), {})
            if kind is Builtin:
                return called.run(*arguments(f))
            return apply(called, arguments(f), {})

        return run

    def _method_call(self, node: ast.Call, function: ast.Attribute) -> Evaluator:
        value = self.expression(function.value)
        apply = self.operations.method(node, self.name(function.attr))
        arguments = self.arguments(node)
        keywords = self.keywords(node)
        name = self.name(function.attr)
        if self.operations.is_plain and not is_special(name):
            return self._quick_method(value, name, arguments, keywords, apply)
        if keywords is None:
            return lambda f: apply(value(f), arguments(f), {})
        return lambda f: apply(value(f), arguments(f), keywords(f))

    def _quick_method(
        self, value: Evaluator, name: str, arguments: Any, keywords: Any, apply: Callable[..., Any]
    ) -> Evaluator:
        invoke, simple = self.interpreter.invoke, self.interpreter.simple_classes

        def run(f: CallFrame) -> Any:
            owner = value(f)
            kind = type(owner)
            if kind is Module:
                member = owner.attributes.get(name)
                if type(member) is Builtin:
                    if keywords is None:
                        return member.run(*arguments(f))
                    return member.run(*arguments(f), **keywords(f))
                if type(member) is ufunc and keywords is None:
                    given = arguments(f)
                    plain = len(given) == 1 and type(given[0]) is not range
                    return member(*given) if plain else apply(owner, given, {})
            elif kind in simple:
                member = kind.__dict__.get(name)
                if type(member) is ScriptFunction and name not in owner.__dict__:
                    return invoke(member, (owner, *arguments(f)), {} if keywords is None else keywords(f))
            else:
                methods = METHODS.get(kind)
                if methods is not None and name in methods:
                    method = methods[name]
                    if keywords is None:
                        return method(owner, *arguments(f))
                    return method(owner, *arguments(f), **keywords(f))
            return apply(owner, arguments(f), {} if keywords is None else keywords(f))

        def made(f: CallFrame) -> Any:
            result = run(f)
            return check_made(result) if type(result) is ndarray else result

        return made

    def arguments(self, node: ast.Call) -> Callable[[CallFrame], tuple[Any, ...]]:
        """The positional arguments of a call, as a tuple."""
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            gather = self._gathered(node.args)
            return lambda f: tuple(gather(f))
        items = self.expressions(node.args)
        if not items:
            return lambda f: ()
        if len(items) == 1:
            only = items[0]
            return lambda f: (only(f),)
        if len(items) == 2:
            first, second = items
            return lambda f: (first(f), second(f))
        return lambda f: tuple([item(f) for item in items])

    def keywords(self, node: ast.Call) -> Callable[[CallFrame], Namespace] | None:
        """The keyword arguments of a call; None if it has none."""
        if not node.keywords:
            return None
        pairs: list[Keyword] = [(keyword.arg, self.expression(keyword.value)) for keyword in node.keywords]
        if all(name is not None for name, _ in pairs):
            return lambda f: {name: value(f) for name, value in pairs}  # type: ignore[misc]

        def run(f: CallFrame) -> Namespace:
            result: Namespace = {}
            for name, value in pairs:
                given = value(f) if name is None else {name: value(f)}
                for key, item in dict(given).items():
                    if not isinstance(key, str):
                        raise TypeError("keywords must be strings")
                    if key in result:
                        raise TypeError(f"got multiple values for keyword argument '{key}'")
                    result[key] = item
            return result

        return run

    def _special_call(self, node: ast.Call) -> Evaluator | None:
        if not isinstance(node.func, ast.Name) or node.keywords:
            return None
        if node.func.id == "eval" and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            return self._named_by_text(node)
        if node.args:
            return None
        if node.func.id == "super" and "__class__" in self.scope.free:
            return self._super(node)
        if node.func.id in ("locals", "vars", "globals", "dir"):
            return self._names_of(node.func.id)
        return None

    def _super(self, node: ast.Call) -> Evaluator:
        code = self.scope
        owner = self.load("__class__")

        def run(f: CallFrame) -> Any:
            if code.kind != "function" or f.code is None or not f.code.positional:
                raise RuntimeError("super(): no arguments")
            first = f.code.positional[0]
            shared = f.shared.get(first)
            instance = f.variables[first] if shared is None else shared.value
            return SuperProxy(owner(f), instance)

        return run

    def _named_by_text(self, node: ast.Call) -> Evaluator:
        """`eval` of a text that is only a name, such as "relu" or "self.relu": it is looked up."""
        function, text = self.expression(node.func), self.expression(node.args[0])
        apply, get = self.operations.call(node), self.interpreter.attributes.get
        scopes = (self.namespace, self.interpreter.builtins)

        def run(f: CallFrame) -> Any:
            called, given = function(f), text(f)
            if type(called) is not Forbidden or type(given) is not str or not _is_dotted_name(given):
                return apply(called, (given,), {})
            first, *others = given.strip(" \t").split(".")
            found = next((names[first] for names in (visible(f), *scopes) if first in names), f)
            if found is f:
                raise NameError(f"name '{first}' is not defined")
            for name in others:
                found = get(found, name)
            return found

        return run

    def _names_of(self, kind: str) -> Evaluator:
        whole_module = kind == "globals" or self.scope.kind == "module"
        namespace = self.namespace

        def run(f: CallFrame) -> Any:
            names = namespace if whole_module else visible(f)
            return sorted(names) if kind == "dir" else names

        return run

    # Comprehensions

    def _ListComp(self, node: ast.ListComp) -> Evaluator:
        if self.scope.kind == "class":
            items = self._generator(node, lambda: self.expression(node.elt))
            return lambda f: list(items(f))
        element, collected = self.expression(node.elt), self.operations.collected(node.elt)

        def add(f: CallFrame, result: list[Any]) -> None:
            result.append(element(f))
            if collected is not None:
                collected(result)

        loop = self._loops(node.generators, add)

        def run(f: CallFrame) -> Any:
            result: list[Any] = []
            loop(f, result)
            return result

        return run

    def _SetComp(self, node: ast.SetComp) -> Evaluator:
        if self.scope.kind == "class":
            items = self._generator(node, lambda: self.expression(node.elt))
            return lambda f: {check_nested(item) for item in items(f)}
        element = self.expression(node.elt)
        loop = self._loops(node.generators, lambda f, result: result.add(check_nested(element(f))))

        def run(f: CallFrame) -> Any:
            result: set[Any] = set()
            loop(f, result)
            return result

        return run

    def _DictComp(self, node: ast.DictComp) -> Evaluator:
        if self.scope.kind == "class":
            items = self._generator(node, lambda: self._entry(node))
            return lambda f: dict(items(f))
        key, value = self.expression(node.key), self.expression(node.value)

        def add(f: CallFrame, result: dict[Any, Any]) -> None:
            name = check_nested(key(f))
            result[name] = value(f)

        loop = self._loops(node.generators, add)

        def run(f: CallFrame) -> Any:
            result: dict[Any, Any] = {}
            loop(f, result)
            return result

        return run

    def _entry(self, node: ast.DictComp) -> Evaluator:
        key, value = self.expression(node.key), self.expression(node.value)
        return lambda f: (check_nested(key(f)), value(f))

    def _loops(
        self, parts: list[ast.comprehension], add: Callable[[CallFrame, Any], None]
    ) -> Callable[[CallFrame, Any], None]:
        names = sorted({name for part in parts for name in _names(part.target)})
        shared = [name for name in names if name in self.scope.shared]
        plain = [name for name in names if name not in self.scope.shared]
        inner = add
        for part in reversed(parts):
            inner = self._loop(part, inner)

        def run(f: CallFrame, result: Any) -> None:
            for name in shared:
                f.shared[name] = Variable()
            try:
                inner(f, result)
            finally:
                for name in plain:
                    f.variables.pop(name, None)

        return run

    def iterated(self, node: ast.expr) -> Evaluator:
        """What a loop over an expression iterates over."""
        value, items = self.expression(node), self.operations.items(node)
        return value if items is None else lambda f: items(value(f))

    def _loop(
        self, part: ast.comprehension, inner: Callable[[CallFrame, Any], None]
    ) -> Callable[[CallFrame, Any], None]:
        items = self.iterated(part.iter)
        store, tests = self._loop_parts(part)
        budget = self.interpreter.budget

        def run(f: CallFrame, result: Any) -> None:
            for item in items(f):
                budget.ticks -= 1
                if budget.ticks < 0:
                    budget.check()
                store(f, item)
                for test in tests:
                    if not test(f):
                        break
                else:
                    inner(f, result)

        return run

    def _GeneratorExp(self, node: ast.GeneratorExp) -> Evaluator:
        return self._generator(node, lambda: self.expression(node.elt))

    def _generator(
        self, node: ast.GeneratorExp | Comprehension, compile_element: Callable[[], Evaluator]
    ) -> Evaluator:
        """Makes the items in a scope of their own; the iterable is evaluated in the surrounding scope.

        Comprehensions of a class body work in the same way, and do not see the names of the class.
        """
        first = self.iterated(node.generators[0].iter)
        outer = self.scope
        self.scope = self.scopes[node]
        element = compile_element()
        stages = [
            (*self._loop_parts(part), self.iterated(part.iter) if position else _nothing)
            for position, part in enumerate(node.generators)
        ]
        own, free = tuple(self.scope.shared), tuple(self.scope.free)
        self.scope = outer

        def nest(f: CallFrame, level: int, items: Any) -> Iterator[Any]:
            store, tests, _ = stages[level]
            budget = self.interpreter.budget
            for item in items:
                budget.ticks -= 1
                if budget.ticks < 0:
                    budget.check()
                store(f, item)
                if all(test(f) for test in tests):
                    if level + 1 == len(stages):
                        yield element(f)
                    else:
                        yield from nest(f, level + 1, stages[level + 1][2](f))

        def run(f: CallFrame) -> Any:
            shared = {name: f.shared[name] for name in free}
            shared.update({name: Variable() for name in own})
            return nest(CallFrame(None, {}, shared), 0, iter(first(f)))

        return run

    def _loop_parts(self, part: ast.comprehension) -> tuple[Store, list[Evaluator]]:
        """What stores an item of a comprehension's loop, and the conditions on it."""
        if part.is_async:
            raise ScriptRefused(fill(messages.ASYNC_LOOPS), part.target.lineno)
        return self.target(part.target), [self.test(test) for test in part.ifs]

    # Functions

    def _Lambda(self, node: ast.Lambda) -> Evaluator:
        return self.function(node, "<lambda>")

    def function(
        self, node: ast.FunctionDef | ast.Lambda, name: str
    ) -> Callable[[CallFrame], ScriptFunction]:
        """Creates the function of a definition when it is executed."""
        defaults = self.expressions(node.args.defaults)
        keyword_defaults = [
            (self.name(argument.arg), self.expression(default))
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults)
            if default is not None
        ]
        code = self.code(node, name)
        interpreter, free = self.interpreter, code.free

        def make(f: CallFrame) -> ScriptFunction:
            values = tuple([default(f) for default in defaults])
            named = {key: default(f) for key, default in keyword_defaults}
            shared = {key: f.shared[key] for key in free}
            return ScriptFunction(interpreter, code, values, named, shared)

        return make

    def code(self, node: ast.FunctionDef | ast.Lambda, name: str) -> Code:
        """The compiled body of a function."""
        outer, qualifier = self.scope, self.qualifier
        self.scope = self.scopes[node]
        self.qualifier = f"{qualifier}{name}.<locals>."
        code = self._signature(node, name, qualifier + name)
        self.fill(code, node)
        self.scope, self.qualifier = outer, qualifier
        self.interpreter.codes.setdefault(id(node), code)
        return code

    def fill(self, code: Code, node: ast.FunctionDef | ast.Lambda) -> None:
        """Compile the body into `code`; statements need the subclass."""
        assert isinstance(node, ast.Lambda)
        code.value = self.expression(node.body)

    def _signature(self, node: ast.FunctionDef | ast.Lambda, name: str, qualified: str) -> Code:
        written = node.args
        positional = tuple(self.name(argument.arg) for argument in [*written.posonlyargs, *written.args])
        keyword_only = tuple(self.name(argument.arg) for argument in written.kwonlyargs)
        star = self.name(written.vararg.arg) if written.vararg else None
        double_star = self.name(written.kwarg.arg) if written.kwarg else None
        names = [*positional, *keyword_only, *filter(None, (star, double_star))]
        return Code(
            name,
            qualified,
            node.lineno,
            node,
            positional,
            len(written.posonlyargs),
            star,
            keyword_only,
            double_star,
            tuple(sorted(self.scope.shared)),
            tuple(sorted(self.scope.free)),
            simple=not keyword_only and star is None and double_star is None,
            shared_parameters=tuple(key for key in names if key in self.scope.shared),
        )

    # Targets

    def target(self, node: ast.expr) -> Store:
        """Stores a value in a variable, attribute or item, or in several of them."""
        if isinstance(node, ast.Name):
            return self.variable(node, node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute_target(node)
        if isinstance(node, ast.Subscript):
            return self._item_target(node)
        if isinstance(node, ast.Tuple | ast.List):
            return self._unpacking(node)
        raise ScriptRefused(fill(messages.NOT_ASSIGNABLE), node.lineno)

    def _attribute_target(self, node: ast.Attribute) -> Store:
        owner = self.expression(node.value)
        put = self.operations.set_attribute(node, self.name(node.attr))
        return lambda f, value: put(owner(f), value)

    def _item_target(self, node: ast.Subscript) -> Store:
        owner, index = self.expression(node.value), self.expression(node.slice)
        put = self.operations.set_item(node)
        return lambda f, value: put(owner(f), index(f), value)

    def _unpacking(self, node: ast.Tuple | ast.List) -> Store:
        stars = [position for position, item in enumerate(node.elts) if isinstance(item, ast.Starred)]
        stores = [self.target(item.value if isinstance(item, ast.Starred) else item) for item in node.elts]
        count = len(stores)
        unpack = self.interpreter.unpacked
        if len(stars) > 1:
            raise ScriptRefused(
                fill(messages.NOT_PYTHON, reason="multiple starred expressions in assignment"), node.lineno
            )
        star = stars[0] if stars else None
        after = count - 1 - star if star is not None else 0

        def run(f: CallFrame, value: Any) -> None:
            items = unpack(value, count, star)
            if star is not None:
                end = len(items) - after
                items = [*items[:star], items[star:end], *items[end:]]
            for store, item in zip(stores, items):
                store(f, item)

        return run


def _is_dotted_name(text: str) -> bool:
    parts = text.strip(" \t").split(".") if len(text) < MAX_DOTTED_NAME else []
    return bool(parts) and all(
        part.isidentifier() and not keyword.iskeyword(part) and not is_special(part) for part in parts
    )


def _names(target: ast.expr) -> list[str]:
    return [
        node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
