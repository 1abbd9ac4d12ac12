"""Every step of some iterations, in order and in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from bpstep.errors import BpstepError
from bpstep.export import messages
from bpstep.program.program import Program, Step
from bpstep.session.session import Session
from bpstep.text import fill


@dataclass(frozen=True)
class CompletedStep:
    """An equation that was just done, and its result."""

    n: int
    iteration: int
    step: Step
    value: Any
    samples: tuple[int, ...] | None
    """The rows of the data drawn; set only in an iteration's first step, and only if rows are drawn."""
    starts_iteration: bool
    """True for an iteration's first step."""
    starts_phase: bool
    """True for the first step of a phase."""


def walk_steps(session: Session, iterations: int) -> Iterator[CompletedStep]:
    """The steps from n = 0 on."""
    timeline, period = session.timeline, session.period
    for index in range(iterations):
        iteration = timeline.iteration(index)
        iteration.compute(period)
        timeline.record(iteration)
        drawn = timeline.rows(index) if timeline.draws_samples else None
        phase = ""
        for at, (step, value) in enumerate(zip(iteration.program.steps, iteration.values)):
            samples = None if at else drawn
            yield CompletedStep(
                index * period + at + 1, index, step, value, samples, not at, step.phase != phase
            )
            phase = step.phase


def initial_tensors(session: Session) -> dict[str, Any]:
    """Every tensor at n = 0, including edits."""
    return session.timeline.iteration(0).tensors(0)


def check_names(program: Program, taken: Collection[str]) -> None:
    """BpstepError if a tensor has a name that the written script uses itself."""
    clash = next((name for name in program.tensors if name in taken), "")
    if clash:
        raise BpstepError(fill(messages.NAME_TAKEN, name=clash))
