"""A class: what pupils cost their teacher, how soon they see a step, and what strangers can do."""

from __future__ import annotations

import os
import random
import secrets
import select
import shutil
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from statistics import median
from time import perf_counter

from bpstep.classroom import sockets
from bpstep.classroom.protocol import Answer, Hello, Position, encode
from bpstep.classroom.replica import Replica
from tests.benchmarks.measure import Measure, bounded, counted, paired
from tests.benchmarks.terminal import BPSTEP, Terminal
from tests.pseudo_terminal import Screen

_PUPILS, _STEPS, _PAUSE = 100, 200, 0.2
_SCREENS = 30
_STOPPED = 1000
_MALFORMED = 10_000
_HELLO = 40
"""One in this many strangers sends a first line: one who does so too often is refused and ignored."""
_QUIET = 0.25
_LIMIT = 60.0
_LAST = b"quit"
_WELCOME = b"brings you back"


class Crowd:
    """Pupils without a screen, in a process of their own: they read, and count what they read."""

    def __init__(self, name: str, count: int) -> None:
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            ours.close()
            with suppress(BaseException):
                _sit(name, count, theirs)
            os._exit(0)
        theirs.close()
        self._line = ours.makefile("rw")
        assert self._line.readline() == "here\n"

    def told(self) -> tuple[int, int, int]:
        """The most bytes that a pupil has received since the last call, the position of the slowest, and how
        many are left.
        """
        self._line.write("?\n")
        self._line.flush()
        received, n, there = map(int, self._line.readline().split())
        return received, n, there

    def close(self) -> None:
        """They leave."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._line.close()


def _sit(name: str, count: int, line: socket.socket) -> None:
    """Read what arrives for each of them until told to stop."""
    mirrors: dict[socket.socket, Replica] = {}
    received: dict[socket.socket, int] = {}
    for at in range(count):
        connection = sockets.connect_to_class(name)
        connection.sendall(encode(Hello(f"pupil {at}")))
        mirrors[connection], received[connection] = Replica(), 0
    told = False
    while True:
        for ready in select.select([line, *mirrors], [], [])[0]:
            if ready is line:
                line.recv(100)
                behind = min((m.place.n for m in mirrors.values() if m.place), default=-1)
                line.sendall(f"{max(received.values(), default=0)} {behind} {len(mirrors)}\n".encode())
                received = dict.fromkeys(received, 0)
            elif data := ready.recv(2**16):
                received[ready] += len(data)
                mirrors[ready].feed(data)
            else:
                del mirrors[ready]
        if not told and all(mirror.is_complete for mirror in mirrors.values()):
            told, received = True, dict.fromkeys(received, 0)
            line.sendall(b"here\n")


def classes(rounds: int) -> list[Measure]:
    """Everything about a class."""
    return [*_crowd(), *_screens(rounds), *_stopped(), _strangers()]


def _teacher(stack: ExitStack, name: str, *words: str) -> Terminal:
    place = sockets.ROOT / f"bpstep-{os.geteuid()}" / name
    stack.callback(shutil.rmtree, place, ignore_errors=True)
    found = stack.enter_context(Terminal(BPSTEP, "share", name, *words))
    found.first_frame(b"class 0/0")
    return found


def _name() -> str:
    return f"bench-{secrets.token_hex(6)}"


def _crowd() -> list[Measure]:
    """`n` with a hundred pupils against `n` alone, in turns, five times a second."""
    shared: list[float] = []
    alone: list[float] = []
    name = _name()
    with ExitStack() as stack:
        teacher = _teacher(stack, name)
        nobody = stack.enter_context(Terminal(BPSTEP))
        nobody.first_frame(_LAST)
        crowd = Crowd(name, _PUPILS)
        stack.callback(crowd.close)
        # They are counted in the first line: that is no answer to a key.
        teacher.key(b"n")
        nobody.key(b"n")
        crowd.told()
        for _ in range(_STEPS):
            began = perf_counter()
            shared.append(teacher.key(b"n").seconds)
            alone.append(nobody.key(b"n").seconds)
            time.sleep(max(_PAUSE - (perf_counter() - began), 0))
        received, behind, there = crowd.told()
    whole = (behind, there) == (_STEPS + 1, _PUPILS)
    note = f"{there} pupils at n = {behind}"
    compared = paired(f"n with {_PUPILS} pupils, against alone", shared, alone, 1.2)
    cost = bounded("bytes to a pupil, a step", received / _STEPS, 200, "B", note)
    return [compared, replace(cost, holds=whole)]


def _screens(rounds: int) -> list[Measure]:
    """From the teacher's key to the last byte on the last of thirty pupils' screens."""
    name, times = _name(), []
    with ExitStack() as stack:
        teacher = _teacher(stack, name)
        pupils = []
        for at in range(_SCREENS):
            pupils.append(stack.enter_context(Terminal(BPSTEP, "join", name, "--name", f"pupil {at}")))
            pupils[-1].first_frame(_WELCOME)
        _until_quiet([teacher, *pupils])
        for _ in range(3 * rounds):
            times.append(_last_byte(teacher, [teacher, *pupils]))
    note = f"the slowest {max(times):.2f} s"
    return [bounded(f"key to the last of {_SCREENS} screens", median(times), 1.0, "ms", note)]


def _last_byte(teacher: Terminal, every: list[Terminal]) -> float:
    """Seconds until everybody has been given something and it is quiet."""
    began, last = perf_counter(), 0.0
    os.write(teacher.file, b"n")
    waiting = {each.file for each in every}
    while True:
        ready = select.select([each.file for each in every], [], [], _LIMIT if waiting else _QUIET)[0]
        if not ready:
            assert not waiting
            return last
        for file in ready:
            os.read(file, 1 << 16)
            waiting.discard(file)
        last = perf_counter() - began


def _until_quiet(every: list[Terminal], quiet: float = 2.0) -> None:
    while ready := select.select([each.file for each in every], [], [], quiet)[0]:
        for file in ready:
            os.read(file, 1 << 16)


def _stopped() -> list[Measure]:
    """The teacher's memory while a pupil is stopped, and how soon that pupil then sees where the class is."""
    name = _name()
    with ExitStack() as stack:
        teacher = _teacher(stack, name)
        pupil = stack.enter_context(Terminal(BPSTEP, "join", name, "--name", "slow"))
        screen = Screen(80, 24)
        screen.feed(pupil.first_frame(_WELCOME).data)
        _steps(teacher, pupil, screen)
        before = _resident(teacher.pid)
        os.kill(pupil.pid, signal.SIGSTOP)
        _steps(teacher)
        grown = _resident(teacher.pid) - before
        os.kill(pupil.pid, signal.SIGCONT)
        began = perf_counter()
        while f"n = {2 * _STOPPED:,}" not in screen.text:
            assert select.select([pupil.file], [], [], _LIMIT)[0]
            screen.feed(os.read(pupil.file, 1 << 16))
        seconds = perf_counter() - began
    return [
        bounded(f"memory for a pupil stopped {_STOPPED} steps", max(grown, 0), 2**20, "B"),
        bounded("then the right screen", seconds, 1.0),
    ]


def _steps(teacher: Terminal, pupil: Terminal | None = None, screen: Screen | None = None) -> None:
    """Step by step, each painted separately; pupils who are not stopped read."""
    for at in range(_STOPPED + 100):
        if at < _STOPPED:
            os.write(teacher.file, b"n")
            assert select.select([teacher.file], [], [], _LIMIT)[0]
        _drain(teacher, 0.01)
        if pupil is not None and screen is not None:
            while select.select([pupil.file], [], [], 0)[0]:
                screen.feed(os.read(pupil.file, 1 << 16))


def _drain(program: Terminal, seconds: float) -> None:
    while select.select([program.file], [], [], seconds)[0]:
        os.read(program.file, 1 << 16)


def _resident(pid: int) -> int:
    """Bytes of a process that are in memory and its own."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def _strangers() -> Measure:
    """Messages that are none: the teacher and three pupils that follow notice nothing."""
    name, draw = _name(), random.Random(0)
    with ExitStack() as stack:
        teacher = _teacher(stack, name)
        crowd = Crowd(name, 3)
        stack.callback(crowd.close)
        failures = 0
        for at in range(_MALFORMED):
            connection = sockets.connect_to_class(name)
            with connection, suppress(ConnectionError, BrokenPipeError):
                connection.sendall((b"" if at % _HELLO else encode(Hello("stranger"))) + malformed(draw))
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(_LIMIT)
                while connection.recv(1 << 16):
                    pass
            if at % 500 == 0:
                failures += not _goes_on(teacher, crowd, at // 500 + 1)
        failures += 3 - crowd.told()[2]
    return counted("malformed messages that were felt", failures, _MALFORMED)


def _goes_on(teacher: Terminal, crowd: Crowd, n: int) -> bool:
    """Whether a key is still answered, on the screen and in the class."""
    os.write(teacher.file, b"n")
    end = perf_counter() + _LIMIT
    while perf_counter() < end:
        _drain(teacher, 0.01)
        if crowd.told()[1:] == (n, 3):
            return True
    return False


def malformed(draw: random.Random) -> bytes:
    """A line that is no message, by a small change or from the ground up."""
    kinds: list[Callable[[], bytes]] = [
        lambda: draw.randbytes(draw.randint(1, 400)) + b"\n",
        lambda: b"x" * draw.randint(513, 5000),
        lambda: encode(Position(draw.randrange(10**6), 0, True)).replace(b'"n"', b'"m"'),
        lambda: encode(Answer(1, draw.random(), 0.1, 1)).replace(b"event", b"evnet"),
        lambda: b'{"event":"Answer","question":1,"value":%b}\n' % draw.choice([b"NaN", b"1e999", b"[]"]),
        lambda: b"[" * draw.randint(1, 500) + b"\n",
        lambda: b'{"event":"Edit","at":0,"name":"W","index":[0,0],"value":9.0}\n',
        lambda: encode(Hello("x"))[:-2] + b"\n",
        lambda: b'{"event":"Hello","name":"\\u001b[2J","token":""}\n',
        lambda: encode(Position(1, 0, True)) * 80,
    ]
    return draw.choice(kinds)()
