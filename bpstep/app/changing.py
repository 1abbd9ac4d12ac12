"""The actions that edit, and take edits back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.app import asking
from bpstep.edits import AnyEdit, Edit
from bpstep.formula.numbers import precise
from bpstep.journal import Change, DropEdits, Redo, Undo

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def edit(desk: Desk, _count: int) -> None:
    """Ask for the selected cell's new value."""
    desk.ask(asking.value(desk))


def undo(desk: Desk, count: int) -> None:
    """Take the last changes back."""
    _unwind(desk, Undo(), "undone", count)


def redo(desk: Desk, count: int) -> None:
    """Make the last changes again."""
    _unwind(desk, Redo(), "made again", count)


def drop_edits(desk: Desk, _count: int) -> None:
    """Ask whether to drop all edits."""
    if not desk.frame.edits:
        desk.say("there are no edits to drop")
    else:
        desk.ask(asking.drop(desk))


def _unwind(desk: Desk, event: Undo | Redo, said: str, count: int) -> None:
    journal = desk.session.journal
    for at in range(count):
        change = journal.last_done if isinstance(event, Undo) else journal.last_undone
        if at and change is None:
            return
        desk.change(event, f"{said}: {told(change, desk.session.period)}" if change else "")


def told(change: Change, period: int) -> str:
    """A change in words: which cell, which value, made where."""
    match change:
        case Edit():
            return f"{change.cell} = {precise(change.value)}, {place(change, period)}"
        case DropEdits():
            return "all edits dropped"
    return f"{change.cell} = {change.source}, {place(change, period)}"


def place(edit: AnyEdit, period: int) -> str:
    """Which write an edit replaces."""
    if edit.at == 0:
        return "the initial value"
    iteration, step = divmod(edit.at - 1, period)
    return f"step {step + 1} of iteration {iteration}"


DEEDS = {"edit": edit, "undo": undo, "redo": redo, "drop_edits": drop_edits}
