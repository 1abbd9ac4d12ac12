"""The pupil's end of the connection: to a class on this host, or through ssh to one on another."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bpstep.classroom import places
from bpstep.classroom.messages import FromPupil, Hello, encode
from bpstep.classroom.mirror import Mirror
from bpstep.errors import BpstepError
from bpstep.files import one_line, quoted

_ADDRESS = re.compile(
    r"ssh://(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^@/:\[\]]+)(?::(?P<port>[0-9]{1,5}))?/(?P<name>[^/]+)/?"
)
_WORD = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_ALIVE = ("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3")
"""A line that has died without a word is noticed, and made again."""
_PATIENCE = 30.0
"""Seconds in which a class on this host says who it is."""


@dataclass(frozen=True)
class Address:
    """Where a class is; on this host where there is no other."""

    name: str
    teacher: str = ""
    host: str = ""
    user: str = ""
    port: str = ""

    def command(self, asking: bool) -> list[str]:
        """What brings one to another host. Where nobody can be asked, ssh asks for no password."""
        words = ["ssh", "-T", *_ALIVE, *([] if asking else ["-o", "BatchMode=yes"])]
        words += ["-p", self.port] if self.port else []
        words += ["-l", self.user] if self.user else []
        remote = f"bpstep relay {self.name}" + (f" --teacher {self.teacher}" if self.teacher else "")
        return [*words, "--", self.host, remote]


def address(text: str, teacher: str | None) -> Address:
    """The address that a person gave. BpstepError where it is none: no part of it may pass for an option."""
    of = teacher or ""
    if of and not _WORD.fullmatch(of):
        raise BpstepError(f"--teacher: {quoted(of)} is no user's name")
    if "/" not in text and ":" not in text:
        return Address(places.check_class_name(text), of)
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise BpstepError(f"{quoted(text)} is no class: expected a name or ssh://host/CLASS")
    user, host = match["user"] or "", match["host"].strip("[]")
    for part in filter(None, (user, host)):
        if not _WORD.fullmatch(part) and ":" not in part:
            raise BpstepError(f"{quoted(text)} is no class: {quoted(part)} can't be a host or a user")
    return Address(places.check_class_name(match["name"]), of, host, user, match["port"] or "")


class Call:
    """A connection, and the ssh that carries it where there is one."""

    def __init__(self, connection: socket.socket, ssh: subprocess.Popen[bytes] | None = None) -> None:
        self.socket = connection
        self.ssh = ssh

    def trouble(self) -> str:
        """What ssh says about why it has ended."""
        if self.ssh is None or self.ssh.stderr is None:
            return ""
        with suppress(subprocess.TimeoutExpired):
            self.ssh.wait(2)
        self.hang_up()
        said = self.ssh.stderr.read(2000).decode(errors="replace").split("\n")
        lines = [line.strip() for line in said if line.strip()]
        return one_line(lines[-1].removeprefix("bpstep: error: ")) if lines else "ssh has ended"

    def hang_up(self) -> None:
        """End it."""
        self.socket.close()
        if self.ssh is not None:
            self.ssh.terminate()
            self.ssh.wait()


def dial(where: Address, asking: bool = False) -> Call:
    """Connect. `asking` where ssh may ask the person for a password. BpstepError where nobody is there."""
    if not where.host:
        return Call(places.connect(where.name, where.teacher))
    ours, theirs = socket.socketpair()
    try:
        end = theirs.fileno()
        ssh = subprocess.Popen(where.command(asking), stdin=end, stdout=end, stderr=subprocess.PIPE)
    except OSError as error:
        ours.close()
        raise BpstepError(f"ssh can't be started: {error.strerror}") from None
    finally:
        theirs.close()
    return Call(ours, ssh)


def begin(where: Address, name: str) -> tuple[Call, Mirror]:
    """Connect and wait until everything is there, before the screen changes: ssh may have to ask something.

    BpstepError where there is no class, or where it ends before it has begun.
    """
    call = dial(where, asking=True)
    call.socket.settimeout(None if call.ssh else _PATIENCE)
    mirror = Mirror()
    try:
        call.socket.sendall(encode(Hello(name)))
        while not mirror.is_whole:
            data = call.socket.recv(2**16)
            if not data:
                raise BpstepError(call.trouble() or "the class is not open to you")
            mirror.feed(data)
    except OSError as error:
        raise BpstepError(call.trouble() or f"the class does not answer: {error.strerror or error}") from None
    except BaseException:
        call.hang_up()
        raise
    return call, mirror


class Line(asyncio.Protocol):
    """A connection in the event loop of the pupil's screen."""

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._received = received
        self._lost = lost
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is up."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The teacher says something."""
        self._received(data)

    def connection_lost(self, _error: Exception | None) -> None:
        """It is down."""
        self._transport = None
        self._lost()

    def send(self, message: FromPupil) -> None:
        """Say something, if the line is up."""
        if self._transport is not None:
            self._transport.write(encode(message))

    def drop(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.abort()
