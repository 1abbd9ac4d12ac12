"""What the article gets wrong is said at the step, in the formula pane."""

import numpy as np
import pytest
from debugger_driver import controller
from make_networks import network

from bpstep.explain.prose.article import _NOTES, article_note
from bpstep.explain.prose.context import SENTENCE_WIDTH
from bpstep.session.session import Session
from bpstep.ui.input import handle_key

SAID = {
    "net_1": "prints h2 as 0.22 before its bias: 0.4·0.3 + 0.5·0.4 is 0.32",
    "E": "formula lacks the square",
    "delta_Y": "code has labelY - Y, unlike its formula: then E rises",
    "delta_H_net1": "first listing has 1 - sigmoid²: wrong",
    "V": "updates V before the hidden gradients",
    "W": "says W is (3, 2); it is (2, 3), one row per input",
}


@pytest.mark.parametrize("name", ["article", "article-as-printed"])
@pytest.mark.parametrize("step", SAID)
def test_the_mistake_is_said_where_the_step_is(name, step):
    person = controller(name, at=step)
    text = person.draw().text()
    if step == "delta_H_net1":
        # Beside the chain, on three lines.
        text = " ".join(line[54:].strip() for line in text.splitlines()[14:18])
    assert SAID[step] in " ".join(text.split())
    person.size = (60, 18)
    shown = ""
    handle_key(person, "f4")
    for _ in range(6):
        shown += person.draw().text()
        handle_key(person, "down")
    assert "article's" in shown or "The article" in shown


def test_the_mistakes_are_mistakes():
    person = controller()
    person.session.goto("i1")
    before, tensors = person.session.timeline.initial, person.frame.tensors
    assert tensors["X"] @ before["W"][:, 1] == pytest.approx(0.32)
    assert before["W"].shape == (2, 3)
    slope = tensors["H"] * (1 - tensors["H"])
    assert tensors["delta_H_net1"] == pytest.approx(slope)
    assert np.abs(1 - tensors["H"] ** 2 - slope).min() > 0.2
    losses = []
    for name in ("article", "article-as-printed"):
        session = Session(controller(name).session.network)
        session.goto("i1:E")
        losses.append(float(session.frame.tensors["E"]))
    assert losses[0] < float(tensors["E"]) < losses[1]


def test_no_other_step_and_no_other_network_has_a_note():
    for name in ("article", "mazur", "xor"):
        person = controller(name)
        for n in range(person.session.period + 1):
            person.session.goto(n)
            step = person.frame.step
            is_told = name == "article" and step is not None and step.name in SAID
            notes = article_note(person.frame), article_note(person.frame, short=True)
            assert notes == (_NOTES[step.name] if is_told else ("", ""))
    made = Session(network(name="article"))
    made.goto("E")
    assert article_note(made.frame) == ""


def test_a_note_has_one_line():
    assert all(len(note) <= SENTENCE_WIDTH for notes in _NOTES.values() for note in notes)
