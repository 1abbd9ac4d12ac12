"""The questions: a position, a mark, a cell's value, an equation, a name to search, whether to
drop the edits, or to write over a file."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.explain.numbers import precise
from bpstep.lang.cells import cell_name, parse_number
from bpstep.lang.shapes import text as shape_text
from bpstep.program.position import FORMS
from bpstep.program.program import Step
from bpstep.render.canvas import clip
from bpstep.render.table_rows import order
from bpstep.render.view_state import cell, selection
from bpstep.session.frame import Frame
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

LONGEST = 60
"""Cells of an equation that are told in a sentence."""


def position(desk: Desk) -> Prompt:
    """Where to go."""

    def accept(text: str) -> None:
        if text.strip():
            desk.move(desk.session.resolve(text))

    return Prompt("go to:", accept, hint=FORMS)


def mark(desk: Desk) -> Prompt:
    """What this position is called."""

    def accept(text: str) -> None:
        if text.strip():
            desk.session.mark(text)
            desk.say(f"mark {text.strip()} set at n = {desk.session.n:,}: ' goes back to it")

    return Prompt("name of the mark:", accept, hint="any word that is no position of its own")


def go_mark(desk: Desk) -> Prompt:
    """Which mark to go to."""
    marks = desk.frame.marks
    if not marks:
        raise BpstepError("no mark is set yet: m sets one")

    def accept(text: str) -> None:
        name = text.strip()
        if name and name not in marks:
            raise BpstepError(f"no mark is called {name}; there are {', '.join(marks)}")
        if name:
            desk.move(marks[name])

    last = list(marks)[-1]
    return Prompt("go to mark:", accept, last, hint=", ".join(marks))


def value(desk: Desk) -> Prompt:
    """The selected cell's new value, the old one typed already."""
    frame = desk.frame
    chosen = selection(frame, desk.view)
    old = cell(frame, chosen.name, chosen.index)
    if old is None:
        # The session words the refusal: it knows when the tensor is computed.
        desk.session.edit_event(chosen.name, chosen.index, 0.0)
    named = cell_name(chosen.name, chosen.index)

    def accept(text: str) -> None:
        number = _number(text, named, float(old or 0))
        if number == old:
            desk.say(f"{named} stays {precise(number)}")
            return
        event = desk.session.edit_event(chosen.name, chosen.index, number)
        said = (
            f"{named} was {precise(float(old or 0))}, is {precise(number)}; all that follows is computed anew"
        )
        desk.view = desk.view.select(chosen.name, chosen.index)
        desk.change(event, said)

    shown = repr(float(old)) if old is not None and math.isfinite(old) else ""
    label = f"edit {named}: Enter keeps the new value, Escape the old"
    return Prompt(label, accept, shown, cell=(chosen.name, chosen.index))


def _number(text: str, named: str, old: float) -> float:
    try:
        return parse_number(text)
    except BpstepError as error:
        raise BpstepError(f"{error}; {named} stays {precise(old)}") from None


def equation(desk: Desk) -> Prompt:
    """The right-hand side of the equation at work, at n = 0 of the first; the present one typed already."""
    frame = desk.frame
    step = frame.at_work or frame.program.steps[0]

    def judge(text: str) -> str:
        try:
            frame.program.with_equation(step.name, text)
        except BpstepError as error:
            return str(error)
        return ""

    def accept(text: str) -> None:
        source = text.strip()
        if source == step.source:
            desk.say(f"{step.name} stays as it is")
            return
        event = EditEquation(frame.start, step.name, source)
        desk.change(event, _holds(event, step, frame))

    program = frame.program
    known = [*program.initial, *(each.name for each in program.steps[: program.names[step.name]])]
    hint = f"its shape is {shape_text(frame.shape(step.name))}; it may read {' '.join(dict.fromkeys(known))}"
    label = f"edit {step.name} from iteration {frame.iteration:,} on: Escape keeps the old one"
    return Prompt(label, accept, step.source, hint, equation=f"{step.name} = ", judge=judge)


def _holds(event: EditEquation, step: Step, frame: Frame) -> str:
    since = f"from iteration {frame.iteration:,} on; what follows is computed anew"
    if event.source == step.derived:
        return f"{event.name} is as it came, {since}"
    return f"{event.name} = {clip(event.source, LONGEST)}, {since}"


def search(desk: Desk) -> Prompt:
    """A part of a tensor's name."""

    def accept(text: str) -> None:
        part = text.strip().lower()
        if not part:
            return
        names = [name for name in order(desk.frame.program) if part in name.lower()]
        names.sort(key=lambda name: (name.lower() != part, not name.lower().startswith(part)))
        if not names:
            raise BpstepError(f"no tensor's name has {text.strip()} in it")
        desk.take_found(names)

    return Prompt("find:", accept, hint="a part of a tensor's name")


def drop(desk: Desk) -> Prompt:
    """Whether to drop all edits."""
    count = len(desk.frame.edits)

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            desk.drop_all()
        else:
            desk.say("the edits stay")

    edits = "the edit" if count == 1 else f"all {count} edits"
    return Prompt(f"drop {edits} and start over? y or n", accept, keys="yYnN")


def replacing(desk: Desk, path: Path, save: Callable[[], None]) -> Prompt:
    """Whether to write over a file that is there."""

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            save()
        else:
            desk.say(f"{path.name} stays as it is")

    return Prompt(f"{path.name} is there already: replace it? y or n", accept, keys="yYnN")


def typed_path(text: str, suffix: str) -> Path:
    """The file that a person means, with its ending. Nothing is looked at, so that nothing can fail."""
    path = os.path.expanduser(text.strip())
    return Path(path if path.endswith(suffix) else path + suffix)
