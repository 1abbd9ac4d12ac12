"""The pupil's end of the connection, to a class on this host, or through ssh on another one."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from bpstep.classroom import messages, sockets
from bpstep.classroom.credentials import peer_credentials
from bpstep.classroom.protocol import FromPupil, Hello, encode
from bpstep.classroom.replica import Replica
from bpstep.errors import BpstepError
from bpstep.text import fill, one_line, quoted

_ADDRESS = re.compile(
    r"ssh://(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^@/:\[\]]+)(?::(?P<port>[0-9]{1,5}))?/(?P<name>[^/]+)/?"
)

_WORD = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")

_KEEPALIVE_OPTIONS = ("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3")
"""Keepalive options of ssh: a connection that died silently is noticed and made again."""

_ANSWER_TIMEOUT = 30.0
"""Seconds that a class on this host has to say who it is."""

_POLL_INTERVAL = 1.0
"""Seconds between two checks whether ssh is still running: it may wait long for a password."""

_MAX_STDERR = 2000
"""How many bytes of ssh's error output are kept."""

_EXIT_TIMEOUT = 2.0
"""Seconds that ssh has to end."""


@dataclass(frozen=True)
class Address:
    """Where a class is; `host` is empty for this host."""

    name: str
    teacher: str = ""
    host: str = ""
    user: str = ""
    port: str = ""

    def command(self, may_ask: bool) -> list[str]:
        """The ssh command that connects to the other host.

        If nobody can be asked, ssh asks for no password.
        """
        words = ["ssh", "-T", *_KEEPALIVE_OPTIONS, *([] if may_ask else ["-o", "BatchMode=yes"])]
        words += ["-p", self.port] if self.port else []
        words += ["-l", self.user] if self.user else []
        remote = f"bpstep relay {self.name}" + (f" --teacher {self.teacher}" if self.teacher else "")
        return [*words, "--", self.host, remote]


def parse_address(text: str, teacher: str | None) -> Address:
    """The address that a person typed.

    BpstepError if it is not one: no part of it may pass for an option of ssh.
    """
    of = teacher or ""
    if of and not _WORD.fullmatch(of):
        raise BpstepError(fill(messages.NOT_A_USER_NAME, name=quoted(of)))
    if "/" not in text and ":" not in text:
        return Address(sockets.check_class_name(text), of)
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise BpstepError(fill(messages.NOT_A_CLASS, text=quoted(text)))
    user, host = match["user"] or "", match["host"].strip("[]")
    for part in filter(None, (user, host)):
        if not _WORD.fullmatch(part) and ":" not in part:
            raise BpstepError(fill(messages.NOT_A_HOST_OR_USER, text=quoted(text), part=quoted(part)))
    return Address(sockets.check_class_name(match["name"]), of, host, user, match["port"] or "")


class Connection:
    """A connection, and the ssh process that carries it, if any."""

    def __init__(self, connection: socket.socket, ssh: subprocess.Popen[bytes] | None = None) -> None:
        self.socket = connection
        self.ssh = ssh
        self._stderr = b""
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        if ssh is not None:
            self._stderr_reader.start()

    def _read_stderr(self) -> None:
        """Keep the end of ssh's error output. All of it has to be read, or ssh would block."""
        assert self.ssh is not None
        assert self.ssh.stderr is not None
        with self.ssh.stderr as pipe:
            while data := os.read(pipe.fileno(), _MAX_STDERR):
                self._stderr = (self._stderr + data)[-_MAX_STDERR:]

    @property
    def has_ended(self) -> bool:
        """Whether the process that carried the connection has ended."""
        return self.ssh is not None and self.ssh.poll() is not None

    def failure_reason(self) -> str:
        """What ssh printed about why it ended."""
        if self.ssh is None:
            return ""
        with suppress(subprocess.TimeoutExpired):
            self.ssh.wait(_EXIT_TIMEOUT)
        self.close()
        self._stderr_reader.join(_EXIT_TIMEOUT)  # a child process of ssh may keep the pipe open for ever
        lines = [line.strip() for line in self._stderr.decode(errors="replace").split("\n") if line.strip()]
        return one_line(lines[-1].removeprefix("bpstep: error: ")) if lines else fill(messages.SSH_ENDED)

    def close(self) -> None:
        self.socket.close()
        if self.ssh is not None:
            self.ssh.terminate()
            try:
                self.ssh.wait(_EXIT_TIMEOUT)
            except subprocess.TimeoutExpired:  # ssh is stopped, or busy
                self.ssh.kill()
                self.ssh.wait()


def connect(where: Address, may_ask: bool = False) -> Connection:
    """Connect.

    With `may_ask`, ssh may ask the person for a password. BpstepError if there is no such class.
    """
    if not where.host:
        return Connection(sockets.connect_to_class(where.name, where.teacher))
    ours, theirs = socket.socketpair()
    try:
        end = theirs.fileno()
        ssh = subprocess.Popen(where.command(may_ask), stdin=end, stdout=end, stderr=subprocess.PIPE)
    except OSError as error:
        ours.close()
        raise BpstepError(fill(messages.SSH_NOT_STARTED, reason=error.strerror)) from None
    finally:
        theirs.close()
    return Connection(ours, ssh)


def join_class(where: Address, hello: Hello) -> tuple[Address, Connection, Replica]:
    """Connect and wait for the complete first state, before the screen changes: ssh may have to ask
    something.

    The returned address is the one to reconnect to: it names this teacher, even if somebody else opens a
    class of the same name. BpstepError if there is no class, or if it ends before the first state is
    complete.
    """
    call = connect(where, may_ask=True)
    call.socket.settimeout(_POLL_INTERVAL if call.ssh else _ANSWER_TIMEOUT)
    mirror = Replica()
    try:
        with suppress(ConnectionError):  # the reason for the refusal may still be waiting to be read
            call.socket.sendall(encode(hello))
        while not mirror.is_complete:
            data = _receive(call)
            if not data:
                raise BpstepError(call.failure_reason() or fill(messages.NOT_LET_IN))
            mirror.feed(data)
            if mirror.refused:
                raise BpstepError(mirror.refused)
    except OSError as error:
        raise BpstepError(
            call.failure_reason() or fill(messages.NO_ANSWER, reason=error.strerror or error)
        ) from None
    except BaseException:
        call.close()
        raise
    assert mirror.welcome is not None
    return _with_teacher(where, call, mirror.welcome.teacher), call, mirror


def _receive(call: Connection) -> bytes:
    """The next bytes; none if the connection is down, or ssh has ended and a child process holds the pipe."""
    while True:
        try:
            return call.socket.recv(2**16)
        except ConnectionError:
            return b""
        except TimeoutError:
            if call.ssh is None:
                raise
            if call.has_ended:
                return b""


def _with_teacher(where: Address, call: Connection, teacher: str) -> Address:
    """The address of this teacher's class: it names the user that this or the remote host reports."""
    there = None if where.host else peer_credentials(call.socket)
    found = teacher if there is None else str(there.uid)
    return replace(where, teacher=found) if _WORD.fullmatch(found) and not where.teacher else where


class ClientProtocol(asyncio.Protocol):
    """A connection in the event loop of the pupil's front end."""

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._received = received
        self._lost = lost
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Pass the teacher's bytes on."""
        self._received(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._lost()

    def send(self, message: FromPupil) -> None:
        """Send bytes if the connection is up."""
        if self._transport is not None:
            self._transport.write(encode(message))

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
