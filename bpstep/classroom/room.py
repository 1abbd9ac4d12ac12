"""The teacher's side of a class: what everybody is shown, who is there, and what each pupil has yet to be
sent.

A pupil gets only the newest state. All that is kept for each is how many of the events they have, and which
caption, question and position they were sent last; what is due is the difference, written when there is room
to send it. So a pupil who does not read costs no memory and delays nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from bpstep.classroom import messages, polls
from bpstep.classroom.protocol import (
    MAX_NAME_LENGTH,
    NO_QUESTION,
    Answer,
    Caption,
    FromPupil,
    FromTeacher,
    Hello,
    Over,
    Pointed,
    Position,
    Question,
    Welcome,
    encode,
)
from bpstep.errors import BpstepError
from bpstep.lang.cells import Index
from bpstep.learn import grade
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.session_file import header_line
from bpstep.text import fill

_MAX_CHUNK = 2**16
"""The most bytes that are handed out at once."""

MAX_PUPILS = 400

NOTHING_POINTED_AT = Pointed("", None)


@dataclass(eq=False)
class Pupil:
    """Somebody in the class, and what they have been sent."""

    name: str
    place: Position | None = None
    network_bytes_sent: int = 0
    """How many bytes of the network they have."""
    is_welcomed: bool = False
    events_sent: int = 0
    sent_state: list[FromTeacher | None] = field(default_factory=list)
    """The newest state that they have; empty if none."""


class Room:
    """A class: its question, its pupils, and the state that is sent to them."""

    def __init__(self, session: Session, teacher: str) -> None:
        self.session = session
        self.teacher = teacher
        self.caption = Caption("")
        self.pointed = NOTHING_POINTED_AT
        self.question = NO_QUESTION
        self.answers: dict[str, grade.Prediction] = {}
        """The answers to the question, by the pupils' names."""
        self.pupils: list[Pupil] = []
        self.over = False
        self._last_number = 0
        self._unrevealed: tuple[Question, dict[str, grade.Prediction]] | None = None
        """A question that the teacher moved past without revealing it, with its answers."""
        self._network_line = f"{header_line(session.network)}\n".encode()
        self._events: list[bytes] = []

    # What the teacher does

    def point(self, name: str, index: Index | None) -> bool:
        """Point at a cell, or at an equation if `index` is None; at the same again: clear it, and False."""
        wanted = Pointed(name, index)
        self.pointed = NOTHING_POINTED_AT if self.pointed == wanted else wanted
        return self.pointed == wanted

    def ask(self, index: Index) -> None:
        """Ask what a cell of the next equation will be; a question that is already open stays as it is."""
        self.drop_stale_question()
        if self.question.is_open:
            return
        self.question = polls.make_question(self.session, self._last_number + 1, index)
        self._last_number, self.answers, self._unrevealed = self.question.number, {}, None

    def reveal(self) -> None:
        """Show everybody the answers and the true value. BpstepError if there is no question."""
        self.drop_stale_question()
        if not self.question.is_open:
            raise BpstepError(fill(messages.NO_QUESTION))
        self.question = polls.reveal_question(self.session, self.question, self.answers.values())

    def resume(
        self, caption: Caption, pointed: Pointed, question: Question, answers: dict[str, grade.Prediction]
    ) -> None:
        """Restore what a class had when its state was saved."""
        self.caption, self.pointed, self.question, self.answers = caption, pointed, question, answers
        self._last_number = question.number

    def drop_stale_question(self) -> bool:
        """Drop the question if the teacher has moved to another equation; True if so.

        A question that was not revealed comes back when the teacher returns to that equation: a key pressed
        by mistake loses no answers.
        """
        n = self.session.n
        if self.question.number and self.question.n != n:
            self._unrevealed = (self.question, self.answers) if self.question.is_open else None
            self.question, self.answers = NO_QUESTION, {}
            return True
        if self._unrevealed is not None and not self.question.number and self._unrevealed[0].n == n:
            self._restore_question(*self._unrevealed)
        return False

    def _restore_question(self, question: Question, answers: dict[str, grade.Prediction]) -> None:
        self._unrevealed = None
        with suppress(BpstepError):  # an edit may have replaced the equation
            if polls.make_question(self.session, question.number, question.index) == question:
                self.question, self.answers = question, answers

    # What pupils do

    def enter(self, hello: Hello) -> Pupil:
        """Add a pupil. If the name is taken, they get one with a number."""
        taken = {pupil.name for pupil in self.pupils}
        name, count = hello.name, 1
        while name in taken:
            count += 1
            name = f"{hello.name[: MAX_NAME_LENGTH - 4].strip()} {count}"
        self.pupils.append(Pupil(name))
        return self.pupils[-1]

    def leave(self, pupil: Pupil) -> None:
        """Remove a pupil."""
        self.pupils.remove(pupil)

    def handle(self, pupil: Pupil, message: FromPupil) -> None:
        """Act on a pupil's message. BpstepError if they may not send it now."""
        match message:
            case Hello():
                raise BpstepError(fill(messages.HELLO_TWICE))
            case Position():
                pupil.place = message
            case Answer(number):
                # A late answer is not an offence: it was on its way when the question was closed.
                if number == self.question.number and self.question.is_open:
                    self._count(pupil.name, message.given)

    def _count(self, name: str, given: grade.Prediction) -> None:
        """Record an answer; if the list is full, it replaces that of a pupil who has left."""
        if name not in self.answers and len(self.answers) >= MAX_PUPILS:
            there = {pupil.name for pupil in self.pupils}
            del self.answers[next(each for each in self.answers if each not in there)]
        self.answers[name] = given

    @property
    def following(self) -> int:
        """How many pupils follow the teacher."""
        return sum(pupil.place is None or not pupil.place.own for pupil in self.pupils)

    # What is due

    @property
    def state(self) -> tuple[FromTeacher | None, ...]:
        """The newest state. The position is last, because all else belongs to it."""
        over = Over() if self.over else None
        place = CursorPosition(self.session.n, self.session.k)
        return (self.caption, self.pointed, self.question, over, place)

    def pending(self, pupil: Pupil) -> bytes:
        """The next portion of what a pupil does not have yet; empty if they have everything.

        What is returned counts as sent.
        """
        if not pupil.is_welcomed:
            pupil.is_welcomed = True
            return encode(Welcome(self.teacher, pupil.name))
        if pupil.network_bytes_sent < len(self._network_line):
            portion = self._network_line[pupil.network_bytes_sent : pupil.network_bytes_sent + _MAX_CHUNK]
            pupil.network_bytes_sent += len(portion)
            return portion
        return b"".join(self._pending_state(pupil))

    def _pending_state(self, pupil: Pupil) -> Iterator[bytes]:
        events = self._lines(pupil.events_sent)
        yield from events
        pupil.events_sent += len(events)
        if pupil.events_sent < len(self.session.journal.events):
            return
        state = self.state
        told = pupil.sent_state or [None] * len(state)
        for at, message in enumerate(state):
            is_place = at == len(state) - 1
            if message is not None and (message != told[at] or (is_place and events)):
                yield encode(message)
        pupil.sent_state = list(state)

    def _lines(self, start: int) -> list[bytes]:
        """The lines of the events from `start` on, as many as fit into a portion."""
        for event in self.session.journal.events[len(self._events) :]:
            self._events.append(encode(event))
        found: list[bytes] = []
        size = 0
        for line in self._events[start:]:
            if found and size > _MAX_CHUNK:
                break
            found.append(line)
            size += len(line)
        return found
