"""Positions as people type them: 42, +5, i10, i10:delta_V, delta_V, backward, a mark's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.lang.parser import listed
from bpstep.program import messages
from bpstep.program.program import PHASES, Program
from bpstep.text import closest, fill, quoted

if TYPE_CHECKING:
    from bpstep.program import lines
else:
    lines = deferred("bpstep.program.lines")

MAX_N = 10**12
"""A larger position is a typing error, and is refused at once instead of being run."""

_NUMBER = re.compile(r"([+-]?)([0-9]{1,15})")

_ITERATION = re.compile(r"i([0-9]{1,15})(?::(.*))?")


def shown_iteration(n: int, period: int, k: int = 0) -> int:
    """The iteration of a moment: that of the equation just done, 0 at the start.

    Within the next equation, it is that equation's iteration.
    """
    return n // period if k else max(n - 1, 0) // period


def parse_position(text: str, program: Program, n: int = 0, marks: Mapping[str, int] | None = None) -> int:
    """The n that `text` means, as seen from n. BpstepError if it is not a position."""
    text = text.strip()
    found = _number(text, n)
    if found is None:
        found = _named(text, program, n)
    if found is None:
        found = (marks or {}).get(text)
    if found is None:
        raise BpstepError(_no_position(text, program, marks or {}))
    if found < 0:
        raise BpstepError(fill(messages.BEFORE_THE_START, text=text, n=n))
    if found > MAX_N:
        raise BpstepError(fill(messages.TOO_FAR, text=text, limit=MAX_N))
    return found


def position_forms(program: Program | None = None) -> str:
    """The forms of a position, listed for a person; for a script, with its own names."""
    line = lines.first_place(program) if program is not None else ""
    if program is None or not line:
        return fill(messages.POSITION_FORMS)
    return fill(messages.POSITION_FORMS_OF_SCRIPT, name=program.steps[0].name, line=line)


def _no_position(text: str, program: Program, marks: Mapping[str, int]) -> str:
    """Why a text is not a position: the nearest name, the existing names, or the forms."""
    shown, match = quoted(text), _ITERATION.fullmatch(text)
    names = [*PHASES, *program.step_indices]
    word = match[2] if match and match[2] else text
    close = closest(word, names if match else [*names, *marks])
    if match and match[2] is not None:
        slots = {"iteration": match[1], "phases": ", ".join(PHASES), "names": listed([*program.step_indices])}
        template = messages.NO_POSITION_IN_ITERATION
        if close:
            template = messages.NO_POSITION_IN_ITERATION_DID_YOU_MEAN
            slots["suggestion"] = f"i{match[1]}:{close}"
        return fill(template, text=shown, **slots)
    if close:
        return fill(messages.NO_POSITION_DID_YOU_MEAN, text=shown, suggestion=close)
    return fill(messages.NO_POSITION, text=shown, forms=position_forms(program))


def is_position(text: str, program: Program) -> bool:
    """True if a text is itself a position and so cannot be a mark's name."""
    is_name = _number(text, 0) is not None or lines.is_line(text, program)
    return is_name or _named(text, program, 0) is not None


def _number(text: str, n: int) -> int | None:
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    sign, digits = match.groups()
    return n + int(sign + digits) if sign else int(digits)


def _named(text: str, program: Program, n: int) -> int | None:
    period = len(program)
    iteration, name = shown_iteration(n, period), text
    match = _ITERATION.fullmatch(text)
    if match:
        iteration = int(match[1])
        if match[2] is None:
            return iteration * period
        name = match[2]
    if name in PHASES:
        start = next((first for phase, first, _ in program.phase_runs() if phase == name), None)
        return None if start is None else iteration * period + start
    if name in program.step_indices:
        return iteration * period + program.step_indices[name] + 1
    if lines.is_line(name, program):
        lines.place_of_line(name, program)
        return iteration * period + lines.steps_of_line(name, program)[0] + 1
    return None


def phase_starts(program: Program) -> list[int]:
    """The start of each run of one phase, in equations done, the first at 0."""
    return [first for _, first, _ in program.phase_runs()]


def next_start(n: int, period: int, starts: list[int]) -> int:
    """The first start after n; `starts` are offsets within every iteration."""
    base, within = divmod(n, period)
    later = [start for start in starts if start > within]
    return base * period + (later[0] if later else period + starts[0])


def previous_start(n: int, period: int, starts: list[int]) -> int:
    """The last start before n, or 0."""
    if n <= 0:
        return 0
    base, within = divmod(n - 1, period)
    return base * period + max(start for start in starts if start <= within)
