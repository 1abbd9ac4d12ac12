"""What a teacher does with the class: list the pupils, highlight cells, show captions, ask questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from rich.cells import cell_len, set_cell_size

from bpstep import defaults
from bpstep.classroom import polls
from bpstep.classroom.polls import Bars
from bpstep.classroom.protocol import MAX_CAPTION_LENGTH, Caption, Question
from bpstep.classroom.room import Pupil, Room
from bpstep.errors import BpstepError
from bpstep.lang.cells import Index, cell_name
from bpstep.learn.next_step import next_step
from bpstep.program.position import shown_iteration
from bpstep.render.formula.pane import index_in
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.status_message import message_lines
from bpstep.render.view_state import clamp_index, selection
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.classroom.poll_panel import PollPanel
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt

_WARN_LINES = 2
"""The number of lines of a caption from which the prompt warns."""


def require_room(controller: Controller) -> Room:
    """The class that is taught. BpstepError if there is none."""
    if controller.room is None:
        raise BpstepError(fill(messages.NO_ROOM))
    return controller.room


class PupilList(ListPanel):
    """The pupils, and the position of those who do not follow."""

    keys = (("Escape", messages.KEY_CLOSE),)

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room

    @property
    def title(self) -> str:
        return fill(messages.TITLE_PUPILS)

    def lines(self, controller: Controller) -> list[ListLine]:
        """A line for each pupil, those who do not follow first."""
        if not self._room.pupils:
            return [text_line(fill(messages.NO_PUPILS), "quiet")]
        pupils = sorted(self._room.pupils, key=lambda pupil: (not _is_independent(pupil), pupil.name.lower()))
        width = max(cell_len(pupil.name) for pupil in pupils)
        return [self._line(controller, pupil, width) for pupil in pupils]

    def _line(self, controller: Controller, pupil: Pupil, width: int) -> ListLine:
        where = _describe_position(controller, pupil)
        role = "read" if _is_independent(pupil) else "text"
        answered = "  " + fill(messages.PUPIL_ANSWERED) if pupil.name in self._room.answers else ""
        runs = ((f"{set_cell_size(pupil.name, width)}  ", "bright"), (where, role), (answered, "known"))
        return ListLine(runs, pupil)


def _is_independent(pupil: Pupil) -> bool:
    return pupil.place is not None and pupil.place.own


def _describe_position(controller: Controller, pupil: Pupil) -> str:
    """Where a pupil is who does not follow: n, its iteration and the last computed equation."""
    position = pupil.place
    if position is None or not position.own:
        return fill(messages.PUPIL_FOLLOWS)
    if not position.n:
        return fill(messages.PUPIL_AT_START)
    period = controller.session.period
    return fill(
        messages.PUPIL_INSIDE if position.k else messages.PUPIL_AT,
        n=position.n,
        k=position.k,
        iteration=shown_iteration(position.n, period),
        name=controller.session.program.steps[(position.n - 1) % period].name,
    )


def show_pupils(controller: Controller, _count: int) -> None:
    controller.panel = PupilList(require_room(controller))


def point_at_selection(controller: Controller, _count: int) -> None:
    """Highlight the selected cell, or with the formula focused the equation, on every screen."""
    room = require_room(controller)
    name, index = _pointing_target(controller)
    lit = room.point(name, index)
    controller.view = replace(controller.view, pointed=(name, index) if lit else None)
    if index is not None:
        template = messages.POINTED_CELL if lit else messages.UNPOINTED_CELL
        controller.show_message(fill(template, cell=cell_name(name, index)))
    else:
        template = messages.POINTED_EQUATION if lit else messages.UNPOINTED_EQUATION
        controller.show_message(fill(template, name=name))


def _pointing_target(controller: Controller) -> tuple[str, Index | None]:
    frame = controller.frame
    if controller.view.focus == "formula" and frame.step is not None:
        return frame.step.name, None
    selected = selection(frame, controller.view)
    return selected.name, selected.index


def prompt_caption(controller: Controller, _count: int) -> None:
    """Ask for the caption that everybody sees."""
    room = require_room(controller)

    def accept(text: str) -> None:
        if len(text) > MAX_CAPTION_LENGTH:
            raise BpstepError(_too_long_message(text))
        kept = text.strip()
        room.caption = Caption(kept)
        controller.view = replace(controller.view, caption=kept)

    controller.open_prompt(
        Prompt(
            fill(messages.ASK_CAPTION),
            accept,
            room.caption.text,
            fill(messages.CAPTION_HINT),
            validate=lambda text: _caption_error(controller, text),
        )
    )


def _too_long_message(text: str) -> str:
    return fill(messages.CAPTION_TOO_LONG, count=len(text), limit=MAX_CAPTION_LENGTH)


def _caption_error(controller: Controller, text: str) -> str:
    """Why a caption is too long: for everybody, or for pupils with small screens."""
    if len(text) > MAX_CAPTION_LENGTH:
        return _too_long_message(text)
    lines = len(message_lines(text, defaults.MIN_SCREEN_SIZE[0], controller.theme))
    if lines < _WARN_LINES:
        return ""
    return fill(messages.CAPTION_COVERS, width=defaults.MIN_SCREEN_SIZE[0], lines=lines)


def ask_class(controller: Controller, _count: int) -> None:
    """Ask the class for the selected cell of the next equation's result; show the answers as they arrive."""
    room = require_room(controller)
    room.ask(_asked_cell(controller))
    controller.panel = TeacherPollPanel(room)


def _asked_cell(controller: Controller) -> Index:
    """The cell of the next equation's result at the selected cell's place."""
    upcoming = next_step(controller.session)
    shape = np.shape(upcoming.result)
    if not controller.view.name:
        return clamp_index(controller.view.index, shape)
    return clamp_index(index_in(controller.frame, controller.view, upcoming.step.name), shape)


def show_question(controller: Controller) -> None:
    """Show the question again. BpstepError if there is none."""
    room = require_room(controller)
    room.drop_stale_question()
    if not room.question.number:
        raise BpstepError(fill(messages.NO_QUESTION_YET))
    controller.panel = TeacherPollPanel(room)


def reveal_answers(controller: Controller, _count: int) -> None:
    """Show the answers and the true value on every screen."""
    room = require_room(controller)
    room.reveal()
    controller.panel = TeacherPollPanel(room)


class TeacherPollPanel(PollPanel):
    """The question on the teacher's screen, with the answers as they arrive."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def poll_content(self) -> tuple[Question, Bars, str]:
        """The right answer is marked once it is revealed to all."""
        room, question = self._room, self._room.question
        count = _answer_count_text(room)
        if not question.is_open:
            return question, question.bars, fill(messages.POLL_REVEALED, answered=count)
        bars = polls.answer_bars(room.answers.values())
        return question, bars, fill(messages.POLL_OPEN, answered=count)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Enter reveals."""
        if key == "enter":
            if self._room.question.is_open:
                controller.run_action("reveal")
            return None
        return super().handle_key(controller, key, name)


def _answer_count_text(room: Room) -> str:
    """How many pupils have answered: of those in the class, and of those who have left."""
    present = sum(pupil.name in room.answers for pupil in room.pupils)
    absent = len(room.answers) - present
    template = messages.ANSWERED_WITH_ABSENT if absent else messages.ANSWERED
    return fill(template, answered=present, present=len(room.pupils), absent=absent)


COMMANDS: dict[str, Callable[[Controller, int], None]] = {
    "pupils": show_pupils,
    "point": point_at_selection,
    "caption": prompt_caption,
    "ask": ask_class,
    "reveal": reveal_answers,
}
