"""The actions that edit, and take edits back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.engine.edits import AnyEdit, Edit, EditEquation
from bpstep.explain.numbers import precise
from bpstep.lang.cells import cell_name
from bpstep.render.canvas import clip
from bpstep.session.events import Change, DropEdits, Redo, Undo
from bpstep.session.frame import Frame
from bpstep.ui.commands import prompts

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


def edit(desk: Desk, _count: int) -> None:
    """Ask for the selected cell's new value."""
    desk.ask(prompts.value(desk))


def edit_equation(desk: Desk, _count: int) -> None:
    """Ask for the right-hand side of the equation just done."""
    desk.ask(prompts.equation(desk))


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
        desk.ask(prompts.drop(desk))


def _unwind(desk: Desk, event: Undo | Redo, said: str, count: int) -> None:
    journal, frame = desk.session.journal, desk.frame
    for at in range(count):
        change = journal.last_done if isinstance(event, Undo) else journal.last_undone
        if at and change is None:
            return
        desk.change(event, f"{said}: {told(change, frame)}" if change else "")


def told(change: Change, frame: Frame) -> str:
    """A change in words: which cell, which value, made where."""
    match change:
        case Edit():
            return f"the edit {_cell(change, frame)} = {precise(change.value)}, {place(change, frame)}"
        case DropEdits():
            return "the dropping of all edits"
    return f"the edit of {change.cell} to {clip(change.source, prompts.LONGEST)}, {place(change, frame)}"


def _cell(edit: Edit, frame: Frame) -> str:
    """The cell's name as the table counts: a single sample has no row."""
    single = edit.name in ("X", "labelY") and len(frame.program.shapes[edit.name]) == 1
    return cell_name(edit.name, edit.index[-1:] if single else edit.index)


def place(edit: AnyEdit, frame: Frame) -> str:
    """Which write an edit replaces."""
    if isinstance(edit, EditEquation):
        return f"from iteration {edit.at // frame.period:,} on"
    if edit.at == 0:
        return "the initial value"
    if edit.name in frame.program.constants:
        return f"from iteration {edit.at // frame.period:,} on"
    iteration, step = divmod(edit.at - 1, frame.period)
    return f"step {step + 1} of iteration {iteration:,}"


DEEDS = {"edit": edit, "edit_equation": edit_equation, "undo": undo, "redo": redo, "drop_edits": drop_edits}
