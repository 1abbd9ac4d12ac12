"""The text that a script has printed, as a list."""

from __future__ import annotations

from collections.abc import Iterator

from bpstep.program.position import shown_iteration
from bpstep.render.canvas import wrap
from bpstep.render.lists.list import KeyLabels, ListLine, text_line, visible_line_count
from bpstep.session.script import printed_text
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel

_MARGIN = 4
"""The margin of the text, left and right together."""


class PrintedText(ListPanel):
    """The text, scrolled to its end."""

    keys: KeyLabels = (("Escape", messages.KEY_CLOSE),)

    def __init__(self, text: str, is_cut: bool, iteration: int) -> None:
        super().__init__()
        self._text, self._is_cut, self._iteration = text, is_cut, iteration
        self._is_at_end = True

    @property
    def title(self) -> str:
        """The iteration by whose end it was printed."""
        return fill(messages.PRINTED_TITLE, iteration=self._iteration)

    def lines(self, controller: Controller) -> list[ListLine]:
        """The text at the width of the screen."""
        width = max(controller.size[0] - _MARGIN, 1)
        found = [text_line(line) for line in self._broken(controller, width)]
        if self._is_at_end:
            self.top = max(len(found) - visible_line_count(controller.size[1]), 0)
            self._is_at_end = False
        return found

    def _broken(self, controller: Controller, width: int) -> Iterator[str]:
        text = controller.theme.to_displayable(self._text.expandtabs(8))
        if not text.strip():
            yield fill(messages.PRINTED_NOTHING)
        for line in text.rstrip("\n").split("\n"):
            yield from wrap(line, width) or [""]
        if self._is_cut:
            yield ""
            yield fill(messages.PRINTED_MORE)


def show_printed(controller: Controller, _count: int) -> None:
    """Show what was printed by the end of this iteration. BpstepError for a network."""
    session = controller.session
    iteration = shown_iteration(session.n, session.period)
    controller.panel = PrintedText(*printed_text(session.timeline, iteration), iteration)


COMMANDS = {"printed": show_printed}
