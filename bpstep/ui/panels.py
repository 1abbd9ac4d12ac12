"""Panels that replace the panes until they are closed: lists, the keys, the commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from bpstep.render.canvas import Canvas
from bpstep.render.heading import ScreenHeader
from bpstep.render.lists.help import (
    draw_palette,
    matching_actions,
    visible_entry_count,
)
from bpstep.render.lists.list import (
    KeyLabels,
    ListLine,
    ListPosition,
    draw_list_screen,
    last_line_of,
    visible_line_count,
)
from bpstep.render.messages import NO_COMMAND
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.line_editor import LineEditor
from bpstep.ui.prompt import Prompt

_PAGES = {"page_down": 1, "page_up": -1}

_STEPS = {"down": 1, "up": -1}


class ListPanel:
    """A panel of lines; each list defines its lines and what happens to the chosen one."""

    takes_counts = False
    is_private = True
    keys: KeyLabels = ()
    """The keys of the last line, each with a template of one or two words."""

    def __init__(self) -> None:
        self.chosen = -1
        """The number of the selected line; if it cannot be selected, the next one that can."""
        self.top = 0

    @property
    def title(self) -> str:
        return ""

    def hint(self, controller: Controller) -> str:
        """The text at the end of the first line."""
        return ""

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The current lines, as wide as the screen less a margin of two cells on each side."""
        raise NotImplementedError

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Handle Enter on the chosen line's value; the result is that of `Panel.handle_key`."""
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        """Handle one of the list's own keys; `value` is None if nothing can be selected."""
        return None

    def selected_value(self, controller: Controller) -> object:
        """The selected line's value; None if nothing can be selected."""
        lines = self.lines(controller)
        self._clamp_selection(lines, controller.size[1])
        return lines[self.chosen].value if 0 <= self.chosen < len(lines) else None

    def draw(self, controller: Controller) -> Canvas:
        lines = self.lines(controller)
        self._clamp_selection(lines, controller.size[1])
        position = ListPosition(self.top, self.chosen)
        head = ScreenHeader(self.title, self.hint(controller), controller.current_view.modes)
        keys = tuple((key, fill(label)) for key, label in self.keys)
        return draw_list_screen(controller.theme, controller.size, head, lines, position, keys)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Move by the arrows, close by Escape, act by Enter; any other key is the list's own."""
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
        """Choose the clicked line; a click on the chosen line is Enter."""
        match target:
            case ("line", int(at)) if self._is_selectable(self.lines(controller), at):
                if at == self.chosen:
                    return self.handle_key(controller, "enter", "")
                self.chosen = at
        return None

    def scroll(self, controller: Controller, by: int) -> None:
        """Choose another line and scroll to it; from the last one scroll to the very end."""
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
        """Scroll the selected line into view; True if it was not visible, so that nobody acts on an unseen
        line.
        """
        shown = visible_line_count(controller.size[1])
        hidden = not self.top <= self.chosen < self.top + shown
        last = last_line_of(self.lines(controller), self.chosen)
        self.top = min(max(self.top, last - shown + 1), self.chosen)
        return hidden

    def paste(self, text: str) -> None:
        """A list takes no text."""

    def _scroll_page(self, controller: Controller, direction: int) -> None:
        """Scroll by a page and select a line of it: the last or first line if it cannot scroll further."""
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
        """Select and show an existing line: the lines may have changed."""
        self.top = max(min(self.top, len(lines) - visible_line_count(height)), 0)
        if self._is_selectable(lines, self.chosen):
            return
        selectable = [at for at in range(len(lines)) if lines[at].value is not None]
        self.chosen = next(
            (at for at in selectable if at >= self.chosen), selectable[-1] if selectable else -1
        )

    def _is_selectable(self, lines: Sequence[ListLine], at: int) -> bool:
        return 0 <= at < len(lines) and lines[at].value is not None


class EditableList(ListPanel):
    """A list of things that a person typed: Enter changes the selected one, a adds one, d deletes it."""

    keys: KeyLabels = (
        ("Enter", messages.KEY_CHANGE),
        ("a", messages.KEY_ADD),
        ("d", messages.KEY_DELETE),
        ("Escape", messages.KEY_CLOSE),
    )
    empty_message = ""
    """The template of the message if there is nothing to delete."""

    def prompt(self, controller: Controller, value: object) -> Prompt:
        """The prompt that changes `value`; for a new one if it is None."""
        raise NotImplementedError

    def delete(self, controller: Controller, value: object) -> None:
        """Delete the selected one."""
        raise NotImplementedError

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        controller.open_prompt(self.prompt(controller, value))
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        if key == "a":
            controller.open_prompt(self.prompt(controller, None))
        elif value is None:
            controller.refuse(fill(self.empty_message))
        elif key in ("d", "delete"):
            self.delete(controller, value)
        return None


@dataclass
class Palette:
    """Commands, selected by part of their names."""

    editor: LineEditor = field(default_factory=LineEditor)
    chosen: int = 0
    top: int = 0
    takes_counts = False
    is_private = True

    def draw(self, controller: Controller) -> Canvas:
        width, height = controller.size
        found = matching_actions(self.editor.text, controller.view.hidden_actions)
        canvas = draw_palette(
            controller.theme,
            controller.view.keys,
            controller.size,
            controller.current_view.modes,
            found,
            ListPosition(self.top, self.chosen),
        )
        label = fill(messages.COMMAND_LABEL)
        canvas.put(1, height - 1, label, "bright")
        x = cell_len(label) + 2
        self.editor.draw(canvas, x, height - 1, max(width - x - 1, 1), controller.theme.glyphs.ellipsis)
        return canvas

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Enter runs the chosen command, Escape closes, any other key is typed."""
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
            if not found:
                controller.refusal = fill(NO_COMMAND)
            return found[self.chosen].id if found else None
        if key in moves:
            self.scroll(controller, moves[key])
        else:
            self.edit_query(key)
        return None

    def edit_query(self, key: str) -> None:
        """Change the text, and choose the first command that matches it."""
        self.editor.handle_key(key)
        self.chosen = self.top = 0

    def paste(self, text: str) -> None:
        """Insert the text at the cursor."""
        self.editor.insert(text)

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """Run the clicked command; close if there is none."""
        match target:
            case ("command", str(name)):
                return name
        return ""

    def scroll(self, controller: Controller, by: int) -> None:
        """Choose another command and scroll to it."""
        last = len(matching_actions(self.editor.text, controller.view.hidden_actions)) - 1
        self.chosen = max(min(self.chosen + by, last), 0)
        self.top = min(max(self.top, self.chosen - visible_entry_count(*controller.size) + 1), self.chosen)
