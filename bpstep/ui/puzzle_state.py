"""A person's progress with a puzzle: whether it is solved, and which hints were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.program.program import Program
from bpstep.session.session import Session
from bpstep.text import fill, listed_with_and
from bpstep.ui import messages

if TYPE_CHECKING:
    from bpstep.learn import puzzle
else:
    puzzle = deferred("bpstep.learn.puzzle")


class PuzzleState:
    """Progress with a session's puzzle, if its network is one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._checked_program: Program | None = None
        self._solved = False
        self.hint_shown = session.journal.hints
        """The number of the last hint shown; 0 for none."""

    @property
    def solved(self) -> bool:
        """Whether all equations in force at the cursor are right."""
        program = self._session.program_at_cursor
        if program is not self._checked_program:
            self._checked_program, self._solved = (
                program,
                puzzle.is_program_correct(self._session.network, program),
            )
        return self._solved

    def add_verdict(self, message: str, before: Program) -> str:
        """The message of a change; with the verdict if it changed the equations of `before`."""
        if not self._session.network.puzzle or self._session.program_at_cursor.steps == before.steps:
            return message
        return self.solution_message if self.solved else fill(messages.PUZZLE_NOT_SOLVED, message=message)

    @property
    def solution_message(self) -> str:
        """Which equation was wrong, and why."""
        names = listed_with_and(list(self._session.network.program))
        explanation = puzzle.puzzle_text(self._session.network).explanation
        return fill(messages.PUZZLE_SOLVED, names=names, explanation=explanation)


def story_message(session: Session) -> str:
    """The message when a puzzle is opened; empty for any other network."""
    if not session.network.puzzle:
        return ""
    story = puzzle.puzzle_text(session.network).story
    return fill(messages.PUZZLE_STORY, story=story, count=session.period)
