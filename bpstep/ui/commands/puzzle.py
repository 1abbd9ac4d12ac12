"""A puzzle at the desk: its story, its hints, and the verdict after each change of an equation."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.learn import puzzle
from bpstep.session.events import Hint
from bpstep.ui.controller import Controller


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
