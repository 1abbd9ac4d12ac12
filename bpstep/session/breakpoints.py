"""Breakpoints: where a run is to stop, as plain data, as people type it, and as sentences say it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bpstep.errors import BpstepError
from bpstep.program.expression import check_read_after, parse_expression
from bpstep.program.program import Program

BUILTIN_CONDITIONS = {
    "loss rises": "E is higher than an iteration before",
    "non-finite": "NaN or infinity arises in an equation",
    "dead relu": "a ReLU unit gives 0 for every sample",
}
"""The conditions that have a name, and what each means."""

BREAKPOINT_FORMS = (
    "delta_Y, delta_Y if abs(delta_Y) < 1e-3, E < 0.05, loss rises, non-finite, dead relu; … hits 10"
)

MAX_HITS = 10**9

_HITS = re.compile(r"(.*?)\s+hits\s+([0-9]{1,15})")

_WHERE = re.compile(r"([A-Za-z]\w*)(?:\s+if\s+(.*))?", re.ASCII)


@dataclass(frozen=True)
class Breakpoint:
    """A run stops after `equation`, where `condition` is true; the event that sets or changes it.

    Without an equation it stops where the condition becomes true, whatever wrote what it reads; `builtin`,
    a name of BUILTINS, stands in place of both. It is the `hits`-th time in one run that stops it.
    """

    id: int
    equation: str = ""
    condition: str = ""
    builtin: str = ""
    hits: int = 1
    enabled: bool = True

    @property
    def text(self) -> str:
        """As it is typed."""
        where = f"{self.equation} if {self.condition}" if self.equation and self.condition else ""
        text = where or self.equation or self.condition or self.builtin
        return f"{text} hits {self.hits}" if self.hits > 1 else text


@dataclass(frozen=True)
class DropBreakpoint:
    """The breakpoint with this number is gone."""

    id: int


def parse_breakpoint(program: Program, text: str, number: int) -> Breakpoint:
    """The breakpoint that a text means. BpstepError where it means none."""
    text = " ".join(text.split())
    hits = 1
    if match := _HITS.fullmatch(text):
        text, hits = match[1], int(match[2])
    if text.lower() in BUILTIN_CONDITIONS:
        found = Breakpoint(number, builtin=text.lower(), hits=hits)
    elif (match := _WHERE.fullmatch(text)) and (match[1] in program.step_indices or match[2] is not None):
        found = Breakpoint(number, match[1], match[2] or "", hits=hits)
    else:
        found = Breakpoint(number, condition=text, hits=hits)
    check_breakpoint(program, found)
    return found


def check_breakpoint(program: Program, point: Breakpoint) -> None:
    """Refuse, with BpstepError, a breakpoint that nothing could stop at."""
    if not 1 <= point.hits <= MAX_HITS:
        raise BpstepError(f"hits is a number from 1 to {MAX_HITS:,}")
    if point.builtin:
        _check_builtin(program, point)
    elif point.equation and point.equation not in program.step_indices:
        listed = " ".join(program.step_indices)
        raise BpstepError(f"there is no equation {point.equation}; the equations are {listed}")
    elif point.condition:
        found = parse_expression(program, point.condition)
        if point.equation:
            check_read_after(program, found.reads, point.equation)
    elif not point.equation:
        raise BpstepError(f"a breakpoint is {BREAKPOINT_FORMS}")


def _check_builtin(program: Program, point: Breakpoint) -> None:
    if point.builtin not in BUILTIN_CONDITIONS or point.equation or point.condition:
        raise BpstepError(
            f"no breakpoint is called {point.builtin}; there are {', '.join(BUILTIN_CONDITIONS)}"
        )
    if point.builtin == "dead relu" and not relu_outputs(program):
        raise BpstepError("this network has no ReLU layer")


class Breakpoints:
    """The breakpoints that are set, by number."""

    def __init__(self) -> None:
        self.by_id: dict[int, Breakpoint] = {}
        self.next_id = 1
        """The number of the next one; none is given twice."""

    def apply(self, event: object) -> None:
        """Follow an event if it is about breakpoints."""
        if isinstance(event, Breakpoint):
            self.by_id[event.id] = event
            self.next_id = max(self.next_id, event.id + 1)
        elif isinstance(event, DropBreakpoint):
            if event.id not in self.by_id:
                raise BpstepError(f"there is no breakpoint {event.id}")
            del self.by_id[event.id]


def relu_outputs(program: Program) -> tuple[str, ...]:
    """The outputs of the layers of ReLU units."""
    made = (step for step in program.steps if step.role.kind == "activation")
    return tuple(step.name for step in made if step.derived.startswith("relu("))
