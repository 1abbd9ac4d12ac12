"""What is shown in place of the panes until it is closed: help, commands, lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bpstep.actions import Action
from bpstep.render.canvas import Canvas
from bpstep.render.heading import ScreenHeader
from bpstep.render.lists.help import (
    draw_palette,
    help_lines,
    is_truncated,
    matching_actions,
    visible_entry_count,
)
from bpstep.render.lists.list import KeyLabels, ListLine, draw_list_screen, visible_line_count
from bpstep.render.message import draw_message
from bpstep.ui.controller import Controller
from bpstep.ui.line_editor import LineEditor

_PAGES = {"page_down": 1, "page_up": -1}

_STEPS = {"down": 1, "up": -1}


class ListPanel:
    """A panel of lines; each list says which lines there are and what is done with the chosen one."""

    takes_counts = False
    is_private = True
    title = ""
    hint = ""
    keys: KeyLabels = ()
    """The keys of the last line; how to close the list stands there too."""

    def __init__(self) -> None:
        self.chosen = -1
        """The number of the chosen line; where it can't be chosen, the next that can be is."""
        self.top = 0

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The lines now, as wide as the desk's screen less a margin of two cells on each side."""
        raise NotImplementedError

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """What Enter does with the chosen line's value: as a panel's key."""
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        """What the list's own keys do; `value` is None where nothing can be chosen."""
        return None

    def selected_value(self, controller: Controller) -> object:
        """What the chosen line stands for; None where nothing can be chosen."""
        lines = self.lines(controller)
        self._clamp_selection(lines, controller.size[1])
        return lines[self.chosen].value if 0 <= self.chosen < len(lines) else None

    def draw(self, controller: Controller) -> Canvas:
        """The screen."""
        lines = self.lines(controller)
        self._clamp_selection(lines, controller.size[1])
        where = self.top, self.chosen
        head = ScreenHeader(self.title, self.hint, controller.current_view.modes)
        return draw_list_screen(controller.theme, *controller.size, head, lines, *where, self.keys)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Move, Escape closes, Enter acts; any other key is the list's own."""
        if key == "escape" or name == "close":
            return ""
        if name in _STEPS:
            self.scroll(controller, _STEPS[name])
            return None
        if name in _PAGES:
            self._scroll_page(controller, _PAGES[name])
            return None
        value = self.selected_value(controller)
        if key == "enter":
            if value is None or self._scroll_to_chosen(controller):
                return None
            return self.handle_enter(controller, value)
        return self.handle_list_key(controller, key, value)

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """A click chooses a line, a click on the chosen one is Enter."""
        match target:
            case ("line", int(at)) if self._is_selectable(self.lines(controller), at):
                if at == self.chosen:
                    return self.handle_key(controller, "enter", "")
                self.chosen = at
        return None

    def scroll(self, controller: Controller, by: int) -> None:
        """Choose another line, and scroll so that it is seen; past the last one to the very end."""
        lines = self.lines(controller)
        self._clamp_selection(lines, controller.size[1])
        selectable = [at for at in range(len(lines)) if lines[at].value is not None]
        shown = visible_line_count(controller.size[1])
        if not selectable or (by > 0 and self.chosen == selectable[-1]):
            self.top = max(min(self.top + by, len(lines) - shown), 0)
            return
        wanted = self.chosen + by
        if by > 0:
            self.chosen = next((at for at in selectable if at >= wanted), selectable[-1])
        else:
            self.chosen = next((at for at in reversed(selectable) if at <= wanted), selectable[0])
        if self.chosen == selectable[0]:
            self.top = 0
        self._scroll_to_chosen(controller)

    def _scroll_to_chosen(self, controller: Controller) -> bool:
        """Bring the chosen line into sight; True where it was not, so that nobody acts on an unseen line."""
        shown = visible_line_count(controller.size[1])
        hidden = not self.top <= self.chosen < self.top + shown
        self.top = min(max(self.top, self.chosen - shown + 1), self.chosen)
        return hidden

    def paste(self, text: str) -> None:
        """A list takes no text."""

    def _scroll_page(self, controller: Controller, direction: int) -> None:
        """Scroll by a page, and choose a line of it: the last or first of all where it scrolls no further."""
        lines = self.lines(controller)
        self._clamp_selection(lines, controller.size[1])
        shown = visible_line_count(controller.size[1])
        by = direction * max(shown - 3, 1)
        top = max(min(self.top + by, len(lines) - shown), 0)
        selectable = [at for at in range(len(lines)) if lines[at].value is not None]
        visible = [at for at in selectable if top <= at < top + shown]
        if top == self.top:
            visible = visible[-1:] if direction > 0 else visible[:1]
        self.top = top
        if visible:
            self.chosen = min(visible, key=lambda at: abs(at - self.chosen - by))

    def _clamp_selection(self, lines: Sequence[ListLine], height: int) -> None:
        """Keep to what there is: lines may have come and gone."""
        self.top = max(min(self.top, len(lines) - visible_line_count(height)), 0)
        if self._is_selectable(lines, self.chosen):
            return
        selectable = [at for at in range(len(lines)) if lines[at].value is not None]
        self.chosen = next(
            (at for at in selectable if at >= self.chosen), selectable[-1] if selectable else -1
        )

    def _is_selectable(self, lines: Sequence[ListLine], at: int) -> bool:
        return 0 <= at < len(lines) and lines[at].value is not None


class HelpPanel(ListPanel):
    """An open help screen."""

    title = "bpstep keys"
    hint = "up, down choose   Enter does it   Escape closes"

    def lines(self, controller: Controller) -> list[ListLine]:
        """Every action by group, and what the signs mean."""
        return help_lines(
            controller.theme, controller.view.keys, controller.size[0], controller.view.hidden_actions
        )

    def draw(self, controller: Controller) -> Canvas:
        """The screen; what the chosen line has no room for stands in the last line."""
        canvas = super().draw(controller)
        value = self.selected_value(controller)
        if isinstance(value, Action) and is_truncated(value, controller.view.keys, controller.size[0]):
            draw_message(canvas, value.help, "bright on bar", controller.theme)
        return canvas

    def handle_enter(self, controller: Controller, value: object) -> str:
        """Do the chosen action."""
        return value.id if isinstance(value, Action) else ""

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Some terminals send a key for shift alone: what has no meaning closes nothing."""
        found = super().handle_key(controller, key, name)
        moved = key == "enter" or name in ("down", "up", "page_down", "page_up")
        return "" if found is None and not moved and (name or len(key) == 1) else found

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """A click does at once what it is on, or closes."""
        lines = self.lines(controller)
        match target:
            case ("line", int(at)) if at < len(lines) and isinstance(lines[at].value, Action):
                return self.handle_enter(controller, lines[at].value)
        return ""


_LABEL = "command:"


@dataclass
class Palette:
    """Commands to choose from by a part of their names."""

    editor: LineEditor = field(default_factory=LineEditor)
    chosen: int = 0
    top: int = 0
    takes_counts = False
    is_private = True

    def draw(self, controller: Controller) -> Canvas:
        """The screen."""
        width, height = controller.size
        found = matching_actions(self.editor.text, controller.view.hidden_actions)
        canvas = draw_palette(
            controller.theme,
            controller.view.keys,
            width,
            height,
            controller.current_view.modes,
            found,
            self.top,
            self.chosen,
        )
        canvas.put(1, height - 1, _LABEL, "bright")
        x = len(_LABEL) + 2
        self.editor.draw(canvas, x, height - 1, max(width - x - 1, 1))
        return canvas

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Enter does the chosen command, Escape closes, any other key is typed."""
        moves = {
            "down": 1,
            "ctrl+n": 1,
            "up": -1,
            "ctrl+p": -1,
            "pagedown": visible_entry_count(*controller.size),
            "pageup": -visible_entry_count(*controller.size),
        }
        if key == "escape":
            return ""
        if key == "enter":
            found = matching_actions(self.editor.text, controller.view.hidden_actions)
            return found[self.chosen].id if found else None
        if key in moves:
            self.scroll(controller, moves[key])
        else:
            self.edit_query(key)
        return None

    def edit_query(self, key: str) -> None:
        """Type; the first of what is left is chosen."""
        self.editor.handle_key(key)
        self.chosen = self.top = 0

    def paste(self, text: str) -> None:
        """Insert it where the cursor is."""
        self.editor.insert(text)

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """The clicked command; empty where there is none."""
        match target:
            case ("command", str(name)):
                return name
        return ""

    def scroll(self, controller: Controller, by: int) -> None:
        """Choose another, and scroll so that it is seen."""
        last = len(matching_actions(self.editor.text, controller.view.hidden_actions)) - 1
        self.chosen = max(min(self.chosen + by, last), 0)
        self.top = min(max(self.top, self.chosen - visible_entry_count(*controller.size) + 1), self.chosen)
