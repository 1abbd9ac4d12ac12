"""The place at the debugger: what keys, clicks and passing time mean there, and what is seen from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.app import hearing
from bpstep.app.desk import Desk
from bpstep.views.canvas import Canvas

if TYPE_CHECKING:
    from bpstep.app.debugger import Debugger


class Seat:
    """One's own desk, and nothing that happens by itself."""

    tick = 0.0
    """Seconds after which time is to be passed again; 0: never."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def counts_time(self) -> bool:
        """True where the desk's time is the seat's count, and not that of a clock."""
        return False

    @property
    def desk(self) -> Desk:
        """The desk that one sees."""
        return self._desk

    def fit(self, width: int, height: int) -> None:
        """The screen has this size now."""
        self.desk.size = (width, height)

    def draw(self) -> Canvas:
        """The screen."""
        return self.desk.draw()

    def hear(self, key: str) -> str:
        """A key; gives the action that only a terminal can do, if it calls one."""
        return hearing.hear(self.desk, key)

    def paste(self, text: str) -> None:
        """Text from the clipboard."""
        hearing.paste(self.desk, text)

    def click(self, target: object, double: bool) -> str:
        """A click on what `target` means; as `hear`."""
        return hearing.click(self.desk, target, double)

    def wheel(self, pane: str, by: int) -> str:
        """The mouse's wheel over a pane; as `hear`."""
        return hearing.wheel(self.desk, pane, by)

    def heard(self) -> None:
        """What was pressed or clicked has been done, or a step that was due; a long way may have begun."""

    def painted(self) -> None:
        """What was done is on the screen."""

    async def attend(self, app: Debugger) -> None:
        """Whatever goes on beside the person at the keys, until the application ends."""

    def pass_time(self, milliseconds: int) -> bool:
        """So much time has passed; True where the screen may be another."""
        return False
