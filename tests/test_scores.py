"""Samples that are not trained on: which they are, and how good the network is on both parts."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.engine.edits import EditEquation
from bpstep.errors import FileError
from bpstep.export.json import moment_json
from bpstep.export.text import moment_text
from bpstep.model.network import HeldOut
from bpstep.netfile.builtin import open_network
from bpstep.netfile.digest import digest
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.netfile.writer import network_text
from bpstep.render.theme import Theme
from bpstep.render.timeline import draw_timeline
from bpstep.session import scores as scores_module
from bpstep.session.scores import scores
from bpstep.session.session import Session

TEN = "inputs = [[0], [1], [2], [3], [4], [5], [6], [7], [8], [9]]\n"
LABELS = "labels = [[0], [0], [0], [0], [0], [1], [1], [1], [1], [1]]\n"


def read(folder, data, loss="binary_cross_entropy", head="", layer="weights = [[0.5]]\nbias = [-1.0]"):
    path = folder / "net.toml"
    path.write_text(
        f'loss = "{loss}"\nlearning_rate = 0.1\n{head}'
        f'[data]\n{data}[[layers]]\n{layer}\nactivation = "sigmoid"\n'
    )
    return read_network(path)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_part_is_held_out_by_the_seed_and_the_rest_stays_in_order(tmp_path):
    made = read(tmp_path, TEN + LABELS + "test = 0.3\n")
    assert made.samples == 7
    parts = [made.inputs[:, 0].tolist(), made.held_out.inputs[:, 0].tolist()]
    assert sorted(parts[0] + parts[1]) == list(range(10))
    assert parts == [sorted(part) for part in parts]
    assert made.held_out.labels[:, 0].tolist() == [float(x > 4) for x in parts[1]]
    others = {
        tuple(read(tmp_path, TEN + LABELS + "test = 0.3\n", head=f"seed = {seed}\n").held_out.inputs[:, 0])
        for seed in range(5)
    }
    assert len(others) > 1


def test_files_and_rows_to_test_on_have_the_same_columns_and_classes(tmp_path):
    (tmp_path / "train.csv").write_text("b,kind,a\n1,yes,2\n3,no,4\n")
    (tmp_path / "test.csv").write_text("kind,a,b\nno,6,5\n")
    data = 'file = "train.csv"\ninputs = "others"\nlabels = "kind"\ntest_file = "test.csv"\n'
    made = read(tmp_path, data, layer="units = 1")
    assert (made.inputs.tolist(), made.labels.tolist()) == ([[1, 2], [3, 4]], [[1], [0]])
    assert (made.held_out.inputs.tolist(), made.held_out.labels.tolist()) == ([[5, 6]], [[0]])
    named = read(tmp_path, data + 'input_names = ["length", "width"]\n', layer="units = 1")
    assert (named.input_names, named.held_out.inputs.tolist()) == (("length", "width"), [[5, 6]])
    given = read(tmp_path, TEN + LABELS + "test_inputs = [[1.5]]\ntest_labels = [[0]]\n")
    assert (given.samples, given.held_out.inputs.tolist()) == (10, [[1.5]])


def test_loss_and_accuracy_are_those_by_hand(tmp_path):
    network = read(tmp_path, TEN + LABELS + "test = 0.3\n", head="batch_size = 2\n")
    session = Session(network)
    for at in ("0", "i5", "i5:delta_Y"):
        session.goto(at)
        found = scores(session.frame)
        weight, bias = session.frame.tensors["W1"], session.frame.tensors["B1"]
        parts = [(network.inputs, network.labels), (network.held_out.inputs, network.held_out.labels)]
        for score, (x, label) in zip((found.training, found.test), parts):
            y = sigmoid(x @ weight + bias)
            loss = -np.mean(label * np.log(y) + (1 - label) * np.log(1 - y))
            assert score.samples == len(x)
            assert score.loss == pytest.approx(loss, rel=1e-12)
            assert score.accuracy == np.mean((y > 0.5) == label)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "cross_entropy"])
def test_a_right_output_of_0_or_1_has_no_loss_and_a_wrong_one_an_infinite_loss(tmp_path, loss):
    data = "inputs = [[1], [-1]]\nlabels = [[1, 0], [0, 1]]\ntest_inputs = [[1]]\ntest_labels = [[{}]]\n"
    for labels, wanted in (("1, 0", 0), ("0, 1", np.inf)):
        layer = "weights = [[1e4, -1e4]]\nbias = false"
        found = scores(Session(read(tmp_path, data.format(labels), loss, layer=layer)).frame)
        assert found.training.loss == pytest.approx(0, abs=1e-12)
        assert found.test.loss == pytest.approx(wanted, abs=1e-12)


def test_an_edit_changes_them(tmp_path):
    session = Session(read(tmp_path, TEN + LABELS + "test = 0.3\n"))
    before = scores(session.frame)
    session.edit("B1", (0,), -30.0)
    assert scores(session.frame).test.loss > before.test.loss
    session.undo()
    assert scores(session.frame) == before
    session.edit("labelY", (0, 0), 1.0)
    assert scores(session.frame).training.loss > before.training.loss
    assert scores(session.frame).test == before.test


def test_numbers_that_are_no_classes_have_no_accuracy(tmp_path):
    data = TEN + LABELS.replace("[1]", "[0.7]") + "test = 0.3\n"
    found = scores(Session(read(tmp_path, data, "squared_error")).frame)
    assert found.test.accuracy is None
    assert scores(Session(open_network("xor")).frame) is None


def test_the_penguins_held_out_are_told_right():
    session = Session(open_network("penguins"))
    session.goto("i100")
    found = scores(session.frame)
    assert (found.training.samples, found.test.samples) == (222, 111)
    assert (round(found.training.accuracy * 222), found.test.accuracy) == (221, 1.0)


def test_show_and_the_line_of_losses_tell_them(tmp_path):
    session = Session(read(tmp_path, TEN + LABELS + "test = 0.3\n"))
    session.goto("i3")
    found, lines = scores(session.frame), list(moment_text(session.frame))
    assert re.fullmatch(r"training  7 samples  loss 0\.\d+  +\d+\.\d % right", lines[-2])
    assert lines[-1].startswith("test      3 samples  loss 0.")
    told = json.loads(moment_json(session.frame))["scores"]
    assert told["test"] == {"samples": 3, "loss": found.test.loss, "accuracy": found.test.accuracy}
    for width, digits in ((100, ".4f"), (80, "#.2g")):
        line = draw_timeline(session.frame, Theme(), width).text()
        for name, score in (("train", found.training), ("test", found.test)):
            assert f"{name} {score.loss:{digits}} {100 * score.accuracy:.0f}%" in line
    assert "train" not in draw_timeline(session.frame, Theme(), 70).text()
    assert "scores" not in json.loads(moment_json(Session(open_network("xor")).frame))


def test_what_is_held_out_is_written_and_read_again(tmp_path):
    made = read(tmp_path, TEN + LABELS + "test = 0.3\n")
    (tmp_path / "again.toml").write_text(network_text(made))
    again = read_network(tmp_path / "again.toml")
    assert np.array_equal(again.held_out.inputs, made.held_out.inputs)
    assert np.array_equal(again.held_out.labels, made.held_out.labels)
    assert digest(again) == digest(made) != digest(read(tmp_path, TEN + LABELS + "test = 0.4\n"))


REFUSED = {
    "test = 0": "expected a fraction of the",
    "test = 1.0": "expected a fraction of the",
    "test = 0.95": "10 samples, above 0 and below 1, that leaves one to train on",
    'test = "some"': "expected a finite number",
    'test = 0.2\ntest_file = "a.csv"': "test and test_file both give samples",
    "test_inputs = [[1]]": "test_labels is missing",
    "test_labels = [[1]]": "test_inputs is missing",
    "test_inputs = [[1, 2]]\ntest_labels = [[1]]": "2 columns of inputs; expected 1",
    'test_inputs = [[1]]\ntest_labels = ["a"]': "of a different kind",
    "test_inputs = [[1]]\ntest_labels = [[1], [2]]": "test_labels has 2 rows; expected 1",
}


@pytest.mark.parametrize("data", REFUSED)
def test_what_cannot_be_held_out_is_refused(tmp_path, data):
    with pytest.raises(FileError, match=re.escape(REFUSED[data])):
        read(tmp_path, TEN + LABELS + data + "\n")


def test_a_class_that_is_not_trained_on_is_refused(tmp_path):
    data = 'inputs = [[1], [2]]\nlabels = ["a", "b"]\ntest_inputs = [[1]]\ntest_labels = ["c"]\n'
    with pytest.raises(FileError, match='class "c" is in no sample that is trained on'):
        read(tmp_path, data)


def test_an_edited_cell_of_a_single_sample_that_is_a_vector_counts_alone():
    network = open_network("article")
    rows = HeldOut(np.array([[0.4, 8.0]]), np.array([[1.0]]))
    session = Session(replace(network, held_out=rows))
    session.edit("X", (1,), 8.0)
    found = scores(session.frame)
    assert found.training.loss == found.test.loss


def test_samples_to_test_on_go_one_by_one_through_equations_that_are_of_a_single_sample():
    rows = HeldOut(np.array([[0.4, 0.5], [1.0, 2.0], [3.0, -1.0]]), np.array([[1.0], [0.0], [0.5]]))
    session = Session(replace(open_network("article"), held_out=rows))
    before = scores(session.frame)
    session.record(EditEquation(0, "net_1", "X[0] * W[0] + X[1] * W[1] + B1"))
    session.goto(0)
    after = scores(session.frame)
    assert (after.test.samples, after.training.samples) == (3, 1)
    assert after.test.loss == pytest.approx(before.test.loss, rel=1e-12)


def test_a_number_that_the_outputs_read_and_that_is_edited_is_taken_into_account(tmp_path):
    network = read(tmp_path, TEN + LABELS + "test = 0.3\n")
    session = Session(replace(network, program={"net_1": "X @ W1 + B1 + learning_rate"}))
    before = scores(session.frame)
    session.edit("learning_rate", (), 0.7)
    assert scores(session.frame) != before


DROPOUT = """
[[layers]]
weights = [[0.5, -0.3]]
bias = [-1.0, 0.2]
activation = "tanh"
dropout = 0.5
[[layers]]
weights = [[0.7], [0.4]]
activation = "sigmoid"
"""


def test_what_is_held_out_is_computed_without_dropout(tmp_path):
    text = 'loss = "binary_cross_entropy"\nlearning_rate = 0.1\n'
    (tmp_path / "net.toml").write_text(f"{text}[data]\n{TEN}{LABELS}test = 0.3\n{DROPOUT}")
    network = read_network(tmp_path / "net.toml")
    (tmp_path / "again.toml").write_text(network_text(network))
    for made in (network, read_network(tmp_path / "again.toml")):
        session = Session(made)
        session.goto("i5")
        found, now = scores(session.frame), session.frame.tensors
        data = made.forward.data
        for score, x, label in (
            (found.training, data["X"], data["labelY"]),
            (found.test, made.held_out.inputs, made.held_out.labels),
        ):
            y = sigmoid(np.tanh(x @ now["W"] + now["B1"]) @ now["V"] + now["B2"])
            loss = -np.mean(label * np.log(y) + (1 - label) * np.log(1 - y))
            assert score.loss == pytest.approx(loss, rel=1e-12)
            assert score.accuracy == np.mean((y > 0.5) == label)
    assert "test      3 samples" in "\n".join(moment_text(session.frame))


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("inputs = [[1.0]]\nlabels = [[1]]", "loss is missing; expected here: inputs, labels, loss"),
        ('inputs = [[1.0, 2.0]]\nlabels = [[1]]\nloss = "cross_entropy"', "no data has 2 columns"),
        ('inputs = [[1.0], [2.0]]\nlabels = [[1]]\nloss = "cross_entropy"', "labels has 1 row"),
        ('inputs = [[1.0]]\nlabels = [[1]]\nloss = "hinge"', "expected one of half_squared_error"),
    ],
)
def test_what_is_no_test_of_a_forward_pass_is_refused(tmp_path, tests, message):
    program = '[parameters]\nW = [[0.5]]\n[program]\nforward = """\nE = sum((labelY - X @ W)**2)\n"""\n'
    data = "[data]\nX = [[1.0]]\nlabelY = [[2.0]]\n"
    (tmp_path / "net.toml").write_text(f"learning_rate = 0.1\n{data}[test]\n{tests}\n{program}")
    with pytest.raises(FileError, match=message):
        read_network(tmp_path / "net.toml")


def accuracy(outputs, labels, own=((0.0,), (1.0,))):
    """The accuracy on labels of a network whose own labels are `own`."""
    network = SimpleNamespace(data={"labelY": np.array(own)})
    setting = SimpleNamespace(network=network, samples=SimpleNamespace(labels="labelY"))
    return scores_module._accuracy(setting, np.array(outputs), np.array(labels))


@pytest.mark.parametrize(
    ("outputs", "labels", "own", "wanted"),
    [
        ([[0.4], [0.6]], [[0.0], [1.0]], [[0.0], [1.0]], 1.0),
        ([[0.4], [0.6]], [[1.0], [1.0]], [[0.0], [1.0]], 0.5),
        ([[0.5]], [[0.0]], [[0.0]], 1.0),  # the middle itself is not above it
        ([[0.5]], [[1.0]], [[1.0]], 0.0),
        ([[0.1], [-0.1]], [[1.0], [-1.0]], [[1.0]], 1.0),
        ([[0.1], [-0.1]], [[1.0], [1.0]], [[-1.0], [1.0]], 0.5),
        ([[0.1]], [[1.0]], [[1.0]], 0.0),  # without -1 the classes are 0 and 1
        ([[np.inf], [0.9]], [[1.0], [1.0]], [[0.0]], 0.5),
        ([[np.nan], [0.9]], [[1.0], [1.0]], [[0.0]], 0.5),
        ([[0.9]], [[0.5]], [[0.0]], None),
        ([[0.9]], [[1.0]], [[2.0]], None),
        ([[0.9]], [[-1.0]], [[0.0]], None),
        ([[0.2, 0.7], [0.6, 0.4]], [[0, 1], [0, 1]], [[1, 0]], 0.5),
        ([[0.2, np.inf], [0.6, 0.4]], [[0, 1], [1, 0]], [[1, 0]], 0.5),
        ([[0.2, 0.7]], [[1, 1]], [[1, 0]], None),
        ([[0.2, 0.7]], [[0, 1]], [[0, 0]], None),
        ([[0.2, 0.7]], [[0.5, 0.5]], [[1, 0]], None),
    ],
)
def test_the_accuracy_is_the_part_of_finite_outputs_on_the_side_of_their_class(outputs, labels, own, wanted):
    assert accuracy(outputs, labels, own) == wanted


def test_the_work_of_scores_is_every_weight_for_every_sample(tmp_path):
    made = read(tmp_path, TEN + LABELS + "test = 0.3\n")
    assert scores_module.work(made) == 10
    assert scores_module.work(read(tmp_path, TEN + LABELS)) == 0


NUMBERED = """\
learning_rate = 0.1
data = { X = [[1, 2], [3, 4], [5, 6], [2, 1]], y = [0, 1, 2, 1] }
test = { inputs = [[1, 1], [2, 3]], labels = LABELS, loss = "cross_entropy" }
parameters = { W = [[0.1, 0.2, -0.3], [0.4, -0.1, 0.2]] }
program.forward = '''
P = softmax(X @ W)
E = -mean(log(P[arange(size(y, 0)), y]))
'''
"""


def test_test_labels_may_be_numbers_of_classes_as_those_of_training():
    found = []
    for labels in ("[0, 2]", "[[1, 0, 0], [0, 0, 1]]"):
        made = read_network_text(NUMBERED.replace("LABELS", labels), Path("classes.toml"))
        found.append(scores(Session(made).frame))
    assert found[0] is not None
    assert found[0] == found[1]
    net = np.array([[1, 1], [2, 3]]) @ [[0.1, 0.2, -0.3], [0.4, -0.1, 0.2]]
    chance = np.exp(net) / np.exp(net).sum(axis=1, keepdims=True)
    assert found[0].test.loss == pytest.approx(-np.mean(np.log(chance[[0, 1], [0, 2]])))


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ("[0, 7]", "labels[1] is class 7; expected a whole number from 0 to 2, a class for each column of P"),
        (
            "[[1, 0], [0, 1]]",
            "labels has 2 columns; expected 3, one for each column of P, or numbers of classes",
        ),
    ],
)
def test_test_labels_beyond_the_outputs_are_refused_with_their_line(labels, problem):
    with pytest.raises(FileError) as refused:
        read_network_text(NUMBERED.replace("LABELS", labels), Path("classes.toml"))
    assert str(refused.value) == f"classes.toml:3: {problem}"


def test_test_samples_that_get_no_scores_are_told():
    text = NUMBERED.replace("LABELS", "[0, 1]").replace(
        "P = softmax(X @ W)", "P = softmax(X @ W - mean(X @ W))"
    )
    made = read_network_text(text, Path("mixed.toml"))
    assert scores(Session(made).frame) is None
    assert [each for each in made.warnings if "[test] get no scores" in each]


def test_numbers_beside_one_output_are_its_column():
    text = NUMBERED.replace("LABELS", "[0, 1]").replace("cross_entropy", "mean_squared_error")
    text = text.replace("y = [0, 1, 2, 1]", "y = [0, 1, 0, 1]").replace(
        "[[0.1, 0.2, -0.3], [0.4, -0.1, 0.2]]", "[[0.1], [0.4]]"
    )
    text = text.replace("softmax", "sigmoid").replace(
        "-mean(log(P[arange(size(y, 0)), y]))", "mean((P[:, 0] - y)**2)"
    )
    found = scores(Session(read_network_text(text, Path("column.toml"))).frame)
    assert found is not None
    assert found.test.accuracy == 0.5
