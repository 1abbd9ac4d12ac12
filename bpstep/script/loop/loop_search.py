"""Finds the training loop of a script: the innermost loop whose pass updates parameters."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from bpstep.script.equations.items import Item, ItemKind, ValuePath, reads_of
from bpstep.script.equations.naming import short_name
from bpstep.script.equations.recorder import PassRecorder
from bpstep.script.interpreter.code import CallFrame, Code, Runner
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.loop.stepping import Loop, Way
from bpstep.script.refusal import Cancelled, ScriptError
from bpstep.script.source import Source
from bpstep.script.tracing.traced import Traced

MAX_TRIES = 3
"""How many passes of one loop are recorded to see whether it trains."""

MAX_TRIES_WITHOUT_CHANGE = 10
"""The same while its passes change nothing: a perceptron learns from some samples only."""

_MAX_ITEMS = 4_000
_MAX_TIMES = 64
_MAX_VALUES = 20_000
"""How many assignments of a pass are examined for that, how many of one line, and how many values."""

MAX_PARAMETER_CELLS = 2**17
"""The largest array, in cells, that is compared before and after a pass."""

_MAX_SECONDS = 4.0
"""Seconds of the limits' kind after which the search ends if it has found loops that change something."""

SECONDS = 1.5
"""How long the search continues, in the same seconds, after it has found a loop, for surrounding loops to
show whether they train more.
"""


class _Reached(Cancelled):
    """The search has found what it looked for."""


@dataclass
class LoopSeen:
    """A loop that a run has reached."""

    loop: Loop
    codes: tuple[Code, ...]
    source: Source
    passes: int = 0
    tries: int = 0
    trained: set[ValuePath] = field(default_factory=set)
    """The parameters that its passes update."""
    changed: set[ValuePath] = field(default_factory=set)
    """Everything that a pass changes, including what it may only sum: a bias to which its own error is added
    looks like that in a single pass.
    """
    descends: bool = False
    """True if one of them changes by a step that is added or subtracted. A net input that a loop over layers
    computes anew from the one before has no such step.
    """
    decided: set[ValuePath] = field(default_factory=set)
    """What its passes change and what branches in them depend on: a perceptron's weights."""
    changes_arrays: bool = False
    is_long: bool = False
    """True if a pass has more assignments or values than are examined."""
    changes: tuple[str, ...] = ()
    inside: set[int] = field(default_factory=set)
    """The loops that run inside it, by the `id` of their node."""

    @property
    def trains(self) -> bool:
        """Whether its passes update parameters."""
        return bool(self.trained)

    @property
    def way(self) -> Way:
        """The loop with the functions to enter to reach it."""
        return Way(self.loop, self.codes)


def look_at_all(recorder: PassRecorder, interpreter: Interpreter, frames: list[CallFrame]) -> None:
    """Find the names of everything that a script's variables hold."""
    recorder.paths.look_at_frame(interpreter.main, "")
    for module in interpreter.modules.loaded.values():
        recorder.paths.look_at(("", getattr(module, "name", "?")), module)
    for frame in frames:
        scope = frame.code.qualified_name if frame.code is not None else ""
        if frame is not interpreter.main:
            recorder.paths.look_at_frame(frame, scope)


def best_of(candidates: list[LoopSeen]) -> LoopSeen:
    """The loop to show if none trains by its equations: the innermost whose branches depend on what it
    changes, else the one that changes most.
    """

    def rank(seen: LoopSeen) -> tuple[int, int, int]:
        depth = sum(id(seen.loop) in other.inside for other in candidates)
        return len(seen.decided), depth if seen.decided else 0, len(seen.changes)

    return max(candidates, key=rank)


def targets_of(loop: Loop, frame: CallFrame) -> set[ValuePath]:
    """The variables that the loop statement itself assigns."""
    if not isinstance(loop, ast.For):
        return set()
    scope = frame.code.qualified_name if frame.code is not None else ""
    return {(scope, node.id) for node in ast.walk(loop.target) if isinstance(node, ast.Name)}


class Finder:
    """Runs a script, and records passes of its loops until one is found that trains."""

    def __init__(
        self, interpreter: Interpreter, line: int | None, first_passes: bool, file: str = ""
    ) -> None:
        self.interpreter = interpreter
        self.line = line
        self.file = file
        """The imported file of that line; empty for the script's own, or any if that has no loop there."""
        self.first_passes = first_passes
        self.loops: dict[int, LoopSeen] = {}
        self.stop_at = float("inf")
        self.traced = Traced(interpreter)
        self.views_by_owner = False
        self.goes_on = False
        """True if the search continues after it has found a loop."""
        self._recording = False
        self._unfinished: LoopSeen | None = None
        """The loop whose recorded pass has begun and not ended without an error."""
        self._is_reached = False
        """True if the search itself has ended the run: a loop was found, or its time is over."""
        self._active: list[LoopSeen] = []
        """The loops a pass of which is running, the outermost first."""
        self.stop: ScriptError | None = None
        """The script's own error, if it stopped the search."""
        self._raised: tuple[BaseException | None, list[LoopSeen]] = (None, [])
        """The last error that left a pass of a loop, and all loops that it left, the innermost first."""

    @property
    def stopped(self) -> list[LoopSeen]:
        """The loops in whose passes the script's own error occurred, the innermost first."""
        return self._raised[1] if self.stop is not None else []

    @property
    def found(self) -> LoopSeen | None:
        """The innermost loop that trains everything that its surrounding loops train; of several the first
        that descends, if any does.
        """
        if self.line is not None:
            return next(filter(self._is_chosen, self.loops.values()), None)
        found = [seen for seen in self.loops.values() if seen.trains and not self._is_less(seen)]
        best = next((seen for seen in found if seen.descends), found[0] if found else None)
        return best and self._lasting(best)

    def _is_chosen(self, seen: LoopSeen) -> bool:
        own = self.interpreter.source
        if seen.loop.lineno != self.line:
            return False
        if self.file:
            return own.path_in_folder(str(seen.source.path)) == self.file
        return seen.source.path == own.path or not own.has_loop_at(self.line)

    def _lasting(self, seen: LoopSeen) -> LoopSeen:
        """The loop, or a surrounding one if all that it updates ends with its function's call.

        For instance the state that a backward pass carries from step to step.
        """
        if not self._ends_with_its_call(seen):
            return seen
        for outer in self.around(seen):
            if outer.is_long:
                return seen  # its passes are too long to be shown
            if len(outer.codes) < len(seen.codes) and not outer.tries:
                return outer
        return seen

    @staticmethod
    def _ends_with_its_call(seen: LoopSeen) -> bool:
        """Whether all that a loop updates belongs to a call of its function."""
        return bool(seen.codes) and all(path[0] == seen.codes[-1].qualified_name for path in seen.trained)

    def around(self, seen: LoopSeen) -> list[LoopSeen]:
        """The loops around a loop, the innermost first."""
        found = [other for other in self.loops.values() if id(seen.loop) in other.inside]
        return sorted(found, key=lambda other: len(other.inside))

    def _is_less(self, seen: LoopSeen) -> bool:
        """Whether a surrounding loop trains more, or an inner one as much."""
        for other in self.loops.values():
            if id(seen.loop) in other.inside and not other.trained <= seen.trained | seen.changed:
                return True
            if (
                id(other.loop) in seen.inside
                and other.trains
                and seen.trained <= other.trained | other.changed
            ):
                return True
        return False

    def run(self) -> None:
        """Run until the loop is found, or to the script's end. ScriptError if the script fails before."""
        self.interpreter.watch = self._watch
        try:
            self.interpreter.run()
        except ScriptError as error:
            if error.kind == "raised" and self.interpreter.is_noted(self._raised[0]):
                self.stop = error
            found = self.found
            is_none = found is None and not self.candidates
            is_passing = error.kind == "limit" and found is not None and self._is_passing(found)
            if self.stop is None and not self._is_reached and (is_none or is_passing):
                raise
        finally:
            self.interpreter.watch = None

    def _is_passing(self, seen: LoopSeen) -> bool:
        """Whether all that a loop updates ends with a call of the pass that a limit ended.

        That pass is one of a loop around it, which may train what lasts longer.
        """
        outer = self._unfinished
        is_around = outer is not None and outer in self.around(seen) and len(outer.codes) < len(seen.codes)
        return is_around and self._ends_with_its_call(seen)

    def find_all(self, seconds: float) -> None:
        """Run for a limited time and see which loops train."""
        self.goes_on = True
        self.stop_at = seconds
        self.run()

    @property
    def is_late(self) -> bool:
        """Whether the search has taken its maximum time."""
        return self.interpreter.budget.spent > _MAX_SECONDS

    @property
    def candidates(self) -> list[LoopSeen]:
        """The loops that change something that survives their passes."""
        return [seen for seen in self.loops.values() if seen.changes or seen.trains]

    def _watch(self, loop: Loop, frame: CallFrame, count: int, body: Runner) -> Runner | None:
        """A function that runs a pass: `body`, or its traced form if the pass is recorded."""
        if self._recording:
            return None
        seen, run = self._runner(loop, frame, count)
        return lambda f: self._noting(seen, run or body, f)

    def _noting(self, seen: LoopSeen, run: Runner, frame: CallFrame) -> Any:
        """Run a pass, and record that an error left it."""
        self._active.append(seen)
        try:
            return run(frame)
        except Exception as error:
            before, loops = self._raised
            self._raised = (error, [*loops, seen] if error is before else [seen])
            raise
        finally:
            self._active.pop()

    def _runner(self, loop: Loop, frame: CallFrame, count: int) -> tuple[LoopSeen, Runner | None]:
        """The loop, and the function that runs its recorded pass."""
        now = self.interpreter.budget.spent
        if now > self.stop_at or (now > _MAX_SECONDS and self.candidates and self.line is None):
            self._end()
        seen = self.loops.get(id(loop))
        if seen is None:
            codes = tuple(each.code for each in self.interpreter.stack if each.code is not None)
            source = self.interpreter.source_at(codes[-1] if codes else None)
            seen = self.loops[id(loop)] = LoopSeen(loop, codes, source)
        seen.passes += 1
        for outer in self._active:
            if outer is not seen:
                outer.inside.add(id(seen.loop))
        if self.line is not None:
            if self._is_chosen(seen):
                self._end()
            return seen, None
        enough = MAX_TRIES if seen.changes else MAX_TRIES_WITHOUT_CHANGE
        if seen.tries >= enough or seen.trains or seen.is_long:
            self._stop_if_found()
            return seen, None
        if count == 0 and not self.first_passes:
            return seen, None
        return seen, lambda f: self._recorded(seen, f)

    def _end(self) -> NoReturn:
        self._is_reached = True
        raise _Reached("reached")

    def _stop_if_found(self) -> None:
        if self.goes_on:
            return
        found = self.found
        if found is None or not found.trains:
            return
        if found.descends and all(seen.tries for seen in self.around(found)):
            self._end()
        self.stop_at = min(self.stop_at, self.interpreter.budget.spent + SECONDS)

    def _recorded(self, seen: LoopSeen, frame: CallFrame) -> Any:
        seen.tries += 1
        self.traced.update()
        recorder = PassRecorder(
            _MAX_ITEMS, _MAX_TIMES, _MAX_VALUES, by_owner=self.views_by_owner, keeps_values=False
        )
        look_at_all(recorder, self.interpreter, [*self.interpreter.stack, frame])
        recorder.targets = targets_of(seen.loop, frame)
        body = self.traced.loops[id(seen.loop)]
        before = values_of(recorder.paths.value_at) if self.first_passes else {}
        self._recording, self._unfinished = True, seen
        try:
            with self.traced.recording(recorder):
                signal = body.run(frame)
        finally:
            self._recording = False
        self._unfinished = None
        seen.is_long = recorder.is_full
        self.views_by_owner = self.views_by_owner or recorder.shares
        # If lines run too often to be distinguished, an inner loop that trains is the better one to show.
        is_repetitive = any(item.is_many for item in recorder.items)
        # What a pass computes anew, as the gradient that goes back in time, is not a parameter of an inner
        # loop.
        read = {item.path for item in recorder.items if item.kind == ItemKind.INITIAL}
        inner_trains = any(not read.isdisjoint(self.loops[inner].trained) for inner in seen.inside)
        if not recorder.is_full and not (is_repetitive and inner_trains):
            recorder.place_rows()
            self._judge(seen, recorder)
        if self.first_passes:
            after = PassRecorder()
            look_at_all(after, self.interpreter, [*self.interpreter.stack, frame])
            now = values_of(after.paths.value_at)
            changed = [path for path, value in before.items() if path in now and now[path] != value]
            seen.changes = tuple(dict.fromkeys((*seen.changes, *map(short_name, changed))))
        self._stop_if_found()
        return signal

    def _judge(self, seen: LoopSeen, recorder: PassRecorder) -> None:
        changed = changed_values(recorder)
        names = [short_name(item.path) for item, _ in changed]
        seen.changes = tuple(dict.fromkeys((*seen.changes, *names)))
        seen.changes_arrays = seen.changes_arrays or any(np.ndim(item.value) for item, _ in changed)
        trained = [(item, last) for item, last in changed if updates(item, last, recorder)]
        seen.trained = {item.path for item, _ in trained}
        seen.changed = {item.path for item, _ in changed} if trained else set()
        seen.descends = any(descends(item, last, recorder) for item, last in trained)
        seen.decided |= {item.path for item, last in changed if decides(item, recorder)}


def values_of(values: Mapping[ValuePath, Any]) -> dict[ValuePath, tuple[Any, ...]]:
    """The numbers of the arrays that were found, by place; large arrays are data."""
    return {
        path: (value.shape, value.tobytes())
        for path, value in values.items()
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size <= MAX_PARAMETER_CELLS
    }


def changed_values(recorder: PassRecorder) -> list[tuple[Item, Item]]:
    """The initial values that a later assignment writes, each with the last one that does."""
    last = {item.path: item for item in recorder.items if item.kind == ItemKind.EQUATION}
    return [
        (item, last[item.path])
        for item in recorder.items
        if item.kind == ItemKind.INITIAL and item.path in last and _is_real(item.value)
    ]


def _is_real(value: Any) -> bool:
    return bool(np.asarray(value).dtype.kind == "f")


def updates(initial: Item, last: Item, recorder: PassRecorder) -> bool:
    """Whether an assignment's result depends on its own old value through other assignments.

    That holds for a parameter, but not for a running sum or weight decay. A tensor that is first scaled or
    added to something, such as a net input, may be processed further later. So may the part of an array
    that a loop over its rows takes.
    """
    by_number = {item.number: item for item in recorder.items}
    back = _behind(last, by_number)
    carried = {initial.number}
    for number in sorted(back):
        item = by_number[number]
        if carried.isdisjoint(item.inputs()):
            continue
        if item.path == initial.path:
            if item.tree is not None and _sums_over(item.tree, initial):
                return True
            continue
        is_part = item.path in recorder.targets and item.tree is not None and _selects(item.tree)
        if not is_part and (item.tree is None or _works_on(item.tree, carried, by_number)):
            return True
        carried.add(number)
    return False


def descends(initial: Item, last: Item, recorder: PassRecorder) -> bool:
    """Whether a step is added to an initial value, which may be scaled: `W - rate * dW`.

    An assignment without an expression counts as one.
    """
    by_number = {item.number: item for item in recorder.items}
    return last.tree is None or any(
        isinstance(tree, ast.BinOp)
        and isinstance(tree.op, ast.Add | ast.Sub)
        and any(
            not _is_without(side, {initial.number}) and not _works_on(side, {initial.number}, by_number)
            for side in (tree.left, tree.right)
        )
        for tree in (by_number[number].tree for number in _behind(last, by_number))
    )


def _behind(last: Item, by_number: dict[int, Item]) -> set[int]:
    """The numbers of the items that one depends on, its own included."""
    back: set[int] = set()
    waiting = [last.number]
    while waiting:
        number = waiting.pop()
        if number not in back:
            back.add(number)
            waiting.extend(by_number[number].inputs())
    return back


def decides(initial: Item, recorder: PassRecorder) -> bool:
    """Whether branches of the pass depend on a value from before it."""
    by_number = {item.number: item for item in recorder.items}
    waiting = [number for tree, _ in recorder.guards for number in reads_of(tree)]
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        item = by_number[number]
        if item.path != initial.path and initial.number in item.inputs():
            return True
        waiting.extend(item.inputs())
    return any(initial.number in reads_of(tree) and np.ndim(initial.value) > 0 for tree, _ in recorder.guards)


def _selects(tree: ast.expr) -> bool:
    """Whether an expression only selects cells of a value, or gives them another shape."""
    match tree:
        case ast.Name():
            return True
        case ast.Subscript(value=value) | ast.Attribute(value=value, attr="T"):
            return _selects(value)
        case ast.Call(func=ast.Attribute(value=value, attr="reshape")):
            return _selects(value)
    return False


def _sums_over(tree: ast.expr, initial: Item) -> bool:
    """Whether a value is part of a matrix product or a sum: an update in one line."""
    return any(
        initial.number in reads_of(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and _is_sum(node)
    )


def _is_sum(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    is_named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return is_named and node.func.id in ("sum", "einsum")  # type: ignore[attr-defined]


def _works_on(tree: ast.expr, carried: Collection[int], by_number: dict[int, Item]) -> bool:
    """Whether an expression does more with some values than scale them and add them to something."""
    if _is_without(tree, carried):
        return False
    if isinstance(tree, ast.Name):
        return False
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub):
        return _works_on(tree.left, carried, by_number) or _works_on(tree.right, carried, by_number)
    if isinstance(tree, ast.UnaryOp):
        return _works_on(tree.operand, carried, by_number)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult | ast.Div):
        sides = [tree.left, tree.right]
        if not any(_is_without(side, carried) for side in sides):
            return True
        mine, other = sides[::-1] if _is_without(sides[0], carried) else sides
        if _is_rate(other, by_number):
            return _works_on(mine, carried, by_number)
    return True


def _is_without(tree: ast.expr, carried: Collection[int]) -> bool:
    return set(reads_of(tree)).isdisjoint(carried)


def _is_rate(tree: ast.expr, by_number: dict[int, Item]) -> bool:
    """Whether an expression consists of constants of the script: a learning rate, a decay."""
    items = [by_number[number] for number in reads_of(tree)]
    return all(
        np.ndim(item.value) == 0 and item.kind == ItemKind.INITIAL and not item.in_loop_target
        for item in items
    )
