"""Runs: forward to the next position where a breakpoint stops, and back to the last one."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bpstep.engine.timeline import Timeline
from bpstep.program import position
from bpstep.program.position import shown_iteration
from bpstep.session.break_tests import StopTests, StopWatcher, breakpoint_tests, change_tests
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.session import Session

Search = Generator[int, None, int | None]
"""Yields the current iteration now and then; returns the n it found, or None."""


class MomentSearch:
    """A search for a moment, from the session's cursor; the session does not move."""

    def __init__(self, session: Session, points: Sequence[Breakpoint] = ()) -> None:
        self.points = tuple(points)
        self.reached = shown_iteration(session.n, session.period)
        """The iteration that the search has reached."""
        self.n: int | None = None
        """The moment, once it is found."""
        self.stopped_by: tuple[Breakpoint, ...] = ()
        """The breakpoints that are hit there."""
        self._session = session

    def run(self) -> Iterator[int]:
        """Search, yielding the current iteration about every hundredth of a second."""
        raise NotImplementedError

    def _follow(self, search: Search) -> Search:
        while True:
            try:
                self.reached = next(search)
            except StopIteration as end:
                found: int | None = end.value
                return found
            yield self.reached


class SearchForward(MomentSearch):
    """Forward to the first n, up to `until`, where one of the breakpoints stops."""

    def __init__(
        self, session: Session, points: Sequence[Breakpoint] = (), until: int = position.MAX_N
    ) -> None:
        super().__init__(session, points)
        self._until = until

    def run(self) -> Iterator[int]:
        """Run until a breakpoint stops."""
        timeline, n = self._session.timeline, self._session.n
        tests = breakpoint_tests(self._session.program, self.points)
        watcher = StopWatcher(tests, (yield from _previous_values(timeline, tests, n)))
        index = shown_iteration(n, timeline.period)
        last, rest = divmod(self._until, timeline.period)
        watcher.inspect(
            timeline.iteration(index), n - index * timeline.period, self._until - index * timeline.period
        )
        if not watcher.found and last > index:
            for self.reached in timeline.run_watched(index + 1, last, watcher):
                yield self.reached
        if not watcher.found and last > index and rest:
            watcher.inspect(timeline.iteration(last), 0, rest)
        if watcher.found:
            self.n = watcher.hits[0].n
            self.stopped_by = tuple(self.points[met.owner] for met in watcher.hits)


class SearchBackward(MomentSearch):
    """Back to the last n where one of the breakpoints stops.

    One that needs k hits stops at the k-th hit on the way back.
    """

    def run(self) -> Iterator[int]:
        """Search until the start, or until the position is certain."""
        for point in self.points:
            tests = breakpoint_tests(self._session.program, [replace(point, hits=1)])
            n: int | None = self._session.n + (self._session.k > 0)
            for _ in range(point.hits):
                n = yield from self._follow(search_last(self._session.timeline, tests, n or 0, self.n or 0))
                if n is None:
                    break
            if n is not None:
                self.stopped_by = (*self.stopped_by, point) if n == self.n else (point,)
                self.n = n


class SearchLastChange(MomentSearch):
    """Back to the last n where an expression's value changed."""

    def __init__(self, session: Session, text: str) -> None:
        super().__init__(session)
        self.changes_here = False
        """True if no earlier change was found, but the value changes at the cursor itself."""
        self._tests = change_tests(session.program, text)

    def run(self) -> Iterator[int]:
        """Search until the start."""
        timeline, end = self._session.timeline, self._session.n + (self._session.k > 0)
        self.n = yield from self._follow(search_last(timeline, self._tests, end))
        if self.n is None:
            here = yield from self._follow(search_last(timeline, self._tests, end + 1, end))
            self.changes_here = here is not None


def search_last(timeline: Timeline, tests: StopTests, n: int, least: int = 1) -> Search:
    """The last n' < n, not before `least`, where a test fires."""
    index = shown_iteration(n, timeline.period)
    kept = yield from _previous_values(timeline, tests, index * timeline.period)
    here = [
        met.n for met in tests.evaluate(timeline.iteration(index), kept, 0, n - index * timeline.period - 1)
    ]
    size, end = 1, index
    while not here and end and end * timeline.period >= least:
        begin = max(end - size, 0)
        first = yield from _first_iteration(timeline, tests, begin, end)
        if first is not None:
            here = yield from _bisect_last(timeline, tests, first, end)
        size, end = 2 * size, begin
    return here[-1] if here and here[-1] >= least else None


def _bisect_last(
    timeline: Timeline, tests: StopTests, first: int, end: int
) -> Generator[int, None, list[int]]:
    """The hits of the tests in the last iteration before `end` that has any; iteration `first` has one.

    Each half is run only up to the first hit, so that many hits do not make it slower.
    """
    while end - first > 1:
        middle = (first + end) // 2
        found = yield from _first_iteration(timeline, tests, middle, end)
        first, end = (first, middle) if found is None else (found, end)
    kept = yield from _previous_values(timeline, tests, first * timeline.period)
    return [met.n for met in tests.evaluate(timeline.iteration(first), kept)]


def _first_iteration(timeline: Timeline, tests: StopTests, begin: int, end: int) -> Search:
    """The first iteration from `begin` to before `end` in which a test fires."""
    watcher = StopWatcher(tests, (yield from _previous_values(timeline, tests, begin * timeline.period)))
    yield from timeline.run_watched(begin, end, watcher)
    return shown_iteration(watcher.hits[0].n, timeline.period) if watcher.found else None


def _previous_values(timeline: Timeline, tests: StopTests, n: int) -> Generator[int, None, list[Any]]:
    """The tests' last values up to n."""
    index = shown_iteration(n, timeline.period)
    kept = tests.initial_values(timeline.initial)
    if index:
        for _ in timeline.compute_until(index - 1):
            yield index - 1
        _evaluate(tests, timeline, index - 1, kept, timeline.period)
    _evaluate(tests, timeline, index, kept, n - index * timeline.period)
    return kept


def _evaluate(tests: StopTests, timeline: Timeline, index: int, kept: list[Any], end: int) -> None:
    if end:
        for _ in tests.evaluate(timeline.iteration(index), kept, 0, end):
            pass
