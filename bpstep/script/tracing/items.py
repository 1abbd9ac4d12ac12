"""The items of a recorded pass: parts of arrays that are read and written, and places in lists."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build, part_stores
from bpstep.script.equations.build import Tree
from bpstep.script.equations.items import (
    TRACED_CONTAINERS,
    StatementContext,
    is_traced,
    is_whole_number,
)
from bpstep.script.equations.part_stores import Part
from bpstep.script.interpreter.operations import (
    get_item,
    set_item,
)
from bpstep.script.interpreter.values import is_script_instance
from bpstep.script.tracing.sites import IndexSite
from bpstep.script.tracing.values import ShapeOf, TracedValues, hint, item_nodes
from bpstep.text import fill


class TracedItems(TracedValues):
    """Reading and storing parts of arrays and containers by an index."""

    def get_item(self, node: ast.expr) -> Callable[[Any, Any], Any]:
        site = IndexSite.of(node, self.place)

        def run(value: Any, index: Any) -> Any:
            result = get_item(value, index)
            recorder = self.active
            if recorder is None:
                return result
            if isinstance(value, np.ndarray):
                self.record_picked(site, value, index, result)
            elif isinstance(value, TRACED_CONTAINERS):
                self._record_item(site, value, index, result)
            elif type(value).__name__ == "Joiner":
                self._record_joined(site, index, result)
            return result

        return run

    def items(self, node: ast.expr) -> Callable[[Any], Iterable[Any]] | None:
        site = IndexSite(node, self.place, node, None)
        return lambda value: self.each_of(site, value, is_unpacked=True)

    def each_of(self, site: IndexSite, value: Any, is_unpacked: bool = False) -> Any:
        """A value whose items are taken one after the other: of a vector of the pass, its cells."""
        if self.active is None:
            return value
        if isinstance(value, list | tuple):
            return self._drawn_items(site, value, is_unpacked)
        return self._cells(site, value) if isinstance(value, np.ndarray) and value.ndim == 1 else value

    def _drawn_items(
        self, site: IndexSite, value: list[Any] | tuple[Any, ...], is_unpacked: bool
    ) -> Iterator[Any]:
        for at, item in enumerate(value):
            recorder = self.active
            if recorder is not None:
                path = recorder.paths.of_object(value)
                recorder.whole_numbers.draw(id(site.node), value, at, item, path, is_unpacked)
            yield item

    def _cells(self, site: IndexSite, value: Any) -> Iterator[Any]:
        for at, cell in enumerate(value):
            recorder = self.active
            if recorder is not None and recorder.found(value) is not None:
                self.record_picked(site, value, at, cell)
            elif recorder is not None and recorder.paths.has(value):
                # Cells of data are numbers from outside, named after the loop's variable.
                recorder.drawn_cells[id(cell)] = cell, value, at
            yield cell

    def _record_item(self, site: IndexSite, value: Any, index: Any, result: Any) -> None:
        recorder = self.recorder
        assert recorder is not None
        shape = recorder.memo.get(id(site.value_node))
        if shape is not None and shape[0] is value and isinstance(shape[1], ShapeOf):
            if isinstance(index, int) and isinstance(result, int):
                size = build.call("size", shape[1].tree, build.signed_number(index))
                recorder.memo[id(site.node)] = (result, size)
            return
        path = recorder.paths.of_object(value)
        if path is None or isinstance(index, slice):
            if isinstance(index, slice) and path is not None and isinstance(result, list):
                recorder.paths.place_object(result, path)
            return
        if isinstance(index, int) and not isinstance(value, dict) and index < 0:
            index += len(value)
        inner = (*path, index)
        if is_whole_number(result):
            origin = recorder.whole_numbers.listed(value, index, result)
            recorder.memo[id(site.node)] = (result, origin or inner)
        elif is_traced(result):
            recorder.memo[id(site.node)] = (result, inner)
            if recorder.found(result) is None and not isinstance(result, np.ndarray):
                return
        elif isinstance(result, TRACED_CONTAINERS) or is_script_instance(result):
            recorder.paths.place_object(result, inner)

    def _record_joined(self, site: IndexSite, index: Any, result: Any) -> None:
        parts = index if isinstance(index, tuple) else (index,)
        if not isinstance(result, np.ndarray) or not any(self.is_known(part) for part in parts):
            return
        nodes = item_nodes(site.index_node, len(parts)) if isinstance(index, tuple) else [site.index_node]
        found: list[Tree] = []
        columns = getattr(site.value_node, "attr", "") == "c_"
        for inner, part in zip(nodes, parts):
            tree = self.tree_of(inner, part, site.place)
            if tree is not None and not np.ndim(part):
                tree = build.call("stack", ast.List([tree], ast.Load()))
            if tree is None:
                self.keep(site.node, result, None, fill(messages.JOINS_OTHERS))
                return
            if columns and np.ndim(part) == 1:
                tree = build.subscript_of(tree, [ast.Slice(), build.NEW_AXIS])
            found.append(tree)
        axis = result.ndim - 1 if columns else 0
        joined = build.call("concatenate", ast.List(found, ast.Load()), axis=build.signed_number(axis))
        self.keep(site.node, result, joined)

    def record_picked(self, site: IndexSite, value: Any, index: Any, result: Any) -> None:
        """Keep the expression of what an index reads from an array."""
        recorder = self.recorder
        assert recorder is not None
        if not is_traced(result):
            return
        if recorder.found(value) is None and not recorder.paths.has(value):
            return
        tree = self.tree_of(site.value_node, value, site.place)
        if tree is None:
            self.keep(site.node, result, None, fill(messages.PART_OF_UNSAID))
            return
        base = recorder.found(value)
        if isinstance(index, np.ndarray) and index.dtype == bool and index.ndim:
            mask = self._full_mask(site, index, value)
            if mask is not None and isinstance(result, np.ndarray):
                self.keep(site.node, result, tree, mask=(index, mask))
            else:
                self.keep(site.node, result, None, fill(messages.UNCOUNTED_CELLS))
            return
        parts = self._index_trees(site, index, value)
        if parts is None:
            self.keep(site.node, result, None, fill(messages.NOT_IN_LANGUAGE_INDEX))
            return
        picked = build.subscript_of(tree, parts) if parts else tree
        is_view = isinstance(result, np.ndarray) and np.may_share_memory(result, value)
        if not is_view or base is None:
            self.keep(site.node, result, picked)
            return
        self.keep(
            site.node,
            result,
            picked,
            base=base,
            seen=lambda whole: build.subscript_of(whole, parts) if parts else whole,
            put=self._put_into(value.shape, index),
        )

    def _put_into(self, shape: tuple[int, ...], index: Any) -> Callable[[Tree, Tree], Tree | None]:
        """The array's new expression from its own and that of a view of it: `array[index]`."""
        region = part_stores.region_of(shape, index)
        if region is not None:
            kept = region.kept_lengths
            return lambda whole, part: region.with_part(whole, Part(part, kept))
        if _only_new_axes(index):
            return lambda whole, part: build.method(part, "reshape", *map(build.signed_number, shape))
        return lambda whole, part: None

    def _full_mask(self, site: IndexSite, mask: Any, value: Any) -> Tree | None:
        tree = self.tree_of(site.index_node, mask, site.place)
        if tree is None or mask.shape != value.shape[: mask.ndim]:
            return None
        return build.with_new_axes(tree, 0, mask.ndim, value.ndim - mask.ndim)

    def _index_trees(self, site: IndexSite, index: Any, value: Any) -> list[Tree] | None:
        parts = list(index) if isinstance(index, tuple) else [index]
        node = site.index_node
        nodes = item_nodes(node, len(parts)) if isinstance(index, tuple) else [node]
        found: list[Tree] = []
        for inner, part in zip(nodes, parts):
            if part is Ellipsis:
                taken = sum(each is not None for each in parts) - 1
                found += [ast.Slice()] * (value.ndim - taken)
                continue
            tree = self.index_tree(inner, part, site.place)
            if tree is None:
                return None
            found.append(tree)
        while found and isinstance(found[-1], ast.Slice) and found[-1].lower is found[-1].upper is None:
            if found[-1].step is not None or len(found) == 1:
                break
            found.pop()
        return found

    def index_tree(self, node: ast.expr | None, part: Any, place: StatementContext) -> Tree | None:
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
            return build.signed_number(int(part))
        if isinstance(part, range):
            bounds = [part.start, part.stop] if part.start else [part.stop]
            if part.step != 1:
                bounds = [part.start, part.stop, part.step]
            return build.call("arange", *map(build.signed_number, bounds))
        if isinstance(part, list):
            part = np.asarray(part)
        if isinstance(part, np.ndarray) and part.dtype.kind in "iu":
            return self.tree_of(node, part, place)
        return None

    def set_item(self, node: ast.AST) -> Callable[[Any, Any, Any], None]:
        site = IndexSite.of(node, self.place)

        def run(value: Any, index: Any, item: Any) -> None:
            recorder = self.active
            if recorder is None:
                set_item(value, index, item)
            elif isinstance(value, np.ndarray):
                self._store_part(site, value, index, item)
            else:
                set_item(value, index, item)
                if isinstance(value, TRACED_CONTAINERS):
                    self._store_item(site, value, index, item)

        return run

    def _store_item(self, site: IndexSite, value: Any, index: Any, item: Any) -> None:
        recorder, place = self.recorder, site.place
        assert recorder is not None
        path = recorder.paths.of_object(value)
        if path is None:
            node = site.value_node
            path = place.path_of(node.id if isinstance(node, ast.Name) else hint(node))
            recorder.paths.place_object(value, path)
        if isinstance(index, slice):
            recorder.whole_numbers.reordered(value)
            recorder.name_inside(value, path, place)
            return
        if isinstance(index, int | np.integer) and not isinstance(value, dict) and index < 0:
            index += len(value)
        is_loop_target = isinstance(place.statement, ast.For)
        given = _item_node(place) if isinstance(place.statement, ast.Assign) else None
        recorder.whole_numbers.put(value, index, item, self.origin_of(given, item, place))
        kept = recorder.assign(item, (*path, index), place, is_loop_target)
        if kept is not item:
            set_item(value, index, kept)

    def _store_part(self, site: IndexSite, value: Any, index: Any, item: Any) -> None:
        recorder, place, value_node = self.recorder, site.place, site.value_node
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
        tree, why = self._whole_after(site, whole, value, index, item)
        set_item(value, index, item)
        if known is not None:
            path = self.path_of_target(value_node, place) if value_node is not None else None
            recorder.written(known, tree, path, place, why)

    def _whole_after(
        self, site: IndexSite, whole: Tree | None, value: Any, index: Any, item: Any
    ) -> tuple[Tree | None, str]:
        """The array's expression after a store, or None and why there is none."""
        recorder, place = self.recorder, site.place
        assert recorder is not None
        why = fill(messages.NOT_IN_LANGUAGE_INDEX)
        if whole is None:
            return None, fill(messages.PART_OF_UNSAID)
        is_sum = isinstance(place.statement, ast.AugAssign)
        known_item = recorder.found(item) if isinstance(item, np.ndarray) else None
        if isinstance(index, np.ndarray) and index.dtype == bool:
            return self._after_masked(site, whole, value, index, item), why
        if is_sum:
            remembered = recorder.memo.get(id(site.node))
            part = remembered[1] if remembered is not None and remembered[0] is item else None
            if not isinstance(part, ast.expr):
                part = known_item.tree if known_item is not None else self.tree_of(None, item, place)
        else:
            part = self.operand(_item_node(place), item, place)
        if part is None:
            return None, fill(messages.STORES_UNSAID)
        added = _added_term(part) if is_sum else None
        region = part_stores.region_of(value.shape, index)
        if region is not None:
            if added is not None and isinstance(added.cell, ast.Subscript) and not np.shape(item):
                return region.with_term(whole, added.operator, Part(added.term, ())), why
            return region.with_part(whole, Part(part, np.shape(item))), why
        picked = part_stores.picked_columns(value.shape, index)
        if picked is None and part_stores.is_matrix_key(value.shape, index):
            return self._after_chosen(site, whole, value, index, part if added is None else added), why
        if picked is None:
            return self._after_rows(site, whole, value, index, item, part)
        axis = picked[0]
        numbers = self.index_tree(item_nodes(site.index_node, 2)[axis], index[axis], place)
        if numbers is None:
            return None, why
        mask = part_stores.picked_mask(value.shape, axis, numbers)
        if added is not None:
            return _with_masked_term(whole, mask, axis, added), why
        if part_stores.is_value(part, 1) and not np.any(value):
            return mask, why
        condition = build.compare(mask, ast.Eq(), ast.Constant(1))
        rows = part_stores.along_rows(axis, part, np.ndim(item))
        return build.call("where", condition, rows, whole), why

    def _after_chosen(
        self, site: IndexSite, whole: Tree, value: Any, index: Any, part: Tree | _Added
    ) -> Tree | None:
        """The array's expression after a plain number is stored in, or added to, the columns or cells whose
        numbers are in arrays; None if there is none."""
        number = part.term if isinstance(part, _Added) else part
        if not isinstance(number, ast.Constant):
            return None
        nodes = zip(item_nodes(site.index_node, 2), index)
        numbers = [self.index_tree(inner, each, site.place) for inner, each in nodes]
        chosen = part_stores.chosen_cells(value.shape, index, numbers)
        if chosen is None:
            return None
        changed = build.binary(whole, part.operator, number) if isinstance(part, _Added) else number
        return build.call("where", chosen, changed, whole)

    def _after_rows(
        self, site: IndexSite, whole: Tree, value: Any, index: Any, item: Any, part: Tree
    ) -> tuple[Tree | None, str]:
        """The array's expression after a store into the rows whose numbers are in an array, or None and why
        there is none."""
        why = fill(messages.NOT_IN_LANGUAGE_INDEX)
        rows = np.asarray(index) if isinstance(index, list | np.ndarray) else np.zeros(0)
        is_whole = np.shape(item) == (*rows.shape, *value.shape[1:])
        if not is_whole or not rows.size or rows.dtype.kind not in "iu" or value.ndim > 2 or np.min(rows) < 0:
            return None, why
        if np.unique(rows).size < rows.size:
            return None, fill(messages.ROW_STORED_TWICE)
        if rows.ndim > 1:
            return None, why
        numbers = self.index_tree(site.index_node, index, site.place)
        return None if numbers is None else part_stores.with_rows(whole, value.shape, numbers, part), why

    def _after_masked(self, site: IndexSite, whole: Tree, value: Any, index: Any, item: Any) -> Tree | None:
        """The array's expression after a store into the cells that an array of bool selects."""
        mask = self._full_mask(site, index, value)
        if mask is None:
            return None
        known_item = self.known(item) if isinstance(item, np.ndarray) else None
        if known_item is not None and known_item.mask is not None:
            tree = known_item.tree if np.array_equal(known_item.mask[0], index) else None
        elif np.ndim(item) == 0:
            is_sum = isinstance(site.place.statement, ast.AugAssign)
            tree = self.tree_of(None if is_sum else _item_node(site.place), item, site.place)
        else:
            tree = None
        return None if tree is None else build.call("where", mask, tree, whole)


class _Added(NamedTuple):
    """What `array[index] += term` adds or subtracts."""

    cell: ast.expr
    operator: ast.operator
    term: Tree


def _added_term(part: Tree) -> _Added | None:
    if not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Add | ast.Sub):
        return None
    match part.right:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
            turned = ast.Sub() if isinstance(part.op, ast.Add) else ast.Add()
            return _Added(part.left, turned, number)
        case ast.Constant(value=int() | float() as value) if value < 0:
            turned = ast.Sub() if isinstance(part.op, ast.Add) else ast.Add()
            return _Added(part.left, turned, ast.Constant(-value))
    return _Added(part.left, part.op, part.right)


def _with_masked_term(whole: Tree, mask: Tree, axis: int, added: _Added) -> Tree:
    """The whole array with a term added at the cells of a mask."""
    term = added.term
    if part_stores.is_value(term, 1):
        return build.binary(whole, added.operator, mask)
    rank = 0 if isinstance(term, ast.Constant) else 1
    rows = part_stores.along_rows(axis, term, rank)
    return build.binary(whole, added.operator, build.multiply(rows, mask))


def _item_node(place: StatementContext) -> ast.expr | None:
    """The node of what an assignment stores; None if it is unpacked."""
    statement = place.statement
    targets = getattr(statement, "targets", [None])
    return None if isinstance(targets[0], ast.Tuple | ast.List) else getattr(statement, "value", None)


def _only_new_axes(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or part == slice(None) for part in parts)
