"""The actions that move through equations, phases and iterations."""

from __future__ import annotations

from bpstep.actions import BY_ID, first_key, key_name
from bpstep.session import micro
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.commands import predict, prompts
from bpstep.ui.controller import Controller


def step_forward(controller: Controller, count: int) -> None:
    """To the next equation; from inside one to its end. Predict mode asks before each."""
    if controller.predict_mode.is_on:
        predict.predict_step(controller)
    else:
        controller.move(controller.session.n + count)


def step_back(controller: Controller, count: int) -> None:
    """To the previous equation; from inside one to its start."""
    _move_back(controller, controller.session.n - count + (controller.session.k > 0))


def next_phase(controller: Controller, count: int) -> None:
    controller.move(controller.session.phase_start(count))


def previous_phase(controller: Controller, count: int) -> None:
    """To the start of this phase, or of the one before."""
    _move_back(controller, controller.session.phase_start(-count))


def next_iteration(controller: Controller, count: int) -> None:
    controller.move(controller.session.iteration_start(count))


def previous_iteration(controller: Controller, count: int) -> None:
    """To the start of this iteration, or of the one before."""
    _move_back(controller, controller.session.iteration_start(-count))


def go_to_start(controller: Controller, _count: int) -> None:
    _move_back(controller, 0)


def go_to_furthest(controller: Controller, _count: int) -> None:
    """To the greatest n shown so far."""
    if controller.session.n == controller.session.furthest and not controller.session.k:
        controller.refuse(fill(messages.AT_FURTHEST))
    else:
        controller.move(controller.session.furthest)


def prompt_position(controller: Controller, _count: int) -> None:
    controller.open_prompt(prompts.position_prompt(controller))


def prompt_mark(controller: Controller, _count: int) -> None:
    controller.open_prompt(prompts.mark_prompt(controller))


def prompt_go_to_mark(controller: Controller, _count: int) -> None:
    """Ask which mark to go to."""
    controller.open_prompt(prompts.go_to_mark_prompt(controller))


def step_into(controller: Controller, count: int) -> None:
    """Go to the next operation on single numbers. Predict mode asks before each."""
    if controller.predict_mode.is_on:
        predict.predict_step(controller, inside=True)
        return
    n, k = micro.position_after(controller.session, count)
    controller.move(n, k=k)


def step_into_back(controller: Controller, count: int) -> None:
    """Go back by one operation on single numbers."""
    n, k = micro.position_after(controller.session, -count)
    _move_back(controller, n, k)


def finish_equation(controller: Controller, _count: int) -> None:
    """Go to the end of the open equation."""
    if _check_inside(controller):
        step_forward(controller, 1)


def go_to_equation_start(controller: Controller, _count: int) -> None:
    if _check_inside(controller):
        controller.move(controller.session.n)


def _check_inside(controller: Controller) -> bool:
    if not controller.session.k:
        into_key = key_name(first_key(BY_ID["into"], controller.view.keys))
        controller.refuse(fill(messages.NOT_INSIDE, key=into_key))
    return controller.session.k > 0


def _move_back(controller: Controller, n: int, k: int = 0) -> None:
    if controller.session.n == controller.session.k == 0:
        controller.refuse(fill(messages.AT_START))
    else:
        controller.move(max(n, 0), k=k)


COMMANDS = {
    "next": step_forward,
    "back": step_back,
    "into": step_into,
    "into_back": step_into_back,
    "finish": finish_equation,
    "finish_back": go_to_equation_start,
    "next_phase": next_phase,
    "previous_phase": previous_phase,
    "next_iteration": next_iteration,
    "previous_iteration": previous_iteration,
    "start": go_to_start,
    "restart": go_to_start,
    "furthest": go_to_furthest,
    "go": prompt_position,
    "mark": prompt_mark,
    "go_mark": prompt_go_to_mark,
}
