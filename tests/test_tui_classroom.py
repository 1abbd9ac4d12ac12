"""The line between a pupil's screen and the class."""

import os
import socket
from types import SimpleNamespace

import pytest
from classrooms import joined, room

from bpstep.classroom.client import Address, Connection
from bpstep.classroom.protocol import Hello, Position, encode
from bpstep.render.theme import Theme
from bpstep.session.events import Undo
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.tui.classroom import PupilFrontend
from bpstep.ui.compose import make_controller

pytestmark = pytest.mark.skipif(os.name != "posix", reason="classes need Unix sockets")


@pytest.fixture
def pupil():
    """A pupil who has just come in."""
    ours, theirs = socket.socketpair()
    _, mirror = joined(room(at="8"))
    controller = make_controller(Session(mirror.network), Theme())
    yield PupilFrontend(controller, Address("algebra"), Connection(ours), mirror, Hello("bob"))
    ours.close()
    theirs.close()


def press(pupil, *keys):
    for key in keys:
        pupil.handle_key(key)
        pupil.after_input()


NONSENSE = encode(Undo()) + encode(CursorPosition(3))
"""There is nothing to undo."""


@pytest.mark.parametrize(
    "deed",
    [
        lambda pupil: press(pupil, "o"),
        lambda pupil: press(pupil, "o", "left"),
        lambda pupil: (press(pupil, "o"), pupil.handle_paste("text"), pupil.after_input()),
        lambda pupil: (
            press(pupil, "o"),
            pupil.handle_click(("cell", "W", (0, 0)), False),
            pupil.after_input(),
        ),
        lambda pupil: (press(pupil, "o"), pupil.handle_wheel("tensors", 1), pupil.after_input()),
    ],
)
def test_nonsense_that_came_while_one_was_on_ones_own_is_told_when_it_is_looked_at(pupil, deed):
    press(pupil, "n")
    pupil._received(NONSENSE)
    deed(pupil)
    assert "invalid data from the class: nothing to undo: no edit was made" in pupil.controller.view.message
    pupil.controller.draw()


def test_nonsense_while_one_follows_is_told_at_once(pupil):
    pupil._received(NONSENSE)
    assert "invalid data from the class: nothing to undo: no edit was made" in pupil.controller.view.message


def test_a_position_is_sent_once_and_the_next_one_only_after_a_while(pupil, monkeypatch):
    sent, waiting = [], []
    loop = SimpleNamespace(call_later=lambda _, call: waiting.append(call))
    monkeypatch.setattr("asyncio.get_running_loop", lambda: loop)
    pupil._protocol = SimpleNamespace(send=sent.append)
    pupil.after_paint()
    assert (sent, waiting) == ([], [])
    for _ in range(2):
        press(pupil, "n")
        pupil.after_paint()
    assert sent == [Position(9, 0, True)]
    (send,) = waiting
    send()
    assert sent == [Position(9, 0, True), Position(10, 0, True)]
    waiting.pop()()
    assert len(sent) == len(waiting) + 1 == 2
    press(pupil, "o")
    pupil.after_paint()
    assert sent[2:] == [Position(0, 0, False)]
