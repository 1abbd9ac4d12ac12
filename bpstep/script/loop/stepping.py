"""Pauses a script before each iteration of one of its loops, and continues from there.

`find` runs the script once to find the calls that lead to a loop; `Stepper` then runs it with the statements
on that way as cursors (see `block_run`), so that the state before an iteration is plain data.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bpstep.script import messages
from bpstep.script.generated.generated_code import GeneratedCode
from bpstep.script.interpreter.block_run import BlockRun, Pause, stepped_in
from bpstep.script.interpreter.code import Block, CallFrame, Code, Runner
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.statement_parts import CallParts, ForParts, StatementParts, WhileParts
from bpstep.script.interpreter.values import BoundMethod, ScriptClass, ScriptFunction
from bpstep.script.loop.snapshot import Snapshot, take
from bpstep.script.refusal import CATCHABLE, Cancelled, ScriptError, ScriptRefused
from bpstep.text import fill

Loop = ast.For | ast.While


class _Reached(Cancelled):
    """Raised when the wanted loop is reached."""


@dataclass(frozen=True)
class Way:
    """A loop and the functions whose calls lead to it, from the outermost."""

    loop: Loop
    codes: tuple[Code, ...]

    @property
    def names(self) -> set[str]:
        """The names by which the functions are called; for an `__init__`, its class's."""
        return {name for code in self.codes for name in _names_called(code)}


def find(interpreter: Interpreter, is_it: Callable[[Loop, CallFrame, int], bool]) -> Way | None:
    """Run a script until `is_it` is true for an iteration (loop, frame, iterations done).

    Returns the way to that loop, None if it was not reached before the script's end. The interpreter's state
    is used up: to step, take another one made with the same source.
    """
    found: list[Way] = []

    def watch(loop: Loop, frame: CallFrame, count: int, body: Runner) -> None:
        if is_it(loop, frame, count):
            codes = tuple(each.code for each in interpreter.stack if each.code is not None)
            found.append(Way(loop, codes))
            raise _Reached("reached")

    interpreter.watch = watch
    try:
        interpreter.run()
    except ScriptError:
        if not found:
            raise
    finally:
        interpreter.watch = None
    return found[0] if found else None


class Stepper:
    """Runs a script from iteration to iteration of the loop at the end of a way.

    The interpreter is made with `apart=way.names`, so that each call on the way is a statement of its own.
    `iterations` counts those begun. `frame` is the loop's frame while the script is paused.
    """

    def __init__(self, interpreter: Interpreter, way: Way) -> None:
        self.interpreter = interpreter
        self.place = _place(way.loop)
        self._are_loops: dict[ast.AST, bool] = {}
        self.codes = {_place_of_code(code) for code in way.codes}
        self.names = way.names
        self.iterations = 0
        self.ended = False
        self._until = 0
        self._each: Callable[[CallFrame], object] | None = None
        self.activations = [self._activation(interpreter.main, interpreter.block)]
        self.calls: list[tuple[CallParts, Any]] = []

    @property
    def frame(self) -> CallFrame:
        """The innermost stepped frame: the loop's."""
        return self.activations[-1].frame

    def advance(self) -> bool:
        """Run to the next iteration of the loop, before its body; False at the script's end."""
        return self.advance_by(1) == 1

    def advance_by(self, count: int, each: Callable[[CallFrame], object] | None = None) -> int:
        """Run on until `count` iterations have begun; returns how many did, fewer at the script's end.

        The time limit is for all of them together. `each`, if any, is called with the loop's frame as each
        begins.
        """
        begun = self.iterations
        if self.ended:
            return 0
        self._until, self._each = begun + count, each
        with self._running():
            while self.activations:
                event = self._next_event()
                if event is not None and event.name == "iteration":
                    return count
        self.ended = True
        return self.iterations - begun

    def _begins(self, frame: CallFrame) -> bool:
        """An iteration begins: return whether the script pauses before it."""
        self.iterations += 1
        if self._each is not None:
            self._each(frame)
        return self.iterations == self._until

    @property
    def loop(self) -> ForParts | WhileParts:
        """The loop before whose iteration it is paused."""
        parts: ForParts | WhileParts = self.activations[-1].cursors[-1].parts
        return parts

    @property
    def is_in_loop(self) -> bool:
        """False once an error has ended the loop, for instance while a `finally` around it runs."""
        cursors = self.activations[-1].cursors if self.activations else []
        parts = cursors[-1].parts if cursors else None
        return isinstance(parts, ForParts | WhileParts) and _place(parts.node) == self.place

    def run_body(self, body: Block) -> None:
        """Run the iteration that has begun by another form of the loop's body, to the body's end."""
        activation = self.activations[-1]
        cursor = activation.cursors[-1]
        cursor.index = len(cursor.block.runners)
        with self._running():
            try:
                signal = body.run(activation.frame)
                if signal is not None:
                    activation.leave(signal)
            except CATCHABLE as error:
                try:
                    activation.fail(error)
                except CATCHABLE as again:
                    self._failed(again)

    def repeat_body(self, body: Block) -> None:
        """Run the loop's body once more, wherever control would go after it."""
        with self._running():
            (body.generated or body.run)(self.frame)

    def generate(self, generated: GeneratedCode) -> None:
        """Run the passes of the loop by generated code, if there is any for it."""
        generated.update()
        activation, parts = self.activations[-1], self.loop
        if not activation.stepped.intersection(parts.body.runners):
            parts.body.generated = generated.body_of(parts.node, activation.frame)

    def snapshot(self, previous: Snapshot | None = None) -> Snapshot:
        """The whole state before this iteration; unchanged arrays are shared with `previous`."""
        roots = [
            self.interpreter.namespace,
            list(self.interpreter.modules.loaded.values()),
            list(self.activations),
            self.calls,
        ]
        extra = (self.iterations, self.ended, list(self.activations), list(self.calls))
        return take(self.interpreter, roots, extra, previous)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a state: every object gets its content of that time, written in place."""
        self.iterations, self.ended, activations, calls = snapshot.restore(self.interpreter)
        self.activations[:] = activations
        self.calls[:] = calls

    def _activation(self, frame: CallFrame, block: Any) -> BlockRun:
        stepped = stepped_in(block, self.interpreter.parts, self._pauses)
        return BlockRun(self.interpreter, frame, block, stepped, self.is_loop, self._begins)

    def is_loop(self, node: ast.AST) -> bool:
        """Whether a node is the loop at the end of the way."""
        known = self._are_loops.get(node)
        if known is None:
            known = isinstance(node, ast.For | ast.While) and _place(node) == self.place
            self._are_loops[node] = known
        return known

    def _pauses(self, parts: StatementParts) -> bool:
        if isinstance(parts, ForParts | WhileParts):
            return self.is_loop(parts.node)
        if isinstance(parts, CallParts):
            value: Any = getattr(parts.node, "value", None)
            called = getattr(value, "func", None)
            name = getattr(called, "attr", getattr(called, "id", None))
            return name in self.names or "__call__" in self.names
        return False

    @contextmanager
    def _running(self) -> Iterator[None]:
        interpreter = self.interpreter
        with interpreter.running():
            interpreter.stack.extend(each.frame for each in self.activations[1:])
            yield

    def _next_event(self) -> Pause | None:
        activation = self.activations[-1]
        try:
            event = activation.advance()
        except CATCHABLE as error:
            self._failed(error)
            return None
        if event.name == "call":
            self._call(event)
            return None
        if event.name == "ended":
            self._returned()
            return None
        if event.name == "yield":
            raise ScriptRefused(fill(messages.YIELD_OUTSIDE))
        return event

    def _failed(self, error: BaseException) -> None:
        while True:
            self._pop()
            if not self.activations:
                raise error
            try:
                self.activations[-1].fail(error)
            except CATCHABLE as again:
                error = again
                continue
            return

    def _pop(self) -> None:
        self.activations.pop()
        if self.activations:
            self.interpreter.stack.pop()
            self.calls.pop()

    def _call(self, event: Pause) -> None:
        function, args, kwargs = event.value
        below = self.activations[-1]
        target, given, made = self._target(function, args, kwargs)
        try:
            if target is None:
                below.resume(event.parts, self.interpreter.call(function, args, kwargs))
                return
            frame = self.interpreter.frame_for(target, given, kwargs)
        except CATCHABLE as error:
            below.note(error)
            below.fail(error)
            return
        assert frame.code is not None
        assert frame.code.block is not None
        self.activations.append(self._activation(frame, frame.code.block))
        self.interpreter.stack.append(frame)
        self.calls.append((event.parts, made))

    def _target(self, function: Any, args: Any, kwargs: Any) -> tuple[ScriptFunction | None, Any, Any]:
        given: Any = args
        made: Any = None
        target: Any = function
        if isinstance(function, ScriptClass):
            target = next(
                (kind.__dict__["__init__"] for kind in function.__mro__ if "__init__" in kind.__dict__), None
            )
            if not self._is_on_way(target) or any(
                "__new__" in kind.__dict__ for kind in function.__mro__[:-1]
            ):
                return None, args, None
            kind: Any = function
            made = object.__new__(kind)
            given = (made, *args)
        elif isinstance(function, BoundMethod):
            target, given = function.function, (function.instance, *args)
        elif isinstance(type(function), ScriptClass):
            called = (kind.__dict__.get("__call__") for kind in type(function).__mro__)
            target, given = next((each for each in called if each is not None), None), (function, *args)
        return (target, given, made) if self._is_on_way(target) else (None, args, None)

    def _is_on_way(self, function: Any) -> bool:
        if (
            not isinstance(function, ScriptFunction)
            or function.code.is_generator
            or function.code.block is None
        ):
            return False
        return _place_of_code(function.code) in self.codes

    def _returned(self) -> None:
        done = self.activations[-1]
        if len(self.activations) == 1:
            self.activations.pop()
            return
        parts, made = self.calls[-1]
        self._pop()
        below = self.activations[-1]
        try:
            below.resume(parts, made if made is not None else done.frame.result)
        except CATCHABLE as error:
            below.note(error)
            below.fail(error)


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _place_of_code(code: Code) -> tuple[str, tuple[int, int]]:
    return code.qualified_name, _place(code.node) if code.node is not None else (0, 0)


def _names_called(code: Code) -> tuple[str, ...]:
    # A class is called by its own name; its __init__ runs.
    if code.name == "__init__":
        return (code.qualified_name.split(".")[-2], "__init__")
    return (code.name,)
