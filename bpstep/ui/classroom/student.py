"""A pupil's screen and the class: it follows the teacher, until the pupil does something of their own.

The session that is shown is the pupil's alone in either case. Before a key is heard a copy of it is put
aside; if the key has changed anything, that copy is what follows the teacher from then on, unseen, and what
`follow` returns to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from bpstep.actions import LOCAL_ACTIONS, TEACHER_ACTIONS
from bpstep.classroom.messages import NO_QUESTION, Answer, Question, answer_message
from bpstep.classroom.replica import Replica, clone_session
from bpstep.errors import BpstepError
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_short
from bpstep.lang.cells import cell_name
from bpstep.learn import grade as guess
from bpstep.learn.next_step import next_step
from bpstep.render.view_state import is_cell
from bpstep.session.session import Session
from bpstep.storage.session_file import CursorPosition
from bpstep.ui.classroom import teacher
from bpstep.ui.classroom.poll_panel import PollPanel, StudentPollPanel
from bpstep.ui.controller import Controller
from bpstep.ui.panels import HelpPanel, Palette
from bpstep.ui.prompt import Prompt

_READ_ONLY_PANELS = (HelpPanel, Palette, PollPanel)
"""The panels that ask nothing of the session."""

_MAX_NAME_WIDTH = 12
"""Cells of a teacher's name in the first line."""


class StudentState:
    """What a pupil sees of a class, and whether they follow it."""

    def __init__(self, controller: Controller, replica: Replica, send: Callable[[Answer], None]) -> None:
        self.controller = controller
        self.replica = replica
        self.teacher_is_offline = False
        """True while the teacher can't be reached."""
        self.is_independent = False
        """True where the pupil has left the teacher."""
        self.poll_reply = PollReply(self, send)
        self._session = controller.session
        """The session that follows the teacher; the one shown, unless the pupil is on their own."""
        self._saved_session: Session | None = None
        self._was_job_running = False
        self._return_hint_pending = False
        """True where the pupil is still to be told how to come back."""
        controller.student = self
        controller.view = replace(controller.view, hidden_actions=TEACHER_ACTIONS | LOCAL_ACTIONS)
        greeting = f"you follow {self.teacher}: step or edit on your own at any time, o brings you back"
        self.update(controller.view.message or greeting)

    @property
    def teacher(self) -> str:
        """Who holds the class."""
        assert self.replica.welcome is not None
        return self.replica.welcome.teacher

    @property
    def n(self) -> int:
        """Where the teacher is."""
        return self.replica.place.n if self.replica.place is not None else 0

    @property
    def status_text(self) -> str:
        """The flag of the first line: whether the pupil follows, and where the teacher is."""
        if self.replica.over:
            return "the class is over"
        if self.teacher_is_offline:
            return "on your own; teacher away" if self.is_independent else "teacher away, reconnecting"
        teacher, position = self.teacher[:_MAX_NAME_WIDTH], f"n = {self.n:,}"
        has_question = self.poll_reply.has_hidden_question
        if self.is_independent:
            return f"on your own; {teacher}{' asks' if has_question else ''} at {position}"
        if self.is_behind:
            return (
                f"{teacher} asks; Escape follows {position}"
                if has_question
                else f"Escape follows {teacher} {position}"
            )
        return f"following {teacher} {position}"

    @property
    def priority_actions(self) -> tuple[str, ...]:
        """The action that matters most to whoever is on their own: the way back."""
        return ("follow",) if self.is_independent else ()

    # The teacher does something

    def restart(self, replica: Replica, session: Session) -> None:
        """The class has begun anew: the line was down, or the teacher away."""
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
        """Show what is newest, if the pupil follows and is not in the middle of something.

        `said` is told where nothing else is to be.
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
        """What is said when the class is over."""
        return f"the class is over: q leaves; wait, and you are in again when {self.teacher} opens it"

    @property
    def is_busy(self) -> bool:
        """Whether something is open that the pupil types into or reads in: the screen then stays as it is."""
        controller = self.controller
        typing = controller.prompt is not None and not self.poll_reply.is_typing
        return typing or not isinstance(controller.panel, (PollPanel, type(None)))

    @property
    def is_behind(self) -> bool:
        """Whether the screen has stayed, and the teacher has not."""
        session, place = self.controller.session, self.replica.place
        return self.is_busy and (
            self.poll_reply.has_hidden_question or place != CursorPosition(session.n, session.k)
        )

    # The pupil does something

    def before_input(self) -> None:
        """Put a copy aside: what is heard may change what is shown."""
        if not self.is_independent and (
            self._saved_session is None
            or _session_version(self._saved_session) != _session_version(self._session)
        ):
            self._saved_session = clone_session(self._session)
        self._was_job_running = self.controller.job is not None
        self._return_hint_pending |= self.is_independent and self.is_open

    def after_input(self) -> None:
        """See whether the pupil has left the teacher; say how one comes back when there is room for that."""
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
            self.controller.show_message(f"you are on your own: o follows {self.teacher} again")

    @property
    def is_open(self) -> bool:
        """Whether a question or a panel has the last line."""
        return self.controller.prompt is not None or self.controller.panel is not None

    @property
    def _has_diverged(self) -> bool:
        """Whether anything is other than the teacher's doing would have it."""
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
        """Go back to the teacher, with the teacher's state; where one is there, open the question again."""
        if self.replica.over:
            self.controller.show_message(self.class_over_message)
        elif self.is_independent:
            self.is_independent = self._return_hint_pending = False
            self._replace_controller()
            self.update()
            if not self.controller.view.message and self.controller.job is None:
                self.controller.show_message(f"you follow {self.teacher} again")
        elif self.replica.question.number:
            self.poll_reply.open_question(self.replica.question.is_open)
        else:
            self.controller.show_message(f"you follow {self.teacher} already")

    def _replace_controller(self) -> None:
        """A desk for the teacher's session that looks as the pupil likes it; nothing is open on it."""
        old = self.controller
        self.controller = old.for_session(self._session)
        self.controller.size, self.controller.student = old.size, self
        self.controller.view = replace(old.view.follow_step(), message="", alert=False, count="")
        self.poll_reply.forget_shown_question()


def _session_version(session: Session) -> tuple[int, int, int]:
    """What tells a session that was changed from one that was not: events are only ever added."""
    return session.n, session.k, len(session.journal.events)


def follow_teacher(controller: Controller, _count: int) -> None:
    """Go back to the teacher; the teacher goes back to the question."""
    if controller.student is not None:
        controller.student.return_to_teacher()
    elif controller.room is not None:
        teacher.show_question(controller)
    else:
        controller.show_message("this is no class: bpstep join CLASS brings you into one")


COMMANDS: dict[str, Callable[[Controller, int], None]] = {"follow": follow_teacher}


class PollReply:
    """What a pupil knows of the question, and has answered."""

    def __init__(self, student: StudentState, send: Callable[[Answer], None]) -> None:
        self._student = student
        self._send = send
        self._sent_answer: tuple[Question, str] | None = None
        """What the pupil has typed as an answer, to which question."""
        self._shown_question = NO_QUESTION
        """The question that was shown last, as it was then."""
        self._announced_question = NO_QUESTION
        """The question that was told while the pupil was on their own."""
        self._prompt: Prompt | None = None
        """What the pupil is asked here, or was until the question closed."""
        self._draft = NO_QUESTION, ""
        """What the pupil was typing as an answer, to which question, when that closed."""

    @property
    def _question(self) -> Question:
        return self._student.replica.question

    @property
    def is_typing(self) -> bool:
        """Whether the question that is open at the desk is the teacher's."""
        return self._prompt is not None and self._student.controller.prompt is self._prompt

    @property
    def has_hidden_question(self) -> bool:
        """Whether the teacher asks something that is not on the pupil's screen."""
        return self._question.is_open and not isinstance(self._student.controller.panel, PollPanel)

    def resend_answer(self) -> None:
        """The class has begun anew: give the answer again, where the question is the same."""
        self._draft = self._shown_question, self._typed_text
        if self._sent_answer is not None and self._sent_answer[0].is_same(self._question):
            self._send(
                answer_message(self._sent_answer[0].number, guess.parse_prediction(self._sent_answer[1]))
            )
        else:
            self._sent_answer = None

    @property
    def _typed_text(self) -> str:
        """What the pupil is typing as an answer."""
        return self._student.controller.editor.text if self.is_typing else ""

    def forget_shown_question(self) -> None:
        """The desk is another: what was shown is not there."""
        self._shown_question = NO_QUESTION

    def announce_question(self) -> None:
        """Whoever is on their own is told once that something is asked."""
        student, question = self._student, self._question
        if question.is_open and question != self._announced_question and not student.is_open:
            self._announced_question = question
            student.controller.show_message(f"{student.teacher} asks the class something: o goes there")

    def update(self) -> None:
        """Bring the screen up to the question as it is now."""
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
        """There is no question."""
        controller = self._student.controller
        if isinstance(controller.panel, PollPanel):
            controller.panel = None
        if self.is_typing:
            controller.prompt = None
            controller.show_message("")
        self._shown_question = self._question

    def _absorb_late_input(self, typed: str) -> None:
        """What is still on its way from the keyboard was meant for the question, and must do nothing else."""
        student = self._student

        def accept(_text: str) -> None:
            student.controller.show_message("")

        self._prompt = Prompt(f"too late, {student.teacher} has gone on; Enter goes on too:", accept, typed)
        student.controller.open_prompt(self._prompt)
        student.controller.editor.is_suggestion = False

    def open_question(self, asking: bool, typed: str = "") -> None:
        """Show the question, or how it was answered; `asking` for an answer, of which `typed` is there."""
        controller, question = self._student.controller, self._question
        controller.panel = StudentPollPanel(
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
            controller.show_message(
                f"your answer is {own_answer}; o takes another" if question.is_open and own_answer else ""
            )

    @property
    def _own_answer(self) -> str:
        """What the pupil has answered to the teacher's question; empty where nothing yet."""
        sent = self._sent_answer
        return sent[1] if sent is not None and sent[0].is_same(self._question) else ""

    def _note(self, question: Question) -> str:
        """What the pupil has answered, and once everybody knows, what that was."""
        own_answer = self._own_answer
        if not own_answer:
            return ""
        if question.is_open:
            return f"you answered {own_answer}: wait for {self._student.teacher}"
        return f"you answered {own_answer}{self._verdict(question, own_answer)}"

    def _verdict(self, question: Question, own_answer: str) -> str:
        """What predict mode would say to it: the session stands where the question was asked."""
        controller = self._student.controller
        if controller.session.n != question.n:
            return ""
        try:
            upcoming = next_step(controller.session)
        except BpstepError:
            return ""
        grade = guess.grade(
            guess.parse_prediction(own_answer),
            upcoming,
            question.index,
            format_short,
            Glyphs(ascii=controller.theme.ascii),
        )
        return f": {'right' if grade.is_correct else grade.suggestion or 'that is another number'}"

    def _answer_prompt(self, question: Question) -> Prompt:
        def accept(text: str) -> None:
            parsed = guess.parse_prediction(text)
            if not math.isfinite(parsed.value):
                raise BpstepError(f"{text.strip()} can't be sent: expected a finite number")
            self._sent_answer = (question, text.strip())
            self._send(answer_message(question.number, parsed))
            self.open_question(asking=False)

        return Prompt(f"{cell_name(question.name, question.index)} will be:", accept)
