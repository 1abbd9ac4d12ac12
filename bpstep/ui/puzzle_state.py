"""How far a person is with a puzzle: whether it is solved, and which hints were shown."""

from __future__ import annotations

from bpstep.learn import puzzle
from bpstep.program.program import Program
from bpstep.session.session import Session


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


def story_message(session: Session) -> str:
    """What is said when a puzzle is opened; nothing where the session is none."""
    if not session.network.puzzle:
        return ""
    return (
        f"{puzzle.puzzle_text(session.network).story} One of its {session.period} equations is wrong. Which?"
    )
