"""A front end: input and passing time go in, a canvas comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bpstep.deferred import deferred
from bpstep.render.canvas import Canvas
from bpstep.render.layout import fits
from bpstep.ui.controller import Controller

if TYPE_CHECKING:
    from bpstep.ui import input
else:
    input = deferred("bpstep.ui.input")


class Host(Protocol):
    """The application that a front end runs in, as far as the front end needs it."""

    @property
    def return_value(self) -> int | None:
        """The exit status once the application ends; None before."""

    def start_pending_work(self) -> None:
        """Start what the controller has asked for: a job, the next step of playback, a copy."""

    def paint_soon(self) -> None:
        """Paint once all waiting keys are handled."""


class Frontend:
    """One controller, and nothing else."""

    tick_interval = 0.0
    """Seconds between two calls of `advance_time`; 0 for none."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    @property
    def advances_time(self) -> bool:
        """True if this front end counts the controller's time instead of a clock."""
        return False

    @property
    def controller(self) -> Controller:
        return self._controller

    def resize(self, width: int, height: int) -> None:
        """Set the size of the screen."""
        self.controller.size = (width, height)

    def use_ascii(self) -> None:
        """Draw with ASCII from now on, except characters that are two columns wide on every terminal."""
        self.controller.theme = replace(self.controller.theme, ascii=True, shows_wide=True)

    def draw(self) -> Canvas:
        return self.controller.draw()

    def handle_key(self, key: str) -> str:
        """Handle a key; return the action that only a terminal can run, if the key calls one."""
        if self._is_hidden:
            return input.handle_hidden_key(self.controller, key)
        return input.handle_key(self.controller, key)

    def handle_paste(self, text: str) -> None:
        """Insert text from the clipboard."""
        if not self._is_hidden:
            input.handle_paste(self.controller, text)

    def handle_click(self, target: object, double: bool) -> str:
        """Handle a click on a hit's target; the result is that of `handle_key`."""
        return "" if self._is_hidden else input.handle_click(self.controller, target, double)

    def handle_wheel(self, pane: str, by: int) -> str:
        """Handle the mouse wheel over a pane; the result is that of `handle_key`."""
        return "" if self._is_hidden else input.handle_wheel(self.controller, pane, by)

    @property
    def _is_hidden(self) -> bool:
        """True if the screen is too small to show anything: nothing may change unseen."""
        return not fits(*self.controller.size)

    def after_input(self) -> None:
        """Called after a key, a click or a step of playback; a job may have started."""

    def after_paint(self) -> None:
        """Called after the screen was painted."""

    async def run_background(self, app: Host) -> None:
        """Whatever runs beside the input, until the application ends."""

    def advance_time(self, milliseconds: int) -> bool:
        """Let time pass; True if the screen may have changed."""
        return False
