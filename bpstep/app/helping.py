"""The help: every key and what it does, from which each can be called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.actions import Action
from bpstep.app.listing import Listing
from bpstep.views.canvas import Canvas
from bpstep.views.help import help_lines, is_cut
from bpstep.views.listing import Line
from bpstep.views.telling import tell

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


class Helping(Listing):
    """An open help screen."""

    title = "bpstep keys"
    hint = "up, down choose   Enter does it   Escape closes"

    def lines(self, desk: Desk) -> list[Line]:
        """Every action by group, and what the signs mean."""
        return help_lines(desk.look, desk.view.keys, desk.size[0], desk.view.without)

    def draw(self, desk: Desk) -> Canvas:
        """The screen; what the chosen line has no room for stands in the last line."""
        canvas = super().draw(desk)
        value = self.value(desk)
        if isinstance(value, Action) and is_cut(value, desk.view.keys, desk.size[0]):
            tell(canvas, value.sentence, "bright on bar", desk.look)
        return canvas

    def enter(self, desk: Desk, value: object) -> str:
        """Do the chosen action."""
        return value.id if isinstance(value, Action) else ""

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Some terminals send a key for shift alone: what has no meaning closes nothing."""
        found = super().key(desk, key, name)
        moved = name in ("down", "up", "page_down", "page_up")
        return "" if found is None and not moved and (name or len(key) == 1) else found

    def click(self, desk: Desk, target: object) -> str | None:
        """A click does at once what it is on, or closes."""
        lines = self.lines(desk)
        match target:
            case ("line", int(at)) if at < len(lines) and isinstance(lines[at].value, Action):
                return self.enter(desk, lines[at].value)
        return ""
