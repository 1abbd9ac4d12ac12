"""Asking, in predict mode, what each of the next steps will give, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.numbers import brief
from bpstep.explain.prose.units import place
from bpstep.lang.cells import cell_name
from bpstep.learn.grade import Judgement, answer, judge
from bpstep.learn.next_step import Coming, ComingOperation, coming, coming_operation
from bpstep.program.diagram import Index
from bpstep.render.canvas import clip, wrap
from bpstep.render.formula.pane import index_in
from bpstep.render.lists.list import Line, line
from bpstep.render.view_state import fitted
from bpstep.session import micro
from bpstep.ui.commands import play
from bpstep.ui.panels import Listing
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

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
    n, k = micro.after(desk.session, 1)
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


@dataclass(frozen=True)
class Told:
    """An answer: the moment that shows it, what was asked, what was typed, what it is, and the judgement."""

    n: int
    k: int
    asked: str
    name: str
    index: Index
    typed: str
    value: float
    judgement: Judgement


class Predicting:
    """Whether one is asked, and the answers since that began."""

    def __init__(self) -> None:
        self.on = False
        self.answers: list[Told] = []
        self.passed = 0
        """How many questions were passed without an answer."""

    @property
    def misses(self) -> list[Told]:
        """The wrong answers."""
        return [told for told in self.answers if not told.judgement.right]

    @property
    def score(self) -> str:
        """How many of how many answers were right: 3/4; empty where none was given."""
        return f"{len(self.answers) - len(self.misses)}/{len(self.answers)}" if self.answers else ""

    @property
    def told(self) -> str:
        """The same in words, and how many questions were passed: 3 right of 4, 1 passed."""
        right = self.score.replace("/", " right of ")
        return ", ".join(filter(None, (right, f"{self.passed} passed" if self.passed else "")))

    @property
    def farewell(self) -> str:
        """What is said when one leaves while being asked."""
        return f"predicted: {self.told}" if self.on and self.told else ""


def flag(desk: Desk) -> str:
    """The flag of the first line."""
    state = desk.predicting
    return f"predict {state.score}".rstrip() if state.on else ""


def toggle(desk: Desk, _count: int) -> None:
    """Begin to ask; or end it, with the score and the misses."""
    state = desk.predicting
    if not state.on:
        desk.predicting = Predicting()
        desk.predicting.on = True
        play.pause(desk)
        desk.say("predict mode: n and s ask before a result shows; the same key ends it")
        return
    state.on = False
    if state.misses:
        desk.panel = Misses(state)
    elif state.answers:
        desk.say(f"{state.told}: nothing was missed")
    elif state.passed:
        desk.say(f"predict mode is over: {state.told}, nothing predicted")
    else:
        desk.say("predict mode is over; nothing was predicted")


def unasked(desk: Desk, left: int, said: str) -> str:
    """What is said on arrival, with how much was passed since n = `left` without a question."""
    passed = desk.session.n - left
    if not desk.predicting.on or passed <= 0:
        return said
    told = f"{passed:,} equation{'s' * (passed > 1)} went by unasked"
    return f"{said}; {told}" if said else told


class Misses(Listing):
    """The score, and the answers that were wrong."""

    hint = "Enter goes there   Escape closes"

    def __init__(self, state: Predicting) -> None:
        super().__init__()
        self.misses = state.misses
        self.title = f"{state.told}; missed:"

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
        desk.move(value.n, k=value.k)
        return ""


_HEADS = ("", "asked", "typed", "is")

_TYPED, _ASKED = 16, 24
"""Cells of an answer, and of what was asked, that the list has room for."""


def _row(desk: Desk, told: Told) -> tuple[str, ...]:
    typed = clip(told.typed, _TYPED, desk.look.glyphs.dots)
    where = f"n = {told.n:,}" + (f", operation {told.k}" if told.k else "")
    return where, clip(told.asked, _ASKED, desk.look.glyphs.dots), typed, desk.look.number(told.value)


DEEDS = {"predict": toggle}
