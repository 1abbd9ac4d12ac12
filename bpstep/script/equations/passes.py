"""From the recording of a pass to the pass's equations."""

from __future__ import annotations

import ast
import contextlib
import copy
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.lang import lowering, parser
from bpstep.lang.shapes import check_indices, shape_of, value_shape
from bpstep.lang.trees import is_reshape
from bpstep.script import messages
from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.equations.equations import (
    CalledExpression,
    Opened,
    OtherName,
    ScriptEquation,
    ScriptIteration,
)
from bpstep.script.equations.items import (
    SHARED_SCOPE,
    Item,
    ItemKind,
    PassedOn,
    StatementContext,
    ValuePath,
    statement_text,
)
from bpstep.script.equations.naming import name_items, short_name
from bpstep.script.equations.recorder import PassRecorder
from bpstep.text import fill, one_line

PLACEHOLDER = re.compile(r"§(\d+)")

MAX_COMPILED = 5_000

MAX_SOURCE_NODES = 4_000
"""The most nodes of an expression that is still shown as one equation."""


def equations_of(
    recorder: PassRecorder, index: int, ended: bool, output: str, compiled: Compiled
) -> ScriptIteration:
    """The equations of a recorded pass, in order, each an expression of the ones before it."""
    items = recorder.items
    _move_to_written_places(recorder)
    recorder.place_rows()
    _rename_loop_targets(recorder)
    _draws_to_feeds(items)
    _merge_copies(recorder)
    carried = _carried(recorder)
    kept = _needed(items, carried)
    count = len(recorder.items)
    kept = _with_old_values(kept, carried, recorder)
    name_items(kept, carried)
    by_number = {item.number: item for item in kept}
    initial: dict[str, Any] = {}
    feeds: dict[str, Any] = {}
    feed_lines: dict[str, int] = {}
    for item in kept:
        if item.kind == ItemKind.INITIAL:
            initial[item.name] = item.value
        elif item.kind == ItemKind.FEED:
            feeds[item.name] = item.value
            if item.line:
                feed_lines[item.name] = item.line
    # What holds an old value is made last, and stands where that is read.
    written = [item.number for item in kept if item.kind == ItemKind.EQUATION]
    numbers: list[int] = []
    for number in written:
        numbers.append(number if number < count or not numbers else numbers[-1])
    writer = _EquationWriter(recorder, compiled, by_number, _what_matters(kept, carried), numbers)
    equations = tuple(writer.equations(kept))
    names = tuple(by_number[number].name for number in carried if number in by_number)
    places = {item.name: (item.number, item.path) for item in kept}
    return ScriptIteration(index, initial, feeds, equations, names, ended, output, feed_lines, places)


# Which items


def _move_to_written_places(recorder: PassRecorder) -> None:
    """An initial array with several places belongs to the one that the pass writes.

    With `w = rng.normal(size=3)` and `params = {"w": w}`, the parameter is `params["w"]`. A place that only
    gets the array in the pass, as in `x = X`, is another one, and so is one that gets an array of another
    shape, as in `X = everything[batch]`.
    """
    items = recorder.items
    written = {item.path: np.shape(item.value) for item in items if item.kind == ItemKind.EQUATION}
    begun = {item.path for item in items if item.kind == ItemKind.INITIAL}
    for item in items:
        if item.kind != ItemKind.INITIAL or item.path in written:
            continue
        there = [path for path in item.places if item.others.count(path) == 1]
        shape = np.shape(item.value)
        place = next((path for path in there if written.get(path) == shape and path not in begun), None)
        if place is not None:
            item.others = [item.path, *(path for path in item.others if path != place)]
            item.path = place
            begun.add(place)


def _rename_loop_targets(recorder: PassRecorder) -> None:
    """Rename loop targets: samples are named after the loop's variable, a number drawn from a list after the
    variable that takes it, parameters of layers after their place.
    """
    written = {item.path[:2] for item in recorder.items if item.kind == ItemKind.EQUATION}
    times = Counter(item.in_loop_target for item in recorder.items)
    for item in recorder.items:
        is_member = any(isinstance(part, int) for part in item.path)
        if item.kind != ItemKind.INITIAL or not item.in_loop_target or not is_member:
            continue
        if item.is_draw and times[item.in_loop_target] > 1:
            continue
        if item.path[:2] not in written and not _is_written(item, recorder):
            item.kind = ItemKind.FEED
            item.path = ("", item.in_loop_target)


def _is_written(item: Item, recorder: PassRecorder) -> bool:
    roots = {tuple(part for part in path[:-1]) for path in (item.path, *item.others)}
    for other in recorder.items:
        if other.kind == ItemKind.EQUATION and other.path[:-1] in roots and len(other.path) > 2:
            return True
    return False


def _draws_to_feeds(items: list[Item]) -> None:
    """Rows and cells that a variable selects from data come from outside."""
    computed = {item.path for item in items if item.kind == ItemKind.EQUATION}
    outside = {
        item.number
        for item in items
        if item.kind == ItemKind.FEED or (item.kind == ItemKind.INITIAL and item.path not in computed)
    }
    for item in items:
        if item.kind != ItemKind.EQUATION or not item.is_draw or item.tree is None:
            continue
        tree = item.tree
        picks = False
        while isinstance(tree, ast.Subscript | ast.Attribute) or is_reshape(tree):
            picks = picks or isinstance(tree, ast.Subscript)
            tree = tree.func.value if isinstance(tree, ast.Call) else tree.value  # type: ignore[attr-defined]
        if picks and isinstance(tree, ast.Name) and item.reads() <= outside:
            item.kind = ItemKind.FEED
            outside.add(item.number)


def _merge_copies(recorder: PassRecorder) -> None:
    """`W1 = update(W1, …)`, where the function names its new value W1 too, is one equation and not two."""
    there = {item.path for item in recorder.items if item.kind == ItemKind.INITIAL}
    for copy_of in recorder.items:
        tree = copy_of.tree
        if copy_of.kind != ItemKind.EQUATION or copy_of.path not in there or not isinstance(tree, ast.Name):
            continue
        first = recorder.items[int(tree.id[1:])]
        old = next(
            item for item in recorder.items if item.kind == ItemKind.INITIAL and item.path == copy_of.path
        )
        same_name = short_name(first.path) == short_name(copy_of.path) and first.path != copy_of.path
        if first.kind != ItemKind.EQUATION or not same_name or first.path in there:
            continue
        later = recorder.items[first.number + 1 : copy_of.number]
        if any(old.number in item.inputs() or item.path == first.path for item in later):
            continue
        first.path = copy_of.path
        copy_of.kind, copy_of.path, copy_of.tree = (
            ItemKind.FEED,
            ("", f"{short_name(first.path)}_again"),
            None,
        )
        for item in recorder.items:
            if item.tree is not None and copy_of.number in item.reads():
                item.tree = _renumbered(item.tree, copy_of.number, first.number)


def _carried(recorder: PassRecorder) -> dict[int, Item]:
    """By the number of each initial item that a later item of the same place writes, the last that does."""
    last: dict[ValuePath, Item] = {}
    for item in recorder.items:
        if item.kind != ItemKind.INITIAL:
            last[item.path] = item
    read = {number for item in recorder.items for number in item.reads()}
    found: dict[int, Item] = {}
    for item in recorder.items:
        if item.kind != ItemKind.INITIAL or item.path not in last or item.number not in read:
            continue
        if last[item.path].kind == ItemKind.EQUATION:
            found[item.number] = last[item.path]
    return found


def _needed(items: list[Item], carried: dict[int, Item]) -> list[Item]:
    """The items without those that nothing reads: whole numbers, truth values, constants, given values.

    A call that leaves only texts and whole numbers, such as one that prints a sample, is left out with all
    its lines, unless there is nothing else.
    """
    last = {item.number for item in carried.values()}
    calls: set[Opened] = set()
    kept, more = _read_items(items, last, calls)
    while not more <= calls:
        calls |= more
        kept, more = _read_items(items, last, calls)
    if not any(item.kind == ItemKind.EQUATION for item in kept):
        kept, _ = _read_items(items, last, None)
    numbers = {item.number for item in kept}
    for number in [number for number in carried if number not in numbers]:
        del carried[number]
    return kept


def _read_items(
    items: list[Item], last: set[int], calls: set[Opened] | None
) -> tuple[list[Item], set[Opened]]:
    """The items that are read or shown if only these calls matter (None: all), and the calls whose results
    are used outside of them.
    """
    read: set[int] = set()
    readers: set[tuple[int, Opened | None]] = set()
    kept: list[Item] = []
    for item in reversed(items):
        is_shown = item.kind == ItemKind.EQUATION and _shows(item, calls)
        if item.number not in read and item.number not in last and not is_shown:
            continue
        kept.append(item)
        if item.kind == ItemKind.EQUATION:
            own = item.call[0] if item.call else None
            inputs = item.inputs()
            read |= inputs
            readers.update((number, own) for number in inputs)
    kept.reverse()
    callers = {item.number: item.call[0] for item in kept if item.call and item.kind == ItemKind.EQUATION}
    outer = {callers[number] for number, by in readers if number in callers and callers[number] != by}
    return kept, outer | {callers[number] for number in last if number in callers}


def _shows(item: Item, calls: set[Opened] | None) -> bool:
    """Whether an assignment is an equation although nothing reads it: a printed loss."""
    kind = np.asarray(item.value).dtype.kind
    if kind not in "fc" or not item.reads():
        return False
    if calls is not None and item.call and item.call[0] not in calls and np.size(item.value) > 1:
        return False
    return item.opaque == "" and not item.is_replaced


def _with_old_values(kept: list[Item], carried: dict[int, Item], recorder: PassRecorder) -> list[Item]:
    """If an initial value is read after its name was written, an earlier equation copies it."""
    result = list(kept)
    for number, last in carried.items():
        first = recorder.items[number]
        at = next((place for place, item in enumerate(result) if item is last), None)
        if at is None:
            continue
        late = [item for item in result[at + 1 :] if number in item.reads()]
        if not late:
            continue
        name = next((path for path in first.others if path != first.path and path[0] != SHARED_SCOPE), None)
        old = Item(
            len(recorder.items),
            ItemKind.EQUATION,
            name or (*first.path[:-1], f"{first.path[-1]}_old"),
            first.value,
        )
        recorder.items.append(old)
        old.tree = first.reference
        old.source, old.line, old.written, old.call = last.source, last.line, last.written, last.call
        for item in late:
            assert item.tree is not None
            item.tree = _renumbered(item.tree, number, old.number)
        result.insert(at, old)
    return result


def _renumbered(tree: Tree, old: int, new: int) -> Tree:
    class Renumber(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.Name:
            return ast.Name(f"§{new}", ast.Load()) if node.id == f"§{old}" else node

    found: Tree = Renumber().visit(copy.deepcopy(tree))
    return found


def _what_matters(items: list[Item], carried: dict[int, Item]) -> set[int]:
    """The items that something surviving the pass depends on."""
    by_number = {item.number: item for item in items}
    found: set[int] = set()
    waiting = [item.number for item in carried.values()]
    while waiting:
        number = waiting.pop()
        if number in found or number not in by_number:
            continue
        found.add(number)
        waiting.extend(by_number[number].inputs())
    return found


# What each says


@dataclass(frozen=True)
class _EquationWriter:
    """Writes the items of a recorded pass as equations."""

    recorder: PassRecorder
    compiled: Compiled
    items: Mapping[int, Item]
    """The items that the equations may read, by number."""
    matters: set[int]
    """The numbers of the items that something surviving the pass depends on."""
    numbers: Sequence[int]
    """For each equation, in order, the number of the item that it comes from or stands beside."""

    def equations(self, items: Sequence[Item]) -> Iterator[ScriptEquation]:
        """The equations among items in the order of the pass."""
        values = {item.name: item.value for item in items if item.kind != ItemKind.EQUATION}
        for item in items:
            if item.kind == ItemKind.EQUATION:
                yield self._equation(item, values)
                values[item.name] = item.value

    def _equation(self, item: Item, values: Mapping[str, Any]) -> ScriptEquation:
        """An item as an equation; `values` are those of the items before it."""
        source, opaque = item.name, item.opaque
        called: tuple[CalledExpression, ...] = ()
        if item.tree is not None and not opaque:
            if build.size_of(item.tree, MAX_SOURCE_NODES) >= MAX_SOURCE_NODES:
                opaque = fill(messages.TOO_LONG_FOR_EQUATION)
            else:
                called = tuple(self._called(item.tree))
                text = _text_of(item.tree)
                source = self._with_names(_with_literals(text, item.written))
                opaque = "" if item.is_edited else self._difference(text, source, values, item.value)
                if opaque:
                    source = item.name
        assert item.source is not None or not item.line
        place = item.source.place(item.line) if item.source is not None else ("", None)
        cell = item.source.cell_of(item.line) or None if item.source is not None else None
        return ScriptEquation(
            item.name,
            source,
            item.written,
            place[0].split(":cell ")[0],
            item.line,
            cell,
            item.call,
            item.value,
            called,
            opaque,
            aside=item.number not in self.matters,
            unnamed=item.is_written_out,
            other_names=tuple(map(self._other_name, item.passed_on)),
        )

    def _other_name(self, passed: PassedOn) -> OtherName:
        place = passed.place
        before = bisect_left(self.numbers, passed.before)
        line = place.statement.lineno
        in_name = place.source.line_in_name(line)
        return OtherName(_file(place), line, statement_text(place), before, in_name, passed.call)

    def _called(self, tree: Tree) -> Iterator[CalledExpression]:
        called = self.recorder.called
        for node in ast.walk(tree) if called else ():
            if isinstance(node, ast.expr) and id(node) in called:
                function, place = called[id(node)]
                part = self._with_names(_text_of(node))
                line, text = place.statement.lineno, statement_text(place)
                yield CalledExpression(part, function, _file(place), line, text)

    def _difference(self, text: str, source: str, values: Mapping[str, Any], wanted: Any) -> str:
        """Why an expression does not give a value; empty if it does. `source` is its text with names.

        It is compiled with numbered names: the runs of a line differ in the names alone.
        """
        numbers = dict.fromkeys(PLACEHOLDER.findall(text))
        slots = {number: f"_{at}" for at, number in enumerate(numbers)}
        given = {slots[number]: values[self.items[int(number)].name] for number in numbers}
        numbered = PLACEHOLDER.sub(lambda match: slots[match[1]], text)
        if not _difference(numbered, given, wanted, self.compiled):
            return ""
        return _difference(source, values, wanted, self.compiled)

    def _with_names(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda match: self.items[int(match[1])].name, text)


def _file(place: StatementContext) -> str:
    """The file of a statement, as shown to a person."""
    return place.source.place(place.statement.lineno)[0].split(":cell ")[0]


def _text_of(tree: Tree) -> str:
    return ast.unparse(tree).replace(" ** ", "**")


_LITERAL = re.compile(r"(?<![\w.§])(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?(?!\w)")


def _with_literals(text: str, written: str) -> str:
    """1e-05, as Python prints a number, is 1e-5 again if the line `written` has it so."""
    spelled: dict[str, str] = {}
    for found in _LITERAL.findall(written):
        with contextlib.suppress(ValueError, SyntaxError):
            spelled.setdefault(repr(ast.literal_eval(found)), found)
    if all(plain == found for plain, found in spelled.items()):
        return text
    return _LITERAL.sub(lambda match: spelled.get(match[0], match[0]), text)


def _difference(source: str, values: Mapping[str, Any], wanted: Any, compiled: Compiled) -> str:
    """Why an expression does not give a value; empty if it does."""
    try:
        found = value_of(source, values, compiled)
    except ExpressionError as error:
        return one_line(str(error))
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
        return one_line(f"{type(error).__name__}: {error}")
    a, b = np.asarray(found), np.asarray(wanted)
    if a.shape != b.shape:
        return fill(messages.OTHER_SHAPE)
    if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub":
        return fill(messages.NOT_REAL)
    small = 1e-12 if b.dtype.itemsize > 4 or b.dtype.kind != "f" else 1e-4
    with np.errstate(all="ignore"):
        a, b = a.astype(float), b.astype(float)
        size = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        same = np.isclose(a, b, rtol=small, atol=small * max(size, 1e-300), equal_nan=True)
    return "" if np.all(same) else fill(messages.OTHER_NUMBERS)


Compiled = dict[str, tuple[dict[str, tuple[Any, ...]], CodeType]]
"""Right-hand sides compiled before, each with the kinds of the tensors that it reads."""


def value_of(source: str, values: Mapping[str, Any], compiled: Compiled | None = None) -> Any:
    """The value of an equation's right-hand side. ExpressionError if the language has no such expression.

    Compiled code is kept in `compiled`, for passes of one script.
    """
    kinds, code = (compiled or {}).get(source, (None, None))
    if kinds is None or code is None or any(_kind(values.get(name)) != kinds[name] for name in kinds):
        tree = parser.parse(source, values.keys(), max_length=None)
        shapes = {name: value_shape(values[name]) for name in parser.reads(tree)}
        shape_of(tree, shapes)
        check_indices(tree, shapes)
        code = lowering.compile_lowered(lowering.lower(tree, shapes))
        kinds = {name: _kind(values[name]) for name in shapes}
        if compiled is not None and len(compiled) < MAX_COMPILED:
            compiled[source] = kinds, code
    given = {name: _tensor(values[name]) for name in kinds}
    with np.errstate(all="ignore"):
        return lowering.evaluate(code, given, lowering.evaluation_scope())


def _kind(value: Any) -> tuple[Any, ...]:
    found = np.asarray(value)
    return found.shape, found.dtype.kind in "iu"


def _tensor(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        return np.float64(value)
    if isinstance(value, float) and not isinstance(value, np.generic):
        return np.float64(value)
    if isinstance(value, int):
        return np.int64(value) if abs(value) < 2**62 else np.float64(value)
    if isinstance(value, np.ndarray) and value.dtype == bool:
        return value + 0.0
    if isinstance(value, np.matrix):
        return np.asarray(value)  # `*` multiplies element by element in equations
    return value


__all__ = ["ValuePath", "equations_of", "value_of"]
