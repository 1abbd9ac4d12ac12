"""JSON, one object a line, of numbers that read back to the same bits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.export import walk
from bpstep.frame import Frame
from bpstep.session import Session


def trace(session: Session, iterations: int) -> Iterator[str]:
    """The lines of a trace: what there is at n = 0, then every step."""
    yield json.dumps(
        {
            "format": "bpstep-trace",
            "version": 1,
            "network": session.network.name,
            "program": [step.name for step in session.program.steps],
            "initial": {name: plain(value) for name, value in walk.initial(session).items()},
        }
    )
    for done in walk.steps(session, iterations):
        yield json.dumps(_step(done))


def moment(frame: Frame, more: Mapping[str, Any] | None = None) -> str:
    """One moment: where it is and every tensor that is computed; `more` is added at the end."""
    return json.dumps(
        {
            "n": frame.n,
            "iteration": frame.iteration,
            "phase": frame.step.phase if frame.step else None,
            "name": frame.step.name if frame.step else None,
            "tensors": {
                name: {"shape": list(np.shape(value)), "value": plain(value)}
                for name, value in frame.tensors.items()
            },
            **(more or {}),
        }
    )


def plain(value: Any) -> Any:
    """A tensor as nested lists of numbers; "nan", "inf" and "-inf", which JSON lacks, as strings."""
    listed = np.asarray(value).tolist()
    return listed if np.isfinite(value).all() else _worded(listed)


def _step(done: walk.Done) -> dict[str, Any]:
    step = done.step
    found = {
        "n": done.n,
        "iteration": done.iteration,
        "phase": step.phase,
        "name": step.name,
        "equation": step.equation,
        "reads": list(step.reads),
        "shape": list(np.shape(done.value)),
        "value": plain(done.value),
    }
    return found if done.samples is None else {**found, "samples": list(done.samples)}


def _worded(listed: Any) -> Any:
    if isinstance(listed, list):
        return [_worded(item) for item in listed]
    return listed if np.isfinite(listed) else str(listed)
