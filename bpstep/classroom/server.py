"""How fast somebody may go: so many at once, and so many a second in the long run."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable

from bpstep.classroom.credentials import Audience, peer_of, user_name
from bpstep.classroom.messages import LONGEST_FROM_PUPIL, Hello, Lines, Refused, encode, from_pupil, told
from bpstep.classroom.room import MOST_PUPILS, Pupil, Room
from bpstep.classroom.sockets import WAITING
from bpstep.errors import BpstepError


class Bucket:
    """Holds `most` tokens and gets `rate` a second; each thing done takes one."""

    def __init__(self, most: float, rate: float, now: float) -> None:
        self._most, self._rate = most, rate
        self._left, self._seen = most, now

    def take(self, now: float) -> bool:
        """Take a token; false where there is none."""
        self._left = min(self._left + (now - self._seen) * self._rate, self._most)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


MOST = 20
"""Lines about one user between two sums."""


class Complaints:
    """Lines for a log. Whoever causes many of them can't use it to hide what was there before."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._counts: Counter[str] = Counter()

    def add(self, who: str, what: str) -> None:
        """Write a line about a user; the sum counts it where there are too many."""
        self._counts[who] += 1
        if self._counts[who] <= MOST:
            self._write(f"{who}{what}")

    def sum_up(self) -> None:
        """Write how many lines were left out, and begin anew."""
        for who, count in self._counts.items():
            if count > MOST:
                self._write(f"{who}: and {count - MOST:,} more")
        self._counts.clear()


MOST_OF_ONE = MOST_PUPILS // 2
"""Connections of one user: all guests may share an account, but nobody fills a class alone."""

MOST_SILENT = 32
"""Of these, the ones that may take their time to say hello."""

PATIENCE, HASTE = 20.0, 2.0
"""Seconds that somebody may be there without having said hello, and where many of that user have not."""

COMING_AT_ONCE, COMING_A_SECOND = MOST_OF_ONE, 5.0
"""How many pupils of one user may come in at once, and each second in the long run."""

_AT_ONCE, _A_SECOND = 40, 10
"""How many lines a pupil may send at once, and each second in the long run."""

_TAKEN_AT_ONCE = 8
"""Connections that are taken in one go, before a key is heard again."""

_MINUTE = 60.0
"""Seconds after which the log says how much it has left out."""

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
        self.doors: set[Door] = set()
        self._complaints = Complaints(log)
        self._summing: asyncio.TimerHandle | None = None
        self._coming: dict[int | None, Bucket] = {}
        self._server: asyncio.Server | None = None

    async def open(self, listening: socket.socket) -> None:
        """Begin to let pupils in."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: Door(self), sock=listening, backlog=_TAKEN_AT_ONCE
        )
        listening.listen(WAITING)

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
        self._sum_up()
        await asyncio.sleep(0)

    def may_come(self, uid: int | None) -> bool:
        """Whether one more pupil of this user may come in now; that is counted."""
        now = asyncio.get_running_loop().time()
        return self._coming.setdefault(uid, Bucket(COMING_AT_ONCE, COMING_A_SECOND, now)).take(now)

    def complain(self, who: str, what: str) -> None:
        """Log that somebody was put out."""
        self._complaints.add(who, what)
        if self._summing is None:
            self._summing = asyncio.get_running_loop().call_later(_MINUTE, self._sum_up)

    def _sum_up(self) -> None:
        if self._summing is not None:
            self._summing.cancel()
            self._summing = None
        self._complaints.sum_up()


class Door(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pupil: Pupil | None = None
        self.uid: int | None = None
        self._token = ""
        self._lines = Lines(LONGEST_FROM_PUPIL)
        self._loop = asyncio.get_running_loop()
        self._bucket = Bucket(_AT_ONCE, _A_SECOND, self._loop.time())
        self._late: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._full = False
        self._who = "somebody"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has come through the file system's rights."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        connection = transport.get_extra_info("socket")
        peer = peer_of(connection)
        if peer is not None:
            self.uid, self._who = peer.uid, user_name(peer.uid)
        if not self.server.audience.admits(peer):
            return self._refuse("the class is not open to you")
        same = [door for door in self.server.doors if door.uid == self.uid]
        if len(self.server.doors) >= MOST_PUPILS or len(same) >= MOST_OF_ONE:
            return self._refuse("the class is full")
        self.server.doors.add(self)
        silent = sum(door.pupil is None for door in same)
        patience = PATIENCE if silent < MOST_SILENT else HASTE
        self._late = self._loop.call_later(patience, self._put_out, "it said no hello")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        transport.set_write_buffer_limits(high=0)
        return None

    def data_received(self, data: bytes) -> None:
        """Lines from the pupil; after one that is wrong nothing more is heard."""
        try:
            for line in self._lines.feed(data):
                if self._transport is None:
                    return
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
        if not self._bucket.take(self._loop.time()):
            raise BpstepError("it says too much")
        message = from_pupil(line)
        if self.pupil is not None:
            self.server.room.hear(self.pupil, message)
        elif isinstance(message, Hello):
            self._enter(message)
        else:
            raise BpstepError("it said something before hello")

    def _enter(self, hello: Hello) -> None:
        """The pupil is in; where they were already, by a line that has died without a word, that one ends."""
        if not self.server.may_come(self.uid):
            return self._refuse("too many come in at once: try again in a minute")
        for other in tuple(self.server.doors):
            if hello.token and (other._token, other.uid) == (hello.token, self.uid):
                other._end()
        if self._late is not None:
            self._late.cancel()
        self._token = hello.token
        self.pupil = self.server.room.enter(hello)
        return self.push()

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
        self._leave()

    def close(self) -> None:
        """End it in peace."""
        if self._transport is not None:
            self._transport.close()

    def _leave(self) -> None:
        """Nothing of the pupil stays, and nothing more is heard of them."""
        self._transport = None
        self.server.doors.discard(self)
        if self._late is not None:
            self._late.cancel()
        if self.pupil is not None:
            self.server.room.leave(self.pupil)
            self.pupil = None
            self.server.noticed()

    def _end(self) -> None:
        """End it at once."""
        transport = self._transport
        self._leave()
        if transport is not None:
            transport.abort()

    def _put_out(self, why: str) -> None:
        """End it at once, for what the pupil has done."""
        if self._transport is not None:
            name = f" ({self.pupil.name})" if self.pupil is not None else ""
            self.server.complain(self._who, f"{name} was put out: {why}")
            self._end()

    def _refuse(self, why: str) -> None:
        """End it with a sentence: somebody may not come in, and has done nothing wrong."""
        if self._transport is not None:
            self.server.complain(self._who, f" was put out: {why}")
            self._transport.write(encode(Refused(why)))
            self._transport.close()
            self._leave()
