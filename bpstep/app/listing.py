"""An open list: which line is chosen, how far it is scrolled, what Enter and its own keys do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpstep.views.canvas import Canvas
from bpstep.views.head import Head
from bpstep.views.listing import Keys, Line, listing_screen, room

if TYPE_CHECKING:
    from bpstep.app.desk import Desk

_PAGES = {"page_down": 1, "page_up": -1}
_STEPS = {"down": 1, "up": -1}


class Listing:
    """A panel of lines; each list says which lines there are and what is done with the chosen one."""

    counts = False
    title = ""
    hint = ""
    keys: Keys = ()
    """The keys of the last line; how to close the list stands there too."""

    def __init__(self) -> None:
        self.chosen = -1
        """The number of the chosen line; where it can't be chosen, the next that can be is."""
        self.top = 0

    def lines(self, desk: Desk) -> Sequence[Line]:
        """The lines now, as wide as the desk's screen less a margin of two cells on each side."""
        raise NotImplementedError

    def enter(self, desk: Desk, value: object) -> str | None:
        """What Enter does with the chosen line's value: as a panel's key."""
        return None

    def press(self, desk: Desk, key: str, value: object) -> str | None:
        """What the list's own keys do; `value` is None where nothing can be chosen."""
        return None

    def value(self, desk: Desk) -> object:
        """What the chosen line stands for; None where nothing can be chosen."""
        lines = self.lines(desk)
        self._settle(lines, desk.size[1])
        return lines[self.chosen].value if 0 <= self.chosen < len(lines) else None

    def draw(self, desk: Desk) -> Canvas:
        """The screen."""
        lines = self.lines(desk)
        self._settle(lines, desk.size[1])
        where = self.top, self.chosen
        head = Head(self.title, self.hint, desk.seen.modes)
        return listing_screen(desk.look, *desk.size, head, lines, *where, self.keys)

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Move, Escape closes, Enter acts; any other key is the list's own."""
        if key == "escape" or name == "close":
            return ""
        if name in _STEPS:
            self.scroll(desk, _STEPS[name])
            return None
        if name in _PAGES:
            self._turn(desk, _PAGES[name])
            return None
        value = self.value(desk)
        if key == "enter":
            return None if value is None else self.enter(desk, value)
        return self.press(desk, key, value)

    def click(self, desk: Desk, target: object) -> str | None:
        """A click chooses a line, a click on the chosen one is Enter."""
        match target:
            case ("line", int(at)) if self._can_be_chosen(self.lines(desk), at):
                if at == self.chosen:
                    return self.key(desk, "enter", "")
                self.chosen = at
        return None

    def scroll(self, desk: Desk, by: int) -> None:
        """Choose another line, and scroll so that it is seen; past the last one to the very end."""
        lines = self.lines(desk)
        self._settle(lines, desk.size[1])
        able = [at for at in range(len(lines)) if lines[at].value is not None]
        shown = room(desk.size[1])
        if not able or (by > 0 and self.chosen == able[-1]):
            self.top = max(min(self.top + by, len(lines) - shown), 0)
            return
        wanted = self.chosen + by
        if by > 0:
            self.chosen = next((at for at in able if at >= wanted), able[-1])
        else:
            self.chosen = next((at for at in reversed(able) if at <= wanted), able[0])
        if self.chosen == able[0]:
            self.top = 0
        self.top = min(max(self.top, self.chosen - shown + 1), self.chosen)

    def _turn(self, desk: Desk, way: int) -> None:
        """Scroll by a page, and choose a line of it: the last or first of all where it scrolls no further."""
        lines = self.lines(desk)
        self._settle(lines, desk.size[1])
        shown = room(desk.size[1])
        by = way * max(shown - 3, 1)
        top = max(min(self.top + by, len(lines) - shown), 0)
        able = [at for at in range(len(lines)) if lines[at].value is not None]
        seen = [at for at in able if top <= at < top + shown]
        if top == self.top:
            seen = seen[-1:] if way > 0 else seen[:1]
        self.top = top
        if seen:
            self.chosen = min(seen, key=lambda at: abs(at - self.chosen - by))

    def _settle(self, lines: Sequence[Line], height: int) -> None:
        """Keep to what there is: lines may have come and gone."""
        self.top = max(min(self.top, len(lines) - room(height)), 0)
        if self._can_be_chosen(lines, self.chosen):
            return
        able = [at for at in range(len(lines)) if lines[at].value is not None]
        self.chosen = next((at for at in able if at >= self.chosen), able[-1] if able else -1)

    def _can_be_chosen(self, lines: Sequence[Line], at: int) -> bool:
        return 0 <= at < len(lines) and lines[at].value is not None
