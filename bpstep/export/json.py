"""Moments and traces as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.export import steps
from bpstep.session.frame import Frame
from bpstep.session.scores import scores
from bpstep.session.session import Session


def trace_json(session: Session, iterations: int) -> Iterator[str]:
    """The lines of a trace: everything at n = 0, then every step."""
    yield json.dumps(
        {
            "format": "bpstep-trace",
            "version": 1,
            "network": session.network.name,
            "program": [step.name for step in session.program.steps],
            "initial": {name: json_value(value) for name, value in steps.initial_tensors(session).items()},
        }
    )
    for done in steps.walk_steps(session, iterations):
        yield json.dumps(_step(done))


def moment_json(frame: Frame, more: Mapping[str, Any] | None = None) -> str:
    """One moment: where it is, and every tensor computed so far; `more` is added at the end."""
    return json.dumps(
        {
            "n": frame.n,
            "iteration": frame.iteration,
            "phase": frame.step.phase if frame.step else None,
            "name": frame.step.name if frame.step else None,
            "tensors": {
                name: {"shape": list(np.shape(value)), "value": json_value(value)}
                for name, value in frame.tensors.items()
            },
            **_scores(frame),
            **(more or {}),
        }
    )


def _scores(frame: Frame) -> dict[str, Any]:
    """Loss and accuracy on training and test samples, if some are held out."""
    found = scores(frame)
    if found is None:
        return {}
    parts = {"training": found.training, "test": found.test}
    return {
        "scores": {
            name: {"samples": part.samples, "loss": json_value(part.loss), "accuracy": part.accuracy}
            for name, part in parts.items()
        }
    }


def json_value(value: Any) -> Any:
    """A tensor as nested lists of numbers; "nan", "inf" and "-inf", which JSON lacks, as strings."""
    listed = np.asarray(value).tolist()
    return listed if np.isfinite(value).all() else _with_text_numbers(listed)


def _step(done: steps.CompletedStep) -> dict[str, Any]:
    step = done.step
    found = {
        "n": done.n,
        "iteration": done.iteration,
        "phase": step.phase,
        "name": step.name,
        "equation": step.equation,
        "reads": list(step.reads),
        "shape": list(np.shape(done.value)),
        "value": json_value(done.value),
    }
    return found if done.samples is None else {**found, "samples": list(done.samples)}


def _with_text_numbers(listed: Any) -> Any:
    if isinstance(listed, list):
        return [_with_text_numbers(item) for item in listed]
    return listed if np.isfinite(listed) else str(listed)
