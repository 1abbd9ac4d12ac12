"""Sentences about the updates of a person's own script, which may be any: they describe what the
line does.
"""

from __future__ import annotations

import math

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.context import SentenceContext, first_fitting, format_significant
from bpstep.text import fill

_CHANGED = {
    True: "{cell} goes up by {change}, from {before} to {value}.",
    False: "{cell} goes down by {change}, from {before} to {value}.",
}
_UNCHANGED = "{cell} stays {value}: what is added to it here is 0, or too small."
_STEP = "That is {scale} times the gradient of {loss}."
_KEPT = "{name} is carried on to the next iteration: here from {before} to {value}."
_MADE = "{name} is carried on to the next iteration: here it is {value}."
_GIVEN = (
    "What this line gives is taken as the script computed it, here {value}: {reason}.",
    "What this line gives is taken as the script computed it, here {value}.",
)
_NOT_RUN = "This line did not run in iteration {iteration}."
_VALUE_OF_BEFORE = "This line did not run in iteration {iteration}: {name} has the value that it had before."
_VALUE_IT_WOULD_GIVE = "This line did not run in iteration {iteration}: it would give {value}."


def update(m: SentenceContext) -> str:
    """A parameter's update."""
    before = _before(m)
    if before is None:
        return fill(_MADE, name=m.cell, value=m.v)
    change = m.value - before
    if change == 0:
        return fill(_UNCHANGED, cell=m.cell, value=m.v)
    slots = {"change": format_significant(abs(change), 3), "before": format_short(before), "value": m.v}
    told = fill(_CHANGED[change > 0], cell=m.cell, **slots)
    if m.step.role.scale in (0.0, 1.0):
        return told
    step = fill(_STEP, scale=f"{m.step.role.scale:.4g}", loss=m.frame.program.loss)
    return first_fitting(f"{told} {step}", told)


def remembered(m: SentenceContext) -> str:
    """What an optimiser remembers, a running sum or a count."""
    before = _before(m)
    if before is None:
        return fill(_MADE, name=m.cell, value=m.v)
    return fill(_KEPT, name=m.cell, before=format_short(before), value=m.v)


def given(m: SentenceContext) -> str:
    """A value whose line can't be read as an equation, and why."""
    assert m.step.origin is not None
    slots = {"value": m.v, "reason": m.step.origin.given}
    return first_fitting(*(fill(template, **slots) for template in _GIVEN))


def not_run(m: SentenceContext) -> str:
    """That an equation did not run in this iteration, and what value its tensor keeps."""
    iteration = m.frame.iteration
    if m.frame.not_run[m.step.name]:
        told = fill(_VALUE_IT_WOULD_GIVE, iteration=iteration, value=m.v)
    else:
        told = fill(_VALUE_OF_BEFORE, iteration=iteration, name=m.step.name)
    return first_fitting(told, not_run_at_all(iteration))


def not_run_at_all(iteration: int) -> str:
    """That an equation did not run in this iteration; its tensor has no known value."""
    return fill(_NOT_RUN, iteration=iteration)


def _before(m: SentenceContext) -> float | None:
    """The number before the update; None if there was none, or the shape was different."""
    try:
        found = m.number(m.step.name)
    except (KeyError, IndexError):
        return None
    return found if math.isfinite(found) else None
