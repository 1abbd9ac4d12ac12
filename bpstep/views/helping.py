"""The help screen's state: how far it is scrolled, which line is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from bpstep.views.canvas import Canvas
from bpstep.views.help import help_screen, listing
from bpstep.views.look import Look

Keys = dict[str, tuple[str, ...]]


@dataclass
class Helping:
    """An open help screen."""

    chosen: int = 1
    top: int = 0

    def draw(self, look: Look, keys: Keys, width: int, height: int) -> Canvas:
        """The screen."""
        return help_screen(look, keys, width, height, self.top, self.chosen)

    def key(self, key: str, name: str, look: Look, keys: Keys, height: int) -> str | None:
        """What a key does: None stays, empty closes, an action's id closes and does it.

        Some terminals send a key for shift alone: what has no meaning closes nothing.
        """
        moves = {"down": 1, "up": -1, "page_down": height - 3, "page_up": 3 - height}
        if name in moves:
            self.move(moves[name], look, keys, height)
            return None
        if key == "enter":
            action = listing(look, keys)[self.chosen][3]
            return action.id if action else ""
        return "" if name or len(key) == 1 else None

    def click(self, target: object, look: Look, keys: Keys) -> str:
        """The action of the clicked line; empty where there is none."""
        match target:
            case ("help", int(line)) if line < len(listing(look, keys)):
                action = listing(look, keys)[line][3]
                return action.id if action else ""
        return ""

    def move(self, by: int, look: Look, keys: Keys, height: int) -> None:
        """Choose another action, and scroll so that it is seen."""
        shown = listing(look, keys)
        lines = [at for at, line in enumerate(shown) if line[3] is not None]
        if by > 0 and self.chosen == lines[-1]:
            self.top = max(len(shown) - (height - 2), 0)
            return
        wanted = self.chosen + by
        later = [at for at in lines if (at >= wanted if by > 0 else at <= wanted)]
        self.chosen = (later[0] if by > 0 else later[-1]) if later else (lines[-1] if by > 0 else lines[0])
        if self.chosen == lines[0]:
            self.top = 0
        self.top = min(max(self.top, self.chosen - (height - 3)), self.chosen)
