"""Breakpoints: where a run stops, as plain data and in typed form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.frozen import frozen
from bpstep.program.expression import check_read_after, parse_expression
from bpstep.program.program import Program, RoleKind, unknown_equation
from bpstep.session import messages
from bpstep.session.numbered import Numbered
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.program import lines
else:
    lines = deferred("bpstep.program.lines")

BUILTIN_CONDITIONS = {
    "loss rises": messages.LOSS_RISES,
    "non-finite": messages.NON_FINITE,
    "dead relu": messages.DEAD_RELU,
}
"""The named conditions, and a template with the meaning of each."""

MAX_HITS = 10**9

_HITS = re.compile(r"(.*?)\s+hits\s+([0-9]{1,15})")

_WHERE = re.compile(r"(\S+?|.*?\bcell [0-9]+:[0-9]+)(?:\s+if\s+(.*))?")
"""An equation or a line of a script, and the condition."""


@frozen
class Breakpoint:
    """A run stops after `equation`, if `condition` is true; the event that sets or changes it.

    Without an equation it stops where the condition becomes true, whatever wrote its tensors; `builtin`, a
    name of BUILTIN_CONDITIONS, replaces both. The `hits`-th hit in one run stops it.
    """

    id: int
    equation: str = ""
    condition: str = ""
    builtin: str = ""
    hits: int = 1
    enabled: bool = True

    @property
    def text(self) -> str:
        """The breakpoint as a person types it."""
        where = f"{self.equation} if {self.condition}" if self.equation and self.condition else ""
        text = where or self.equation or self.condition or self.builtin
        return f"{text} hits {self.hits}" if self.hits > 1 else text


@frozen
class DropBreakpoint:
    """The breakpoint with this number is deleted."""

    id: int


def breakpoint_forms(program: Program | None) -> str:
    """The forms of a breakpoint, listed for a person; for a script, with its own names."""
    line = lines.first_place(program) if program is not None else ""
    if program is None or not line:
        return fill(messages.BREAKPOINT_FORMS)
    return fill(messages.BREAKPOINT_FORMS_OF_SCRIPT, name=program.steps[0].name, line=line)


def parse_breakpoint(program: Program, text: str, number: int) -> Breakpoint:
    """The breakpoint in a text. BpstepError if it is none."""
    text = " ".join(text.split())
    hits = 1
    if match := _HITS.fullmatch(text):
        text, hits = match[1], int(match[2])
    if text.lower() in BUILTIN_CONDITIONS:
        found = Breakpoint(number, builtin=text.lower(), hits=hits)
    elif match := _where(program, text):
        place = lines.place_of_line(match[1], program) if lines.is_line(match[1], program) else match[1]
        found = Breakpoint(number, place, match[2] or "", hits=hits)
    else:
        found = Breakpoint(number, condition=text, hits=hits)
    check_breakpoint(program, found)
    return found


def _where(program: Program, text: str) -> re.Match[str] | None:
    """An equation or a line with its condition; None if the text is only a condition."""
    match = _WHERE.fullmatch(text)
    if match is None:
        return None
    is_known = match[1] in program.step_indices or lines.is_line(match[1], program)
    return match if is_known or match[2] is not None else None


def check_breakpoint(program: Program, point: Breakpoint) -> None:
    """Refuse, with BpstepError, a breakpoint that could never stop a run."""
    if not 1 <= point.hits <= MAX_HITS:
        raise BpstepError(fill(messages.HITS_OUT_OF_RANGE, limit=MAX_HITS))
    if point.builtin:
        _check_builtin(program, point)
    elif point.equation and lines.is_line(point.equation, program):
        lines.place_of_line(point.equation, program)
        _check_condition(program, point)
    elif point.equation and point.equation not in program.step_indices:
        raise BpstepError(unknown_equation(point.equation, program.step_indices))
    elif point.condition:
        _check_condition(program, point)
    elif not point.equation:
        raise BpstepError(fill(messages.NOT_A_BREAKPOINT, forms=breakpoint_forms(program)))


def _check_condition(program: Program, point: Breakpoint) -> None:
    """BpstepError if the condition can't be evaluated at the breakpoint."""
    if point.condition:
        found = parse_expression(program, point.condition)
        if point.equation:
            check_read_after(program, found.reads, program.steps[sites(program, point)[0]].name)


def sites(program: Program, point: Breakpoint) -> tuple[int, ...]:
    """The equations of a breakpoint, counted from 0: one, or those of a line of a script."""
    if point.equation in program.step_indices:
        return (program.step_indices[point.equation],)
    return lines.steps_of_line(point.equation, program)


def has_place(program: Program, point: Breakpoint) -> bool:
    """False if what a breakpoint names is gone: a line of the script was edited since it was set."""
    try:
        check_breakpoint(program, point)
    except BpstepError:
        return False
    return True


def _check_builtin(program: Program, point: Breakpoint) -> None:
    if point.builtin not in BUILTIN_CONDITIONS or point.equation or point.condition:
        names = ", ".join(BUILTIN_CONDITIONS)
        raise BpstepError(fill(messages.UNKNOWN_CONDITION, name=point.builtin, names=names))
    if point.builtin == "dead relu" and not relu_outputs(program):
        raise BpstepError(fill(messages.NO_RELU))
    if point.builtin == "loss rises" and program.loss_index is None:
        raise BpstepError(fill(messages.NO_LOSS))


class Breakpoints(Numbered[Breakpoint]):
    """The breakpoints, by number."""

    item_type = Breakpoint
    drop_type = DropBreakpoint
    no_such_item = messages.NO_SUCH_BREAKPOINT


def relu_outputs(program: Program) -> tuple[str, ...]:
    """The outputs of the layers of ReLU units."""
    made = (step for step in program.steps if step.role.kind == RoleKind.ACTIVATION)
    return tuple(step.name for step in made if step.derived.startswith("relu("))
