"""The open command palette: what is typed, which command is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from bpstep.app.typed import Typed
from bpstep.views.canvas import Canvas
from bpstep.views.look import Look
from bpstep.views.palette import matching, palette_screen, room

Keys = dict[str, tuple[str, ...]]
_LABEL = "command:"


@dataclass
class Palette:
    """Commands to choose from by a part of their names."""

    typed: Typed = field(default_factory=Typed)
    chosen: int = 0
    top: int = 0

    def draw(self, look: Look, keys: Keys, width: int, height: int) -> Canvas:
        """The screen."""
        canvas = palette_screen(look, keys, width, height, matching(self.typed.text), self.top, self.chosen)
        canvas.put(1, height - 1, _LABEL, "bright")
        x = len(_LABEL) + 2
        self.typed.draw(canvas, x, height - 1, max(width - x - 1, 1))
        return canvas

    def key(self, key: str, _name: str, look: Look, keys: Keys, height: int) -> str | None:
        """What a key does: None stays, empty closes, an action's id closes and does it."""
        moves = {
            "down": 1,
            "ctrl+n": 1,
            "up": -1,
            "ctrl+p": -1,
            "pagedown": room(height),
            "pageup": -room(height),
        }
        if key == "escape":
            return ""
        if key == "enter":
            found = matching(self.typed.text)
            return found[self.chosen].id if found else None
        if key in moves:
            self.move(moves[key], look, keys, height)
        else:
            self.insert_or_press(key)
        return None

    def insert_or_press(self, key: str) -> None:
        """Type; the first of what is left is chosen."""
        self.typed.press(key)
        self.chosen = self.top = 0

    def click(self, target: object, _look: Look, _keys: Keys) -> str:
        """The clicked command; empty where there is none."""
        match target:
            case ("command", str(name)):
                return name
        return ""

    def move(self, by: int, _look: Look, _keys: Keys, height: int) -> None:
        """Choose another, and scroll so that it is seen."""
        last = len(matching(self.typed.text)) - 1
        self.chosen = max(min(self.chosen + by, last), 0)
        self.top = min(max(self.top, self.chosen - room(height) + 1), self.chosen)
