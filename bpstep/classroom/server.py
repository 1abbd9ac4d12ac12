"""A class on its socket: pupils connect, the room gets their lines, and floods are cut off."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable

from bpstep.classroom import messages
from bpstep.classroom.credentials import AccessRules, peer_credentials, user_name
from bpstep.classroom.protocol import (
    MAX_PUPIL_LINE,
    Hello,
    LineReader,
    Refused,
    encode,
    from_pupil,
    log_excerpt,
)
from bpstep.classroom.room import MAX_PUPILS, Pupil, Room
from bpstep.classroom.sockets import BACKLOG
from bpstep.errors import BpstepError
from bpstep.text import fill


class TokenBucket:
    """Holds `capacity` tokens and gains `rate` tokens a second; each action takes one."""

    def __init__(self, capacity: float, rate: float, now: float) -> None:
        self._capacity, self._rate = capacity, rate
        self._tokens, self._updated_at = capacity, now

    def take(self, now: float) -> bool:
        """Take a token; False if there is none."""
        self._tokens = min(self._tokens + (now - self._updated_at) * self._rate, self._capacity)
        self._updated_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


MAX_LINES_PER_USER = 20
"""How many lines about one user are written between two totals."""


class RefusalLog:
    """Lines for a log. Somebody who causes many of them can't push earlier lines out."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._counts: Counter[str] = Counter()

    def add(self, who: str, line: str) -> None:
        """Write a line about a user; beyond the limit it is only counted in the total."""
        self._counts[who] += 1
        if self._counts[who] <= MAX_LINES_PER_USER:
            self._write(line)

    def write_totals(self) -> None:
        """Write how many lines were left out, and start counting again."""
        for who, count in self._counts.items():
            if count > MAX_LINES_PER_USER:
                self._write(fill(messages.LOG_MORE, user=who, count=count - MAX_LINES_PER_USER))
        self._counts.clear()


MAX_PER_USER = MAX_PUPILS // 2
"""The most connections of one user: all guests may share an account, but nobody fills a class alone."""

MAX_SILENT = 32
"""How many of these may be slow to send their first line."""

HELLO_TIMEOUT, SHORT_HELLO_TIMEOUT = 20.0, 2.0
"""Seconds that a connection has for its first line, and the same if many of that user have not sent one."""

JOIN_BURST, JOIN_RATE = MAX_PER_USER, 5.0
"""How many pupils of one user may enter at once, and per second in the long run."""

_LINE_BURST, _LINE_RATE = 40, 10
"""How many lines a pupil may send at once, and per second in the long run."""

_ACCEPT_BATCH = 8
"""How many connections are accepted in one go, before keys are handled again."""

_LOG_TOTALS_INTERVAL = 60.0
"""Seconds between two lines in the log that say how much was left out."""

_SEND_BUFFER = 2**14
"""Bytes that may wait in the kernel for a pupil who does not read: the newest should not wait for many."""


class Server:
    """Accepts pupils and keeps them up to date.

    `on_change` is called when something has changed that the teacher may see, `log` with a line about a user
    who was disconnected.
    """

    def __init__(
        self, room: Room, audience: AccessRules, on_change: Callable[[], None], log: Callable[[str], None]
    ) -> None:
        self.room = room
        self.access = audience
        self.on_change = on_change
        self.connections: set[ServerProtocol] = set()
        self._refusals = RefusalLog(log)
        self._totals_timer: asyncio.TimerHandle | None = None
        self._join_buckets: dict[int | None, TokenBucket] = {}
        self._server: asyncio.Server | None = None

    async def open(self, listening: socket.socket) -> None:
        """Start to accept pupils."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: ServerProtocol(self), sock=listening, backlog=_ACCEPT_BATCH
        )
        listening.listen(BACKLOG)

    def update(self) -> None:
        """Send everybody what they do not have yet, as far as there is room."""
        for connection in tuple(self.connections):
            connection.push()

    async def close(self) -> None:
        """Disconnect everybody, after sending what is on its way."""
        for connection in tuple(self.connections):
            connection.close()
        if self._server is not None:
            self._server.close()
        self._log_totals()
        await asyncio.sleep(0)

    def may_join(self, uid: int | None) -> bool:
        """Whether one more pupil of this user may enter now; the attempt is counted."""
        now = asyncio.get_running_loop().time()
        return self._join_buckets.setdefault(uid, TokenBucket(JOIN_BURST, JOIN_RATE, now)).take(now)

    def log_refusal(self, who: str, line: str) -> None:
        """Log a line about a user who was disconnected or refused."""
        self._refusals.add(who, line)
        if self._totals_timer is None:
            self._totals_timer = asyncio.get_running_loop().call_later(_LOG_TOTALS_INTERVAL, self._log_totals)

    def _log_totals(self) -> None:
        if self._totals_timer is not None:
            self._totals_timer.cancel()
            self._totals_timer = None
        self._refusals.write_totals()


class ServerProtocol(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pupil: Pupil | None = None
        self.uid: int | None = None
        self._token = ""
        self._lines = LineReader(MAX_PUPIL_LINE)
        self._loop = asyncio.get_running_loop()
        self._bucket = TokenBucket(_LINE_BURST, _LINE_RATE, self._loop.time())
        self._hello_timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._user = fill(messages.UNKNOWN_OWNER)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept or refuse a user whom the file system's rights let through."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        connection = transport.get_extra_info("socket")
        peer = peer_credentials(connection)
        if peer is not None:
            self.uid, self._user = peer.uid, user_name(peer.uid)
        if not self.server.access.allows(peer):
            return self._refuse(fill(messages.NOT_OPEN_TO_YOU))
        same = [connection for connection in self.server.connections if connection.uid == self.uid]
        if len(self.server.connections) >= MAX_PUPILS or len(same) >= MAX_PER_USER:
            return self._refuse(fill(messages.CLASS_FULL))
        self.server.connections.add(self)
        silent = sum(connection.pupil is None for connection in same)
        timeout = HELLO_TIMEOUT if silent < MAX_SILENT else SHORT_HELLO_TIMEOUT
        self._hello_timer = self._loop.call_later(timeout, self._disconnect, fill(messages.NO_HELLO))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        transport.set_write_buffer_limits(high=0)
        return None

    def data_received(self, data: bytes) -> None:
        """Act on the pupil's lines; after an invalid one, the rest is ignored."""
        try:
            for line in self._lines.feed(data):
                if self._transport is None:
                    return
                self._handle_line(line)
        except BpstepError as error:
            self._disconnect(str(error))

    def _handle_line(self, line: bytes) -> None:
        try:
            self._dispatch(line)
        except BpstepError as error:
            raise BpstepError(fill(messages.WRONG_LINE, reason=error, line=log_excerpt(line))) from None
        self.server.on_change()

    def _dispatch(self, line: bytes) -> None:
        if not self._bucket.take(self._loop.time()):
            raise BpstepError(fill(messages.TOO_MANY_LINES))
        message = from_pupil(line)
        if self.pupil is not None:
            self.server.room.handle(self.pupil, message)
        elif isinstance(message, Hello):
            self._enter(message)
        else:
            raise BpstepError(fill(messages.HELLO_FIRST))

    def _enter(self, hello: Hello) -> None:
        """The pupil enters; if an earlier connection of theirs has died silently, it is closed."""
        if not self.server.may_join(self.uid):
            return self._refuse(fill(messages.TOO_MANY_AT_ONCE))
        for other in tuple(self.server.connections):
            if hello.token and (other._token, other.uid) == (hello.token, self.uid):
                other._end()
        if self._hello_timer is not None:
            self._hello_timer.cancel()
        self._token = hello.token
        self.pupil = self.server.room.enter(hello)
        return self.push()

    def push(self) -> None:
        """Send what the pupil does not have yet, until there is no more room."""
        while self.pupil is not None and self._transport is not None and not self._is_paused:
            data = self.server.room.pending(self.pupil)
            if not data:
                return
            self._transport.write(data)

    def pause_writing(self) -> None:
        """The pupil does not read: nothing new is prepared for them."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """The pupil reads again, and gets the newest state."""
        self._is_paused = False
        self.push()

    def connection_lost(self, _error: Exception | None) -> None:
        """The pupil has disconnected."""
        self._leave()

    def close(self) -> None:
        """Close after sending what is on its way."""
        if self._transport is not None:
            self._transport.close()

    def _leave(self) -> None:
        """Remove the pupil and ignore anything that still arrives."""
        self._transport = None
        self.server.connections.discard(self)
        if self._hello_timer is not None:
            self._hello_timer.cancel()
        if self.pupil is not None:
            self.server.room.leave(self.pupil)
            self.pupil = None
            self.server.on_change()

    def _end(self) -> None:
        """Close at once."""
        transport = self._transport
        self._leave()
        if transport is not None:
            transport.abort()

    def _disconnect(self, why: str) -> None:
        """Close at once because of what the pupil has sent, and log it."""
        if self._transport is not None:
            if self.pupil is None:
                line = fill(messages.LOG_DISCONNECTED, user=self._user, reason=why)
            else:
                name = self.pupil.name
                line = fill(messages.LOG_PUPIL_DISCONNECTED, user=self._user, name=name, reason=why)
            self.server.log_refusal(self._user, line)
            self._end()

    def _refuse(self, why: str) -> None:
        """Close with a sentence that says why the pupil may not enter; they have done nothing wrong."""
        if self._transport is not None:
            line = fill(messages.LOG_REFUSED, user=self._user, reason=why)
            self.server.log_refusal(self._user, line)
            self._transport.write(encode(Refused(why)))
            self._transport.close()
            self._leave()
