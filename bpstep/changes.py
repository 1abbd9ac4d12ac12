"""Changes: edits made, dropped, undone and redone, in one run or in two that began as one."""

from __future__ import annotations

from dataclasses import dataclass

from bpstep.edits import AnyEdit, Edit, EditEquation
from bpstep.errors import BpstepError

RUNS = ("A", "B")


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
class Fork:
    """At n the run that one is in stays as A, and one goes on in B with the same changes.

    Where there are two runs already, the one that one is not in is dropped.
    """

    n: int


@dataclass(frozen=True)
class Switch:
    """One goes on in a run: "A" or "B"."""

    run: str


Change = AnyEdit | DropEdits
AboutChanges = Change | Undo | Redo | Fork | Switch


class Changes:
    """One run's changes, with those undone."""

    def __init__(self, done: list[Change] | None = None, undone: list[Change] | None = None) -> None:
        self.done = done or []
        self.undone = undone or []

    def copy(self) -> Changes:
        """The same changes, to go on with apart from these."""
        return Changes(self.done.copy(), self.undone.copy())

    def make(self, change: Change) -> None:
        """Make a change; what was undone can't be made again after it."""
        self.done.append(change)
        self.undone.clear()

    def undo(self) -> None:
        """Take the last one back. BpstepError where there is none."""
        if not self.done:
            raise BpstepError("nothing to undo: no edit was made")
        self.undone.append(self.done.pop())

    def redo(self) -> None:
        """Make the one undone last again. BpstepError where there is none."""
        if not self.undone:
            raise BpstepError("nothing to redo: no edit was undone")
        self.done.append(self.undone.pop())

    @property
    def edits(self) -> tuple[AnyEdit, ...]:
        """The edits in force, in the order in which they were made."""
        drops = [at for at, change in enumerate(self.done) if isinstance(change, DropEdits)]
        held = self.done[drops[-1] + 1 :] if drops else self.done
        return tuple(change for change in held if not isinstance(change, DropEdits))


class Runs:
    """The changes of every run there is, and which run one is in."""

    def __init__(self) -> None:
        self.current = RUNS[0]
        self.changes = {RUNS[0]: Changes()}
        self.forked = 0
        """The n at which the second run began, where there is one."""

    @property
    def here(self) -> Changes:
        """The changes of the run that one is in."""
        return self.changes[self.current]

    @property
    def other(self) -> str:
        """The run that one is not in. BpstepError where there is none."""
        if len(self.changes) < len(RUNS):
            raise BpstepError("there is one run only")
        return RUNS[1 - RUNS.index(self.current)]

    def take(self, event: object) -> None:
        """Follow an event if it is about changes or runs. BpstepError where it can't be followed."""
        match event:
            case Undo():
                self.here.undo()
            case Redo():
                self.here.redo()
            case Fork():
                self.changes = dict(zip(RUNS, (self.here, self.here.copy())))
                self.current, self.forked = RUNS[1], event.n
            case Switch():
                if event.run not in self.changes:
                    raise BpstepError("there is one run only")
                self.current = event.run
            case Edit() | EditEquation() | DropEdits():
                self.here.make(event)
