"""What `ssh` runs for a pupil on another machine: it joins a class's socket to standard input and output."""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress

_CHUNK = 2**16


def relay(connection: socket.socket, source: int, target: int) -> None:
    """Copy bytes both ways until either end is closed. Nothing is inspected or kept."""
    connection.setblocking(True)
    while True:
        ready = select.select([connection.fileno(), source], [], [])[0]
        try:
            if connection.fileno() in ready and not _copy_to_output(connection, target):
                return
            if source in ready and not _copy_to_socket(source, connection):
                return
        except OSError:  # either end has closed
            return


def _copy_to_output(connection: socket.socket, target: int) -> bool:
    data = connection.recv(_CHUNK)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
    return bool(data)


def _copy_to_socket(source: int, connection: socket.socket) -> bool:
    data = os.read(source, _CHUNK)
    with suppress(BrokenPipeError):  # the class has closed the line; its last bytes are still to be read
        connection.sendall(data)
    return bool(data)
