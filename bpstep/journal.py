"""What was done to a session, as events in order; what holds now is what they add up to."""

from __future__ import annotations

from typing import Protocol

from bpstep.breakpoints import Breakpoint, Breakpoints, DropBreakpoint
from bpstep.changes import AboutChanges, Change, DropEdits, Fork, Redo, Runs, Switch, Undo
from bpstep.edits import AnyEdit, Edit, EditEquation
from bpstep.hints import Hint, Hints
from bpstep.marks import Mark, Marks
from bpstep.watches import DropWatch, Watch, Watches

__all__ = [
    "EVENTS",
    "Breakpoint",
    "Change",
    "DropBreakpoint",
    "DropEdits",
    "DropWatch",
    "Event",
    "Fork",
    "Hint",
    "Journal",
    "Mark",
    "Redo",
    "Switch",
    "Undo",
    "Watch",
]

Event = AboutChanges | Mark | Hint | Breakpoint | DropBreakpoint | Watch | DropWatch
EVENTS: tuple[type[Event], ...] = (
    *(Edit, EditEquation, DropEdits, Undo, Redo, Fork, Switch, Mark, Hint),
    *(Breakpoint, DropBreakpoint, Watch, DropWatch),
)
"""Every kind of event: frozen plain data, so that each is one line of JSON."""


class Part(Protocol):
    """What events of one kind add up to."""

    def take(self, event: object) -> None:
        """Follow an event that is this part's, pass over any other. BpstepError, with nothing changed."""


class Journal:
    """The events, and what they add up to: the changes of each run, the marks."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.runs = Runs()
        self._marks = Marks()
        self._hints = Hints()
        self.breakpoints = Breakpoints()
        self.watches = Watches()
        self._parts: tuple[Part, ...] = (
            *(self.runs, self._marks, self._hints),
            *(self.breakpoints, self.watches),
        )

    def add(self, event: Event) -> None:
        """Take an event over. BpstepError where there is nothing to undo or redo, or no run to switch to."""
        for part in self._parts:
            part.take(event)
        self.events.append(event)

    @property
    def marks(self) -> dict[str, int]:
        """The n of each mark, by name."""
        return self._marks.at

    @property
    def hints(self) -> int:
        """How many hints of a puzzle were given."""
        return self._hints.given

    @property
    def edits(self) -> tuple[AnyEdit, ...]:
        """The edits in force in the run that one is in, in the order in which they were made."""
        return self.runs.here.edits

    @property
    def last_done(self) -> Change | None:
        """The change that undo would take back."""
        done = self.runs.here.done
        return done[0] if done else None

    @property
    def last_undone(self) -> Change | None:
        """The change that redo would make again."""
        undone = self.runs.here.undone
        return undone[0] if undone else None
