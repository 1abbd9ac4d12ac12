"""Classes in tests: a teacher, pupils, and the bytes between them, in one process or as real ones."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager

import pseudo_terminal

from bpstep.classroom import protocol, sockets
from bpstep.classroom.protocol import Hello, encode, from_pupil
from bpstep.classroom.replica import Replica
from bpstep.classroom.room import Room
from bpstep.learn.grade import parse_prediction
from bpstep.netfile.builtin import open_network
from bpstep.session.session import Session


def session(network="article", at="0"):
    """A session of a network, given by name or as itself, at a position."""
    found = Session(open_network(network) if isinstance(network, str) else network)
    found.goto(at)
    return found


def room(network="article", at="0"):
    """A class that nobody is in yet."""
    return Room(session(network, at), "anna")


def said(message):
    """A message of a pupil, as the teacher reads it."""
    return from_pupil(encode(message).rstrip(b"\n"))


def answered(question, text):
    """The line of somebody who has typed a text as the answer."""
    return protocol.answer_message(question, parse_prediction(text))


def owed(of, pupil):
    """All that a pupil is owed."""
    return b"".join(iter(lambda: of.pending(pupil), b""))


def joined(of, name="bob"):
    """Somebody who has come in and has everything: the pupil, and what they know."""
    pupil, mirror = of.enter(Hello(name)), Replica()
    mirror.feed(owed(of, pupil))
    return pupil, mirror


def class_name():
    """A name that no other test has: the folder of classes is the machine's."""
    return f"test-{secrets.token_hex(6)}"


def forget(name):
    """Take away what a teacher leaves who is killed."""
    shutil.rmtree(sockets.ROOT / f"bpstep-{os.geteuid()}" / name, ignore_errors=True)


@contextmanager
def teacher(folder, name, *words, size=(80, 24), **environment):
    """`bpstep share` on a pseudo terminal; `folder` holds settings and state."""
    more = {"XDG_STATE_HOME": str(folder / "state"), **environment}
    try:
        with pseudo_terminal.bpstep(folder, "share", name, *words, size=size, **more) as program:
            program.until_shown("class 0/0")
            yield program
    finally:
        forget(name)


@contextmanager
def pupil(folder, name, called, *words, size=(80, 24), **environment):
    """`bpstep join` on a pseudo terminal."""
    with pseudo_terminal.bpstep(
        folder, "join", name, "--name", called, *words, size=size, **environment
    ) as program:
        program.until_shown("following")
        yield program
