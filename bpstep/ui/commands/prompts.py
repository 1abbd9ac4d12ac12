"""Prompts for a position, a mark, a cell's value, an equation, a tensor's name, and confirmations."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.engine.edits import EditEquation, EditLine
from bpstep.errors import BpstepError, FileError
from bpstep.explain.numbers import format_precise
from bpstep.lang.cells import cell_name
from bpstep.lang.shapes import shape_text
from bpstep.learn.grade import parse_value
from bpstep.program.position import position_forms
from bpstep.program.program import PHASES, Phase, Step
from bpstep.render.canvas import clip
from bpstep.render.listing import chosen_line
from bpstep.render.tensors.table_rows import tensor_order
from bpstep.render.view_state import cell_value, selection
from bpstep.session.frame import Frame
from bpstep.text import fill, fill_plural
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.prompt import Prompt, error_of

if TYPE_CHECKING:
    from bpstep.program import lines
    from bpstep.script import line_edits
    from bpstep.script.line_edits import Statement
else:
    lines = deferred("bpstep.program.lines")
    line_edits = deferred("bpstep.script.line_edits")

_ITERATION = re.compile(r"i[0-9]+:")

MAX_EQUATION_WIDTH = 60
"""How many characters of an equation a message shows."""


def position_prompt(controller: Controller) -> Prompt:
    """Where to go. Tab completes names, up and down recall earlier positions."""

    def accept(text: str) -> None:
        if text.strip():
            controller.move(controller.session.resolve(text))

    def complete(text: str) -> list[str]:
        program = controller.session.program
        start = _ITERATION.match(text)
        before = start[0] if start else ""
        names = [*program.step_indices, *PHASES, *([] if before else controller.frame.marks)]
        # A script has many lines, all of one file.
        names += lines.line_places(program) if len(text) > len(before) else []
        return [f"{before}{name}" for name in dict.fromkeys(names) if _starts_with(name, text[len(before) :])]

    return Prompt(
        fill(messages.ASK_POSITION),
        accept,
        hint=fill(messages.POSITION_HINT, forms=position_forms(controller.session.program)),
        complete=complete,
        history=controller.position_history,
    )


def _starts_with(name: str, part: str) -> bool:
    return name.lower().startswith(part.lower())


def mark_prompt(controller: Controller) -> Prompt:
    """A prompt for the name of a mark at this position."""

    def accept(text: str) -> None:
        if text.strip():
            controller.session.mark(text)
            controller.show_message(fill(messages.MARK_SET, name=text.strip(), n=controller.session.n))

    return Prompt(fill(messages.ASK_MARK), accept, hint=fill(messages.MARK_HINT))


def go_to_mark_prompt(controller: Controller) -> Prompt:
    marks = controller.frame.marks
    if not marks:
        raise BpstepError(fill(messages.NO_MARKS))

    def accept(text: str) -> None:
        name = text.strip()
        if name and name not in marks:
            raise BpstepError(fill(messages.UNKNOWN_MARK, name=name, names=", ".join(marks)))
        if name:
            controller.move(marks[name])

    def complete(text: str) -> list[str]:
        return [name for name in marks if _starts_with(name, text)]

    last = list(marks)[-1]
    return Prompt(fill(messages.ASK_GO_MARK), accept, last, hint=", ".join(marks), complete=complete)


def value_prompt(controller: Controller) -> Prompt:
    """The selected cell's new value; the old one is typed already. Arithmetic on numbers is evaluated."""
    frame = controller.frame
    selected = selection(frame, controller.view)
    old = cell_value(frame, selected.name, selected.index)
    if old is None:
        # The session knows when the tensor is computed, and raises the right error.
        controller.session.edit_event(selected.name, selected.index, 0.0)
    cell_label = cell_name(selected.name, selected.index)

    def accept(text: str) -> None:
        number = _parse_value(text, cell_label, float(old or 0))
        if number == old:
            controller.show_message(
                fill(messages.VALUE_UNCHANGED, cell=cell_label, value=format_precise(number))
            )
            return
        event = controller.session.edit_event(selected.name, selected.index, number)
        message = fill(
            messages.VALUE_CHANGED,
            cell=cell_label,
            old=format_precise(float(old or 0)),
            new=format_precise(number),
        )
        controller.view = controller.view.select(selected.name, selected.index)
        controller.change(event, message)

    shown = repr(float(old)) if old is not None and math.isfinite(old) else ""
    label = fill(messages.ASK_EDIT, name=cell_label)
    return Prompt(label, accept, shown, cell=(selected.name, selected.index))


def _parse_value(text: str, cell_label: str, old: float) -> float:
    """A finite number, typed as one or as arithmetic; the error says what the cell still is."""
    try:
        return parse_value(text)
    except BpstepError as error:
        slots = {"reason": error, "cell": cell_label, "value": format_precise(old)}
        raise BpstepError(fill(messages.VALUE_REFUSED, **slots)) from None


def equation_prompt(controller: Controller) -> Prompt:
    """The right-hand side of the last computed equation, at n = 0 of the first; the current one is the
    initial text.
    """
    frame = controller.frame
    step = frame.current_step or frame.program.steps[0]

    def accept(text: str) -> None:
        source = text.strip()
        if source == step.source:
            controller.show_message(fill(messages.UNCHANGED, name=step.name))
            return
        event = EditEquation(frame.start, step.name, source)
        controller.change(event, _equation_message(event, step, frame))

    program = frame.program
    known = [*program.initial, *(each.name for each in program.steps[: program.step_indices[step.name]])]
    names = " ".join(dict.fromkeys(known))
    return Prompt(
        fill(messages.ASK_EQUATION, name=step.name, iteration=frame.iteration),
        accept,
        step.source,
        fill(messages.EQUATION_HINT, shape=shape_text(frame.shape(step.name)), names=names),
        equation=f"{step.name} = ",
        validate=error_of(lambda text: program.with_equation(step.name, text)),
    )


def line_prompt(controller: Controller) -> Prompt:
    """The line of the last computed equation, at n = 0 of the first, in the listing of the selected one.

    The current line is the initial text; if a check has found it wrong, the line as it should read.
    """
    frame = controller.frame
    in_listing = controller.view.focus == "listing"
    step = frame.current_step or frame.program.steps[0]
    if in_listing:
        step = frame.program.steps[frame.program.step_indices[chosen_line(frame, controller.view)]]
    statement = controller.session.current_run.origin.statement(step)
    assert step.origin is not None
    return statement_prompt(controller, statement, step.origin.place)


def statement_prompt(controller: Controller, statement: Statement, place: str) -> Prompt:
    """A statement of a script, at a place such as `homework.py:34`."""
    lines = range(statement.line, statement.line + statement.count)
    wrong = controller.view.wrong
    right = next((text for (file, line), text in wrong if file == statement.file and line in lines), "")

    def accept(text: str) -> None:
        event = EditLine(*statement.replaced(text)) if text.strip() else None
        if event is None or event == EditLine(*statement.replaced(statement.text)):
            controller.show_message(fill(messages.UNCHANGED, name=place))
            return
        written = clip(event.text.strip(), MAX_EQUATION_WIDTH)
        try:
            controller.change(event, fill(messages.LINE_CHANGED, place=place, text=written))
        except FileError as error:
            # For the script itself the name is enough, and leaves room for the error.
            raise FileError(Path(error.path).name, error.line, error.message) from None

    return Prompt(
        fill(messages.ASK_EDIT, name=place),
        accept,
        right or statement.text,
        fill(messages.LINE_PROPOSED_HINT if right else messages.LINE_HINT),
        fill(messages.LINE_HINT),
        equation=f"{place}  ",
        validate=error_of(lambda text: line_edits.check_line(text)),
    )


def _equation_message(event: EditEquation, step: Step, frame: Frame) -> str:
    if event.source == step.derived:
        return fill(messages.EQUATION_RESTORED, name=event.name, iteration=frame.iteration)
    slots = {"name": event.name, "source": clip(event.source, MAX_EQUATION_WIDTH)}
    has_backward = any(each.phase == Phase.BACKWARD for each in frame.program.steps)
    if not step.phase.is_forward or not has_backward or frame.is_unsolved_puzzle:
        return fill(messages.EQUATION_CHANGED, **slots, iteration=frame.iteration)
    derived = clip(step.derived, MAX_EQUATION_WIDTH)
    return fill(messages.FORWARD_EQUATION_CHANGED, **slots, derived=derived, iteration=frame.iteration)


def search_prompt(controller: Controller) -> Prompt:
    """Part of a tensor's name."""

    def accept(text: str) -> None:
        part = text.strip().lower()
        if not part:
            return
        names = [name for name in tensor_order(controller.frame.program) if part in name.lower()]
        names.sort(key=lambda name: (name.lower() != part, not name.lower().startswith(part)))
        if not names:
            raise BpstepError(fill(messages.NO_TENSOR_MATCHES, text=text.strip()))
        controller.set_search_results(names)

    return Prompt(fill(messages.ASK_SEARCH), accept, hint=fill(messages.SEARCH_HINT))


def drop_edits_prompt(controller: Controller) -> Prompt:
    """Whether to drop all edits."""
    label = fill_plural(len(controller.frame.edits), messages.ASK_DROP_EDIT, messages.ASK_DROP_EDITS)
    return confirmation(controller, label, controller.drop_all_edits, fill(messages.EDITS_KEPT))


def overwrite_prompt(controller: Controller, names: Sequence[str], save: Callable[[], None]) -> Prompt:
    """Whether to overwrite files that exist."""
    count, listed = len(names), ", ".join(names)
    label = fill_plural(count, messages.ASK_OVERWRITE, messages.ASK_OVERWRITE_MANY, name=listed)
    kept = fill_plural(count, messages.UNCHANGED, messages.UNCHANGED_SEVERAL, name=listed)
    return confirmation(controller, label, save, kept)


def confirmation(controller: Controller, label: str, act: Callable[[], None], refused: str) -> Prompt:
    """A question that y answers by acting, any other answer by a message."""

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            act()
        else:
            controller.show_message(refused)

    return Prompt(label, accept, keys="yYnN")


def expand_path(text: str, suffix: str) -> Path:
    """The file that a person means, with its suffix. The file system is not accessed, so nothing can fail."""
    path = os.path.expanduser(text.strip())
    return Path(path if path.endswith(suffix) else path + suffix)
