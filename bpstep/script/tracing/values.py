"""The values of a recorded pass: which are known, and the expression of each."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.equations.items import Known, StatementContext, ValuePath, is_traced, is_whole_number
from bpstep.script.equations.recorder import PassRecorder
from bpstep.script.interpreter import printed
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.operations import (
    Operations,
)
from bpstep.script.source import Source
from bpstep.script.tracing.sites import CallSite

_MAX_ITEMS = 200
"""How many items of a list are written out in an expression."""


class TracedValues(Operations):
    """Python's operators and calls, with the expressions of the values kept in a `PassRecorder`."""

    is_plain = False

    def __init__(self, interpreter: Interpreter) -> None:
        super().__init__(interpreter)
        self.host = interpreter
        self.recorder: PassRecorder | None = None
        self.current_place: Callable[[], StatementContext] | None = None
        """The place of the code that is being compiled."""
        self.pending: CallSite | None = None
        """The call that is being made, if it may be of a function of the script."""
        self.sources: dict[int, Source] = {}
        """The file of each function, by the `id` of its code."""
        self.is_opened = True
        """False while a function of a single expression is being compiled."""

    @property
    def active(self) -> PassRecorder | None:
        """The recorder of the pass; None before and after recording."""
        recorder = self.recorder
        return None if recorder is None or recorder.is_full else recorder

    @property
    def place(self) -> StatementContext:
        """The place of the code that is being compiled."""
        assert self.current_place is not None
        return self.current_place()

    def is_known(self, value: Any) -> bool:
        """Whether a value, or an item of a list, is a tensor of the pass."""
        recorder = self.recorder
        assert recorder is not None
        if is_traced(value):
            return recorder.found(value) is not None or recorder.paths.has(value)
        if isinstance(value, list | tuple) and len(value) < 1_000:
            return any(self.is_known(item) for item in value)
        return id(value) in recorder.tables

    def tree_of(self, node: ast.expr | None, value: Any, place: StatementContext) -> Tree | None:
        """The expression of a value that an operation reads at a node of the syntax tree."""
        recorder = self.recorder
        assert recorder is not None
        if node is not None and _is_literal(node):
            literal = build.numeral(value)
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
            known = recorder.lookup(value, path, hint(node), place)
            return recorder.use(known, hint(node), place)
        if isinstance(value, int | np.bool_):
            if isinstance(node, ast.Name) and not isinstance(value, bool | np.bool_):
                path = place.path_of(node.id)
                origin = recorder.whole_numbers.named(path, int(value))
                return recorder.number_at(origin or path, value, place)
            return build.numeral(value)
        return None

    def _located(self, path: ValuePath, value: Any, place: StatementContext) -> Tree | None:
        recorder = self.recorder
        assert recorder is not None
        if is_traced(value):
            return recorder.use(recorder.lookup(value, path, str(path[-1]), place), str(path[-1]), place)
        return recorder.number_at(path, value, place)

    def origin_of(self, node: ast.expr | None, value: Any, place: StatementContext) -> ValuePath | None:
        """The place that a whole number comes from which is read at a node of the syntax tree."""
        recorder = self.recorder
        assert recorder is not None
        if node is None or not is_whole_number(value):
            return None
        if isinstance(node, ast.Name):
            return recorder.whole_numbers.named(place.path_of(node.id), value)
        number, origin = recorder.memo.get(id(node), (None, None))
        return origin if number is value and isinstance(origin, tuple) else None

    def _path(self, node: ast.expr | None, place: StatementContext) -> ValuePath | None:
        return place.path_of(node.id) if isinstance(node, ast.Name) else None

    def nested_tree(self, node: ast.expr | None, value: Any, place: StatementContext) -> Tree | None:
        """The expression of nested lists of numbers and arrays, as one array."""
        if not isinstance(value, list | tuple):
            return self.tree_of(node, value, place)
        recorder = self.recorder
        assert recorder is not None
        if not value or len(value) > _MAX_ITEMS or not self.is_known(value):
            return None
        items = self.item_trees(node, value, place)
        if None in items:
            return None
        return build.call("stack", ast.List([item for item in items if item is not None], ast.Load()))

    def item_trees(self, node: ast.expr | None, value: Any, place: StatementContext) -> list[Tree | None]:
        """The expressions of the items of a list in which something is known; plain numbers beside that are
        written out."""
        found: list[Tree | None] = []
        for inner, item in zip(item_nodes(node, len(value)), value):
            if not isinstance(item, list | tuple):
                found.append(self.tree_of(inner, item, place))
            elif self.is_known(item):
                found.append(self.nested_tree(inner, item, place))
            else:
                found.append(_written_out(item))
        return found

    def operand(self, node: ast.expr | None, value: Any, place: StatementContext) -> Tree | None:
        """The expression of an operand; a list counts as one array."""
        if not isinstance(value, list | tuple):
            return self.tree_of(node, value, place)
        tree, recorder = self.nested_tree(node, value, place), self.recorder
        assert recorder is not None
        is_from_outside = tree is None and not self.is_known(value)
        if is_from_outside and isinstance(value, list) and _are_plain_numbers(value):
            return self.tree_of(node, recorder.array_of(value), place)
        return tree

    def keep(self, node: ast.expr, value: Any, tree: Tree | None, why: str = "", **facts: Any) -> None:
        """Keep the expression of a value that was computed at a node, or why it has none."""
        recorder = self.recorder
        assert recorder is not None
        if is_traced(value):
            if tree is None and not why:
                return
            recorder.remember(value, tree, opaque=why, **facts)
        elif tree is not None:
            recorder.memo[id(node)] = (value, tree)

    def known(self, value: Any) -> Known | None:
        """What the pass knows of a value."""
        return self.recorder.found(value) if self.recorder is not None else None

    def mask_of(self, values: tuple[Any, ...]) -> tuple[Any, Tree] | None:
        """The mask of the first of the values that consists of the cells selected by a mask."""
        for value in values:
            known = self.known(value) if isinstance(value, np.ndarray) else None
            if known is not None and known.mask is not None:
                return known.mask
        return None

    def unmasked(self, node: ast.expr | None, value: Any, place: StatementContext, mask: Any) -> Tree | None:
        """The expression, of the whole array, of a value with cells of the same mask."""
        known = self.known(value) if isinstance(value, np.ndarray) else None
        if known is not None and known.mask is not None:
            return known.tree if np.array_equal(known.mask[0], mask[0]) else None
        return self.tree_of(node, value, place) if np.ndim(value) == 0 else None

    def path_of_target(self, node: ast.expr, place: StatementContext) -> ValuePath | None:
        """The path of the variable, item or attribute that a node names."""
        recorder = self.recorder
        assert recorder is not None
        if isinstance(node, ast.Name):
            return place.path_of(node.id)
        remembered = recorder.memo.get(id(node))
        if remembered is not None and isinstance(remembered[1], tuple):
            return remembered[1]
        return None

    def name_inside(self, value: Any, place: StatementContext) -> None:
        """Name the values in a container."""
        recorder = self.recorder
        assert recorder is not None
        path = recorder.paths.of_object(value)
        if path is not None:
            recorder.name_inside(value, path, place)

    def show_all(
        self,
        values: Iterable[Any],
        nodes: Sequence[ast.expr | None],
        texts: Sequence[str],
        place: StatementContext,
    ) -> None:
        """Values are printed, each after a text."""
        recorder = self.active
        if recorder is not None:
            for value, node, text in zip(values, nodes, texts):
                recorder.show_number(value, printed.label(text, hint(printed.shown(node))), place)


class ShapeOf:
    """The shape of a tensor, for `x.shape[0]`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree


def hint(node: ast.expr | None) -> str:
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


def item_nodes(node: ast.expr | None, count: int) -> list[ast.expr | None]:
    """The nodes of the items of a list or tuple display; None for each if it is none."""
    if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) != count:
        return [None] * count
    if any(isinstance(item, ast.Starred) for item in node.elts):
        return [None] * count
    return list(node.elts)


def _are_plain_numbers(items: list[Any]) -> bool:
    return bool(items) and all(type(item) in (int, float) for item in items)


def _written_out(items: Any) -> Tree | None:
    """A list of plain numbers, or of such lists, as an expression; None for another or a long one."""
    if not isinstance(items, list | tuple):
        return build.numeral(items) if type(items) in (int, float) else None
    if not 0 < len(items) <= _MAX_ITEMS:
        return None
    found = list(map(_written_out, items))
    inner = [item for item in found if item is not None]
    return build.call("stack", ast.List(inner, ast.Load())) if len(inner) == len(found) else None


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _is_literal(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def single_expression(node: ast.AST | None) -> ast.expr | None:
    """The expression of a function that consists of only one."""
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
