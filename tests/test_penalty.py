"""l2: what large weights add to the loss is an equation, and each gradient of weights has its term."""

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.explain.prose.step_sentence import sentence
from bpstep.gradcheck.check import check_gradients
from bpstep.netfile.digest import digest
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.render.theme import Theme
from bpstep.session.as_network import network_at
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller

TEXT = """\
loss = "half_squared_error"
learning_rate = 0.5
l2 = 0.1
[data]
inputs = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
labels = [[0.0], [1.0], [1.0]]
[[layers]]
units = 3
activation = "tanh"
[[layers]]
units = 1
activation = "sigmoid"
"""


def read(folder, text=TEXT):
    path = folder / "net.toml"
    path.write_text(text)
    return read_network(path)


def test_three_iterations_are_those_by_hand(tmp_path):
    made = read(tmp_path)
    (W, V), (b, c) = [layer.weights for layer in made.layers], [layer.bias for layer in made.layers]
    session = Session(made)
    for iteration in range(3):
        h = np.tanh(made.inputs @ W + b)
        y = 1 / (1 + np.exp(-(h @ V + c)))
        loss = np.sum((y - made.labels) ** 2) / 2 + 0.05 * (np.sum(W**2) + np.sum(V**2))
        d2 = (y - made.labels) * y * (1 - y)
        d1 = d2 @ V.T * (1 - h**2)
        W, V = W - 0.5 * (made.inputs.T @ d1 + 0.1 * W), V - 0.5 * (h.T @ d2 + 0.1 * V)
        b, c = b - 0.5 * d1.sum(axis=0), c - 0.5 * d2.sum(axis=0)
        session.goto(f"i{iteration + 1}")
        tensors = session.frame.tensors
        assert float(tensors["E"]) == pytest.approx(loss, rel=1e-13)
        for name, value in (("W", W), ("V", V), ("B1", b), ("B2", c)):
            np.testing.assert_allclose(tensors[name], value, rtol=1e-12)


def test_the_equations_are_those_of_a_textbook(tmp_path):
    lines = {step.name: step.source for step in Session(read(tmp_path)).program.steps}
    assert lines["penalty"] == "l2 / 2 * (sum(W**2) + sum(V**2))"
    assert lines["E"] == "1/2 * sum((labelY - Y)**2) + penalty"
    assert lines["delta_V"] == "H.T @ delta_net2 + l2 * V"
    assert lines["delta_B1"] == "sum(delta_net1, axis=0)"


def test_the_gradient_check_agrees_and_every_step_has_a_sentence_and_a_screen(tmp_path):
    session = Session(read(tmp_path))
    assert check_gradients(session).ok
    controller = make_controller(Session(read(tmp_path)), Theme())
    controller.size = (80, 24)
    for n in range(1, session.period + 1):
        session.goto(n)
        frame = session.frame
        text = sentence(frame, (0,) * np.ndim(frame.tensors[frame.step.name]))
        assert 20 < len(text) <= 150, text
        controller.move(n)
        assert f" step {n:2} of {session.period} " in controller.draw().text()


def test_the_mean_divides_it_by_the_samples_of_the_batch(tmp_path):
    batches = TEXT.replace("l2 = 0.1", 'l2 = 0.1\nl2_reduction = "mean"\nbatch_size = 2')
    made = read(tmp_path, batches)
    session = Session(made)
    for iteration, samples in ((0, 2), (1, 1)):
        session.goto(f"i{iteration}:penalty")
        tensors = session.frame.tensors
        squares = np.sum(tensors["W"] ** 2) + np.sum(tensors["V"] ** 2)
        assert float(tensors["penalty"]) == pytest.approx(0.05 * squares / samples, rel=1e-14)
    assert check_gradients(session).ok
    written = read(tmp_path, network_text(made))
    assert written.l2_reduction == "mean"
    assert digest(written) == digest(made) != digest(read(tmp_path, batches.replace("mean", "sum")))


def test_the_sentence_of_the_loss_does_not_say_that_it_is_the_error_alone(tmp_path):
    session = Session(read(tmp_path))
    session.goto("E")
    assert "penalty" in sentence(session.frame, ())


def test_a_penalty_is_written_with_its_edits_and_read_again(tmp_path):
    session = Session(read(tmp_path))
    session.edit("l2", (), 0.25)
    made = read(tmp_path, network_text(network_at(session)))
    assert made.l2 == 0.25
    assert digest(made) != digest(session.network)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("l2 = 0.1", "l2 = -0.1", "net.toml:3: l2 is -0.1; expected a number, 0 or more"),
        ("l2 = 0.1", 'l2 = "0.1"', "net.toml:3: .*finite number"),
        ("l2 = 0.1", "weight_decay = 0.1", "net.toml:3: .*l2 = 0.01 adds a penalty"),
        ("[data]", "l2_penalty = 0.1\n[data]", "net.toml:4: .*l2 = 0.01 adds a penalty"),
    ],
)
def test_what_is_no_penalty_is_refused(tmp_path, old, new, message):
    with pytest.raises(FileError, match=message):
        read(tmp_path, TEXT.replace(old, new))


def test_the_form_by_rows_has_none(tmp_path):
    text = TEXT.replace("l2 = 0.1", 'l2 = 0.1\nderivation = "rows"\nupdate_biases = false')
    text = text.replace("[[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]", "[[0.0, 1.0]]")
    text = text.replace("[[0.0], [1.0], [1.0]]", "[[0.0]]")
    with pytest.raises(FileError, match="needs a loss without l2"):
        read(tmp_path, text)
