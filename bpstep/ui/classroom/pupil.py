"""A pupil's screen in a class: it follows the teacher until the pupil steps or edits on their own.

The session shown is always the pupil's own. Before each key it is copied; if the key changes it, the copy
follows the teacher from then on, unseen, and `follow` returns to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from bpstep.actions import LOCAL_ACTIONS, TEACHER_ACTIONS
from bpstep.classroom.protocol import NO_QUESTION, Answer, Question, answer_message
from bpstep.classroom.replica import Replica, clone_session
from bpstep.errors import BpstepError
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_short
from bpstep.lang.cells import cell_name
from bpstep.learn.grade import Grade, grade, parse_prediction
from bpstep.learn.next_step import next_step
from bpstep.render.view_state import is_cell
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.classroom import teacher
from bpstep.ui.classroom.poll_panel import PollPanel, PupilPollPanel
from bpstep.ui.controller import Controller
from bpstep.ui.help_panels import HelpScreen
from bpstep.ui.panels import Palette
from bpstep.ui.prompt import Prompt

_READ_ONLY_PANELS = (HelpScreen, Palette, PollPanel)
"""The panels that do not depend on the session."""

_MAX_NAME_WIDTH = 12
"""Cells of a teacher's name in the first line."""


class PupilState:
    """What a pupil sees of a class, and whether the pupil follows it."""

    def __init__(self, controller: Controller, replica: Replica, send: Callable[[Answer], None]) -> None:
        self.controller = controller
        self.replica = replica
        self.teacher_is_offline = False
        """True while the connection to the teacher is down."""
        self.is_independent = False
        """True if the pupil steps or edits on their own."""
        self.poll_reply = PollReply(self, send)
        self._session = controller.session
        """The session that follows the teacher; the one shown, unless the pupil is on their own."""
        self._saved_session: Session | None = None
        self._was_job_running = False
        self._return_hint_pending = False
        """True if the message about returning is still to be shown."""
        controller.pupil = self
        controller.view = replace(controller.view, hidden_actions=TEACHER_ACTIONS | LOCAL_ACTIONS)
        greeting = fill(messages.FOLLOWING, teacher=self.teacher)
        self.update(controller.view.message or greeting)

    @property
    def teacher(self) -> str:
        assert self.replica.welcome is not None
        return self.replica.welcome.teacher

    @property
    def n(self) -> int:
        """The teacher's n."""
        return self.replica.place.n if self.replica.place is not None else 0

    @property
    def status_text(self) -> str:
        """The flag of the first line: whether the pupil follows, and where the teacher is."""
        if self.replica.over:
            return fill(messages.FLAG_CLASS_OVER)
        if self.teacher_is_offline:
            template = messages.FLAG_OWN_RECONNECTING if self.is_independent else messages.FLAG_RECONNECTING
            return fill(template)
        has_question = self.poll_reply.has_hidden_question
        if self.is_independent:
            template = messages.FLAG_OWN_ASKS if has_question else messages.FLAG_OWN
        elif self.is_behind:
            template = messages.FLAG_BEHIND_ASKS if has_question else messages.FLAG_BEHIND
        else:
            template = messages.FLAG_FOLLOWING
        return fill(template, teacher=self.teacher[:_MAX_NAME_WIDTH], n=self.n)

    @property
    def priority_actions(self) -> tuple[str, ...]:
        """For a pupil on their own, until the class ends: the action that returns to the teacher."""
        return ("follow",) if self.is_independent and not self.replica.over else ()

    # The teacher does something

    def restart(self, replica: Replica, session: Session) -> None:
        """The class was joined again: the connection was down, or the teacher away."""
        self.replica, self._session, self._saved_session, self.teacher_is_offline = (
            replica,
            session,
            None,
            False,
        )
        self.poll_reply.resend_answer()
        if not self.is_independent:
            self._replace_controller()
        self.update()

    def update(self, message: str = "") -> None:
        """Show the teacher's latest state, if the pupil follows and has no prompt or list open.

        The message is shown unless there is another one.
        """
        controller, replica = self.controller, self.replica
        pointed = replica.pointed.target
        if pointed != controller.view.pointed:
            controller.view = replace(controller.view, pointed=pointed)
            if not self.is_independent and pointed is not None and is_cell(controller.frame, *pointed):
                controller.view = controller.view.select(pointed[0], pointed[1] or ())
        controller.view = replace(controller.view, caption=replica.caption.text)
        if replica.over:
            self.poll_reply.close_question()
            controller.show_message(self.class_over_message)
            return
        if self.is_independent:
            self.poll_reply.announce_question()
        if self.is_independent or self.is_busy:
            return
        changed = replica.follow(self._session)
        place = replica.place
        if place is not None and (changed or (place.n, place.k) != (self._session.n, self._session.k)):
            controller.move(place.n, message, place.k)
        elif message:
            controller.show_message(message)
        self._was_job_running = controller.job is not None
        self.poll_reply.update()

    @property
    def class_over_message(self) -> str:
        """The message when the class is over."""
        return fill(messages.CLASS_OVER, teacher=self.teacher)

    @property
    def is_busy(self) -> bool:
        """Whether a prompt or a list is open: the screen then stays as it is."""
        controller = self.controller
        typing = controller.prompt is not None and not self.poll_reply.is_typing
        return typing or not isinstance(controller.panel, (PollPanel, type(None)))

    @property
    def is_behind(self) -> bool:
        """Whether the teacher has moved on while the screen stayed."""
        session, place = self.controller.session, self.replica.place
        return self.is_busy and (
            self.poll_reply.has_hidden_question or place != CursorPosition(session.n, session.k)
        )

    # The pupil does something

    def before_input(self) -> None:
        """Copy the session: the input may change it."""
        if not self.is_independent and (
            self._saved_session is None
            or _session_version(self._saved_session) != _session_version(self._session)
        ):
            self._saved_session = clone_session(self._session)
        self._was_job_running = self.controller.job is not None
        self._return_hint_pending |= self.is_independent and self.is_open

    def after_input(self) -> None:
        """Find out whether the pupil has left the teacher; show once how to return."""
        if not self.is_independent and not self._has_diverged:
            if not self.replica.over:
                self.update()
            return
        if not self.is_independent:
            self.is_independent, self._session, self._saved_session = (
                True,
                self._saved_session or self._session,
                None,
            )
            self._return_hint_pending = True
        if (
            self._return_hint_pending
            and not self.controller.view.message
            and not self.is_open
            and not self.replica.over
        ):
            self._return_hint_pending = False
            self.controller.show_message(fill(messages.ON_YOUR_OWN, teacher=self.teacher))

    @property
    def is_open(self) -> bool:
        """Whether a prompt or a panel uses the last line."""
        return self.controller.prompt is not None or self.controller.panel is not None

    @property
    def _has_diverged(self) -> bool:
        """Whether the pupil has changed anything that the teacher has not."""
        controller, session = self.controller, self.controller.session
        if controller.playback.is_on or not isinstance(controller.panel, (*_READ_ONLY_PANELS, type(None))):
            return True
        if controller.job is not None:
            return not self._was_job_running
        if self._was_job_running:
            return CursorPosition(session.n, session.k) != self.replica.place
        return self._saved_session is not None and _session_version(session) != _session_version(
            self._saved_session
        )

    def return_to_teacher(self) -> None:
        """Show the teacher's state again; for a pupil who follows already, the question."""
        if self.replica.over:
            self.controller.show_message(self.class_over_message)
        elif self.is_independent:
            self.is_independent = self._return_hint_pending = False
            self._replace_controller()
            self.update()
            if not self.controller.view.message and self.controller.job is None:
                self.controller.show_message(fill(messages.FOLLOWING_AGAIN, teacher=self.teacher))
        elif self.replica.question.number:
            self.poll_reply.open_question(self.replica.question.is_open)
        else:
            self.controller.show_message(fill(messages.FOLLOWING_ALREADY, teacher=self.teacher))

    def _replace_controller(self) -> None:
        """Show the teacher's session with the pupil's theme and keys, and no prompt or panel."""
        old = self.controller
        self.controller = old.for_session(self._session)
        self.controller.size, self.controller.pupil = old.size, self
        self.controller.view = replace(old.view.follow_step(), message="", alert=False, count="")
        self.poll_reply.forget_shown_question()


def _session_version(session: Session) -> tuple[int, int, int]:
    """Equal for two states of a session only if nothing changed in between: events are only ever added."""
    return session.n, session.k, len(session.journal.events)


def follow_teacher(controller: Controller, _count: int) -> None:
    """A pupil returns to the teacher; the teacher returns to the question."""
    if controller.pupil is not None:
        controller.pupil.return_to_teacher()
    elif controller.room is not None:
        teacher.show_question(controller)
    else:
        controller.refuse(fill(messages.NO_CLASS))


COMMANDS: dict[str, Callable[[Controller, int], None]] = {"follow": follow_teacher}


class PollReply:
    """The question of the class, and the pupil's answer to it."""

    def __init__(self, pupil: PupilState, send: Callable[[Answer], None]) -> None:
        self._pupil = pupil
        self._send = send
        self._sent_answer: tuple[Question, str] | None = None
        """The last answer sent, with its question."""
        self._shown_question = NO_QUESTION
        """The question shown last, as it was then."""
        self._announced_question = NO_QUESTION
        """The last question announced while the pupil was on their own."""
        self._prompt: Prompt | None = None
        """The prompt for the answer; it stays here after the question was closed."""
        self._draft = NO_QUESTION, ""
        """An unfinished answer, with its question, from when that was closed."""

    @property
    def _question(self) -> Question:
        return self._pupil.replica.question

    @property
    def is_typing(self) -> bool:
        """Whether the open prompt is for an answer to the teacher's question."""
        return self._prompt is not None and self._pupil.controller.prompt is self._prompt

    @property
    def has_hidden_question(self) -> bool:
        """Whether there is an open question that the pupil's screen does not show."""
        return self._question.is_open and not isinstance(self._pupil.controller.panel, PollPanel)

    def resend_answer(self) -> None:
        """Send the answer again after the class was joined again, if the question is the same."""
        self._draft = self._shown_question, self._typed_text
        if self._sent_answer is not None and self._sent_answer[0].is_same(self._question):
            self._send(answer_message(self._sent_answer[0].number, parse_prediction(self._sent_answer[1])))
        else:
            self._sent_answer = None

    @property
    def _typed_text(self) -> str:
        return self._pupil.controller.editor.text if self.is_typing else ""

    def forget_shown_question(self) -> None:
        """The controller was replaced: no question is shown."""
        self._shown_question = NO_QUESTION

    def announce_question(self) -> None:
        """Tell a pupil on their own, once, that there is a question."""
        pupil, question = self._pupil, self._question
        if question.is_open and question != self._announced_question and not pupil.is_open:
            self._announced_question = question
            pupil.controller.show_message(fill(messages.QUESTION_ANNOUNCED, teacher=pupil.teacher))

    def update(self) -> None:
        """Show the question as it is now."""
        question = self._question
        if question == self._shown_question:
            return
        typed, before = self._typed_text, self._shown_question
        if question.is_open and not self._own_answer:
            self.open_question(True, self._draft[1] if self._draft[0].is_same(question) else "")
        elif question.number:
            self.open_question(False)
        else:
            self.close_question()
        if typed and not self.is_typing:
            self._draft = before if before.number else self._draft[0], typed
            self._absorb_late_input(typed)

    def close_question(self) -> None:
        """Show no question."""
        controller = self._pupil.controller
        if isinstance(controller.panel, PollPanel):
            controller.panel = None
        if self.is_typing:
            controller.prompt = None
            controller.show_message("")
        self._shown_question = self._question

    def _absorb_late_input(self, typed: str) -> None:
        """Keys typed for the question that arrive late go into a prompt, so that they run no action."""
        pupil = self._pupil

        def accept(_text: str) -> None:
            pupil.controller.show_message("")

        label = fill(messages.TOO_LATE, teacher=pupil.teacher)
        self._prompt = Prompt(label, accept, typed)
        pupil.controller.open_prompt(self._prompt)
        pupil.controller.editor.is_suggestion = False

    def open_question(self, asking: bool, typed: str = "") -> None:
        """Show the question or its answers; with `asking`, a prompt for the answer, `typed` so far."""
        controller, question = self._pupil.controller, self._question
        controller.panel = PupilPollPanel(
            question, self._note(question), lambda text: self.open_question(True, text)
        )
        controller.prompt = None
        self._shown_question = question
        if asking:
            self._prompt = self._answer_prompt(question)
            controller.open_prompt(self._prompt)
            controller.editor.insert(typed)
        else:
            own_answer = self._own_answer
            shown = question.is_open and own_answer
            controller.show_message(fill(messages.YOUR_ANSWER, answer=own_answer) if shown else "")

    @property
    def _own_answer(self) -> str:
        """The pupil's answer to the question; empty where there is none yet."""
        sent = self._sent_answer
        return sent[1] if sent is not None and sent[0].is_same(self._question) else ""

    def _note(self, question: Question) -> str:
        """The pupil's answer; with the verdict once it is revealed."""
        own_answer = self._own_answer
        if not own_answer:
            return ""
        if question.is_open:
            return fill(messages.YOU_ANSWERED_WAIT, answer=own_answer, teacher=self._pupil.teacher)
        found = self._grade(question, own_answer)
        if found is None:
            return fill(messages.YOU_ANSWERED, answer=own_answer)
        if found.is_correct:
            return fill(messages.YOU_ANSWERED_RIGHT, answer=own_answer)
        if found.suggestion:
            return fill(messages.YOU_ANSWERED_BECAUSE, answer=own_answer, suggestion=found.suggestion)
        return fill(messages.YOU_ANSWERED_WRONG, answer=own_answer)

    def _grade(self, question: Question, own_answer: str) -> Grade | None:
        """The grade that predict mode would give; None if the session is not at the question's position."""
        controller = self._pupil.controller
        if controller.session.n != question.n:
            return None
        try:
            upcoming = next_step(controller.session)
        except BpstepError:
            return None
        glyphs = Glyphs(ascii=controller.theme.ascii)
        return grade(parse_prediction(own_answer), upcoming, question.index, format_short, glyphs)

    def _answer_prompt(self, question: Question) -> Prompt:
        def accept(text: str) -> None:
            parsed = parse_prediction(text)
            if not math.isfinite(parsed.value):
                raise BpstepError(fill(messages.ANSWER_NOT_FINITE, text=text.strip()))
            self._sent_answer = (question, text.strip())
            self._send(answer_message(question.number, parsed))
            self.open_question(asking=False)

        cell = cell_name(question.name, question.index)
        return Prompt(fill(messages.ASK_PREDICTION, cell=cell), accept)
