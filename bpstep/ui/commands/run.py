"""Continuing to the next or the previous breakpoint, to the next write, to the last change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.errors import BpstepError
from bpstep.explain.numbers import precise
from bpstep.explain.prose.stop_reason import stopped
from bpstep.lang.cells import cell_name
from bpstep.render.view_state import cell, selection
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.search import Backward, Forward, LastChange, Way
from bpstep.ui.commands import predict
from bpstep.ui.jobs import Travel

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


class Going(Travel):
    """On to the next place where a breakpoint stops."""

    def __init__(self, desk: Desk, way: Way) -> None:
        super().__init__(desk)
        self.way = way
        self._first = way.reached
        self._steps = way.run()

    def step(self) -> bool:
        """Run a portion."""
        return next(self._steps, None) is not None

    def progress(self) -> str:
        """Iterations done, and how fast."""
        done = self.way.reached - self._first
        speed = f", {done / self.seconds:,.0f} a second" if self.seconds and done else ""
        return f"running: iteration {self.way.reached:,}{speed}   Escape stops here"

    def arrive(self, desk: Desk) -> None:
        """Stand where a breakpoint has stopped, and say which and why."""
        if self.way.n is None:
            desk.say("no breakpoint has stopped: this is as far as one can go")
            return
        left = desk.session.n
        desk.session.goto(self.way.n)
        desk.view = desk.view.arrived()
        said = "; ".join(stopped(desk.frame, point) for point in self.way.stopped_by)
        desk.say(predict.unasked(desk, left, said))

    def stop(self, desk: Desk) -> None:
        """Stand where the run has come."""
        session = desk.session
        n = self.way.reached * session.period
        # The end of an iteration shows the one before, which may be a long way off.
        n += bool(session.distance(n))
        left = session.n
        if n > session.n:
            session.goto(n)
            desk.view = desk.view.arrived()
        said = f"stopped at n = {session.n:,}: no breakpoint has stopped up to here"
        desk.say(predict.unasked(desk, left, said))


class GoingBack(Going):
    """Back to the last place where a breakpoint stops."""

    def __init__(self, desk: Desk, way: Way, nothing: str) -> None:
        super().__init__(desk, way)
        self._nothing = nothing

    def progress(self) -> str:
        """How far back one has searched."""
        self.part = 1 - self.way.reached / self._first if self._first else 0.0
        return f"searching back from iteration {self._first:,}: at {self.way.reached:,}   Escape stops it"

    def arrive(self, desk: Desk) -> None:
        """Stand there, or stay where nothing was found."""
        if self.way.n is None:
            desk.say(self._nothing)
        else:
            super().arrive(desk)

    def stop(self, desk: Desk) -> None:
        """Stay."""
        desk.say("stopped: nothing has moved")


def on(desk: Desk, _count: int) -> None:
    """Run to the next breakpoint."""
    desk.travel(Going(desk, Forward(desk.session, _points(desk))))


def back(desk: Desk, _count: int) -> None:
    """Go back to the previous one."""
    points = _points(desk)
    if desk.session.n == desk.session.k == 0:
        desk.say("this is the start: nothing is before n = 0")
        return
    nothing = "no breakpoint stops before this: nothing has moved"
    desk.travel(GoingBack(desk, Backward(desk.session, points), nothing))


def _points(desk: Desk) -> list[Breakpoint]:
    every = desk.session.journal.breakpoints.at.values()
    points = [point for point in every if point.enabled]
    if not points:
        raise BpstepError(
            "every breakpoint is off: B lists them"
            if every
            else "no breakpoint is set: b sets one on this equation, B one with a condition"
        )
    return points


def to_write(desk: Desk, _count: int) -> None:
    """Go on to the next write of the selected cell's tensor."""
    session, name = desk.session, selection(desk.frame, desk.view).name
    if name not in session.program.names:
        raise BpstepError(f"no equation writes {name}: it is given where an iteration starts")
    site = session.program.names[name] + 1
    n = session.n + 1 + (site - session.n - 1) % session.period
    desk.move(n, f"{name} is written here")


def to_change(desk: Desk, _count: int) -> None:
    """Go back to the last write that gave the selected cell another number."""
    chosen = selection(desk.frame, desk.view)
    named = cell_name(chosen.name, chosen.index)
    now = cell(desk.frame, chosen.name, chosen.index)
    if desk.session.n == 0:
        desk.say("this is the start: nothing is before n = 0")
        return
    desk.view = desk.view.select(chosen.name, chosen.index)
    nothing = f"{named} never changed before this"
    if now is not None:
        nothing = f"{named} never changed: it is {precise(now)} since it was first written"
    desk.travel(Changed(desk, LastChange(desk.session, named), nothing))


class Changed(GoingBack):
    """Back to where a cell last changed."""

    def arrive(self, desk: Desk) -> None:
        """Say from what to what."""
        super().arrive(desk)
        if self.way.n is not None:
            desk.say(_changed(desk))


def _changed(desk: Desk) -> str:
    frame = desk.frame
    chosen = selection(frame, desk.view)
    now = cell(frame, chosen.name, chosen.index)
    before = frame.before.get(chosen.name)
    told = cell_name(chosen.name, chosen.index) + " changed here"
    if before is not None and now is not None and chosen.name in frame.program.carried:
        told += f", from {precise(float(before[chosen.index]))} to {precise(now)}"
    return told


DEEDS = {"continue": on, "continue_back": back, "to_write": to_write, "to_change": to_change}
