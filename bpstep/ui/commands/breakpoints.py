"""Breakpoints at the desk: one on the equation shown, the list of all, and how one is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bpstep.errors import BpstepError
from bpstep.program.expression import parse_expression, update_sites
from bpstep.program.program import Program
from bpstep.render.listing import chosen_line
from bpstep.render.lists.list import ListLine, text_line
from bpstep.session.breakpoints import (
    BUILTIN_CONDITIONS,
    Breakpoint,
    DropBreakpoint,
    breakpoint_forms,
    parse_breakpoint,
)
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt

_SYNTAX = (
    ("delta_Y", "each time this equation is done"),
    ("delta_Y if abs(delta_Y) < 1e-3", "each time, where the condition is true"),
    ("E < 0.05", "where a condition becomes true"),
    *BUILTIN_CONDITIONS.items(),
    ("… hits 10", "behind any of these: the tenth time"),
)
"""The forms, each with what it means."""

_MARGIN = 4
"""Cells beside the lines of a list."""


def toggle_breakpoint(controller: Controller, _count: int) -> None:
    """Set a breakpoint on the equation shown, at n = 0 the first; take it away where one is set.

    One with a condition or hits is switched off or on: what was typed is not thrown away by a key.
    """
    frame, journal = controller.frame, controller.session.journal
    in_listing = controller.view.focus == "listing"
    name = chosen_line(frame, controller.view if in_listing else replace(controller.view, line=""))
    points = [point for point in frame.breakpoints if point.equation == name]
    if not points:
        controller.session.record(Breakpoint(journal.breakpoints.next_id, name))
        controller.show_message(
            f"breakpoint {journal.breakpoints.next_id - 1} on {name}: c runs to where it is done next"
        )
    elif all(point.text == name and point.enabled for point in points):
        for point in points:
            controller.session.record(DropBreakpoint(point.id))
        controller.show_message(f"the breakpoint on {name} is gone")
    else:
        enabled = not any(point.enabled for point in points)
        for point in points:
            _set_enabled(controller, point, enabled)
        controller.show_message(
            f"{', '.join(f'breakpoint {point.id}' for point in points)}: {'on' if enabled else 'off'}"
        )


def _set_enabled(controller: Controller, point: Breakpoint, enabled: bool) -> None:
    controller.session.record(replace(point, enabled=enabled))


def breakpoint_prompt(controller: Controller, point: Breakpoint | None = None) -> Prompt:
    """What a breakpoint is to be: a new one, or another text for one that is set."""
    points = controller.session.journal.breakpoints

    def parse_typed(text: str) -> Breakpoint:
        number = points.next_id if point is None else point.id
        return replace(
            parse_breakpoint(controller.session.program, text, number), enabled=point is None or point.enabled
        )

    def accept(text: str) -> None:
        if text.strip():
            point = parse_typed(text)
            controller.session.record(point)
            controller.show_message(f"breakpoint {point.id}: {point.text}")

    def validate(text: str) -> str:
        try:
            if text.strip():
                parse_typed(text)
        except BpstepError as error:
            return str(error)
        return ""

    initial = "" if point is None else point.text
    label = "new breakpoint:" if point is None else f"breakpoint {point.id}:"
    return Prompt(label, accept, initial, breakpoint_forms(), validate=validate)


class BreakpointList(ListPanel):
    """Every breakpoint, and what can be done with it."""

    title = "breakpoints"
    keys = (
        ("Enter", "change"),
        ("a", "add"),
        ("space", "on or off"),
        ("d", "delete"),
        ("Esc", "closes"),
    )

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The breakpoints; under them how one is typed."""
        found = [_breakpoint_line(controller, point) for point in controller.frame.breakpoints]
        if not found:
            found = [text_line("no breakpoint is set: a adds one", "quiet")]
        return [
            text_line(),
            *found,
            text_line(),
            text_line("what can be typed", "bright"),
            *_syntax_lines(controller),
        ]

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Change its text."""
        assert isinstance(value, Breakpoint)
        controller.open_prompt(breakpoint_prompt(controller, value))
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        """Add, delete, switch."""
        if key == "a":
            controller.open_prompt(breakpoint_prompt(controller))
        elif not isinstance(value, Breakpoint):
            controller.show_message("no breakpoint is set: a adds one")
        elif key in ("d", "delete"):
            controller.session.record(DropBreakpoint(value.id))
            controller.show_message(f"breakpoint {value.id} is gone: {value.text}")
        elif key == "space":
            _set_enabled(controller, value, not value.enabled)
        return None


def _breakpoint_line(controller: Controller, point: Breakpoint) -> ListLine:
    theme = controller.theme
    sign = theme.pick("●", "o") if point.enabled else theme.pick("○", ".")
    runs = [
        (f"{point.id:>3} ", "quiet"),
        (sign, "write" if point.enabled else "quiet"),
        (f" {point.text}", "text" if point.enabled else "quiet"),
        (
            "   "
            + ("" if point.enabled else "off; ")
            + _describe_location(controller.session.program, point),
            "quiet",
        ),
    ]
    return ListLine(tuple(runs), point)


def _describe_location(program: Program, point: Breakpoint) -> str:
    """Where a breakpoint looks."""
    if point.builtin:
        return ""
    if point.equation:
        return f"step {program.step_indices[point.equation] + 1}"
    at = update_sites(program, parse_expression(program, point.condition).reads)
    return "when it becomes true, after " + ", ".join(program.steps[site].name for site in at)


def _syntax_lines(controller: Controller) -> list[ListLine]:
    width = max(len(form) for form, _ in _SYNTAX)
    plain, room = controller.theme.to_displayable, controller.size[0] - _MARGIN
    if 4 + width + 3 + max(len(meaning) for _, meaning in _SYNTAX) > room:
        lines = (
            (text_line(f"    {plain(form)}"), text_line(f"        {meaning}", "quiet"))
            for form, meaning in _SYNTAX
        )
        return [each for pair in lines for each in pair]
    return [
        ListLine(((f"    {plain(form):<{width}}   ", "text"), (meaning, "quiet")))
        for form, meaning in _SYNTAX
    ]


def show_breakpoints(controller: Controller, _count: int) -> None:
    """Open the list."""
    controller.panel = BreakpointList()


COMMANDS = {"breakpoint": toggle_breakpoint, "breakpoints": show_breakpoints}
