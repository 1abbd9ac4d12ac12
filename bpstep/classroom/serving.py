"""The teacher's end of the connections, in the event loop of the teacher's screen.

A pupil's line is read only as far as it is right: the first one that is too long, too much or makes no sense
ends that connection, and nobody else notices.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from bpstep.classroom.bucket import Bucket
from bpstep.classroom.messages import LONGEST_FROM_PUPIL, Hello, Lines, from_pupil, told
from bpstep.classroom.people import Audience, peer_of, user_name
from bpstep.classroom.room import Pupil, Room
from bpstep.errors import BpstepError

MOST_PUPILS = 400
PATIENCE = 20.0
"""Seconds that somebody may be there without having said hello."""
_AT_ONCE, _A_SECOND = 40, 10
"""How many lines a pupil may send at once, and each second in the long run."""
_BUFFER = 2**14
"""Bytes that wait in the kernel for a pupil who does not read: the newest should not stand behind many."""


class Server:
    """Lets pupils in and brings them up to date.

    `noticed` is called when something has changed that the teacher may see, `log` with a line about whoever
    was put out.
    """

    def __init__(
        self, room: Room, audience: Audience, noticed: Callable[[], None], log: Callable[[str], None]
    ) -> None:
        self.room = room
        self.audience = audience
        self.noticed = noticed
        self.log = log
        self.doors: set[Door] = set()
        self._server: asyncio.Server | None = None

    async def open(self, listening: socket.socket) -> None:
        """Begin to let pupils in."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Door(self), sock=listening)

    def update(self) -> None:
        """Send everybody what they are owed, as far as there is room."""
        for door in tuple(self.doors):
            door.push()

    async def close(self) -> None:
        """Put everybody out; what is on its way arrives."""
        for door in tuple(self.doors):
            door.close()
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)


class Door(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pupil: Pupil | None = None
        self._lines = Lines(LONGEST_FROM_PUPIL)
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        self._bucket = Bucket(_AT_ONCE, _A_SECOND, loop.time())
        self._late = loop.call_later(PATIENCE, self._put_out, "it said no hello")
        self._transport: asyncio.Transport | None = None
        self._full = False
        self._who = "?"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has come through the file system's rights."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.server.doors.add(self)
        connection = transport.get_extra_info("socket")
        peer = peer_of(connection)
        self._who = "somebody" if peer is None else user_name(peer.uid)
        if not self.server.audience.admits(peer):
            self._put_out("the class is not open to this user")
        elif len(self.server.doors) > MOST_PUPILS:
            self._put_out(f"there are {MOST_PUPILS} already")
        else:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
            transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Lines from the pupil."""
        try:
            for line in self._lines.feed(data):
                self._hear(line)
        except BpstepError as error:
            self._put_out(str(error))

    def _hear(self, line: bytes) -> None:
        try:
            self._take(line)
        except BpstepError as error:
            raise BpstepError(f"{error}: {told(line)}") from None
        self.server.noticed()

    def _take(self, line: bytes) -> None:
        if not self._bucket.take(self._clock()):
            raise BpstepError("it says too much")
        message = from_pupil(line)
        if self.pupil is not None:
            self.server.room.hear(self.pupil, message)
        elif isinstance(message, Hello):
            self._late.cancel()
            self.pupil = self.server.room.enter(message)
            self.push()
        else:
            raise BpstepError("it said something before hello")

    def push(self) -> None:
        """Send what is owed until there is no more room for it."""
        while self.pupil is not None and self._transport is not None and not self._full:
            data = self.server.room.owed(self.pupil)
            if not data:
                return
            self._transport.write(data)

    def pause_writing(self) -> None:
        """The pupil does not read: what comes now is not even made."""
        self._full = True

    def resume_writing(self) -> None:
        """The pupil reads again, and gets what is newest."""
        self._full = False
        self.push()

    def connection_lost(self, _error: Exception | None) -> None:
        """The pupil is gone."""
        self._late.cancel()
        self.server.doors.discard(self)
        self._transport = None
        if self.pupil is not None:
            self.server.room.leave(self.pupil)
            self.pupil = None
            self.server.noticed()

    def close(self) -> None:
        """End it in peace."""
        if self._transport is not None:
            self._transport.close()

    def _put_out(self, why: str) -> None:
        """End it at once."""
        if self._transport is not None:
            name = f" ({self.pupil.name})" if self.pupil is not None else ""
            self.server.log(f"{self._who}{name} was put out: {why}")
            self._transport.abort()
