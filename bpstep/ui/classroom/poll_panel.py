"""The question to the class, over the formula pane: what is asked, and how it was answered."""

from __future__ import annotations

from collections.abc import Callable

from bpstep.actions import BY_ID
from bpstep.classroom.messages import Question
from bpstep.classroom.polls import Bars
from bpstep.render.canvas import Canvas, Region
from bpstep.render.lists.poll import draw_poll
from bpstep.render.screen import arrange_panes, caption_height
from bpstep.ui.controller import Controller

_MIN_HEIGHT = 8

_INSTRUCTIONS = "number or arithmetic; Escape looks around, o asks again"

_ANSWER_STARTS = frozenset("0123456789.(-+")

_VIEW_GROUPS = ("Looking",)
"""The group of actions that change nothing but what is looked at: the question stays while they are done."""


class PollPanel:
    """A panel that leaves the panes above it to be looked around in."""

    is_private = False

    @property
    def takes_counts(self) -> bool:
        """What is typed before a key that goes on, counts."""
        return True

    def poll_content(self) -> tuple[Question, Bars, str]:
        """The question, its answers as far as they are shown, and the line below them."""
        raise NotImplementedError

    def draw(self, controller: Controller) -> Canvas:
        """The panes, the lowest of them covered."""
        canvas = controller.draw_panes()
        region = self._region(controller)
        drawn = draw_poll(
            controller.frame, *self.poll_content(), controller.theme, region.width, region.height
        )
        canvas.hits = [hit for hit in canvas.hits if hit.y < region.y or hit.y >= region.y + region.height]
        canvas.paste(drawn, region.x, region.y)
        return canvas

    def _region(self, controller: Controller) -> Region:
        """The formula pane with its rule, or as many lines where it is not shown; above the caption."""
        width, height = controller.size
        layout = arrange_panes(controller.frame, controller.view, controller.theme, width, height)
        panes = layout.panes
        pane = panes.get("formula")
        pane_height = _MIN_HEIGHT if pane is None or len(panes) == 1 else pane.height
        bottom = min(layout.timeline, height - 1 - caption_height(controller.view, controller.theme, width))
        return Region(0, bottom - pane_height - 1, width, pane_height + 1)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Looking around leaves it open; what moves on closes it."""
        if key == "escape" or name == "close":
            return ""
        if name and BY_ID[name].group in _VIEW_GROUPS:
            controller.run_action(name, controller.repeat_count(name))
            return None
        return name or None

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """A click does what it does elsewhere."""
        name = controller.click(target)
        return self.handle_key(controller, "", name) if name else None

    def paste(self, text: str) -> None:
        """The question takes no text; what is typed as an answer is a prompt's."""

    def scroll(self, controller: Controller, by: int) -> None:
        """Through the cells."""
        controller.run_action("down" if by > 0 else "up")


class StudentPollPanel(PollPanel):
    """The teacher's question at a pupil's."""

    def __init__(self, question: Question, note: str, answer: Callable[[str], None]) -> None:
        self.question = question
        self._note = note
        self._answer = answer
        """Ask for an answer, of which this much is typed."""

    @property
    def takes_counts(self) -> bool:
        """While an answer is wanted, a digit begins one."""
        return not self.question.is_open

    def poll_content(self) -> tuple[Question, Bars, str]:
        """What was answered is there once it is revealed."""
        note = self._note or (_INSTRUCTIONS if self.question.is_open else "")
        return self.question, self.question.bars, note

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """What can begin an answer does; Enter, which may come late, edits nothing."""
        if self.question.is_open and (key == "enter" or key in _ANSWER_STARTS):
            self._answer("" if key == "enter" else key)
            return None
        return None if key == "enter" else super().handle_key(controller, key, name)
