"""The class at the teacher's desk: who is there, pointing, captions, questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bpstep.classroom import polls
from bpstep.classroom.messages import MAX_CAPTION_LENGTH, Caption, Position, Question
from bpstep.classroom.polls import Bars
from bpstep.classroom.room import Pupil, Room
from bpstep.errors import BpstepError
from bpstep.lang.cells import cell_name
from bpstep.learn.next_step import next_step
from bpstep.program.diagram import Index
from bpstep.program.position import shown_iteration
from bpstep.render.formula.pane import index_in
from bpstep.render.layout import SMALLEST
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.message import message_lines
from bpstep.render.view_state import clamp_index, selection
from bpstep.ui.classroom.poll_panel import PollPanel
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt

_WARN_LINES = 2
"""So many lines of a caption are worth a word."""


def require_room(controller: Controller) -> Room:
    """The class that is held. BpstepError where there is none."""
    if controller.room is None:
        raise BpstepError("this is no class of yours: bpstep share CLASS opens one")
    return controller.room


class PupilList(ListPanel):
    """Who is there, and where."""

    title = "pupils"
    hint = "Escape closes"

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room

    def lines(self, controller: Controller) -> list[ListLine]:
        """A line for each, those who have wandered off first."""
        if not self._room.pupils:
            return [text_line("nobody is here yet: bpstep join CLASS brings pupils in", "quiet")]
        pupils = sorted(self._room.pupils, key=lambda pupil: (not _is_independent(pupil), pupil.name.lower()))
        width = max(len(pupil.name) for pupil in pupils)
        return [self._line(controller, pupil, width) for pupil in pupils]

    def _line(self, controller: Controller, pupil: Pupil, width: int) -> ListLine:
        where = (
            f"on their own {_describe_position(controller, pupil.place)}"
            if _is_independent(pupil)
            else "follows"
        )
        role = "read" if _is_independent(pupil) else "text"
        answered = "  has answered" if pupil.name in self._room.answers else ""
        runs = ((f"{pupil.name:<{width}}  ", "bright"), (where, role), (answered, "known"))
        return ListLine(runs, pupil)


def _is_independent(pupil: Pupil) -> bool:
    return pupil.place is not None and pupil.place.own


def _describe_position(controller: Controller, position: Position | None) -> str:
    """A position in words: n, its iteration and the equation just done."""
    if position is None or not position.n:
        return "at the start"
    period = controller.session.period
    iteration = shown_iteration(position.n, period)
    name = controller.session.program.steps[(position.n - 1) % period].name
    inside = f", inside the next, operation {position.k}" if position.k else ""
    return f"at n = {position.n:,}: iteration {iteration}, {name}{inside}"


def show_pupils(controller: Controller, _count: int) -> None:
    """Who is there."""
    controller.panel = PupilList(require_room(controller))


def point_at_selection(controller: Controller, _count: int) -> None:
    """Light up the selected cell, or the equation where the formula is focused, on every screen."""
    room = require_room(controller)
    name, index = _pointing_target(controller)
    lit = room.point(name, index)
    shown = cell_name(name, index) if index is not None else f"the equation {name}"
    controller.view = replace(controller.view, pointed=(name, index) if lit else None)
    controller.show_message(f"everybody sees {shown} lit up" if lit else f"{shown} is lit up no more")


def _pointing_target(controller: Controller) -> tuple[str, Index | None]:
    frame = controller.frame
    if controller.view.focus == "formula" and frame.step is not None:
        return frame.step.name, None
    selected = selection(frame, controller.view)
    return selected.name, selected.index


def prompt_caption(controller: Controller, _count: int) -> None:
    """Ask for the sentence that everybody sees."""
    room = require_room(controller)

    def accept(text: str) -> None:
        if len(text) > MAX_CAPTION_LENGTH:
            raise BpstepError(_too_long_message(text))
        kept = text.strip()
        room.caption = Caption(kept)
        controller.view = replace(controller.view, caption=kept)

    hint = "everybody sees it; an empty one shows none"
    controller.open_prompt(
        Prompt(
            "caption:",
            accept,
            room.caption.text,
            hint,
            validate=lambda text: _caption_error(controller, text),
        )
    )


def _too_long_message(text: str) -> str:
    return f"that has {len(text)} characters: {MAX_CAPTION_LENGTH} are shown at most"


def _caption_error(controller: Controller, text: str) -> str:
    """What a caption has that is too much: altogether, or for those whose screens are small."""
    if len(text) > MAX_CAPTION_LENGTH:
        return _too_long_message(text)
    lines = len(message_lines(text, SMALLEST[0], controller.theme))
    if lines < _WARN_LINES:
        return ""
    return f"on a screen of {SMALLEST[0]} columns that is {lines} lines, and lies over what stands there"


def ask_class(controller: Controller, _count: int) -> None:
    """Ask the class what the selected cell of the coming equation will be; show the answers as they come."""
    room = require_room(controller)
    room.ask(_asked_cell(controller))
    controller.panel = TeacherPollPanel(room)


def _asked_cell(controller: Controller) -> Index:
    """The cell of the coming equation that is like the selected one."""
    upcoming = next_step(controller.session)
    shape = np.shape(upcoming.result)
    if not controller.view.name:
        return clamp_index(controller.view.index, shape)
    return clamp_index(index_in(controller.frame, controller.view, upcoming.step.name), shape)


def show_question(controller: Controller) -> None:
    """Show the question again, where there is one."""
    room = require_room(controller)
    room.drop_stale_question()
    if not room.question.number:
        raise BpstepError("you hold this class, and nothing is asked: o shows a question again")
    controller.panel = TeacherPollPanel(room)


def reveal_answers(controller: Controller, _count: int) -> None:
    """Show the answers and the true value on every screen."""
    room = require_room(controller)
    room.reveal()
    controller.panel = TeacherPollPanel(room)


class TeacherPollPanel(PollPanel):
    """The question at the teacher's, with the answers as they come."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def poll_content(self) -> tuple[Question, Bars, str]:
        """Which of them is right is told when everybody may know."""
        room, question = self._room, self._room.question
        count = _answer_count_text(room)
        if not question.is_open:
            return question, question.bars, f"{count}; everybody sees this until you go on"
        return (
            question,
            polls.answer_bars(room.answers.values()),
            f"{count}   Enter reveals   Escape hides, o shows it",
        )

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Enter reveals."""
        if key == "enter":
            if self._room.question.is_open:
                controller.run_action("reveal")
            return None
        return super().handle_key(controller, key, name)


def _answer_count_text(room: Room) -> str:
    """How many have answered: of those who are here, and of those who have left."""
    present = sum(pupil.name in room.answers for pupil in room.pupils)
    absent = len(room.answers) - present
    return f"{present} of {len(room.pupils)} have answered{f', and {absent} who left' if absent else ''}"


COMMANDS: dict[str, Callable[[Controller, int], None]] = {
    "pupils": show_pupils,
    "point": point_at_selection,
    "caption": prompt_caption,
    "ask": ask_class,
    "reveal": reveal_answers,
}
