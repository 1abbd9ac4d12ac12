"""The place at the debugger: what keys, clicks and passing time mean there, and what is seen from it."""

from __future__ import annotations

from typing import Protocol

from bpstep.render.canvas import Canvas
from bpstep.ui import input
from bpstep.ui.controller import Controller


class Host(Protocol):
    """The application that a front end runs in, as far as the front end needs it."""

    @property
    def return_value(self) -> int | None:
        """The exit status once the application ends; None before."""

    def start_pending_work(self) -> None:
        """Start what the controller has begun: a long job, the next step of playing, a copy."""

    def paint_soon(self) -> None:
        """Paint when the keys that wait are handled."""


class Frontend:
    """One's own desk, and nothing that happens by itself."""

    tick_interval = 0.0
    """Seconds after which time is to be passed again; 0: never."""

    def __init__(self, controller: Controller) -> None:
        self._desk = controller

    @property
    def advances_time(self) -> bool:
        """True where the desk's time is the seat's count, and not that of a clock."""
        return False

    @property
    def controller(self) -> Controller:
        """The desk that one sees."""
        return self._desk

    def resize(self, width: int, height: int) -> None:
        """The screen has this size now."""
        self.controller.size = (width, height)

    def draw(self) -> Canvas:
        """The screen."""
        return self.controller.draw()

    def handle_key(self, key: str) -> str:
        """A key; gives the action that only a terminal can do, if it calls one."""
        return input.handle_key(self.controller, key)

    def handle_paste(self, text: str) -> None:
        """Text from the clipboard."""
        input.handle_paste(self.controller, text)

    def handle_click(self, target: object, double: bool) -> str:
        """A click on what `target` means; as `hear`."""
        return input.handle_click(self.controller, target, double)

    def handle_wheel(self, pane: str, by: int) -> str:
        """The mouse's wheel over a pane; as `hear`."""
        return input.handle_wheel(self.controller, pane, by)

    def after_input(self) -> None:
        """What was pressed or clicked has been done, or a step that was due; a long way may have begun."""

    def after_paint(self) -> None:
        """What was done is on the screen."""

    async def run_background(self, app: Host) -> None:
        """Whatever goes on beside the person at the keys, until the application ends."""

    def advance_time(self, milliseconds: int) -> bool:
        """So much time has passed; True where the screen may be another."""
        return False
