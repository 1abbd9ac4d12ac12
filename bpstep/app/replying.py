"""The teacher's question at a pupil's: it opens, is answered, and closes whatever is being typed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bpstep import guess
from bpstep.app.polling import Asked, Polling
from bpstep.app.prompt import Prompt
from bpstep.cells import cell_name
from bpstep.classroom.messages import NOTHING_ASKED, Answer, Question, answer
from bpstep.coming import coming
from bpstep.errors import BpstepError
from bpstep.formula.glyphs import Glyphs
from bpstep.formula.numbers import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpstep.app.following import Following


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
            self._send(answer(self._given[0].number, guess.answer(self._given[1])))
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
        judged = guess.judge(guess.answer(mine), at, question.index, short, Glyphs(ascii=desk.look.ascii))
        return f": {'right' if judged.right else judged.suggests or 'that is another number'}"

    def _ask(self, question: Question) -> Prompt:
        def accept(text: str) -> None:
            given = guess.answer(text)
            if not math.isfinite(given.value):
                raise BpstepError(f"{text.strip()} can't be sent: expected a finite number")
            self._given = (question, text.strip())
            self._send(answer(question.number, given))
            self.open(asking=False)

        return Prompt(f"{cell_name(question.name, question.index)} will be:", accept)
