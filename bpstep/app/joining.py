"""The line between a pupil's screen and the class: it is made again when it is down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bpstep.app.following import Following
from bpstep.app.seat import Seat
from bpstep.classroom.calling import Address, Call, Line, dial
from bpstep.classroom.messages import Answer, Hello, Position
from bpstep.classroom.mirror import Mirror
from bpstep.errors import BpstepError
from bpstep.session import Session

if TYPE_CHECKING:
    from bpstep.app.debugger import Debugger
    from bpstep.app.desk import Desk

_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0
"""Seconds before the line is tried again, twice as long each time."""
_PAUSE = 0.25
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
        self._app: Debugger | None = None
        self._told = Position(0, 0, False)
        self._waiting = False
        self._following = Following(desk, mirror, self._answer)

    @property
    def desk(self) -> Desk:
        """The desk that follows, or the pupil's own."""
        return self._following.desk

    # The line

    async def attend(self, app: Debugger) -> None:
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
        asyncio.get_running_loop().call_later(_PAUSE, self._tell)

    def _answer(self, answer: Answer) -> None:
        if self._line is not None:
            self._line.send(answer)
