"""Predict mode: before a step shows its result one says what a cell of it will be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bpstep.app import playing
from bpstep.app.listing import Listing
from bpstep.guess import Judgement
from bpstep.home import Index
from bpstep.views.canvas import clip, wrap
from bpstep.views.listing import Line, line

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


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
        playing.pause(desk)
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
