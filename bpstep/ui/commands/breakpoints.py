"""Breakpoints: on the equation shown, by a prompt, and the list of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bpstep.program.expression import parse_expression, update_sites
from bpstep.program.lines import first_place
from bpstep.program.program import Program
from bpstep.render.listing import chosen_line
from bpstep.render.lists.list import ListLine, text_line
from bpstep.session.breakpoints import (
    BUILTIN_CONDITIONS,
    Breakpoint,
    DropBreakpoint,
    breakpoint_forms,
    has_place,
    parse_breakpoint,
    sites,
)
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import EditableList
from bpstep.ui.prompt import Prompt, error_of

_USUAL_EXAMPLE = "delta_Y"
"""The equation in examples of breakpoints for a network of layers."""

_MAX_STEPS = 4
"""How many steps are named of a line that runs several times."""

_MARGIN = 4
"""The margin beside the lines of a list."""


def toggle_breakpoint(controller: Controller, _count: int) -> None:
    """Set a breakpoint on the equation shown, at n = 0 on the first; remove it if one is set.

    One with a condition or hits is switched off or on instead: a single key must not delete typed text.
    """
    frame, journal = controller.frame, controller.session.journal
    in_listing = controller.view.focus == "listing"
    name = chosen_line(frame, controller.view if in_listing else replace(controller.view, line=""))
    origin = frame.program.steps[frame.program.step_indices[name]].origin
    if in_listing and origin is not None:
        name = origin.place
    points = [point for point in frame.breakpoints if point.equation == name]
    if not points:
        number = journal.breakpoints.next_id
        controller.session.record(Breakpoint(number, name))
        controller.show_message(fill(messages.BREAKPOINT_SET, id=number, name=name))
    elif all(point.text == name and point.enabled for point in points):
        for point in points:
            controller.session.record(DropBreakpoint(point.id))
        controller.show_message(fill(messages.BREAKPOINT_REMOVED, name=name))
    else:
        enabled = not any(point.enabled for point in points)
        for point in points:
            _set_enabled(controller, point, enabled)
        template = messages.BREAKPOINTS_ON if enabled else messages.BREAKPOINTS_OFF
        controller.show_message(fill(template, ids=", ".join(str(point.id) for point in points)))


def _set_enabled(controller: Controller, point: Breakpoint, enabled: bool) -> None:
    controller.session.record(replace(point, enabled=enabled))


def breakpoint_prompt(controller: Controller, point: Breakpoint | None) -> Prompt:
    """Where a breakpoint stops: a new one, or another text for one that exists."""
    points = controller.session.journal.breakpoints

    def parse_typed(text: str) -> Breakpoint:
        number = points.next_id if point is None else point.id
        found = parse_breakpoint(controller.session.program, text, number)
        return replace(found, enabled=point is None or point.enabled)

    def accept(text: str) -> None:
        if text.strip():
            found = parse_typed(text)
            controller.session.record(found)
            controller.show_message(fill(messages.BREAKPOINT_CHANGED, id=found.id, text=found.text))

    initial = "" if point is None else point.text
    label = fill(messages.ASK_NEW_BREAKPOINT) if point is None else fill(messages.ASK_BREAKPOINT, id=point.id)
    forms = breakpoint_forms(controller.session.program)
    return Prompt(label, accept, initial, forms, validate=error_of(parse_typed))


class BreakpointList(EditableList):
    """Every breakpoint; space switches the chosen one on or off."""

    keys = (
        ("Enter", messages.KEY_CHANGE),
        ("a", messages.KEY_ADD),
        ("space", messages.KEY_ON_OFF),
        ("d", messages.KEY_DELETE),
        ("Escape", messages.KEY_CLOSE),
    )
    empty_message = messages.NO_BREAKPOINT_LISTED

    @property
    def title(self) -> str:
        return fill(messages.TITLE_BREAKPOINTS)

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The breakpoints, and below them the forms that can be typed."""
        found = [_breakpoint_line(controller, point) for point in controller.frame.breakpoints]
        if not found:
            found = [text_line(fill(messages.NO_BREAKPOINT_LISTED), "quiet")]
        syntax_heading = text_line(fill(messages.BREAKPOINT_SYNTAX), "bright")
        return [text_line(), *found, text_line(), syntax_heading, *_syntax_lines(controller)]

    def prompt(self, controller: Controller, value: object) -> Prompt:
        """Ask for a breakpoint, or for a change of the one that is given."""
        return breakpoint_prompt(controller, value if isinstance(value, Breakpoint) else None)

    def delete(self, controller: Controller, value: object) -> None:
        assert isinstance(value, Breakpoint)
        controller.session.record(DropBreakpoint(value.id))
        controller.show_message(fill(messages.BREAKPOINT_DELETED, id=value.id, text=value.text))

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        """Switch it on or off; add or delete."""
        if key == "space" and isinstance(value, Breakpoint):
            _set_enabled(controller, value, not value.enabled)
            return None
        return super().handle_list_key(controller, key, value)


def _breakpoint_line(controller: Controller, point: Breakpoint) -> ListLine:
    theme = controller.theme
    sign = theme.pick("●", "o") if point.enabled else theme.pick("○", ".")
    runs = (
        (f"{point.id:>3} ", "quiet"),
        (sign, "write" if point.enabled else "quiet"),
        (f" {point.text}", "text" if point.enabled else "quiet"),
        (f"   {_state_text(controller.session.program, point)}", "quiet"),
    )
    return ListLine(runs, point)


def _state_text(program: Program, point: Breakpoint) -> str:
    """Where a breakpoint is checked, and whether it is off."""
    location = _location(program, point)
    if point.enabled:
        return location
    if location:
        return fill(messages.BREAKPOINT_OFF_LOCATION, location=location)
    return fill(messages.BREAKPOINT_OFF)


def _location(program: Program, point: Breakpoint) -> str:
    if not has_place(program, point):
        return fill(messages.BREAKPOINT_NOWHERE)
    if point.builtin:
        return ""
    if point.equation:
        steps = ", ".join(str(at + 1) for at in sites(program, point)[:_MAX_STEPS])
        return fill(messages.BREAKPOINT_LOCATION, step=steps)
    updates = update_sites(program, parse_expression(program, point.condition).reads)
    names = ", ".join(program.steps[site].name for site in updates)
    return fill(messages.BREAKPOINT_LOCATION_CONDITION, names=names)


def _syntax(program: Program) -> list[tuple[str, str]]:
    """The forms of a breakpoint, each with its meaning, in the names of the program."""
    line, name, number = first_place(program), _USUAL_EXAMPLE, f"abs({_USUAL_EXAMPLE})"
    if name not in program.step_indices:
        name = program.steps[0].name
        number = f"max(abs({name}))"
    loss = program.loss or name
    return [
        *([(line, messages.SYNTAX_LINE)] if line else []),
        (name, messages.SYNTAX_EQUATION),
        (f"{name} if {number} < 1e-3", messages.SYNTAX_EQUATION_IF),
        (f"{loss} < 0.05", messages.SYNTAX_CONDITION),
        *BUILTIN_CONDITIONS.items(),
        ("… hits 10", messages.SYNTAX_HITS),
    ]


def _syntax_lines(controller: Controller) -> list[ListLine]:
    """The forms with their meanings, on two lines each if one is too narrow."""
    forms = _syntax(controller.frame.program)
    syntax = [(controller.theme.to_displayable(form), fill(meaning)) for form, meaning in forms]
    width = max(len(form) for form, _ in syntax)
    if 4 + width + 3 + max(len(meaning) for _, meaning in syntax) > controller.size[0] - _MARGIN:
        pairs = (
            (text_line(f"    {form}"), text_line(f"        {meaning}", "quiet")) for form, meaning in syntax
        )
        return [line for pair in pairs for line in pair]
    return [ListLine(((f"    {form:<{width}}   ", "text"), (meaning, "quiet"))) for form, meaning in syntax]


def show_breakpoints(controller: Controller, _count: int) -> None:
    controller.panel = BreakpointList()


COMMANDS = {"breakpoint": toggle_breakpoint, "breakpoints": show_breakpoints}
