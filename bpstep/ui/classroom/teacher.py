"""The class at the teacher's desk: who is there, pointing, captions, questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bpstep.classroom import polls
from bpstep.classroom.messages import LONGEST_CAPTION, Caption, Position, Question
from bpstep.classroom.polls import Bars
from bpstep.classroom.room import Pupil, Room
from bpstep.errors import BpstepError
from bpstep.lang.cells import cell_name
from bpstep.learn.next_step import coming
from bpstep.program.diagram import Index
from bpstep.program.position import shown_iteration
from bpstep.render.formula.pane import index_in
from bpstep.render.layout import SMALLEST
from bpstep.render.lists.list import Line, line
from bpstep.render.message import told
from bpstep.render.view_state import fitted, selection
from bpstep.ui.classroom.poll_panel import Polling
from bpstep.ui.panels import Listing
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_MANY_LINES = 2
"""So many lines of a caption are worth a word."""


def room_of(desk: Desk) -> Room:
    """The class that is held. BpstepError where there is none."""
    if desk.room is None:
        raise BpstepError("this is no class of yours: bpstep share CLASS opens one")
    return desk.room


def flag(desk: Desk) -> str:
    """The flag of the first line: how many of those who are there follow."""
    room = desk.room
    if room is None:
        return ""
    alone = desk.panel is not None and not isinstance(desk.panel, Polling)
    return f"class {room.following}/{len(room.pupils)}{': only you see this' if alone else ''}"


def answers_flag(desk: Desk) -> str:
    """How many have answered the open question."""
    room = desk.room
    return f"answers {len(room.answers)}" if room is not None and room.question.is_open else ""


class Pupils(Listing):
    """Who is there, and where."""

    title = "pupils"
    hint = "Escape closes"

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room

    def lines(self, desk: Desk) -> list[Line]:
        """A line for each, those who have wandered off first."""
        if not self._room.pupils:
            return [line("nobody is here yet: bpstep join CLASS brings pupils in", "quiet")]
        away = sorted(self._room.pupils, key=lambda pupil: (not _is_away(pupil), pupil.name.lower()))
        width = max(len(pupil.name) for pupil in away)
        return [self._line(desk, pupil, width) for pupil in away]

    def _line(self, desk: Desk, pupil: Pupil, width: int) -> Line:
        where = f"on their own {_place(desk, pupil.place)}" if _is_away(pupil) else "follows"
        role = "read" if _is_away(pupil) else "text"
        answered = "  has answered" if pupil.name in self._room.answers else ""
        runs = ((f"{pupil.name:<{width}}  ", "bright"), (where, role), (answered, "known"))
        return Line(runs, pupil)


def _is_away(pupil: Pupil) -> bool:
    return pupil.place is not None and pupil.place.own


def _place(desk: Desk, place: Position | None) -> str:
    """A position in words: n, its iteration and the equation just done."""
    if place is None or not place.n:
        return "at the start"
    period = desk.session.period
    iteration = shown_iteration(place.n, period)
    name = desk.session.program.steps[(place.n - 1) % period].name
    inside = f", inside the next, operation {place.k}" if place.k else ""
    return f"at n = {place.n:,}: iteration {iteration}, {name}{inside}"


def pupils(desk: Desk, _count: int) -> None:
    """Who is there."""
    desk.panel = Pupils(room_of(desk))


def point(desk: Desk, _count: int) -> None:
    """Light up the selected cell, or the equation where the formula is focused, on every screen."""
    room = room_of(desk)
    name, index = _chosen(desk)
    lit = room.point(name, index)
    shown = cell_name(name, index) if index is not None else f"the equation {name}"
    desk.view = replace(desk.view, pointed=(name, index) if lit else None)
    desk.say(f"everybody sees {shown} lit up" if lit else f"{shown} is lit up no more")


def _chosen(desk: Desk) -> tuple[str, Index | None]:
    frame = desk.frame
    if desk.view.focus == "formula" and frame.step is not None:
        return frame.step.name, None
    chosen = selection(frame, desk.view)
    return chosen.name, chosen.index


def caption(desk: Desk, _count: int) -> None:
    """Ask for the sentence that everybody sees."""
    room = room_of(desk)

    def accept(text: str) -> None:
        if len(text) > LONGEST_CAPTION:
            raise BpstepError(_too_long(text))
        kept = text.strip()
        room.caption = Caption(kept)
        desk.view = replace(desk.view, caption=kept)

    hint = "everybody sees it; an empty one shows none"
    desk.ask(Prompt("caption:", accept, room.caption.text, hint, judge=lambda text: _long(desk, text)))


def _too_long(text: str) -> str:
    return f"that has {len(text)} characters: {LONGEST_CAPTION} are shown at most"


def _long(desk: Desk, text: str) -> str:
    """What a caption has that is too much: altogether, or for those whose screens are small."""
    if len(text) > LONGEST_CAPTION:
        return _too_long(text)
    lines = len(told(text, SMALLEST[0], desk.look))
    if lines < _MANY_LINES:
        return ""
    return f"on a screen of {SMALLEST[0]} columns that is {lines} lines, and lies over what stands there"


def ask(desk: Desk, _count: int) -> None:
    """Ask the class what the selected cell of the coming equation will be; show the answers as they come."""
    room = room_of(desk)
    room.ask(_asked_cell(desk))
    desk.panel = Answers(room)


def _asked_cell(desk: Desk) -> Index:
    """The cell of the coming equation that is like the selected one."""
    at = coming(desk.session)
    shape = np.shape(at.result)
    if not desk.view.name:
        return fitted(desk.view.index, shape)
    return fitted(index_in(desk.frame, desk.view, at.step.name), shape)


def show_question(desk: Desk) -> None:
    """Show the question again, where there is one."""
    room = room_of(desk)
    room.settle()
    if not room.question.number:
        raise BpstepError("you hold this class, and nothing is asked: o shows a question again")
    desk.panel = Answers(room)


def reveal(desk: Desk, _count: int) -> None:
    """Show the answers and the true value on every screen."""
    room = room_of(desk)
    room.reveal()
    desk.panel = Answers(room)


class Answers(Polling):
    """The question at the teacher's, with the answers as they come."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def told(self) -> tuple[Question, Bars, str]:
        """Which of them is right is told when everybody may know."""
        room, question = self._room, self._room.question
        count = _counted(room)
        if not question.is_open:
            return question, question.bars, f"{count}; everybody sees this until you go on"
        return (
            question,
            polls.bars(room.answers.values()),
            f"{count}   Enter reveals   Escape hides, o shows it",
        )

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Enter reveals."""
        if key == "enter":
            if self._room.question.is_open:
                desk.act("reveal")
            return None
        return super().key(desk, key, name)


def _counted(room: Room) -> str:
    """How many have answered: of those who are here, and of those who have left."""
    here = sum(pupil.name in room.answers for pupil in room.pupils)
    left = len(room.answers) - here
    return f"{here} of {len(room.pupils)} have answered{f', and {left} who left' if left else ''}"


DEEDS: dict[str, Callable[[Desk, int], None]] = {
    "pupils": pupils,
    "point": point,
    "caption": caption,
    "ask": ask,
    "reveal": reveal,
}
