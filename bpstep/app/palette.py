"""The open command palette: what is typed, which command is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bpstep.app.typed import Typed
from bpstep.views.canvas import Canvas
from bpstep.views.palette import matching, palette_screen, room

if TYPE_CHECKING:
    from bpstep.app.desk import Desk

_LABEL = "command:"


@dataclass
class Palette:
    """Commands to choose from by a part of their names."""

    typed: Typed = field(default_factory=Typed)
    chosen: int = 0
    top: int = 0
    counts = False

    def draw(self, desk: Desk) -> Canvas:
        """The screen."""
        width, height = desk.size
        found = matching(self.typed.text, desk.view.without)
        canvas = palette_screen(
            desk.look, desk.view.keys, width, height, desk.seen.modes, found, self.top, self.chosen
        )
        canvas.put(1, height - 1, _LABEL, "bright")
        x = len(_LABEL) + 2
        self.typed.draw(canvas, x, height - 1, max(width - x - 1, 1))
        return canvas

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Enter does the chosen command, Escape closes, any other key is typed."""
        moves = {
            "down": 1,
            "ctrl+n": 1,
            "up": -1,
            "ctrl+p": -1,
            "pagedown": room(*desk.size),
            "pageup": -room(*desk.size),
        }
        if key == "escape":
            return ""
        if key == "enter":
            found = matching(self.typed.text, desk.view.without)
            return found[self.chosen].id if found else None
        if key in moves:
            self.scroll(desk, moves[key])
        else:
            self.insert_or_press(key)
        return None

    def insert_or_press(self, key: str) -> None:
        """Type; the first of what is left is chosen."""
        self.typed.press(key)
        self.chosen = self.top = 0

    def click(self, desk: Desk, target: object) -> str | None:
        """The clicked command; empty where there is none."""
        match target:
            case ("command", str(name)):
                return name
        return ""

    def scroll(self, desk: Desk, by: int) -> None:
        """Choose another, and scroll so that it is seen."""
        last = len(matching(self.typed.text, desk.view.without)) - 1
        self.chosen = max(min(self.chosen + by, last), 0)
        self.top = min(max(self.top, self.chosen - room(*desk.size) + 1), self.chosen)
