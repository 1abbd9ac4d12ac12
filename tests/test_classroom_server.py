"""The teacher's end of the connections: nobody delays anybody, and nobody disturbs anybody."""

import asyncio
import os
import random
import socket
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import pytest
from classrooms import answered, room

from bpstep.classroom import server, sockets
from bpstep.classroom.credentials import AccessRules, PeerCredentials
from bpstep.classroom.protocol import Hello, Position, encode
from bpstep.classroom.replica import Replica
from bpstep.classroom.server import Server
from bpstep.learn.grade import parse_prediction
from bpstep.storage.cursor_position import CursorPosition

pytestmark = pytest.mark.skipif(os.name != "posix", reason="classes need Unix sockets")

PATIENCE = 60


class Host:
    """A class that is served, in this process."""

    def __init__(self, path, of, audience):
        self.of = of
        self.path = str(path)
        self.logged = []
        self.noticed = 0
        self.server = Server(of, audience, self._notice, self.logged.append)

    def _notice(self):
        self.noticed += 1

    async def __aenter__(self):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.path)
        listening.listen(200)
        listening.setblocking(False)
        await self.server.open(listening)
        return self

    async def __aexit__(self, *_):
        await self.server.close()
        for guest in Guest.all:
            await guest.leave()
        Guest.all.clear()
        while self.server.connections:
            await asyncio.sleep(0.001)

    def step(self):
        self.of.session.step()
        self.server.update()

    async def join(self, name="bob"):
        guest = await Guest.come(self.path)
        guest.send(encode(Hello(name)))
        await guest.until(lambda: guest.mirror.is_complete)
        return guest


class Guest:
    """A pupil's connection."""

    all: ClassVar = []

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.mirror = Replica()
        self.received = 0
        self.ended = asyncio.Event()
        self.task = asyncio.create_task(self.read())
        self.all.append(self)

    async def leave(self):
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
        await self.task

    @classmethod
    async def come(cls, path):
        return cls(*await asyncio.open_unix_connection(path))

    async def read(self):
        try:
            while data := await self.reader.read(2**16):
                self.received += len(data)
                self.mirror.feed(data)
        except ConnectionError:
            pass
        self.ended.set()

    def send(self, data):
        self.writer.write(data)

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.001)

    async def out(self):
        """Wait until it is disconnected."""
        async with asyncio.timeout(PATIENCE):
            await self.ended.wait()


@pytest.fixture
def serve(tmp_path):
    def made(of=None, audience=None):
        return Host(tmp_path / "s", of or room(), audience or AccessRules(os.geteuid()))

    return made


async def test_everybody_sees_each_step_in_few_bytes(serve):
    async with serve() as host:
        guests = [await host.join(f"p{k}") for k in range(10)]
        before = [guest.received for guest in guests]
        for _ in range(50):
            host.step()
            await asyncio.sleep(0.002)
        for guest, had in zip(guests, before):
            await guest.until(lambda guest=guest: guest.mirror.place == CursorPosition(50))
            assert guest.received - had <= 50 * 200
        assert [pupil.name for pupil in host.of.pupils] == [f"p{k}" for k in range(10)]


async def test_what_pupils_say_arrives_and_the_teacher_notices(serve):
    async with serve(room(at="net_1")) as host:
        guest = await host.join()
        host.of.ask((0,))
        host.server.update()
        await guest.until(lambda: guest.mirror.question.is_open)
        guest.send(encode(answered(guest.mirror.question.number, "0.56")) + encode(Position(4, 0, True)))
        await guest.until(lambda: host.of.following == 0)
        assert host.of.answers == {"bob": parse_prediction("0.56")}
        assert host.noticed >= 3


BAD = [
    b"hello\n",
    b"\n",
    b"\xff\n",
    b'{"event":"Hello","name":"again","token":""}\n',
    b'{"event":"Edit","at":0,"name":"W","index":[0,0],"value":1.0}\n',
    b'{"event":"Answer","question":1,"value":NaN}\n',
    b'{"n":1}\n',
    b"x" * 513,
    b'{"event":"Position","n":0,"k":0,"own":true}\n' * 60,
    b"\x00" * 100_000,
]


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
async def test_a_pupil_who_says_anything_else_is_disconnected_and_nobody_else_is(serve, data):
    async with serve() as host:
        good, bad = await host.join("good"), await host.join("bad")
        bad.send(data)
        await bad.out()
        assert len(host.logged) == 1
        assert "bad" in host.logged[0]
        assert host.logged[0].isprintable()
        host.step()
        await good.until(lambda: good.mirror.place == CursorPosition(1))
        assert [pupil.name for pupil in host.of.pupils] == ["good"]
        assert not good.ended.is_set()


async def test_the_log_names_the_line_that_was_wrong_and_no_other(serve):
    async with serve() as host:
        bad, worse = await host.join("bad"), await host.join("worse")
        bad.send(encode(Position(3, 0, True)) + b"x" * 600)
        await bad.out()
        worse.send(encode(Position(3, 0, True)) + b"nonsense\n")
        await worse.out()
    assert "longer than 512 bytes" in host.logged[0]
    assert "Position" not in host.logged[0]
    assert host.logged[1].endswith(": nonsense")


async def test_whoever_has_said_hello_may_be_silent(serve, monkeypatch):
    monkeypatch.setattr(server, "HELLO_TIMEOUT", 0.05)
    async with serve() as host:
        guest = await host.join()
        late = await Guest.come(host.path)
        await late.out()
        assert not guest.ended.is_set()
        assert len(host.of.pupils) == 1


async def test_ordinary_talk_is_never_too_fast(serve):
    async with serve() as host:
        guest = await host.join()
        for k in range(30):
            guest.send(encode(Position(k, 0, True)))
        await guest.until(lambda: host.of.pupils[0].place == Position(29, 0, True))
        assert not host.logged


async def test_before_hello_nothing_is_told_and_nothing_else_may_be_said(serve):
    async with serve() as host:
        guest = await Guest.come(host.path)
        guest.send(encode(Position(0, 0, True)))
        await guest.out()
        assert guest.received == 0
        assert host.of.pupils == []


async def test_whoever_says_no_hello_is_disconnected(serve, monkeypatch):
    monkeypatch.setattr(server, "HELLO_TIMEOUT", 0.05)
    async with serve() as host:
        guest = await Guest.come(host.path)
        await guest.out()
        assert "no hello" in host.logged[0]


async def test_a_user_that_the_class_is_not_open_to_is_disconnected(serve, monkeypatch):
    monkeypatch.setattr(server, "peer_credentials", lambda _: PeerCredentials(4713, 4713))
    async with serve(audience=AccessRules(4711, users=frozenset((4712,)))) as host:
        guest = await Guest.come(host.path)
        guest.send(encode(Hello("bob")))
        await guest.out()
        assert guest.mirror.refused == "the class is not open to you"
        assert guest.mirror.welcome is None
        assert host.of.pupils == []
        assert "the class is not open to you" in host.logged[0]


async def test_more_than_there_is_room_for_are_told_so(serve, monkeypatch):
    monkeypatch.setattr(server, "MAX_PUPILS", 2)
    async with serve() as host:
        await host.join("one")
        await host.join("two")
        guest = await Guest.come(host.path)
        await guest.out()
        assert guest.mirror.refused == "the class is full"
        assert len(host.of.pupils) == 2


@pytest.fixture
def user(monkeypatch):
    """Who comes next; the kernel would say so."""
    found = {"uid": 4712}
    monkeypatch.setattr(server, "peer_credentials", lambda _: PeerCredentials(found["uid"], 100))
    return found


FOR_ALL = AccessRules(4711, group=100)


async def test_nobody_fills_a_class_alone(serve, user):
    async with serve(audience=FOR_ALL) as host:
        for k in range(server.MAX_PER_USER):
            await host.join(f"p{k}")
        guest = await Guest.come(host.path)
        await guest.out()
        assert guest.mirror.refused == "the class is full"
        user["uid"] = 4713
        await host.join("somebody else")
        assert len(host.of.pupils) == server.MAX_PER_USER + 1


@pytest.mark.usefixtures("user")
async def test_a_hundred_guests_of_one_account_come_in_at_once(serve):
    async with serve(audience=FOR_ALL) as host:
        await asyncio.gather(*(host.join(f"p{k}") for k in range(100)))
        assert len(host.of.pupils) == 100
        assert host.logged == []


@pytest.mark.usefixtures("user")
async def test_many_of_one_user_who_are_silent_do_not_stay_for_long(serve, monkeypatch):
    monkeypatch.setattr(server, "SHORT_HELLO_TIMEOUT", 0.05)
    async with serve(audience=FOR_ALL) as host:
        silent = [await Guest.come(host.path) for _ in range(server.MAX_SILENT + 5)]
        for guest in silent[server.MAX_SILENT :]:
            await guest.out()
        assert [guest.ended.is_set() for guest in silent] == [False] * server.MAX_SILENT + [True] * 5
        await host.join("one of them")


async def test_whoever_comes_again_and_again_is_slowed_down_and_nobody_else_is(serve, user, monkeypatch):
    monkeypatch.setattr(server, "JOIN_BURST", 10)
    monkeypatch.setattr(server, "JOIN_RATE", 0.001)
    async with serve(audience=FOR_ALL) as host:
        for k in range(10):
            await (await host.join(f"p{k}")).leave()
        guest = await Guest.come(host.path)
        guest.send(encode(Hello("p10")))
        await guest.out()
        assert "too many join at once" in guest.mirror.refused
        user["uid"] = 4713
        await host.join("somebody else")


async def test_as_many_may_wait_as_are_to(serve):
    async with serve() as host:
        most = int(Path("/proc/sys/net/core/somaxconn").read_text()) if sys.platform == "linux" else 100
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(min(most, sockets.BACKLOG))]
        for each in waiting:
            each.setblocking(False)
            each.connect(host.path)
        for each in waiting:
            each.close()


TOKEN = "0123456789abcdef" * 2


@pytest.mark.usefixtures("user")
async def test_a_pupil_whose_line_has_died_without_a_word_takes_their_own_place(serve):
    async with serve(room(at="net_1"), FOR_ALL) as host:
        host.of.ask((0,))
        for _ in range(2):
            guest = await Guest.come(host.path)
            guest.send(encode(Hello("pat", TOKEN)))
            await guest.until(lambda guest=guest: guest.mirror.is_complete)
            assert guest.mirror.welcome.name == "pat"
            guest.send(encode(answered(1, "0.56")))
            await guest.until(lambda: host.of.answers)
        first, second = Guest.all
        await first.out()
        assert not second.ended.is_set()
        assert [pupil.name for pupil in host.of.pupils] == ["pat"]
        assert list(host.of.answers) == ["pat"]
        assert host.logged == []


async def test_nobody_else_takes_a_place_by_its_token(serve, user):
    async with serve(audience=FOR_ALL) as host:
        for uid, token in ((4712, TOKEN), (4713, TOKEN), (4712, ""), (4712, ""), (4712, TOKEN[::-1])):
            user["uid"] = uid
            guest = await Guest.come(host.path)
            guest.send(encode(Hello("pat", token)))
            await guest.until(lambda guest=guest: guest.mirror.is_complete)
        assert len(host.of.pupils) == 5


async def test_a_flood_of_wrong_lines_is_summed_up_in_the_log(serve, user):
    async with serve(audience=FOR_ALL) as host:
        for _ in range(server.MAX_LINES_PER_USER + 30):
            guest = await Guest.come(host.path)
            guest.send(b"nonsense\n")
            await guest.out()
        user["uid"] = 4713
        guest = await Guest.come(host.path)
        guest.send(b"rubbish\n")
        await guest.out()
        assert len(host.logged) == server.MAX_LINES_PER_USER + 1
        assert "rubbish" in host.logged[-1]
    assert host.logged[server.MAX_LINES_PER_USER + 1 :] == ["4712: and 30 more"]


async def test_a_pupil_who_does_not_read_costs_little_and_gets_the_newest_at_once(serve):
    async with serve() as host:
        quick = await host.join("quick")
        slow = socket.socket(socket.AF_UNIX)
        slow.connect(host.path)
        slow.sendall(encode(Hello("slow")))
        await quick.until(lambda: len(host.of.pupils) == 2)
        for _ in range(500):  # what the kernel takes is full after these
            host.of.session.step()
            host.server.update()
        tracemalloc.start()
        for k in range(1000):
            host.step()
            host.of.caption = type(host.of.caption)(f"This is step {k}, and a sentence about it.")
            host.server.update()
            if k % 50 == 0:
                await asyncio.sleep(0)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 2**20
        await quick.until(lambda: quick.mirror.place == CursorPosition(1500))
        mirror, waiting = Replica(), 0
        slow.setblocking(False)
        async with asyncio.timeout(PATIENCE):
            while mirror.place != CursorPosition(1500):
                data = await asyncio.get_running_loop().sock_recv(slow, 2**16)
                waiting += len(data)
                mirror.feed(data)
        assert waiting < 2**17
        assert mirror.caption.text.startswith("This is step 999")
        slow.close()


async def test_a_pupil_who_is_gone_in_the_middle_of_everything_is_gone(serve):
    async with serve(room("penguins")) as host:
        for _ in range(20):
            slow = socket.socket(socket.AF_UNIX)
            slow.connect(host.path)
            slow.sendall(encode(Hello("gone")))
            slow.close()
        guest = await host.join()
        await guest.until(lambda: [pupil.name for pupil in host.of.pupils] == [host.of.pupils[-1].name])
        assert len(host.server.connections) == 1


def noise(draw):
    """Something that a stranger may send: messages with something wrong, and plain rubbish."""
    good = encode(draw.choice([Hello("x"), Position(1, 0, True), answered(1, "0.5")]))
    data = bytearray(good)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data))
        match draw.randrange(4):
            case 0:
                data[at] = draw.randrange(256)
            case 1:
                del data[at:]
                data += b"\n"
            case 2:
                data[at:at] = draw.randbytes(draw.randint(1, 600))
            case 3:
                data = bytearray(draw.randbytes(draw.randint(1, 300)) + b"\n")
    return bytes(data)


async def test_malformed_messages_disturb_nobody(serve, monkeypatch):
    monkeypatch.setattr(server, "JOIN_BURST", 1000)
    draw = random.Random(7)
    async with serve() as host:
        good = await host.join("good")
        for k in range(300):
            guest = await Guest.come(host.path)
            if k % 3:
                guest.send(encode(Hello("noisy")))
            guest.send(noise(draw) + b"\n")
            guest.writer.write_eof()
            await guest.out()
        for _ in range(10):
            host.step()
        await good.until(lambda: good.mirror.place == CursorPosition(10))
        assert [pupil.name for pupil in host.of.pupils] == ["good"]
    assert len(host.logged) == server.MAX_LINES_PER_USER + 1
    more = int(host.logged[-1].split()[-2])
    assert server.MAX_LINES_PER_USER + more > 100
