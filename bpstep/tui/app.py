"""The Textual application: events in, the desk's screen out."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time

from textual import events
from textual.app import App, ComposeResult
from textual.timer import Timer
from textual.worker import Worker

from bpstep.tui.canvas_widget import Stage
from bpstep.tui.keys import pressed
from bpstep.tui.terminal import is_gone
from bpstep.ui.commands import play
from bpstep.ui.commands.save import keep
from bpstep.ui.controller import Desk
from bpstep.ui.frontend import Seat


class Debugger(App[int]):
    """bpstep on a terminal."""

    CSS = """
    Screen { overflow: hidden; }
    Stage { width: 100%; height: 100%; }
    """
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self, at: Desk | Seat) -> None:
        self.seat = Seat(at) if isinstance(at, Desk) else at
        super().__init__(ansi_color=self.desk.look.depth != "full")
        self.stage = Stage(self.desk.look)
        self._painting = False
        self._travel: Worker[None] | None = None
        self._next_step: Timer | None = None
        self._ticked = 0.0
        self.animation_level = "none"

    @property
    def desk(self) -> Desk:
        """The desk that is on the screen."""
        return self.seat.desk

    def compose(self) -> ComposeResult:
        """The stage, and nothing else."""
        yield self.stage

    def on_mount(self) -> None:
        """Take the look's colours, and be ready for keys."""
        self.screen.styles.background = _colour(self.desk.look.background)
        self.stage.focus()
        gc.freeze()
        gc.enable()
        self.follow_up()
        self.run_worker(self.seat.attend(self))
        if self.seat.tick:
            self._ticked = time.monotonic()
            self.set_interval(self.seat.tick, self._tick)
        if not self.is_headless:
            self.set_interval(1, self._leave_if_alone)
            _leave_at_signals(self)
            self.app_resume_signal.subscribe(self.stage, lambda _: self.do_redraw())

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        self.seat.fit(event.size.width, event.size.height)
        self.paint()

    def _tick(self) -> None:
        """Let the time pass that has passed."""
        before, self._ticked = self._ticked, time.monotonic()
        if self.seat.pass_time(round((self._ticked - before) * 1000)):
            self.follow_up()
            self.paint_soon()

    def _leave_if_alone(self) -> None:
        """With SIGHUP ignored nothing else tells that the terminal is gone."""
        if is_gone(sys.__stdin__.fileno() if sys.__stdin__ else 0):
            os._exit(129)

    # Painting

    def paint(self) -> None:
        """Bring the terminal up to date."""
        self._painting = False
        keep(self.desk)
        self.stage.show(self.seat.draw(), self.desk.look)
        self.seat.painted()

    def paint_soon(self) -> None:
        """Paint when the keys that wait are done: held keys are computed one by one and painted once."""
        if not self._painting:
            self._painting = True
            self.call_later(self.paint)

    # Keys and mouse

    async def on_key(self, event: events.Key) -> None:
        """Every key: nothing else on the screen takes any."""
        event.stop()
        event.prevent_default()
        self._answer(self.seat.hear(pressed(event)))

    async def on_paste(self, event: events.Paste) -> None:
        """Text from the clipboard, where something can be typed."""
        self.seat.paste(event.text)
        self._answer("")

    def _answer(self, name: str) -> None:
        """Do what only a terminal can do, if that is what was heard, and bring the screen up to date."""
        own = {"redraw": self.do_redraw, "suspend": self.do_suspend, "quit": self.do_quit}
        if name:
            own[name]()
        self.seat.heard()
        self.follow_up()
        self.paint_soon()

    def follow_up(self) -> None:
        """Begin what the desk has begun, or leave to the terminal what only that can do."""
        if self.desk.running is not None and (self._travel is None or self._travel.is_finished):
            self._travel = self.run_worker(self._run)
        self._wait_for_step()
        if self.desk.copied is not None:
            self.copy_to_clipboard(self.desk.copied)
            self.desk.copied = None

    def _wait_for_step(self) -> None:
        """While it plays: be called when the next step is due. A key may have changed when that is."""
        if self._next_step is not None:
            self._next_step.stop()
            self._next_step = None
        if self.desk.playing.on and not self.seat.counts_time:
            self._next_step = self.set_timer(self.desk.playing.wait(self.desk.clock()), self._play)

    def _play(self) -> None:
        """The steps that are due, and one painting for all of them."""
        if self.desk.playing.on:
            play.tick(self.desk)
            self._answer("")

    async def _run(self) -> None:
        """Go a long way in portions; keys are heard, and the screen painted where it changes, in between."""
        while self.desk.running is not None:
            said = self.desk.view.message
            self.desk.go_on()
            if self.desk.view.message != said:
                self.paint_soon()
            await asyncio.sleep(0)
        self.paint_soon()

    def on_click(self, event: events.Click) -> None:
        """Select, focus, jump or do what was clicked; a double click edits."""
        target = self.stage.canvas.target(event.screen_x, event.screen_y)
        self._answer(self.seat.click(target, event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the pane under the mouse."""
        self._scroll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the pane under the mouse."""
        self._scroll(event, -1)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        pane = self.stage.canvas.pane(event.screen_x, event.screen_y)
        self._answer(self.seat.wheel(pane, by))

    # What only a terminal can do

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


def _leave_at_signals(app: App[int]) -> None:
    """A terminal that is left by a signal is usable after it; a signal that was ignored stays so."""
    if os.name == "nt":
        return
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(each, app.exit, 128 + each)


def _colour(name: str) -> str:
    return "ansi_default" if name == "default" else name
