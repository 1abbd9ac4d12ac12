"""Stepping inside equations: the operations of all equations form one line; an equation's last operation is
the moment after it.
"""

from __future__ import annotations

from functools import lru_cache

from bpstep.engine.micro.plan import plan_operations
from bpstep.errors import BpstepError
from bpstep.program.program import Program
from bpstep.session import messages
from bpstep.session.session import Session
from bpstep.text import fill_plural


def operation_count(session: Session, n: int) -> int:
    """How many operations the equation after the first n has; at least 1."""
    iteration, done = divmod(n, session.period)
    return _counts(session, iteration)[done]


def check_operation(session: Session, n: int, k: int) -> int:
    """k, if it is less than the number of operations of the equation after n; else BpstepError."""
    count = operation_count(session, n)
    if k < count:
        return k
    name = session.timeline.base.steps[n % session.period].name
    one, many = messages.NOT_INSIDE_ONE, messages.NOT_INSIDE_MANY
    raise BpstepError(fill_plural(count, one, many, name=name, k=k, n=n + 1))


def position_after(session: Session, count: int) -> tuple[int, int]:
    """The (n, k) that is `count` operations after the cursor, or before it if that is negative.

    (0, 0) if that would be before the start.
    """
    iteration, done = divmod(session.n, session.period)
    at = sum(_counts(session, iteration)[:done]) + session.k + count
    iteration, at = _skip_epochs(session, iteration, at)
    while at < 0 and iteration > 0:
        iteration -= 1
        at += sum(_counts(session, iteration))
    while at >= (total := sum(_counts(session, iteration))):
        iteration, at = iteration + 1, at - total
    n = iteration * session.period
    for count in _counts(session, iteration):
        if at < count:
            break
        n, at = n + 1, at - count
    return n, max(at, 0)


def _skip_epochs(session: Session, iteration: int, at: int) -> tuple[int, int]:
    """Advance by `at` operations from the start of an iteration, by whole epochs while the program is the
    same.
    """
    batches, timeline = session.network.batches_per_epoch, session.timeline
    epoch = sum(sum(_counts(session, iteration + batch)) for batch in range(batches))
    rounds = max(at // epoch, -(iteration // batches))
    there = iteration + rounds * batches
    # The counted epoch is after the cursor, the skipped ones may be before it.
    first, last = min(iteration, there), max(iteration + batches, there) - 1
    if (
        timeline.program(first) is not timeline.program(last)
        or timeline.closed(first)
        or timeline.closed(last)
    ):
        return iteration, at
    return there, at - rounds * epoch


def _counts(session: Session, iteration: int) -> tuple[int, ...]:
    batches, timeline = session.network.batches_per_epoch, session.timeline
    closed = timeline.closed(iteration)
    counts = _counted(timeline.program(iteration), iteration % batches == batches - 1)
    return tuple(1 if at in closed else count for at, count in enumerate(counts)) if closed else counts


@lru_cache(maxsize=64)
def _counted(program: Program, is_last: bool) -> tuple[int, ...]:
    """How many operations each equation has, in the last batch of an epoch or in any other."""
    shapes = program.batch_shapes[-1 if is_last else 0]
    return tuple(plan_operations(step, shapes).total for step in program.steps)
