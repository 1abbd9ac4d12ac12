"""Continuing to the next or previous breakpoint, to the next write, and back to the last change."""

from __future__ import annotations

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.numbers import format_precise
from bpstep.explain.prose.stop_reason import stop_reason
from bpstep.lang.cells import cell_name
from bpstep.render.view_state import Selection, cell_value, selection
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.search import MomentSearch, SearchBackward, SearchForward, SearchLastChange
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.jobs import Job


class ContinueJob(Job):
    """Runs forward to the next position where a breakpoint is hit."""

    def __init__(self, controller: Controller, search: MomentSearch) -> None:
        super().__init__(controller.job_clock)
        self.controller = controller
        self.search = search
        self._start_iteration = search.reached
        self._steps = search.run()

    def advance(self) -> bool:
        return next(self._steps, None) is not None

    def progress_text(self) -> str:
        """The iteration reached, and the speed."""
        iteration = self.search.reached
        done = iteration - self._start_iteration
        if self.elapsed and done:
            return fill(messages.RUN_PROGRESS_SPEED, iteration=iteration, speed=done / self.elapsed)
        return fill(messages.RUN_PROGRESS, iteration=iteration)

    def finish(self) -> None:
        """Go to the position found, and say which breakpoint was hit and why."""
        controller = self.controller
        if self.search.n is None:
            controller.refuse(fill(messages.NO_BREAKPOINT_HIT_AT_END))
            return
        start = controller.session.n
        controller.session.goto(self.search.n)
        controller.view = controller.view.after_move()
        reasons = (stop_reason(controller.frame, point) for point in self.search.stopped_by)
        self._show_arrival("; ".join(reasons), start)

    def cancel(self) -> None:
        """Stop at the current position of the run."""
        controller, session = self.controller, self.controller.session
        n = self.search.reached * session.period
        # The end of an iteration shows the previous one, which may have to be recomputed.
        n += bool(session.distance(n))
        start = session.n
        if n > session.n:
            session.goto(n)
            controller.view = controller.view.after_move()
        self._show_arrival(fill(messages.NO_BREAKPOINT_HIT, n=session.n), start)

    def _show_arrival(self, message: str, start: int) -> None:
        """Show the message; in predict mode with the number of equations passed since n = `start`."""
        controller = self.controller
        skipped = controller.session.n - start
        controller.show_message(controller.predict_mode.add_skipped_note(message, skipped))


class ContinueBackJob(ContinueJob):
    """Searches back for the last position where a breakpoint is hit."""

    def __init__(self, controller: Controller, search: MomentSearch, not_found: str) -> None:
        super().__init__(controller, search)
        self._not_found = not_found

    def progress_text(self) -> str:
        """How far back the search has come."""
        start, iteration = self._start_iteration, self.search.reached
        self.fraction = 1 - iteration / start if start else 0.0
        return fill(messages.SEARCH_PROGRESS, start=start, iteration=iteration)

    def finish(self) -> None:
        """Go to the position found; stay if there is none."""
        if self.search.n is None:
            self.controller.refuse(self._not_found)
        else:
            super().finish()

    def cancel(self) -> None:
        self.controller.show_message(fill(messages.STOPPED_UNMOVED))


def continue_forward(controller: Controller, _count: int) -> None:
    """Run to the next breakpoint."""
    points = _enabled_breakpoints(controller)
    controller.start_job(ContinueJob(controller, SearchForward(controller.session, points)))


def continue_back(controller: Controller, _count: int) -> None:
    """Go back to the previous breakpoint hit."""
    points = _enabled_breakpoints(controller)
    if controller.session.n == controller.session.k == 0:
        controller.refuse(fill(messages.AT_START))
        return
    search = SearchBackward(controller.session, points)
    controller.start_job(ContinueBackJob(controller, search, fill(messages.NO_EARLIER_BREAKPOINT)))


def _enabled_breakpoints(controller: Controller) -> list[Breakpoint]:
    all_points = controller.session.journal.breakpoints.by_id.values()
    points = [point for point in all_points if point.enabled]
    if not points:
        raise BpstepError(fill(messages.ALL_BREAKPOINTS_OFF if all_points else messages.NO_BREAKPOINTS))
    return points


def go_to_next_write(controller: Controller, _count: int) -> None:
    """Go to where the selected cell's tensor is written next."""
    session, name = controller.session, selection(controller.frame, controller.view).name
    if name not in session.program.step_indices:
        raise BpstepError(fill(messages.NO_EQUATION_WRITES, name=name))
    site = session.program.step_indices[name] + 1
    n = session.n + 1 + (site - session.n - 1) % session.period
    controller.move(n, fill(messages.WRITTEN_HERE, name=name))


def go_to_last_change(controller: Controller, _count: int) -> None:
    """Go back to the last write that changed the selected cell's value."""
    chosen = selection(controller.frame, controller.view)
    cell_label = cell_name(chosen.name, chosen.index)
    now = cell_value(controller.frame, chosen.name, chosen.index)
    if controller.session.n == 0:
        controller.refuse(fill(messages.AT_START))
        return
    controller.view = controller.view.select(chosen.name, chosen.index)
    if now is None:
        not_found = fill(messages.NOT_WRITTEN_BEFORE, cell=cell_label)
    else:
        not_found = fill(messages.NEVER_CHANGED_SINCE, cell=cell_label, value=format_precise(now))
    search = SearchLastChange(controller.session, cell_label)
    controller.start_job(LastChangeJob(controller, search, not_found))


class LastChangeJob(ContinueBackJob):
    """Searches back for the last change of a cell.

    If only the cursor's own equation changed it, or it is not computed yet in this iteration, go to the first
    equation that wrote it.
    """

    search: SearchLastChange

    def finish(self) -> None:
        """Go there, and say from what to what the value changed."""
        controller, session = self.controller, self.controller.session
        chosen = selection(controller.frame, controller.view)
        is_computed = cell_value(controller.frame, chosen.name, chosen.index) is not None
        first_write = session.program.step_indices.get(chosen.name, session.n) + 1
        if self.search.n is not None:
            super().finish()
            controller.show_message(_describe_change(controller, messages.CHANGED_HERE_FROM))
        elif is_computed and not self.search.changes_here:
            super().finish()
        elif chosen.name in session.program.carried:
            controller.show_message(_describe_change(controller, messages.CHANGED_HERE_FIRST))
        elif first_write < session.n and chosen.name in session.timeline.iteration(0).tensors(first_write):
            self.search.n = first_write
            super().finish()
            controller.show_message(_describe_first_write(controller))
        else:
            super().finish()


def _describe_change(controller: Controller, template: str) -> str:
    frame = controller.frame
    chosen = selection(frame, controller.view)
    cell_label = cell_name(chosen.name, chosen.index)
    now, before = cell_value(frame, chosen.name, chosen.index), _value_before(controller, chosen)
    if before is None or now is None:
        return fill(messages.CHANGED_HERE, cell=cell_label)
    return fill(template, cell=cell_label, before=format_precise(before), now=format_precise(now))


def _value_before(controller: Controller, chosen: Selection) -> float | None:
    """A cell's value before the equation at the cursor; if it is not carried, one iteration ago."""
    frame = controller.frame
    value = frame.before.get(chosen.name)
    if chosen.name not in frame.program.carried:
        if not frame.iteration:
            return None
        earlier = controller.session.timeline.iteration(frame.iteration - 1)
        value = earlier.tensors(frame.period).get(chosen.name)
    return None if value is None else float(value[chosen.index] if np.ndim(value) else value)


def _describe_first_write(controller: Controller) -> str:
    chosen = selection(controller.frame, controller.view)
    now = cell_value(controller.frame, chosen.name, chosen.index)
    label = cell_name(chosen.name, chosen.index)
    assert now is not None
    return fill(messages.FIRST_WRITTEN_HERE, cell=label, value=format_precise(now))


COMMANDS = {
    "continue": continue_forward,
    "continue_back": continue_back,
    "to_write": go_to_next_write,
    "to_change": go_to_last_change,
}
