"""How much time, memory and depth a script gets, and the checks before anything large is made."""

from __future__ import annotations

import gc
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bpstep.script import messages
from bpstep.script.refusal import Cancelled, OutOfBounds
from bpstep.text import fill

MAX_CELLS = 2**25
"""The most elements of one array: a quarter of a gigabyte in float64."""

MAX_ITEMS = 2**22
"""The most items of a list, tuple, set or dictionary created at once, and characters of a text."""

MAX_AXES = 64
"""The most axes of an array: NumPy allows no more."""

MAX_BITS = 2**17
"""The most bits of a whole number."""

MAX_WORK = 2 * 10**11
"""The most multiplications in one matrix product, decomposition or convolution: a few seconds."""

TICKS = 16
"""How many loop iterations and calls run between two checks of the time."""

LARGE = 2**18
"""The number of items or array elements above which the memory is looked at: two megabytes."""

COUNTED = 2**12
"""The number of elements above which an array counts: the memory is looked at after each LARGE of them."""

MAX_MEMBERS = 2**12
"""The most members of an enumeration: the time to create one grows with the square of their number."""

COLLECTED = 2**26
"""The bytes by which the process has grown since the last run when objects without use are freed: 64 MB."""

LOOK = 0.005
"""Seconds between two checks of the memory: so few that little can be allocated in between."""


@dataclass(frozen=True)
class Limits:
    """The limits of one run: seconds of processor time, bytes that the process may grow, depth of calls,
    printed text.

    It is the time of the run's own thread, so that a busy machine opens what an idle one does.
    """

    seconds: float = 10.0
    memory: int = 400 * 2**20
    whole: int = 480 * 2**20
    """The bytes that the process may use in all, as long as it may grow by three quarters of `memory`."""
    depth: int = 980
    output: int = 2**20


class Budget:
    """What is left of the limits. `ticks` counts down; loops and calls call `check` below 0."""

    __slots__ = ("_base", "_begun", "_next_look", "_seconds", "_thread", "cancelled", "limits", "ticks")

    def __init__(self, limits: Limits, cancelled: Callable[[], bool] | None = None) -> None:
        self.limits = limits
        self.cancelled = cancelled
        self.restart()

    _running: ClassVar[Budget | None] = None
    """The budget that was restarted last."""

    _seen: ClassVar[int] = 0
    """The bytes that the process used when a budget was last restarted."""

    _counted_cells: ClassVar[float] = 0
    """Elements of smaller arrays since the memory was last looked at because of them."""

    @classmethod
    def count(cls, cells: float) -> None:
        """Raise OutOfBounds if there is no memory for an array of `cells` elements, or for several
        smaller ones.
        """
        cls._counted_cells += cells
        if cls._counted_cells > LARGE:
            cls._counted_cells = 0
            cls.charge(cells)

    @classmethod
    def charge(cls, items: float) -> None:
        """Raise OutOfBounds if there is no memory for this many items of eight bytes."""
        if cls._running is not None:
            cls._running.check(8 * int(min(items, MAX_CELLS)))

    def restart(self, seconds: float | None = None) -> None:
        """Start counting again, for a run of `seconds` or the limits' own."""
        self.ticks = TICKS
        Budget._running = self
        self._seconds = self.limits.seconds if seconds is None else seconds
        self._begun = time.thread_time()
        self._thread = threading.get_ident()
        self._next_look = 0.0
        if resident_bytes() - Budget._seen > COLLECTED:
            # What an earlier run left behind is freed only when it is looked for.
            gc.collect()
        self._base = Budget._seen = resident_bytes()

    @property
    def spent(self) -> float:
        """The seconds of processor time that the run has taken."""
        return time.thread_time() - self._begun if self._thread == threading.get_ident() else 0.0

    @classmethod
    @contextmanager
    def uncounted(cls) -> Iterator[None]:
        """The context in which an installed library is imported: its time and memory are not the script's."""
        running, begun, held = cls._running, time.thread_time(), resident_bytes()
        try:
            yield
        finally:
            if running is not None:
                running._begun += time.thread_time() - begun
                running._base += max(resident_bytes() - held, 0)

    def check(self, coming: int = 0) -> None:
        """Raise OutOfBounds or Cancelled if time or memory is used up or the run was cancelled.

        `coming` are the bytes that something large is about to take.
        """
        self.ticks = TICKS
        now = time.monotonic()
        if now < self._next_look and not coming:
            return
        self._next_look = now + LOOK
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("stopped")
        if self.spent > self._seconds:
            raise OutOfBounds(fill(messages.TOO_SLOW))
        growth = max(min(self.limits.memory, self.limits.whole - self._base), 3 * self.limits.memory // 4)
        most = self._base + growth - coming
        # Reading the peak takes a tenth of the time of reading the current memory.
        if _may_hold_more_than(most) and resident_bytes() > most:
            gc.collect()
            if resident_bytes() > most:
                raise OutOfBounds(fill(messages.TOO_MUCH_MEMORY, megabytes=growth // 2**20))

    def bounded(self, items: Any) -> Any:
        """`items` for Python to process at once: a very long range counts as a loop."""
        return self.counted(items) if type(items) is range and _is_long(items) else items

    def counted(self, items: Iterable[Any]) -> Iterator[Any]:
        """`items`, each of which counts as a turn of a loop."""
        for item in items:
            self.ticks -= 1
            if self.ticks < 0:
                self.check()
            yield item


def _is_long(items: range) -> bool:
    try:
        return len(items) > MAX_ITEMS
    except OverflowError:
        return True


def resident_bytes() -> int:
    """The memory that this process uses now; 0 if the system doesn't report it."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _greatest_resident_bytes()


def _may_hold_more_than(most: int) -> bool:
    """False if this process has never used more memory, as far as the system reports it."""
    return not sys.platform.startswith("linux") or _greatest_resident_bytes() > most


def _greatest_resident_bytes() -> int:
    try:
        import resource
    except ImportError:
        return 0
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else 1024 * found


def check_cells(count: float) -> None:
    """Raise OutOfBounds before an array of `count` elements is created."""
    if count > MAX_CELLS:
        raise OutOfBounds(fill(messages.TOO_MANY_CELLS, count=_count(count), limit=MAX_CELLS))
    if count > COUNTED:
        Budget.count(count)


def check_made(value: Any) -> Any:
    """The same value; OutOfBounds if it is a large array and too much memory is in use with it."""
    if type(value) is np.ndarray and value.size > COUNTED:
        if value.size > LARGE:
            Budget.charge(1)
        else:
            Budget.count(value.size)
    return value


def check_items(count: float) -> None:
    """Raise OutOfBounds before a container or text of `count` items is created."""
    if count > MAX_ITEMS:
        raise OutOfBounds(fill(messages.TOO_MANY_ITEMS, count=_count(count), limit=MAX_ITEMS))
    if count > LARGE:
        Budget.charge(count)


def check_members(count: int) -> None:
    """Raise OutOfBounds before an enumeration of `count` members is created."""
    if count > MAX_MEMBERS:
        raise OutOfBounds(fill(messages.TOO_MANY_MEMBERS, count=_count(count), limit=MAX_MEMBERS))


def checked_range(items: Any) -> Any:
    """The same items; OutOfBounds if it is a range with more than a list may hold."""
    if type(items) is range:
        check_items(len(items))
    return items


def without_long_ranges(run: Callable[..., Any]) -> Callable[..., Any]:
    """`run`, for calls in which Python or NumPy iterates over an argument: a very long range is refused
    first.
    """

    def checked(*args: Any, **kwargs: Any) -> Any:
        for given in args:
            if type(given) is range:
                check_items(len(given))
        for given in kwargs.values():
            if type(given) is range:
                check_items(len(given))
        return run(*args, **kwargs)

    return checked


def check_work(count: float) -> None:
    """Raise OutOfBounds before an operation of `count` multiplications begins."""
    if count > MAX_WORK:
        raise OutOfBounds(fill(messages.TOO_MUCH_WORK, count=_count(count)))


def check_bits(count: float) -> None:
    """Raise OutOfBounds before a whole number of `count` bits is created."""
    if count > MAX_BITS:
        raise OutOfBounds(fill(messages.TOO_MANY_BITS, count=_count(count), limit=MAX_BITS))


def _count(count: float) -> str:
    if count >= 1e300:
        return fill(messages.UNCOUNTED)
    return f"{count:,.0f}" if count < 10**15 else f"{float(count):.1e}"


def check_shape(shape: Any) -> None:
    """Raise OutOfBounds before an array of this shape, a number or a sequence of numbers, is created."""
    if shape is None:
        return
    if type(shape) is tuple and len(shape) == 2 and type(shape[0]) is int and type(shape[1]) is int:
        cells = shape[0] * shape[1]
        if cells > MAX_CELLS or cells > COUNTED:
            check_cells(cells)
        return
    if isinstance(shape, int | np.integer):
        check_cells(int(shape))
    elif isinstance(shape, Sequence | np.ndarray) and not isinstance(shape, str):
        sizes = [int(size) for size in shape if isinstance(size, int | np.integer)]
        if len(sizes) > MAX_AXES:
            raise OutOfBounds(fill(messages.TOO_MANY_AXES, limit=MAX_AXES))
        check_cells(math.prod(abs(size) for size in sizes))


def check_broadcast(*operands: Any) -> None:
    """Raise OutOfBounds if arrays would be broadcast to too large a result, or if one is a long range."""
    for operand in operands:
        checked_range(operand)
    shapes = [np.shape(operand) for operand in operands if isinstance(operand, np.ndarray)]
    try:
        check_cells(math.prod(np.broadcast_shapes(*shapes)))
    except ValueError:
        return  # NumPy itself reports shapes that do not fit


def nested_cells(value: Any) -> int:
    """How many numbers `np.array(value)` would have, judged by the first item of each level."""
    cells = 1
    for _ in range(64):
        if isinstance(value, np.ndarray):
            return cells * value.size
        if not isinstance(value, list | tuple | range):
            return cells
        cells *= max(len(value), 1)
        if not len(value):
            return cells
        value = value[0]
    return cells
