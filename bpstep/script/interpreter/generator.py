"""Generators of the script: functions that pause at `yield`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpstep.script.interpreter.block_run import BlockRun, Pause, stepped_in
from bpstep.script.interpreter.code import CallFrame
from bpstep.script.interpreter.protocols import Control
from bpstep.script.interpreter.statement_parts import YieldParts


class Generator:
    """The result of calling a function with `yield`: an iterator over what it yields."""

    def __init__(self, interpreter: Control, frame: CallFrame) -> None:
        assert frame.code is not None
        assert frame.code.block is not None
        block = frame.code.block
        stepped = stepped_in(block, interpreter.parts, lambda parts: isinstance(parts, YieldParts))
        self.interpreter = interpreter
        self.activation = BlockRun(interpreter, frame, block, stepped, lambda node: False)
        self.paused: Pause | None = None
        self.ended = False

    def __iter__(self) -> Generator:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        """Continue to the next `yield`; the current one evaluates to `value`. StopIteration at the end."""
        if self.ended:
            raise StopIteration
        paused = self.paused

        def finish() -> None:
            if paused is not None and paused.parts is not None:
                self.activation.resume(paused.parts, value)

        return self._continue(finish)

    def _continue(self, finish: Callable[[], None]) -> Any:
        """Finish the statement at which the body is paused, and run on to the next `yield`."""
        interpreter, activation = self.interpreter, self.activation
        if len(interpreter.stack) >= interpreter.limits.depth:
            raise RecursionError("maximum recursion depth exceeded")
        interpreter.stack.append(activation.frame)
        self.paused = None
        try:
            finish()
            event = activation.advance()
        except BaseException:
            self.ended = True
            raise
        finally:
            interpreter.stack.pop()
        if event.name == "yield":
            self.paused = event
            return event.value
        self.ended = True
        raise StopIteration(activation.frame.result)

    def throw(self, error: BaseException) -> Any:
        """Raise an error at the current `yield`, and continue to the next one if it is caught."""
        if isinstance(error, type):
            error = error()
        return self._continue(lambda: self.activation.fail(error))

    def close(self) -> None:
        """End the generator where it is paused: of the rest only its `finally` and the like run."""
        if self.paused is not None:
            try:
                self.throw(GeneratorExit())
            except (GeneratorExit, StopIteration):
                return
            raise RuntimeError("generator ignored GeneratorExit")
        self.ended = True

    def __repr__(self) -> str:
        assert self.activation.frame.code is not None
        return f"<generator object {self.activation.frame.code.qualified_name} at {id(self):#x}>"


class GeneratorContext:
    """What a function with `contextlib.contextmanager` gives: its body up to `yield`, and the rest."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def __enter__(self) -> Any:
        try:
            return next(self.generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        try:
            if error is None:
                next(self.generator)
            else:
                self.generator.throw(error)
        except StopIteration as stop:
            return stop is not error
        except BaseException as raised:
            if raised is error:
                return False
            raise
        self.generator.close()
        raise RuntimeError("generator didn't stop" + ("" if error is None else " after throw()"))
