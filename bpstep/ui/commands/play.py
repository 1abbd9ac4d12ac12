"""Playing: the steps by themselves, so many a second."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.explain.prose.stop_reason import stop_reason
from bpstep.session import micro
from bpstep.session.search import SearchForward
from bpstep.ui.controller import Controller
from bpstep.ui.playback import SPEEDS


def toggle_playback(controller: Controller, _count: int) -> None:
    """Begin, or pause."""
    playback = controller.playback
    if playback.is_on:
        controller.playback.stop()
        controller.show_message("paused")
        return
    if controller.predict_mode.is_on:
        raise BpstepError("predict mode asks before each step: p ends it, then it can play")
    playback.is_on, playback.by_operations = True, controller.session.k > 0
    playback.restart(controller.playback_clock())
    controller.show_message("")


def change_speed(controller: Controller, by: int) -> None:
    """Another speed."""
    playback = controller.playback
    at = min(max(playback.speed_index + by, 0), len(SPEEDS) - 1)
    if at == playback.speed_index:
        controller.show_message(f"{playback.speed.text} is the {'fastest' if by > 0 else 'slowest'}")
        return
    playback.speed_index = at
    playback.restart(controller.playback_clock())
    controller.show_message(f"{playback.speed.text}" + ("" if playback.is_on else ": space plays"))


def play_due_steps(controller: Controller) -> None:
    """Do the steps that are due, all at once: a slow screen shows fewer moments, none late."""
    playback = controller.playback
    if controller.prompt is not None or controller.panel is not None or controller.job is not None:
        playback.restart(controller.playback_clock())
    elif due := playback.take_due_steps(controller.playback_clock()):
        try:
            _advance(controller, due)
        except BpstepError as error:
            controller.playback.stop()
            controller.show_message(str(error), alert=True)


def _advance(controller: Controller, due: int) -> None:
    """So many steps on, or to the first of them where a breakpoint stops."""
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
