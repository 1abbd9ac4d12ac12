"""A puzzle at the desk: its story, its hints, and the verdict after each change of an equation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.errors import BpstepError
from bpstep.learn import puzzle
from bpstep.program.program import Program
from bpstep.session.events import Hint
from bpstep.session.session import Session

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller


class PuzzleState:
    """How far the person is with a session's puzzle, where it is one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._checked_program: Program | None = None
        self._solved = False
        self.hint_shown = session.journal.hints
        """The hint that was shown last; 0 where none was."""

    @property
    def solved(self) -> bool:
        """Whether the equations in force at the cursor are all right."""
        program = self._session.program_at_cursor
        if program is not self._checked_program:
            self._checked_program, self._solved = (
                program,
                puzzle.is_program_correct(self._session.network, program),
            )
        return self._solved

    def add_verdict(self, message: str, before: Program) -> str:
        """What is said of a change: the verdict too, where other equations are in force than `before`."""
        if not self._session.network.puzzle or self._session.program_at_cursor.steps == before.steps:
            return message
        return (
            self.solution_message
            if self.solved
            else f"{message}. Not every equation of this iteration is right yet."
        )

    @property
    def solution_message(self) -> str:
        """What it was, once it is known."""
        names = " and ".join(self._session.network.program)
        return f"Solved: it was {names}. {puzzle.puzzle_text(self._session.network).explanation}"


def puzzle_flag(controller: Controller) -> str:
    """The flag of the first line."""
    if not controller.session.network.puzzle:
        return ""
    return "solved" if controller.puzzle_state.solved else "puzzle"


def story_message(session: Session) -> str:
    """What is said when a puzzle is opened; nothing where the session is none."""
    if not session.network.puzzle:
        return ""
    return (
        f"{puzzle.puzzle_text(session.network).story} One of its {session.period} equations is wrong. Which?"
    )


def show_hint(controller: Controller, _count: int) -> None:
    """The next hint; after the third the first again."""
    network, state = controller.session.network, controller.puzzle_state
    if not network.puzzle:
        raise BpstepError("hints belong to puzzles: bpstep puzzle lists them")
    if state.solved:
        controller.show_message(state.solution_message)
        return
    hints = puzzle.puzzle_text(network).hints
    state.hint_shown = state.hint_shown % len(hints) + 1
    if state.hint_shown > controller.session.journal.hints:
        controller.session.record(Hint(state.hint_shown))
    controller.show_message(f"Hint {state.hint_shown} of {len(hints)}: {hints[state.hint_shown - 1]}")


COMMANDS = {"hint": show_hint}
