"""A puzzle at the desk: its story, its hints, and the verdict after each change of an equation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.errors import BpstepError
from bpstep.learn import puzzle
from bpstep.program.program import Program
from bpstep.session.events import Hint
from bpstep.session.session import Session

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


class Puzzling:
    """How far the person is with a session's puzzle, where it is one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._judged: Program | None = None
        self._solved = False
        self.shown = session.journal.hints
        """The hint that was shown last; 0 where none was."""

    @property
    def solved(self) -> bool:
        """Whether the equations in force at the cursor are all right."""
        program = self._session.equations
        if program is not self._judged:
            self._judged, self._solved = program, puzzle.is_right(self._session.network, program)
        return self._solved

    def said(self, change: str, before: Program) -> str:
        """What is said of a change: the verdict too, where other equations are in force than `before`."""
        if not self._session.network.puzzle or self._session.equations.steps == before.steps:
            return change
        return self.moral if self.solved else f"{change}. Not every equation of this iteration is right yet."

    @property
    def moral(self) -> str:
        """What it was, once it is known."""
        names = " and ".join(self._session.network.program)
        return f"Solved: it was {names}. {puzzle.riddle_of(self._session.network).moral}"


def flag(desk: Desk) -> str:
    """The flag of the first line."""
    if not desk.session.network.puzzle:
        return ""
    return "solved" if desk.puzzling.solved else "puzzle"


def story(session: Session) -> str:
    """What is said when a puzzle is opened; nothing where the session is none."""
    if not session.network.puzzle:
        return ""
    return f"{puzzle.riddle_of(session.network).story} One of its {session.period} equations is wrong. Which?"


def hint(desk: Desk, _count: int) -> None:
    """The next hint; after the third the first again."""
    network, state = desk.session.network, desk.puzzling
    if not network.puzzle:
        raise BpstepError("hints belong to puzzles: bpstep puzzle lists them")
    if state.solved:
        desk.say(state.moral)
        return
    hints = puzzle.riddle_of(network).hints
    state.shown = state.shown % len(hints) + 1
    if state.shown > desk.session.journal.hints:
        desk.session.record(Hint(state.shown))
    desk.say(f"Hint {state.shown} of {len(hints)}: {hints[state.shown - 1]}")


DEEDS = {"hint": hint}
