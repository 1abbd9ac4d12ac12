"""The question to the class and its answers, drawn over the formula pane."""

from __future__ import annotations

from collections.abc import Callable

from bpstep.actions import BY_ID
from bpstep.classroom.polls import Bars
from bpstep.classroom.protocol import Question
from bpstep.render.canvas import Canvas, Region
from bpstep.render.lists.poll import draw_poll
from bpstep.render.screen import arrange_panes, caption_height
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller

_MIN_HEIGHT = 8

_ANSWER_STARTS = frozenset("0123456789.(-+")

_VIEW_GROUPS = ("Looking",)
"""The group of actions that only change the view: the question stays open while they run."""


class PollPanel:
    """A panel over the formula; the other panes stay visible and can be used."""

    is_private = False

    @property
    def takes_counts(self) -> bool:
        """Digits are a count for the next action."""
        return True

    def poll_content(self) -> tuple[Question, Bars, str]:
        """The question, the answers that are shown, and the line below them."""
        raise NotImplementedError

    def draw(self, controller: Controller) -> Canvas:
        """The panes; the question covers the lowest one."""
        canvas = controller.draw_panes()
        region = self._region(controller)
        size = region.width, region.height
        drawn = draw_poll(controller.frame, *self.poll_content(), controller.theme, size)
        canvas.hits = [hit for hit in canvas.hits if hit.y < region.y or hit.y >= region.y + region.height]
        canvas.paste(drawn, region.x, region.y)
        return canvas

    def _region(self, controller: Controller) -> Region:
        """The region of the formula pane with its rule, or the same height above the caption."""
        width, height = controller.size
        layout = arrange_panes(controller.frame, controller.view, controller.theme, width, height)
        panes = layout.panes
        pane = panes.get("formula")
        pane_height = _MIN_HEIGHT if pane is None or len(panes) == 1 else pane.height
        bottom = min(layout.timeline, height - 1 - caption_height(controller.view, controller.theme, width))
        return Region(0, bottom - pane_height - 1, width, pane_height + 1)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Actions that only change the view leave the panel open; any other action closes it."""
        if key == "escape" or name == "close":
            return ""
        if name and BY_ID[name].group in _VIEW_GROUPS:
            controller.run_action(name, controller.repeat_count(name))
            return None
        return name or None

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """A click has the same effect as without the panel."""
        name = controller.click(target)
        return self.handle_key(controller, "", name) if name else None

    def paste(self, text: str) -> None:
        """The panel has no input; an answer is typed into a prompt."""

    def scroll(self, controller: Controller, by: int) -> None:
        """Move through the cells."""
        controller.run_action("down" if by > 0 else "up")


class PupilPollPanel(PollPanel):
    """The teacher's question on a pupil's screen."""

    def __init__(self, question: Question, note: str, answer: Callable[[str], None]) -> None:
        self.question = question
        self._note = note
        self._answer = answer
        """Opens the prompt for an answer that starts with the given text."""

    @property
    def takes_counts(self) -> bool:
        """While the question is open, a digit begins an answer."""
        return not self.question.is_open

    def poll_content(self) -> tuple[Question, Bars, str]:
        """The answers are shown once they are revealed."""
        note = self._note or (fill(messages.POLL_INSTRUCTIONS) if self.question.is_open else "")
        return self.question, self.question.bars, note

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """A key that can begin an answer does so; a late Enter does not open the editor."""
        if self.question.is_open and (key == "enter" or key in _ANSWER_STARTS):
            self._answer("" if key == "enter" else key)
            return None
        return None if key == "enter" else super().handle_key(controller, key, name)
