"""Predict mode: before a step shows its result one says what a cell of it will be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bpstep.app.listing import Listing
from bpstep.app.prompt import Prompt
from bpstep.cells import cell_name
from bpstep.formula.units import place
from bpstep.guess import Coming, Judgement, answer, coming, judge
from bpstep.home import Index
from bpstep.views.canvas import clip, wrap
from bpstep.views.formula import index_in
from bpstep.views.listing import Line, line
from bpstep.views.view import fitted

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


@dataclass(frozen=True)
class Told:
    """An answer: the n that it was about, the cell, what was typed, what it is, and the judgement."""

    n: int
    name: str
    index: Index
    typed: str
    value: float
    judgement: Judgement

    @property
    def cell(self) -> str:
        """The cell as it is written."""
        return cell_name(self.name, self.index)


class Predicting:
    """Whether one is asked, and the answers since that began."""

    def __init__(self) -> None:
        self.on = False
        self.answers: list[Told] = []

    @property
    def misses(self) -> list[Told]:
        """The wrong answers."""
        return [told for told in self.answers if not told.judgement.right]

    @property
    def score(self) -> str:
        """How many of how many were right: 3/4."""
        return f"{len(self.answers) - len(self.misses)}/{len(self.answers)}"

    @property
    def farewell(self) -> str:
        """What is said when one leaves while being asked."""
        return f"predicted right: {self.score}" if self.on and self.answers else ""


def flag(desk: Desk) -> str:
    """The flag of the first line."""
    state = desk.predicting
    return f"predict {state.score}" if state.on and state.answers else "predict" if state.on else ""


def toggle(desk: Desk, _count: int) -> None:
    """Begin to ask; or end it, with the score and the misses."""
    state = desk.predicting
    if not state.on:
        desk.predicting = Predicting()
        desk.predicting.on = True
        desk.say("predict mode: each step asks before it shows; the same key ends it")
        return
    state.on = False
    if state.misses:
        desk.panel = Misses(state)
    elif state.answers:
        desk.say(f"{state.score} right: nothing was missed")
    else:
        desk.say("predict mode is over; nothing was predicted")


def question(desk: Desk) -> Prompt:
    """What the selected cell of the coming result will be."""
    at, n = coming(desk.session), desk.session.n + 1
    index = _index(desk, at)
    home = desk.frame.program.homes[at.step.name].place(index)
    where = "" if home is None else f" {place(desk.frame.network, home, desk.look.pick('→', '>'))}"

    def accept(text: str) -> None:
        said = _answered(desk, at, index, n, text.strip()) if text.strip() else ""
        desk.move(n, said)

    label = f"{cell_name(at.step.name, index)}{where} will be:"
    hint = f"{at.step.equation}   Type a number, or arithmetic on numbers"
    return Prompt(label, accept, hint=hint, cell=(at.step.name, index))


def _index(desk: Desk, at: Coming) -> Index:
    """The cell that will be selected: the one like the chosen one where a cell is chosen."""
    shape = at.result.shape
    if desk.view.name:
        return fitted(index_in(desk.frame, desk.view, at.step.name), shape)
    return fitted(desk.view.index, shape)


def _answered(desk: Desk, at: Coming, index: Index, n: int, text: str) -> str:
    """Take an answer down, and say whether it is right."""
    judgement = judge(answer(text), at, index, desk.look.number, desk.look.glyphs)
    value = float(at.result[index] if index else at.result)
    told = Told(n, at.step.name, index, text, value, judgement)
    desk.predicting.answers.append(told)
    shown = desk.look.number(value)
    if judgement.right:
        return f"Right: {told.cell} is {shown}."
    suggests = f": {judgement.suggests}" if judgement.suggests else ""
    return f"{told.cell} is {shown}, not {text}{suggests}."


class Misses(Listing):
    """The score, and the answers that were wrong."""

    hint = "Enter goes there   Escape closes"

    def __init__(self, state: Predicting) -> None:
        super().__init__()
        self.misses = state.misses
        right = len(state.answers) - len(self.misses)
        self.title = f"{right} of {len(state.answers)} predicted right; missed:"

    def lines(self, desk: Desk) -> list[Line]:
        """Each miss: where, the cell, what was typed, what it is, and what that suggests."""
        rows = [_HEADS, *(_row(desk, told) for told in self.misses)]
        widths = [max(len(row[k]) for row in rows) for k in range(len(_HEADS))]
        head, *texts = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)) for row in rows)
        found = [line(head, "quiet")]
        room = max(desk.size[0] - len(head) - 6, 10)
        for text, told in zip(texts, self.misses):
            first, *more = wrap(told.judgement.suggests, room) or [""]
            found.append(Line(((text, "text"), (f"  {first}", "quiet")), told))
            found += [line(" " * len(head) + f"  {rest}", "quiet") for rest in more]
        return found

    def enter(self, desk: Desk, value: object) -> str:
        """Go to the step, with the cell selected."""
        assert isinstance(value, Told)
        desk.view = replace(desk.view.select(value.name, value.index), focus="tensors")
        desk.move(value.n)
        return ""


_HEADS = ("", "cell", "typed", "is")
_TYPED = 16
"""Cells of an answer that the list has room for."""


def _row(desk: Desk, told: Told) -> tuple[str, ...]:
    typed = clip(told.typed, _TYPED, desk.look.glyphs.dots)
    return f"n = {told.n}", told.cell, typed, desk.look.number(told.value)


DEEDS = {"predict": toggle}
