"""The actions that edit, and take edits back."""

from __future__ import annotations

from bpstep.engine.edits import Edit, EditEquation, EditEvent
from bpstep.explain.numbers import format_precise
from bpstep.lang.cells import cell_name
from bpstep.render.canvas import clip
from bpstep.session.events import Change, DropEdits, Redo, Undo
from bpstep.session.frame import Frame
from bpstep.ui.commands import listing, prompts
from bpstep.ui.controller import Controller


def edit(controller: Controller, _count: int) -> None:
    """Ask for the selected cell's new value; in the listing, go to the chosen line."""
    if controller.view.focus == "listing":
        listing.go_to_line(controller)
        return
    controller.open_prompt(prompts.value_prompt(controller))


def edit_equation(controller: Controller, _count: int) -> None:
    """Ask for the right-hand side of the equation just done."""
    controller.open_prompt(prompts.equation_prompt(controller))


def undo(controller: Controller, count: int) -> None:
    """Take the last changes back."""
    _undo_or_redo(controller, Undo(), "undone", count)


def redo(controller: Controller, count: int) -> None:
    """Make the last changes again."""
    _undo_or_redo(controller, Redo(), "made again", count)


def drop_edits(controller: Controller, _count: int) -> None:
    """Ask whether to drop all edits."""
    if not controller.frame.edits:
        controller.show_message("there are no edits to drop")
    else:
        controller.open_prompt(prompts.drop_edits_prompt(controller))


def _undo_or_redo(controller: Controller, event: Undo | Redo, prefix: str, count: int) -> None:
    journal, frame = controller.session.journal, controller.frame
    for at in range(count):
        change = journal.last_change if isinstance(event, Undo) else journal.last_undone
        if at and change is None:
            return
        controller.change(event, f"{prefix}: {describe_change(change, frame)}" if change else "")


def describe_change(change: Change, frame: Frame) -> str:
    """A change in words: which cell, which value, made where."""
    match change:
        case Edit():
            return (
                f"the edit {_edited_cell_name(change, frame)} = {format_precise(change.value)}, "
                f"{describe_edit_position(change, frame)}"
            )
        case DropEdits():
            return "the dropping of all edits"
    return (
        f"the edit of {change.cell} to {clip(change.source, prompts.MAX_EQUATION_WIDTH)}, "
        f"{describe_edit_position(change, frame)}"
    )


def _edited_cell_name(edit: Edit, frame: Frame) -> str:
    """The cell's name as the table counts: a single sample has no row."""
    single = edit.name in ("X", "labelY") and len(frame.program.shapes[edit.name]) == 1
    return cell_name(edit.name, edit.index[-1:] if single else edit.index)


def describe_edit_position(edit: EditEvent, frame: Frame) -> str:
    """Which write an edit replaces."""
    if isinstance(edit, EditEquation):
        return f"from iteration {edit.at // frame.period:,} on"
    if edit.at == 0:
        return "the initial value"
    if edit.name in frame.program.constants:
        return f"from iteration {edit.at // frame.period:,} on"
    iteration, step = divmod(edit.at - 1, frame.period)
    return f"step {step + 1} of iteration {iteration:,}"


COMMANDS = {
    "edit": edit,
    "edit_equation": edit_equation,
    "undo": undo,
    "redo": redo,
    "drop_edits": drop_edits,
}
