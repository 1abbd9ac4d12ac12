"""The values of watches: now, one iteration before, and over the last iterations.

An expression has one value per iteration: after the last equation that writes one of its tensors. Values come
from the timeline and are kept until another list of edits is in force, so that none is ever stale. For a
large network only as many iterations are recomputed as a person does not notice.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from bpstep.engine.edits import EditEvent
from bpstep.engine.timeline import Timeline
from bpstep.errors import BpstepError
from bpstep.program.expression import Expression, evaluate_expression, parse_expression, update_sites
from bpstep.program.program import Program, Tensors
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.session.watches import Reading, Watch

ITERATIONS = 32
"""How far back a history goes."""

_BUDGET = 20_000_000
"""The most multiplications, or equivalent work, for one update of the watches."""

_CALL_COST = 2_000
"""The cost of an equation besides these."""

_expression = lru_cache(maxsize=64)(parse_expression)


class WatchReader:
    """The watches of a session, evaluated at its cursor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cache: dict[tuple[str, str], dict[int, float | None]] = {}
        self._edits: dict[str, tuple[EditEvent, ...]] = {}

    def read(self) -> tuple[Reading, ...]:
        """Every watch's values, in order."""
        session = self._session
        if self._edits.get(session.run_name) != session.frame.edits:
            self._edits[session.run_name] = session.frame.edits
            self._cache = {key: cached for key, cached in self._cache.items() if key[0] != session.run_name}
        return tuple(self._reading(watch) for watch in session.journal.watches.by_id.values())

    def _reading(self, watch: Watch) -> Reading:
        session, frame = self._session, self._session.frame
        try:
            found = _expression(session.program, watch.text)
        except BpstepError:
            # A line of the script was edited since, and the watched tensor is gone.
            return Reading(watch, None, None, ())
        write_sites = update_sites(session.program, found.reads)
        newest = frame.iteration if frame.done > write_sites[-1] else frame.iteration - 1
        cached = self._cache.setdefault((session.run_name, watch.text), {})
        _compute_missing(session.timeline, found, write_sites[-1], newest, cached)
        history = [(at, cached.get(at)) for at in range(max(newest - ITERATIONS + 1, 0), newest + 1)]
        points = tuple((at, number) for at, number in history if number is not None)
        # Before its first write in an iteration, a carried tensor still has the previous value.
        of = frame.iteration if frame.done > write_sites[0] else frame.iteration - 1
        now = _number(found, frame.tensors) if _is_available(found, frame) else None
        before = cached.get(of - 1 if now is not None else newest)
        return Reading(watch, now, before, points, math.prod(found.shape))


def _is_available(found: Expression, frame: Frame) -> bool:
    return all(name in frame.tensors for name in found.reads)


def _compute_missing(
    timeline: Timeline, found: Expression, site: int, newest: int, cached: dict[int, float | None]
) -> None:
    """Compute the missing values up to iteration `newest`, the latest first, while that is cheap."""
    iteration_cost, spent = _cost(timeline.base), 0
    for at in range(newest, max(newest - ITERATIONS, -1), -1):
        if at in cached:
            continue
        spent += 0 if timeline.is_cached(at) else iteration_cost * (1 + timeline.distance(at))
        if spent > _BUDGET:
            break
        iteration = timeline.peek(at)
        cached[at] = _number(found, iteration.tensors(site + 1))


def _number(found: Expression, tensors: Tensors) -> float | None:
    """The value; for an array the mean of its cells. None if an index is outside its axis."""
    try:
        with np.errstate(all="ignore"):
            return float(np.mean(evaluate_expression(found, tensors)))
    except IndexError:
        return None


@lru_cache(maxsize=8)
def _cost(program: Program) -> int:
    """The approximate cost of one iteration."""
    shapes = program.shapes
    weights = sum(math.prod(shapes[name]) for name in program.parameters)
    return len(program) * _CALL_COST + 6 * program.batch_samples * weights
