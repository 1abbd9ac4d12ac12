"""The second compiled form of a script: it computes the same values by the same operations, and records
them.

`Traced` compiles the script's statements once more over the same syntax tree. During a recorded pass each
function's body is exchanged for its traced form; objects, functions and classes stay those of the run.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from bpstep.script import messages, numpy_calls, part_stores, printed, trees
from bpstep.script.code import Block, Code, Namespace, Runner
from bpstep.script.equations import Opened
from bpstep.script.interpreter import Interpreter
from bpstep.script.numpy_calls import MATH, NUMPY, PYTHON, CallRule
from bpstep.script.operations import (
    BINARY_OPERATIONS,
    COMPARE,
    IN_PLACE,
    UNARY,
    Operations,
    get_item,
    set_item,
)
from bpstep.script.parts import ForParts, StatementParts, WhileParts
from bpstep.script.recorder import TRACED_CONTAINERS, Known, PassRecorder, Place, ValuePath, is_traced
from bpstep.script.scope import Analyser, Scope, mangled
from bpstep.script.source import Source
from bpstep.script.statements import StatementCompiler
from bpstep.script.trees import Tree
from bpstep.script.values import Builtin, Module, Passive, ScriptClass, ScriptFunction, is_script_instance
from bpstep.script.vectorized import whole_array_tree
from bpstep.text import fill

Applied = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]

GRAMMAR = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
RANDOM_KINDS = (np.random.RandomState, np.random.Generator)


class Traced:
    """The traced form of a script's main module and of the modules of its folder."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.operations = TracingOperations(interpreter)
        self.bodies: dict[int, tuple[Code, Block | None, Any]] = {}
        """The traced body of each function, by the `id` of its code: a function within an expression may be
        compiled more than once, and is exchanged once."""
        self.loops: dict[int, Block] = {}
        """The traced body of each loop, by the `id` of its node."""
        self._compiled = 0

    def update(self) -> None:
        """Compile the modules that the interpreter has compiled since."""
        for source, namespace in self.interpreter.units[self._compiled :]:
            self._compiled += 1
            scopes = Analyser().analyse(source.tree)
            name = namespace.get("__name__", "__main__")
            module = "" if name == "__main__" else name
            compiler = _TracingCompiler(self, source, namespace, module, scopes)
            compiler.scope = scopes[source.tree]
            if source.tree.body:
                compiler.block(source.tree.body)

    @contextmanager
    def recording(self, recorder: PassRecorder) -> Iterator[None]:
        """Run the traced forms in place of the others."""
        operations, interpreter = self.operations, self.interpreter
        outer = operations.recorder
        operations.recorder = recorder
        self._exchange()
        interpreter.__dict__["invoke"] = operations.invoke
        try:
            yield
        finally:
            del interpreter.__dict__["invoke"]
            self._exchange()
            operations.recorder = outer

    def _exchange(self) -> None:
        for key, (code, block, value) in self.bodies.items():
            self.bodies[key] = code, code.block, code.value
            code.block, code.value = block, value


class _TracingCompiler(StatementCompiler):
    def __init__(
        self,
        traced: Traced,
        source: Source,
        namespace: Namespace,
        module: str,
        scopes: dict[ast.AST, Scope],
    ) -> None:
        super().__init__(traced.interpreter, namespace, scopes, traced.operations)
        self._traced = traced
        self._source = source
        self._module = module
        self._statement: ast.stmt = ast.Pass(lineno=1)
        traced.operations.compiler = self

    def statement(self, node: ast.stmt) -> Runner:
        outer, self._statement = self._statement, node
        try:
            return super().statement(node)
        finally:
            self._statement = outer

    def code(self, node: ast.FunctionDef | ast.Lambda, name: str) -> Code:
        made = super().code(node, name)
        original = self._traced.interpreter.codes.get(id(node))
        if original is None:
            return made
        self._traced.bodies[id(original)] = original, made.block, made.value
        return original

    def _kept(self, runner: Runner, parts: StatementParts) -> Runner:
        if isinstance(parts, ForParts | WhileParts):
            self._traced.loops[id(parts.node)] = parts.body
        return super()._kept(runner, parts)

    def place(self) -> Place:
        """Where the code stands that is being compiled."""
        scope, module = self.scope, self._module
        function = self.qualifier.removesuffix("<locals>.").removesuffix(".")
        local = function if scope.kind == "function" else module

        def path_of(written: str) -> ValuePath:
            name = mangled(written, scope.class_name)
            where = scope.where(name)
            shown = name.partition("@")[0]
            if where == "shared":
                return ("~", shown)
            return (module if where == "global" or scope.kind == "module" else local, shown)

        return Place(self._source, self._statement, local, path_of)


class _Call:
    """A call that was made; see `numpy_calls.CallMade`."""

    def __init__(
        self,
        operations: TracingOperations,
        place: Place,
        nodes: list[ast.expr | None],
        keywords: dict[str, ast.expr],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.operations = operations
        self.place = place
        self.nodes = nodes
        self.keywords = keywords
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.known: dict[Any, Tree | None] = {}

    def _node(self, position: int) -> ast.expr | None:
        return self.nodes[position] if position < len(self.nodes) else None

    def tree(self, position: int) -> Tree | None:
        if position >= len(self.args):
            return None
        if position not in self.known:
            given = self.args[position]
            node = self._node(position)
            if isinstance(given, list | tuple):
                self.known[position] = self.operations.nested_tree(node, given, self.place)
            else:
                self.known[position] = self.operations.tree_of(node, given, self.place)
        return self.known[position]

    def keyword_tree(self, name: str) -> Tree | None:
        if name not in self.kwargs:
            return None
        return self.operations.tree_of(self.keywords.get(name), self.kwargs[name], self.place)

    def item_trees(self, position: int) -> list[Tree] | None:
        if position >= len(self.args):
            return None
        given = self.args[position]
        if not isinstance(given, list | tuple):
            return None
        found = [
            self.operations.nested_tree(node, item, self.place)
            if isinstance(item, list | tuple)
            else self.operations.tree_of(node, item, self.place)
            for node, item in zip(_item_nodes(self._node(position), len(given)), given)
        ]
        return None if None in found else [tree for tree in found if tree is not None]

    def nested_tree(self, position: int) -> Tree | None:
        return self.operations.nested_tree(self._node(position), self.args[position], self.place)

    @property
    def reads(self) -> tuple[Tree, ...]:
        """The expressions of its arguments, as far as they have one."""
        return tuple(tree for at in range(len(self.args)) if (tree := self.tree(at)) is not None)

    @property
    def depends(self) -> bool:
        """Whether an argument is known: its result is a result of the pass."""
        return any(self.operations.is_known(given) for given in (*self.args, *self.kwargs.values()))


def _picked_from(name: str, args: tuple[Any, ...]) -> Iterator[Any]:
    """What a call may give back as it is: its arguments, of `max` and `min` the items of a list too."""
    for given in args:
        yield given
        if name in ("max", "min") and isinstance(given, list | tuple):
            yield from given


def _item_nodes(node: ast.expr | None, count: int) -> list[ast.expr | None]:
    if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) != count:
        return [None] * count
    if any(isinstance(item, ast.Starred) for item in node.elts):
        return [None] * count
    return list(node.elts)


class TracingOperations(Operations):
    """Python's operators and calls, with what they mean kept in a `PassRecorder` while there is one."""

    is_plain = False

    def __init__(self, interpreter: Interpreter) -> None:
        super().__init__(interpreter)
        self.host = interpreter
        self.recorder: PassRecorder | None = None
        self.compiler: _TracingCompiler | None = None
        self._pending: tuple[Place, list[ast.expr | None], dict[str, ast.expr]] | None = None
        self._builtins = {id(item): name for name, item in interpreter.builtins.items()}

    @property
    def active(self) -> PassRecorder | None:
        """What records the pass; None where nothing is recorded, or no more."""
        recorder = self.recorder
        return None if recorder is None or recorder.is_full else recorder

    @property
    def _place(self) -> Place:
        assert self.compiler is not None
        return self.compiler.place()

    # Expressions of values

    def is_known(self, value: Any) -> bool:
        """Whether a value, or an item of a list, is a tensor of the pass."""
        recorder = self.recorder
        assert recorder is not None
        if is_traced(value):
            return recorder.found(value) is not None or recorder.has_initial(value)
        if isinstance(value, list | tuple) and len(value) < 1_000:
            return any(self.is_known(item) for item in value)
        return False

    def tree_of(self, node: ast.expr | None, value: Any, place: Place) -> Tree | None:
        """The expression of a value that an operation reads at a node of the syntax tree."""
        recorder = self.recorder
        assert recorder is not None
        if node is not None and _is_literal(node):
            literal = trees.number(value)
            if literal is not None:
                return literal
        remembered = recorder.memo.get(id(node)) if node is not None else None
        if remembered is not None and remembered[0] is value and not isinstance(value, np.ndarray):
            if isinstance(remembered[1], ast.expr):
                return remembered[1]
            if isinstance(remembered[1], tuple):
                return self._located(remembered[1], value, place)
        if is_traced(value):
            path = self._path(node, place)
            if remembered is not None and remembered[0] is value and isinstance(remembered[1], tuple):
                path = remembered[1]
            known = recorder.lookup(value, path, _hint(node), place)
            return recorder.use(known, _hint(node), place)
        if isinstance(value, int | np.bool_):
            if isinstance(node, ast.Name) and not isinstance(value, bool | np.bool_):
                return recorder.number_at(place.path_of(node.id), value, place)
            return trees.number(value)
        return None

    def _located(self, path: ValuePath, value: Any, place: Place) -> Tree | None:
        recorder = self.recorder
        assert recorder is not None
        if is_traced(value):
            return recorder.use(recorder.lookup(value, path, str(path[-1]), place), str(path[-1]), place)
        return recorder.number_at(path, value, place)

    def _path(self, node: ast.expr | None, place: Place) -> ValuePath | None:
        return place.path_of(node.id) if isinstance(node, ast.Name) else None

    def nested_tree(self, node: ast.expr | None, value: Any, place: Place) -> Tree | None:
        """The expression of nested lists of numbers and arrays, as one array."""
        if not isinstance(value, list | tuple):
            return self.tree_of(node, value, place)
        recorder = self.recorder
        assert recorder is not None
        if not value or len(value) > 200:
            return None
        if not self.is_known(value) and not any(isinstance(item, list | tuple) for item in value):
            return None
        items = [
            self.nested_tree(inner, item, place) for inner, item in zip(_item_nodes(node, len(value)), value)
        ]
        if None in items:
            return None
        return trees.call("stack", ast.List([item for item in items if item is not None], ast.Load()))

    def _keep(self, node: ast.expr, value: Any, tree: Tree | None, why: str = "", **facts: Any) -> None:
        recorder = self.recorder
        assert recorder is not None
        if is_traced(value):
            if tree is None and not why:
                return
            recorder.remember(value, tree, opaque=why, **facts)
        elif tree is not None:
            recorder.memo[id(node)] = (value, tree)

    def _known(self, value: Any) -> Known | None:
        return self.recorder.found(value) if self.recorder is not None else None

    # Operators

    def binary(self, node: ast.expr, kind: type[ast.operator]) -> Callable[[Any, Any], Any]:
        plain, place = BINARY_OPERATIONS[kind], self._place
        assert isinstance(node, ast.BinOp)
        left, right = node.left, node.right

        def run(a: Any, b: Any) -> Any:
            result = plain(a, b)
            if self.active is None:
                return result
            if isinstance(result, np.ndarray | np.generic | float | int):
                self._record_binary(node, kind, a, b, left, right, result, place)
            elif kind is ast.Mod and isinstance(a, str):
                is_several = isinstance(b, tuple)
                nodes = _item_nodes(right, len(b)) if is_several else [right]
                self._show_all(b if is_several else (b,), nodes, printed.percent_texts(a), place)
            return result

        return run

    def _record_binary(
        self,
        node: ast.expr,
        kind: type[ast.operator],
        a: Any,
        b: Any,
        left: ast.expr,
        right: ast.expr,
        result: Any,
        place: Place,
    ) -> None:
        mask = self._mask_of((a, b))
        if mask is not None:
            self._record_masked(node, kind, a, b, left, right, result, place, mask)
            return
        tree = self._operation(kind, self._operand(left, a, place), self._operand(right, b, place), a, b)
        if tree is not None:
            self._keep(node, result, tree)
        elif is_traced(result) and (self.is_known(a) or self.is_known(b)):
            self._keep(
                node, result, None, fill(messages.NOT_IN_LANGUAGE_OPERATOR, sign=_SIGNS.get(kind, "?"))
            )

    def _operand(self, node: ast.expr | None, value: Any, place: Place) -> Tree | None:
        if isinstance(value, list | tuple):
            return self.nested_tree(node, value, place)
        return self.tree_of(node, value, place)

    def _operation(
        self, kind: type[ast.operator], left: Tree | None, right: Tree | None, a: Any, b: Any
    ) -> Tree | None:
        if left is None or right is None:
            return None
        if kind in GRAMMAR:
            if kind is ast.Mult and type(a) is np.matrix:
                return trees.binary(left, ast.MatMult(), right)
            return trees.binary(left, kind(), right)
        if kind is ast.FloorDiv:
            return numpy_calls.floored(left, right)
        if kind is ast.Mod:
            return numpy_calls.remainder(left, right)
        if kind is ast.BitAnd and _is_truth(a) and _is_truth(b):
            return numpy_calls.both(left, right)
        if kind is ast.BitOr and _is_truth(a) and _is_truth(b):
            return numpy_calls.either(left, right)
        return None

    def _mask_of(self, values: tuple[Any, ...]) -> tuple[Any, Tree] | None:
        for value in values:
            known = self._known(value) if isinstance(value, np.ndarray) else None
            if known is not None and known.mask is not None:
                return known.mask
        return None

    def _unmasked(self, node: ast.expr | None, value: Any, place: Place, mask: Any) -> Tree | None:
        known = self._known(value) if isinstance(value, np.ndarray) else None
        if known is not None and known.mask is not None:
            return known.tree if np.array_equal(known.mask[0], mask[0]) else None
        return self.tree_of(node, value, place) if np.ndim(value) == 0 else None

    def _record_masked(
        self,
        node: ast.expr,
        kind: type[ast.operator],
        a: Any,
        b: Any,
        left: ast.expr,
        right: ast.expr,
        result: Any,
        place: Place,
        mask: tuple[Any, Tree],
    ) -> None:
        one, two = self._unmasked(left, a, place, mask), self._unmasked(right, b, place, mask)
        tree = self._operation(kind, one, two, a, b)
        if tree is None:
            self._keep(node, result, None, fill(messages.MIXED_CELLS))
        else:
            self._keep(node, result, tree, mask=mask)

    def in_place(self, node: ast.stmt, kind: type[ast.operator]) -> Callable[[Any, Any], Any]:
        plain, place = IN_PLACE[kind], self._place
        assert isinstance(node, ast.AugAssign)
        target, value_node = node.target, node.value

        def run(a: Any, b: Any) -> Any:
            recorder = self.active
            if recorder is None or not isinstance(a, np.ndarray | np.generic | float | int):
                result = plain(a, b)
                if recorder is not None and isinstance(a, list):
                    self._name_inside(a, place)
                return result
            mask = self._mask_of((a, b))
            if mask is not None:
                left = self._unmasked(target, a, place, mask)
                right = self._unmasked(value_node, b, place, mask)
            else:
                left = self._operand(target, a, place)
                right = self._operand(value_node, b, place)
            known = recorder.found(a)
            tree = self._operation(kind, left, right, a, b)
            result = plain(a, b)
            if result is a and isinstance(a, np.ndarray) and known is not None:
                if mask is not None:
                    known.tree, known.opaque = tree, "" if tree is not None else fill(messages.MIXED_MASKS)
                else:
                    path = self._path_of_target(node.target, place)
                    self._change(known, tree, path, place)
            elif tree is not None:
                self._keep(target, result, tree)
                self._keep(value_node, result, tree)
            elif is_traced(result):
                self._keep(
                    target,
                    result,
                    None,
                    fill(messages.NOT_IN_LANGUAGE_OPERATOR, sign=_SIGNS.get(kind, "?") + "="),
                )
            return result

        return run

    def _change(
        self,
        known: Known,
        tree: Tree | None,
        path: ValuePath | None,
        place: Place,
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        recorder.written(known, tree, path, place)

    def _path_of_target(self, node: ast.expr, place: Place) -> ValuePath | None:
        recorder = self.recorder
        assert recorder is not None
        if isinstance(node, ast.Name):
            return place.path_of(node.id)
        remembered = recorder.memo.get(id(node))
        if remembered is not None and isinstance(remembered[1], tuple):
            return remembered[1]
        return None

    def unary(self, node: ast.expr, kind: type[ast.unaryop]) -> Callable[[Any], Any]:
        plain, place = UNARY[kind], self._place
        assert isinstance(node, ast.UnaryOp)
        operand = node.operand

        def run(a: Any) -> Any:
            result = plain(a)
            if self.active is not None and isinstance(result, np.ndarray | np.generic | float | int):
                known = self._known(a) if isinstance(a, np.ndarray) else None
                mask = known.mask if known is not None else None
                inner = known.tree if known is not None and mask else self.tree_of(operand, a, place)
                tree: Tree | None = None
                if inner is not None and kind is ast.USub:
                    tree = ast.UnaryOp(ast.USub(), inner)
                elif inner is not None and kind is ast.UAdd:
                    tree = inner
                elif inner is not None and kind is ast.Invert and _is_truth(a):
                    tree = numpy_calls.opposite(inner)
                if tree is not None:
                    self._keep(node, result, tree, mask=mask)
                elif is_traced(result) and self.is_known(a):
                    self._keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_THIS_OPERATOR))
            return result

        return run

    def compare(self, node: ast.expr, kind: type[ast.cmpop]) -> Callable[[Any, Any], Any]:
        plain, place = COMPARE[kind], self._place
        assert isinstance(node, ast.Compare)
        nodes = [node.left, *node.comparators] if len(node.ops) == 1 else [None, None]
        left, right = nodes[0], nodes[1]

        def run(a: Any, b: Any) -> Any:
            result = plain(a, b)
            if self.active is not None and isinstance(result, np.ndarray | np.bool_ | bool):
                if isinstance(result, bool) and not (is_traced(a) or is_traced(b)):
                    return result
                one, two = self._operand(left, a, place), self._operand(right, b, place)
                if one is not None and two is not None and kind in COMPARISONS:
                    self._keep(node, result, trees.compare(one, kind(), two))
                elif is_traced(result) and (self.is_known(a) or self.is_known(b)):
                    self._keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_COMPARISON))
            return result

        return run

    # Items

    def get_item(self, node: ast.expr) -> Callable[[Any, Any], Any]:
        place = self._place
        index_node = node.slice if isinstance(node, ast.Subscript) else None
        value_node = node.value if isinstance(node, ast.Subscript) else None

        def run(value: Any, index: Any) -> Any:
            result = get_item(value, index)
            recorder = self.active
            if recorder is None:
                return result
            if isinstance(value, np.ndarray):
                self._record_picked(node, value_node, index_node, value, index, result, place)
            elif isinstance(value, TRACED_CONTAINERS):
                self._record_item(node, value_node, value, index, result, place)
            elif type(value).__name__ == "Joiner":
                self._record_joined(node, index_node, index, result, place)
            return result

        return run

    def _record_item(
        self, node: ast.expr, value_node: ast.expr | None, value: Any, index: Any, result: Any, place: Place
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        shape = recorder.memo.get(id(value_node))
        if shape is not None and shape[0] is value and isinstance(shape[1], _Shape):
            if isinstance(index, int) and isinstance(result, int):
                size = trees.call("size", shape[1].tree, trees.whole(index))
                recorder.memo[id(node)] = (result, size)
            return
        path = recorder.path_of_object(value)
        if path is None or isinstance(index, slice):
            if isinstance(index, slice) and path is not None and isinstance(result, list):
                recorder.place_object(result, path)
            return
        if isinstance(index, int) and not isinstance(value, dict) and index < 0:
            index += len(value)
        inner = (*path, index)
        if isinstance(result, int) and not isinstance(result, bool):
            recorder.memo[id(node)] = (result, inner)
        elif is_traced(result):
            recorder.memo[id(node)] = (result, inner)
            if recorder.found(result) is None and not isinstance(result, np.ndarray):
                return
        elif isinstance(result, TRACED_CONTAINERS) or is_script_instance(result):
            recorder.place_object(result, inner)

    def _record_joined(
        self, node: ast.expr, index_node: ast.expr | None, index: Any, result: Any, place: Place
    ) -> None:
        parts = index if isinstance(index, tuple) else (index,)
        if not isinstance(result, np.ndarray) or not any(self.is_known(part) for part in parts):
            return
        nodes = _item_nodes(index_node, len(parts)) if isinstance(index, tuple) else [index_node]
        found: list[Tree] = []
        columns = isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "c_"
        for inner, part in zip(nodes, parts):
            tree = self.tree_of(inner, part, place) if np.ndim(part) else None
            if tree is None:
                self._keep(node, result, None, fill(messages.JOINS_OTHERS))
                return
            if columns and np.ndim(part) == 1:
                tree = trees.subscript(tree, [ast.Slice(), trees.NEW_AXIS])
            found.append(tree)
        axis = result.ndim - 1 if columns else 0
        joined = trees.call("concatenate", ast.List(found, ast.Load()), axis=trees.whole(axis))
        self._keep(node, result, joined)

    def _record_picked(
        self,
        node: ast.expr,
        value_node: ast.expr | None,
        index_node: ast.expr | None,
        value: Any,
        index: Any,
        result: Any,
        place: Place,
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        if not is_traced(result):
            return
        if recorder.found(value) is None and not recorder.has_initial(value):
            return
        tree = self.tree_of(value_node, value, place)
        if tree is None:
            self._keep(node, result, None, fill(messages.PART_OF_UNSAID))
            return
        base = recorder.found(value)
        if isinstance(index, np.ndarray) and index.dtype == bool and index.ndim:
            mask = self._full_mask(index_node, index, value, place)
            if mask is not None and isinstance(result, np.ndarray):
                self._keep(node, result, tree, mask=(index, mask))
            else:
                self._keep(node, result, None, fill(messages.UNCOUNTED_CELLS))
            return
        parts = self._index_trees(index_node, index, value, place)
        if parts is None:
            self._keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_INDEX))
            return
        picked = trees.subscript(tree, parts) if parts else tree
        bounds = part_stores.basic_bounds(value.shape, index)
        is_view = isinstance(result, np.ndarray) and np.may_share_memory(result, value)
        if not is_view or base is None:
            self._keep(node, result, picked)
            return
        self._keep(
            node,
            result,
            picked,
            base=base,
            seen=lambda whole: trees.subscript(whole, parts) if parts else whole,
            put=self._put_into(value.shape, bounds, index),
        )

    def _put_into(self, shape: tuple[int, ...], bounds: Any, index: Any) -> Callable[[Tree, Tree], Any]:
        region = None
        if bounds is not None:
            region = tuple(stop - start for start, stop, _, kept in bounds if kept)
        elif index is Ellipsis or index == () or _only_new_axes(index):
            return lambda whole, part: trees.method(part, "reshape", *map(trees.whole, shape))

        def put(whole: Tree, part: Tree) -> Tree | None:
            if bounds is None or region is None:
                return None
            return part_stores.into_bounds(whole, shape, bounds, part, region)

        return put

    def _full_mask(self, node: ast.expr | None, mask: Any, value: Any, place: Place) -> Tree | None:
        tree = self.tree_of(node, mask, place)
        if tree is None or mask.shape != value.shape[: mask.ndim]:
            return None
        return trees.with_new_axes(tree, 0, mask.ndim, value.ndim - mask.ndim)

    def _index_trees(self, node: ast.expr | None, index: Any, value: Any, place: Place) -> list[Tree] | None:
        parts = list(index) if isinstance(index, tuple) else [index]
        nodes = _item_nodes(node, len(parts)) if isinstance(index, tuple) else [node]
        found: list[Tree] = []
        for inner, part in zip(nodes, parts):
            if part is Ellipsis:
                taken = sum(each is not None for each in parts) - 1
                found += [ast.Slice()] * (value.ndim - taken)
                continue
            tree = self._index_tree(inner, part, place)
            if tree is None:
                return None
            found.append(tree)
        while found and isinstance(found[-1], ast.Slice) and found[-1].lower is found[-1].upper is None:
            if found[-1].step is not None or len(found) == 1:
                break
            found.pop()
        return found

    def _index_tree(self, node: ast.expr | None, part: Any, place: Place) -> Tree | None:
        if part is None:
            return trees.NEW_AXIS
        if isinstance(part, slice):
            ends = (part.start, part.stop, part.step)
            if any(end is not None and not isinstance(end, int | np.integer) for end in ends):
                return None
            return trees.slice_of(*(None if end is None else int(end) for end in ends))
        if isinstance(part, bool | np.bool_):
            return None
        if isinstance(part, int | np.integer):
            return trees.whole(int(part))
        if isinstance(part, range):
            bounds = [part.start, part.stop] if part.start else [part.stop]
            if part.step != 1:
                bounds = [part.start, part.stop, part.step]
            return trees.call("arange", *map(trees.whole, bounds))
        if isinstance(part, list):
            part = np.asarray(part)
        if isinstance(part, np.ndarray) and part.dtype.kind in "iu":
            return self.tree_of(node, part, place)
        return None

    def set_item(self, node: ast.AST) -> Callable[[Any, Any, Any], None]:
        place = self._place
        index_node = node.slice if isinstance(node, ast.Subscript) else None
        value_node = node.value if isinstance(node, ast.Subscript) else None
        statement = place.statement
        item_node: ast.expr | None = getattr(statement, "value", None)
        is_loop_target = isinstance(statement, ast.For)
        assert isinstance(node, ast.expr)
        target = node

        def run(value: Any, index: Any, item: Any) -> None:
            recorder = self.active
            if recorder is None:
                set_item(value, index, item)
            elif isinstance(value, np.ndarray):
                self._store_part(target, value_node, index_node, item_node, value, index, item, place)
            else:
                set_item(value, index, item)
                if isinstance(value, TRACED_CONTAINERS):
                    self._store_item(value, value_node, index, item, place, is_loop_target)

        return run

    def _store_item(
        self,
        value: Any,
        value_node: ast.expr | None,
        index: Any,
        item: Any,
        place: Place,
        is_loop_target: bool,
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        path = recorder.path_of_object(value)
        if path is None:
            name = value_node.id if isinstance(value_node, ast.Name) else _hint(value_node)
            path = place.path_of(name)
            recorder.place_object(value, path)
        if isinstance(index, slice):
            recorder.name_inside(value, path, place)
            return
        if isinstance(index, int | np.integer) and not isinstance(value, dict) and index < 0:
            index += len(value)
        kept = recorder.assign(item, (*path, index), place, is_loop_target)
        if kept is not item:
            set_item(value, index, kept)

    def _store_part(
        self,
        node: ast.expr,
        value_node: ast.expr | None,
        index_node: ast.expr | None,
        item_node: ast.expr | None,
        value: Any,
        index: Any,
        item: Any,
        place: Place,
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        known_item = recorder.found(item) if isinstance(item, np.ndarray) else None
        if (
            isinstance(place.statement, ast.AugAssign)
            and known_item is not None
            and known_item.base is not None
            and known_item.base.value is value
        ):
            set_item(value, index, item)  # the part was changed in place before
            return
        whole = self.tree_of(value_node, value, place)
        known = recorder.found(value)
        unpacked = isinstance(getattr(place.statement, "targets", [None])[0], ast.Tuple | ast.List)
        part_node = None if unpacked else item_node
        tree, why = self._whole_after(node, index_node, part_node, value, index, item, place, whole)
        set_item(value, index, item)
        if known is not None:
            path = self._path_of_target(value_node, place) if value_node is not None else None
            recorder.written(known, tree, path, place, why)

    def _whole_after(
        self,
        node: ast.expr,
        index_node: ast.expr | None,
        item_node: ast.expr | None,
        value: Any,
        index: Any,
        item: Any,
        place: Place,
        whole: Tree | None,
    ) -> tuple[Tree | None, str]:
        recorder = self.recorder
        assert recorder is not None
        why = fill(messages.NOT_IN_LANGUAGE_INDEX)
        if whole is None:
            return None, fill(messages.PART_OF_UNSAID)
        is_sum = isinstance(place.statement, ast.AugAssign)
        known_item = recorder.found(item) if isinstance(item, np.ndarray) else None
        masked = known_item.mask if known_item is not None else None
        if isinstance(index, np.ndarray) and index.dtype == bool:
            mask = self._full_mask(index_node, index, value, place)
            if mask is None:
                return None, why
            if masked is not None:
                assert known_item is not None
                tree = known_item.tree if np.array_equal(masked[0], index) else None
            elif np.ndim(item) == 0:
                tree = self.tree_of(None if is_sum else item_node, item, place)
            else:
                tree = None
            return (trees.call("where", mask, tree, whole) if tree is not None else None), why
        if is_sum:
            remembered = recorder.memo.get(id(node))
            part = remembered[1] if remembered is not None and remembered[0] is item else None
            if not isinstance(part, ast.expr):
                part = known_item.tree if known_item is not None else self.tree_of(None, item, place)
        else:
            part = self._operand(item_node, item, place)
        if part is None:
            return None, fill(messages.STORES_UNSAID)
        bounds = part_stores.basic_bounds(value.shape, index)
        if bounds is not None:
            return self._into_bounds(whole, value.shape, bounds, part, np.shape(item), is_sum), why
        picked = part_stores.picked_columns(value.shape, index)
        if picked is not None:
            return self._into_columns(whole, value, picked, index_node, index, part, item, is_sum, place), why
        return None, why

    def _into_bounds(
        self,
        whole: Tree,
        shape: tuple[int, ...],
        bounds: Any,
        part: Tree,
        part_shape: tuple[int, ...],
        is_sum: bool,
    ) -> Tree | None:
        if is_sum and isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
            is_cell = isinstance(part.left, ast.Subscript) and not part_shape
            if is_cell:
                return part_stores.added_into_bounds(whole, shape, bounds, part.op, part.right, ())
        return part_stores.into_bounds(whole, shape, bounds, part, part_shape)

    def _into_columns(
        self,
        whole: Tree,
        value: Any,
        picked: tuple[int, Any],
        index_node: ast.expr | None,
        index: Any,
        part: Tree,
        item: Any,
        is_sum: bool,
        place: Place,
    ) -> Tree | None:
        axis = picked[0]
        at = 1 if axis == 1 else 0
        node = _item_nodes(index_node, 2)[at]
        tree = self._index_tree(node, index[at], place)
        if tree is None:
            return None
        mask = part_stores.picked_mask(value.shape, axis, tree)
        if is_sum and isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
            term, rank = part.right, 0 if isinstance(part.right, ast.Constant) else 1
            if part_stores.is_value(term, 1):
                return trees.binary(whole, part.op, mask)
            return trees.binary(
                whole, part.op, trees.multiply(part_stores.along_rows(axis, term, rank), mask)
            )
        if part_stores.is_value(part, 1) and not np.any(value):
            return mask
        condition = trees.compare(mask, ast.Eq(), ast.Constant(1))
        return trees.call("where", condition, part_stores.along_rows(axis, part, np.ndim(item)), whole)

    # Attributes

    def get_attribute(self, node: ast.AST, name: str) -> Callable[[Any], Any]:
        plain, place = super().get_attribute(node, name), self._place
        assert isinstance(node, ast.Attribute)
        value_node = node.value

        def run(value: Any) -> Any:
            result = plain(value)
            recorder = self.active
            if recorder is None:
                return result
            if isinstance(value, np.ndarray | np.generic):
                self._record_array_attribute(node, value_node, value, name, result, place)
            else:
                self._record_attribute(node, value, name, result)
            return result

        return run

    def _record_attribute(self, node: ast.AST, value: Any, name: str, result: Any) -> None:
        recorder = self.recorder
        assert recorder is not None
        if isinstance(result, int):
            written = recorder.number_of(value, name, result)
            if written is not None:
                recorder.memo[id(node)] = (result, written)
                return
        path = recorder.path_of_object(value)
        if isinstance(value, ScriptClass):
            path = ("", value.__name__)
        if isinstance(value, Module) and value.is_own:
            path = (value.name,)
        if path is None:
            return
        inner = (*path, name)
        if (isinstance(result, int) and not isinstance(result, bool)) or is_traced(result):
            recorder.memo[id(node)] = (result, inner)
        elif isinstance(result, TRACED_CONTAINERS) or is_script_instance(result):
            recorder.place_object(result, inner)

    def _record_array_attribute(
        self, node: ast.Attribute, value_node: ast.expr, value: Any, name: str, result: Any, place: Place
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        if recorder.found(value) is None and not recorder.has_initial(value):
            return
        if name not in ("T", "mT", "shape", "size", "real", "A"):
            return
        tree = self.tree_of(value_node, value, place)
        if tree is None:
            if is_traced(result):
                self._keep(node, result, None, fill(messages.FROM_UNSAID))
            return
        if name == "shape":
            recorder.memo[id(node)] = (result, _Shape(tree))
        elif name == "size":
            recorder.memo[id(node)] = (result, trees.call("size", tree))
        elif isinstance(result, np.ndarray) and name == "T" and np.ndim(value) < 2:
            self._keep(node, result, tree, base=recorder.found(value), seen=_same, put=_put_whole)
        elif isinstance(result, np.ndarray) and name in ("T", "mT"):
            self._keep(
                node,
                result,
                trees.transposed(tree),
                base=recorder.found(value),
                seen=trees.transposed,
                put=lambda whole, part: trees.transposed(part),
            )
        elif isinstance(result, np.ndarray) and result is not value:
            self._keep(node, result, tree, base=recorder.found(value), seen=_same, put=_put_whole)

    def set_attribute(self, node: ast.AST, name: str) -> Callable[[Any, Any], None]:
        plain, place = super().set_attribute(node, name), self._place
        assert isinstance(node, ast.Attribute)
        value_node = node.value

        def run(value: Any, item: Any) -> None:
            recorder = self.active
            if recorder is None:
                plain(value, item)
            elif isinstance(value, np.ndarray):
                self._set_array_attribute(value_node, value, name, item, plain, place)
            else:
                plain(value, item)
                kept = recorder.assign_attribute(value, name, item, place)
                if kept is not item:
                    plain(value, kept)

        return run

    def _set_array_attribute(
        self, value_node: ast.expr, value: Any, name: str, item: Any, plain: Any, place: Place
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        tree = self.tree_of(value_node, value, place)
        plain(value, item)
        known = recorder.found(value)
        if known is None:
            return
        new = None
        if name == "shape" and tree is not None:
            new = trees.method(tree, "reshape", *map(trees.whole, value.shape))
        recorder.written(known, new, self._path_of_target(value_node, place), place)

    def store(self, node: ast.AST, name: str) -> Callable[[Any], Any] | None:
        place = self._place
        shown = name.partition("@")[0]
        is_loop_target = isinstance(place.statement, ast.For) and _stands_in(place.statement.target, node)
        path = place.path_of(name)
        hidden = not shown

        def keep(value: Any) -> Any:
            recorder = self.active
            if recorder is not None and not hidden:
                return recorder.assign(value, path, place, is_loop_target)
            return value

        return keep

    def _name_inside(self, value: Any, place: Place) -> None:
        recorder = self.recorder
        assert recorder is not None
        path = recorder.path_of_object(value)
        if path is not None:
            recorder.name_inside(value, path, place)

    def formatted(self, node: ast.FormattedValue, before: str) -> Callable[[Any], None] | None:
        place = self._place

        def look(value: Any) -> None:
            if self.active is not None:
                self.active.show_number(value, printed.label(before, _hint(printed.shown(node.value))), place)

        return look

    def _show_all(
        self, values: Iterable[Any], nodes: Sequence[ast.expr | None], texts: Sequence[str], place: Place
    ) -> None:
        """Values are written out, each after a text."""
        recorder = self.active
        if recorder is not None:
            for value, node, text in zip(values, nodes, texts):
                recorder.show_number(value, printed.label(text, _hint(printed.shown(node))), place)

    def _show_arguments(self, made: _Call) -> None:
        """The arguments of a print and the like are written out."""
        texts = ["", *(given if isinstance(given, str) else "" for given in made.args)]
        nodes = [made._node(at) for at in range(len(made.args))]
        self._show_all(made.args, nodes, texts, made.place)

    def returned(self) -> Callable[[Any], None] | None:
        place = self._place

        def look(value: Any) -> None:
            if self.active is not None and isinstance(value, dict | tuple | list):
                self.active.returned(value, place)

        return look

    def truth(self, node: ast.AST) -> Callable[[Any], bool] | None:
        place = self._place
        assert isinstance(node, ast.expr)

        def decide(value: Any) -> bool:
            recorder = self.active
            if recorder is not None and isinstance(value, np.ndarray | np.generic | bool | float):
                tree = self.tree_of(node, value, place)
                if tree is not None and not isinstance(tree, ast.Constant):
                    recorder.guards.append((tree, bool(value)))
            return bool(value)

        return decide

    # Calls

    def call(self, node: ast.AST) -> Applied:
        plain, place = self.interpreter.call, self._place
        assert isinstance(node, ast.Call)
        nodes, keywords = _argument_nodes(node)

        def run(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if self.active is None:
                return plain(function, args, kwargs)
            return self._applied(node, function, nodes, keywords, args, kwargs, place)

        return run

    def _applied(
        self,
        node: ast.Call,
        function: Any,
        nodes: list[ast.expr | None],
        keywords: dict[str, ast.expr],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        place: Place,
    ) -> Any:
        """Call a value, and keep what it means; a `partial` is a call of its function."""
        plain = self.interpreter.call
        while type(function) is Builtin and function.bound is not None:
            function, first, named = function.bound
            args, kwargs = (*first, *args), {**named, **kwargs}
            nodes = [*[None] * len(first), *nodes]
        say, name = self._say_of(function)
        if name in WRITING or type(function) is Passive:
            self._show_arguments(_Call(self, place, nodes, keywords, args, kwargs))
        if name is not None and self._draws(function):
            return self._drawn(plain(function, args, kwargs), name, args, nodes, place)
        if type(function) is np.vectorize and not kwargs:
            say = self._say_of_vectorized(function, _Call(self, place, nodes, keywords, args, kwargs))
            name = "vectorize" if say is not None else None
        if say is None and name is None:
            self._pending = (place, nodes, keywords)
            try:
                return plain(function, args, kwargs)
            finally:
                self._pending = None
        made = _Call(self, place, nodes, keywords, args, kwargs)
        return self._made(node, made, say, name or "", lambda: plain(function, made.args, kwargs))

    def _say_of(self, function: Any) -> tuple[CallRule | None, str | None]:
        """How a call of a value is said; the name of a function that is provided, None for the script's."""
        if type(function) is Builtin:
            if id(function) in self._builtins:
                return PYTHON.get(function.name), function.name
            if self._is_of("math", function):
                return MATH.get(function.name), function.name
            return NUMPY.get(function.name), function.name
        if type(function) is np.ufunc:
            return NUMPY.get(function.__name__), function.__name__
        if isinstance(function, type) and function in numpy_calls.FLOAT_TYPES:
            return PYTHON["float"], function.__name__
        if isinstance(function, type) and not isinstance(function, ScriptClass):
            return None, function.__name__
        return None, None

    def _say_of_vectorized(self, function: Any, made: _Call) -> CallRule | None:
        """How a call of `np.vectorize(f)` is said: by f's expression, of whole arrays."""
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
        plain, place = super().method(node, name), self._place
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        nodes, keywords = _argument_nodes(node)
        value_node = node.func.value

        def run(value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if self.active is None:
                return plain(value, args, kwargs)
            if type(value) is Module:
                member = value.attributes.get(name)
                if value.name in RANDOM_MODULES:
                    return self._drawn(plain(value, args, kwargs), name, args, nodes, place)
                say, found = self._say_of(member)
                if say is not None or (found is not None and not value.is_own):
                    made = _Call(self, place, nodes, keywords, args, kwargs)
                    return self._made(node, made, say, name, lambda: plain(value, made.args, kwargs))
            elif isinstance(value, np.ndarray | np.generic):
                made = _Call(self, place, [value_node, *nodes], keywords, (value, *args), kwargs)
                return self._array_method(
                    node, name, made, lambda: plain(value, made.args[1:], kwargs), place
                )
            elif isinstance(value, TRACED_CONTAINERS):
                result = plain(value, args, kwargs)
                self._container_method(node, value, value_node, name, args, result, place)
                return result
            elif type(value) is np.ufunc:
                made = _Call(self, place, nodes, keywords, args, kwargs)
                return self._ufunc_method(node, value, name, made, lambda: plain(value, args, kwargs), place)
            elif isinstance(value, RANDOM_KINDS):
                return self._drawn(plain(value, args, kwargs), name, args, nodes, place)
            elif isinstance(value, str) and name == "format":
                self._show_all(args, nodes, printed.brace_texts(value), place)
            elif type(value) is Passive:
                self._show_arguments(_Call(self, place, nodes, keywords, args, kwargs))
            self._pending = (place, nodes, keywords)
            try:
                return plain(value, args, kwargs)
            finally:
                self._pending = None

        return run

    def _draws(self, function: Any) -> bool:
        return type(function) is Builtin and any(self._is_of(name, function) for name in RANDOM_MODULES)

    def _drawn(
        self, result: Any, name: str, args: tuple[Any, ...], nodes: list[ast.expr | None], place: Place
    ) -> Any:
        """What a random generator gave comes from outside, also what it put in another order."""
        if name in ("shuffle", "permuted") and args:
            self._shuffled(args[0], nodes[0] if nodes else None, place)
        return result

    def _made(
        self, node: ast.Call, made: _Call, say: CallRule | None, name: str, run: Callable[[], Any]
    ) -> Any:
        """Run a call of a function that is provided, and keep what it means."""
        recorder = self.recorder
        assert recorder is not None
        if name == "sum" and say is None and made.args and isinstance(made.args[0], types.GeneratorType):
            made.args = (list(made.args[0]), *made.args[1:])
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
            self._keep_sum(node, made, result)
        elif name in ROUNDING and is_traced(result):
            recorder.rounded[id(result)] = (result, made.args[0])
            recorder.kept.append(result)
            self._keep_call(node, made, say, name, result)
        else:
            self._keep_call(node, made, say, name, result)
        return result

    def _attribute_was_set(self, made: _Call) -> None:
        """`setattr(owner, name, item)` is an assignment to that attribute."""
        assert self.recorder is not None
        owner, name, item = made.args
        kept = self.recorder.assign_attribute(owner, name, item, made.place)
        if kept is not item:
            self.host.attributes.set(owner, name, kept)

    def _keep_call(self, node: ast.expr, made: _Call, say: CallRule | None, name: str, result: Any) -> None:
        recorder = self.recorder
        assert recorder is not None
        if name in numpy_calls.SPLITTING and isinstance(result, list):
            self._keep_parts(node, made, numpy_calls.split_axis(name, made), result)
            return
        if not isinstance(result, np.ndarray | np.generic | float | int):
            return
        if is_traced(result) and any(result is given for given in _picked_from(name, made.args)):
            return
        mask = self._mask_of(made.args)
        if mask is not None:
            self._keep_masked(node, made, say, name, result, mask)
            return
        tree = self._said(say, made) if say is not None else None
        if tree is not None:
            self._keep(node, result, tree, **self._view_facts(name, made, result))
        elif is_traced(result) and made.depends:
            self._keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_CALL, name=name), reads=made.reads)

    def _keep_parts(self, node: ast.expr, made: _Call, axis: int, parts: list[Any]) -> None:
        """The parts of an array that was split along an axis: each is a slice of it."""
        value, tree = made.args[0], made.tree(0)
        if tree is None or not isinstance(value, np.ndarray):
            return
        start = 0
        for part in parts:
            index = (*[slice(None)] * axis, slice(start, start + part.shape[axis]))
            start += part.shape[axis]
            self._record_picked(node, made._node(0), None, value, index, part, made.place)

    def _keep_masked(
        self,
        node: ast.expr,
        made: _Call,
        say: CallRule | None,
        name: str,
        result: Any,
        mask: tuple[Any, Tree],
    ) -> None:
        trees_of = [
            self._unmasked(made._node(at), given, made.place, mask) for at, given in enumerate(made.args)
        ]
        is_elementwise = isinstance(result, np.ndarray) and any(
            isinstance(given, np.ndarray) and given.shape == result.shape for given in made.args
        )
        if say is None or not is_elementwise or None in trees_of:
            if is_traced(result):
                self._keep(node, result, None, fill(messages.UNCOUNTED_CELLS))
            return
        made.known = dict(enumerate(trees_of))
        self._keep(node, result, self._said(say, made), fill(messages.UNSAID_OF_CELLS), mask=mask)

    def _said(self, say: CallRule, made: _Call) -> Tree | None:
        try:
            return say(made)
        except (TypeError, ValueError, IndexError, AttributeError, KeyError):
            return None  # arguments of kinds that the row does not know

    def _view_facts(self, name: str, made: _Call, result: Any) -> dict[str, Any]:
        if not isinstance(result, np.ndarray) or not made.args or not isinstance(made.args[0], np.ndarray):
            return {}
        value = made.args[0]
        base = self._known(value)
        if base is None or not np.may_share_memory(result, value):
            return {}
        if name in RESHAPING:
            sizes = tuple(map(trees.whole, result.shape))
            back = tuple(map(trees.whole, value.shape))
            return {
                "base": base,
                "seen": lambda whole: trees.method(whole, "reshape", *sizes),
                "put": lambda whole, part: trees.method(part, "reshape", *back),
            }
        if name == "transpose" and value.ndim == 2:
            return {"base": base, "seen": trees.transposed, "put": lambda whole, part: trees.transposed(part)}
        return {}

    def _keep_sum(self, node: ast.expr, made: _Call, result: Any) -> None:
        """Python's `sum(items)`: one sum of all, in their order."""
        if not isinstance(result, np.ndarray | np.generic | float):
            return
        if made.args and isinstance(made.args[0], np.ndarray) and made.args[0].ndim == 1:
            tree = made.tree(0)
            self._keep(
                node, result, trees.call("sum", tree) if tree is not None else None, fill(messages.UNSAID)
            )
            return
        items = made.item_trees(0) if made.args and len(made.args) == 1 else None
        if not items or len(items) > 400:
            if made.depends:
                self._keep(node, result, None, fill(messages.UNSAID_SUM))
            return
        if len(items) > 8 and all(np.shape(item) == () for item in made.args[0]):
            self._keep(node, result, trees.call("sum", trees.call("stack", ast.List(items, ast.Load()))))
            return
        total = items[0]
        for item in items[1:]:
            total = trees.add(total, item)
        self._keep(node, result, total)

    def _call_into(
        self, made: _Call, say: CallRule | None, name: str, out: Any, run: Callable[[], Any]
    ) -> Any:
        recorder = self.recorder
        assert recorder is not None
        out_node = made.keywords.get("out") or (made._node(2) if len(made.nodes) > 2 else None)
        self.tree_of(out_node, out, made.place)
        made.known = {at: made.tree(at) for at in range(len(made.args))}
        made.kwargs = {key: item for key, item in made.kwargs.items() if key != "out"}
        before = made.args
        if len(made.args) == 3 and name in OUT_IS_THIRD and made.args[2] is out:
            made.args = made.args[:2]
        made.result = out
        tree = None
        if say is not None and "where" not in made.kwargs:
            tree = self._said_after(say, made, run, before)
        else:
            made.args = before
            run()
        known = recorder.found(out)
        if known is not None:
            path = self._path_of_target(out_node, made.place) if out_node is not None else None
            recorder.written(known, tree, path, made.place, fill(messages.NOT_IN_LANGUAGE_OUT, name=name))
        return out

    def _said_after(
        self, say: CallRule, made: _Call, run: Callable[[], Any], args: tuple[Any, ...]
    ) -> Tree | None:
        tree = self._said(say, made)
        made.args = args
        run()
        return tree

    def _changing_call(self, name: str, made: _Call, run: Callable[[], Any]) -> Any:
        """np.add.at, np.copyto, np.fill_diagonal, np.put: the first argument is changed."""
        recorder = self.recorder
        assert recorder is not None
        array = made.args[0]
        whole = made.tree(0)
        tree = None
        if name == "copyto" and len(made.args) == 2:
            source = made.tree(1)
            if source is not None:
                same = np.shape(made.args[1]) == array.shape
                tree = (
                    source if same else trees.multiply(source, trees.call("ones", trees.wholes(array.shape)))
                )
        elif name == "put_along_axis" and whole is not None:
            tree = numpy_calls.put_along_axis(made)
        elif name == "fill_diagonal" and whole is not None and array.ndim == 2:
            item = made.tree(1)
            if item is not None and array.shape[0] == array.shape[1] and np.ndim(made.args[1]) == 0:
                places = trees.call("arange", trees.whole(array.shape[0]))
                diagonal = trees.compare(
                    places, ast.Eq(), trees.subscript(places, [ast.Slice(), trees.NEW_AXIS])
                )
                tree = trees.call("where", diagonal, item, whole)
        result = run()
        known = recorder.found(array)
        if known is not None:
            node = made._node(0)
            path = self._path_of_target(node, made.place) if node is not None else None
            recorder.written(known, tree, path, made.place, fill(messages.NOT_IN_LANGUAGE_CALL, name=name))
        return result

    def _ufunc_method(
        self, node: ast.Call, ufunc: Any, name: str, made: _Call, run: Callable[[], Any], place: Place
    ) -> Any:
        recorder = self.recorder
        assert recorder is not None
        if name == "at" and made.args and isinstance(made.args[0], np.ndarray):
            tree = self._added_at(ufunc, made)
            result = run()
            known = recorder.found(made.args[0])
            if known is not None:
                target = made._node(0)
                path = self._path_of_target(target, place) if target is not None else None
                recorder.written(
                    known, tree, path, place, fill(messages.NOT_IN_LANGUAGE_CALL, name=f"{ufunc.__name__}.at")
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
        self._keep_call(node, made, say, f"{ufunc.__name__}.{name}", result)
        return result

    def _added_at(self, ufunc: Any, made: _Call) -> Tree | None:
        if ufunc not in (np.add, np.subtract) or len(made.args) != 3:
            return None
        array, index, _ = made.args
        whole, term = made.tree(0), made.tree(2)
        operator = ast.Add() if ufunc is np.add else ast.Sub()
        if whole is None or term is None:
            return None
        picked = part_stores.picked_columns(array.shape, index)
        if picked is not None:
            axis = picked[0]
            numbers = self._index_tree(_item_nodes(made._node(1), 2)[axis], index[axis], made.place)
            if numbers is None:
                return None
            mask = part_stores.picked_mask(array.shape, axis, numbers)
            rows = part_stores.along_rows(axis, term, np.ndim(made.args[2]))
            return trees.binary(whole, operator, trees.multiply(rows, mask))
        numbers = self._index_tree(made._node(1), index, made.place)
        if numbers is None or array.ndim != 2 or isinstance(index, int):
            return None
        hot = trees.call("one_hot", numbers, trees.whole(array.shape[0]))
        rank = np.ndim(index)
        if rank > 1:
            hot = trees.method(hot, "reshape", trees.whole(-1), trees.whole(array.shape[0]))
            term = trees.method(term, "reshape", trees.whole(-1), trees.whole(array.shape[1]))
        return trees.binary(whole, operator, trees.binary(trees.transposed(hot), ast.MatMult(), term))

    def _array_method(
        self, node: ast.Call, name: str, made: _Call, run: Callable[[], Any], place: Place
    ) -> Any:
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
                    tree = trees.call("zeros_like", whole)
                elif item is not None:
                    tree = trees.multiply(item, trees.call("ones_like", whole))
            result = run()
            known = recorder.found(value)
            if known is not None:
                target = made._node(0)
                path = self._path_of_target(target, place) if target is not None else None
                recorder.written(known, tree, path, place, fill(messages.NOT_IN_LANGUAGE_METHOD, name=name))
            return result
        if isinstance(made.kwargs.get("out"), np.ndarray):
            return self._call_into(made, NUMPY.get(name), name, made.kwargs["out"], run)
        result = run()
        made.result = result
        if name == "round" and is_traced(result):
            recorder.rounded[id(result)] = (result, value)
            recorder.kept.append(result)
        self._keep_call(node, made, NUMPY.get(name), name, result)
        return result

    def _shuffled(self, value: Any, node: ast.expr | None, place: Place) -> None:
        """Rows were put in a random order: what stands there now comes from outside."""
        recorder = self.recorder
        assert recorder is not None
        if not isinstance(value, np.ndarray):
            return
        path = self._path_of_target(node, place) if node is not None else None
        if recorder.has_initial(value) and path is None:
            path = recorder.paths[id(value)][1][0]
        feed = recorder.new_item("feed", path or ("", "shuffled"), value, place)
        known = recorder.found(value)
        if known is None:
            recorder.remember(value, feed.reference, item=feed)
        else:
            known.tree, known.item = feed.reference, feed

    def _container_method(
        self,
        node: ast.Call,
        value: Any,
        value_node: ast.expr,
        name: str,
        args: tuple[Any, ...],
        result: Any,
        place: Place,
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        path = recorder.path_of_object(value)
        if name in ("append", "insert", "extend", "update", "setdefault"):
            if path is None:
                hint = value_node.id if isinstance(value_node, ast.Name) else _hint(value_node)
                path = place.path_of(hint)
                recorder.place_object(value, path)
            if name == "append" and args:
                recorder.assign(args[0], (*path, len(value) - 1), place)
            else:
                recorder.name_inside(value, path, place)
        elif name in ("get", "pop") and is_traced(result) and args and path is not None and name == "get":
            recorder.memo[id(node)] = (result, (*path, args[0]))

    # Functions of the script

    def invoke(self, function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace) -> Any:
        """Call a function of the script: its lines are opened, one of a single expression is put in place."""
        recorder = self.active
        pending, self._pending = self._pending, None
        if recorder is None or pending is None:
            return Interpreter.invoke(self.host, function, args, kwargs)
        place, nodes, _ = pending
        shift = len(args) - len(nodes)
        arg_nodes = [None] * max(shift, 0) + nodes
        macro = self._macro(function, args, arg_nodes, place)
        self._name_arguments(function, args, kwargs, place, macro is not None)
        shown = function.code.qualified_name.replace(".<locals>", "")
        depth = len(recorder.calls)
        line = place.statement.lineno
        file, there = place.source.place(line)
        recorder.calls.append(Opened(shown, line, file, there or line))
        try:
            result = Interpreter.invoke(self.host, function, args, kwargs)
        finally:
            del recorder.calls[depth:]
        if _single(function.code) is not None and is_traced(result):
            known = recorder.found(result)
            if known is not None and known.tree is not None and known.item is None:
                if macro is not None:
                    known.tree = macro
                recorder.called[id(known.tree)] = shown
                recorder.kept.append(known.tree)
        return result

    def _macro(
        self, function: ScriptFunction, args: tuple[Any, ...], nodes: list[Any], place: Place
    ) -> Tree | None:
        """The call of a function of the language that the script defines in the same way."""
        code = function.code
        body = _single(code)
        if body is None or len(args) != 1 or len(code.positional) != 1 or not is_traced(args[0]):
            return None
        found = _definition_name(body, code.positional[0])
        if found is None:
            return None
        tree = self.tree_of(nodes[-1] if nodes else None, args[0], place)
        return trees.call(found, tree) if tree is not None else None

    def _name_arguments(
        self, function: ScriptFunction, args: tuple[Any, ...], kwargs: Namespace, place: Place, is_macro: bool
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        code = function.code
        body = _single(code)
        if is_macro or code.is_generator:
            return
        given = [*zip(code.positional, args), *kwargs.items()]
        for name, value in given:
            if not is_traced(value):
                continue
            known = recorder.found(value)
            if known is None or known.tree is None or known.item is not None or known.mask is not None:
                continue
            if isinstance(known.tree, ast.Name | ast.Constant):
                continue
            if body is not None and _uses(body, name) < 2:
                continue
            scope = code.qualified_name.removesuffix(".<locals>")
            recorder.assign(value, (scope, name), place)


class _Shape:
    """The shape of a tensor, for `x.shape[0]`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree


CHANGING = ("copyto", "fill_diagonal", "put", "place", "putmask", "put_along_axis")
"""NumPy's functions that change their first argument."""

WRITING = ("print", "str", "repr", "format")
"""Functions that write their arguments out."""

ROUNDING = ("round", "around", "round_")
"""Functions whose result is written out in place of what they were given."""

RANDOM_MODULES = ("numpy.random", "random")

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

OUT_IS_THIRD = (
    "add", "subtract", "multiply", "divide", "true_divide", "power", "maximum", "minimum", "dot", "matmul",
)  # fmt: skip
"""Functions of two arrays that may be given a third to write to."""

_SIGNS: dict[type[ast.operator], str] = {
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}


def _same(whole: Tree) -> Tree:
    return whole


def _put_whole(whole: Tree, part: Tree) -> Tree:
    return part


def _only_new_axes(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or part == slice(None) for part in parts)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.dtype == bool)


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _is_literal(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _hint(node: ast.expr | None) -> str:
    """A name for a value that no assignment names: that of the variable or function it comes from."""
    while node is not None:
        if isinstance(node, ast.Name):
            return node.id.partition("@")[0] or "value"
        if isinstance(node, ast.Attribute):
            return node.attr
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    return "value"


def _stands_in(target: ast.expr, node: ast.AST) -> bool:
    return any(part is node for part in ast.walk(target))


def _argument_nodes(node: ast.Call) -> tuple[list[ast.expr | None], dict[str, ast.expr]]:
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    if any(isinstance(item, ast.Starred) for item in node.args):
        return [], keywords
    return list(node.args), keywords


def _single(code: Code) -> ast.expr | None:
    """The expression of a function that consists of one."""
    node = code.node
    if isinstance(node, ast.Lambda):
        return node.body
    if not isinstance(node, ast.FunctionDef):
        return None
    body = node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if len(body) == 1 and isinstance(body[0], ast.Return):
        return body[0].value
    return None


def _uses(body: ast.expr, name: str) -> int:
    return sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(body))


class _Plain(ast.NodeTransformer):
    def __init__(self, argument: str) -> None:
        self._argument = argument

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name("x" if node.id == self._argument else node.id, ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy", "math"):
            return ast.Name(node.attr, ast.Load())
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, float) and value == int(value) and abs(value) < 10**6:
            return ast.Constant(int(value))
        return node


def _definition_name(body: ast.expr, argument: str) -> str | None:
    """The name of the function in the language that a script's expression is the definition of."""
    plain = ast.unparse(_Plain(argument).visit(copy.deepcopy(body)))
    return _DEFINITIONS.get(plain)


_DEFINITIONS = {"1 / (1 + exp(-x))": "sigmoid", "log(1 + exp(x))": "softplus", "1 / (exp(-x) + 1)": "sigmoid"}
