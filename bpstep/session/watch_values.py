"""What watches read: their values now, one iteration before, and over the last iterations.

An expression has one value an iteration: after the last equation that writes what it reads. Values come from
the tape and are kept until another list of edits is in force, so that none is ever stale. Of a large network
only so many iterations are computed anew for it as a person does not notice.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from bpstep.engine.edits import AnyEdit
from bpstep.engine.timeline import Tape
from bpstep.program.expression import Expression, expression, sites, value
from bpstep.program.program import Program, Tensors
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.session.watches import Reading, Watch

ITERATIONS = 32
"""How far back a history goes."""

_BUDGET = 20_000_000
"""Multiplications, or what takes as long, that one look at the watches may take."""

_CALL = 2_000
"""What an equation costs beside them."""

_expression = lru_cache(maxsize=64)(expression)


class Readings:
    """The watches of a session, read at its cursor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str], dict[int, float | None]] = {}
        self._edits: dict[str, tuple[AnyEdit, ...]] = {}

    def now(self) -> tuple[Reading, ...]:
        """Every watch's reading, in order."""
        session = self._session
        if self._edits.get(session.run_name) != session.frame.edits:
            self._edits[session.run_name] = session.frame.edits
            self._known = {key: known for key, known in self._known.items() if key[0] != session.run_name}
        return tuple(self._reading(watch) for watch in session.journal.watches.at.values())

    def _reading(self, watch: Watch) -> Reading:
        session, frame = self._session, self._session.frame
        found = _expression(session.program, watch.text)
        where = sites(session.program, found.reads)
        newest = frame.iteration if frame.done > where[-1] else frame.iteration - 1
        known = self._known.setdefault((session.run_name, watch.text), {})
        _fill(session.tape, found, where[-1], newest, known)
        history = [(at, known.get(at)) for at in range(max(newest - ITERATIONS + 1, 0), newest + 1)]
        points = tuple((at, number) for at, number in history if number is not None)
        # Before its first write in an iteration a carried tensor has still the value of the one before.
        of = frame.iteration if frame.done > where[0] else frame.iteration - 1
        now = _number(found, frame.tensors) if _is_there(found, frame) else None
        before = known.get(of - 1 if now is not None else newest)
        return Reading(watch, now, before, points, math.prod(found.shape))


def _is_there(found: Expression, frame: Frame) -> bool:
    return all(name in frame.tensors for name in found.reads)


def _fill(tape: Tape, found: Expression, site: int, newest: int, known: dict[int, float | None]) -> None:
    """Find out the missing values until iteration `newest`, the latest first, while that is cheap."""
    each, spent = _cost(tape.base), 0
    for at in range(newest, max(newest - ITERATIONS, -1), -1):
        if at in known:
            continue
        spent += 0 if tape.is_at_hand(at) else each * (1 + tape.distance(at))
        if spent > _BUDGET:
            break
        iteration = tape.glance(at)
        known[at] = _number(found, iteration.tensors(site + 1))


def _number(found: Expression, tensors: Tensors) -> float | None:
    """The value; of an array the mean of its cells. None where a batch has no such cell."""
    try:
        with np.errstate(all="ignore"):
            return float(np.mean(value(found, tensors)))
    except IndexError:
        return None


@lru_cache(maxsize=8)
def _cost(program: Program) -> int:
    """About what one iteration takes."""
    shapes = program.shapes
    weights = sum(math.prod(shapes[name]) for name in program.parameters)
    return len(program) * _CALL + 6 * math.prod(shapes["X"][:-1]) * weights
