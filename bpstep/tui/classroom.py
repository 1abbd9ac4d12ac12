"""The teacher's screen and the class: pupils are let in, and brought up to date when the screen is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bpstep.classroom.client import Address, Call, Line, dial
from bpstep.classroom.credentials import Audience
from bpstep.classroom.messages import Answer, Hello, Position, Question
from bpstep.classroom.replica import Mirror
from bpstep.classroom.room import Room
from bpstep.classroom.server import Server
from bpstep.classroom.sockets import Venue
from bpstep.classroom.state_file import Register
from bpstep.errors import BpstepError
from bpstep.render.canvas import Canvas
from bpstep.session.session import Session
from bpstep.ui.classroom.poll_panel import Polling
from bpstep.ui.classroom.student import Following
from bpstep.ui.classroom.teacher import Answers
from bpstep.ui.frontend import Host, Seat

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_REPAINT_PAUSE = 0.2
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
        self._app: Host | None = None
        self._waiting = False

    async def attend(self, app: Host) -> None:
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
            asyncio.get_running_loop().call_later(_REPAINT_PAUSE, self._paint)

    def _paint(self) -> None:
        self._waiting = False
        if self._app is not None:
            self._app.paint_soon()


_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0
"""Seconds before the line is tried again, twice as long each time."""

_POSITION_PAUSE = 0.25
"""Seconds between two positions that are told."""


class Joining(Seat):
    """The class beside a pupil's debugger."""

    def __init__(self, desk: Desk, where: Address, call: Call, mirror: Mirror, hello: Hello) -> None:
        super().__init__(desk)
        self._where = where
        self._hello = hello
        self._call = call
        self._mirror = mirror
        self._line: Line | None = None
        self._down = asyncio.Event()
        self._app: Host | None = None
        self._told = Position(0, 0, False)
        self._waiting = False
        self._following = Following(desk, mirror, self._answer)

    @property
    def desk(self) -> Desk:
        """The desk that follows, or the pupil's own."""
        return self._following.desk

    # The line

    async def attend(self, app: Host) -> None:
        """Keep the line up until the application ends."""
        self._app = app
        try:
            await self._hold(None)
            while True:
                await self._again()
        finally:
            self._call.hang_up()

    async def _hold(self, greeting: Hello | None) -> None:
        """Follow while the line is up."""
        self._down.clear()
        loop = asyncio.get_running_loop()
        self._call.socket.setblocking(False)
        _, self._line = await loop.create_unix_connection(
            lambda: Line(self._received, self._down.set), sock=self._call.socket
        )
        if greeting is not None:
            self._line.send(greeting)
        await self._down.wait()
        self._line = None
        self._call.hang_up()
        self._following.away = True
        self._show()

    async def _again(self) -> None:
        """Get a new line, however long that takes, and follow while it is up."""
        wait = _FIRST_WAIT
        while True:
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
            try:
                self._call = await asyncio.to_thread(dial, self._where)
            except BpstepError:
                continue
            assert self._following.mirror.welcome is not None
            hello = replace(self._hello, name=self._following.mirror.welcome.name)
            self._mirror, self._told = Mirror(), Position(0, 0, False)
            await self._hold(hello)
            if self._mirror.is_whole:
                return

    def _received(self, data: bytes) -> None:
        """The teacher's lines."""
        with self._sense():
            if self._mirror.feed(data):
                self._show_newest()
            elif self._mirror.refused:
                self.desk.say(f"{self._mirror.refused}: it is tried again")

    @contextmanager
    def _sense(self) -> Iterator[None]:
        """What comes from the class and makes no sense is told and ends the line, whenever that is seen."""
        try:
            yield
        except BpstepError as error:
            self.desk.say(f"what comes from the class makes no sense: {error}", alert=True)
            if self._line is not None:
                self._line.drop()

    def _show_newest(self) -> None:
        at = self._following
        if at.mirror is self._mirror:
            at.catch_up()
        else:
            session = Session(self._mirror.network)
            at.begin(self._mirror, session)
        self._show()

    def _show(self) -> None:
        if self._app is not None:
            self._app.follow_up()
            self._app.paint_soon()

    # The pupil

    def hear(self, key: str) -> str:
        """A key."""
        return self._try(partial(super().hear, key))

    def paste(self, text: str) -> None:
        """Text."""
        self._try(partial(super().paste, text))

    def click(self, target: object, double: bool) -> str:
        """A click."""
        return self._try(partial(super().click, target, double))

    def wheel(self, pane: str, by: int) -> str:
        """The wheel."""
        return self._try(partial(super().wheel, pane, by))

    def heard(self) -> None:
        """See whether that was the end of following."""
        with self._sense():
            self._following.after_input()

    def _try(self, deed: Callable[[], str | None]) -> str:
        """Do what the pupil wants; it may look at what has come from the class."""
        done = None
        with self._sense():
            self._following.before_input()
            done = deed()
        return done or ""

    def painted(self) -> None:
        """Tell the teacher where one is, but not with each key."""
        if not self._waiting and self._position != self._told:
            self._waiting = True
            self._tell()

    @property
    def _position(self) -> Position:
        """A pupil who follows is where the teacher is: there is nothing to tell."""
        session = self._following.desk.session
        return Position(session.n, session.k, True) if self._following.own else Position(0, 0, False)

    def _tell(self) -> None:
        if self._position == self._told:
            self._waiting = False
            return
        self._told = self._position
        if self._line is not None:
            self._line.send(self._told)
        asyncio.get_running_loop().call_later(_POSITION_PAUSE, self._tell)

    def _answer(self, answer: Answer) -> None:
        if self._line is not None:
            self._line.send(answer)
