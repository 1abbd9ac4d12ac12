"""A long computation that is not a generator, run in portions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import TypeVar

_Result = TypeVar("_Result")

OnPart = Callable[[float], None]
"""A function that a computation calls now and then, with the part of it that is done."""


class _Stopped(BaseException):
    """Raised in the computation when nobody waits for the result any more."""


class _Turns:
    """Two threads that never run at once: the computation, and the caller that waits for it."""

    def __init__(self, seconds: float) -> None:
        self.part = 0.0
        self.is_stopped = False
        self.is_finished = False
        self._seconds, self._until = seconds, 0.0
        self._worker, self._caller = threading.Semaphore(0), threading.Semaphore(0)

    def pause(self, part: float) -> None:
        """In the computation: let the caller continue once a portion has taken its time."""
        if time.perf_counter() < self._until:
            return
        self.part = part
        self._caller.release()
        self.wait()

    def wait(self) -> None:
        """In the computation: wait until it may run."""
        self._worker.acquire()
        if self.is_stopped:
            raise _Stopped
        self._until = time.perf_counter() + self._seconds

    def finish(self) -> None:
        """In the computation: report that it is done."""
        self.is_finished = True
        self._caller.release()

    def run_portion(self) -> None:
        """In the caller: wait until a portion is done."""
        self._worker.release()
        self._caller.acquire()

    def stop(self) -> None:
        """In the caller: end the computation at its next pause."""
        self.is_stopped = True
        self._worker.release()


def run_in_portions(compute: Callable[[OnPart], _Result], seconds: float) -> Generator[float, None, _Result]:
    """Run a computation in portions of about `seconds`, yielding the part done; return its result.

    It is suspended between two portions, and ends at its next pause if the generator is closed.
    """
    turns = _Turns(seconds)
    results: list[_Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            turns.wait()
            results.append(compute(turns.pause))
        except _Stopped:
            return
        except BaseException as error:
            errors.append(error)  # raised again in the caller
        finally:
            turns.finish()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        turns.run_portion()
        while not turns.is_finished:
            yield turns.part
            turns.run_portion()
    finally:
        if not turns.is_finished:
            turns.stop()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]
