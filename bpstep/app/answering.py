"""The answer to a why on the screen: the moment, the cells that are marked, the keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bpstep.actions import BY_ID
from bpstep.app.modes import modes
from bpstep.app.stop import Stop
from bpstep.formula.operands import More
from bpstep.formula.origin import Rest
from bpstep.formula.route import walked
from bpstep.frame import Frame
from bpstep.keymap import first_key
from bpstep.views.asked import answer_screen, keys_line, lower
from bpstep.views.canvas import Canvas
from bpstep.views.help import key_name
from bpstep.views.view import Lit, View
from bpstep.views.why import Asked, answer_pane
from bpstep.views.why_rows import short_name

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def draw(desk: Desk, stops: list[Stop], zoomed: bool) -> Canvas:
    """The screen for the last of the stops."""
    stop = stops[-1]
    answer = stop.answer
    asked = Asked(answer.question, answer.frame, answer.step, answer.scalar, answer.told)

    def pane(width: int, height: int) -> Canvas:
        drawn, stop.shown = answer_pane(asked, stop.list, desk.look, width, height)
        return drawn

    names = [piece for each in stops for piece in (each.joint, _named(each, desk, asked.frame)) if piece]
    view = view_of(desk, stop, zoomed)
    canvas = answer_screen(asked.frame, view, desk.look, desk.size, pane, names, asked.told)
    if not desk.view.count:
        keys_line(canvas, _keys(desk, stop, len(stops) > 1, zoomed))
    return canvas


def _named(stop: Stop, desk: Desk, frame: Frame) -> str:
    """A stop's cell, and the iteration that wrote it where that is another than the cursor's."""
    name = short_name(frame, stop.question.name, stop.question.index)
    written = (stop.question.at - 1) // frame.period
    other = stop.question.name in frame.program.names and 0 <= written != desk.frame.iteration
    return f"{name} i{written}" if other else name


def view_of(desk: Desk, stop: Stop, zoomed: bool) -> View:
    """What is selected, the operand, and what else is pointed at: the cell in question, or a path."""
    frame = stop.answer.frame
    asked = stop.question.name, stop.question.index
    homes = frame.program.homes
    cells, places = [asked], [homes[asked[0]].place(asked[1])]
    if stop.path is not None:
        cells += [(cell.name, cell.index) for factor in stop.path.factors for cell in factor.cells]
        places += walked(stop.path, homes)
    return replace(
        desk.view.select(*(stop.pointed or asked)),
        lit=Lit(tuple(cells), frozenset(place for place in places if place is not None)),
        lower=lower(desk.size[1]),
        zoomed=zoomed,
        focus="formula" if zoomed else desk.view.focus,
        modes=modes(desk, _flags(frame, desk.session.n)),
    )


def _flags(frame: Frame, n: int) -> tuple[str, ...]:
    """That the moment shown is another than the cursor's, if it is."""
    return ("why",) if frame.n == n else (f"why at n = {frame.n:,}", f"cursor at {n:,}")


def _keys(desk: Desk, stop: Stop, further: bool, zoomed: bool) -> list[tuple[str, str]]:
    """The keys that act here."""
    row = stop.row

    def called(name: str) -> str:
        key = key_name(first_key(BY_ID[name], desk.view.keys))
        return key.capitalize() if len(key) > 1 else key

    found = [(desk.look.pick("↑↓", "up down"), "choose")] if row or stop.path else []
    if row is not None:
        found.append(("Enter", "list them" if isinstance(row, More | Rest) else "follow"))
    found.append(("Esc", "back" if further else "close"))
    if stop.answer.paths is not None:
        found.append((called("next_pane"), "operands" if stop.along else "along each path"))
    if stop.answer.frame.n != desk.session.n:
        found.append((called("go"), "go there"))
    return [*found, (called("zoom"), "smaller" if zoomed else "larger")]
