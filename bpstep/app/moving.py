"""The actions that move in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.app import asking

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def forward(desk: Desk, count: int) -> None:
    """The next equation."""
    desk.move(desk.session.n + count)


def back(desk: Desk, count: int) -> None:
    """The previous equation."""
    _backwards(desk, desk.session.n - count)


def next_phase(desk: Desk, count: int) -> None:
    """The start of the next phase."""
    desk.move(desk.session.phase_start(count))


def previous_phase(desk: Desk, count: int) -> None:
    """The start of this phase, or the one before."""
    _backwards(desk, desk.session.phase_start(-count))


def next_iteration(desk: Desk, count: int) -> None:
    """The start of the next iteration."""
    desk.move(desk.session.iteration_start(count))


def previous_iteration(desk: Desk, count: int) -> None:
    """The start of this iteration, or the one before."""
    _backwards(desk, desk.session.iteration_start(-count))


def start(desk: Desk, _count: int) -> None:
    """n = 0."""
    _backwards(desk, 0)


def furthest(desk: Desk, _count: int) -> None:
    """The greatest n ever shown."""
    if desk.session.n == desk.session.furthest:
        desk.say("this is the furthest that was ever shown")
    else:
        desk.move(desk.session.furthest)


def go(desk: Desk, _count: int) -> None:
    """Ask for a position."""
    desk.ask(asking.position(desk))


def mark(desk: Desk, _count: int) -> None:
    """Ask for a mark's name."""
    desk.ask(asking.mark(desk))


def go_mark(desk: Desk, _count: int) -> None:
    """Ask which mark to go to."""
    desk.ask(asking.go_mark(desk))


def _backwards(desk: Desk, n: int) -> None:
    if desk.session.n == 0:
        desk.say("this is the start: nothing is before n = 0")
    else:
        desk.move(max(n, 0))


DEEDS = {
    "next": forward,
    "back": back,
    "next_phase": next_phase,
    "previous_phase": previous_phase,
    "next_iteration": next_iteration,
    "previous_iteration": previous_iteration,
    "start": start,
    "restart": start,
    "furthest": furthest,
    "go": go,
    "mark": mark,
    "go_mark": go_mark,
}
