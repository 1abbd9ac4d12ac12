"""The calls of a recorded pass to functions and methods that bpstep provides."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build, part_stores
from bpstep.script.equations.build import Tree
from bpstep.script.equations.items import TRACED_CONTAINERS, is_table, is_traced
from bpstep.script.interpreter import printed
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.values import Builtin, Module, Passive, ScriptClass, is_script_instance
from bpstep.script.numpy_calls.call import CallRule
from bpstep.script.numpy_calls.joins import SPLITTING, split_axis
from bpstep.script.numpy_calls.tables import MATH, NUMPY, PYTHON, type_rule
from bpstep.script.tracing.arguments import TracedCall, picked_from
from bpstep.script.tracing.changes import CHANGING, OUT_IS_THIRD, TracedChanges
from bpstep.script.tracing.sites import CallSite, IndexSite
from bpstep.script.tracing.values import hint
from bpstep.script.tracing.vectorized import whole_array_tree
from bpstep.text import fill

Applied = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]

RANDOM_KINDS = (np.random.RandomState, np.random.Generator)

RANDOM_MODULES = ("numpy.random", "random")

WRITING = ("print", "str", "repr", "format")
"""Functions that print their arguments."""

ROUNDING = ("round", "around", "round_")
"""Functions whose result is printed in place of their arguments."""

RETURNING_RESULTS = ("reduce",)
"""Functions that return what the function that they are given returned last."""

PASSING_ITEMS = ("enumerate", "list", "tuple", "zip")
"""Functions that take the items of their arguments one after the other and return them."""

RESHAPING = (
    "reshape",
    "ravel",
    "flatten",
    "squeeze",
    "expand_dims",
    "atleast_2d",
    "atleast_1d",
    "array",
    "asarray",
)


class TracedCalls(TracedChanges):
    """The results of calls, by the rules of their functions."""

    def __init__(self, interpreter: Interpreter) -> None:
        super().__init__(interpreter)
        self._builtins = {id(item): name for name, item in interpreter.builtins.items()}

    def call(self, node: ast.AST) -> Applied:
        plain = self.interpreter.call
        assert isinstance(node, ast.Call)
        site = CallSite.of(node, self.place)

        def run(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if self.active is None:
                return plain(function, args, kwargs)
            return self._applied(site, function, args, kwargs)

        return run

    def _applied(self, site: CallSite, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a value, and keep the expression of its result; a `partial` is a call of its function."""
        plain = self.interpreter.call
        while type(function) is Builtin and function.bound is not None:
            function, first, named = function.bound
            args, kwargs = (*first, *args), {**named, **kwargs}
            site = site.with_first([None] * len(first))
        say, name = self._say_of(function)
        if name in WRITING or type(function) is Passive:
            self._show_arguments(TracedCall(self, site, args, kwargs))
        if name is not None and self._draws(function):
            return self._drawn(plain(function, args, kwargs), name, args, site)
        if type(function) is np.vectorize and not kwargs:
            say = self._say_of_vectorized(function, TracedCall(self, site, args, kwargs))
            name = "vectorize" if say is not None else None
        if say is None and name is None:
            self.pending = site
            try:
                return plain(function, args, kwargs)
            finally:
                self.pending = None
        made = TracedCall(self, site, args, kwargs)
        return self._made(made, say, name or "", lambda: plain(function, made.args, kwargs))

    def _show_arguments(self, made: TracedCall) -> None:
        """Record the arguments of a print and the like."""
        texts = ["", *(given if isinstance(given, str) else "" for given in made.args)]
        nodes = [made.node(at) for at in range(len(made.args))]
        self.show_all(made.args, nodes, texts, made.place)

    def _say_of(self, function: Any) -> tuple[CallRule | None, str | None]:
        """How a call of a value is expressed; the name of a provided function, None for the script's own."""
        if type(function) is Builtin:
            if id(function) in self._builtins:
                return PYTHON.get(function.name), function.name
            if self._is_of("math", function):
                return MATH.get(function.name), function.name
            return NUMPY.get(function.name), function.name
        if type(function) is np.ufunc:
            return NUMPY.get(function.__name__), function.__name__
        if isinstance(function, type) and not isinstance(function, ScriptClass):
            return type_rule(function), function.__name__
        return None, None

    def _say_of_vectorized(self, function: Any, made: TracedCall) -> CallRule | None:
        """How a call of `np.vectorize(f)` is expressed: by f's expression, of whole arrays."""
        if function.signature is not None or function.excluded:
            return None
        given = made.reads
        if len(given) < len(made.args):
            return None
        names: dict[str, Any] = dict(self.host.builtins)
        for _, namespace in reversed(self.host.units):
            names.update(namespace)
        tree = whole_array_tree(
            function.pyfunc, [tree for tree in given if tree is not None], names, self._rule_of
        )
        return None if tree is None else lambda call: tree

    def _rule_of(self, function: Any) -> CallRule | None:
        return self._say_of(function)[0]

    def _is_of(self, module: str, function: Any) -> bool:
        found = self.host.modules.loaded.get(module)
        return found is not None and found.attributes.get(function.name) is function

    def method(self, node: ast.AST, name: str) -> Applied:
        plain = super().method(node, name)
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        site, value_node = CallSite.of(node, self.place), node.func.value

        def run(value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if self.active is None:
                return plain(value, args, kwargs)
            if type(value) is Module:
                member = value.attributes.get(name)
                if value.name in RANDOM_MODULES:
                    return self._drawn(plain(value, args, kwargs), name, args, site)
                say, found = self._say_of(member)
                if say is not None or (found is not None and not value.is_own):
                    made = TracedCall(self, site, args, kwargs)
                    return self._made(made, say, name, lambda: plain(value, made.args, kwargs))
            elif isinstance(value, np.ndarray | np.generic):
                made = TracedCall(self, site.with_first([value_node]), (value, *args), kwargs)
                return self._array_method(name, made, lambda: plain(value, made.args[1:], kwargs))
            elif isinstance(value, TRACED_CONTAINERS):
                result = plain(value, args, kwargs)
                self._container_method(site, name, value, args, result)
                return result
            elif type(value) is np.ufunc:
                made = TracedCall(self, site, args, kwargs)
                return self._ufunc_method(value, name, made, lambda: plain(value, args, kwargs))
            elif isinstance(value, RANDOM_KINDS):
                return self._drawn(plain(value, args, kwargs), name, args, site)
            elif is_script_instance(value) and type(vars(value).get(name)) in (Builtin, np.ufunc):
                # An object may hold a function of NumPy, as the activation of a layer.
                return self._applied(site, vars(value)[name], args, kwargs)
            elif isinstance(value, str) and name == "format":
                self.show_all(args, site.nodes, printed.brace_texts(value), site.place)
            elif type(value) is Passive:
                self._show_arguments(TracedCall(self, site, args, kwargs))
            self.pending = site
            try:
                return plain(value, args, kwargs)
            finally:
                self.pending = None

        return run

    def _draws(self, function: Any) -> bool:
        return type(function) is Builtin and any(self._is_of(name, function) for name in RANDOM_MODULES)

    def _drawn(self, result: Any, name: str, args: tuple[Any, ...], site: CallSite) -> Any:
        """The results of a random generator come from outside, including what it has reordered."""
        if name in ("shuffle", "permuted") and args:
            self._shuffled(args[0], site.nodes[0] if site.nodes else None, site.place)
        return result

    def _made(self, made: TracedCall, say: CallRule | None, name: str, run: Callable[[], Any]) -> Any:
        """Call a provided function, and keep the expression of its result."""
        recorder = self.recorder
        assert recorder is not None
        if name == "sum" and say is None and made.args and isinstance(made.args[0], types.GeneratorType):
            made.args = (list(made.args[0]), *made.args[1:])
        if name in PASSING_ITEMS and say is None:
            made.args = tuple(self._items_of(made, at) for at in range(len(made.args)))
        if name in CHANGING and made.args and isinstance(made.args[0], np.ndarray):
            return self._changing_call(name, made, run)
        out = made.kwargs.get("out")
        out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
        if out is None and len(made.args) == 3 and name in OUT_IS_THIRD:
            out = made.args[2]
        if isinstance(out, np.ndarray):
            return self._call_into(made, say, name, out, run)
        result = run()
        made.result = result
        if name == "setattr" and is_script_instance(made.args[0]):
            self._attribute_was_set(made)
        elif say is None and name == "sum":
            self._keep_sum(made, result)
        elif name in ROUNDING and is_traced(result):
            recorder.rounded[id(result)] = (result, made.args[0])
            recorder.kept.append(result)
            self._keep_call(made, say, name, result)
        else:
            self._keep_call(made, say, name, result)
        return result

    def _items_of(self, made: TracedCall, position: int) -> Any:
        node = made.node(position)
        given = made.args[position]
        return given if node is None else self.each_of(IndexSite(node, made.place, node, None), given)

    def _attribute_was_set(self, made: TracedCall) -> None:
        """`setattr(owner, name, item)` is an assignment to that attribute."""
        assert self.recorder is not None
        owner, name, item = made.args
        kept = self.recorder.assign_attribute(owner, name, item, made.place)
        if kept is not item:
            self.host.attributes.set(owner, name, kept)

    def _keep_call(self, made: TracedCall, say: CallRule | None, name: str, result: Any) -> None:
        if name in SPLITTING and isinstance(result, list):
            self._keep_parts(made, split_axis(name, made), result)
            return
        if not isinstance(result, np.ndarray | np.generic | float | int):
            return
        if is_traced(result) and any(result is given for given in picked_from(name, made.args)):
            return
        if name in RETURNING_RESULTS and self.is_known(result):
            return
        mask = self.mask_of(made.args)
        if mask is not None:
            self._keep_masked(made, say, result, mask)
            return
        tree = self._said(say, made) if say is not None else None
        if tree is not None:
            self.keep(made.site.node, result, tree, **self._view_facts(name, made, result))
        elif is_traced(result) and made.depends:
            is_plain = not any(map(is_table, made.args))
            template = messages.NOT_IN_LANGUAGE_CALL if is_plain else messages.TABLE_NOT_FOLLOWED
            self.keep(made.site.node, result, None, fill(template, name=name), reads=made.reads)

    def _keep_parts(self, made: TracedCall, axis: int, parts: list[Any]) -> None:
        """The parts of an array that was split along an axis: each is a slice of it."""
        value, tree = made.args[0], made.tree(0)
        if tree is None or not isinstance(value, np.ndarray):
            return
        site = IndexSite(made.site.node, made.place, made.node(0), None)
        start = 0
        for part in parts:
            index = (*[slice(None)] * axis, slice(start, start + part.shape[axis]))
            start += part.shape[axis]
            self.record_picked(site, value, index, part)

    def _keep_masked(
        self, made: TracedCall, say: CallRule | None, result: Any, mask: tuple[Any, Tree]
    ) -> None:
        trees_of = [
            self.unmasked(made.node(at), given, made.place, mask) for at, given in enumerate(made.args)
        ]
        is_elementwise = isinstance(result, np.ndarray) and any(
            isinstance(given, np.ndarray) and given.shape == result.shape for given in made.args
        )
        if say is None or not is_elementwise or None in trees_of:
            if is_traced(result):
                self.keep(made.site.node, result, None, fill(messages.UNCOUNTED_CELLS))
            return
        made.known = dict(enumerate(trees_of))
        self.keep(made.site.node, result, self._said(say, made), fill(messages.UNSAID_OF_CELLS), mask=mask)

    def _view_facts(self, name: str, made: TracedCall, result: Any) -> dict[str, Any]:
        if not isinstance(result, np.ndarray) or not made.args or not isinstance(made.args[0], np.ndarray):
            return {}
        value = made.args[0]
        base = self.known(value)
        if base is None or not np.may_share_memory(result, value):
            return {}
        if name in RESHAPING:
            sizes = tuple(map(build.signed_number, result.shape))
            back = tuple(map(build.signed_number, value.shape))
            return {
                "base": base,
                "seen": lambda whole: build.method(whole, "reshape", *sizes),
                "put": lambda whole, part: build.method(part, "reshape", *back),
            }
        if name == "transpose" and value.ndim == 2:
            return {
                "base": base,
                "seen": build.transpose_of,
                "put": lambda whole, part: build.transpose_of(part),
            }
        return {}

    def _keep_sum(self, made: TracedCall, result: Any) -> None:
        """Python's `sum(items)`: one sum of all, in their order."""
        if not isinstance(result, np.ndarray | np.generic | float):
            return
        if len(made.args) == 1 and isinstance(made.args[0], np.ndarray):
            # It adds the rows.
            tree, axis = made.tree(0), {} if made.args[0].ndim == 1 else {"axis": build.numeral(0)}
            rows = None if tree is None else build.call("sum", tree, **axis)
            self.keep(made.site.node, result, rows, fill(messages.NO_EXPRESSION))
            return
        items = made.item_trees(0) if made.args and len(made.args) == 1 else None
        if not items or len(items) > 400:
            if made.depends:
                self.keep(made.site.node, result, None, fill(messages.UNSAID_SUM))
            return
        if len(items) > 8 and all(np.shape(item) == () for item in made.args[0]):
            self.keep(
                made.site.node, result, build.call("sum", build.call("stack", ast.List(items, ast.Load())))
            )
            return
        total = items[0]
        for item in items[1:]:
            total = build.add(total, item)
        self.keep(made.site.node, result, total)

    def _ufunc_method(self, ufunc: Any, name: str, made: TracedCall, run: Callable[[], Any]) -> Any:
        recorder = self.recorder
        assert recorder is not None
        if name == "at" and made.args and isinstance(made.args[0], np.ndarray):
            tree = self._added_at(ufunc, made)
            result = run()
            known = recorder.found(made.args[0])
            if known is not None:
                target = made.node(0)
                path = self.path_of_target(target, made.place) if target is not None else None
                recorder.written(
                    known,
                    tree,
                    path,
                    made.place,
                    fill(messages.NOT_IN_LANGUAGE_CALL, name=f"{ufunc.__name__}.at"),
                )
            return result
        result = run()
        made.result = result
        say: CallRule | None = None
        if name == "outer" and ufunc is np.multiply:
            say = NUMPY["outer"]
        elif name == "reduce" and ufunc in (np.add, np.maximum, np.minimum):
            say = NUMPY[{"add": "sum", "maximum": "max", "minimum": "min"}[ufunc.__name__]]
            if len(made.args) == 1 and "axis" not in made.kwargs:
                made.kwargs = {**made.kwargs, "axis": 0}
        self._keep_call(made, say, f"{ufunc.__name__}.{name}", result)
        return result

    def _array_method(self, name: str, made: TracedCall, run: Callable[[], Any]) -> Any:
        recorder = self.recorder
        assert recorder is not None
        value = made.args[0]
        if not self.is_known(value):
            return run()
        if name in ("fill", "sort", "put", "itemset", "resize", "partition"):
            whole = made.tree(0)
            tree: Tree | None = None
            if name == "fill" and whole is not None:
                item = made.tree(1)
                if item is not None and part_stores.is_value(item, 0):
                    tree = build.call("zeros_like", whole)
                elif item is not None:
                    tree = build.multiply(item, build.call("ones_like", whole))
            result = run()
            known = recorder.found(value)
            if known is not None:
                target = made.node(0)
                path = self.path_of_target(target, made.place) if target is not None else None
                recorder.written(
                    known, tree, path, made.place, fill(messages.NOT_IN_LANGUAGE_METHOD, name=name)
                )
            return result
        if isinstance(made.kwargs.get("out"), np.ndarray):
            return self._call_into(made, NUMPY.get(name), name, made.kwargs["out"], run)
        result = run()
        made.result = result
        if name == "round" and is_traced(result):
            recorder.rounded[id(result)] = (result, value)
            recorder.kept.append(result)
        self._keep_call(made, NUMPY.get(name), name, result)
        return result

    def _container_method(
        self, site: CallSite, name: str, value: Any, args: tuple[Any, ...], result: Any
    ) -> None:
        recorder, place, function = self.recorder, site.place, site.node.func
        assert recorder is not None
        assert isinstance(function, ast.Attribute)
        path = recorder.paths.of_object(value)
        if name in ("insert", "pop", "remove", "reverse", "sort"):
            recorder.whole_numbers.reordered(value)
        if name in ("append", "insert", "extend", "update", "setdefault"):
            if path is None:
                node = function.value
                path = place.path_of(node.id if isinstance(node, ast.Name) else hint(node))
                recorder.paths.place_object(value, path)
            if name == "append" and args:
                origin = self.origin_of(site.nodes[0] if site.nodes else None, args[0], place)
                recorder.whole_numbers.put(value, len(value) - 1, args[0], origin)
                recorder.assign(args[0], (*path, len(value) - 1), place)
            else:
                recorder.name_inside(value, path, place)
        elif name in ("get", "pop") and is_traced(result) and args and path is not None and name == "get":
            recorder.memo[id(site.node)] = (result, (*path, args[0]))
