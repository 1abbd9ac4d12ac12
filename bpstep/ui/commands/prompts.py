"""The questions: a position, a mark, a cell's value, an equation, a name to search, whether to
drop the edits, or to write over a file."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.explain.numbers import format_precise
from bpstep.lang.cells import cell_name, parse_number
from bpstep.lang.shapes import shape_text
from bpstep.program.position import position_forms
from bpstep.program.program import Step
from bpstep.render.canvas import clip
from bpstep.render.table_rows import tensor_order
from bpstep.render.view_state import cell_value, selection
from bpstep.session.frame import Frame
from bpstep.ui.controller import Controller
from bpstep.ui.prompt import Prompt

MAX_EQUATION_WIDTH = 60
"""Cells of an equation that are told in a sentence."""


def position_prompt(controller: Controller) -> Prompt:
    """Where to go."""

    def accept(text: str) -> None:
        if text.strip():
            controller.move(controller.session.resolve(text))

    return Prompt("go to:", accept, hint=position_forms())


def mark_prompt(controller: Controller) -> Prompt:
    """What this position is called."""

    def accept(text: str) -> None:
        if text.strip():
            controller.session.mark(text)
            controller.show_message(
                f"mark {text.strip()} set at n = {controller.session.n:,}: ' goes back to it"
            )

    return Prompt("name of the mark:", accept, hint="any word that is no position of its own")


def go_to_mark_prompt(controller: Controller) -> Prompt:
    """Which mark to go to."""
    marks = controller.frame.marks
    if not marks:
        raise BpstepError("no mark is set yet: m sets one")

    def accept(text: str) -> None:
        name = text.strip()
        if name and name not in marks:
            raise BpstepError(f"no mark is called {name}; there are {', '.join(marks)}")
        if name:
            controller.move(marks[name])

    last = list(marks)[-1]
    return Prompt("go to mark:", accept, last, hint=", ".join(marks))


def value_prompt(controller: Controller) -> Prompt:
    """The selected cell's new value, the old one typed already."""
    frame = controller.frame
    selected = selection(frame, controller.view)
    old = cell_value(frame, selected.name, selected.index)
    if old is None:
        # The session words the refusal: it knows when the tensor is computed.
        controller.session.edit_event(selected.name, selected.index, 0.0)
    cell_label = cell_name(selected.name, selected.index)

    def accept(text: str) -> None:
        number = _parse_value(text, cell_label, float(old or 0))
        if number == old:
            controller.show_message(f"{cell_label} stays {format_precise(number)}")
            return
        event = controller.session.edit_event(selected.name, selected.index, number)
        message = (
            f"{cell_label} was {format_precise(float(old or 0))}, is {format_precise(number)}; "
            "all that follows is computed anew"
        )
        controller.view = controller.view.select(selected.name, selected.index)
        controller.change(event, message)

    shown = repr(float(old)) if old is not None and math.isfinite(old) else ""
    label = f"edit {cell_label}: Enter keeps the new value, Escape the old"
    return Prompt(label, accept, shown, cell=(selected.name, selected.index))


def _parse_value(text: str, cell_label: str, old: float) -> float:
    try:
        return parse_number(text)
    except BpstepError as error:
        raise BpstepError(f"{error}; {cell_label} stays {format_precise(old)}") from None


def equation_prompt(controller: Controller) -> Prompt:
    """The right-hand side of the equation at work, at n = 0 of the first; the present one typed already."""
    frame = controller.frame
    step = frame.current_step or frame.program.steps[0]

    def validate(text: str) -> str:
        try:
            frame.program.with_equation(step.name, text)
        except BpstepError as error:
            return str(error)
        return ""

    def accept(text: str) -> None:
        source = text.strip()
        if source == step.source:
            controller.show_message(f"{step.name} stays as it is")
            return
        event = EditEquation(frame.start, step.name, source)
        controller.change(event, _describe_equation_edit(event, step, frame))

    program = frame.program
    known = [*program.initial, *(each.name for each in program.steps[: program.step_indices[step.name]])]
    hint = f"its shape is {shape_text(frame.shape(step.name))}; it may read {' '.join(dict.fromkeys(known))}"
    label = f"edit {step.name} from iteration {frame.iteration:,} on: Escape keeps the old one"
    return Prompt(label, accept, step.source, hint, equation=f"{step.name} = ", validate=validate)


def _describe_equation_edit(event: EditEquation, step: Step, frame: Frame) -> str:
    since = f"from iteration {frame.iteration:,} on; what follows is computed anew"
    if event.source == step.derived:
        return f"{event.name} is as it came, {since}"
    return f"{event.name} = {clip(event.source, MAX_EQUATION_WIDTH)}, {since}"


def search_prompt(controller: Controller) -> Prompt:
    """A part of a tensor's name."""

    def accept(text: str) -> None:
        part = text.strip().lower()
        if not part:
            return
        names = [name for name in tensor_order(controller.frame.program) if part in name.lower()]
        names.sort(key=lambda name: (name.lower() != part, not name.lower().startswith(part)))
        if not names:
            raise BpstepError(f"no tensor's name has {text.strip()} in it")
        controller.set_search_results(names)

    return Prompt("find:", accept, hint="a part of a tensor's name")


def drop_edits_prompt(controller: Controller) -> Prompt:
    """Whether to drop all edits."""
    count = len(controller.frame.edits)

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            controller.drop_all_edits()
        else:
            controller.show_message("the edits stay")

    edits = "the edit" if count == 1 else f"all {count} edits"
    return Prompt(f"drop {edits} and start over? y or n", accept, keys="yYnN")


def overwrite_prompt(controller: Controller, path: Path, save: Callable[[], None]) -> Prompt:
    """Whether to write over a file that is there."""

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            save()
        else:
            controller.show_message(f"{path.name} stays as it is")

    return Prompt(f"{path.name} is there already: replace it? y or n", accept, keys="yYnN")


def expand_path(text: str, suffix: str) -> Path:
    """The file that a person means, with its ending. Nothing is looked at, so that nothing can fail."""
    path = os.path.expanduser(text.strip())
    return Path(path if path.endswith(suffix) else path + suffix)
