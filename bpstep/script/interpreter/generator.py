"""Generators of the script: functions that pause at `yield`."""

from __future__ import annotations

from typing import Any

from bpstep.script.interpreter.block_run import BlockRun, Pause, stepped_in
from bpstep.script.interpreter.code import CallFrame
from bpstep.script.interpreter.parts import YieldParts
from bpstep.script.interpreter.protocols import Control


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
        interpreter, activation = self.interpreter, self.activation
        if len(interpreter.stack) >= interpreter.limits.depth:
            raise RecursionError("maximum recursion depth exceeded")
        interpreter.stack.append(activation.frame)
        paused, self.paused = self.paused, None
        try:
            if paused is not None and paused.parts is not None:
                activation.resume(paused.parts, value)
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

    def close(self) -> None:
        """End the generator where it is paused; the rest of its body never runs."""
        self.ended = True

    def __repr__(self) -> str:
        assert self.activation.frame.code is not None
        return f"<generator object {self.activation.frame.code.qualified_name} at {id(self):#x}>"
