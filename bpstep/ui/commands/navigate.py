"""The actions that move in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.actions import BY_ID, first_key
from bpstep.render.lists.help import key_name
from bpstep.session import micro
from bpstep.ui.commands import predict, prompts

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


def forward(desk: Desk, count: int) -> None:
    """The next equation; from inside one its end. In predict mode each is asked for first."""
    if desk.predicting.on:
        predict.walk(desk, count)
    else:
        desk.move(desk.session.n + count)


def back(desk: Desk, count: int) -> None:
    """The previous equation; from inside one its start."""
    _backwards(desk, desk.session.n - count + (desk.session.k > 0))


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
    if desk.session.n == desk.session.furthest and not desk.session.k:
        desk.say("this is the furthest that was ever shown")
    else:
        desk.move(desk.session.furthest)


def go(desk: Desk, _count: int) -> None:
    """Ask for a position."""
    desk.ask(prompts.position(desk))


def mark(desk: Desk, _count: int) -> None:
    """Ask for a mark's name."""
    desk.ask(prompts.mark(desk))


def go_mark(desk: Desk, _count: int) -> None:
    """Ask which mark to go to."""
    desk.ask(prompts.go_mark(desk))


def into(desk: Desk, count: int) -> None:
    """The next operation on single numbers. In predict mode each is asked for first."""
    if desk.predicting.on:
        predict.walk(desk, count, inside=True)
        return
    n, k = micro.after(desk.session, count)
    desk.move(n, k=k)


def into_back(desk: Desk, count: int) -> None:
    """The previous operation."""
    n, k = micro.after(desk.session, -count)
    _backwards(desk, n, k)


def finish(desk: Desk, _count: int) -> None:
    """The end of the equation one is inside."""
    if _is_inside(desk):
        forward(desk, 1)


def finish_back(desk: Desk, _count: int) -> None:
    """Its start."""
    if _is_inside(desk):
        desk.move(desk.session.n)


def _is_inside(desk: Desk) -> bool:
    if not desk.session.k:
        opens = key_name(first_key(BY_ID["into"], desk.view.keys))
        desk.say(f"not inside an equation: {opens} opens the next one")
    return desk.session.k > 0


def _backwards(desk: Desk, n: int, k: int = 0) -> None:
    if desk.session.n == desk.session.k == 0:
        desk.say("this is the start: nothing is before n = 0")
    else:
        desk.move(max(n, 0), k=k)


DEEDS = {
    "next": forward,
    "back": back,
    "into": into,
    "into_back": into_back,
    "finish": finish,
    "finish_back": finish_back,
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
