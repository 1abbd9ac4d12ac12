"""What was done to a session, as events in order; what holds now is what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

from bpstep.edits import AnyEdit
from bpstep.errors import BpstepError


@dataclass(frozen=True)
class DropEdits:
    """Every edit made before is dropped."""


@dataclass(frozen=True)
class Undo:
    """The last change is taken back."""


@dataclass(frozen=True)
class Redo:
    """The change taken back last is made again."""


@dataclass(frozen=True)
class Mark:
    """The position n has a name; None takes the name away."""

    name: str
    n: int | None


Event = AnyEdit | DropEdits | Undo | Redo | Mark
Change = AnyEdit | DropEdits


class Journal:
    """The events, and what they add up to: edits in force, changes to undo and redo, marks."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.marks: dict[str, int] = {}
        self._done: list[Change] = []
        self._undone: list[Change] = []

    def add(self, event: Event) -> None:
        """Take an event over. BpstepError where there is nothing to undo or redo."""
        match event:
            case Undo():
                if not self._done:
                    raise BpstepError("nothing to undo: no edit was made")
                self._undone.append(self._done.pop())
            case Redo():
                if not self._undone:
                    raise BpstepError("nothing to redo: no edit was undone")
                self._done.append(self._undone.pop())
            case Mark():
                self.marks.pop(event.name, None)
                if event.n is not None:
                    self.marks[event.name] = event.n
            case _:
                self._done.append(event)
                self._undone.clear()
        self.events.append(event)

    @property
    def edits(self) -> tuple[AnyEdit, ...]:
        """The edits in force, in the order in which they were made."""
        held: list[AnyEdit] = []
        for change in self._done:
            if isinstance(change, DropEdits):
                held = []
            else:
                held.append(change)
        return tuple(held)

    @property
    def last_done(self) -> Change | None:
        """The change that undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def last_undone(self) -> Change | None:
        """The change that redo would make again."""
        return self._undone[-1] if self._undone else None
