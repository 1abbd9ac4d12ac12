"""What is shown in place of the panes until it is closed: help, commands, lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bpstep.actions import Action
from bpstep.render.canvas import Canvas
from bpstep.render.heading import Head
from bpstep.render.lists.help import help_lines, is_cut, matching, palette_screen, room
from bpstep.render.lists.list import Keys, Line, listing_screen, visible_lines
from bpstep.render.message import tell
from bpstep.ui.line_editor import Typed

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


class Panel(Protocol):
    """Draws itself and takes the keys. A question that a panel asks lies over it and goes first."""

    @property
    def counts(self) -> bool:
        """True where digits are counts for the action that a key calls, as they are without a panel."""

    def draw(self, desk: Desk) -> Canvas:
        """The whole screen, of the desk's size."""

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """What a key does; `name` is the action that it calls elsewhere, empty where it calls none.

        None: the panel stays; empty: it closes; an action's id: it closes and the action is done.
        """

    def click(self, desk: Desk, target: object) -> str | None:
        """What a click means, in the same way."""

    def scroll(self, desk: Desk, by: int) -> None:
        """The mouse's wheel."""


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
        shown = visible_lines(desk.size[1])
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
        shown = visible_lines(desk.size[1])
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
        self.top = max(min(self.top, len(lines) - visible_lines(height)), 0)
        if self._can_be_chosen(lines, self.chosen):
            return
        able = [at for at in range(len(lines)) if lines[at].value is not None]
        self.chosen = next((at for at in able if at >= self.chosen), able[-1] if able else -1)

    def _can_be_chosen(self, lines: Sequence[Line], at: int) -> bool:
        return 0 <= at < len(lines) and lines[at].value is not None


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
