"""What a pupil knows of the class, from all lines that the teacher has sent."""

from __future__ import annotations

from pathlib import Path

from bpstep.classroom import messages
from bpstep.classroom.protocol import (
    MAX_NETWORK_LINE,
    NO_QUESTION,
    Caption,
    LineReader,
    Over,
    Pointed,
    Question,
    Refused,
    Welcome,
    from_teacher,
)
from bpstep.classroom.room import NOTHING_POINTED_AT
from bpstep.errors import BpstepError
from bpstep.model.network import Network
from bpstep.session.events import Event
from bpstep.session.session import Session
from bpstep.storage import session_file
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.json_lines import MAX_LINE_LENGTH
from bpstep.storage.session_file import SavedSession
from bpstep.text import fill

_MAX_EVENTS = 200_000

_MAX_SINGLE_EVENTS = 8
"""If there are more events than this, they are not followed one by one."""

_SOURCE = Path("the class")


class Replica:
    """What one connection has told about the class. Only `follow` computes anything."""

    def __init__(self) -> None:
        self.welcome: Welcome | None = None
        self.refused = ""
        """Why the pupil may not enter; empty if they may."""
        self.saved: SavedSession | None = None
        """The network as in a session file; None until it has arrived."""
        self.events: list[Event] = []
        self.place: CursorPosition | None = None
        """Where the teacher is; None until the class has said so."""
        self.caption = Caption("")
        self.pointed: Pointed = NOTHING_POINTED_AT
        self.question: Question = NO_QUESTION
        self.over = False
        self._complete_events = 0
        """How many events come before the teacher's position."""
        self._lines = LineReader(MAX_LINE_LENGTH)

    @property
    def is_complete(self) -> bool:
        """Whether all parts of the first state have been received."""
        return self.place is not None

    def feed(self, data: bytes) -> bool:
        """Take bytes; True if they complete a state, so that there is something to show.

        BpstepError if a line is invalid.
        """
        complete = False
        for line in self._lines.feed(data):
            if self.welcome is not None and self.saved is None:
                header, text, imported = session_file.read_header(_SOURCE, line)
                if header.origin or header.digest:
                    raise BpstepError(fill(messages.NAMES_A_FILE))
                self.saved = SavedSession(_SOURCE, header, text, (), 0, imported=imported)
                self._lines.limit = MAX_LINE_LENGTH
            else:
                complete = self._take(line) or complete
        return complete

    def _take(self, line: bytes) -> bool:
        message = from_teacher(line)
        match message:
            case Welcome() if self.welcome is None:
                self.welcome = message
                self._lines.limit = MAX_NETWORK_LINE
                return False
            case Refused(why) if self.welcome is None:
                self.refused = why
                return False
            case _ if self.saved is None:
                raise BpstepError(fill(messages.NO_WELCOME))
            case Caption():
                self.caption = message
            case Pointed():
                self.pointed = message
            case Question():
                self.question = message
            case Over():
                self.over = True
            case CursorPosition():
                self.place, self._complete_events = message, len(self.events)
            case Welcome() | Refused():
                raise BpstepError(fill(messages.WELCOME_TWICE))
            case _:
                self._add(message)
                return False
        return self.is_complete

    def _add(self, event: Event) -> None:
        if len(self.events) >= _MAX_EVENTS:
            raise BpstepError(fill(messages.TOO_MANY_EVENTS, limit=_MAX_EVENTS))
        self.events.append(event)

    @property
    def network(self) -> Network:
        """The class's network. BpstepError if its text is not one."""
        assert self.saved is not None
        return self.saved.network()

    def follow(self, session: Session) -> bool:
        """Bring a session's events up to the teacher's; True if that may have changed its state.

        BpstepError if an event does not fit the network. Nothing is computed.
        """
        missing = self.events[len(session.journal.events) : self._complete_events]
        if len(missing) <= _MAX_SINGLE_EVENTS:
            for event in missing:
                session.record(event)
        else:
            for event in missing:
                session.append(event)
            session.rebuild_runs()
        return bool(missing)


def clone_session(session: Session) -> Session:
    """A session that starts where another stands and is then independent; they share what is computed."""
    found = Session.__new__(Session)
    found.__dict__.update(session.__dict__)
    found.__dict__.pop("frame", None)
    found.journal = type(session.journal)()
    for event in session.journal.events:
        found.journal.add(event)
    found.runs = {name: run.copy() for name, run in session.runs.items()}
    return found
