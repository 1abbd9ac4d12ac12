"""The question to the class, over the formula pane: what is asked, and how it was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.actions import BY_ID
from bpstep.classroom.messages import Question
from bpstep.classroom.polls import Bars
from bpstep.render.canvas import Canvas, Region
from bpstep.render.lists.poll import poll
from bpstep.render.screen import arrange, caption_height

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_LEAST_HEIGHT = 8

_HOW = "number or arithmetic; Escape looks around, o asks again"

_BEGINS = frozenset("0123456789.(-+")

_QUIET = ("Looking",)
"""The group of actions that change nothing but what is looked at: the question stays while they are done."""


class Polling:
    """A panel that leaves the panes above it to be looked around in."""

    @property
    def counts(self) -> bool:
        """What is typed before a key that goes on, counts."""
        return True

    def told(self) -> tuple[Question, Bars, str]:
        """The question, its answers as far as they are shown, and the line below them."""
        raise NotImplementedError

    def draw(self, desk: Desk) -> Canvas:
        """The panes, the lowest of them covered."""
        canvas = desk.panes()
        region = self._region(desk)
        drawn = poll(desk.frame, *self.told(), desk.look, region.width, region.height)
        canvas.hits = [hit for hit in canvas.hits if hit.y < region.y or hit.y >= region.y + region.height]
        canvas.paste(drawn, region.x, region.y)
        return canvas

    def _region(self, desk: Desk) -> Region:
        """The formula pane with its rule, or as many lines where it is not shown; above the caption."""
        width, height = desk.size
        where = arrange(desk.frame, desk.view, desk.look, width, height)
        panes = where.panes
        pane = panes.get("formula")
        tall = _LEAST_HEIGHT if pane is None or len(panes) == 1 else pane.height
        bottom = min(where.timeline, height - 1 - caption_height(desk.view, desk.look, width))
        return Region(0, bottom - tall - 1, width, tall + 1)

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Looking around leaves it open; what moves on closes it."""
        if key == "escape" or name == "close":
            return ""
        if name and BY_ID[name].group in _QUIET:
            desk.act(name, desk.times(name))
            return None
        return name or None

    def click(self, desk: Desk, target: object) -> str | None:
        """A click does what it does elsewhere."""
        name = desk.click(target)
        return self.key(desk, "", name) if name else None

    def scroll(self, desk: Desk, by: int) -> None:
        """Through the cells."""
        desk.act("down" if by > 0 else "up")


class Asked(Polling):
    """The teacher's question at a pupil's."""

    def __init__(self, question: Question, note: str, answer: Callable[[str], None]) -> None:
        self.question = question
        self._note = note
        self._answer = answer
        """Ask for an answer, of which this much is typed."""

    @property
    def counts(self) -> bool:
        """While an answer is wanted, a digit begins one."""
        return not self.question.is_open

    def told(self) -> tuple[Question, Bars, str]:
        """What was answered is there once it is revealed."""
        note = self._note or (_HOW if self.question.is_open else "")
        return self.question, self.question.bars, note

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """What can begin an answer does; Enter, which may come late, edits nothing."""
        if self.question.is_open and (key == "enter" or key in _BEGINS):
            self._answer("" if key == "enter" else key)
            return None
        return None if key == "enter" else super().key(desk, key, name)
