"""`dropout` in a layer is short for equations whose random numbers follow from seed and iteration."""

import json

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.export.numpy_script import numpy_script
from bpstep.gradcheck.check import check_gradients
from bpstep.lang.functions import uniform
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.session import Session

TEXT = """\
loss = "binary_cross_entropy"
learning_rate = 0.1
{more}
[data]
inputs = [[0.5, 1.0], [1.0, -0.5], [-1.0, 0.3], [0.2, 0.2], [-0.3, 0.9]]
labels = [[0], [1], [1], [0], [1]]
[[layers]]
weights = [[0.1, -0.4, 0.3, 0.8], [0.5, 0.2, -0.6, -0.1]]
activation = "tanh"
{first}
[[layers]]
weights = [[0.3], [-0.2], [0.4], [0.7]]
activation = "sigmoid"
{last}
"""


def read(folder, more="", first="dropout = 0.25", last=""):
    path = folder / "net.toml"
    path.write_text(TEXT.format(more=more, first=first, last=last))
    return read_network(path)


def at_loss(session, iteration=0):
    session.goto(f"i{iteration}:E")
    return session.frame.tensors


def test_the_values_are_those_by_hand_and_the_gradients_those_of_differences(tmp_path):
    session = Session(read(tmp_path, "seed = 3"))
    tensors = at_loss(session, 1)
    hidden = np.tanh(tensors["X"] @ tensors["W"] + tensors["B1"])
    numbers = [[uniform(3, 1, 1, row, unit) for unit in range(4)] for row in range(5)]
    kept = np.array(numbers) >= 0.25
    assert 0 < kept.sum() < 20
    np.testing.assert_array_equal(tensors["drop_1"], np.where(kept, hidden * (1 / 0.75), 0))
    outputs = 1 / (1 + np.exp(-(tensors["drop_1"] @ tensors["V"] + tensors["B2"])))
    np.testing.assert_allclose(tensors["Y"], outputs, rtol=1e-14)
    assert check_gradients(session).ok
    session.goto("i1:delta_W")
    error = (outputs - tensors["labelY"]) @ tensors["V"].T * kept / 0.75 * (1 - hidden**2)
    np.testing.assert_allclose(session.frame.tensors["delta_W"], tensors["X"].T @ error, rtol=1e-12)


def test_each_iteration_drops_others_and_a_seed_decides_which(tmp_path):
    session, other = Session(read(tmp_path)), Session(read(tmp_path, "seed = 1"))
    masks = [at_loss(session, iteration)["mask_1"] for iteration in range(3)]
    assert not np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], at_loss(other)["mask_1"])
    np.testing.assert_array_equal(at_loss(session)["mask_1"], masks[0])
    session.goto("i400:mask_1")
    there = session.frame.tensors["mask_1"], session.frame.tensors["W"]
    session.goto("i40")
    session.goto("i400:mask_1")
    np.testing.assert_array_equal(session.frame.tensors["mask_1"], there[0])
    np.testing.assert_array_equal(session.frame.tensors["W"], there[1])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_count_that_it_reads_is_the_number_of_iterations_done(tmp_path, optimizer):
    session = Session(read(tmp_path, f'optimizer = "{optimizer}"\nbatch_size = 2'))
    for iteration in range(4):
        assert at_loss(session, iteration)["t"] == iteration
    assert at_loss(session, 2)["mask_1"].shape == (1, 4), "the last batch is smaller"
    assert check_gradients(session).ok


def test_dropout_stands_behind_a_normalisation_and_is_read_again(tmp_path):
    made = read(tmp_path, first='normalization = "layer"\ndropout = 0.5')
    names = [name for name, _ in made.forward.equations]
    hidden = ["net_1", "mean_1", "var_1", "hat_1", "norm_1", "H", "noise_1", "mask_1", "drop_1"]
    assert names == [*hidden, "net_2", "Y", "E"]
    assert dict(made.forward.equations)["net_2"] == "drop_1 @ V + B2"
    diagram = Session(made).program.diagram
    assert [layer.parts for layer in diagram.layers[1:]] == [tuple(hidden), ("net_2", "Y")]
    (tmp_path / "again.toml").write_text(network_text(made))
    again = read_network(tmp_path / "again.toml")
    assert again.forward.equations == made.forward.equations
    assert again.forward.constants["dropout_1"] == 0.5


def test_a_dropout_of_0_is_none(tmp_path):
    assert read(tmp_path, first="dropout = 0.0", last="dropout = 0").forward is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"first": "dropout = 1.0"},
            "net.toml:10: dropout is 1.0; expected a number from 0 up to, but not including, 1",
        ),
        ({"first": 'dropout = "half"'}, "net.toml:10: dropout is .half.; expected a finite number"),
        ({"last": "dropout = 0.5"}, "net.toml:14: dropout is for the layers before the last"),
        ({"more": "dropout = 0.5"}, "net.toml:3: .*it belongs in a layer"),
        ({"more": 'update_order = "immediate"'}, "net.toml:3: update_order cannot be combined with the"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, given, message):
    with pytest.raises(FileError, match=message):
        read(tmp_path, **given)


def test_the_random_numbers_are_spread_evenly_and_are_always_the_same():
    found = uniform(0, 1, 2.0, np.arange(200)[:, None], np.arange(50))
    assert found.shape == (200, 50)
    counts = np.histogram(found, 10, (0, 1))[0]
    assert counts.min() > 900
    assert counts.max() < 1100
    for one, other in ((found[1:], found[:-1]), (found[:, 1:], found[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05, "neighbours have no likeness"
    assert uniform(0, 1, 2.0, 3, 4) == found[3, 4]
    assert uniform(-0.0) == uniform(0)
    assert uniform(1) == 0.5345422839126993


def test_the_exported_script_draws_the_same_numbers(tmp_path, capsys):
    session = Session(read(tmp_path, 'optimizer = "adam"\nbatch_size = 2'))
    exec(compile("\n".join(numpy_script(session, 5)), "script", "exec"), {"__name__": "__main__"})
    found = json.loads(capsys.readouterr().out)
    session.goto("i5")
    assert list(found) == ["W", "B1", "V", "B2"]
    for name, value in found.items():
        assert value == session.frame.tensors[name].tolist(), name
