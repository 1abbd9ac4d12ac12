"""Records where each value of a pass comes from, while the interpreter computes with NumPy's own values.

The values stay untouched: a table beside them gives, for the identity of an array or number that is kept
alive during the pass, the expression that computed it. Whole numbers, which Python shares, are identified by
their node in the syntax tree. An expression's names are placeholders, `§3` for the item with that number;
`naming` gives the items their names when the pass is over.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations import build, part_stores
from bpstep.script.equations.build import Tree
from bpstep.script.equations.equations import Opened
from bpstep.script.equations.items import (
    TRACED_CONTAINERS,
    Item,
    ItemKind,
    Known,
    PassedOn,
    StatementContext,
    ValuePath,
    copied,
    is_traced,
    outlined,
    owner_of,
    statement_text,
)
from bpstep.script.equations.paths import ValuePaths
from bpstep.script.equations.whole_numbers import WholeNumbers
from bpstep.script.interpreter.values import ScriptClass, is_script_instance
from bpstep.text import fill

_MAX_ITEMS = 6_000
"""The most equations, feeds and initial values of one pass."""

_MAX_TIMES = 250
"""How often one assignment is recorded in a pass: a loop over pixels makes thousands."""

_MAX_VALUES = 200_000
"""How many values of one pass are remembered: each takes about a tenth of a millisecond."""

MAX_VIEWS = 300


class PassRecorder:
    """The known values of one pass, and its items in order."""

    def __init__(
        self,
        max_items: int = _MAX_ITEMS,
        max_times: int = _MAX_TIMES,
        max_values: int = _MAX_VALUES,
        edits: Mapping[int, Mapping[tuple[int, ...], float]] | None = None,
        by_owner: bool = False,
        keeps_values: bool = True,
    ) -> None:
        self.edits = edits or {}
        """Numbers that a person puts in place of items' results, by the item's number and the cell."""
        self.max_items = max_items
        self.max_times = max_times
        self.max_values = max_values
        self.times: dict[tuple[int, ValuePath], int] = {}
        self.last: dict[tuple[int, ValuePath], Item] = {}
        self.views_by_owner = by_owner
        """True if an array that is a view of another one is treated as that part, not as a tensor
        of its own.
        """
        self.keeps_values = keeps_values
        """False if only the kinds and shapes of the items' values matter, not their numbers."""
        self.is_full = False
        """True if the pass has more assignments or values than are recorded: it continues unrecorded."""
        self.items: list[Item] = []
        self.known: dict[int, Known] = {}
        self.kept: list[Any] = []
        self.memo: dict[int, tuple[Any, Any]] = {}
        self.paths = ValuePaths()
        self.whole_numbers = WholeNumbers()
        self.numbers_of: dict[tuple[int, str], int] = {}
        """The whole numbers that statements of the pass assign to attributes as literals."""
        self.item_at: dict[tuple[ValuePath, Any], Item] = {}
        self.by_owner: dict[int, list[Known]] = {}
        self.changed: dict[int, list[Any]] = {}
        self.rows: dict[int, tuple[Any, int, Tree | None] | None] = {}
        """By the number of a feed that is a row or cell of an array from before the pass: the array, the
        row's number, and the array's expression when the row was drawn, if it had one. None for several rows.
        """
        self.drawn_cells: dict[int, tuple[Any, Any, int]] = {}
        """By its `id` a cell that a loop has drawn from an array from before the pass: the cell, the array,
        and the cell's number."""
        self.overlaps = False
        """True if a change affected another array from before the pass."""
        self.guards: list[tuple[Tree, bool]] = []
        """The values that decided branches and loops."""
        self.calls: list[Opened] = []
        self.called: dict[int, tuple[str, StatementContext]] = {}
        """The function that returned each expression, by the `id` of the expression."""
        self.arrays: dict[int, tuple[list[Any], Any]] = {}
        """By the `id` of a list of plain numbers: the list, and the array that NumPy makes of it."""
        self.rounded: dict[int, tuple[Any, Any]] = {}
        """By the `id` of a rounded result: the result, and the value before it was rounded."""
        self.tables: dict[int, Any] = {}
        """The tables of pandas that were computed from tensors of the pass, by their `id`."""
        self.stored: set[ValuePath] = set()
        self.renamed: dict[int, list[ValuePath]] = {}
        """The variables that were assigned a value from before the pass, by its `id`."""
        self.begun: set[ValuePath] = set()
        """The places whose value from before the pass was read."""
        self.targets: set[ValuePath] = set()
        """The variables of the loop itself: their values come from outside."""

    # Items

    def new_item(
        self,
        kind: ItemKind,
        path: ValuePath,
        value: Any,
        place: StatementContext | None,
    ) -> Item:
        """An item at the end of the list. A line that runs very often has one for all its later runs."""
        key = (id(place.statement), path) if place is not None and kind != ItemKind.INITIAL else None
        if key is not None:
            self.times[key] = self.times.get(key, 0) + 1
            if self.times[key] > self.max_times:
                return self._once_more(self.last[key], value)
        if len(self.items) >= self.max_items:
            self.is_full = True
        is_edited = len(self.items) in self.edits
        item = Item(len(self.items), kind, path, self._edited(value), is_edited=is_edited)
        if place is not None:
            item.source = place.source
            item.line = place.statement.lineno
            item.written = statement_text(place)
        item.call = tuple(self.calls)
        self.items.append(item)
        if key is not None:
            self.last[key] = item
        return item

    def _once_more(self, item: Item, value: Any) -> Item:
        item.value = self._kept(value)
        if item.kind == ItemKind.EQUATION and not item.is_many:
            item.is_many, item.opaque = True, fill(messages.MANY_TIMES)
            item.read = (*item.read, *((item.tree,) if item.tree is not None else ()))
            item.tree = None
        return item

    def _edited(self, value: Any) -> Any:
        """A copy of the next item's value, with its edits; an array is edited itself, too."""
        for index, number in self.edits.get(len(self.items), {}).items():
            if isinstance(value, np.ndarray):
                value[index] = number
            else:
                value = type(value)(number)
        return self._kept(value)

    def _kept(self, value: Any) -> Any:
        return copied(value) if self.keeps_values else outlined(value)

    def remember(self, value: Any, tree: Tree | None, **facts: Any) -> Known:
        """Keep what is known of a value that was just computed."""
        known = Known(value, tree, **facts)
        self.known[id(value)] = known
        self.kept.append(value)
        if len(self.known) > self.max_values:
            self.is_full = True
        if isinstance(value, np.ndarray):
            self.by_owner.setdefault(id(owner_of(value)), []).append(known)
        if known.base is not None:
            views = known.base.views
            views.append(known)
            if len(views) > MAX_VIEWS:
                # A loop over parts makes thousands, of which only the last is read again.
                oldest = views.pop(0)
                oldest.opaque, oldest.base = fill(messages.SHARES_CHANGED), None
        return known

    def found(self, value: Any) -> Known | None:
        """How the pass computed a value; None if the pass does not know it."""
        known = self.known.get(id(value))
        return known if known is not None and known.value is value else None

    # Reading values

    def become_fractions(self) -> set[ValuePath]:
        """The variables and entries of lists that held a whole number before the pass and get a fraction from
        a statement that names them.
        """
        return {
            item.path
            for item in self.items
            if item.kind == ItemKind.EQUATION
            and np.asarray(item.value).dtype.kind == "f"
            and isinstance(self.paths.number_at.get(item.path), int)
            and not isinstance(self.paths.number_at[item.path], bool)
            and _names_its_target(item)
        }

    def lookup(self, value: Any, path: ValuePath | None, hint: str, place: StatementContext | None) -> Known:
        """What is known of a value that is read: an unknown one is from before the pass, or from outside."""
        known = self.found(value)
        if known is not None:
            return known
        if path is not None and self.paths.value_at.get(path) is value and not self.was_stored(path):
            return self._initial(value, path, place)
        if self.paths.has(value):
            first, *others = self.paths.of_value(value)
            if not isinstance(value, np.ndarray):
                # A number that a function takes under one name from another belongs to the inner one.
                first = next((each for each in reversed(others) if each[1:] == first[1:]), first)
            return self._initial(value, first, place)
        feed = self.new_item(ItemKind.FEED, path or ("", hint), value, place)
        return self.remember(value, feed.reference, item=feed)

    def array_of(self, numbers: list[Any]) -> Any:
        """A list of plain numbers as an array: the same one until the list changes."""
        known = self.arrays.get(id(numbers))
        if known is None or known[0] is not numbers or known[1].tolist() != numbers:
            known = self.arrays[id(numbers)] = (numbers, np.asarray(numbers))
        return known[1]

    def was_stored(self, path: ValuePath) -> bool:
        """Whether a place, or its container, was assigned in this pass."""
        return any(path[:end] in self.stored for end in range(2, len(path) + 1))

    def _initial(self, value: Any, path: ValuePath, place: StatementContext | None) -> Known:
        if isinstance(value, np.ndarray):
            shown = self._as_part(value, path, place) if self.views_by_owner else None
            if shown is not None:
                return shown
            changed = self.changed.get(id(owner_of(value)), [])
            if any(np.may_share_memory(array, value) for array in changed):
                item = self.new_item(ItemKind.EQUATION, path, value, place)
                item.opaque = fill(messages.SHARES_CHANGED)
                return self.remember(value, item.reference, item=item)
        if not isinstance(value, np.ndarray):
            item_there = self.item_at.get((path, id(value)))
            if item_there is not None:
                return Known(value, item_there.reference, item_there)
        item = self.new_item(ItemKind.FEED if path in self.targets else ItemKind.INITIAL, path, value, None)
        self.begun.add(path)
        item.places = tuple(self.paths.of_value(value))
        item.others = [other for other in (*self.renamed.get(id(value), ()), *item.places) if other != path]
        self.item_at[(path, id(value))] = item
        if isinstance(value, np.ndarray):
            return self.remember(value, item.reference, item=item)
        # A float may be stored in several places, each of which is a number of its own.
        return Known(value, item.reference, item)

    def _as_part(self, value: Any, path: ValuePath, place: StatementContext | None) -> Known | None:
        """A view of an array from before the pass, as an equation of its own."""
        part = self._part_of(value)
        if part is None:
            return None
        base, seen, put = part
        if base.tree is None:
            return None
        item = self.new_item(ItemKind.EQUATION, path, value, place)
        item.tree, item.is_replaced = seen(base.tree), True
        return self.remember(value, item.reference, item=item, base=base, seen=seen, put=put)

    def _part_of(
        self, value: Any
    ) -> tuple[Known, Callable[[Tree], Tree], Callable[[Tree, Tree], Tree | None]] | None:
        """The array from before the pass that a view is a part of; None if there is none.

        With it come two functions: one makes the part's expression from the array's, the other makes the
        array's new expression from its old one and the part's new one.
        """
        owner = self.paths.array_around(value)
        if owner is None:
            return None
        row = _row_within(owner, value)
        if row is not None:
            return self.lookup(owner, None, "", None), *_row_of(owner.shape, row)
        is_turned = not value.flags.c_contiguous
        if (is_turned and not value.T.flags.c_contiguous) or value.dtype != owner.dtype:
            return None
        first = (value.ctypes.data - owner.ctypes.data) // max(owner.itemsize, 1)
        last, shape, whole = first + value.size, value.shape[::-1] if is_turned else value.shape, owner.shape

        is_all = shape == whole

        def seen(tree: Tree) -> Tree:
            if is_all:
                return build.transpose_of(tree) if is_turned else tree
            flat = tree if len(whole) == 1 else build.method(tree, "reshape", build.signed_number(-1))
            part: Tree = build.subscript_of(flat, [build.slice_of(first, last)])
            if len(shape) != 1:
                part = build.method(part, "reshape", *map(build.signed_number, shape))
            return build.transpose_of(part) if is_turned else part

        def put(tree: Tree, part: Tree) -> Tree:
            if is_all:
                return build.transpose_of(part) if is_turned else part
            flat = tree if len(whole) == 1 else build.method(tree, "reshape", build.signed_number(-1))
            turned = build.transpose_of(part) if is_turned else part
            pieces: list[Tree] = [
                build.subscript_of(flat, [build.slice_of(None, first)]),
                build.method(turned, "reshape", build.signed_number(-1)),
                build.subscript_of(flat, [build.slice_of(last, None)]),
            ]
            kept = pieces[first == 0 : 3 if last < owner.size else 2]
            joined: Tree = build.call("concatenate", ast.List(kept, ast.Load()))
            return (
                build.method(joined, "reshape", *map(build.signed_number, whole))
                if len(whole) > 1
                else joined
            )

        return self.lookup(owner, None, "", None), seen, put

    @property
    def shares(self) -> bool:
        """Whether values were read that other names had changed: the views are better treated as parts."""
        return self.overlaps or any(item.opaque == fill(messages.SHARES_CHANGED) for item in self.items)

    def use(self, known: Known, hint: str, place: StatementContext | None) -> Tree | None:
        """The expression to write for a value; one without an expression becomes an item of its own."""
        if known.mask is not None:
            return None
        if known.tree is None:
            path = known.item.path if known.item is not None else ("", hint)
            item = self.new_item(ItemKind.EQUATION, path, known.value, place)
            item.opaque = known.opaque or fill(messages.CALL_WITHOUT_EQUATION)
            item.read = known.reads
            known.tree, known.item = item.reference, item
        return known.tree

    def number_at(self, path: ValuePath, value: Any, place: StatementContext | None) -> Tree:
        """A whole number in a variable or attribute, by name."""
        item = self.item_at.get((path, value))
        if item is None:
            was_there = (
                path in self.paths.number_at
                and self.paths.number_at[path] == value
                and not self.was_stored(path)
            )
            is_initial = was_there and path not in self.targets
            item = self.new_item(ItemKind.INITIAL if is_initial else ItemKind.FEED, path, value, place)
            self.item_at[(path, value)] = item
        return item.reference

    # Assignments

    def assign(
        self, value: Any, path: ValuePath, place: StatementContext, is_loop_target: bool = False
    ) -> Any:
        """Record an assignment to a variable, attribute or item.

        Returns the value to store: an edited number is a new object.
        """
        self.stored.add(path)
        if is_traced(value):
            return self._assign_traced(value, path, place, is_loop_target)
        if isinstance(value, TRACED_CONTAINERS):
            self.name_inside(value, path, place)
        elif is_script_instance(value):
            self.paths.place_object(value, path)
            self._name_fields(value, path, place)
        return value

    def _name_fields(self, instance: Any, path: ValuePath, place: StatementContext) -> None:
        """Name the results in the fields of an object that no statement has stored there, as of a data
        class."""
        for name, value in vars(instance).items():
            known = self.found(value) if is_traced(value) else None
            tree = None if known is None or known.item is not None else known.tree
            if tree is not None and not _is_number(tree):
                self._assign_traced(value, (*path, name), place, False)

    def assign_attribute(self, owner: Any, name: str, value: Any, place: StatementContext) -> Any:
        """Record an assignment to an attribute; a number literal is not recorded.

        What reads the attribute then reads that number: `self.grad = 0.0` gives every object the same one.
        """
        path = self.paths.of_object(owner)
        if path is None:
            path = ("", owner.__name__) if isinstance(owner, ScriptClass) else ("?",)
        path = (*path, name)
        if path in self.begun or not _stores_number(place.statement):
            self.numbers_of.pop((id(owner), name), None)
            return self.assign(value, path, place, isinstance(place.statement, ast.For))
        self.stored.add(path)
        if isinstance(value, float):
            # The statement assigns the same object every time: a new one distinguishes it from earlier ones.
            value = value * 1.0
            self.remember(value, build.numeral(value))
        else:
            self.kept.append(owner)
            self.numbers_of[id(owner), name] = value
        return value

    def number_of(self, owner: Any, name: str, value: Any) -> Tree | None:
        """The number literal that a statement of the pass assigned to an attribute; None for
        another value.
        """
        return build.numeral(value) if self.numbers_of.get((id(owner), name)) == value else None

    def _assign_traced(
        self, value: Any, path: ValuePath, place: StatementContext, is_loop_target: bool
    ) -> Any:
        known = self.found(value)
        is_new_here = path in self.begun and self.paths.value_at.get(path) is not value
        if known is None and is_new_here and self.paths.has(value):
            known = self.remember(value, self.lookup(value, None, "", place).tree)
        if known is None and self.paths.has(value):
            is_drawn = np.ndim(value) == 0 and isinstance(path[-1], str) and _draws(place.statement)
            if is_loop_target or is_drawn:
                item = self.lookup(value, None, "", place).item
                if item is not None and not item.in_loop_target:
                    item.in_loop_target, item.is_draw = path[-1], is_drawn
                    item.line, item.written = place.statement.lineno, statement_text(place)
                    item.source = place.source
            else:
                self.renamed.setdefault(id(value), []).append(path)
            return value
        if known is None and self._row_of_result(value, path, place) is not None:
            return value
        if known is None:
            item = self.new_item(ItemKind.FEED, path, value, place)
            self._note_row(item, value)
            value = self._to_keep(value, item)
            self.remember(value, item.reference, item=item)
            return value
        item = known.item
        is_named = item is not None and known.tree is not None and _is_reference(known.tree, item)
        # A parameter that gets its new value from a variable gets it by an equation, the author's line.
        if item is not None and is_named and (path not in self.begun or path == item.path):
            item.others.append(path)
            if _passes_on(place.statement):
                item.passed_on.append(PassedOn(place, len(self.items), tuple(self.calls)))
            return value
        item = self._equation(known, path, place)
        kept = self._to_keep(value, item)
        if kept is not value:
            self.remember(kept, item.reference, item=item)
        return kept

    def _row_of_result(self, value: Any, path: ValuePath, place: StatementContext) -> Known | None:
        """A row that a loop draws from a result of the pass, as that part of it; None for another value."""
        if not isinstance(value, np.ndarray) or not isinstance(value.base, np.ndarray):
            return None
        # What rows are drawn from comes before the rows, of which a loop may draw thousands.
        for base in self.by_owner.get(id(owner_of(value)), [])[:MAX_VIEWS]:
            is_result = base.tree is not None and (base.item is None or base.item.kind == ItemKind.EQUATION)
            if not is_result or base is not self.found(base.value) or len(base.value) > self.max_times:
                continue
            at = _row_within(base.value, value)
            if at is None:
                continue
            seen, put = _row_of(base.value.shape, at)
            item = self.new_item(ItemKind.EQUATION, path, value, place)
            tree = self.use(base, "", place)
            assert tree is not None
            item.set_tree(seen(tree))
            # Rows of what comes from outside do, too.
            item.is_draw = item.is_replaced = True
            return self.remember(value, item.reference, item=item, base=base, seen=seen, put=put)
        return None

    @staticmethod
    def _to_keep(value: Any, item: Item) -> Any:
        """The value that an assignment stores: arrays are edited in place, a number becomes another one."""
        return value if isinstance(value, np.ndarray) or item.value is value else item.value

    def returned(self, values: Any, place: StatementContext, is_opened: bool) -> None:
        """For results without a name, remember the statement that computed them: a name comes from elsewhere.

        `is_opened` is false in a function of one expression, which is put in place of its call.
        """
        for value in _items_within(values):
            known = self.found(value) if is_traced(value) else None
            if known is None:
                continue
            item = known.item
            is_argument = item is None or item.call != tuple(self.calls)
            if is_argument and _passes_on(place.statement):
                passed = PassedOn(place, len(self.items), tuple(self.calls))
                (known if item is None else item).passed_on.append(passed)
            elif item is None and known.made is None and is_opened:
                known.made = place, tuple(self.calls)
                if known.tree is not None and self.calls:
                    self.called[id(known.tree)] = self.calls[-1].name, place
                    self.kept.append(known.tree)

    def _equation(self, known: Known, path: ValuePath, place: StatementContext) -> Item:
        item = self._named(known, path, place)
        if known.made is not None and not item.is_many:
            made, item.call = known.made
            item.stored_by = item.written
            item.source, item.line, item.written = made.source, made.statement.lineno, statement_text(made)
        return item

    def _named(self, known: Known, path: ValuePath, place: StatementContext) -> Item:
        if known.mask is not None:
            known.opaque, known.tree, known.mask = fill(messages.UNCOUNTED_CELLS), None, None
        if known.tree is None or _is_number(known.tree):
            kind = ItemKind.FEED if known.tree is not None else ItemKind.EQUATION
            item = self.new_item(kind, path, known.value, place)
            if not item.is_many:
                item.opaque = "" if kind == ItemKind.FEED else known.opaque or fill(messages.NO_EXPRESSION)
                item.read = known.reads
        else:
            item = self.new_item(ItemKind.EQUATION, path, known.value, place)
            item.set_tree(known.tree)
            item.is_draw = _draws(place.statement)
            # A part that was changed in place: the equation of the whole array says it.
            item.is_replaced = known.base is not None and isinstance(place.statement, ast.AugAssign)
        item.passed_on = known.passed_on
        known.tree, known.item = item.reference, item
        return item

    def name_inside(self, value: Any, path: ValuePath, place: StatementContext, depth: int = 0) -> None:
        """Name the values in a container that was stored."""
        self.paths.place_object(value, path)
        if depth > 4 or len(value) > 5_000:
            return
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for key, item in pairs:
            if is_traced(item):
                if self.found(item) is not None:
                    self._assign_traced(item, (*path, key), place, False)
            elif isinstance(item, TRACED_CONTAINERS):
                self.name_inside(item, (*path, key), place, depth + 1)
            elif is_script_instance(item):
                self.paths.place_object(item, (*path, key))

    def show_number(self, value: Any, name: str, place: StatementContext) -> None:
        """Record a printed number without a name: it becomes an equation, named after the text before it."""
        value = self.rounded.get(id(value), (None, value))[1]
        known = self.found(value) if is_traced(value) and not np.ndim(value) else None
        if known is None or known.item is not None or known.mask is not None:
            return
        if not isinstance(known.tree, ast.BinOp | ast.UnaryOp | ast.Call) or not self._is_of_pass(known.tree):
            return
        item = self.new_item(ItemKind.EQUATION, ("?", name), value, place)
        item.set_tree(known.tree)
        item.is_written_out = True
        known.tree, known.item = item.reference, item

    def _is_of_pass(self, tree: Tree) -> bool:
        """Whether an expression reads an array or a result of the pass: no learning rate does."""
        names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id.startswith("§"))
        read = [self.items[int(name[1:])] for name in names]
        return any(item.kind == ItemKind.EQUATION or np.ndim(item.value) for item in read)

    # Changes in place

    def written(
        self, known: Known, tree: Tree | None, path: ValuePath | None, place: StatementContext, why: str = ""
    ) -> None:
        """Record a change of an array in place: `tree` gives the whole array, None if there is no
        expression.
        """
        self._join(known)
        base = known.base
        if base is not None and known.put is not None and self._has_name_above(base):
            before = base.tree
            whole = known.put(before, tree) if before is not None and tree is not None else None
            self.written(base, whole, None, place, why or fill(messages.PART_CHANGED_IN_PLACE))
            return
        if known.item is None and not self.paths.has(known.value):
            known.tree, known.opaque = tree, why
        else:
            at = self._path_to_write(known, path)
            if known.item is not None:
                known.item.is_replaced = True
            item = self.new_item(ItemKind.EQUATION, at, known.value, place)
            item.set_tree(tree, why or fill(messages.CHANGED_IN_PLACE))
            known.tree, known.item = item.reference, item
            self.stored.add(at)
        self._refresh(known)
        self._mark_overlapping(known)

    def _join(self, known: Known) -> None:
        """Make part of an array from before the pass, such as a row that a loop draws, known as that part: a
        change of it is one of the array.
        """
        item = known.item
        if item is None or item.kind != ItemKind.FEED or known.base is not None:
            return
        count = len(self.items)
        part = self._part_of(known.value) if isinstance(known.value, np.ndarray) else None
        if part is not None:
            known.base, known.seen, known.put = part
            if len(self.items) > count and self.keeps_values:
                # The array is first read here, after the change: its part was what was drawn.
                _put_back(self.items[-1].value, known.base.value, known.value, item.value)
            known.base.views.append(known)

    def _note_row(self, item: Item, value: Any) -> None:
        """Remember from which array from before the pass a row or a cell comes that a loop draws."""
        if item.number in self.rows:
            # An item that stands for many runs of its line is not a row of one number.
            self.rows[item.number] = None
            return
        drawn = self.drawn_cells.pop(id(value), None)
        owner = self.paths.array_around(value) if isinstance(value, np.ndarray) else None
        at = _row_within(owner, value) if owner is not None else None
        if drawn is not None and drawn[0] is value:
            _, owner, at = drawn
        if at is None:
            return
        known = self.found(owner)
        self.rows[item.number] = owner, at, known.tree if known is not None else None

    def place_rows(self) -> None:
        """Give the rows and cells of arrays that the pass changed their expressions: those of others are
        samples."""
        initial = {item.path: item for item in self.items if item.kind == ItemKind.INITIAL}
        changed = {item.path for item in self.items if item.kind == ItemKind.EQUATION} & initial.keys()
        for number, row in self.rows.items():
            if row is None:
                continue
            owner, at, tree = row
            path = next((path for path in self.paths.of_value(owner) if path in changed), None)
            item = self.items[number]
            if path is not None and item.kind == ItemKind.FEED:
                item.kind, item.is_replaced = ItemKind.EQUATION, True
                # An array that was not read before the row was drawn had its value from before the pass.
                item.set_tree(build.subscript_of(tree or initial[path].reference, [build.signed_number(at)]))

    def _has_name_above(self, known: Known) -> bool:
        return known.item is not None or (known.base is not None and self._has_name_above(known.base))

    def _path_to_write(self, known: Known, path: ValuePath | None) -> ValuePath:
        item = known.item
        assert item is not None
        return item.path if item.path in self.begun or path is None else path

    def _refresh(self, known: Known) -> None:
        for view in known.views:
            if view.seen is not None and known.tree is not None:
                view.tree, view.item, view.opaque = view.seen(known.tree), None, ""
            else:
                view.tree, view.opaque = None, fill(messages.PART_OF_CHANGED)
            self._refresh(view)

    def _mark_overlapping(self, known: Known) -> None:
        array = known.value
        if not isinstance(array, np.ndarray):
            return
        owner = owner_of(array)
        related = _family(known)
        for other in self.by_owner.get(id(owner), []):
            if id(other) in related or other is not self.found(other.value):
                continue
            if np.may_share_memory(other.value, array):
                self.overlaps = self.overlaps or (
                    other.item is not None and other.item.kind == ItemKind.INITIAL
                )
                other.tree, other.opaque = None, fill(messages.SHARES_CHANGED)
        self.changed.setdefault(id(owner), []).append(array)


def _row_within(array: Any, value: Any) -> int | None:
    """The number of the row of an array that a view is; None if it is none of its rows."""
    if array.ndim < 2 or value.shape != array.shape[1:] or value.strides != array.strides[1:]:
        return None
    if value.dtype != array.dtype or not array.strides[0]:
        return None
    at, rest = divmod(value.ctypes.data - array.ctypes.data, array.strides[0])
    return int(at) if not rest and 0 <= at < len(array) else None


def _put_back(array: Any, original: Any, part: Any, before: Any) -> None:
    """Put an earlier value of a part of an array into a copy of the array."""
    offset = part.ctypes.data - original.ctypes.data
    np.ndarray(part.shape, part.dtype, array, offset, part.strides)[...] = before


def _row_of(
    shape: tuple[int, ...], at: int
) -> tuple[Callable[[Tree], Tree], Callable[[Tree, Tree], Tree | None]]:
    """The expression of a row from its array's, and the array's new one from its old one and the row's."""
    region = part_stores.region_of(shape, at)
    assert region is not None
    return (
        lambda tree: build.subscript_of(tree, [build.signed_number(at)]),
        lambda tree, row: region.with_part(tree, part_stores.Part(row, shape[1:])),
    )


def _names_its_target(item: Item) -> bool:
    """True for an update: `b -= db`, `b = step(b, db)`, and any statement that sets an entry of a list."""
    target = item.path[-1]
    if not isinstance(target, str):
        return True
    named = re.compile(rf"\b{re.escape(target)}\b")
    lines = item.written, item.stored_by
    return any(len(named.findall(line)) > 1 or _AUGMENTED.search(line) for line in lines)


_AUGMENTED = re.compile(r"[-+*/]=")


def _family(known: Known) -> set[int]:
    top = known
    while top.base is not None:
        top = top.base
    found: set[int] = set()
    waiting = [top]
    while waiting:
        each = waiting.pop()
        found.add(id(each))
        waiting.extend(each.views)
    return found


def _is_reference(tree: Tree, item: Item) -> bool:
    return isinstance(tree, ast.Name) and tree.id == f"§{item.number}"


def _is_number(tree: Tree) -> bool:
    if isinstance(tree, ast.UnaryOp):
        return _is_number(tree.operand)
    return isinstance(tree, ast.Constant)


def _stores_number(statement: ast.stmt) -> bool:
    """Whether a statement assigns a number literal: `self.grad = 0.0`."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, int | float) and not isinstance(statement.value.value, bool)


def _draws(statement: ast.stmt) -> bool:
    """Whether a statement selects rows or cells by a variable: `X[i]`, `X[order]`, `X[s:s + m]`."""
    value = getattr(statement, "value", None) or getattr(statement, "iter", None)
    if value is None:
        return False
    indices = [node.slice for node in ast.walk(value) if isinstance(node, ast.Subscript)]
    return any(isinstance(part, ast.Name) for index in indices for part in ast.walk(index))


def _items_within(value: Any, depth: int = 0) -> Iterator[Any]:
    """The values that a function returns: one, or those within tuples, lists and dictionaries."""
    if isinstance(value, dict | tuple | list) and depth < _MAX_WITHIN and len(value) <= _MAX_RETURNED:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _items_within(item, depth + 1)
    else:
        yield value


_MAX_WITHIN, _MAX_RETURNED = 3, 100
"""The limits of depth and number for values within a function's returned tuples, lists and dictionaries."""


def _passes_on(statement: ast.stmt) -> bool:
    """True for a statement that computes nothing: what it assigns or returns is a name or an entry, or the
    first of several things that it returns."""
    value = statement.value if isinstance(statement, ast.Assign | ast.Return) else None
    if isinstance(statement, ast.Return) and isinstance(value, ast.Tuple) and value.elts:
        value = value.elts[0]
    return isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
