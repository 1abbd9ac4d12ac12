"""Runs a block statement by statement, with its control state as plain data, so that it can pause.

The closures of `statements` run a loop from end to end. If a run has to pause in between (a generator at its
`yield`, the debugged loop before each iteration), the statements that contain such a place are run by a
`BlockRun` instead: a stack of cursors in place of Python's call stack. All other statements run as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bpstep.script.interpreter.code import BREAK, CONTINUE, RETURN, Block, CallFrame, Runner, Signal
from bpstep.script.interpreter.protocols import Control
from bpstep.script.interpreter.statement_parts import (
    CallParts,
    ForParts,
    Handler,
    IfParts,
    StatementParts,
    TryParts,
    WhileParts,
    WithParts,
    YieldParts,
)
from bpstep.script.interpreter.statements import chosen
from bpstep.script.refusal import CATCHABLE

Pauses = Callable[[StatementParts], bool]
"""Whether a statement, taken by itself, is a place to pause."""


class BlockKind(Enum):
    """What a cursor's block belongs to."""

    PLAIN = auto()
    FOR = auto()
    WHILE = auto()
    TRY = auto()
    GUARD = auto()
    HANDLER = auto()
    FINALLY = auto()
    WITH = auto()
    EACH = auto()


@dataclass
class Cursor:
    """A position in a block: the index of the next statement, and the data of its kind (an iterator, an
    error).
    """

    kind: BlockKind
    block: Block
    index: int = 0
    parts: Any = None
    held: Any = None


@dataclass(frozen=True)
class Pause:
    """Why a run paused: at `yield` with a value, before an iteration, at a call, or at its end."""

    name: str
    parts: Any = None
    value: Any = None


ENDED = Pause("ended")
ITERATION = Pause("iteration")
EMPTY = Block([], [], lambda f: None)


def blocks_of(parts: StatementParts) -> Iterator[Block]:
    """The blocks inside a compound statement."""
    if isinstance(parts, ForParts | WhileParts | IfParts):
        yield parts.body
        if parts.orelse is not None:
            yield parts.orelse
    elif isinstance(parts, WithParts):
        yield parts.body
    elif isinstance(parts, TryParts):
        yield parts.body
        yield from (handler.body for handler in parts.handlers)
        yield from (block for block in (parts.orelse, parts.final) if block is not None)


def stepped_in(block: Block, known: dict[Runner, StatementParts], pauses: Pauses) -> set[Runner]:
    """The statements of a block, at any depth, that are or contain a place to pause."""
    found: set[Runner] = set()
    for runner in block.runners:
        parts = known.get(runner)
        if parts is None:
            continue
        inside = [stepped_in(inner, known, pauses) for inner in blocks_of(parts)]
        if pauses(parts) or any(inside):
            found.add(runner)
            found.update(*inside)
    return found


class BlockRun:
    """One frame's run of a block. `advance` continues to the next event.

    `pauses` is called for each iteration of a loop for which `is_loop` holds, and returns whether that is an
    event.
    """

    def __init__(
        self,
        interpreter: Control,
        frame: CallFrame,
        block: Block,
        stepped: set[Runner],
        is_loop: Callable[[Any], bool],
        pauses: Callable[[CallFrame], bool] = lambda frame: True,
    ) -> None:
        self.interpreter = interpreter
        self.frame = frame
        self.stepped = stepped
        self.is_loop = is_loop
        self.pauses = pauses
        self.cursors = [Cursor(BlockKind.PLAIN, block)]

    def advance(self) -> Pause:
        """Run to the next event. Errors that this frame does not catch are raised."""
        while self.cursors:
            cursor = self.cursors[-1]
            try:
                event = self._step(cursor)
            except CATCHABLE as error:
                self.note(error, cursor)
                self.fail(error)
                event = None
            except BaseException as error:
                self.note(error, cursor)
                raise
            if event is not None:
                return event
        return ENDED

    def note(self, error: BaseException, cursor: Cursor | None = None) -> None:
        """Remember the line of the statement that an error came from."""
        cursor = cursor or (self.cursors[-1] if self.cursors else None)
        if cursor is not None and 0 < cursor.index <= len(cursor.block.lines):
            self.interpreter.note(error, cursor.block.lines[cursor.index - 1])

    def _step(self, cursor: Cursor) -> Pause | None:
        runners = cursor.block.runners
        if cursor.index >= len(runners):
            return self._end_of_block(cursor)
        if cursor.index == 0 and cursor.block.generated is not None:
            return self._run_generated(cursor, cursor.block.generated)
        runner = runners[cursor.index]
        cursor.index += 1
        if runner in self.stepped:
            return self._enter(self.interpreter.parts[runner])
        signal = runner(self.frame)
        if signal is not None:
            self.leave(signal)
        return None

    def _run_generated(self, cursor: Cursor, generated: Callable[[CallFrame], Signal | None]) -> Pause | None:
        """Run a loop's body by generated code, repeatedly for iterations that begin without an event."""
        end = len(cursor.block.runners)
        frame, parts, budget = self.frame, cursor.parts, self.interpreter.budget
        pauses = self.pauses if self.is_loop(parts.node) else None
        while True:
            cursor.index = end
            signal = generated(frame)
            if signal is not None:
                self.leave(signal)
                if not self.cursors or self.cursors[-1] is not cursor:
                    return None
            # The same as `_end_of_block`, without its calls: they take as long as a small pass.
            budget.ticks -= 1
            if budget.ticks < 0:
                budget.check()
            if cursor.kind is BlockKind.FOR:
                try:
                    item = next(cursor.held)
                except StopIteration:
                    self._end_loop(parts.orelse)
                    return None
                parts.store(frame, item)
            elif not parts.test(frame):
                self._end_loop(parts.orelse)
                return None
            cursor.index = 0
            if pauses is not None and pauses(frame):
                return ITERATION

    def _enter(self, parts: StatementParts) -> Pause | None:
        frame = self.frame
        if isinstance(parts, IfParts):
            block = parts.body if parts.test(frame) else parts.orelse
            if block is not None:
                self.cursors.append(Cursor(BlockKind.PLAIN, block))
        elif isinstance(parts, ForParts):
            items = iter(parts.items(frame))
            self._push_loop(BlockKind.FOR, parts, items)
        elif isinstance(parts, WhileParts):
            self._push_loop(BlockKind.WHILE, parts, None)
        elif isinstance(parts, TryParts):
            if parts.final is not None:
                self.cursors.append(Cursor(BlockKind.GUARD, EMPTY, parts=parts))
            self.cursors.append(Cursor(BlockKind.TRY, parts.body, parts=parts))
        elif isinstance(parts, WithParts):
            self._enter_with(parts)
        elif isinstance(parts, YieldParts):
            return self._yield(parts)
        else:
            return self._call(parts)
        return None

    def _push_loop(self, kind: BlockKind, parts: ForParts | WhileParts, items: Any) -> None:
        self.cursors.append(Cursor(kind, parts.body, len(parts.body.runners), parts, items))

    def _enter_with(self, parts: WithParts) -> None:
        context = parts.manager(self.frame)
        entered = self.interpreter.enter(context)
        self.cursors.append(Cursor(BlockKind.WITH, parts.body, parts=parts, held=context))
        if parts.store is not None:
            parts.store(self.frame, entered)

    def _yield(self, parts: YieldParts) -> Pause | None:
        value = parts.value(self.frame)
        if not parts.each:
            return Pause("yield", parts, value)
        self.cursors.append(Cursor(BlockKind.EACH, EMPTY, parts=parts, held=iter(value)))
        return None

    def _call(self, parts: CallParts) -> Pause | None:
        function = parts.function(self.frame)
        args = parts.arguments(self.frame)
        kwargs = parts.keywords(self.frame) if parts.keywords is not None else {}
        return Pause("call", parts, (function, args, kwargs))

    def resume(self, parts: YieldParts | CallParts, value: Any) -> None:
        """Finish the paused statement, with the value sent or returned to it."""
        signal = parts.finish(self.frame, value)
        if signal is not None:
            self.leave(signal)

    # Ends of blocks

    def _end_of_block(self, cursor: Cursor) -> Pause | None:
        kind = cursor.kind
        if kind is BlockKind.FOR:
            return self._next_item(cursor)
        if kind is BlockKind.WHILE:
            return self._next_test(cursor)
        if kind is BlockKind.EACH:
            return self._next_yielded(cursor)
        self.cursors.pop()
        if kind is BlockKind.TRY and cursor.parts.orelse is not None:
            self.cursors.append(Cursor(BlockKind.PLAIN, cursor.parts.orelse))
        elif kind is BlockKind.GUARD:
            self.cursors.append(Cursor(BlockKind.FINALLY, cursor.parts.final, held=(None, None)))
        elif kind is BlockKind.FINALLY:
            self._after_finally(cursor)
        elif kind is BlockKind.WITH:
            self.interpreter.leave(cursor.held, None)
        elif kind is BlockKind.HANDLER:
            self._after_handler(cursor)
        return None

    def _tick(self) -> None:
        budget = self.interpreter.budget
        budget.ticks -= 1
        if budget.ticks < 0:
            budget.check()

    def _next_item(self, cursor: Cursor) -> Pause | None:
        self._tick()
        parts: ForParts = cursor.parts
        try:
            item = next(cursor.held)
        except StopIteration:
            self._end_loop(parts.orelse)
            return None
        parts.store(self.frame, item)
        return self._begin_body(cursor)

    def _next_test(self, cursor: Cursor) -> Pause | None:
        self._tick()
        if not cursor.parts.test(self.frame):
            self._end_loop(cursor.parts.orelse)
            return None
        return self._begin_body(cursor)

    def _begin_body(self, cursor: Cursor) -> Pause | None:
        cursor.index = 0
        return ITERATION if self.is_loop(cursor.parts.node) and self.pauses(self.frame) else None

    def _end_loop(self, orelse: Block | None) -> None:
        self.cursors.pop()
        if orelse is not None:
            self.cursors.append(Cursor(BlockKind.PLAIN, orelse))

    def _next_yielded(self, cursor: Cursor) -> Pause | None:
        try:
            return Pause("yield", None, next(cursor.held))
        except StopIteration as stop:
            self.cursors.pop()
            cursor.parts.finish(self.frame, stop.value)
            return None

    def _after_handler(self, cursor: Cursor) -> None:
        handler: Handler = cursor.parts
        handled = self.interpreter.handled
        if cursor.held in handled:
            handled.remove(cursor.held)
        if handler.forget is not None:
            handler.forget(self.frame)

    def _after_finally(self, cursor: Cursor) -> None:
        what, result = cursor.held
        if isinstance(what, Signal):
            self.frame.result = result
            self.leave(what)
        elif isinstance(what, BaseException):
            raise what

    # Leaving blocks early

    def leave(self, signal: Signal) -> None:
        """Unwind the cursors for break, continue or return."""
        while self.cursors:
            cursor = self.cursors[-1]
            kind = cursor.kind
            if kind in (BlockKind.FOR, BlockKind.WHILE) and signal is CONTINUE:
                cursor.index = len(cursor.block.runners)
                return
            self.cursors.pop()
            if kind in (BlockKind.FOR, BlockKind.WHILE) and signal is BREAK:
                return
            if kind is BlockKind.GUARD:
                self.cursors.append(
                    Cursor(BlockKind.FINALLY, cursor.parts.final, held=(signal, self.frame.result))
                )
                return
            if kind is BlockKind.WITH:
                self.interpreter.leave(cursor.held, None)
            elif kind is BlockKind.HANDLER:
                self._after_handler(cursor)
        assert signal is RETURN

    def fail(self, error: BaseException) -> None:
        """Unwind the cursors for an error, to the handler that catches it; without one it is raised again."""
        while self.cursors:
            cursor = self.cursors.pop()
            if cursor.kind is BlockKind.TRY:
                handler = chosen(cursor.parts.handlers, self.frame, error)
                if handler is not None:
                    self._catch(handler, error)
                    return
            elif cursor.kind is BlockKind.GUARD:
                self.cursors.append(Cursor(BlockKind.FINALLY, cursor.parts.final, held=(error, None)))
                return
            elif cursor.kind is BlockKind.WITH:
                if self.interpreter.leave(cursor.held, error):
                    return
            elif cursor.kind is BlockKind.HANDLER:
                self._after_handler(cursor)
            elif cursor.kind is BlockKind.EACH and isinstance(error, GeneratorExit):
                close = getattr(cursor.held, "close", None)
                if close is not None:
                    close()
        raise error

    def _catch(self, handler: Handler, error: BaseException) -> None:
        self.interpreter.handled.append(error)
        self.cursors.append(Cursor(BlockKind.HANDLER, handler.body, parts=handler, held=error))
        if handler.store is not None:
            handler.store(self.frame, error)
