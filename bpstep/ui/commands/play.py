"""Playback: steps that follow each other without a key, at a chosen speed."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.explain.prose.stop_reason import stop_reason
from bpstep.session import micro
from bpstep.session.search import SearchForward
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.playback import SPEEDS


def toggle_playback(controller: Controller, _count: int) -> None:
    playback = controller.playback
    if playback.is_on:
        playback.stop()
        controller.show_message(fill(messages.PAUSED))
        return
    if controller.predict_mode.is_on:
        raise BpstepError(fill(messages.CANNOT_PLAY_PREDICTING))
    playback.is_on, playback.by_operations = True, controller.session.k > 0
    playback.restart(controller.playback_clock())
    controller.show_message("")


def change_speed(controller: Controller, by: int) -> None:
    """Play faster or slower."""
    playback = controller.playback
    at = min(max(playback.speed_index + by, 0), len(SPEEDS) - 1)
    if at == playback.speed_index:
        template = messages.FASTEST if by > 0 else messages.SLOWEST
        controller.show_message(fill(template, speed=playback.speed.text))
        return
    playback.speed_index = at
    playback.restart(controller.playback_clock())
    template = messages.SPEED if playback.is_on else messages.SPEED_PAUSED
    controller.show_message(fill(template, speed=playback.speed.text))


def play_due_steps(controller: Controller) -> None:
    """Do all steps that are due: a slow screen shows fewer of them, none late."""
    playback = controller.playback
    if controller.prompt is not None or controller.panel is not None or controller.job is not None:
        playback.restart(controller.playback_clock())
    elif due := playback.take_due_steps(controller.playback_clock()):
        try:
            _advance(controller, due)
        except BpstepError as error:
            playback.stop()
            controller.show_message(str(error), alert=True)


def _advance(controller: Controller, due: int) -> None:
    """Go `due` steps forward, or to the first breakpoint hit on the way."""
    session, n, k = controller.session, controller.session.n, 0
    if controller.playback.by_operations:
        n, k = micro.position_after(session, due)
    else:
        n += due * (session.period if controller.playback.speed.whole_iterations else 1)
    points = [point for point in controller.frame.breakpoints if point.enabled]
    search = SearchForward(session, points, n)
    if points and n > session.n:
        for _ in search.run():
            pass
    if search.n is None:
        session.goto(n, k)
    else:
        session.goto(search.n)
        controller.playback.stop()
        controller.show_message(
            "; ".join(stop_reason(controller.frame, point) for point in search.stopped_by)
        )
    controller.view = controller.view.after_move()


COMMANDS = {
    "play": toggle_playback,
    "faster": lambda controller, count: change_speed(controller, count),
    "slower": lambda controller, count: change_speed(controller, -count),
}
