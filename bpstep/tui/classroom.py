"""The front ends of teacher and pupil: they connect the controller with the class over asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bpstep.classroom.client import Address, ClientProtocol, Connection, connect
from bpstep.classroom.credentials import AccessRules
from bpstep.classroom.protocol import Answer, Hello, Position, Question
from bpstep.classroom.replica import Replica
from bpstep.classroom.room import Room
from bpstep.classroom.server import Server
from bpstep.classroom.sockets import ClassSocket
from bpstep.classroom.state_file import StateFile
from bpstep.errors import BpstepError
from bpstep.render.canvas import Canvas
from bpstep.session.session import Session
from bpstep.text import fill
from bpstep.tui import messages
from bpstep.ui.classroom.poll_panel import PollPanel
from bpstep.ui.classroom.pupil import PupilState
from bpstep.ui.classroom.teacher import TeacherPollPanel
from bpstep.ui.frontend import Frontend, Host

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller

_PAINT_INTERVAL = 0.2
"""Seconds between two paintings that only pupils caused."""


class TeacherFrontend(Frontend):
    """The teacher's debugger, with the server of the class."""

    def __init__(
        self,
        controller: Controller,
        room: Room,
        venue: ClassSocket,
        audience: AccessRules,
        state_file: StateFile,
    ) -> None:
        super().__init__(controller)
        self.room = controller.room = room
        controller.view = replace(controller.view, caption=room.caption.text, pointed=room.pointed.target)
        if room.question.number:
            controller.panel = TeacherPollPanel(room)
        self.state_file = state_file
        self.server = Server(room, audience, self._on_pupils_changed, state_file.log)
        self._venue = venue
        self._app: Host | None = None
        self._paint_scheduled = False

    async def run_background(self, app: Host) -> None:
        """Run the server until the application ends."""
        self._app = app
        await self.server.open(self._venue.socket)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if app.return_value == 0:
                self.room.over = True
                self.server.update()
                self.state_file.delete()
            await self.server.close()

    def draw(self) -> Canvas:
        """Draw; a question closes when the teacher moves on, and the class is recorded before it is shown."""
        before = self.room.question
        self.room.drop_stale_question()
        if before != self.room.question:
            self._update_poll_panel(before)
        recorder = self.controller.recorder
        self.state_file.save(recorder.name if recorder else "", self.room)
        return super().draw()

    def _update_poll_panel(self, before: Question) -> None:
        """Update the panel after the teacher moved on, or back to where a question is open."""
        controller, room = self.controller, self.room
        if room.question.number:
            controller.panel = controller.panel or TeacherPollPanel(room)
            return
        if isinstance(controller.panel, PollPanel):
            controller.panel = None
        if before.is_open and not controller.view.message:
            controller.show_message(fill(messages.QUESTION_CLOSED, n=before.n))

    def after_paint(self) -> None:
        """Send what is new to the pupils."""
        self.server.update()

    def _on_pupils_changed(self) -> None:
        """Paint after changes by pupils, but not for each of them."""
        if self._app is not None and not self._paint_scheduled:
            self._paint_scheduled = True
            asyncio.get_running_loop().call_later(_PAINT_INTERVAL, self._paint)

    def _paint(self) -> None:
        self._paint_scheduled = False
        if self._app is not None:
            self._app.paint_soon()


_MIN_RETRY_SECONDS, _MAX_RETRY_SECONDS = 0.25, 8.0
"""Seconds before the next attempt to connect; doubled each time, up to the second value."""

_POSITION_INTERVAL = 0.25
"""Seconds between two positions sent to the teacher."""


class PupilFrontend(Frontend):
    """A pupil's debugger, with the connection to the class."""

    def __init__(
        self, controller: Controller, address: Address, connection: Connection, replica: Replica, hello: Hello
    ) -> None:
        super().__init__(controller)
        self._address = address
        self._hello = hello
        self._connection = connection
        self._replica = replica
        self._protocol: ClientProtocol | None = None
        self._disconnected = asyncio.Event()
        self._app: Host | None = None
        self._sent_position = Position(0, 0, False)
        self._send_scheduled = False
        self._pupil = PupilState(controller, replica, self._send_answer)

    @property
    def controller(self) -> Controller:
        """The controller that follows the teacher, or the pupil's own."""
        return self._pupil.controller

    # The connection

    async def run_background(self, app: Host) -> None:
        """Keep the connection until the application ends."""
        self._app = app
        try:
            await self._follow_until_disconnected(None)
            while True:
                await self._reconnect()
        finally:
            self._connection.close()

    async def _follow_until_disconnected(self, greeting: Hello | None) -> None:
        """Follow until the connection is lost."""
        self._disconnected.clear()
        loop = asyncio.get_running_loop()
        self._connection.socket.setblocking(False)
        _, self._protocol = await loop.create_unix_connection(
            lambda: ClientProtocol(self._received, self._disconnected.set), sock=self._connection.socket
        )
        if greeting is not None:
            self._protocol.send(greeting)
        await self._disconnected.wait()
        self._protocol = None
        self._connection.close()
        self._pupil.teacher_is_offline = True
        self._refresh()

    async def _reconnect(self) -> None:
        """Connect again, however long that takes, and follow until the connection is lost."""
        wait = _MIN_RETRY_SECONDS
        while True:
            await asyncio.sleep(wait)
            wait = min(wait * 2, _MAX_RETRY_SECONDS)
            try:
                self._connection = await asyncio.to_thread(connect, self._address)
            except BpstepError:
                continue
            assert self._pupil.replica.welcome is not None
            hello = replace(self._hello, name=self._pupil.replica.welcome.name)
            self._replica, self._sent_position = Replica(), Position(0, 0, False)
            await self._follow_until_disconnected(hello)
            if self._replica.is_complete:
                return

    def _received(self, data: bytes) -> None:
        """Handle data from the class."""
        with self._protocol_errors_shown():
            if self._replica.feed(data):
                self._show_latest()
            elif self._replica.refused:
                self.controller.show_message(fill(messages.REFUSED, reason=self._replica.refused))

    @contextmanager
    def _protocol_errors_shown(self) -> Iterator[None]:
        """Show an error in the data from the class, and close the connection."""
        try:
            yield
        except BpstepError as error:
            self.controller.show_message(fill(messages.PROTOCOL_ERROR, reason=error), alert=True)
            if self._protocol is not None:
                self._protocol.abort()

    def _show_latest(self) -> None:
        pupil = self._pupil
        if pupil.replica is self._replica:
            pupil.update()
        else:
            session = Session(self._replica.network)
            pupil.restart(self._replica, session)
        self._refresh()

    def _refresh(self) -> None:
        if self._app is not None:
            self._app.start_pending_work()
            self._app.paint_soon()

    # The pupil

    def handle_key(self, key: str) -> str:
        return self._handle_input(partial(super().handle_key, key))

    def handle_paste(self, text: str) -> None:
        """Insert text from the clipboard."""
        self._handle_input(partial(super().handle_paste, text))

    def handle_click(self, target: object, double: bool) -> str:
        return self._handle_input(partial(super().handle_click, target, double))

    def handle_wheel(self, pane: str, by: int) -> str:
        return self._handle_input(partial(super().handle_wheel, pane, by))

    def after_input(self) -> None:
        """Find out whether the pupil still follows."""
        with self._protocol_errors_shown():
            self._pupil.after_input()

    def _handle_input(self, handler: Callable[[], str | None]) -> str:
        """Handle the pupil's input; errors in the data from the class may show up here."""
        action = None
        with self._protocol_errors_shown():
            self._pupil.before_input()
            action = handler()
        return action or ""

    def after_paint(self) -> None:
        """Send the position to the teacher, but not for each key."""
        if not self._send_scheduled and self._position != self._sent_position:
            self._send_scheduled = True
            self._send_position()

    @property
    def _position(self) -> Position:
        """The position to send; the same for all pupils who follow, as the teacher knows theirs."""
        session = self._pupil.controller.session
        return Position(session.n, session.k, True) if self._pupil.is_independent else Position(0, 0, False)

    def _send_position(self) -> None:
        if self._position == self._sent_position:
            self._send_scheduled = False
            return
        self._sent_position = self._position
        if self._protocol is not None:
            self._protocol.send(self._sent_position)
        asyncio.get_running_loop().call_later(_POSITION_INTERVAL, self._send_position)

    def _send_answer(self, answer: Answer) -> None:
        if self._protocol is not None:
            self._protocol.send(answer)
