"""A script at its training loop: the passes of that loop as equations, in either direction."""

from __future__ import annotations

import ast
import dataclasses
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.equations.equations import CellEdit, ScriptIteration
from bpstep.script.equations.items import SHARED_SCOPE, ValuePath
from bpstep.script.equations.passes import Compiled, equations_of
from bpstep.script.equations.recorder import PassRecorder
from bpstep.script.generated.generated_code import GeneratedCode
from bpstep.script.interpreter.code import CallFrame, Runner, Variable
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.values import is_script_instance
from bpstep.script.interpreter.variables import visible
from bpstep.script.limits import Limits
from bpstep.script.loop.loop_search import Finder, LoopSeen, look_at_all, targets_of
from bpstep.script.loop.snapshot import Snapshot
from bpstep.script.loop.stepping import Stepper
from bpstep.script.refusal import Cancelled, ScriptError
from bpstep.script.source import Source
from bpstep.script.tracing.traced import Traced
from bpstep.text import fill

_MOVED = 1e-4
"""By how much a number is moved to see what depends on it, beside its own size."""

MAX_SNAPSHOTS = 24
"""How many states between passes are kept; if there are more, every other one is dropped."""

MAX_RECORDED = 16
"""How many passes are kept as equations."""

SECONDS_AT_ONCE = 0.2
_MAX_AT_ONCE = 512
"""How many passes a long run makes before it yields: this many, or as many as fit into this time."""

WORTH = 32
"""A state is kept when the passes since the last one took this many times as long as keeping it."""

SECONDS_UNPAUSED = 1.0
"""How long passes run that can't be paused, as inside a comprehension, to reach one that can."""

SECONDS_FOR_LOOPS = 1.0
"""How long a script runs to find its further loops."""


@dataclass(frozen=True)
class FoundLoop:
    """A loop whose passes change arrays or numbers that survive them."""

    line: int
    """Counted through all cells of a notebook."""
    file: str
    written: str
    """The loop's first line as the author wrote it: `for epoch in range(100):`."""
    changes: tuple[str, ...]
    """The names of what a pass changes."""
    trains: bool
    """True if what a pass changes depends on its own old value through other equations: the loop updates
    parameters. A loop that only sums does not train.
    """


@dataclass(frozen=True)
class Stop:
    """The script's own error that ends it."""

    error: ScriptError
    index: int | None
    """The pass of the displayed loop in which it occurs; None if it is in another loop."""
    line: int = 0
    """The line of that other loop."""
    is_beyond: bool = False
    """True if the script's loop had ended before that pass: only its body cannot run again."""

    @property
    def told(self) -> ScriptError:
        """The error, with the iteration in which it occurs."""
        if self.index is None:
            return self.error
        error = self.error
        template = messages.STOPS_BEYOND if self.is_beyond else messages.STOPS_IN_ITERATION
        message = fill(template, error=error.message, iteration=self.index)
        return ScriptError(error.path, error.line, message, error.kind)


class NotReached(Exception):
    """The loop is in a place where a run can't be paused: inside a comprehension, or called back by NumPy."""


class Script:
    """A script at its training loop. Made by `opening.open_script`."""

    def __init__(
        self,
        source: Source,
        seen: LoopSeen,
        read: tuple[Path, ...],
        limits: Limits,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.source = source
        self.seen = seen
        """The loop, as it was found."""
        self.read = read
        """The files and folders that it may read besides its own folder."""
        self.limits = limits
        self._cancelled = cancelled
        way = seen.way
        self._interpreter = Interpreter(source.copied(), limits, read, cancelled, apart=way.names)
        self._stepper = Stepper(self._interpreter, way)
        self._traced = Traced(self._interpreter)
        self._snapshots: dict[int, Snapshot] = {}
        self._chunk = 1
        """How many passes a long run makes at once."""
        self._kept_at = self._cost = 0.0
        """When the last state was kept, and how long that took."""
        self._at = -1
        """The pass before whose body the script is paused; the one after which, if `_is_done`."""
        self._is_done = False
        self._last: int | None = None
        """The last pass of the script's own loop, once known."""
        self._recorded: dict[int, ScriptIteration] = {}
        self._edits: dict[int, tuple[CellEdit, ...]] = {}
        self._views_by_owner = False
        self._whole: dict[int, set[ValuePath]] = {}
        """By pass the whole numbers that become fractions in it, such as a bias of 0 by its update.

        Python shares integer objects, so that one cannot be told from another; the same number as a float
        can.
        """
        self._compiled: Compiled = {}
        self._generated: GeneratedCode | None = None
        """Created for the first long run."""
        self._unpaused = 0.0
        """When to give up waiting for a pass that can be paused; 0 until one has run."""
        self._watched: str | None = None
        self._numbers: dict[int, float] = {}
        self.stop: Stop | None = None
        """Where the script stops with an error of its own, once known."""
        self._forward(0)

    @property
    def loop(self) -> FoundLoop:
        """The loop whose passes are the iterations: the innermost that updates parameters, and of several the
        first.
        """
        return _described(self.seen)

    @cached_property
    def loops(self) -> tuple[FoundLoop, ...]:
        """The loops to choose from, in the order in which the script reaches them within a second."""
        finder = Finder(self._fresh_interpreter(), None, first_passes=False)
        finder.find_all(SECONDS_FOR_LOOPS)
        found = [_described(seen) for seen in finder.candidates]
        if (self.loop.file, self.loop.line) not in [(loop.file, loop.line) for loop in found]:
            found.append(self.loop)
        return tuple(found)

    def _fresh_interpreter(self) -> Interpreter:
        return Interpreter(self.source.copied(), self.limits, self.read, self._cancelled)

    @property
    def output(self) -> str:
        """What the script has printed so far, from its beginning."""
        return self._interpreter.output.text

    @property
    def passed_over(self) -> dict[str, int]:
        """What is skipped here (plots, progress bars, files written), with how often it was called."""
        return dict(self._interpreter.passed_over)

    @property
    def unseeded(self) -> tuple[str, ...]:
        """The random generators that were used before they were seeded.

        Without a seed, Python draws other numbers in each run, so a run by Python gives other results.
        """
        return tuple(sorted(self._interpreter.randomness.unseeded))

    def iteration(self, index: int) -> ScriptIteration:
        """The pass after `index` others, in either direction from the last one requested.

        Each index has an iteration: where the script's loop would have ended, the body runs again and `ended`
        is true. ScriptError if the script fails before or in that pass.
        """
        if index not in self._recorded:
            self.go_to(index)
            self._recorded[index] = self._record(index)
            while len(self._recorded) > MAX_RECORDED:
                self._recorded.pop(next(iter(self._recorded)))
        return self._recorded[index]

    def take_first_pass(self, other: Script) -> None:
        """Take the first pass from another run of the same text instead of recording it again."""
        if 0 in other._recorded and 0 not in other._edits and other.stop is None:
            self._recorded[0] = other._recorded[0]
            self._views_by_owner, self._whole = other._views_by_owner, dict(other._whole)

    def branch_lines(self) -> set[int]:
        """The lines of assignments that only some passes run: those in branches of the loop."""
        branches = [node for node in ast.walk(self.seen.loop) if isinstance(node, ast.If)]
        inner = {each for node in branches for body in (node.body, node.orelse) for each in body}
        return {
            node.lineno
            for each in inner
            for node in ast.walk(each)
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        }

    def printed(self, index: int) -> tuple[str, bool]:
        """What the script has printed by the end of that pass, from its beginning; and whether it is cut at
        its limit.
        """
        self.go_to(index)
        before = self.output
        text = before + self.iteration(index).output
        return text, len(text) >= self._interpreter.output.limit

    def variables(self, index: int) -> dict[str, Any]:
        """The variables of the loop's function before that pass, uncopied: for tests and exports."""
        self.go_to(index)
        return visible(self._stepper.frame)

    def values(self) -> list[Any]:
        """The values of variables before the first pass: of the loop's function, of the module, and of the
        objects in them.
        """
        found = [*self.variables(0).values(), *self._interpreter.namespace.values()]
        objects = [value for value in found if is_script_instance(value) and hasattr(value, "__dict__")]
        return found + [item for each in objects for item in each.__dict__.values()]

    def set_edits(self, edits: Mapping[int, tuple[CellEdit, ...]]) -> None:
        """Put edits in force, by the pass that they are made in; everything after the first new one is
        recomputed.
        """
        passes = {*edits, *self._edits}
        changed = [index for index in passes if edits.get(index) != self._edits.get(index)]
        self._edits = dict(edits)
        if not changed:
            return
        self._numbers.clear()
        first = min(changed)
        if self.stop is not None and self.stop.index is not None and self.stop.index >= first:
            self.stop = None
        self._recorded = {index: ran for index, ran in self._recorded.items() if index < first}
        self._snapshots = {at: kept for at, kept in self._snapshots.items() if at <= first}
        if self._at >= first:
            self._restore(first)
        self._last = None

    # Going to a pass

    def go_to(self, index: int) -> None:
        """Run to before that pass. ScriptError if the script fails on the way."""
        if index < 0:
            raise IndexError(index)
        self._check_stop(index)
        if index < self._at or (index == self._at and self._is_done):
            self._restore(index)
        while self._at < index:
            self._forward(index)
            self._check_stop(index)

    def _check_stop(self, index: int) -> None:
        """ScriptError if the script stops before that pass."""
        if self.stop is not None and self.stop.index is not None and index > self.stop.index:
            raise self.stop.told

    def _restore(self, index: int) -> None:
        nearest = max(at for at in self._snapshots if at <= index)
        self._stepper.restore(self._snapshots[nearest])
        self._at, self._is_done = nearest, False

    def _forward(self, index: int) -> None:
        """Towards the beginning of a later pass: several passes at once if nothing in them is edited."""
        self._run_edited()
        if self._last is not None and self._at >= self._last:
            self._beyond()
            return
        until = min((at for at in self._edits if at > self._at), default=index)
        count = max(min(index, until) - self._at, 1)
        if self._generated is None and self._at < 1:
            count = 1  # the generated code depends on the state that a pass leaves
        if self._last is not None:
            count = min(count, self._last - self._at)
        self._advance(min(count, self._chunk))

    def _advance(self, count: int) -> None:
        if count > 1 and self._generated is None:
            self._generated = GeneratedCode(self._interpreter)
            self._stepper.generate(self._generated)
        begun = time.perf_counter()
        if self._at < 0:
            self._interpreter.watch = self._gives_up
        try:
            done = self._stepper.advance_by(count, self._note_number())
        except ScriptError as error:
            if self._unpaused and self._unpaused < time.thread_time():
                raise NotReached from None
            if error.kind != "raised" or self._at < 0:
                raise
            self._find_stop(error)
            return
        finally:
            self._interpreter.watch = None
        if self._at < 0 and not done:
            raise NotReached
        self._at += done
        if done < count:
            last = self._at
            self._restore_before(last)
            self._last = last
            self._beyond()
            return
        self._is_done = False
        each = (time.perf_counter() - begun) / count
        self._chunk = max(1, min(int(SECONDS_AT_ONCE / max(each, 1e-6)), _MAX_AT_ONCE))
        self._keep_snapshot()

    def _find_stop(self, error: ScriptError) -> None:
        """After an error: find out whether the pass that had begun fails, or what comes after the loop."""
        index = max(self._stepper.iterations - 1, 0)
        self._restore_before(index)
        ran = self._record(index)
        if self.stop is None and not self._stepper.is_in_loop:
            # The pass fails, and so does the script's handling of it.
            self.stop = Stop(error, index)
            self._recorded[index] = ran
            self._restore(index)
        elif self.stop is None:
            self._last = index
            self._recorded[index] = ran
            self._beyond()

    def watch(self, name: str) -> None:
        """Record a number that each pass computes, if it is a variable of the loop's function assigned in a
        line of the loop's own body. `take_numbers` returns what long runs have recorded.
        """
        ran = self.iteration(0)
        equation, place = ran.named.get(name), ran.places.get(name)
        if equation is None or place is None or equation.call or len(place[1]) != 2:
            return
        if any(each.lineno == equation.line for each in self.seen.loop.body):
            self._watched = str(place[1][1])
            ends = {index: each.named.get(name) for index, each in self._recorded.items()}
            self._numbers = {
                index: float(np.asarray(end.value).item())
                for index, end in ends.items()
                if end is not None and np.size(end.value) == 1
            }

    @property
    def modules(self) -> list[Source]:
        """The files of its folder that it has imported."""
        return [source for source, _ in self._interpreter.units[1:]]

    @property
    def whole_source(self) -> Source:
        """Its source with the texts of everything that it has imported from its folder."""
        read = {self.source.path_in_folder(str(each.path)): each.text for each in self.modules}
        below = {path: text for path, text in read.items() if not Path(path).is_absolute()}
        imported = tuple(sorted({**dict(self.source.imported), **below}.items()))
        return dataclasses.replace(self.source, imported=imported)

    def given_values_that_follow(self, names: Collection[str]) -> frozenset[str]:
        """The values that the equations of the first pass take as given, although they change if tensors from
        before the pass do: they are computed from them in a way that is not followed.

        The pass runs a second time with all cells of these tensors moved, and with the same random draws.
        ScriptError if it can't be run.
        """
        before = self.iteration(0)
        # What a later pass carries on may not be there before the first one, as an empty dictionary's entry.
        there = [name for name in names if name in before.initial and name in before.places]
        after = self._moved_pass([before.places[name][1] for name in there])
        if after.feeds.keys() != before.feeds.keys():
            return frozenset()
        given = {name: (value, after.feeds[name]) for name, value in before.feeds.items()}
        for equation in before.equations:
            again = after.named.get(equation.name)
            if equation.opaque and again is not None:
                given[equation.name] = equation.value, again.value
        return frozenset(name for name, values in given.items() if _has_moved(*values))

    def _moved_pass(self, paths: Iterable[tuple[Any, ...]]) -> ScriptIteration:
        """The first pass with the numbers at some places moved a little."""
        self._restore_before(0)
        frames = [*self._interpreter.stack, *(each.frame for each in self._stepper.activations)]
        for path in paths:
            holder, value = self._held(path, frames)
            moved = value + _MOVED * (1 + np.abs(value))
            if isinstance(value, np.ndarray):
                value[...] = moved
            else:
                _put(holder, path[-1], type(value)(moved))
        return self._run(0, [], {})

    def take_numbers(self) -> dict[int, float]:
        """The numbers recorded since the last call, by pass."""
        found, self._numbers = self._numbers, {}
        return found

    def _note_number(self) -> Callable[[CallFrame], object] | None:
        if self._watched is None:
            return None
        name, at, numbers = self._watched, self._at, self._numbers

        def note(frame: CallFrame) -> None:
            nonlocal at
            value = frame.variables.get(name)
            if isinstance(value, float | np.floating) and at >= 0:
                numbers[at] = float(value)
            at += 1

        return note

    def _gives_up(self, loop: ast.For | ast.While, frame: CallFrame, count: int, body: Runner) -> None:
        """End the run if the loop's passes run for a while in a place where they can't be paused."""
        if self._stepper.is_loop(loop):
            self._unpaused = self._unpaused or time.thread_time() + SECONDS_UNPAUSED
            if time.thread_time() > self._unpaused:
                raise Cancelled(fill(messages.NO_PAUSE))

    def _restore_before(self, index: int) -> None:
        self._restore(index)
        while self._at < index:
            self._forward(index)

    def _run_edited(self) -> None:
        """Run a pass with edits while recording it."""
        if self._at in self._edits and not self._is_done:
            self._record(self._at)

    def _beyond(self) -> None:
        """Past the end of the script's loop: its body runs again, unless it fails."""
        self._run_edited()
        if not self._is_done:
            try:
                self._stepper.repeat_body(self._stepper.loop.body)
            except ScriptError as error:
                if error.kind != "raised":
                    raise
                is_beyond = self._last is not None and self._at > self._last
                self.stop = Stop(error, self._at, is_beyond=is_beyond)
                self._restore_before(self._at)
                return
        self._at += 1
        self._is_done = False
        self._keep_snapshot()

    def _keep_snapshot(self) -> None:
        # Not every state is kept: that would take longer than recomputing it.
        begun = time.perf_counter()
        is_soon = begun - self._kept_at < WORTH * self._cost
        if self._at in self._snapshots or (self._snapshots and is_soon):
            return
        earlier = [at for at in self._snapshots if at < self._at]
        previous = self._snapshots[max(earlier)] if earlier else None
        snapshot = self._stepper.snapshot(previous)
        if previous is None or not snapshot.opaque:
            self._snapshots[self._at] = snapshot
        self._kept_at = time.perf_counter()
        self._cost = self._kept_at - begun
        if len(self._snapshots) > MAX_SNAPSHOTS:
            self._snapshots = {at: self._snapshots[at] for at in sorted(self._snapshots)[::2]}

    def _record(self, index: int) -> ScriptIteration:
        """Run the next pass, with its edits: each one's target is found in the pass with the edits
        before it.
        """
        edits = self._edits.get(index, ())
        ran = self._run(index, [], {})
        before: list[tuple[CellEdit, tuple[Any, ...]]] = []
        within: dict[int, dict[tuple[int, ...], float]] = {}
        for edit in edits:
            place = ran.places.get(edit.name)
            if place is None:
                # An earlier edit keeps the line from running: there is nothing to replace.
                continue
            number, path = place
            if edit.before:
                before.append((edit, path))
            else:
                within.setdefault(number, {})[edit.index] = edit.value
            self._restore_before(index)
            ran = self._run(index, before, within)
        return ran

    def _edit_before(self, path: tuple[Any, ...], edit: CellEdit, frames: list[CallFrame]) -> None:
        """Store an edited number before a pass."""
        holder, value = self._held(path, frames)
        if isinstance(value, np.ndarray):
            value[edit.index] = edit.value
            return
        _put(holder, path[-1], type(value)(edit.value))

    def _held(self, path: tuple[Any, ...], frames: list[CallFrame]) -> tuple[Any, Any]:
        """The owner of a value, and the value."""
        scope, *rest = path
        names: Any = self._interpreter.namespace
        for frame in frames:
            if frame.code is not None and frame.code.qualified_name == scope:
                names = frame.variables
        if scope == SHARED_SCOPE:
            recorder = PassRecorder()
            look_at_all(recorder, self._interpreter, frames)
            names = recorder.paths.shared_variables()
        holder, value = names, names
        for part in rest:
            holder = value
            value = value[part] if isinstance(value, dict | list | tuple) else value.__dict__[part]
            if isinstance(value, Variable):
                holder, value = value, value.value
        return holder, value

    def _run(
        self,
        index: int,
        before: list[tuple[CellEdit, tuple[Any, ...]]],
        within: Mapping[int, Mapping[tuple[int, ...], float]],
    ) -> ScriptIteration:
        found = self._run_once(index, before, within)
        while found is None:
            self._restore_before(index)
            found = self._run_once(index, before, within)
        return found

    def _run_once(
        self,
        index: int,
        before: list[tuple[CellEdit, tuple[Any, ...]]],
        within: Mapping[int, Mapping[tuple[int, ...], float]],
    ) -> ScriptIteration | None:
        """None if it has to run again: views of arrays are better treated as their parts, or a whole number
        becomes a fraction.
        """
        ended = self._last is not None and index > self._last
        self._traced.update()
        recorder = PassRecorder(edits=within, by_owner=self._views_by_owner)
        frames = [*self._interpreter.stack, *(each.frame for each in self._stepper.activations)]
        for edit, path in before:
            self._edit_before(path, edit, frames)
        for path in self._whole.get(index, ()):
            holder, value = self._held(path, frames)
            _put(holder, path[-1], float(value))
        look_at_all(recorder, self._interpreter, frames)
        recorder.targets = targets_of(self._stepper.loop.node, self._stepper.frame)
        body = self._traced.loops[id(self._stepper.loop.node)]
        printed = len(self.output)
        failed = False
        try:
            with self._traced.recording(recorder):
                if self._last is not None and index >= self._last:
                    self._stepper.repeat_body(body)
                else:
                    self._stepper.run_body(body)
        except ScriptError as error:
            if error.kind != "raised":
                raise
            failed = True
            self.stop = Stop(error, index, is_beyond=ended)
        self._is_done = True
        if recorder.is_full:
            raise self.seen.source.error(self.seen.loop.lineno, fill(messages.TOO_LONG), "limit")
        if recorder.shares and not self._views_by_owner:
            self._views_by_owner = True
            return None
        becoming = set() if failed else recorder.become_fractions() - self._whole.get(index, set())
        if becoming:
            self._whole.setdefault(index, set()).update(becoming)
            return None
        output = self.output[printed:]
        if failed:
            # The frames of a failed pass are gone.
            self._restore(index)
        return equations_of(recorder, index, ended, output, self._compiled)


def _has_moved(before: Any, after: Any) -> bool:
    """Whether a number or an array of fractions has other values, of the same shape."""
    one, other = np.asarray(before), np.asarray(after)
    is_real = one.dtype.kind == other.dtype.kind == "f"
    return is_real and one.shape == other.shape and not np.array_equal(one, other, equal_nan=True)


def _put(holder: Any, place: Any, value: Any) -> None:
    """Store a value in a container, an instance or a variable."""
    if isinstance(holder, dict | list):
        holder[place] = value
    elif isinstance(holder, Variable):
        holder.value = value
    else:
        holder.__dict__[place] = value


def _described(seen: LoopSeen) -> FoundLoop:
    loop, source = seen.loop, seen.source
    written = source.text.split("\n")[loop.lineno - 1].strip()
    file = source.place(loop.lineno)[0]
    return FoundLoop(loop.lineno, file, written, seen.changes, seen.trains)
