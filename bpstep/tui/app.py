"""The Textual application: events go to the front end, its canvas goes to the terminal."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, ComposeResult
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.timer import Timer
from textual.worker import Worker

from bpstep import defaults
from bpstep.deferred import deferred
from bpstep.tui.canvas_widget import CanvasWidget
from bpstep.tui.key_names import key_of
from bpstep.tui.output import TerminalOutput, shows_wide
from bpstep.tui.signals import ExitSignals, suspend_on_signals
from bpstep.tui.terminal import is_closed
from bpstep.ui.controller import Controller
from bpstep.ui.frontend import Frontend
from bpstep.ui.record_session import record_session

if TYPE_CHECKING:
    from bpstep.ui.commands import play
else:
    play = deferred("bpstep.ui.commands.play")


class Debugger(App[int]):
    """bpstep on a terminal."""

    CSS = """
    Screen { overflow: hidden; }
    CanvasWidget { width: 100%; height: 100%; }
    """
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self, source: Controller | Frontend) -> None:
        self.frontend = Frontend(source) if isinstance(source, Controller) else source
        self.output = TerminalOutput(asks_width=not self.controller.theme.ascii)
        super().__init__(ansi_color=self.controller.theme.depth != "full")
        self.canvas_widget = CanvasWidget(self.controller.theme, self.output)
        self._painting = False
        self._job_worker: Worker[None] | None = None
        self._playback_timer: Timer | None = None
        self._last_tick = 0.0
        self.signals = ExitSignals(self.exit)
        self.animation_level = "none"

    @property
    def controller(self) -> Controller:
        return self.frontend.controller

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, which the canvas widget writes with, too."""
        return self.output.driver_class(super().get_driver_class())

    def on_terminal_supports_synchronized_output(self) -> None:
        """Show each update at once from now on: the terminal has said that it can."""
        self.output.is_synchronized = True

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """Use ASCII from now on if the terminal shows box lines and ∂ two columns wide."""
        if shows_wide(event.x, event.y):
            self.frontend.use_ascii()
            self.paint()
            self.do_redraw()

    def compose(self) -> ComposeResult:
        """The canvas widget, and nothing else."""
        yield self.canvas_widget

    def on_mount(self) -> None:
        """Set the theme's background, and start what runs beside the keys."""
        self.screen.styles.background = _colour(self.controller.theme.background)
        self.canvas_widget.focus()
        gc.freeze()
        gc.enable()
        self.start_pending_work()
        self.run_worker(self.frontend.run_background(self))
        if self.frontend.tick_interval:
            self._last_tick = time.monotonic()
            self.set_interval(self.frontend.tick_interval, self._tick)
        if not self.is_headless:
            self.set_interval(1, self._exit_if_terminal_closed)
            self.signals.watch()
            if self.output.can_suspend:
                suspend_on_signals(self.output.give_back, self._take_terminal)

    async def run_async(self, **options: Any) -> int | None:
        """Run until the user quits; the terminal is monitored until it is given back.

        Giving it back writes to it, and blocks like everything else if nobody reads.
        """
        self.signals.keep_terminal()
        try:
            return await super().run_async(**options)
        finally:
            self.signals.stop()

    def _take_terminal(self) -> None:
        """Continue after the shell had the terminal."""
        self.output.take()
        self.do_redraw()

    @property
    def size(self) -> Size:
        """The size of the terminal, up to the largest size that is drawn."""
        return _drawn(super().size)

    def post_message(self, message: Message) -> bool:
        """Queue a message; one about a new size is limited to the largest size that is drawn."""
        if isinstance(message, events.Resize):
            message.size = message.virtual_size = message.container_size = _drawn(message.size)
        return super().post_message(message)

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        self.frontend.resize(event.size.width, event.size.height)
        self.paint()

    def _tick(self) -> None:
        """Pass the elapsed time to the front end."""
        before, self._last_tick = self._last_tick, time.monotonic()
        if self.frontend.advance_time(round((self._last_tick - before) * 1000)):
            self.start_pending_work()
            self.paint_soon()

    def _exit_if_terminal_closed(self) -> None:
        """End the process if the terminal is gone: with SIGHUP ignored there is no other sign of it."""
        if is_closed(sys.__stdin__.fileno() if sys.__stdin__ else 0):
            os._exit(129)

    # Painting

    def paint(self) -> None:
        """Record the session and show the current screen."""
        self._painting = False
        record_session(self.controller)
        self.canvas_widget.show(self.frontend.draw(), self.controller.theme)
        self.frontend.after_paint()

    def paint_soon(self) -> None:
        """Paint after the waiting keys: held keys are handled one by one and painted once."""
        if not self._painting:
            self._painting = True
            self.call_later(self.paint)

    # Keys and mouse

    async def on_key(self, event: events.Key) -> None:
        """Handle every key: no other widget takes any."""
        event.stop()
        event.prevent_default()
        self._finish_input(self.frontend.handle_key(key_of(event)))

    async def on_paste(self, event: events.Paste) -> None:
        """Insert text from the clipboard."""
        self.frontend.handle_paste(event.text)
        self._finish_input("")

    def _finish_input(self, name: str) -> None:
        """Run the action that only a terminal can run, if there is one, and update the screen."""
        terminal_actions = {"redraw": self.do_redraw, "suspend": self.do_suspend, "quit": self.do_quit}
        if name:
            terminal_actions[name]()
        self.frontend.after_input()
        self.start_pending_work()
        self.paint_soon()

    def start_pending_work(self) -> None:
        """Start what the controller has asked for: a job, the next step of playback, a copy."""
        if self.controller.job is not None and (self._job_worker is None or self._job_worker.is_finished):
            self._job_worker = self.run_worker(self._run_job)
        self._schedule_playback()
        if self.controller.clipboard_text is not None:
            self.copy_to_clipboard(self.controller.clipboard_text)
            self.controller.clipboard_text = None

    def _schedule_playback(self) -> None:
        """Set a timer for the next step of playback; a key may have changed the speed."""
        if self._playback_timer is not None:
            self._playback_timer.stop()
            self._playback_timer = None
        if self.controller.playback.is_on and not self.frontend.advances_time:
            self._playback_timer = self.set_timer(
                self.controller.playback.seconds_to_next(self.controller.playback_clock()),
                self._play_due_steps,
            )

    def _play_due_steps(self) -> None:
        """Do the due steps, and paint once for all of them."""
        if self.controller.playback.is_on:
            play.play_due_steps(self.controller)
            self._finish_input("")

    async def _run_job(self) -> None:
        """Run a job in portions: keys are handled in between, and the screen is painted when it changes."""
        while self.controller.job is not None:
            message = self.controller.view.message
            self.controller.advance_job()
            if self.controller.view.message != message:
                self.paint_soon()
            await asyncio.sleep(0)
            if self.controller.job is None:
                # One of them may start the next job; those after it wait again.
                for key in self.controller.take_waiting_keys():
                    self._finish_input(self.frontend.handle_key(key))
        self.paint_soon()

    def on_click(self, event: events.Click) -> None:
        """Handle a click; a double click on a cell edits it."""
        target = self.canvas_widget.canvas.target_at(event.screen_x, event.screen_y)
        self._finish_input(self.frontend.handle_click(target, event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the pane under the mouse."""
        self._scroll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the pane under the mouse."""
        self._scroll(event, -1)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        pane = self.canvas_widget.canvas.pane_at(event.screen_x, event.screen_y)
        self._finish_input(self.frontend.handle_wheel(pane, by))

    # What only a terminal can do

    def do_redraw(self) -> None:
        """Draw the whole screen again, even if another program wrote over it."""
        self.canvas_widget.refresh()
        self.refresh(layout=True)

    def do_suspend(self) -> None:
        self.action_suspend_process()

    def do_quit(self) -> None:
        self.exit(0)


def _drawn(size: Size) -> Size:
    return Size(*map(min, size, defaults.MAX_SCREEN_SIZE))


def _colour(name: str) -> str:
    return "ansi_default" if name == "default" else name
