"""The actions that edit, and undo or redo edits."""

from __future__ import annotations

from bpstep.actions import BY_ID
from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.explain.numbers import format_precise
from bpstep.lang.cells import cell_name
from bpstep.render.canvas import clip
from bpstep.render.listing import line_place
from bpstep.session.events import Change, DropEdits, Redo, ReopenRun, Undo
from bpstep.session.frame import Frame
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.commands import listing, prompts
from bpstep.ui.controller import Controller


def edit(controller: Controller, _count: int) -> None:
    """Ask for the selected cell's new value; in the listing, go to the chosen line."""
    if controller.view.focus == "listing":
        listing.go_to_line(controller)
        return
    controller.open_prompt(prompts.value_prompt(controller))


def edit_equation(controller: Controller, _count: int) -> None:
    """Ask for the right-hand side of the last computed equation; in a script for its line."""
    is_script = controller.frame.network.script is not None
    controller.open_prompt(
        prompts.line_prompt(controller) if is_script else prompts.equation_prompt(controller)
    )


def undo(controller: Controller, count: int) -> None:
    """Undo the last changes; a closed run is reopened if closing it was the last change."""
    for at in range(count):
        runs = controller.session.journal.runs
        change = controller.session.journal.last_change
        if runs.can_reopen:
            message = fill(messages.RUN_REOPENED, run=runs.last_closed)
            controller.change(ReopenRun(), message)
        elif at == 0 or change is not None:
            _record_change(controller, Undo(), messages.UNDONE, change)


def redo(controller: Controller, count: int) -> None:
    """Redo the last undone edits."""
    for at in range(count):
        change = controller.session.journal.last_undone
        if at == 0 or change is not None:
            _record_change(controller, Redo(), messages.REDONE, change)


def drop_edits(controller: Controller, _count: int) -> None:
    """Ask whether to drop all edits."""
    if not controller.frame.edits:
        controller.refuse(fill(messages.NO_EDITS))
    else:
        controller.open_prompt(prompts.drop_edits_prompt(controller))


def _record_change(controller: Controller, event: Undo | Redo, template: str, change: Change | None) -> None:
    """Undo or redo; the session raises BpstepError if there is nothing to undo or redo."""
    message = fill(template, change=describe_change(change, controller.frame)) if change is not None else ""
    controller.change(event, message)


def describe_change(change: Change, frame: Frame) -> str:
    """A change in words: which cell or equation, its new value, and from where on."""
    match change:
        case DropEdits():
            return fill(BY_ID["drop_edits"].title)
        case EditEquation():
            source = clip(change.source, prompts.MAX_EQUATION_WIDTH)
            iteration = change.at // frame.period
            return fill(messages.CHANGE_EQUATION, name=change.cell, source=source, iteration=iteration)
        case EditLine():
            text = clip(change.text.strip(), prompts.MAX_EQUATION_WIDTH)
            return fill(messages.CHANGE_LINE, place=line_place(frame, change), text=text)
    slots = {"cell": _edited_cell_name(change, frame), "value": format_precise(change.value)}
    if change.at == 0:
        return fill(messages.CHANGE_INITIAL_VALUE, **slots)
    if change.name in frame.program.constants:
        return fill(messages.CHANGE_FROM_ITERATION, **slots, iteration=change.at // frame.period)
    iteration, step = divmod(change.at - 1, frame.period)
    return fill(messages.CHANGE_STEP, **slots, step=step + 1, iteration=iteration)


def _edited_cell_name(edit: Edit, frame: Frame) -> str:
    """The cell's name as the table shows it: a single sample has no row."""
    single = edit.name in frame.program.data and len(frame.program.shapes[edit.name]) < len(edit.index)
    return cell_name(edit.name, edit.index[-1:] if single else edit.index)


COMMANDS = {
    "edit": edit,
    "edit_equation": edit_equation,
    "undo": undo,
    "redo": redo,
    "drop_edits": drop_edits,
}
