"""The published values of a network file against what is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.cells import agrees, parse_cell, whole_index
from bpstep.model.network import Expect
from bpstep.program import position
from bpstep.session.session import Session


@dataclass(frozen=True)
class ExpectReport:
    """A published value and what was computed."""

    expect: Expect
    value: float | None
    """None where there is no such value at that position."""
    ok: bool


def check_expects(session: Session) -> Iterator[ExpectReport]:
    """Compare every `[[expect]]`."""
    for expect in session.network.expects:
        value = _found(session, expect)
        yield ExpectReport(expect, value, agrees(value, expect.value, expect.decimals))


def _found(session: Session, expect: Expect) -> float | None:
    try:
        n = position.resolve(expect.at, session.program)
        name, index = parse_cell(expect.name)
    except BpstepError as error:
        raise BpstepError(f"expected value of {expect.name}: {error}") from None
    iteration = position.shown_iteration(n, session.period)
    tensor = session.tape.iteration(iteration).tensors(n - iteration * session.period).get(name)
    if tensor is None:
        return None
    index = whole_index(index, np.shape(tensor))
    if len(index) != np.ndim(tensor) or any(at >= size for at, size in zip(index, np.shape(tensor))):
        return None
    return float(np.asarray(tensor)[index])
