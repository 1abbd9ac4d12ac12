"""The pupil's end of the line, with a class or an ssh at the other that does as a test wants."""

import os
import signal
import socket
import stat
import threading
from contextlib import suppress

import pytest
from classrooms import owed, room

from bpstep.classroom import client, sockets
from bpstep.classroom.client import Address, join_class
from bpstep.classroom.credentials import AccessRules
from bpstep.classroom.protocol import Hello, Refused, encode
from bpstep.classroom.relay import relay
from bpstep.errors import BpstepError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="classes need Unix sockets")

FAR = Address("algebra", host="far")


def greeting(teacher="anna"):
    """All that a class says at first."""
    of = room(at="8")
    of.teacher = teacher
    return owed(of, of.enter(Hello("bob")))


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """A function that makes `ssh` a script; `$said` is a file with what the class says."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("children", str(tmp_path / "children"))

    def become(script, said=b""):
        monkeypatch.setenv("said", str(tmp_path / "said"))
        (tmp_path / "said").write_bytes(said)
        (tmp_path / "ssh").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "ssh").chmod(stat.S_IRWXU)

    yield become
    with suppress(FileNotFoundError):
        for line in (tmp_path / "children").read_text().split():
            os.kill(int(line), signal.SIGKILL)


def test_however_much_ssh_says_the_class_is_heard(ssh):
    ssh('head -c 300000 /dev/zero | tr "\\0" x >&2; cat "$said"; exec cat >/dev/null', greeting())
    _, call, mirror = join_class(FAR, Hello("bob"))
    assert mirror.place.n == 8
    call.close()


def test_the_last_that_ssh_says_is_told(ssh):
    ssh('for k in $(seq 9999); do echo "debug1: line $k"; done >&2; echo "ssh: no route" >&2; exit 255')
    with pytest.raises(BpstepError, match=r"^ssh: no route$"):
        join_class(FAR, Hello("bob"))


def test_an_ssh_that_has_ended_is_not_waited_for_whoever_holds_its_pipes(ssh, monkeypatch):
    monkeypatch.setattr(client, "_POLL_INTERVAL", 0.1)
    monkeypatch.setattr(client, "_EXIT_TIMEOUT", 0.5)
    ssh('sleep 600 & echo $! >"$children"; echo "Connection refused" >&2; exit 255')
    with pytest.raises(BpstepError, match=r"^Connection refused$"):
        join_class(FAR, Hello("bob"))


def test_an_ssh_that_is_stopped_is_left(ssh, monkeypatch):
    monkeypatch.setattr(client, "_EXIT_TIMEOUT", 0.1)
    ssh('cat "$said"; kill -STOP $$', greeting())
    _, call, _ = join_class(FAR, Hello("bob"))
    os.waitid(os.P_PID, call.ssh.pid, os.WSTOPPED)
    call.close()
    assert call.ssh.returncode == -signal.SIGKILL


def test_why_one_can_not_come_in_is_told_over_ssh(ssh):
    ssh('exec cat "$said"', encode(Refused("the class is full")))
    with pytest.raises(BpstepError, match=r"^the class is full$"):
        join_class(FAR, Hello("bob"))


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [("anna", "", "anna"), ("anna", "bob", "bob"), ("a;id", "", ""), ("-x", "", ""), ("a b", "", "")],
)
def test_a_pupil_comes_back_to_the_same_teacher_and_no_other(ssh, said, asked, expected):
    ssh('cat "$said"; exec cat >/dev/null', greeting(said))
    where, call, _ = join_class(Address("algebra", asked, "far"), Hello("bob"))
    call.close()
    assert where.teacher == expected


@pytest.fixture
def near(tmp_path, monkeypatch):
    """A class of this host: a function that lets it say so much to one pupil, and tells when it hangs up."""
    folder = tmp_path / "t"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(sockets, "ROOT", folder)
    venue = sockets.open_class("algebra", AccessRules(os.geteuid()))
    threads, closed = [], threading.Event()

    def answer(said):
        venue.socket.setblocking(True)
        connection, _ = venue.socket.accept()
        connection.sendall(said)
        connection.close()
        closed.set()

    def say(said):
        threads.append(threading.Thread(target=answer, args=(said,)))
        threads[-1].start()
        return closed

    yield say
    for thread in threads:
        thread.join()
    venue.close()


def test_a_class_of_this_host_is_that_of_the_user_who_holds_it(near):
    near(greeting("somebody else"))
    where, call, _ = join_class(Address("algebra"), Hello("bob"))
    call.close()
    assert where.teacher == str(os.geteuid())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (encode(Refused("the class is not open to you")), "the class is not open to you"),
        (b"", "the class does not let you in"),
    ],
)
def test_why_one_can_not_come_in_is_told_also_where_nobody_hears_the_hello(near, said, expected, monkeypatch):
    closed = near(said)
    monkeypatch.setattr(client, "encode", lambda hello: encode(hello) if closed.wait(60) else b"")
    with pytest.raises(BpstepError, match=f"^{expected}$"):
        join_class(Address("algebra"), Hello("bob"))


def test_a_relay_carries_the_last_word_also_where_nobody_hears_it():
    ours, theirs = socket.socketpair()
    source, keys = os.pipe()
    screen, target = os.pipe()
    os.write(keys, encode(Hello("bob")))
    theirs.sendall(encode(Refused("the class is full")))
    theirs.close()
    relay(ours, source, target)
    assert os.read(screen, 1000) == encode(Refused("the class is full"))
    ours.close()
    for each in (source, keys, screen, target):
        os.close(each)
