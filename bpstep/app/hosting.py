"""The teacher's screen and the class: pupils are let in, and brought up to date when the screen is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bpstep.app.polling import Polling
from bpstep.app.seat import Seat
from bpstep.app.teaching import Answers
from bpstep.classroom.messages import Question
from bpstep.classroom.people import Audience
from bpstep.classroom.places import Venue
from bpstep.classroom.register import Register
from bpstep.classroom.room import Room
from bpstep.classroom.serving import Server
from bpstep.views.canvas import Canvas

if TYPE_CHECKING:
    from bpstep.app.debugger import Debugger
    from bpstep.app.desk import Desk

_PAUSE = 0.2
"""Seconds between two paintings that only pupils have caused."""


class Hosting(Seat):
    """The class beside the teacher's debugger."""

    def __init__(self, desk: Desk, room: Room, venue: Venue, audience: Audience, register: Register) -> None:
        super().__init__(desk)
        self.room = desk.room = room
        desk.view = replace(desk.view, caption=room.caption.text, pointed=room.pointed.target)
        if room.question.number:
            desk.panel = Answers(room)
        self.register = register
        self.server = Server(room, audience, self._noticed, register.log)
        self._venue = venue
        self._app: Debugger | None = None
        self._waiting = False

    async def attend(self, app: Debugger) -> None:
        """Let pupils in until the application ends."""
        self._app = app
        await self.server.open(self._venue.socket)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if app.return_value == 0:
                self.room.over = True
                self.server.update()
                self.register.forget()
            await self.server.close()

    def draw(self) -> Canvas:
        """A question ends when the teacher has gone on; what there is is written down before it is shown."""
        before = self.room.question
        self.room.settle()
        if before != self.room.question:
            self._settled(before)
        recorder = self.desk.recorder
        self.register.keep(recorder.name if recorder else "", self.room)
        return super().draw()

    def _settled(self, before: Question) -> None:
        """The teacher has gone on, or is back where something was asked that is not revealed."""
        desk, room = self.desk, self.room
        if room.question.number:
            desk.panel = desk.panel or Answers(room)
            return
        if isinstance(desk.panel, Polling):
            desk.panel = None
        if before.is_open and not desk.view.message:
            desk.say(f"the question is closed: it opens again, with all answers, at n = {before.n:,}")

    def painted(self) -> None:
        """Send what is new."""
        self.server.update()

    def _noticed(self) -> None:
        """Pupils have done something: paint, but not for each of them."""
        if self._app is not None and not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(_PAUSE, self._paint)

    def _paint(self) -> None:
        self._waiting = False
        if self._app is not None:
            self._app.paint_soon()
