"""A pupil's screen and the class: it follows the teacher, until the pupil does something of their own.

The session that is shown is the pupil's alone in either case. Before a key is heard a copy of it is put
aside; if the key has changed anything, that copy is what follows the teacher from then on, unseen, and what
`follow` returns to.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bpstep.actions import LOCAL, TEACHERS
from bpstep.classroom.messages import NOTHING_ASKED, Answer, Question, answer
from bpstep.classroom.replica import Mirror, twin
from bpstep.errors import BpstepError
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import short
from bpstep.lang.cells import cell_name
from bpstep.learn import grade
from bpstep.learn.next_step import coming
from bpstep.render.view_state import is_cell
from bpstep.storage.session_file import Moved
from bpstep.ui.classroom import teacher
from bpstep.ui.classroom.poll_panel import Asked, Polling
from bpstep.ui.panels import Helping, Palette
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpstep.session.session import Session
    from bpstep.ui.controller import Desk

_HARMLESS = (Helping, Palette, Polling)
"""The panels that ask nothing of the session."""


class Following:
    """What a pupil sees of a class, and whether they follow it."""

    def __init__(self, desk: Desk, mirror: Mirror, send: Callable[[Answer], None]) -> None:
        self.desk = desk
        self.mirror = mirror
        self.away = False
        """True while the teacher can't be reached."""
        self.own = False
        """True where the pupil has left the teacher."""
        self.reply = Replying(self, send)
        self._session = desk.session
        """The session that follows the teacher; the one shown, unless the pupil is on their own."""
        self._spare: Session | None = None
        self._running = False
        self._untold = False
        """True where the pupil is still to be told how to come back."""
        desk.following = self
        desk.view = replace(desk.view, without=TEACHERS | LOCAL)
        greeting = f"you follow {self.teacher}: step or edit on your own at any time, o brings you back"
        self.catch_up(desk.view.message or greeting)

    @property
    def teacher(self) -> str:
        """Who holds the class."""
        assert self.mirror.welcome is not None
        return self.mirror.welcome.teacher

    @property
    def n(self) -> int:
        """Where the teacher is."""
        return self.mirror.place.n if self.mirror.place is not None else 0

    # The teacher does something

    def begin(self, mirror: Mirror, session: Session) -> None:
        """The class has begun anew: the line was down, or the teacher away."""
        self.mirror, self._session, self._spare, self.away = mirror, session, None, False
        self.reply.again()
        if not self.own:
            self._take_desk()
        self.catch_up()

    def catch_up(self, said: str = "") -> None:
        """Show what is newest, if the pupil follows and is not in the middle of something.

        `said` is told where nothing else is to be.
        """
        desk, mirror = self.desk, self.mirror
        pointed = mirror.pointed.target
        if pointed != desk.view.pointed:
            desk.view = replace(desk.view, pointed=pointed)
            if not self.own and pointed is not None and is_cell(desk.frame, *pointed):
                desk.view = desk.view.select(pointed[0], pointed[1] or ())
        desk.view = replace(desk.view, caption=mirror.caption.text)
        if mirror.over:
            self.reply.close()
            desk.say(self.over)
            return
        if self.own:
            self.reply.tell()
        if self.own or self.is_busy:
            return
        changed = mirror.follow(self._session)
        place = mirror.place
        if place is not None and (changed or (place.n, place.k) != (self._session.n, self._session.k)):
            desk.move(place.n, said, place.k)
        elif said:
            desk.say(said)
        self._running = desk.running is not None
        self.reply.show()

    @property
    def over(self) -> str:
        """What is said when the class is over."""
        return f"the class is over: q leaves; wait, and you are in again when {self.teacher} opens it"

    @property
    def is_busy(self) -> bool:
        """Whether something is open that the pupil types into or reads in: the screen then stays as it is."""
        desk = self.desk
        typing = desk.prompt is not None and not self.reply.is_typing
        return typing or not isinstance(desk.panel, (Polling, type(None)))

    @property
    def is_behind(self) -> bool:
        """Whether the screen has stayed, and the teacher has not."""
        session, place = self.desk.session, self.mirror.place
        return self.is_busy and (self.reply.is_unseen or place != Moved(session.n, session.k))

    # The pupil does something

    def before_input(self) -> None:
        """Put a copy aside: what is heard may change what is shown."""
        if not self.own and (self._spare is None or _state(self._spare) != _state(self._session)):
            self._spare = twin(self._session)
        self._running = self.desk.running is not None
        self._untold |= self.own and self.is_open

    def after_input(self) -> None:
        """See whether the pupil has left the teacher; say how one comes back when there is room for that."""
        if not self.own and not self._has_left:
            if not self.mirror.over:
                self.catch_up()
            return
        if not self.own:
            self.own, self._session, self._spare = True, self._spare or self._session, None
            self._untold = True
        if self._untold and not self.desk.view.message and not self.is_open and not self.mirror.over:
            self._untold = False
            self.desk.say(f"you are on your own: o follows {self.teacher} again")

    @property
    def is_open(self) -> bool:
        """Whether a question or a panel has the last line."""
        return self.desk.prompt is not None or self.desk.panel is not None

    @property
    def _has_left(self) -> bool:
        """Whether anything is other than the teacher's doing would have it."""
        desk, session = self.desk, self.desk.session
        if desk.playing.on or not isinstance(desk.panel, (*_HARMLESS, type(None))):
            return True
        if desk.running is not None:
            return not self._running
        if self._running:
            return Moved(session.n, session.k) != self.mirror.place
        return self._spare is not None and _state(session) != _state(self._spare)

    def follow(self) -> None:
        """Go back to the teacher, with the teacher's state; where one is there, open the question again."""
        if self.mirror.over:
            self.desk.say(self.over)
        elif self.own:
            self.own = self._untold = False
            self._take_desk()
            self.catch_up()
            if not self.desk.view.message and self.desk.running is None:
                self.desk.say(f"you follow {self.teacher} again")
        elif self.mirror.question.number:
            self.reply.open(self.mirror.question.is_open)
        else:
            self.desk.say(f"you follow {self.teacher} already")

    def _take_desk(self) -> None:
        """A desk for the teacher's session that looks as the pupil likes it; nothing is open on it."""
        old = self.desk
        self.desk = type(old)(self._session, old.look, old.view.keys)
        self.desk.size, self.desk.following = old.size, self
        self.desk.view = replace(old.view.following(), message="", alert=False, count="")
        self.reply.forget_shown()


def _state(session: Session) -> tuple[int, int, int]:
    """What tells a session that was changed from one that was not: events are only ever added."""
    return session.n, session.k, len(session.journal.events)


def follow(desk: Desk, _count: int) -> None:
    """Go back to the teacher; the teacher goes back to the question."""
    if desk.following is not None:
        desk.following.follow()
    elif desk.room is not None:
        teacher.show_question(desk)
    else:
        desk.say("this is no class: bpstep join CLASS brings you into one")


DEEDS: dict[str, Callable[[Desk, int], None]] = {"follow": follow}


class Replying:
    """What a pupil knows of the question, and has answered."""

    def __init__(self, at: Following, send: Callable[[Answer], None]) -> None:
        self._at = at
        self._send = send
        self._given: tuple[Question, str] | None = None
        """What the pupil has typed as an answer, to which question."""
        self._shown = NOTHING_ASKED
        """The question that was shown last, as it was then."""
        self._told = NOTHING_ASKED
        """The question that was told while the pupil was on their own."""
        self._prompt: Prompt | None = None
        """What the pupil is asked here, or was until the question closed."""
        self._half = NOTHING_ASKED, ""
        """What the pupil was typing as an answer, to which question, when that closed."""

    @property
    def _question(self) -> Question:
        return self._at.mirror.question

    @property
    def is_typing(self) -> bool:
        """Whether the question that is open at the desk is the teacher's."""
        return self._prompt is not None and self._at.desk.prompt is self._prompt

    @property
    def is_unseen(self) -> bool:
        """Whether the teacher asks something that is not on the pupil's screen."""
        return self._question.is_open and not isinstance(self._at.desk.panel, Polling)

    def again(self) -> None:
        """The class has begun anew: give the answer again, where the question is the same."""
        self._half = self._shown, self._typed
        if self._given is not None and self._given[0].is_same(self._question):
            self._send(answer(self._given[0].number, grade.answer(self._given[1])))
        else:
            self._given = None

    @property
    def _typed(self) -> str:
        """What the pupil is typing as an answer."""
        return self._at.desk.typed.text if self.is_typing else ""

    def forget_shown(self) -> None:
        """The desk is another: what was shown is not there."""
        self._shown = NOTHING_ASKED

    def tell(self) -> None:
        """Whoever is on their own is told once that something is asked."""
        at, question = self._at, self._question
        if question.is_open and question != self._told and not at.is_open:
            self._told = question
            at.desk.say(f"{at.teacher} asks the class something: o goes there")

    def show(self) -> None:
        """Bring the screen up to the question as it is now."""
        question = self._question
        if question == self._shown:
            return
        typed, before = self._typed, self._shown
        if question.is_open and not self._mine:
            self.open(True, self._half[1] if self._half[0].is_same(question) else "")
        elif question.number:
            self.open(False)
        else:
            self.close()
        if typed and not self.is_typing:
            self._half = before if before.number else self._half[0], typed
            self._catch(typed)

    def close(self) -> None:
        """There is no question."""
        desk = self._at.desk
        if isinstance(desk.panel, Polling):
            desk.panel = None
        if self.is_typing:
            desk.prompt = None
            desk.say("")
        self._shown = self._question

    def _catch(self, typed: str) -> None:
        """What is still on its way from the keyboard was meant for the question, and must do nothing else."""
        at = self._at

        def accept(_text: str) -> None:
            at.desk.say("")

        self._prompt = Prompt(f"too late, {at.teacher} has gone on; Enter goes on too:", accept, typed)
        at.desk.ask(self._prompt)
        at.desk.typed.fresh = False

    def open(self, asking: bool, typed: str = "") -> None:
        """Show the question, or how it was answered; `asking` for an answer, of which `typed` is there."""
        desk, question = self._at.desk, self._question
        desk.panel = Asked(question, self._note(question), lambda text: self.open(True, text))
        desk.prompt = None
        self._shown = question
        if asking:
            self._prompt = self._ask(question)
            desk.ask(self._prompt)
            desk.typed.insert(typed)
        else:
            mine = self._mine
            desk.say(f"your answer is {mine}; o takes another" if question.is_open and mine else "")

    @property
    def _mine(self) -> str:
        """What the pupil has answered to the teacher's question; empty where nothing yet."""
        given = self._given
        return given[1] if given is not None and given[0].is_same(self._question) else ""

    def _note(self, question: Question) -> str:
        """What the pupil has answered, and once everybody knows, what that was."""
        mine = self._mine
        if not mine:
            return ""
        if question.is_open:
            return f"you answered {mine}: wait for {self._at.teacher}"
        return f"you answered {mine}{self._verdict(question, mine)}"

    def _verdict(self, question: Question, mine: str) -> str:
        """What predict mode would say to it: the session stands where the question was asked."""
        desk = self._at.desk
        if desk.session.n != question.n:
            return ""
        try:
            at = coming(desk.session)
        except BpstepError:
            return ""
        judged = grade.judge(grade.answer(mine), at, question.index, short, Glyphs(ascii=desk.look.ascii))
        return f": {'right' if judged.right else judged.suggests or 'that is another number'}"

    def _ask(self, question: Question) -> Prompt:
        def accept(text: str) -> None:
            given = grade.answer(text)
            if not math.isfinite(given.value):
                raise BpstepError(f"{text.strip()} can't be sent: expected a finite number")
            self._given = (question, text.strip())
            self._send(answer(question.number, given))
            self.open(asking=False)

        return Prompt(f"{cell_name(question.name, question.index)} will be:", accept)
