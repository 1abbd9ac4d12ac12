"""The line between a pupil's screen and the class."""

import os
import socket

import pytest
from classes import joined, room

from bpstep.classroom.client import Address, Call
from bpstep.classroom.messages import Hello, encode
from bpstep.render.theme import Look
from bpstep.session.events import Undo
from bpstep.session.session import Session
from bpstep.storage.session_file import Moved
from bpstep.tui.classroom import Joining
from bpstep.ui.controller import Desk

pytestmark = pytest.mark.skipif(os.name != "posix", reason="classes need Unix sockets")


@pytest.fixture
def pupil():
    """A pupil who has just come in."""
    ours, theirs = socket.socketpair()
    _, mirror = joined(room(at="8"))
    desk = Desk(Session(mirror.network), Look())
    yield Joining(desk, Address("algebra"), Call(ours), mirror, Hello("bob"))
    ours.close()
    theirs.close()


def press(pupil, *keys):
    for key in keys:
        pupil.hear(key)
        pupil.heard()


NONSENSE = encode(Undo()) + encode(Moved(3))
"""There is nothing to undo."""


@pytest.mark.parametrize(
    "deed",
    [
        lambda pupil: press(pupil, "o"),
        lambda pupil: press(pupil, "o", "left"),
        lambda pupil: (press(pupil, "o"), pupil.paste("text"), pupil.heard()),
        lambda pupil: (press(pupil, "o"), pupil.click(("cell", "W", (0, 0)), False), pupil.heard()),
        lambda pupil: (press(pupil, "o"), pupil.wheel("tensors", 1), pupil.heard()),
    ],
)
def test_nonsense_that_came_while_one_was_on_ones_own_is_told_when_it_is_looked_at(pupil, deed):
    press(pupil, "n")
    pupil._received(NONSENSE)
    deed(pupil)
    assert "what comes from the class makes no sense" in pupil.desk.view.message
    pupil.desk.draw()


def test_nonsense_while_one_follows_is_told_at_once(pupil):
    pupil._received(NONSENSE)
    assert "what comes from the class makes no sense" in pupil.desk.view.message
