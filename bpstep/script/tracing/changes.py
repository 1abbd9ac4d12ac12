"""Calls that change an array in place, and calls whose result is stored in a given array."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build, part_stores
from bpstep.script.equations.build import Tree
from bpstep.script.equations.items import ItemKind, StatementContext
from bpstep.script.numpy_calls.call import CallRule
from bpstep.script.numpy_calls.selection import put_along_axis
from bpstep.script.tracing.arguments import TracedCall
from bpstep.script.tracing.items import TracedItems
from bpstep.script.tracing.values import item_nodes
from bpstep.text import fill

CHANGING = ("copyto", "fill_diagonal", "put", "place", "putmask", "put_along_axis")
"""NumPy's functions that change their first argument."""

OUT_IS_THIRD = (
    "add", "subtract", "multiply", "divide", "true_divide", "power", "maximum", "minimum", "dot", "matmul",
)  # fmt: skip
"""Functions of two arrays with an optional third one for the result."""


class TracedChanges(TracedItems):
    """The content of an array after a call that changed it."""

    def _call_into(
        self, made: TracedCall, say: CallRule | None, name: str, out: Any, run: Callable[[], Any]
    ) -> Any:
        recorder = self.recorder
        assert recorder is not None
        out_node = made.site.keywords.get("out") or made.node(2)
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
            path = self.path_of_target(out_node, made.place) if out_node is not None else None
            recorder.written(known, tree, path, made.place, fill(messages.NOT_IN_LANGUAGE_OUT, name=name))
        return out

    def _said(self, say: CallRule, made: TracedCall) -> Tree | None:
        try:
            return say(made)
        except (TypeError, ValueError, IndexError, AttributeError, KeyError, ArithmeticError):
            return None  # kinds of arguments that the row does not know

    def _said_after(
        self, say: CallRule, made: TracedCall, run: Callable[[], Any], args: tuple[Any, ...]
    ) -> Tree | None:
        tree = self._said(say, made)
        made.args = args
        run()
        return tree

    def _changing_call(self, name: str, made: TracedCall, run: Callable[[], Any]) -> Any:
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
                    source
                    if same
                    else build.multiply(source, build.call("ones", build.tuple_of(array.shape)))
                )
        elif name == "put_along_axis" and whole is not None:
            tree = put_along_axis(made)
        elif name == "fill_diagonal" and whole is not None and array.ndim == 2:
            item = made.tree(1)
            if item is not None and array.shape[0] == array.shape[1] and np.ndim(made.args[1]) == 0:
                places = build.call("arange", build.signed_number(array.shape[0]))
                diagonal = build.compare(
                    places, ast.Eq(), build.subscript_of(places, [ast.Slice(), build.NEW_AXIS])
                )
                tree = build.call("where", diagonal, item, whole)
        result = run()
        known = recorder.found(array)
        if known is not None:
            node = made.node(0)
            path = self.path_of_target(node, made.place) if node is not None else None
            recorder.written(known, tree, path, made.place, fill(messages.NOT_IN_LANGUAGE_CALL, name=name))
        return result

    def _added_at(self, ufunc: Any, made: TracedCall) -> Tree | None:
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
            numbers = self.index_tree(item_nodes(made.node(1), 2)[axis], index[axis], made.place)
            if numbers is None:
                return None
            mask = part_stores.picked_mask(array.shape, axis, numbers)
            rows = part_stores.along_rows(axis, term, np.ndim(made.args[2]))
            return build.binary(whole, operator, build.multiply(rows, mask))
        numbers = self.index_tree(made.node(1), index, made.place)
        if numbers is None or array.ndim != 2 or isinstance(index, int):
            return None
        hot = build.call("one_hot", numbers, build.signed_number(array.shape[0]))
        rank, whole_shape = np.ndim(index), (*np.shape(index), array.shape[1])
        if np.shape(made.args[2]) != whole_shape:
            # One row, or one number, is added at every index.
            term = build.multiply(term, build.call("ones", build.tuple_of(whole_shape)))
        if rank > 1:
            hot = build.method(hot, "reshape", build.signed_number(-1), build.signed_number(array.shape[0]))
            term = build.method(term, "reshape", build.signed_number(-1), build.signed_number(array.shape[1]))
        return build.binary(whole, operator, build.binary(build.transpose_of(hot), ast.MatMult(), term))

    def _shuffled(self, value: Any, node: ast.expr | None, place: StatementContext) -> None:
        """Rows were put in a random order: the new content comes from outside."""
        recorder = self.recorder
        assert recorder is not None
        if not isinstance(value, np.ndarray):
            return
        path = self.path_of_target(node, place) if node is not None else None
        if recorder.paths.has(value) and path is None:
            path = recorder.paths.of_value(value)[0]
        feed = recorder.new_item(ItemKind.FEED, path or ("", "shuffled"), value, place)
        known = recorder.found(value)
        if known is None:
            recorder.remember(value, feed.reference, item=feed)
        else:
            known.tree, known.item = feed.reference, feed
