"""The published values of a network file, compared with the computed ones."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.gradcheck import messages
from bpstep.gradcheck.progress import run_to_end
from bpstep.lang.cells import Index, complete_index, parse_cell
from bpstep.model.network import PublishedValue
from bpstep.program import position
from bpstep.session.session import Session
from bpstep.text import fill


@dataclass(frozen=True)
class PublishedValueReport:
    """A published value and the computed one."""

    expect: PublishedValue
    value: float | None
    """None if there is no such value at that position."""
    ok: bool


def last_published_position(session: Session) -> int:
    """The last position of a published value; 0 if there is none."""
    return max((_parse(session, each)[0] for each in session.network.published_values), default=0)


def check_published_values(session: Session) -> list[PublishedValueReport]:
    """Compare every `[[expect]]`."""
    return run_to_end(check_published_values_stepwise(session))


def check_published_values_stepwise(session: Session) -> Generator[float, None, list[PublishedValueReport]]:
    """Compare every `[[expect]]` in small portions, yielding the part done."""
    expects, found = session.network.published_values, []
    for at, expect in enumerate(expects):
        n, name, index = _parse(session, expect)
        iteration = position.shown_iteration(n, session.period)
        for part in session.timeline.compute_until(iteration):
            yield (at + part) / len(expects)
        tensor = session.timeline.iteration(iteration).tensors(n - iteration * session.period).get(name)
        value = None if tensor is None else _cell_value(tensor, index)
        found.append(PublishedValueReport(expect, value, expect.matches(value)))
    return found


def _parse(session: Session, expect: PublishedValue) -> tuple[int, str, Index]:
    try:
        return position.parse_position(expect.at, session.program), *parse_cell(expect.name)
    except BpstepError as error:
        raise BpstepError(fill(messages.EXPECTED_VALUE, name=expect.name, error=error)) from None


def _cell_value(tensor: Any, index: Index) -> float | None:
    """The number in a cell; None if the tensor has no such cell."""
    index = complete_index(index, np.shape(tensor))
    if len(index) != np.ndim(tensor) or any(at >= size for at, size in zip(index, np.shape(tensor))):
        return None
    return float(np.asarray(tensor)[index])
