"""Breakpoints at the desk: one on the equation shown, the list of all, and how one is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bpstep.errors import BpstepError
from bpstep.program.expression import expression, sites
from bpstep.program.program import Program
from bpstep.render.lists.list import Line, line
from bpstep.session.breakpoints import BUILTINS, FORMS, Breakpoint, DropBreakpoint, parse
from bpstep.ui.panels import Listing
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_EXPLAINED = (
    ("delta_Y", "each time this equation is done"),
    ("delta_Y if abs(delta_Y) < 1e-3", "each time, where the condition is true"),
    ("E < 0.05", "where a condition becomes true"),
    *BUILTINS.items(),
    ("… hits 10", "behind any of these: the tenth time"),
)
"""The forms, each with what it means."""

_MARGIN = 4
"""Cells beside the lines of a list."""


def toggle(desk: Desk, _count: int) -> None:
    """Set a breakpoint on the equation shown, at n = 0 the first; take it away where one is set.

    One with a condition or hits is switched off or on: what was typed is not thrown away by a key.
    """
    frame, journal = desk.frame, desk.session.journal
    name = (frame.at_work or frame.program.steps[0]).name
    here = [point for point in frame.breakpoints if point.equation == name]
    if not here:
        desk.session.record(Breakpoint(journal.breakpoints.next, name))
        desk.say(f"breakpoint {journal.breakpoints.next - 1} on {name}: c runs to where it is done next")
    elif all(point.text == name and point.enabled for point in here):
        for point in here:
            desk.session.record(DropBreakpoint(point.id))
        desk.say(f"the breakpoint on {name} is gone")
    else:
        on = not any(point.enabled for point in here)
        for point in here:
            _switch(desk, point, on)
        desk.say(f"{', '.join(f'breakpoint {point.id}' for point in here)}: {'on' if on else 'off'}")


def _switch(desk: Desk, point: Breakpoint, on: bool) -> None:
    desk.session.record(replace(point, enabled=on))


def question(desk: Desk, point: Breakpoint | None = None) -> Prompt:
    """What a breakpoint is to be: a new one, or another text for one that is set."""
    points = desk.session.journal.breakpoints

    def read(text: str) -> Breakpoint:
        number = points.next if point is None else point.id
        return replace(parse(desk.session.program, text, number), enabled=point is None or point.enabled)

    def accept(text: str) -> None:
        if text.strip():
            made = read(text)
            desk.session.record(made)
            desk.say(f"breakpoint {made.id}: {made.text}")

    def judge(text: str) -> str:
        try:
            if text.strip():
                read(text)
        except BpstepError as error:
            return str(error)
        return ""

    initial = "" if point is None else point.text
    label = "new breakpoint:" if point is None else f"breakpoint {point.id}:"
    return Prompt(label, accept, initial, FORMS, judge=judge)


class Points(Listing):
    """Every breakpoint, and what can be done with it."""

    title = "breakpoints"
    keys = (
        ("Enter", "change"),
        ("a", "add"),
        ("space", "on or off"),
        ("d", "delete"),
        ("Esc", "closes"),
    )

    def lines(self, desk: Desk) -> Sequence[Line]:
        """The breakpoints; under them how one is typed."""
        found = [_line(desk, point) for point in desk.frame.breakpoints]
        if not found:
            found = [line("no breakpoint is set: a adds one", "quiet")]
        return [line(), *found, line(), line("what can be typed", "bright"), *_explained(desk)]

    def enter(self, desk: Desk, value: object) -> str | None:
        """Change its text."""
        assert isinstance(value, Breakpoint)
        desk.ask(question(desk, value))
        return None

    def press(self, desk: Desk, key: str, value: object) -> str | None:
        """Add, delete, switch."""
        if key == "a":
            desk.ask(question(desk))
        elif not isinstance(value, Breakpoint):
            desk.say("no breakpoint is set: a adds one")
        elif key in ("d", "delete"):
            desk.session.record(DropBreakpoint(value.id))
            desk.say(f"breakpoint {value.id} is gone: {value.text}")
        elif key == "space":
            _switch(desk, value, not value.enabled)
        return None


def _line(desk: Desk, point: Breakpoint) -> Line:
    look = desk.look
    sign = look.pick("●", "o") if point.enabled else look.pick("○", ".")
    runs = [
        (f"{point.id:>3} ", "quiet"),
        (sign, "write" if point.enabled else "quiet"),
        (f" {point.text}", "text" if point.enabled else "quiet"),
        ("   " + ("" if point.enabled else "off; ") + _where(desk.session.program, point), "quiet"),
    ]
    return Line(tuple(runs), point)


def _where(program: Program, point: Breakpoint) -> str:
    """Where a breakpoint looks."""
    if point.builtin:
        return ""
    if point.equation:
        return f"step {program.names[point.equation] + 1}"
    at = sites(program, expression(program, point.condition).reads)
    return "when it becomes true, after " + ", ".join(program.steps[site].name for site in at)


def _explained(desk: Desk) -> list[Line]:
    width = max(len(form) for form, _ in _EXPLAINED)
    plain, room = desk.look.plain, desk.size[0] - _MARGIN
    if 4 + width + 3 + max(len(told) for _, told in _EXPLAINED) > room:
        lines = ((line(f"    {plain(form)}"), line(f"        {told}", "quiet")) for form, told in _EXPLAINED)
        return [each for pair in lines for each in pair]
    return [Line(((f"    {plain(form):<{width}}   ", "text"), (told, "quiet"))) for form, told in _EXPLAINED]


def listed(desk: Desk, _count: int) -> None:
    """Open the list."""
    desk.panel = Points()


DEEDS = {"breakpoint": toggle, "breakpoints": listed}
