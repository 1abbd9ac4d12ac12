"""Why this number: a panel that follows the operands of a cell to where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.app.answering import draw, view_of
from bpstep.app.stop import Stop
from bpstep.errors import BpstepError
from bpstep.formula.operands import More
from bpstep.formula.origin import Question, Rest, Source
from bpstep.frame import Frame
from bpstep.home import Edge, Node
from bpstep.trail import ask
from bpstep.views import cursor
from bpstep.views.canvas import Canvas
from bpstep.views.view import cell, selection

if TYPE_CHECKING:
    from bpstep.app.desk import Desk

_KEPT = 8
"""Answers that are kept; those further up the trail are found anew when one comes back."""
_STEPS = {"down": 1, "up": -1}
_PAGES = {"page_down": 1, "page_up": -1}
_ENDS = {"home": 0, "end": 10**9}
_PANES = ("network", "tensors", "formula")


class Why:
    """The trail, and the answer to its last question."""

    counts = True

    def __init__(self, first: Stop) -> None:
        self.stops = [first]
        self.zoomed = False

    @property
    def stop(self) -> Stop:
        """The present one."""
        return self.stops[-1]

    def draw(self, desk: Desk) -> Canvas:
        """The panes at the moment of the write, and the answer."""
        return draw(desk, self.stops, self.zoomed)

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Choose, follow, walk back; what has no meaning here is done after closing."""
        if desk.running is not None:
            desk.act("close" if key == "escape" else "next")
            return None
        if key == "escape" or name in ("close", "left"):
            return self._back()
        if key == "enter" or name in ("why", "right"):
            self._follow(desk)
        elif name in _STEPS or name in _PAGES:
            by = _STEPS.get(name, 0) + _PAGES.get(name, 0) * max(self.stop.shown.room - 1, 1)
            self.scroll(desk, by * desk.times(name))
        elif name in _ENDS:
            self.stop.choose(_ENDS[name])
        elif name in _PANES:
            desk.focus(name)
        elif name == "number_format":
            desk.act(name)
        elif name == "zoom":
            self.zoomed = not self.zoomed
        elif name in ("next_pane", "previous_pane"):
            self._turn(desk)
        elif name == "go":
            return self._go(desk)
        elif name == "edit":
            return self._edit(desk)
        elif name:
            return name
        elif len(key) == 1:
            desk.say(f"{key} calls nothing here")
        return None

    def click(self, desk: Desk, target: object) -> str | None:
        """A row is chosen, the chosen one followed; a cell, node or edge is asked about."""
        if desk.running is not None:
            return None
        stop, frame = self.stop, self.stop.answer.frame
        match target:
            case ("row", int(at)):
                if at == stop.at:
                    self._follow(desk)
                else:
                    stop.choose(at)
            case ("cell", str(name), tuple(index)):
                self._ask_about(desk, frame, name, index)
            case ("place", Node() | Edge() as place):
                chosen = selection(frame, cursor.at_place(frame, view_of(desk, stop, self.zoomed), place))
                self._ask_about(desk, frame, chosen.name, chosen.index)
            case ("action", str(name)):
                return self.key(desk, "", name)
        return None

    def scroll(self, desk: Desk, by: int) -> None:
        """Choose a row further down or up."""
        self.stop.choose(self.stop.at + by)

    def _back(self) -> str | None:
        if len(self.stops) == 1:
            return ""
        self.stops.pop()
        return None

    def _turn(self, desk: Desk) -> None:
        """Operands or paths."""
        if self.stop.answer.paths is None:
            desk.say(f"{self.stop.question.cell} is neither a gradient nor updated by one: it has no paths")
        else:
            self.stop.along = not self.stop.along

    def _follow(self, desk: Desk) -> None:
        stop, row = self.stop, self.stop.row
        if stop.along:
            desk.say("a path leads through all of these factors: Tab lists the operands to follow")
        elif row is None:
            desk.say(f"nothing reads {stop.question.cell} any more")
        elif isinstance(row, More | Rest):
            stop.open(row)
        else:
            try:
                question = stop.answer.follow(row)
            except BpstepError as error:
                desk.say(str(error), alert=True)
                return
            joint = (" ‹ ", " < ") if isinstance(row, Source) else (" › ", " > ")
            self._push(desk, Stop(desk.session, question, desk.look.pick(*joint)))

    def _ask_about(self, desk: Desk, frame: Frame, name: str, index: tuple[int, ...]) -> None:
        value = cell(frame, name, index)
        if value is None:
            desk.say(f"{name} is not computed at n = {frame.n:,}", alert=True)
            return
        question = Question(name, index, frame.write_of(name), frame.n, value)
        self._push(desk, Stop(desk.session, question, desk.look.pick(" · ", " - ")))

    def _push(self, desk: Desk, stop: Stop) -> None:
        """Go on to a question, however far away its iteration is."""
        n = stop.answer.n

        def arrived() -> None:
            self.stops.append(stop)
            for old in self.stops[:-_KEPT]:
                old.forget()
            desk.say("")

        desk.work(desk.session.run.approach(n), f"looking back to n = {n:,}", arrived)

    def _go(self, desk: Desk) -> str | None:
        frame, question = self.stop.answer.frame, self.stop.question
        if frame.n == desk.session.n:
            desk.say("the cursor is at this moment already")
            return None
        desk.view = desk.view.select(question.name, question.index)
        desk.move(frame.n)
        return ""

    def _edit(self, desk: Desk) -> str | None:
        """Edit the cell asked about, where that is the one that the cursor's moment shows."""
        question = self.stop.question
        if question.name not in desk.frame.tensors or question.at != desk.frame.write_of(question.name):
            desk.say(f"this value is of n = {question.at:,}: go there to edit it")
            return None
        desk.view = desk.view.select(question.name, question.index)
        return "edit"


def why(desk: Desk, _count: int) -> None:
    """Ask about the selected cell."""
    chosen = selection(desk.frame, desk.view)
    desk.panel = Why(Stop(desk.session, ask(desk.session, chosen.name, chosen.index)))


DEEDS = {"why": why}
