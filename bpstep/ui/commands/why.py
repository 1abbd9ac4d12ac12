"""The answer to a why on the screen: the moment, the cells that are marked, the keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bpstep.actions import BY_ID, first_key
from bpstep.errors import BpstepError
from bpstep.explain.chain_paths import Path, walked
from bpstep.explain.lazy_list import Lazily
from bpstep.explain.operands import More
from bpstep.explain.provenance import TERMS, Answer, Question, Reader, Rest, Row, Source, ask
from bpstep.program.diagram import Edge, Index, Node
from bpstep.render import cursor
from bpstep.render.canvas import Canvas
from bpstep.render.lists.help import key_name
from bpstep.render.lists.why import (
    Asked,
    Listed,
    Shown,
    answer_pane,
    answer_screen,
    keys_line,
    lower,
    short_name,
)
from bpstep.render.view_state import Lit, View, cell, selection
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.ui.status import modes

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


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


_UNSEEN = Shown(0, 1)


@dataclass
class _Place:
    """The chosen line of a list, and the part that was drawn last."""

    chosen: int = 0
    shown: Shown = _UNSEEN


@dataclass
class Stop:
    """A question on the trail."""

    session: Session
    question: Question
    joint: str = ""
    """How one came here: from what reads it, or from what it reads; empty at the beginning."""
    along: bool = False
    """True where the paths are shown, not the operands and readers."""
    opened: set[str] = field(default_factory=set)
    """What is listed to the end."""
    _places: tuple[_Place, _Place] = field(default_factory=lambda: (_Place(), _Place()))
    _answer: Answer | None = None
    _rows: Lazily[Row] | None = None

    @property
    def answer(self) -> Answer:
        """What there is to say."""
        if self._answer is None:
            self._answer = Answer(self.session, self.question)
        return self._answer

    @property
    def rows(self) -> Lazily[Row]:
        """Operands, then readers."""
        if self._rows is None:
            self._rows = Lazily(self.answer.rows(self.opened))
        return self._rows

    @property
    def at(self) -> int:
        """The number of the chosen row or path."""
        return self._places[self.along].chosen

    @property
    def row(self) -> Row | None:
        """The chosen operand or reader; None where there is none, and among the paths."""
        return None if self.along else self.rows.get(self.at)

    @property
    def path(self) -> Path | None:
        """The chosen path; None among the operands."""
        paths = self.answer.paths
        return paths.path(self.at) if self.along and paths is not None else None

    @property
    def pointed(self) -> tuple[str, Index] | None:
        """The cell of the chosen row."""
        match self.row:
            case Source(operand=operand):
                return operand.cell.name, operand.cell.index
            case Reader(step=step, index=index) if index is not None:
                return step.name, index
        return None

    @property
    def list(self) -> Listed:
        """The list that is shown, and where in it one is."""
        place = self._places[self.along]
        return Listed(self.rows, self.answer.paths, self.along, place.chosen, self.shown.top, self.pointed)

    @property
    def shown(self) -> Shown:
        """The part of the list that was drawn last."""
        return self._places[self.along].shown

    @shown.setter
    def shown(self, part: Shown) -> None:
        self._places[self.along].shown = part

    def choose(self, at: int) -> None:
        """Choose a row or path, the nearest that there is."""
        paths = self.answer.paths
        last = paths.count - 1 if self.along and paths is not None else self.rows.reach(at + 1) - 1
        self._places[self.along].chosen = max(min(at, last), 0)

    def open(self, row: More | Rest) -> None:
        """List what the row leaves out."""
        self.opened.add(TERMS if isinstance(row, More) else row.step.name)
        self._rows = None

    def forget(self) -> None:
        """Keep the place, not the answer."""
        self._answer, self._rows = None, None


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
