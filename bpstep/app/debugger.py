"""The Textual application: events in, the desk's screen out."""

from __future__ import annotations

import asyncio
import gc
import os
import sys

from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.geometry import Offset
from textual.screen import Screen

from bpstep.actions import ACTIONS, BY_ID, keymap
from bpstep.app.desk import Desk
from bpstep.app.keys import pressed
from bpstep.app.stage import Stage
from bpstep.app.terminal import is_gone
from bpstep.app.typing_line import TypingLine
from bpstep.home import Index
from bpstep.views.canvas import Canvas
from bpstep.views.helping import Helping


class Debugger(App[int]):
    """bpstep on a terminal."""

    CSS = """
    Screen { layers: below above; overflow: hidden; }
    Stage { layer: below; width: 100%; height: 100%; }
    TypingLine { layer: above; position: absolute; height: 1; border: none; padding: 0; }
    """
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "f12"

    def __init__(self, desk: Desk) -> None:
        super().__init__(ansi_color=desk.look.depth != "full")
        self.desk = desk
        self.stage = Stage(desk.look)
        self.help: Helping | None = None
        self._keymap = keymap(desk.view.keys)
        self._painting = False
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        """The stage; a typing line comes and goes above it."""
        yield self.stage

    def on_mount(self) -> None:
        """Take the look's colours, and be ready for keys."""
        self.screen.styles.background = _colour(self.desk.look.background)
        self.stage.focus()
        gc.freeze()
        gc.enable()
        if not self.is_headless:
            self.set_interval(1, self._leave_if_alone)

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        self.desk.size = (event.size.width, event.size.height)
        self.paint()
        if self.desk.prompt is not None:
            self._place_typing()

    def _leave_if_alone(self) -> None:
        """With SIGHUP ignored nothing else tells that the terminal is gone."""
        if is_gone(sys.__stdin__.fileno() if sys.__stdin__ else 0):
            os._exit(129)

    # Painting

    def draw(self) -> Canvas:
        """The screen as it should be now."""
        if self.help is not None:
            return self.help.draw(self.desk.look, self.desk.view.keys, *self.desk.size)
        return self.desk.draw()

    def paint(self) -> None:
        """Bring the terminal up to date."""
        self._painting = False
        alone = self.desk.prompt is None and self.screen is self.stage.screen
        self.stage.show(self.draw(), self.desk.look, alone)

    def paint_soon(self) -> None:
        """Paint when the keys that wait are done: held keys are computed one by one and painted once."""
        if not self._painting:
            self._painting = True
            self.call_later(self.paint)

    # Keys and mouse

    async def on_key(self, event: events.Key) -> None:
        """A key that no input took."""
        key = pressed(event)
        name = self._keymap.get(key, "")
        if self.desk.prompt is not None and name != "close":
            return
        event.stop()
        event.prevent_default()
        if self.help is not None:
            self._help_key(key, name)
        elif key.isdigit() and len(key) == 1:
            self.desk.digit(key)
        elif name:
            self.call(name)
        self.paint_soon()

    def call(self, name: str) -> None:
        """Do an action, repeated by the count that was typed before it."""
        count = int(self.desk.view.count or 1)
        own = {
            "help": self.show_help,
            "palette": self.show_palette,
            "redraw": self.do_redraw,
            "suspend": self.do_suspend,
            "quit": self.do_quit,
        }
        if name in own:
            own[name]()
            return
        self.desk.act(name, count if BY_ID[name].repeats else 1)
        self._follow_up()

    def _follow_up(self) -> None:
        if self.desk.running is not None:
            self.run_worker(self._run(), exclusive=True)
        if self.desk.prompt is not None:
            self._open_typing()
        elif self._typing():
            self._close_typing()
        if self.desk.copied is not None:
            self.copy_to_clipboard(self.desk.copied)
            self.desk.copied = None

    async def _run(self) -> None:
        """Go a long way in portions; keys are heard and the screen is painted in between."""
        while self.desk.running is not None:
            self.desk.go_on()
            self.paint_soon()
            await asyncio.sleep(0)
        self.paint_soon()

    def on_click(self, event: events.Click) -> None:
        """Select, focus, jump or do what was clicked; a double click edits."""
        if self.desk.prompt is not None:
            return
        target = self.stage.canvas.target(event.screen_x, event.screen_y)
        if self.help is not None:
            self._help_click(target)
        else:
            name = self.desk.click(target)
            if isinstance(target, tuple) and target[0] == "cell" and event.chain == 2:
                name = "edit"
            if name:
                self.call(name)
            self._follow_up()
        self.paint_soon()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the pane under the mouse."""
        self._scroll(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the pane under the mouse."""
        self._scroll(-1)

    def _scroll(self, by: int) -> None:
        if self.help is not None:
            self.help.move(by * 3, self.desk.look, self.desk.view.keys, self.desk.size[1])
        else:
            self.call("down" if by > 0 else "up")
        self.paint_soon()

    # Typing

    def _typing(self) -> TypingLine | None:
        return next(iter(self.screen.query(TypingLine)), None)

    def _open_typing(self) -> None:
        assert self.desk.prompt is not None
        if self._typing() is None:
            self.mount(TypingLine(self.desk.prompt.initial, self.desk.prompt.hint))
        self.paint()
        self._place_typing()

    def _place_typing(self) -> None:
        """The input lies over its cell, or in the last line behind its words."""
        line, prompt = self._typing(), self.desk.prompt
        if line is None or prompt is None:
            return
        width, height = self.desk.size
        x, y, room = len(prompt.label) + 2, height - 1, width
        if prompt.cell is not None:
            x, y = self._cell_place(*prompt.cell) or (x, y)
            room = max(self.desk.look.format.width + 2, len(prompt.initial) + 3)
        x = min(x, width - 12)
        line.styles.offset = Offset(x, y)
        line.styles.width = min(room, width - x)

    def _cell_place(self, name: str, index: Index) -> tuple[int, int] | None:
        hit = next((h for h in self.stage.canvas.hits if h.target == ("cell", name, index)), None)
        return None if hit is None else (hit.x, hit.y)

    def _close_typing(self) -> None:
        line = self._typing()
        if line is not None:
            line.remove()
        self.stage.focus()

    def on_input_submitted(self, event: TypingLine.Submitted) -> None:
        """The answer to the open question."""
        if self.desk.prompt is not None and self.desk.answer(event.value):
            self._close_typing()
            self._follow_up()
        self.paint_soon()

    # What only a terminal can do

    def show_help(self) -> None:
        """Show every key."""
        self.help = Helping()

    def _help_key(self, key: str, name: str) -> None:
        assert self.help is not None
        chosen = self.help.key(key, name, self.desk.look, self.desk.view.keys, self.desk.size[1])
        if chosen is not None:
            self.help = None
            if chosen:
                self.call(chosen)

    def _help_click(self, target: object) -> None:
        assert self.help is not None
        chosen = self.help.click(target, self.desk.look, self.desk.view.keys)
        self.help = None
        if chosen:
            self.call(chosen)

    def show_palette(self) -> None:
        """Every command by name."""
        self.action_command_palette()

    def do_redraw(self) -> None:
        """Everything anew, also what others wrote over it."""
        self.stage.refresh()
        self.refresh(layout=True)

    def do_suspend(self) -> None:
        """To the shell."""
        self.action_suspend_process()

    def do_quit(self) -> None:
        """Leave."""
        self.exit(0)

    def action_help_quit(self) -> None:
        """ctrl+c kills nothing."""
        self.desk.say("q or ctrl+q leaves bpstep; ctrl+c stops nothing")
        self.paint_soon()

    def get_system_commands(self, screen: Screen[object]) -> list[SystemCommand]:
        """The palette: every row of the table of actions."""
        return [
            SystemCommand(action.title, action.sentence, lambda name=action.id: self._from_palette(name))
            for action in ACTIONS
            if action.id not in ("palette", "close")
        ]

    def _from_palette(self, name: str) -> None:
        self.call(name)
        self.paint_soon()


def _colour(name: str) -> str:
    return "ansi_default" if name == "default" else name
