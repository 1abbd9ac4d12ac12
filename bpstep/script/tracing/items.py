"""The items of a recorded pass: parts of arrays that are read and written, and places in lists."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build, part_stores
from bpstep.script.equations.build import Tree
from bpstep.script.equations.recorder import TRACED_CONTAINERS, Place, is_traced
from bpstep.script.interpreter.operations import (
    get_item,
    set_item,
)
from bpstep.script.interpreter.values import is_script_instance
from bpstep.script.tracing.values import ShapeOf, TracedValues, hint, item_nodes
from bpstep.text import fill


class TracedItems(TracedValues):
    """Reading and storing parts of arrays and containers by an index."""

    def get_item(self, node: ast.expr) -> Callable[[Any, Any], Any]:
        place = self.place
        index_node = node.slice if isinstance(node, ast.Subscript) else None
        value_node = node.value if isinstance(node, ast.Subscript) else None

        def run(value: Any, index: Any) -> Any:
            result = get_item(value, index)
            recorder = self.active
            if recorder is None:
                return result
            if isinstance(value, np.ndarray):
                self.record_picked(node, value_node, index_node, value, index, result, place)
            elif isinstance(value, TRACED_CONTAINERS):
                self._record_item(node, value_node, value, index, result, place)
            elif type(value).__name__ == "Joiner":
                self._record_joined(node, index_node, index, result, place)
            return result

        return run

    def items(self, node: ast.expr) -> Callable[[Any], Iterable[Any]] | None:
        place = self.place

        def run(value: Any) -> Iterable[Any]:
            recorder = self.active
            is_vector = isinstance(value, np.ndarray) and value.ndim == 1
            # Cells of data are numbers from outside, named after the loop's variable.
            if recorder is None or not is_vector or recorder.found(value) is None:
                return value  # type: ignore[no-any-return]
            return self._cells(node, value, place)

        return run

    def _cells(self, node: ast.expr, value: Any, place: Place) -> Iterator[Any]:
        for at, cell in enumerate(value):
            if self.active is not None:
                self.record_picked(node, node, None, value, at, cell, place)
            yield cell

    def _record_item(
        self, node: ast.expr, value_node: ast.expr | None, value: Any, index: Any, result: Any, place: Place
    ) -> None:
        recorder = self.recorder
        assert recorder is not None
        shape = recorder.memo.get(id(value_node))
        if shape is not None and shape[0] is value and isinstance(shape[1], ShapeOf):
            if isinstance(index, int) and isinstance(result, int):
                size = build.call("size", shape[1].tree, build.whole(index))
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
        nodes = item_nodes(index_node, len(parts)) if isinstance(index, tuple) else [index_node]
        found: list[Tree] = []
        columns = isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "c_"
        for inner, part in zip(nodes, parts):
            tree = self.tree_of(inner, part, place) if np.ndim(part) else None
            if tree is None:
                self.keep(node, result, None, fill(messages.JOINS_OTHERS))
                return
            if columns and np.ndim(part) == 1:
                tree = build.subscript(tree, [ast.Slice(), build.NEW_AXIS])
            found.append(tree)
        axis = result.ndim - 1 if columns else 0
        joined = build.call("concatenate", ast.List(found, ast.Load()), axis=build.whole(axis))
        self.keep(node, result, joined)

    def record_picked(
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
            self.keep(node, result, None, fill(messages.PART_OF_UNSAID))
            return
        base = recorder.found(value)
        if isinstance(index, np.ndarray) and index.dtype == bool and index.ndim:
            mask = self._full_mask(index_node, index, value, place)
            if mask is not None and isinstance(result, np.ndarray):
                self.keep(node, result, tree, mask=(index, mask))
            else:
                self.keep(node, result, None, fill(messages.UNCOUNTED_CELLS))
            return
        parts = self._index_trees(index_node, index, value, place)
        if parts is None:
            self.keep(node, result, None, fill(messages.NOT_IN_LANGUAGE_INDEX))
            return
        picked = build.subscript(tree, parts) if parts else tree
        bounds = part_stores.basic_bounds(value.shape, index)
        is_view = isinstance(result, np.ndarray) and np.may_share_memory(result, value)
        if not is_view or base is None:
            self.keep(node, result, picked)
            return
        self.keep(
            node,
            result,
            picked,
            base=base,
            seen=lambda whole: build.subscript(whole, parts) if parts else whole,
            put=self._put_into(value.shape, bounds, index),
        )

    def _put_into(self, shape: tuple[int, ...], bounds: Any, index: Any) -> Callable[[Tree, Tree], Any]:
        region = None
        if bounds is not None:
            region = tuple(stop - start for start, stop, _, kept in bounds if kept)
        elif index is Ellipsis or index == () or _only_new_axes(index):
            return lambda whole, part: build.method(part, "reshape", *map(build.whole, shape))

        def put(whole: Tree, part: Tree) -> Tree | None:
            if bounds is None or region is None:
                return None
            return part_stores.into_bounds(whole, shape, bounds, part, region)

        return put

    def _full_mask(self, node: ast.expr | None, mask: Any, value: Any, place: Place) -> Tree | None:
        tree = self.tree_of(node, mask, place)
        if tree is None or mask.shape != value.shape[: mask.ndim]:
            return None
        return build.with_new_axes(tree, 0, mask.ndim, value.ndim - mask.ndim)

    def _index_trees(self, node: ast.expr | None, index: Any, value: Any, place: Place) -> list[Tree] | None:
        parts = list(index) if isinstance(index, tuple) else [index]
        nodes = item_nodes(node, len(parts)) if isinstance(index, tuple) else [node]
        found: list[Tree] = []
        for inner, part in zip(nodes, parts):
            if part is Ellipsis:
                taken = sum(each is not None for each in parts) - 1
                found += [ast.Slice()] * (value.ndim - taken)
                continue
            tree = self.index_tree(inner, part, place)
            if tree is None:
                return None
            found.append(tree)
        while found and isinstance(found[-1], ast.Slice) and found[-1].lower is found[-1].upper is None:
            if found[-1].step is not None or len(found) == 1:
                break
            found.pop()
        return found

    def index_tree(self, node: ast.expr | None, part: Any, place: Place) -> Tree | None:
        if part is None:
            return build.NEW_AXIS
        if isinstance(part, slice):
            ends = (part.start, part.stop, part.step)
            if any(end is not None and not isinstance(end, int | np.integer) for end in ends):
                return None
            return build.slice_of(*(None if end is None else int(end) for end in ends))
        if isinstance(part, bool | np.bool_):
            return None
        if isinstance(part, int | np.integer):
            return build.whole(int(part))
        if isinstance(part, range):
            bounds = [part.start, part.stop] if part.start else [part.stop]
            if part.step != 1:
                bounds = [part.start, part.stop, part.step]
            return build.call("arange", *map(build.whole, bounds))
        if isinstance(part, list):
            part = np.asarray(part)
        if isinstance(part, np.ndarray) and part.dtype.kind in "iu":
            return self.tree_of(node, part, place)
        return None

    def set_item(self, node: ast.AST) -> Callable[[Any, Any, Any], None]:
        place = self.place
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
            name = value_node.id if isinstance(value_node, ast.Name) else hint(value_node)
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
            path = self.path_of_target(value_node, place) if value_node is not None else None
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
            return (build.call("where", mask, tree, whole) if tree is not None else None), why
        if is_sum:
            remembered = recorder.memo.get(id(node))
            part = remembered[1] if remembered is not None and remembered[0] is item else None
            if not isinstance(part, ast.expr):
                part = known_item.tree if known_item is not None else self.tree_of(None, item, place)
        else:
            part = self.operand(item_node, item, place)
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
        node = item_nodes(index_node, 2)[at]
        tree = self.index_tree(node, index[at], place)
        if tree is None:
            return None
        mask = part_stores.picked_mask(value.shape, axis, tree)
        if is_sum and isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
            term, rank = part.right, 0 if isinstance(part.right, ast.Constant) else 1
            if part_stores.is_value(term, 1):
                return build.binary(whole, part.op, mask)
            return build.binary(
                whole, part.op, build.multiply(part_stores.along_rows(axis, term, rank), mask)
            )
        if part_stores.is_value(part, 1) and not np.any(value):
            return mask
        condition = build.compare(mask, ast.Eq(), ast.Constant(1))
        return build.call("where", condition, part_stores.along_rows(axis, part, np.ndim(item)), whole)


def _only_new_axes(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or part == slice(None) for part in parts)
