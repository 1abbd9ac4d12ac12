"""The hints of a puzzle."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.learn import puzzle
from bpstep.session.events import Hint
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller


def show_hint(controller: Controller, _count: int) -> None:
    """Show the next hint; after the last one, the first again."""
    network, state = controller.session.network, controller.puzzle_state
    if not network.puzzle:
        raise BpstepError(fill(messages.NOT_A_PUZZLE))
    if state.solved:
        controller.show_message(state.solution_message)
        return
    hints = puzzle.puzzle_text(network).hints
    state.hint_shown = state.hint_shown % len(hints) + 1
    if state.hint_shown > controller.session.journal.hints:
        controller.session.record(Hint(state.hint_shown))
    hint = hints[state.hint_shown - 1]
    controller.show_message(fill(messages.PUZZLE_HINT, level=state.hint_shown, count=len(hints), hint=hint))


COMMANDS = {"hint": show_hint}
