"""The events of a session and their combined effect.

Changes are edits made, dropped, undone and redone, in one run or in two that began as one; the other events
set marks, breakpoints and watches, or show a hint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol, TypeAlias

from bpstep.engine.edits import Edit, EditEquation, EditEvent, EditLine
from bpstep.errors import BpstepError
from bpstep.frozen import frozen
from bpstep.session import messages
from bpstep.session.breakpoints import Breakpoint, Breakpoints, DropBreakpoint
from bpstep.session.watches import DropWatch, Watch, Watches
from bpstep.text import fill

RUN_NAMES = ("A", "B")


@frozen
class DropEdits:
    """Every earlier edit is dropped."""


@frozen
class Undo:
    """The last change is undone."""


@frozen
class Redo:
    """The last undone change is made again."""


@frozen
class Fork:
    """At n the current run stays as A, and work continues in B with the same changes.

    If there are two runs already, the one that is not shown is closed.
    """

    n: int


@frozen
class Switch:
    """Work continues in a run: "A" or "B"."""

    run: str


@frozen
class CloseRun:
    """A run, "A" or "B", is closed: the other one stays, as A."""

    run: str


@frozen
class ReopenRun:
    """Both runs are again as they were when one was last closed, by `CloseRun` or by another fork."""


Change = EditEvent | DropEdits

ChangeEvent = Change | Undo | Redo | Fork | Switch | CloseRun | ReopenRun

_Chain: TypeAlias = "tuple[Change, _Chain] | None"
"""Changes, the last one first: two runs share what they have in common."""


@frozen
class ChangeHistory:
    """One run's changes, with the undone ones."""

    done: _Chain = None
    undone: _Chain = None

    def add(self, change: Change) -> ChangeHistory:
        """The history with another change; undone changes are dropped."""
        return ChangeHistory((change, self.done))

    def undo(self) -> ChangeHistory:
        """The history with the last change undone. BpstepError if there is none."""
        if self.done is None:
            raise BpstepError(fill(messages.NOTHING_TO_UNDO))
        change, rest = self.done
        return replace(self, done=rest, undone=(change, self.undone))

    def redo(self) -> ChangeHistory:
        """The history with the change redone that was undone last. BpstepError if there is none."""
        if self.undone is None:
            raise BpstepError(fill(messages.NOTHING_TO_REDO))
        change, rest = self.undone
        return replace(self, done=(change, self.done), undone=rest)

    @property
    def edits(self) -> tuple[EditEvent, ...]:
        """The edits in force, in order."""
        return tuple(self._latest())[::-1]

    def _latest(self) -> Iterator[EditEvent]:
        chain = self.done
        while chain is not None and not isinstance(chain[0], DropEdits):
            yield chain[0]
            chain = chain[1]


@frozen
class ClosedRun:
    """Both runs just before one of them was closed, and the runs just after that."""

    run: str
    before: tuple[dict[str, ChangeHistory], str, int]
    after: dict[str, ChangeHistory]


class Runs:
    """The changes of every run, and which run is current."""

    def __init__(self) -> None:
        self.current = RUN_NAMES[0]
        self.changes = {RUN_NAMES[0]: ChangeHistory()}
        self.forked_at = 0
        """The n at which the second run began, if there is one."""
        self.closed: list[ClosedRun] = []
        """The closed runs that can be reopened, the last one at the end."""

    @property
    def current_history(self) -> ChangeHistory:
        """The changes of the current run."""
        return self.changes[self.current]

    @property
    def other(self) -> str:
        """The run that is not current. BpstepError if there is none."""
        if len(self.changes) < len(RUN_NAMES):
            raise BpstepError(fill(messages.ONE_RUN_ONLY))
        return RUN_NAMES[1 - RUN_NAMES.index(self.current)]

    @property
    def last_closed(self) -> str:
        """The run that was closed last; empty if none was."""
        return self.closed[-1].run if self.closed else ""

    @property
    def can_reopen(self) -> bool:
        """True if closing a run is the last change: no run has another change since."""
        if not self.closed or self.changes.keys() != self.closed[-1].after.keys():
            return False
        after = self.closed[-1].after
        return all(history.done is after[name].done for name, history in self.changes.items())

    def _close(self, run: str, event: Fork | CloseRun) -> None:
        """Continue without a run, and remember both as they were."""
        if run not in self.changes or len(self.changes) < len(RUN_NAMES):
            raise BpstepError(fill(messages.NO_RUN_TO_CLOSE, name=run))
        before = self.changes, self.current, self.forked_at
        if isinstance(event, Fork):
            self._fork(event)
        else:
            kept = self.changes[RUN_NAMES[1 - RUN_NAMES.index(run)]]
            self.changes, self.current = {RUN_NAMES[0]: kept}, RUN_NAMES[0]
        self.closed.append(ClosedRun(run, before, dict(self.changes)))

    def _fork(self, event: Fork) -> None:
        self.changes = dict.fromkeys(RUN_NAMES, self.current_history)
        self.current, self.forked_at = RUN_NAMES[1], event.n

    def _reopen(self) -> None:
        if not self.closed:
            raise BpstepError(fill(messages.NO_CLOSED_RUN))
        changes, self.current, self.forked_at = self.closed.pop().before
        self.changes = dict(changes)

    def apply(self, event: object) -> None:
        """Apply an event if it is about changes or runs. BpstepError if that is impossible."""
        match event:
            case Undo():
                self.changes[self.current] = self.current_history.undo()
            case Redo():
                self.changes[self.current] = self.current_history.redo()
            case Fork() if len(self.changes) == len(RUN_NAMES):
                self._close(self.other, event)
            case Fork():
                self._fork(event)
            case CloseRun():
                self._close(event.run, event)
            case ReopenRun():
                self._reopen()
            case Switch():
                if event.run not in self.changes:
                    raise BpstepError(fill(messages.NO_SUCH_RUN, name=event.run))
                self.current = event.run
            case Edit() | EditEquation() | EditLine() | DropEdits():
                self.changes[self.current] = self.current_history.add(event)


@frozen
class Hint:
    """A hint was shown: the first, second or third of its puzzle."""

    level: int


class Hints:
    """How many hints were shown."""

    def __init__(self) -> None:
        self.given = 0

    def apply(self, event: object) -> None:
        """Apply a hint."""
        if isinstance(event, Hint):
            self.given = max(self.given, event.level)


@frozen
class Mark:
    """The position n gets a name; None removes the name."""

    name: str
    n: int | None


class Marks:
    """The marks, the one set last at the end."""

    def __init__(self) -> None:
        self.by_name: dict[str, int] = {}

    def apply(self, event: object) -> None:
        """Apply an event if it is about marks."""
        if isinstance(event, Mark):
            self.by_name.pop(event.name, None)
            if event.n is not None:
                self.by_name[event.name] = event.n


__all__ = [
    "EVENTS",
    "Breakpoint",
    "Change",
    "CloseRun",
    "DropBreakpoint",
    "DropEdits",
    "DropWatch",
    "Event",
    "Fork",
    "Hint",
    "Journal",
    "Mark",
    "Redo",
    "ReopenRun",
    "Switch",
    "Undo",
    "Watch",
]

Event = ChangeEvent | Mark | Hint | Breakpoint | DropBreakpoint | Watch | DropWatch

EVENTS: tuple[type[Event], ...] = (
    *(Edit, EditEquation, EditLine, DropEdits, Undo, Redo, Fork, Switch, CloseRun, ReopenRun, Mark, Hint),
    *(Breakpoint, DropBreakpoint, Watch, DropWatch),
)
"""Every kind of event: frozen plain data, so that each is one line of JSON."""


class JournalPart(Protocol):
    """The combined effect of events of one kind."""

    def apply(self, event: object) -> None:
        """Apply an event of this kind, ignore any other. BpstepError, with nothing changed."""


class Journal:
    """The events, and their combined effect: the changes of each run, the marks."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.runs = Runs()
        self._marks = Marks()
        self._hints = Hints()
        self.breakpoints = Breakpoints()
        self.watches = Watches()
        self._parts: tuple[JournalPart, ...] = (
            *(self.runs, self._marks, self._hints),
            *(self.breakpoints, self.watches),
        )

    def add(self, event: Event) -> None:
        """Append an event. BpstepError if there is nothing to undo or redo, or no run to switch to."""
        for part in self._parts:
            part.apply(event)
        self.events.append(event)

    @property
    def marks(self) -> dict[str, int]:
        """The n of each mark, by name."""
        return self._marks.by_name

    @property
    def hints(self) -> int:
        """How many hints of a puzzle were shown."""
        return self._hints.given

    @property
    def edits(self) -> tuple[EditEvent, ...]:
        """The edits in force in the current run, in order."""
        return self.runs.current_history.edits

    @property
    def last_change(self) -> Change | None:
        """The change that undo would take back."""
        done = self.runs.current_history.done
        return done[0] if done else None

    @property
    def last_undone(self) -> Change | None:
        """The change that redo would make again."""
        undone = self.runs.current_history.undone
        return undone[0] if undone else None
