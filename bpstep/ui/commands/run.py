"""Continuing to the next or the previous breakpoint, to the next write, to the last change."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.explain.numbers import format_precise
from bpstep.explain.prose.stop_reason import stop_reason
from bpstep.lang.cells import cell_name
from bpstep.render.view_state import cell_value, selection
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.search import MomentSearch, SearchBackward, SearchForward, SearchLastChange
from bpstep.ui.controller import Controller
from bpstep.ui.jobs import Job


class ContinueJob(Job):
    """On to the next place where a breakpoint stops."""

    def __init__(self, controller: Controller, search: MomentSearch) -> None:
        super().__init__(controller.job_clock)
        self.controller = controller
        self.search = search
        self._start_iteration = search.reached
        self._steps = search.run()

    def advance(self) -> bool:
        """Run a portion."""
        return next(self._steps, None) is not None

    def progress_text(self) -> str:
        """Iterations done, and how fast."""
        done = self.search.reached - self._start_iteration
        speed = f", {done / self.elapsed:,.0f} a second" if self.elapsed and done else ""
        return f"running: iteration {self.search.reached:,}{speed}   Escape stops here"

    def finish(self) -> None:
        """Stand where a breakpoint has stopped, and say which and why."""
        if self.search.n is None:
            self.controller.show_message("no breakpoint has stopped: this is as far as one can go")
            return
        start = self.controller.session.n
        self.controller.session.goto(self.search.n)
        self.controller.view = self.controller.view.after_move()
        message = "; ".join(stop_reason(self.controller.frame, point) for point in self.search.stopped_by)
        self._show_arrival(message, start)

    def _show_arrival(self, message: str, start: int) -> None:
        """Show the message, with how much was skipped since n = `start` in predict mode."""
        controller = self.controller
        skipped = controller.session.n - start
        controller.show_message(controller.predict_mode.add_skipped_note(message, skipped))

    def cancel(self) -> None:
        """Stand where the run has come."""
        session = self.controller.session
        n = self.search.reached * session.period
        # The end of an iteration shows the one before, which may be a long way off.
        n += bool(session.distance(n))
        start = session.n
        if n > session.n:
            session.goto(n)
            self.controller.view = self.controller.view.after_move()
        message = f"stopped at n = {session.n:,}: no breakpoint has stopped up to here"
        self._show_arrival(message, start)


class ContinueBackJob(ContinueJob):
    """Back to the last place where a breakpoint stops."""

    def __init__(self, controller: Controller, search: MomentSearch, not_found: str) -> None:
        super().__init__(controller, search)
        self._not_found = not_found

    def progress_text(self) -> str:
        """How far back one has searched."""
        self.fraction = 1 - self.search.reached / self._start_iteration if self._start_iteration else 0.0
        return (
            f"searching back from iteration {self._start_iteration:,}: at "
            f"{self.search.reached:,}   Escape stops it"
        )

    def finish(self) -> None:
        """Stand there, or stay where nothing was found."""
        if self.search.n is None:
            self.controller.show_message(self._not_found)
        else:
            super().finish()

    def cancel(self) -> None:
        """Stay."""
        self.controller.show_message("stopped: nothing has moved")


def continue_forward(controller: Controller, _count: int) -> None:
    """Run to the next breakpoint."""
    controller.start_job(
        ContinueJob(controller, SearchForward(controller.session, _enabled_breakpoints(controller)))
    )


def continue_back(controller: Controller, _count: int) -> None:
    """Go back to the previous one."""
    points = _enabled_breakpoints(controller)
    if controller.session.n == controller.session.k == 0:
        controller.show_message("this is the start: nothing is before n = 0")
        return
    not_found = "no breakpoint stops before this: nothing has moved"
    controller.start_job(ContinueBackJob(controller, SearchBackward(controller.session, points), not_found))


def _enabled_breakpoints(controller: Controller) -> list[Breakpoint]:
    all_points = controller.session.journal.breakpoints.by_id.values()
    points = [point for point in all_points if point.enabled]
    if not points:
        raise BpstepError(
            "every breakpoint is off: B lists them"
            if all_points
            else "no breakpoint is set: b sets one on this equation, B one with a condition"
        )
    return points


def go_to_next_write(controller: Controller, _count: int) -> None:
    """Go on to the next write of the selected cell's tensor."""
    session, name = controller.session, selection(controller.frame, controller.view).name
    if name not in session.program.step_indices:
        raise BpstepError(f"no equation writes {name}: it is given where an iteration starts")
    site = session.program.step_indices[name] + 1
    n = session.n + 1 + (site - session.n - 1) % session.period
    controller.move(n, f"{name} is written here")


def go_to_last_change(controller: Controller, _count: int) -> None:
    """Go back to the last write that gave the selected cell another number."""
    chosen = selection(controller.frame, controller.view)
    cell_label = cell_name(chosen.name, chosen.index)
    now = cell_value(controller.frame, chosen.name, chosen.index)
    if controller.session.n == 0:
        controller.show_message("this is the start: nothing is before n = 0")
        return
    controller.view = controller.view.select(chosen.name, chosen.index)
    not_found = f"{cell_label} never changed before this"
    if now is not None:
        not_found = f"{cell_label} never changed: it is {format_precise(now)} since it was first written"
    controller.start_job(
        LastChangeJob(controller, SearchLastChange(controller.session, cell_label), not_found)
    )


class LastChangeJob(ContinueBackJob):
    """Back to where a cell last changed."""

    def finish(self) -> None:
        """Say from what to what."""
        super().finish()
        if self.search.n is not None:
            self.controller.show_message(_describe_change(self.controller))


def _describe_change(controller: Controller) -> str:
    frame = controller.frame
    chosen = selection(frame, controller.view)
    now = cell_value(frame, chosen.name, chosen.index)
    before = frame.before.get(chosen.name)
    message = cell_name(chosen.name, chosen.index) + " changed here"
    if before is not None and now is not None and chosen.name in frame.program.carried:
        message += f", from {format_precise(float(before[chosen.index]))} to {format_precise(now)}"
    return message


COMMANDS = {
    "continue": continue_forward,
    "continue_back": continue_back,
    "to_write": go_to_next_write,
    "to_change": go_to_last_change,
}
