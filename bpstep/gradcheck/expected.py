"""The published values of a network file against what is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.cells import complete_index, parse_cell
from bpstep.model.network import PublishedValue
from bpstep.program import position
from bpstep.session.session import Session


@dataclass(frozen=True)
class PublishedValueReport:
    """A published value and what was computed."""

    expect: PublishedValue
    value: float | None
    """None where there is no such value at that position."""
    ok: bool


def check_published_values(session: Session) -> Iterator[PublishedValueReport]:
    """Compare every `[[expect]]`."""
    for expect in session.network.published_values:
        value = _computed_value(session, expect)
        yield PublishedValueReport(expect, value, expect.matches(value))


def _computed_value(session: Session, expect: PublishedValue) -> float | None:
    try:
        n = position.parse_position(expect.at, session.program)
        name, index = parse_cell(expect.name)
    except BpstepError as error:
        raise BpstepError(f"expected value of {expect.name}: {error}") from None
    iteration = position.shown_iteration(n, session.period)
    tensor = session.timeline.iteration(iteration).tensors(n - iteration * session.period).get(name)
    if tensor is None:
        return None
    index = complete_index(index, np.shape(tensor))
    if len(index) != np.ndim(tensor) or any(at >= size for at, size in zip(index, np.shape(tensor))):
        return None
    return float(np.asarray(tensor)[index])
