"""Asking, in predict mode, what each of the next steps will give, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bpstep import substeps
from bpstep.app.predicting import Told
from bpstep.app.prompt import Prompt
from bpstep.cells import cell_name
from bpstep.coming import Coming, ComingOperation, coming, coming_operation
from bpstep.formula.arithmetic import Arithmetic
from bpstep.formula.numbers import brief
from bpstep.formula.operation import OperationLine
from bpstep.formula.units import place
from bpstep.guess import answer, judge
from bpstep.home import Index
from bpstep.views.canvas import clip
from bpstep.views.formula import index_in
from bpstep.views.view import fitted

if TYPE_CHECKING:
    from bpstep.app.desk import Desk

_HOW = (
    "Number or arithmetic; Enter alone passes and shows it",
    "Enter alone passes and shows it",
    "Enter alone passes",
)
"""What one may do; the first for which there is room is said."""
_LONGEST = 40
"""Cells of an operation that the last line has room for."""


@dataclass(frozen=True)
class Walk:
    """So many steps, equations or operations inside them, each of which asks before it shows."""

    count: int
    inside: bool = False
    done: int = 0
    told: str = ""
    """What became of the question before."""


@dataclass(frozen=True)
class _Asked:
    """A question: what comes, which of its cells, how that is called, and the moment that shows it."""

    at: Coming
    index: Index
    named: str
    label: str
    about: str
    n: int
    k: int = 0


def walk(desk: Desk, count: int, inside: bool = False) -> None:
    """Go so many steps on, asking at each; Escape ends it where it is."""
    _ask(desk, Walk(count, inside))


def _ask(desk: Desk, walk: Walk) -> None:
    asked = _operation(desk) if walk.inside else _equation(desk)

    def accept(text: str) -> None:
        said = _answered(desk, asked, text.strip())
        way = desk.session.seek(asked.n, asked.k)
        desk.work(way, f"going to n = {asked.n:,}", partial(_arrived, desk, replace(walk, told=said)))

    of = f" ({walk.done + 1:,} of {walk.count:,})" if walk.count > 1 else ""
    hint = _hint(walk.told or asked.about, desk.size[0] - 2, desk.look.glyphs.dots)
    label = f"{asked.label}{of} will be:"
    desk.ask(Prompt(label, accept, hint=hint, cell=(asked.at.step.name, asked.index)))


def _arrived(desk: Desk, walk: Walk) -> None:
    desk.view = desk.view.arrived()
    if walk.done + 1 < walk.count:
        _ask(desk, replace(walk, done=walk.done + 1))
    else:
        desk.say(walk.told)


def _hint(about: str, room: int, dots: str) -> str:
    """What is known, and what one may do, as far as there is room for both."""
    how = next((how for how in _HOW if len(about) + len(how) + 3 <= room), _HOW[-1])
    return f"{clip(about, max(room - len(how) - 3, 0), dots)}   {how}"


def _equation(desk: Desk) -> _Asked:
    """What the selected cell of the coming result will be."""
    at = coming(desk.session)
    index = _index(desk, at)
    home = desk.frame.program.homes[at.step.name].place(index)
    where = "" if home is None else f" {place(desk.frame.network, home, desk.look.pick('→', '>'))}"
    named = cell_name(at.step.name, index)
    return _Asked(at, index, named, named + where, at.step.equation, desk.session.n + 1)


def _index(desk: Desk, at: Coming) -> Index:
    """The cell that will be selected, the one like the chosen one where a cell is chosen.

    Inside an equation, where that one's number stands there already, the cell that is next.
    """
    name = at.step.name
    index = index_in(desk.frame, desk.view, name) if desk.view.name else desk.view.index
    index = fitted(index, at.result.shape)
    inside = desk.frame.inside
    if inside is not None and inside.is_finished(index):
        return coming_operation(desk.session).inside.cell
    return index


def _operation(desk: Desk) -> _Asked:
    """What the next operation will give."""
    at = coming_operation(desk.session)
    named, about = _written(desk, at)
    n, k = substeps.after(desk.session, 1)
    which = f"operation {at.inside.k:,} of {at.inside.of:,}"
    about = f"{which}: {about}" if about else which
    return _Asked(at, at.inside.cell, named, clip(named, _LONGEST, desk.look.glyphs.dots), about, n, k)


def _written(desk: Desk, at: ComingOperation) -> tuple[str, str]:
    """An operation in names and in numbers."""
    show = desk.look.number if desk.look.format_at else brief
    writer = Arithmetic(desk.look.glyphs, show, {})
    return OperationLine(at.inside, writer, desk.look.number).question()


def _answered(desk: Desk, asked: _Asked, text: str) -> str:
    """Take an answer down, and say whether it is right; where there is none, what it would have been."""
    at, index = asked.at, asked.index
    if not text:
        desk.predicting.passed += 1
        return f"Passed: {asked.named} is {desk.look.number(at.value(index))}."
    judgement = judge(answer(text), at, index, desk.look.number, desk.look.glyphs)
    value = at.value(index)
    told = Told(asked.n, asked.k, asked.named, at.step.name, index, text, value, judgement)
    desk.predicting.answers.append(told)
    shown = desk.look.number(value)
    if judgement.right:
        return f"Right: {asked.named} is {shown}."
    suggests = f": {judgement.suggests}" if judgement.suggests else ""
    return f"{asked.named} is {shown}, not {text}{suggests}."
